"""duban-agent as a reporter uses it, against a small centre that verifies and signs.

Each test says what a district would lose if it failed.
"""
import grpc
import pytest

from agent_centre import PLAN, Refusal
from agent_support import UNIT, agent, at, centre, report_yaml  # noqa: F401
from harness import wait_for


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


def test_the_template_can_be_filled_in_and_submitted(agent, centre):
    """What the tool hands out, it takes back."""
    text = agent.run("template", "2", "2022-07", check=0).stdout
    assert "必填" in text and "2022-07" in text
    agent.submit(report_yaml(), check=0)
    centre.step(at("2022-09-02 10:00"))
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
    for command in ("submit", "check", "nochange", "zero", "returns", "template", "queue",
                    "alerts", "status", "run"):
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
