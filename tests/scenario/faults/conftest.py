"""What the fault tests share: a centre with many districts, offices with real agents, a
cluster that may be broken."""
import contextlib
import signal
import sqlite3
import types

import pytest

import scenario
from faults_support import (MANY, UNITS, WIDE_SECTIONS, Districts, apply_plan, centre_of,
                            leave_no_centre, wide_plan, wide_report, wide_units)
from harness import Postgres
from sinks import Line
from agent_support import Agent


@pytest.fixture(autouse=True)
def tidy():
    yield
    leave_no_centre()


@pytest.fixture
def wide(postgres, tmp_path):
    """A centre that waits for 300 reports; and the districts that owe them."""
    centre = centre_of(postgres, tmp_path)
    centre.start()
    apply_plan(centre, wide_plan(MANY))
    centre.districts = Districts(centre.authority, wide_units(MANY))
    centre.sents = [centre.districts.sent(wide_report(unit, section))
                    for unit in centre.districts.agents for section in WIDE_SECTIONS]
    yield centre
    if centre.process.alive():
        assert centre.stop() == 0
    assert "Sanitizer" not in centre.process.log.read_text("utf-8", "replace")


@pytest.fixture
def own_postgres():
    """A cluster that may be broken without hurting other tests."""
    cluster = Postgres()
    yield cluster
    cluster.close()


class Offices:
    """Nine real agents behind lines that can be cut, each with a spool folder."""

    def __init__(self, folder, centre):
        self.centre, self.line = centre, Line(centre.port)
        stand_in = types.SimpleNamespace(authority=centre.authority, port=self.line.port)
        self.agents = {unit: Agent(folder / unit, stand_in, unit) for unit in UNITS}
        self.dropped = {}

    def start(self):
        for agent in self.agents.values():
            agent.start()
        for agent in self.agents.values():
            agent.service.wait_line(" plan ")

    def drop(self, unit, section):
        tasks = scenario.Tasks()
        text = scenario.yaml.safe_dump(
            scenario.report(tasks, unit, section, "2022-07"), allow_unicode=True)
        name = f"2022-07-{section}.yaml"
        self.agents[unit].drop(text, name)
        self.dropped.setdefault(unit, []).append(name)

    def drop_all(self):
        for unit in UNITS:
            for section in scenario.sections_of(unit):
                self.drop(unit, section)

    def rows(self, unit):
        """What its queue holds."""
        return self.ask(unit, "SELECT report_id, state, receipt, payload FROM report "
                        "ORDER BY row")

    def ask(self, unit, sql):
        """From the file itself."""
        with contextlib.closing(
                sqlite3.connect(self.agents[unit].state / "agent.sqlite")) as queue:
            return queue.execute(sql).fetchall()

    def count(self, state):
        return sum(self.count_of(unit, state) for unit in self.agents)

    def count_of(self, unit, state):
        return sum(row[1] == state for row in self.rows(unit))

    def centre_is_back(self):
        self.centre.start(migrate=False)
        self.line.to_port = self.centre.port

    def close(self):
        for agent in self.agents.values():
            if agent.service:
                agent.stop(signal.SIGKILL)
        self.line.stop()


@pytest.fixture
def offices(postgres, tmp_path):
    centre = centre_of(postgres, tmp_path)
    centre.start()
    apply_plan(centre)
    made = Offices(tmp_path, centre)
    yield made
    made.close()
    if centre.process.alive():
        centre.stop()
