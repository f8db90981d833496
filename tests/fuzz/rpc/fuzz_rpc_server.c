/*
 * Bytes into a server connection after TLS: over a unix socket, in cleartext.
 *
 * The first byte of the input says whether the connection preface and a SETTINGS
 * frame are sent before it, so that a fuzzer gets past them. When the peer is gone
 * nothing of it may be left.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "rpc/server.h"

/* Turns of the loop after which a connection whose peer left must be gone. */
#define TURNS_MAX 10000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_message(struct rpc_call *call, struct bytes message)
{
	(void)rpc_call_send(call, message);
}

static void finish(struct rpc_call *call)
{
	rpc_call_refuse(call, RPC_ABORTED, "end");
}

static const struct rpc_handler echo = {.message = on_message,
                                        .half_closed = finish,
                                        .cancelled = finish};
static const struct rpc_method methods[] = {
	{"/a/u", RPC_UNARY, &echo, NULL},
	{"/a/s", RPC_SERVER_STREAMING, &echo, NULL},
	{"/a/b", RPC_BIDIRECTIONAL, &echo, NULL},
	{NULL, RPC_UNARY, NULL, NULL},
};
static const struct rpc_method *const services[] = {methods, NULL};

static void reply(struct rpc_http *http)
{
	const char *value = "";

	(void)rpc_http_parameter(http, "a", &value);
	(void)rpc_http_header(http, "cookie");
	(void)rpc_http_client_has(http, "\"a\"");
	rpc_http_reply(http, 200, "text/plain", bytes_of_str(value));
}

static void stream(struct rpc_http *http)
{
	(void)rpc_http_start(http, 200, NULL, -1);
	(void)rpc_http_send(http, bytes_of_str("piece"));
}

static const struct rpc_http_handler replies = {.begun = reply};
static const struct rpc_http_handler streams = {.begun = stream,
                                                .cancelled = rpc_http_abort};
static const struct rpc_http_route routes[] = {{"/h", &replies, NULL},
                                               {"/s/", &streams, NULL},
                                               {NULL, NULL, NULL}};

static struct rpc_server *server;
static uv_loop_t *loop;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void remove_socket(void)
{
	(void)unlink(address.sun_path);
}

static void start(void)
{
	struct rpc_server_options options = {.receive_message_max = 65536};
	struct rpc_listener_options listener_options = {.services = services,
	                                                .http = routes};
	struct rpc_listener *listener;
	char text[sizeof(address.sun_path) + 5];

	(void)snprintf(address.sun_path, sizeof(address.sun_path),
	               "/tmp/fuzz-rpc-%d.sock", (int)getpid());
	(void)snprintf(text, sizeof(text), "unix:%s", address.sun_path);
	loop = uv_default_loop();
	CHECK(rpc_server_create(loop, &options, &server) == 0);
	listener_options.address = text;
	CHECK(rpc_listener_open(server, &listener_options, &listener) == 0);
	CHECK(atexit(remove_socket) == 0);
}

static void put(int fd, const void *data, size_t size)
{
	while (size > 0) {
		ssize_t len = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (len < 0) {
			struct rpc_server_counts counts;

			(void)uv_run(loop, UV_RUN_NOWAIT);
			rpc_server_count(server, &counts);
			if (counts.connections_open == 0)
				return;
			continue;
		}
		data = (const uint8_t *)data + len;
		size -= (size_t)len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char preface[] =
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
	struct rpc_server_counts counts;
	int fd;

	if (size == 0)
		return 0;
	if (server == NULL)
		start();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	if (data[0] % 2 == 0)
		put(fd, preface, sizeof(preface) - 1);
	put(fd, data + 1, size - 1);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	(void)close(fd);
	for (int turn = 0;; turn++) {
		(void)uv_run(loop, UV_RUN_NOWAIT);
		rpc_server_count(server, &counts);
		if (counts.connections_open == 0 && counts.calls_open == 0)
			break;
		CHECK(turn < TURNS_MAX);
	}
	return 0;
}
