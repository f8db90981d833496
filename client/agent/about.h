/* The section and the period that a command is about, as people write them. */
#ifndef DUBAN_CLIENT_AGENT_ABOUT_H
#define DUBAN_CLIENT_AGENT_ABOUT_H

#include "model/period.h"
#include "model/plan.h"

struct about {
	const struct plan_section *section;
	struct period period;
	char text[PERIOD_TEXT_MAX]; /* "2022-09" */
};

/*
 * Read SECTION (id or name) and PERIOD; without one (NULL) it is the newest that was cut
 * off at plan time @now. AGENT_OK; AGENT_USAGE after saying what is allowed;
 * AGENT_REFUSED after saying that @unit has no task there.
 */
int about_read(const struct plan *plan, const char *unit, int64_t now,
               const char *const *args, struct about *ret_about);

#endif
