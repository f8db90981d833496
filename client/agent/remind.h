/* What this district should have reported and has not, by the plan's own times. Pure. */
#ifndef DUBAN_CLIENT_AGENT_REMIND_H
#define DUBAN_CLIENT_AGENT_REMIND_H

#include "model/period.h"
#include "model/plan.h"

enum remind_stage {
	REMIND_DUE_SOON = 1, /* from the plan's reminder time on */
	REMIND_OVERDUE,      /* from the due time on */
	REMIND_LOCKED,       /* not reported, and no longer taken */
};
const char *remind_stage_name(enum remind_stage stage); /* "due_soon"; static */

struct remind_item {
	const struct plan_section *section;
	struct period period;
	struct period_times times;
	enum remind_stage stage;
};

/*
 * Visit every report that @unit owes at plan time @now: those whose reminder time came
 * and that are not locked yet, and of the newest period that was cut off, those that are.
 */
struct remind_query {
	const struct plan *plan;
	const char *unit;
	int64_t now;
	/* Whether a report is made already: it waits here or was acknowledged. */
	bool (*has)(void *context, const struct plan_section *section,
	            const struct period *period);
	void (*visit)(void *context, const struct remind_item *item);
	/* Where the unit has other times than the plan's. May be NULL. */
	void (*adjust)(void *context, const struct plan_section *section,
	               const struct period *period, struct period_times *times);
	void *context;
};
void remind_find(const struct remind_query *query);
/* The first period that falls due after now and of which a report is not made yet; false:
 * there is none. Visits nothing. */
bool remind_next(const struct remind_query *query, struct period *ret_period,
                 struct period_times *ret_times);

#endif
