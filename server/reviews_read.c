/*
 * ListWaiting and GetLife:
 *
 *	ListWaiting  the caller's sections and steps -> store ~ ~> due by the plan ->
 *answer GetLife      a report's number -> store ~ ~> events in order -> answer
 *
 * A district sees the life of its own reports and of nobody else's: a foreign number is
 * "not found".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duban/v1/reviews.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/period.h"
#include "model/wording.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/reviews.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_review.h"

#define PAGE_DEFAULT     100
#define TOKEN_NUMBER_MAX 64

/* One ListWaiting in flight. Lives in the call's arena, as the next. */
struct waiting_list {
	unsigned magic;
#define WAITING_LIST_MAGIC 0x71c5d03eU
	struct server *srv;
	struct rpc_call *call;
	struct identity caller;
	struct store_waiting waiting;
};

struct life {
	unsigned magic;
#define LIFE_MAGIC 0x9d2f4c17U
	struct server *srv;
	struct rpc_call *call;
	struct identity caller;
	struct store_life store;
};

static int ask_waiting(struct waiting_list *list,
                       const Duban__V1__ListWaitingRequest *request,
                       struct refusal *refusal);
static int fill_sections(struct waiting_list *list, const char *only);
static int64_t steps_of(const struct waiting_list *list,
                        const struct plan_section *section);
static int read_token(struct store_waiting *waiting, const char *token);
static void on_waiting(struct store_waiting *waiting, int status);
static int answer_waiting(struct waiting_list *list);
static int write_waiting(const struct waiting_list *list, const struct waiting_row *row,
                         Duban__V1__WaitingReport *ret);
static int write_whose(struct arena *arena, const struct plan *plan,
                       const struct waiting_row *row, Duban__V1__WaitingReport *ret);
static void on_life(struct store_life *store, int status);
static int answer_life(struct life *life);
static int write_event(struct arena *arena, const struct life_event *event,
                       Duban__V1__LifeEvent *ret);

void reviews_waiting_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct waiting_list *list = arena_new(rpc_call_arena(call), struct waiting_list);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *request;
	int r = list != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__list_waiting_request__descriptor, body,
		                 &request, &refusal.why);
	if (r == 0) {
		list->magic = WAITING_LIST_MAGIC;
		list->srv = srv;
		list->call = call;
		r = service_caller(srv, call, &list->caller);
	}
	if (r == 0)
		r = ask_waiting(list, (const Duban__V1__ListWaitingRequest *)request,
		                &refusal);
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask_waiting(struct waiting_list *list,
                       const Duban__V1__ListWaitingRequest *request,
                       struct refusal *refusal)
{
	struct store_waiting *waiting = &list->waiting;
	uint32_t size = request->page != NULL ? request->page->size : 0;
	int r;

	waiting->arena = rpc_call_arena(list->call);
	waiting->limit = size == 0 ? PAGE_DEFAULT : size;
	waiting->after_number = "";
	waiting->done = on_waiting;
	if (size > STORE_WAITING_PAGE_MAX) {
		refusal->field = "page.size";
		refusal->why = "每页最多1000条。";
		return E_RANGE;
	}
	r = read_token(waiting, request->page != NULL ? request->page->token : "");
	if (r < 0) {
		refusal->field = "page.token";
		refusal->why = "翻页标记不是上一页给出的。";
		return r;
	}
	r = fill_sections(list, request->section);
	return r < 0 ? r : store_waiting(list->srv->store, waiting);
}

/* A token is "since:number" of the last row that was given. */
static int read_token(struct store_waiting *waiting, const char *token)
{
	char *end;

	if (token[0] == '\0')
		return 0;
	waiting->after_since = strtoll(token, &end, 10);
	if (end == token || *end != ':' || end[1] == '\0' ||
	    strlen(end) > TOKEN_NUMBER_MAX)
		return E_SYNTAX;
	waiting->after_number = end + 1;
	return 0;
}

/* Every section of every plan in which the caller has a step to do. */
static int fill_sections(struct waiting_list *list, const char *only)
{
	struct store_waiting *waiting = &list->waiting;
	const struct plans *plans = list->srv->plans;
	const char **ids, **sections;
	size_t count = 0;
	int64_t *steps;

	for (size_t i = 0; i < plans_count(plans); i++)
		count += plans_at(plans, i)->plan->section_count;
	ids = arena_new_array(waiting->arena, count, const char *);
	sections = arena_new_array(waiting->arena, count, const char *);
	steps = arena_new_array(waiting->arena, count, int64_t);
	if (ids == NULL || sections == NULL || steps == NULL)
		return E_NOMEM;
	count = 0;
	for (size_t i = 0; i < plans_count(plans); i++) {
		const struct plan *plan = plans_at(plans, i)->plan;

		for (size_t s = 0; s < plan->section_count; s++) {
			const struct plan_section *section = &plan->sections[s];

			steps[count] = steps_of(list, section);
			if (steps[count] == 0 ||
			    (only[0] != '\0' && strcmp(only, section->id) != 0))
				continue;
			ids[count] = arena_strdup(waiting->arena, plan->id);
			sections[count] = arena_strdup(waiting->arena, section->id);
			if (ids[count] == NULL || sections[count++] == NULL)
				return E_NOMEM;
		}
	}
	waiting->plans = ids;
	waiting->sections = sections;
	waiting->steps = steps;
	waiting->section_count = count;
	return 0;
}

/* The office sees both: it answers for the whole. */
static int64_t steps_of(const struct waiting_list *list,
                        const struct plan_section *section)
{
	if (service_is_office(list->srv, &list->caller) ||
	    list->caller.kind == IDENTITY_OPERATOR)
		return REVIEW_CONTENT | REVIEW_TOTALS;
	return section->lead != NULL && list->caller.kind == IDENTITY_DEPARTMENT &&
	                       strcmp(section->lead->id, list->caller.unit) == 0
	               ? REVIEW_CONTENT
	               : 0;
}

static void on_waiting(struct store_waiting *waiting, int status)
{
	struct waiting_list *list = container_of(waiting, struct waiting_list, waiting);

	CHECK_MAGIC(list, WAITING_LIST_MAGIC);
	if (status == 0)
		status = answer_waiting(list);
	if (status < 0)
		refuse(list->call, status, NULL);
}

static int answer_waiting(struct waiting_list *list)
{
	Duban__V1__ListWaitingResponse answer = DUBAN__V1__LIST_WAITING_RESPONSE__INIT;
	const struct store_waiting *waiting = &list->waiting;
	Duban__V1__WaitingReport *rows =
		arena_new_array(waiting->arena, waiting->count, Duban__V1__WaitingReport);

	answer.reports = arena_new_array(waiting->arena, waiting->count,
	                                 Duban__V1__WaitingReport *);
	if (rows == NULL || answer.reports == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < waiting->count; i++) {
		int r = write_waiting(list, &waiting->rows[i], &rows[i]);

		if (r < 0)
			return r;
		answer.reports[i] = &rows[i];
	}
	answer.n_reports = waiting->count;
	if (waiting->more) {
		const struct waiting_row *last = &waiting->rows[waiting->count - 1];

		answer.next_page = arena_printf(waiting->arena, "%" PRId64 ":%s",
		                                last->since, last->number);
		if (answer.next_page == NULL)
			return E_NOMEM;
	}
	service_reply(list->call, &answer.base);
	return 0;
}

static int write_waiting(const struct waiting_list *list, const struct waiting_row *row,
                         Duban__V1__WaitingReport *ret)
{
	const struct plan_version *version = plans_get(list->srv->plans, row->plan);
	int64_t now = clock_now(list->srv->clock);

	duban__v1__waiting_report__init(ret);
	ret->number = message_text(row->number);
	ret->unit = message_text(row->unit);
	ret->section = message_text(row->section);
	ret->period = message_text(row->period);
	ret->step = (Duban__V1__ReviewStep)row->step;
	ret->since_at = row->since;
	if (version != NULL) {
		const struct plan *plan = version->plan;
		const struct plan_review *review = &plan->review;
		day since = instant_day(row->since, plan->utc_offset);
		day today = instant_day(now, plan->utc_offset);
		int allowed =
			row->step == REVIEW_CONTENT ? review->content : review->totals;
		int waited = calendar_count_workdays(&plan->calendar, since, today);

		ret->workdays = waited > 0 ? (uint32_t)waited : 0;
		if (review->given)
			ret->due_at = workdays_instant(plan, row->since, allowed);
	}
	ret->overdue = ret->due_at != 0 && now > ret->due_at;
	return version != NULL ? write_whose(list->waiting.arena, version->plan, row, ret)
	                       : 0;
}

/* Whose step it is: the lead department's, or the working group's office's. */
static int write_whose(struct arena *arena, const struct plan *plan,
                       const struct waiting_row *row, Duban__V1__WaitingReport *ret)
{
	const struct plan_section *section = plan_find_section(plan, row->section);
	const struct plan_department *whose = plan->office;

	if (row->step == REVIEW_CONTENT && section != NULL && section->lead != NULL)
		whose = section->lead;
	if (whose == NULL)
		return 0;
	ret->by = arena_printf(arena, "department/%s", whose->id);
	ret->by_name = arena_strdup(arena, whose->name);
	return ret->by != NULL && ret->by_name != NULL ? 0 : E_NOMEM;
}

void reviews_life_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct life *life = arena_new(rpc_call_arena(call), struct life);
	const char *why = NULL;
	ProtobufCMessage *request;
	int r = life != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__get_life_request__descriptor, body,
		                 &request, &why);
	if (r == 0)
		r = service_caller(srv, call, &life->caller);
	if (r == 0) {
		life->magic = LIFE_MAGIC;
		life->srv = srv;
		life->call = call;
		life->store.number = ((const Duban__V1__GetLifeRequest *)request)->number;
		life->store.unit =
			service_sees_all(&life->caller) ? "" : life->caller.unit;
		life->store.arena = rpc_call_arena(call);
		life->store.done = on_life;
		r = store_life(srv->store, &life->store);
	}
	if (r < 0)
		refuse_because(call, r, why != NULL ? "request" : NULL, why);
}

static void on_life(struct store_life *store, int status)
{
	struct life *life = container_of(store, struct life, store);

	CHECK_MAGIC(life, LIFE_MAGIC);
	if (status == 0 && !store->found) {
		refuse_because(life->call, E_NOT_FOUND, "number", "没有这份报表。");
		return;
	}
	if (status == 0)
		status = answer_life(life);
	if (status < 0)
		refuse(life->call, status, NULL);
}

static int answer_life(struct life *life)
{
	Duban__V1__GetLifeResponse answer = DUBAN__V1__GET_LIFE_RESPONSE__INIT;
	const struct store_life *store = &life->store;
	const struct plan_version *version;
	Duban__V1__LifeEvent *events =
		arena_new_array(store->arena, store->count, Duban__V1__LifeEvent);

	answer.events =
		arena_new_array(store->arena, store->count, Duban__V1__LifeEvent *);
	if (events == NULL || answer.events == NULL)
		return E_NOMEM;
	answer.unit = message_text(store->owner);
	answer.section = message_text(store->section);
	answer.period = message_text(store->period);
	answer.due_at = store->due_at;
	answer.extended_due_at = store->extended_due_at;
	answer.lock_at = store->lock_at;
	version = plans_get(life->srv->plans, store->plan);
	if (version != NULL)
		answer.estimated = wording_is_estimated(version->plan, store->due_at) ||
		                   wording_is_estimated(version->plan, store->lock_at);
	for (size_t i = 0; i < store->count; i++) {
		int r = write_event(store->arena, &store->events[i], &events[i]);

		if (r < 0)
			return r;
		answer.events[answer.n_events++] = &events[i];
	}
	service_reply(life->call, &answer.base);
	return 0;
}

static int write_event(struct arena *arena, const struct life_event *event,
                       Duban__V1__LifeEvent *ret)
{
	Duban__V1__ReturnedField *fields =
		arena_new_array(arena, event->field_count, Duban__V1__ReturnedField);

	duban__v1__life_event__init(ret);
	ret->fields =
		arena_new_array(arena, event->field_count, Duban__V1__ReturnedField *);
	if (fields == NULL || ret->fields == NULL)
		return E_NOMEM;
	ret->at = event->at;
	ret->wall_at = event->wall_at;
	ret->kind = message_text(event->kind);
	ret->number = message_text(event->number);
	ret->by = message_text(event->by);
	ret->revision = event->revision;
	ret->step = (Duban__V1__ReviewStep)event->step;
	ret->due_at = event->due_at;
	ret->text = message_text(event->text);
	ret->report_kind = (Duban__V1__ReportKind)event->report_kind;
	ret->indicator = message_text(event->indicator);
	ret->standing = (Duban__V1__Standing)event->standing;
	ret->request_kind = (Duban__V1__RequestKind)event->request_kind;
	ret->granted = event->granted;
	ret->subject = message_text(event->subject);
	for (size_t i = 0; i < event->field_count; i++) {
		duban__v1__returned_field__init(&fields[i]);
		fields[i].field = message_text(event->fields[i]);
		fields[i].reason = message_text(event->reasons[i]);
		ret->fields[i] = &fields[i];
	}
	ret->n_fields = event->field_count;
	return 0;
}
