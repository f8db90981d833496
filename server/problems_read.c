/*
 * GetProblem and ListProblems:
 *
 *	request -> whose may be seen -> store ~ ~> answer
 *
 * Sections and units come in the plan's own order. A district sees its own problems: a
 * foreign number is "not found", and to ask for another's list is refused, so that nobody
 * takes an empty list for the answer.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "duban/v1/problems.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/problems.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_problem.h"

#define PAGE_DEFAULT 100
#define TOKEN_PARTS  3 /* section, unit, id */

/* One GetProblem in flight. Lives in the call's arena, as the next. */
struct getting {
	unsigned magic;
#define GETTING_MAGIC 0x0c9d72f3U
	struct server *srv;
	struct rpc_call *call;
	struct store_problem problem;
};

struct problem_listing {
	unsigned magic;
#define PROBLEM_LISTING_MAGIC 0x7a35ec18U
	struct server *srv;
	struct rpc_call *call;
	struct arena *arena;
	day today; /* of the time that is asked about */
	struct store_problem_list list;
};

static int get(struct getting *getting, const Duban__V1__GetProblemRequest *request,
               struct refusal *refusal);
static void on_got(struct store_problem *problem, int status);
static int answer_one(struct getting *getting);
static int write_events(struct arena *arena, const struct store_problem *problem,
                        Duban__V1__GetProblemResponse *response);
static int list(struct problem_listing *listing,
                const Duban__V1__ListProblemsRequest *request, struct refusal *refusal);
static int choose_unit(struct problem_listing *listing, const char *asked,
                       struct refusal *refusal);
static int choose_states(struct problem_listing *listing,
                         const Duban__V1__ListProblemsRequest *request,
                         struct refusal *refusal);
static int choose_page(struct problem_listing *listing, const Duban__V1__Page *page,
                       struct refusal *refusal);
static int read_token(struct problem_listing *listing, const char *token);
static int fill_order(struct problem_listing *listing, const struct plan *plan);
static void on_listed(struct store_problem_list *list, int status);
static int answer_list(struct problem_listing *listing);
static int write_problem(struct arena *arena, const struct problem_row *row, day today,
                         Duban__V1__Problem **ret_message);
static char *write_day(struct arena *arena, day written);
static int refused(struct refusal *refusal, int err, const char *field, const char *why);

void problems_get_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct getting *getting = arena_new(rpc_call_arena(call), struct getting);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *request;
	int r = getting != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__get_problem_request__descriptor, body,
		                 &request, &refusal.why);
	if (r == 0) {
		getting->magic = GETTING_MAGIC;
		getting->srv = srv;
		getting->call = call;
		r = get(getting, (const Duban__V1__GetProblemRequest *)request, &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int get(struct getting *getting, const Duban__V1__GetProblemRequest *request,
               struct refusal *refusal)
{
	struct store_problem *problem = &getting->problem;
	struct identity caller;
	int r = service_caller(getting->srv, getting->call, &caller);

	if (r < 0)
		return r;
	if (request->number[0] == '\0')
		return refused(refusal, E_SYNTAX, "number", "请给出问题编号。");
	problem->arena = rpc_call_arena(getting->call);
	problem->number = request->number;
	problem->unit = service_sees_all(&caller)
	                        ? ""
	                        : arena_strdup(problem->arena, caller.unit);
	problem->done = on_got;
	if (problem->unit == NULL)
		return E_NOMEM;
	return store_problem(getting->srv->store, problem);
}

static void on_got(struct store_problem *problem, int status)
{
	struct getting *getting = container_of(problem, struct getting, problem);
	struct refusal refusal = {.field = NULL};

	CHECK_MAGIC(getting, GETTING_MAGIC);
	if (status == E_NOT_FOUND)
		(void)refused(&refusal, status, "number", "没有这个问题。");
	if (status == 0)
		status = answer_one(getting);
	refusal.err = status;
	if (status < 0)
		refuse_call(getting->call, &refusal);
}

static int answer_one(struct getting *getting)
{
	Duban__V1__GetProblemResponse response = DUBAN__V1__GET_PROBLEM_RESPONSE__INIT;
	const struct store_problem *problem = &getting->problem;
	const struct plan_version *version =
		plans_get(getting->srv->plans, problem->row.plan);
	int64_t now = clock_now(getting->srv->clock);
	day today =
		version != NULL ? instant_day(now, version->plan->utc_offset) : DAY_NONE;
	int r = write_problem(problem->arena, &problem->row, today, &response.problem);

	if (r == 0)
		r = write_events(problem->arena, problem, &response);
	if (r == 0)
		service_reply(getting->call, &response.base);
	return r;
}

static int write_events(struct arena *arena, const struct store_problem *problem,
                        Duban__V1__GetProblemResponse *response)
{
	Duban__V1__ProblemEvent *rows =
		arena_new_array(arena, problem->count, Duban__V1__ProblemEvent);

	response->events =
		arena_new_array(arena, problem->count, Duban__V1__ProblemEvent *);
	if (rows == NULL || response->events == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < problem->count; i++) {
		const struct problem_event *event = &problem->events[i];
		Duban__V1__ProblemEvent *row = &rows[i];

		duban__v1__problem_event__init(row);
		row->ordinal = event->ordinal;
		row->act = (Duban__V1__ProblemAct)event->act;
		row->at = event->at;
		row->wall_at = event->wall_at;
		row->by = message_text(event->by);
		row->text = message_text(event->text);
		row->state = (Duban__V1__ProblemState)event->state;
		row->owner = message_text(event->terms.owner);
		row->telephone = message_text(event->terms.telephone);
		row->measure = message_text(event->terms.measure);
		row->due = write_day(arena, event->terms.due);
		if (row->due == NULL)
			return E_NOMEM;
		response->events[response->n_events++] = row;
	}
	return 0;
}

void problems_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct problem_listing *listing =
		arena_new(rpc_call_arena(call), struct problem_listing);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *request;
	int r = listing != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__list_problems_request__descriptor,
		                 body, &request, &refusal.why);
	if (r == 0) {
		listing->magic = PROBLEM_LISTING_MAGIC;
		listing->srv = srv;
		listing->call = call;
		listing->arena = rpc_call_arena(call);
		r = list(listing, (const Duban__V1__ListProblemsRequest *)request,
		         &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int list(struct problem_listing *listing,
                const Duban__V1__ListProblemsRequest *request, struct refusal *refusal)
{
	const struct plan_version *version =
		plans_get(listing->srv->plans, request->plan);
	struct store_problem_list *list = &listing->list;
	int64_t at = request->known_at != 0 ? request->known_at
	                                    : clock_now(listing->srv->clock);
	int r;

	if (version == NULL)
		return refused(refusal, E_NOT_FOUND, "plan",
		               "没有这个方案；有多个方案时请写明。");
	listing->today = instant_day(at, version->plan->utc_offset);
	list->plan = arena_strdup(listing->arena, version->plan->id);
	list->section = request->section;
	list->target = request->target;
	list->project = request->project;
	list->kind = request->kind;
	list->overdue_before = request->overdue ? listing->today : DAY_NONE;
	list->known_at = request->known_at;
	list->arena = listing->arena;
	list->done = on_listed;
	r = list->plan != NULL ? choose_unit(listing, request->unit, refusal) : E_NOMEM;
	if (r == 0)
		r = choose_states(listing, request, refusal);
	if (r == 0)
		r = choose_page(listing, request->page, refusal);
	if (r == 0)
		r = fill_order(listing, version->plan);
	return r < 0 ? r : store_problem_list(listing->srv->store, list);
}

static int choose_unit(struct problem_listing *listing, const char *asked,
                       struct refusal *refusal)
{
	struct identity caller;
	int r = service_caller(listing->srv, listing->call, &caller);

	listing->list.unit = asked;
	if (r < 0 || service_sees_all(&caller))
		return r;
	if (asked[0] != '\0' && strcmp(asked, caller.unit) != 0)
		return refused(refusal, E_DENIED, "unit", "只能查看本单位的问题。");
	listing->list.unit = arena_strdup(listing->arena, caller.unit);
	return listing->list.unit != NULL ? 0 : E_NOMEM;
}

static int choose_states(struct problem_listing *listing,
                         const Duban__V1__ListProblemsRequest *request,
                         struct refusal *refusal)
{
	int64_t *states = arena_new_array(listing->arena, request->n_states, int64_t);

	if (states == NULL)
		return E_NOMEM;
	if (request->n_states > PROBLEM_STATES)
		return refused(refusal, E_RANGE, "states", "状态写得太多。");
	for (size_t i = 0; i < request->n_states; i++) {
		states[i] = request->states[i];
		if (states[i] < PROBLEM_OPEN || states[i] >= PROBLEM_STATES)
			return refused(refusal, E_RANGE, "states",
			               "状态应为整改中、已申请销号或已销号。");
	}
	listing->list.states = states;
	listing->list.state_count = request->n_states;
	return 0;
}

static int choose_page(struct problem_listing *listing, const Duban__V1__Page *page,
                       struct refusal *refusal)
{
	uint32_t size = page != NULL ? page->size : 0;
	int r;

	if (size > STORE_PROBLEMS_PAGE_MAX)
		return refused(refusal, E_RANGE, "page.size", "每页最多1000条。");
	listing->list.limit = size == 0 ? PAGE_DEFAULT : size;
	r = read_token(listing, page != NULL ? page->token : "");
	return r == E_SYNTAX
	               ? refused(refusal, r, "page.token", "翻页标记不是上一页给出的。")
	               : r;
}

/* "2:430102:7": of the last row that was given. None of the parts has a colon. */
static int read_token(struct problem_listing *listing, const char *token)
{
	const char *parts[TOKEN_PARTS];
	char *end;

	if (token[0] == '\0')
		return 0;
	for (size_t i = 0; i < TOKEN_PARTS; i++) {
		size_t len = strcspn(token, ":");
		bool last = i + 1 == TOKEN_PARTS;

		if (len == 0 || len > PLAN_ID_MAX || (token[len] == '\0') != last)
			return E_SYNTAX;
		parts[i] = arena_strndup(listing->arena, token, len);
		if (parts[i] == NULL)
			return E_NOMEM;
		token += last ? len : len + 1;
	}
	listing->list.after_section = parts[0];
	listing->list.after_unit = parts[1];
	listing->list.after_id = strtoll(parts[2], &end, 10);
	return *end == '\0' ? 0 : E_SYNTAX;
}

static int fill_order(struct problem_listing *listing, const struct plan *plan)
{
	struct store_problem_list *list = &listing->list;
	const char **units = arena_new_array(list->arena, plan->unit_count, const char *);
	const char **sections =
		arena_new_array(list->arena, plan->section_count, const char *);

	if (units == NULL || sections == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < plan->unit_count; i++)
		units[i] = plan->units[i].code;
	for (size_t i = 0; i < plan->section_count; i++)
		sections[i] = plan->sections[i].id;
	list->units = units; /* copied into the statement's parameters at once */
	list->sections = sections;
	list->unit_count = plan->unit_count;
	list->section_count = plan->section_count;
	return 0;
}

static void on_listed(struct store_problem_list *list, int status)
{
	struct problem_listing *listing =
		container_of(list, struct problem_listing, list);

	CHECK_MAGIC(listing, PROBLEM_LISTING_MAGIC);
	if (status == 0)
		status = answer_list(listing);
	if (status < 0)
		refuse(listing->call, status, NULL);
}

static int answer_list(struct problem_listing *listing)
{
	Duban__V1__ListProblemsResponse response =
		DUBAN__V1__LIST_PROBLEMS_RESPONSE__INIT;
	const struct store_problem_list *list = &listing->list;

	response.problems =
		arena_new_array(listing->arena, list->count, Duban__V1__Problem *);
	if (response.problems == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < list->count; i++) {
		int r = write_problem(listing->arena, &list->rows[i], listing->today,
		                      &response.problems[i]);

		if (r < 0)
			return r;
		response.n_problems++;
	}
	response.total = list->total;
	if (list->more) {
		const struct problem_row *last = &list->rows[list->count - 1];

		response.next_page =
			arena_printf(listing->arena, "%s:%s:%" PRId64,
		                     last->problem.section, last->problem.unit, last->id);
		if (response.next_page == NULL)
			return E_NOMEM;
	}
	service_reply(listing->call, &response.base);
	return 0;
}

static int write_problem(struct arena *arena, const struct problem_row *row, day today,
                         Duban__V1__Problem **ret_message)
{
	Duban__V1__Problem *message = arena_new(arena, Duban__V1__Problem);
	const struct problem *problem = &row->problem;

	if (message == NULL)
		return E_NOMEM;
	duban__v1__problem__init(message);
	message->number = message_text(row->number);
	message->plan = message_text(row->plan);
	message->unit = message_text(problem->unit);
	message->section = message_text(problem->section);
	message->target = message_text(problem->target);
	message->project = message_text(problem->project);
	message->kind = (Duban__V1__ProblemKind)problem->kind;
	message->title = message_text(problem->title);
	message->found = write_day(arena, problem->found);
	message->registered_at = row->registered_at;
	message->registered_by = message_text(row->registered_by);
	message->state = (Duban__V1__ProblemState)row->state;
	message->owner = message_text(problem->terms.owner);
	message->telephone = message_text(problem->terms.telephone);
	message->measure = message_text(problem->terms.measure);
	message->due = write_day(arena, problem->terms.due);
	message->overdue = problem_is_overdue(row->state, problem->terms.due, today);
	message->last_act = (Duban__V1__ProblemAct)row->last_act;
	message->last_at = row->last_at;
	message->last_text = message_text(row->last_text);
	message->sent_back = row->sent_back;
	*ret_message = message;
	return message->found != NULL && message->due != NULL ? 0 : E_NOMEM;
}

static char *write_day(struct arena *arena, day written)
{
	char text[DAY_TEXT_MAX];

	if (written == DAY_NONE)
		return message_text("");
	day_print(written, text);
	return arena_strdup(arena, text);
}

static int refused(struct refusal *refusal, int err, const char *field, const char *why)
{
	refusal->field = field;
	refusal->why = why;
	return err;
}
