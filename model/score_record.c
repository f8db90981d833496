/*
 * A score as the bytes of a duban.v1.ScoreRecord: every input that can be read off it,
 * every point, and no time of making.
 */
#include <assert.h>

#include "duban/v1/assessment.pb-c.h"

#include "base/err.h"
#include "model/score_internal.h"
#include "model/wire.h"
#include "model/wire_convert.h"

static int write_what(struct arena *arena, const struct score *score,
                      Duban__V1__ScoreRecord *message);
static void write_counts(const struct score_counts *counts,
                         Duban__V1__ScoreCounts *message);
static int write_parts(struct arena *arena, const struct score *score,
                       Duban__V1__ScoreRecord *message);
static int write_points(struct arena *arena, const struct score *score,
                        Duban__V1__ScoreRecord *message);
static int write_point(struct arena *arena, const struct score_point *point,
                       Duban__V1__ScorePoint *message);
static int write_outages(struct arena *arena, const struct score_facts *facts,
                         Duban__V1__ScoreRecord *message);
static bool is_sample(const struct score *score);
static char *points(struct arena *arena, int64_t hundredths);
static char *tenths(struct arena *arena, bool has, int64_t value);

static_assert((int)SCORE_REPORTS + 1 ==
                      (int)DUBAN__V1__SCORE_PART_KIND__SCORE_PART_KIND_REPORTS,
              "same order");

int score_encode(struct arena *arena, const struct score *score, struct bytes *ret_bytes)
{
	Duban__V1__ScoreRecord message = DUBAN__V1__SCORE_RECORD__INIT;
	Duban__V1__ScoreCounts counts = DUBAN__V1__SCORE_COUNTS__INIT;
	int r = write_what(arena, score, &message);

	write_counts(&score->counts, &counts);
	message.counts = &counts;
	if (r == 0)
		r = write_parts(arena, score, &message);
	if (r == 0)
		r = write_points(arena, score, &message);
	if (r == 0)
		r = write_outages(arena, score->facts, &message);
	return r < 0 ? r : wire_pack(arena, &message.base, ret_bytes);
}

static int write_what(struct arena *arena, const struct score *score,
                      Duban__V1__ScoreRecord *message)
{
	static const char *const schemes[] = {
		[SCORING_NONE] = "",
		[SCORING_POINTS] = "points",
		[SCORING_EIONET] = "eionet",
		[SCORING_DEDUCTION] = "deduction",
	};
	const struct score_facts *facts = score->facts;
	char range[SCORE_RANGE_TEXT_MAX];

	score_range_print(&facts->range, range);
	message->plan = wire_string(facts->plan->id);
	message->plan_version = facts->plan_version;
	message->calendar = wire_string(facts->plan->calendar.version);
	message->unit = wire_string(facts->unit->code);
	message->range = arena_strdup(arena, range);
	message->known_at = facts->known_at;
	message->scheme = wire_string(schemes[facts->plan->scoring.scheme]);
	message->sample = is_sample(score);
	message->rate = tenths(arena, score->has_rate, score->rate_tenths);
	return message->range != NULL && message->rate != NULL ? 0 : E_NOMEM;
}

/* The formula, the schedule, or anything by which a target was judged. */
static bool is_sample(const struct score *score)
{
	const struct plan *plan = score->facts->plan;
	bool sample = plan->scoring.sample || plan->schedule.sample;

	for (size_t i = 0; !sample && i < score->facts->progress_count; i++) {
		const struct score_progress *progress = &score->facts->progress[i];
		const struct plan_target *target = progress->target;
		const struct plan_allocation *task =
			plan_task_on(target, score->facts->unit, progress->on);

		sample = target->curve_sample || target->deadline_sample ||
		         target->measure_sample || (task != NULL && task->sample);
	}
	return sample;
}

static void write_counts(const struct score_counts *counts,
                         Duban__V1__ScoreCounts *message)
{
	message->asked = counts->asked;
	message->on_time = counts->on_time;
	message->late = counts->late;
	message->missing = counts->missing;
	message->wrong = counts->wrong;
	message->returned = counts->returned;
	message->corrected = counts->corrected;
	message->waived = counts->waived;
	message->deducted = counts->deducted;
	message->excused = counts->excused;
	message->waiting = counts->waiting;
}

static int write_parts(struct arena *arena, const struct score *score,
                       Duban__V1__ScoreRecord *message)
{
	Duban__V1__ScorePart *parts =
		arena_new_array(arena, SCORE_PARTS, Duban__V1__ScorePart);

	message->parts = arena_new_array(arena, SCORE_PARTS, Duban__V1__ScorePart *);
	if (parts == NULL || message->parts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < SCORE_PARTS; i++) {
		const struct score_tally *tally = &score->parts[i];
		Duban__V1__ScorePart *part = &parts[message->n_parts];
		bool possible = tally->possible > 0;

		if (tally->weight == 0)
			continue;
		duban__v1__score_part__init(part);
		part->kind = (Duban__V1__ScorePartKind)(i + 1);
		part->weight = (uint32_t)tally->weight;
		part->points = points(arena, tally->points);
		part->possible = points(arena, tally->possible);
		part->percent =
			tenths(arena, possible,
		               possible ? (2000 * tally->points + tally->possible) /
		                                  (2 * tally->possible)
		                        : 0);
		if (part->points == NULL || part->possible == NULL ||
		    part->percent == NULL)
			return E_NOMEM;
		message->parts[message->n_parts++] = part;
	}
	return 0;
}

static int write_points(struct arena *arena, const struct score *score,
                        Duban__V1__ScoreRecord *message)
{
	Duban__V1__ScorePoint *all =
		arena_new_array(arena, score->point_count, Duban__V1__ScorePoint);

	message->points =
		arena_new_array(arena, score->point_count, Duban__V1__ScorePoint *);
	if (all == NULL || message->points == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < score->point_count; i++) {
		int r = write_point(arena, &score->points[i], &all[i]);

		if (r < 0)
			return r;
		message->points[message->n_points++] = &all[i];
	}
	return 0;
}

static int write_point(struct arena *arena, const struct score_point *point,
                       Duban__V1__ScorePoint *message)
{
	const struct plan_target *target = point->target;

	duban__v1__score_point__init(message);
	message->part = (Duban__V1__ScorePartKind)(point->part + 1);
	message->rule = wire_string(point->rule);
	message->section = wire_string(point->section != NULL ? point->section->id : "");
	message->target = wire_string(target != NULL ? target->id : "");
	message->period = wire_string(point->period);
	message->number = wire_string(point->number);
	message->clause = wire_string(
		target != NULL && target->clause != NULL ? target->clause->id : "");
	message->counted = point->counted;
	message->points = points(arena, point->points);
	message->possible = points(arena, point->possible);
	message->sentence = wire_string(point->sentence);
	return message->points != NULL && message->possible != NULL ? 0 : E_NOMEM;
}

static int write_outages(struct arena *arena, const struct score_facts *facts,
                         Duban__V1__ScoreRecord *message)
{
	Duban__V1__Outage *all =
		arena_new_array(arena, facts->outage_count, Duban__V1__Outage);

	message->outages =
		arena_new_array(arena, facts->outage_count, Duban__V1__Outage *);
	if (all == NULL || message->outages == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < facts->outage_count; i++) {
		duban__v1__outage__init(&all[i]);
		all[i].from_at = facts->outages[i].from;
		all[i].to_at = facts->outages[i].to;
		message->outages[message->n_outages++] = &all[i];
	}
	return 0;
}

static char *points(struct arena *arena, int64_t hundredths)
{
	char text[24];

	points_print(hundredths, text);
	return arena_strdup(arena, text);
}

/* "" when there is none. NULL: no memory. */
static char *tenths(struct arena *arena, bool has, int64_t value)
{
	char text[24] = "";

	if (has)
		tenths_print(value, text);
	return arena_strdup(arena, text);
}
