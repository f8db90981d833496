/*
 * Plan time:
 *
 *   production: wall time.
 *   rehearsal:  clock_refresh -> read the row (made at the first reading) ~ ~> moved?
 *               -> streams told, judge woken -> waiters
 *
 * What can go wrong, and who must act: the row cannot be read for a while. Nobody: the
 * time stays where it was, and is read again every few seconds.
 */
#include "server/clock.h"

#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/judge.h"
#include "server/server.h"
#include "server/store_clock_read.h"
#include "server/watch.h"

#define POLL 3000 /* ms: a safety net under the notifications */

struct clock {
	unsigned magic;
#define CLOCK_MAGIC 0x70c3f95eU
	struct server *server;
	bool rehearsal;
	int64_t start_at, now;
	struct list waiting; /* struct clock_wait: for the next reading */
	struct list served;  /* by the one that runs */
	bool reading, again, has_read;
	int unread; /* why the reading did not even begin, or 0 */
	uv_timer_t poll, later;
	unsigned handles;
	struct store_clock_read row;
};

static void on_poll(uv_timer_t *timer);
static void on_later(uv_timer_t *timer);
static void read_row(struct clock *clock);
static void on_read(struct store_clock_read *row, int status);
static void move(struct clock *clock, int64_t to);
static void serve(struct clock *clock, int status);
static void on_timer_closed(uv_handle_t *handle);

int64_t wall_now(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_create(struct server *server, bool rehearsal, int64_t start_at,
                 struct clock **ret_clock)
{
	struct clock *clock = calloc(1, sizeof(*clock));
	uv_loop_t *loop = pg_loop(store_pg(server->store));

	if (clock == NULL)
		return E_NOMEM;
	clock->magic = CLOCK_MAGIC;
	clock->server = server;
	clock->rehearsal = rehearsal;
	clock->start_at = clock->now = start_at;
	list_init(&clock->waiting);
	list_init(&clock->served);
	CHECK(uv_timer_init(loop, &clock->poll) == 0);
	CHECK(uv_timer_init(loop, &clock->later) == 0);
	clock->poll.data = clock->later.data = clock;
	clock->handles = 2;
	if (rehearsal)
		(void)uv_timer_start(&clock->poll, on_poll, POLL, POLL);
	*ret_clock = clock;
	return 0;
}

bool clock_is_rehearsal(const struct clock *clock)
{
	return clock->rehearsal;
}

int64_t clock_now(const struct clock *clock)
{
	return clock->rehearsal ? clock->now : wall_now();
}

static void on_poll(uv_timer_t *timer)
{
	clock_refresh(timer->data, NULL);
}

void clock_refresh(struct clock *clock, struct clock_wait *wait)
{
	CHECK_MAGIC(clock, CLOCK_MAGIC);
	if (wait != NULL)
		list_push(&clock->waiting, &wait->link);
	if (clock->reading)
		clock->again = true;
	else if (!uv_is_active((uv_handle_t *)&clock->later))
		read_row(clock);
}

/* In production there is nothing to read, and who waits is served in the next turn. */
static void read_row(struct clock *clock)
{
	struct list *node;

	clock->again = false;
	while ((node = list_pop(&clock->waiting)) != NULL)
		list_push(&clock->served, node);
	clock->unread = 0;
	if (clock->rehearsal) {
		clock->row.start_at = clock->start_at;
		clock->row.done = on_read;
		clock->unread = store_clock_read(clock->server->store, &clock->row);
		clock->reading = clock->unread == 0;
	}
	if (!clock->reading)
		(void)uv_timer_start(&clock->later, on_later, 0, 0);
}

static void on_later(uv_timer_t *timer)
{
	struct clock *clock = timer->data;

	CHECK_MAGIC(clock, CLOCK_MAGIC);
	serve(clock, clock->unread);
}

static void on_read(struct store_clock_read *row, int status)
{
	struct clock *clock = container_of(row, struct clock, row);

	CHECK_MAGIC(clock, CLOCK_MAGIC);
	clock->reading = false;
	if (status == 0)
		move(clock, row->plan_at);
	serve(clock, status);
}

/* At first to where the row is; from then on only forward. */
static void move(struct clock *clock, int64_t to)
{
	if (clock->has_read && to < clock->now)
		log_event(LOG_WARN, "clock_went_back", log_int("from", clock->now),
		          log_int("to", to));
	if (clock->has_read && to <= clock->now)
		return;
	clock->has_read = true;
	clock->now = to;
	watch_clock_changed(clock->server->watch);
	judge_wake(clock->server->judge);
}

static void serve(struct clock *clock, int status)
{
	struct list served, *node;

	list_init(&served);
	while ((node = list_pop(&clock->served)) != NULL)
		list_push(&served, node);
	if (clock->again || !list_empty(&clock->waiting))
		read_row(clock);
	while ((node = list_pop(&served)) != NULL) {
		struct clock_wait *wait = list_entry(node, struct clock_wait, link);

		wait->done(wait, status);
	}
}

void clock_destroy(struct clock *clock)
{
	if (clock == NULL)
		return;
	CHECK_MAGIC(clock, CLOCK_MAGIC);
	CHECK(!clock->reading);
	uv_close((uv_handle_t *)&clock->poll, on_timer_closed);
	uv_close((uv_handle_t *)&clock->later, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct clock *clock = handle->data;

	if (--clock->handles > 0)
		return;
	clock->magic = 0;
	free(clock);
}
