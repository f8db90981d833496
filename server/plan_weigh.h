/* What a version that is not published yet would change, by what the database holds. */
#ifndef DUBAN_SERVER_PLAN_WEIGH_H
#define DUBAN_SERVER_PLAN_WEIGH_H

#include "server/plan_effects.h"
#include "server/plan_version.h"
#include "server/store_board.h"
#include "server/store_score.h"
#include "server/work.h"

struct server;

/* One comparison. Fill in the first part. */
struct plan_weigh {
	struct server *srv;
	const struct plan_version *from; /* in force; held by the comparison until done */
	const struct plan *to;           /* borrowed until done */
	int64_t now;                     /* plan time */
	struct arena *arena;             /* nobody else uses it until done */
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_BUSY, E_NOMEM, E_INTERNAL.
	 * @effects borrows from both plans. */
	void (*done)(struct plan_weigh *weigh, int status);

	struct plan_effects *effects; /* result */
	struct store_board board;     /* private from here */
	struct store_score_facts scores;
	struct score_range range;
	char range_text[SCORE_RANGE_TEXT_MAX]; /* "": nothing is scored */
	struct work_job job;
	int status;
};

/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int plan_weigh_start(struct plan_weigh *weigh);
/* The version in force is needed no more. After done, once. */
void plan_weigh_end(struct plan_weigh *weigh);

#endif
