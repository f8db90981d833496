/*
 * A plan as periods, pairs, instants and overdue targets:
 *
 *	plan, now -> periods not locked yet -> instants of each (remind, due, steps, lock)
 *	          -> pairs: unit x section asked
 *	          -> targets: measured, with a deadline; parts sorted by it -> a row a
 *	             deadline and step
 *
 * What can go wrong: more periods than anybody plans, or a schedule whose times are not
 * in order (the due time before the data can be there). Whoever wrote the plan is told.
 */
#include "server/timetable.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* A unit's part in the target that is being expanded. */
struct part {
	day deadline;
	const struct plan_unit *unit;
};

/* What grows while a plan is expanded. */
struct expansion {
	struct arena *arena;
	const struct plan *plan;
	int64_t now;
	struct timetable table;
	struct timetable_period *periods;
	struct timetable_pair *pairs;
	struct timetable_instant *instants;
	struct timetable_target *targets;
	struct part *parts; /* room for one of each unit */
	size_t period_capacity, pair_capacity, instant_capacity, target_capacity;
};

static int expand_periods(struct expansion *expansion);
static int add_period(struct expansion *expansion, const struct period *period);
static int add_instants(struct expansion *expansion, const char *period,
                        const struct period_times *times);
static int add_instant(struct expansion *expansion, struct timetable_instant instant);
static int expand_section(struct expansion *expansion,
                          const struct plan_section *section);
static bool is_measured(const struct plan_section *section, const struct plan_unit *unit);
static bool has_part(const struct plan_target *target, const struct plan_unit *unit);
static int expand_target(struct expansion *expansion, const struct plan_target *target);
static day deadline_ahead(const struct expansion *expansion,
                          const struct plan_target *target, const struct plan_unit *unit);
static day deadline_from(const struct plan_target *target, const struct plan_unit *unit,
                         day on);
static int by_deadline(const void *a, const void *b);
static int expand_deadline(struct expansion *expansion, const struct plan_target *target,
                           const struct part *parts, size_t count);
static int add_target(struct expansion *expansion, struct timetable_target row);
static bool first_and_last(const struct plan *plan, struct period *ret_first,
                           struct period *ret_last);

int timetable_expand(struct arena *arena, const struct plan *plan, int64_t now,
                     const struct timetable **ret_timetable)
{
	struct timetable *table = arena_new(arena, struct timetable);
	struct expansion expansion = {.arena = arena, .plan = plan, .now = now};
	int r;

	expansion.parts = arena_new_array(arena, plan->unit_count, struct part);
	if (table == NULL || expansion.parts == NULL)
		return E_NOMEM;
	r = expand_periods(&expansion);
	for (size_t i = 0; r == 0 && i < plan->section_count; i++)
		r = expand_section(&expansion, &plan->sections[i]);
	if (r < 0)
		return r;
	*table = expansion.table;
	table->periods = expansion.periods;
	table->pairs = expansion.pairs;
	table->instants = expansion.instants;
	table->targets = expansion.targets;
	*ret_timetable = table;
	return 0;
}

static int expand_periods(struct expansion *expansion)
{
	struct timetable *table = &expansion->table;
	struct period period, last;
	size_t seen = 0;
	int r = 0;

	if (!first_and_last(expansion->plan, &period, &last))
		return 0; /* a plan without a schedule asks for no reports */
	table->first_year = period.year;
	table->last_year = last.year;
	for (; r == 0 && period_compare(&period, &last) <= 0;
	     period = period_next(&period))
		r = ++seen > TIMETABLE_PERIODS_MAX ? E_RANGE
		                                   : add_period(expansion, &period);
	return r;
}

static bool first_and_last(const struct plan *plan, struct period *ret_first,
                           struct period *ret_last)
{
	const struct plan_schedule *schedule = &plan->schedule;

	return schedule->first_period != NULL && schedule->first_period[0] != '\0' &&
	       period_parse(schedule->first_period, ret_first) == 0 &&
	       period_parse(schedule->last_period, ret_last) == 0;
}

static int add_period(struct expansion *expansion, const struct period *period)
{
	struct timetable_period *row;
	struct period_times times;
	void *grown;

	period_times(expansion->plan, period, &times);
	if (times.opens >= times.due || times.due >= times.lock)
		return E_RANGE;
	if (times.lock <= expansion->now)
		return 0; /* nobody can report it any more */
	grown = arena_grow(expansion->arena, expansion->periods,
	                   expansion->table.period_count, &expansion->period_capacity,
	                   sizeof(*row));
	if (grown == NULL)
		return E_NOMEM;
	expansion->periods = grown;
	row = &expansion->periods[expansion->table.period_count++];
	*row = (struct timetable_period){
		.end = period_last_day(period),
		.opens = times.opens,
		.due = times.due,
		.lock = times.lock,
	};
	period_print(period, row->period);
	return add_instants(expansion, arena_strdup(expansion->arena, row->period),
	                    &times);
}

/* Nobody is reported upwards before being told: for what was due before the version was
 * applied, the ladder starts at that instant. */
static int add_instants(struct expansion *expansion, const char *period,
                        const struct period_times *times)
{
	const struct plan *plan = expansion->plan;
	int64_t told = times->due > expansion->now ? times->due : expansion->now;
	struct timetable_instant instant = {.period = period, .due = times->due};
	int r = 0;

	if (period == NULL)
		return E_NOMEM;
	instant.kind = ALERT_REPORT_DUE_SOON;
	instant.at = times->remind;
	if (times->due > expansion->now)
		r = add_instant(expansion, instant);
	instant.kind = ALERT_REPORT_OVERDUE;
	instant.at = told;
	if (r == 0)
		r = add_instant(expansion, instant);
	for (size_t i = 0; r == 0 && i < plan->step_count; i++) {
		instant.level = plan->steps[i].level;
		instant.at = step_instant(plan, &plan->steps[i], told);
		r = add_instant(expansion, instant);
	}
	if (r < 0)
		return r;
	return add_instant(expansion, (struct timetable_instant){.kind = ALERT_BEHIND,
	                                                         .period = period,
	                                                         .at = times->lock,
	                                                         .due = times->cutoff});
}

static int add_instant(struct expansion *expansion, struct timetable_instant instant)
{
	void *grown = arena_grow(expansion->arena, expansion->instants,
	                         expansion->table.instant_count,
	                         &expansion->instant_capacity, sizeof(instant));

	if (grown == NULL)
		return E_NOMEM;
	expansion->instants = grown;
	expansion->instants[expansion->table.instant_count++] = instant;
	return 0;
}

static int expand_section(struct expansion *expansion, const struct plan_section *section)
{
	const struct plan *plan = expansion->plan;
	int r = 0;

	for (size_t i = 0; r == 0 && i < section->target_count; i++)
		r = expand_target(expansion, &section->targets[i]);
	for (size_t i = 0; r == 0 && i < plan->unit_count; i++) {
		const struct plan_unit *unit = &plan->units[i];
		void *grown;

		if (!section->asked[unit->index])
			continue;
		grown = arena_grow(expansion->arena, expansion->pairs,
		                   expansion->table.pair_count, &expansion->pair_capacity,
		                   sizeof(*expansion->pairs));
		if (grown == NULL)
			return E_NOMEM;
		expansion->pairs = grown;
		expansion->pairs[expansion->table.pair_count++] = (struct timetable_pair){
			.unit = unit->code,
			.section = section->id,
			.measured = is_measured(section, unit),
		};
	}
	return r;
}

static bool is_measured(const struct plan_section *section, const struct plan_unit *unit)
{
	for (size_t i = 0; i < section->target_count; i++)
		if (section->targets[i].curve != CURVE_NONE &&
		    has_part(&section->targets[i], unit))
			return true;
	return false;
}

/* At any time: a task may come later, or go. */
static bool has_part(const struct plan_target *target, const struct plan_unit *unit)
{
	bool has = plan_task_on(target, unit, DAY_NONE) != NULL;

	for (size_t i = 0; !has && i < target->adjustment_count; i++)
		has = plan_task_on(target, unit, target->adjustments[i].from) != NULL;
	return has;
}

/* Units whose parts have the same deadline are asked at the same instants. */
static int expand_target(struct expansion *expansion, const struct plan_target *target)
{
	const struct plan *plan = expansion->plan;
	struct part *parts = expansion->parts;
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; i < plan->unit_count; i++) {
		const struct plan_unit *unit = &plan->units[i];

		/* A target without a date has no light until it is given one. */
		if (has_part(target, unit) &&
		    deadline_ahead(expansion, target, unit) != DAY_NONE)
			parts[count++] =
				(struct part){deadline_ahead(expansion, target, unit),
			                      unit};
	}
	qsort(parts, count, sizeof(*parts), by_deadline);
	for (size_t first = 0, end; r == 0 && first < count; first = end) {
		end = first + 1;
		while (end < count && parts[end].deadline == parts[first].deadline)
			end++;
		r = expand_deadline(expansion, target, parts + first, end - first);
	}
	return r;
}

static int by_deadline(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	if (left->deadline != right->deadline)
		return left->deadline < right->deadline ? -1 : 1;
	return left->unit->index < right->unit->index ? -1 : 1;
}

static int expand_deadline(struct expansion *expansion, const struct plan_target *target,
                           const struct part *parts, size_t count)
{
	const struct plan *plan = expansion->plan;
	const char **units = arena_new_array(expansion->arena, count, const char *);
	struct timetable_target row = {
		.section = target->section->id,
		.target = target->id,
		.units = units,
		.unit_count = count,
		.due = instant_of(parts[0].deadline + 1, 0, plan->utc_offset) - 1,
		.at = target_judged_at(plan, parts[0].deadline),
	};
	int r;

	if (units == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		units[i] = parts[i].unit->code;
	if (row.at < expansion->now)
		row.at = expansion->now;
	r = add_target(expansion, row);
	for (size_t i = 0; r == 0 && i < plan->step_count; i++) {
		struct timetable_target step = row;

		step.level = plan->steps[i].level;
		step.at = step_instant(plan, &plan->steps[i], row.at);
		r = add_target(expansion, step);
	}
	return r;
}

/* The date that will hold when it comes: a change that counts from before it may have
 * moved it, and one that counts from later may give a new one after it has passed.
 * DAY_NONE: there is none, or no task by then. */
static day deadline_ahead(const struct expansion *expansion,
                          const struct plan_target *target, const struct plan_unit *unit)
{
	day on = instant_day(expansion->now, expansion->plan->utc_offset);
	day deadline = deadline_from(target, unit, on);

	for (size_t i = 0; i < target->adjustment_count; i++) {
		day from = target->adjustments[i].from;

		if (deadline <= on && from > on &&
		    plan_deadline_on(target, unit, from) > from)
			return deadline_from(target, unit, from);
	}
	return deadline;
}

static day deadline_from(const struct plan_target *target, const struct plan_unit *unit,
                         day on)
{
	for (size_t i = 0; i <= target->adjustment_count; i++) {
		day deadline = plan_deadline_on(target, unit, on);

		if (deadline <= on ||
		    plan_deadline_on(target, unit, deadline) == deadline)
			return plan_task_on(target, unit, deadline) != NULL ? deadline
			                                                    : DAY_NONE;
		on = deadline;
	}
	return DAY_NONE;
}

static int add_target(struct expansion *expansion, struct timetable_target row)
{
	void *grown = arena_grow(expansion->arena, expansion->targets,
	                         expansion->table.target_count,
	                         &expansion->target_capacity, sizeof(row));

	if (grown == NULL)
		return E_NOMEM;
	expansion->targets = grown;
	expansion->targets[expansion->table.target_count++] = row;
	return 0;
}

uint64_t timetable_obligations(const struct plan *plan)
{
	struct period period, last;
	uint64_t periods = 0, pairs = 0;

	if (!first_and_last(plan, &period, &last))
		return 0;
	while (period_compare(&period, &last) <= 0 && periods < TIMETABLE_PERIODS_MAX) {
		periods++;
		period = period_next(&period);
	}
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t k = 0; k < plan->unit_count; k++)
			pairs += plan->sections[i].asked[k];
	return periods * pairs;
}
