/*
 * One call, as its handler on the server sees it.
 *
 * The life of a call:
 *
 *	begun -> message* -> half_closed -> (rpc_call_send* ...) rpc_call_finish -> closed
 *	                  \-> cancelled (at any point before the finish)
 *
 * - begun: path, metadata, deadline and peer are known.
 * - message: one whole message, checked for size and decompressed. The bytes are
 *   borrowed until the callback returns.
 * - half_closed: the client will send no more. Unary and server-streaming
 *   handlers get exactly one message and then this.
 * - cancelled: the client went away, reset the call, or its deadline passed;
 *   nothing that is sent from now on arrives. The handler must still finish the
 *   call, at once or when the work that it waits for is done.
 * - rpc_call_finish() is called by the handler exactly once, always. From then on
 *   the handler must not touch the call.
 * - closed: the last byte has been handed to the connection, or it is gone; for
 *   bookkeeping. The call and its arena are freed after this returns.
 *
 * Any callback may be NULL. Callbacks run on the loop's thread, one at a time.
 * All functions here must be called on the loop's thread.
 */
#ifndef RPC_CALL_H
#define RPC_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/api.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "rpc/metadata.h"
#include "rpc/status.h"

BASE_API_BEGIN

struct rpc_call;
struct rpc_peer;

enum rpc_kind {
	RPC_UNARY,
	RPC_SERVER_STREAMING,
	RPC_CLIENT_STREAMING,
	RPC_BIDIRECTIONAL,
};

struct rpc_handler {
	void (*begun)(struct rpc_call *call);
	void (*message)(struct rpc_call *call, struct bytes message);
	void (*half_closed)(struct rpc_call *call);
	void (*cancelled)(struct rpc_call *call);
	/* The outgoing buffer fell below its low mark after rpc_call_send() said E_BUSY.
	 */
	void (*writable)(struct rpc_call *call);
	void (*closed)(struct rpc_call *call);
};

/* A row of a service's method table. */
struct rpc_method {
	const char *path; /* "/demo.Greeter/Greet" */
	enum rpc_kind kind;
	const struct rpc_handler *handler;
	void *service; /* what rpc_call_service() returns */
};

void *rpc_call_service(const struct rpc_call *call);
const struct rpc_method *rpc_call_method(const struct rpc_call *call);
/* All tables that the listener which took the call serves: its options' services. */
const struct rpc_method *const *rpc_call_services(const struct rpc_call *call);
/* Lives as long as the call; its limit is rpc_server_options.call_memory_max. */
struct arena *rpc_call_arena(struct rpc_call *call);
const struct rpc_peer *rpc_call_peer(const struct rpc_call *call);
const struct rpc_metadata *rpc_call_metadata(const struct rpc_call *call);
/* Milliseconds until the client's deadline, at least 0; -1 when it set none. */
int64_t rpc_call_time_left(const struct rpc_call *call);
/* How many messages the handler was given. */
unsigned rpc_call_received(const struct rpc_call *call);
/* True from the cancelled callback on. */
bool rpc_call_is_cancelled(const struct rpc_call *call);

/* The handler's own state; NULL until set. */
void rpc_call_set_data(struct rpc_call *call, void *data);
void *rpc_call_data(const struct rpc_call *call);

/* Metadata for the first (headers) or the last (trailers) block. Errors as
 * rpc_metadata_add(); E_STATE when that block was sent already. */
int rpc_call_add_header(struct rpc_call *call, const char *key, struct bytes value);
int rpc_call_add_trailer(struct rpc_call *call, const char *key, struct bytes value);

/* Send the headers now instead of with the first message: tells the client that its call
 * was taken. E_STATE: they were sent; E_CANCELLED: nobody will receive them; E_NOMEM. */
int rpc_call_send_headers(struct rpc_call *call);

/*
 * Send one message; it is copied.
 *
 *   E_BUSY   taken, but the buffer is over its high mark: send no more until
 *            writable. A handler that goes on regardless gets
 *   E_LIMIT  not taken: the buffer would pass rpc_server_options.send_buffer_max, or
 *            all of the connection's connection_send_max.
 *   E_CANCELLED  not taken: nobody will receive it.
 */
int rpc_call_send(struct rpc_call *call, struct bytes message);
/* Bytes that wait in this call's outgoing buffer. */
size_t rpc_call_pending(const struct rpc_call *call);

/*
 * Take no more messages for now, and from a later turn of the loop on take them again.
 * Meanwhile the client's flow-control window closes, so that it stops sending: for
 * handlers whose rpc_call_send() said E_BUSY, or that wait for a disk. half_closed waits
 * behind the messages; cancelled does not.
 */
void rpc_call_pause(struct rpc_call *call);
void rpc_call_resume(struct rpc_call *call);

/* The largest message that this call takes, instead of
 * rpc_server_options.receive_message_max: for begun. */
void rpc_call_set_receive_max(struct rpc_call *call, size_t max);

/* Compress the messages of this call, if the client reads gzip. E_STATE: one was sent
 * already. */
int rpc_call_compress(struct rpc_call *call);
/* In such a call: shall the messages from now on be compressed, or go as they are? */
void rpc_call_set_compressing(struct rpc_call *call, bool compressing);
/* For the message callback: was this message compressed on its way? */
bool rpc_call_was_compressed(const struct rpc_call *call);

/* End the call. Borrows @status until it returns. The handler's last touch. */
void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status);
/* Send @message and finish with OK. */
void rpc_call_reply(struct rpc_call *call, struct bytes message);
/* Finish with @code and @message; a shorthand without details. */
void rpc_call_refuse(struct rpc_call *call, enum rpc_code code, const char *message);

BASE_API_END

#endif
