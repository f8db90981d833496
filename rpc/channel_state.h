/* What channel.c, dial.c, link.c and request.c share. */
#ifndef RPC_CHANNEL_STATE_H
#define RPC_CHANNEL_STATE_H

#include <stdbool.h>
#include <uv.h>

#include "base/arena.h"
#include "base/list.h"
#include "rpc/address.h"
#include "rpc/channel.h"
#include "rpc/engine.h"
#include "rpc/session.h"
#include "rpc/tls_conn.h"
#include "rpc/version.h"

/* As grpc/doc/PROTOCOL-HTTP2.md wants it: the language, the variant, the version. */
#define CHANNEL_USER_AGENT "grpc-c-uv/" RPC_VERSION
#define CHANNEL_WHY_MAX    160
#define CHANNEL_TOLD       8
/* Requests that may wait for a connection. */
#define CHANNEL_WAITING_MAX 10000

struct link;

/* One attempt to connect, from the first address to the last. */
struct dial {
	size_t next_address; /* in options.addresses */
	uv_getaddrinfo_t resolve;
	bool resolving;
	struct addrinfo *found, *next; /* what the name of an address gave */
	uint64_t since;                /* when the attempt began */
	unsigned attempts;             /* that failed since we last were ready */
};

struct channel_news {
	enum rpc_channel_state state;
	char why[CHANNEL_WHY_MAX];
};

struct rpc_channel {
	unsigned magic;
#define RPC_CHANNEL_MAGIC 0x6c4a77e5U
	struct engine engine;
	struct rpc_channel_options options; /* no zero left; strings in @arena */
	struct rpc_tls *tls;                /* a reference, or NULL */
	struct tls_ticket ticket;
	struct arena arena;
	enum rpc_channel_state state;
	char why[CHANNEL_WHY_MAX]; /* the last failure */
	struct list waiting;       /* streams without a link */
	unsigned waiting_count;
	struct list unread; /* streams that ended while their requests are paused */
	struct list links;  /* all that are not closed yet */
	struct link *link;  /* the one that is being made or takes requests; or NULL */
	unsigned streams;   /* that exist */
	struct dial dial;
	struct timer backoff;
	struct task news; /* tells on_state */
	struct channel_news told[CHANNEL_TOLD];
	size_t told_count;
	struct timer grace; /* of a drain */
	bool draining, closing, closed;
	void (*done)(void *context);
	void *done_context;
};

/* One connection of a channel. */
struct link {
	unsigned magic;
#define LINK_MAGIC 0x0b11c4d9U
	struct session session;
	struct rpc_channel *channel;
	struct list node;    /* in channel->links */
	struct list streams; /* on it */
	uv_connect_t connect;
	int64_t keepalive_interval;
	bool ready;           /* it was the channel's, and may still be */
	bool going_away;      /* it takes no more requests */
	struct rpc_peer peer; /* of a cleartext connection */
};

/* dial.c: begin, and go on to the next address. Ends in channel_dial_failed() or with
 * channel->link being made. */
void dial_begin(struct rpc_channel *channel);
void dial_next(struct rpc_channel *channel);
void dial_cancel(struct rpc_channel *channel);

/* link.c: connect to @to, or to the unix socket @path. Failure is told later through
 * channel_link_failed(). E_NOMEM: nothing was begun. */
int link_open(struct rpc_channel *channel, const struct sockaddr *to, const char *path);
const struct rpc_peer *link_peer(const struct link *link);

/* channel.c */
void channel_say(struct rpc_channel *channel, const char *why);
void channel_dial_failed(struct rpc_channel *channel);
void channel_link_ready(struct rpc_channel *channel, struct link *link);
/* @link takes no more requests. */
void channel_link_lost(struct rpc_channel *channel, struct link *link);
/* @link is about to be freed. */
void channel_link_closed(struct rpc_channel *channel, struct link *link);
void channel_check_quiet(struct rpc_channel *channel);
/* A request has come to channel->waiting. */
void channel_kick(struct rpc_channel *channel);

/* request.c: put a waiting stream on a link. */
void stream_launch(struct rpc_stream *stream, struct link *link);
/* The connection is gone: @unseen when no byte of the request can have arrived. */
void stream_lost(struct rpc_stream *stream);
/* It will not be tried: ends with @code, @message (copied). */
void stream_fail(struct rpc_stream *stream, enum rpc_code code, const char *message);
bool stream_may_wait(const struct rpc_stream *stream);
struct rpc_stream *stream_of_node(struct list *node);
/* The part of session_ops that is about streams. */
int stream_header(struct session *session, struct flow *flow, struct bytes name,
                  struct bytes value);
void stream_headers_ended(struct session *session, struct flow *flow, bool first);
void stream_half_closed(struct session *session, struct flow *flow);
void stream_end_sent(struct session *session, struct flow *flow);
void stream_closed(struct session *session, struct flow *flow, uint32_t error,
                   bool unseen);

#endif
