"""One district's agent for tests: its folders, its commands, its service."""
import datetime
import json
import os
import pathlib
import signal
import subprocess

import pytest
import yaml

from agent_centre import FakeCentre
from harness import BIN, Process, wait_for
from pki import DOMAIN, Authority

UNIT = "430111"
AGENT = BIN / "duban-agent"


def at(text):
    """An instant of the plan (UTC+8), in ms."""
    zone = datetime.timezone(datetime.timedelta(hours=8))
    return int(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M")
               .replace(tzinfo=zone).timestamp() * 1000)


def report_yaml(period="2022-07", started=100, finished=80, extra="", section="2",
                reason="核对台账后更正。"):
    """A good report. The reason counts only where another report stands already."""
    return f"""板块: "{section}"
报告期: "{period}"
指标:
  “十四五”累计开工小区: {started}个
  “十四五”累计开工惠及户: 20000
  communities_finished: {{数值: {finished}, 单位: 个}}
  “十四五”累计完成投资: 3250.50 万元
  houses_started: 12
{extra}工作进展: 按计划推进。
存在问题: 无
下一步安排: 加快完工。
需市级协调事项: 无
填报人: {{姓名: 张三, 职务: 科员, 电话: 0731-88888888}}
审核人: {{姓名: 李四, 职务: 科长}}
负责人: 王五
原因: {reason}
"""


class Agent:
    """One district's agent: its configuration, folders and commands."""

    def __init__(self, folder, centre, unit=UNIT, spool=True, signer=None, settings=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state, self.spool = self.folder / "state", self.folder / "spool"
        authority = centre.authority
        tls, self.signer = authority.agent(unit), signer or authority.signer(unit)
        config = {
            "agent": {"unit": unit, "trust_domain": DOMAIN, "state_dir": str(self.state),
                      "spool_dir": str(self.spool) if spool else ""},
            "centre": {"addresses": [f"127.0.0.1:{centre.port}"],
                       "server_name": "localhost", "timeout": "20s"},
            "tls": {"certificate": str(tls.certificate_file), "key": str(tls.key_file),
                    "ca": str(authority.file), "crl": str(authority.crl_file)},
            "signer": {"certificate": str(self.signer.certificate_file),
                       "key": str(self.signer.key_file)},
            "retry": {"first": "100ms", "max": "500ms"},
        }
        for section, values in (settings or {}).items():
            config[section].update(values)
        self.config = self.folder / "agent.yaml"
        self.config.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
        self.service = None

    def run(self, command, *arguments, check=None):
        done = subprocess.run([AGENT, command, "--config", self.config, *arguments],
                              capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, DUBAN_LANG="zh"))
        assert done.returncode >= 0, done.stderr
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, \
            done.stderr
        if check is not None:
            assert done.returncode == check, done.stdout + done.stderr
        return done

    def json(self, command, *arguments, check=0):
        return json.loads(self.run(command, "--json", *arguments, check=check).stdout)

    def file(self, text, name="report.yaml"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def submit(self, text, *arguments, name="report.yaml", check=None):
        return self.run("submit", self.file(text, name), *arguments, check=check)

    def start(self):
        log = self.folder / "agent.log"
        log.write_text("")
        self.service = Process([AGENT, "run", "--config", self.config], log)
        self.service.wait_line(" ready ")
        return self

    def stop(self, how=signal.SIGTERM):
        code = self.service.stop(how) if self.service else 0
        if self.service:
            text = self.service.log.read_text("utf-8", "replace")
            assert "Sanitizer" not in text and "runtime error" not in text, text
        self.service = None
        return code

    def drop(self, text, name="report.yaml"):
        """As a careful program does: written aside, then moved in."""
        aside = self.file(text, "." + name)
        aside.rename(self.spool / name)

    def outcome(self, name, folder="accepted"):
        path = self.spool / folder / (name + ".txt")
        wait_for(lambda: path.exists() and not (self.spool / name).exists(),
                 f"{path} ({self.service.lines()[-5:] if self.service else ''})")
        return path.read_text("utf-8")


@pytest.fixture
def centre(tmp_path):
    with FakeCentre(Authority(tmp_path / "ca"), at("2022-08-03 10:00")) as running:
        yield running


@pytest.fixture
def agent(tmp_path, centre):
    mine = Agent(tmp_path / "agent", centre)
    yield mine
    if mine.service:
        mine.stop(signal.SIGKILL)
