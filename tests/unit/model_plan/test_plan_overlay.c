/*
 * What the notice does not give, and the sample overlay adds: a reading that was taken
 * silently, or a figure that is not marked as made up, would be taken for the document's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "real.h"

/* 力取2024年前 can be read in two ways a year apart: neither is taken silently. */
static void test_before_2024_is_chosen_by_somebody_and_marked(void **state)
{
	const struct plan_target *of = target(plan, "3", "closing_out");
	const struct plan_target *open = target(bare, "3", "closing_out");

	(void)state;
	assert_int_equal(open->deadline, DAY_NONE);
	assert_string_equal(open->readings[0].chosen, "");
	assert_non_null(folder_find(&bare_folder.warnings,
	                            "“力取2024年前”有从严、从宽两种理解，还没有选定"));
	assert_int_equal(of->deadline, day_of(2023, 12, 31));
	assert_true(of->deadline_sample);
	assert_string_equal(of->readings[0].word, "力取2024年前");
	assert_string_equal(of->readings[0].chosen, "strict");
	assert_string_equal(of->readings[0].chosen_on, "2022-07-15");
	assert_true(of->readings[0].sample);
}

static void test_every_hedging_word_has_a_chosen_reading_in_the_sample(void **state)
{
	(void)state;
	assert_null(folder_find(&folder.warnings, "还没有选定"));
	assert_null(folder_find(&folder.warnings, "没有记录怎么理解"));
	assert_null(folder_find(&bare_folder.warnings, "没有记录怎么理解"));
}

static void test_all_that_the_overlay_adds_is_marked(void **state)
{
	(void)state;
	assert_true(plan->sample);
	assert_true(plan->schedule.sample);
	assert_true(plan->lights.sample);
	assert_non_null(strstr(plan->note, "示例数据"));
	assert_false(bare->sample);
	for (size_t i = 0; i < plan->step_count; i++)
		assert_true(plan->steps[i].sample);
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].target_count; j++) {
			const struct plan_target *of = &plan->sections[i].targets[j];
			const struct plan_target *open = &bare->sections[i].targets[j];

			assert_int_equal(of->deadline_sample,
			                 of->deadline != open->deadline);
			assert_int_equal(of->measure_sample,
			                 of->indicator != NULL &&
			                         open->indicator == NULL);
			if (of->curve != CURVE_NONE)
				assert_true(of->curve_sample);
			if (of->allocations != NULL)
				assert_true(of->allocations[0].sample);
		}
}

/* Started by the end of September each year: not a straight line. */
static void test_communities_follow_a_table_by_month(void **state)
{
	const struct plan_target *of = target(plan, "2", "communities");

	(void)state;
	assert_int_equal(of->curve, CURVE_TABLE);
	for (size_t i = 1; i < of->point_count; i++) {
		assert_true(of->points[i].day > of->points[i - 1].day);
		assert_true(of->points[i].tenths >= of->points[i - 1].tenths);
		if (of->points[i].day == day_of(2022, 9, 30))
			assert_int_equal(of->points[i].tenths, 449);
	}
	assert_int_equal(of->points[of->point_count - 1].tenths, 1000);
	assert_true(of->points[of->point_count - 1].day <= of->deadline);
}

static void test_a_monthly_report_is_short(void **state)
{
	size_t all = 0;

	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *in = &plan->sections[i];
		size_t required = 0;

		for (size_t j = 0; j < in->indicator_count; j++)
			required += in->indicators[j].required;
		assert_in_range(required, 1, 7);
		all += required;
	}
	assert_in_range(all, 10, 25);
}

static void test_the_ladder_and_the_lights(void **state)
{
	(void)state;
	assert_int_equal(plan->step_count, 4);
	assert_int_equal(plan->steps[0].to, STEP_UNIT);
	assert_int_equal(plan->steps[1].to, STEP_LEAD);
	assert_ptr_equal(plan->steps[2].department, plan->office);
	assert_string_equal(plan->steps[3].role, "局长（组长）");
	assert_int_equal(plan->lights.yellow_tenths, 50);
	assert_int_equal(plan->lights.red_tenths, 150);
	assert_int_equal(plan->schedule.first_period[6], '7');
	assert_int_equal(plan->utc_offset, 480);
}

/* The notice has no formula: nobody is scored before the bureau has made one. */
static void test_the_formula_is_sample_data(void **state)
{
	const struct plan_scoring *scoring = &plan->scoring;

	(void)state;
	assert_int_equal(bare->scoring.scheme, SCORING_NONE);
	assert_int_equal(scoring->scheme, SCORING_POINTS);
	assert_true(scoring->sample);
	assert_int_equal(scoring->weights[SCORE_COMPLETION] +
	                         scoring->weights[SCORE_TIMELINESS] +
	                         scoring->weights[SCORE_QUALITY],
	                 100);
	assert_true(scoring->striven < scoring->binding);
	assert_int_equal(scoring->times[SCORE_LATE], 200);
	assert_int_equal(scoring->grades[SCORE_EXPLAINED], scoring->grades[SCORE_CLEAN]);
	assert_false(scoring->extension_counts);
	assert_int_equal(scoring->outage_hours, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_2024_is_chosen_by_somebody_and_marked),
		cmocka_unit_test(
			test_every_hedging_word_has_a_chosen_reading_in_the_sample),
		cmocka_unit_test(test_all_that_the_overlay_adds_is_marked),
		cmocka_unit_test(test_communities_follow_a_table_by_month),
		cmocka_unit_test(test_a_monthly_report_is_short),
		cmocka_unit_test(test_the_ladder_and_the_lights),
		cmocka_unit_test(test_the_formula_is_sample_data),
	};

	return cmocka_run_group_tests(tests, real_open, real_close);
}
