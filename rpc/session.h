/*
 * One HTTP/2 connection: nghttp2 between a transport and the flows on it. Server
 * connections and client links embed it.
 */
#ifndef RPC_SESSION_H
#define RPC_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/list.h"
#include "rpc/engine.h"
#include "rpc/flow.h"
#include "rpc/guard.h"
#include "rpc/room.h"
#include "rpc/transport.h"

/* What a peer may send before we answer, on one call and on all of a connection. */
#define SESSION_STREAM_WINDOW     (256 * 1024)
#define SESSION_CONNECTION_WINDOW (1024 * 1024)
/* How long a peer may take to read our goodbye and to close, ms. */
#define SESSION_LINGER 1000

struct session;

/* Called from the loop. A flow is what session_adopt() was given. */
struct session_ops {
	/* TLS is done: the owner sends its settings with session_open(). */
	void (*opened)(struct session *session);
	/* The peer's first SETTINGS arrived. */
	void (*ready)(struct session *session);
	/* A header block begins on a stream of ours or (request) a new one. E_BUSY: there
	 * are too many, and this one is refused; else less than 0: it is reset. */
	int (*headers_begun)(struct session *session, int32_t id, bool request);
	/* Less than 0: the stream is reset. */
	int (*header)(struct session *session, struct flow *flow, struct bytes name,
	              struct bytes value);
	/* @first: a request's or response's headers; else trailers. */
	void (*headers_ended)(struct session *session, struct flow *flow, bool first);
	/* The peer will send no more on this stream. */
	void (*half_closed)(struct session *session, struct flow *flow);
	/* A block with END_STREAM left us. */
	void (*end_sent)(struct session *session, struct flow *flow);
	/* The stream is gone; flow->session is NULL already. @error: HTTP/2's code.
	 * @unseen: the peer says that it never looked at it. */
	void (*stream_closed)(struct session *session, struct flow *flow, uint32_t error,
	                      bool unseen);
	/* The peer wants to end; NULL when it does not matter. */
	void (*goaway)(struct session *session, uint32_t error);
	/* The session's timer. */
	void (*timer)(struct session *session);
	/* A ping of ours was answered; may be NULL. */
	void (*ponged)(struct session *session);
	/* The connection is gone. The owner tells its flows, and later frees. */
	void (*closed)(struct session *session, int why);
};

struct session {
	unsigned magic;
#define SESSION_MAGIC 0x2d61f09bU
	struct transport transport;
	struct engine *engine;
	nghttp2_session *h2; /* NULL until opened and after closed */
	const struct session_ops *ops;
	struct task flush;
	struct list wakeups;         /* flows that are owed a writable */
	struct timer timer;          /* one for everything the owner waits for */
	uint64_t last_read;          /* when bytes last arrived */
	uint64_t ping_sent;          /* 0: none outstanding */
	size_t held, held_max;       /* bytes of unfinished messages on all flows */
	struct room room;            /* for those of them that are large */
	size_t sending, sending_max; /* bytes that wait to be sent on all flows */
	size_t block, block_max;     /* the header list that arrives, as HTTP/2 counts */
	uint32_t streams_max; /* still to be told to the peer; 0: it was, or need not */
	struct guard guard;
	struct flow *recent; /* the last that was looked for; NULL: none, or it is gone */
	bool is_server, is_ready, blocked;
	bool over; /* our GOAWAY says that it ends now: nothing more is read */
};

int session_init(struct session *session, struct engine *engine, bool is_unix,
                 bool is_server, const struct session_ops *ops);
/* After ops->closed, before the memory is freed: the peer ends to be known. */
void session_finish(struct session *session);
/* Make the nghttp2 session and send @settings. A limit on streams comes first among them;
 * the owner keeps it, in headers_begun. E_NOMEM. */
int session_open(struct session *session, const nghttp2_settings_entry *settings,
                 size_t count);
/* There is something to send: it leaves later in this turn. */
void session_touch(struct session *session);
/* Set the time of ops->timer. */
void session_set_timer(struct session *session, uint64_t at);
/* Send a ping whose answer clears ping_sent. */
void session_ping(struct session *session);
/* GOAWAY with @error and close once it is sent, or soon. */
void session_terminate(struct session *session, uint32_t error);
/* Send what waits as far as the socket takes it, with a GOAWAY, and close. */
void session_leave(struct session *session);
/* Close at once; flows are told later. */
void session_close(struct session *session, int why);
/* Make @flow the one of stream @id. */
void session_adopt(struct session *session, struct flow *flow, int32_t id);
void session_reset(struct session *session, struct flow *flow, uint32_t error);
/* The peer did what only one that means harm does often. */
void session_make_noise(struct session *session);
/* Is it open, and not on its way out? */
bool session_is_open(const struct session *session);

/* For flow.c: may so many more bytes wait to be sent? @session: NULL before there is one.
 */
static inline bool session_may_send(const struct session *session, size_t len)
{
	return session == NULL || (len <= session->sending_max &&
	                           session->sending <= session->sending_max - len);
}
/* For flow.c: how much data the next frame may carry. */
size_t session_batch_room(void *user_data);
/* For engine.c, in session_events.c. E_NOMEM. */
int session_callbacks_create(nghttp2_session_callbacks **ret_callbacks);

#endif
