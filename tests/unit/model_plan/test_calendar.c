/*
 * Working days: one day wrong, and a district is called late that was not, or is
 * reminded on a holiday.
 */
#include "model/calendar.h"

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
static const struct calendar *calendar;

static int set_up(void **state)
{
	(void)state;
	folder_open(&folder, true);
	calendar = &folder_good_plan(&folder)->calendar;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static day on(const char *text)
{
	day date = DAY_NONE;

	assert_int_equal(day_parse(text, &date), 0);
	return date;
}

static void assert_day(day date, const char *text)
{
	char out[DAY_TEXT_MAX];

	day_print(date, out);
	assert_string_equal(out, text);
}

static void test_days_are_counted_as_the_calendar_counts_them(void **state)
{
	int year;
	unsigned month, dom;
	day expected = day_of(1600, 1, 1);

	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(day_of(2000, 3, 1), 11017);
	assert_int_equal(day_of(1969, 12, 31), -1);
	for (day date = expected; date < day_of(2401, 1, 1); date++) {
		day_split(date, &year, &month, &dom);
		assert_int_equal(day_of(year, month, dom), date);
	}
	day_split(day_of(1, 1, 1), &year, &month, &dom);
	assert_int_equal(year, 1);
	assert_int_equal(month * 100 + dom, 101);
}

static void test_a_day_that_does_not_exist_is_none(void **state)
{
	static const char *const wrong[] = {
		"",           "2022-9-30",  "2022-02-29", "2100-02-29", "2022-13-01",
		"2022-00-01", "2022-01-00", "2022-04-31", "2022/09/30", "2022-09-30 ",
		"202２-01-1", "2022-09-3x", "0000-01-01", "+022-09-30", "2022-09-300"};
	day date = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(day_parse(wrong[i], &date), E_SYNTAX);
	assert_int_equal(date, 7);
	assert_int_equal(day_of(2023, 2, 29), DAY_NONE);
	assert_int_equal(day_of(10000, 1, 1), DAY_NONE);
	assert_int_equal(day_parse("2024-02-29", &date), 0);
}

static void test_weekdays_and_dates_as_people_write_them(void **state)
{
	char out[DAY_TEXT_MAX];

	(void)state;
	assert_string_equal(weekday_name(day_weekday(on("2022-10-08"))), "星期六");
	assert_string_equal(weekday_name(day_weekday(on("1969-12-28"))), "星期日");
	day_print_zh(on("2022-09-30"), out);
	assert_string_equal(out, "9月30日");
	day_print(day_of(7, 1, 2), out);
	assert_string_equal(out, "0007-01-02");
}

static void test_a_month_later_is_never_two_months_later(void **state)
{
	(void)state;
	assert_day(day_add_months(on("2022-01-31"), 1), "2022-02-28");
	assert_day(day_add_months(on("2024-01-31"), 1), "2024-02-29");
	assert_day(day_add_months(on("2022-12-05"), 1), "2023-01-05");
	assert_day(day_add_months(on("2022-01-15"), -13), "2020-12-15");
	assert_int_equal(day_add_months(on("9999-12-31"), 1), DAY_NONE);
}

static const char *const makeups[] = {
	"2022-01-29", "2022-01-30", "2022-04-02", "2022-04-24", "2022-05-07",
	"2022-10-08", "2022-10-09", "2023-01-28", "2023-01-29", "2023-04-23",
	"2023-05-06", "2023-06-25", "2023-10-07", "2023-10-08", "2024-02-04",
	"2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
	"2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27",
	"2025-09-28", "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28",
	"2026-05-09", "2026-09-20", "2026-10-10"};

static void test_every_makeup_day_is_worked(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makeups); i++) {
		assert_true(calendar_is_workday(calendar, on(makeups[i])));
		assert_true(calendar_is_makeup(calendar, on(makeups[i])));
	}
	for (day date = on("2022-01-01"); date <= on("2026-12-31"); date++)
		found += calendar_is_makeup(calendar, date);
	assert_int_equal(found, ARRAY_LEN(makeups));
}

static void test_each_year_has_the_working_days_of_the_notices(void **state)
{
	static const int workdays[] = {249, 249, 251, 248, 248};

	(void)state;
	assert_string_equal(calendar->version, "cn-2026-1");
	for (int i = 0; i < 5; i++) {
		day before = day_of(2022 + i, 1, 1) - 1;

		assert_int_equal(calendar_count_workdays(calendar, before,
		                                         day_of(2022 + i, 12, 31)),
		                 workdays[i]);
		assert_true(calendar_has_year(calendar, 2022 + i));
	}
	assert_false(calendar_has_year(calendar, 2021));
	assert_false(calendar_has_year(calendar, 2027));
}

static void test_holidays_are_not_worked(void **state)
{
	(void)state;
	assert_false(
		calendar_is_workday(calendar, on("2022-12-31"))); /* by 2023's notice */
	assert_false(calendar_is_workday(calendar, on("2022-10-05")));
	assert_false(calendar_is_workday(calendar, on("2023-12-31"))); /* a Sunday */
	assert_true(calendar_is_workday(calendar, on("2024-02-09"))); /* New Year's Eve */
	assert_true(calendar_is_avoided(calendar, on("2024-02-09")));
	assert_false(calendar_is_avoided(calendar, on("2024-02-08")));
}

static void test_working_days_are_added_over_a_long_holiday(void **state)
{
	bool estimated = false;

	(void)state;
	assert_day(calendar_add_workdays(calendar, on("2026-02-13"), 1, &estimated),
	           "2026-02-14");
	assert_day(calendar_add_workdays(calendar, on("2026-02-14"), 1, &estimated),
	           "2026-02-24");
	assert_day(calendar_add_workdays(calendar, on("2026-02-24"), -2, &estimated),
	           "2026-02-13");
	assert_day(calendar_add_workdays(calendar, on("2022-10-08"), -2, &estimated),
	           "2022-09-29");
	assert_day(calendar_add_workdays(calendar, on("2022-10-01"), 0, &estimated),
	           "2022-10-01");
	assert_false(estimated);
}

/* The published notices, written down a second time and by hand: rest days, then the
 * days worked for them. */
static const char *const rests[][2] = {
	{"2022-01-01", "2022-01-03"}, {"2022-01-31", "2022-02-06"},
	{"2022-04-03", "2022-04-05"}, {"2022-04-30", "2022-05-04"},
	{"2022-06-03", "2022-06-05"}, {"2022-09-10", "2022-09-12"},
	{"2022-10-01", "2022-10-07"}, {"2022-12-31", "2023-01-02"},
	{"2023-01-21", "2023-01-27"}, {"2023-04-05", "2023-04-05"},
	{"2023-04-29", "2023-05-03"}, {"2023-06-22", "2023-06-24"},
	{"2023-09-29", "2023-10-06"}, {"2024-01-01", "2024-01-01"},
	{"2024-02-10", "2024-02-17"}, {"2024-04-04", "2024-04-06"},
	{"2024-05-01", "2024-05-05"}, {"2024-06-10", "2024-06-10"},
	{"2024-09-15", "2024-09-17"}, {"2024-10-01", "2024-10-07"},
	{"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"},
	{"2025-04-04", "2025-04-06"}, {"2025-05-01", "2025-05-05"},
	{"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
	{"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"},
	{"2026-04-04", "2026-04-06"}, {"2026-05-01", "2026-05-05"},
	{"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"},
	{"2026-10-01", "2026-10-07"}};

static bool is_worked(day date)
{
	for (size_t i = 0; i < ARRAY_LEN(makeups); i++)
		if (on(makeups[i]) == date)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(rests); i++)
		if (on(rests[i][0]) <= date && date <= on(rests[i][1]))
			return false;
	return day_weekday(date) >= 1 && day_weekday(date) <= 5;
}

static day next_worked(day date, int step)
{
	do
		date += step;
	while (!is_worked(date));
	return date;
}

/* One working day before and after each make-up day, and each day of five years, as the
 * notices have it. */
static void test_adding_steps_over_every_makeup_day(void **state)
{
	bool estimated = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makeups); i++) {
		day date = on(makeups[i]), before = next_worked(date, -1);

		assert_int_equal(calendar_add_workdays(calendar, before, 1, &estimated),
		                 date);
		assert_int_equal(calendar_add_workdays(calendar, date, 1, &estimated),
		                 next_worked(date, 1));
		assert_int_equal(calendar_add_workdays(calendar, date, -1, &estimated),
		                 before);
		assert_int_equal(calendar_roll(calendar, date, 1, &estimated), date);
	}
	for (day date = on("2022-01-01"); date <= on("2026-12-31"); date++)
		assert_int_equal(calendar_is_workday(calendar, date), is_worked(date));
	assert_false(estimated);
}

static void test_workdays_between_are_the_inverse_of_adding(void **state)
{
	(void)state;
	for (day date = on("2022-01-01"); date < on("2022-12-01"); date += 3)
		for (int count = 1; count < 12; count++) {
			day later = calendar_add_workdays(calendar, date, count, NULL);

			assert_int_equal(calendar_count_workdays(calendar, date, later),
			                 count);
			assert_int_equal(calendar_count_workdays(calendar, later, date),
			                 -count);
		}
}

static void test_due_days_roll_forward_and_back(void **state)
{
	bool estimated = false;

	(void)state;
	assert_day(calendar_roll(calendar, on("2022-10-05"), 1, &estimated),
	           "2022-10-08");
	assert_day(calendar_roll(calendar, on("2023-10-05"), 1, &estimated),
	           "2023-10-07");
	assert_day(calendar_roll(calendar, on("2022-10-05"), -1, &estimated),
	           "2022-09-30");
	assert_day(calendar_roll(calendar, on("2023-10-05"), -1, &estimated),
	           "2023-09-28");
	assert_day(calendar_roll(calendar, on("2022-10-08"), 1, &estimated),
	           "2022-10-08");
	assert_false(estimated);
}

static void test_a_year_without_notice_is_estimated_and_says_so(void **state)
{
	bool estimated = false;

	(void)state;
	assert_day(calendar_add_workdays(calendar, on("2026-12-31"), 1, &estimated),
	           "2027-01-01");
	assert_true(estimated);
	estimated = false;
	assert_day(calendar_roll(calendar, on("2027-01-02"), 1, &estimated),
	           "2027-01-04");
	assert_true(estimated);
	estimated = true; /* never cleared */
	(void)calendar_roll(calendar, on("2026-01-05"), 1, &estimated);
	assert_true(estimated);
}

static struct yaml_node *parse(const char *text)
{
	struct yaml_node *root = NULL;

	assert_int_equal(yaml_parse(&folder.arena, "c", bytes_of_str(text),
	                            &folder.problems, &root),
	                 0);
	return root;
}

static void test_an_amendment_changes_days_and_leaves_the_rest(void **state)
{
	struct calendar amended = *calendar;
	struct yaml_node *root =
		parse("amends: cn-2026-1\n"
	              "years:\n"
	              "  - {year: 2026, rest: [2026-10-10, 2026-12-30]}\n"
	              "  - {year: 2027, rest: [2027-01-01]}\n"
	              "avoid: [{day: 2026-12-31, why: 年末}]\n");

	(void)state;
	assert_int_equal(calendar_amend(&folder.arena, root, &folder.problems, &amended),
	                 0);
	assert_false(calendar_is_workday(&amended, on("2026-10-10")));
	assert_false(calendar_is_workday(&amended, on("2026-12-30")));
	assert_true(calendar_is_avoided(&amended, on("2026-12-31")));
	assert_false(calendar_is_workday(&amended, on("2027-01-01")));
	assert_true(calendar_is_makeup(&amended, on("2026-09-20")));
	/* What others hold did not change under them. */
	assert_true(calendar_is_workday(calendar, on("2026-10-10")));
	assert_false(calendar_has_year(calendar, 2027));
}

static void test_what_is_wrong_in_a_calendar_is_told(void **state)
{
	static const struct {
		const char *text, *message;
		unsigned line, column;
	} cases[] = {
		{"years: []\n", "缺少“version”", 1, 1},
		{"version: x\nyear: 3\n", "“year”不认识", 2, 1},
		{"version: x\nyears:\n  - {year: 2022}\n  - {year: 2022}\n",
	         "2022年写了两次", 4, 5},
		{"version: x\nyears:\n  - {rest: []}\n", "缺少“year”", 3, 5},
		{"version: x\nyears:\n  - {year: 2022, rest: [2023-01-01]}\n",
	         "“2023-01-01”不在2022年之内", 3, 25},
		{"version: x\nyears:\n  - {year: 2022, rest: [2022-12-31 至 "
	         "2023-01-02]}\n",
	         "不在2022年之内", 3, 25},
		{"version: x\nyears:\n  - {year: 2022, rest: [2022-02-30]}\n",
	         "“2022-02-30”不是日期", 3, 25},
		{"version: x\nyears:\n  - {year: 2022, rest: [2022-02-03 至 "
	         "2022-02-01]}\n",
	         "不是日期", 3, 25},
		{"version: x\nyears:\n  - {year: 2022, work: [2022-10-10]}\n",
	         "2022-10-10是星期一", 3, 25},
		{"version: x\nyears:\n  - {year: 2022, rest: [2022-10-08], work: "
	         "[2022-10-08]}\n",
	         "不能既休息（rest）又上班（work）", 3, 45},
		{"version: x\nyears:\n  - {year: 2022, rest: [2022-10-05]}\navoid: "
	         "[{day: 2022-10-05, why: w}]\n",
	         "2022-10-05不是所列年份的工作日", 4, 15},
		{"version: x\nyears: 5\n", "“years”应当是列表", 2, 8},
		{"[]\n", "缺少“version”", 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct calendar wrong = {.version = "untouched"};
		const struct yaml_problem *problem;

		yaml_problems_init(&folder.problems, &folder.arena);
		assert_int_equal(calendar_read(&folder.arena, parse(cases[i].text),
		                               &folder.problems, &wrong),
		                 E_SYNTAX);
		problem = folder_find(&folder.problems, cases[i].message);
		if (problem == NULL)
			fail_msg("case %zu: no \"%s\"", i, cases[i].message);
		assert_int_equal(problem->place.line, cases[i].line);
		assert_int_equal(problem->place.column, cases[i].column);
		assert_string_equal(wrong.version, "untouched");
	}
}

static void test_instants_are_days_and_minutes_of_the_plan(void **state)
{
	char out[INSTANT_TEXT_MAX];
	int64_t instant = 0;

	(void)state;
	assert_int_equal(instant_parse("2022-10-08 17:30", 480, &instant), 0);
	assert_int_equal(instant, INT64_C(1665221400000));
	assert_int_equal(instant_day(instant, 480), on("2022-10-08"));
	assert_int_equal(instant_minute(instant, 480), 1050);
	instant_print(instant + 59999, 480, out);
	assert_string_equal(out, "2022-10-08 17:30");
	instant_print(-1, 0, out);
	assert_string_equal(out, "1969-12-31 23:59");
	assert_int_equal(instant_parse("2022-10-08", 480, &instant), 0);
	assert_int_equal(instant_minute(instant, 480), 0);
	instant = 5;
	assert_int_equal(instant_parse("2022-10-08 24:00", 480, &instant), E_SYNTAX);
	assert_int_equal(instant_parse("2022-10-08T17:30", 480, &instant), E_SYNTAX);
	assert_int_equal(instant_parse("2022-10-08 17:3", 480, &instant), E_SYNTAX);
	assert_int_equal(instant_parse("2022-10-08 ", 480, &instant), E_SYNTAX);
	assert_int_equal(instant_parse("", 480, &instant), E_SYNTAX);
	assert_int_equal(instant, 5);
}

static void test_an_absurd_instant_does_no_harm(void **state)
{
	char out[INSTANT_TEXT_MAX];

	(void)state;
	instant_print(INT64_MAX, 480, out);
	assert_memory_equal(out, "9999-12-31", 10);
	instant_print(INT64_MIN, -480, out);
	assert_memory_equal(out, "0001-01-01", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_are_counted_as_the_calendar_counts_them),
		cmocka_unit_test(test_a_day_that_does_not_exist_is_none),
		cmocka_unit_test(test_weekdays_and_dates_as_people_write_them),
		cmocka_unit_test(test_a_month_later_is_never_two_months_later),
		cmocka_unit_test(test_every_makeup_day_is_worked),
		cmocka_unit_test(test_each_year_has_the_working_days_of_the_notices),
		cmocka_unit_test(test_holidays_are_not_worked),
		cmocka_unit_test(test_working_days_are_added_over_a_long_holiday),
		cmocka_unit_test(test_adding_steps_over_every_makeup_day),
		cmocka_unit_test(test_workdays_between_are_the_inverse_of_adding),
		cmocka_unit_test(test_due_days_roll_forward_and_back),
		cmocka_unit_test(test_a_year_without_notice_is_estimated_and_says_so),
		cmocka_unit_test(test_an_amendment_changes_days_and_leaves_the_rest),
		cmocka_unit_test(test_what_is_wrong_in_a_calendar_is_told),
		cmocka_unit_test(test_instants_are_days_and_minutes_of_the_plan),
		cmocka_unit_test(test_an_absurd_instant_does_no_harm),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
