/* What was judged or published, as the answer of a call. */
#include <string.h>

#include "duban/v1/assessment.pb-c.h"

#include "base/err.h"
#include "model/wire.h"
#include "server/assessment_call.h"
#include "server/message.h"
#include "server/service.h"

static int answer_scores(struct assessing *assessing);
static int answer_explanation(struct assessing *assessing);

int assessment_answer(struct assessing *assessing)
{
	return assessing->purpose == TO_EXPLAIN ? answer_explanation(assessing)
	                                        : answer_scores(assessing);
}

static int answer_scores(struct assessing *assessing)
{
	Duban__V1__GetScoresResponse message = DUBAN__V1__GET_SCORES_RESPONSE__INIT;
	const struct store_score_published *published = &assessing->published;
	const struct plan *plan = assessing->version->plan;
	const char *formula = score_formula(&assessing->arena, plan);
	Duban__V1__Outage *outages =
		arena_new_array(&assessing->arena, assessing->outage_count,
	                        Duban__V1__Outage);

	message.outages = arena_new_array(&assessing->arena, assessing->outage_count,
	                                  Duban__V1__Outage *);
	if (formula == NULL || outages == NULL || message.outages == NULL)
		return E_NOMEM;
	message.plan = message_text(plan->id);
	message.plan_version = assessing->version->version;
	message.range = assessing->period;
	message.known_at = assessing->known_at;
	message.formula = message_text(formula);
	message.sample = plan->scoring.sample || plan->schedule.sample;
	message.rows = assessing->rows;
	message.n_rows = assessing->row_count;
	if (published->ordinal != 0) {
		message.plan_version = published->plan_version;
		message.known_at = published->known_at;
		message.ordinal = published->ordinal;
		message.published_at = published->published_at;
		message.published_by = message_text(published->by);
		if (published->plan_version != assessing->version->version)
			message.formula = message_text(""); /* it may have been another */
	}
	for (size_t i = 0; i < assessing->outage_count; i++) {
		duban__v1__outage__init(&outages[i]);
		outages[i].from_at = assessing->outages[i].from;
		outages[i].to_at = assessing->outages[i].to;
		message.outages[message.n_outages++] = &outages[i];
	}
	service_reply(assessing->call, &message.base);
	return 0;
}

static int answer_explanation(struct assessing *assessing)
{
	Duban__V1__ExplainScoreResponse message = DUBAN__V1__EXPLAIN_SCORE_RESPONSE__INIT;
	const struct store_score_published *published = &assessing->published;
	const struct plan *plan = assessing->version->plan;
	const struct plan_unit *unit = &plan->units[assessing->wanted];
	const char *formula = score_formula(&assessing->arena, plan);
	struct bytes record = {0};
	ProtobufCMessage *unpacked;
	int r;

	if (published->ordinal == 0)
		record = assessing->scores[assessing->wanted].record;
	for (size_t i = 0; i < published->count; i++) {
		if (strcmp(published->rows[i].unit, unit->code) == 0)
			record = published->rows[i].record;
	}
	if (record.data == NULL)
		return E_NOT_FOUND; /* published before the unit was in the plan */
	r = wire_unpack(&assessing->arena, &duban__v1__score_record__descriptor, record,
	                WIRE_LENIENT, &unpacked, NULL);
	if (r < 0 || formula == NULL)
		return r == E_SYNTAX ? E_CORRUPT : E_NOMEM;
	message.record = (Duban__V1__ScoreRecord *)unpacked;
	message.unit_name = message_text(unit->name);
	message.formula = message_text(formula);
	if (published->ordinal != 0 &&
	    published->plan_version != assessing->version->version)
		message.formula = message_text("");
	message.ordinal = published->ordinal;
	message.published_at = published->published_at;
	message.published_by = message_text(published->by);
	for (size_t i = 0; i < assessing->row_count; i++) {
		const Duban__V1__ScoreRow *row = assessing->rows[i];

		message.ranked += row->rank > 0;
		if (strcmp(row->unit, unit->code) == 0)
			message.rank = row->rank;
	}
	service_reply(assessing->call, &message.base);
	return 0;
}
