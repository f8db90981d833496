/*
 * A report as a person writes it: a YAML or a CSV file, read into one form.
 *
 * Everything here is text with its place in the file; what it means is for draft.h. The
 * manual for those who write such files is docs/reporting.zh-CN.md.
 */
#ifndef DUBAN_CLIENT_AGENT_REPORT_FILE_H
#define DUBAN_CLIENT_AGENT_REPORT_FILE_H

#include "base/arena.h"
#include "base/yaml.h"
#include "client/agent/fields.h"
#include "model/report.h"

#define REPORT_FILE_MAX         (1024 * 1024) /* bytes */
#define REPORT_FILE_FIGURES_MAX (REPORT_FIGURES_MAX + REPORT_PROJECTS_MAX)

struct file_text {
	const char *text; /* NULL: not given */
	struct yaml_place place;
};

struct file_figure {
	struct file_text fields[FIGURE_FIELDS];
};

struct file_person {
	struct file_text fields[PERSON_FIELDS];
};

struct report_file {
	struct file_text plan, unit, section, period;
	struct file_text kind, supersedes, change_reason;
	struct file_text texts[4];     /* FIELD_PROGRESS and on */
	struct file_person persons[3]; /* FIELD_FILLED_BY and on */
	struct file_figure *figures;   /* in the order of the file */
	size_t figure_count, capacity; /* at most REPORT_FILE_FIGURES_MAX */
	const char *name;              /* of the file, for messages */
};

/*
 * Read a file by its extension: .yaml, .yml or .csv. @name is borrowed and appears in
 * places; all else lives in @arena. Every problem is noted.
 *
 *   E_UNSUPPORTED  another extension     E_LIMIT  larger than REPORT_FILE_MAX
 *   E_SYNTAX  there are problems         E_NOMEM
 */
int report_file_read(struct arena *arena, const char *name, struct bytes content,
                     struct yaml_problems *problems, struct report_file *ret_file);

/* For report_yaml.c and report_csv.c. */

/* The place of one of the single texts; NULL for figures and persons. */
struct file_text *report_file_text(struct report_file *file, int field);
/* The person of a field, or NULL. */
struct file_person *report_file_person(struct report_file *file, int field);
/* Room for one more figure, zeroed; NULL after noting at @place that there are too many,
 * or without memory. */
struct file_figure *report_file_figure(struct arena *arena, struct report_file *file,
                                       struct yaml_place place,
                                       struct yaml_problems *problems);
/* Put @text there; that it is there already is noted. */
void report_file_put(struct file_text *into, const char *text, struct yaml_place place,
                     struct yaml_problems *problems);
int report_yaml_read(struct arena *arena, struct bytes content,
                     struct yaml_problems *problems, struct report_file *file);
int report_csv_read(struct arena *arena, struct bytes content,
                    struct yaml_problems *problems, struct report_file *file);

#endif
