"""Real processes for tests: a private PostgreSQL, duband, agents, and a foreign client.

Nothing here sleeps to wait: wait_for() polls a condition with a bound. Everything binds
to 127.0.0.1 or a unix socket in a temporary folder, and is stopped by process id.
"""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

import grpc
import yaml

import protos  # noqa: F401  makes duban.v1 importable
from pki import DOMAIN, Authority
from protos import (administration_pb2_grpc, alerts_pb2_grpc, assessment_pb2_grpc,
                    board_pb2_grpc,
                    plans_pb2_grpc, problems_pb2_grpc, projects_pb2_grpc, reports_pb2_grpc,
                    requests_pb2_grpc, reviews_pb2_grpc)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "demo"))
from processes import PATIENCE, Process, wait_for  # noqa: E402,F401

BIN = pathlib.Path(os.environ.get("DUBAN_BIN", ROOT / "build" / "bin"))
PLANS = ROOT / "plans"
def postgres_bin():
    newest = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                    key=lambda p: float(p.parent.name))
    return newest[-1]


class Postgres:
    """A private cluster on a unix socket. PostgreSQL refuses root, so root uses postgres."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="duban-pg-"))
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.folder, self.user)
        self.databases = 0
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync")
        self.start()

    @property
    def data(self):
        return str(self.folder / "data")

    def run(self, program, *arguments, check=True):
        command = [str(postgres_bin() / program), *arguments]
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}",
                       "--init-groups", *command]
        return subprocess.run(command, check=check, cwd="/", capture_output=True, text=True)

    def start(self):
        """After a crash it syncs what is there: the file system at once, not each of a
        hundred databases' files."""
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "180", "-l", str(self.folder / "log"),
                 "-o", f"-k {self.folder} -h '' -c max_connections=60 -c shared_buffers=64MB "
                 "-c recovery_init_sync_method=syncfs", "start")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-m", mode, "stop", check=False)

    def create(self):
        """A new database; its conninfo."""
        self.databases += 1
        name = f"duban{self.databases}"
        self.psql("postgres", f"CREATE DATABASE {name}")
        return f"host={self.folder} user=postgres dbname={name}"

    def psql(self, database, sql):
        done = self.run("psql", "-h", str(self.folder), "-U", "postgres", "-d", database,
                        "-v", "ON_ERROR_STOP=1", "-qAtc", sql)
        return done.stdout.strip()

    def close(self):
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


class Duband:
    """One centre: its CA, configuration, database and process."""

    def __init__(self, folder, conninfo, authority=None, start_at="2022-07-01 09:00",
                 rehearsal=True, settings=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.authority = authority or Authority(self.folder / "ca")
        self.node = self.authority.node()
        self.receipts = self.authority.receipt_signer()
        self.config = {
            "server": {"state_dir": str(self.folder / "state"), "trust_domain": DOMAIN,
                       "listeners": [{"address": "127.0.0.1:0",
                                      "client_certificates": "required"}]},
            "tls": {"certificate": str(self.node.certificate_file),
                    "key": str(self.node.key_file), "ca": str(self.authority.file),
                    "crl": str(self.authority.crl_file)},
            "receipts": {"certificate": str(self.receipts.certificate_file),
                         "key": str(self.receipts.key_file)},
            "database": {"conninfo": conninfo},
            "rehearsal": {"enabled": rehearsal, "start": start_at},
        }
        for section, values in (settings or {}).items():
            if isinstance(values, dict):
                self.config.setdefault(section, {}).update(values)
            else:
                self.config[section] = values
        self.config_file = self.folder / "duband.yaml"
        self.process, self.port = None, None
        self.people = {}

    def write_config(self):
        text = yaml.safe_dump(self.config, allow_unicode=True, sort_keys=False)
        self.config_file.write_text(text.replace(": true", ": 'true'")
                                    .replace(": false", ": 'false'"), "utf-8")

    def migrate(self):
        self.write_config()
        subprocess.run([BIN / "duband", "migrate", "--config", self.config_file], check=True)

    def start(self, migrate=True):
        if migrate:
            self.migrate()
        self.write_config()
        log = self.folder / "duband.log"
        log.write_text("")
        self.process = Process([BIN / "duband", "--config", self.config_file], log)
        line = self.process.wait_line(" ready ")
        self.port = int(line.split("127.0.0.1:")[1].split()[0].strip('"'))
        return self

    def stop(self, how=signal.SIGTERM):
        return self.process.stop(how) if self.process else 0

    def channel(self, identity, authority=None, options=()):
        credentials = grpc.ssl_channel_credentials(
            (authority or self.authority).file.read_bytes(),
            identity.key_file.read_bytes() if identity else None,
            identity.certificate_file.read_bytes() if identity else None)
        return grpc.secure_channel(
            f"127.0.0.1:{self.port}", credentials,
            options=[("grpc.ssl_target_name_override", "localhost"), *options])

    def client(self, identity, **options):
        return Client(self.channel(identity, **options))

    def office(self):
        return self.client(self._person("bangongshi"))

    def department(self, name):
        return self.client(self._person(name))

    def _person(self, department):
        if department not in self.people:
            self.people[department] = self.authority.person(department, "test")
        return self.people[department]


class Client:
    """Every service, through Debian's python3-grpcio."""

    def __init__(self, channel):
        self.channel = channel
        self.reports = reports_pb2_grpc.ReportsStub(channel)
        self.requests = requests_pb2_grpc.RequestsStub(channel)
        self.reviews = reviews_pb2_grpc.ReviewsStub(channel)
        self.problems = problems_pb2_grpc.ProblemsStub(channel)
        self.projects = projects_pb2_grpc.ProjectsStub(channel)
        self.plans = plans_pb2_grpc.PlansStub(channel)
        self.alerts = alerts_pb2_grpc.AlertsStub(channel)
        self.board = board_pb2_grpc.BoardStub(channel)
        self.assessment = assessment_pb2_grpc.AssessmentStub(channel)
        self.administration = administration_pb2_grpc.AdministrationStub(channel)

    def close(self):
        self.channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def plan_files(*extra):
    """The real plan with its sample and calendar, as ApplyPlan takes them."""
    from protos import plans_pb2
    files = []
    for folder, prefix in ((PLANS / "changsha-2022-55", ""),
                           (PLANS / "changsha-2022-55.sample", "sample/"),
                           (PLANS / "calendar", "calendar/"), *extra):
        for path in sorted(folder.rglob("*.yaml")):
            files.append(plans_pb2.PlanFile(name=prefix + str(path.relative_to(folder)),
                                            content=path.read_bytes()))
    return files


@contextlib.contextmanager
def running(duband):
    try:
        yield duband.start()
    finally:
        duband.stop()
