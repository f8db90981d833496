/* Which reports are owed. The centre reminds too; this works when the line is down. */
#include "client/agent/remind.h"

#define PERIODS_MAX 240 /* twenty years of months */

static void look_at(const struct remind_query *query, const struct plan_unit *unit,
                    const struct period *period, bool is_current);
static enum remind_stage stage_at(const struct period_times *times, int64_t now);
static bool is_owed(const struct remind_query *query, const struct plan_unit *unit,
                    const struct period *period);

const char *remind_stage_name(enum remind_stage stage)
{
	static const char *const names[] = {"", "due_soon", "overdue", "locked"};

	return names[stage];
}

void remind_find(const struct remind_query *query)
{
	const struct plan *plan = query->plan;
	const struct plan_unit *unit = plan_find_unit(plan, query->unit);
	struct period current, period;
	struct period_times times;
	bool has_current = period_current(plan, query->now, &current);

	if (unit == NULL || plan->schedule.first_period[0] == '\0' ||
	    period_parse(plan->schedule.first_period, &period) < 0)
		return;
	/* A reminder may come before the cut-off: when a long holiday lies between. */
	for (int i = 0; i < PERIODS_MAX; i++) {
		period_times(plan, &period, &times);
		if (times.remind > query->now && times.cutoff >= query->now)
			return;
		look_at(query, unit, &period,
		        has_current && period_compare(&period, &current) == 0);
		period = period_next(&period);
	}
}

static void look_at(const struct remind_query *query, const struct plan_unit *unit,
                    const struct period *period, bool is_current)
{
	const struct plan *plan = query->plan;
	struct remind_item item = {.period = *period};
	struct period_times times;

	if (period_in_plan(plan, period) < 0)
		return;
	period_times(plan, period, &times);
	for (size_t i = 0; i < plan->section_count; i++) {
		item.section = &plan->sections[i];
		item.times = times;
		if (!item.section->asked[unit->index])
			continue;
		if (query->adjust != NULL)
			query->adjust(query->context, item.section, period, &item.times);
		item.stage = stage_at(&item.times, query->now);
		if (query->now >= item.times.remind &&
		    (is_current || item.times.lock > query->now) &&
		    !query->has(query->context, item.section, period))
			query->visit(query->context, &item);
	}
}

bool remind_next(const struct remind_query *query, struct period *ret_period,
                 struct period_times *ret_times)
{
	const struct plan *plan = query->plan;
	const struct plan_unit *unit = plan_find_unit(plan, query->unit);
	struct period period;
	struct period_times times;

	if (unit == NULL || plan->schedule.first_period[0] == '\0' ||
	    period_parse(plan->schedule.first_period, &period) < 0)
		return false;
	for (int i = 0; i < PERIODS_MAX && period_in_plan(plan, &period) == 0; i++) {
		period_times(plan, &period, &times);
		if (times.due > query->now && is_owed(query, unit, &period)) {
			*ret_period = period;
			*ret_times = times;
			return true;
		}
		period = period_next(&period);
	}
	return false;
}

static bool is_owed(const struct remind_query *query, const struct plan_unit *unit,
                    const struct period *period)
{
	for (size_t i = 0; i < query->plan->section_count; i++) {
		const struct plan_section *section = &query->plan->sections[i];

		if (section->asked[unit->index] &&
		    !query->has(query->context, section, period))
			return true;
	}
	return false;
}

static enum remind_stage stage_at(const struct period_times *times, int64_t now)
{
	if (now > times->lock)
		return REMIND_LOCKED;
	return now > times->due ? REMIND_OVERDUE : REMIND_DUE_SOON;
}
