"""The command line of the bureau: every command, rightly and wrongly, in both languages.

What a user would lose: the office a plan that is published with an error that the desk
should have found; a program that reads --json its figures when somebody changes language;
an operator the reason why a command did not work.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unicodedata

import pytest
import yaml

from harness import BIN, PLANS, Duband
from reports_support import receipt_body, report, sealed, submit

PLAN = PLANS / "changsha-2022-55"
SAMPLE = PLANS / "changsha-2022-55.sample"
CHINESE = re.compile("[一-鿿]")
CLEAN = {key: value for key, value in os.environ.items()
         if not key.startswith(("LC_", "LANG", "DUBAN_LANG", "DUBAN_CONFIG"))}


def duban(*arguments, check=0, **environment):
    done = subprocess.run([BIN / "duban", *map(str, arguments)], capture_output=True, text=True,
                          env=dict(CLEAN, **environment), timeout=120, check=False)
    assert done.returncode == check, (arguments, done.returncode, done.stdout, done.stderr)
    assert "(null)" not in done.stdout + done.stderr
    return done


# --- Language ---------------------------------------------------------------------------

@pytest.mark.parametrize("environment", [
    {}, {"LANG": "C"}, {"LANG": "C.UTF-8"}, {"LC_ALL": "POSIX"}, {"LANG": "zh_CN.UTF-8"},
    {"LANG": "en_US.UTF-8", "DUBAN_LANG": "zh"}, {"LANGUAGE": "zh_CN:en"}, {"DUBAN_LANG": ""},
])
def test_chinese_is_the_default(environment):
    assert "用法：" in duban("--help", **environment).stdout


@pytest.mark.parametrize("environment", [
    {"DUBAN_LANG": "en"}, {"LANGUAGE": "en"}, {"LANG": "en_US.UTF-8"}, {"LANG": "en_GB"},
    {"LANG": "zh_CN.UTF-8", "DUBAN_LANG": "en"}, {"LC_ALL": "C", "LANGUAGE": "en:zh"},
])
def test_english_on_request(environment):
    assert duban("--help", **environment).stdout.startswith("Usage:")


def test_an_option_comes_before_the_environment():
    assert duban("--lang", "en", "--help", DUBAN_LANG="zh").stdout.startswith("Usage:")
    assert duban("--lang=zh", "--help", DUBAN_LANG="en").stdout.startswith("用法")
    assert "zh 或 en" in duban("--lang", "fr", "status", check=2).stderr


def commands():
    help_text = duban("--help").stdout
    return re.findall(r"^  duban ((?:[a-z]+ ?){1,2})", help_text, re.M)


def test_every_command_explains_itself_in_both_languages():
    """A help that is half in the other language reads as a mistake."""
    assert len(commands()) == 48
    for command in commands():
        chinese = duban(*command.split(), "--help").stdout
        english = duban(*command.split(), "--help", "--lang", "en").stdout
        assert CHINESE.search(chinese) and "用法：" in chinese
        assert "Usage:" in english and len(english.splitlines()) >= 15
        assert not CHINESE.search(re.sub("雨花区|[0-9]个", "", english)), english


def test_each_wrong_option_and_argument_is_named():
    for command in commands():
        words = command.split()
        assert "--nonsense：没有这个选项" in duban(*words, "--nonsense", check=2).stderr
        if words != ["reports", "pass"]:  # takes as many as are named
            assert "参数个数不对" in duban(*words, "a", "b", "c", "d", check=2).stderr
    assert "there is no such option" in duban("status", "-z", "--lang", "en", check=2).stderr
    assert "后面缺少内容" in duban("status", "--config", check=2).stderr
    assert "后面应为整数" in duban("plan", "show", "--version", "x", check=2).stderr
    assert "plan lint" in duban("plan", "lnit", check=2).stderr


# --- Plans at the desk --------------------------------------------------------------------

@pytest.fixture
def plans(tmp_path):
    """A copy of the real plan, to be broken."""
    for folder in (PLAN, SAMPLE, PLANS / "calendar"):
        shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path


def lint(plans, *options, check=0, sample=True, **environment):
    overlay = ("--with", plans / SAMPLE.name) if sample else ()
    return duban("plan", "lint", plans / PLAN.name, *overlay, *options, check=check,
                 **environment)


def replace(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def line_of(path, word):
    return next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
                if word in line)


def test_the_real_plan_is_right(plans):
    assert "长人环通〔2022〕55号" in lint(plans).stdout
    assert "未定" in lint(plans, sample=False).stdout


def test_a_duplicate_key(plans):
    path = plans / PLAN.name / "plan.yaml"
    text = path.read_text("utf-8")
    key = re.search(r"^([a-z_]+):", text, re.M).group(1)
    path.write_text(text + f"\n{key}: again\n", "utf-8")
    last = line_of(path, f"{key}: again")
    done = lint(plans, check=3)
    assert f"plan.yaml:{last}:1: “{key}”重复：第 " in done.stderr
    assert "duban: 方案有 1 处错误，不能发布" in done.stderr
    english = lint(plans, "--lang", "en", check=3).stderr
    assert f'"{key}" is here a second time; the first is in line' in english


def test_a_missing_district(plans):
    """A district without a task in an allocation would be let off in silence."""
    broken = 0
    for path in sorted((plans / SAMPLE.name / "tasks").glob("*.yaml")):
        text = path.read_text("utf-8")
        without = re.sub(r"^ *[\"“]?雨花区[\"”]?:.*\n", "", text, count=1, flags=re.M)
        if without == text:
            without = re.sub(r"雨花区: *[^,}\n]+,? *", "", text, count=1)
        if without != text:
            path.write_text(without, "utf-8")
            broken += 1
            break
    assert broken
    assert "雨花区" in lint(plans, check=3).stderr


def test_parts_that_do_not_add_up(plans):
    path = plans / SAMPLE.name / "tasks" / "2.yaml"
    text = path.read_text("utf-8")
    part = re.search(r"雨花区: *\"?(\d+)", text)
    assert part
    changed = text[:part.start(1)] + str(int(part.group(1)) + 1) + text[part.end(1):]
    path.write_text(changed, "utf-8")
    error = lint(plans, check=3).stderr
    assert "sample/tasks/2.yaml:" in error and "处错误，不能发布" in error


def test_an_unknown_key_gets_a_suggestion(plans):
    path = plans / PLAN.name / "plan.yaml"
    replace(path, "title:", "titel:")
    error = lint(plans, check=3).stderr
    place = f"plan.yaml:{line_of(path, 'titel:')}:1: "
    line = next(line for line in error.splitlines() if line.startswith(place))
    assert "“titel”" in line and "是不是“title”" in line
    assert "缺少“title”" in error


@pytest.mark.parametrize("text, words", [
    ("a：1\nb: 2\n", "全角冒号"),
    ("a:\n\tb: 1\n", "不能用 Tab"),
    ("a: \"b\n", "引号还没有闭合"),
    ("a: [1, 2\nb: 1\n", "方括号里的列表没有写完"),
    ("a: *x\n", "别名"),
    ("%b: 1\n", "不能以 % 开头"),
    ("a: 1\n---\nb: 2\n", "第二个文档"),
])
def test_broken_files_are_explained_in_chinese(plans, text, words):
    (plans / PLAN.name / "sections" / "1.yaml").write_text(text, "utf-8")
    line = next(line for line in lint(plans, check=3).stderr.splitlines()
                if line.startswith("sections/1.yaml:"))
    assert words in line
    assert re.match(r"sections/1\.yaml:\d+:\d+: ", line)


def test_a_file_in_gbk_is_told_from_utf8(plans):
    (plans / PLAN.name / "plan.yaml").write_bytes("title: 长沙\n".encode("gbk"))
    assert "不是 UTF-8 编码" in lint(plans, check=3).stderr


def test_folders_that_are_not_there(plans):
    assert "没有这个文件或文件夹" in duban("plan", "lint", plans / "nothing", check=2).stderr
    for option in ("--with", "--calendar"):
        lint(plans, option, plans / "nothing", sample=False, check=2)


def test_the_difference_of_two_folders(plans):
    other = plans / "other"
    shutil.copytree(plans / PLAN.name, other)
    assert "没有差别" in duban("plan", "diff", plans / PLAN.name, other).stdout
    assert json.loads(duban("plan", "diff", plans / PLAN.name, other, "--json").stdout) == []
    replace(other / "sections" / "2.yaml", "value: 1816个", "value: 1817个")
    changes = json.loads(duban("plan", "diff", plans / PLAN.name, other, "--json").stdout)
    assert any("1817" in change for change in changes)


def test_json_of_a_plan_is_the_same_in_both_languages(plans):
    chinese = lint(plans, "--json").stdout
    assert chinese == lint(plans, "--json", "--lang", "en").stdout
    rows = {row["target"]: row for row in json.loads(chinese)}
    assert rows["communities"]["value"] == "1816" and rows["communities"]["unit"] == "个"
    assert rows["communities"]["deadline"] == "2025-12-31"
    assert rows["communities"]["binding"] is True
    assert rows["areas"]["deadline"] == ""


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_columns_are_aligned(plans, language):
    """Figures under the wrong heading are wrong figures."""
    lines = lint(plans, "--lang", language).stdout.splitlines()
    heading = {"zh": "目标值", "en": "Target value"}[language]
    title = next(line for line in lines if heading in line)
    end = width(title[:title.index(heading)] + heading)
    rows = lines[lines.index(title) + 1:]
    assert rows[11] == "" and "60%" in "".join(rows[12:])  # the formula of the assessment
    for value in ("1816个", "约27.28万户", "25.62平方公里", "122个"):
        row = next(row for row in rows if re.search(rf" {re.escape(value)} ", row))
        assert width(row[:row.rindex(f" {value} ")] + f" {value}") == end


# --- Against a running centre -------------------------------------------------------------

class Desk:
    """The office's machine: a configuration, and the commands."""

    def __init__(self, folder, centre, person):
        self.config = folder / f"duban-{person.certificate_file.stem}.yaml"
        self.config.write_text(yaml.safe_dump({
            "centre": {"address": f"127.0.0.1:{centre.port}", "server_name": "localhost"},
            "tls": {"certificate": str(person.certificate_file),
                    "key": str(person.key_file), "ca": str(centre.authority.file)},
        }), "utf-8")

    def __call__(self, *arguments, check=0, **environment):
        return duban(*arguments, "--config", self.config, check=check, **environment)

    def json(self, *arguments):
        """The same in both languages, byte for byte."""
        chinese = self(*arguments, "--json").stdout
        assert chinese == self(*arguments, "--json", "--lang", "en").stdout
        return json.loads(chinese)


@pytest.fixture(scope="module")
def centre(postgres, tmp_path_factory):
    """A centre with the real plan, one report, and the plan time after a missed date."""
    folder = tmp_path_factory.mktemp("centre")
    duband = Duband(folder, postgres.create()).start()
    try:
        desk = Desk(folder, duband, duband.authority.person("bangongshi", "wang"))
        yield prepare(folder, duband, desk)
    finally:
        duband.stop()


def prepare(folder, duband, desk):
    """Publish, report once, and go on to after a date that others missed."""
    duband.desk = desk
    duband.folder_of_test = folder
    applied = json.loads(desk("plan", "apply", PLAN, "--with", SAMPLE, "--json").stdout)
    assert applied["changed"] is True and applied["version"] == 1
    assert applied["obligations"] > 1000
    step(desk, "2022-08-01 09:00")
    unit = "430111"
    with duband.client(duband.authority.agent(unit)) as agent:
        receipt = submit(agent, sealed(duband.authority.signer(unit), report(unit)))
    duband.number = receipt_body(receipt).number
    step(desk, "2022-08-20 09:00")
    return duband


def step(desk, to):
    for _ in range(200):
        answer = json.loads(desk("clock", "step", "--to", to, "--json").stdout)
        if answer["plan_at"][:16].replace("T", " ") >= to:
            return answer
    raise AssertionError(f"plan time does not reach {to}")


@pytest.fixture
def desk(centre):
    return centre.desk


def test_applying_again_changes_nothing(desk):
    assert "没有发布新版本" in desk("plan", "apply", PLAN, "--with", SAMPLE).stdout
    assert "检查通过，没有发布" in desk("plan", "apply", PLAN, "--with", SAMPLE, "-n").stdout


def test_a_broken_plan_is_refused_with_its_places(desk, plans):
    replace(plans / PLAN.name / "plan.yaml", "title:", "titel:")
    error = desk("plan", "apply", plans / PLAN.name, "--with", plans / SAMPLE.name,
                 check=3).stderr
    assert "中心端没有接受" in error and "plan.yaml:" in error


def test_plans_are_listed_and_shown(desk):
    (row,) = desk.json("plan", "list")
    assert row["plan"] == "changsha-2022-55" and row["current"] is True
    assert row["version"] == 1
    assert "第 1 版" in desk("plan", "show").stdout
    assert "Version 1, published" in desk("plan", "show", "--lang", "en").stdout
    assert len(desk.json("plan", "show", "changsha-2022-55", "--version", "1")) == 11
    assert "没有找到" in desk("plan", "show", "nothing", check=1).stderr
    desk("plan", "show", "--version", "9", check=1)
    desk("plan", "show", "--version", "-1", check=2)
    assert "没有差别" in desk("plan", "diff", PLAN, "--with", SAMPLE).stdout


def test_one_section(desk):
    section = desk.json("plan", "show", "--section", "2")
    assert section["name"] == "老旧小区和危旧房改造"
    kinds = {one["kind"] for one in section["indicators"]}
    assert kinds <= {"cumulative", "level", "falling", "share", "milestone"}
    assert any(one["required"] is True for one in section["indicators"])
    assert {one["severity"] for one in section["rules"]} <= {"refusal", "reason", "notice"}
    parts = [one for one in section["allocations"] if one["target"] == "communities"]
    assert sum(int(one["task"]) for one in parts if not one["no_task"]) == 1816
    text = desk("plan", "show", "--section", "2").stdout
    assert "一、填报指标" in text and "三、任务分解" in text and "示例数据" in text
    assert "方案中没有板块 9" in desk("plan", "show", "--section", "9", check=1).stderr


def test_the_board(desk):
    board = desk.json("board")
    assert board["plan"] == "changsha-2022-55" and board["version"] == 1
    assert len(board["units"]) == 9 and len(board["sections"]) == 5
    lights = {"green", "yellow", "red", "none", "no_task", "not_reported"}
    for section in board["sections"]:
        assert {cell["light"] for cell in section["cells"]} <= lights
        for target in section["targets"]:
            assert target["done"] is None or re.fullmatch(r"-?[0-9.]+",
                                                          target["done"]["value"])
    text = desk("board").stdout
    assert "【示例数据】" in text and "图例：" in text and "全市责任目标" in text
    assert "Legend:" in desk("board", "--lang", "en").stdout
    assert "雨花区（430111）" in desk("board", "--explain", "430111").stdout
    assert "改造城镇老旧小区：截至7月31日" in desk("board", "--explain", "430111").stdout
    assert desk("board", "--explain", "雨花区").stdout == \
        desk("board", "--explain", "430111").stdout
    assert "没有单位 999999" in desk("board", "--explain", "999999", check=1).stderr
    desk("board", "nothing", check=1)


def test_reports(desk, centre):
    (row,) = desk.json("reports", "list")
    assert row["number"] == centre.number and row["timeliness"] == "on_time"
    assert row["figures"] == 5
    assert desk.json("reports", "list", "--unit", "430102") == []
    assert "（无）" in desk("reports", "list", "--period", "2022-09").stdout
    one = desk.json("reports", "show", centre.number)
    assert one["signature"] == one["receipt_signature"] == "valid"
    assert one["receipt"]["number"] == centre.number
    figures = {figure["indicator"]: figure for figure in one["figures"]}
    assert figures["investment_done"]["value"] == "3250.50"
    text = desk("reports", "show", centre.number).stdout
    assert "“十四五”累计开工小区" in text and "单位 雨花区" in text
    assert "工作进展：本月完工1个小区。" in text and "回执签名：有效" in text
    assert "没有找到" in desk("reports", "show", "nothing", check=1).stderr


def test_a_report_that_the_settings_do_not_trust(desk, centre):
    """Another CA in the settings: the centre itself is not believed."""
    stranger = centre.folder_of_test / "stranger.yaml"
    text = yaml.safe_load(desk.config.read_text("utf-8"))
    text["tls"]["ca"] = text["tls"]["certificate"]
    stranger.write_text(yaml.safe_dump(text), "utf-8")
    error = duban("status", "--config", stranger, check=4).stderr
    assert "连不上中心端" in error and "不是所配置的 CA 签发的" in error


def test_alerts(desk):
    rows = desk.json("alerts", "list", "--all")
    assert rows and all(row["kind"] in ("report_due_soon", "report_overdue", "behind",
                                        "target_overdue", "review_overdue")
                        for row in rows)
    assert all(isinstance(row["cursor"], int) for row in rows)
    only = desk.json("alerts", "list", "--unit", "430102", "--section", "2", "--open")
    assert len(only) < len(rows)
    assert "催报" in desk("alerts", "list").stdout
    assert "report overdue" in desk("alerts", "list", "--lang", "en").stdout


def test_districts_and_status(desk):
    rows = desk.json("districts")
    assert len(rows) == 9 and all(row["watching"] is False for row in rows)
    assert [row["last_report"] != "" for row in rows if row["unit"] == "430111"] == [True]
    status = desk.json("status")
    assert status["rehearsal"] is True and status["reports"] == 1
    assert status["plan_at"] == "2022-08-20T09:00:00+08:00"
    assert "演练" in desk("status").stdout
    assert "rehearsal" in desk("status", "--lang", "en").stdout


def test_the_clock_goes_forward_only(desk):
    error = desk("clock", "step", "--to", "2022-07-01", check=1).stderr
    assert "目前不能这样做" in error
    assert "应写作" in desk("clock", "step", "--to", "tomorrow", check=2).stderr


def test_reload(desk):
    assert set(desk.json("reload")) == {"crl_number", "closed"}
    assert "已重新读取" in desk("reload").stdout


def test_who_may_not(centre):
    """A district's agent reads the board, and publishes nothing."""
    desk = Desk(centre.folder_of_test, centre, centre.authority.agent("430102", 7))
    assert desk.json("board")["plan"] == "changsha-2022-55"
    for arguments in (("plan", "apply", PLAN, "--with", SAMPLE), ("clock", "step"),
                      ("reload",)):
        assert "不允许这个身份" in desk(*arguments, check=1).stderr


def test_no_centre(centre, tmp_path):
    """Try again later is exit code 4; a wrong configuration is 2."""
    desk = Desk(tmp_path, centre, centre.authority.person("bangongshi", "li"))
    error = desk("status", "--server", "127.0.0.1:1", check=4).stderr
    assert "连不上中心端 127.0.0.1:1" in error and "对方拒绝连接" in error
    assert "cannot reach the centre" in desk("status", "--server", "127.0.0.1:1", "--lang",
                                             "en", check=4).stderr
    desk.config.write_text("centre: {adress: x}\ntls: [1]\n", "utf-8")
    error = desk("status", check=2).stderr
    assert "没有“adress”这个键：是不是“address”？" in error
    assert "tls 应为“名称: 值”形式，不是列表" in error
    desk.config.write_text("tls: {certificate: /nonexistent}\n", "utf-8")
    assert "/nonexistent: 无法读取" in desk("status", check=1).stderr


# --- Certificates ---------------------------------------------------------------------------

def test_a_certificate_that_could_not_be_written_can_be_revoked(tmp_path):
    """It is noted before it is handed out: a crash between leaves nothing out of reach."""
    ca = tmp_path / "ca"
    duban("ca", "init", ca, "--trust-domain", "duban.example")
    (tmp_path / "file").write_text("")
    done = duban("ca", "issue", ca, "operator/ops", "--out", tmp_path / "file", check=1)
    assert "无法读写" in done.stderr
    (row,) = json.loads(duban("ca", "list", ca, "--json").stdout)
    assert row["path"] == "operator/ops" and row["state"] == "valid"
    duban("ca", "revoke", ca, row["serial"])
    assert json.loads(duban("ca", "list", ca, "--json").stdout)[0]["state"] == "revoked"
    assert "revoked" in duban("ca", "list", ca, "--lang", "en").stdout
    assert duban("ca", "crl", ca).stdout.strip() == str(ca / "crl.pem")


def test_an_output_that_is_full_is_not_success():
    if not pathlib.Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([BIN / "duban", "--help"], stdout=full, stderr=subprocess.PIPE,
                              text=True, env=CLEAN, check=False)
    assert done.returncode == 1 and "磁盘已满" in done.stderr
