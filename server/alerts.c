/*
 * WatchAlerts: request -> whose alerts -> the hub (watch.c), which owns the call from
 *then on.
 *
 * ListAlerts: request -> what this caller may see -> store ~ ~> answer.
 *
 *	a district      alerts about it
 *	a department    alerts of the sections that it leads, and those addressed to it
 *	everybody else  all
 *
 * What can go wrong: a page token that is not ours, or another unit's name: refused; the
 * caller's program is wrong. The database is away: UNAVAILABLE, try again.
 */
#include "server/alerts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "duban/v1/alerts.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/identity.h"
#include "server/alert_message.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_alert.h"
#include "server/watch.h"

#define PAGE_DEFAULT 100

/* One ListAlerts in flight. Lives in the call's arena. */
struct alerts_list {
	unsigned magic;
#define ALERTS_LIST_MAGIC 0x09b4e7c2U
	struct rpc_call *call;
	struct identity caller;
	struct store_alerts_list list;
};

static void on_watch_message(struct rpc_call *call, struct bytes message);
static int find_recipient(const struct server *srv, const struct identity *caller,
                          const char *wanted, const char **ret_path,
                          const char **ret_why);
static bool is_known(const struct server *srv, const char *path);
static void fill_filter(struct alerts_list *list,
                        const Duban__V1__ListAlertsRequest *request);
static int fill_page(struct alerts_list *list, const Duban__V1__Page *page);
static int fill_visible(struct alerts_list *list, const struct server *srv);
static int fill_sections(struct alerts_list *list, const struct server *srv);
static void on_listed(struct store_alerts_list *store_list, int status);
static int answer_list(struct alerts_list *list);

const struct rpc_handler alerts_watch = {
	.message = on_watch_message,
	.cancelled = watch_cancelled,
	.writable = watch_writable,
};

static void on_watch_message(struct rpc_call *call, struct bytes message)
{
	struct server *srv = rpc_call_service(call);
	const char *why = NULL, *path = NULL;
	ProtobufCMessage *request;
	struct identity caller;
	int r = service_read(call, &duban__v1__watch_alerts_request__descriptor, message,
	                     &request, &why);

	if (r == 0)
		r = service_caller(srv, call, &caller);
	if (r == 0) {
		const Duban__V1__WatchAlertsRequest *watch =
			(const Duban__V1__WatchAlertsRequest *)request;
		uint64_t after = watch->after < INT64_MAX ? watch->after : INT64_MAX;

		r = find_recipient(srv, &caller, watch->unit, &path, &why);
		if (r == 0)
			r = watch_open(srv->watch, call, path, (int64_t)after);
	}
	if (r < 0)
		refuse_because(call, r, why != NULL ? "unit" : NULL, why);
}

/* @ret_path is borrowed from @caller or @wanted. */
static int find_recipient(const struct server *srv, const struct identity *caller,
                          const char *wanted, const char **ret_path, const char **ret_why)
{
	if (wanted[0] == '\0' || strcmp(wanted, caller->path) == 0) {
		*ret_path = caller->path;
		return 0;
	}
	*ret_why = "只能接收本单位的提醒；局办公室可以指定其他单位";
	if (!service_is_office(srv, caller))
		return E_DENIED;
	*ret_why = "没有这个单位；写作 district/430112 或 department/gengxin";
	if (strlen(wanted) >= WATCH_RECIPIENT_MAX || !is_known(srv, wanted))
		return E_NOT_FOUND;
	*ret_why = NULL;
	*ret_path = wanted;
	return 0;
}

static bool is_known(const struct server *srv, const char *path)
{
	const char *slash = strchr(path, '/');

	if (slash == NULL)
		return false;
	for (size_t i = 0; i < plans_count(srv->plans); i++) {
		const struct plan *plan = plans_at(srv->plans, i)->plan;

		if (strncmp(path, "department/", 11) == 0 &&
		    plan_find_department(plan, slash + 1) != NULL)
			return true;
		for (size_t u = 0; u < plan->unit_count; u++) {
			if (strncmp(path, "district/", 9) == 0 &&
			    strcmp(plan->units[u].code, slash + 1) == 0)
				return true;
		}
	}
	return false;
}

void alerts_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct alerts_list *list = arena_new(rpc_call_arena(call), struct alerts_list);
	const char *why = NULL;
	ProtobufCMessage *request;
	int r = list != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__list_alerts_request__descriptor, body,
		                 &request, &why);
	if (r == 0) {
		list->magic = ALERTS_LIST_MAGIC;
		list->call = call;
		fill_filter(list, (const Duban__V1__ListAlertsRequest *)request);
		r = fill_page(list, ((Duban__V1__ListAlertsRequest *)request)->page);
		if (r < 0)
			why = "page.token 不是本服务给出的；page.size 最大为1000";
	}
	if (r == 0)
		r = service_caller(srv, call, &list->caller);
	if (r == 0)
		r = fill_visible(list, srv);
	if (r == 0)
		r = store_alerts_list(srv->store, &list->list);
	if (r < 0)
		refuse_because(call, r, why != NULL ? "page" : NULL, why);
}

static void fill_filter(struct alerts_list *list,
                        const Duban__V1__ListAlertsRequest *request)
{
	list->list.unit = request->unit;
	list->list.section = request->section;
	list->list.open_only = request->open_only;
	list->list.arena = rpc_call_arena(list->call);
	list->list.done = on_listed;
}

/* A token is the last cursor that was given, in decimal. */
static int fill_page(struct alerts_list *list, const Duban__V1__Page *page)
{
	const char *token = page != NULL ? page->token : "";
	char *end = NULL;

	list->list.limit = page != NULL && page->size > 0 ? page->size : PAGE_DEFAULT;
	if (list->list.limit > STORE_ALERTS_PAGE_MAX)
		return E_RANGE;
	if (token[0] == '\0')
		return 0;
	if (token[0] < '1' || token[0] > '9' || strlen(token) > 18)
		return E_SYNTAX;
	list->list.before = strtoll(token, &end, 10);
	return *end == '\0' ? 0 : E_SYNTAX;
}

static int fill_visible(struct alerts_list *list, const struct server *srv)
{
	const struct identity *caller = &list->caller;

	list->list.recipient = caller->path;
	list->list.sees_all = true;
	if (!service_sees_all(caller)) {
		if (list->list.unit[0] != '\0' &&
		    strcmp(list->list.unit, caller->unit) != 0)
			return E_DENIED;
		list->list.unit = caller->unit;
		return 0;
	}
	if (caller->kind != IDENTITY_DEPARTMENT || service_is_office(srv, caller))
		return 0;
	list->list.sees_all = false;
	return fill_sections(list, srv);
}

/* The sections that the caller's department leads, in every plan. */
static int fill_sections(struct alerts_list *list, const struct server *srv)
{
	struct arena *arena = list->list.arena;
	const char **plans, **sections;
	size_t count = 0;

	for (size_t i = 0; i < plans_count(srv->plans); i++)
		count += plans_at(srv->plans, i)->plan->section_count;
	plans = arena_new_array(arena, count, const char *);
	sections = arena_new_array(arena, count, const char *);
	if (plans == NULL || sections == NULL)
		return E_NOMEM;
	count = 0;
	for (size_t i = 0; i < plans_count(srv->plans); i++) {
		const struct plan *plan = plans_at(srv->plans, i)->plan;

		for (size_t s = 0; s < plan->section_count; s++) {
			const struct plan_department *lead = plan->sections[s].lead;

			if (lead == NULL || strcmp(lead->id, list->caller.unit) != 0)
				continue;
			plans[count] = arena_strdup(arena, plan->id);
			sections[count] = arena_strdup(arena, plan->sections[s].id);
			if (plans[count] == NULL || sections[count++] == NULL)
				return E_NOMEM;
		}
	}
	list->list.plans = plans;
	list->list.sections = sections;
	list->list.section_count = count;
	return 0;
}

static void on_listed(struct store_alerts_list *store_list, int status)
{
	struct alerts_list *list = container_of(store_list, struct alerts_list, list);

	CHECK_MAGIC(list, ALERTS_LIST_MAGIC);
	if (status == 0)
		status = answer_list(list);
	if (status < 0)
		refuse(list->call, status, NULL);
}

/* E_NOMEM: not answered. */
static int answer_list(struct alerts_list *list)
{
	struct arena *arena = list->list.arena;
	const struct alert_rows *rows = &list->list.rows;
	Duban__V1__ListAlertsResponse answer = DUBAN__V1__LIST_ALERTS_RESPONSE__INIT;
	size_t count = rows->count < list->list.limit ? rows->count : list->list.limit;

	answer.alerts = arena_new_array(arena, count, Duban__V1__Alert *);
	if (answer.alerts == NULL)
		return E_NOMEM;
	for (; answer.n_alerts < count; answer.n_alerts++) {
		answer.alerts[answer.n_alerts] =
			alert_message(arena, &rows->items[answer.n_alerts]);
		if (answer.alerts[answer.n_alerts] == NULL)
			return E_NOMEM;
	}
	if (rows->count > count) {
		answer.next_page =
			arena_printf(arena, "%" PRId64, rows->items[count - 1].cursor);
		if (answer.next_page == NULL)
			return E_NOMEM;
	}
	service_reply(list->call, &answer.base);
	return 0;
}
