/* One accepted connection. */
#ifndef RPC_CONN_H
#define RPC_CONN_H

#include <stdbool.h>

#include "base/list.h"
#include "rpc/session.h"
#include "rpc/tls.h"

struct rpc_server;
struct rpc_listener;

struct conn {
	unsigned magic;
#define CONN_MAGIC 0x4c0f11e9U
	struct session session;
	struct rpc_server *server;
	struct rpc_listener *listener;
	struct list node;      /* in server->conns */
	struct list calls;     /* that have a stream */
	struct list turns;     /* calls of plain HTTP that wait until answers have left */
	struct rpc_call *next; /* whose turn it is, until it is served */
	unsigned refs;         /* the connection's own, and one of each call's */
	unsigned streams;      /* calls that have a stream */
	unsigned orphans; /* calls whose stream is gone and whose handler, though told,
	                     still works */
	uint64_t accepted, idle_since, drain_since;
	/* What waited for the socket, and since when no less does; 0: nothing. */
	size_t unsent;
	uint64_t unsent_since;
	uint64_t old_at; /* when it is too old; UINT64_MAX: never */
	bool opened, draining, last_goaway_sent, stopping, aged;
	struct rpc_peer peer; /* of a cleartext connection */
};

/* Takes @fd, a connection that came to @listener. E_NOMEM: it is closed. */
int conn_accept(struct rpc_listener *listener, int fd);
const struct rpc_peer *conn_peer(const struct conn *conn);
/* Is the peer still one that may connect? If not it is closed. */
int conn_recheck(struct conn *conn);
/* Take no more calls, and close when those that run have ended. */
void conn_drain(struct conn *conn);
/* Abort what runs and close. */
void conn_stop(struct conn *conn);
/* A call's stream is gone, and its handler, though told, still works. Calls that were
 * reset while their handlers work are work all the same: too many end the connection. */
void conn_count_orphan(struct conn *conn);
/* A call is gone for good. */
void conn_unref(struct conn *conn);

#endif
