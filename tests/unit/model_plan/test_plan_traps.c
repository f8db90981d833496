/*
 * Where a careless reader of the notice would go wrong. One test for each trap:
 *
 *	words that hedge, and what binds  test_plan_overlay.c, ..._striven_for_...
 *	力取2024年前                      test_plan_overlay.c
 *	15 areas that were under way      test_the_fifteen_areas_...
 *	更新面积, 更新占地面积            test_two_kinds_..., and test_plan_rules.c
 *	units that differ, 亩 exact       test_units_within_a_section_..., test_quantity.c
 *	a baseline is no progress         test_what_counts_from_another_year_...,
 *	                                  test_opening.c
 *	baselines without an as-of date   test_baselines_say_what_span_...
 *	开（完）工 means started          test_started_houses_hold_..., ..._dangerous_...
 *	20 % of 244, rounded once         test_a_share_is_rounded_up_once_...
 *	50 % of what                      test_half_of_what_is_a_reading
 *	无任务                            ..._have_no_part_..., test_board_figures.c
 *	a target without a date           test_the_fifteen_areas_..., test_progress.c
 *	the order of units, who leads     test_plan_real.c
 *	what is not a number              test_a_share_without_a_base_...
 *	the 8 new villages                test_the_eight_new_villages_...
 *	what the notice does not give     test_plan_overlay.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "real.h"

/* 20 % of 244 is 48.8: rounding seven districts up could give 54. */
static void test_a_share_is_rounded_up_once_for_the_city(void **state)
{
	const struct plan_target *of = target(plan, "4", "circles_2022");
	struct quantity sum = {.unit = unit_find("个")};

	(void)state;
	assert_true(of->is_share);
	assert_value(&of->base, "244个");
	assert_int_equal(of->share_tenths, 200);
	assert_value(&of->value, "49个");
	for (size_t i = 0; i < plan->unit_count; i++)
		if (!of->allocations[i].no_task)
			assert_int_equal(
				quantity_add(&sum, &of->allocations[i].value, &sum), 0);
	assert_value(&sum, "49个");
}

/* 六区一县: asked for nothing, so no zero is ever reported for them. */
static void test_liuyang_and_ningxiang_have_no_part_in_the_living_circles(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->unit_count; i++) {
		bool asked = i < 7;

		assert_int_equal(section(plan, "4")->asked[i], asked);
		assert_int_equal(
			target(plan, "4", "circles_2026")->allocations[i].no_task,
			!asked);
		assert_true(section(plan, "2")->asked[i]);
	}
}

/* 15 areas were under way on the day of issue: a light on them would always be green. */
static void test_the_fifteen_areas_have_no_light_and_a_warning(void **state)
{
	const struct plan_target *of = target(plan, "1", "areas");

	(void)state;
	assert_int_equal(of->curve, CURVE_NONE);
	assert_int_equal(of->deadline, DAY_NONE);
	assert_non_null(folder_find(&folder.warnings, "发文时的底数已经达到"));
	assert_int_equal(target(plan, "1", "investment")->curve, CURVE_LINE);
	assert_int_equal(target(plan, "1", "site_area")->curve, CURVE_LINE);
}

static void test_two_kinds_of_renewed_area_are_two_indicators(void **state)
{
	const struct plan_indicator *site = target(plan, "1", "site_area")->indicator;
	const struct plan_indicator *renewed = baseline("1", "更新面积")->indicator;

	(void)state;
	assert_ptr_not_equal(site, renewed);
	assert_string_not_equal(site->measure, renewed->measure);
	assert_string_equal(site->unit->name, "平方公里");
	assert_string_equal(renewed->unit->name, "万平方米");
}

/* 1,270 count from 2019, the 1,816 from 2021. */
static void test_what_counts_from_another_year_is_no_opening_of_the_target(void **state)
{
	(void)state;
	assert_null(baseline("2", "实施改造城镇老旧小区")->indicator);
	assert_null(baseline("2", "实施改造城镇老旧小区惠及居民")->indicator);
	assert_int_equal(target(plan, "2", "communities")->start, day_of(2021, 1, 1));
}

static void test_dangerous_houses_are_watched_and_have_no_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < section(plan, "2")->target_count; i++)
		assert_ptr_not_equal(section(plan, "2")->targets[i].indicator,
		                     baseline("2", "开（完）工城镇危旧房屋")->indicator);
	assert_non_null(folder_find(&folder.warnings,
	                            "（已开工累计，含完工）”有底数、没有目标：仅监测"));
}

static bool names(const struct plan_term *terms, size_t count, const char *indicator)
{
	for (size_t i = 0; i < count; i++)
		if (terms[i].indicator != NULL &&
		    strcmp(terms[i].indicator->id, indicator) == 0)
			return true;
	return false;
}

/* 1,064 of 1,262 are started, the finished among them: nobody adds the two. */
static void test_started_houses_hold_the_finished_ones(void **state)
{
	const struct plan_section *in = section(plan, "2");
	bool bounded = false;

	(void)state;
	for (size_t i = 0; i < in->rule_count; i++) {
		const struct plan_rule *rule = &in->rules[i];
		bool left = names(rule->left, rule->left_count, "houses_finished");

		assert_false(left &&
		             names(rule->left, rule->left_count, "houses_started"));
		assert_false(names(rule->right, rule->right_count, "houses_finished") &&
		             names(rule->right, rule->right_count, "houses_started"));
		bounded = bounded ||
		          (left && rule->severity == SEVERITY_REFUSAL &&
		           names(rule->right, rule->right_count, "houses_started"));
	}
	assert_true(bounded);
}

/* 122 only if the 50 % count from the same 244, which the text does not say. */
static void test_half_of_what_is_a_reading(void **state)
{
	const struct plan_target *of = target(plan, "4", "circles_2026");

	(void)state;
	assert_value(&of->value, "122个");
	assert_string_equal(of->readings[0].word, "50%居住社区");
	assert_non_null(strstr(of->readings[0].strict, "122"));
	assert_non_null(strstr(of->readings[0].loose, "社区数"));
	assert_string_equal(target(bare, "4", "circles_2026")->readings[0].chosen, "");
}

/* 力取 and 争取 are striven for; scoring must be able to tell. */
static void test_what_is_striven_for_does_not_bind(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].target_count; j++) {
			const struct plan_target *of = &plan->sections[i].targets[j];
			bool striven = strstr(of->name, "力取") != NULL ||
			               strstr(of->name, "争取") != NULL;

			assert_int_equal(of->binding, !striven);
		}
	assert_false(target(plan, "3", "closing_out")->binding);
	assert_false(target(plan, "3", "villages")->binding);
}

/* No baseline has a date in the text: each says so, and none is given one. */
static void test_baselines_say_what_span_they_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].baseline_count; j++) {
			const char *span = plan->sections[i].baselines[j].span;

			assert_true(strstr(span, "未载明") != NULL ||
			            strcmp(span, "2021—2022年") == 0);
			assert_null(strstr(span, "日至"));
		}
}

static void test_a_share_without_a_base_is_not_measured(void **state)
{
	(void)state;
	assert_null(target(plan, "2", "pre2001")->indicator);
	assert_int_equal(target(plan, "2", "pre2001")->curve, CURVE_NONE);
	assert_non_null(folder_find(&folder.warnings,
	                            "老旧小区任务”还没有衡量的指标和数值：不亮灯"));
}

static void test_the_eight_new_villages_are_never_added(void **state)
{
	const struct plan_indicator *new =
		baseline("3", "新增纳入全市城中村改造范畴的村")->indicator;

	(void)state;
	assert_non_null(new);
	assert_ptr_not_equal(new, target(plan, "3", "villages")->indicator);
	for (size_t i = 0; i < section(plan, "3")->rule_count; i++) {
		const struct plan_rule *rule = &section(plan, "3")->rules[i];

		for (size_t j = 0; j < rule->left_count; j++)
			assert_ptr_not_equal(rule->left[j].indicator, new);
		for (size_t j = 0; j < rule->right_count; j++)
			assert_ptr_not_equal(rule->right[j].indicator, new);
	}
}

static void test_units_within_a_section_differ_and_are_exact(void **state)
{
	struct quantity land;

	(void)state;
	assert_int_equal(quantity_convert(&baseline("3", "56个棚改项目总土地面积")->value,
	                                  unit_find("平方公里"), &land),
	                 0);
	assert_value(&land, "3.418平方公里");
	assert_int_equal(quantity_convert(&baseline("5", "更新提质片区面积")->value,
	                                  unit_find("万平方米"), &land),
	                 0);
	assert_value(&land, "256万平方米");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_share_is_rounded_up_once_for_the_city),
		cmocka_unit_test(
			test_liuyang_and_ningxiang_have_no_part_in_the_living_circles),
		cmocka_unit_test(test_the_fifteen_areas_have_no_light_and_a_warning),
		cmocka_unit_test(test_two_kinds_of_renewed_area_are_two_indicators),
		cmocka_unit_test(
			test_what_counts_from_another_year_is_no_opening_of_the_target),
		cmocka_unit_test(test_dangerous_houses_are_watched_and_have_no_target),
		cmocka_unit_test(test_started_houses_hold_the_finished_ones),
		cmocka_unit_test(test_half_of_what_is_a_reading),
		cmocka_unit_test(test_what_is_striven_for_does_not_bind),
		cmocka_unit_test(test_baselines_say_what_span_they_count),
		cmocka_unit_test(test_a_share_without_a_base_is_not_measured),
		cmocka_unit_test(test_the_eight_new_villages_are_never_added),
		cmocka_unit_test(test_units_within_a_section_differ_and_are_exact),
	};

	return cmocka_run_group_tests(tests, real_open, real_close);
}
