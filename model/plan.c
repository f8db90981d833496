/* Looking things up in a plan. */
#include "model/plan.h"

#include <stdlib.h>
#include <string.h>

#include "model/plan_internal.h"

static int by_name(const void *name, const void *entry);
static bool is_called(const struct plan_unit *unit, const char *name);

const struct plan_unit *plan_find_unit(const struct plan *plan, const char *name)
{
	const struct plan_unit_name *found;

	if (plan->unit_names != NULL) {
		found = bsearch(name, plan->unit_names, plan->unit_name_count,
		                sizeof(*found), by_name);
		/* "" stands for what a unit does not have. */
		return found != NULL && name[0] != '\0' ? found->unit : NULL;
	}
	for (size_t i = 0; i < plan->unit_count; i++)
		if (is_called(&plan->units[i], name))
			return &plan->units[i];
	return NULL;
}

static int by_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct plan_unit_name *)entry)->name);
}

static bool is_called(const struct plan_unit *unit, const char *name)
{
	if (strcmp(unit->code, name) == 0 || strcmp(unit->name, name) == 0)
		return true;
	for (const char *const *alias = unit->aliases; *alias != NULL; alias++)
		if (strcmp(*alias, name) == 0)
			return true;
	return plan_find_former(unit, name) != NULL;
}

const struct plan_former *plan_find_former(const struct plan_unit *unit, const char *name)
{
	for (size_t i = 0; name[0] != '\0' && i < unit->former_count; i++)
		if (strcmp(unit->former[i].code, name) == 0 ||
		    strcmp(unit->former[i].name, name) == 0)
			return &unit->former[i];
	return NULL;
}

const struct plan_section *plan_find_section(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->section_count; i++)
		if (strcmp(plan->sections[i].id, id) == 0)
			return &plan->sections[i];
	return NULL;
}

const struct plan_department *plan_find_department(const struct plan *plan,
                                                   const char *id)
{
	for (size_t i = 0; i < plan->department_count; i++)
		if (strcmp(plan->departments[i].id, id) == 0)
			return &plan->departments[i];
	return NULL;
}

const struct plan_indicator *plan_find_indicator(const struct plan_section *section,
                                                 const char *name)
{
	for (size_t i = 0; i < section->indicator_count; i++)
		if (strcmp(section->indicators[i].id, name) == 0 ||
		    strcmp(section->indicators[i].name, name) == 0)
			return &section->indicators[i];
	return NULL;
}

const struct plan_target *plan_find_target(const struct plan_section *section,
                                           const char *id)
{
	for (size_t i = 0; i < section->target_count; i++)
		if (strcmp(section->targets[i].id, id) == 0)
			return &section->targets[i];
	return NULL;
}

const struct plan_adjustment *plan_adjustment_on(const struct plan_target *target,
                                                 const struct plan_unit *unit, day on)
{
	for (size_t i = target->adjustment_count; i > 0; i--) {
		const struct plan_adjustment *adjustment = &target->adjustments[i - 1];

		if (adjustment->after.unit == unit && adjustment->from <= on)
			return adjustment;
	}
	return NULL;
}

const struct plan_allocation *plan_part_on(const struct plan_target *target,
                                           const struct plan_unit *unit, day on)
{
	const struct plan_adjustment *adjustment = plan_adjustment_on(target, unit, on);

	if (target->allocations == NULL)
		return NULL;
	return adjustment != NULL ? &adjustment->after
	                          : &target->allocations[unit->index];
}

const struct plan_allocation *plan_task_on(const struct plan_target *target,
                                           const struct plan_unit *unit, day on)
{
	const struct plan_allocation *part = plan_part_on(target, unit, on);

	return part == NULL || part->no_task || target->indicator == NULL ? NULL : part;
}

struct quantity plan_value_on(const struct plan_target *target, day on)
{
	const struct plan_adjustment *adjustment = plan_adjustment_on(target, NULL, on);

	return adjustment != NULL ? adjustment->after.value : target->value;
}

day plan_deadline_on(const struct plan_target *target, const struct plan_unit *unit,
                     day on)
{
	const struct plan_allocation *part =
		unit != NULL ? plan_part_on(target, unit, on) : NULL;
	const struct plan_adjustment *whole = plan_adjustment_on(target, NULL, on);

	if (part != NULL && part->deadline != DAY_NONE)
		return part->deadline;
	return whole != NULL && whole->after.deadline != DAY_NONE ? whole->after.deadline
	                                                          : target->deadline;
}

bool plan_is_responsible(const struct plan_target *target, const struct plan_unit *unit,
                         day on)
{
	const struct plan_allocation *part = plan_part_on(target, unit, on);

	return part != NULL ? !part->no_task : target->section->asked[unit->index];
}

const struct plan_opening *plan_find_opening(const struct plan_section *section,
                                             const struct plan_indicator *indicator,
                                             const struct plan_unit *unit)
{
	struct plan_opening wanted = {.indicator = indicator, .unit = unit};

	if (section->opening_count == 0)
		return NULL;
	return bsearch(&wanted, section->openings, section->opening_count, sizeof(wanted),
	               plan_compare_openings);
}

int plan_compare_openings(const void *a, const void *b)
{
	const struct plan_opening *left = a, *right = b;

	/* Both are of one section's array, and of one plan's. */
	if (left->indicator != right->indicator)
		return left->indicator < right->indicator ? -1 : 1;
	if (left->unit != right->unit)
		return left->unit < right->unit ? -1 : 1;
	return 0;
}

const struct plan_opening *plan_uncounted(const struct plan_target *target,
                                          const struct plan_unit *unit)
{
	const struct plan_indicator *indicator = target->indicator;
	const struct plan_opening *opening;

	/* A level is what is there, and a year's figure begins in January. */
	if (indicator == NULL || indicator->kind != INDICATOR_CUMULATIVE ||
	    indicator->yearly)
		return NULL;
	opening = plan_find_opening(target->section, indicator, unit);
	if (opening == NULL ||
	    (target->start != DAY_NONE && target->start <= opening->on))
		return NULL;
	return opening;
}
