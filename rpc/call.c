/*
 * One call on the server.
 *
 *	headers -> judge() -> begun -> message* -> half_closed      (handler's callbacks)
 *	rpc_call_send, rpc_call_finish -> answer                    (handler's calls)
 *	stream gone, deadline over ~ ~> on_task -> cancelled
 *	stream gone and finished   ~ ~> on_task -> closed -> free
 *
 * A call has two ends: the HTTP/2 stream's and the handler's. Whichever comes first, the
 * memory stays until the other has come, and nobody is told anything from inside his
 * own call: a task does it later in the same turn of the loop.
 */
#include "rpc/call.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/call_state.h"
#include "rpc/conn.h"
#include "rpc/http_state.h"
#include "rpc/metadata_wire.h"
#include "rpc/server_state.h"

/* ms that a request which is not gRPC has for its body, before it is served. */
#define HTTP_REQUEST_TIMEOUT 1000

static struct rpc_call *call_of(struct flow *flow);
static void judge(struct rpc_call *call);
static void turn_away(struct rpc_call *call);
static void await_http(struct rpc_call *call);
static void serve_http(struct rpc_call *call);
static void begin(struct rpc_call *call);
static void on_message(struct flow *flow, struct bytes message);
static void on_broken(struct flow *flow, int why);
static void on_writable(struct flow *flow);
static void answer(struct rpc_call *call, const struct rpc_status *status);
static void refuse_early(struct rpc_call *call, enum rpc_code code, const char *message);
static void expect_drain(struct rpc_call *call);
static void abort_call(struct rpc_call *call, enum rpc_code code, const char *message);
static void set_timer(struct rpc_call *call);
static void on_time(struct timer *timer);
static void judge_request(struct rpc_call *call, uint64_t now);
static void on_deadline(struct rpc_call *call);
static void judge_drain(struct rpc_call *call);
static void on_task(struct task *task);
static void end(struct rpc_call *call);

static const struct flow_ops flow_ops = {
	.message = on_message,
	.broken = on_broken,
	.writable = on_writable,
	.last = call_send_last,
};

static struct engine *engine_of(const struct rpc_call *call)
{
	return &call->conn->server->engine;
}

static const struct rpc_server_options *options_of(const struct rpc_call *call)
{
	return &call->conn->server->options;
}

static bool takes_one_message(const struct rpc_call *call)
{
	return call->method->kind == RPC_UNARY ||
	       call->method->kind == RPC_SERVER_STREAMING;
}

int call_create(struct conn *conn, int32_t id)
{
	const struct rpc_server_options *options = &conn->server->options;
	struct rpc_call *call = pool_take(&conn->server->engine.pool, sizeof(*call));

	if (call == NULL)
		return E_NOMEM;
	memset(call, 0, offsetof(struct rpc_call, first));
	call->magic = RPC_CALL_MAGIC;
	call->conn = conn;
	arena_init(&call->arena, options->call_memory_max);
	arena_lend(&call->arena, call->first, sizeof(call->first));
	flow_init(&call->flow, &flow_ops, options->receive_message_max,
	          options->send_buffer_max);
	task_init(&call->task, on_task);
	call->timer.fired = on_time;
	list_init(&call->node);
	list_init(&call->turn);
	list_push(&conn->calls, &call->node);
	conn->refs++;
	conn->streams++;
	conn->server->counts.calls_open++;
	conn->server->counts.calls_total++;
	session_adopt(&conn->session, &call->flow, id);
	call->request_by =
		engine_now(engine_of(call)) + (uint64_t)options->request_timeout;
	set_timer(call);
	return 0;
}

static struct rpc_call *call_of(struct flow *flow)
{
	struct rpc_call *call = container_of(flow, struct rpc_call, flow);

	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	return call;
}

int call_header(struct session *session, struct flow *flow, struct bytes name,
                struct bytes value)
{
	struct rpc_call *call = call_of(flow);

	(void)session;
	return call->begun || call->finished ? 0 : call_head_take(call, name, value);
}

void call_headers_ended(struct session *session, struct flow *flow, bool first)
{
	(void)session;
	if (first)
		judge(call_of(flow));
}

/* Is this a call that we can take? */
static void judge(struct rpc_call *call)
{
	const struct call_head *head = &call->head;

	if (head->no_memory) {
		turn_away(call);
	} else if (head->size > options_of(call)->header_list_max || !head->is_grpc ||
	           !head->is_post) {
		await_http(call);
	} else if (call->method == NULL) {
		refuse_early(call, RPC_UNIMPLEMENTED,
		             arena_printf(&call->arena, "unknown method %s",
		                          head->unknown_path == NULL
		                                  ? ""
		                                  : head->unknown_path));
	} else if (head->bad_timeout) {
		refuse_early(call, RPC_INTERNAL, "grpc-timeout is malformed");
	} else if (head->is_bad) {
		refuse_early(call, RPC_INTERNAL, "metadata is malformed");
	} else if (head->unknown_encoding) {
		refuse_early(call, RPC_UNIMPLEMENTED, "grpc-encoding is not supported");
	} else {
		begin(call);
	}
}

/* There is no memory; and nobody has seen it, so that it may be sent again. */
static void turn_away(struct rpc_call *call)
{
	call->finished = true;
	call->answered = true;
	call->flow.deaf = true;
	session_reset(call->flow.session, &call->flow, NGHTTP2_REFUSED_STREAM);
}

/* HTTP's clients expect their answer after the whole request, but not for ever. */
static void await_http(struct rpc_call *call)
{
	call->flow.deaf = true;
	call->deadline = 0; /* is gRPC's */
	if (http_judge(call) < 0) {
		turn_away(call);
		return;
	}
	call->http_waits = true;
	call->request_by = engine_now(engine_of(call)) + HTTP_REQUEST_TIMEOUT;
	set_timer(call);
}

/* What is left is for those that are being answered. */
static bool must_wait(const struct conn *conn)
{
	return conn->session.sending > conn->session.sending_max / 2;
}

/* Whose answers wait because he does not read them is served no more before he does. */
static void serve_http(struct rpc_call *call)
{
	struct conn *conn = call->conn;

	if (conn->next != call && (must_wait(conn) || !list_empty(&conn->turns))) {
		list_push(&conn->turns, &call->turn);
		return;
	}
	call->http_waits = false;
	if (call->http->refusal != 0)
		refuse_early(call, RPC_UNKNOWN, NULL);
	else
		begin(call);
}

/* One at a time: only when it is answered is it known how much waits. */
void call_next_turn(struct conn *conn)
{
	if (conn->next != NULL || list_empty(&conn->turns) || must_wait(conn))
		return;
	conn->next = list_entry(list_pop(&conn->turns), struct rpc_call, turn);
	engine_post(engine_of(conn->next), &conn->next->task);
}

static void begin(struct rpc_call *call)
{
	call->begun = true;
	set_timer(call);
	if (call->method->handler->begun != NULL)
		call->method->handler->begun(call);
}

/* The handler never hears of it. */
static void refuse_early(struct rpc_call *call, enum rpc_code code, const char *message)
{
	struct rpc_status status = {.code = code, .message = message};

	call->finished = true;
	call->flow.deaf = true;
	answer(call, &status);
}

static void on_message(struct flow *flow, struct bytes message)
{
	struct rpc_call *call = call_of(flow);

	if (++call->messages > 1 && takes_one_message(call)) {
		abort_call(call, RPC_INTERNAL, "more than one message");
		return;
	}
	if (!call->finished && !call->cancelled && call->method->handler->message != NULL)
		call->method->handler->message(call, message);
}

static void on_broken(struct flow *flow, int why)
{
	struct rpc_call *call = call_of(flow);

	if (why == E_LIMIT || why == E_NOMEM)
		abort_call(call, RPC_RESOURCE_EXHAUSTED,
		           "the message is larger than this server takes");
	else if (why == E_UNSUPPORTED)
		abort_call(call, RPC_INTERNAL,
		           "a compressed message, but no grpc-encoding");
	else
		abort_call(call, RPC_INTERNAL, "the message is malformed");
}

void call_half_closed(struct session *session, struct flow *flow)
{
	struct rpc_call *call = call_of(flow);

	(void)session;
	call->got_all = true;
	call->request_by = 0;
	if (call->http_waits && !call->answered)
		serve_http(call);
	if (!call->begun || call->finished || call->cancelled)
		return;
	if (!frame_reader_is_clean(&flow->in)) {
		abort_call(call, RPC_INTERNAL, "the last message is cut off");
		return;
	}
	if (takes_one_message(call) && call->messages == 0) {
		abort_call(call, RPC_INTERNAL, "no message");
		return;
	}
	set_timer(call);
	if (call->method->handler->half_closed != NULL)
		call->method->handler->half_closed(call);
}

static void on_writable(struct flow *flow)
{
	struct rpc_call *call = call_of(flow);

	if (!call->finished && !call->cancelled &&
	    call->method->handler->writable != NULL)
		call->method->handler->writable(call);
	call_next_turn(call->conn);
}

/* The answer is complete while the request is not: the client need not go on. */
void call_end_sent(struct session *session, struct flow *flow)
{
	if (!call_of(flow)->got_all && !flow->end_waits)
		session_reset(session, flow, NGHTTP2_NO_ERROR);
}

/* Put the status on the wire, once. */
static void answer(struct rpc_call *call, const struct rpc_status *status)
{
	int r;

	if (call->answered || call->flow.session == NULL)
		return;
	expect_drain(call);
	r = call->http != NULL ? http_send_end(call, status)
	                       : call_send_status(call, status);
	if (r < 0) /* gRPC's RESOURCE_EXHAUSTED */
		session_reset(call->flow.session, &call->flow, NGHTTP2_ENHANCE_YOUR_CALM);
}

/* The answer is complete, and must go on leaving. */
static void expect_drain(struct rpc_call *call)
{
	call->answered = true;
	call_watch_drain(call);
}

/* End it over the handler's head; the handler is told later. */
static void abort_call(struct rpc_call *call, enum rpc_code code, const char *message)
{
	struct rpc_status status = {.code = code, .message = message};

	call->flow.deaf = true;
	answer(call, &status);
	if (call->cancelled)
		return;
	call->cancelled = true;
	engine_post(engine_of(call), &call->task);
}

void call_stop(struct rpc_call *call)
{
	abort_call(call, RPC_UNAVAILABLE, "the server is shutting down");
}

/* Wait for the earliest of what may come. */
static void set_timer(struct rpc_call *call)
{
	uint64_t at = call->request_by;

	if (call->deadline != 0 && !call->answered && (at == 0 || call->deadline < at))
		at = call->deadline;
	if (call->drain_by != 0 && (at == 0 || call->drain_by < at))
		at = call->drain_by;
	if (at == 0)
		timers_clear(&engine_of(call)->timers, &call->timer);
	else if (!call->timer.is_set || call->timer.at != at)
		timers_set(&engine_of(call)->timers, &call->timer, at);
}

static void on_time(struct timer *timer)
{
	struct rpc_call *call = container_of(timer, struct rpc_call, timer);
	uint64_t now = engine_now(engine_of(call));

	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	if (call->flow.session == NULL)
		return;
	if (call->deadline != 0 && now >= call->deadline && !call->answered) {
		on_deadline(call);
	} else if (call->request_by != 0 && now >= call->request_by) {
		call->request_by = 0;
		if (call->http_waits && !call->answered)
			serve_http(call);
		else if (call->begun)
			judge_request(call, now);
		else /* nothing else can come before the header block is complete */
			session_terminate(call->flow.session, NGHTTP2_ENHANCE_YOUR_CALM);
	} else if (call->drain_by != 0 && now >= call->drain_by) {
		judge_drain(call);
	}
	set_timer(call);
}

/* A stream may stay open as long as both like it, but not in the middle of a message of
 * which nothing more comes. */
static void judge_request(struct rpc_call *call, uint64_t now)
{
	struct flow *flow = &call->flow;
	bool moves =
		call->messages != call->seen_messages || flow->in.len != call->seen_bytes;

	if (takes_one_message(call) || (!moves && !frame_reader_is_clean(&flow->in) &&
	                                !flow->paused && !flow_is_holding(flow))) {
		abort_call(call, RPC_DEADLINE_EXCEEDED,
		           "the request did not arrive in time");
		return;
	}
	call->seen_messages = call->messages;
	call->seen_bytes = flow->in.len;
	call->request_by = now + (uint64_t)options_of(call)->request_timeout;
}

static void on_deadline(struct rpc_call *call)
{
	/* Half a message may have left: only a reset ends that. */
	if (outbox_pending(&call->flow.out) > 0) {
		call->answered = true;
		session_reset(call->flow.session, &call->flow, NGHTTP2_CANCEL);
	}
	abort_call(call, RPC_DEADLINE_EXCEEDED, "the deadline is over");
}

void call_watch_drain(struct rpc_call *call)
{
	call->drained = call->flow.taken;
	call->drain_by =
		engine_now(engine_of(call)) + (uint64_t)options_of(call)->request_timeout;
	set_timer(call);
}

/* An answer must go on leaving, and messages of a call that goes on must have begun to: a
 * peer that opens no window is cut off. One that has shown that it reads may pause. */
static void judge_drain(struct rpc_call *call)
{
	bool waits = call->answered || outbox_pending(&call->flow.out) > 0;

	if (waits && call->flow.taken == call->drained)
		session_reset(call->flow.session, &call->flow, NGHTTP2_CANCEL);
	if (call->answered || call->http != NULL || call->flow.taken == 0)
		call_watch_drain(call);
	else
		call->drain_by = 0;
}

void call_detach(struct flow *flow)
{
	struct rpc_call *call = call_of(flow);

	CHECK(flow->session == NULL);
	list_remove(&call->node);
	list_remove(&call->turn);
	if (call->conn->next == call)
		call->conn->next = NULL;
	call->conn->streams--;
	call->cancelled = true;
	timers_clear(&engine_of(call)->timers, &call->timer);
	engine_post(engine_of(call), &call->task);
}

/* Something happened to the call: tell the handler, or end it. */
static void on_task(struct task *task)
{
	struct rpc_call *call = container_of(task, struct rpc_call, task);

	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	if (call->conn->next == call && !call->cancelled) {
		serve_http(call);
		call->conn->next = NULL;
		call_next_turn(call->conn);
		return;
	}
	if (call->cancelled && call->begun && !call->finished && !call->cancel_told) {
		call->cancel_told = true;
		if (call->method->handler->cancelled != NULL)
			call->method->handler->cancelled(call);
	}
	if (!call->cancel_told && call->flow.session != NULL && !call->flow.paused &&
	    flow_is_holding(&call->flow))
		flow_resume(&call->flow);
	if (!call->begun)
		call->finished = true; /* it never had a handler */
	if (!call->finished && !call->is_orphan && call->flow.session == NULL) {
		call->is_orphan = true;
		conn_count_orphan(call->conn);
	}
	if (call->finished && call->flow.session == NULL)
		end(call);
}

static void end(struct rpc_call *call)
{
	struct rpc_server *server = call->conn->server;

	engine_unpost(&call->task);
	if (call->begun && call->method->handler->closed != NULL)
		call->method->handler->closed(call);
	flow_finish(&call->flow);
	arena_finish(&call->arena);
	call->magic = 0;
	conn_unref(call->conn);
	pool_give(&server->engine.pool, call);
	server->counts.calls_open--;
	server_check_quiet(server);
}

void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	CHECK(!call->finished);
	call->finished = true;
	call->flow.deaf = true;
	if (call->flow.session != NULL) {
		answer(call, status);
		return;
	}
	call->conn->orphans -= call->is_orphan;
	engine_post(engine_of(call), &call->task);
}
