/* Who may say what about a figure: seen on the spot, not true after a re-check, accepted.
 * Pure. */
#ifndef DUBAN_SERVER_REVIEWS_CHECK_H
#define DUBAN_SERVER_REVIEWS_CHECK_H

#include <stdbool.h>

#include "model/evidence.h"
#include "server/refuse.h"

struct check_question {
	const struct plan_section *section;
	const char *indicator;
	struct quantity reported; /* by the report */
	const char *department;   /* the caller's */
	bool reviews; /* it leads the section, or is the working group's office */
	enum figure_standing says; /* FIGURE_SEEN or FIGURE_WITHDRAWN */
	/* An acceptance; none: no unit, "" and "". */
	struct quantity accepted;
	const char *accepted_on, *document;
	day today; /* of plan time */
};

/*
 * May this be said? Gives whether it is said as the plan's checker of the indicator.
 *
 *   E_DENIED  another department checks or accepts it, or leads the section
 *   E_SYNTAX, E_RANGE  an acceptance that is not whole, that nobody asks for, of more
 *             than was reported, or of a day that has not come
 *
 * With an error @refusal says why; its field is set.
 */
int check_judge(struct arena *arena, const struct check_question *question,
                bool *ret_as_checker, struct refusal *refusal);

#endif
