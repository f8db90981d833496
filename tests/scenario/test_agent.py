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


def test_the_centre_may_be_left_to_judge(agent, centre):
    """A district whose machine is wrong about a report must still be able to send it."""
    agent.submit(report_yaml(finished=128), check=3)
    assert not centre.reports
    agent.submit(report_yaml(finished=128), "--no-check", name="again.yaml", check=0)
    assert len(centre.reports) == 1


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


def test_the_spool_folder(agent, centre):
    """Files from a business system become reports; what became of each lies beside it."""
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "good.yaml")
    assert "【回执】" in agent.outcome("good.yaml")
    agent.drop(report_yaml(started=10, finished=20), "wrong.yaml")
    assert "【未通过审核】" in agent.outcome("wrong.yaml", "refused")
    agent.drop("指标: [", "broken.yaml")
    agent.outcome("broken.yaml", "refused")
    agent.drop(report_yaml("2022-07", section="9"), "good.yaml")
    assert "板块" in agent.outcome("good.yaml", "refused")
    agent.drop(report_yaml(), "good.yaml")  # the same content again: the same receipt
    wait_for(lambda: (agent.spool / "accepted" / "good-2.yaml").exists(), "a second name")
    assert len(centre.submissions) == 1
    assert agent.stop() == 0


def test_a_file_that_is_still_written_is_left_alone(agent, centre):
    """Half a file must never be reported."""
    agent.start()
    agent.service.wait_line(" plan ")
    with open(agent.spool / "slow.yaml", "w", encoding="utf-8") as out:
        out.write(report_yaml()[:200])
        out.flush()
        (agent.spool / ".hidden.yaml").write_text("x")
        (agent.spool / "x.yaml.tmp").write_text("x")
        agent.drop(report_yaml(started=101), "other.yaml")
        agent.outcome("other.yaml")
        assert (agent.spool / "slow.yaml").exists()
        out.write(report_yaml()[200:])
    agent.outcome("slow.yaml")
    assert (agent.spool / ".hidden.yaml").exists() and (agent.spool / "x.yaml.tmp").exists()


def test_submit_hands_over_to_the_service(agent, centre):
    """A person at the desk and the service never send the same report twice."""
    agent.start()
    agent.service.wait_line(" plan ")
    done = agent.submit(report_yaml(), check=0)
    assert "2022-07-430111-02-0001" in done.stdout
    assert agent.service.lines("state=acknowledged")
    assert agent.json("status")["running"] and agent.json("status")["link"] == "ready"
    assert agent.stop() == 0
    assert not agent.json("status")["running"]


@pytest.mark.parametrize("code,policy,outcome", [
    (grpc.StatusCode.INVALID_ARGUMENT, "", 3),
    (grpc.StatusCode.FAILED_PRECONDITION, "", 3),
    (grpc.StatusCode.ALREADY_EXISTS, "", 3),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "give_up", 3),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "", 4),
    (grpc.StatusCode.UNAVAILABLE, "", 4),
    (grpc.StatusCode.INTERNAL, "", 4),
    (grpc.StatusCode.PERMISSION_DENIED, "", 4),
    (grpc.StatusCode.UNAUTHENTICATED, "hold", 4),
])
def test_refusals(agent, centre, code, policy, outcome):
    """What is refused for good leaves the queue with its reasons; the rest is kept."""
    def refuse(_, report):
        raise Refusal(code, "中心端的话", "R-2-03", policy, [("figures[x]", "完工大于开工")])
    centre.before = refuse
    done = agent.submit(report_yaml(), check=outcome)
    shown = done.stdout + done.stderr
    (row,) = agent.json("queue")
    assert row["error"] == "中心端的话"
    assert row["state"] == ("refused" if outcome == 3 else "waiting")
    assert row["held"] == (code in (grpc.StatusCode.PERMISSION_DENIED,
                                    grpc.StatusCode.UNAUTHENTICATED))
    if outcome == 3:
        assert "完工大于开工" in shown and row["findings"][0]["rule"] == "R-2-03"
    else:
        assert "中心端的话" in shown
    centre.before = None
    agent.submit(report_yaml(), check=0)  # corrected at the centre, or a new attempt
    assert len(centre.receipts) == 1


def test_a_receipt_of_another_report_is_not_believed(agent, centre):
    """A report must not leave the queue because some other report was stored."""
    agent.submit(report_yaml(started=101), check=0)
    other = next(iter(centre.receipts.values()))
    centre.alter = lambda receipt: other
    done = agent.submit(report_yaml(), check=4)
    assert "不是这份报表的" in done.stdout
    assert agent.json("queue", "--state", "waiting")[0]["held"]
    centre.alter = None
    agent.submit(report_yaml(), check=0)


@pytest.mark.parametrize("how", ["body", "path", "signature", "signer", "ca"])
def test_a_forged_receipt_is_not_believed(agent, centre, tmp_path, how):
    """Only the centre's own signature ends the agent's responsibility."""
    def forge(receipt):
        forged = report_pb2.Receipt()
        forged.CopyFrom(receipt)
        report = next(iter(centre.reports.values()))
        if how == "body":
            body = report_pb2.ReceiptBody.FromString(forged.body)
            body.received_at -= 1
            forged.body = body.SerializeToString()
        elif how == "path":
            forged.path[0] = bytes(32)
        elif how == "signature":
            forged.signature = forged.signature[:-1] + bytes([forged.signature[-1] ^ 1])
        elif how == "signer":  # a district's key is no node's
            return centre.receipt(report, PAYLOADS[0], centre.authority.signer("430102"))
        else:
            stranger = Authority(tmp_path / "stranger", "other").receipt_signer()
            return centre.receipt(report, PAYLOADS[0], stranger)
        return forged
    PAYLOADS.clear()
    centre.before = lambda _, report: PAYLOADS.append(report.SerializeToString())
    centre.alter = forge
    done = agent.submit(report_yaml(), check=4)
    assert "不予采信" in done.stdout
    assert agent.json("status")["held"] == 1
    centre.alter = None
    assert agent.submit(report_yaml(), check=0)
    assert len(centre.reports) == 1


PAYLOADS = []


@pytest.mark.parametrize("uris,dns", [
    ([f"spiffe://{DOMAIN}/district/430102/agent/1"], "localhost"),
    (["spiffe://elsewhere.test/node/1"], "localhost"),
    ([f"spiffe://{DOMAIN}/node/1"], "other.test"),
    ([f"spiffe://{DOMAIN}/node/1", f"spiffe://{DOMAIN}/node/2"], "localhost"),
    ([], "localhost"),
])
def test_another_server_is_never_talked_to(tmp_path, uris, dns):
    """A report goes to a node of our domain, or stays."""
    authority = Authority(tmp_path / "ca")
    node = authority.issue("bad", "", ("server", "client"), (dns,), uris=uris)
    good = FakeCentre(authority, at("2022-08-03 10:00"))
    with good:
        mine = Agent(tmp_path / "agent", good)
        mine.submit(report_yaml(), "--queue-only", check=4)
    with FakeCentre(authority, at("2022-08-03 10:00"), node=node, port=good.port) as bad:
        kept = mine.submit(report_yaml(), check=4)
        assert not bad.submissions and not bad.plan_reads
        assert "待发" in kept.stdout


def test_alerts_are_kept_and_resumed(agent, centre):
    """Every alert reaches the district once, whatever was down in between."""
    centre.decide("【催报】一")
    agent.start()
    agent.service.wait_line("cursor=1 ")
    centre.decide("【催报】二")
    agent.service.wait_line("cursor=2 ")
    agent.stop(signal.SIGKILL)
    centre.decide("【催报】三")
    agent.start()
    agent.service.wait_line("cursor=3 ")
    assert not agent.service.lines("cursor=2 ")
    assert centre.watched_from == [0, 2]
    centre.stop()
    agent.service.wait_line("alerts_ended")
    centre.decide("【催报】四")
    centre.start()
    agent.service.wait_line("cursor=4 ")
    rows = agent.json("alerts")
    assert [row["cursor"] for row in rows] == [4, 3, 2, 1]
    assert rows[0]["kind"] == "report_overdue" and "【催报】四" in rows[0]["title"]
    assert "【催报】二全文" in agent.run("alerts", "--full", check=0).stdout
    assert agent.stop() == 0


def test_killed_while_the_answer_is_on_its_way(agent, centre):
    """kill -9 between sending and receipt: the same report again, stored once."""
    centre.gate.clear()
    submit = Process([AGENT, "submit", "--config", agent.config, agent.file(report_yaml())],
                     agent.folder / "submit.log")
    wait_for(lambda: centre.receipts, "the report at the centre")
    submit.kill()
    assert agent.json("queue")[0]["state"] == "waiting"
    centre.gate.set()
    agent.start()
    agent.service.wait_line("state=acknowledged")
    assert len(centre.submissions) == 2 and len(set(centre.submissions)) == 1


def test_killed_before_the_receipt_is_written_down(agent, centre):
    """kill -9 after the receipt came and before it is on the disk: it comes again."""
    agent.submit(report_yaml(), "--queue-only", check=4)
    database = sqlite3.connect(agent.state / "agent.sqlite", isolation_level=None)

    def lock(_, report):
        other = sqlite3.connect(agent.state / "agent.sqlite", isolation_level=None,
                                check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        held.append(other)
    held = []
    centre.before = lock
    agent.start()
    wait_for(lambda: centre.receipts, "the report at the centre")
    agent.stop(signal.SIGKILL)
    held[0].execute("ROLLBACK")
    held[0].close()
    assert database.execute("SELECT state FROM report").fetchall() == [(0,)]
    centre.before = None
    agent.start()
    agent.service.wait_line("state=acknowledged")
    assert len(centre.reports) == 1 and len(centre.submissions) >= 2


def test_killed_again_and_again_loses_nothing(agent, centre):
    """Whatever the moment of a crash, each dropped file is reported exactly once."""
    agent.run("status")
    agent.start()
    agent.service.wait_line(" plan ")
    names = [f"n{i}.yaml" for i in range(12)]
    for i, name in enumerate(names):
        agent.drop(report_yaml(started=100 + i), name)
        if i % 3 == 2:
            agent.stop(signal.SIGKILL)
            agent.start()
    for name in names:
        agent.outcome(name)
    assert len(centre.reports) == len(names)
    assert {r["state"] for r in agent.json("queue")} == {"acknowledged"}
    assert agent.stop() == 0


def test_a_full_disk_says_so(agent, centre):
    """Nothing is half written, and the reporter is told what to do."""
    agent.submit(report_yaml(), check=0)
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$@"', "sh", AGENT, "submit",
         "--config", agent.config, "--queue-only",
         agent.file(report_yaml(started=102, extra="  communities_accepted: 1\n"))],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert "磁盘" in done.stderr or "读写" in done.stderr
    assert [r["state"] for r in agent.json("queue")] == ["acknowledged"]


def test_plan_changes_are_followed(agent, centre):
    """A report is judged by the version that the centre judges by."""
    agent.start()
    agent.service.wait_line(" plan ")
    centre.version = 2
    centre.tell(alerts_pb2.WatchAlertsResponse(
        plan_change=alerts_pb2.PlanChange(plan=PLAN, version=2)))
    agent.service.wait_line("version=2")
    good, centre.files = centre.files, centre.files[:3]
    centre.version = 3
    centre.tell(alerts_pb2.WatchAlertsResponse(
        plan_change=alerts_pb2.PlanChange(plan=PLAN, version=3)))
    agent.service.wait_line("refresh_failed")
    agent.drop(report_yaml(), "good.yaml")
    agent.outcome("good.yaml")
    assert [r.plan_version for r in centre.reports.values()] == [2]
    centre.files = good


def test_what_is_owed_is_said(agent, centre):
    """The district is reminded by its own machine, also when the line is down."""
    agent.start()
    agent.service.wait_line(" plan ")
    agent.service.wait_line("owed section=1 ")
    agent.drop(report_yaml(), "good.yaml")
    agent.outcome("good.yaml")
    centre.step(at("2022-08-06 10:00"))
    line = agent.service.wait_line("stage=overdue")
    assert "period=2022-07" in line
    assert not [l for l in agent.service.lines("stage=overdue") if "section=2 " in l]
    said = len(agent.service.lines(" owed "))
    agent.stop()
    agent.start()
    agent.service.wait_line("plan_time")
    assert said and not agent.service.lines(" owed ")


def test_the_template_can_be_filled_in_and_submitted(agent, centre):
    """What the tool hands out, it takes back."""
    text = agent.run("template", "2", "2022-07", check=0).stdout
    assert "必填" in text and "2022-07" in text
    agent.submit(report_yaml(), check=0)
    centre.step(at("2022-09-02 10:00"))
    agent.submit(report_yaml(started=101), check=None)  # learns the new plan time
    text = agent.run("template", "2", "2022-08", check=0).stdout
    assert '"“十四五”累计开工小区": 100个' in text and "沿用 2022-07" in text
    text = (text.replace("工作进展:", "工作进展: 正常").replace("{姓名: ,", "{姓名: 张三,")
            .replace("累计开工惠及户\": 20000户", "累计开工惠及户\": 20100户"))
    agent.submit(text, name="filled.yaml", check=0)
    agent.run("template", "9", "2022-08", check=2)
    agent.run("template", "2", "2019-08", check=2)


def test_command_line(agent, centre, tmp_path):
    """Exit codes mean something, and a misspelt setting is named with its line."""
    assert agent.run("--check-config", check=0).stdout.count(UNIT) >= 1
    assert "agent:" in agent.run("--print-config", check=0).stdout
    for arguments in (["nosuch"], ["submit"], ["run", "x"], ["queue", "--state", "x"],
                      ["queue", "--nosuch"], ["status", "--lang", "fr"]):
        assert agent.run(*arguments).returncode == 2
    for command in ("submit", "check", "template", "queue", "alerts", "status", "run"):
        assert command in agent.run(command, "--help", check=0).stdout
    missing = agent.run("submit", tmp_path / "missing.yaml", check=1)
    assert "没有这个文件" in missing.stderr
    assert "行政区划代码" in agent.run("--print-config", check=0).stdout
    assert "GB/T 2260" in agent.run("--print-config", "--lang", "en", check=0).stdout
    text = agent.config.read_text("utf-8")
    agent.config.write_text(text.replace("  unit:", "  unti:"), "utf-8")
    done = agent.run("status", check=2)
    assert "unti" in done.stderr and "unit" in done.stderr
    agent.config.write_text(text, "utf-8")
    other = centre.authority.signer("430102")
    agent.config.write_text(text.replace(str(agent.signer.key_file), str(other.key_file))
                            .replace(str(agent.signer.certificate_file),
                                     str(other.certificate_file)), "utf-8")
    assert "430102" in agent.submit(report_yaml(), check=1).stderr


def test_what_is_held_says_what_to_do(agent, centre):
    """A held report stays for ever when nobody learns why, and who has to act."""
    def refuse(_, report):
        raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "签名证书已吊销", "REVOKED", "hold")
    centre.before = refuse
    submitted = agent.submit(report_yaml(), check=4).stdout
    listed = agent.run("list", check=0).stdout
    for text in (submitted, listed):
        assert "签名证书已吊销" in text and "管理员" in text and "不必重填" in text
    english = agent.run("list", "--lang", "en", check=0).stdout
    assert "administrator" in english and "What to do" in english
    assert "待发报表   1 份，其中 1 份须先由管理员处理" in agent.run("status").stdout


def test_status_says_what_is_owed_and_when(agent, centre):
    """A reporter plans the week by it: which sections, until when, on which weekday."""
    agent.submit(report_yaml(), check=0)
    text = agent.run("status", check=0).stdout
    assert "2022年8月5日（星期五）17:30" in text and "430111 雨花区" in text
    assert "不会自动重发" in text  # no service runs
    said = agent.json("status")
    assert said["next"] == {"period": "2022-07", "due_at": "2022-08-05T17:30:00+08:00"}
    assert "2" not in [item["section"] for item in said["owed"]]
    centre.plan_at = at("2022-08-06 10:00")
    agent.submit(report_yaml(started=101), check=0)
    owed = agent.json("status")["owed"]
    assert {item["stage"] for item in owed} == {"overdue"}
    assert "已逾期" in agent.run("status").stdout
    assert "(Friday)" in agent.run("status", "--lang", "en").stdout
    agent.start()
    agent.service.wait_line("state=ready")
    wait_for(lambda: "已连通" in agent.run("status").stdout, "the link")
    centre.stop()
    wait_for(lambda: "未连通：对方拒绝连接" in agent.run("status").stdout, "why it is down")


def test_two_services_do_not_share_a_state(agent, centre):
    """Two machines with one state folder would send everything twice."""
    agent.start()
    second = subprocess.run([AGENT, "run", "--config", agent.config], capture_output=True,
                            text=True, timeout=60)
    assert second.returncode == 1 and "另一个" in second.stderr


def test_plan_time_that_jumps_is_asked_for(agent, centre):
    """In a rehearsal a report right after a step is judged at the new time, not the old."""
    agent.start()
    agent.service.wait_line(" plan ")
    centre.plan_at = at("2022-09-02 10:00")  # nobody was told
    agent.submit(report_yaml("2022-08"), check=0)
    centre.plan_at = at("2022-10-08 10:00")
    agent.drop(report_yaml("2022-09"), "sep.yaml")
    agent.outcome("sep.yaml")
    agent.drop(report_yaml("2022-10"), "oct.yaml")  # really too early
    assert "10月" in agent.outcome("oct.yaml", "refused")


def test_mended_certificates_are_read_again(agent, centre):
    """What was held for a certificate goes on when the operator reloads."""
    def refuse(_, report):
        raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "证书已吊销", "REVOKED", "hold")
    centre.before = refuse
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "a.yaml")
    agent.service.wait_line("state=held")
    agent.drop(report_yaml(started=101), "b.yaml")
    wait_for(lambda: len(agent.service.lines("state=held")) >= 2, "both held")
    centre.before = None
    agent.service.popen.send_signal(signal.SIGHUP)
    agent.outcome("a.yaml")
    agent.outcome("b.yaml")
    assert agent.stop() == 0


def test_a_stop_while_a_report_is_on_its_way(agent, centre):
    """SIGTERM ends at once and cleanly; the report is sent again at the next start."""
    centre.gate.clear()
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "a.yaml")
    wait_for(lambda: centre.receipts, "the report at the centre")
    assert agent.stop() == 0
    centre.gate.set()
    agent.start()
    assert "0001" in agent.outcome("a.yaml")
    assert len(centre.reports) == 1


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 512 KiB; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder],
                          capture_output=True)
    if done.returncode != 0:
        pytest.skip("may not mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up(small_disk, centre):
    """A full disk is said, and what was dropped is reported when there is room again."""
    agent = Agent(small_disk / "agent", centre)
    agent.start()
    try:
        agent.service.wait_line(" plan ")
        filler = small_disk / "filler"
        agent.file(report_yaml(), ".a.yaml").rename(agent.spool / "a.yaml.tmp")
        with pytest.raises(OSError), open(filler, "wb", buffering=0) as out:
            while True:
                out.write(bytes(4096))
        (agent.spool / "a.yaml.tmp").rename(agent.spool / "a.yaml")
        failed = subprocess.run([AGENT, "submit", "--config", agent.config,
                                 agent.spool / "a.yaml"], capture_output=True, text=True)
        assert failed.returncode == 1 and "磁盘已满" in failed.stderr, failed.stderr
        assert not centre.reports
        filler.unlink()
        agent.drop(report_yaml(started=101), "b.yaml")
        agent.outcome("b.yaml")
        wait_for(lambda: len(centre.reports) == 2, "both")
        assert agent.stop() == 0
    finally:
        if agent.service:
            agent.stop(signal.SIGKILL)


def test_a_wrong_key_is_replaced(tmp_path, centre):
    """Reports signed with a wrong key are not lost: signed anew, they are the same reports."""
    stranger = Authority(tmp_path / "stranger", "other").signer(UNIT)
    agent = Agent(tmp_path / "agent", centre, signer=stranger)
    good = centre.authority.signer(UNIT)

    def refuse(_, report):
        raise Refusal(grpc.StatusCode.PERMISSION_DENIED, "签名证书不被信任", "", "hold")
    centre.before = refuse
    agent.start()
    agent.service.wait_line(" plan ")
    agent.drop(report_yaml(), "a.yaml")
    agent.service.wait_line("state=held")
    (before,) = agent.json("queue")
    assert agent.stop() == 0
    text = agent.config.read_text("utf-8")
    agent.config.write_text(text.replace(str(stranger.key_file), str(good.key_file))
                            .replace(str(stranger.certificate_file),
                                     str(good.certificate_file)), "utf-8")
    centre.before = None
    agent.start()
    agent.outcome("a.yaml")
    assert centre.signers[-1] == good.der
    assert [i.hex() for i in centre.reports] == [before["report_id"]]
    assert agent.stop() == 0
