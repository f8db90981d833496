/*
 * 本期无变化, 零报告: a whole report made from the last one, so that what is signed says
 * everything by itself.
 */
#ifndef DUBAN_CLIENT_AGENT_RESTATE_H
#define DUBAN_CLIENT_AGENT_RESTATE_H

#include "model/period.h"
#include "model/plan.h"
#include "model/report.h"

struct restate {
	struct arena *arena;
	const struct plan *plan;
	uint32_t plan_version;
	const char *unit;
	const struct plan_section *section;
	struct period period;
	enum report_kind kind;     /* REPORT_NO_CHANGE or REPORT_ZERO */
	const struct report *last; /* of the newest period before; NULL: none */
	struct person persons[3];  /* filled in, reviewed, approved; name "": as last */
	const char *reason;        /* or NULL */
	int64_t plan_now, wall_now;
};

/*
 * Make it. Its id is zero still; results live in @arena or are borrowed.
 *
 *   E_NOT_FOUND  no change from what? nothing was reported before     E_NOMEM
 */
int restate_make(const struct restate *restate, struct report *ret_report);

/*
 * Say again of the figures what was said of them last time, where a comparison of the
 * plan still asks for it; true when something was added and judging again may help.
 * What asks for news (a stall, a fall, nothing changed for months) is answered by the
 * reporter, @restate->reason, or not at all.
 */
bool restate_answer(const struct restate *restate, const struct findings *findings,
                    struct report *report);

#endif
