/*
 * From facts to a score:
 *
 *	facts -> sorted -> a point for each target's progress     (here)
 *	                -> points for each report, by the scheme  (score_report.c)
 *	                     by times that are fair               (score_time.c)
 *	      -> tallies -> the rate of the whole
 *
 * Sorted first, by section and period, so that the order in which facts were found does
 * not matter. What can go wrong: nothing but memory.
 */
#include "model/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/score_internal.h"
#include "model/wording.h"

#define WHOLE 1000 /* a hundred per cent, in tenths */

static int judge_progress(struct scoring *scoring);
static int by_target(const void *a, const void *b);
static void judge_target(struct scoring *scoring, const struct score_progress *progress);
static const char *stands(struct scoring *scoring, const struct score_progress *progress);
static bool is_expected(struct scoring *scoring, const struct score_progress *progress,
                        struct score_point *point);
static int64_t light_tenths(const struct plan_scoring *rules, enum light light);
static int64_t part_of(int64_t whole, int64_t numerator, int64_t denominator);
static int judge_reports(struct scoring *scoring);
static int by_period(const void *a, const void *b);
static void rate(struct score *score);

int score_judge(struct arena *arena, const struct score_facts *facts,
                struct score *ret_score)
{
	struct score score = {.facts = facts};
	struct scoring scoring = {.arena = arena, .facts = facts, .score = &score};
	const struct plan_scoring *rules = &facts->plan->scoring;
	int r;

	if (rules->scheme == SCORING_NONE)
		return E_STATE;
	for (size_t i = 0; i < SCORE_PARTS; i++)
		score.parts[i].weight = rules->weights[i];
	r = judge_progress(&scoring);
	if (r == 0)
		r = judge_reports(&scoring);
	if (r < 0 || scoring.out_of_memory)
		return E_NOMEM;
	rate(&score);
	*ret_score = score;
	return 0;
}

static int judge_progress(struct scoring *scoring)
{
	size_t count = scoring->facts->progress_count;
	const struct score_progress **sorted =
		arena_array(scoring->arena, count, sizeof(struct score_progress *));

	if (sorted == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &scoring->facts->progress[i];
	if (count > 1)
		qsort(sorted, count, sizeof(struct score_progress *), by_target);
	for (size_t i = 0; i < count; i++)
		judge_target(scoring, sorted[i]);
	return 0;
}

/* As the plan lists them. */
static int by_target(const void *a, const void *b)
{
	const struct plan_target *one =
		(*(const struct score_progress *const *)a)->target;
	const struct plan_target *other =
		(*(const struct score_progress *const *)b)->target;

	if (one->section->index != other->section->index)
		return one->section->index < other->section->index ? -1 : 1;
	return one < other ? -1 : one > other;
}

static void judge_target(struct scoring *scoring, const struct score_progress *progress)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	const struct plan_target *target = progress->target;
	const char *name = wording_quoted(scoring->arena, target->name);
	struct score_point point = {
		.part = SCORE_COMPLETION,
		.rule = rules->by_light ? "completion.light" : "completion.progress",
		.section = target->section,
		.target = target,
		.number = progress->number,
		.counted = true,
		.possible = target->binding ? rules->binding : rules->striven,
	};
	int64_t expected = progress->expected_tenths, done = progress->done_tenths;
	char period[PERIOD_TEXT_MAX];

	period_print(&progress->period, period);
	point.period = score_say(scoring, "%s", period);
	point.sentence = name;
	if (name == NULL) {
		scoring->out_of_memory = true;
		return;
	}
	if (!is_expected(scoring, progress, &point))
		return;
	if (rules->by_light)
		point.points = part_of(point.possible,
		                       light_tenths(rules, progress->light), WHOLE);
	else if (progress->reported && done > 0)
		point.points = done >= expected ? point.possible
		                                : part_of(point.possible, done, expected);
	point.sentence = score_say(scoring, "%s（%s）：%s%s。", name,
	                           target->binding ? "约束性" : "力争性",
	                           stands(scoring, progress),
	                           score_gets(scoring, point.points, point.possible));
	score_add(scoring, &point);
}

/* "截至2022年9月30日完成41.7%，序时进度45.8%". */
static const char *stands(struct scoring *scoring, const struct score_progress *progress)
{
	bool by_light = scoring->facts->plan->scoring.by_light;
	char on[WORDING_MAX], have[24], should[24];

	wording_date(progress->on, on);
	tenths_print(progress->done_tenths, have);
	tenths_print(progress->expected_tenths, should);
	if (!progress->reported)
		return score_say(scoring, "截至%s没有报数，无从认定完成情况", on);
	return score_say(scoring, "截至%s完成%s%%，序时进度%s%%%s%s", on, have, should,
	                 by_light ? "，亮灯为" : "",
	                 by_light ? light_word(progress->light) : "");
}

/* What has no curve, or should not have begun, asks for nothing yet. */
static bool is_expected(struct scoring *scoring, const struct score_progress *progress,
                        struct score_point *point)
{
	if (progress->has_expected && progress->expected_tenths > 0)
		return true;
	point->counted = false;
	point->possible = 0;
	point->sentence = score_say(scoring, "%s：%s，不计分。", point->sentence,
	                            progress->has_expected ? "序时进度为0，还没有要求"
	                                                   : "没有期限或者序时进度");
	score_add(scoring, point);
	return false;
}

static int64_t light_tenths(const struct plan_scoring *rules, enum light light)
{
	switch (light) {
	case LIGHT_GREEN:
		return WHOLE;
	case LIGHT_YELLOW:
		return rules->yellow_tenths;
	case LIGHT_RED:
		return rules->red_tenths;
	default:
		return 0;
	}
}

/* The one rounding of a point: half up, to a hundredth. All are small: a thousand
 * points, a few thousand tenths. */
static int64_t part_of(int64_t whole, int64_t numerator, int64_t denominator)
{
	return (2 * whole * numerator + denominator) / (2 * denominator);
}

static int judge_reports(struct scoring *scoring)
{
	size_t count = scoring->facts->obligation_count;
	const struct score_obligation **sorted =
		arena_array(scoring->arena, count, sizeof(struct score_obligation *));

	if (sorted == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &scoring->facts->obligations[i];
	if (count > 1)
		qsort(sorted, count, sizeof(struct score_obligation *), by_period);
	score_begin_deduction(scoring);
	for (size_t i = 0; i < count; i++)
		score_report(scoring, sorted[i]);
	score_end_deduction(scoring);
	return 0;
}

static int by_period(const void *a, const void *b)
{
	const struct score_obligation *one = *(const struct score_obligation *const *)a;
	const struct score_obligation *other = *(const struct score_obligation *const *)b;

	if (one->section->index != other->section->index)
		return one->section->index < other->section->index ? -1 : 1;
	return period_compare(&one->period, &other->period);
}

struct score_point score_point_of(struct scoring *scoring,
                                  const struct score_obligation *obligation,
                                  enum score_part part)
{
	char period[PERIOD_TEXT_MAX];

	period_print(&obligation->period, period);
	return (struct score_point){
		.part = part,
		.rule = "",
		.section = obligation->section,
		.period = score_say(scoring, "%s", period),
		.number = obligation->number,
		.counted = true,
		.sentence = "",
	};
}

void score_add(struct scoring *scoring, const struct score_point *point)
{
	struct score *score = scoring->score;
	struct score_point *points =
		arena_grow(scoring->arena, score->points, score->point_count,
	                   &scoring->capacity, sizeof(*points));

	if (points == NULL) {
		scoring->out_of_memory = true;
		return;
	}
	score->points = points;
	points[score->point_count++] = *point;
	score->parts[point->part].points += point->points;
	score->parts[point->part].possible += point->possible;
}

/*
 * The rate: sum of weight * points / possible over the parts in which the unit has
 * something, by the sum of their weights. One fraction, one rounding. A part has at most
 * some ten to the eighth hundredths, so that three of them multiply within 128 bits.
 */
static void rate(struct score *score)
{
	__int128 got = 0, whole = 1;
	int weights = 0;

	for (size_t i = 0; i < SCORE_PARTS; i++) {
		const struct score_tally *part = &score->parts[i];

		if (part->weight == 0 || part->possible <= 0)
			continue;
		got = got * part->possible +
		      whole * part->weight * (__int128)part->points;
		whole *= part->possible;
		weights += part->weight;
	}
	if (weights == 0)
		return;
	whole *= weights;
	score->has_rate = true;
	score->rate_tenths = (int64_t)((2 * got * WHOLE + whole) / (2 * whole));
}

void score_rank(const struct score *scores, size_t count, unsigned *ret_ranks)
{
	for (size_t i = 0; i < count; i++) {
		unsigned better = 0;

		ret_ranks[i] = 0;
		if (!scores[i].has_rate)
			continue;
		for (size_t j = 0; j < count; j++)
			better += scores[j].has_rate &&
			          scores[j].rate_tenths > scores[i].rate_tenths;
		ret_ranks[i] = better + 1;
	}
}
