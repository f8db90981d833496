/* The service Assessment: scores, one explained, and their publication. */
#ifndef DUBAN_SERVER_ASSESSMENT_H
#define DUBAN_SERVER_ASSESSMENT_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* Each takes @call and borrows @body until it returns. */
void assessment_scores_handle(struct server *srv, struct rpc_call *call,
                              struct bytes body);
void assessment_explain_handle(struct server *srv, struct rpc_call *call,
                               struct bytes body);
void assessment_publish_handle(struct server *srv, struct rpc_call *call,
                               struct bytes body);

#endif
