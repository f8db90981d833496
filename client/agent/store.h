/*
 * The agent's memory: one SQLite file in its state folder.
 *
 * Several processes may have it open (a service, and a person's commands). A statement
 * that returned 0 is on the disk: the journal is synced before it returns.
 */
#ifndef DUBAN_CLIENT_AGENT_STORE_H
#define DUBAN_CLIENT_AGENT_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"

struct store;

/*
 * Open, and create what is missing (the folder too, mode 0700).
 *
 *   E_IO  E_CORRUPT  E_VERSION (of a newer program)  E_BUSY  E_NOMEM
 *
 * @ret_why: a sentence for people, static or thread-local.
 */
int store_open(const char *folder, struct store **ret_store, const char **ret_why);
void store_close(struct store *store); /* accepts NULL */
DEFINE_AUTO(store_closep, struct store, store_close)
const char *store_folder(const struct store *store);

/* A parameter of a statement. */
struct sql_value {
	enum { SQL_INT, SQL_TEXT, SQL_BYTES } kind;
	int64_t number;
	const char *text; /* NULL: null */
	struct bytes bytes;
};
static inline struct sql_value sql_int(int64_t number)
{
	return (struct sql_value){.kind = SQL_INT, .number = number};
}
static inline struct sql_value sql_text(const char *text)
{
	return (struct sql_value){.kind = SQL_TEXT, .text = text};
}
static inline struct sql_value sql_bytes(struct bytes bytes)
{
	return (struct sql_value){.kind = SQL_BYTES, .bytes = bytes};
}

struct sql {
	const char *text;
	const struct sql_value *values; /* for ?1, ?2, ... */
	size_t count;
};
#define SQL(sql_, ...)                                                                \
	(&(const struct sql){                                                         \
		.text = (sql_),                                                       \
		.values = (const struct sql_value[]){__VA_ARGS__ __VA_OPT__(, )       \
	                                                     sql_int(0)},             \
		.count = sizeof((const struct sql_value[]){__VA_ARGS__ __VA_OPT__(, ) \
	                                                           sql_int(0)}) /     \
	                         sizeof(struct sql_value) -                           \
	                 1,                                                           \
	})

/*
 * Run one statement. @row (may be NULL) sees each row and may stop by a negative code.
 *
 *   E_IO (also a full disk: see store_why)  E_BUSY  E_CORRUPT  E_NOMEM  E_EXISTS
 */
int store_run(struct store *store, const struct sql *sql,
              int (*row)(void *context, sqlite3_stmt *statement), void *context);
/* What failed last, for people. Lasts until the next call. */
const char *store_why(const struct store *store);
int64_t store_last_row(const struct store *store);
/* Rows that the last statement changed. */
int store_changed(const struct store *store);

/* Several statements, all or nothing. After a failed one: store_rollback(). */
int store_begin(struct store *store);
/* Several that read, of one moment, whatever others write meanwhile. Ends likewise. */
int store_begin_reading(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);

/* Single facts by name. Absent: @otherwise; text: "". */
int store_set(struct store *store, const char *name, int64_t value);
int store_set_text(struct store *store, const char *name, const char *value);
int64_t store_get(struct store *store, const char *name, int64_t otherwise);
const char *store_get_text(struct store *store, struct arena *arena, const char *name);

/* Columns, copied; NULL and empty when they are null or there is no memory. */
const char *sql_column(struct arena *arena, sqlite3_stmt *statement, int column);
struct bytes sql_column_bytes(struct arena *arena, sqlite3_stmt *statement, int column);

/* Plan time: wall time, or in a rehearsal the last that the centre said. */
int64_t store_plan_now(struct store *store, int64_t wall_now);
int store_set_plan_time(struct store *store, int64_t plan_at, bool rehearsal,
                        int64_t wall_now);

#endif
