/*
 * One HTTP/2 connection.
 *
 *	transport -> on_received -> nghttp2 -> on_* -> ops, flows
 *	session_touch ~ ~> flush -> nghttp2 -> batch -> transport
 *
 * A flush collects frames until a TLS record is full, gathers a few records for one
 * write, and goes on until nghttp2 has no more or the socket takes no more; it resumes
 * when the socket has drained. User code never runs inside a flush or inside nghttp2's
 *sending: streams that end there are reported to the owner, who posts a task.
 *
 * What can go wrong: a peer that floods (frames that cost us and carry nothing) is
 * told ENHANCE_YOUR_CALM; a peer that breaks HTTP/2 is answered by nghttp2 and
 * closed.
 */
#include "rpc/session.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"

#define FRAME_HEADER_SIZE 9
/* Less room than this in a batch is not used for data. */
#define ROOM_LEAST 1024
/* Records are written to the socket together, about so many bytes at a time; and so often
 * in one flush, so that one connection does not keep the others waiting. What a peer's
 * windows would allow may be far more than its socket takes. */
#define WRITE_SIZE (64 * 1024)
#define WRITES_MAX 4
/* Frames without use (pings, settings, resets of nothing, empty data, priorities) in
 * NOISE_SPAN milliseconds. Honest peers send a few a second. */
#define NOISE_MAX  2000
#define NOISE_SPAN 10000
/* nghttp2's own limit on resets, as the last line: burst and a second. */
#define RESET_BURST 100000
#define RESET_RATE  10000

static void on_opened(struct transport *transport);
static void on_received(struct transport *transport, struct bytes bytes);
static void on_drained(struct transport *transport);
static void on_closed(struct transport *transport, int why);
static void on_timer(struct timer *timer);
static void flush(struct task *task);
static int collect(struct session *session);
static int collect_record(struct session *session);
static int write_batch(struct session *session);
static void wake_writers(struct session *session);
static int make_noise(struct session *session);

static const struct transport_ops transport_ops = {
	.opened = on_opened,
	.received = on_received,
	.drained = on_drained,
	.closed = on_closed,
};

int session_init(struct session *session, struct engine *engine, bool is_unix,
                 bool is_server, const struct session_ops *ops)
{
	session->magic = SESSION_MAGIC;
	session->engine = engine;
	session->ops = ops;
	session->is_server = is_server;
	session->timer.fired = on_timer;
	session->last_read = engine_now(engine);
	session->noise_since = session->last_read;
	task_init(&session->flush, flush);
	list_init(&session->wakeups);
	return transport_init(&session->transport, engine, is_unix, &transport_ops);
}

int session_open(struct session *session, const nghttp2_settings_entry *settings,
                 size_t count)
{
	nghttp2_option *option = NULL;
	int r;

	if (nghttp2_option_new(&option) != 0)
		return E_NOMEM;
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_stream_reset_rate_limit(option, RESET_BURST, RESET_RATE);
	if (session->is_server)
		r = nghttp2_session_server_new2(&session->h2, session->engine->callbacks,
		                                session, option);
	else
		r = nghttp2_session_client_new2(&session->h2, session->engine->callbacks,
		                                session, option);
	nghttp2_option_del(option);
	if (r != 0)
		return E_NOMEM;
	if (nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, settings, count) !=
	            0 ||
	    nghttp2_session_set_local_window_size(session->h2, NGHTTP2_FLAG_NONE, 0,
	                                          SESSION_CONNECTION_WINDOW) != 0)
		return E_NOMEM;
	session_touch(session);
	return 0;
}

static void on_opened(struct transport *transport)
{
	struct session *session = container_of(transport, struct session, transport);

	CHECK_MAGIC(session, SESSION_MAGIC);
	session->last_read = engine_now(session->engine);
	session->ops->opened(session);
}

static void on_received(struct transport *transport, struct bytes bytes)
{
	struct session *session = container_of(transport, struct session, transport);
	ssize_t used;

	CHECK_MAGIC(session, SESSION_MAGIC);
	session->last_read = engine_now(session->engine);
	if (session->h2 == NULL)
		return;
	used = nghttp2_session_mem_recv(session->h2, bytes.data, bytes.len);
	if (used == NGHTTP2_ERR_FLOODED)
		session_terminate(session, NGHTTP2_ENHANCE_YOUR_CALM);
	else if (used < 0)
		session_close(session, E_PROTOCOL);
	else
		session_touch(session);
}

static void on_drained(struct transport *transport)
{
	struct session *session = container_of(transport, struct session, transport);

	CHECK_MAGIC(session, SESSION_MAGIC);
	session_touch(session);
}

void session_touch(struct session *session)
{
	if (session->h2 != NULL && session->transport.state == TRANSPORT_OPEN)
		engine_post(session->engine, &session->flush);
}

static void flush(struct task *task)
{
	struct session *session = container_of(task, struct session, flush);
	int r = 1, pushed;

	CHECK_MAGIC(session, SESSION_MAGIC);
	for (int i = 0; r == 1 && i < WRITES_MAX; i++) {
		if (session->transport.state != TRANSPORT_OPEN ||
		    session->transport.queued > 0)
			return;
		r = collect(session);
		pushed = transport_push(&session->transport);
		if (pushed < 0)
			r = pushed;
		if (r >= 0)
			wake_writers(session);
	}
	if (r < 0) {
		session_close(session, r);
	} else if (r == 1 || !list_empty(&session->wakeups)) {
		session_touch(session);
	} else if (nghttp2_session_want_read(session->h2) == 0 &&
	           nghttp2_session_want_write(session->h2) == 0) {
		transport_linger(&session->transport);
		session_set_timer(session, engine_now(session->engine) + SESSION_LINGER);
	}
}

/* Fill records with frames until that makes a write. 1: there may be more. */
static int collect(struct session *session)
{
	int r;

	do
		r = collect_record(session);
	while (r == 1 && session->engine->outgoing.len < WRITE_SIZE);
	return r;
}

/* Write frames that fill about one TLS record. 1: there may be more. */
static int collect_record(struct session *session)
{
	struct engine *engine = session->engine;
	const uint8_t *data;
	ssize_t len;

	engine->batch_len = 0;
	do {
		session->blocked = false;
		len = nghttp2_session_mem_send(session->h2, &data);
		if (len < 0)
			return E_PROTOCOL;
		if (len > 0) {
			CHECK((size_t)len <= sizeof(engine->batch) - engine->batch_len);
			memcpy(engine->batch + engine->batch_len, data, (size_t)len);
			engine->batch_len += (size_t)len;
		}
	} while (len > 0 && !session->blocked && engine->batch_len < ENGINE_BATCH_SIZE);
	if (write_batch(session) < 0)
		return E_IO;
	return len > 0 || session->blocked;
}

static int write_batch(struct session *session)
{
	struct engine *engine = session->engine;
	size_t len = engine->batch_len;

	engine->batch_len = 0;
	return len == 0 ? 0
	                : transport_write(&session->transport,
	                                  bytes_of(engine->batch, len));
}

static void wake_writers(struct session *session)
{
	struct list *node;
	struct list ready;

	/* Only those that wait now: a writer may fill its buffer and wait again. */
	list_init(&ready);
	while ((node = list_pop(&session->wakeups)) != NULL)
		list_push(&ready, node);
	while ((node = list_pop(&ready)) != NULL) {
		struct flow *flow = list_entry(node, struct flow, wakeup);

		flow->busy = false;
		flow->ops->writable(flow);
	}
}

size_t session_batch_room(void *user_data)
{
	struct session *session = user_data;
	size_t used = session->engine->batch_len + FRAME_HEADER_SIZE;

	CHECK_MAGIC(session, SESSION_MAGIC);
	if (used + ROOM_LEAST > ENGINE_BATCH_SIZE)
		return ENGINE_BATCH_SIZE - FRAME_HEADER_SIZE;
	return ENGINE_BATCH_SIZE - used;
}

static void on_timer(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, timer);

	CHECK_MAGIC(session, SESSION_MAGIC);
	if (session->transport.state == TRANSPORT_LINGERING)
		session_close(session, E_CANCELLED);
	else if (session->transport.state != TRANSPORT_CLOSING)
		session->ops->timer(session);
}

void session_set_timer(struct session *session, uint64_t at)
{
	if (session->transport.state != TRANSPORT_CLOSING)
		timers_set(&session->engine->timers, &session->timer, at);
}

void session_ping(struct session *session)
{
	if (session->h2 == NULL || session->ping_sent != 0)
		return;
	if (nghttp2_submit_ping(session->h2, NGHTTP2_FLAG_NONE, NULL) != 0)
		return;
	session->ping_sent = engine_now(session->engine);
	session_touch(session);
}

void session_terminate(struct session *session, uint32_t error)
{
	if (session->h2 == NULL) {
		session_close(session, E_CANCELLED);
		return;
	}
	(void)nghttp2_session_terminate_session(session->h2, error);
	session_touch(session);
}

void session_leave(struct session *session)
{
	if (session_is_open(session)) {
		(void)nghttp2_session_terminate_session(session->h2, NGHTTP2_NO_ERROR);
		flush(&session->flush);
	}
	session_close(session, E_CANCELLED);
}

void session_close(struct session *session, int why)
{
	engine_unpost(&session->flush);
	timers_clear(&session->engine->timers, &session->timer);
	transport_close(&session->transport, why);
}

bool session_is_open(const struct session *session)
{
	return session->h2 != NULL && session->transport.state == TRANSPORT_OPEN;
}

/* The socket is gone. What nghttp2 still has goes with it, flow by flow. */
static void on_closed(struct transport *transport, int why)
{
	struct session *session = container_of(transport, struct session, transport);
	struct list *node;

	CHECK_MAGIC(session, SESSION_MAGIC);
	engine_unpost(&session->flush);
	timers_clear(&session->engine->timers, &session->timer);
	while ((node = list_pop(&session->wakeups)) != NULL)
		list_entry(node, struct flow, wakeup)->busy = false;
	nghttp2_session_del(TAKE(session->h2));
	session->ops->closed(session, why);
}

void session_finish(struct session *session)
{
	tls_conn_destroy(TAKE(session->transport.tls));
	session->magic = 0;
}

void session_adopt(struct session *session, struct flow *flow, int32_t id)
{
	flow->session = session;
	flow->id = id;
	(void)nghttp2_session_set_stream_user_data(session->h2, id, flow);
}

void session_reset(struct session *session, struct flow *flow, uint32_t error)
{
	(void)nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, flow->id, error);
	session_touch(session);
}

/* Less than 0 when there is too much of it. */
static int make_noise(struct session *session)
{
	uint64_t now = engine_now(session->engine);

	if (now - session->noise_since > NOISE_SPAN) {
		session->noise_since = now;
		session->noise = 0;
	}
	if (++session->noise < NOISE_MAX)
		return 0;
	if (session->noise == NOISE_MAX)
		session_terminate(session, NGHTTP2_ENHANCE_YOUR_CALM);
	return -1;
}

/* nghttp2's callbacks */

static struct flow *flow_of(nghttp2_session *h2, int32_t id)
{
	return id == 0 ? NULL : nghttp2_session_get_stream_user_data(h2, id);
}

static int on_headers_begun(nghttp2_session *h2, const nghttp2_frame *frame,
                            void *user_data)
{
	struct session *session = user_data;
	bool request = frame->hd.type == NGHTTP2_HEADERS &&
	               frame->headers.cat == NGHTTP2_HCAT_REQUEST;

	(void)h2;
	CHECK_MAGIC(session, SESSION_MAGIC);
	if (session->ops->headers_begun(session, frame->hd.stream_id, request) < 0)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): nghttp2's type */
static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len,
                     uint8_t flags, void *user_data)
{
	struct session *session = user_data;
	struct flow *flow = flow_of(h2, frame->hd.stream_id);

	(void)flags;
	if (flow == NULL)
		return 0;
	if (session->ops->header(session, flow, bytes_of(name, name_len),
	                         bytes_of(value, value_len)) < 0)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	return 0;
}

static int on_data_chunk(nghttp2_session *h2, uint8_t flags, int32_t id,
                         const uint8_t *data, size_t len, void *user_data)
{
	struct flow *flow = flow_of(h2, id);

	(void)flags;
	(void)user_data;
	/* The connection's window is for all: only the stream's own is held back. */
	(void)nghttp2_session_consume_connection(h2, len);
	(void)nghttp2_session_consume_stream(
		h2, id, flow == NULL ? len : flow_receive(flow, bytes_of(data, len)));
	return 0;
}

static void on_stream_frame(struct session *session, const nghttp2_frame *frame)
{
	struct flow *flow = flow_of(session->h2, frame->hd.stream_id);
	bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	if (frame->hd.type == NGHTTP2_DATA && frame->hd.length == frame->data.padlen &&
	    !end)
		(void)make_noise(session);
	if (flow == NULL)
		return;
	if (frame->hd.type == NGHTTP2_HEADERS)
		session->ops->headers_ended(session, flow,
		                            frame->headers.cat != NGHTTP2_HCAT_HEADERS);
	if (end && flow_is_holding(flow))
		flow->end_waits = true;
	else if (end)
		session->ops->half_closed(session, flow);
}

static void on_control_frame(struct session *session, const nghttp2_frame *frame)
{
	bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
	bool noise = !ack && frame->hd.type != NGHTTP2_WINDOW_UPDATE;

	switch (frame->hd.type) {
	case NGHTTP2_PING:
		/* Some clients measure the line with a ping for what we send. */
		noise = noise && !session->gave;
		session->gave = false;
		if (!ack || session->ping_sent == 0)
			break;
		session->ping_sent = 0;
		if (session->ops->ponged != NULL)
			session->ops->ponged(session);
		break;
	case NGHTTP2_SETTINGS:
		if (!ack && !session->is_ready) {
			session->is_ready = true;
			session->ops->ready(session);
		}
		break;
	case NGHTTP2_GOAWAY:
		if (session->ops->goaway != NULL)
			session->ops->goaway(session, frame->goaway.error_code);
		break;
	default:
		break;
	}
	if (noise)
		(void)make_noise(session);
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
	struct session *session = user_data;

	(void)h2;
	CHECK_MAGIC(session, SESSION_MAGIC);
	if (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)
		on_stream_frame(session, frame);
	else if (frame->hd.type != NGHTTP2_RST_STREAM)
		on_control_frame(session, frame);
	return 0;
}

static int on_frame_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
	struct session *session = user_data;
	struct flow *flow = flow_of(h2, frame->hd.stream_id);

	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	session->gave = true;
	if (flow != NULL && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		session->ops->end_sent(session, flow);
	return 0;
}

static void stream_closed(struct session *session, struct flow *flow, uint32_t error,
                          bool unseen)
{
	session->held -= frame_reader_held(&flow->in) + flow->held.capacity;
	list_remove(&flow->wakeup);
	flow->session = NULL;
	session->ops->stream_closed(session, flow, error, unseen);
}

/* A request that could not be sent any more, after GOAWAY. */
static int on_frame_not_sent(nghttp2_session *h2, const nghttp2_frame *frame, int error,
                             void *user_data)
{
	struct flow *flow = flow_of(h2, frame->hd.stream_id);

	(void)error;
	if (frame->hd.type != NGHTTP2_HEADERS ||
	    frame->headers.cat != NGHTTP2_HCAT_REQUEST || flow == NULL)
		return 0;
	(void)nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, NULL);
	stream_closed(user_data, flow, NGHTTP2_REFUSED_STREAM, true);
	return 0;
}

static int on_stream_closed(nghttp2_session *h2, int32_t id, uint32_t error,
                            void *user_data)
{
	struct flow *flow = flow_of(h2, id);

	if (flow != NULL)
		stream_closed(user_data, flow, error, error == NGHTTP2_REFUSED_STREAM);
	return 0;
}

static int on_send_data(nghttp2_session *h2, nghttp2_frame *frame, const uint8_t *framehd,
                        size_t len, nghttp2_data_source *source, void *user_data)
{
	struct session *session = user_data;
	struct engine *engine = session->engine;
	struct flow *flow = source->ptr;

	(void)h2;
	(void)frame;
	if (engine->batch_len + FRAME_HEADER_SIZE + len > ENGINE_BATCH_SIZE) {
		session->blocked = true;
		return NGHTTP2_ERR_WOULDBLOCK;
	}
	memcpy(engine->batch + engine->batch_len, framehd, FRAME_HEADER_SIZE);
	engine->batch_len += FRAME_HEADER_SIZE;
	flow_take(flow, engine->batch + engine->batch_len, len);
	engine->batch_len += len;
	return 0;
}

int session_callbacks_create(nghttp2_session_callbacks **ret_callbacks)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return E_NOMEM;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
	                                                        on_headers_begun);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
	                                                          on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks,
	                                                         on_frame_not_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
	                                                       on_stream_closed);
	nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
	*ret_callbacks = callbacks;
	return 0;
}
