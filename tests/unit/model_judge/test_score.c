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

#include "plan_by_hand.h"

#define OBLIGATIONS_MAX 12

static struct plan_by_hand by_hand;
static struct arena arena;
static struct score_obligation obligations[OBLIGATIONS_MAX];
static struct score_progress progress;
static struct score_facts facts;
static struct score score;

static const struct plan_scoring points_scheme = {
	.scheme = SCORING_POINTS,
	.weights = {60, 20, 20, 0},
	.binding = 1000,
	.striven = 500,
	.times = {400, 200, 0},
	.grades = {400, 400, 300, 200, 0},
	.outage_minutes = 10,
	.outage_hours = 24,
	.notice_workdays = 3,
	.sample = true,
};
static const struct plan_scoring eionet_scheme = {
	.scheme = SCORING_EIONET,
	.weights = {60, 0, 0, 40},
	.binding = 1000,
	.striven = 500,
	.outage_minutes = 10,
	.outage_hours = 24,
	.notice_workdays = 3,
};
static const struct plan_scoring deduction_scheme = {
	.scheme = SCORING_DEDUCTION,
	.weights = {0, 0, 0, 100},
	.start = 10000,
	.times = {0, 10, 500},
	.grades = {0, 0, 100, 200, 200},
	.outage_minutes = 10,
	.outage_hours = 24,
	.notice_workdays = 3,
};

/* September 2022 of section 2: due on Saturday 8 October 17:30, locked on the 12th. */
static struct score_obligation september(void)
{
	return (struct score_obligation){
		.section = &by_hand.sections[1],
		.period = {MONTHLY, 2022, 9},
		.due = at("2022-10-08 17:30"),
		.lock = at("2022-10-12 17:30"),
		.number = "2022-09-430111-02-0007",
		.received_at = at("2022-10-08 16:42"),
	};
}

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	by_hand.plan.calendar.version = "cn-test";
	by_hand.plan.scoring = points_scheme;
	arena_init(&arena, 4 << 20);
	obligations[0] = september();
	progress = (struct score_progress){
		.target = &by_hand.target,
		.period = {MONTHLY, 2022, 9},
		.number = "2022-09-430111-02-0007",
		.light = LIGHT_YELLOW,
		.reported = true,
		.has_expected = true,
		.done_tenths = 417,
		.expected_tenths = 458,
		.on = on("2022-09-30"),
	};
	facts = (struct score_facts){
		.plan = &by_hand.plan,
		.plan_version = 3,
		.unit = &by_hand.units[YUHUA],
		.range = {{MONTHLY, 2022, 7}, {MONTHLY, 2022, 9}},
		.known_at = at("2022-10-20 09:00"),
		.obligations = obligations,
		.obligation_count = 1,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static void judge(void)
{
	assert_int_equal(score_judge(&arena, &facts, &score), 0);
}

static struct bytes encoded(void)
{
	struct bytes bytes;

	judge();
	assert_int_equal(score_encode(&arena, &score, &bytes), 0);
	return bytes;
}

static const struct score_point *point_of(const char *rule)
{
	for (size_t i = 0; i < score.point_count; i++) {
		if (strcmp(score.points[i].rule, rule) == 0)
			return &score.points[i];
	}
	fail_msg("no point by %s", rule);
	return NULL;
}

static void assert_says(const char *rule, const char *sentence)
{
	assert_string_equal(point_of(rule)->sentence, sentence);
}

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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each_point_says_why),
		TEST(test_what_a_unit_does_not_have_is_in_no_denominator),
		TEST(test_without_a_formula_there_is_no_score),
		TEST(test_late_missing_and_wrong_are_counted_apart),
		TEST(test_the_due_instant_itself_is_in_time),
		TEST(test_a_waived_late_mark_costs_nothing),
		TEST(test_an_extension_counts_as_the_plan_says),
		TEST(test_an_outage_puts_the_due_time_off),
		TEST(test_an_outage_over_the_lock_excuses_what_is_missing),
		TEST(test_a_due_time_that_was_moved_forward_is_not_held_against),
		TEST(test_what_was_asked_for_late_is_given_time),
		TEST(test_only_corrections_after_acceptance_count),
		TEST(test_a_return_that_was_not_mended_is_worst),
		TEST(test_what_is_not_over_is_not_judged),
		TEST(test_the_eionet_matrix),
		TEST(test_deductions_never_go_below_nought),
		TEST(test_lights_may_be_the_measure),
		TEST(test_the_order_of_facts_does_not_matter),
		TEST(test_a_record_says_what_it_was_made_of),
		TEST(test_ranks),
		TEST(test_outages_are_what_no_span_covers),
		TEST(test_ranges),
		TEST(test_the_formula_is_readable),
		TEST(test_no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
