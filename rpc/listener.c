/*
 * A listening socket: bind -> listen -> a conn for each that comes.
 *
 * At the descriptor limit libuv accepts and closes what it cannot keep, so that the
 * listener neither spins nor stops; over connections_max we do the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/address.h"
#include "rpc/conn.h"
#include "rpc/server_state.h"
#include "rpc/tls_context.h"

#define BACKLOG 4096
/* ms until a connection for which there was no memory is tried again. */
#define ACCEPT_RETRY 100

static int bind_to(struct rpc_listener *listener, const struct address *address);
static int bind_tcp(struct rpc_listener *listener, const struct address *address);
static int bind_unix(struct rpc_listener *listener, const char *path);
static bool is_abandoned(const char *path);
static void on_connection(uv_stream_t *stream, int status);
static void accept_one(struct rpc_listener *listener);
static void on_retry(struct timer *timer);
static void on_closed(uv_handle_t *handle);

int rpc_listener_open(struct rpc_server *server,
                      const struct rpc_listener_options *options,
                      struct rpc_listener **ret_listener)
{
	struct rpc_listener *listener;
	struct address address;
	int r;

	CHECK_MAGIC(server, RPC_SERVER_MAGIC);
	if (address_parse(options->address, &address) < 0)
		return E_SYNTAX;
	listener = calloc(1, sizeof(*listener));
	if (listener == NULL)
		return E_NOMEM;
	listener->magic = RPC_LISTENER_MAGIC;
	listener->server = server;
	listener->tls = options->tls == NULL ? NULL : rpc_tls_get(options->tls);
	listener->is_unix = address.is_unix;
	listener->retry.fired = on_retry;
	list_init(&listener->node);
	r = routes_create(options->services, &listener->routes);
	if (r < 0) {
		listener_destroy(listener);
		return r;
	}
	/* From here on there is a handle, and the server frees what failed with it. */
	if (listener->is_unix)
		CHECK(uv_pipe_init(server->engine.loop, &listener->uv.pipe, 0) == 0);
	else
		CHECK(uv_tcp_init(server->engine.loop, &listener->uv.tcp) == 0);
	listener->uv.handle.data = listener;
	list_push(&server->listeners, &listener->node);
	r = bind_to(listener, &address);
	if (r < 0) {
		listener_close(listener);
		return r;
	}
	*ret_listener = listener;
	return 0;
}

static int bind_to(struct rpc_listener *listener, const struct address *address)
{
	int r = listener->is_unix ? bind_unix(listener, address->host)
	                          : bind_tcp(listener, address);

	if (r < 0)
		return r;
	switch (uv_listen(&listener->uv.stream, BACKLOG, on_connection)) {
	case 0:
		break;
	case UV_EADDRINUSE:
		return E_EXISTS;
	default:
		return E_IO;
	}
	if (!listener->is_unix) {
		struct sockaddr_storage bound;
		char text[64];
		int len = sizeof(bound);

		CHECK(uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&bound,
		                         &len) == 0);
		address_format((struct sockaddr *)&bound, text, sizeof(text));
		listener->port = (unsigned)strtoul(strrchr(text, ':') + 1, NULL, 10);
	}
	return 0;
}

static int bind_tcp(struct rpc_listener *listener, const struct address *address)
{
	struct sockaddr_storage numeric;

	if (address_numeric(address, &numeric) < 0)
		return E_SYNTAX;
	if (listener->tls == NULL && !address_is_loopback((struct sockaddr *)&numeric))
		return E_DENIED;
	switch (uv_tcp_bind(&listener->uv.tcp, (struct sockaddr *)&numeric, 0)) {
	case 0:
		return 0;
	case UV_EADDRINUSE:
		return E_EXISTS;
	default:
		return E_IO;
	}
}

static int bind_unix(struct rpc_listener *listener, const char *path)
{
	int r = uv_pipe_bind(&listener->uv.pipe, path);

	if (r == UV_EADDRINUSE && is_abandoned(path)) {
		(void)unlink(path);
		r = uv_pipe_bind(&listener->uv.pipe, path);
	}
	if (r == UV_EADDRINUSE)
		return E_EXISTS;
	return r < 0 ? E_IO : 0;
}

/* A socket file that a killed server left behind. */
static bool is_abandoned(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	AUTO(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	       errno == ECONNREFUSED;
}

unsigned rpc_listener_port(const struct rpc_listener *listener)
{
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	return listener->port;
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct rpc_listener *listener = stream->data;

	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	if (status == 0)
		accept_one(listener);
}

/* libuv offers no other connection before this one is taken. */
static void accept_one(struct rpc_listener *listener)
{
	struct engine *engine = &listener->server->engine;

	if (conn_accept(listener) < 0)
		timers_set(&engine->timers, &listener->retry,
		           engine_now(engine) + ACCEPT_RETRY);
}

static void on_retry(struct timer *timer)
{
	struct rpc_listener *listener = container_of(timer, struct rpc_listener, retry);

	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	accept_one(listener);
}

void listener_close(struct rpc_listener *listener)
{
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	timers_clear(&listener->server->engine.timers, &listener->retry);
	if (uv_is_closing(&listener->uv.handle) == 0)
		uv_close(&listener->uv.handle, on_closed);
}

static void on_closed(uv_handle_t *handle)
{
	struct rpc_listener *listener = handle->data;

	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	listener->closed = true;
	server_check_quiet(listener->server);
}

void listener_destroy(struct rpc_listener *listener)
{
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	rpc_tls_destroy(listener->tls);
	routes_destroy(listener->routes);
	listener->magic = 0;
	free(listener);
}
