/*
 * A report, as data: what an agent makes from a file and a centre reads from signed
 * bytes.
 *
 * Bytes are read strictly (see wire.h); what is here has valid UTF-8, known units and
 * numbers within bounds, but has not been compared with any plan.
 */
#ifndef DUBAN_MODEL_REPORT_H
#define DUBAN_MODEL_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/finding.h"
#include "model/quantity.h"

#define REPORT_ID_SIZE      16
#define REPORT_BYTES_MAX    (256 * 1024) /* the signed payload */
#define REPORT_FIGURES_MAX  200
#define REPORT_PROJECTS_MAX 2000 /* figures of projects */
#define REPORT_REASON_MAX   1000 /* characters */
#define REPORT_TEXT_MAX     4000 /* characters */
#define REPORT_NAME_MAX     100  /* characters: names, posts, telephone */
#define REPORT_PAYLOAD_TYPE "application/vnd.duban.report.v1+protobuf"

/* What a unit says of its period beside the figures themselves. */
enum report_kind {
	REPORT_ORDINARY,
	REPORT_NO_CHANGE, /* 本期无变化: figures as in the last report */
	REPORT_ZERO,      /* 零报告: nothing happened yet; what counts up is 0 */
};

struct figure {
	const char *indicator; /* id */
	struct quantity value;
	const char *reason; /* "" when none was given */
};

/* What one project contributes to its unit's figure. */
struct project_figure {
	const char *project, *indicator; /* ids */
	struct quantity value;
	const char *reason; /* "" when none was given */
};

struct person {
	const char *name, *post, *telephone;
	int64_t at; /* plan time */
};

struct report {
	uint8_t id[REPORT_ID_SIZE];
	const char *plan;
	uint32_t plan_version;
	const char *unit, *section, *period;
	const struct figure *figures; /* ascending by indicator, each once */
	size_t figure_count;
	struct {
		const char *progress, *problems, *next_steps, *city_to_settle;
	} texts; /* never NULL */
	struct person filled_by, reviewed_by, approved_by;
	int64_t made_at, wall_made_at;
	enum report_kind kind;
	/* The receipt's number of the report that this one takes the place of, and why.
	 * NULL or "": none. What was decoded is never NULL. */
	const char *supersedes, *change_reason;
	/* Ascending by project, then indicator, each once. */
	const struct project_figure *project_figures;
	size_t project_figure_count;
};

/* The figure of an indicator, or NULL. */
const struct figure *report_figure(const struct report *report, const char *indicator);

/* The figure of a project, or NULL. */
const struct project_figure *report_project_figure(const struct report *report,
                                                   const char *project,
                                                   const char *indicator);
/* The order of a report's project figures: negative, 0 or positive, as strcmp(). */
int project_figure_order(const struct project_figure *a, const struct project_figure *b);

/* The bytes to be signed. E_NOMEM; E_LIMIT over REPORT_BYTES_MAX. Sorts nothing: the
 * caller's figures must be in order already (CHECKed). */
int report_encode(struct arena *arena, const struct report *report,
                  struct bytes *ret_bytes);

/*
 * Read signed bytes strictly. What is wrong is added to @findings as refusals with
 * rules "D-01"... and the field's path.
 *
 *   E_SYNTAX  not a canonical Report; E_REFUSED: readable, but a field is not
 *             acceptable; E_LIMIT, E_NOMEM
 */
int report_decode(struct arena *arena, struct bytes bytes, struct findings *findings,
                  const struct report **ret_report);

#endif
