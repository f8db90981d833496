/* SubmitReport: accept one signed report and store it, once. */
#ifndef DUBAN_SERVER_SUBMIT_H
#define DUBAN_SERVER_SUBMIT_H

#include "base/bytes.h"

struct rpc_call;
struct server;

/* What may be under way at once in this process; more is E_BUSY, and the agent waits. */
#define SUBMIT_UNDER_WAY_MAX 4096
#define SUBMIT_BYTES_MAX     (64u * 1024 * 1024)

/*
 * Handle one SubmitReport call.
 *
 * Takes @call: it is answered exactly once, later or now. Borrows @srv for as long as
 * the call lives, and @body until it returns.
 */
void submit_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
