/* What a report file may hold: every key, by its Chinese and its English name. */
#ifndef DUBAN_CLIENT_AGENT_FIELDS_H
#define DUBAN_CLIENT_AGENT_FIELDS_H

#include "base/arena.h"
#include "model/report.h"

enum field {
	FIELD_NONE = -1,
	FIELD_PLAN,
	FIELD_UNIT,
	FIELD_SECTION,
	FIELD_PERIOD,
	FIELD_FIGURES,
	FIELD_PROGRESS, /* the four texts, in the order of struct report_file */
	FIELD_PROBLEMS,
	FIELD_NEXT_STEPS,
	FIELD_CITY_TO_SETTLE,
	FIELD_FILLED_BY, /* the three persons, likewise */
	FIELD_REVIEWED_BY,
	FIELD_APPROVED_BY,
	FIELD_KIND,
	FIELD_SUPERSEDES, /* by whom it was made; else the newest is found */
	FIELD_CHANGE_REASON,
	FIELD_PROJECTS,
	FIELDS,
};

/* Inside a figure and inside a person. */
enum figure_field {
	FIGURE_NAME,
	FIGURE_VALUE,
	FIGURE_UNIT,
	FIGURE_REASON,
	FIGURE_PROJECT, /* whose figure it is, when it is not the unit's */
	FIGURE_FIELDS
};
enum person_field {
	PERSON_NAME,
	PERSON_POST,
	PERSON_TELEPHONE,
	PERSON_AT,
	PERSON_FIELDS
};

struct field_name {
	const char *zh, *en;
	const char *also; /* another spelling that people use, or NULL */
};

extern const struct field_name field_names[FIELDS];
extern const struct field_name figure_field_names[FIGURE_FIELDS];
extern const struct field_name person_field_names[PERSON_FIELDS];

/* "月报", "本期无变化", "零报告": what a file says, in Chinese; and "ordinary",
 * "no_change", "zero", for programs. Static. */
const char *kind_word(enum report_kind kind);
const char *kind_key(enum report_kind kind);

/* The index of @name in a table of @count rows, or -1. Spaces around it are ignored. */
int field_find(const struct field_name *names, size_t count, const char *name);
/* The Chinese name of the table that is nearest to @name, or NULL. */
const char *field_nearest(const struct field_name *names, size_t count, const char *name);
/* @text without the spaces (full-width ones too) around it: copied when there are any. */
const char *field_trim(struct arena *arena, const char *text);

/* @name as it may stand between quotation marks: with the inner kind inside. NULL: no
 * memory. */
const char *field_inside(struct arena *arena, const char *name);

#endif
