/*
 * One figure over time, as a report and the accepted ones before it give it. For
 * validate*.c only.
 *
 * The unit's opening figure is the oldest point, where the plan gives one that is older
 * than all reports. The history may have gaps: months that were missed, figures that were
 * not given. A rise over a gap is spread over its periods. Yearly figures begin again
 * from nothing each January, so that no rise ever reaches across a New Year but is
 * counted from it.
 */
#ifndef DUBAN_MODEL_SERIES_H
#define DUBAN_MODEL_SERIES_H

#include "model/judging.h"

struct point {
	struct period period;
	const struct figure *figure;
};

struct series {
	const struct plan_indicator *indicator;
	struct point points[HISTORY_MAX + 1]; /* [0] is this report's */
	size_t count;
	/* What the last point is, if not of a report: the figure when reports began. */
	const struct plan_opening *opening;
	struct figure opened;
};

/* How much a figure rose up to a point, and over how many periods. */
struct rise {
	struct quantity amount;
	int64_t periods;
	struct period until;
};

/* False when this report does not give the figure. Needs the period. */
bool series_of(const struct judging *judging, const struct plan_indicator *indicator,
               struct series *ret_series);
/* Is there a New Year between two points at which the figure begins again? */
bool series_restarts(const struct series *series, size_t older, size_t newer);
/* The rise up to a point; false when nothing is known from which it rose. */
bool series_rise(const struct series *series, size_t at, struct rise *ret_rise);
/* The rise with the best pace from point @from on; false when nothing rose. */
bool series_best(const struct series *series, size_t from, struct rise *ret_best);

/*
 * a / its periods * a_factor against the same of b: -1, 0 or 1. What overflows is larger
 * than any figure that people report: it counts as more, and somebody is asked.
 */
int rise_compare(const struct rise *a, int64_t a_factor, const struct rise *b,
                 int64_t b_factor);

#endif
