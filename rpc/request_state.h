/* A request as request.c and request_head.c see it. */
#ifndef RPC_REQUEST_STATE_H
#define RPC_REQUEST_STATE_H

#include "base/arena.h"
#include "base/check.h"
#include "base/list.h"
#include "rpc/channel_state.h"
#include "rpc/flow.h"
#include "rpc/timers.h"

struct rpc_stream {
	unsigned magic;
#define RPC_STREAM_MAGIC 0x57e4a3f2U
	struct flow flow;
	struct rpc_channel *channel;
	struct rpc_request *request; /* NULL once done ran */
	struct link *link;           /* NULL while waiting, and when the stream is gone */
	struct list node; /* in channel->waiting, link->streams or channel->unread */
	struct arena arena;
	struct rpc_metadata headers, trailers;
	struct timer timer;       /* the deadline */
	struct task task;         /* runs done */
	uint64_t deadline;        /* 0: none */
	struct rpc_status status; /* the server's, or the verdict */
	size_t header_size;
	int http;
	unsigned messages;
	bool is_waiting;  /* in channel->waiting */
	bool is_grpc;     /* the content-type says so */
	bool got_headers; /* the first block is complete */
	bool got_status;  /* grpc-status came */
	bool knows_end;   /* and the block that it stands in is complete */
	bool has_verdict; /* status is final */
	bool retried;
	bool got_all; /* the server half-closed */
};

static inline struct rpc_stream *stream_of(struct flow *flow)
{
	struct rpc_stream *stream = container_of(flow, struct rpc_stream, flow);

	CHECK_MAGIC(stream, RPC_STREAM_MAGIC);
	return stream;
}

/* In request_head.c: the header block to send, in the stream's arena. E_NOMEM, or what
 * the channel's authorize hook says. */
int stream_build_headers(struct rpc_stream *stream, nghttp2_nv **ret_fields,
                         size_t *ret_count);

#endif
