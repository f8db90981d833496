/*
 * Scores: what feeds promotion and blame must be right, explain itself, and come out the
 * same whoever computes it. What a unit cannot help must not cost it a point.
 */
#include "model/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/assessment.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"

#include "score_by_hand.h"

/* 10 of 10 points would be for 45.8 %; 41.7 % of it earn 9.10. */
static void test_each_point_says_why(void **state)
{
	(void)state;
	facts.progress = &progress;
	facts.progress_count = 1;
	judge();
	assert_int_equal(score.point_count, 3);
	assert_says("completion.progress", "“改造城镇老旧小区”（约束性）：截至2022年9月30"
	                                   "日完成41.7%，序时进度45.8%，"
	                                   "得9.1分（满分10分）。");
	assert_int_equal(point_of("completion.progress")->points, 910);
	assert_says("timeliness.on_time",
	            "2022年9月“二、老旧小区和危旧房改造”月报2022年10月8日16:42收到，"
	            "时限2022年10月8日17:30，按时，得4分（满分4分）。");
	assert_says("quality.clean", "2022年9月“二、老旧小区和危旧房改造”月报：没有退回，"
	                             "通过以后没有更正，得4分（满分4分）。");
	/* 60 * 0.91 + 20 + 20 = 94.6 */
	assert_true(score.has_rate);
	assert_int_equal(score.rate_tenths, 946);
	assert_int_equal(score.counts.asked, 1);
	assert_int_equal(score.counts.on_time, 1);
}

/* A unit without a task is measured by what it has; its weight is nobody's loss. */
static void test_what_a_unit_does_not_have_is_in_no_denominator(void **state)
{
	(void)state;
	judge();
	assert_int_equal(score.parts[SCORE_COMPLETION].possible, 0);
	assert_int_equal(score.rate_tenths, 1000);
	facts.obligation_count = 0;
	judge();
	assert_false(score.has_rate);
}

static void test_without_a_formula_there_is_no_score(void **state)
{
	(void)state;
	by_hand.plan.scoring.scheme = SCORING_NONE;
	assert_int_equal(score_judge(&arena, &facts, &score), E_STATE);
	assert_string_equal(score_formula(&arena, &by_hand.plan), "");
}

static void test_late_missing_and_wrong_are_counted_apart(void **state)
{
	const struct score_return back = {
		.number = "R1",
		.returned_at = at("2022-10-09 10:00"),
		.due = at("2022-10-11 17:30"),
		.answered_by = "R2",
		.answered_at = at("2022-10-10 10:00"),
	};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		obligations[i] = september();
	obligations[0].period.number = 7;
	obligations[0].received_at = at("2022-10-08 17:31");
	obligations[1].period.number = 8;
	obligations[1].number = "";
	obligations[1].received_at = 0;
	obligations[2].returns = &back;
	obligations[2].return_count = 1;
	facts.obligation_count = 3;
	judge();
	assert_int_equal(score.counts.asked, 3);
	assert_int_equal(score.counts.late, 1);
	assert_int_equal(score.counts.missing, 1);
	assert_int_equal(score.counts.on_time, 1);
	assert_int_equal(score.counts.wrong, 1);
	assert_says("timeliness.missing",
	            "2022年8月“二、老旧小区和危旧房改造”月报到封表（2022年10月12日17:30）"
	            "没有收到，漏报，得0分（满分4分）。");
	assert_int_equal(point_of("timeliness.late")->points, 200);
	assert_int_equal(point_of("quality.mended")->points, 200);
	assert_non_null(
		strstr(point_of("quality.mended")->sentence,
	               "2022年10月9日10:00退回（回执R1），重报时限2022年10月11日17:30，"
	               "2022年10月10日10:00重报（回执R2），按时。"));
	/* What did not come earns nothing, and is no way round a bad report. */
	assert_int_equal(score.parts[SCORE_QUALITY].possible, 1200);
	assert_int_equal(point_of("quality.missing")->points, 0);
}

/* Before anybody had looked at it, a unit that mends its own mistake made none. */
static void test_only_corrections_after_acceptance_count(void **state)
{
	struct score_change change = {
		.number = "R2",
		.received_at = at("2022-10-09 09:00"),
		.passed_at = at("2022-10-09 10:00"),
	};

	(void)state;
	obligations[0].changes = &change;
	obligations[0].change_count = 1;
	judge();
	assert_int_equal(score.counts.wrong, 0);
	assert_non_null(strstr(point_of("quality.clean")->sentence,
	                       "是审核通过以前自行更正，不计"));
	change.passed_at = at("2022-10-09 08:00");
	judge();
	assert_int_equal(score.counts.corrected, 1);
	assert_int_equal(point_of("quality.corrected")->points, 300);
	change.passed_at = 0;
	change.received_at = at("2022-10-13 09:00");
	judge();
	assert_int_equal(score.counts.corrected, 1);
}

static void test_a_return_that_was_not_mended_is_worst(void **state)
{
	const struct score_return back = {
		.number = "R1",
		.returned_at = at("2022-10-09 10:00"),
		.due = at("2022-10-11 17:30"),
		.answered_by = "",
	};

	(void)state;
	obligations[0].returns = &back;
	obligations[0].return_count = 1;
	judge();
	assert_int_equal(point_of("quality.unmended")->points, 0);
	facts.known_at = at("2022-10-11 17:00"); /* there is time yet */
	judge();
	assert_int_equal(point_of("quality.mended")->points, 200);
}

/* Nothing can be said of what is overdue and may still come, or is not due. */
static void test_what_is_not_over_is_not_judged(void **state)
{
	(void)state;
	obligations[0].number = "";
	obligations[0].received_at = 0;
	facts.known_at = at("2022-10-09 09:00");
	judge();
	assert_int_equal(score.counts.waiting, 1);
	assert_false(score.has_rate);
	facts.known_at = at("2022-10-08 09:00");
	judge();
	assert_int_equal(score.point_count, 0);
}

/* Serious delay 0/0/0, small delay 0/1/3, timely 0/2/4. */
static void test_the_eionet_matrix(void **state)
{
	static const int64_t wanted[3][3] = {{0, 0, 0}, {0, 100, 300}, {0, 200, 400}};
	const char *const received[] = {"2022-10-13 09:00", "2022-10-09 09:00",
	                                "2022-10-08 09:00"};
	const struct score_change change = {.number = "R2",
	                                    .received_at = at("2022-10-14 09:00")};
	const struct score_return back = {.number = "R1",
	                                  .due = at("2022-10-11 17:30"),
	                                  .answered_by = ""};

	(void)state;
	by_hand.plan.scoring = eionet_scheme;
	for (size_t row = 0; row < 3; row++) {
		for (size_t column = 0; column < 3; column++) {
			obligations[0] = september();
			obligations[0].received_at = at(received[row]);
			obligations[0].returns = &back;
			obligations[0].return_count = column == 0;
			obligations[0].changes = &change;
			obligations[0].change_count = column == 1;
			judge();
			assert_int_equal(point_of("reports.eionet")->points,
			                 wanted[row][column]);
			assert_int_equal(point_of("reports.eionet")->possible, 400);
		}
	}
	obligations[0] = september();
	obligations[0].explained = 2;
	judge();
	assert_int_equal(point_of("reports.eionet")->points, 400);
	by_hand.plan.scoring.explained_is_basic = true;
	judge();
	assert_int_equal(point_of("reports.eionet")->points, 200);
}

static void test_deductions_never_go_below_nought(void **state)
{
	(void)state;
	by_hand.plan.scoring = deduction_scheme;
	obligations[0].received_at = at("2022-10-09 09:00");
	judge();
	assert_int_equal(score.parts[SCORE_REPORTS].points, 9990);
	assert_int_equal(score.rate_tenths, 999);
	by_hand.plan.scoring.start = 5;
	judge();
	assert_int_equal(score.parts[SCORE_REPORTS].points, 0);
	assert_int_equal(score.rate_tenths, 0);
}

static void test_lights_may_be_the_measure(void **state)
{
	(void)state;
	by_hand.plan.scoring.by_light = true;
	by_hand.plan.scoring.yellow_tenths = 600;
	by_hand.target.binding = false;
	facts.progress = &progress;
	facts.progress_count = 1;
	judge();
	assert_int_equal(point_of("completion.light")->points, 300);
	assert_int_equal(point_of("completion.light")->possible, 500);
	assert_says("completion.light", "“改造城镇老旧小区”（力争性）：截至2022年9月30日"
	                                "完成41.7%，序时进度45.8%，"
	                                "亮灯为滞后，得3分（满分5分）。");
	progress.reported = false;
	progress.light = LIGHT_NOT_REPORTED;
	judge();
	assert_int_equal(point_of("completion.light")->points, 0);
	progress.has_expected = false;
	judge();
	assert_false(point_of("completion.light")->counted);
}

/* Units that look at the same facts in another order must find the same score. */
static void test_the_order_of_facts_does_not_matter(void **state)
{
	struct arena kept_arena;
	struct bytes first;

	(void)state;
	for (unsigned i = 0; i < OBLIGATIONS_MAX; i++) {
		obligations[i] = september();
		obligations[i].section = &by_hand.sections[i % 2];
		obligations[i].period.number = i / 2 + 1;
		obligations[i].received_at += (int64_t)i * 3600000;
	}
	facts.obligation_count = OBLIGATIONS_MAX;
	facts.progress = &progress;
	facts.progress_count = 1;
	arena_init(&kept_arena, 1 << 20);
	first = arena_copy(&kept_arena, encoded());
	for (unsigned seed = 1; seed < 200; seed++) {
		unsigned random = seed * 2654435761U;

		for (unsigned i = OBLIGATIONS_MAX - 1; i > 0; i--) {
			unsigned j = (random = random * 1103515245U + 12345U) >> 8;
			struct score_obligation kept = obligations[i];

			obligations[i] = obligations[j % (i + 1)];
			obligations[j % (i + 1)] = kept;
		}
		arena_finish(&arena);
		assert_true(bytes_equal(first, encoded()));
	}
	arena_finish(&kept_arena);
}

static void test_a_record_says_what_it_was_made_of(void **state)
{
	struct bytes bytes;
	const Duban__V1__ScoreRecord *record;
	ProtobufCMessage *message;

	(void)state;
	facts.progress = &progress;
	facts.progress_count = 1;
	bytes = encoded();
	assert_int_equal(wire_unpack(&arena, &duban__v1__score_record__descriptor, bytes,
	                             WIRE_STRICT, &message, NULL),
	                 0);
	record = (const Duban__V1__ScoreRecord *)message;
	assert_string_equal(record->unit, "430111");
	assert_string_equal(record->range, "2022-07..2022-09");
	assert_string_equal(record->scheme, "points");
	assert_string_equal(record->calendar, "cn-test");
	assert_string_equal(record->rate, "94.6");
	assert_true(record->sample);
	assert_int_equal(record->n_parts, 3);
	assert_string_equal(record->parts[0]->points, "9.1");
	assert_string_equal(record->parts[0]->percent, "91.0");
	assert_string_equal(record->points[0]->clause, "四、（二）2");
	assert_string_equal(record->points[1]->number, "2022-09-430111-02-0007");
}

/* Equal rates share a rank; who has no task is not ranked, and moves nobody. */
static void test_ranks(void **state)
{
	const struct score scores[] = {{.has_rate = true, .rate_tenths = 900},
	                               {.has_rate = false},
	                               {.has_rate = true, .rate_tenths = 950},
	                               {.has_rate = true, .rate_tenths = 900},
	                               {.has_rate = true, .rate_tenths = 100}};
	const unsigned wanted[] = {2, 0, 1, 2, 4};
	unsigned ranks[ARRAY_LEN(scores)];

	(void)state;
	score_rank(scores, ARRAY_LEN(scores), ranks);
	for (size_t i = 0; i < ARRAY_LEN(scores); i++)
		assert_int_equal(ranks[i], wanted[i]);
}

static void test_ranges(void **state)
{
	static const char *const good[] = {"2022", "2022-Q4", "2022-09",
	                                   "2022-07..2022-09", "2022..2023"};
	static const char *const bad[] = {
		"",      "2022-07..",          "..2022", "2022..2022-07", "2022-13",
		"today", "2022-09..2022-09-01"};
	struct score_range range;
	char text[SCORE_RANGE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(score_range_parse(good[i], &range), 0);
		score_range_print(&range, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(score_range_parse(bad[i], &range), E_SYNTAX);
	assert_int_equal(score_range_parse("2022-09..2022-07", &range), E_RANGE);
	assert_int_equal(score_range_parse("2022-Q4", &range), 0);
	assert_int_equal(score_range_first_day(&range), on("2022-10-01"));
	assert_int_equal(score_range_last_day(&range), on("2022-12-31"));
}

/* The formula is published with the scores; each number of it is the plan's. */
static void test_the_formula_is_readable(void **state)
{
	const char *text = score_formula(&arena, &by_hand.plan);

	(void)state;
	assert_non_null(
		strstr(text, "完成（权重60%）：约束性目标每个10分，力争性目标每个5分"));
	assert_non_null(strstr(text, "按时4分，迟报2分，漏报（封表以后补报的也是）0分"));
	assert_non_null(strstr(text, "停运10分钟以上"));
	by_hand.plan.scoring = deduction_scheme;
	assert_non_null(
		strstr(score_formula(&arena, &by_hand.plan),
	               "起始100分；每次迟报扣0.1分，漏报（封表以后补报的也是）扣5分"));
}

static void test_no_memory_is_said(void **state)
{
	struct arena small;
	struct bytes bytes;
	int r = E_NOMEM;

	(void)state;
	facts.progress = &progress;
	facts.progress_count = 1;
	for (size_t limit = 0; r == E_NOMEM && limit < 1 << 20; limit += 512) {
		arena_init(&small, limit);
		r = score_judge(&small, &facts, &score);
		if (r == 0)
			r = score_encode(&small, &score, &bytes);
		assert_true(r == 0 || r == E_NOMEM);
		arena_finish(&small);
	}
	assert_int_equal(r, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCORE_TEST(test_each_point_says_why),
		SCORE_TEST(test_what_a_unit_does_not_have_is_in_no_denominator),
		SCORE_TEST(test_without_a_formula_there_is_no_score),
		SCORE_TEST(test_late_missing_and_wrong_are_counted_apart),
		SCORE_TEST(test_only_corrections_after_acceptance_count),
		SCORE_TEST(test_a_return_that_was_not_mended_is_worst),
		SCORE_TEST(test_what_is_not_over_is_not_judged),
		SCORE_TEST(test_the_eionet_matrix),
		SCORE_TEST(test_deductions_never_go_below_nought),
		SCORE_TEST(test_lights_may_be_the_measure),
		SCORE_TEST(test_the_order_of_facts_does_not_matter),
		SCORE_TEST(test_a_record_says_what_it_was_made_of),
		SCORE_TEST(test_ranks),
		SCORE_TEST(test_ranges),
		SCORE_TEST(test_the_formula_is_readable),
		SCORE_TEST(test_no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
