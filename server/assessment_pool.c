/*
 * All units of an assessment, judged and ranked, on a worker thread.
 *
 * Each unit has memory of its own while it is judged; only its row of the table is kept,
 * and its record when it is explained or published.
 */
#include <string.h>

#include "duban/v1/assessment.pb-c.h"

#include "base/err.h"
#include "server/assessment_call.h"
#include "server/assessment_message.h"

#define UNIT_MEMORY_MAX (32u * 1024 * 1024) /* while one unit is judged */

static int find_outages(struct assessing *assessing);
static int judge_one(struct assessing *assessing, const struct assessment *assessment,
                     size_t index, struct score *summary);

int assessment_judge_all(struct assessing *assessing)
{
	struct arena *arena = &assessing->arena;
	const struct plan *plan = assessing->version->plan;
	struct assessment assessment = {
		.plan = plan,
		.plan_version = assessing->version->version,
		.range = assessing->range,
		.known_at = assessing->known_at,
		.rows = &assessing->facts,
	};
	struct score *scores = arena_new_array(arena, plan->unit_count, struct score);
	unsigned *ranks = arena_new_array(arena, plan->unit_count, unsigned);
	int r;

	assessing->scores =
		arena_new_array(arena, plan->unit_count, struct score_to_publish);
	assessing->rows =
		arena_new_array(arena, plan->unit_count, struct Duban__V1__ScoreRow *);
	if (scores == NULL || ranks == NULL || assessing->scores == NULL ||
	    assessing->rows == NULL)
		return E_NOMEM;
	r = find_outages(assessing);
	assessment.outages = assessing->outages;
	assessment.outage_count = assessing->outage_count;
	for (size_t i = 0; r == 0 && i < plan->unit_count; i++)
		r = judge_one(assessing, &assessment, i, &scores[i]);
	if (r < 0)
		return r;
	score_rank(scores, plan->unit_count, ranks);
	for (size_t i = 0; i < plan->unit_count; i++) {
		assessing->rows[i]->rank = ranks[i];
		assessing->scores[i].rank = ranks[i];
	}
	assessing->row_count = plan->unit_count;
	return 0;
}

/* Those that ended before the range began are nobody's concern. */
static int find_outages(struct assessing *assessing)
{
	struct store_score_facts *facts = &assessing->facts;
	int r = score_outages(&assessing->arena, facts->spans, facts->span_count,
	                      assessing->version->plan->scoring.outage_minutes,
	                      &assessing->outages, &assessing->outage_count);

	while (r == 0 && assessing->outage_count > 0 &&
	       assessing->outages[0].to < facts->since) {
		assessing->outages++;
		assessing->outage_count--;
	}
	return r;
}

/* In memory of its own; what is kept of it is copied. */
static int judge_one(struct assessing *assessing, const struct assessment *assessment,
                     size_t index, struct score *summary)
{
	const struct plan_unit *unit = &assessment->plan->units[index];
	struct score_to_publish *kept = &assessing->scores[index];
	struct bytes record;
	struct arena scratch;
	int r;

	arena_init(&scratch, UNIT_MEMORY_MAX);
	r = assessment_judge(&scratch, assessment, unit, summary);
	if (r == 0)
		r = score_encode(&scratch, summary, &record);
	if (r == 0)
		r = assessment_row(&assessing->arena, &scratch, unit->code, unit->name,
		                   record, &assessing->rows[index]);
	if (r == 0) {
		kept->unit = unit->code;
		kept->has_rate = summary->has_rate;
		kept->rate_tenths = summary->rate_tenths;
		if (assessing->purpose == TO_PUBLISH || index == assessing->wanted) {
			kept->record = arena_copy(&assessing->arena, record);
			r = kept->record.data != NULL ? 0 : E_NOMEM;
		}
	}
	summary->points = NULL; /* they end with the scratch */
	arena_finish(&scratch);
	return r;
}

/* As the plan lists its units; those that it no longer has come last. */
int assessment_read_published(struct assessing *assessing)
{
	const struct plan *plan = assessing->version->plan;
	const struct store_score_published *published = &assessing->published;
	size_t count = published->count;
	struct Duban__V1__ScoreRow **all =
		arena_new_array(&assessing->arena, plan->unit_count + count,
	                        struct Duban__V1__ScoreRow *);
	size_t gone = plan->unit_count, kept = 0;

	if (all == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct score_published_row *row = &published->rows[i];
		const struct plan_unit *unit = plan_find_unit(plan, row->unit);
		size_t place = unit != NULL ? unit->index : gone++;
		struct arena scratch;
		int r;

		arena_init(&scratch, UNIT_MEMORY_MAX);
		r = assessment_row(&assessing->arena, &scratch, row->unit,
		                   unit != NULL ? unit->name : NULL, row->record,
		                   &all[place]);
		arena_finish(&scratch);
		if (r < 0)
			return r;
		all[place]->rank = row->rank;
	}
	for (size_t i = 0; i < gone; i++) {
		if (all[i] != NULL)
			all[kept++] = all[i];
	}
	assessing->rows = all;
	assessing->row_count = kept;
	return 0;
}
