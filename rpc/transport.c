/*
 * A byte stream over TCP or a unix socket, with or without TLS.
 *
 *	socket -> on_read -> TLS -> received
 *	transport_write -> TLS -> engine's outgoing -> transport_push -> socket
 *	                                                            \-> queue, when full
 *
 * What can go wrong: the peer does not speak TLS, or its certificate is not
 * accepted: it gets the alert and is closed. The peer does not read: the queue has
 * a limit, and the session above writes only when the queue is empty.
 */
#include "rpc/transport.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/address.h"

/* More than one session round and some TLS control messages. */
#define QUEUED_MAX (512 * 1024)
/* Buffers that a connection may fill in one turn of the loop, before others have theirs.
 */
#define READS_MAX 2

/* Bytes that the socket did not take at once. */
struct pending {
	uv_write_t write;
	struct transport *transport;
	size_t len;
	uint8_t data[];
};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);
static int shake_hands(struct transport *transport);
static void read_all(struct transport *transport);
static int queue(struct transport *transport, struct bytes bytes);
static void on_written(uv_write_t *write, int status);
static void on_shut(uv_shutdown_t *shutdown, int status);
static void on_closed(uv_handle_t *handle);

int transport_init(struct transport *transport, struct engine *engine, bool is_unix,
                   const struct transport_ops *ops)
{
	int r;

	transport->magic = TRANSPORT_MAGIC;
	transport->engine = engine;
	transport->tls = NULL;
	transport->ops = ops;
	transport->state = TRANSPORT_NEW;
	transport->is_unix = is_unix;
	transport->why = 0;
	transport->queued = 0;
	transport->turn = 0;
	transport->reads = 0;
	transport->address[0] = '\0';
	if (is_unix)
		r = uv_pipe_init(engine->loop, &transport->uv.pipe, 0);
	else
		r = uv_tcp_init(engine->loop, &transport->uv.tcp);
	transport->uv.handle.data = transport;
	return r < 0 ? E_NOMEM : 0;
}

int transport_accept(struct transport *transport, int fd)
{
	int r = transport->is_unix ? uv_pipe_open(&transport->uv.pipe, fd)
	                           : uv_tcp_open(&transport->uv.tcp, fd);

	if (r == 0)
		return 0;
	(void)close(fd);
	return E_IO;
}

int transport_start(struct transport *transport, struct tls_conn *tls)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNIX};
	int len = sizeof(peer);

	transport->tls = tls;
	transport->state = TRANSPORT_HANDSHAKING;
	if (!transport->is_unix) {
		if (uv_tcp_getpeername(&transport->uv.tcp, (struct sockaddr *)&peer,
		                       &len) < 0)
			return E_IO;
		(void)uv_tcp_nodelay(&transport->uv.tcp, 1);
	}
	address_format((struct sockaddr *)&peer, transport->address,
	               sizeof(transport->address));
	if (uv_read_start(&transport->uv.stream, on_alloc, on_read) < 0)
		return E_IO;
	if (tls == NULL)
		transport->state = TRANSPORT_OPEN;
	else if (tls_conn_handshake(tls) < 0)
		return E_PROTOCOL;
	return transport_push(transport);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct transport *transport = handle->data;

	(void)suggested;
	CHECK_MAGIC(transport, TRANSPORT_MAGIC);
	if (transport->turn != transport->engine->turn) {
		transport->turn = transport->engine->turn;
		transport->reads = 0;
	}
	if (transport->reads == READS_MAX) {
		*buf = uv_buf_init(NULL, 0); /* libuv comes back in the next turn */
		return;
	}
	transport->reads++;
	*buf = uv_buf_init((char *)transport->engine->read_buffer, ENGINE_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct transport *transport = stream->data;
	struct bytes bytes;
	int r = 0;

	CHECK_MAGIC(transport, TRANSPORT_MAGIC);
	if (len == UV_ENOBUFS && buf->len == 0)
		return; /* enough for this turn */
	if (len < 0) {
		transport_close(transport, len == UV_EOF ? E_CANCELLED : E_IO);
		return;
	}
	if (len == 0 || transport->state == TRANSPORT_LINGERING)
		return;
	bytes = bytes_of(buf->base, (size_t)len);
	if (transport->tls == NULL) {
		transport->ops->received(transport, bytes);
		return;
	}
	tls_conn_feed(transport->tls, bytes);
	if (transport->state == TRANSPORT_HANDSHAKING)
		r = shake_hands(transport);
	if (r < 0)
		transport_close(transport, r);
	else if (r == 0)
		read_all(transport);
}

/* 0: done and told. 1: goes on. */
static int shake_hands(struct transport *transport)
{
	int r = tls_conn_handshake(transport->tls);
	int sent = transport_push(transport); /* the alert, if it failed */

	if (r != 0)
		return r;
	if (sent < 0)
		return sent;
	transport->state = TRANSPORT_OPEN;
	tls_conn_peer(transport->tls)->address = transport->address;
	transport->ops->opened(transport);
	return 0;
}

static void read_all(struct transport *transport)
{
	struct engine *engine = transport->engine;

	while (transport->state == TRANSPORT_OPEN) {
		size_t len;
		int r = tls_conn_read(transport->tls, engine->plain,
		                      sizeof(engine->plain), &len);
		int sent = transport_push(transport); /* what TLS itself had to say */

		if (r == 1 && sent == 0)
			return;
		if (r < 0 || sent < 0) {
			transport_close(transport, r < 0 ? r : sent);
			return;
		}
		transport->ops->received(transport, bytes_of(engine->plain, len));
	}
}

int transport_write(struct transport *transport, struct bytes bytes)
{
	if (transport->tls != NULL)
		return tls_conn_write(transport->tls, bytes);
	return outgoing_append(&transport->engine->outgoing, bytes.data, bytes.len);
}

int transport_push(struct transport *transport)
{
	struct outgoing *outgoing = &transport->engine->outgoing;
	size_t len = outgoing->len, sent = 0;
	uv_buf_t buf;
	int r;

	if (len == 0)
		return 0;
	outgoing->len = 0;
	if (transport->queued == 0) {
		buf = uv_buf_init((char *)outgoing->data, (unsigned)len);
		r = uv_try_write(&transport->uv.stream, &buf, 1);
		if (r < 0 && r != UV_EAGAIN)
			return E_IO;
		sent = r < 0 ? 0 : (size_t)r;
	}
	if (sent == len)
		return 0;
	return queue(transport, bytes_of(outgoing->data + sent, len - sent));
}

static int queue(struct transport *transport, struct bytes bytes)
{
	struct pending *pending;
	uv_buf_t buf;

	if (bytes.len > QUEUED_MAX - transport->queued)
		return E_LIMIT;
	pending = malloc(sizeof(*pending) + bytes.len);
	if (pending == NULL)
		return E_NOMEM;
	pending->transport = transport;
	pending->len = bytes.len;
	memcpy(pending->data, bytes.data, bytes.len);
	buf = uv_buf_init((char *)pending->data, (unsigned)bytes.len);
	if (uv_write(&pending->write, &transport->uv.stream, &buf, 1, on_written) < 0) {
		free(pending);
		return E_IO;
	}
	transport->queued += bytes.len;
	return 0;
}

static void on_written(uv_write_t *write, int status)
{
	struct pending *pending = container_of(write, struct pending, write);
	struct transport *transport = pending->transport;

	CHECK_MAGIC(transport, TRANSPORT_MAGIC);
	transport->queued -= pending->len;
	free(pending);
	if (transport->state == TRANSPORT_CLOSING)
		return;
	if (status < 0)
		transport_close(transport, E_IO);
	else if (transport->queued == 0)
		transport->ops->drained(transport);
}

size_t transport_unsent(const struct transport *transport)
{
	return uv_stream_get_write_queue_size(&transport->uv.stream);
}

void transport_linger(struct transport *transport)
{
	uv_shutdown_t *shutdown;

	if (transport->state != TRANSPORT_OPEN)
		return;
	transport->state = TRANSPORT_LINGERING;
	if (transport->tls != NULL)
		tls_conn_shutdown(transport->tls);
	shutdown = malloc(sizeof(*shutdown));
	if (transport_push(transport) < 0 || shutdown == NULL ||
	    uv_shutdown(shutdown, &transport->uv.stream, on_shut) < 0) {
		free(shutdown);
		transport_close(transport, E_CANCELLED);
	}
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
	(void)status;
	free(shutdown);
}

void transport_close(struct transport *transport, int why)
{
	CHECK_MAGIC(transport, TRANSPORT_MAGIC);
	if (transport->state == TRANSPORT_CLOSING)
		return;
	/* The shared buffer is another connection's when one closes another. */
	if (transport->state == TRANSPORT_OPEN && transport->tls != NULL &&
	    transport->queued == 0 && transport->engine->outgoing.len == 0) {
		tls_conn_shutdown(transport->tls);
		(void)transport_push(transport);
	}
	transport->state = TRANSPORT_CLOSING;
	transport->why = why;
	uv_close(&transport->uv.handle, on_closed);
}

static void on_closed(uv_handle_t *handle)
{
	struct transport *transport = handle->data;

	CHECK_MAGIC(transport, TRANSPORT_MAGIC);
	transport->ops->closed(transport, transport->why);
}
