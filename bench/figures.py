"""How much C there is, and how long it takes to build: `./dev bench --figures`."""
import os
import pathlib
import resource
import subprocess
import tempfile
import time

FOLDERS = ("base", "model", "rpc", "server", "client/agent", "client/admin", "client",
           "tests", "bench")


def lines(root):
    """{folder: (files, lines)} of C that git knows; a folder's parts count once."""
    names = subprocess.run(["git", "ls-files", "*.c", "*.h"], cwd=root, check=True,
                           capture_output=True, text=True).stdout.splitlines()
    counts = {folder: (0, 0) for folder in FOLDERS}
    for name in names:
        folder = next((f for f in FOLDERS if name.startswith(f + "/")), None)
        if folder is None or not (root / name).exists():
            continue
        files, total = counts[folder]
        counts[folder] = files + 1, total + (root / name).read_bytes().count(b"\n")
    return counts


def build_seconds(root):
    """Configure and build what is committed, as released, without ccache: wall seconds
    of each, and the processor's seconds of both."""
    with tempfile.TemporaryDirectory(prefix="duban-build-") as folder:
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=root, check=True,
                                 capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        environment = {**os.environ, "CCACHE_DISABLE": "1"}
        before, start = children_seconds(), time.monotonic()
        for command in (["cmake", "--preset", "release"], ["ninja", "-C", "build"]):
            subprocess.run(command, cwd=folder, env=environment, check=True,
                           stdout=subprocess.DEVNULL)
            if command[0] == "cmake":
                configured = time.monotonic()
        ended = time.monotonic()
        return {"configure": configured - start, "build": ended - configured,
                "cpu": children_seconds() - before}


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def table(root):
    """Markdown, and the numbers."""
    counts, seconds = lines(pathlib.Path(root)), build_seconds(root)
    out = ["| C, in git | files | lines |", "|---|---:|---:|"]
    out += [f"| {name}{' (what both share)' if name == 'client' else ''} | {files} | "
            f"{total:,} |" for name, (files, total) in counts.items()]
    out += [f"| **all** | {sum(f for f, _ in counts.values())} | "
            f"{sum(t for _, t in counts.values()):,} |", "",
            f"Build from clean, release preset, no ccache, {os.cpu_count()} cores: "
            f"configure {seconds['configure']:.0f} s, build {seconds['build']:.0f} s "
            f"({seconds['cpu']:.0f} s of processor); load average at the end "
            f"{os.getloadavg()[0]:.1f}."]
    return "\n".join(out), {**{f"lines.{k}": [t] for k, (_, t) in counts.items()},
                            **{f"build.{k}": [v] for k, v in seconds.items()}}
