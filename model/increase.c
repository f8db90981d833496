/* What a figure rose by since the report before; a year's figure begins in January. */
#include "model/increase.h"

#include "model/judging.h"

static const struct quantity *value_before(const struct increase *increase,
                                           const struct plan_indicator *indicator);
static bool is_first(const struct increase *increase);

struct period period_before(const struct period *period)
{
	return period_of(period->frequency, period_first_day(period) - 1);
}

bool increase_of(const struct increase *increase, const struct plan_indicator *indicator,
                 struct quantity *ret_rise)
{
	const struct figure *now =
		figures_find(increase->figures, increase->figure_count, indicator);
	const struct quantity *before;

	if (now == NULL || indicator->kind != INDICATOR_CUMULATIVE)
		return false;
	if (indicator->yearly && increase->period.number <= 1) {
		*ret_rise = now->value;
		return true;
	}
	before = value_before(increase, indicator);
	return before != NULL && quantity_subtract(&now->value, before, ret_rise) == 0;
}

static const struct quantity *value_before(const struct increase *increase,
                                           const struct plan_indicator *indicator)
{
	const struct plan_opening *opening =
		plan_find_opening(increase->section, indicator, increase->unit);
	const struct figure *figure;

	if (increase->before != NULL) {
		figure =
			figures_find(increase->before, increase->before_count, indicator);
		return figure != NULL ? &figure->value : NULL;
	}
	return opening != NULL && is_first(increase) ? &opening->value : NULL;
}

/* Later, a report is missing in between, and the rise would be of several periods. */
static bool is_first(const struct increase *increase)
{
	struct period first;

	return period_parse(increase->plan->schedule.first_period, &first) == 0 &&
	       period_compare(&first, &increase->period) == 0;
}
