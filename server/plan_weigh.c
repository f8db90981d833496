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
#include "server/assessment_facts.h"
#include "server/board_indicators.h"
#include "server/plan_effects_scores.h"
#include "server/server.h"

static void on_facts(struct store_board *board, int status);
static bool choose_range(struct plan_weigh *weigh);
static void on_score_facts(struct store_score_facts *facts, int status);
static int to_pool(struct plan_weigh *weigh);
static void run(struct work_job *job);
static int weigh_scores(struct plan_weigh *weigh);
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

	if (r == 0 && choose_range(weigh))
		r = store_score_facts(weigh->srv->store, &weigh->scores);
	else if (r == 0)
		r = to_pool(weigh);
	if (r < 0)
		weigh->done(weigh, r);
}

/* False: nothing is scored. */
static bool choose_range(struct plan_weigh *weigh)
{
	const struct plan *from = weigh->from->plan;
	struct store_score_facts *facts = &weigh->scores;
	day today = instant_day(weigh->now, from->utc_offset);
	struct period year = period_of(YEARLY, today);

	if (from->scoring.scheme == SCORING_NONE &&
	    weigh->to->scoring.scheme == SCORING_NONE)
		return false;
	weigh->range = (struct score_range){.from = year, .to = year};
	if (assessment_periods(weigh->arena, from, &weigh->range, &facts->periods,
	                       &facts->period_count) < 0)
		return false;
	score_range_print(&weigh->range, weigh->range_text);
	facts->plan = from->id;
	facts->known_at = weigh->now;
	facts->since =
		instant_of(score_range_first_day(&weigh->range), 0, from->utc_offset);
	facts->explained = true;
	facts->arena = weigh->arena;
	facts->done = on_score_facts;
	return true;
}

static void on_score_facts(struct store_score_facts *facts, int status)
{
	struct plan_weigh *weigh = container_of(facts, struct plan_weigh, scores);
	int r = status;

	if (r == E_LIMIT) { /* more than anybody compares: all but the scores */
		weigh->range_text[0] = '\0';
		r = 0;
	}
	if (r == 0)
		r = to_pool(weigh);
	if (r < 0)
		weigh->done(weigh, r);
}

static int to_pool(struct plan_weigh *weigh)
{
	weigh->job = (struct work_job){.run = run, .done = on_weighed};
	return work_submit(weigh->srv->work, &weigh->job);
}

/* On a worker thread. */
static void run(struct work_job *job)
{
	struct plan_weigh *weigh = container_of(job, struct plan_weigh, job);

	weigh->status = plan_effects_weigh(weigh->arena, weigh->from->plan, weigh->to,
	                                   &weigh->board.facts, &weigh->effects);
	if (weigh->status == 0 && weigh->range_text[0] != '\0')
		weigh->status = weigh_scores(weigh);
}

static int weigh_scores(struct plan_weigh *weigh)
{
	const struct assessment shared = {
		.plan_version = weigh->from->version,
		.range = weigh->range,
		.known_at = weigh->now,
		.rows = &weigh->scores,
	};

	weigh->effects->score_range = weigh->range_text;
	return plan_effects_scores(weigh->arena, weigh->from->plan, weigh->to, &shared,
	                           weigh->effects);
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
