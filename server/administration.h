/* What operators and the office ask of a running centre. */
#ifndef DUBAN_SERVER_ADMINISTRATION_H
#define DUBAN_SERVER_ADMINISTRATION_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/*
 * Each takes @call and borrows @body until it returns.
 *
 * GetStatus gives a district the counts of its own reports and alerts, everybody else
 * those of all. ListDistricts: "watching" is about this server's streams; the last time
 * that an agent was heard of is about all servers.
 */
void administration_status_handle(struct server *srv, struct rpc_call *call,
                                  struct bytes body);
void administration_districts_handle(struct server *srv, struct rpc_call *call,
                                     struct bytes body);
void administration_reload_handle(struct server *srv, struct rpc_call *call,
                                  struct bytes body);
/* In administration_step.c. */
void administration_step_handle(struct server *srv, struct rpc_call *call,
                                struct bytes body);

#endif
