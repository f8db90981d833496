/*
 * grpc.health.v1 and grpc.reflection for duband:
 *
 *	database up, down -> every service of the table -> who watches
 *	descriptors of the contract, embedded at build time -> who asks
 *
 * The services are rpc/'s. A duband without its database answers next to nothing, so all
 * its services share one health.
 */
#include "server/introspection.h"

#include <duban.descriptors.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/log.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "rpc/typed.h"
#include "server/server.h"
#include "server/service.h"

#define NAME_MAX_BYTES 64 /* "duban.v1.Administration" */

struct introspection {
	struct rpc_health *health;
	struct rpc_reflection *reflection;
};

static int admit(void *context, const struct rpc_call *call);
static int set_all(struct rpc_health *health, enum rpc_health_status status);

DEFINE_AUTO(introspection_destroyp, struct introspection, introspection_destroy)

int introspection_create(struct server *srv, struct introspection **ret_introspection)
{
	static const struct rpc_descriptor_set *const sets[] = {&duban_descriptors,
	                                                        &rpc_services_descriptors,
	                                                        NULL};
	const struct rpc_typed_options options = {.admit = admit, .context = srv};
	AUTO(introspection_destroyp)
	struct introspection *introspection = calloc(1, sizeof(*introspection));

	if (introspection == NULL ||
	    rpc_health_create(&options, &introspection->health) < 0 ||
	    set_all(introspection->health, RPC_HEALTH_NOT_SERVING) < 0 ||
	    rpc_reflection_create(sets, &options, &introspection->reflection) < 0)
		return E_NOMEM;
	srv->health = rpc_health_methods(introspection->health);
	srv->reflection = rpc_reflection_methods(introspection->reflection);
	*ret_introspection = TAKE(introspection);
	return 0;
}

void introspection_destroy(struct introspection *introspection)
{
	if (introspection == NULL)
		return;
	rpc_health_destroy(introspection->health);
	rpc_reflection_destroy(introspection->reflection);
	free(introspection);
}

/* Any of ours; signers never call anything. */
static int admit(void *context, const struct rpc_call *call)
{
	const struct server *srv = context;
	struct identity caller;
	int r = service_caller(srv, call, &caller);

	if (r == 0 && service_roles(srv, &caller) == 0)
		r = E_DENIED;
	return r;
}

void introspection_set_healthy(struct introspection *introspection, bool healthy)
{
	if (introspection == NULL)
		return;
	if (set_all(introspection->health,
	            healthy ? RPC_HEALTH_SERVING : RPC_HEALTH_NOT_SERVING) < 0)
		log_event(LOG_ERROR, "health_not_told",
		          log_str("why", err_text(E_NOMEM)));
}

/* The server as a whole, and each service, from "/duban.v1.Reports/...". */
static int set_all(struct rpc_health *health, enum rpc_health_status status)
{
	char name[NAME_MAX_BYTES];
	int r = rpc_health_set(health, "", status);

	for (const struct service_row *row = service_rows; row->path != NULL && r == 0;
	     row++) {
		(void)snprintf(name, sizeof(name), "%.*s",
		               (int)strcspn(row->path + 1, "/"), row->path + 1);
		r = rpc_health_set(health, name, status);
	}
	return r;
}

void introspection_drain(struct introspection *introspection)
{
	if (introspection != NULL)
		rpc_health_drain(introspection->health);
}
