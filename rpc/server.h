/*
 * A gRPC server on a libuv loop: listeners, the services that each serves, and
 * a drain that finishes what runs.
 */
#ifndef RPC_SERVER_H
#define RPC_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/api.h"
#include "rpc/call.h"
#include "rpc/http.h"
#include "rpc/tls.h"

BASE_API_BEGIN

typedef struct uv_loop_s uv_loop_t;
struct rpc_server;
struct rpc_listener;

/* Zero means the default that stands in brackets. Sizes in bytes, times in ms. */
struct rpc_server_options {
	size_t receive_message_max; /* a request message [4 MiB] */
	size_t send_buffer_max;     /* waiting in one call [4 MiB + 64 KiB] */
	size_t connection_send_max; /* waiting in one connection [64 MiB] */
	size_t call_memory_max;     /* a call's arena [16 MiB] */
	/* Unfinished messages of one connection: what its calls' windows let in (256 KiB
	 * each), and beyond it as many large messages at once as fit; the others wait for
	 * their turn with their windows shut. With less than all windows may let in, a
	 * call may be refused instead [all windows, and 4 messages]. */
	size_t connection_memory_max;
	uint32_t header_list_max;        /* a request's headers [16 KiB] */
	uint32_t concurrent_streams_max; /* calls at once on a connection [256] */
	/* Connections at once, all listeners; what comes after is closed [12,000]. */
	uint32_t connections_max;
	int64_t handshake_timeout; /* TCP accept to the client's SETTINGS [10 s] */
	/* Headers to half-close, for unary calls. Also for an HTTP/2 frame; for more of a
	 * message that has begun; and for the first message and any of an answer to leave
	 * when the peer opens no window [60 s]. */
	int64_t request_timeout;
	int64_t keepalive_interval; /* quiet time before a ping [60 s] */
	/* For the ping's answer; also for a socket to take any of what waits [20 s]. */
	int64_t keepalive_timeout;
	int64_t idle_timeout; /* a connection without calls [1 h] */
	/* A connection so old takes no more calls, give or take a tenth so that many do
	 * not end at once [never]; so much later its calls are reset [never]. */
	int64_t connection_age_max, connection_age_grace;
};

int rpc_server_create(uv_loop_t *loop, const struct rpc_server_options *options,
                      struct rpc_server **ret_server);
/* Only after rpc_server_close() said that it is done. Accepts NULL. */
void rpc_server_destroy(struct rpc_server *server);
/* For __attribute__((cleanup)). */
static inline void rpc_server_destroyp(struct rpc_server **server)
{
	rpc_server_destroy(*server);
}

struct rpc_listener_options {
	const char *address; /* "127.0.0.1:7443", "[::1]:0", "unix:/path" */
	struct rpc_tls *tls; /* NULL: cleartext HTTP/2; loopback and unix only */
	/* Method tables that this listener serves, each ended by a row without a path;
	 * the list is ended by NULL. Borrowed until closed. Other paths: UNIMPLEMENTED.
	 */
	const struct rpc_method *const *services;
	/* Plain HTTP beside them, ended by a row without a path; NULL: none. Borrowed
	 * until closed. A path that is nobody's: 404. */
	const struct rpc_http_route *http;
};

/*
 * Bind and listen.
 *
 *   E_SYNTAX  the address; a route without "/" in front, or without handler
 *   E_DENIED  cleartext on a public address
 *   E_EXISTS  address in use    E_IO      anything else that bind or listen says
 */
int rpc_listener_open(struct rpc_server *server,
                      const struct rpc_listener_options *options,
                      struct rpc_listener **ret_listener);
/* The port that was bound, for addresses that end in ":0". 0 for unix sockets. */
unsigned rpc_listener_port(const struct rpc_listener *listener);

/* Ask every open connection's peer certificate the same questions as a new one's, and
 * close those that are no longer admitted. Returns how many were closed. */
size_t rpc_server_recheck(struct rpc_server *server);

struct rpc_server_counts {
	uint64_t connections_open, connections_total, handshakes_failed;
	uint64_t calls_open, calls_total; /* plain HTTP requests too */
	uint64_t http_total;              /* those alone, and what was refused as such */
	/* Times that nothing could be accepted for 100 ms: no descriptor, no memory. */
	uint64_t accepts_paused;
};
void rpc_server_count(const struct rpc_server *server, struct rpc_server_counts *ret);

/*
 * Stop: refuse new connections, send GOAWAY, let running calls finish, and after
 * @grace ms reset those that have not. @done runs once, later, when everything is
 * closed. A handler is told through cancelled; rpc_server_is_draining() tells those
 * that hold streams open by choice, whose handlers should finish them at once.
 */
void rpc_server_close(struct rpc_server *server, int64_t grace,
                      void (*done)(struct rpc_server *server, void *context),
                      void *context);
bool rpc_server_is_draining(const struct rpc_server *server);

BASE_API_END

#endif
