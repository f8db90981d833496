/*
 * A gRPC server: its listeners, its connections, and their end.
 *
 *	create -> (listeners come and serve) -> close
 *	close -> draining: listeners shut, GOAWAY, running calls go on
 *	      -> grace is over: what still runs is told UNAVAILABLE and cancelled
 *	      -> quiet: no listener, connection or call left -> done
 */
#include "rpc/server.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/conn.h"
#include "rpc/server_state.h"
#include "rpc/session.h"

static void set_defaults(struct rpc_server_options *options);
static void on_grace_over(struct timer *timer);
static void on_engine_closed(struct engine *engine);

int rpc_server_create(uv_loop_t *loop, const struct rpc_server_options *options,
                      struct rpc_server **ret_server)
{
	struct rpc_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return E_NOMEM;
	if (engine_init(&server->engine, loop) < 0) {
		free(server);
		return E_NOMEM;
	}
	server->magic = RPC_SERVER_MAGIC;
	if (options != NULL)
		server->options = *options;
	set_defaults(&server->options);
	list_init(&server->listeners);
	list_init(&server->conns);
	server->grace.fired = on_grace_over;
	*ret_server = server;
	return 0;
}

static size_t size_or(size_t size, size_t otherwise)
{
	return size == 0 ? otherwise : size;
}

static size_t size_max(size_t a, size_t b)
{
	return a > b ? a : b;
}

static uint32_t count_or(uint32_t count, uint32_t otherwise)
{
	return count == 0 ? otherwise : count;
}

static int64_t time_or(int64_t ms, int64_t otherwise)
{
	return ms == 0 ? otherwise : ms;
}

static void set_defaults(struct rpc_server_options *o)
{
	const size_t kib = 1024, mib = 1024 * kib;
	const int64_t second = 1000;

	o->receive_message_max = size_or(o->receive_message_max, 4 * mib);
	o->send_buffer_max = size_or(o->send_buffer_max, 4 * mib + 64 * kib);
	o->connection_send_max =
		size_or(o->connection_send_max, size_max(o->send_buffer_max, 64 * mib));
	o->call_memory_max = size_or(o->call_memory_max, 16 * mib);
	o->header_list_max = count_or(o->header_list_max, 16 * 1024);
	o->concurrent_streams_max = count_or(o->concurrent_streams_max, 256);
	o->connection_memory_max =
		size_or(o->connection_memory_max,
	                (size_t)o->concurrent_streams_max * SESSION_STREAM_WINDOW +
	                        4 * o->receive_message_max);
	o->connections_max = count_or(o->connections_max, 12000);
	o->handshake_timeout = time_or(o->handshake_timeout, 10 * second);
	o->request_timeout = time_or(o->request_timeout, 60 * second);
	o->keepalive_interval = time_or(o->keepalive_interval, 60 * second);
	o->keepalive_timeout = time_or(o->keepalive_timeout, 20 * second);
	o->idle_timeout = time_or(o->idle_timeout, 3600 * second);
}

void rpc_server_destroy(struct rpc_server *server)
{
	struct list *node;

	if (server == NULL)
		return;
	CHECK_MAGIC(server, RPC_SERVER_MAGIC);
	while ((node = list_pop(&server->listeners)) != NULL)
		listener_destroy(list_entry(node, struct rpc_listener, node));
	server->magic = 0;
	free(server);
}

size_t rpc_server_recheck(struct rpc_server *server)
{
	size_t closed = 0;

	CHECK_MAGIC(server, RPC_SERVER_MAGIC);
	list_for_each (node, &server->conns)
		closed += conn_recheck(list_entry(node, struct conn, node)) < 0;
	return closed;
}

void rpc_server_count(const struct rpc_server *server, struct rpc_server_counts *ret)
{
	*ret = server->counts;
}

bool rpc_server_is_draining(const struct rpc_server *server)
{
	return server->draining;
}

void rpc_server_close(struct rpc_server *server, int64_t grace,
                      void (*done)(struct rpc_server *server, void *context),
                      void *context)
{
	CHECK_MAGIC(server, RPC_SERVER_MAGIC);
	CHECK(!server->draining);
	server->draining = true;
	server->done = done;
	server->context = context;
	list_for_each (node, &server->listeners)
		listener_close(list_entry(node, struct rpc_listener, node));
	list_for_each (node, &server->conns)
		conn_drain(list_entry(node, struct conn, node));
	timers_set(&server->engine.timers, &server->grace,
	           engine_now(&server->engine) + (uint64_t)(grace < 0 ? 0 : grace));
	server_check_quiet(server);
}

static void on_grace_over(struct timer *timer)
{
	struct rpc_server *server = container_of(timer, struct rpc_server, grace);

	CHECK_MAGIC(server, RPC_SERVER_MAGIC);
	list_for_each (node, &server->conns)
		conn_stop(list_entry(node, struct conn, node));
}

void server_check_quiet(struct rpc_server *server)
{
	if (!server->draining || server->closing || !list_empty(&server->conns) ||
	    server->counts.calls_open > 0)
		return;
	list_for_each (node, &server->listeners)
		if (!list_entry(node, struct rpc_listener, node)->closed)
			return;
	server->closing = true;
	timers_clear(&server->engine.timers, &server->grace);
	engine_close(&server->engine, on_engine_closed);
}

static void on_engine_closed(struct engine *engine)
{
	struct rpc_server *server = container_of(engine, struct rpc_server, engine);

	CHECK_MAGIC(server, RPC_SERVER_MAGIC);
	if (server->done != NULL)
		server->done(server, server->context);
}
