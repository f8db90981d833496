"""What the nine districts report in the rehearsal, made from the plan's own folder.

Every figure here is 示例数据: a district's task (from the sample overlay) times the
expected progress at the cut-off times how well the district does. Nothing is random, so
the same rehearsal gives the same year.
"""
import datetime
import pathlib
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import yaml

PLANS = pathlib.Path(__file__).resolve().parents[1] / "plans"
PLAN, SAMPLE = PLANS / "changsha-2022-55", PLANS / "changsha-2022-55.sample"

# period: the day on which districts report it (before its due day)
PERIODS = {"2022-07": "2022-08-04", "2022-08": "2022-09-02", "2022-09": "2022-10-08",
           "2022-10": "2022-11-03", "2022-11": "2022-12-02", "2022-12": "2023-01-04"}

# How well each district does, in per cent of the expected progress, by section.
PACE = {
    "430104": (104, 103, 101, 108, 100), "430102": (101, 102, 110, 104, 100),
    "430103": (96, 99, 92, 100, 100), "430105": (103, 100, 100, 96, 100),
    "430111": (88, 78, 97, 102, 100), "430112": (92, 101, 96, 100, 100),
    "430121": (99, 104, 100, 60, 100), "430181": (100, 98, 104, 0, 100),
    "430182": (97, 96, 62, 0, 100),
}

SAMPLE_PEOPLE = {
    "填报人": {"姓名": "填报人（示例）", "职务": "科员", "电话": "0731-00000001"},
    "审核人": {"姓名": "审核人（示例）", "职务": "科长", "电话": "0731-00000002"},
    "负责人": {"姓名": "负责人（示例）", "职务": "副局长", "电话": "0731-00000003"},
}


# What the bureau finds when it looks itself, after the reports of a period: who looks, at
# which report and indicator, and the command's options. What is not here waits.
MILESTONE, VILLAGES = ("5", "milestones_passed"), ("3", "villages_accepted")
FOUND = {
    "2022-09": [("penggai", "430104", *VILLAGES, "2022-09", "1")],
    "2022-10": [("mingcheng", unit, *MILESTONE, "2022-10", "seen")
                for unit in ("430104", "430102", "430105", "430112")],
    "2022-12": [("penggai", unit, *VILLAGES, "2022-12", "1") for unit in ("430111", "430105")]
               + [("mingcheng", "430105", *MILESTONE, period, "withdrawn")
                  for period in ("2022-10", "2022-11", "2022-12")],
}
REMARKS = {"seen": "名录已公布，现场核查属实（示例数据）。",
           "withdrawn": "回头看：名录尚未公布，节点没有达到（示例数据）。"}


def load(path):
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


def number(text):
    """The number in front of a unit: "230.0亿元" is 230.0."""
    end = 0
    while end < len(text) and (text[end].isdigit() or text[end] in "-."):
        end += 1
    return Decimal(text[:end])


class Tasks:
    """Allocations and curves of the sample overlay."""

    def __init__(self):
        self.units = [(u["code"], u["name"]) for u in load(PLAN / "units.yaml")["units"]]
        self.parts, self.curves = {}, {}
        for section in "12345":
            plan = {t["id"]: t for t in load(PLAN / f"sections/{section}.yaml")["targets"]}
            for target in load(SAMPLE / f"tasks/{section}.yaml")["targets"]:
                key = (section, target["id"])
                whole = dict(plan[target["id"]], **target)
                self.curves[key] = self.points(whole)
                for unit, part in whole.get("allocations", {}).items():
                    if part != "无任务":
                        self.parts[key + (self.code(unit),)] = number(part)

    def code(self, name):
        return next(c for c, n in self.units if name in (c, n))

    @staticmethod
    def points(target):
        curve = target.get("curve")
        if isinstance(curve, list):
            return [(p["day"], Decimal(p["percent"])) for p in curve]
        if curve == "line" and "start" in target and "deadline" in target:
            return [(target["start"], Decimal(0)), (target["deadline"], Decimal(100))]
        return []

    def expected(self, section, target, day):
        """Per cent that should be done by the end of the day."""
        points = [(datetime.date.fromisoformat(d), p) for d, p in
                  self.curves[(section, target)]]
        if not points:
            return Decimal(0)
        if day <= points[0][0]:
            return points[0][1]
        for (before, low), (after, high) in zip(points, points[1:]):
            if day <= after:
                return low + (high - low) * (day - before).days / (after - before).days
        return points[-1][1]

    def done(self, section, target, unit, day, decimals, pace=None, rounding=ROUND_DOWN):
        part = self.parts.get((section, target, unit))
        if part is None:
            return Decimal(0)
        pace = PACE[unit][int(section) - 1] if pace is None else pace
        value = part * self.expected(section, target, day) / 100 * pace / 100
        value = min(value, part * Decimal("1.05"))
        return value.quantize(Decimal(1).scaleb(-decimals), rounding)


def last_day(period):
    year, month = map(int, period.split("-"))
    return (datetime.date(year + month // 12, month % 12 + 1, 1)
            - datetime.timedelta(days=1))


def sections_of(unit):
    return [s for s in "12345" if s != "4" or unit not in ("430181", "430182")]


def figures(tasks, unit, section, period):
    """The required figures of one report, as the reporter would type them."""
    day = last_day(period)

    def done(target, decimals=0, pace=None):
        return tasks.done(section, target, unit, day, decimals, pace)

    if section == "1":
        areas = tasks.parts[("1", "areas", unit)]
        return {"areas_started": areas, "investment_done": done("investment", 2),
                "site_area_started": done("site_area", 2),
                "renewed_area": (done("site_area", 2) * 10)}
    if section == "2":
        started = done("communities")
        households = started * 150
        return {"communities_started": started, "households_started": households,
                "communities_finished": started * 7 // 10,
                "investment_done": started * Decimal("312.50"),
                "houses_started": 80 + day.month}
    if section == "3":
        closed = done("closing_out")
        finished = tasks.done(section, "villages", unit, day, 0, rounding=ROUND_HALF_UP)
        return {"projects_cleared": closed + 1, "projects_settled": closed,
                "projects_closed": closed, "villages_finished": finished,
                "villages_accepted": finished, "investment_done":
                    (done("villages", 2) * Decimal("3.20")).quantize(Decimal("0.01"))}
    if section == "4":
        recognised = min(done("circles_2022"), done("circles_2022", 0, 100) + 1)
        return {"circles_recognised": recognised, "circles_applied": recognised + 1,
                "circles_self_assessed": recognised + 3}
    early = period >= "2022-10" and unit in ("430104", "430102", "430105", "430112", "430181")
    return {"milestones_passed": int(early), "damage_incidents": 0,
            "relics_repaired": 1 + day.month // 3, "historic_repaired": 2 + day.month // 2}


def report(tasks, unit, section, period, change=None):
    """A report file as duban-agent reads it."""
    values = {k: str(v) for k, v in figures(tasks, unit, section, period).items()}
    values.update(change or {})
    return {
        "板块": section, "报告期": period, "指标": values,
        "工作进展": f"{period}各项工作按计划推进（示例数据）。",
        "存在问题": "部分项目征收进度偏慢（示例数据）。",
        "下一步安排": "倒排工期，逐项销号（示例数据）。",
        "需市级协调事项": "无",
        **SAMPLE_PEOPLE,
    }
