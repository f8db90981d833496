/* The facts of one score, and what tests ask of it. */
#include "score_by_hand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

struct plan_by_hand by_hand;
struct arena arena;
struct score_obligation obligations[OBLIGATIONS_MAX];
struct score_progress progress;
struct score_facts facts;
struct score score;

const struct plan_scoring points_scheme = {
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
const struct plan_scoring eionet_scheme = {
	.scheme = SCORING_EIONET,
	.weights = {60, 0, 0, 40},
	.binding = 1000,
	.striven = 500,
	.outage_minutes = 10,
	.outage_hours = 24,
	.notice_workdays = 3,
};
const struct plan_scoring deduction_scheme = {
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
struct score_obligation september(void)
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

int score_setup(void **state)
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

int score_teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

void judge(void)
{
	assert_int_equal(score_judge(&arena, &facts, &score), 0);
}

struct bytes encoded(void)
{
	struct bytes bytes;

	judge();
	assert_int_equal(score_encode(&arena, &score, &bytes), 0);
	return bytes;
}

const struct score_point *point_of(const char *rule)
{
	for (size_t i = 0; i < score.point_count; i++) {
		if (strcmp(score.points[i].rule, rule) == 0)
			return &score.points[i];
	}
	fail_msg("no point by %s", rule);
	return NULL;
}

void assert_says(const char *rule, const char *sentence)
{
	assert_string_equal(point_of(rule)->sentence, sentence);
}
