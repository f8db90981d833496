/*
 * One pass of the judge:
 *
 *	        .--------------- more rows ----------------.
 *	        v                                          |
 *	idle -> read due rows ~ ~> decide (pure) -> write ~ ~> clear reports ~ ~
 *	  ^                                                        |
 *	  |      .------- more -------.                            v
 *	  |      v                    |                            |
 *	  |     read open lights ~ ~> clear lights ~ ~ <-----------'
 *	  |                           |
 *	  '--- check the city ~ ~ <-- judge lights ~ ~ (judge_lights.c, judge_city.c)
 *
 * "~ ~>" waits for the database. One pass runs at a time; what wakes the judge meanwhile
 * makes one more pass follow. When a pass ends, a timer is set to the next instant.
 *
 * What can go wrong, and who has to act:
 *
 *  - The database is away: the pass ends, those who wait are told, and the slow timer
 *    tries again. Nothing is lost, rows stay undone. Nobody need act.
 *  - A row names a plan version that is newer than the one in memory: another server
 *    applied it. The plans are read again, and the row waits for the next pass.
 *  - A row makes no progress (its figures change under us): it is judged again, at most
 *    JUDGE_GROUPS_MAX groups a pass, then at the next wake.
 *  - Killed anywhere: the rows of the group that was under way are undone or done, with
 *    all their alerts; see store_judge.c.
 */
#include "server/judge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/judge_city.h"
#include "server/judge_lights.h"
#include "server/plans.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/store_judge.h"
#include "server/watch.h"

#define JUDGE_GROUP      500                 /* rows read at once */
#define JUDGE_GROUPS_MAX 10000               /* in one pass: five million rows */
#define JUDGE_MEMORY_MAX (64u * 1024 * 1024) /* for one group */
#define JUDGE_POLL       15000               /* ms: the safety net */
#define JUDGE_REST       200                 /* ms between passes that reports cause */
#define JUDGE_RETRY      1000                /* ms after a pass that failed */
#define JUDGE_OVERLAP    60000 /* ms: how far servers' clocks may be apart */

struct judge {
	unsigned magic;
#define JUDGE_MAGIC 0x6a7d9e01U
	struct server *srv;
	uv_timer_t timer;
	bool running, again, closing;
	uint64_t ended_at;       /* loop time at which the last pass ended */
	int64_t now;             /* plan time of this pass */
	int64_t next_at;         /* as the last read said */
	int64_t cleared_through; /* plan time up to which lights were looked at */
	unsigned groups;
	size_t inserted;           /* in this pass */
	bool stuck;                /* rows are left that this pass cannot decide */
	struct list waits, served; /* who waits for the next pass; for this one */
	void (*closed)(void *context);
	void *closed_context;
	/* One group; the arena holds everything of it. */
	struct arena arena;
	struct store_due due;
	struct judged_row *judged;
	const struct wanted_alert **wanted;
	size_t judged_count, wanted_count, wanted_capacity;
	struct store_decide decide;
	struct store_clear_reports clear_reports;
	struct store_open_alerts open;
	struct store_clear clear;
	struct judge_lights lights;
	struct judge_city city;
};

static void on_timer(uv_timer_t *timer);
static void begin_pass(struct judge *judge);
static void begin_group(struct judge *judge);
static int read_group(struct judge *judge);
static void on_read(struct store_due *due, int status);
static int decide_group(struct judge *judge);
static int decide_one(struct judge *judge, const struct due_row *row);
static const struct plan *find_plan(struct judge *judge, const struct due_row *row,
                                    bool *ret_wait);
static int keep_wanted(struct judge *judge, struct wanted_alert *first);
static int write_group(struct judge *judge);
static void on_written(struct store_decide *decide, int status);
static void clear_reports(struct judge *judge);
static void on_reports_cleared(struct store_clear_reports *clear, int status);
static void read_open(struct judge *judge, int64_t after);
static void on_open(struct store_open_alerts *open, int status);
static int clear_lights(struct judge *judge);
static void on_lights_cleared(struct store_clear *clear, int status);
static void go_on_clearing(struct judge *judge);
static void judge_lights(struct judge *judge);
static void on_lights(struct judge_lights *lights, int status);
static void on_city(struct judge_city *city, int status);
static void end_pass(struct judge *judge, int status);
static void answer_waits(struct list *waits, int status, int64_t next_at);
static void set_timer(struct judge *judge, uint64_t delay);
static uint64_t next_delay(const struct judge *judge, int status);
static void finish_close(struct judge *judge);
static void on_timer_closed(uv_handle_t *handle);

int judge_create(struct server *srv, uv_loop_t *loop, struct judge **ret_judge)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (judge == NULL)
		return E_NOMEM;
	judge->magic = JUDGE_MAGIC;
	judge->srv = srv;
	list_init(&judge->waits);
	list_init(&judge->served);
	arena_init(&judge->arena, JUDGE_MEMORY_MAX);
	CHECK(uv_timer_init(loop, &judge->timer) == 0);
	judge->timer.data = judge;
	judge->due.done = on_read;
	judge->decide.done = on_written;
	judge->clear_reports.done = on_reports_cleared;
	judge->open.done = on_open;
	judge->clear.done = on_lights_cleared;
	judge->lights.srv = srv;
	judge->lights.done = on_lights;
	judge->city.srv = srv;
	judge->city.done = on_city;
	set_timer(judge, 0);
	*ret_judge = judge;
	return 0;
}

void judge_wake(struct judge *judge)
{
	uint64_t rested;

	if (judge == NULL || judge->closing)
		return;
	judge->again = true;
	if (judge->running)
		return;
	rested = uv_now(judge->timer.loop) - judge->ended_at;
	set_timer(judge, rested >= JUDGE_REST ? 0 : JUDGE_REST - rested);
}

void judge_settle(struct judge *judge, struct judge_wait *wait)
{
	CHECK(!judge->closing);
	list_init(&wait->link);
	list_push(&judge->waits, &wait->link);
	judge->again = true;
	if (!judge->running)
		set_timer(judge, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct judge *judge = timer->data;

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (!judge->running)
		begin_pass(judge);
}

static void begin_pass(struct judge *judge)
{
	struct list *node;

	judge->running = true;
	judge->again = judge->stuck = false;
	judge->now = clock_now(judge->srv->clock);
	judge->groups = 0;
	judge->inserted = 0;
	while ((node = list_pop(&judge->waits)) != NULL)
		list_push(&judge->served, node);
	begin_group(judge);
}

static void begin_group(struct judge *judge)
{
	int r = read_group(judge);

	if (r < 0)
		end_pass(judge, r);
}

static int read_group(struct judge *judge)
{
	arena_finish(&judge->arena);
	judge->groups++;
	judge->due.now = judge->now;
	judge->due.limit = JUDGE_GROUP;
	judge->due.arena = &judge->arena;
	return store_due(judge->srv->store, &judge->due);
}

static void on_read(struct store_due *due, int status)
{
	struct judge *judge = container_of(due, struct judge, due);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (status == 0 && due->count > 0 && !judge->closing)
		status = decide_group(judge);
	else if (status == 0)
		judge->judged_count = 0;
	if (status == 0 && judge->judged_count > 0) {
		status = write_group(judge);
		if (status == 0)
			return;
	}
	judge->next_at = due->next_at;
	if (status < 0)
		end_pass(judge, status);
	else
		clear_reports(judge);
}

/* Everything in the group that this server can decide. */
static int decide_group(struct judge *judge)
{
	judge->judged =
		arena_new_array(&judge->arena, judge->due.count, struct judged_row);
	judge->judged_count = judge->wanted_count = judge->wanted_capacity = 0;
	judge->wanted = NULL;
	if (judge->judged == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < judge->due.count; i++) {
		int r = decide_one(judge, &judge->due.rows[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int decide_one(struct judge *judge, const struct due_row *row)
{
	struct decision decision = {.outcome = OUTCOME_DONE};
	bool wait = false;
	const struct plan *plan = find_plan(judge, row, &wait);
	int r = 0;

	if (wait) {
		judge->stuck = true;
		return 0;
	}
	if (plan != NULL)
		r = decide_row(&judge->arena, plan, row, judge->now, &decision);
	if (r == 0)
		r = keep_wanted(judge, decision.first);
	if (r == 0)
		judge->judged[judge->judged_count++] =
			(struct judged_row){.row = row,
		                            .outcome = decision.outcome,
		                            .again_at = decision.again_at};
	return r;
}

/* NULL with @ret_wait false: the plan is gone, and with it the question. */
static const struct plan *find_plan(struct judge *judge, const struct due_row *row,
                                    bool *ret_wait)
{
	const struct plan_version *version = plans_get(judge->srv->plans, row->plan);

	*ret_wait = version == NULL || version->version < row->plan_version;
	if (*ret_wait && !judge->stuck)
		plans_refresh(judge->srv->plans, NULL);
	return *ret_wait ? NULL : version->plan;
}

static int keep_wanted(struct judge *judge, struct wanted_alert *first)
{
	for (struct wanted_alert *alert = first; alert != NULL; alert = alert->next) {
		const struct wanted_alert **larger =
			arena_grow(&judge->arena, judge->wanted, judge->wanted_count,
		                   &judge->wanted_capacity,
		                   sizeof(struct wanted_alert *));

		if (larger == NULL)
			return E_NOMEM;
		judge->wanted = larger;
		judge->wanted[judge->wanted_count++] = alert;
	}
	return 0;
}

static int write_group(struct judge *judge)
{
	struct store_decide *decide = &judge->decide;

	decide->now = judge->now;
	decide->wall_now = wall_now();
	decide->judged = judge->judged;
	decide->judged_count = judge->judged_count;
	decide->wanted = judge->wanted;
	decide->wanted_count = judge->wanted_count;
	decide->contacts = judge->srv->settings->contacts;
	decide->contact_count = judge->srv->settings->contact_count;
	decide->arena = &judge->arena;
	return store_decide(judge->srv->store, decide);
}

static void on_written(struct store_decide *decide, int status)
{
	struct judge *judge = container_of(decide, struct judge, decide);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (status == 0 && decide->inserted > 0) {
		judge->inserted += decide->inserted;
		watch_wake(judge->srv->watch);
		deliver_wake(judge->srv->deliver);
	}
	if (status < 0 || judge->closing)
		end_pass(judge, status < 0 ? status : E_CANCELLED);
	else if (judge->groups >= JUDGE_GROUPS_MAX || judge->stuck)
		clear_reports(judge);
	else
		begin_group(judge);
}

static void clear_reports(struct judge *judge)
{
	int r = store_clear_reports(judge->srv->store, &judge->clear_reports);

	if (r < 0)
		end_pass(judge, r);
}

static void on_reports_cleared(struct store_clear_reports *clear, int status)
{
	struct judge *judge = container_of(clear, struct judge, clear_reports);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (status < 0)
		end_pass(judge, status);
	else
		read_open(judge, 0);
}

static void read_open(struct judge *judge, int64_t after)
{
	struct store_open_alerts *open = &judge->open;
	int r;

	arena_finish(&judge->arena);
	open->after = after;
	open->since = judge->cleared_through;
	open->limit = JUDGE_GROUP;
	open->arena = &judge->arena;
	r = store_open_alerts(judge->srv->store, open);
	if (r < 0)
		end_pass(judge, r);
}

static void on_open(struct store_open_alerts *open, int status)
{
	struct judge *judge = container_of(open, struct judge, open);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (status == 0)
		status = clear_lights(judge);
	if (status < 0)
		end_pass(judge, status);
	else if (judge->clear.count == 0)
		go_on_clearing(judge);
}

/* On 0 either nothing is to be cleared (clear.count is 0), or it was sent. */
static int clear_lights(struct judge *judge)
{
	size_t count = judge->open.count;
	int64_t *cursors = arena_new_array(&judge->arena, count, int64_t);
	const char **numbers = arena_new_array(&judge->arena, count, const char *);
	struct store_clear *clear = &judge->clear;

	clear->count = 0;
	if (cursors == NULL || numbers == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct open_alert *alert = &judge->open.alerts[i];
		const struct plan_version *version =
			plans_get(judge->srv->plans, alert->plan);

		if (version == NULL || !decide_is_cleared(version->plan, alert))
			continue;
		cursors[clear->count] = alert->cursor;
		numbers[clear->count++] = alert->newest.number;
	}
	clear->cursors = cursors;
	clear->numbers = numbers;
	clear->arena = &judge->arena;
	return clear->count > 0 ? store_clear(judge->srv->store, clear) : 0;
}

static void on_lights_cleared(struct store_clear *clear, int status)
{
	struct judge *judge = container_of(clear, struct judge, clear);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (status < 0)
		end_pass(judge, status);
	else
		go_on_clearing(judge);
}

static void go_on_clearing(struct judge *judge)
{
	const struct store_open_alerts *open = &judge->open;

	if (open->count == JUDGE_GROUP && !judge->closing) {
		read_open(judge, open->alerts[open->count - 1].cursor);
		return;
	}
	judge->cleared_through = judge->now - JUDGE_OVERLAP;
	if (judge->closing)
		end_pass(judge, 0);
	else
		judge_lights(judge);
}

static void judge_lights(struct judge *judge)
{
	int r = judge_lights_run(&judge->lights, judge->now);

	if (r < 0)
		end_pass(judge, r);
}

static void on_lights(struct judge_lights *lights, int status)
{
	struct judge *judge = container_of(lights, struct judge, lights);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (status == 0)
		status = judge_city_run(&judge->city, judge->now);
	if (status < 0)
		end_pass(judge, status);
}

static void on_city(struct judge_city *city, int status)
{
	struct judge *judge = container_of(city, struct judge, city);

	CHECK_MAGIC(judge, JUDGE_MAGIC);
	if (city->inserted > 0) {
		judge->inserted += city->inserted;
		watch_wake(judge->srv->watch);
		deliver_wake(judge->srv->deliver);
	}
	end_pass(judge, status == 0 && judge->stuck ? E_BUSY : status);
}

/* The only way out of a pass. */
static void end_pass(struct judge *judge, int status)
{
	arena_finish(&judge->arena);
	judge->running = false;
	judge->ended_at = uv_now(judge->timer.loop);
	if (status < 0)
		log_event(LOG_WARN, "judge", log_str("result", err_name(status)));
	else if (judge->inserted > 0)
		log_event(LOG_INFO, "judge", log_int("alerts", (int64_t)judge->inserted),
		          log_int("plan_at", judge->now));
	answer_waits(&judge->served, status, judge->next_at);
	if (judge->closing)
		finish_close(judge);
	else
		set_timer(judge, next_delay(judge, status));
}

/* Those who answer may wait again; they join the other list. */
static void answer_waits(struct list *waits, int status, int64_t next_at)
{
	struct list *node;

	while ((node = list_pop(waits)) != NULL) {
		struct judge_wait *wait = list_entry(node, struct judge_wait, link);

		wait->next_at = next_at;
		wait->done(wait, status);
	}
}

static void set_timer(struct judge *judge, uint64_t delay)
{
	CHECK(uv_timer_start(&judge->timer, on_timer, delay, 0) == 0);
}

/* Production: the next instant to the millisecond. A rehearsal's clock stands. */
static uint64_t next_delay(const struct judge *judge, int status)
{
	int64_t left;

	if (!list_empty(&judge->waits))
		return 0;
	if (status < 0)
		return JUDGE_RETRY;
	if (judge->again)
		return JUDGE_REST;
	if (judge->next_at == 0 || clock_is_rehearsal(judge->srv->clock))
		return JUDGE_POLL;
	left = judge->next_at - clock_now(judge->srv->clock);
	if (left <= 0)
		return 0;
	return left < JUDGE_POLL ? (uint64_t)left : JUDGE_POLL;
}

void judge_close(struct judge *judge, void (*done)(void *context), void *context)
{
	judge->closing = judge->lights.closing = judge->city.closing = true;
	judge->closed = done;
	judge->closed_context = context;
	CHECK(uv_timer_stop(&judge->timer) == 0);
	if (!judge->running)
		finish_close(judge);
}

static void finish_close(struct judge *judge)
{
	answer_waits(&judge->served, E_CANCELLED, 0);
	answer_waits(&judge->waits, E_CANCELLED, 0);
	uv_close((uv_handle_t *)&judge->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct judge *judge = handle->data;
	void (*closed)(void *context) = judge->closed;
	void *context = judge->closed_context;

	arena_finish(&judge->arena);
	judge->magic = 0;
	free(judge);
	if (closed != NULL)
		closed(context);
}
