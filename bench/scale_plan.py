"""A plan as large as it is asked for: a folder that `duban plan lint` finds clean.

    python3 bench/scale_plan.py FOLDER --units 3000 --targets 40 --years 5

Monthly reports on five sections, the targets spread evenly over them; every unit has a
part in every target but each eleventh, each seventh with a date of its own. The figures
follow from the numbers alone, so the same arguments give the same bytes. Nothing here is
anybody's data.
"""
import argparse
import pathlib

SECTIONS = 5
FIRST_YEAR = 2022
CALENDAR = "scale-1"
NO_TASK_EVERY = 11
OWN_DATE_EVERY = 7


def unit_code(place):
    return str(100001 + place)


def unit_name(place):
    return f"第{place + 1:04d}区"


def part(place, target):
    """The unit's task, or 0 for no task."""
    return 0 if (place + target) % NO_TASK_EVERY == 0 else 10 + (place * 7 + target) % 90


def plan_files(units, targets, years, due_day=5, version_note=""):
    """{name: text}"""
    shares = [list(range(section, targets, SECTIONS)) for section in range(SECTIONS)]
    last = FIRST_YEAR + years - 1
    files = {
        "plan.yaml": _plan(version_note),
        "units.yaml": _units(units),
        "schedule.yaml": _schedule(last, due_day),
        "calendar/scale.yaml": _calendar(last + 1),
    }
    for section, members in enumerate(shares):
        files[f"sections/{section + 1}.yaml"] = _section(section, members, units, last)
        files[f"tasks/{section + 1}.yaml"] = _tasks(section, members, units, last)
    return files


def _plan(note):
    return f"""\
id: scale
number: 规模〔2022〕1号
title: 规模测试用方案
issuer: 规模测试
issued: ""
utc_offset: "+08:00"
calendar: {CALENDAR}
departments:
  - {{id: bangongshi, name: 局办公室}}
office: bangongshi
sections: [{", ".join(str(i + 1) for i in range(SECTIONS))}]
clauses: []
note: 规模测试{note}
"""


def _units(units):
    return "units:\n" + "".join(
        f'  - {{code: "{unit_code(i)}", name: {unit_name(i)}, '
        f"department: {unit_name(i)}人居环境局}}\n" for i in range(units))


def _section(section, members, units, last):
    lines = [f"id: {section + 1}", f"name: 板块{section + 1}", f"heading: 板块{section + 1}",
             "lead: bangongshi", "asked: all", "clauses:",
             f"  - {{id: 条{section + 1}, wording: 完成改造。}}", "indicators:"]
    lines += [f"  - {{id: done_{t}, name: 累计完成{t}, unit: 个, kind: cumulative, "
              "required: true}" for t in members]
    lines += ["baselines: []", "targets:"]
    for t in members:
        whole = sum(part(i, t) for i in range(units))
        lines += [f"  - id: target_{t}", f"    name: 完成{t}", f"    indicator: done_{t}",
                  f"    value: {whole}个", f"    clause: 条{section + 1}",
                  "    binding: true", f"    start: {FIRST_YEAR}-01-01",
                  f"    deadline: {last}-12-31"]
    lines += ["rules:", f"  - id: R-{section + 1}-01", "    severity: reason",
              "    never_falls: all", "    text: 累计数不减少", "    causes: 核减",
              "    basis: 填报说明"]
    return "\n".join(lines) + "\n"


def _tasks(section, members, units, last):
    lines = [f"section: {section + 1}", "targets:"]
    for t in members:
        lines += [f"  - id: target_{t}", "    curve: line", "    allocations:"]
        lines += [f"      {unit_name(i)}: {_share(i, t, last)}" for i in range(units)]
    return "\n".join(lines) + "\n"


def _share(place, target, last):
    value = part(place, target)
    if value == 0:
        return "无任务"
    if (place + target) % OWN_DATE_EVERY == 0:
        return f"{{value: {value}个, deadline: {last}-09-30}}"
    return f"{value}个"


def _schedule(last, due_day):
    return f"""\
schedule:
  frequency: monthly
  first: {FIRST_YEAR}-01
  last: {last}-12
  cutoff: 0
  due: {{month: next, day: {due_day}, time: "17:30", roll: 顺延}}
  remind: {{workdays: 2, time: "09:00"}}
  lock: 4
ladder:
  - {{workdays: 1, time: "17:30", to: unit, role: 填报人}}
  - {{workdays: 2, time: "09:00", to: lead, role: 处室负责人}}
  - {{workdays: 5, time: "09:00", to: department, department: bangongshi, role: 分管局领导}}
lights: {{yellow: 5.0, red: 15.0, memory: true}}
"""


def _calendar(last):
    years = "".join(f"  - year: {year}\n    rest: []\n    work: []\n"
                    for year in range(FIRST_YEAR, last + 1))
    return f"version: {CALENDAR}\nyears:\n{years}"


def write(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--units", type=int, default=3000)
    parser.add_argument("--targets", type=int, default=40)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--due-day", type=int, default=5)
    options = parser.parse_args()
    write(options.folder, plan_files(options.units, options.targets, options.years,
                                     options.due_day))


if __name__ == "__main__":
    main()
