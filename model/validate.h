/*
 * Judging a report by its plan: pure, and the same code in the agent and the centre,
 * so that a district sees before sending what the centre will say.
 */
#ifndef DUBAN_MODEL_VALIDATE_H
#define DUBAN_MODEL_VALIDATE_H

#include "model/finding.h"
#include "model/period.h"
#include "model/plan.h"
#include "model/project.h"
#include "model/report.h"

/*
 * The version of the rules that are the program's own (the table in model/judging.h):
 * each receipt names it. Raised in every release in which one of them was added, taken
 * away or judges otherwise; the plan's rules have the plan's version.
 */
#define VALIDATE_RULES "1"

#define HISTORY_MAX    13 /* earlier reports that rules may look back at */

/* Rules of form that a program has to know by name: what an agent does about them is not
 * to show them only. */
#define RULE_LOCKED      "D-37"
#define RULE_SUPERSEDES  "D-38"
#define RULE_WHY_CHANGED "D-39"
#define RULE_PERSON      "D-53"
#define RULE_EARLIER     "D-78" /* of the centre: the period has a report already */

/*
 * What stands of a period already, and where its unit has other times than the plan's.
 * All zero: nothing was reported, and the plan's times hold.
 */
struct period_terms {
	int64_t due, lock;   /* of a granted extension; 0: the plan's */
	int64_t open_until;  /* a consent: taken until then in spite of the lock; 0: none
	                      */
	int64_t return_due;  /* the newest was returned and waits for its successor, due
	                        then; 0: it was not */
	const char *current; /* the newest accepted report's number; NULL or "": none */
	uint32_t revision;   /* its revision; 0: there is none */
};

/* The newest figure of a project before the period that is judged. */
struct project_last {
	struct project_figure figure;
	struct period period;
};

/* Accepted reports of the same unit and section, the newest first; of each period the
 * newest revision. */
struct history {
	struct period_terms terms; /* of the period that is judged */
	struct {
		struct period period;
		enum report_kind kind;
		const struct figure *figures;
		size_t figure_count;
		/* 复核不实: what it gave as well, and what no later report is held to. */
		const struct figure *withdrawn;
		size_t withdrawn_count;
	} reports[HISTORY_MAX];
	size_t count;
	/* The unit's projects in the section, ascending by id, and what each last
	 * reported of an indicator, in the order of project_figure_order(). */
	bool projects_known; /* false: the register was not asked */
	const struct project *projects;
	size_t project_count;
	const struct project_last *lasts;
	size_t last_count;
};

enum timeliness {
	ON_TIME = 1,
	LATE,
	AFTER_LOCK, /* 补报, or 更正 after the lock */
};

struct verdict {
	const struct plan_unit *unit;
	const struct plan_section *section;
	struct period period;
	struct period_times times;
	enum timeliness timeliness; /* when 0 was returned */
	uint32_t revision;          /* that the report will have */
};

/*
 * Judge @report at plan time @now. All rules run; everything found is added to
 * @findings with field, value, rule and what is allowed.
 *
 *   0          acceptable (findings may hold notices and answered questions)
 *   E_NOT_FOUND  unit, section or period is not in this plan
 *   E_DENIED   the section is not this unit's to report
 *   E_STATE    the period is not open yet, or locked for this unit
 *   E_REFUSED  contradictions, missing figures, missing reasons, wrong units ...
 *
 * In the first four cases of error findings says which and what is allowed, too.
 * @ret_verdict is filled in as far as it could be known.
 */
int validate_report(const struct plan *plan, const struct report *report,
                    const struct history *history, int64_t now, struct findings *findings,
                    struct verdict *ret_verdict);

#endif
