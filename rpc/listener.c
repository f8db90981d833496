/*
 * A listening socket, and a conn for each connection that comes:
 *
 *	on_incoming -> is there room? -> accept -> conn
 *	                     \-> pause ~ ~> on_retry -> on_incoming again
 *
 * What can go wrong: descriptors or memory run out. Then nothing is accepted for a
 * while, without polling: connections wait in the system's queue, those that are open
 * go on, and a few descriptors are left to the program for its files and databases.
 * Over connections_max a connection is accepted and closed at once, so that its client
 * can go elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/bind.h"
#include "rpc/conn.h"
#include "rpc/http_state.h"
#include "rpc/server_state.h"
#include "rpc/tls_context.h"

/* Connections accepted in one turn of the loop. */
#define ACCEPTS_MAX 64
/* ms until it is tried again when there was no room. */
#define ACCEPT_RETRY 100
/* Descriptors that connections do not take, or an eighth when there are few. */
#define DESCRIPTORS_KEPT 32

static int check_options(const struct rpc_listener_options *options,
                         struct address *ret_address);
static int start(struct rpc_listener *listener);
static void on_incoming(uv_poll_t *poll, int status, int events);
static int accept_one(struct rpc_listener *listener);
static bool has_room(const struct rpc_listener *listener);
static void pause_accepting(struct rpc_listener *listener);
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
	r = check_options(options, &address);
	if (r < 0)
		return r;
	listener = calloc(1, sizeof(*listener));
	if (listener == NULL)
		return E_NOMEM;
	listener->magic = RPC_LISTENER_MAGIC;
	listener->server = server;
	listener->address = address;
	listener->fd = -1;
	listener->tls = options->tls == NULL ? NULL : rpc_tls_get(options->tls);
	listener->services = options->services;
	listener->http = options->http;
	listener->retry.fired = on_retry;
	list_init(&listener->node);
	r = routes_create(options->services, &listener->routes);
	if (r == 0)
		r = bind_open(&address, &listener->fd);
	if (r == 0)
		r = start(listener);
	if (r < 0) {
		listener_destroy(listener);
		return r;
	}
	list_push(&server->listeners, &listener->node);
	*ret_listener = listener;
	return 0;
}

static int check_options(const struct rpc_listener_options *options,
                         struct address *ret_address)
{
	struct sockaddr_storage numeric;

	if (address_parse(options->address, ret_address) < 0 ||
	    !http_routes_valid(options->http))
		return E_SYNTAX;
	if (ret_address->is_unix)
		return 0;
	if (address_numeric(ret_address, &numeric) < 0)
		return E_SYNTAX;
	if (options->tls == NULL && !address_is_loopback((struct sockaddr *)&numeric))
		return E_DENIED;
	return 0;
}

static int start(struct rpc_listener *listener)
{
	int r = uv_poll_init(listener->server->engine.loop, &listener->poll,
	                     listener->fd);

	if (r < 0)
		return r == UV_ENOMEM ? E_NOMEM : E_IO;
	listener->poll.data = listener;
	CHECK(uv_poll_start(&listener->poll, UV_READABLE, on_incoming) == 0);
	return 0;
}

unsigned rpc_listener_port(const struct rpc_listener *listener)
{
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	return bind_port(listener->fd);
}

static void on_incoming(uv_poll_t *poll, int status, int events)
{
	struct rpc_listener *listener = poll->data;
	int r = 0;

	(void)events;
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	for (int i = 0; i < ACCEPTS_MAX && status == 0 && r == 0; i++)
		r = accept_one(listener);
	if (status < 0 || r < 0)
		pause_accepting(listener);
}

/* 1: nobody waits any more. */
static int accept_one(struct rpc_listener *listener)
{
	int fd;

	if (!has_room(listener))
		return E_LIMIT;
	fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		return conn_accept(listener, fd);
	switch (errno) {
	case EAGAIN:
		return 1;
	case EINTR: /* the one that came is gone, or may not come */
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
		return 0;
	default: /* nothing is left, or nothing that asking again at once helps */
		return E_LIMIT;
	}
}

/* The system gives the lowest number that is free, so that it tells how many are left. */
static bool has_room(const struct rpc_listener *listener)
{
	struct rlimit limit;
	rlim_t kept = DESCRIPTORS_KEPT;
	int fd = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return false;
	(void)close(fd);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return true;
	if (kept > limit.rlim_cur / 8)
		kept = limit.rlim_cur / 8;
	return (rlim_t)fd < limit.rlim_cur - kept;
}

static void pause_accepting(struct rpc_listener *listener)
{
	struct engine *engine = &listener->server->engine;

	listener->server->counts.accepts_paused++;
	CHECK(uv_poll_stop(&listener->poll) == 0);
	timers_set(&engine->timers, &listener->retry, engine_now(engine) + ACCEPT_RETRY);
}

static void on_retry(struct timer *timer)
{
	struct rpc_listener *listener = container_of(timer, struct rpc_listener, retry);

	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	if (has_room(listener))
		CHECK(uv_poll_start(&listener->poll, UV_READABLE, on_incoming) == 0);
	else
		pause_accepting(listener);
}

void listener_close(struct rpc_listener *listener)
{
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	timers_clear(&listener->server->engine.timers, &listener->retry);
	if (uv_is_closing((uv_handle_t *)&listener->poll) == 0)
		uv_close((uv_handle_t *)&listener->poll, on_closed);
	bind_close(&listener->address, listener->fd);
	listener->fd = -1;
}

static void on_closed(uv_handle_t *handle)
{
	struct rpc_listener *listener = handle->data;

	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	listener->closed = true;
	server_check_quiet(listener->server);
}

/* Of a listener that was never opened, or is closed. */
void listener_destroy(struct rpc_listener *listener)
{
	CHECK_MAGIC(listener, RPC_LISTENER_MAGIC);
	bind_close(&listener->address, listener->fd);
	rpc_tls_destroy(listener->tls);
	routes_destroy(listener->routes);
	listener->magic = 0;
	free(listener);
}
