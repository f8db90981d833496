/*
 * Plans with one mistake each: whoever wrote the line must be told where it is, what
 * stands there and what may stand there; a plan that is read otherwise than it was
 * meant judges nine districts wrongly.
 */
#include "model/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "folder.h"

/* In @file, @from becomes @to, and @message is expected in the line of @at (NULL: of
 * @to), in @column. */
struct mistake {
	const char *file, *from, *to, *message, *at;
	unsigned column;
};

#define S1  "sections/1.yaml"
#define S2  "sections/2.yaml"
#define S3  "sections/3.yaml"
#define S4  "sections/4.yaml"
#define T1  "sample/tasks/1.yaml"
#define T2  "sample/tasks/2.yaml"
#define T3  "sample/tasks/3.yaml"
#define T4  "sample/tasks/4.yaml"
#define T5  "sample/tasks/5.yaml"
#define SCH "sample/schedule.yaml"
#define SCO "sample/scoring.yaml"

/* clang-format off */
static const struct mistake mistakes[] = {
	/* plan.yaml and units.yaml */
	{"plan.yaml", "number: 长", "nummber: 长", "“nummber”不认识，是不是“number”？", NULL, 1},
	{"plan.yaml", "number: 长人环通〔2022〕55号\n", "", "缺少“number”，例如 number: 长人环通〔2022〕55号", "id:", 1},
	{"plan.yaml", "id: changsha-2022-55", "id: 长沙方案", "“长沙方案”不能作编号", NULL, 5},
	{"plan.yaml", "\"+08:00\"", "+8", "应当写成 \"+08:00\"", NULL, 13},
	{"plan.yaml", "issued: \"\"", "issued: 2022年6月", "应当是存在的日期，写成 2025-12-31", NULL, 9},
	{"plan.yaml", "office: bangongshi", "office: banggongshi", "没有编号为“banggongshi”的处室", NULL, 9},
	{"plan.yaml", "sections: [1, 2, 3, 4, 5]", "sections: [1, 2, 3, 4, 4]", "“4”用了两次", NULL, 24},
	{"plan.yaml", "id: penggai", "id: gengxin", "“gengxin”用了两次：编号不能重复", "name: 棚改城改处", 10},
	{"units.yaml", "name: 芙蓉区\n", "name: 天心区\n", "“天心区”已经是“天心区”的代码、名称或别名", "name: 天心区\n    department: 天心区", 11},
	{"units.yaml", "aliases: [岳麓区", "aliases: [[岳麓区]", "别名应当是文字", NULL, 15},
	{"units.yaml", "units:", "units: 九家\nrest:", "“units”应当是列表", NULL, 8},
	/* sections */
	{S2, "id: 2\n", "id: 3\n", "编号是“3”，与文件名不符", NULL, 5},
	{S2, "lead: jiugai", "lead: laojiu", "没有编号为“laojiu”的处室", NULL, 7},
	{S2, "asked: all", "asked: everybody", "“asked”应当是 all（全部单位）", NULL, 8},
	{S4, "芙蓉区, 天心区", "芙蓉区, 芙蓉区", "“芙蓉区”写了两次", NULL, 0},
	{S4, "asked: [湘江新区（岳麓区）", "asked: [湘潭市", "没有叫“湘潭市”的单位", NULL, 9},
	{S2, "id: 四、（二）2\n", "id: 四、（二）1\n", "“四、（二）1”用了两次", "id: 四、（二）1\n    wording: 责任", 9},
	{S2, "unit: 户, kind: cumulative, required", "unit: 家, kind: cumulative, required", "单位“家”不认识", NULL, 0},
	{S2, "kind: cumulative, required", "kind: total, required", "“kind”写的是“total”：只能是 cumulative、level、falling、share、milestone", NULL, 0},
	{S2, "id: households_started,", "id: communities_started,", "“communities_started”用了两次", "惠及户", 10},
	{S2, "required: true", "required: 是", "“required”写的是“是”：只能是 false、true", NULL, 0},
	{S2, "decimals: 2", "decimals: 7", "应当是0至6的整数（半角数字）", NULL, 0},
	{S2, "decimals: 2", "decimals: ２", "应当是0至6的整数（半角数字）", NULL, 0},
	{S2, "numerator: pre2001_finished, denominator: pre2001_total", "numerator: pre2001_finished", "比率“2000年底前建成小区完成率”要写 numerator（分子）和 denominator（分母）", NULL, 5},
	{S2, "numerator: pre2001_finished,", "numerator: investment_done,", "不是同一种量，不能相除", NULL, 5},
	{S2, "kind: share,", "kind: share, required: true,", "区县不填，不能设为必报", NULL, 0},
	{S2, "kind: level", "kind: level, yearly: true", "只有累计数（cumulative）可以按年累计", NULL, 0},
	{S2, "value: 16个", "value: 十六个", "“十六个”不是带单位的数", NULL, 0},
	{S2, "clause: 四、（二）1}", "clause: 四、（二）9}", "没有条款“四、（二）9”", NULL, 0},
	{S2, "indicator: houses_listed}", "indicator: houses_served}", "底数的单位是“栋”，指标“危旧房屋改造惠及户”的单位是“户”：可用 户、万户", NULL, 0},
	{S2, "value: 1816个", "value: 1816栋", "目标的单位是“栋”，指标““十四五”累计开工小区”的单位是“个”", NULL, 12},
	{S2, "value: 1816个", "value: １８１６个", "“１８１６个”不是带单位的数", NULL, 12},
	{S2, "value: 1816个", "value: 1,816个", "“1,816”不能用", NULL, 12},
	{S2, "value: 1816个", "value: 0个", "目标的数值应当大于零", NULL, 12},
	{S2, "    value: 1816个\n", "", "缺少“value”，例如 value: 1816个", "  - id: communities\n", 5},
	{S2, "    indicator: communities_started\n", "    indicator: communities_done\n", "没有编号为“communities_done”的指标", NULL, 16},
	{S2, "deadline: 2025-12-31", "deadline: 2025-11-31", "“deadline”写的是“2025-11-31”：应当是存在的日期", NULL, 15},
	{S2, "start: 2021-01-01", "start: 2026-01-01", "起算日（start）应当早于期限（deadline）", NULL, 12},
	{S2, "    binding: true\n", "", "缺少“binding”", "  - id: communities\n", 5},
	{S2, "word: 将\n", "word: 改造\n", "“改造”写了两次", "word: 改造\n        strict: 必须", 9},
	{S2, "id: R-2-03", "id: R-2-02", "“R-2-02”用了两次", "id: R-2-02\n    severity: refusal\n    check: communities_finished", 9},
	{S2, "id: R-2-03", "id: R-3-03", "应当写成 R-2-01 的样子", NULL, 9},
	{S2, "severity: refusal", "severity: 强制", "只能是 refusal、reason、notice", NULL, 15},
	{S2, "    check: communities_accepted", "    jump: all\n    check: communities_accepted", "这里有2个", "id: R-2-02", 5},
	{S2, "    check: communities_finished <= communities_started\n", "", "这里有0个", "id: R-2-03", 5},
	{S2, "never_falls: all", "never_falls: [houses_listed]", "只用于累计数（cumulative），“纳入改造计划危旧房屋”不是", NULL, 19},
	{S2, "factor: 3", "factor: 1", "倍数“1”太小", NULL, 13},
	{S2, "    periods: 3", "    factor: 3", "只有 jump（突增）、hockey_stick（前松后紧）才写 factor（倍数）", "factor: 3\n    text: 连续", 5},
	{S2, "    factor: 3", "    periods: 3", "才写 periods（期数）", "periods: 3\n    text: 本期", 5},
	{S2, "    points: 5.0\n", "", "缺少“points”，例如 points: 10.0", "  - id: R-2-62", 5},
	{S2, "points: 5.0", "points: 五", "“五”不是百分数", NULL, 13},
	{S2, "points: 5.0", "points: 100.1", "应当是0至100的百分点", NULL, 13},
	{S2, "severity: notice\n    behind", "severity: refusal\n    behind", "behind（滞后）查出的可能属实，不能拒收", "severity: refusal\n    behind", 15},
	{S2, "behind: [communities, households]", "behind: [communities, houses]", "没有编号为“houses”的目标", NULL, 27},
	{S2, "no_change: all", "no_change: [communities]", "针对整张报表，只能写 all", NULL, 16},
	{S2, "no_change: all", "no_change: all\n    missing: zero", "只有 check（比较式）才写 missing", "missing: zero", 5},
	{S2, "severity: notice\n    scope: city", "severity: reason\n    scope: city", "全市核对（scope: city）不退任何单位的报表", "severity: reason\n    scope", 15},
	{S2, "scope: city", "scope: 全市", "只能是 unit、city", NULL, 12},
	{S2, "scope: city", "scope: city\n    missing: skip", "只能是 skip_any、skip_all、zero", "missing: skip", 14},
	{S4, "base: 244个", "base: 24.4个", "基数“24.4个”不能用", NULL, 11},
	{S4, "    base: 244个\n", "", "要同时写", "share: 20%", 12},
	{S4, "share: 20%", "share: 两成", "“两成”不是百分数", NULL, 12},
	{S4, "share: 20%", "share: 20%\n    value: 49个", "就不再写 value", "value: 49个", 12},
	{S1, "value: 25.62平方公里", "value: 25.62万户", "不能换算：可用 平方米、万平方米、公顷、平方公里、亩", NULL, 12},
	/* allocations, curves, dates */
	/* who checks, who accepts */
	{T5, "milestones_passed, checker: mingcheng", "milestones_passed, checker: kaogu", "没有编号为“kaogu”的处室", NULL, 0},
	{T5, "milestones_passed, checker: mingcheng", "milestones, checker: mingcheng", "这个板块没有编号为“milestones”的指标", NULL, 0},
	{T5, "{id: annual_review, checker: mingcheng}", "{id: quarters_listed}", "缺少“checker”，例如 checker: mingcheng", NULL, 0},
	{T5, "{id: annual_review, checker", "{id: plans_due, checker", "只有累计数（cumulative）和节点（milestone）可以写核验处室", NULL, 0},
	{T5, "{id: annual_review, checker", "{id: milestones_passed, checker", "“checker”前面已经给出，不能在这里改", "milestones_passed, checker: mingcheng}\ntargets", 0},
	{T3, "acceptance: penggai", "acceptance: panggai", "没有编号为“panggai”的处室", NULL, 0},
	{T2, "      望城区: 130个\n", "", "任务分解缺“望城区”：没有任务的也要写“无任务”", "allocations:", 5},
	{T2, "望城区: 130个", "望城区: 131个", "各单位任务数合计1817个，目标是1816个：应当相等", "allocations:", 5},
	{T2, "望城区: 19500户", "望城区: 1.95万", "单位“万”不认识", NULL, 12},
	{T2, "望城区: 130个", "望成区: 130个", "没有叫“望成区”的单位", NULL, 7},
	{T2, "望城区: 130个", "岳麓区: 130个", "“湘江新区（岳麓区）”写了两次", NULL, 7},
	{T2, "望城区: 130个", "望城区: 130户", "“望城区”的任务数单位是“户”，指标的单位是“个”", NULL, 12},
	{T2, "望城区: 130个", "望城区: 0个", "没有任务的写“无任务”", NULL, 12},
	{T2, "望城区: 130个", "望城区: {value: 130个, deadline: 2026-06-30}", "单位的期限不能晚于目标的期限", NULL, 36},
	{T4, "浏阳市: 无任务", "浏阳市: 5个", "“浏阳市”不填报这个板块（见 asked），只能写“无任务”", NULL, 12},
	{T2, "percent: 28.4}", "percent: 2.4}", "应当一天比一天晚、百分数不减少", NULL, 9},
	{T2, "day: 2021-12-31", "day: 2021-08-31", "应当一天比一天晚", "day: 2021-08-31, percent: 28.4}", 9},
	{T2, "percent: 100.0}", "percent: 99.9}", "应当在期限当日或以前达到 100.0", NULL, 0},
	{T2, "percent: 28.4}", "percent: 28.45}", "“28.45”不是百分数：应当写成 33.1", NULL, 0},
	{T1, "curve: line", "curve: {milestones: []}", "按节点的把列表写在 milestones 下", NULL, 12},
	{T1, "curve: line", "curve: {steps: []}", "“steps”不认识，这里可用：milestones（节点）", NULL, 13},
	{SCH, "due: {month: next, day: 5,", "due: {workdays: 5, day: 5,", "就不再写 day", NULL, 0},
	{SCH, "due: {month: next, day: 5,", "due: {workdays: 0,", "“workdays”写的是“0”：应当是1至60的整数", NULL, 0},
	{T1, "curve: line", "curve: straight", "“curve”应当是 line（直线），或", NULL, 12},
	{T1, "    start: 2022-07-01\n", "", "没有起算日（start），定不了序时进度", "curve: line", 12},
	{T1, "    deadline: 2026-12-31\n", "", "没有期限（deadline），定不了序时进度", "curve: line", 12},
	{T1, "id: site_area", "id: sitearea", "板块1没有编号为“sitearea”的目标", NULL, 9},
	{T1, "section: 1", "section: 7", "没有编号为“7”的板块", NULL, 10},
	/* the overlay touches what the notice gives */
	{T2, "  - id: communities\n", "  - id: communities\n    deadline: 2026-12-31\n", "“deadline”前面已经给出，不能在这里改：示例补充只能补充没有载明的", "deadline: 2026-12-31", 5},
	{T2, "  - id: communities\n", "  - id: communities\n    value: 2000个\n", "“value”前面已经给出", "value: 2000个", 5},
	{T2, "  - id: communities\n", "  - id: communities\n    start: 2022-01-01\n", "“start”前面已经给出", "start: 2022-01-01", 5},
	{T3, "    indicator: projects_closed", "    indicator: debt_balance", "目标的单位是“个”，指标“债务余额”的单位是“亿元”", "value: 56个", 12},
	{T3, "word: 力取2024年前", "word: 2024年前", "的措辞里没有列出“2024年前”", NULL, 16},
	/* schedule, ladder, lights, overlay */
	{SCH, "time: \"17:30\", roll", "time: 5点半, roll", "应当是24小时制的时刻，写成 17:30", NULL, 0},
	{SCH, "first: 2022-07", "first: 2022-Q3", "这个频次的报告期应当写成 2022-07", NULL, 10},
	{SCH, "last: 2026-12", "last: 2022-06", "末期2022-06早于首期2022-07", NULL, 9},
	{SCH, "roll: 顺延", "roll: 延后", "只能是 顺延、提前", NULL, 0},
	{SCH, "workdays: 5", "workdays: 2", "第3级不晚于第2级", "workdays: 2, time: \"09:00\", to: department", 5},
	{SCH, "to: lead", "to: lead, department: gengxin", "只有 to: department 时才写 department", NULL, 0},
	{SCH, "red: 15.0", "red: 5.0", "红灯5.0个百分点不大于黄灯5.0个百分点", NULL, 0},
	{SCH, "lights:", "light:", "“light”不认识，是不是“lights”？", NULL, 1},
	{"sample/overlay.yaml", "for: changsha-2022-55", "for: changsha-2023-1", "这是方案“changsha-2023-1”的示例补充", NULL, 6},
	{"calendar/cn-2022-2026.yaml", "2022-10-09]", "2022-10-10]", "2022-10-10是星期一：调休上班日（work）只能是星期六或星期日", NULL, 0},
	/* scoring */
	{SCO, "scheme: points", "scheme: stars", "“scheme”写的是“stars”：只能是 points、eionet、deduction", NULL, 9},
	{SCO, "scheme: points ", "#scheme ", "缺少“scheme”，例如 scheme: points", "weights: {", 0},
	{SCO, "completion: 60, timeliness: 20", "completion: 60, timeliness: 30", "各部分的权重合计是110：应当是100", NULL, 0},
	{SCO, "timeliness: 20, quality: 20}", "quality: 40}", "缺少“timeliness”", NULL, 0},
	{SCO, "quality: 20}", "reports: 20}", "“reports”不认识", NULL, 0},
	{SCO, "late: 2, missing", "late: 5, missing", "“late”（迟报）得的分比“on_time”（按时）多", NULL, 0},
	{SCO, "on_time: 4", "on_time: 0", "“on_time”（按时）是满分，应当大于0", NULL, 0},
	{SCO, "late: 2, missing", "late: 两分, missing", "“late”写的是“两分”：应当是0至1000的分数", NULL, 0},
	{SCO, "late: 2, missing", "late: 0.125, missing", "最多两位小数", NULL, 0},
	{SCO, "late: 2, missing", "late: -1, missing", "应当是0至1000的分数", NULL, 0},
	{SCO, "by: progress", "by: light", "缺少“yellow”，例如 yellow: 60%", NULL, 0},
	{SCO, "striven: 5", "striven: 5, red: 0%", "只有 by: light（按亮灯计）时才写“red”", NULL, 0},
	{SCO, "scheme: points ", "scheme: deduction ", "这种计分方式（scheme）没有“timeliness”（及时）一项", "timeliness: {on", 13},
	{SCO, "mended: 2, unmended", "mendid: 2, unmended", "“mendid”不认识，是不是“mended”？", NULL, 0},
	{SCO, "extension: original", "extension: never", "只能是 original、extended", NULL, 0},
	{SCO, "hours: 24", "hours: 500", "“hours”写的是“500”：应当是0至240的整数", NULL, 0},
};
/* clang-format on */

/* Whether @mistake is told as it should be; prints why not. */
static bool is_told(const struct mistake *mistake)
{
	const char *at = mistake->at != NULL ? mistake->at : mistake->to;
	const struct yaml_problem *problem;
	const struct plan *none = NULL;
	struct folder folder;
	unsigned line;
	bool told;

	folder_open(&folder, true);
	folder_edit(&folder, mistake->file, mistake->from, mistake->to);
	line = folder_line(&folder, mistake->file, at);
	assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
	assert_null(none);
	problem = folder_find(&folder.problems, mistake->message);
	told = problem != NULL && strcmp(problem->place.file, mistake->file) == 0 &&
	       problem->place.line == line &&
	       (mistake->column == 0 || problem->place.column == mistake->column);
	if (problem == NULL)
		print_error("\"%s\" gives: %s\n", mistake->to,
		            folder.problems.first->message);
	else if (!told)
		print_error("\"%s\" is told at %s:%u:%u, not in line %u\n", mistake->to,
		            problem->place.file, problem->place.line,
		            problem->place.column, line);
	folder_close(&folder);
	return told;
}

static void test_each_mistake_is_told_with_its_place(void **state)
{
	size_t told = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
		told += is_told(&mistakes[i]);
	assert_int_equal(told, ARRAY_LEN(mistakes));
}

static int plan_with(struct folder *folder)
{
	const struct plan *plan = NULL;

	return folder_plan(folder, &plan);
}

static void assert_told(const struct folder *folder, const char *message)
{
	if (folder_find(&folder->problems, message) == NULL)
		fail_msg("not told: %s; but: %s", message,
		         folder->problems.first != NULL ? folder->problems.first->message
		                                        : "nothing");
}

static void test_missing_and_surplus_files_are_told(void **state)
{
	static const struct {
		const char *name, *message;
	} needed[] = {{"plan.yaml", "缺少文件 plan.yaml"},
	              {"units.yaml", "缺少文件 units.yaml"},
	              {"sections/3.yaml", "缺少文件 sections/3.yaml"},
	              {"sample/overlay.yaml", "缺少文件 sample/overlay.yaml"},
	              {"calendar/cn-2022-2026.yaml",
	               "缺少工作日历：plan.yaml 用的是 cn-2026-1"}};
	static const struct {
		const char *name, *message;
	} surplus[] = {{"section/6.yaml", "方案里用不到这个文件"},
	               {"sections/6.yaml", "方案里用不到这个文件"},
	               {"sample/units.yaml", "文件本身载明的不能由示例改动"},
	               {"sample/sections/2.yaml", "文件本身载明的不能由示例改动"},
	               {"schedule.yaml", "缺少“schedule”"},
	               {"scoring.yaml", "缺少“scheme”"},
	               {"plan.yaml", "文件“plan.yaml”有两个"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		struct folder folder;

		folder_open(&folder, true);
		folder_drop(&folder, needed[i].name);
		assert_int_equal(plan_with(&folder), E_SYNTAX);
		assert_told(&folder, needed[i].message);
		folder_close(&folder);
	}
	for (size_t i = 0; i < ARRAY_LEN(surplus); i++) {
		struct folder folder;

		folder_open(&folder, true);
		folder_add(&folder, surplus[i].name, "a: b\n");
		assert_int_equal(plan_with(&folder), E_SYNTAX);
		assert_told(&folder, surplus[i].message);
		folder_close(&folder);
	}
}

static void test_a_duplicate_key_is_told(void **state)
{
	struct folder folder;
	const struct yaml_problem *problem;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, S2, "lead: jiugai\n", "lead: jiugai\nlead: gengxin\n");
	assert_int_equal(plan_with(&folder), E_SYNTAX);
	problem = folder_find(&folder.problems, "lead");
	assert_non_null(problem);
	assert_string_equal(problem->place.file, S2);
	assert_int_equal(problem->place.line, folder_line(&folder, S2, "lead: gengxin"));
	folder_close(&folder);
}

/* One run names every mistake: an author must not have to try again for each. */
static void test_all_mistakes_are_told_at_once(void **state)
{
	struct folder folder;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, S1, "    value: 15个", "    value: 15栋");
	folder_edit(&folder, S2, "severity: refusal", "severity: hard");
	folder_edit(&folder, S3, "lead: penggai\n", "lead: penggai\nlead: gengxin\n");
	folder_edit(&folder, T2, "望城区: 130个", "望城区: 131个");
	folder_edit(&folder, SCH, "red: 15.0", "red: 1.0");
	folder_edit(&folder, "calendar/cn-2022-2026.yaml", "- 2022-12-31",
	            "- 2021-12-31");
	assert_int_equal(plan_with(&folder), E_SYNTAX);
	assert_told(&folder, "目标的单位是“栋”");
	assert_told(&folder, "只能是 refusal、reason、notice");
	assert_told(&folder, "lead");
	assert_told(&folder, "合计1817个");
	assert_told(&folder, "红灯1.0个百分点");
	assert_told(&folder, "不在2022年之内");
	assert_int_equal(folder.problems.count, 6);
	folder_close(&folder);
}

/* Who reports must not be the one who checks: a milestone that counts names its checker,
 * one that is only watched should; and what is to be accepted must count up. */
static void test_what_counts_by_another_s_word_is_told(void **state)
{
	const struct plan *none = NULL;
	struct folder folder;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, T5, "  - {id: milestones_passed, checker: mingcheng}\n", "");
	assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
	assert_non_null(folder_find(&folder.problems,
	                            "节点指标““体系初步构建”已核验节点”用来衡量目标，"
	                            "要写明由哪个处室核验（checker）"));
	folder_close(&folder);

	folder_open(&folder, true);
	folder_edit(&folder, T5, "  - {id: annual_review, checker: mingcheng}\n", "");
	assert_int_equal(folder_plan(&folder, &none), 0);
	assert_non_null(folder_find(&folder.warnings, "还没有定由哪个处室核验"));
	folder_close(&folder);

	folder_open(&folder, true);
	folder_edit(&folder, T3, "    indicator: projects_closed",
	            "    indicator: plots_due\n    acceptance: penggai");
	assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
	assert_non_null(
		folder_find(&folder.problems,
	                    "要求验收（acceptance），须用累计数（cumulative）或节点"));
	folder_close(&folder);
}

static void test_parts_may_differ_from_the_whole_with_a_note(void **state)
{
	struct folder folder;
	const struct plan *plan;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, T2, "望城区: 130个", "望城区: 140个");
	folder_edit(&folder, T2, "  - id: communities\n",
	            "  - id: communities\n    split_note: 各区自行加压10个\n");
	plan = folder_good_plan(&folder);
	assert_string_equal(
		plan_find_target(plan_find_section(plan, "2"), "communities")->split_note,
		"各区自行加压10个");
	assert_non_null(folder_find(&folder.warnings, "附有说明：各区自行加压10个"));
	folder_close(&folder);
}

/* What a bureau settles for itself stands in its own folder, and is no sample. */
static void test_a_bureau_can_settle_things_without_a_sample(void **state)
{
	struct folder folder;
	const struct plan *plan;

	(void)state;
	folder_open(&folder, false);
	folder_add(&folder, "tasks/1.yaml",
	           "section: 1\n"
	           "targets:\n"
	           "  - id: investment\n"
	           "    start: 2022-07-01\n"
	           "    deadline: 2026-12-31\n"
	           "    curve: line\n");
	plan = folder_good_plan(&folder);
	assert_false(plan->sample);
	assert_false(plan_find_section(plan, "1")->targets[2].curve_sample);
	assert_int_equal(plan_find_section(plan, "1")->targets[2].curve, CURVE_LINE);
	folder_close(&folder);
}

static void test_the_sample_cannot_settle_what_the_bureau_has_settled(void **state)
{
	struct folder folder;

	(void)state;
	folder_open(&folder, true);
	folder_add(&folder, "tasks/1.yaml",
	           "section: 1\n"
	           "targets:\n"
	           "  - {id: investment, deadline: 2025-12-31}\n");
	assert_int_equal(plan_with(&folder), E_SYNTAX);
	assert_told(&folder, "“deadline”前面已经给出，不能在这里改：示例补充");
	folder_close(&folder);
}

/* Local notices come on top of the pinned calendar, in a file of their own. */
static void test_a_calendar_amendment_is_applied(void **state)
{
	struct folder folder;
	const struct plan *plan;

	(void)state;
	folder_open(&folder, true);
	folder_add(&folder, "calendar/local.yaml",
	           "amends: cn-2026-1\nyears:\n  - {year: 2022, rest: [2022-10-08]}\n");
	folder_add(&folder, "calendar/next.yaml", "version: cn-2027-1\nyears: []\n");
	plan = folder_good_plan(&folder);
	assert_string_equal(plan->calendar.version, "cn-2026-1");
	assert_false(calendar_is_workday(&plan->calendar, day_of(2022, 10, 8)));
	assert_true(calendar_is_workday(&plan->calendar, day_of(2022, 10, 9)));
	folder_close(&folder);
}

static void test_too_many_or_too_large_files_are_refused(void **state)
{
	struct plan_file files[PLAN_FILES_MAX + 1];
	static uint8_t large[PLAN_FILE_SIZE_MAX + 1];
	const struct plan *none = NULL;
	struct folder folder;

	(void)state;
	folder_open(&folder, false);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		files[i] = folder.files[0];
	assert_int_equal(plan_read(&folder.arena, files, ARRAY_LEN(files),
	                           &folder.problems, &folder.warnings, &none),
	                 E_LIMIT);
	assert_told(&folder, "有65个文件：最多64个");
	files[0].content = bytes_of(large, sizeof(large));
	assert_int_equal(plan_read(&folder.arena, files, 1, &folder.problems,
	                           &folder.warnings, &none),
	                 E_LIMIT);
	assert_null(none);
	folder_close(&folder);
}

static void test_no_files_and_odd_files_do_no_harm(void **state)
{
	static const char *const texts[] = {"",         "a",          "[]",
	                                    "{}",       "- a\n- b\n", "a: [",
	                                    "\xff\xfe", "a: &x b\n",  "a: 1\na: 2\n"};
	struct folder folder;
	const struct plan *none = NULL;

	(void)state;
	folder_open(&folder, true);
	assert_int_equal(plan_read(&folder.arena, NULL, 0, &folder.problems,
	                           &folder.warnings, &none),
	                 E_SYNTAX);
	folder_close(&folder);
	folder_open(&folder, true);
	for (size_t i = 0; i < folder.count; i++)
		for (size_t j = 0; j < ARRAY_LEN(texts); j++) {
			struct bytes before = folder.files[i].content;
			struct yaml_problems problems;
			struct arena arena;

			arena_init(&arena, 8 << 20);
			yaml_problems_init(&problems, &arena);
			folder.files[i].content = bytes_of_str(texts[j]);
			assert_int_equal(plan_read(&arena, folder.files, folder.count,
			                           &problems, &problems, &none),
			                 E_SYNTAX);
			assert_true(problems.count > 0);
			assert_null(none);
			folder.files[i].content = before;
			arena_finish(&arena);
		}
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mistake_is_told_with_its_place),
		cmocka_unit_test(test_missing_and_surplus_files_are_told),
		cmocka_unit_test(test_a_duplicate_key_is_told),
		cmocka_unit_test(test_all_mistakes_are_told_at_once),
		cmocka_unit_test(test_what_counts_by_another_s_word_is_told),
		cmocka_unit_test(test_parts_may_differ_from_the_whole_with_a_note),
		cmocka_unit_test(test_a_bureau_can_settle_things_without_a_sample),
		cmocka_unit_test(
			test_the_sample_cannot_settle_what_the_bureau_has_settled),
		cmocka_unit_test(test_a_calendar_amendment_is_applied),
		cmocka_unit_test(test_too_many_or_too_large_files_are_refused),
		cmocka_unit_test(test_no_files_and_odd_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
