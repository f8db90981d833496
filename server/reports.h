/* GetReport and ListReports: what was acknowledged, for those who may see it. */
#ifndef DUBAN_SERVER_REPORTS_H
#define DUBAN_SERVER_REPORTS_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Each takes @call and borrows @body until it returns. */
void reports_get_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void reports_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
