/* The clock of a rehearsal: its row, read, and made at the first reading. */
#ifndef DUBAN_SERVER_STORE_CLOCK_READ_H
#define DUBAN_SERVER_STORE_CLOCK_READ_H

#include <stdint.h>

#include "base/arena.h"
#include "server/pg.h"

struct store;

extern const struct pg_statement store_clock_read_statements[];

struct store_clock_read {
	int64_t start_at; /* what the row is made with when there is none */
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_INTERNAL */
	void (*done)(struct store_clock_read *read, int status);
	int64_t plan_at;       /* result */
	struct pg_batch batch; /* private */
	struct arena arena;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_clock_read(struct store *store, struct store_clock_read *read);

#endif
