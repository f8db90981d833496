/*
 * Rules that look back. A cumulative figure may fall, with a reason; a jump or a stall
 * is asked about; a gap in the history or a New Year is nobody's mistake.
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
	by_hand.indicators[STARTED].required = false;
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

static void use_rule(enum rule_kind kind, enum severity severity, size_t indicator,
                     int64_t factor)
{
	rule = (struct plan_rule){
		.id = "R-2-09",
		.severity = severity,
		.kind = kind,
		.indicator = &by_hand.indicators[indicator],
		.factor = factor,
		.periods = factor,
		.text = "累计数不减少",
		.causes = "",
		.basis = "填报说明",
	};
	plan_by_hand_rules(&by_hand, &rule, 1);
}

/* Add an earlier report, newest first, with one figure. */
static void before(const char *period, const char *value)
{
	CHECK(history.count < HISTORY_MAX);
	CHECK(period_parse(period, &history.reports[history.count].period) == 0);
	past[history.count] = (struct figure){rule.indicator->id, q(value), ""};
	history.reports[history.count].figures = &past[history.count];
	history.reports[history.count].figure_count = 1;
	history.count++;
}

static int judge_with(const char *period, const char *now, const char *value,
                      const char *reason)
{
	struct figure figure = {rule.indicator->id, q(value), reason};
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

static void test_falls(void **state)
{
	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REASON, INVESTED, 0);
	assert_int_equal(judge("3120万元"), 0); /* no history: an opening figure */
	before("2022-08", "3250万元");
	assert_int_equal(judge("3250.00万元"), 0);
	assert_int_equal(judge("0.325亿元"), 0);
	assert_int_equal(judge("3120万元"), E_REFUSED);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->field, "figures[invested].value");
	assert_string_equal(findings.first->found, "3120万元");
	assert_string_equal(findings.first->allowed, "≥3250万元，或填写说明");
	assert_string_equal(
		findings.first->text,
		"“累计完成投资”由2022年8月的3250万元降为3120万元。审核关系："
		"累计数不减少（核实性审核 R-2-09，依据填报说明）。如情况属实，"
		"请填写说明并经负责人审签，填写后即可报送。");
	assert_int_equal(judge_with("2022-09", "2022-10-08", "3120万元", "核减重复统计"),
	                 0);
	assert_true(findings.first->answered);
	assert_string_equal(
		findings.first->text,
		"“累计完成投资”由2022年8月的3250万元降为3120万元。审核关系："
		"累计数不减少（核实性审核 R-2-09，依据填报说明）。已填写说明："
		"“核减重复统计”。");
	rule.severity = SEVERITY_REFUSAL; /* a plan may say so: then no reason helps */
	assert_int_equal(judge_with("2022-09", "2022-10-08", "3120万元", "核减"),
	                 E_REFUSED);
	assert_string_equal(findings.first->allowed, "≥3250万元");
}

/* The last report may be months ago, and may not have had the figure. */
static void test_falls_over_a_gap(void **state)
{
	struct figure other = {"started", q("1个"), ""};

	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REASON, INVESTED, 0);
	history.reports[0].figures = &other;
	history.reports[0].figure_count = 1;
	CHECK(period_parse("2023-04", &history.reports[0].period) == 0);
	history.count = 1;
	before("2022-12", "100万元");
	before("2022-11", "500万元");
	assert_int_equal(judge_with("2023-05", "2023-06-05", "99万元", ""), E_REFUSED);
	assert_int_equal(judge_with("2023-05", "2023-06-05", "100万元", ""), 0);
}

/* Only what is earlier counts: a later or the same period is no history. */
static void test_only_earlier(void **state)
{
	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REASON, INVESTED, 0);
	before("2022-10", "900万元");
	before("2022-09", "800万元");
	before("2022-08", "100万元");
	assert_int_equal(judge("100万元"), 0);
	assert_int_equal(judge("99万元"), E_REFUSED);
	assert_string_equal(findings.first->allowed, "≥100万元，或填写说明");
}

static void test_yearly_restarts(void **state)
{
	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REASON, THIS_YEAR, 0);
	before("2022-12", "900万元");
	assert_int_equal(judge_with("2023-01", "2023-02-06", "10万元", ""), 0);
	assert_int_equal(findings.count, 0);
	assert_int_equal(judge_with("2022-12", "2023-01-05", "10万元", ""), 0);
	history.count = 0;
	before("2023-01", "10万元");
	before("2022-12", "900万元");
	assert_int_equal(judge_with("2023-02", "2023-03-06", "9万元", ""), E_REFUSED);
}

static void test_rises(void **state)
{
	(void)state;
	use_rule(RULE_NEVER_RISES, SEVERITY_REASON, LEFT_OVER, 0);
	rule.text = "剩余户不增加";
	before("2022-08", "12户");
	assert_int_equal(judge("12户"), 0);
	assert_int_equal(judge("0户"), 0);
	assert_int_equal(judge("13户"), E_REFUSED);
	assert_string_equal(findings.first->allowed, "≤12户，或填写说明");
	assert_string_equal(
		findings.first->text,
		"“未签约剩余户”由2022年8月的12户升为13户。审核关系：剩余户不增加"
		"（核实性审核 R-2-09，依据填报说明）。如情况属实，请填写说明"
		"并经负责人审签，填写后即可报送。");
	assert_int_equal(judge_with("2022-09", "2022-10-08", "13户", "新增1户分户"), 0);
}

/* More than three times the best month before. */
static void test_jump(void **state)
{
	(void)state;
	use_rule(RULE_JUMP, SEVERITY_NOTICE, INVESTED, 30);
	rule.text = "月投资不超过最好月份的3倍";
	before("2022-08", "800万元"); /* +250 */
	assert_int_equal(judge("9000万元"), 0);
	assert_int_equal(findings.count, 0); /* one month before: nothing to compare */
	before("2022-07", "550万元");
	assert_int_equal(judge("1550万元"), 0); /* +750 */
	assert_int_equal(findings.count, 0);
	assert_int_equal(judge("1550.01万元"), 0); /* a notice: accepted, and told */
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->found, "新增750.01万元");
	assert_string_equal(findings.first->allowed, "每期新增≤此前最高250万元的3倍");
	assert_string_equal(
		findings.first->text,
		"“累计完成投资”本期新增750.01万元，此前最高一期新增250万元"
		"（2022年8月）。审核关系：月投资不超过最好月份的3倍（提示 R-2-09，"
		"依据填报说明）。请关注。");
	rule.severity = SEVERITY_REASON;
	rule.periods = rule.factor = 25;
	assert_int_equal(judge("1500万元"), E_REFUSED);
	assert_string_equal(findings.first->allowed, "每期新增≤此前最高250万元的2.5倍");
	assert_int_equal(judge("1425万元"), 0);
}

/* What came in over three months is not one month's jump. */
static void test_jump_over_a_gap(void **state)
{
	(void)state;
	use_rule(RULE_JUMP, SEVERITY_REASON, INVESTED, 30);
	before("2022-09", "300万元"); /* 200 in two months: 100 a month */
	before("2022-07", "100万元");
	assert_int_equal(judge_with("2022-12", "2023-01-05", "1200万元", ""), 0);
	assert_int_equal(judge_with("2022-12", "2023-01-05", "1200.01万元", ""),
	                 E_REFUSED);
	assert_string_equal(findings.first->found, "新增900.01万元（3期合计）");
	assert_non_null(strstr(findings.first->text,
	                       "此前最高一期新增200万元（2022年9月，2期合计）"));
}

/* A start from nothing, and a fall before, give nothing to compare with. */
static void test_jump_from_nothing(void **state)
{
	(void)state;
	use_rule(RULE_JUMP, SEVERITY_REASON, INVESTED, 30);
	before("2022-08", "0万元");
	before("2022-07", "0万元");
	assert_int_equal(judge("5000万元"), 0);
	history.count = 0;
	before("2022-08", "10万元");
	before("2022-07", "20万元");
	assert_int_equal(judge("5000万元"), 0);
}

/* Each January starts from nothing: January's figure is January's rise. */
static void test_jump_yearly(void **state)
{
	(void)state;
	use_rule(RULE_JUMP, SEVERITY_REASON, THIS_YEAR, 30);
	before("2022-12", "1200万元"); /* +100 */
	before("2022-11", "1100万元"); /* 100 a month since January */
	assert_int_equal(judge_with("2023-01", "2023-02-06", "300万元", ""), 0);
	assert_int_equal(judge_with("2023-01", "2023-02-06", "301万元", ""), E_REFUSED);
	assert_int_equal(judge_with("2023-02", "2023-03-06", "600万元", ""), 0);
	assert_int_equal(judge_with("2023-02", "2023-03-06", "601万元", ""), E_REFUSED);
}

/* Figures of eighteen digits are asked about, whatever the arithmetic says. */
static void test_jump_overflow(void **state)
{
	(void)state;
	use_rule(RULE_JUMP, SEVERITY_REASON, INVESTED, 30);
	before("2022-08", "2万元");
	before("2022-07", "1万元");
	assert_int_equal(judge("999999999999999999万元"), E_REFUSED);
	assert_string_equal(findings.first->rule, "R-2-09");
}

static void test_stall(void **state)
{
	(void)state;
	use_rule(RULE_STALL, SEVERITY_NOTICE, STARTED, 2);
	rule.text = "连续2个月无新增须关注";
	before("2022-08", "120个");
	assert_int_equal(judge("120个"), 0);
	assert_int_equal(findings.count, 0); /* one month only */
	before("2022-07", "120个");
	assert_int_equal(judge("121个"), 0);
	assert_int_equal(findings.count, 0);
	assert_int_equal(judge("120个"), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->found, "120个");
	assert_string_equal(findings.first->allowed, "2个月内有新增");
	assert_string_equal(
		findings.first->text,
		"“累计开工小区”＝120个，连续2个月没有新增。审核关系："
		"连续2个月无新增须关注（提示 R-2-09，依据填报说明）。请关注。");
}

/* A gap counts by the calendar, and the longest stall is told. */
static void test_stall_over_a_gap(void **state)
{
	(void)state;
	use_rule(RULE_STALL, SEVERITY_REASON, STARTED, 3);
	before("2022-11", "120个");
	before("2022-08", "120个");
	before("2022-07", "119个");
	assert_int_equal(judge_with("2022-12", "2023-01-05", "120个", ""), E_REFUSED);
	assert_non_null(strstr(findings.first->text, "连续4个月没有新增"));
	assert_int_equal(
		judge_with("2022-12", "2023-01-05", "120个", "冬季停工，1月复工"), 0);
	history.count = 1;
	assert_int_equal(judge_with("2022-12", "2023-01-05", "120个", ""), 0);
}

/* Who has finished may stand still; so may who has no part in it. */
static void test_stall_when_done(void **state)
{
	(void)state;
	use_rule(RULE_STALL, SEVERITY_REASON, STARTED, 1);
	before("2022-08", "180个");
	assert_int_equal(judge("180个"), 0);
	by_hand.allocations[YUHUA].value = q("181个");
	assert_int_equal(judge("180个"), E_REFUSED);
	by_hand.allocations[YUHUA].no_task = true;
	assert_int_equal(judge("180个"), 0);
	by_hand.target.allocations = NULL; /* not split: the city's 380 */
	assert_int_equal(judge("180个"), E_REFUSED);
	by_hand.target.indicator = NULL; /* no target at all: unfinished */
	assert_int_equal(judge("180个"), E_REFUSED);
}

static void test_stall_yearly_and_falling(void **state)
{
	(void)state;
	use_rule(RULE_STALL, SEVERITY_REASON, THIS_YEAR, 1);
	before("2022-12", "5万元");
	assert_int_equal(judge_with("2023-01", "2023-02-06", "5万元", ""), 0);
	history.count = 0;
	use_rule(RULE_STALL, SEVERITY_REASON, LEFT_OVER, 1);
	before("2022-08", "5户");
	assert_int_equal(judge("5户"), E_REFUSED);
	assert_string_equal(findings.first->allowed, "1个月内有下降");
	assert_int_equal(judge("4户"), 0);
	history.count = 0;
	before("2022-08", "0户");
	assert_int_equal(judge("0户"), 0);
}

/* A history longer than may be kept, or of figures in impossible units, is harmless. */
static void test_odd_history(void **state)
{
	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REASON, INVESTED, 0);
	before("2022-08", "3户");
	assert_int_equal(judge("1万元"), 0);
	history.count = 100;
	assert_int_equal(judge("1万元"), 0);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_falls),           PLAN_TEST(test_falls_over_a_gap),
		PLAN_TEST(test_only_earlier),    PLAN_TEST(test_yearly_restarts),
		PLAN_TEST(test_rises),           PLAN_TEST(test_jump),
		PLAN_TEST(test_jump_over_a_gap), PLAN_TEST(test_jump_from_nothing),
		PLAN_TEST(test_jump_yearly),     PLAN_TEST(test_jump_overflow),
		PLAN_TEST(test_stall),           PLAN_TEST(test_stall_over_a_gap),
		PLAN_TEST(test_stall_when_done), PLAN_TEST(test_stall_yearly_and_falling),
		PLAN_TEST(test_odd_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
