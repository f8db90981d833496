/* A call as conn.c and call.c see it. */
#ifndef RPC_CALL_STATE_H
#define RPC_CALL_STATE_H

#include <stdalign.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/list.h"
#include "rpc/call.h"
#include "rpc/flow.h"
#include "rpc/session.h"
#include "rpc/timers.h"

struct conn;

#define CALL_FIRST_MEMORY 1024

/* What the request's headers said; judged when all have come. */
struct call_head {
	size_t size; /* of the header list, as HTTP/2 counts */
	bool is_post, is_get, is_head, is_grpc, knows_gzip;
	bool is_bad; /* a value that is not allowed */
	bool bad_timeout;
	bool no_memory;
	bool unknown_encoding;
	const char *unknown_path; /* when no method was found */
};

struct rpc_call {
	unsigned magic;
#define RPC_CALL_MAGIC 0x3ca11b07U
	struct flow flow; /* flow.session is NULL once the stream is gone */
	struct conn *conn;
	const struct rpc_method *method; /* NULL: refused before it began */
	struct rpc_http *http;           /* plain HTTP; NULL: gRPC */
	struct call_head head;
	struct arena arena;
	struct rpc_metadata metadata, headers, trailers;
	void *data;
	uint64_t deadline;     /* the client's; 0: none */
	uint64_t request_by;   /* when the request must be whole; 0: no matter */
	uint64_t drain_by;     /* when some of the answer must have left; 0: not yet */
	uint64_t drained;      /* what had left when drain_by was set */
	struct timer timer;    /* for the earliest of these */
	struct task task;      /* tells the handler what happened meanwhile */
	struct list node;      /* in conn->calls while there is a stream */
	struct list turn;      /* in conn->turns while it waits for one */
	const nghttp2_nv *end; /* the trailers, once finished; in the arena */
	size_t end_count;
	unsigned messages;      /* received */
	unsigned seen_messages; /* then, and bytes of the next one, when last looked */
	size_t seen_bytes;
	bool http_waits; /* plain HTTP, not served yet */
	bool begun;      /* the handler knows of it */
	bool got_all;    /* the client half-closed */
	bool headers_sent;
	bool answered; /* the status is on its way, or never will be */
	bool finished; /* the handler is done with it */
	bool cancelled, cancel_told;
	bool is_orphan; /* counted in conn->orphans */
	/* The arena's first memory: enough for most calls. Not zeroed. */
	alignas(max_align_t) uint8_t first[CALL_FIRST_MEMORY];
};

/* For conn.c: a request begins on @id. Less than 0: no memory. */
int call_create(struct conn *conn, int32_t id);
int call_header(struct session *session, struct flow *flow, struct bytes name,
                struct bytes value);
void call_headers_ended(struct session *session, struct flow *flow, bool first);
void call_half_closed(struct session *session, struct flow *flow);
void call_end_sent(struct session *session, struct flow *flow);
/* Its stream is gone. */
void call_detach(struct flow *flow);
/* If less waits on @conn than may: serve one more request of plain HTTP. */
void call_next_turn(struct conn *conn);
/* The server gives up on it. */
void call_stop(struct rpc_call *call);
/* From now on some of what waits must leave in each request_timeout. */
void call_watch_drain(struct rpc_call *call);

/* For call.c, in call_head.c: take one header field. Less than 0: reset the stream. */
int call_head_take(struct rpc_call *call, struct bytes name, struct bytes value);
/* The request's path and query, as sent. NULL: there is none. */
const char *call_target(const struct rpc_call *call);
/* In call_answer.c: put the answer's blocks on the wire. Each E_NOMEM. */
int call_send_headers(struct rpc_call *call);
int call_send_status(struct rpc_call *call, const struct rpc_status *status);
/* In call_answer.c: the trailers of a call whose messages have left. */
int call_send_last(struct flow *flow);

#endif
