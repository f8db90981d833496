/*
 * AddProblem and ActOnProblem:
 *
 *	Add  request -> whose? -> rules (model) -> instants of its due date -> store ~ ~>
 *	     number
 *	Act  request -> store: as it stands ~ ~> rules (model) -> store: one event ~ ~>
 *	     state
 *
 * What can go wrong, and who must act: a field that is wrong (each is named, who entered
 * it mends it), somebody who may not (the message says who may), somebody else who was
 * quicker (look again). Nobody need act when the database is away: sending again is safe.
 */
#include "server/problems.h"

#include <string.h>

#include "duban/v1/problems.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/notice_problem.h"
#include "model/period.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/judge.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/settings.h"
#include "server/store_problem.h"
#include "server/watch.h"

#define REQUEST_ID_SIZE 16

/* One call in flight. Lives in its arena. */
struct dealing {
	unsigned magic;
#define DEALING_MAGIC 0x47e1b6d5U
	struct server *srv;
	struct rpc_call *call;
	struct arena *arena;
	struct identity caller;
	struct findings findings;
	struct refusal refusal;
	const ProtobufCMessage *request;
	const struct plan_version *version; /* a reference */
	struct problem problem;
	struct problem_event event;
	struct store_problem facts;
	union {
		struct store_problem_add add;
		struct store_problem_act act;
	};
};

static void begin(struct server *srv, struct rpc_call *call, struct bytes body,
                  const ProtobufCMessageDescriptor *type,
                  int (*start)(struct dealing *dealing));
static int start_add(struct dealing *dealing);
static int find_plan(struct dealing *dealing, const char *plan);
static int authorize(struct dealing *dealing);
static bool is_bureau(const struct dealing *dealing, const char *section);
static int read_day(struct dealing *dealing, const char *field, const char *text,
                    day *ret_day);
static int fill_due(struct dealing *dealing, day due, struct problem_due *ret_due);
static void on_added(struct store_problem_add *add, int status);
static int start_act(struct dealing *dealing);
static void on_facts(struct store_problem *facts, int status);
static int act(struct dealing *dealing);
static int fill_told(struct dealing *dealing);
static void on_acted(struct store_problem_act *act, int status);
static int refused(struct dealing *dealing, int err, const char *field, const char *why);
static void end(struct dealing *dealing, int status);

void problems_add_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	begin(srv, call, body, &duban__v1__add_problem_request__descriptor, start_add);
}

void problems_act_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	begin(srv, call, body, &duban__v1__act_on_problem_request__descriptor, start_act);
}

static void begin(struct server *srv, struct rpc_call *call, struct bytes body,
                  const ProtobufCMessageDescriptor *type,
                  int (*start)(struct dealing *dealing))
{
	struct dealing *dealing = arena_new(rpc_call_arena(call), struct dealing);
	ProtobufCMessage *request;
	int r;

	if (dealing == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	dealing->magic = DEALING_MAGIC;
	dealing->srv = srv;
	dealing->call = call;
	dealing->arena = rpc_call_arena(call);
	dealing->refusal.field = "request";
	findings_init(&dealing->findings, dealing->arena);
	r = service_read(call, type, body, &request, &dealing->refusal.why);
	dealing->request = request;
	if (r == 0)
		r = service_caller(srv, call, &dealing->caller);
	if (r == 0)
		r = start(dealing);
	if (r < 0)
		end(dealing, r);
}

static int start_add(struct dealing *dealing)
{
	const Duban__V1__AddProblemRequest *request =
		(const Duban__V1__AddProblemRequest *)dealing->request;
	struct store_problem_add *add = &dealing->add;
	struct problem *problem = &dealing->problem;
	unsigned month, dom;
	int r = find_plan(dealing, request->plan);

	if (r < 0)
		return r;
	if (request->request_id.len != REQUEST_ID_SIZE)
		return refused(dealing, E_SYNTAX, "request_id", "应为16个字节。");
	*problem = (struct problem){
		.unit = request->unit,
		.section = request->section,
		.target = request->target,
		.project = request->project,
		.kind = (enum problem_kind)request->kind,
		.title = request->title,
		.terms = {.owner = request->owner,
	                  .telephone = request->telephone,
	                  .measure = request->measure},
	};
	r = authorize(dealing);
	if (r == 0)
		r = read_day(dealing, "found", request->found, &problem->found);
	if (r == 0)
		r = read_day(dealing, "due", request->due, &problem->terms.due);
	add->now = clock_now(dealing->srv->clock);
	if (r == 0)
		r = problem_check(dealing->version->plan, problem,
		                  instant_day(add->now,
		                              dealing->version->plan->utc_offset),
		                  &dealing->findings);
	if (r == 0)
		r = fill_due(dealing, problem->terms.due, &add->due);
	if (r < 0)
		return r;
	day_split(instant_day(add->now, dealing->version->plan->utc_offset), &add->year,
	          &month, &dom);
	add->plan = dealing->version->plan->id;
	add->plan_version = dealing->version->version;
	add->problem = problem;
	add->request_id = message_view(request->request_id);
	add->wall_now = wall_now();
	add->by = dealing->caller.uri;
	add->arena = dealing->arena;
	add->done = on_added;
	return store_problem_add(dealing->srv->store, add);
}

static int find_plan(struct dealing *dealing, const char *plan)
{
	const struct plan_version *version = plans_get(dealing->srv->plans, plan);

	if (version == NULL)
		return refused(dealing, E_NOT_FOUND, "plan",
		               "没有这个方案；有多个方案时请写明。");
	dealing->version = plan_version_ref(version);
	return 0;
}

/* A district its own; a department the sections that it leads; the office all. */
static int authorize(struct dealing *dealing)
{
	const struct problem *problem = &dealing->problem;

	if (dealing->caller.kind == IDENTITY_DISTRICT)
		return strcmp(problem->unit, dealing->caller.unit) == 0
		               ? 0
		               : refused(dealing, E_DENIED, "unit",
		                         "只能登记本单位的问题。");
	return is_bureau(dealing, problem->section)
	               ? 0
	               : refused(dealing, E_DENIED, "section",
	                         "该板块由其他处室牵头，本处室不能登记其问题。");
}

/* For the bureau; a section that the plan does not have is told by the rules. */
static bool is_bureau(const struct dealing *dealing, const char *section)
{
	const struct plan_section *found =
		plan_find_section(dealing->version->plan, section);

	if (service_is_office(dealing->srv, &dealing->caller))
		return true;
	return dealing->caller.kind == IDENTITY_DEPARTMENT &&
	       (found == NULL || (found->lead != NULL &&
	                          strcmp(found->lead->id, dealing->caller.unit) == 0));
}

static int read_day(struct dealing *dealing, const char *field, const char *text,
                    day *ret_day)
{
	*ret_day = DAY_NONE;
	if (text[0] == '\0' || day_parse(text, ret_day) == 0)
		return 0;
	return refused(dealing, E_SYNTAX, field, "日期应写为“2022-09-30”，或不填。");
}

/* Nobody is told at night or on a rest day, and nobody is reported upwards before being
 * told; what was due long ago is told now. */
static int fill_due(struct dealing *dealing, day due, struct problem_due *ret_due)
{
	const struct plan *plan = dealing->version->plan;
	int64_t now = clock_now(dealing->srv->clock), told;
	struct problem_instant *instants;

	*ret_due = (struct problem_due){.count = 0};
	if (due == DAY_NONE)
		return 0;
	instants = arena_new_array(dealing->arena, plan->step_count + 1,
	                           struct problem_instant);
	if (instants == NULL)
		return E_NOMEM;
	ret_due->due_at = instant_of(due + 1, 0, plan->utc_offset) - 1;
	told = problem_told_at(plan, due);
	if (told < now)
		told = now;
	instants[0] = (struct problem_instant){.at = told};
	for (size_t i = 0; i < plan->step_count; i++)
		instants[i + 1] = (struct problem_instant){
			.level = plan->steps[i].level,
			.at = step_instant(plan, &plan->steps[i], told),
		};
	ret_due->instants = instants;
	ret_due->count = plan->step_count + 1;
	return 0;
}

static void on_added(struct store_problem_add *add, int status)
{
	struct dealing *dealing = container_of(add, struct dealing, add);
	Duban__V1__AddProblemResponse answer = DUBAN__V1__ADD_PROBLEM_RESPONSE__INIT;

	CHECK_MAGIC(dealing, DEALING_MAGIC);
	if (status == E_LIMIT)
		(void)refused(dealing, status, "unit",
		              "本单位在该方案中登记的问题已达上限（5000个）。");
	if (status == E_NOT_FOUND) /* a field of the request is wrong */
		status = refused(
			dealing, E_SYNTAX, "project",
			"该单位在该板块的项目清单中没有这个项目；请先登记项目，或不"
			"写。");
	if (status < 0) {
		end(dealing, status);
		return;
	}
	plan_version_unref(dealing->version);
	judge_wake(dealing->srv->judge); /* it may be overdue already */
	answer.number = message_text(add->number);
	answer.again = add->again;
	service_reply(dealing->call, &answer.base);
}

static int start_act(struct dealing *dealing)
{
	const Duban__V1__ActOnProblemRequest *request =
		(const Duban__V1__ActOnProblemRequest *)dealing->request;
	struct store_problem *facts = &dealing->facts;

	if (request->number[0] == '\0')
		return refused(dealing, E_SYNTAX, "number", "请给出问题编号。");
	facts->number = request->number;
	facts->unit =
		dealing->caller.kind == IDENTITY_DISTRICT ? dealing->caller.unit : "";
	facts->arena = dealing->arena;
	facts->done = on_facts;
	return store_problem(dealing->srv->store, facts);
}

static void on_facts(struct store_problem *facts, int status)
{
	struct dealing *dealing = container_of(facts, struct dealing, facts);
	int r = status;

	CHECK_MAGIC(dealing, DEALING_MAGIC);
	if (r == E_NOT_FOUND)
		(void)refused(dealing, r, "number", "没有这个问题。");
	if (r == 0)
		r = find_plan(dealing, facts->row.plan);
	if (r == 0 && facts->row.ordinal >= STORE_PROBLEM_EVENTS)
		r = refused(dealing, E_LIMIT, "number",
		            "这个问题的办理记录已达上限（1000条）。");
	if (r == 0)
		r = act(dealing);
	if (r < 0)
		end(dealing, r);
}

static int act(struct dealing *dealing)
{
	const Duban__V1__ActOnProblemRequest *request =
		(const Duban__V1__ActOnProblemRequest *)dealing->request;
	const struct problem_row *row = &dealing->facts.row;
	struct problem_event *event = &dealing->event;
	struct problem_terms wanted = {.owner = request->owner,
	                               .telephone = request->telephone,
	                               .measure = request->measure};
	struct problem_step step = {
		.act = (enum problem_act)request->act,
		.state = row->state,
		.kind = row->problem.kind,
		.own = dealing->caller.kind == IDENTITY_DISTRICT,
		.bureau = is_bureau(dealing, row->problem.section),
		.by = dealing->caller.uri,
		.registered_by = row->registered_by,
		.asked_by = row->asked_by,
		.text = request->text,
		.terms = &row->problem.terms,
		.wanted = &wanted,
	};
	int r = read_day(dealing, "due", request->due, &wanted.due);

	if (r < 0)
		return r;
	event->at = clock_now(dealing->srv->clock);
	step.today = instant_day(event->at, dealing->version->plan->utc_offset);
	r = problem_act(&step, &event->state, &event->terms, &dealing->refusal.field,
	                &dealing->refusal.why);
	if (r < 0)
		return r;
	dealing->refusal.why = NULL;
	event->ordinal = row->ordinal + 1;
	event->act = step.act;
	event->wall_at = wall_now();
	event->by = dealing->caller.uri;
	event->text = request->text;
	r = fill_due(dealing, wanted.due, &dealing->act.due);
	if (r == 0)
		r = fill_told(dealing);
	if (r < 0)
		return r;
	dealing->act.number = row->number;
	dealing->act.event = event;
	dealing->act.plan_version = dealing->version->version;
	dealing->act.arena = dealing->arena;
	dealing->act.done = on_acted;
	return store_problem_act(dealing->srv->store, &dealing->act);
}

/* Who has to act next: the lead department, or the unit again. */
static int fill_told(struct dealing *dealing)
{
	const struct problem_row *row = &dealing->facts.row;
	const struct plan *plan = dealing->version->plan;
	struct told *told = arena_new(dealing->arena, struct told);
	bool asked = dealing->event.act == PROBLEM_ASK;
	const struct notice_problem about = {
		.act = dealing->event.act,
		.unit = plan_find_unit(plan, row->problem.unit),
		.section = plan_find_section(plan, row->problem.section),
		.by = plan_find_department(plan, dealing->caller.unit),
		.number = row->number,
		.title = row->problem.title,
		.owner = dealing->event.terms.owner,
		.due = dealing->event.terms.due,
		.text = dealing->event.text,
	};
	struct notice notice;
	int r;

	if (!asked && dealing->event.act != PROBLEM_SEND_BACK)
		return 0;
	if (about.unit == NULL || about.section == NULL || about.section->lead == NULL)
		return 0; /* the plan has it no more: nobody to tell */
	r = told != NULL ? notice_problem_write(dealing->arena, plan, &about, &notice)
	                 : E_NOMEM;
	if (r < 0)
		return r;
	*told = (struct told){
		.recipient =
			arena_printf(dealing->arena, "%s/%s",
	                             asked ? "department" : "district",
	                             asked ? about.section->lead->id : about.unit->code),
		.title = notice.title,
		.text = notice.text,
	};
	dealing->act.kind = asked ? ALERT_PROBLEM_ASKED : ALERT_PROBLEM_SENT_BACK;
	dealing->act.told = told;
	dealing->act.told_count = 1;
	dealing->act.contacts = dealing->srv->settings->contacts;
	dealing->act.contact_count = dealing->srv->settings->contact_count;
	return told->recipient != NULL ? 0 : E_NOMEM;
}

static void on_acted(struct store_problem_act *act, int status)
{
	struct dealing *dealing = container_of(act, struct dealing, act);
	Duban__V1__ActOnProblemResponse answer = DUBAN__V1__ACT_ON_PROBLEM_RESPONSE__INIT;

	CHECK_MAGIC(dealing, DEALING_MAGIC);
	if (status == E_STATE)
		(void)refused(dealing, status, "number",
		              "问题刚刚有了新的办理，请重新查看后再办。");
	if (status < 0) {
		end(dealing, status);
		return;
	}
	plan_version_unref(dealing->version);
	judge_wake(dealing->srv->judge); /* alerts about it may be done with */
	watch_wake(dealing->srv->watch);
	deliver_wake(dealing->srv->deliver);
	answer.state = (Duban__V1__ProblemState)dealing->event.state;
	answer.at = dealing->event.at;
	service_reply(dealing->call, &answer.base);
}

static int refused(struct dealing *dealing, int err, const char *field, const char *why)
{
	dealing->refusal.field = field;
	dealing->refusal.why = why;
	return err;
}

/* Every way out but a good answer. */
static void end(struct dealing *dealing, int status)
{
	plan_version_unref(dealing->version);
	dealing->version = NULL;
	dealing->refusal.err = status;
	dealing->refusal.findings = &dealing->findings;
	if (dealing->refusal.why == NULL)
		dealing->refusal.field = NULL;
	refuse_call(dealing->call, &dealing->refusal);
}
