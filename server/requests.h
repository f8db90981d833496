/* Ask, Answer, Withdraw and List: see proto/duban/v1/requests.proto. */
#ifndef DUBAN_SERVER_REQUESTS_H
#define DUBAN_SERVER_REQUESTS_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Requests that may be stored at once in this process; more is E_BUSY. */
#define REQUESTS_UNDER_WAY_MAX 256

/* Each takes @call and borrows @body until it returns. */
void requests_ask_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void requests_answer_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void requests_withdraw_handle(struct server *srv, struct rpc_call *call,
                              struct bytes body);
void requests_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
