/* Projects: who may enter and change them, and the list (projects.proto says what). */
#ifndef DUBAN_SERVER_PROJECTS_H
#define DUBAN_SERVER_PROJECTS_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Each takes @call and borrows @body until it returns. */
void projects_put_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void projects_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
