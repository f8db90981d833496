/* What rules say about a report: data, made into sentences in one place. */
#ifndef DUBAN_MODEL_FINDING_H
#define DUBAN_MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/plan.h"

#define FINDINGS_MAX 100 /* kept; more are counted */

struct finding {
	const char *rule; /* "R-2-03"; "D-..." for rules of form */
	enum severity severity;
	const char *field;   /* "figures[communities_finished].value" */
	const char *found;   /* "128个" */
	const char *allowed; /* "≤121个" */
	const char *text;    /* whole sentences, Chinese, for the reporter */
	bool answered;       /* SEVERITY_REASON: a reason was given */
	struct finding *next;
};

struct findings {
	struct arena *arena;
	struct finding *first, *last;
	size_t count, refusals; /* refusals: SEVERITY_REFUSAL, and unanswered
	                         * SEVERITY_REASON */
	bool out_of_memory;     /* something could not be kept */
};

void findings_init(struct findings *findings, struct arena *arena);
/* Add a copy of @finding (its strings too). Out of memory is remembered, not returned. */
void findings_add(struct findings *findings, const struct finding *finding);
/* 0, E_REFUSED when anything refuses, E_NOMEM when something was lost. */
int findings_result(const struct findings *findings);
/* "R-2-03 figures[x].value 128个 (≤121个)": the first refusal in one line for a status
 * message or a log; "" when there is none. Static or in the arena. */
const char *findings_first(const struct findings *findings);

#endif
