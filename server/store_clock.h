/* The clock of a rehearsal: one row, stepped in one transaction. */
#ifndef DUBAN_SERVER_STORE_CLOCK_H
#define DUBAN_SERVER_STORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/pg.h"

struct store;

#define STORE_CLOCK_CHANNEL   "duban_clock" /* notified when the row was stepped */
#define STORE_CLOCK_ASKED_MAX 2000          /* lines of what was asked; more are cut */

extern const struct pg_statement store_clock_statements[];

enum clock_step {
	CLOCK_STEPPED,
	CLOCK_AT_END,     /* nothing more is asked: not moved */
	CLOCK_NOT_FROM,   /* @from is not the present plan time */
	CLOCK_TO_IS_PAST, /* @to lies before it */
	CLOCK_UNFINISHED, /* rows at or before the present are not done: judge first */
};

/*
 * Step to the next instant that is not done, or to @to when that comes first (or when
 * nothing comes).
 */
struct store_clock_step {
	int64_t from, to; /* as in StepClockRequest */
	int64_t span;     /* of this server's presence, which moves along; 0: none */
	struct arena *arena;
	/* Exactly once, later: 0 (see outcome), E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_clock_step *step, int status);
	enum clock_step outcome; /* results */
	int64_t plan_at;         /* the present plan time, after the step */
	bool at_end;             /* nothing is asked after it */
	const char **asked;      /* what is due at it, in order */
	size_t asked_count;
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_clock_step(struct store *store, struct store_clock_step *step);

#endif
