/* What operators ask of the database: counts, and when each district was last heard of.
 */
#ifndef DUBAN_SERVER_STORE_STATUS_H
#define DUBAN_SERVER_STORE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/pg.h"

struct store;

extern const struct pg_statement store_status_statements[];

struct store_status {
	const char *unit; /* "": everything; else reports and alerts of this district
	                   * only, which is cheap however many there are */
	int64_t now;      /* plan time */
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_INTERNAL */
	void (*done)(struct store_status *status, int result);
	uint64_t reports, alerts, deliveries_waiting; /* results */
	int64_t next_instant_at;                      /* 0: nothing more */
	struct pg_batch batch;                        /* private */
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_status(struct store *store, struct store_status *status);

struct district_row {
	const char *code;
	int64_t wall_seen_at; /* 0: never */
	const char *number;   /* of the last report, or "" */
	int64_t received_at;
	uint32_t open_alerts;
};
struct store_districts {
	struct arena *arena;
	void (*done)(struct store_districts *districts, int status); /* as above */
	const struct district_row *rows; /* results, by code */
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
int store_districts(struct store *store, struct store_districts *districts);
/* The row of @code, or NULL. */
const struct district_row *store_district(const struct store_districts *districts,
                                          const char *code);

#endif
