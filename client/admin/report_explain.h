/* duban reports explain: from each figure of a report to what it was judged by. */
#ifndef DUBAN_CLIENT_ADMIN_REPORT_EXPLAIN_H
#define DUBAN_CLIENT_ADMIN_REPORT_EXPLAIN_H

#include <duban/v1/board.pb-c.h>
#include <duban/v1/reviews.pb-c.h>
#include <stdbool.h>

#include "client/admin/report_open.h"
#include "model/calendar.h"

struct admin;
struct plan;
struct plan_indicator;
struct plan_rule;
struct plan_section;
struct plan_target;
struct plan_unit;

/* Everything behind one report; lives in the command's arena. */
struct explanation {
	struct opened_report opened;
	uint32_t version; /* of the plan that judged it, as the receipt says */
	const struct plan *plan;
	const struct plan_section *section; /* NULL: that version has none such */
	const struct plan_unit *unit;       /* as above */
	day on; /* the last day of its period: tasks are those of this day */
	const Duban__V1__GetLifeResponse *life;
	const Duban__V1__ListLightsResponse *lights;
};

int report_explain(struct admin *admin, const char *const *args);

/* For report_explain_json.c. */
int report_explain_json(struct admin *admin, const struct explanation *explained);
/* Does @indicator count for @target: itself, or as a part of its share? */
bool explain_measures(const struct plan_target *target,
                      const struct plan_indicator *indicator);
/* Does @rule look at this indicator? Of two structs that state the same rule only the
 * first answers true. */
bool explain_asks(const struct plan_section *section, const struct plan_rule *rule,
                  const struct plan_indicator *indicator);
/* What @rule said of this report; NULL: nothing. */
const struct finding *explain_finding(const struct explanation *explained,
                                      const struct plan_rule *rule);
/* Is @finding about the whole report, or by a rule of form about no rule of the plan? */
bool explain_is_other(const struct explanation *explained, const struct finding *finding);
/* How far the figure stands now: the last check, else the review. */
Duban__V1__Standing explain_standing(const struct explanation *explained,
                                     const char *indicator);
const char *explain_clause(const struct plan_target *target); /* "" without one */

#endif
