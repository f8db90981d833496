/* Host names in connection settings, looked up before libpq sees them. */
#ifndef DUBAN_SERVER_PG_RESOLVE_H
#define DUBAN_SERVER_PG_RESOLVE_H

#include <libpq-fe.h>
#include <stdbool.h>

typedef struct uv_loop_s uv_loop_t;
struct pg_resolve;

#define PG_HOSTS_MAX    16
#define PG_KEYWORDS_MAX 64

/* Keywords and values as PQconnectStartParams() takes them. */
struct pg_target {
	const char *keywords[PG_KEYWORDS_MAX + 1];
	const char *values[PG_KEYWORDS_MAX + 1];
};

/*
 * Look up every host of @conninfo that is a name, one after the other. @done runs
 * exactly once, later: with the target, borrowed until it returns, or with NULL and why.
 * Borrows @conninfo until then. E_NOMEM; E_LIMIT: more than PG_HOSTS_MAX hosts.
 */
int pg_resolve_start(uv_loop_t *loop, const PQconninfoOption *conninfo,
                     void (*done)(void *context, const struct pg_target *target,
                                  const char *why),
                     void *context, struct pg_resolve **ret_resolve);
/* The same done runs, with NULL, as soon as libuv lets go. */
void pg_resolve_cancel(struct pg_resolve *resolve);
/* Is any host of @conninfo a name? If not, pg_target_fill() is enough. */
bool pg_resolve_is_needed(const PQconninfoOption *conninfo);
/* @conninfo with our own defaults where it says nothing. Borrows from it. */
void pg_target_fill(struct pg_target *target, const PQconninfoOption *conninfo);

#endif
