/*
 * Scores and time: what came late, what was excused, and whose fault it was. A unit would
 * pay for the centre's outage or for a date that the bureau moved.
 */
#include "model/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

#include "score_by_hand.h"

/* Exactly at the due time is in time; a millisecond later is not. */
static void test_the_due_instant_itself_is_in_time(void **state)
{
	(void)state;
	obligations[0].received_at = obligations[0].due;
	judge();
	assert_int_equal(score.counts.on_time, 1);
	obligations[0].received_at++;
	judge();
	assert_int_equal(score.counts.late, 1);
	obligations[0].received_at = obligations[0].lock + 1;
	judge();
	assert_int_equal(score.counts.missing, 1);
	assert_non_null(
		strstr(point_of("timeliness.missing")->sentence, "封表以后补报，漏报"));
}

static void test_a_waived_late_mark_costs_nothing(void **state)
{
	(void)state;
	obligations[0].received_at = at("2022-10-09 09:00");
	obligations[0].waived_at = at("2022-10-13 09:00");
	judge();
	assert_int_equal(score.counts.late, 0);
	assert_int_equal(score.counts.waived, 1);
	assert_int_equal(point_of("timeliness.on_time")->points, 400);
	assert_non_null(strstr(point_of("timeliness.on_time")->sentence,
	                       "迟报经申辩不计，视为按时"));
}

/* An extension keeps the original date for the assessment, unless the plan says not. */
static void test_an_extension_counts_as_the_plan_says(void **state)
{
	(void)state;
	obligations[0].received_at = at("2022-10-10 09:00");
	obligations[0].extended_due = at("2022-10-11 17:30");
	judge();
	assert_int_equal(score.counts.late, 1);
	assert_non_null(
		strstr(point_of("timeliness.late")->sentence,
	               "已批准延期至2022年10月11日17:30，按方案规定考核仍按原时限计"));
	by_hand.plan.scoring.extension_counts = true;
	judge();
	assert_int_equal(score.counts.on_time, 1);
	assert_int_equal(score.counts.deducted, 0);
}

/* The centre was away over the due time, or shortly before it. */
static void test_an_outage_puts_the_due_time_off(void **state)
{
	struct score_span outage = {at("2022-10-08 15:00"), at("2022-10-08 20:00")};

	(void)state;
	facts.outages = &outage;
	facts.outage_count = 1;
	obligations[0].received_at = at("2022-10-09 19:59");
	judge();
	assert_int_equal(score.counts.on_time, 1);
	assert_int_equal(score.counts.deducted, 1);
	assert_non_null(strstr(point_of("timeliness.on_time")->sentence,
	                       "中心端2022年10月8日15:00至2022年10月8日20:"
	                       "00停运，时限在停运期间或者恢复后"
	                       "24小时内，顺延到2022年10月9日20:00。"));
	obligations[0].received_at = at("2022-10-09 20:01");
	judge();
	assert_int_equal(score.counts.late, 1);
	/* Over a day before the due time: no excuse. */
	outage = (struct score_span){at("2022-10-07 10:00"), at("2022-10-07 17:30")};
	obligations[0].received_at = at("2022-10-08 17:31");
	judge();
	assert_int_equal(score.counts.late, 1);
	outage.to = at("2022-10-07 17:32");
	judge();
	assert_int_equal(score.counts.on_time, 1);
}

static void test_an_outage_over_the_lock_excuses_what_is_missing(void **state)
{
	const struct score_span outage = {at("2022-10-12 10:00"), at("2022-10-12 18:00")};

	(void)state;
	obligations[0].number = "";
	obligations[0].received_at = 0;
	facts.outages = &outage;
	facts.outage_count = 1;
	judge();
	assert_int_equal(score.counts.missing, 0);
	assert_int_equal(score.counts.excused, 1);
	assert_false(point_of("excused")->counted);
	assert_false(score.has_rate);
}

static void test_a_due_time_that_was_moved_forward_is_not_held_against(void **state)
{
	(void)state;
	obligations[0].earlier_due = at("2022-10-10 17:30");
	obligations[0].moved_by = 2;
	obligations[0].received_at = at("2022-10-10 17:00");
	judge();
	assert_int_equal(score.counts.on_time, 1);
	assert_int_equal(score.counts.deducted, 1);
	assert_non_null(
		strstr(point_of("timeliness.on_time")->sentence,
	               "方案第2版把时限由2022年10月10日17:30提前到2022年10月8日17:30，"
	               "考核按提前以前的计。"));
}

static void test_what_was_asked_for_late_is_given_time(void **state)
{
	(void)state;
	obligations[0].asked_at = at("2022-10-08 10:00");
	obligations[0].asked_by = 2;
	obligations[0].received_at = at("2022-10-11 17:00");
	judge();
	assert_int_equal(score.counts.on_time, 1);
	assert_non_null(
		strstr(point_of("timeliness.on_time")->sentence,
	               "方案第2版2022年10月8日10:00才要求报送，考核时限按发布后3个"
	               "工作日计，为2022年10月11日17:30。"));
	/* Later than the lock: nobody could report any more. */
	obligations[0].asked_at = at("2022-10-11 10:00");
	obligations[0].number = "";
	judge();
	assert_int_equal(score.counts.excused, 1);
}

/* Several servers overlap; only when none was there was the centre away. */
static void test_outages_are_what_no_span_covers(void **state)
{
	const int64_t minute = 60000;
	struct score_span spans[] = {{60 * minute, 90 * minute},
	                             {0, 20 * minute},
	                             {15 * minute, 40 * minute},
	                             {95 * minute, 99 * minute},
	                             {5 * minute, 10 * minute}};
	const struct score_span *outages;
	size_t count;

	(void)state;
	assert_int_equal(
		score_outages(&arena, spans, ARRAY_LEN(spans), 10, &outages, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(outages[0].from, 40 * minute);
	assert_int_equal(outages[0].to, 60 * minute);
	assert_int_equal(score_outages(&arena, spans, 0, 10, &outages, &count), 0);
	assert_int_equal(count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCORE_TEST(test_the_due_instant_itself_is_in_time),
		SCORE_TEST(test_a_waived_late_mark_costs_nothing),
		SCORE_TEST(test_an_extension_counts_as_the_plan_says),
		SCORE_TEST(test_an_outage_puts_the_due_time_off),
		SCORE_TEST(test_an_outage_over_the_lock_excuses_what_is_missing),
		SCORE_TEST(test_a_due_time_that_was_moved_forward_is_not_held_against),
		SCORE_TEST(test_what_was_asked_for_late_is_given_time),
		SCORE_TEST(test_outages_are_what_no_span_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
