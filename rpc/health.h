/* The public health service, grpc.health.v1: what a server says about its services. */
#ifndef RPC_HEALTH_H
#define RPC_HEALTH_H

#include "base/api.h"

BASE_API_BEGIN

struct rpc_health;
struct rpc_method;
struct rpc_typed_options;

enum rpc_health_status {
	RPC_HEALTH_UNKNOWN = 0,
	RPC_HEALTH_SERVING = 1,
	RPC_HEALTH_NOT_SERVING = 2,
};

/* The server as a whole, named "", is NOT_SERVING until set. @options as for any typed
 * service, copied; NULL: defaults. E_NOMEM. */
int rpc_health_create(const struct rpc_typed_options *options,
                      struct rpc_health **ret_health);
/* Only when no call is left. Accepts NULL. */
void rpc_health_destroy(struct rpc_health *health);
/* For __attribute__((cleanup)). */
static inline void rpc_health_destroyp(struct rpc_health **health)
{
	rpc_health_destroy(*health);
}

/* For rpc_listener_options.services. Lives as long as @health. */
const struct rpc_method *rpc_health_methods(const struct rpc_health *health);

/* Say how @service is, from now on; who watches it is told. E_NOMEM: nothing changed. */
int rpc_health_set(struct rpc_health *health, const char *service,
                   enum rpc_health_status status);
/* For good: all services are NOT_SERVING, and watches end with UNAVAILABLE so that
 * rpc_server_close() need not wait for them. */
void rpc_health_drain(struct rpc_health *health);

BASE_API_END

#endif
