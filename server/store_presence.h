/* When servers took reports: spans in the database, one row each. */
#ifndef DUBAN_SERVER_STORE_PRESENCE_H
#define DUBAN_SERVER_STORE_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/pg.h"

struct store;

/* A gap between two beats up to this long is none: a restart is no outage. */
#define STORE_PRESENCE_GAP 90 /* seconds */

extern const struct pg_statement store_presence_statements[];

/* One beat: the node's newest span goes on until now, or a new one begins. */
struct store_presence {
	const char *node;
	bool first; /* of this process: while nobody was there plan time may have moved */
	int64_t now, wall_now;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_INTERNAL */
	void (*done)(struct store_presence *presence, int status);
	int64_t id;            /* result: the span */
	struct pg_batch batch; /* private */
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_presence(struct store *store, struct store_presence *presence);

#endif
