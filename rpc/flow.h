/*
 * The two directions of one call on one HTTP/2 stream: messages in, messages out.
 * The server's calls and the client's requests both embed it.
 */
#ifndef RPC_FLOW_H
#define RPC_FLOW_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "rpc/frame.h"
#include "rpc/outbox.h"
#include "rpc/room.h"

/* Above the high mark a writer is told to wait, below the low mark to go on. */
#define FLOW_HIGH_MARK (64 * 1024)
#define FLOW_LOW_MARK  (16 * 1024)

struct session;
struct flow;

struct flow_ops {
	/* A whole message, decompressed. */
	void (*message)(struct flow *flow, struct bytes message);
	/* The incoming bytes are not acceptable: E_LIMIT, E_PROTOCOL, E_NOMEM,
	 * E_UNSUPPORTED (compressed with what we do not know). */
	void (*broken)(struct flow *flow, int why);
	/* Below the low mark again, after flow_send() said E_BUSY. */
	void (*writable)(struct flow *flow);
	/* The outbox is sent and flow_end() was called: send what comes last and say
	 * whether it carries the end of the stream (1) or the data does (0). E_NOMEM. */
	int (*last)(struct flow *flow);
};

struct flow {
	struct session *session; /* NULL: not on a stream (any more) */
	const struct flow_ops *ops;
	int32_t id;
	struct frame_reader in;
	struct outbox out;
	size_t send_max;    /* what may wait in @out */
	size_t counted;     /* what does, as the session knows */
	uint64_t taken;     /* bytes that have left @out */
	bool raw;           /* what is sent is no gRPC message: no frames around it */
	bool gzip_in;       /* messages may be compressed */
	bool gzip_out;      /* compress messages */
	bool plain_out;     /* but not those that come now */
	bool was_gzip;      /* the message being delivered was compressed */
	bool deferred;      /* nghttp2 waits for flow_wake() */
	bool begun;         /* nghttp2 has our data source */
	bool ended;         /* no more messages will be sent */
	bool busy;          /* a writable is owed */
	bool deaf;          /* incoming data is thrown away */
	bool paused;        /* incoming data is held, and the window stays shut */
	bool end_waits;     /* the peer half-closed behind what is held */
	struct outbox held; /* what arrived while paused */
	/* A large message's: until it has its room, what was read of it opens the window
	 * no further. */
	struct room_claim claim;
	size_t withheld;    /* bytes so read */
	struct list wakeup; /* in session->wakeups */
};

void flow_init(struct flow *flow, const struct flow_ops *ops, size_t receive_max,
               size_t send_max);
/* Free what it holds and leave its session's lists. */
void flow_finish(struct flow *flow);
/* A chunk of DATA arrived. Returns how much the peer may send more: the rest is held, or
 * belongs to a large message that waits for room. */
size_t flow_receive(struct flow *flow, struct bytes chunk);
/* No longer paused: go through what is held, and open the window again. Without a stream
 * the end is for the caller to tell. */
void flow_resume(struct flow *flow);
static inline bool flow_is_holding(const struct flow *flow)
{
	return outbox_pending(&flow->held) > 0;
}
/* As rpc_call_send(); E_CANCELLED when ended. */
int flow_send(struct flow *flow, struct bytes message);
/* Send what waits, and then the end. */
void flow_end(struct flow *flow);
/* Forget what waits. */
void flow_discard(struct flow *flow);
/* Tell the session how much waits. */
void flow_count_out(struct flow *flow);
/* The data source to submit with a response or request. */
nghttp2_data_provider flow_source(struct flow *flow);
/* It reads no message any more, or another: who waits for room may have it. */
void flow_make_room(struct flow *flow);
/* For nghttp2's send_data callback: move @len bytes behind @to. */
void flow_take(struct flow *flow, uint8_t *to, size_t len);

#endif
