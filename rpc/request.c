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
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/base64.h"
#include "rpc/channel_state.h"
#include "rpc/metadata_wire.h"
#include "rpc/percent.h"
#include "rpc/status_map.h"
#include "rpc/timeout.h"

/* A call's headers and trailers, and what we send as such. */
#define STREAM_MEMORY_MAX (256 * 1024)
/* What the server's headers and trailers may add up to. */
#define HEADER_LIST_MAX (64 * 1024)
/* A request up to this size is kept until the server answers, to be sent again when it
 * never looked at it. */
#define RETRY_KEEP_MAX (64 * 1024)
/* Header fields of ours, besides metadata. */
#define OWN_FIELDS 11
#define SEND_EXTRA (64 * 1024)

struct rpc_stream {
	unsigned magic;
#define RPC_STREAM_MAGIC 0x57e4a3f2U
	struct flow flow;
	struct rpc_channel *channel;
	struct rpc_request *request; /* NULL once done ran */
	struct link *link;           /* NULL while waiting, and when the stream is gone */
	struct list node;            /* in channel->waiting or link->streams */
	struct arena arena;
	struct rpc_metadata headers, trailers;
	struct timer timer;       /* the deadline */
	struct task task;         /* runs done */
	uint64_t deadline;        /* 0: none */
	struct rpc_status status; /* the server's, or the verdict */
	size_t header_size;
	int http;
	unsigned messages;
	bool is_grpc;     /* the content-type says so */
	bool got_headers; /* the first block is complete */
	bool got_status;  /* grpc-status came */
	bool has_verdict; /* status is final */
	bool retried;
	bool got_all; /* the server half-closed */
};

static int create(struct rpc_channel *channel, struct rpc_request *request,
                  struct rpc_stream **ret_stream);
static void enqueue(struct rpc_stream *stream);
static size_t build_headers(struct rpc_stream *stream, nghttp2_nv **ret_fields);
static void on_message(struct flow *flow, struct bytes message);
static void on_broken(struct flow *flow, int why);
static void on_writable(struct flow *flow);
static bool on_last(struct flow *flow);
static void on_deadline(struct timer *timer);
static int take_field(struct rpc_stream *stream, struct bytes name, struct bytes value);
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

static struct rpc_stream *stream_of(struct flow *flow)
{
	struct rpc_stream *stream = container_of(flow, struct rpc_stream, flow);

	CHECK_MAGIC(stream, RPC_STREAM_MAGIC);
	return stream;
}

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
	CHECK(request->stream == NULL && request->done != NULL && !channel->closing);
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
	flow_init(&stream->flow, &flow_ops, max, max + SEND_EXTRA);
	stream->flow.out.keep = true;
	stream->flow.gzip_out = request->compress;
	stream->timer.fired = on_deadline;
	task_init(&stream->task, on_task);
	channel->streams++;
	request->stream = stream;
	if (request->timeout > 0) {
		stream->deadline =
			engine_now(&channel->engine) + (uint64_t)request->timeout;
		timers_set(&channel->engine.timers, &stream->timer, stream->deadline);
	}
	*ret_stream = stream;
	return 0;
}

static void enqueue(struct rpc_stream *stream)
{
	struct rpc_channel *channel = stream->channel;

	if (channel->state == RPC_BACKING_OFF && !stream_may_wait(stream)) {
		stream_fail(stream, RPC_UNAVAILABLE, channel->why);
		return;
	}
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
	size_t count = build_headers(stream, &fields);
	int32_t id;

	stream->link = link;
	list_push(&link->streams, &stream->node);
	if (count == 0) {
		stream_fail(stream, RPC_RESOURCE_EXHAUSTED, err_text(E_NOMEM));
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

static void put(nghttp2_nv *fields, size_t *count, const char *name, const char *value)
{
	fields[(*count)++] = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.namelen = strlen(name),
		.value = (uint8_t *)(uintptr_t)value,
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
	};
}

/* 0: no memory. */
static size_t build_headers(struct rpc_stream *stream, nghttp2_nv **ret_fields)
{
	const struct rpc_channel_options *options = &stream->channel->options;
	const struct rpc_metadata *metadata = stream->request->metadata;
	size_t extra = metadata == NULL ? 0 : metadata->count, count = 0;
	nghttp2_nv *fields =
		arena_new_array(&stream->arena, OWN_FIELDS + extra, nghttp2_nv);
	const char *path = arena_strdup(&stream->arena, stream->request->path);
	char *timeout = arena_alloc(&stream->arena, TIMEOUT_TEXT_MAX);

	if (fields == NULL || path == NULL || timeout == NULL)
		return 0;
	put(fields, &count, ":method", "POST");
	put(fields, &count, ":scheme", stream->channel->tls == NULL ? "http" : "https");
	put(fields, &count, ":path", path);
	put(fields, &count, ":authority",
	    options->server_name == NULL ? "localhost" : options->server_name);
	put(fields, &count, "te", "trailers");
	put(fields, &count, "content-type", "application/grpc");
	put(fields, &count, "user-agent", "grpc-c-duban/" DUBAN_VERSION);
	put(fields, &count, "grpc-accept-encoding", "identity,gzip");
	if (stream->flow.gzip_out)
		put(fields, &count, "grpc-encoding", "gzip");
	if (stream->deadline != 0) {
		uint64_t now = engine_now(&stream->channel->engine);

		timeout_format(stream->deadline > now ? (int64_t)(stream->deadline - now)
		                                      : 1,
		               timeout);
		put(fields, &count, "grpc-timeout", timeout);
	}
	for (size_t i = 0; i < extra; i++) {
		struct bytes value;

		if (metadata_wire_value(&stream->arena, &metadata->pairs[i], &value) < 0)
			return 0;
		put(fields, &count, metadata->pairs[i].key, "");
		fields[count - 1].value = (uint8_t *)(uintptr_t)value.data;
		fields[count - 1].valuelen = value.len;
	}
	*ret_fields = fields;
	return count;
}

/* The answer */

int stream_header(struct session *session, struct flow *flow, struct bytes name,
                  struct bytes value)
{
	struct rpc_stream *stream = stream_of(flow);

	(void)session;
	if (stream->has_verdict)
		return 0;
	stream->header_size += name.len + value.len + 32;
	if (stream->header_size > HEADER_LIST_MAX) {
		stream_fail(stream, RPC_RESOURCE_EXHAUSTED,
		            "the server's headers are too large");
		return 0;
	}
	if (take_field(stream, name, value) < 0)
		stream_fail(stream, RPC_INTERNAL, "the server's metadata is malformed");
	return 0;
}

static bool is(struct bytes name, const char *word)
{
	return bytes_equal(name, bytes_of_str(word));
}

static int take_field(struct rpc_stream *stream, struct bytes name, struct bytes value)
{
	if (is(name, ":status")) {
		stream->http = 0;
		for (size_t i = 0; i < value.len; i++) /* nghttp2: three digits */
			stream->http = stream->http * 10 + (value.data[i] - '0');
		return 0;
	}
	if (is(name, "content-type")) {
		stream->is_grpc = value.len >= 16 &&
		                  memcmp(value.data, "application/grpc", 16) == 0;
		return 0;
	}
	if (is(name, "grpc-encoding")) {
		stream->flow.gzip_in = is(value, "gzip");
		return 0;
	}
	if (is(name, "grpc-status")) {
		stream->got_status = true;
		stream->status.code = status_of_text(value);
		return 0;
	}
	if (is(name, "grpc-message")) {
		stream->status.message = percent_decode(&stream->arena, value);
		return stream->status.message == NULL ? E_NOMEM : 0;
	}
	if (is(name, "grpc-status-details-bin"))
		return base64_decode(&stream->arena, value, &stream->status.details);
	return metadata_receive(&stream->arena,
	                        stream->got_headers ? &stream->trailers
	                                            : &stream->headers,
	                        name, value);
}

void stream_headers_ended(struct session *session, struct flow *flow, bool first)
{
	struct rpc_stream *stream = stream_of(flow);

	(void)session;
	(void)first;
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
	if (!flow->ended || outbox_pending(&flow->out) > 0)
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

static bool on_last(struct flow *flow)
{
	(void)flow;
	return false;
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
	} else if (!list_empty(&stream->node) && stream->link == NULL) {
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
	if (!stream->got_status && !stream->has_verdict && !stream->got_all)
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
	if (!stream->got_status)
		stream_fail(stream, RPC_UNAVAILABLE, stream->channel->why);
	conclude(stream);
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
		            stream->got_status ? stream->status.code
		                               : status_of_http(stream->http),
		            arena_printf(&stream->arena, "HTTP status %d", stream->http));
	else if (!stream->got_status)
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

	CHECK_MAGIC(stream, RPC_STREAM_MAGIC);
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
