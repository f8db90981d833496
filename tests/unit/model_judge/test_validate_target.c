/*
 * Rules that look ahead. A unit that falls behind, that leaves too much for the end, or
 * that reports the same figures month after month is asked or told before anybody has to
 * press it; and one that has done its part is left alone.
 */
#include "model/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;
static struct history history;
static struct figure past[HISTORY_MAX];
static struct plan_rule rule;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	history = (struct history){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static void use_rule(enum rule_kind kind, enum severity severity, int64_t factor,
                     int64_t periods)
{
	rule = (struct plan_rule){
		.id = "R-2-60",
		.severity = severity,
		.kind = kind,
		.target = kind != RULE_NO_CHANGE ? &by_hand.target : NULL,
		.factor = factor,
		.periods = periods,
		.text = "按期完成",
		.causes = "",
		.basis = "填报说明",
	};
	plan_by_hand_rules(&by_hand, &rule, 1);
}

/* Add an earlier report of "started", newest first. */
static void before(const char *period, const char *value)
{
	CHECK(history.count < HISTORY_MAX);
	CHECK(period_parse(period, &history.reports[history.count].period) == 0);
	past[history.count] = (struct figure){"started", q(value), ""};
	history.reports[history.count].figures = &past[history.count];
	history.reports[history.count].figure_count = 1;
	history.count++;
}

/* 雨花区, task 180个 from 2022-01-01 to 2025-12-31. */
static int judge_with(const char *period, const char *now, const char *value,
                      const char *reason)
{
	struct figure figure = {"started", q(value), reason};
	struct report report = report_of(&figure, 1);
	struct verdict verdict;

	report.period = period;
	findings_init(&findings, &arena);
	return validate_report(&by_hand.plan, &report, &history, at(now), &findings,
	                       &verdict);
}

static int judge(const char *value)
{
	return judge_with("2022-09", "2022-10-08", value, "");
}

/* 273 of 1461 days: 18.7 % are expected. Judged on the last day that figures cover. */
static void test_behind(void **state)
{
	(void)state;
	use_rule(RULE_BEHIND, SEVERITY_REASON, 50, 0);
	assert_int_equal(judge("25个"), 0); /* 13.9 %, 4.8 behind */
	assert_int_equal(findings.count, 0);
	assert_int_equal(judge("24个"), E_REFUSED); /* 13.3 %, 5.4 behind */
	assert_string_equal(findings.first->field, "figures[started].value");
	assert_string_equal(findings.first->found, "低于序时进度5.4个百分点");
	assert_string_equal(findings.first->allowed, "≤5.0个百分点");
	assert_string_equal(
		findings.first->text,
		"“改造城镇老旧小区”截至9月30日完成13.3%，序时进度18.7%，低于序时进度5.4个"
		"百分点。审核关系：按期完成（核实性审核 "
		"R-2-60，依据填报说明）。如情况属实，"
		"请填写说明并经负责人审签，填写后即可报送。");
	assert_int_equal(judge_with("2022-09", "2022-10-08", "24个", "雨季停工"), 0);
	assert_true(findings.first->answered);
	by_hand.target.curve = CURVE_NONE; /* no curve, no question */
	assert_int_equal(judge("0个"), 0);
	by_hand.target.curve = CURVE_LINE;
	by_hand.allocations[YUHUA].no_task = true;
	assert_int_equal(judge("0个"), 0);
}

/* What remains needs more than three times the best month. */
static void test_hockey_stick(void **state)
{
	(void)state;
	use_rule(RULE_HOCKEY_STICK, SEVERITY_NOTICE, 30, 2);
	assert_int_equal(judge("1个"), 0); /* nothing is known yet */
	before("2022-08", "10个");
	assert_int_equal(judge("11个"), 0);
	assert_int_equal(findings.count, 0); /* one month is too early to tell */
	before("2022-07", "10个");
	/* 169 in 39 months are 4.34 a month; the best was 1. */
	assert_int_equal(judge("11个"), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->found, "余169个、39期");
	assert_string_equal(findings.first->text,
	                    "“改造城镇老旧小区”尚余169个，到2025年12月还有39期；此前进度"
	                    "最快时1期新增1个"
	                    "（2022年9月）。余下任务每期所需超过此前最快进度的3."
	                    "0倍。审核关系：按期完成"
	                    "（提示 R-2-60，依据填报说明）。请关注。");
	/* 168 in 39 months are 4.31; three times 2 is enough. */
	assert_int_equal(judge("12个"), 0);
	assert_int_equal(findings.count, 0);
	assert_int_equal(judge("10个"), 0); /* no progress at all */
	assert_non_null(strstr(findings.first->text, "此前没有新增"));
	assert_int_equal(judge("180个"), 0); /* done */
	assert_int_equal(findings.count, 0);
	/* The unit's own deadline counts: December 2022, three months for 168. */
	by_hand.allocations[YUHUA].deadline = on("2022-12-31");
	assert_int_equal(judge("12个"), 0);
	assert_string_equal(findings.first->found, "余168个、3期");
	by_hand.allocations[YUHUA].deadline = on("2022-09-30");
	assert_int_equal(judge("12个"), 0); /* no time is left: the light says so */
	assert_int_equal(findings.count, 0);
	by_hand.target.deadline = by_hand.allocations[YUHUA].deadline = DAY_NONE;
	assert_int_equal(judge("12个"), 0);
	assert_int_equal(findings.count, 0);
}

/* The third report in a row that changes nothing asks why, while the task is open. */
static void test_no_change(void **state)
{
	(void)state;
	use_rule(RULE_NO_CHANGE, SEVERITY_REASON, 0, 3);
	before("2022-08", "10个");
	before("2022-07", "10个");
	assert_int_equal(judge("10个"), 0); /* the second */
	before("2022-06", "10.0个");
	assert_int_equal(judge("10个"), E_REFUSED);
	assert_string_equal(findings.first->found, "连续3期无变化");
	assert_string_equal(findings.first->allowed, "＜3期");
	assert_string_equal(
		findings.first->text,
		"全部数据连续3期与上一期相同，而“改造城镇老旧小区”等任务尚未完成。"
		"审核关系：按期完成（核实性审核 R-2-60，依据填报说明）。如情况属实，"
		"请填写说明并经负责人审签，填写后即可报送。");
	assert_int_equal(judge_with("2022-09", "2022-10-08", "10个", "汛期停工"), 0);
	assert_int_equal(judge("11个"), 0);
	past[1].value = q("9个"); /* it moved in August: September is the first */
	assert_int_equal(judge("10个"), 0);
	assert_int_equal(findings.count, 0);
}

static void test_no_change_when_done(void **state)
{
	(void)state;
	use_rule(RULE_NO_CHANGE, SEVERITY_REASON, 0, 3);
	before("2022-08", "180个");
	before("2022-07", "180个");
	before("2022-06", "180个");
	assert_int_equal(judge("180个"), 0);
	assert_int_equal(findings.count, 0);
}

/* The same report judged again, in a year, gives the same words. */
static void test_judged_again(void **state)
{
	char *text, *again;

	(void)state;
	use_rule(RULE_HOCKEY_STICK, SEVERITY_NOTICE, 30, 2);
	before("2022-08", "10个");
	before("2022-06", "10个");
	assert_int_equal(judge("11个"), 0);
	text = arena_strdup(&arena, findings.first->text);
	assert_int_equal(judge("11个"), 0);
	again = arena_strdup(&arena, findings.first->text);
	assert_string_equal(text, again);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_behind),       PLAN_TEST(test_hockey_stick),
		PLAN_TEST(test_no_change),    PLAN_TEST(test_no_change_when_done),
		PLAN_TEST(test_judged_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
