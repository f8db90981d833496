/* PassReport, ReturnReport, CheckFigure, ListWaiting, GetLife: see
 * proto/duban/v1/reviews.proto. */
#ifndef DUBAN_SERVER_REVIEWS_H
#define DUBAN_SERVER_REVIEWS_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Each takes @call and borrows @body until it returns. */
void reviews_pass_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void reviews_return_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void reviews_check_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void reviews_waiting_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void reviews_life_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
