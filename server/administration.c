/*
 * GetStatus and ListDistricts: request -> store ~ ~> answer with what memory knows
 * besides. ReloadCredentials: request -> credentials.c -> answer.
 *
 * What can go wrong: the database is away: UNAVAILABLE. A certificate or list on disk is
 * bad: the old ones stay in force, and the operator is told which file and why.
 */
#include "server/administration.h"

#include <string.h>

#include "duban/v1/administration.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/identity.h"
#include "model/seal.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/credentials.h"
#include "server/deliver.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/settings.h"
#include "server/store_status.h"
#include "server/watch.h"

/* One call in flight. Lives in its arena. */
struct status_call {
	unsigned magic;
#define STATUS_CALL_MAGIC 0x5f31a0c8U
	struct server *srv;
	struct rpc_call *call;
	struct store_status status;
};
struct districts_call {
	unsigned magic;
#define DISTRICTS_CALL_MAGIC 0x8b64fd17U
	struct server *srv;
	struct rpc_call *call;
	struct store_districts districts;
	const struct plan_unit **units; /* every unit of every plan, once */
	uint32_t *tasks;
	size_t count, capacity;
};

static void on_status(struct store_status *status, int result);
static char *describe_database(struct arena *arena, const struct server *srv);
static void on_districts(struct store_districts *store_districts, int status);
static int answer_districts(struct districts_call *districts);
static int collect_units(struct districts_call *districts);
static int add_unit(struct districts_call *districts, const struct plan_unit *unit);
static uint32_t count_tasks(const struct server *srv, const char *code);
static Duban__V1__District *district_message(struct districts_call *districts,
                                             const struct plan_unit *unit);

void administration_status_handle(struct server *srv, struct rpc_call *call,
                                  struct bytes body)
{
	struct arena *arena = rpc_call_arena(call);
	struct status_call *status = arena_new(arena, struct status_call);
	struct identity *caller = arena_new(arena, struct identity);
	int r = status != NULL && caller != NULL ? 0 : E_NOMEM;

	(void)body; /* has no fields */
	if (r == 0)
		r = service_caller(srv, call, caller);
	if (r == 0) {
		status->magic = STATUS_CALL_MAGIC;
		status->srv = srv;
		status->call = call;
		status->status.unit = service_sees_all(caller) ? "" : caller->unit;
		status->status.now = clock_now(srv->clock);
		status->status.arena = arena;
		status->status.done = on_status;
		r = store_status(srv->store, &status->status);
	}
	if (r < 0)
		refuse(call, r, NULL);
}

static void on_status(struct store_status *store_status, int result)
{
	struct status_call *status =
		container_of(store_status, struct status_call, status);
	const struct server *srv = status->srv;
	Duban__V1__GetStatusResponse answer = DUBAN__V1__GET_STATUS_RESPONSE__INIT;

	CHECK_MAGIC(status, STATUS_CALL_MAGIC);
	if (result < 0) {
		refuse(status->call, result, NULL);
		return;
	}
	answer.version = message_text(DUBAN_VERSION);
	answer.schema = srv->schema;
	answer.plan_at = clock_now(srv->clock);
	answer.rehearsal = clock_is_rehearsal(srv->clock);
	answer.wall_started_at = srv->wall_started_at;
	answer.node = message_text(srv->node);
	answer.database = describe_database(rpc_call_arena(status->call), srv);
	answer.standby_confirms = srv->standby_confirms;
	answer.reports = store_status->reports;
	answer.alerts = store_status->alerts;
	answer.deliveries_waiting = store_status->deliveries_waiting;
	answer.next_instant_at = store_status->next_instant_at;
	answer.watchers = watch_count(srv->watch);
	answer.crl_number = message_text(trust_crl_number(srv->trust));
	answer.wall_crl_next_update_at = trust_crl_next_update(srv->trust) * 1000;
	if (answer.database == NULL)
		refuse(status->call, E_NOMEM, NULL);
	else
		service_reply(status->call, &answer.base);
}

static char *describe_database(struct arena *arena, const struct server *srv)
{
	int version = pg_version(store_pg(srv->store));

	return arena_printf(arena, "%s, PostgreSQL %d.%d",
	                    srv->settings->conninfo[0] != '\0' ? "external" : "embedded",
	                    version / 10000, version % 10000);
}

void administration_districts_handle(struct server *srv, struct rpc_call *call,
                                     struct bytes body)
{
	struct arena *arena = rpc_call_arena(call);
	struct districts_call *districts = arena_new(arena, struct districts_call);
	int r = E_NOMEM;

	(void)body; /* has no fields */
	if (districts != NULL) {
		districts->magic = DISTRICTS_CALL_MAGIC;
		districts->srv = srv;
		districts->call = call;
		districts->districts.arena = arena;
		districts->districts.done = on_districts;
		r = store_districts(srv->store, &districts->districts);
	}
	if (r < 0)
		refuse(call, r, NULL);
}

static void on_districts(struct store_districts *store_districts, int status)
{
	struct districts_call *districts =
		container_of(store_districts, struct districts_call, districts);

	CHECK_MAGIC(districts, DISTRICTS_CALL_MAGIC);
	if (status == 0)
		status = answer_districts(districts);
	if (status < 0)
		refuse(districts->call, status, NULL);
}

static int answer_districts(struct districts_call *districts)
{
	struct arena *arena = rpc_call_arena(districts->call);
	Duban__V1__ListDistrictsResponse answer =
		DUBAN__V1__LIST_DISTRICTS_RESPONSE__INIT;
	int r = collect_units(districts);

	if (r < 0)
		return r;
	answer.districts =
		arena_new_array(arena, districts->count, Duban__V1__District *);
	if (answer.districts == NULL)
		return E_NOMEM;
	for (; answer.n_districts < districts->count; answer.n_districts++) {
		answer.districts[answer.n_districts] =
			district_message(districts, districts->units[answer.n_districts]);
		if (answer.districts[answer.n_districts] == NULL)
			return E_NOMEM;
	}
	service_reply(districts->call, &answer.base);
	return 0;
}

/* The units of the first plan in its order, then what others add. */
static int collect_units(struct districts_call *districts)
{
	const struct plans *plans = districts->srv->plans;

	for (size_t i = 0; i < plans_count(plans); i++) {
		const struct plan *plan = plans_at(plans, i)->plan;

		for (size_t u = 0; u < plan->unit_count; u++) {
			if (i > 0 && plan_find_unit(plans_at(plans, 0)->plan,
			                            plan->units[u].code) != NULL)
				continue;
			if (add_unit(districts, &plan->units[u]) < 0)
				return E_NOMEM;
		}
	}
	return 0;
}

static int add_unit(struct districts_call *districts, const struct plan_unit *unit)
{
	const struct plan_unit **larger =
		arena_grow(rpc_call_arena(districts->call), districts->units,
	                   districts->count, &districts->capacity,
	                   sizeof(struct plan_unit *));

	if (larger == NULL)
		return E_NOMEM;
	districts->units = larger;
	districts->units[districts->count++] = unit;
	return 0;
}

static Duban__V1__District *district_message(struct districts_call *districts,
                                             const struct plan_unit *unit)
{
	struct arena *arena = rpc_call_arena(districts->call);
	const struct district_row *row =
		store_district(&districts->districts, unit->code);
	Duban__V1__District *message = arena_new(arena, Duban__V1__District);
	char *path = arena_printf(arena, "district/%s", unit->code);

	if (message == NULL || path == NULL)
		return NULL;
	duban__v1__district__init(message);
	message->unit = message_text(unit->code);
	message->name = message_text(unit->name);
	message->department = message_text(unit->department);
	message->tasks = count_tasks(districts->srv, unit->code);
	message->watching = watch_is_open(districts->srv->watch, path);
	if (row == NULL)
		return message; /* a plan that this server knows and has not stored yet */
	message->last_report = message_text(row->number);
	message->last_report_at = row->received_at;
	message->wall_last_seen_at = row->wall_seen_at;
	message->open_alerts = row->open_alerts;
	return message;
}

static uint32_t count_tasks(const struct server *srv, const char *code)
{
	uint32_t tasks = 0;

	for (size_t i = 0; i < plans_count(srv->plans); i++) {
		const struct plan *plan = plans_at(srv->plans, i)->plan;
		const struct plan_unit *unit = plan_find_unit(plan, code);

		for (size_t s = 0; unit != NULL && s < plan->section_count; s++)
			tasks += plan->sections[s].asked[unit->index];
	}
	return tasks;
}

void administration_reload_handle(struct server *srv, struct rpc_call *call,
                                  struct bytes body)
{
	Duban__V1__ReloadCredentialsResponse answer =
		DUBAN__V1__RELOAD_CREDENTIALS_RESPONSE__INIT;
	const char *why = NULL;
	unsigned closed = 0;
	int r = credentials_reload(srv, &closed, &why);

	(void)body; /* has no fields */
	if (r < 0) {
		refuse_because(call, r, NULL, why);
		return;
	}
	deliver_reload(srv->deliver);
	answer.closed = closed;
	answer.crl_number = message_text(trust_crl_number(srv->trust));
	service_reply(call, &answer.base);
}
