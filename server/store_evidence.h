/*
 * What was found about the figures of a report, in the statements of others. For
 * store_*.c only.
 */
#ifndef DUBAN_SERVER_STORE_EVIDENCE_H
#define DUBAN_SERVER_STORE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/evidence.h"
#include "server/pg.h"
#include "server/store_sql.h"

/*
 * The columns of a figure "f" and of what was found about it, "v"; and how to join "v" to
 * report @n (plan, unit, section, period_end, number), as known at an instant.
 */
/* clang-format off */
#define SQL_EVIDENCE \
	"f.indicator, f.value::text, f.value_unit, f.hedge, coalesce(v.standing, 0), " \
	"v.checked_by, coalesce(" SQL_MS("v.checked_at") ", 0), v.remark, " \
	"v.earlier::text, v.earlier_unit, coalesce(v.earlier_hedge, 0), " \
	"v.earlier_period, v.checked::text, v.checked_unit, " \
	"v.accepted::text, v.accepted_unit, v.accepted_on::text, v.document, v.accepted_by"
#define SQL_JOIN_EVIDENCE(n, known_at) \
	"LEFT JOIN LATERAL figure_evidence(" n ".plan, " n ".unit, " n ".section, " \
	n ".period_end, " n ".number, f.indicator, " known_at ") v ON true "
/* clang-format on */

/* Figures with what was found, as rows of one report are read. */
struct evidence_reader {
	struct arena *arena;
	const struct pg_result *result;
	int first; /* the first of SQL_EVIDENCE's columns */
	struct figure *figures;
	struct figure_check *checks;
	size_t figure_count, check_count;
};

/* For at most @rows figures. E_NOMEM. */
int evidence_begin(struct evidence_reader *reader, struct arena *arena,
                   const struct pg_result *result, int first, size_t rows);
/* Add the figure of one row; one in a unit that this program no longer knows says
 * nothing and is left out. E_NOMEM. */
int evidence_read(struct evidence_reader *reader, size_t row);
struct evidence evidence_end(const struct evidence_reader *reader, bool passed);

#endif
