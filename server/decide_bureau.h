/* What a row of the timetable leads to that is about the bureau itself: a review, or the
 * answer to a request, that is overdue. Pure. */
#ifndef DUBAN_SERVER_DECIDE_BUREAU_H
#define DUBAN_SERVER_DECIDE_BUREAU_H

#include "server/decide.h"

/*
 * ALERT_REVIEW_OVERDUE and ALERT_REQUEST_RECEIVED. Levels are the bureau's own ladder:
 *
 *	review   1 the lead department, 2 the office: content
 *	         3 the office, 4 the first leader of the plan's ladder: totals
 *	request  1 the office, 2 and more each leader of the plan's ladder
 *
 * The higher ones come when the plan's own ladder would: the first step that is not the
 * unit itself, the steps that have a role. What was done meanwhile leads to nothing.
 *
 *   E_NOMEM
 */
int decide_bureau(struct arena *arena, const struct plan *plan, const struct due_row *row,
                  int64_t now, struct decision *decision);

#endif
