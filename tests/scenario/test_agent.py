"""duban-agent as a district uses it, against a small centre that verifies and signs.

Each test says what a district would lose if it failed.
"""
import datetime
import json
import os
import pathlib
import signal
import sqlite3
import subprocess

import grpc
import pytest
import yaml

from agent_centre import PLAN, FakeCentre, Refusal
from harness import BIN, Process, wait_for
from pki import DOMAIN, Authority
from protos import alerts_pb2, report_pb2

UNIT = "430111"
AGENT = BIN / "duban-agent"


def at(text):
    """An instant of the plan (UTC+8), in ms."""
    zone = datetime.timezone(datetime.timedelta(hours=8))
    return int(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M")
               .replace(tzinfo=zone).timestamp() * 1000)


def report_yaml(period="2022-07", started=100, finished=80, extra="", section="2"):
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


def test_a_report_is_acknowledged(agent, centre):
    """The main job: a file becomes a verified receipt."""
    done = agent.submit(report_yaml(), check=0)
    assert "【回执】已收妥。雨花区 2022年7月 二、老旧小区和危旧房改造" in done.stdout
    assert "2022-07-430111-02-0001" in done.stdout and "按时" in done.stdout
    (report,) = centre.reports.values()
    assert report.unit == UNIT and report.plan == PLAN and report.section == "2"
    figures = {f.indicator: f for f in report.figures}
    assert figures["investment_done"].value.digits == 325050
    assert figures["investment_done"].value.scale == 2
    assert report.filled_by.telephone == "0731-88888888"
    assert report.approved_by.name == "王五" and report.made_at == centre.plan_at


def test_the_same_file_is_reported_once(agent, centre):
    """A reporter who is unsure and submits again gets the same receipt, not a second report."""
    first = agent.json("submit", agent.file(report_yaml()))[0]
    again = agent.submit(report_yaml(), name="copy.yaml", check=0)
    assert "不再重复报送" in again.stderr and first["number"] in again.stdout
    assert len(centre.reports) == 1 and len(centre.submissions) == 1


def test_what_is_wrong_is_said_before_sending(agent, centre):
    """Contradictions are found at the desk: field, value, rule; nothing is sent."""
    done = agent.submit(report_yaml(started=100, finished=128), check=3)
    assert "128个" in done.stderr and "R-2-" in done.stderr
    assert not centre.submissions
    bad = agent.json("check", agent.file(report_yaml(started="1e9")), check=3)[0]
    assert bad["state"] == "refused_here"
    assert bad["findings"][0]["line"] == 4 and "科学计数法" in bad["findings"][0]["text"]


def test_a_csv_file(agent, centre):
    """The usual spreadsheet, with the mark that spreadsheets put before it."""
    text = ("\ufeff报告期,2022-07\r\n板块,2\r\n填报人,张三,科员,0731\r\n审核人,李四\r\n"
            "负责人,王五\r\n工作进展,\"按计划推进，\n第二行\"\r\n存在问题,无\r\n下一步安排,无\r\n"
            "需市级协调事项,无\r\n\r\n指标,数值,单位,说明\r\n“十四五”累计开工小区,100,个,\r\n"
            "households_started,2,万户,\r\ncommunities_finished,80,,\r\n"
            "investment_done,3250.5,,\r\nhouses_started,12,栋,\r\n")
    agent.submit(text, name="report.csv", check=0)
    (report,) = centre.reports.values()
    assert report.texts.progress == "按计划推进，\n第二行"
    figures = {f.indicator: f.value for f in report.figures}
    assert figures["households_started"].unit == "万户"
    refused = agent.submit(text.replace(",80,", ",８０,"), name="wide.csv", check=3)
    assert "第15行" in refused.stderr and "全角" in refused.stderr
    gbk = agent.submit("报告期,2022-07\n".encode("gbk"), name="gbk.csv", check=3)
    assert "GBK" in gbk.stderr


def test_offline_then_caught_up(agent, centre):
    """On a broken line the report is kept; it goes on by itself when the line is back."""
    agent.submit(report_yaml(), check=0)
    centre.stop()
    kept = agent.submit(report_yaml("2022-07", section="2", started=101), check=4)
    assert "已存入待发队列" in kept.stdout
    assert agent.json("status")["waiting"] == 1
    agent.start()
    agent.service.wait_line("state=backing_off")
    centre.start()
    agent.service.wait_line("state=acknowledged")
    assert agent.json("status")["waiting"] == 0 and len(centre.reports) == 2
    assert agent.stop() == 0
