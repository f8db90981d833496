/*
 * A byte stream over TCP or a unix socket, with or without TLS.
 *
 *	init -> accept or connect -> start -> opened -> received* ... -> closed
 *
 * From init on, transport_close() must be called once, and closed ends the life
 * of the handle; the memory belongs to the object that embeds it.
 */
#ifndef RPC_TRANSPORT_H
#define RPC_TRANSPORT_H

#include <stdbool.h>
#include <uv.h>

#include "base/bytes.h"
#include "rpc/engine.h"
#include "rpc/tls_conn.h"

#define TRANSPORT_ADDRESS_MAX 64

enum transport_state {
	TRANSPORT_NEW,
	TRANSPORT_HANDSHAKING,
	TRANSPORT_OPEN,
	TRANSPORT_LINGERING, /* our side is shut; what arrives is thrown away */
	TRANSPORT_CLOSING,
};

struct transport;

/* Called from the loop, never from inside a function of this header. */
struct transport_ops {
	/* Ready to write; with TLS the peer has been checked. */
	void (*opened)(struct transport *transport);
	void (*received)(struct transport *transport, struct bytes bytes);
	/* What waited for the socket has been written. */
	void (*drained)(struct transport *transport);
	/* @why: what transport_close() was called with, or found by ourselves. */
	void (*closed)(struct transport *transport, int why);
};

struct transport {
	unsigned magic;
#define TRANSPORT_MAGIC 0x5a0c4e7fU
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} uv;
	struct engine *engine;
	struct tls_conn *tls; /* owned; NULL: cleartext */
	const struct transport_ops *ops;
	enum transport_state state;
	bool is_unix;
	int why;
	unsigned turn, reads;                /* buffers filled in this turn of the loop */
	size_t queued;                       /* bytes that wait for the socket */
	char address[TRANSPORT_ADDRESS_MAX]; /* of the peer */
};

int transport_init(struct transport *transport, struct engine *engine, bool is_unix,
                   const struct transport_ops *ops);
/* Takes @fd, an accepted connection. E_IO. */
int transport_accept(struct transport *transport, int fd);
/* Once connected. Takes @tls, which may be NULL. E_IO. */
int transport_start(struct transport *transport, struct tls_conn *tls);
/* Append to what the next transport_push() sends. E_NOMEM, E_PROTOCOL. */
int transport_write(struct transport *transport, struct bytes bytes);
/* Send now what can be sent; keep the rest until the socket takes it. E_IO, E_NOMEM;
 * E_LIMIT: the peer does not read. */
int transport_push(struct transport *transport);
/* Bytes that wait for the socket; less with each that it takes. */
size_t transport_unsent(const struct transport *transport);
/* Say goodbye, and read on until the peer does, so that our last words reach it. */
void transport_linger(struct transport *transport);
void transport_close(struct transport *transport, int why);

#endif
