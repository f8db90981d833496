/*
 * What changed between two versions of a plan: the office signs for a change by these
 * lines, so none may be missing, and none may be there that is no change.
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

struct edit {
	const char *file, *from, *to;
};

static struct folder folder;
static const struct plan *plan;

static int set_up(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

/* The edits make exactly these lines, in this order; @lines ends with NULL. */
static void check_diff(const struct edit *edits, size_t count, const char *const *lines)
{
	struct plan_change *changes = NULL;
	struct folder other;
	size_t i = 0;

	folder_open(&other, true);
	for (size_t j = 0; j < count; j++)
		folder_edit(&other, edits[j].file, edits[j].from, edits[j].to);
	assert_int_equal(
		plan_diff(&other.arena, plan, folder_good_plan(&other), &changes), 0);
	for (; changes != NULL; changes = changes->next) {
		if (lines[i] == NULL)
			fail_msg("one line too many: %s", changes->text);
		assert_string_equal(changes->text, lines[i++]);
	}
	assert_null(lines[i]);
	folder_close(&other);
}

static void test_the_same_plan_has_no_changes(void **state)
{
	const char *const none[] = {NULL};
	const struct edit comment = {"units.yaml", "# 填报单位", "# 各填报单位"};

	(void)state;
	check_diff(NULL, 0, none);
	check_diff(&comment, 1, none);
}

static void test_a_changed_target_and_its_parts(void **state)
{
	const struct edit edits[] = {
		{"sections/2.yaml", "value: 1816个", "value: 1820个"},
		{"sample/tasks/2.yaml", "望城区: 130个", "望城区: 134个"}};
	const char *const lines[] = {
		"~ 二 targets[communities].value: 1816个 → 1820个",
		"~ 二 targets[communities].allocations[望城区].value: "
		"130个（示例数据） → 134个（示例数据）",
		NULL};

	(void)state;
	check_diff(edits, ARRAY_LEN(edits), lines);
}

static void test_changes_stand_in_the_order_of_the_plan(void **state)
{
	const struct edit edits[] = {
		{"sections/5.yaml", "value: 49公里", "value: 50公里"},
		{"sample/schedule.yaml", "lock: 4", "lock: 5"},
		{"sample/scoring.yaml", "late: 2,", "late: 2.5,"},
		{"plan.yaml", "issued: \"\"", "issued: 2022-06-30"},
		{"sections/2.yaml", "check: communities_finished <= communities_started",
	         "check: 2 communities_finished < communities_started + 5个"},
		{"calendar/cn-2022-2026.yaml", "      - 2022-12-31\n", ""}};
	const char *const lines[] = {
		"~ issued: （无） → 2022-06-30",
		"~ schedule.lock: 4个工作日 → 5个工作日",
		"~ scoring.late: 2.00分 → 2.50分",
		"- calendar.2022-12-31: 休息",
		"~ 二 rules[R-2-03].check: communities_finished <= communities_started → "
		"2 communities_finished < communities_started + 5个",
		"~ 五 baselines[历史步道].value: 49公里 → 50公里",
		NULL};

	(void)state;
	check_diff(edits, ARRAY_LEN(edits), lines);
}

static void test_what_is_new_or_gone_is_one_line(void **state)
{
	const struct edit edits[] = {
		{"sections/4.yaml", "    readings:\n      - word: 50%居住社区",
	         "    readings:\n      - {word: 目标, strict: 甲, loose: 乙}\n"
	         "      - word: 50%居住社区"},
		{"sections/3.yaml", "  - {name: 56个棚改项目总土地面积, value: 5127亩",
	         "  - {name: 56个棚改项目土地, value: 5127亩"}};
	const char *const lines[] = {"- 三 baselines[56个棚改项目总土地面积]: "
	                             "56个棚改项目总土地面积",
	                             "+ 三 baselines[56个棚改项目土地]: 56个棚改项目土地",
	                             "+ 四 targets[circles_2026].readings[目标]", NULL};

	(void)state;
	check_diff(edits, ARRAY_LEN(edits), lines);
}

/* The sample overlay is a large change: everything that it adds is told. */
static void test_adding_the_sample_is_told(void **state)
{
	struct plan_change *changes = NULL;
	struct folder bare;
	size_t schedule = 0, parts = 0, gone = 0;

	(void)state;
	folder_open(&bare, false);
	assert_int_equal(plan_diff(&bare.arena, folder_good_plan(&bare), plan, &changes),
	                 0);
	for (; changes != NULL; changes = changes->next) {
		schedule += strncmp(changes->text, "~ schedule.", 11) == 0;
		parts += strstr(changes->text, ".allocations[") != NULL;
		gone += changes->text[0] == '-';
	}
	assert_int_equal(schedule, 6); /* the frequency is the same */
	assert_int_equal(parts, 10 * 9);
	assert_int_equal(gone, 0);
	folder_close(&bare);
}

static void test_without_memory_nothing_is_told(void **state)
{
	struct plan_change *changes = NULL;
	size_t limit = 1024;
	int r = E_NOMEM;

	(void)state;
	for (; r == E_NOMEM; limit += limit / 3) {
		struct arena arena;

		assert_null(changes);
		arena_init(&arena, limit);
		r = plan_diff(&arena, plan, plan, &changes);
		arena_finish(&arena);
	}
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_plan_has_no_changes),
		cmocka_unit_test(test_a_changed_target_and_its_parts),
		cmocka_unit_test(test_changes_stand_in_the_order_of_the_plan),
		cmocka_unit_test(test_what_is_new_or_gone_is_one_line),
		cmocka_unit_test(test_adding_the_sample_is_told),
		cmocka_unit_test(test_without_memory_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
