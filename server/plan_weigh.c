/*
 * Two versions, one set of figures:
 *
 *	newest figures of both versions' indicators ~ ~> (pool) plan_effects_weigh ~ ~>
 *done
 *
 * Nothing is written. What can go wrong: the database is away, or too much is waiting;
 * whoever asked may ask again.
 */
#include "server/plan_weigh.h"

#include "base/container.h"
#include "base/err.h"
#include "server/board_indicators.h"
#include "server/server.h"

static void on_facts(struct store_board *board, int status);
static void run(struct work_job *job);
static void on_weighed(struct work_job *job);

int plan_weigh_start(struct plan_weigh *weigh)
{
	const struct plan *plans[] = {weigh->from->plan, weigh->to};
	int r;

	weigh->board.plan = weigh->to->id;
	weigh->board.now = weigh->now;
	weigh->board.arena = weigh->arena;
	weigh->board.done = on_facts;
	r = board_indicators(weigh->arena, plans, 2, &weigh->board.indicators,
	                     &weigh->board.indicator_count);
	if (r == 0)
		r = store_board(weigh->srv->store, &weigh->board);
	if (r == 0)
		weigh->from = plan_version_ref(weigh->from);
	return r;
}

static void on_facts(struct store_board *board, int status)
{
	struct plan_weigh *weigh = container_of(board, struct plan_weigh, board);
	int r = status;

	weigh->job = (struct work_job){.run = run, .done = on_weighed};
	if (r == 0)
		r = work_submit(weigh->srv->work, &weigh->job);
	if (r < 0)
		weigh->done(weigh, r);
}

/* On a worker thread. */
static void run(struct work_job *job)
{
	struct plan_weigh *weigh = container_of(job, struct plan_weigh, job);

	weigh->status = plan_effects_weigh(weigh->arena, weigh->from->plan, weigh->to,
	                                   &weigh->board.facts, &weigh->effects);
}

static void on_weighed(struct work_job *job)
{
	struct plan_weigh *weigh = container_of(job, struct plan_weigh, job);

	weigh->done(weigh, weigh->status);
}

void plan_weigh_end(struct plan_weigh *weigh)
{
	plan_version_unref(weigh->from);
	weigh->from = NULL;
}
