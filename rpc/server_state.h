/* What a server and its listeners are made of; shared by server.c, listener.c, conn.c
 * and call.c. */
#ifndef RPC_SERVER_STATE_H
#define RPC_SERVER_STATE_H

#include <stdbool.h>
#include <uv.h>

#include "base/list.h"
#include "rpc/address.h"
#include "rpc/engine.h"
#include "rpc/routes.h"
#include "rpc/server.h"

struct rpc_server {
	unsigned magic;
#define RPC_SERVER_MAGIC 0x1e9a5e2dU
	struct engine engine;
	struct rpc_server_options options; /* no zero left, but for ages */
	struct list listeners, conns;
	struct rpc_server_counts counts;
	bool draining, closing;
	struct timer grace;
	void (*done)(struct rpc_server *server, void *context);
	void *context;
};

struct rpc_listener {
	unsigned magic;
#define RPC_LISTENER_MAGIC 0x7f31b0a6U
	struct rpc_server *server;
	struct list node; /* in server->listeners */
	struct address address;
	int fd; /* -1: closed */
	uv_poll_t poll;
	bool closed;
	struct rpc_tls *tls; /* a reference, or NULL */
	struct routes *routes;
	const struct rpc_method *const *services;
	const struct rpc_http_route *http;
	struct timer retry; /* while nothing is accepted */
};

/* Stop listening. The listener itself lives as long as its server. */
void listener_close(struct rpc_listener *listener);
void listener_destroy(struct rpc_listener *listener);
/* Something ended: when nothing is left of a server that closes, go on. */
void server_check_quiet(struct rpc_server *server);

#endif
