/* From a path to the row of a method table. */
#ifndef RPC_ROUTES_H
#define RPC_ROUTES_H

#include "base/bytes.h"
#include "rpc/call.h"

struct routes;

/* @services as in rpc_listener_options; the rows are borrowed until destroyed. A path
 * that stands there twice is the first one's. E_NOMEM. */
int routes_create(const struct rpc_method *const *services, struct routes **ret_routes);
/* Accepts NULL. */
void routes_destroy(struct routes *routes);
/* NULL: nobody serves it. */
const struct rpc_method *routes_find(const struct routes *routes, struct bytes path);

#endif
