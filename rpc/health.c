/*
 * What is known of each service, and who wants to hear of it:
 *
 *	rpc_health_set -> services -> every watcher of that name -> tell()
 *
 * A watcher that reads slowly is told the newest status only, when there is room again.
 */
#include "rpc/health.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/list.h"
#include "grpc/health/v1/health.rpc.h"

#define NEVER_TOLD (-1)

struct service {
	struct list node;
	enum rpc_health_status status;
	char name[];
};

/* In its call's arena. */
struct watcher {
	unsigned magic;
#define WATCHER_MAGIC 0x4d70c1a9U
	struct rpc_call *call;
	const char *name; /* in the request, which lives as long */
	struct list node;
	int told;  /* the last status sent */
	bool busy; /* no room to send */
};

struct rpc_health {
	struct grpc_health_v1_health service;
	struct list services, watchers;
	bool draining;
};

static void on_check(struct grpc_health_v1_health *service, struct rpc_call *call,
                     const Grpc__Health__V1__HealthCheckRequest *request);
static void on_watch(struct grpc_health_v1_health *service, struct rpc_call *call,
                     const Grpc__Health__V1__HealthCheckRequest *request);
static void on_watch_writable(struct grpc_health_v1_health *service,
                              struct rpc_call *call);
static void on_watch_cancelled(struct grpc_health_v1_health *service,
                               struct rpc_call *call);
static struct service *find(const struct rpc_health *health, const char *name);
static int status_of(const struct rpc_health *health, const char *name);
static void tell(struct rpc_health *health, struct watcher *watcher);
static void end(struct watcher *watcher, enum rpc_code code, const char *message);

static const struct grpc_health_v1_health_handlers handlers = {
	.check = {.message = on_check},
	.watch = {.message = on_watch,
                  .writable = on_watch_writable,
                  .cancelled = on_watch_cancelled},
};

int rpc_health_create(const struct rpc_typed_options *options,
                      struct rpc_health **ret_health)
{
	struct rpc_health *health = calloc(1, sizeof(*health));

	if (health == NULL)
		return E_NOMEM;
	grpc_health_v1_health_init(&health->service, &handlers, options);
	list_init(&health->services);
	list_init(&health->watchers);
	if (rpc_health_set(health, "", RPC_HEALTH_NOT_SERVING) < 0) {
		rpc_health_destroy(health);
		return E_NOMEM;
	}
	*ret_health = health;
	return 0;
}

void rpc_health_destroy(struct rpc_health *health)
{
	if (health == NULL)
		return;
	CHECK(list_empty(&health->watchers));
	list_for_each_safe (node, &health->services)
		free(list_entry(node, struct service, node));
	free(health);
}

const struct rpc_method *rpc_health_methods(const struct rpc_health *health)
{
	return health->service.methods;
}

int rpc_health_set(struct rpc_health *health, const char *name,
                   enum rpc_health_status status)
{
	struct service *service = find(health, name);
	size_t size = strlen(name) + 1;

	if (service == NULL) {
		service = malloc(sizeof(*service) + size);
		if (service == NULL)
			return E_NOMEM;
		memcpy(service->name, name, size);
		list_init(&service->node);
		list_push(&health->services, &service->node);
	}
	service->status = status;
	list_for_each_safe (node, &health->watchers)
		tell(health, list_entry(node, struct watcher, node));
	return 0;
}

void rpc_health_drain(struct rpc_health *health)
{
	health->draining = true;
	list_for_each_safe (node, &health->watchers)
		tell(health, list_entry(node, struct watcher, node));
}

static struct service *find(const struct rpc_health *health, const char *name)
{
	list_for_each (node, &health->services) {
		struct service *service = list_entry(node, struct service, node);

		if (strcmp(service->name, name) == 0)
			return service;
	}
	return NULL;
}

static int status_of(const struct rpc_health *health, const char *name)
{
	const struct service *service = find(health, name);

	if (service == NULL)
		return GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
	return health->draining ? RPC_HEALTH_NOT_SERVING : (int)service->status;
}

static void on_check(struct grpc_health_v1_health *service, struct rpc_call *call,
                     const Grpc__Health__V1__HealthCheckRequest *request)
{
	const struct rpc_health *health =
		container_of(service, struct rpc_health, service);
	Grpc__Health__V1__HealthCheckResponse reply =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	if (find(health, request->service) == NULL) {
		rpc_call_refuse(call, RPC_NOT_FOUND, "no such service");
		return;
	}
	reply.status = (Grpc__Health__V1__HealthCheckResponse__ServingStatus)status_of(
		health, request->service);
	grpc_health_v1_health_check_reply(call, &reply);
}

static void on_watch(struct grpc_health_v1_health *service, struct rpc_call *call,
                     const Grpc__Health__V1__HealthCheckRequest *request)
{
	struct rpc_health *health = container_of(service, struct rpc_health, service);
	struct watcher *watcher = arena_new(rpc_call_arena(call), struct watcher);

	if (watcher == NULL) {
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED, "no memory");
		return;
	}
	watcher->magic = WATCHER_MAGIC;
	watcher->call = call;
	watcher->name = request->service;
	watcher->told = NEVER_TOLD;
	list_init(&watcher->node);
	list_push(&health->watchers, &watcher->node);
	rpc_call_set_data(call, watcher);
	tell(health, watcher);
}

/* What it does not know yet; then, while draining, the end. May end @watcher. */
static void tell(struct rpc_health *health, struct watcher *watcher)
{
	Grpc__Health__V1__HealthCheckResponse reply =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	int status = status_of(health, watcher->name), r = 0;

	CHECK_MAGIC(watcher, WATCHER_MAGIC);
	if (status != watcher->told && !watcher->busy) {
		reply.status =
			(Grpc__Health__V1__HealthCheckResponse__ServingStatus)status;
		r = grpc_health_v1_health_watch_send(watcher->call, &reply);
		watcher->told = status;
		watcher->busy = r == E_BUSY;
	}
	if (health->draining)
		end(watcher, RPC_UNAVAILABLE, "the server is shutting down");
	else if (r < 0 && r != E_BUSY && r != E_CANCELLED)
		end(watcher, RPC_RESOURCE_EXHAUSTED, "no memory");
}

static void on_watch_writable(struct grpc_health_v1_health *service,
                              struct rpc_call *call)
{
	struct watcher *watcher = rpc_call_data(call);

	CHECK_MAGIC(watcher, WATCHER_MAGIC);
	watcher->busy = false;
	tell(container_of(service, struct rpc_health, service), watcher);
}

/* Before its message came there is no watcher. */
static void on_watch_cancelled(struct grpc_health_v1_health *service,
                               struct rpc_call *call)
{
	struct watcher *watcher = rpc_call_data(call);

	(void)service;
	if (watcher == NULL)
		rpc_call_refuse(call, RPC_CANCELLED, "");
	else
		end(watcher, RPC_CANCELLED, "");
}

static void end(struct watcher *watcher, enum rpc_code code, const char *message)
{
	struct rpc_call *call = watcher->call;

	list_remove(&watcher->node);
	watcher->magic = 0;
	rpc_call_refuse(call, code, message);
}
