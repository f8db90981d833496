/* ListLights: the lights that one report gave. */
#ifndef DUBAN_SERVER_LIGHT_LIST_H
#define DUBAN_SERVER_LIGHT_LIST_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Takes @call; borrows @body until it returns. */
void light_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
