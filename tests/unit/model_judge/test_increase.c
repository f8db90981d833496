/* 本期新增 is computed: a reporter who had to type it would type it wrongly, and a rise
 * that is taken over a gap or a New Year says what nobody did. */
#include "model/increase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct figure now[2], before[1];
static struct increase increase;
static struct plan_opening opening;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	now[0] = (struct figure){"started", q("128个"), ""};
	now[1] = (struct figure){"this_year", q("300.50万元"), ""};
	before[0] = (struct figure){"started", q("121个"), ""};
	increase = (struct increase){
		.plan = &by_hand.plan,
		.section = &by_hand.sections[1],
		.unit = &by_hand.units[YUHUA],
		.period = {MONTHLY, 2022, 9},
		.figures = now,
		.figure_count = 2,
		.before = before,
		.before_count = 1,
	};
	opening = (struct plan_opening){.indicator = &by_hand.indicators[STARTED],
	                                .unit = &by_hand.units[YUHUA],
	                                .value = q("100个"),
	                                .on = on("2022-06-30"),
	                                .confirmed_by = ""};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

static bool rises(size_t indicator, const char *expected)
{
	char text[QUANTITY_TEXT_MAX];
	struct quantity rise;

	if (!increase_of(&increase, &by_hand.indicators[indicator], &rise))
		return false;
	quantity_print(&rise, text);
	assert_string_equal(text, expected);
	return true;
}

static void test_since_the_report_before(void **state)
{
	(void)state;
	assert_true(rises(STARTED, "7个"));
	before[0].value = q("130个");
	assert_true(rises(STARTED, "-2个"));
	assert_false(rises(THIS_YEAR, "")); /* was not given then */
	assert_false(rises(PLANNED, ""));   /* a level does not rise so */
}

static void test_the_first_report_rises_from_the_opening(void **state)
{
	(void)state;
	increase.before = NULL;
	by_hand.sections[1].openings = &opening;
	by_hand.sections[1].opening_count = 1;
	assert_false(rises(STARTED, "")); /* August is missing */
	increase.period.number = 7;
	assert_true(rises(STARTED, "28个"));
	by_hand.sections[1].opening_count = 0;
	assert_false(rises(STARTED, ""));
}

static void test_a_years_figure_begins_in_january(void **state)
{
	struct period december = {MONTHLY, 2022, 12};

	(void)state;
	increase.before = NULL;
	increase.period = period_next(&december);
	assert_true(rises(THIS_YEAR, "300.50万元"));
	increase.period = period_before(&increase.period);
	assert_int_equal(period_compare(&increase.period, &december), 0);
	assert_false(rises(THIS_YEAR, ""));
}

#define INCREASE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INCREASE_TEST(test_since_the_report_before),
		INCREASE_TEST(test_the_first_report_rises_from_the_opening),
		INCREASE_TEST(test_a_years_figure_begins_in_january),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
