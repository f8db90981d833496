/*
 * 本期新增: what a cumulative figure rose by in a period. Computed from two reports, or
 * from the first one and the unit's opening figure; never typed.
 */
#ifndef DUBAN_MODEL_INCREASE_H
#define DUBAN_MODEL_INCREASE_H

#include "model/period.h"
#include "model/plan.h"
#include "model/report.h"

/* Two reports of one unit for one section. Borrowed. */
struct increase {
	const struct plan *plan;
	const struct plan_section *section;
	const struct plan_unit *unit;
	struct period period;
	const struct figure *figures;
	size_t figure_count;
	const struct figure *before; /* of the period just before; NULL: no report */
	size_t before_count;
};

/* The period just before. */
struct period period_before(const struct period *period);
/* False: the indicator is not cumulative, was not given, or nobody knows what was there
 * before. A fall is negative. */
bool increase_of(const struct increase *increase, const struct plan_indicator *indicator,
                 struct quantity *ret_rise);

#endif
