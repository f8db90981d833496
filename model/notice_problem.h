/* What is told at once when something is done with a problem: asked to be closed, or sent
 * back. */
#ifndef DUBAN_MODEL_NOTICE_PROBLEM_H
#define DUBAN_MODEL_NOTICE_PROBLEM_H

#include "model/notice.h"
#include "model/problem.h"

struct notice_problem {
	enum problem_act act; /* PROBLEM_ASK: to the section's lead department;
	                       * PROBLEM_SEND_BACK: to the unit */
	const struct plan_unit *unit;
	const struct plan_section *section;
	const struct plan_department *by; /* who sends back; NULL: nobody of the plan */
	const char *number, *title, *owner;
	day due;          /* DAY_NONE: none */
	const char *text; /* what was done, or why */
};

/* Both texts in @arena. E_NOMEM. */
int notice_problem_write(struct arena *arena, const struct plan *plan,
                         const struct notice_problem *about, struct notice *ret_notice);

#endif
