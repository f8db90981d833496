/*
 * From a report's figures to one target's light:
 *
 *	figures -> lights_value -> progress_judge (model) -> standing
 *
 * Figures are judged on the last day that they cover, never on the day on which
 * somebody looks: a report of September is measured by where September should end.
 */
#include "server/lights.h"

#include <string.h>

static const struct figure *find(const struct figure *figures, size_t count,
                                 const char *indicator);
static bool share_of(const struct plan_indicator *indicator, const struct figure *figures,
                     size_t count, struct quantity *ret_value);

const struct plan_allocation *lights_allocation(const struct plan_target *target,
                                                const struct plan_unit *unit)
{
	const struct plan_allocation *allocation;

	if (target->allocations == NULL || target->indicator == NULL)
		return NULL;
	allocation = &target->allocations[unit->index];
	return allocation->no_task ? NULL : allocation;
}

bool lights_value(const struct plan_indicator *indicator, const struct figure *figures,
                  size_t count, struct quantity *ret_value)
{
	const struct figure *figure;

	if (indicator->kind == INDICATOR_SHARE)
		return share_of(indicator, figures, count, ret_value);
	figure = find(figures, count, indicator->id);
	if (figure == NULL)
		return false;
	*ret_value = figure->value;
	return true;
}

static const struct figure *find(const struct figure *figures, size_t count,
                                 const char *indicator)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(figures[i].indicator, indicator) == 0)
			return &figures[i];
	}
	return NULL;
}

static bool share_of(const struct plan_indicator *indicator, const struct figure *figures,
                     size_t count, struct quantity *ret_value)
{
	const struct figure *part = find(figures, count, indicator->numerator->id);
	const struct figure *whole = find(figures, count, indicator->denominator->id);
	int64_t tenths;

	if (part == NULL || whole == NULL ||
	    quantity_share(&part->value, &whole->value, &tenths) < 0)
		return false;
	*ret_value = (struct quantity){.digits = tenths,
	                               .scale = 1,
	                               .unit = indicator->unit,
	                               .hedge = HEDGE_NONE};
	return true;
}

bool lights_add(struct quantity *sum, const struct quantity *value)
{
	struct quantity total;

	if (sum->unit == NULL)
		total = *value;
	else if (quantity_add(sum, value, &total) < 0)
		return false;
	if (sum->unit != NULL && total.hedge == HEDGE_NONE)
		total.hedge = value->hedge; /* a sum is as sure as its least sure part */
	*sum = total;
	return true;
}

day lights_day(const struct plan *plan, const struct period *period)
{
	struct period_times times;

	period_times(plan, period, &times);
	return instant_day(times.cutoff, plan->utc_offset);
}

struct period lights_period(const struct plan *plan, day on)
{
	struct period period = {.frequency = plan->schedule.frequency, .number = 1};
	unsigned month, dom;

	day_split(on, &period.year, &month, &dom);
	if (period.frequency == MONTHLY)
		period.number = month;
	else if (period.frequency == QUARTERLY)
		period.number = (month + 2) / 3;
	return period;
}
