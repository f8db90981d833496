/*
 * Server reflection, grpc.reflection v1 and v1alpha: a stranger's tool may ask which
 * services there are, and what their messages look like.
 */
#ifndef RPC_REFLECTION_H
#define RPC_REFLECTION_H

#include "base/api.h"
#include "rpc/descriptors.h"

BASE_API_BEGIN

struct rpc_method;
struct rpc_reflection;
struct rpc_typed_options;

/* Descriptors of the health and the reflection service themselves. */
extern const struct rpc_descriptor_set rpc_services_descriptors;

/*
 * Tell of the files in @sets (NULL-ended, borrowed until destroyed), and of the services
 * that the listener serves which is asked: one reflection may stand on several listeners.
 * Files are told of wherever it is asked, because they are the contract, not its use.
 * @options as for any typed service, copied; NULL: defaults. E_NOMEM.
 */
int rpc_reflection_create(const struct rpc_descriptor_set *const *sets,
                          const struct rpc_typed_options *options,
                          struct rpc_reflection **ret_reflection);
/* Only when no call is left. Accepts NULL. */
void rpc_reflection_destroy(struct rpc_reflection *reflection);
/* For __attribute__((cleanup)). */
static inline void rpc_reflection_destroyp(struct rpc_reflection **reflection)
{
	rpc_reflection_destroy(*reflection);
}

/* For rpc_listener_options.services: both versions. Lives as long as @reflection. */
const struct rpc_method *rpc_reflection_methods(const struct rpc_reflection *reflection);

BASE_API_END

#endif
