/*
 * One call that we make.
 *
 *	start -> waiting -> launch -> headers -> message* -> (trailers) -> done
 *	             ^         \ the server never looked at it
 *	             +----------+ (once)
 *
 * Like a call on the server it has two ends, the HTTP/2 stream's and the caller's.
 * The verdict is what done will be told; the first one stands. done runs from a
 * task, and the memory goes when the stream is gone too.
 *
 * What can go wrong is a verdict: the deadline, a cancel, a lost connection, an
 * answer that is not gRPC. A caller who gets UNAVAILABLE may try again.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/request_state.h"
#include "rpc/status_map.h"

/* A call's headers and trailers, and what we send as such. */
#define STREAM_MEMORY_MAX (256 * 1024)
/* A request up to this size is kept until the server answers, to be sent again when it
 * never looked at it. */
#define RETRY_KEEP_MAX (64 * 1024)
#define SEND_EXTRA     (64 * 1024)

static int create(struct rpc_channel *channel, struct rpc_request *request,
                  struct rpc_stream **ret_stream);
static void set_deadline(struct rpc_stream *stream);
static void enqueue(struct rpc_stream *stream);
static void on_message(struct flow *flow, struct bytes message);
static void on_broken(struct flow *flow, int why);
static void on_writable(struct flow *flow);
static int on_last(struct flow *flow);
static void on_deadline(struct timer *timer);
static bool is_unread(struct rpc_stream *stream);
static void detach(struct rpc_stream *stream);
static bool try_again(struct rpc_stream *stream);
static void conclude(struct rpc_stream *stream);
static void on_task(struct task *task);
static void destroy(struct rpc_stream *stream);

static const struct flow_ops flow_ops = {
	.message = on_message,
	.broken = on_broken,
	.writable = on_writable,
	.last = on_last,
};

struct rpc_stream *stream_of_node(struct list *node)
{
	struct rpc_stream *stream = list_entry(node, struct rpc_stream, node);

	CHECK_MAGIC(stream, RPC_STREAM_MAGIC);
	return stream;
}

static bool wants_one_answer(const struct rpc_request *request)
{
	return request->kind == RPC_UNARY || request->kind == RPC_CLIENT_STREAMING;
}

int rpc_request_start(struct rpc_channel *channel, struct rpc_request *request)
{
	struct rpc_stream *stream;
	int r = create(channel, request, &stream);

	if (r == 0)
		enqueue(stream);
	return r;
}

int rpc_request_unary(struct rpc_channel *channel, struct rpc_request *request,
                      struct bytes message)
{
	struct rpc_stream *stream;
	int r = create(channel, request, &stream);

	if (r < 0)
		return r;
	r = flow_send(&stream->flow, message);
	if (r < 0 && r != E_BUSY) {
		request->stream = NULL;
		destroy(stream);
		return r;
	}
	flow_end(&stream->flow);
	enqueue(stream);
	return 0;
}

static int create(struct rpc_channel *channel, struct rpc_request *request,
                  struct rpc_stream **ret_stream)
{
	struct rpc_stream *stream;
	size_t max = channel->options.receive_message_max;

	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	CHECK(request->stream == NULL && request->done != NULL);
	if (channel->draining)
		return E_STATE;
	if (request->path == NULL || request->path[0] != '/')
		return E_SYNTAX;
	if (channel->waiting_count >= CHANNEL_WAITING_MAX)
		return E_BUSY;
	stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return E_NOMEM;
	/* The caller may have worked long since the turn began; deadlines count from now.
	 */
	uv_update_time(channel->engine.loop);
	stream->magic = RPC_STREAM_MAGIC;
	stream->channel = channel;
	stream->request = request;
	list_init(&stream->node);
	arena_init(&stream->arena, STREAM_MEMORY_MAX);
	if (request->receive_message_max != 0)
		max = request->receive_message_max;
	flow_init(&stream->flow, &flow_ops, max, max + SEND_EXTRA);
	stream->flow.out.keep = true;
	stream->flow.gzip_out = request->compress;
	stream->timer.fired = on_deadline;
	task_init(&stream->task, on_task);
	channel->streams++;
	request->stream = stream;
	set_deadline(stream);
	*ret_stream = stream;
	return 0;
}

static void set_deadline(struct rpc_stream *stream)
{
	const struct rpc_request *request = stream->request;
	struct engine *engine = &stream->channel->engine;
	int64_t left = request->timeout > 0 ? request->timeout : -1, rest = -1;

	if (request->within != NULL)
		rest = rpc_call_time_left(request->within);
	if (rest >= 0 && (left < 0 || rest < left))
		left = rest;
	if (left < 0)
		return;
	stream->deadline = engine_now(engine) + (uint64_t)left;
	timers_set(&engine->timers, &stream->timer, stream->deadline);
}

static void enqueue(struct rpc_stream *stream)
{
	struct rpc_channel *channel = stream->channel;

	if (channel->state == RPC_BACKING_OFF && !stream_may_wait(stream)) {
		stream_fail(stream, RPC_UNAVAILABLE, channel->why);
		return;
	}
	stream->is_waiting = true;
	list_push(&channel->waiting, &stream->node);
	channel->waiting_count++;
	channel_kick(channel);
}

bool stream_may_wait(const struct rpc_stream *stream)
{
	return stream->request != NULL && stream->request->wait_for_ready;
}

void stream_launch(struct rpc_stream *stream, struct link *link)
{
	nghttp2_data_provider source;
	nghttp2_nv *fields = NULL;
	size_t count = 0;
	int r = stream_build_headers(stream, &fields, &count);
	int32_t id;

	stream->is_waiting = false;
	stream->link = link;
	list_push(&link->streams, &stream->node);
	if (r < 0) {
		stream_fail(stream, (enum rpc_code)err_grpc(r), err_text(r));
		detach(stream);
		return;
	}
	source = flow_source(&stream->flow);
	id = nghttp2_submit_request(link->session.h2, NULL, fields, count, &source,
	                            &stream->flow);
	if (id == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE) {
		/* The numbers of this connection are used up. */
		(void)nghttp2_submit_goaway(link->session.h2, NGHTTP2_FLAG_NONE, 0,
		                            NGHTTP2_NO_ERROR, NULL, 0);
		detach(stream);
		channel_link_lost(stream->channel, link);
		(void)try_again(stream);
		return;
	}
	if (id < 0) {
		stream_fail(stream, RPC_UNAVAILABLE, nghttp2_strerror(id));
		detach(stream);
		return;
	}
	stream->flow.session = &link->session;
	stream->flow.id = id;
	session_touch(&link->session);
}

/* The answer */

void stream_headers_ended(struct session *session, struct flow *flow, bool first)
{
	struct rpc_stream *stream = stream_of(flow);

	(void)session;
	(void)first;
	stream->knows_end = stream->got_status;
	if (stream->got_headers || stream->has_verdict)
		return;
	if (stream->http >= 100 && stream->http < 200) {
		stream->headers = (struct rpc_metadata){0}; /* the real ones follow */
		return;
	}
	stream->got_headers = true;
	outbox_forget(&flow->out);
	if (stream->http != 200 || !stream->is_grpc)
		flow->deaf = true; /* no messages: a proxy's page, perhaps */
	if (stream->got_status) {
		/* A block that says how it ends is the trailers. */
		stream->trailers = stream->headers;
		stream->headers = (struct rpc_metadata){0};
	} else if (stream->request->headers != NULL && !flow->deaf) {
		stream->request->headers(stream->request, &stream->headers);
	}
}

static void on_message(struct flow *flow, struct bytes message)
{
	struct rpc_stream *stream = stream_of(flow);

	if (stream->has_verdict)
		return;
	if (++stream->messages > 1 && wants_one_answer(stream->request))
		stream_fail(stream, RPC_INTERNAL,
		            "the server sent more than one message");
	else if (stream->request->message != NULL)
		stream->request->message(stream->request, message);
}

static void on_broken(struct flow *flow, int why)
{
	struct rpc_stream *stream = stream_of(flow);

	if (why == E_LIMIT || why == E_NOMEM)
		stream_fail(stream, RPC_RESOURCE_EXHAUSTED,
		            "the server's message is larger than we take");
	else if (why == E_UNSUPPORTED)
		stream_fail(
			stream, RPC_INTERNAL,
			"the server's message is compressed in a way it did not name");
	else
		stream_fail(stream, RPC_INTERNAL, "the server's message is malformed");
}

void stream_half_closed(struct session *session, struct flow *flow)
{
	struct rpc_stream *stream = stream_of(flow);

	stream->got_all = true;
	if (!frame_reader_is_clean(&flow->in) && !flow->deaf)
		stream_fail(stream, RPC_INTERNAL, "the server's last message is cut off");
	/* The answer is complete; whatever we still wanted to say is of no use. */
	if (session != NULL && (!flow->ended || outbox_pending(&flow->out) > 0))
		session_reset(session, flow, NGHTTP2_CANCEL);
	conclude(stream);
}

void stream_end_sent(struct session *session, struct flow *flow)
{
	(void)session;
	(void)flow;
}

static void on_writable(struct flow *flow)
{
	struct rpc_stream *stream = stream_of(flow);

	if (!stream->has_verdict && stream->request->writable != NULL)
		stream->request->writable(stream->request);
}

static int on_last(struct flow *flow)
{
	(void)flow;
	return 0;
}

/* The end */

static void on_deadline(struct timer *timer)
{
	struct rpc_stream *stream = container_of(timer, struct rpc_stream, timer);

	CHECK_MAGIC(stream, RPC_STREAM_MAGIC);
	stream_fail(stream, RPC_DEADLINE_EXCEEDED, "the deadline is over");
}

void rpc_request_cancel(struct rpc_request *request)
{
	if (request->stream != NULL)
		stream_fail(request->stream, RPC_CANCELLED, "cancelled");
}

void stream_fail(struct rpc_stream *stream, enum rpc_code code, const char *message)
{
	if (stream->has_verdict)
		return;
	stream->has_verdict = true;
	stream->status = (struct rpc_status){.code = code};
	if (message != NULL) /* what was printed into a full arena is not there */
		stream->status.message = arena_strdup(&stream->arena, message);
	stream->flow.deaf = true;
	stream->flow.ended = true;
	timers_clear(&stream->channel->engine.timers, &stream->timer);
	if (stream->flow.session != NULL) {
		session_reset(stream->flow.session, &stream->flow, NGHTTP2_CANCEL);
	} else if (stream->is_waiting) {
		stream->is_waiting = false;
		list_remove(&stream->node);
		stream->channel->waiting_count--;
	}
	engine_post(&stream->channel->engine, &stream->task);
}

void stream_closed(struct session *session, struct flow *flow, uint32_t error,
                   bool unseen)
{
	struct rpc_stream *stream = stream_of(flow);

	(void)session;
	detach(stream);
	if (unseen && try_again(stream))
		return;
	if (is_unread(stream))
		return;
	if (!stream->knows_end && !stream->has_verdict && !stream->got_all)
		stream_fail(stream, status_of_reset(error),
		            arena_printf(&stream->arena, "the server reset the call: %s",
		                         nghttp2_http2_strerror(error)));
	conclude(stream);
}

void stream_lost(struct rpc_stream *stream)
{
	stream->flow.session = NULL;
	list_remove(&stream->flow.wakeup);
	detach(stream);
	if (is_unread(stream))
		return;
	if (!stream->knows_end)
		stream_fail(stream, RPC_UNAVAILABLE, stream->channel->why);
	conclude(stream);
}

/* The whole answer is here, and its reader pauses: on_task() goes on when he does. */
static bool is_unread(struct rpc_stream *stream)
{
	if (!stream->flow.end_waits || stream->has_verdict)
		return false;
	list_push(&stream->channel->unread, &stream->node);
	return true;
}

/* The stream is gone, or was never made. */
static void detach(struct rpc_stream *stream)
{
	list_remove(&stream->node);
	stream->link = NULL;
}

/* The server says that it never looked at the request. */
static bool try_again(struct rpc_stream *stream)
{
	struct flow *flow = &stream->flow;

	if (stream->has_verdict || stream->retried || stream->got_headers ||
	    !flow->out.keep || stream->channel->closing)
		return false;
	stream->retried = true;
	outbox_rewind(&flow->out);
	flow->begun = false;
	flow->deferred = false;
	enqueue(stream);
	return true;
}

/* What the server said, or did not say, is the verdict. */
static void conclude(struct rpc_stream *stream)
{
	struct engine *engine = &stream->channel->engine;

	engine_post(engine, &stream->task);
	if (stream->has_verdict)
		return;
	if (stream->http != 200)
		stream_fail(stream,
		            stream->knows_end ? stream->status.code
		                              : status_of_http(stream->http),
		            arena_printf(&stream->arena, "HTTP status %d", stream->http));
	else if (!stream->knows_end)
		stream_fail(stream, RPC_UNKNOWN, "the server gave no grpc-status");
	else if (stream->status.code == RPC_OK && wants_one_answer(stream->request) &&
	         stream->messages == 0)
		stream_fail(stream, RPC_INTERNAL, "the server sent no message");
	if (stream->has_verdict)
		return;
	stream->has_verdict = true;
	stream->flow.ended = true;
	timers_clear(&engine->timers, &stream->timer);
}

static void on_task(struct task *task)
{
	struct rpc_stream *stream = container_of(task, struct rpc_stream, task);
	struct rpc_request *request = stream->request;
	struct flow *flow = &stream->flow;

	CHECK_MAGIC(stream, RPC_STREAM_MAGIC);
	if (!stream->has_verdict && !flow->paused && flow_is_holding(flow)) {
		flow_resume(flow);
		if (flow->session == NULL && !flow_is_holding(flow) &&
		    !stream->has_verdict)
			stream_half_closed(NULL, flow);
	}
	if (request != NULL && stream->has_verdict) {
		stream->request = NULL;
		request->stream = NULL;
		request->done(request, &stream->status, &stream->trailers);
	}
	if (stream->request == NULL && stream->flow.session == NULL)
		destroy(stream);
}

static void destroy(struct rpc_stream *stream)
{
	struct rpc_channel *channel = stream->channel;

	list_remove(&stream->node);
	engine_unpost(&stream->task);
	timers_clear(&channel->engine.timers, &stream->timer);
	flow_finish(&stream->flow);
	arena_finish(&stream->arena);
	stream->magic = 0;
	free(stream);
	channel->streams--;
	channel_check_quiet(channel);
}

/* What a caller calls while it runs. */

int rpc_request_send(struct rpc_request *request, struct bytes message)
{
	struct rpc_stream *stream = request->stream;
	int r;

	if (stream == NULL || stream->has_verdict)
		return E_CANCELLED;
	r = flow_send(&stream->flow, message);
	if (stream->flow.out.tail > RETRY_KEEP_MAX)
		outbox_forget(&stream->flow.out);
	return r;
}

size_t rpc_request_pending(const struct rpc_request *request)
{
	return request->stream == NULL ? 0 : outbox_pending(&request->stream->flow.out);
}

void rpc_request_pause(struct rpc_request *request)
{
	if (request->stream != NULL)
		request->stream->flow.paused = true;
}

void rpc_request_resume(struct rpc_request *request)
{
	struct rpc_stream *stream = request->stream;

	if (stream == NULL)
		return;
	stream->flow.paused = false;
	if (flow_is_holding(&stream->flow))
		engine_post(&stream->channel->engine, &stream->task);
}

const struct rpc_peer *rpc_request_peer(const struct rpc_request *request)
{
	const struct rpc_stream *stream = request->stream;

	return stream == NULL || stream->link == NULL ? NULL : link_peer(stream->link);
}

void rpc_request_half_close(struct rpc_request *request)
{
	if (request->stream != NULL && !request->stream->flow.ended)
		flow_end(&request->stream->flow);
}

void rpc_request_set_compressing(struct rpc_request *request, bool compressing)
{
	if (request->stream != NULL)
		request->stream->flow.plain_out = !compressing;
}

bool rpc_request_was_compressed(const struct rpc_request *request)
{
	return request->stream != NULL && request->stream->flow.was_gzip;
}
