/* ExplainLight: one light, with everything behind it. */
#ifndef DUBAN_SERVER_LIGHT_EXPLAIN_H
#define DUBAN_SERVER_LIGHT_EXPLAIN_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Takes @call; borrows @body until it returns. */
void light_explain_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
