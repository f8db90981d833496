/*
 * Judging a request and the bureau's answer by the plan. Pure: what the centre's tables
 * say comes in as facts.
 */
#ifndef DUBAN_MODEL_REQUEST_JUDGE_H
#define DUBAN_MODEL_REQUEST_JUDGE_H

#include "model/finding.h"
#include "model/period.h"
#include "model/request.h"
#include "model/validate.h"

#define REQUEST_WORKDAYS_MAX 60 /* that an extension or a consent may reach ahead */
#define REQUEST_TIMES_MAX    5  /* one subject may be asked about so often */

/* What stands when a request is judged. All zero: the plan does not ask this report of
 * this unit, and nothing was asked before. */
struct request_facts {
	bool asked;         /* the report is one that the unit owes */
	int64_t due, lock;  /* in force: the plan's, or of an extension */
	int64_t due_first;  /* the plan's */
	int64_t open_until; /* of a consent; 0: none */
	bool reported;
	/* Of a contest: */
	bool found;                 /* what is contested is there, and the unit's */
	enum timeliness timeliness; /* CONTEST_LATE */
	int64_t known_at;           /* when the unit was told */
	bool settled;               /* it counts no more: waived, withdrawn */
	bool decided;               /* contested before, and answered */
	const char *open;           /* number of the same request, still open; or "" */
	unsigned times;             /* asked about the same until now */
};

struct request_verdict {
	struct period period; /* of a score: zero when it is not one */
	int64_t until;        /* that is asked for; 0: none */
	int64_t answer_due;   /* 0: the plan sets no time */
};

/*
 * May the unit ask for this, at plan time @now? Findings have rules "S-10" to "S-51".
 *
 *   E_NOT_FOUND  unit, section, period, or what is contested
 *   E_DENIED     the section is not this unit's to report
 *   E_STATE      too late, not late enough, settled already, asked too often
 *   E_EXISTS     the same is asked already, and open
 *   E_REFUSED    a day that cannot be
 */
int request_judge(const struct plan *plan, const struct request *request,
                  const struct request_facts *facts, int64_t now,
                  struct findings *findings, struct request_verdict *ret_verdict);

/* What a term is asked or granted for, at plan time @now. */
struct request_term {
	const struct plan *plan;
	enum request_kind kind; /* REQUEST_EXTENSION or REQUEST_CONSENT */
	const struct request_facts *facts;
	int64_t now;
};
/* A day to which it may run: as an instant. E_REFUSED with a finding for "until". */
int request_until(const struct request_term *term, const char *until,
                  struct findings *findings, int64_t *ret_until);

/* The times of a period whose report is now due at @due: reminder and lock follow, as
 * far before and after as the plan has them. The lock is never earlier than @lock. */
void request_extension_times(const struct plan *plan, const struct period *period,
                             int64_t due, int64_t lock, struct period_times *ret_times);

/* Until when something that became known at @known_at may be contested; 0: the plan sets
 * no time. */
int64_t request_contest_until(const struct plan *plan, int64_t known_at);

#endif
