/*
 * Many deadlines on one libuv timer.
 *
 * A timer lives inside the object that waits; setting and clearing allocate
 * nothing. Times are uv_now() milliseconds.
 */
#ifndef RPC_TIMERS_H
#define RPC_TIMERS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct timer {
	uint64_t at;
	void (*fired)(struct timer *timer);
	bool is_set;
	struct timer *child, *next, *prev; /* a pairing heap; prev: sibling or parent */
};

struct timers {
	uv_timer_t uv;
	struct timer *first; /* the earliest; NULL: none */
	uint64_t armed;      /* what the libuv timer waits for; 0: nothing */
};

void timers_init(struct timers *timers, uv_loop_t *loop);
/* Call @timer->fired at @at or soon after, never from inside; replaces what was set. */
void timers_set(struct timers *timers, struct timer *timer, uint64_t at);
/* Accepts a timer that is not set. */
void timers_clear(struct timers *timers, struct timer *timer);

#endif
