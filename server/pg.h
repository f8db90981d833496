/*
 * PostgreSQL on the event loop: prepared statements, sent in pipeline mode over a few
 * connections, never blocking.
 *
 * Knows nothing of reports. Everything that is sent together in one pg_batch is one
 * transaction: it commits at its sync or leaves nothing behind.
 */
#ifndef DUBAN_SERVER_PG_H
#define DUBAN_SERVER_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/list.h"

typedef struct uv_loop_s uv_loop_t;
struct pg;
struct pg_result; /* one statement's rows; borrowed within a callback */

#define PG_PARAMS_MAX     40
#define PG_STATEMENTS_MAX 10     /* in one batch */
#define PG_RETRIES_MAX    5      /* of a batch that lost to another one */
#define PG_VERSION_MIN    140000 /* PostgreSQL 14 */

/* Prepared on each connection when it opens. Static memory. */
struct pg_statement {
	const char *name;
	const char *sql;
	int params;
};

struct pg_param {
	const char *text; /* text format, NUL-terminated; NULL: SQL NULL, unless binary */
	struct bytes binary; /* used when is_binary: for bytea */
	bool is_binary;
};

/*
 * One transaction. Fill in the first part; the memory, parameters included, is the
 * caller's and must stay until done ran.
 */
struct pg_batch {
	struct {
		const struct pg_statement *statement;
		struct pg_param params[PG_PARAMS_MAX];
		/* Rows of this statement, before the outcome of the batch is known: look,
		 * keep what is needed, promise nothing. Runs again, from the first
		 * statement on, when the batch is retried. May be NULL. */
		void (*rows)(struct pg_batch *batch, const struct pg_result *result);
	} items[PG_STATEMENTS_MAX];
	size_t count;
	/*
	 * Exactly once, later, after the sync:
	 *   0           committed
	 *   E_UNKNOWN   sent, then the connection broke: committed or not, nobody knows
	 *   E_DOWN      never sent; or the database said that it cannot now (it shuts
	 *               down, its disk is full, it took too long): nothing was stored
	 *   E_EXISTS    a unique constraint; serialization failures and
	 *               deadlocks (40001, 40P01) are retried inside, PG_RETRIES_MAX times
	 *   E_REFUSED   another constraint      E_INTERNAL  any other error
	 * pg_batch_error() says what the database said.
	 */
	void (*done)(struct pg_batch *batch, int status);
	void *context;

	struct list link; /* private from here */
	size_t answered;
	unsigned retries;
	uint64_t again_at; /* by the loop's clock */
	int status;
	char error[256];
};
static inline const char *pg_batch_error(const struct pg_batch *batch)
{
	return batch->error;
}

struct pg_options {
	const char *conninfo;                   /* as libpq takes it */
	unsigned connections;                   /* 1..16 */
	unsigned queue_max;                     /* batches that wait for a connection */
	int64_t connect_timeout, query_timeout; /* ms */
	const char *synchronous_commit;         /* "on", or more; NULL: "on" */
	const struct pg_statement *const *statements; /* NULL-ended list of tables, each
	                                               * ended by a row without a name */
	/* Connection state for people and metrics; @why is borrowed. May be NULL. */
	void (*on_state)(void *context, bool up, const char *why);
	/* A NOTIFY on the channels named below. May be NULL. */
	void (*on_notify)(void *context, const char *channel);
	const char *const
		*listen; /* channels, NULL-ended; gets a connection of its own */
	void *context;
};

/*
 * Start connecting, and keep trying: on_state tells. Borrows @options' lists until
 * closed; conninfo is copied. A database that would lose what it acknowledged (fsync or
 * full_page_writes off), a standby, an older version or another encoding than UTF8 counts
 * as not reachable, and on_state says why.
 *
 *   E_SYNTAX  conninfo is not what libpq takes      E_NOMEM
 */
int pg_open(uv_loop_t *loop, const struct pg_options *options, struct pg **ret_pg);
/* Let what was sent finish, fail the rest with E_DOWN, then run @done, later. */
void pg_close(struct pg *pg, void (*done)(void *context), void *context);
bool pg_is_up(const struct pg *pg);
/* As the newest connection found them: 150014 for 15.14, 0 before the first; and whether
 * a standby confirms every commit. */
int pg_version(const struct pg *pg);
bool pg_standby_confirms(const struct pg *pg);
uv_loop_t *pg_loop(const struct pg *pg);

/* Send @batch as soon as a connection is free. E_BUSY: the queue is full; E_DOWN: there
 * is no connection; E_NOMEM: a parameter could not be made. Then done never runs. */
int pg_send(struct pg *pg, struct pg_batch *batch);

/* Rows. Columns count from 0. Texts are borrowed until the callback returns. */
size_t pg_rows(const struct pg_result *result);
bool pg_is_null(const struct pg_result *result, size_t row, int column);
const char *pg_text(const struct pg_result *result, size_t row,
                    int column); /* never NULL */
int64_t pg_integer(const struct pg_result *result, size_t row,
                   int column); /* CHECKs form */
bool pg_bool(const struct pg_result *result, size_t row, int column);
/* bytea in hex output: decoded into @arena; .data NULL when out of memory. */
struct arena;
struct bytes pg_bytes(const struct pg_result *result, size_t row, int column,
                      struct arena *arena);

/*
 * Parameters. What they point at is in @arena or the caller's. One that could not be
 * made for want of memory is marked, and pg_send() then says E_NOMEM; so nothing needs
 * to be checked one by one.
 */
bool pg_param_ok(const struct pg_param *param);
struct pg_param pg_param_text(const char *text);
struct pg_param pg_param_integer(struct arena *arena, int64_t value);
/* timestamptz. Instants outside the years 1 to 9999 become the nearest inside. */
struct pg_param pg_param_instant(struct arena *arena, int64_t ms);
struct pg_param pg_param_bytes(struct bytes bytes);
/* Arrays for unnest. Texts are quoted and escaped, so that they serve for date[] and
 * numeric[] as well; an integer array for any kind of integer. */
struct pg_param pg_param_text_array(struct arena *arena, const char *const *items,
                                    size_t count);
struct pg_param pg_param_bytes_array(struct arena *arena, const struct bytes *items,
                                     size_t count);
struct pg_param pg_param_instant_array(struct arena *arena, const int64_t *items,
                                       size_t count);
struct pg_param pg_param_integer_array(struct arena *arena, const int64_t *items,
                                       size_t count);

#endif
