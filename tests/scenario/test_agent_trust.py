"""duban-agent and whom it believes: receipts, servers, keys.

Each test says what a district would lose if it failed.
"""
import signal

import grpc
import pytest

from agent_centre import FakeCentre, Refusal
from agent_support import UNIT, Agent, agent, at, centre, report_yaml  # noqa: F401
from harness import wait_for
from pki import DOMAIN, Authority
from protos import report_pb2


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


def test_a_forged_report_of_a_colleague_is_not_believed(agent, centre, tmp_path):
    """What is corrected, and looked back at, must really stand at the centre; and one that
    does not hides no others."""
    agent.submit(report_yaml("2022-07"), check=0)
    centre.step(at("2022-09-02 10:00"))
    agent.submit(report_yaml("2022-08", started=101), name="aug.yaml", check=0)
    made = next(i for i, r in centre.reports.items() if r.period == "2022-08")
    good = centre.receipts[made]
    centre.receipts[made] = report_pb2.Receipt.FromString(good.SerializeToString())
    centre.receipts[made].signature = good.signature[:-1] + bytes([good.signature[-1] ^ 1])
    other = Agent(tmp_path / "other", centre)
    form = other.run("template", "2", "2022-08", check=0).stdout
    assert "101个" not in form and "沿用 2022-07" in form
    centre.receipts[made] = good
    assert "101个" in other.run("template", "2", "2022-08", check=0).stdout


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
