/*
 * The judge: at the instants of the plan's timetable it decides who must be told what.
 *
 * It wakes at the next instant (to the millisecond in production, when the clock is
 * stepped in a rehearsal), when reports came in, and slowly besides, as a safety net. It
 * holds no state that matters: any number of judges may run on one database, each may
 * be killed at any point, and an alert is still decided once.
 */
#ifndef DUBAN_SERVER_JUDGE_H
#define DUBAN_SERVER_JUDGE_H

#include <stdint.h>

#include "base/list.h"

typedef struct uv_loop_s uv_loop_t;
struct judge;
struct server;

/*
 * Start judging. Borrows @srv (store, plans, clock, watch, deliver, settings) until
 * closed. E_NOMEM.
 */
int judge_create(struct server *srv, uv_loop_t *loop, struct judge **ret_judge);
/* Finish what was sent, then run @done, later; those who wait get E_CANCELLED first. */
void judge_close(struct judge *judge, void (*done)(void *context), void *context);

/* Something changed that alerts may depend on: look soon. Accepts NULL. Cheap: calls
 * that come close together lead to one pass. */
void judge_wake(struct judge *judge);

/* Somebody who needs everything at or before the present plan time to be decided. */
struct judge_wait {
	/* Exactly once, later: 0, or why it is not: E_DOWN, E_UNKNOWN, E_BUSY, E_NOMEM,
	 * E_INTERNAL, E_CANCELLED. */
	void (*done)(struct judge_wait *wait, int status);
	int64_t next_at;  /* result: the first instant after the present one; 0: none */
	struct list link; /* private */
};
/* Judge at once; a pass that runs already does not count, one more follows it. */
void judge_settle(struct judge *judge, struct judge_wait *wait);

#endif
