/*
 * 任务调整: a bureau changes a task by a paper of its own. A light of last year must not
 * change for it, this year's must; and a change that was written for other figures than
 * those that hold would quietly judge a district by the wrong task.
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
#include "model/light.h"
#include "model/wording.h"

#define T2 "sample/tasks/2.yaml"

static const char allocations[] = "    allocations:\n      湘江新区（岳麓区）: 280个\n";
/* 望城区 takes 20 more, ten of them from 芙蓉区, from 2023 on; then later and longer. */
static const char changes[] = "    changes:\n"
			      "      - {unit: 望城区, from: 2023-01-01, basis: 甲字1号, "
			      "before: 130个, after: 150个}\n"
			      "      - {unit: 芙蓉区, from: 2023-01-01, basis: 甲字1号, "
			      "before: 260个, after: 250个}\n"
			      "      - {unit: 全市, from: 2023-01-01, basis: 甲字1号, "
			      "before: 1816个, after: 1826个}\n"
			      "      - unit: 全市\n"
			      "        from: 2024-06-01\n"
			      "        basis: 乙字2号\n"
			      "        why: 推迟一年\n"
			      "        before: {value: 1826个, deadline: 2025-12-31}\n"
			      "        after: {value: 1826个, deadline: 2026-12-31}\n"
			      "      - unit: 宁乡市\n"
			      "        from: 2024-06-01\n"
			      "        basis: 乙字2号\n"
			      "        before: 100个\n"
			      "        after: 无任务\n"
			      "      - {unit: 浏阳市, from: 2024-06-01, basis: 乙字2号, "
			      "before: 110个, after: 210个}\n";

static void open_with(struct folder *folder, const char *text)
{
	const char *before;

	folder_open(folder, true);
	before = arena_printf(&folder->arena, "%s%s", text, allocations);
	folder_edit(folder, T2, allocations, before);
}

/* As people write it: after the parts, or before them; the order of keys is free. */
static const struct plan *adjusted(struct folder *folder)
{
	open_with(folder, changes);
	return folder_good_plan(folder);
}

static const struct plan_target *communities(const struct plan *plan)
{
	return plan_find_target(plan_find_section(plan, "2"), "communities");
}

static void assert_part(const struct plan *plan, const char *unit, day on,
                        const char *expected)
{
	const struct plan_allocation *part =
		plan_part_on(communities(plan), plan_find_unit(plan, unit), on);
	char text[QUANTITY_TEXT_MAX] = "无任务";

	assert_non_null(part);
	if (!part->no_task)
		quantity_print(&part->value, text);
	assert_string_equal(text, expected);
}

static void test_what_holds_is_what_was_given_and_every_change_up_to_the_day(void **state)
{
	struct folder folder;
	const struct plan *plan = adjusted(&folder);
	const struct plan_target *target = communities(plan);
	struct quantity whole;

	(void)state;
	assert_int_equal(target->adjustment_count, 6);
	assert_part(plan, "望城区", day_of(2022, 12, 31), "130个");
	assert_part(plan, "望城区", day_of(2023, 1, 1), "150个");
	assert_part(plan, "望城区", day_of(2026, 1, 1), "150个");
	assert_part(plan, "芙蓉区", day_of(2023, 1, 31), "250个");
	assert_part(plan, "宁乡市", day_of(2024, 5, 31), "100个");
	assert_part(plan, "宁乡市", day_of(2024, 6, 1), "无任务");
	assert_part(plan, "雨花区", day_of(2026, 1, 1), "300个");
	whole = plan_value_on(target, day_of(2022, 12, 31));
	assert_int_equal(whole.digits, 1816);
	whole = plan_value_on(target, day_of(2023, 1, 1));
	assert_int_equal(whole.digits, 1826);
	assert_int_equal(target->value.digits, 1816); /* the document's own stays */
	folder_close(&folder);
}

static void test_a_date_that_nobody_wrote_follows_the_city(void **state)
{
	struct folder folder;
	const struct plan *plan = adjusted(&folder);
	const struct plan_target *target = communities(plan);
	const struct plan_unit *unit = plan_find_unit(plan, "望城区");

	(void)state;
	assert_int_equal(plan_deadline_on(target, unit, day_of(2024, 5, 31)),
	                 day_of(2025, 12, 31));
	assert_int_equal(plan_deadline_on(target, unit, day_of(2024, 6, 1)),
	                 day_of(2026, 12, 31));
	assert_int_equal(plan_deadline_on(target, NULL, day_of(2024, 6, 1)),
	                 day_of(2026, 12, 31));
	assert_int_equal(target->deadline, day_of(2025, 12, 31));
	folder_close(&folder);
}

static struct bytes light_of(struct arena *arena, const struct plan *plan,
                             const struct period *period)
{
	static const struct quantity done = {.digits = 70, .scale = 0};
	struct figure figure = {"communities_started", done, ""};
	struct light_inputs inputs = {
		.plan = plan,
		.plan_version = 1,
		.unit = plan_find_unit(plan, "望城区"),
		.target = communities(plan),
		.period = *period,
		.number = "2022-09-430112-02-0001",
		.evidence = {.figures = &figure, .figure_count = 1},
		.before_period = "",
	};
	struct light_record record;
	struct bytes bytes;

	figure.value.unit = unit_find("个");
	assert_int_equal(light_judge(arena, &inputs, &record), 0);
	assert_int_equal(light_encode(arena, &record, &bytes), 0);
	return bytes;
}

/* Judged again under the plan that has the change: to the byte, until the change counts.
 */
static void test_lights_before_a_change_stay_as_they_are(void **state)
{
	static const struct period before = {MONTHLY, 2022, 12},
				   after = {MONTHLY, 2023, 1};
	struct folder folder, original;
	const struct plan *plan = adjusted(&folder), *first;

	(void)state;
	folder_open(&original, true);
	first = folder_good_plan(&original);
	assert_true(bytes_equal(light_of(&folder.arena, plan, &before),
	                        light_of(&folder.arena, first, &before)));
	assert_false(bytes_equal(light_of(&folder.arena, plan, &after),
	                         light_of(&folder.arena, first, &after)));
	folder_close(&original);
	folder_close(&folder);
}

static void test_a_change_can_be_said_in_a_sentence(void **state)
{
	struct folder folder;
	const struct plan *plan = adjusted(&folder);
	const struct plan_target *target = communities(plan);
	struct arena *arena = &folder.arena;

	(void)state;
	assert_string_equal(wording_adjusted(arena, target,
	                                     plan_find_unit(plan, "望城区"),
	                                     day_of(2022, 12, 31)),
	                    "");
	assert_string_equal(
		wording_adjusted(arena, target, plan_find_unit(plan, "望城区"),
	                         day_of(2023, 1, 31)),
		"任务自2023年1月1日起由130个调整为150个（依据：甲字1号；示例数据）");
	assert_string_equal(
		wording_adjusted(arena, target, NULL, day_of(2024, 6, 30)),
		"任务自2024年6月1日起调整：任务数1826个不变，期限由2025年12月31日调整为"
		"2026年12月31日（依据：乙字2号；推迟一年；示例数据）");
	assert_string_equal(
		wording_adjusted(arena, target, plan_find_unit(plan, "宁乡市"),
	                         day_of(2024, 6, 30)),
		"任务自2024年6月1日起由100个调整为无任务（依据：乙字2号；示例数据）");
	folder_close(&folder);
}

static void test_a_change_that_does_not_fit_is_told(void **state)
{
	static const struct {
		const char *from, *to, *message, *at;
	} mistakes[] = {
		{"before: 130个", "before: 120个",
	         "“望城区”在调整以前的任务数是130个，这里写的是120个：应当一致",
	         "before: 120个"},
		{"before: 130个", "before: 无任务",
	         "“望城区”在调整以前的任务数是130个，这里写的是“无任务”",
	         "before: 无任务"},
		{"after: 150个}", "after: 130个}",
	         "“望城区”的任务数和期限前后相同：没有调整", "after: 130个}"},
		{"after: 150个}", "after: 160个}",
	         "调整后自2023-01-01起各单位任务数合计1836个，全市目标是1826个：应当相等",
	         "unit: 全市, from: 2023"},
		{"after: 210个}", "after: 200个}",
	         "调整后自2024-06-01起各单位任务数合计1816个", "unit: 浏阳市"},
		{"unit: 芙蓉区, from: 2023-01-01", "unit: 芙蓉区, from: 2022-12-01",
	         "任务调整按起算日从早到晚写：这一项早于上一项",
	         "unit: 芙蓉区, from: 2022"},
		{"unit: 芙蓉区, from", "unit: 望城区, from",
	         "“望城区”同一天调整了两次：合成一项写",
	         "unit: 望城区, from: 2023-01-01, basis: 甲字1号, before: 260个"},
		{"unit: 芙蓉区, from", "unit: 芙容区, from", "没有叫“芙容区”的单位",
	         "unit: 芙容区"},
		{"basis: 甲字1号, before: 130个", "before: 130个",
	         "缺少“basis”，例如 basis: 长人环函〔2023〕3号", "unit: 望城区, from"},
		{"from: 2023-01-01, basis: 甲字1号, before: 130个",
	         "from: 2023-02-30, basis: 甲字1号, before: 130个", "应当是存在的日期",
	         "from: 2023-02-30"},
		{"after: 150个}", "after: 150户}",
	         "“望城区”的任务数单位是“户”，指标的单位是“个”", "after: 150户}"},
		{"after: 1826个}", "after: 无任务}", "“无任务”不是带单位的数",
	         "after: 无任务}"},
		{"{value: 1826个, deadline: 2025-12-31}",
	         "{value: 1826个, deadline: 2025-06-30}",
	         "“全市”在调整以前的期限是2025-12-31，与这里写的不一致",
	         "deadline: 2025-06-30"},
		{"after: 150个}", "after: {value: 150个, deadline: 2026-06-30}}",
	         "调整后自2023-01-01起“望城区”的期限晚于全市的期限",
	         "unit: 全市, from: 2023"},
		{"after: 210个}", "afer: 210个}", "“afer”不认识，是不是“after”？",
	         "afer:"},
		{"      望城区: 130个\n", "", "任务分解缺“望城区”", "    allocations:"},
		{"      - {unit: 望城区, from",
	         "      - 望城区\n      - {unit: 望城区, from", "应当由“键: 值”组成",
	         "      - 望城区\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const struct yaml_problem *problem;
		const struct plan *none = NULL;
		struct folder folder;

		open_with(&folder, changes);
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

/* Parts that do not add up may be meant: the note that says why is the target's. */
static void test_a_note_lets_the_sum_differ(void **state)
{
	struct folder folder;

	(void)state;
	open_with(&folder, changes);
	folder_edit(&folder, T2, "after: 150个}", "after: 160个}");
	folder_edit(&folder, T2, "  - id: communities\n",
	            "  - id: communities\n    split_note: 望城区自行加压10个\n");
	(void)folder_good_plan(&folder);
	folder_close(&folder);
}

static void test_what_is_not_split_cannot_be_changed(void **state)
{
	struct folder folder;
	const struct plan *none = NULL;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, T2, "  - id: pre2001\n",
	            "  - id: pre2001\n"
	            "    changes:\n"
	            "      - {unit: 全市, from: 2023-01-01, basis: 甲字1号, before: 1个, "
	            "after: 2个}\n");
	assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
	assert_non_null(folder_find(&folder.problems,
	                            "还没有分解任务（allocations），没有可以调整的"));
	folder_close(&folder);
}

static void test_a_change_is_seen_in_the_difference_of_two_plans(void **state)
{
	struct plan_change *changes_found = NULL;
	struct folder folder, original;
	const struct plan *plan = adjusted(&folder), *first;
	bool found = false;

	(void)state;
	folder_open(&original, true);
	first = folder_good_plan(&original);
	assert_int_equal(plan_diff(&folder.arena, first, plan, &changes_found), 0);
	for (; changes_found != NULL; changes_found = changes_found->next)
		found = found || strcmp(changes_found->text,
		                        "+ 二 targets[communities].changes[2023-01-01 "
		                        "望城区]: 甲字1号") == 0;
	assert_true(found);
	folder_close(&original);
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_what_holds_is_what_was_given_and_every_change_up_to_the_day),
		cmocka_unit_test(test_a_date_that_nobody_wrote_follows_the_city),
		cmocka_unit_test(test_lights_before_a_change_stay_as_they_are),
		cmocka_unit_test(test_a_change_can_be_said_in_a_sentence),
		cmocka_unit_test(test_a_change_that_does_not_fit_is_told),
		cmocka_unit_test(test_a_note_lets_the_sum_differ),
		cmocka_unit_test(test_what_is_not_split_cannot_be_changed),
		cmocka_unit_test(test_a_change_is_seen_in_the_difference_of_two_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
