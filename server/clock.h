/*
 * Plan time: what everything in the plan is judged by.
 *
 * In production it is wall time. In a rehearsal it is one row in the database, stepped
 * by one RPC, and every server follows it through a notification.
 */
#ifndef DUBAN_SERVER_CLOCK_H
#define DUBAN_SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "server/store.h"

struct clock;
struct server;

/* @start_at: where a rehearsal begins when the database holds no time yet. E_NOMEM. Reads
 * nothing yet: see clock_refresh(). @rehearsal: from the settings. In production nothing
 * is read from the database. */
int clock_create(struct server *server, bool rehearsal, int64_t start_at,
                 struct clock **ret_clock);
/* Nothing may be under way: after pg is closed. The loop must run once more. Accepts
 * NULL. */
void clock_destroy(struct clock *clock);
bool clock_is_rehearsal(const struct clock *clock);
/* Plan time, ms since 1970 UTC. Never goes back while a server runs. */
int64_t clock_now(const struct clock *clock);
/* Somebody who waits for the row to be read; the memory is the caller's until done. */
struct clock_wait {
	/* Exactly once, later: 0, or why the clock may lag behind: E_DOWN, E_BUSY, ... */
	void (*done)(struct clock_wait *wait, int status);
	struct list link; /* private */
};
/* The row changed (or a reader polls): read it again. @wait may be NULL. A reading that
 * runs already does not count: one more follows it. When the time moved, streams are told
 * and the judge wakes. */
void clock_refresh(struct clock *clock, struct clock_wait *wait);

#endif
