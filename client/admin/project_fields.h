/*
 * The fields of a project as people write them: a column of a spreadsheet, an option of a
 * command. Units, sections and targets may be named by name or by id.
 */
#ifndef DUBAN_CLIENT_ADMIN_PROJECT_FIELDS_H
#define DUBAN_CLIENT_ADMIN_PROJECT_FIELDS_H

#include <duban/v1/projects.pb-c.h>

#include "base/arena.h"
#include "model/project.h"

/* In the order in which they must be set: targets are looked for in the section. */
enum project_field {
	PROJECT_UNIT,
	PROJECT_ID,
	PROJECT_SECTION,
	PROJECT_TARGETS,
	PROJECT_NAME,
	PROJECT_KIND,
	PROJECT_PERSON,
	PROJECT_TELEPHONE,
	PROJECT_START,
	PROJECT_FINISH,
	PROJECT_STATE,
	PROJECT_REASON,
	PROJECT_VERSION,
	PROJECT_FIELDS
};

/* The Chinese title of a column; static. */
const char *project_field_title(enum project_field field);
/* By Chinese title or English key; -1: none of them. */
int project_field_find(const char *name);
/* What was probably meant, or NULL. */
const char *project_field_nearest(const char *name);
/* Known columns of the exported list that are not fields: names, marks, times. */
bool project_column_is_extra(const char *name);

/* A project without anything; all texts "". */
struct project project_empty(void);
/*
 * Set one field from @text, without the spaces around it. Results live in @arena or
 * borrow from @plan. @ret_why: a sentence in @arena.
 *
 *   E_SYNTAX  not in the plan, not a date, not a state: @ret_why     E_NOMEM
 */
int project_set(struct arena *arena, const struct plan *plan, struct project *project,
                enum project_field field, const char *text, const char **ret_why);

/* From and to the contract. Reading borrows; a date that does not read is none. */
struct project project_of_message(const Duban__V1__Project *message);
/* Borrows the texts of @project. NULL without memory. */
Duban__V1__Project *project_to_message(struct arena *arena,
                                       const struct project *project);

#endif
