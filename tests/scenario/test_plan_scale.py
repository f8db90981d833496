"""A plan is kept as it was said and becomes rows when their time comes: what it asks is
the same, to the row, as if everything had been written out when it was published.

What a user would lose: a district a reminder, or its right not to be pressed for what an
earlier version settled; the office the plan of a whole province, which would take minutes
to publish.
"""
import pathlib
import sys

import pytest

from harness import Duband
from protos import plans_pb2
from reports_support import TIMEOUT, step_to

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import scale_plan  # noqa: E402

TARGETS = 10
DAY = 86400000
JANUARY_2022 = 1641027600000     # 2022-01-01 17:00
EVERYTHING = "DO $$ BEGIN PERFORM unfold_periods('2100-01-01'), " \
             "unfold_timetable('2100-01-01', 10000000); END $$;"


def files(units, years=1, **more):
    return [plans_pb2.PlanFile(name=name, content=text.encode())
            for name, text in scale_plan.plan_files(units, TARGETS, years, **more).items()]


def parts(units):
    return sum(scale_plan.part(i, t) > 0 for i in range(units) for t in range(TARGETS))


@pytest.fixture
def world(postgres, tmp_path):
    conninfo = postgres.create()
    centre = Duband(tmp_path, conninfo, start_at="2022-01-01 09:00").start()
    database = conninfo.rsplit("dbname=", 1)[1]

    class World:
        office = centre.office()

        @staticmethod
        def apply(*arguments, **more):
            return World.office.plans.ApplyPlan(plans_pb2.ApplyPlanRequest(
                files=files(*arguments, **more)), timeout=TIMEOUT)

        @staticmethod
        def sql(text):
            return postgres.psql(database, text)

        @staticmethod
        def rows(text):
            return [line.split("|") for line in World.sql(text).splitlines()]

    yield World
    centre.stop()


def test_everything_is_asked_once_of_everybody(world):
    answer = world.apply(12)
    owed = 12 * scale_plan.SECTIONS * 12
    assert answer.obligations == owed
    assert int(world.sql("SELECT count(*) FROM obligation")) < owed  # the near months only
    counted = dict(world.rows(f"""
        BEGIN; {EVERYTHING}
        SELECT kind || '.' || level, count(*) FROM timetable GROUP BY 1;
        SELECT 'owed', count(*) FROM obligation;
        SELECT 'wrong', count(*) FROM timetable t JOIN obligation o
            USING (plan, unit, section, period)
            WHERE CASE WHEN t.kind = 1 THEN t.at >= o.due_at
                WHEN t.kind = 2 AND t.level = 0 THEN t.at <> o.due_at
                WHEN t.kind = 2 THEN t.at <= o.due_at
                ELSE t.at <> o.lock_at END;
        SELECT 'left', count(*) FROM timetable_group;
        ROLLBACK"""))
    steps = {f"2.{n}": str(owed) for n in range(4)} | \
        {f"4.{n}": str(parts(12)) for n in range(4)}
    assert counted == steps | {"1.0": str(owed), "3.0": str(owed), "owed": str(owed),
                               "wrong": "0", "left": "0"}


def test_a_new_version_in_the_middle_keeps_what_was_due(world):
    """The report of January was due on the 7th: version 2, a day later, makes it the 9th for
    the new unit alone, and for all from February on."""
    world.apply(12)
    step_to(world.office, JANUARY_2022 + 38 * DAY)           # 2022-02-08 17:00
    old = "SELECT unit, level, at, due_at FROM timetable WHERE kind = 2 " \
          "AND period = '2022-01' AND done AND unit < '100013' ORDER BY 1, 2, 3, 4"
    told = world.sql(old)
    due = world.sql("SELECT DISTINCT due_at FROM obligation WHERE period = '2022-01'")
    world.apply(13, due_day=9)
    assert world.sql(old) == told != ""
    # the ladder of what was due goes on as it stood, rows by now
    assert world.rows("SELECT DISTINCT plan_version, due_at FROM timetable WHERE NOT done "
                      "AND period = '2022-01' AND kind = 2 AND unit < '100013'") == \
        [["1", due]]
    # the new unit is pressed by its own date, and nobody twice
    assert world.rows("SELECT DISTINCT plan_version FROM timetable_group") == [["2"]]
    before = int(world.sql("SELECT count(*) FROM alert WHERE kind = 2 AND level = 0"))
    step_to(world.office, JANUARY_2022 + 40 * DAY)           # 2022-02-10 17:00
    assert int(world.sql("SELECT count(*) FROM alert WHERE kind = 2 AND level = 0")) \
        == before + scale_plan.SECTIONS
    assert world.sql("SELECT DISTINCT unit FROM alert WHERE kind = 2 AND plan_version = 2 "
                     "AND level = 0") == "100013"
    # and everybody's next report is due by the new version
    assert world.rows("SELECT DISTINCT plan_version, due_at::date FROM obligation "
                      "WHERE period = '2022-02'") == [["2", "2022-03-09"]]


def test_a_target_extended_before_it_was_judged_is_not_pressed(world):
    """The year's end has passed and nobody was judged yet; version 2 gives another year."""
    world.apply(12)
    step_to(world.office, JANUARY_2022 + 367 * DAY)          # 2023-01-03 17:00
    assert world.rows("SELECT DISTINCT due_at::date FROM timetable_group WHERE kind = 4") == \
        [["2022-12-31"]]
    world.apply(12, years=2)
    assert world.sql("SELECT count(*) FROM timetable WHERE kind = 4 AND NOT done") == "0"
    assert world.sql("SELECT min(due_at) > '2023-09-01' FROM timetable_group "
                     "WHERE kind = 4") == "t"


def test_a_unit_that_left_is_asked_no_more(world):
    world.apply(13)
    world.apply(12)
    assert world.sql("SELECT count(*) FROM obligation WHERE unit = '100013'") == "0"
    assert world.sql(f"BEGIN; {EVERYTHING} SELECT count(*) "
                     "FROM timetable WHERE unit = '100013'; ROLLBACK") == "0"
