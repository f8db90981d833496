/*
 * 期初数 and 任务调整 where reports are judged: a first report that falls below what was
 * there before would pass unseen; what was there before would be taken for progress; and
 * a district would be held to a task that it has no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "model/light.h"
#include "model/validate.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;
static struct plan_rule rule;
static struct plan_opening opening;
static struct plan_adjustment adjustment;
static struct history history;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	history = (struct history){0};
	opening = (struct plan_opening){
		.indicator = &by_hand.indicators[STARTED],
		.unit = &by_hand.units[YUHUA],
		.value = q("38个"),
		.on = on("2022-06-30"),
		.confirmed_by = "丙",
		.confirmed_on = on("2022-07-20"),
	};
	by_hand.sections[1].openings = &opening;
	by_hand.sections[1].opening_count = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static void use_rule(enum rule_kind kind, enum severity severity, int64_t factor)
{
	rule = (struct plan_rule){
		.id = "R-2-09",
		.severity = severity,
		.kind = kind,
		.indicator = &by_hand.indicators[STARTED],
		.target = &by_hand.target,
		.factor = factor,
		.periods = 1,
		.text = "审核关系",
		.causes = "",
		.basis = "填报说明",
	};
	plan_by_hand_rules(&by_hand, &rule, 1);
}

/* July's report, the first of all. */
static int judge(const char *value)
{
	struct figure figure = {"started", q(value), ""};
	struct report report = report_of(&figure, 1);
	struct verdict verdict;

	report.period = "2022-07";
	findings_init(&findings, &arena);
	return validate_report(&by_hand.plan, &report, &history, at("2022-08-02 10:00"),
	                       &findings, &verdict);
}

static void test_the_first_report_is_compared_with_the_opening(void **state)
{
	const struct finding *finding;

	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REASON, 0);
	assert_int_equal(judge("38个"), 0);
	assert_int_equal(judge("30个"), E_REFUSED);
	finding = found_by(&findings, "R-2-09", 0);
	assert_non_null(finding);
	assert_string_equal(finding->found, "30个");
	assert_string_equal(finding->allowed, "≥38个，或填写说明");
	assert_non_null(strstr(finding->text,
	                       "“累计开工小区”由期初数（截至2022年6月30日）的"
	                       "38个降为30个。"));
	by_hand.sections[1].opening_count = 0;
	assert_int_equal(judge("30个"), 0);
}

/* An opening that nobody confirmed may itself be what is wrong. */
static void test_nothing_is_refused_for_an_opening_that_nobody_confirmed(void **state)
{
	(void)state;
	use_rule(RULE_NEVER_FALLS, SEVERITY_REFUSAL, 0);
	assert_int_equal(judge("30个"), E_REFUSED);
	opening.confirmed_by = "";
	assert_int_equal(judge("30个"), 0);
	assert_non_null(found_by(&findings, "D-57", 0));
	assert_string_equal(
		found_by(&findings, "D-57", 0)->text,
		"“累计开工小区”等1项指标的期初数尚未确认，请核对后告知工作组办公室"
		"。审核关系：期初数须经单位负责人确认（提示 D-57）。");
	rule.severity = SEVERITY_REASON;
	assert_int_equal(judge("30个"), E_REFUSED);
	assert_non_null(strstr(found_by(&findings, "R-2-09", 0)->text, "未确认"));
}

/* In the first month more than three times the pace until then. */
static void test_a_jump_is_seen_from_the_opening_on(void **state)
{
	static struct figure august = {"started", {0}, ""};

	(void)state;
	august.value = q("40个"); /* two more than at the opening */
	history.count = 1;
	history.reports[0].period = (struct period){MONTHLY, 2022, 7};
	history.reports[0].figures = &august;
	history.reports[0].figure_count = 1;
	use_rule(RULE_JUMP, SEVERITY_REASON, 30);
	{
		struct figure figure = {"started", q("60个"), ""};
		struct report report = report_of(&figure, 1);
		struct verdict verdict;

		report.period = "2022-08";
		findings_init(&findings, &arena);
		assert_int_equal(validate_report(&by_hand.plan, &report, &history,
		                                 at("2022-09-02 10:00"), &findings,
		                                 &verdict),
		                 E_REFUSED);
		assert_non_null(strstr(found_by(&findings, "R-2-09", 0)->text,
		                       "本期新增20个，此前最高一期新增2个"));
	}
}

static struct light_record light(const char *value)
{
	struct figure *figure = arena_new(&arena, struct figure);
	struct light_inputs inputs = {
		.plan = &by_hand.plan,
		.plan_version = 1,
		.unit = &by_hand.units[YUHUA],
		.target = &by_hand.target,
		.period = {MONTHLY, 2022, 9},
		.number = "2022-09-430111-02-0001",
		.evidence = {.figures = figure, .figure_count = 1},
		.before_period = "",
	};
	struct light_record record;

	assert_non_null(figure);
	*figure = (struct figure){"started", q(value), ""};
	assert_int_equal(light_judge(&arena, &inputs, &record), 0);
	return record;
}

/* The trap: 38 that were there before are not 38 done, unless the target counts them. */
static void
test_an_opening_is_progress_only_where_the_target_counts_from_before(void **state)
{
	struct light_record record;

	(void)state;
	record = light("56个"); /* the target counts from 2022-01-01 */
	assert_int_equal(record.counted.done.digits, 56);
	assert_string_equal(record.opening, "");
	by_hand.target.start = on("2022-07-01");
	record = light("56个");
	assert_int_equal(record.counted.done.digits, 18);
	assert_int_equal(record.standing.done_tenths, 100);
	assert_string_equal(record.opening,
	                    "期初数（截至2022年6月30日）38个不计入完成数");
	by_hand.target.start = DAY_NONE;
	assert_int_equal(light("56个").counted.done.digits, 18);
	assert_int_equal(light("30个").counted.done.digits, 0);
}

/* Levels are what is there; a year's figure begins in January. */
static void test_levels_and_yearly_figures_count_in_full(void **state)
{
	(void)state;
	by_hand.target.start = on("2022-07-01");
	by_hand.indicators[STARTED].yearly = true;
	assert_int_equal(light("56个").counted.done.digits, 56);
	by_hand.indicators[STARTED].yearly = false;
	by_hand.indicators[STARTED].kind = INDICATOR_LEVEL;
	assert_int_equal(light("56个").counted.done.digits, 56);
}

static void adjust(const char *from, const char *after)
{
	adjustment = (struct plan_adjustment){
		.from = on(from),
		.basis = "长人环函〔2022〕9号",
		.why = "",
		.before = by_hand.allocations[YUHUA],
		.after = by_hand.allocations[YUHUA],
	};
	adjustment.before.deadline = by_hand.target.deadline;
	adjustment.after.value = q(after);
	by_hand.target.adjustments = &adjustment;
	by_hand.target.adjustment_count = 1;
}

/* The cut-off decides: a change of the 31st counts for July, one of 1 August does not. */
static void test_the_task_of_the_cut_off_judges(void **state)
{
	(void)state;
	by_hand.sections[1].opening_count = 0;
	use_rule(RULE_BEHIND, SEVERITY_NOTICE, 10);
	adjust("2022-08-01", "90个"); /* 14.5 % expected */
	assert_int_equal(judge("13个"), 0);
	assert_non_null(found_by(&findings, "R-2-09", 0)); /* 13 of 180 */
	assert_null(found_by(&findings, "D-58", 0));
	adjust("2022-07-31", "90个");
	assert_int_equal(judge("13个"), 0);
	assert_null(found_by(&findings, "R-2-09", 0)); /* 13 of 90 */
}

/* Once, in the period in which it begins to count. */
static void test_a_unit_is_told_of_its_new_task(void **state)
{
	const struct finding *finding;

	(void)state;
	by_hand.sections[1].opening_count = 0;
	plan_by_hand_rules(&by_hand, NULL, 0);
	adjust("2022-07-01", "200个");
	assert_int_equal(judge("13个"), 0);
	finding = found_by(&findings, "D-58", 0);
	assert_non_null(finding);
	assert_int_equal(finding->severity, SEVERITY_NOTICE);
	assert_string_equal(
		finding->text,
		"“改造城镇老旧小区”的任务自2022年7月1日起由180个调整为200个（依据："
		"长人环函〔2022〕9号；示例数据）。审核关系：任务调整后按新任务数判断"
		"（提示 D-58）。");
	adjust("2022-06-30", "200个");
	assert_int_equal(judge("13个"), 0);
	assert_null(found_by(&findings, "D-58", 0));
}

#define OPENING_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OPENING_TEST(test_the_first_report_is_compared_with_the_opening),
		OPENING_TEST(
			test_nothing_is_refused_for_an_opening_that_nobody_confirmed),
		OPENING_TEST(test_a_jump_is_seen_from_the_opening_on),
		OPENING_TEST(
			test_an_opening_is_progress_only_where_the_target_counts_from_before),
		OPENING_TEST(test_levels_and_yearly_figures_count_in_full),
		OPENING_TEST(test_the_task_of_the_cut_off_judges),
		OPENING_TEST(test_a_unit_is_told_of_its_new_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
