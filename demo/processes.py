"""Programs that are started, watched and stopped by process id. Nothing sleeps to wait."""
import os
import pathlib
import signal
import subprocess
import threading
import time

PATIENCE = 60.0  # seconds; only reached when something is wrong, or under a sanitizer


def wait_for(condition, what, patience=PATIENCE):
    """Poll until condition() is true; its value is returned."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience:.0f} s for {what}")
        threading.Event().wait(0.02)


class Process:
    """A program whose output goes to a file that may be read meanwhile."""

    def __init__(self, command, log, env=None):
        self.command, self.log = [str(c) for c in command], pathlib.Path(log)
        self.out = open(self.log, "ab")
        environment = dict(os.environ, **(env or {}))
        self.popen = subprocess.Popen(self.command, stdout=self.out, stderr=self.out,
                                      stdin=subprocess.DEVNULL, env=environment,
                                      start_new_session=True)

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def lines(self, part=""):
        return [line for line in self.log.read_text("utf-8", "replace").splitlines()
                if part in line]

    def wait_line(self, part, patience=PATIENCE):
        def there():
            found = self.lines(part)
            if not found and not self.alive():
                raise AssertionError(f"{self.command[0]} ended with {self.popen.returncode}:\n"
                                     + "\n".join(self.lines()[-20:]))
            return found
        return wait_for(there, f"{part!r} in {self.log}", patience)[-1]

    def stop(self, how=signal.SIGTERM, patience=PATIENCE):
        if self.alive():
            self.popen.send_signal(how)
        try:
            code = self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"{self.command[0]} did not stop within {patience:.0f} s") \
                from None
        finally:
            self.out.close()
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)
