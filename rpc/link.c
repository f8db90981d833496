/*
 * One connection of a channel.
 *
 *	connect ~ ~> TLS ~ ~> opened ~ ~> the server's SETTINGS ~ ~> ready
 *
 * It is ready only with the server's SETTINGS: in TLS 1.3 a client's handshake is over
 * before the server has judged its certificate.
 */
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/channel_state.h"

/* A header block of a server that means harm; request.c has the limit of honest ones. */
#define BLOCK_MAX (256 * 1024)

static void on_connected(uv_connect_t *connect, int status);
static void on_opened(struct session *session);
static void on_ready(struct session *session);
static int on_headers_begun(struct session *session, int32_t id, bool request);
static void on_goaway(struct session *session, uint32_t error);
static void on_timer(struct session *session);
static void on_closed(struct session *session, int why);
static void say_why(struct link *link, int why);

static const struct session_ops session_ops = {
	.opened = on_opened,
	.ready = on_ready,
	.headers_begun = on_headers_begun,
	.header = stream_header,
	.headers_ended = stream_headers_ended,
	.half_closed = stream_half_closed,
	.end_sent = stream_end_sent,
	.stream_closed = stream_closed,
	.goaway = on_goaway,
	.timer = on_timer,
	.closed = on_closed,
};

static struct link *link_of(struct session *session)
{
	struct link *link = container_of(session, struct link, session);

	CHECK_MAGIC(link, LINK_MAGIC);
	return link;
}

int link_open(struct rpc_channel *channel, const struct sockaddr *to, const char *path)
{
	struct link *link = calloc(1, sizeof(*link));
	struct transport *transport;
	int r = 0;

	if (link == NULL)
		return E_NOMEM;
	link->magic = LINK_MAGIC;
	link->channel = channel;
	link->keepalive_interval = channel->options.keepalive_interval;
	list_init(&link->node);
	list_init(&link->streams);
	CHECK(session_init(&link->session, &channel->engine, to == NULL, false,
	                   &session_ops) == 0);
	link->session.block_max = BLOCK_MAX;
	link->session.held_max = channel->options.connection_memory_max;
	room_init(&link->session.room, link->session.held_max);
	list_push(&channel->links, &link->node);
	channel->link = link;
	transport = &link->session.transport;
	if (to == NULL)
		uv_pipe_connect(&link->connect, &transport->uv.pipe, path, on_connected);
	else
		r = uv_tcp_connect(&link->connect, &transport->uv.tcp, to, on_connected);
	if (r < 0)
		session_close(&link->session, E_IO);
	else
		session_set_timer(&link->session,
		                  engine_now(&channel->engine) +
		                          (uint64_t)channel->options.connect_timeout);
	return 0;
}

static void on_connected(uv_connect_t *connect, int status)
{
	static const char *const nobody[] = {NULL};
	struct link *link = container_of(connect, struct link, connect);
	struct rpc_channel *channel = link->channel;
	AUTO(tls_conn_destroyp) struct tls_conn *tls = NULL;
	int r = status < 0 ? E_IO : 0;

	CHECK_MAGIC(link, LINK_MAGIC);
	if (link->session.transport.state == TRANSPORT_CLOSING)
		return;
	if (status < 0)
		channel_say(channel, uv_strerror(status));
	if (r == 0 && channel->tls != NULL)
		r = tls_conn_create(channel->tls, &channel->engine.outgoing,
		                    channel->options.server_name, &channel->ticket, &tls);
	if (r == 0)
		r = transport_start(&link->session.transport, TAKE(tls));
	link->peer.address = link->session.transport.address;
	link->peer.uris = nobody;
	if (r < 0)
		session_close(&link->session, r);
	else if (channel->tls == NULL)
		on_opened(&link->session);
}

static void on_opened(struct session *session)
{
	struct link *link = link_of(session);
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, SESSION_STREAM_WINDOW},
	};

	(void)link;
	if (session_open(session, settings, ARRAY_LEN(settings)) < 0)
		session_close(session, E_NOMEM);
}

static void on_ready(struct session *session)
{
	struct link *link = link_of(session);

	timers_clear(&session->engine->timers, &session->timer);
	if (link->channel->closing)
		return;
	link->ready = true;
	if (link->keepalive_interval > 0)
		session_set_timer(session, session->last_read +
		                                   (uint64_t)link->keepalive_interval);
	channel_link_ready(link->channel, link);
}

const struct rpc_peer *link_peer(const struct link *link)
{
	struct tls_conn *tls = link->session.transport.tls;

	return tls != NULL ? tls_conn_peer(tls) : &link->peer;
}

/* Pushes are switched off; a server that pushes breaks the protocol. */
static int on_headers_begun(struct session *session, int32_t id, bool request)
{
	(void)session;
	(void)id;
	return request ? E_PROTOCOL : 0;
}

static void on_goaway(struct session *session, uint32_t error)
{
	struct link *link = link_of(session);

	if (error == NGHTTP2_ENHANCE_YOUR_CALM) /* our pings were too many for it */
		link->channel->options.keepalive_interval *= 2;
	link->going_away = true;
	channel_link_lost(link->channel, link);
	session_touch(session);
}

static void on_timer(struct session *session)
{
	struct link *link = link_of(session);
	uint64_t timeout = (uint64_t)link->channel->options.keepalive_timeout;
	uint64_t now = engine_now(session->engine), at;

	if (!link->ready ||
	    (session->ping_sent != 0 && now >= session->ping_sent + timeout)) {
		session_close(session, E_TIMEOUT);
		return;
	}
	at = session->last_read + (uint64_t)link->keepalive_interval;
	if (now >= at && session->ping_sent == 0 &&
	    (link->channel->options.keepalive_always || !list_empty(&link->streams)))
		session_ping(session);
	if (session->ping_sent != 0)
		at = session->ping_sent + timeout;
	else if (now >= at)
		at = now + (uint64_t)link->keepalive_interval;
	session_set_timer(session, at);
}

static void on_closed(struct session *session, int why)
{
	struct link *link = link_of(session);
	struct rpc_channel *channel = link->channel;

	say_why(link, why);
	while (!list_empty(&link->streams))
		stream_lost(stream_of_node(link->streams.next));
	list_remove(&link->node);
	channel_link_closed(channel, link);
	session_finish(session);
	link->magic = 0;
	free(link);
	channel_check_quiet(channel);
}

static void say_why(struct link *link, int why)
{
	struct tls_conn *tls = link->session.transport.tls;
	char text[CHANNEL_WHY_MAX];

	if (why == E_IO && tls == NULL && !link->ready)
		return; /* on_connected() said it better */
	if (tls != NULL && !link->ready && why != E_TIMEOUT)
		(void)snprintf(text, sizeof(text), "TLS with %s: %s",
		               link->session.transport.address, tls_conn_why(tls));
	else if (why == E_CANCELLED)
		(void)snprintf(text, sizeof(text), "the server closed the connection");
	else
		(void)snprintf(text, sizeof(text), "the connection is lost: %s",
		               err_text(why));
	channel_say(link->channel, text);
}
