/*
 * Which scores another version would give, by the same reports, returns and figures:
 *
 *	facts -> each unit by the formula in force --.
 *	      -> each unit by the new one ------------+-> those that differ
 *
 * Of the newest figures the new formula sees the lights that the new version will show;
 * those of earlier periods stay. Each unit has memory of its own meanwhile.
 */
#include "server/plan_effects_scores.h"

#include <string.h>

#include "base/err.h"
#include "server/assessment_facts.h"

#define UNIT_MEMORY_MAX (32u * 1024 * 1024) /* while one unit is judged */

static int prepare(struct arena *arena, const struct plan *plan, struct assessment *side);
static int judge(const struct assessment *side, const char *unit, bool *ret_has,
                 int64_t *ret_tenths);

int plan_effects_scores(struct arena *arena, const struct plan *from,
                        const struct plan *to, const struct assessment *shared,
                        struct plan_effects *effects)
{
	struct assessment was = *shared, is = *shared;
	struct effect_score *rows =
		arena_new_array(arena, to->unit_count, struct effect_score);
	int r = rows != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = prepare(arena, from, &was);
	if (r == 0)
		r = prepare(arena, to, &is);
	is.board = effects->board;
	for (size_t i = 0; r == 0 && i < to->unit_count; i++) {
		struct effect_score *row = &rows[effects->score_count];

		*row = (struct effect_score){.unit = &to->units[i]};
		r = judge(&was, row->unit->code, &row->has_from, &row->from_tenths);
		if (r == 0)
			r = judge(&is, row->unit->code, &row->has_to, &row->to_tenths);
		if (row->has_from != row->has_to || row->from_tenths != row->to_tenths)
			effects->score_count++;
	}
	effects->scores = rows;
	return r;
}

static int prepare(struct arena *arena, const struct plan *plan, struct assessment *side)
{
	side->plan = plan;
	return score_outages(arena, side->rows->spans, side->rows->span_count,
	                     plan->scoring.outage_minutes, &side->outages,
	                     &side->outage_count);
}

/* A version without a formula, or without the unit, gives no score. */
static int judge(const struct assessment *side, const char *unit, bool *ret_has,
                 int64_t *ret_tenths)
{
	const struct plan_unit *found = plan_find_unit(side->plan, unit);
	struct arena scratch;
	struct score score;
	int r;

	if (found == NULL || side->plan->scoring.scheme == SCORING_NONE)
		return 0;
	arena_init(&scratch, UNIT_MEMORY_MAX);
	r = assessment_judge(&scratch, side, found, &score);
	if (r == 0 && score.has_rate) {
		*ret_has = true;
		*ret_tenths = score.rate_tenths;
	}
	arena_finish(&scratch);
	return r;
}
