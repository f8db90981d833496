/*
 * One HTTP/2 connection.
 *
 *	transport -> on_received -> guard -> nghttp2 -> session_events.c -> ops, flows
 *	session_touch ~ ~> flush -> nghttp2 -> batch -> transport
 *
 * A flush collects frames until a TLS record is full, gathers a few records for one
 * write, and goes on until nghttp2 has no more or the socket takes no more; it resumes
 * when the socket has drained. User code never runs inside a flush or inside nghttp2's
 * sending: streams that end there are reported to the owner, who posts a task.
 *
 * What can go wrong: a peer that floods (frames that cost us and carry nothing) is
 * told ENHANCE_YOUR_CALM; a peer that breaks HTTP/2 is answered by nghttp2, or by us
 * where the guard knows better, and closed or not as RFC 9113 asks.
 */
#include "rpc/session.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/cursor.h"
#include "base/err.h"

#define FRAME_HEADER_SIZE   9
#define SETTINGS_ENTRY_SIZE 6
/* Less room than this in a batch is not used for data. */
#define ROOM_LEAST 1024
/* Records are written to the socket together, about so many bytes at a time; and so often
 * in one flush, so that one connection does not keep the others waiting. What a peer's
 * windows would allow may be far more than its socket takes. */
#define WRITE_SIZE (64 * 1024)
#define WRITES_MAX 4
/* Refused streams whose resets have not left yet; with one more the connection ends. */
#define REFUSED_MAX        1000
#define SETTINGS_COUNT_MAX 4
/* nghttp2's own limit on resets, as the last line: burst and a second. */
#define RESET_BURST 100000
#define RESET_RATE  10000

static int submit_settings(struct session *session,
                           const nghttp2_settings_entry *settings, size_t count);
static void on_opened(struct transport *transport);
static void on_received(struct transport *transport, struct bytes bytes);
static bool feed(struct session *session, struct bytes bytes);
static void enforce(struct session *session, const struct guard_frame *frame);
static void on_drained(struct transport *transport);
static void on_closed(struct transport *transport, int why);
static void on_timer(struct timer *timer);
static void flush(struct task *task);
static int collect(struct session *session);
static int collect_record(struct session *session);
static void tell_streams_max(struct session *session, uint8_t *settings);
static int write_batch(struct session *session);
static void wake_writers(struct session *session);

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
	session->block_max = SIZE_MAX;
	session->sending_max = SIZE_MAX;
	guard_init(&session->guard, is_server, session->last_read);
	task_init(&session->flush, flush);
	list_init(&session->wakeups);
	room_init(&session->room, SIZE_MAX);
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
		r = nghttp2_session_server_new3(&session->h2, session->engine->callbacks,
		                                session, option,
		                                &session->engine->slots.hooks);
	else
		r = nghttp2_session_client_new3(&session->h2, session->engine->callbacks,
		                                session, option,
		                                &session->engine->slots.hooks);
	nghttp2_option_del(option);
	if (r != 0)
		return E_NOMEM;
	if (submit_settings(session, settings, count) != 0 ||
	    nghttp2_session_set_local_window_size(session->h2, NGHTTP2_FLAG_NONE, 0,
	                                          SESSION_CONNECTION_WINDOW) != 0)
		return E_NOMEM;
	session_touch(session);
	return 0;
}

/*
 * Once its SETTINGS are acknowledged nghttp2 ends the connection for one stream too many,
 * where RFC 9113 (5.1.2) wants that stream refused. So it is told of a limit that is not
 * reached, and the real one is put into the frame when that is sent.
 */
static int submit_settings(struct session *session,
                           const nghttp2_settings_entry *settings, size_t count)
{
	nghttp2_settings_entry own[SETTINGS_COUNT_MAX];

	CHECK(count > 0 && count <= SETTINGS_COUNT_MAX);
	memcpy(own, settings, count * sizeof(own[0]));
	if (own[0].settings_id == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) {
		session->streams_max = own[0].value;
		own[0].value += REFUSED_MAX;
	}
	return nghttp2_submit_settings(session->h2, NGHTTP2_FLAG_NONE, own, count);
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
	struct bytes rest = bytes;
	struct guard_frame frame;

	CHECK_MAGIC(session, SESSION_MAGIC);
	session->last_read = engine_now(session->engine);
	while (session->h2 != NULL && !session->over &&
	       guard_next(&session->guard, session->last_read, &rest, &frame)) {
		if (frame.error == 0)
			continue;
		/* Only when it has all before does nghttp2 know which streams live. */
		if (frame.when != GUARD_ALWAYS &&
		    !feed(session, bytes_of(bytes.data, bytes.len - rest.len)))
			return;
		bytes = rest;
		enforce(session, &frame);
	}
	if (feed(session, bytes))
		session_touch(session);
}

/* false: the connection ends, and nothing more is read. */
static bool feed(struct session *session, struct bytes bytes)
{
	ssize_t used;

	if (session->h2 == NULL || session->over)
		return false;
	used = nghttp2_session_mem_recv(session->h2, bytes.data, bytes.len);
	if (used == NGHTTP2_ERR_FLOODED)
		session_terminate(session, NGHTTP2_ENHANCE_YOUR_CALM);
	else if (used < 0)
		session_close(session, E_PROTOCOL);
	return used >= 0;
}

static void enforce(struct session *session, const struct guard_frame *frame)
{
	bool is_gone = nghttp2_session_find_stream(session->h2, frame->stream) == NULL;

	if (frame->when == GUARD_ALWAYS || (frame->when == GUARD_WHEN_GONE && is_gone)) {
		session_terminate(session, frame->error);
	} else if (is_gone) {
		(void)nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE,
		                                frame->stream, frame->error);
		session_make_noise(session);
	}
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
			if (session->streams_max != 0)
				tell_streams_max(session,
				                 engine->batch + engine->batch_len);
			engine->batch_len += (size_t)len;
		}
	} while (len > 0 && !session->blocked && engine->batch_len < ENGINE_BATCH_SIZE);
	if (write_batch(session) < 0)
		return E_IO;
	return len > 0 || session->blocked;
}

/* The first frame of a session is its SETTINGS, and the limit the first of them. */
static void tell_streams_max(struct session *session, uint8_t *settings)
{
	struct writer writer;

	writer_init(&writer, settings + FRAME_HEADER_SIZE, SETTINGS_ENTRY_SIZE);
	write_u16(&writer, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	write_u32(&writer, session->streams_max);
	session->streams_max = 0;
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
	if (session->transport.state == TRANSPORT_LINGERING || session->over)
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
	if (!session->over) /* whether the peer reads that or not */
		session_set_timer(session, engine_now(session->engine) + SESSION_LINGER);
	session->over = true;
	if (nghttp2_session_terminate_session(session->h2, error) != 0)
		session_close(session, E_NOMEM);
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
	while (!list_empty(&session->room.waits)) /* their flows will hear of it */
		(void)list_pop(&session->room.waits);
	session->recent = NULL;
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
	flow->counted = 0;
	flow_count_out(flow);
	(void)nghttp2_session_set_stream_user_data(session->h2, id, flow);
}

void session_reset(struct session *session, struct flow *flow, uint32_t error)
{
	if (nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, flow->id, error) !=
	    0)
		session_close(session, E_NOMEM); /* nothing less ends the stream */
	session_touch(session);
}

void session_make_noise(struct session *session)
{
	if (guard_noise(&session->guard, engine_now(session->engine)))
		session_terminate(session, NGHTTP2_ENHANCE_YOUR_CALM);
	else
		session_touch(session);
}
