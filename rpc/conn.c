/*
 * One accepted connection.
 *
 *	accepted -> (TLS) -> opened -> (SETTINGS) -> ready -> calls ... -> closed
 *	                                    draining: GOAWAY, ping, last GOAWAY
 *
 * One timer serves all of its life: until ready the handshake's deadline, then
 * keepalive, idleness and draining, whichever is next.
 *
 * The memory stays until the last call that came over it is gone, because a handler
 * may ask who its caller was long after the caller hung up.
 */
#include "rpc/conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/call_state.h"
#include "rpc/server_state.h"
#include "rpc/tls_context.h"

/* How long the peer may take to answer the ping between the two GOAWAYs, ms. */
#define DRAIN_PING 1000
/* A header block so many times the limit is not read to its end to be refused. */
#define TOO_MUCH 8
/* A prime that walks through a thousand places without a pattern. */
#define SPREAD 617

static int start(struct conn *conn);
static void on_opened(struct session *session);
static void on_ready(struct session *session);
static int on_headers_begun(struct session *session, int32_t id, bool request);
static void on_stream_closed(struct session *session, struct flow *flow, uint32_t error,
                             bool unseen);
static void on_ponged(struct session *session);
static void on_timer(struct session *session);
static void on_closed(struct session *session, int why);
static uint64_t keep_alive(struct conn *conn, uint64_t now);
static uint64_t watch_idleness(struct conn *conn, uint64_t now, uint64_t next);
static uint64_t watch_stalls(struct conn *conn, uint64_t now, uint64_t next);
static uint64_t watch_age(struct conn *conn, uint64_t now, uint64_t next);
static uint64_t age_limit(const struct conn *conn);
static void send_last_goaway(struct conn *conn);

static const struct session_ops session_ops = {
	.opened = on_opened,
	.ready = on_ready,
	.headers_begun = on_headers_begun,
	.header = call_header,
	.headers_ended = call_headers_ended,
	.half_closed = call_half_closed,
	.end_sent = call_end_sent,
	.stream_closed = on_stream_closed,
	.ponged = on_ponged,
	.timer = on_timer,
	.closed = on_closed,
};

/* What the windows of all calls let in does not have to be waited for. */
static size_t room_for_large(const struct rpc_server_options *options)
{
	size_t windows = (size_t)options->concurrent_streams_max * SESSION_STREAM_WINDOW;

	return options->connection_memory_max > windows
	               ? options->connection_memory_max - windows
	               : 0;
}

int conn_accept(struct rpc_listener *listener, int fd)
{
	struct rpc_server *server = listener->server;
	struct conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (conn == NULL) {
		(void)close(fd);
		return E_NOMEM;
	}
	conn->magic = CONN_MAGIC;
	conn->server = server;
	conn->listener = listener;
	conn->refs = 1;
	conn->accepted = engine_now(&server->engine);
	conn->old_at = age_limit(conn);
	list_init(&conn->calls);
	list_init(&conn->turns);
	list_init(&conn->node);
	r = session_init(&conn->session, &server->engine, listener->address.is_unix, true,
	                 &session_ops);
	CHECK(r == 0); /* libuv allocates nothing here */
	conn->session.held_max = server->options.connection_memory_max;
	room_init(&conn->session.room, room_for_large(&server->options));
	conn->session.sending_max = server->options.connection_send_max;
	conn->session.block_max = (size_t)server->options.header_list_max * TOO_MUCH;
	list_push(&server->conns, &conn->node);
	server->counts.connections_open++;
	server->counts.connections_total++;
	r = transport_accept(&conn->session.transport, fd);
	if (r == 0 &&
	    (server->counts.connections_open > server->options.connections_max ||
	     server->draining))
		r = E_BUSY;
	if (r == 0)
		r = start(conn);
	if (r < 0)
		session_close(&conn->session, r);
	return 0;
}

static int start(struct conn *conn)
{
	static const char *const nobody[] = {NULL};
	AUTO(tls_conn_destroyp) struct tls_conn *tls = NULL;
	struct engine *engine = conn->session.engine;
	int r = 0;

	if (conn->listener->tls != NULL)
		r = rpc_tls_turn_keys(conn->listener->tls, conn->accepted);
	if (r == 0 && conn->listener->tls != NULL)
		r = tls_conn_create(conn->listener->tls, &engine->outgoing, NULL, NULL,
		                    &tls);
	if (r < 0)
		return r;
	session_set_timer(&conn->session,
	                  conn->accepted +
	                          (uint64_t)conn->server->options.handshake_timeout);
	conn->peer.address = conn->session.transport.address;
	conn->peer.uris = nobody;
	r = transport_start(&conn->session.transport, TAKE(tls));
	if (r == 0 && conn->listener->tls == NULL)
		on_opened(&conn->session);
	return r;
}

static struct conn *conn_of(struct session *session)
{
	struct conn *conn = container_of(session, struct conn, session);

	CHECK_MAGIC(conn, CONN_MAGIC);
	return conn;
}

static void on_opened(struct session *session)
{
	struct conn *conn = conn_of(session);
	const struct rpc_server_options *options = &conn->server->options;
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
	         options->concurrent_streams_max},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, SESSION_STREAM_WINDOW},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options->header_list_max},
	};

	conn->opened = true;
	if (session_open(session, settings, ARRAY_LEN(settings)) < 0)
		session_close(session, E_NOMEM);
}

static void on_ready(struct session *session)
{
	struct conn *conn = conn_of(session);

	conn->idle_since = engine_now(session->engine);
	session_set_timer(session, conn->idle_since);
	if (conn->server->draining)
		conn_drain(conn);
}

static int on_headers_begun(struct session *session, int32_t id, bool request)
{
	struct conn *conn = conn_of(session);

	if (!request)
		return 0;
	if (conn->streams >= conn->server->options.concurrent_streams_max)
		return E_BUSY;
	if (call_create(conn, id) < 0)
		return E_NOMEM;
	return 0;
}

static void on_stream_closed(struct session *session, struct flow *flow, uint32_t error,
                             bool unseen)
{
	struct conn *conn = conn_of(session);

	(void)error;
	(void)unseen;
	call_detach(flow);
	call_next_turn(conn);
	if (conn->streams > 0)
		return;
	conn->idle_since = engine_now(session->engine);
	session_touch(session); /* a draining connection may be at its end */
}

void conn_count_orphan(struct conn *conn)
{
	if (++conn->orphans > conn->server->options.concurrent_streams_max &&
	    session_is_open(&conn->session))
		session_terminate(&conn->session, NGHTTP2_ENHANCE_YOUR_CALM);
}

const struct rpc_peer *conn_peer(const struct conn *conn)
{
	struct tls_conn *tls = conn->session.transport.tls;

	return tls != NULL ? tls_conn_peer(tls) : &conn->peer;
}

int conn_recheck(struct conn *conn)
{
	struct tls_conn *tls = conn->session.transport.tls;
	int r = 0;

	if (tls != NULL && conn->session.h2 != NULL &&
	    conn->session.transport.state != TRANSPORT_CLOSING)
		r = tls_conn_recheck(tls);
	if (r < 0)
		session_close(&conn->session, r);
	return r;
}

void conn_drain(struct conn *conn)
{
	struct session *session = &conn->session;

	if (conn->draining || session->transport.state == TRANSPORT_CLOSING)
		return;
	if (!session->is_ready) {
		session_close(session, E_CANCELLED);
		return;
	}
	conn->draining = true;
	conn->drain_since = engine_now(session->engine);
	(void)nghttp2_submit_shutdown_notice(session->h2);
	session->ping_sent = 0; /* the answer to this one comes after what is under way */
	session_ping(session);
	session_touch(session);
	session_set_timer(session, conn->drain_since + DRAIN_PING);
}

/* No request that was sent before the peer saw the notice can still come. */
static void send_last_goaway(struct conn *conn)
{
	nghttp2_session *h2 = conn->session.h2;

	if (conn->last_goaway_sent || h2 == NULL)
		return;
	conn->last_goaway_sent = true;
	(void)nghttp2_submit_goaway(h2, NGHTTP2_FLAG_NONE,
	                            nghttp2_session_get_last_proc_stream_id(h2),
	                            NGHTTP2_NO_ERROR, NULL, 0);
	session_touch(&conn->session);
}

static void on_ponged(struct session *session)
{
	struct conn *conn = conn_of(session);

	if (conn->draining)
		send_last_goaway(conn);
}

void conn_stop(struct conn *conn)
{
	list_for_each (node, &conn->calls)
		call_stop(list_entry(node, struct rpc_call, node));
	/* Not session_terminate(): nghttp2 would drop what the calls were just told. */
	send_last_goaway(conn);
	session_set_timer(&conn->session,
	                  engine_now(conn->session.engine) + SESSION_LINGER);
	conn->stopping = true;
}

static void on_timer(struct session *session)
{
	struct conn *conn = conn_of(session);
	uint64_t now = engine_now(session->engine), next;

	if (!session->is_ready) {
		session_close(session, E_TIMEOUT);
		return;
	}
	if (conn->stopping) {
		session_close(session, E_CANCELLED);
		return;
	}
	if (conn->draining && now >= conn->drain_since + DRAIN_PING)
		send_last_goaway(conn);
	next = keep_alive(conn, now);
	next = watch_idleness(conn, now, next);
	next = watch_stalls(conn, now, next);
	next = watch_age(conn, now, next);
	if (session_is_open(session) && !session->over && !conn->stopping)
		session_set_timer(session, next);
}

/* When to look again. */
static uint64_t keep_alive(struct conn *conn, uint64_t now)
{
	struct session *session = &conn->session;
	uint64_t interval = (uint64_t)conn->server->options.keepalive_interval;
	uint64_t timeout = (uint64_t)conn->server->options.keepalive_timeout;

	if (session->ping_sent != 0 && now >= session->ping_sent + timeout)
		session_close(session, E_TIMEOUT);
	else if (session->ping_sent == 0 && now >= session->last_read + interval)
		session_ping(session);
	if (session->ping_sent != 0)
		return session->ping_sent + timeout;
	return session->last_read + interval;
}

static uint64_t watch_idleness(struct conn *conn, uint64_t now, uint64_t next)
{
	uint64_t at = conn->idle_since + (uint64_t)conn->server->options.idle_timeout;

	if (conn->streams > 0 || conn->draining)
		return next;
	if (now >= at) {
		conn_drain(conn);
		return now + DRAIN_PING;
	}
	return at < next ? at : next;
}

/*
 * A ping finds peers that are silent. These are busy with us and get nowhere: they write
 * a frame byte by byte, or read nothing of what they asked for.
 */
static uint64_t watch_stalls(struct conn *conn, uint64_t now, uint64_t next)
{
	const struct rpc_server_options *options = &conn->server->options;
	struct session *session = &conn->session;
	size_t unsent = transport_unsent(&session->transport);
	uint64_t at = session->guard.frame_since + (uint64_t)options->request_timeout;

	if (session->guard.frame_since != 0 && now >= at)
		session_terminate(session, NGHTTP2_ENHANCE_YOUR_CALM);
	else if (session->guard.frame_since != 0 && at < next)
		next = at;
	if (unsent == 0 || conn->unsent == 0 || unsent < conn->unsent)
		conn->unsent_since = now;
	conn->unsent = unsent;
	at = conn->unsent_since + (uint64_t)options->keepalive_timeout;
	if (unsent > 0 && now >= at)
		session_close(session, E_TIMEOUT);
	return unsent > 0 && at < next ? at : next;
}

static uint64_t watch_age(struct conn *conn, uint64_t now, uint64_t next)
{
	const struct rpc_server_options *options = &conn->server->options;
	uint64_t at = conn->old_at;

	if (now >= at && !conn->draining) {
		conn->aged = true;
		conn_drain(conn);
	}
	if (conn->draining && !conn->last_goaway_sent && next > now + DRAIN_PING)
		next = now + DRAIN_PING;
	if (conn->aged && options->connection_age_grace > 0)
		at = conn->drain_since + (uint64_t)options->connection_age_grace;
	else if (conn->draining)
		return next;
	if (conn->aged && now >= at)
		conn_stop(conn);
	return at < next ? at : next;
}

/* Spread by a tenth to both sides: connections of one moment are old at several. */
static uint64_t age_limit(const struct conn *conn)
{
	const struct rpc_server *server = conn->server;
	uint64_t max = (uint64_t)server->options.connection_age_max;
	uint64_t part = server->counts.connections_total * SPREAD % 1000;

	return max == 0 ? UINT64_MAX
	                : conn->accepted + max - max / 10 + max / 5 * part / 1000;
}

static void on_closed(struct session *session, int why)
{
	struct conn *conn = conn_of(session);

	(void)why;
	while (!list_empty(&conn->calls)) {
		struct rpc_call *call =
			list_entry(conn->calls.next, struct rpc_call, node);

		call->flow.session = NULL;
		list_remove(&call->flow.wakeup);
		call_detach(&call->flow);
	}
	if (!conn->opened && session->transport.tls != NULL)
		conn->server->counts.handshakes_failed++;
	list_remove(&conn->node);
	conn->server->counts.connections_open--;
	server_check_quiet(conn->server);
	conn_unref(conn);
}

void conn_unref(struct conn *conn)
{
	CHECK_MAGIC(conn, CONN_MAGIC);
	if (--conn->refs > 0)
		return;
	session_finish(&conn->session);
	conn->magic = 0;
	free(conn);
}
