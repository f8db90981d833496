/*
 * Plan time and plan:
 *
 *	GetStatus ~ ~> plan time -> ListPlans ~ ~> is ours current? ------.
 *	                                                |  no             |
 *	                                            GetPlan ~ ~> keep ----+
 *	                                                                  v
 *	                            done <- keep <~ ~ ListProjects, page by page
 *
 * What can go wrong: the centre is away (what is kept stays in force), or has no plan
 *yet.
 */
#include "client/agent/refresh.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "duban/v1/administration.pb-c.h"
#include "duban/v1/plans.pb-c.h"
#include "duban/v1/projects.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/plan_cache.h"
#include "client/agent/project_cache.h"
#include "model/wire.h"

static void on_status(struct centre_call *call, const struct rpc_status *status);
static void on_list(struct centre_call *call, const struct rpc_status *status);
static int find_current(struct refresh *refresh, const Duban__V1__ListPlansResponse *list,
                        const Duban__V1__PlanRow **ret_row);
static void on_plan(struct centre_call *call, const struct rpc_status *status);
static void ask_projects(struct refresh *refresh, const char *plan, bool changed);
static void ask_page(struct refresh *refresh, const char *token);
static void on_projects(struct centre_call *call, const struct rpc_status *status);
static int next(struct refresh *refresh, const char *method,
                void (*done)(struct centre_call *, const struct rpc_status *),
                const ProtobufCMessage *request);
static void finish(struct refresh *refresh, int status, bool changed, const char *why);

void refresh_init(struct refresh *refresh, struct centre *centre, struct store *store,
                  const char *plan)
{
	*refresh = (struct refresh){
		.magic = REFRESH_MAGIC, .centre = centre, .store = store, .plan = plan};
	arena_init(&refresh->arena, PLAN_MEMORY_MAX);
}

void refresh_finish(struct refresh *refresh)
{
	arena_finish(&refresh->arena);
}

int refresh_start(struct refresh *refresh)
{
	Duban__V1__GetStatusRequest request = DUBAN__V1__GET_STATUS_REQUEST__INIT;
	int r;

	CHECK_MAGIC(refresh, REFRESH_MAGIC);
	if (refresh->busy) {
		refresh->again = true;
		return 0;
	}
	r = next(refresh, "Administration/GetStatus", on_status, &request.base);
	refresh->busy = r == 0;
	return r;
}

static int next(struct refresh *refresh, const char *method,
                void (*done)(struct centre_call *, const struct rpc_status *),
                const ProtobufCMessage *request)
{
	AUTO(arena_finishp) struct arena arena;
	struct bytes body;
	int r;

	arena_init(&arena, 64u * 1024);
	refresh->call.done = done;
	r = wire_pack(&arena, request, &body);
	return r < 0 ? r
	             : centre_call(refresh->centre, &refresh->call, method, body,
	                           done == on_plan ? CENTRE_PLAN_MAX : CENTRE_ANSWER_MAX);
}

/* The refresh that @call is of, when it went well; else ends the run and gives NULL. */
static struct refresh *went_well(struct centre_call *call,
                                 const struct rpc_status *status,
                                 const ProtobufCMessageDescriptor *type,
                                 ProtobufCMessage **ret_message)
{
	struct refresh *refresh = container_of(call, struct refresh, call);
	const char *why = "";
	int r;

	CHECK_MAGIC(refresh, REFRESH_MAGIC);
	if (status->code != RPC_OK) {
		finish(refresh, E_DOWN, false,
		       status->message != NULL && status->message[0] != '\0'
		               ? status->message
		               : rpc_code_name(status->code));
		return NULL;
	}
	arena_finish(&refresh->arena);
	r = wire_unpack(&refresh->arena, type, call->answer, WIRE_LENIENT, ret_message,
	                &why);
	if (r < 0) {
		finish(refresh, r, false, why);
		return NULL;
	}
	return refresh;
}

static void on_status(struct centre_call *call, const struct rpc_status *status)
{
	Duban__V1__ListPlansRequest request = DUBAN__V1__LIST_PLANS_REQUEST__INIT;
	const Duban__V1__GetStatusResponse *answer;
	ProtobufCMessage *message;
	struct refresh *refresh =
		went_well(call, status, &duban__v1__get_status_response__descriptor,
	                  &message);
	int r;

	if (refresh == NULL)
		return;
	answer = (const Duban__V1__GetStatusResponse *)message;
	r = store_set_plan_time(refresh->store, answer->plan_at, answer->rehearsal,
	                        agent_wall_now());
	if (r < 0) {
		finish(refresh, r, false, store_why(refresh->store));
		return;
	}
	r = next(refresh, "Plans/ListPlans", on_list, &request.base);
	if (r < 0)
		finish(refresh, r, false, text_err(r));
}

static void on_list(struct centre_call *call, const struct rpc_status *status)
{
	Duban__V1__GetPlanRequest request = DUBAN__V1__GET_PLAN_REQUEST__INIT;
	const Duban__V1__PlanRow *row;
	ProtobufCMessage *message;
	struct refresh *refresh =
		went_well(call, status, &duban__v1__list_plans_response__descriptor,
	                  &message);
	int r;

	if (refresh == NULL)
		return;
	r = find_current(refresh, (const Duban__V1__ListPlansResponse *)message, &row);
	if (r < 0) {
		finish(refresh, r, false,
		       r == E_NOT_FOUND
		               ? _("中心端还没有发布方案")
		               : _("中心端有多个方案，请在配置中写明 agent.plan"));
		return;
	}
	if (plan_cache_version(refresh->store, row->plan) == row->version) {
		ask_projects(refresh, row->plan, false);
		return;
	}
	request.plan = row->plan;
	request.version = row->version;
	r = next(refresh, "Plans/GetPlan", on_plan, &request.base);
	if (r < 0)
		finish(refresh, r, false, text_err(r));
}

static int find_current(struct refresh *refresh, const Duban__V1__ListPlansResponse *list,
                        const Duban__V1__PlanRow **ret_row)
{
	const Duban__V1__PlanRow *found = NULL;

	for (size_t i = 0; i < list->n_plans; i++) {
		const Duban__V1__PlanRow *row = list->plans[i];

		if (!row->current ||
		    (refresh->plan[0] != '\0' && strcmp(refresh->plan, row->plan) != 0))
			continue;
		if (found != NULL)
			return E_EXISTS;
		found = row;
	}
	if (found == NULL)
		return E_NOT_FOUND;
	*ret_row = found;
	return 0;
}

static void on_plan(struct centre_call *call, const struct rpc_status *status)
{
	AUTO(arena_finishp) struct arena arena;
	ProtobufCMessage *message;
	struct refresh *refresh =
		went_well(call, status, &duban__v1__get_plan_response__descriptor,
	                  &message);
	const char *why = "";
	int r;

	arena_init(&arena, PLAN_MEMORY_MAX);
	if (refresh == NULL)
		return;
	r = plan_cache_put(refresh->store, &arena, call->answer, agent_wall_now(), &why);
	if (r < 0)
		finish(refresh, r, false, why);
	else
		ask_projects(refresh, ((const Duban__V1__GetPlanResponse *)message)->plan,
		             true);
}

/* What we have of them is a help, not a need: the centre judges again. So a centre that
 * does not know of projects, or goes away now, spoils nothing. */
static void ask_projects(struct refresh *refresh, const char *plan, bool changed)
{
	refresh->changed = changed;
	refresh->run = agent_wall_now();
	(void)snprintf(refresh->id, sizeof(refresh->id), "%s", plan);
	ask_page(refresh, "");
}

static void ask_page(struct refresh *refresh, const char *token)
{
	Duban__V1__ListProjectsRequest request = DUBAN__V1__LIST_PROJECTS_REQUEST__INIT;
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64u * 1024);
	page.size = PROJECT_CACHE_PAGE;
	page.token = arena_strdup(&arena, token);
	request.page = &page;
	request.plan = refresh->id;
	if (page.token == NULL ||
	    next(refresh, "Projects/ListProjects", on_projects, &request.base) < 0)
		finish(refresh, 0, refresh->changed, "");
}

static void on_projects(struct centre_call *call, const struct rpc_status *status)
{
	struct refresh *refresh = container_of(call, struct refresh, call);
	const Duban__V1__ListProjectsResponse *answer;
	ProtobufCMessage *message;

	CHECK_MAGIC(refresh, REFRESH_MAGIC);
	arena_finish(&refresh->arena);
	if (status->code != RPC_OK ||
	    wire_unpack(&refresh->arena, &duban__v1__list_projects_response__descriptor,
	                call->answer, WIRE_LENIENT, &message, NULL) < 0) {
		finish(refresh, 0, refresh->changed, "");
		return;
	}
	answer = (const Duban__V1__ListProjectsResponse *)message;
	if (project_cache_put(refresh->store, refresh->id, refresh->run, call->answer,
	                      answer->next_page[0] == '\0') == 0 &&
	    answer->next_page[0] != '\0')
		ask_page(refresh, answer->next_page);
	else
		finish(refresh, 0, refresh->changed, "");
}

static void finish(struct refresh *refresh, int status, bool changed, const char *why)
{
	bool again = refresh->again;

	refresh->busy = false;
	refresh->again = false;
	if (status == 0) /* else @why may lie in it; the next run frees it */
		arena_finish(&refresh->arena);
	if (refresh->done != NULL)
		refresh->done(refresh, status, changed, why);
	if (again && !refresh->busy && status == 0)
		(void)refresh_start(refresh);
}
