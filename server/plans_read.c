/*
 * GetPlan and ListPlans, straight from the database:
 *
 *	read request -> (which version, from memory) -> store ~ ~> answer
 *
 * What can go wrong: there is no such plan or version, or the database is away. Files
 * that were stored are handed out byte for byte.
 */
#include "server/plans.h"

#include <stdlib.h>

#include "duban/v1/plans.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "server/message.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_plan.h"

/* One GetPlan in flight. Lives in the call's arena. */
struct plan_get {
	unsigned magic;
#define PLAN_GET_MAGIC 0x3c90d7f5U
	struct rpc_call *call;
	struct store_plan_files files;
};

/* One ListPlans in flight. */
struct plan_list {
	unsigned magic;
#define PLAN_LIST_MAGIC 0xb27e1a46U
	struct rpc_call *call;
	struct store_plan_list list;
};

static int choose(struct server *srv, const Duban__V1__GetPlanRequest *request,
                  struct store_plan_files *files);
static void on_files(struct store_plan_files *files, int status);
static void reply_files(struct rpc_call *call, const struct store_plan_files *files);
static void on_list(struct store_plan_list *list, int status);
static void reply_list(struct rpc_call *call, const struct store_plan_list *list);

void plans_get_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct plan_get *get = arena_new(rpc_call_arena(call), struct plan_get);
	ProtobufCMessage *message;
	const char *why = NULL;
	int r;

	r = service_read(call, &duban__v1__get_plan_request__descriptor, body, &message,
	                 &why);
	if (r == 0 && get == NULL)
		r = E_NOMEM;
	if (r < 0) {
		refuse_because(call, r, "request", why);
		return;
	}
	get->magic = PLAN_GET_MAGIC;
	get->call = call;
	get->files.arena = rpc_call_arena(call);
	get->files.done = on_files;
	r = choose(srv, (const Duban__V1__GetPlanRequest *)message, &get->files);
	if (r == 0)
		r = store_plan_files(srv->store, &get->files);
	if (r == E_NOT_FOUND)
		refuse_because(call, r, "plan",
		               "没有这个方案，或有多个方案而未指明编号。");
	else if (r < 0)
		refuse(call, r, NULL);
}

/* The current version and the only plan need not be named. */
static int choose(struct server *srv, const Duban__V1__GetPlanRequest *request,
                  struct store_plan_files *files)
{
	const struct plan_version *current = plans_get(srv->plans, request->plan);

	if (current == NULL)
		return E_NOT_FOUND;
	files->version = request->version != 0 ? request->version : current->version;
	files->plan = arena_strdup(files->arena, current->plan->id);
	return files->plan != NULL ? 0 : E_NOMEM;
}

static void on_files(struct store_plan_files *files, int status)
{
	struct plan_get *get = container_of(files, struct plan_get, files);

	CHECK_MAGIC(get, PLAN_GET_MAGIC);
	if (status < 0)
		refuse(get->call, status, NULL);
	else if (files->count == 0)
		refuse_because(get->call, E_NOT_FOUND, "version", "方案没有这个版本。");
	else
		reply_files(get->call, files);
}

static void reply_files(struct rpc_call *call, const struct store_plan_files *files)
{
	Duban__V1__GetPlanResponse response = DUBAN__V1__GET_PLAN_RESPONSE__INIT;
	struct arena *arena = rpc_call_arena(call);
	Duban__V1__PlanFile *rows =
		arena_new_array(arena, files->count, Duban__V1__PlanFile);
	Duban__V1__PlanFile **list =
		arena_new_array(arena, files->count, Duban__V1__PlanFile *);

	if (rows == NULL || list == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < files->count; i++) {
		duban__v1__plan_file__init(&rows[i]);
		rows[i].name = message_text(files->files[i].name);
		rows[i].content = message_bytes(files->files[i].content);
		list[i] = &rows[i];
	}
	response.plan = message_text(files->plan);
	response.version = files->version;
	response.content_hash = message_bytes(files->content_hash);
	response.applied_at = files->applied_at;
	response.n_files = files->count;
	response.files = list;
	service_reply(call, &response.base);
}

void plans_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct plan_list *list = arena_new(rpc_call_arena(call), struct plan_list);
	ProtobufCMessage *message;
	const char *why = NULL;
	int r;

	r = service_read(call, &duban__v1__list_plans_request__descriptor, body, &message,
	                 &why);
	if (r == 0 && list == NULL)
		r = E_NOMEM;
	if (r == 0) {
		list->magic = PLAN_LIST_MAGIC;
		list->call = call;
		list->list.arena = rpc_call_arena(call);
		list->list.done = on_list;
		r = store_plan_list(srv->store, &list->list);
	}
	if (r < 0)
		refuse_because(call, r, "request", why);
}

static void on_list(struct store_plan_list *list, int status)
{
	struct plan_list *op = container_of(list, struct plan_list, list);

	CHECK_MAGIC(op, PLAN_LIST_MAGIC);
	if (status < 0)
		refuse(op->call, status, NULL);
	else
		reply_list(op->call, list);
}

static void reply_list(struct rpc_call *call, const struct store_plan_list *list)
{
	Duban__V1__ListPlansResponse response = DUBAN__V1__LIST_PLANS_RESPONSE__INIT;
	struct arena *arena = rpc_call_arena(call);
	Duban__V1__PlanRow *rows =
		arena_new_array(arena, list->count, Duban__V1__PlanRow);
	Duban__V1__PlanRow **pointers =
		arena_new_array(arena, list->count, Duban__V1__PlanRow *);

	if (rows == NULL || pointers == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		const struct store_plan_row *row = &list->rows[i];

		duban__v1__plan_row__init(&rows[i]);
		rows[i].plan = message_text(row->plan);
		rows[i].version = row->version;
		rows[i].current = row->current;
		rows[i].number = message_text(row->number);
		rows[i].title = message_text(row->title);
		rows[i].content_hash = message_bytes(row->content_hash);
		rows[i].applied_at = row->applied_at;
		rows[i].applied_by = message_text(row->applied_by);
		pointers[i] = &rows[i];
	}
	response.n_plans = list->count;
	response.plans = pointers;
	service_reply(call, &response.base);
}
