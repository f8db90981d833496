/* WatchAlerts and ListAlerts: who is told what, and who may see it. */
#ifndef DUBAN_SERVER_ALERTS_H
#define DUBAN_SERVER_ALERTS_H

#include "base/bytes.h"
#include "rpc/call.h"

struct server;

/* The stream's callbacks; its calls are already admitted. The streams are watch.h's. */
extern const struct rpc_handler alerts_watch;

/* Takes @call; borrows @body until it returns. */
void alerts_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
