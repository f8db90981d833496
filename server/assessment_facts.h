/* From the store's rows to one unit's facts and its score. Pure; runs on the pool. */
#ifndef DUBAN_SERVER_ASSESSMENT_FACTS_H
#define DUBAN_SERVER_ASSESSMENT_FACTS_H

#include "model/score.h"
#include "server/board_figures.h"
#include "server/store_score.h"

/* What all units of one assessment share. Borrowed. */
struct assessment {
	const struct plan *plan;
	uint32_t plan_version;
	struct score_range range;
	int64_t known_at;
	const struct store_score_facts *rows;
	const struct score_span *outages;
	size_t outage_count;
	/* NULL, or what the newest figures show by @plan: then it stands for the lights
	 * that were stored for them, as it will when @plan is in force. */
	const struct board *board;
};

/*
 * The plan's periods that end within the range. E_RANGE: it has none there; E_NOMEM.
 */
int assessment_periods(struct arena *arena, const struct plan *plan,
                       const struct score_range *range, const char *const **ret_periods,
                       size_t *ret_count);
/*
 * The score of one unit, in @arena. What the plan no longer has (a section, a target, a
 * task) is left out.
 *
 *   E_STATE    the plan has no formula
 *   E_CORRUPT  a stored light cannot be read      E_NOMEM
 */
int assessment_judge(struct arena *arena, const struct assessment *assessment,
                     const struct plan_unit *unit, struct score *ret_score);

#endif
