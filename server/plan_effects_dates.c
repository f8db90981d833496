/*
 * Which dates another version moves, and whom it asks for which reports:
 *
 *	periods of each version that can still be given -> in both: due, lock -> dates
 *	                                                -> in one: reports asked, or not
 *	units of each section of each version           -> in one: reports asked, or not
 *
 * Periods of one version are known by their names, so a plan that turns from months to
 * quarters asks for all of the one and none of the other.
 */
#include <string.h>

#include "base/err.h"
#include "server/plan_effects_internal.h"

enum which { EVERY, NOT_DUE, NOT_LOCKED };

/* A period of one version. */
struct open_period {
	char name[PERIOD_TEXT_MAX];
	struct period_times times;
};

struct open_periods {
	struct open_period *items;
	size_t count, capacity;
};

static int list_periods(struct weighing *weighing, const struct plan *plan,
                        enum which which, struct open_periods *ret);
static const struct open_period *find_open(const struct open_periods *periods,
                                           const char *name);
static uint32_t count_pairs(const struct weighing *weighing);
static bool reports(const struct plan *plan, const char *section, const char *unit);
static int compare_pairs(struct weighing *weighing, const struct plan *of,
                         const struct plan *other, const struct open_periods *periods,
                         bool no_longer);
static int compare_periods(struct weighing *weighing, const struct open_periods *of,
                           const struct open_periods *other, bool no_longer);
static int add_periods(struct weighing *weighing, const struct open_period *first,
                       const struct open_period *last, size_t count, bool no_longer);
static int add_asked(struct weighing *weighing, struct effect_asked row);

int weigh_dates(struct weighing *weighing)
{
	struct open_periods from = {0}, to = {0};
	uint32_t pairs = count_pairs(weighing);
	int r = list_periods(weighing, weighing->from, NOT_DUE, &from);

	if (r == 0)
		r = list_periods(weighing, weighing->to, EVERY, &to);
	for (size_t i = 0; r == 0 && i < to.count; i++) {
		const struct open_period *is = &to.items[i];
		const struct open_period *was = find_open(&from, is->name);
		struct effect_date *row;
		void *grown;

		if (was == NULL || (was->times.due == is->times.due &&
		                    was->times.lock == is->times.lock))
			continue;
		grown = arena_grow(weighing->arena, weighing->dates,
		                   weighing->effects->date_count,
		                   &weighing->date_capacity, sizeof(*row));
		if (grown == NULL)
			return E_NOMEM;
		weighing->dates = grown;
		row = &weighing->dates[weighing->effects->date_count++];
		*row = (struct effect_date){
			.due_from = was->times.due,
			.due_to = is->times.due,
			.lock_from = was->times.lock,
			.lock_to = is->times.lock,
			.was_estimated = was->times.estimated,
			.is_estimated = is->times.estimated,
			.reports = pairs,
		};
		memcpy(row->period, is->name, sizeof(row->period));
	}
	return r;
}

static int list_periods(struct weighing *weighing, const struct plan *plan,
                        enum which which, struct open_periods *ret)
{
	int64_t now = weighing->facts->now;
	struct period period;

	if (period_parse(plan->schedule.first_period, &period) < 0)
		return 0; /* nobody is asked for reports */
	for (; period_in_plan(plan, &period) == 0; period = period_next(&period)) {
		struct open_period open;
		void *grown;

		period_times(plan, &period, &open.times);
		if ((which == NOT_DUE && open.times.due <= now) ||
		    (which == NOT_LOCKED && open.times.lock <= now))
			continue;
		period_print(&period, open.name);
		grown = arena_grow(weighing->arena, ret->items, ret->count,
		                   &ret->capacity, sizeof(open));
		if (grown == NULL)
			return E_NOMEM;
		ret->items = grown;
		ret->items[ret->count++] = open;
	}
	return 0;
}

static const struct open_period *find_open(const struct open_periods *periods,
                                           const char *name)
{
	for (size_t i = 0; i < periods->count; i++)
		if (strcmp(periods->items[i].name, name) == 0)
			return &periods->items[i];
	return NULL;
}

/* Units and sections that report under both versions. */
static uint32_t count_pairs(const struct weighing *weighing)
{
	const struct plan *to = weighing->to;
	uint32_t count = 0;

	for (size_t i = 0; i < to->section_count; i++)
		for (size_t k = 0; k < to->unit_count; k++)
			count += to->sections[i].asked[k] &&
			         reports(weighing->from, to->sections[i].id,
			                 to->units[k].code);
	return count;
}

static bool reports(const struct plan *plan, const char *section, const char *unit)
{
	const struct plan_section *found = plan_find_section(plan, section);
	const struct plan_unit *who = plan_find_unit(plan, unit);

	return found != NULL && who != NULL && found->asked[who->index];
}

/* Of the version in force, what is not due yet is taken back; of the new one, what is not
 * locked is asked of those who are new, and what is not due of everybody. */
int weigh_asked(struct weighing *weighing)
{
	const struct plan *from = weighing->from, *to = weighing->to;
	struct open_periods was = {0}, before = {0}, is = {0}, after = {0};
	int r = list_periods(weighing, from, EVERY, &before);

	if (r == 0)
		r = list_periods(weighing, from, NOT_DUE, &was);
	if (r == 0)
		r = list_periods(weighing, to, EVERY, &after);
	if (r == 0)
		r = list_periods(weighing, to, NOT_LOCKED, &is);
	if (r == 0)
		r = compare_pairs(weighing, from, to, &was, true);
	if (r == 0)
		r = compare_pairs(weighing, to, from, &is, false);
	if (r == 0)
		r = compare_periods(weighing, &was, &after, true);
	if (r == 0)
		r = compare_periods(weighing, &is, &before, false);
	return r;
}

/* Units that report a section under @of and not under @other: all of @of's periods. */
static int compare_pairs(struct weighing *weighing, const struct plan *of,
                         const struct plan *other, const struct open_periods *periods,
                         bool no_longer)
{
	int r = 0;

	for (size_t i = 0; periods->count > 0 && i < of->section_count; i++)
		for (size_t k = 0; r == 0 && k < of->unit_count; k++) {
			if (!of->sections[i].asked[k] ||
			    reports(other, of->sections[i].id, of->units[k].code))
				continue;
			r = add_asked(
				weighing,
				(struct effect_asked){
					.section = &of->sections[i],
					.unit = &of->units[k],
					.no_longer = no_longer,
					.first = periods->items[0].name,
					.last = periods->items[periods->count - 1].name,
					.reports = (uint32_t)periods->count,
				});
		}
	return r;
}

/* Runs of periods that @of has and @other has not: for those who report under both. */
static int compare_periods(struct weighing *weighing, const struct open_periods *of,
                           const struct open_periods *other, bool no_longer)
{
	size_t first = 0, count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i <= of->count; i++) {
		/* What was due before is over, not new. */
		bool only = i < of->count &&
		            find_open(other, of->items[i].name) == NULL &&
		            of->items[i].times.due > weighing->facts->now;

		if (only && count++ == 0)
			first = i;
		if (!only && count > 0) {
			r = add_periods(weighing, &of->items[first], &of->items[i - 1],
			                count, no_longer);
			count = 0;
		}
	}
	return r;
}

static int add_periods(struct weighing *weighing, const struct open_period *first,
                       const struct open_period *last, size_t count, bool no_longer)
{
	const struct plan *to = weighing->to;
	int r = 0;

	for (size_t i = 0; r == 0 && i < to->section_count; i++) {
		struct effect_asked row = {
			.section = &to->sections[i],
			.no_longer = no_longer,
			.first = first->name,
			.last = last->name,
		};

		for (size_t k = 0; k < to->unit_count; k++)
			if (to->sections[i].asked[k] &&
			    reports(weighing->from, to->sections[i].id,
			            to->units[k].code))
				row.reports += (uint32_t)count;
		if (row.reports > 0)
			r = add_asked(weighing, row);
	}
	return r;
}

static int add_asked(struct weighing *weighing, struct effect_asked row)
{
	struct effect_section *section = weighing_section(weighing, row.section->id);
	void *grown;

	*(row.no_longer ? &section->no_longer : &section->asked) += row.reports;
	if (weighing->effects->asked_count == PLAN_EFFECTS_ASKED_MAX) {
		weighing->effects->is_complete = false;
		return 0;
	}
	grown = arena_grow(weighing->arena, weighing->asked,
	                   weighing->effects->asked_count, &weighing->asked_capacity,
	                   sizeof(row));
	if (grown == NULL)
		return E_NOMEM;
	weighing->asked = grown;
	weighing->asked[weighing->effects->asked_count++] = row;
	return 0;
}
