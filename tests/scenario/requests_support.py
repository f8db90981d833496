"""Requests of a district, and those who answer them."""
import datetime
import os

import grpc
import pytest

from protos import alerts_pb2, board_pb2, report_pb2, requests_pb2, reviews_pb2
from reports_support import PLAN, TIMEOUT, seal
from test_reports import World

Code = grpc.StatusCode
UNIT = "430105"
REQUEST_TYPE = "application/vnd.duban.request.v1+protobuf"
EXTENSION, CONTEST, CONSENT = (requests_pb2.REQUEST_KIND_EXTENSION,
                               requests_pb2.REQUEST_KIND_CONTEST,
                               requests_pb2.REQUEST_KIND_CONSENT)
OPEN, GRANTED, REFUSED, WITHDRAWN = 1, 2, 3, 4


def at(text):
    """Plan time of "2022-08-05 17:30" in Changsha."""
    zone = datetime.timezone(datetime.timedelta(hours=8))
    moment = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    return int(moment.timestamp() * 1000)


DUE, LOCK = at("2022-08-05 17:30"), at("2022-08-11 17:30")


@pytest.fixture
def world(postgres, tmp_path):
    made = World(tmp_path, postgres.create())
    made.lead = made.centre.department("jiugai")   # leads section 2
    made.other = made.centre.department("gengxin")
    made.second = made.centre.client(made.authority.person("bangongshi", "zhou"))
    yield made
    made.close()


def request(kind=EXTENSION, unit=UNIT, **given):
    """A good request; what the caller names is different."""
    values = dict(request_id=os.urandom(16), kind=kind, plan=PLAN, unit=unit, section="2",
                  period="2022-07", reason="8月3日至4日全区停电检修，数据尚未核完。",
                  approved_by=report_pb2.Person(name="王五", post="局长"),
                  made_at=1659400000000, wall_made_at=1659400000000)
    if kind == EXTENSION:
        values["until"] = "2022-08-10"
    return requests_pb2.Request(**dict(values, **given))


def ask(world, message, signer=None, agent=None):
    client = agent or world.agent(message.unit)
    envelope = seal(signer or world.signers[message.unit],
                    message.SerializeToString(deterministic=True), REQUEST_TYPE)
    return client.requests.Ask(requests_pb2.AskRequest(request=envelope), timeout=TIMEOUT)


def answer(client, number, granted=True, text="同意。", **given):
    return client.requests.Answer(requests_pb2.AnswerRequest(
        number=number, granted=granted, text=text, **given), timeout=TIMEOUT)


def withdraw(client, number):
    return client.requests.Withdraw(requests_pb2.WithdrawRequest(number=number),
                                    timeout=TIMEOUT)


def listed(client, **given):
    return list(client.requests.List(requests_pb2.ListRequest(**given),
                                     timeout=TIMEOUT).requests)


def alerts(world, kind, open_only=False):
    reply = world.office.alerts.ListAlerts(
        alerts_pb2.ListAlertsRequest(unit=UNIT, open_only=open_only), timeout=TIMEOUT)
    return sorted((a for a in reply.alerts if a.kind == kind), key=lambda a: a.cursor)


def life(client, number):
    return client.reviews.GetLife(reviews_pb2.GetLifeRequest(number=number), timeout=TIMEOUT)


def said(refusal):
    """Everything that a refused person reads."""
    return " ".join([refusal.message, *refusal.violations.values()])


def missing(world):
    """Who is shown on the board as owing section 2, and since when."""
    board = world.office.board.GetBoard(board_pb2.GetBoardRequest(), timeout=TIMEOUT)
    return {o.unit: o.due_at for o in board.overdue if o.section == "2" and o.period}
