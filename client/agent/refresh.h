/* Taking plan time, the current plan and our projects from the centre: one run at a time.
 */
#ifndef DUBAN_CLIENT_AGENT_REFRESH_H
#define DUBAN_CLIENT_AGENT_REFRESH_H

#include "client/agent/centre.h"
#include "client/agent/store.h"
#include "model/plan.h"

struct refresh {
	unsigned magic; /* private, as are the next eight */
#define REFRESH_MAGIC 0x4ef4e5a1U
	struct centre_call call;
	struct arena arena; /* of one answer */
	struct store *store;
	struct centre *centre;
	bool busy, again;
	bool changed;             /* the plan */
	int64_t run;              /* marks the projects of this run */
	char id[PLAN_ID_MAX + 1]; /* of the plan whose projects are taken */
	const char *plan;         /* the setting */
	/*
	 * The end of each run, once, later. 0: time and plan are in the store, and
	 * @changed says whether the plan is another one; negative: @why, borrowed.
	 */
	void (*done)(struct refresh *refresh, int status, bool changed, const char *why);
	void *context;
};

void refresh_init(struct refresh *refresh, struct centre *centre, struct store *store,
                  const char *plan);
/* Free what it holds; after centre_close() and the loop's end. */
void refresh_finish(struct refresh *refresh);
/* Start a run; while one is under way, another follows it. E_NOMEM, E_BUSY: done does
 * not run. */
int refresh_start(struct refresh *refresh);

#endif
