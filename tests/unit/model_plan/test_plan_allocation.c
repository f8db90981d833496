/*
 * A city-wide rounding is done once and shared out: rounding each district up gives 54
 * living circles where the plan asks for 49, and nobody can say whose are too many.
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

#define T4 "sample/tasks/4.yaml"

static const char typed[] = "    allocations:\n"
			    "      湘江新区（岳麓区）: 9个\n"
			    "      芙蓉区: 7个\n"
			    "      天心区: 7个\n"
			    "      开福区: 7个\n"
			    "      雨花区: 8个\n"
			    "      望城区: 6个\n"
			    "      长沙县: 5个\n"
			    "      浏阳市: 无任务\n"
			    "      宁乡市: 无任务\n";
/* 244 in all; a fifth of each is 8.8, 7.2, 7.0, 6.8, 8.0, 6.0, 5.0: 49 of 48.8. */
static const char shared[] = "    allocations:\n"
			     "      by_base:\n"
			     "        湘江新区（岳麓区）: 44个\n"
			     "        芙蓉区: 36个\n"
			     "        天心区: 35个\n"
			     "        开福区: 34个\n"
			     "        雨花区: 40个\n"
			     "        望城区: 30个\n"
			     "        长沙县: 25个\n"
			     "        浏阳市: 无任务\n"
			     "        宁乡市: 无任务\n";

static void open_with(struct folder *folder)
{
	folder_open(folder, true);
	folder_edit(folder, T4, typed, shared);
}

static void test_parts_are_whole_and_add_up(void **state)
{
	static const int64_t expected[] = {9, 7, 7, 7, 8, 6, 5, 0, 0};
	const struct plan_target *target;
	struct folder folder;
	int64_t sum = 0;

	(void)state;
	open_with(&folder);
	target = plan_find_target(plan_find_section(folder_good_plan(&folder), "4"),
	                          "circles_2022");
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_int_equal(target->allocations[i].value.digits, expected[i]);
		assert_int_equal(target->allocations[i].no_task, expected[i] == 0);
		sum += target->allocations[i].value.digits;
	}
	assert_int_equal(sum, 49);
	folder_close(&folder);
}

/* Whatever the bases are, the parts are the city's number, and nobody's is more than one
 * away from his exact share. */
static void test_any_bases_are_shared_out_exactly(void **state)
{
	(void)state;
	for (int shift = 0; shift <= 33; shift++) {
		const struct plan_target *target;
		struct folder folder;
		int64_t sum = 0;

		open_with(&folder);
		folder_edit(&folder, T4, "芙蓉区: 36个",
		            arena_printf(&folder.arena, "芙蓉区: %d个", 36 + shift));
		folder_edit(&folder, T4, "开福区: 34个",
		            arena_printf(&folder.arena, "开福区: %d个", 34 - shift));
		target = plan_find_target(plan_find_section(folder_good_plan(&folder),
		                                            "4"),
		                          "circles_2022");
		for (size_t i = 0; i < 9; i++)
			sum += target->allocations[i].value.digits;
		assert_int_equal(sum, 49);
		assert_in_range(target->allocations[1].value.digits,
		                (36 + shift) * 49 / 244, (36 + shift) * 49 / 244 + 1);
		folder_close(&folder);
	}
}

/* Too small a base comes to nothing: asked for nothing, in no denominator. */
static void test_what_comes_to_nothing_is_no_task(void **state)
{
	const struct plan_target *target;
	struct folder folder;

	(void)state;
	open_with(&folder);
	folder_edit(&folder, T4, "长沙县: 25个", "长沙县: 1个");
	folder_edit(&folder, T4, "望城区: 30个", "望城区: 54个");
	target = plan_find_target(plan_find_section(folder_good_plan(&folder), "4"),
	                          "circles_2022");
	assert_true(target->allocations[6].no_task);
	folder_close(&folder);
}

static void test_bases_that_do_not_fit_are_told(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} mistakes[] = {
		{"长沙县: 25个", "长沙县: 26个",
	         "各单位基数合计245个，目标的基数（base）是244个：应当相等"},
		{"长沙县: 25个", "长沙县: 2.5个",
	         "按基数分摊的，目标和各单位的基数都应当是整数"},
		{"长沙县: 25个", "长沙县: 25户", "“长沙县”的任务数单位是“户”"},
		{"        长沙县: 25个\n", "", "任务分解缺“长沙县”"},
		{"        浏阳市: 无任务\n", "        浏阳市: 2个\n",
	         "“浏阳市”不填报这个板块（见 asked），只能写“无任务”"},
		{"      by_base:\n", "      芙蓉区: 7个\n      by_base:\n",
	         "写了 by_base（按基数分摊），就不再单写各单位的任务数"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const struct plan *none = NULL;
		struct folder folder;

		open_with(&folder);
		folder_edit(&folder, T4, mistakes[i].from, mistakes[i].to);
		assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
		if (folder_find(&folder.problems, mistakes[i].message) == NULL)
			fail_msg("not told: %s; but: %s", mistakes[i].message,
			         folder.problems.first->message);
		folder_close(&folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_are_whole_and_add_up),
		cmocka_unit_test(test_any_bases_are_shared_out_exactly),
		cmocka_unit_test(test_what_comes_to_nothing_is_no_task),
		cmocka_unit_test(test_bases_that_do_not_fit_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
