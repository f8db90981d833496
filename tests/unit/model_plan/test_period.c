/*
 * Periods: when a report opens, falls due and is locked. A district answers for these
 * times, so each is checked against what an office would write by hand.
 */
#include "model/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "folder.h"

static struct folder folder;
static struct plan plan; /* the real one, with a schedule that a test may change */

static int set_up(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = *folder_good_plan(&folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static struct period period_named(const char *text)
{
	struct period period = {0};

	assert_int_equal(period_parse(text, &period), 0);
	return period;
}

static struct period_times times_of(const char *text)
{
	struct period period = period_named(text);
	struct period_times times;

	period_times(&plan, &period, &times);
	return times;
}

static void assert_instant(int64_t instant, const char *expected)
{
	char out[INSTANT_TEXT_MAX];

	instant_print(instant, plan.utc_offset, out);
	assert_string_equal(out, expected);
}

static int64_t at(const char *text)
{
	int64_t instant = 0;

	assert_int_equal(instant_parse(text, plan.utc_offset, &instant), 0);
	return instant;
}

static void test_periods_read_and_print_as_written(void **state)
{
	static const char *const texts[][2] = {{"2022-09", "2022年9月"},
	                                       {"2022-12", "2022年12月"},
	                                       {"2022-Q3", "2022年三季度"},
	                                       {"2022", "2022年"}};
	char out[PERIOD_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct period period = period_named(texts[i][0]);

		period_print(&period, out);
		assert_string_equal(out, texts[i][0]);
		period_print_zh(&period, out);
		assert_string_equal(out, texts[i][1]);
	}
}

static void test_other_forms_are_no_periods(void **state)
{
	static const char *const wrong[] = {"",        "2022-00", "2022-13",  "2022-9",
	                                    "2022-Q0", "2022-Q5", "2022Q3",   "202",
	                                    "2022-",   "0000",    "2022-091", "２０２２",
	                                    "2022-q3", "2022.09", "-022-09"};
	struct period period = {.year = 7};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(period_parse(wrong[i], &period), E_SYNTAX);
	assert_int_equal(period.year, 7);
}

static void test_periods_follow_each_other_over_the_year(void **state)
{
	struct period december = period_named("2022-12"),
		      fourth = period_named("2022-Q4");
	struct period january = period_next(&december), first = period_next(&fourth);
	char out[PERIOD_TEXT_MAX];

	(void)state;
	period_print(&january, out);
	assert_string_equal(out, "2023-01");
	period_print(&first, out);
	assert_string_equal(out, "2023-Q1");
	assert_int_equal(period_compare(&december, &january), -1);
	assert_int_equal(period_compare(&january, &december), 1);
	assert_int_equal(period_compare(&january, &january), 0);
	assert_int_equal(period_first_day(&fourth), day_of(2022, 10, 1));
	assert_int_equal(period_last_day(&fourth), day_of(2022, 12, 31));
}

static void test_september_2022_falls_due_on_a_saturday_that_is_worked(void **state)
{
	struct period_times times = times_of("2022-09");

	(void)state;
	assert_instant(times.opens, "2022-10-01 00:00");
	assert_int_equal(times.cutoff, times.opens - 1);
	assert_instant(times.remind, "2022-09-29 09:00");
	assert_instant(times.due, "2022-10-08 17:30");
	assert_instant(times.lock, "2022-10-12 17:30");
	assert_false(times.estimated);
}

static void test_the_fifth_rolls_as_the_notices_say(void **state)
{
	(void)state;
	assert_instant(times_of("2022-07").due, "2022-08-05 17:30");
	assert_instant(times_of("2023-09").due, "2023-10-07 17:30");
	assert_instant(times_of("2022-12").due, "2023-01-05 17:30");
	plan.schedule.due_roll = -1;
	assert_instant(times_of("2022-09").due, "2022-09-30 17:30");
	assert_instant(times_of("2023-09").due, "2023-09-28 17:30");
	plan.schedule.due_roll = 1;
}

static void test_nothing_falls_due_on_a_day_to_avoid(void **state)
{
	(void)state;
	plan.schedule.due_day = 9;
	assert_instant(times_of("2024-01").due, "2024-02-18 17:30");
	plan.schedule.due_roll = -1;
	assert_instant(times_of("2024-01").due, "2024-02-08 17:30");
	plan.schedule.due_roll = 1;
	plan.schedule.due_day = 5;
}

static void test_a_due_time_in_an_unpublished_year_is_estimated(void **state)
{
	struct period_times times = times_of("2026-12");

	(void)state;
	assert_instant(times.due, "2027-01-05 17:30");
	assert_true(times.estimated);
}

static void test_due_inside_the_month_with_an_earlier_cutoff(void **state)
{
	struct plan_schedule before = plan.schedule;
	struct period_times times;
	struct period period;

	(void)state;
	plan.schedule.due_same_month = true;
	plan.schedule.due_day = 25;
	plan.schedule.cutoff_day = 20;
	times = times_of("2022-09");
	assert_instant(times.opens, "2022-09-21 00:00");
	assert_instant(times.due, "2022-09-26 17:30"); /* the 25th is a Sunday */
	assert_true(period_current(&plan, at("2022-09-21 00:00"), &period));
	assert_int_equal(period.number, 9);
	assert_true(period_current(&plan, at("2022-09-20 23:59"), &period));
	assert_int_equal(period.number, 8);
	/* A deadline behind the cut-off is judged by the report that covers it. */
	assert_instant(target_judged_at(&plan, day_of(2022, 12, 31)), "2023-01-28 17:30");
	plan.schedule = before;
}

/* 数据截止后3个工作日: holidays and make-up days counted as the State Council has them.
 */
static void test_due_so_many_working_days_after_the_cutoff(void **state)
{
	struct plan_schedule before = plan.schedule;

	(void)state;
	plan.schedule.due_day = 0;
	plan.schedule.due_workdays = 3;
	assert_instant(times_of("2022-08").due, "2022-09-05 17:30");
	assert_instant(times_of("2022-09").due, "2022-10-10 17:30");
	plan.schedule.due_workdays = 1;
	assert_instant(times_of("2022-09").due, "2022-10-08 17:30");
	assert_instant(times_of("2026-01").due, "2026-02-02 17:30");
	/* The eve of the Spring Festival is to be avoided. */
	plan.schedule.due_workdays = 8;
	assert_instant(times_of("2024-01").due, "2024-02-18 17:30");
	plan.schedule = before;
}

static void test_only_periods_of_the_plan_are_asked_for(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {{"2022-07", 0},       {"2026-12", 0},        {"2022-06", E_RANGE},
	             {"2027-01", E_RANGE}, {"2022-Q3", E_SYNTAX}, {"2022", E_SYNTAX}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct period period = period_named(cases[i].text);

		assert_int_equal(period_in_plan(&plan, &period), cases[i].result);
	}
}

static void test_the_current_period_is_the_newest_that_has_ended(void **state)
{
	struct period period = {.year = 7};
	char out[PERIOD_TEXT_MAX];

	(void)state;
	assert_false(period_current(&plan, at("2022-07-31 23:59"), &period));
	assert_int_equal(period.year, 7);
	assert_true(period_current(&plan, at("2022-08-01 00:00"), &period));
	period_print(&period, out);
	assert_string_equal(out, "2022-07");
	assert_true(period_current(&plan, at("2023-01-15 12:00"), &period));
	period_print(&period, out);
	assert_string_equal(out, "2022-12");
	assert_true(period_current(&plan, at("2031-01-01"), &period));
	period_print(&period, out);
	assert_string_equal(out, "2026-12");
}

static void test_the_ladder_climbs_in_working_days(void **state)
{
	static const char *const instants[] = {"2022-10-09 17:30", "2022-10-10 09:00",
	                                       "2022-10-13 09:00", "2022-10-17 09:00"};
	int64_t due = times_of("2022-09").due;

	(void)state;
	assert_int_equal(plan.step_count, ARRAY_LEN(instants));
	for (size_t i = 0; i < plan.step_count; i++)
		assert_instant(step_instant(&plan, &plan.steps[i], due), instants[i]);
	/* Leaders hear of it only after the lock. */
	assert_true(step_instant(&plan, &plan.steps[2], due) > times_of("2022-09").lock);
}

static void test_a_deadline_is_judged_when_its_report_is_due(void **state)
{
	(void)state;
	assert_instant(target_judged_at(&plan, day_of(2022, 12, 31)), "2023-01-05 17:30");
	assert_instant(target_judged_at(&plan, day_of(2022, 12, 15)), "2023-01-05 17:30");
	assert_instant(target_judged_at(&plan, day_of(2022, 1, 1)), "2022-08-05 17:30");
	assert_int_equal(target_judged_at(&plan, DAY_NONE), 0);
}

static void test_without_a_schedule_nothing_is_asked(void **state)
{
	struct plan_schedule before = plan.schedule;
	struct period period = period_named("2022-09");
	struct period_times times;

	(void)state;
	plan.schedule = (struct plan_schedule){.first_period = "", .last_period = ""};
	assert_int_equal(period_in_plan(&plan, &period), E_RANGE);
	assert_false(period_current(&plan, at("2023-01-01"), &period));
	period_times(&plan, &period, &times);
	assert_instant(target_judged_at(&plan, day_of(2022, 12, 31)), "2023-01-01 00:00");
	plan.schedule = before;
}

static void test_quarters_and_years_have_times_too(void **state)
{
	struct plan_schedule before = plan.schedule;

	(void)state;
	plan.schedule.frequency = QUARTERLY;
	assert_instant(times_of("2022-Q3").due, "2022-10-08 17:30");
	plan.schedule.frequency = YEARLY;
	assert_instant(times_of("2022").opens, "2023-01-01 00:00");
	assert_instant(times_of("2022").due, "2023-01-05 17:30");
	plan.schedule = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_periods_read_and_print_as_written),
		cmocka_unit_test(test_other_forms_are_no_periods),
		cmocka_unit_test(test_periods_follow_each_other_over_the_year),
		cmocka_unit_test(
			test_september_2022_falls_due_on_a_saturday_that_is_worked),
		cmocka_unit_test(test_the_fifth_rolls_as_the_notices_say),
		cmocka_unit_test(test_nothing_falls_due_on_a_day_to_avoid),
		cmocka_unit_test(test_a_due_time_in_an_unpublished_year_is_estimated),
		cmocka_unit_test(test_due_inside_the_month_with_an_earlier_cutoff),
		cmocka_unit_test(test_due_so_many_working_days_after_the_cutoff),
		cmocka_unit_test(test_only_periods_of_the_plan_are_asked_for),
		cmocka_unit_test(test_the_current_period_is_the_newest_that_has_ended),
		cmocka_unit_test(test_the_ladder_climbs_in_working_days),
		cmocka_unit_test(test_a_deadline_is_judged_when_its_report_is_due),
		cmocka_unit_test(test_without_a_schedule_nothing_is_asked),
		cmocka_unit_test(test_quarters_and_years_have_times_too),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
