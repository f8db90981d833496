/* One connection of the pool, and the pool as it sees it. For pg*.c only. */
#ifndef DUBAN_SERVER_PG_CONNECTION_H
#define DUBAN_SERVER_PG_CONNECTION_H

#include <libpq-fe.h>
#include <uv.h>

#include "server/pg.h"
#include "server/pg_resolve.h"

#define PG_CONNECTIONS_MAX 16
#define PG_IN_FLIGHT_MAX   4  /* batches sent ahead on one connection */
#define PG_SLOW            20 /* ms; nothing is sent behind what takes longer */
#define PG_RETRY_FIRST     20 /* ms a batch that lost rests; doubles each time */
#define PG_BACKOFF_FIRST   100
#define PG_BACKOFF_MAX     5000 /* ms; jitter of a quarter comes on top */
#define PG_GRACE           1000 /* ms that PostgreSQL's own timeout may be late */
#define PG_WHY_MAX         300

/*
 *	   +-> RESTING -> RESOLVING -> CONNECTING -> GREETING -> READY
 *	   |      ^           |             |            |         |
 *	   |      +-----------+---- lost ---+------------+---------+
 *	   |
 *	 start            any -> ENDED, when the pool closes
 */
enum pg_state {
	PG_RESTING,
	PG_RESOLVING,
	PG_CONNECTING,
	PG_GREETING,
	PG_READY,
	PG_ENDED
};

/* A watched socket. Outlives its connection by the time that libuv needs to close it. */
struct pg_socket {
	uv_poll_t poll;
	struct pg *pg;
	struct pg_connection *connection; /* NULL once let go */
	int events;
};

struct pg_connection {
	unsigned magic;
#define PG_CONNECTION_MAGIC 0x9d31c07eU
	struct pg *pg;
	bool listens; /* for notifications, and for nothing else */
	enum pg_state state;
	PGconn *conn;
	struct pg_socket *socket;
	struct pg_resolve *resolve;
	/* RESTING: the end of the rest. READY: the head of @in_flight is too late. Else:
	 * connecting takes too long. */
	uv_timer_t timer;
	int64_t backoff;       /* ms; the next rest */
	struct list in_flight; /* struct pg_batch, in the order in which they were sent */
	unsigned in_flight_count;
	uint64_t head_since;  /* when the head's turn came, by the loop's clock */
	size_t greeted;       /* results of the greeting so far */
	char why[PG_WHY_MAX]; /* the database's own words before it hung up, or "" */
};

struct pg {
	unsigned magic;
#define PG_MAGIC 0x1fe85b23U
	uv_loop_t *loop;
	struct pg_options options;
	PQconninfoOption *conninfo;
	char statement_timeout[24];
	struct pg_connection connections[PG_CONNECTIONS_MAX + 1];
	unsigned connection_count, ready; /* @ready: without the listener */
	struct list queue;                /* struct pg_batch: not sent yet */
	unsigned queued;
	struct list resting; /* struct pg_batch: lost to another one, to be sent again */
	unsigned resting_count;
	uv_timer_t retry;     /* for the first of them */
	uv_prepare_t prepare; /* before the loop sleeps, the queue is sent */
	uv_idle_t idle;       /* runs while there is something to send: no sleep */
	unsigned handles;     /* of libuv, and look-ups, that are not over */
	char why[PG_WHY_MAX]; /* the last that was told through on_state */
	int version;
	bool standby_confirms;
	bool closing;
	void (*closed)(void *context);
	void *closed_context;
};

/* The pool, as its connections see it (pg.c). */
/* @batch is over; runs its done, or queues it again when it may be retried. */
void pg_finish(struct pg *pg, struct pg_batch *batch);
/* A connection was greeted, or lost after that; @why for the latter. */
void pg_came_up(struct pg_connection *connection);
void pg_went_down(struct pg_connection *connection, bool was_ready, const char *why);
/* One of libuv's handles, or a look-up, is over. The last one ends a closing pool. */
void pg_release(struct pg *pg);

/* One connection (pg_connection.c). */
void pg_connection_init(struct pg_connection *connection, struct pg *pg, bool listens);
/* E_DOWN: the connection broke before anything of @batch was sent; nothing else is done
 * about it yet: call pg_connection_lose(). */
int pg_connection_send(struct pg_connection *connection, struct pg_batch *batch);
void pg_connection_lose(struct pg_connection *connection, const char *why);
/* Close it for good, when nothing is in flight. */
void pg_connection_end(struct pg_connection *connection);

/* The greeting (pg_greet.c): settings, checks, statements. */
int pg_greet_send(struct pg_connection *connection);
/* One result of it; true when it was the last: look at connection->why then. */
bool pg_greet_result(struct pg_connection *connection, const PGresult *result);

/* The outcome of a batch (pg_result.c). */
struct pg_result {
	const PGresult *rows;
};
/* Make @batch ready to be sent, for the first time or again. */
void pg_batch_begin(struct pg_batch *batch);
/* Take one result of the batch that is at the head; true when it is over. Its status is
 * then E_BUSY when it lost to another transaction and may be sent again. */
bool pg_batch_result(struct pg_batch *batch, const PGresult *result);

#endif
