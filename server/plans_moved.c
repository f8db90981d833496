/*
 * ListMovedDates:
 *
 *	read request -> which plan, from memory -> store ~ ~> answer
 *
 * What can go wrong: there is no such plan or version, or the database is away.
 */
#include "server/plans.h"

#include "duban/v1/plans.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call.h"
#include "server/message.h"
#include "server/plan_effects.h"
#include "server/plan_effects_message.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_plan.h"

/* One ListMovedDates in flight. Lives in the call's arena. */
struct plan_moved {
	unsigned magic;
#define PLAN_MOVED_MAGIC 0x7d20c5b9U
	struct rpc_call *call;
	struct store_plan_moved store;
};

static int begin(struct server *srv, struct plan_moved *moved,
                 const Duban__V1__ListMovedDatesRequest *request);
static void on_moved(struct store_plan_moved *store, int status);
static void reply(struct rpc_call *call, const struct store_plan_moved *store);

void plans_moved_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct plan_moved *moved = arena_new(rpc_call_arena(call), struct plan_moved);
	ProtobufCMessage *message;
	const char *why = NULL;
	int r;

	r = service_read(call, &duban__v1__list_moved_dates_request__descriptor, body,
	                 &message, &why);
	if (r == 0 && moved == NULL)
		r = E_NOMEM;
	if (r < 0) {
		refuse_because(call, r, "request", why);
		return;
	}
	moved->magic = PLAN_MOVED_MAGIC;
	moved->call = call;
	r = begin(srv, moved, (const Duban__V1__ListMovedDatesRequest *)message);
	if (r == E_NOT_FOUND)
		refuse_because(call, r, "plan",
		               "没有这个方案，或有多个方案而未指明编号。");
	else if (r < 0)
		refuse(call, r, NULL);
}

static int begin(struct server *srv, struct plan_moved *moved,
                 const Duban__V1__ListMovedDatesRequest *request)
{
	const struct plan_version *current = plans_get(srv->plans, request->plan);
	struct store_plan_moved *store = &moved->store;

	if (current == NULL)
		return E_NOT_FOUND;
	store->arena = rpc_call_arena(moved->call);
	store->plan = arena_strdup(store->arena, current->plan->id);
	store->version = request->version;
	store->done = on_moved;
	return store->plan != NULL ? store_plan_moved(srv->store, store) : E_NOMEM;
}

static void on_moved(struct store_plan_moved *store, int status)
{
	struct plan_moved *moved = container_of(store, struct plan_moved, store);

	CHECK_MAGIC(moved, PLAN_MOVED_MAGIC);
	if (status == E_NOT_FOUND)
		refuse_because(moved->call, status, "version", "方案没有这个版本。");
	else if (status < 0)
		refuse(moved->call, status, NULL);
	else
		reply(moved->call, store);
}

static void reply(struct rpc_call *call, const struct store_plan_moved *store)
{
	Duban__V1__ListMovedDatesResponse response =
		DUBAN__V1__LIST_MOVED_DATES_RESPONSE__INIT;
	const struct plan_effects effects = {.dates = store->dates,
	                                     .date_count = store->count};
	Duban__V1__PlanEffects *message;

	if (plan_effects_message(rpc_call_arena(call), &effects, &message) < 0) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	response.plan = message_text(store->plan);
	response.version = store->version;
	response.applied_at = store->applied_at;
	response.calendar_from = message_text(store->calendar_from);
	response.calendar_to = message_text(store->calendar_to);
	response.n_dates = message->n_dates;
	response.dates = message->dates;
	service_reply(call, &response.base);
}
