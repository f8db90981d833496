#include "plan_by_hand.h"

#include <string.h>

#include "base/check.h"

#define UTC_OFFSET 480

static const char calendar_2022[] =
	"version: test\n"
	"source: test\n"
	"years:\n"
	"  - year: 2022\n"
	"    source: test\n"
	"    rest: [2022-09-10 至 2022-09-12, 2022-10-01 至 2022-10-07, 2022-12-31]\n"
	"    work: [2022-10-08, 2022-10-09]\n";

static const char *const no_aliases[] = {NULL};

static void make_people(struct plan_by_hand *by_hand);
static void make_indicators(struct plan_by_hand *by_hand);
static void make_sections(struct plan_by_hand *by_hand);
static void make_target(struct plan_by_hand *by_hand);
static void make_calendar(struct plan_by_hand *by_hand);

void plan_by_hand(struct plan_by_hand *ret)
{
	struct plan *plan = &ret->plan;

	*ret = (struct plan_by_hand){0};
	arena_init(&ret->arena, 1 << 20);
	make_people(ret);
	make_indicators(ret);
	make_sections(ret);
	make_target(ret);
	*plan = (struct plan){
		.id = "test-plan",
		.number = "长人环通〔2022〕55号",
		.title = "工作方案",
		.issuer = "长沙市城市人居环境局",
		.issued = "",
		.note = "",
		.utc_offset = UTC_OFFSET,
		.clauses = &ret->clause,
		.clause_count = 1,
		.units = ret->units,
		.unit_count = UNITS,
		.departments = ret->departments,
		.department_count = 3,
		.office = &ret->departments[2],
		.sections = ret->sections,
		.section_count = 2,
		.schedule = {.frequency = MONTHLY,
	                     .first_period = "2022-07",
	                     .last_period = "2026-12",
	                     .due_day = 5,
	                     .due_roll = 1,
	                     .due_minute = 17 * 60 + 30,
	                     .remind_workdays = 2,
	                     .remind_minute = 9 * 60,
	                     .lock_workdays = 4,
	                     .sample = true},
		.steps = ret->steps,
		.step_count = 2,
		.lights = {.yellow_tenths = 0, .red_tenths = 100, .sample = true},
	};
	make_calendar(ret);
}

static void make_people(struct plan_by_hand *by_hand)
{
	static const char *const units[UNITS][3] = {
		{"430102", "芙蓉区", "芙蓉区人居环境部门"},
		{"430111", "雨花区", "雨花区人居环境部门"},
		{"430181", "浏阳市", "浏阳市人居环境部门"},
	};
	static const char *const departments[3][2] = {
		{"gengxin", "更新办"},
		{"jiugai", "老旧小区和危旧房改造处"},
		{"bangongshi", "局办公室"},
	};

	for (size_t i = 0; i < UNITS; i++)
		by_hand->units[i] = (struct plan_unit){.code = units[i][0],
		                                       .name = units[i][1],
		                                       .department = units[i][2],
		                                       .aliases = no_aliases,
		                                       .index = i};
	for (size_t i = 0; i < 3; i++)
		by_hand->departments[i] =
			(struct plan_department){departments[i][0], departments[i][1]};
	by_hand->steps[0] = (struct plan_step){.level = 1,
	                                       .workdays = 1,
	                                       .minute = 9 * 60,
	                                       .to = STEP_LEAD,
	                                       .sample = true};
	by_hand->steps[1] = (struct plan_step){
		.level = 2,
		.workdays = 4,
		.minute = 9 * 60,
		.to = STEP_DEPARTMENT,
		.department = &by_hand->departments[2],
		.role = "分管局领导（副组长）",
		.sample = true,
	};
}

static void make_indicators(struct plan_by_hand *by_hand)
{
	static const struct {
		const char *id, *name, *unit;
		enum indicator_kind kind;
		unsigned decimals;
	} rows[INDICATORS] = {
		[PLANNED] = {"planned", "年度计划改造小区", "个", INDICATOR_LEVEL, 0},
		[STARTED] = {"started", "累计开工小区", "个", INDICATOR_CUMULATIVE, 0},
		[FINISHED] = {"finished", "累计完工小区", "个", INDICATOR_CUMULATIVE, 0},
		[ACCEPTED] = {"accepted", "竣工验收小区", "个", INDICATOR_CUMULATIVE, 0},
		[HOUSEHOLDS] = {"households", "惠及户", "户", INDICATOR_CUMULATIVE, 0},
		[INVESTED] = {"invested", "累计完成投资", "万元", INDICATOR_CUMULATIVE,
	                      2},
		[THIS_YEAR] = {"this_year", "本年完成投资", "万元", INDICATOR_CUMULATIVE,
	                       2},
		[LEFT_OVER] = {"left_over", "未签约剩余户", "户", INDICATOR_FALLING, 0},
		[AREA] = {"area", "已实施占地面积", "平方公里", INDICATOR_CUMULATIVE, 3},
		[LAND] = {"land", "已出让土地", "亩", INDICATOR_CUMULATIVE, 2},
		[RATE] = {"rate", "开工率", "%", INDICATOR_SHARE, 1},
	};

	for (size_t i = 0; i < INDICATORS; i++)
		by_hand->indicators[i] = (struct plan_indicator){
			.id = rows[i].id,
			.name = rows[i].name,
			.unit = unit_find(rows[i].unit),
			.kind = rows[i].kind,
			.yearly = i == THIS_YEAR,
			.required = i == STARTED,
			.decimals = rows[i].decimals,
			.source = "customary",
			.measure = "",
		};
	by_hand->indicators[RATE].numerator = &by_hand->indicators[STARTED];
	by_hand->indicators[RATE].denominator = &by_hand->indicators[PLANNED];
	by_hand->renewal[0] = (struct plan_indicator){
		.id = "areas",
		.name = "已启动实施片区数",
		.unit = unit_find("个"),
		.kind = INDICATOR_CUMULATIVE,
		.source = "notice",
		.measure = "",
	};
}

static void make_sections(struct plan_by_hand *by_hand)
{
	for (size_t i = 0; i < UNITS; i++) {
		by_hand->all[i] = true;
		by_hand->some[i] = i != LIUYANG;
	}
	by_hand->sections[0] = (struct plan_section){
		.id = "1",
		.name = "重点片区城市更新",
		.heading = "(一)大力推进重点片区城市更新工作",
		.lead = &by_hand->departments[0],
		.indicators = by_hand->renewal,
		.indicator_count = 1,
		.asked = by_hand->all,
	};
	by_hand->sections[1] = (struct plan_section){
		.id = "2",
		.name = "老旧小区和危旧房改造",
		.heading = "（二）全面推进城镇老旧小区和危旧房屋改造",
		.lead = &by_hand->departments[1],
		.indicators = by_hand->indicators,
		.indicator_count = INDICATORS,
		.targets = &by_hand->target,
		.target_count = 1,
		.asked = by_hand->some,
		.index = 1,
	};
}

/* 2022-01-01 to 2025-12-31: 1461 days, straight. */
static void make_target(struct plan_by_hand *by_hand)
{
	static const char *const parts[UNITS] = {"200个", "180个", "0个"};

	by_hand->clause = (struct plan_clause){.id = "四、（二）2", .wording = "……"};
	for (size_t i = 0; i < UNITS; i++)
		by_hand->allocations[i] = (struct plan_allocation){
			.unit = &by_hand->units[i],
			.no_task = i == LIUYANG,
			.value = q(parts[i]),
			.deadline = DAY_NONE,
			.sample = true,
		};
	by_hand->target = (struct plan_target){
		.id = "communities",
		.name = "改造城镇老旧小区",
		.section = &by_hand->sections[1],
		.indicator = &by_hand->indicators[STARTED],
		.value = q("380个"),
		.clause = &by_hand->clause,
		.binding = true,
		.start = on("2022-01-01"),
		.deadline = on("2025-12-31"),
		.curve = CURVE_LINE,
		.curve_sample = true,
		.allocations = by_hand->allocations,
	};
}

static void make_calendar(struct plan_by_hand *by_hand)
{
	struct yaml_problems problems;
	struct yaml_node *root;

	yaml_problems_init(&problems, &by_hand->arena);
	CHECK(yaml_parse(&by_hand->arena, "calendar.yaml", bytes_of_str(calendar_2022),
	                 &problems, &root) == 0);
	CHECK(calendar_read(&by_hand->arena, root, &problems, &by_hand->plan.calendar) ==
	      0);
}

void plan_by_hand_finish(struct plan_by_hand *by_hand)
{
	arena_finish(&by_hand->arena);
}

void plan_by_hand_rules(struct plan_by_hand *by_hand, const struct plan_rule *rules,
                        size_t count)
{
	by_hand->sections[1].rules = rules;
	by_hand->sections[1].rule_count = count;
}

struct quantity q(const char *text)
{
	static const char about[] = "约", more_than[] = "多";
	enum hedge hedge = HEDGE_NONE;
	struct quantity value;
	char number[32] = "";
	const char *why;
	size_t len;

	if (strncmp(text, about, strlen(about)) == 0) {
		hedge = HEDGE_ABOUT;
		text += strlen(about);
	}
	len = strspn(text, "-.0123456789");
	CHECK(len < sizeof(number));
	memcpy(number, text, len);
	text += len;
	if (strncmp(text, more_than, strlen(more_than)) == 0) {
		hedge = HEDGE_MORE_THAN;
		text += strlen(more_than);
	}
	CHECK(unit_find(text) != NULL);
	CHECK(quantity_parse(number, unit_find(text), &value, &why) == 0);
	value.hedge = hedge;
	return value;
}

struct report report_of(const struct figure *figures, size_t count)
{
	return (struct report){
		.plan = "test-plan",
		.plan_version = 1,
		.unit = "430111",
		.section = "2",
		.period = "2022-09",
		.figures = figures,
		.figure_count = count,
		.texts = {"按计划推进", "无", "继续推进", "无"},
		.filled_by = {.name = "甲"},
		.reviewed_by = {.name = "乙"},
		.approved_by = {.name = "丙"},
	};
}

int64_t at(const char *text)
{
	int64_t instant;

	CHECK(instant_parse(text, UTC_OFFSET, &instant) == 0);
	return instant;
}

day on(const char *text)
{
	day date;

	CHECK(day_parse(text, &date) == 0);
	return date;
}

const struct finding *found_by(const struct findings *findings, const char *rule,
                               size_t n)
{
	const struct finding *finding = findings->first;

	for (; finding != NULL; finding = finding->next) {
		if (strcmp(finding->rule, rule) == 0 && n-- == 0)
			return finding;
	}
	return NULL;
}
