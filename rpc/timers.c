/*
 * Many deadlines on one libuv timer: a pairing heap, earliest on top.
 *
 * The libuv timer is only ever moved to an earlier time; when it fires too
 * early, because its deadline was cleared, it is armed again. A deadline per
 * call thus costs a few pointers, and most are cleared before they are due.
 */
#include "rpc/timers.h"

#include <stddef.h>

#include "base/check.h"

static void on_time(uv_timer_t *uv);
static void arm(struct timers *timers);
static struct timer *merge(struct timer *a, struct timer *b);
static struct timer *merge_siblings(struct timer *first);
static void cut(struct timers *timers, struct timer *timer);

void timers_init(struct timers *timers, uv_loop_t *loop)
{
	timers->first = NULL;
	timers->armed = 0;
	CHECK(uv_timer_init(loop, &timers->uv) == 0);
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t at)
{
	timers_clear(timers, timer);
	timer->at = at;
	timer->is_set = true;
	timer->child = NULL;
	timer->next = NULL;
	timer->prev = NULL;
	timers->first = merge(timers->first, timer);
	if (timers->armed == 0 || timers->first->at < timers->armed)
		arm(timers);
}

void timers_clear(struct timers *timers, struct timer *timer)
{
	if (!timer->is_set)
		return;
	cut(timers, timer);
	timer->is_set = false;
	if (timers->first == NULL && timers->armed != 0) {
		(void)uv_timer_stop(&timers->uv);
		timers->armed = 0;
	}
}

static void on_time(uv_timer_t *uv)
{
	struct timers *timers = container_of(uv, struct timers, uv);
	uint64_t now = uv_now(uv->loop);

	timers->armed = 0;
	while (timers->first != NULL && timers->first->at <= now) {
		struct timer *timer = timers->first;

		cut(timers, timer);
		timer->is_set = false;
		timer->fired(timer);
	}
	if (timers->first != NULL)
		arm(timers);
}

static void arm(struct timers *timers)
{
	uint64_t now = uv_now(timers->uv.loop), at = timers->first->at;

	timers->armed = at;
	CHECK(uv_timer_start(&timers->uv, on_time, at > now ? at - now : 0, 0) == 0);
}

static struct timer *merge(struct timer *a, struct timer *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? b : a;
	if (b->at < a->at) {
		struct timer *earlier = b;

		b = a;
		a = earlier;
	}
	b->prev = a;
	b->next = a->child;
	if (b->next != NULL)
		b->next->prev = b;
	a->child = b;
	a->next = NULL;
	a->prev = NULL;
	return a;
}

/* Merge in pairs from left to right, then the pairs into one. */
static struct timer *merge_siblings(struct timer *first)
{
	struct timer *pairs = NULL, *top = NULL;

	while (first != NULL) {
		struct timer *a = first, *b = a->next, *pair;

		first = b == NULL ? NULL : b->next;
		a->next = NULL;
		a->prev = NULL;
		if (b != NULL) {
			b->next = NULL;
			b->prev = NULL;
		}
		pair = merge(a, b);
		pair->next = pairs;
		pairs = pair;
	}
	while (pairs != NULL) {
		struct timer *next = pairs->next;

		pairs->next = NULL;
		top = merge(top, pairs);
		pairs = next;
	}
	return top;
}

static void cut(struct timers *timers, struct timer *timer)
{
	struct timer *rest = merge_siblings(timer->child);

	timer->child = NULL;
	if (timers->first == timer) {
		timers->first = rest;
		return;
	}
	if (timer->prev->child == timer)
		timer->prev->child = timer->next;
	else
		timer->prev->next = timer->next;
	if (timer->next != NULL)
		timer->next->prev = timer->prev;
	timers->first = merge(timers->first, rest);
}
