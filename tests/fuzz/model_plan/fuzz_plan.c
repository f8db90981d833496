/*
 * Any folder of files: a plan that keeps the header's promises, or problems that say
 * why not. The input is files one after the other, each behind a line "%%% name".
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/period.h"
#include "model/plan.h"

#define ARENA_LIMIT (16u << 20)
#define MARK        "%%% "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t cut(char *text, struct plan_file *files)
{
	char *at = strncmp(text, MARK, strlen(MARK)) == 0 ? text : NULL;
	size_t count = 0;

	while (at != NULL && count < PLAN_FILES_MAX) {
		char *name = at + strlen(MARK);
		char *content = strchr(name, '\n');

		if (content == NULL)
			break;
		*content++ = '\0';
		at = strstr(content, "\n" MARK);
		if (at != NULL)
			*at++ = '\0';
		files[count++] = (struct plan_file){name, bytes_of_str(content)};
	}
	return count;
}

static void check_target(const struct plan *plan, const struct plan_target *target)
{
	struct quantity sum = {.unit = target->value.unit};
	int order = 0;

	CHECK(target->clause != NULL && target->value.unit != NULL);
	CHECK(target->curve == CURVE_NONE || target->deadline != DAY_NONE);
	for (size_t i = 1; i < target->point_count; i++)
		CHECK(target->points[i - 1].day < target->points[i].day);
	if (target->allocations == NULL)
		return;
	for (size_t i = 0; i < plan->unit_count; i++) {
		CHECK(target->allocations[i].unit == &plan->units[i]);
		if (quantity_add(&sum, &target->allocations[i].value, &sum) < 0)
			return;
	}
	CHECK(quantity_compare(&sum, &target->value, &order) == 0);
	CHECK(order == 0 || target->split_note != NULL);
}

/* What holds on any day is somebody's, and adds up. */
static void check_adjustments(const struct plan *plan, const struct plan_target *target)
{
	for (size_t i = 0; i < target->adjustment_count; i++) {
		const struct plan_adjustment *adjustment = &target->adjustments[i];
		struct quantity whole = plan_value_on(target, adjustment->from);
		struct quantity sum = {.unit = target->value.unit};
		bool last = i + 1 == target->adjustment_count ||
		            adjustment[1].from > adjustment->from;
		int order = 0;

		CHECK(adjustment->basis[0] != '\0');
		CHECK(i == 0 || adjustment[-1].from <= adjustment->from);
		for (size_t k = 0; k < plan->unit_count; k++) {
			const struct plan_allocation *part =
				plan_part_on(target, &plan->units[k], adjustment->from);

			CHECK(part->unit == &plan->units[k]);
			if (!part->no_task && quantity_add(&sum, &part->value, &sum) < 0)
				return;
		}
		CHECK(!last || target->split_note != NULL ||
		      quantity_compare(&sum, &whole, &order) < 0 || order == 0);
	}
}

static void check_openings(const struct plan_section *section)
{
	for (size_t i = 0; i < section->opening_count; i++) {
		const struct plan_opening *opening = &section->openings[i];

		CHECK(plan_find_opening(section, opening->indicator, opening->unit) ==
		      opening);
		CHECK(section->asked[opening->unit->index]);
		CHECK((opening->confirmed_by[0] != '\0') ==
		      (opening->confirmed_on != DAY_NONE));
	}
}

static void check_person(const struct plan *plan, const struct plan_person *person)
{
	struct plan_seat seat = {person->unit, person->department, person->role, NULL};

	CHECK((person->unit != NULL) != (person->department != NULL));
	CHECK(plan_role_name(person->role)[0] != '\0');
	if (person->away_count == 0 && person->from == DAY_NONE && person->to == DAY_NONE)
		CHECK(plan_person_on(plan, &seat, 0) != NULL);
}

/* Each kind is about what it is judged by, and about nothing else. */
static void check_rule(const struct plan_rule *rule)
{
	bool about_target = rule->kind == RULE_BEHIND || rule->kind == RULE_HOCKEY_STICK;
	bool about_figure = rule->kind != RULE_COMPARE && rule->kind != RULE_NO_CHANGE &&
	                    !about_target;

	CHECK((rule->indicator != NULL) == about_figure);
	CHECK((rule->target != NULL) == about_target);
	CHECK(rule->left_count <= PLAN_TERMS_MAX && rule->right_count <= PLAN_TERMS_MAX);
	CHECK((rule->left_count > 0 && rule->right_count > 0) ==
	      (rule->kind == RULE_COMPARE));
	CHECK(rule->scope == SCOPE_UNIT || rule->severity == SEVERITY_NOTICE);
}

static void check_plan(const struct plan *plan)
{
	struct plan_change *changes = NULL;
	struct period period, last;
	struct arena arena;

	CHECK(plan->office != NULL);
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = &plan->sections[i];

		CHECK(section->lead != NULL && section->asked != NULL);
		for (size_t j = 0; j < section->target_count; j++) {
			check_target(plan, &section->targets[j]);
			check_adjustments(plan, &section->targets[j]);
		}
		check_openings(section);
		for (size_t j = 0; j < section->rule_count; j++)
			check_rule(&section->rules[j]);
	}
	for (size_t i = 0; i < plan->people_count; i++)
		check_person(plan, &plan->people[i]);
	if (period_parse(plan->schedule.first_period, &period) == 0 &&
	    period_parse(plan->schedule.last_period, &last) == 0) {
		struct period_times times;

		period_times(plan, &period, &times);
		CHECK(period_in_plan(plan, &period) == 0);
		CHECK(times.cutoff < times.opens && times.remind <= times.lock);
		(void)period_current(plan, times.due, &period);
	}
	arena_init(&arena, ARENA_LIMIT);
	CHECK(plan_diff(&arena, plan, plan, &changes) == E_NOMEM || changes == NULL);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(freep) char *text = malloc(size + 1);
	struct plan_file files[PLAN_FILES_MAX];
	struct yaml_problems problems, warnings;
	const struct plan *plan = NULL;
	struct arena arena;
	int r;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	arena_init(&arena, ARENA_LIMIT);
	yaml_problems_init(&problems, &arena);
	yaml_problems_init(&warnings, &arena);
	r = plan_read(&arena, files, cut(text, files), &problems, &warnings, &plan);
	CHECK(r == 0 || r == E_SYNTAX || r == E_NOMEM || r == E_LIMIT);
	CHECK((r == 0) == (plan != NULL));
	CHECK((r == E_SYNTAX) <= (problems.count > 0));
	for (struct yaml_problem *p = problems.first; p != NULL; p = p->next)
		CHECK(p->message[0] != '\0' && utf8_valid(bytes_of_str(p->message)));
	if (plan != NULL)
		check_plan(plan);
	arena_finish(&arena);
	return 0;
}
