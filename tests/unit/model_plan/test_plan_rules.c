/*
 * The rules of a plan: a rule that is read otherwise than it was written refuses true
 * reports, or lets contradictions pass.
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

static const struct plan_rule *rule(const struct plan *of, const char *section,
                                    const char *id)
{
	const struct plan_section *in = plan_find_section(of, section);

	for (size_t i = 0; i < in->rule_count; i++)
		if (strcmp(in->rules[i].id, id) == 0)
			return &in->rules[i];
	fail_msg("there is no rule %s", id);
	return NULL;
}

static void test_finished_is_never_more_than_started(void **state)
{
	const struct plan_rule *of = rule(plan, "2", "R-2-03");

	(void)state;
	assert_int_equal(of->kind, RULE_COMPARE);
	assert_int_equal(of->severity, SEVERITY_REFUSAL);
	assert_int_equal(of->op, OP_LE);
	assert_int_equal(of->left_count, 1);
	assert_string_equal(of->left[0].indicator->id, "communities_finished");
	assert_string_equal(of->right[0].indicator->id, "communities_started");
	assert_string_equal(of->text, "完工数≤开工数");
	assert_string_equal(of->causes, "两行填反，或开工数漏报");
}

/* Started > planned was 100.9 % of the country in 2022: true figures are not refused. */
static void test_what_can_be_true_asks_for_a_reason_only(void **state)
{
	static const char *const ids[][2] = {{"2", "R-2-30"}, {"1", "R-1-30"},
	                                     {"1", "R-1-31"}, {"1", "R-1-32"},
	                                     {"2", "R-2-50"}, {"3", "R-3-51"},
	                                     {"4", "R-4-50"}, {"5", "R-5-30"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_int_equal(rule(plan, ids[i][0], ids[i][1])->severity,
		                 SEVERITY_REASON);
	assert_int_equal(rule(plan, "1", "R-1-60")->severity, SEVERITY_NOTICE);
	assert_int_equal(rule(plan, "1", "R-1-60")->factor, 30);
	assert_int_equal(rule(plan, "3", "R-3-62")->periods, 2);
}

static void test_all_is_one_rule_for_each_indicator_of_the_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *in = &plan->sections[i];
		size_t rules = 0, indicators = 0;

		for (size_t j = 0; j < in->rule_count; j++)
			rules += in->rules[j].kind == RULE_NEVER_FALLS;
		for (size_t j = 0; j < in->indicator_count; j++)
			indicators += in->indicators[j].kind == INDICATOR_CUMULATIVE;
		assert_int_equal(rules, indicators);
	}
}

static void test_terms_have_signs_factors_and_constants(void **state)
{
	struct folder other;
	const struct plan_rule *of;

	(void)state;
	folder_open(&other, true);
	folder_edit(
		&other, "sections/2.yaml", "communities_finished <= communities_started",
		"\"- communities_basic + 2 communities_finished - 3 communities_accepted "
		"≥ 100个 - communities_started\"");
	of = rule(folder_good_plan(&other), "2", "R-2-03");
	assert_int_equal(of->left_count, 3);
	assert_int_equal(of->right_count, 2);
	assert_int_equal(of->op, OP_GE);
	assert_int_equal(of->left[0].coefficient, -1);
	assert_int_equal(of->left[1].coefficient, 2);
	assert_int_equal(of->left[2].coefficient, -3);
	assert_string_equal(of->left[2].indicator->id, "communities_accepted");
	assert_null(of->right[0].indicator);
	assert_int_equal(of->right[0].constant.digits, 100);
	assert_int_equal(of->right[1].coefficient, -1);
	folder_close(&other);
}

static void test_every_comparison_is_over_one_kind_of_thing(void **state)
{
	(void)state;
	assert_int_equal(rule(plan, "1", "R-1-32")->left[0].coefficient, 5);
	assert_int_equal(rule(plan, "2", "R-2-06")->left_count, 6);
	assert_int_equal(rule(plan, "2", "R-2-33")->right[0].coefficient, 20);
}

static void test_what_is_wrong_in_a_comparison_is_told(void **state)
{
	static const struct {
		const char *check, *message;
	} cases[] = {
		{"communities_done <= communities_started",
	         "“communities_done”不是这个板块"},
		{"communities_finished<=communities_started", "各部分用空格隔开"},
		{"communities_finished", "缺少比较符"},
		{"communities_finished <=", "不完整"},
		{"<= communities_started", "不是这个板块的指标编号"},
		{"0个 <= communities_finished <= communities_started <= 5个",
	         "比较符太多，最多两个"},
		{"5个 <= communities_finished >= 3个", "两个比较符应当同向"},
		{"5个 = communities_finished <= 6个", "两个比较符应当同向"},
		{"communities_finished <= target:areas", "“areas”不是这个板块的目标编号"},
		{"communities_finished <= target:pre2001", "还没有指标和数值"},
		{"communities_finished <= target:households", "不是同一种量"},
		{"communities_finished <= target:communities", NULL},
		{"0个 <= communities_finished <= communities_started", NULL},
		{"communities_finished communities_started <= 5个", "应当用 + 或 - 连接"},
		{"communities_finished <= 5", "没有单位"},
		{"communities_finished <= 5头", "单位“头”不认识"},
		{"communities_finished <= 5.5.5个", "“5.5.5”不能用"},
		{"communities_finished <= households_started", "不是同一种量"},
		{"communities_finished <= 5栋", "不是同一种量"},
		{"20 communities_finished <= investment_done", "不是同一种量"},
		{"0 communities_finished <= 5个", "系数应当是1至1000000的整数"},
		{"start_rate <= 100%", "用了比率"},
		{"5个 <= 6个", "里没有指标"},
		{"area_planned_year <= houses_listed_area", NULL},
		{"houses_listed_area <= 5平方公里", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct yaml_problem *problem;
		struct folder other;
		const struct plan *none = NULL;

		folder_open(&other, true);
		folder_edit(&other, "sections/2.yaml",
		            "communities_finished <= communities_started",
		            cases[i].check);
		if (cases[i].message == NULL) {
			(void)folder_good_plan(&other);
		} else {
			assert_int_equal(folder_plan(&other, &none), E_SYNTAX);
			problem = folder_find(&other.problems, cases[i].message);
			if (problem == NULL)
				fail_msg("case %zu: %s", i,
				         other.problems.first->message);
			assert_int_equal(
				problem->place.line,
				folder_line(&other, "sections/2.yaml", "id: R-2-03") + 2);
			assert_int_equal(problem->place.column, 12);
		}
		folder_close(&other);
	}
}

/* A chain is two rules about what stands in the middle. */
static void test_a_chain_is_told_of_its_middle(void **state)
{
	const struct plan_section *in = plan_find_section(plan, "2");
	const struct plan_rule *first = rule(plan, "2", "R-2-33"), *second = first + 1;

	(void)state;
	assert_true(second < in->rules + in->rule_count);
	assert_string_equal(second->id, "R-2-33");
	assert_string_equal(first->left[0].indicator->id, "households_started");
	assert_int_equal(first->op, OP_GE);
	assert_int_equal(first->right[0].coefficient, 20);
	assert_string_equal(second->left[0].indicator->id, "households_started");
	assert_int_equal(second->op, OP_LE);
	assert_int_equal(second->right[0].coefficient, 1500);
}

/* What the office is told of the city's sums, and what each unit is told of its own. */
static void test_rules_of_the_city_and_of_tasks(void **state)
{
	const struct plan_rule *sum = rule(plan, "2", "R-2-90");
	const struct plan_rule *rest = rule(plan, "2", "R-2-64");
	const struct plan_rule *still = rule(plan, "5", "R-5-70");

	(void)state;
	assert_int_equal(sum->scope, SCOPE_CITY);
	assert_int_equal(sum->missing, MISSING_SKIP_ANY);
	assert_string_equal(sum->right[0].target->id, "communities");
	assert_int_equal(rest->kind, RULE_HOCKEY_STICK);
	assert_int_equal(rest->factor, 30);
	assert_int_equal(rest->periods, 3);
	assert_string_equal(rest->target->id, "communities");
	assert_string_equal((rest + 1)->target->id, "households");
	assert_int_equal(rule(plan, "2", "R-2-62")->factor, 50);
	assert_int_equal(still->kind, RULE_NO_CHANGE);
	assert_int_equal(still->severity, SEVERITY_REASON);
	assert_int_equal(still->periods, 3);
}

/* 更新面积 and 更新占地面积 are both areas, and never compared. */
static void test_areas_of_two_kinds_are_not_compared(void **state)
{
	struct folder other;
	const struct plan *none = NULL;

	(void)state;
	folder_open(&other, true);
	folder_edit(&other, "sections/1.yaml", "demolished_area <= existing_area",
	            "renewed_area <= site_area_started");
	assert_int_equal(folder_plan(&other, &none), E_SYNTAX);
	assert_non_null(
		folder_find(&other.problems, "口径不同（更新面积，占地面积），不能比较"));
	folder_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finished_is_never_more_than_started),
		cmocka_unit_test(test_what_can_be_true_asks_for_a_reason_only),
		cmocka_unit_test(test_all_is_one_rule_for_each_indicator_of_the_kind),
		cmocka_unit_test(test_terms_have_signs_factors_and_constants),
		cmocka_unit_test(test_every_comparison_is_over_one_kind_of_thing),
		cmocka_unit_test(test_what_is_wrong_in_a_comparison_is_told),
		cmocka_unit_test(test_a_chain_is_told_of_its_middle),
		cmocka_unit_test(test_rules_of_the_city_and_of_tasks),
		cmocka_unit_test(test_areas_of_two_kinds_are_not_compared),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
