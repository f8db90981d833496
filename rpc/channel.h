/*
 * A gRPC client on a libuv loop: a channel to one server name, and calls on it.
 *
 * A channel connects when there is something to send, and again with the public
 * connection-backoff algorithm (grpc/doc/connection-backoff.md) when it lost the
 * connection.
 */
#ifndef RPC_CHANNEL_H
#define RPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/api.h"
#include "base/bytes.h"
#include "rpc/call.h"
#include "rpc/metadata.h"
#include "rpc/status.h"
#include "rpc/tls.h"

BASE_API_BEGIN

typedef struct uv_loop_s uv_loop_t;
struct rpc_channel;
struct rpc_request;
struct rpc_stream;

enum rpc_channel_state { RPC_IDLE, RPC_CONNECTING, RPC_READY, RPC_BACKING_OFF };

struct rpc_channel_options {
	const char *const
		*addresses; /* "host:port" or "unix:/path", tried in turn; NULL-ended */
	const char *server_name; /* checked against the certificate's DNS names; NULL:
	                          * names are not checked, tls.admit decides alone */
	const char *authority;   /* what requests name as :authority; NULL: server_name,
	                          * or "localhost" */
	struct rpc_tls *tls;     /* NULL: cleartext, loopback and unix only */
	size_t receive_message_max; /* 0: 4 MiB */
	/* Unfinished messages of all calls together, over which one call fails; 0: the
	 * largest message for each call under way. */
	size_t connection_memory_max;
	int64_t connect_timeout;    /* ms, address to end of TLS; 0: 20 s */
	int64_t keepalive_interval; /* ms; 0: none */
	int64_t keepalive_timeout;  /* ms; 0: 20 s */
	bool keepalive_always;      /* also while no call is under way */
	int64_t backoff_first;      /* ms; 0: 1 s as the public document says */
	int64_t backoff_max;        /* ms; 0: 120 s */
	/* Told of every change; @why is for people and borrowed. NULL: not told. */
	void (*on_state)(void *context, enum rpc_channel_state state, const char *why);
	/*
	 * Credentials and the like: add to @metadata, with rpc_metadata_add() in @arena,
	 * what every request shall carry besides its own. Asked whenever a request is put
	 * on a connection, perhaps from inside the function that starts it; may start or
	 * cancel nothing. 0, or an error that the request ends with. NULL: nothing.
	 */
	int (*authorize)(void *context, const struct rpc_request *request,
	                 struct arena *arena, struct rpc_metadata *metadata);
	void *context;
};

/* Copies @options' strings; refers to tls. */
int rpc_channel_create(uv_loop_t *loop, const struct rpc_channel_options *options,
                       struct rpc_channel **ret_channel);
/*
 * Cancel every call and close. @done (may be NULL) runs once, later; then the channel
 * is gone.
 */
void rpc_channel_close(struct rpc_channel *channel, void (*done)(void *context),
                       void *context);
/*
 * As rpc_channel_close(), but requests that are under way or wait may end by themselves
 * for @grace ms. No new one can be started.
 */
void rpc_channel_drain(struct rpc_channel *channel, int64_t grace,
                       void (*done)(void *context), void *context);
enum rpc_channel_state rpc_channel_state(const struct rpc_channel *channel);
/* Connect now: ends a back-off early. */
void rpc_channel_connect(struct rpc_channel *channel);

/*
 * One call that we make. It belongs to the caller and must stay where it is until
 * done ran; zero it, fill in the first part, and start it.
 *
 *	start -> headers -> message* -> done         (callbacks)
 *	     \-> rpc_request_send* -> half_close     (ours to call, at any time until
 *done)
 *	     \-> rpc_request_cancel ~ ~> done
 *
 * Unary and client-streaming requests are done with one message when the status is OK.
 */
struct rpc_request {
	const char *path;
	enum rpc_kind kind;
	int64_t timeout; /* ms, sent as grpc-timeout and kept here; 0: none */
	/* A call of our own server that this request is made for: its deadline is the
	 * latest for this one too. Looked at when the request starts; NULL: none. */
	const struct rpc_call *within;
	size_t receive_message_max; /* of this request; 0: the channel's */
	bool wait_for_ready; /* queue while there is no connection, instead of UNAVAILABLE
	                      */
	bool compress;       /* send messages gzipped; the server must know gzip */
	const struct rpc_metadata *metadata; /* borrowed until done; NULL: none */

	/* The server's first metadata block arrived. May be NULL. */
	void (*headers)(struct rpc_request *request, const struct rpc_metadata *headers);
	/* One message; borrowed until it returns. */
	void (*message)(struct rpc_request *request, struct bytes message);
	/* Room again after rpc_request_send() said E_BUSY. May be NULL. */
	void (*writable)(struct rpc_request *request);
	/* The end, exactly once, later. @status and @trailers are borrowed. From then on
	 * the memory is the caller's again; it may be freed or started anew from here. */
	void (*done)(struct rpc_request *request, const struct rpc_status *status,
	             const struct rpc_metadata *trailers);

	struct rpc_stream *stream; /* private: NULL when not started */
};

/*
 * Start a call. 0: done will run; negative (E_NOMEM, E_SYNTAX, E_BUSY when too many
 * wait, E_STATE while the channel drains): it will not.
 */
int rpc_request_start(struct rpc_channel *channel, struct rpc_request *request);
/* Start a call, send its only message (copied) and half-close. */
int rpc_request_unary(struct rpc_channel *channel, struct rpc_request *request,
                      struct bytes message);
/* As rpc_call_send() and rpc_call_pending(). */
int rpc_request_send(struct rpc_request *request, struct bytes message);
size_t rpc_request_pending(const struct rpc_request *request);
/*
 * As rpc_call_pause() and rpc_call_resume(): the server is held back meanwhile. An
 * orderly end waits behind the messages; a cancel, the deadline and a lost connection do
 * not.
 */
void rpc_request_pause(struct rpc_request *request);
void rpc_request_resume(struct rpc_request *request);
/* Who answers, for the headers and message callbacks; NULL while there is no connection.
 */
const struct rpc_peer *rpc_request_peer(const struct rpc_request *request);
/* As rpc_call_set_compressing() and rpc_call_was_compressed(), for requests with
 * compress. For a request that is not under way: nothing, and false. */
void rpc_request_set_compressing(struct rpc_request *request, bool compressing);
bool rpc_request_was_compressed(const struct rpc_request *request);
void rpc_request_half_close(struct rpc_request *request);
/* End it: done runs later with CANCELLED, unless the call ended before. */
void rpc_request_cancel(struct rpc_request *request);

BASE_API_END

#endif
