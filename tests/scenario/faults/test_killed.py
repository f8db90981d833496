"""duband is killed, or told to stop, while everybody works."""
import asyncio
import concurrent.futures
import signal
import threading

import grpc
import psycopg2

from alerts_support import MailSink
from faults_support import (LEAD_IS_TOLD, NO_SIGNAL, WIDE_SECTIONS, Code, apply_plan,
                            centre_of, check_all_stored_once, database, only_unavailable,
                            stored, wide_plan, wide_units)
from harness import PATIENCE, wait_for
from reports_support import step_to


def test_killed_again_and_again_under_load_every_receipt_holds(wide):
    """A district whose report was acknowledged a moment before a crash need not know."""
    rest = wide.sents
    for after in (1, 20, 40, 60):
        wide.districts.send(wide, rest, after, wide.process.kill)
        only_unavailable(wide.sents)
        check_all_stored_once(wide, wide.sents)
        wide.start(migrate=False)
        rest = [sent for sent in wide.sents if not sent.receipts]
    wide.districts.send_until_stored(wide, wide.sents)  # those with a receipt as well
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents) == len(stored(wide))


def test_killed_while_the_same_report_is_sent_on_many_lines(wide):
    """An impatient district that sends twice over, across a crash, has reported once."""
    few = wide.sents[:40]
    wide.districts.send(wide, few * 6, 30, wide.process.kill)
    only_unavailable(few)
    wide.start(migrate=False)
    wide.districts.send(wide, few * 6)
    wide.districts.send_until_stored(wide, few)
    assert check_all_stored_once(wide, few) == len(few) == len(stored(wide))


def test_callers_that_hang_up_in_the_middle_lose_nothing(wide):
    """On a bad line calls are given up at any moment: sent again, each is there once."""
    with wide.districts.connected(wide) as clients:
        for wait in (0.001, 0.005, 0.02, 0.05):
            calls = [clients[sent.unit].reports.SubmitReport.future(sent.request, timeout=wait)
                     for sent in wide.sents]
            for call in calls[::3]:
                call.cancel()
            for call in calls:
                try:
                    call.result()
                except grpc.FutureCancelledError:
                    pass
                except grpc.RpcError as error:
                    assert error.code() in (Code.DEADLINE_EXCEEDED, Code.UNAVAILABLE), error
    wide.districts.send_until_stored(wide, wide.sents)
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents) == len(stored(wide))


class HeldMail(MailSink):
    """Takes a message, and is slow to say so."""

    def __init__(self):
        super().__init__()
        self.let_go = threading.Event()

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.to_thread(self.let_go.wait, PATIENCE)
        return answer


def test_killed_while_it_sends_mail_every_alert_arrives(postgres, tmp_path):
    """A head hears of every alert; what was being sent at the crash may come twice, and is
    then the same message, which mail programs show once."""
    mail, units = HeldMail().up(), wide_units(6)
    centre = centre_of(postgres, tmp_path, settings={"deliver": {
        "smtp_url": f"smtp://127.0.0.1:{mail.port}", "smtp_from": "duban@changsha.test",
        "contacts": [{"name": "局办公室", "recipient": "department/bangongshi",
                      "kind": "email", "address": "office@changsha.test"}]}})
    centre.start()
    try:
        apply_plan(centre, wide_plan(len(units)))
        with centre.office() as office, concurrent.futures.ThreadPoolExecutor(1) as pool:
            step = pool.submit(step_to, office, LEAD_IS_TOLD)  # waits for what is sent
            wait_for(lambda: mail.messages, "the first mail")
            centre.process.kill()
            assert step.exception() is None or step.exception().code() == Code.UNAVAILABLE
        mail.let_go.set()
        with psycopg2.connect(centre.config["database"]["conninfo"]) as connection:
            connection.cursor().execute(  # the two minutes of the lease pass
                "UPDATE delivery SET wall_claimed_until = now() - interval '1 s' "
                "WHERE wall_claimed_until IS NOT NULL")
        centre.start(migrate=False)

        def left():
            with database(centre) as cursor:
                cursor.execute("SELECT count(*) FROM delivery WHERE state <> 'sent'")
                return cursor.fetchone()[0]
        wait_for(lambda: left() == 0, "every mail to be recorded as sent")
        by_id = {}
        for message in mail.to("office@changsha.test"):
            by_id.setdefault(message["Message-ID"], []).append(message.get_content())
        assert max(map(len, by_id.values())) == 2  # the one at the crash
        assert all(len(set(same)) == 1 for same in by_id.values())
        whole = "".join(same[0] for same in by_id.values())
        for unit in units:
            for section in WIDE_SECTIONS:
                assert whole.count(f"第{unit}区2022年7月“{'一二三四五'[int(section) - 1]}、") == 1
    finally:
        centre.stop()
        mail.down()


def test_sigterm_under_load_answers_or_refuses_every_call(wide):
    """An upgrade in the reporting days costs nobody a report, and leaves no doubt."""
    wide.districts.send(wide, wide.sents, 40,
                        lambda: wide.process.popen.send_signal(signal.SIGTERM))
    assert wide.process.stop(NO_SIGNAL) == 0
    only_unavailable(wide.sents)
    assert wide.process.lines("stopped status=0")
    held = check_all_stored_once(wide, wide.sents)
    assert 40 <= held == len(stored(wide))  # nothing stored that was not answered
    wide.start(migrate=False)
    wide.districts.send_until_stored(wide, wide.sents)
    assert check_all_stored_once(wide, wide.sents) == len(wide.sents)
