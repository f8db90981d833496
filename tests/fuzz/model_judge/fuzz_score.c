/*
 * Any history of reports, under every scheme: scored without a crash, the same to the
 * byte when scored again or with the facts turned round, in words that can be shown, and
 * never beyond what the unit could reach.
 *
 *	bytes: scheme, fairness, outages, progress  ->  each report: flags, times
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/score.h"

#include "../../unit/model_judge/plan_by_hand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REPORTS_MAX 24
#define OUTAGES_MAX 4
#define HOUR        3600000

struct input {
	const uint8_t *data;
	size_t left;
};

struct drawn {
	struct score_obligation obligations[REPORTS_MAX], turned[REPORTS_MAX];
	struct score_return returns[REPORTS_MAX];
	struct score_change changes[REPORTS_MAX];
	size_t count;
	struct score_progress progress;
	struct score_span spans[OUTAGES_MAX];
};

static struct plan_by_hand by_hand;

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->data++;
}

static void draw_rules(struct input *input)
{
	struct plan_scoring *rules = &by_hand.plan.scoring;

	*rules = (struct plan_scoring){
		.scheme = (enum scoring_scheme)(1 + take(input) % 3),
		.binding = take(input) * 100,
		.striven = take(input),
		.by_light = take(input) % 2 == 1,
		.yellow_tenths = 600,
		.times = {400, 200, 0},
		.grades = {400, 400, 300, 200, 0},
		.start = take(input) * 10,
		.explained_is_basic = take(input) % 2 == 1,
		.extension_counts = take(input) % 2 == 1,
		.outage_minutes = 2 + take(input),
		.outage_hours = take(input),
		.notice_workdays = take(input) % 20,
	};
	for (size_t i = 0; i < SCORE_PARTS; i++)
		rules->weights[i] = take(input) % 101;
	if (rules->scheme == SCORING_DEDUCTION)
		memcpy(rules->times, (int64_t[SCORE_TIMES]){0, 10, 500},
		       sizeof(rules->times));
}

static void draw_report(struct input *input, struct drawn *drawn, size_t i)
{
	uint8_t flags = take(input);
	int64_t due = at("2022-10-08 17:30") + (int64_t)(i / 2) * 720 * HOUR;
	int64_t step = (int64_t)take(input) * HOUR;

	drawn->returns[i] = (struct score_return){
		.number = "R1",
		.returned_at = due + step,
		.due = due + step + take(input) * HOUR,
		.answered_by = flags & 2 ? "R2" : "",
		.answered_at = flags & 2 ? due + step + take(input) * HOUR : 0,
	};
	drawn->changes[i] = (struct score_change){
		.number = "R3",
		.received_at = due + take(input) * HOUR,
		.passed_at = flags & 4 ? due + take(input) * HOUR : 0,
	};
	drawn->obligations[i] = (struct score_obligation){
		.section = &by_hand.sections[i % 2],
		.period = {MONTHLY, 2022 + (int)(i / 24), (unsigned)(i / 2) % 12 + 1},
		.due = due,
		.lock = due + 96 * HOUR,
		.extended_due = flags & 8 ? due + take(input) * HOUR : 0,
		.earlier_due = flags & 16 ? due + take(input) * HOUR : 0,
		.asked_at = flags & 32 ? due - take(input) * HOUR : 0,
		.number = flags & 64 ? "R1" : "",
		.received_at = flags & 64 ? due - 100 * HOUR + take(input) * HOUR : 0,
		.waived_at = flags & 128 ? due : 0,
		.explained = take(input) % 3,
		.returns = &drawn->returns[i],
		.return_count = flags & 1,
		.changes = &drawn->changes[i],
		.change_count = take(input) % 2,
	};
}

static void draw(struct input *input, struct drawn *drawn)
{
	int64_t from = at("2022-10-01 00:00");

	draw_rules(input);
	for (size_t i = 0; i < OUTAGES_MAX; i++) {
		int64_t start = from + take(input) * HOUR;

		drawn->spans[i] =
			(struct score_span){start, start + take(input) % 40 * HOUR};
	}
	drawn->progress = (struct score_progress){
		.target = &by_hand.target,
		.period = {MONTHLY, 2022, 9},
		.number = "R1",
		.light = (enum light)(1 + take(input) % 6),
		.reported = take(input) % 2 == 1,
		.has_expected = take(input) % 4 > 0,
		.done_tenths = take(input) * 10,
		.expected_tenths = take(input) * 4,
		.on = on("2022-09-30"),
	};
	while (drawn->count < REPORTS_MAX && input->left > 0)
		draw_report(input, drawn, drawn->count++);
	for (size_t i = 0; i < drawn->count; i++)
		drawn->turned[drawn->count - 1 - i] = drawn->obligations[i];
}

static void check_score(const struct score *score)
{
	int64_t points[SCORE_PARTS] = {0}, possible[SCORE_PARTS] = {0};

	for (size_t i = 0; i < score->point_count; i++) {
		const struct score_point *point = &score->points[i];

		CHECK(utf8_valid(bytes_of_str(point->sentence)));
		CHECK(point->sentence[0] != '\0' && point->rule[0] != '\0');
		CHECK(point->counted || (point->points == 0 && point->possible == 0));
		points[point->part] += point->points;
		possible[point->part] += point->possible;
	}
	for (size_t i = 0; i < SCORE_PARTS; i++) {
		CHECK(points[i] == score->parts[i].points);
		CHECK(possible[i] == score->parts[i].possible);
		CHECK(points[i] >= 0 && points[i] <= possible[i]);
	}
	CHECK(score->counts.asked ==
	      score->counts.on_time + score->counts.late + score->counts.missing);
	CHECK(!score->has_rate ||
	      (score->rate_tenths >= 0 && score->rate_tenths <= 1000));
}

static struct bytes judge(struct arena *arena, struct drawn *drawn, bool turned)
{
	struct score_facts facts = {
		.plan = &by_hand.plan,
		.plan_version = 1,
		.unit = &by_hand.units[YUHUA],
		.range = {{YEARLY, 2022, 1}, {YEARLY, 2023, 1}},
		.known_at = at("2022-12-20 09:00"),
		.obligations = turned ? drawn->turned : drawn->obligations,
		.obligation_count = drawn->count,
		.progress = &drawn->progress,
		.progress_count = 1,
	};
	struct score score;
	struct bytes bytes;

	CHECK(score_outages(arena, drawn->spans, OUTAGES_MAX,
	                    by_hand.plan.scoring.outage_minutes, &facts.outages,
	                    &facts.outage_count) == 0);
	CHECK(score_judge(arena, &facts, &score) == 0);
	check_score(&score);
	CHECK(score_encode(arena, &score, &bytes) == 0);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct drawn drawn = {.count = 0};
	struct arena one, other;

	if (by_hand.plan.id == NULL) {
		plan_by_hand(&by_hand);
		by_hand.plan.calendar.version = "cn-test";
	}
	draw(&input, &drawn);
	arena_init(&one, 8 << 20);
	arena_init(&other, 8 << 20);
	CHECK(bytes_equal(judge(&one, &drawn, false), judge(&other, &drawn, true)));
	CHECK(score_formula(&one, &by_hand.plan) != NULL);
	arena_finish(&one);
	arena_finish(&other);
	return 0;
}
