/*
 * Answers, before they are believed:
 *
 *	report + receipt -> signed by a node's receipt signer, about these bytes -> ours?
 *	     -> accepted
 *	life -> returned events, counted -> returned
 */
#include "client/agent/catch_up_take.h"

#include <string.h>

#include "base/err.h"
#include "client/agent/accepted.h"
#include "client/agent/agent.h"
#include "client/agent/returned.h"
#include "model/wire.h"

static int verify(struct arena *arena, const struct trust *trust,
                  const Duban__V1__Receipt *receipt, struct bytes payload,
                  const struct report *report, const struct receipt_body **ret_body);
/* One return of a life. */
struct taking {
	const Duban__V1__LifeEvent *event;
	unsigned ordinal;
	bool withdrawn;
};

static bool is_taken_back(const Duban__V1__GetLifeResponse *life, const char *number);
static int take_return(struct store *store, struct arena *arena,
                       const Duban__V1__GetLifeResponse *life,
                       const struct taking *taking);
static const char *plan_of(struct store *store, struct arena *arena,
                           const Duban__V1__GetLifeResponse *life);

int catch_up_take_report(struct store *store, struct arena *arena,
                         const struct trust *trust, const char *unit,
                         const Duban__V1__GetReportResponse *answer)
{
	const struct receipt_body *body;
	const struct report *report;
	struct bytes payload;
	int r;

	if (answer->report == NULL || answer->receipt == NULL)
		return E_SYNTAX;
	payload = bytes_of(answer->report->payload.data, answer->report->payload.len);
	r = accepted_read(arena, payload, &report);
	if (r < 0)
		return r == E_CORRUPT ? E_SYNTAX : r;
	if (strcmp(report->unit, unit) != 0)
		return E_REFUSED;
	r = verify(arena, trust, answer->receipt, payload, report, &body);
	return r < 0 ? r : accepted_put(store, body, payload);
}

/* A receipt is judged at the time when it was given, as a report is: its signer's
 * certificate may have been replaced since. */
static int verify(struct arena *arena, const struct trust *trust,
                  const Duban__V1__Receipt *receipt, struct bytes payload,
                  const struct report *report, const struct receipt_body **ret_body)
{
	int64_t now = agent_wall_now();
	struct bytes packed = bytes_of(NULL, 0);
	int r = receipt_body_decode(arena,
	                            bytes_of(receipt->body.data, receipt->body.len),
	                            ret_body);

	if (r == 0)
		r = wire_pack(arena, &receipt->base, &packed);
	if (r < 0)
		return r;
	if ((*ret_body)->wall_received_at > 0 && (*ret_body)->wall_received_at < now)
		now = (*ret_body)->wall_received_at;
	return receipt_verify(arena, trust, packed, report->id, payload, now / 1000,
	                      ret_body);
}

int catch_up_take_life(struct store *store, struct arena *arena,
                       const Duban__V1__GetLifeResponse *life, unsigned *news)
{
	unsigned ordinal = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < life->n_events; i++) {
		const Duban__V1__LifeEvent *event = life->events[i];
		struct returned before;
		bool known, withdrawn;

		if (strcmp(event->kind, "returned") != 0)
			continue;
		known = returned_get(store, arena, event->number, &before) == 0;
		withdrawn = is_taken_back(life, event->number);
		r = take_return(store, arena, life,
		                &(struct taking){event, ++ordinal, withdrawn});
		*news += !known || before.withdrawn != withdrawn;
	}
	return r;
}

/* A contest of this return was granted. */
static bool is_taken_back(const Duban__V1__GetLifeResponse *life, const char *number)
{
	static const char start[] = "return:";
	const size_t len = sizeof(start) - 1;

	for (size_t i = 0; i < life->n_events; i++) {
		const Duban__V1__LifeEvent *event = life->events[i];

		if (strcmp(event->kind, "answered") == 0 && event->granted &&
		    strncmp(event->subject, start, len) == 0 &&
		    strcmp(event->subject + len, number) == 0)
			return true;
	}
	return false;
}

static int take_return(struct store *store, struct arena *arena,
                       const Duban__V1__GetLifeResponse *life,
                       const struct taking *taking)
{
	const Duban__V1__LifeEvent *event = taking->event;
	size_t count = event->n_fields < RETURNED_FIELDS_MAX ? event->n_fields
	                                                     : RETURNED_FIELDS_MAX;
	struct returned_field *fields =
		arena_new_array(arena, count + 1, struct returned_field);
	struct returned returned = {
		.number = event->number,
		.plan = plan_of(store, arena, life),
		.section = life->section,
		.period = life->period,
		.revision = event->revision,
		.ordinal = taking->ordinal,
		.step = (unsigned)event->step,
		.by = event->by,
		.remark = event->text,
		.returned_at = event->at,
		.due_at = event->due_at,
		.fields = fields,
		.field_count = count,
		.withdrawn = taking->withdrawn,
	};

	if (fields == NULL || returned.plan == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		fields[i] = (struct returned_field){.field = event->fields[i]->field,
		                                    .reason = event->fields[i]->reason};
	return returned_put(store, &returned);
}

/* A life does not say of which plan it is; the reports that it is about do. */
static const char *plan_of(struct store *store, struct arena *arena,
                           const Duban__V1__GetLifeResponse *life)
{
	for (size_t i = 0; i < life->n_events; i++) {
		struct accepted accepted;

		if (accepted_get(store, arena, life->events[i]->number, &accepted) == 0)
			return accepted.plan;
	}
	return "";
}

struct withdrawing {
	const char *const *subjects;
	size_t count;
	const char *numbers[RETURNED_FIELDS_MAX]; /* more are found the next time */
	size_t found;
};

static int find_withdrawn(void *context, const struct returned *returned)
{
	struct withdrawing *withdrawing = context;

	for (size_t i = 0; i < withdrawing->count; i++)
		if (strcmp(withdrawing->subjects[i], returned->number) == 0)
			return 0;
	if (withdrawing->found < RETURNED_FIELDS_MAX)
		withdrawing->numbers[withdrawing->found++] = returned->number;
	return 0;
}

int catch_up_withdraw(struct store *store, struct arena *arena,
                      const char *const *subjects, size_t count)
{
	struct withdrawing withdrawing = {.subjects = subjects, .count = count};
	const struct returned_query query = {.arena = arena,
	                                     .open_only = true,
	                                     .visit = find_withdrawn,
	                                     .context = &withdrawing};
	int r = returned_list(store, &query);

	for (size_t i = 0; r == 0 && i < withdrawing.found; i++)
		r = store_run(store,
		              SQL("UPDATE returned SET withdrawn = 1 WHERE number = ?1",
		                  sql_text(withdrawing.numbers[i])),
		              NULL, NULL);
	return r;
}
