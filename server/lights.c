/*
 * From a report's figures to one target's light:
 *
 *	figures -> evidence_count -> progress_judge (model) -> standing
 *
 * Figures are judged on the last day that they cover, never on the day on which
 * somebody looks: a report of September is measured by where September should end.
 */
#include "server/lights.h"

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
	return period_of(plan->schedule.frequency, on);
}
