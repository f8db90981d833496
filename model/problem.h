/*
 * Problems (问题清单): what blocks a target or a project, with an owner, a measure and a
 *due date; and what may be done with one.
 *
 *	          note, change              note, change
 *	           .------.                  .------.
 *	           v      |     asked        v      |     closed
 *	register  open ---'  ------------>  asked --'  ------------>  closed
 *	           ^                          |
 *	           '-------- sent back -------'
 *
 * Closing (销号) takes two: the unit asks for it and says what was done, and somebody at
 * the bureau who neither registered the problem nor asked looks for himself and closes it
 * or sends it back (退办). Pure; both ends judge by it.
 */
#ifndef DUBAN_MODEL_PROBLEM_H
#define DUBAN_MODEL_PROBLEM_H

#include <stdbool.h>

#include "model/finding.h"
#include "model/plan.h"

#define PROBLEM_TOLD_MINUTE (9 * 60) /* of the day, when the plan names no hour */
#define PROBLEM_TITLE_MAX   100      /* characters, as all below */
#define PROBLEM_WORD_MAX    50       /* owner, telephone */
#define PROBLEM_PROJECT_MAX 64
#define PROBLEM_TEXT_MAX    1000 /* measure, what was done, why */

enum problem_kind {
	PROBLEM_LIMITED = 1, /* 限期整改: has a due date */
	PROBLEM_ONGOING,     /* 持续整改: may have one */
	PROBLEM_KINDS,
};

enum problem_state {
	PROBLEM_OPEN = 1, /* 整改中 */
	PROBLEM_ASKED,    /* 已申请销号: waits for the bureau */
	PROBLEM_CLOSED,   /* 已销号 */
	PROBLEM_STATES,
};

enum problem_act {
	PROBLEM_REGISTER = 1, /* 登记 */
	PROBLEM_NOTE,         /* 整改进展 */
	PROBLEM_ASK,          /* 申请销号 */
	PROBLEM_SEND_BACK,    /* 退办 */
	PROBLEM_CLOSE,        /* 销号 */
	PROBLEM_CHANGE,       /* 调整责任人、措施、期限 */
	PROBLEM_ACTS,
};

/* What may change while a problem is open. */
struct problem_terms {
	const char *owner, *telephone, *measure; /* never NULL */
	day due;                                 /* DAY_NONE: none */
};

/* As it is registered. Texts are never NULL; target and project may be "". */
struct problem {
	const char *unit, *section, *target, *project;
	enum problem_kind kind;
	const char *title;
	day found;
	struct problem_terms terms;
};

/* Open, and its due date is before @today: who has asked for closing waits for the
 * bureau, and is not overdue. */
bool problem_is_overdue(enum problem_state state, day due, day today);

/*
 * When the unit is told that a problem is overdue: on the working day after its due date,
 * at the hour at which the plan reminds. The ladder counts from then.
 */
int64_t problem_told_at(const struct plan *plan, day due);

/*
 * Judge a registration on @today. What is wrong is added to @findings as refusals:
 *
 *   Q-01  a unit, section or target that the plan does not have, or not for this unit
 *   Q-02  a text that is missing, too long, or holds control characters
 *   Q-03  a date that is missing, in the future, or before the one it follows
 *   Q-04  an unknown kind
 *
 *   0  acceptable     E_REFUSED, E_NOMEM as findings_result()
 */
int problem_check(const struct plan *plan, const struct problem *problem, day today,
                  struct findings *findings);

/* Somebody wants to do something with a problem. */
struct problem_step {
	enum problem_act act; /* not PROBLEM_REGISTER */
	enum problem_state state;
	enum problem_kind kind;
	day today;
	bool own;    /* who acts is of the problem's unit */
	bool bureau; /* who acts is of the lead department or the office */
	/* URIs: who acts, who registered it, who last asked for closing ("": nobody). */
	const char *by, *registered_by, *asked_by;
	const char *text; /* what was done, seen, or why; never NULL */
	/* As it stands; and what is asked for: "" and DAY_NONE leave it as it is. */
	const struct problem_terms *terms, *wanted;
};

/*
 * May it be done, and what is it then? @ret_field and @ret_why (static) say what is
 * wrong.
 *
 *   0          @ret_state and @ret_terms hold afterwards
 *   E_SYNTAX   a text or date is missing or not acceptable     E_RANGE  a text is too
 * long E_DENIED   this one may not    E_STATE  not in this state
 */
int problem_act(const struct problem_step *step, enum problem_state *ret_state,
                struct problem_terms *ret_terms, const char **ret_field,
                const char **ret_why);

#endif
