/*
 * Projects: a district's concrete undertakings under the targets of a section.
 *
 * Who enters a project, a person or a file, is told everything that is wrong with it at
 * once, in the same words by every program.
 */
#ifndef DUBAN_MODEL_PROJECT_H
#define DUBAN_MODEL_PROJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"
#include "model/plan.h"

#define PROJECT_UNIT_MAX    2000 /* projects of one unit in one plan */
#define PROJECT_TARGETS_MAX 10   /* of one project */
#define PROJECT_NAME_MAX    100  /* characters, as all below */
#define PROJECT_WORD_MAX    50   /* kind, person, telephone */
#define PROJECT_REASON_MAX  1000

enum project_state {
	PROJECT_PLANNED = 1, /* 未开工 */
	PROJECT_UNDERWAY,    /* 在建 */
	PROJECT_FINISHED,    /* 完工 */
	PROJECT_CLOSED,      /* 销号: the bureau has checked it */
	PROJECT_CANCELLED,   /* 取消 */
	PROJECT_STATES
};

struct project {
	const char *unit, *section, *id; /* unit: the district's code */
	const char *const *targets;
	size_t target_count;
	const char *name, *kind, *person, *telephone; /* never NULL */
	day start, finish;                            /* planned; DAY_NONE: not yet */
	enum project_state state;
	const char *reason;
	uint32_t
		version; /* 1, 2, ...; of an entry: the one that it changes, 0 for none */
};

struct Duban__V1__Project;

/* Read a message; texts are borrowed from it. E_SYNTAX: a date that is none. */
int project_from_message(const struct Duban__V1__Project *message, struct project *ret);

/* "在建"; static. */
const char *project_state_name(enum project_state state);
/* Not finished, closed or cancelled. */
bool project_is_open(const struct project *project);
/* Open, and its planned finish is before @today. */
bool project_is_overdue(const struct project *project, day today);
bool project_has_target(const struct project *project, const char *target);
/* Would @entry change anything of @earlier? Versions are not compared. */
bool project_differs(const struct project *entry, const struct project *earlier);

/*
 * Judge an entry. @earlier is the newest version, NULL for a new project; @bureau: the
 * bureau enters it. What is wrong is added to @findings as refusals with rules P-01 and
 * on; fields begin with @at ("projects[3]").
 *
 *   0  acceptable     E_REFUSED, E_NOMEM as findings_result()
 */
struct project_entry {
	const struct plan *plan;
	const struct project *project, *earlier;
	bool bureau;
	const char *at;
};
int project_check(const struct project_entry *entry, struct findings *findings);

#endif
