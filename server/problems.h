/* The register of problems: registering, acting on one, one whole, and lists. */
#ifndef DUBAN_SERVER_PROBLEMS_H
#define DUBAN_SERVER_PROBLEMS_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Each takes @call and borrows @body until it returns. */
void problems_add_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void problems_act_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void problems_get_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void problems_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
