/*
 * How every handler says no: one stable error model.
 *
 * A refusal is a code of base/err.h, which decides the gRPC status, and what is wrong in
 * detail, as google.rpc.Status in grpc-status-details-bin:
 *
 *	BadRequest  one violation a finding: field, and the finding's sentence
 *	ErrorInfo   reason: the first finding's rule ("R-2-03"), else the code's name
 *without its prefix ("BUSY"); domain "duban"; metadata "error" (the code's name) and
 *"policy" (what to do with the report: give_up, keep, hold)
 *
 * Trailers are headers, and clients limit those to 8 KiB: details are cut to
 * REFUSE_DETAILS_MAX bytes, and the status message counts what was left out.
 */
#ifndef DUBAN_SERVER_REFUSE_H
#define DUBAN_SERVER_REFUSE_H

#include "base/arena.h"
#include "base/bytes.h"

#define REFUSE_DETAILS_MAX 4096 /* bytes, before base64 */
#define REFUSE_MESSAGE_MAX 300  /* bytes, before percent-encoding */
#define REFUSE_DOMAIN      "duban"

struct findings;
struct rpc_call;
struct rpc_status;
struct yaml_problems;

/* One thing that is wrong, whoever found it. Borrowed. */
struct refusal {
	int err;
	const struct findings *findings;      /* NULL, or what rules say */
	const struct yaml_problems *problems; /* NULL, or what is wrong in files: the
	                                       * field is "file:line:column" */
	const char *field,
		*why; /* NULL, or one violation more. @why alone: the message */
};

/* End @call with @refusal. Borrows everything until it returns. */
void refuse_call(struct rpc_call *call, const struct refusal *refusal);
/* The two that are needed most. @findings may be NULL. */
void refuse(struct rpc_call *call, int err, const struct findings *findings);
void refuse_because(struct rpc_call *call, int err, const char *field, const char *why);

/* What @refusal looks like on the wire. Pure; texts and details live in @arena or are
 * borrowed. Without memory the details are empty and the message is the code's. */
void refuse_status(struct arena *arena, const struct refusal *refusal,
                   struct rpc_status *ret_status);

#endif
