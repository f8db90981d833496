"""Plans to report on: as many units, sections and plans as a load needs.

One required figure a section and one period, so that every unit owes every section of
every plan one report. Nothing here is anybody's data.
"""

CALENDAR = "bench-1"
PERIOD = "2022-07"
OPEN_AT = "2022-08-01 09:00"       # the period's month is over: reports may come
INDICATOR = "done"


def unit_codes(count):
    return [str(430001 + i) for i in range(count)]


def plan_ids(count):
    return [f"bench-{i + 1}" for i in range(count)]


def _plan(plan, sections):
    return f"""\
id: {plan}
number: 压测〔2022〕{plan[6:]}号
title: 压力测试用方案
issuer: 压力测试
issued: ""
utc_offset: "+08:00"
calendar: {CALENDAR}
departments:
  - {{id: bangongshi, name: 局办公室}}
office: bangongshi
sections: [{", ".join(str(i + 1) for i in range(sections))}]
clauses: []
"""


def _units(codes):
    return "units:\n" + "".join(
        f'  - {{code: "{code}", name: 单位{code}, department: 单位{code}人居环境部门}}\n'
        for code in codes)


def _section(number):
    return f"""\
id: {number}
name: 板块{number}
heading: 板块{number}
lead: bangongshi
asked: all
clauses:
  - {{id: 条{number}, wording: 完成改造。}}
indicators:
  - {{id: {INDICATOR}, name: 累计完成, unit: 个, kind: cumulative, required: true}}
baselines: []
targets: []
rules:
  - id: R-{number}-01
    severity: reason
    never_falls: all
    text: 累计数不减少
    causes: 核减
    basis: 填报说明
"""


def _schedule(remind):
    return f"""\
schedule:
  frequency: monthly
  first: {PERIOD}
  last: {PERIOD}
  cutoff: 0
  due: {{month: next, day: 25, time: "17:30", roll: 顺延}}
  remind: {{workdays: {remind}, time: "09:00"}}
  lock: 4
ladder:
  - {{workdays: 1, time: "17:30", to: unit, role: 填报人}}
lights: {{yellow: 5.0, red: 15.0}}
"""


_YEAR = f"""\
version: {CALENDAR}
years:
  - year: 2022
    rest: []
    work: []
"""


def plan_files(plan, units, sections, remind=2):
    """{name: text} of one plan, as ApplyPlan takes it."""
    files = {
        "plan.yaml": _plan(plan, sections),
        "units.yaml": _units(unit_codes(units)),
        "schedule.yaml": _schedule(remind),
        "calendar/bench.yaml": _YEAR,
    }
    for i in range(sections):
        files[f"sections/{i + 1}.yaml"] = _section(i + 1)
    return files
