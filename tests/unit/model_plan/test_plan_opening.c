/*
 * 期初数 in a plan: one that is attributed to the wrong unit, day or indicator makes the
 * first report of a district look wrong, or its progress look like what it is not.
 */
#include "model/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "folder.h"

#define T2 "sample/tasks/2.yaml"

static const char openings[] =
	"section: 2\n"
	"openings:\n"
	"  - indicator: houses_started\n"
	"    on: 2022-05-31\n"
	"    units: {宁乡市: 31栋}\n"
	"  - indicator: communities_started\n"
	"    on: 2022-06-30\n"
	"    units:\n"
	"      望城区: {value: 38个, by: 丙, confirmed: 2022-07-20}\n"
	"      芙蓉区: 80个\n"
	"      天心区: 0个\n";

static void open_with(struct folder *folder)
{
	folder_open(folder, true);
	folder_edit(folder, T2, "section: 2\n", openings);
}

static const struct plan_opening *find(const struct plan *plan, const char *indicator,
                                       const char *unit)
{
	const struct plan_section *section = plan_find_section(plan, "2");

	return plan_find_opening(section, plan_find_indicator(section, indicator),
	                         plan_find_unit(plan, unit));
}

static void test_openings_are_found_by_indicator_and_unit(void **state)
{
	const struct plan_opening *opening;
	const struct plan *plan;
	struct folder folder;

	(void)state;
	open_with(&folder);
	plan = folder_good_plan(&folder);
	assert_int_equal(plan_find_section(plan, "2")->opening_count, 4);
	opening = find(plan, "communities_started", "望城区");
	assert_non_null(opening);
	assert_int_equal(opening->value.digits, 38);
	assert_int_equal(opening->on, day_of(2022, 6, 30));
	assert_string_equal(opening->confirmed_by, "丙");
	assert_int_equal(opening->confirmed_on, day_of(2022, 7, 20));
	assert_true(opening->sample);
	opening = find(plan, "houses_started", "宁乡市");
	assert_string_equal(opening->confirmed_by, "");
	assert_int_equal(opening->confirmed_on, DAY_NONE);
	assert_null(find(plan, "houses_started", "望城区"));
	assert_null(find(plan, "communities_finished", "望城区"));
	folder_close(&folder);
}

static void test_unconfirmed_openings_are_reminded_of(void **state)
{
	struct folder folder;

	(void)state;
	open_with(&folder);
	(void)folder_good_plan(&folder);
	assert_non_null(
		folder_find(&folder.warnings,
	                    "指标““十四五”累计开工小区”的期初数未确认：芙蓉区、天心区"));
	assert_null(folder_find(&folder.warnings, "期初数不计入完成数"));
	folder_close(&folder);
}

/* The target counts from 2021: what is there at its start is in it. */
static void test_whether_an_opening_counts_is_told(void **state)
{
	const struct plan *plan;
	struct folder folder;

	(void)state;
	open_with(&folder);
	folder_edit(&folder, "sections/2.yaml", "start: 2021-01-01", "start: 2022-07-01");
	folder_edit(&folder, T2, "      - {day: 2021-01-01, percent: 0.0}\n", "");
	for (int i = 0; i < 12; i++) /* the curve began earlier */
		folder_edit(&folder, T2, "      - {day: 202", "      # {day: 202");
	plan = folder_good_plan(&folder);
	assert_non_null(folder_find(&folder.warnings,
	                            "从期初数截止日以后起算：期初数不计入完成数"));
	assert_non_null(plan_uncounted(&plan_find_section(plan, "2")->targets[0],
	                               plan_find_unit(plan, "望城区")));
	folder_close(&folder);
}

static void test_what_is_wrong_with_openings_is_told(void **state)
{
	static const struct {
		const char *from, *to, *message, *at;
	} mistakes[] = {
		{"indicator: houses_started", "indicator: houses",
	         "没有编号为“houses”的指标", "indicator: houses\n"},
		{"indicator: houses_started", "indicator: start_rate",
	         "只有累计数和时点数有期初数，“开工率（按小区数）”是比率",
	         "indicator: start_rate"},
		{"on: 2022-06-30", "on: 2022-07-01",
	         "期初数的截止日应当在首期2022-07开始以前", "on: 2022-07-01"},
		{"on: 2022-06-30", "on: 上半年", "应当是存在的日期", "on: 上半年"},
		{"    on: 2022-06-30\n", "", "缺少“on”，例如 on: 2022-06-30",
	         "  - indicator: communities_started"},
		{"芙蓉区: 80个", "芙蓉区: 80户",
	         "期初数的单位是“户”，指标““十四五”累计开工小区”的单位是“个”：可用 个",
	         "芙蓉区: 80户"},
		{"芙蓉区: 80个", "芙容区: 80个", "没有叫“芙容区”的单位", "芙容区"},
		{"芙蓉区: 80个", "芙蓉区: 若干", "“若干”不是带单位的数", "芙蓉区: 若干"},
		{"天心区: 0个", "430112: 0个",
	         "“望城区”的““十四五”累计开工小区”期初数写了两次", "430112: 0个"},
		{"confirmed: 2022-07-20", "confirmed: 2022-06-20",
	         "确认的日期早于期初数的截止日", "confirmed: 2022-06-20"},
		{", confirmed: 2022-07-20", "", "缺少“confirmed”",
	         "望城区: {value: 38个"},
		{"by: 丙, ", "", "缺少“by”，例如 by: 张三", "望城区: {value: 38个"},
		{"    units: {宁乡市: 31栋}\n", "    units: [宁乡市]\n",
	         "“units”应当每行写“单位: 期初数”", "units: [宁乡市]"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const struct yaml_problem *problem;
		const struct plan *none = NULL;
		struct folder folder;

		open_with(&folder);
		folder_edit(&folder, T2, mistakes[i].from, mistakes[i].to);
		assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
		problem = folder_find(&folder.problems, mistakes[i].message);
		if (problem == NULL)
			fail_msg("not told: %s; but: %s", mistakes[i].message,
			         folder.problems.first->message);
		assert_string_equal(problem->place.file, T2);
		assert_int_equal(problem->place.line,
		                 folder_line(&folder, T2, mistakes[i].at));
		folder_close(&folder);
	}
}

/* 浏阳市 is not asked for the living circles. */
static void test_who_is_not_asked_has_no_opening(void **state)
{
	struct folder folder;
	const struct plan *none = NULL;

	(void)state;
	folder_open(&folder, true);
	folder_edit(
		&folder, "sample/tasks/4.yaml", "section: 4\n",
		"section: 4\nopenings:\n"
		"  - {indicator: circles_total, on: 2022-06-30, units: {浏阳市: 3个}}\n");
	assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
	assert_non_null(folder_find(&folder.problems,
	                            "“浏阳市”不填报这个板块（见 asked），没有期初数"));
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openings_are_found_by_indicator_and_unit),
		cmocka_unit_test(test_unconfirmed_openings_are_reminded_of),
		cmocka_unit_test(test_whether_an_opening_counts_is_told),
		cmocka_unit_test(test_what_is_wrong_with_openings_is_told),
		cmocka_unit_test(test_who_is_not_asked_has_no_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
