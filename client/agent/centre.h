/* The connection to the centre, the calls on it, and what is believed of it. */
#ifndef DUBAN_CLIENT_AGENT_CENTRE_H
#define DUBAN_CLIENT_AGENT_CENTRE_H

#include <protobuf-c/protobuf-c.h>

#include "client/agent/settings.h"
#include "model/seal.h"
#include "rpc/channel.h"

struct centre;

#define CENTRE_PLAN_MAX   (72u * 1024 * 1024) /* 64 files of 1 MiB, and what is around */
#define CENTRE_ANSWER_MAX (1024 * 1024)       /* of any other call */

struct centre_options {
	const struct settings *settings; /* borrowed until closed */
	/* Told of every change of the connection; @why is borrowed. May be NULL. */
	void (*on_state)(void *context, enum rpc_channel_state state, const char *why);
	void *context;
};

/*
 * Load keys and certificates; nothing is connected yet.
 *
 *   E_IO, E_SYNTAX, E_CERTIFICATE, E_NOMEM: @ret_why says which file and why, static or
 *   thread-local
 */
int centre_open(uv_loop_t *loop, const struct centre_options *options,
                struct centre **ret_centre, const char **ret_why);
/* Cancel everything. The loop must run on until nothing is left in it. Accepts NULL. */
void centre_close(struct centre *centre);
/* Read certificates, CA and revocation list again; all or nothing. Errors as open. */
int centre_reload(struct centre *centre, const char **ret_why);
/* What receipts are verified against: the CA and its list. Borrowed until a reload. */
const struct trust *centre_trust(const struct centre *centre);
enum rpc_channel_state centre_state(const struct centre *centre);
/* The last trouble with the connection, "" when there was none. Borrowed. */
const char *centre_why(const struct centre *centre);
struct rpc_channel *centre_channel(struct centre *centre);

/* One unary call. The caller's own until done ran; zero it first. */
struct centre_call {
	struct rpc_request request; /* private */
	struct arena arena;         /* private */
	struct bytes answer;        /* until done returns */
	size_t answer_max;
	/* The end, once, later. @status->code is RPC_OK only with an @answer. */
	void (*done)(struct centre_call *call, const struct rpc_status *status);
};
/* Start @method ("Plans/GetPlan") with serialized @body (copied). Set @call->done first.
 * E_NOMEM, E_BUSY: done does not run. */
int centre_call(struct centre *centre, struct centre_call *call, const char *method,
                struct bytes body, size_t answer_max);
/* Done runs later, with CANCELLED. Accepts one that is not started. */
void centre_call_cancel(struct centre_call *call);

#endif
