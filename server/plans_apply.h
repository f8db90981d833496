/* ApplyPlan: lint a folder of files and publish it as the next version of its plan. */
#ifndef DUBAN_SERVER_PLANS_APPLY_H
#define DUBAN_SERVER_PLANS_APPLY_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Takes @call and borrows @body until it returns. */
void plans_apply_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
