/*
 * How a board comes about:
 *
 *	plan, now --> the last period that was due --> the day that is judged
 *	each unit and section --> newest report --> a line for each target --> cell
 *	each target --> sum over the units, exact --> the city's line
 *	each rule about the city --> sums over the units --> a check
 *	missing reports, lines past their deadline --> what is overdue
 *
 * A unit whose newest report is older than the last due period counts as "not reported":
 * no light of its own. In the city's sum its last figures stay, because what is built
 * does not vanish when a report is missing; the count of units says how many reported.
 */
#include "server/board_figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/light.h"
#include "server/lights.h"

struct work_board {
	struct arena *arena;
	const struct plan *plan;
	const struct board_facts *facts;
	struct board *board;
	size_t overdue_capacity;
};

static void find_period(const struct plan *plan, int64_t now, struct board *board);
static int judge_section(struct work_board *work, const struct plan_section *section,
                         struct board_section *ret);
static int judge_cell(struct work_board *work, const struct plan_section *section,
                      const struct plan_unit *unit, struct board_cell *cell);
static const struct board_report *find_report(const struct board_facts *facts,
                                              const char *unit, const char *section);
static int compare_reports(const void *a, const void *b);
static bool is_current(const struct board *board, const struct board_report *report);
static bool judge_line(const struct work_board *work, const struct board_report *report,
                       struct board_line *line);
static void sum_up(struct board_cell *cell, bool current);
static void judge_city(const struct work_board *work, const struct plan_section *section,
                       const struct plan_target *target, struct board_line *line);
static bool takes_part(const struct work_board *work, const struct plan_section *section,
                       const struct plan_target *target, size_t unit);
static bool city_value(const struct work_board *work, const struct plan_section *section,
                       const struct plan_target *target,
                       const struct plan_indicator *indicator, struct quantity *ret);
static bool is_remembered(const struct board_facts *facts,
                          const struct board_report *report, const char *target);
static int compare_remembered(const void *a, const void *b);
static int check_city(struct work_board *work);
static int check_section(struct work_board *work, const struct plan_section *section,
                         struct city_unit *units);
static size_t count_city_rules(const struct plan *plan);
static int list_missing(struct work_board *work);
static int list_targets(struct work_board *work);
static int list_line(struct work_board *work, const struct plan_unit *unit,
                     const struct board_line *line);
static int add_overdue(struct work_board *work, const struct board_overdue *overdue);
static int compare_overdue(const void *a, const void *b);
static unsigned level_of(const struct board_facts *facts, const char *unit,
                         const char *section, const char *target);
static int compare_levels(const void *a, const void *b);

int board_judge(struct arena *arena, const struct plan *plan,
                const struct board_facts *facts, struct board **ret_board)
{
	struct work_board work = {.arena = arena, .plan = plan, .facts = facts};
	int r = 0;

	work.board = arena_new(arena, struct board);
	if (work.board == NULL)
		return E_NOMEM;
	work.board->plan = plan;
	work.board->now = facts->now;
	work.board->sections =
		arena_new_array(arena, plan->section_count, struct board_section);
	if (work.board->sections == NULL)
		return E_NOMEM;
	find_period(plan, facts->now, work.board);
	for (size_t i = 0; r == 0 && i < plan->section_count; i++)
		r = judge_section(&work, &plan->sections[i], &work.board->sections[i]);
	if (r == 0)
		r = check_city(&work);
	if (r == 0)
		r = list_missing(&work);
	if (r == 0)
		r = list_targets(&work);
	if (r < 0)
		return r;
	if (work.board->overdue_count > 1)
		qsort(work.board->overdue, work.board->overdue_count,
		      sizeof(*work.board->overdue), compare_overdue);
	*ret_board = work.board;
	return 0;
}

/* The newest period whose reports were due. */
static void find_period(const struct plan *plan, int64_t now, struct board *board)
{
	struct period period;
	struct period_times times;

	board->on = instant_day(now, plan->utc_offset);
	if (period_parse(plan->schedule.first_period, &period) < 0)
		return;
	for (; period_in_plan(plan, &period) == 0; period = period_next(&period)) {
		period_times(plan, &period, &times);
		if (times.due > now)
			return;
		board->has_period = true;
		period_print(&period, board->period);
		board->cutoff_at = times.cutoff;
		board->on = instant_day(times.cutoff, plan->utc_offset);
	}
}

static int judge_section(struct work_board *work, const struct plan_section *section,
                         struct board_section *ret)
{
	const struct plan *plan = work->plan;

	ret->section = section;
	ret->cells = arena_new_array(work->arena, plan->unit_count, struct board_cell);
	ret->targets =
		arena_new_array(work->arena, section->target_count, struct board_line);
	if (ret->cells == NULL || ret->targets == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < plan->unit_count; i++) {
		int r = judge_cell(work, section, &plan->units[i], &ret->cells[i]);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < section->target_count; i++)
		judge_city(work, section, &section->targets[i], &ret->targets[i]);
	return 0;
}

static int judge_cell(struct work_board *work, const struct plan_section *section,
                      const struct plan_unit *unit, struct board_cell *cell)
{
	bool current;

	cell->light = LIGHT_NO_TASK;
	if (!section->asked[unit->index])
		return 0;
	cell->report = find_report(work->facts, unit->code, section->id);
	current = is_current(work->board, cell->report);
	cell->lines =
		arena_new_array(work->arena, section->target_count, struct board_line);
	if (cell->lines == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < section->target_count; i++) {
		struct board_line *line = &cell->lines[cell->line_count];

		line->target = &section->targets[i];
		line->unit = unit;
		cell->line_count += judge_line(work, cell->report, line);
	}
	work->board->line_count += cell->line_count;
	sum_up(cell, current);
	return 0;
}

static const struct board_report *find_report(const struct board_facts *facts,
                                              const char *unit, const char *section)
{
	const struct board_report wanted = {.unit = unit, .section = section};

	if (facts->report_count == 0)
		return NULL;
	return bsearch(&wanted, facts->reports, facts->report_count,
	               sizeof(*facts->reports), compare_reports);
}

static int compare_reports(const void *a, const void *b)
{
	const struct board_report *one = a, *other = b;
	int order = strcmp(one->unit, other->unit);

	return order != 0 ? order : strcmp(one->section, other->section);
}

/* Periods of one frequency order as their texts do. */
static bool is_current(const struct board *board, const struct board_report *report)
{
	if (report == NULL)
		return false;
	return !board->has_period || strcmp(report->period, board->period) >= 0;
}

/* False: no part in it. A figure is judged on the last day that it covers. What was not
 * reported is judged on the board's day as unknown; its old figure is still shown. */
static bool judge_line(const struct work_board *work, const struct board_report *report,
                       struct board_line *line)
{
	const struct plan_target *target = line->target;
	bool current = is_current(work->board, report);
	const struct plan_allocation *task;
	struct period period;

	line->on = work->board->on;
	if (current && period_parse(report->period, &period) == 0)
		line->on = lights_day(work->plan, &period);
	task = plan_task_on(target, line->unit, line->on);
	if (task == NULL)
		return false;
	line->task = task->value;
	if (report != NULL) {
		evidence_count(target, line->unit, &report->evidence, &line->counted);
		line->has_done = line->counted.has_done;
		line->done = line->counted.done;
	}
	progress_judge(work->plan, target, &task->value, task->deadline,
	               current && line->has_done ? &line->done : NULL, line->on,
	               &line->standing);
	if (current && is_remembered(work->facts, report, target->id))
		progress_remember(&work->plan->lights, &(enum light){LIGHT_RED}, 1,
		                  &line->standing);
	return true;
}

/* By this very report; the judge, who stores lights, has looked at the one before. */
static bool is_remembered(const struct board_facts *facts,
                          const struct board_report *report, const char *target)
{
	const struct board_remembered wanted = {.unit = report->unit,
	                                        .section = report->section,
	                                        .target = target};
	const struct board_remembered *found;

	if (facts->remembered_count == 0)
		return false;
	found = bsearch(&wanted, facts->remembered, facts->remembered_count,
	                sizeof(*facts->remembered), compare_remembered);
	return found != NULL && strcmp(found->number, report->number) == 0;
}

static int compare_remembered(const void *a, const void *b)
{
	const struct board_remembered *one = a, *other = b;
	int order = strcmp(one->unit, other->unit);

	if (order == 0)
		order = strcmp(one->section, other->section);
	return order != 0 ? order : strcmp(one->target, other->target);
}

/* The worst light of the lines, and the largest gap among those that show it. */
static void sum_up(struct board_cell *cell, bool current)
{
	if (cell->line_count == 0) {
		cell->light = current ? LIGHT_NONE : LIGHT_NOT_REPORTED;
		return;
	}
	for (size_t i = 0; i < cell->line_count; i++)
		cell->light = light_worse(cell->light, cell->lines[i].standing.light);
	for (size_t i = 0; i < cell->line_count; i++) {
		const struct standing *standing = &cell->lines[i].standing;

		if (standing->light != cell->light || !standing->has_done ||
		    !standing->has_expected)
			continue;
		if (!cell->has_gap || standing->gap_tenths < cell->gap_tenths)
			cell->gap_tenths = standing->gap_tenths;
		cell->has_gap = true;
	}
}

static void judge_city(const struct work_board *work, const struct plan_section *section,
                       const struct plan_target *target, struct board_line *line)
{
	line->target = target;
	line->on = work->board->on;
	line->task = plan_value_on(target, line->on);
	line->standing.light = LIGHT_NONE;
	if (target->indicator == NULL)
		return; /* stated, but not measured */
	for (size_t i = 0; i < work->plan->unit_count; i++) {
		const struct board_report *report;

		if (!takes_part(work, section, target, i))
			continue;
		report = find_report(work->facts, work->plan->units[i].code, section->id);
		line->expected++;
		line->reported += is_current(work->board, report);
	}
	line->has_done =
		city_value(work, section, target, target->indicator, &line->done);
	progress_judge(work->plan, target, &line->task, DAY_NONE,
	               line->has_done ? &line->done : NULL, line->on, &line->standing);
}

/* Before a target is split, every unit that reports its section takes part. */
static bool takes_part(const struct work_board *work, const struct plan_section *section,
                       const struct plan_target *target, size_t unit)
{
	const struct plan_allocation *part =
		plan_part_on(target, &work->plan->units[unit], work->board->on);

	return section->asked[unit] && (part == NULL || !part->no_task);
}

/* The exact sum; of a share, the share of the sums. False: nobody reported, or it cannot
 * be added. */
static bool city_value(const struct work_board *work, const struct plan_section *section,
                       const struct plan_target *target,
                       const struct plan_indicator *indicator, struct quantity *ret)
{
	struct quantity sum = {.unit = NULL};

	if (indicator->kind == INDICATOR_SHARE) {
		struct quantity part, whole;
		int64_t tenths;

		if (!city_value(work, section, target, indicator->numerator, &part) ||
		    !city_value(work, section, target, indicator->denominator, &whole) ||
		    quantity_share(&part, &whole, &tenths) < 0)
			return false;
		*ret = (struct quantity){.digits = tenths,
		                         .scale = 1,
		                         .unit = indicator->unit};
		return true;
	}
	for (size_t i = 0; i < work->plan->unit_count; i++) {
		const struct board_report *report =
			find_report(work->facts, work->plan->units[i].code, section->id);
		struct quantity value;

		if (report == NULL || !takes_part(work, section, target, i) ||
		    !evidence_value(target, &work->plan->units[i], indicator,
		                    &report->evidence, &value))
			continue;
		if (!lights_add(&sum, &value))
			return false;
	}
	*ret = sum;
	return sum.unit != NULL;
}

/* What the plan asks of the city's sums, by the newest figures of every unit. */
static int check_city(struct work_board *work)
{
	const struct plan *plan = work->plan;
	struct city_unit *units =
		arena_new_array(work->arena, plan->unit_count, struct city_unit);
	int r = 0;

	work->board->checks =
		arena_new_array(work->arena, count_city_rules(plan), struct city_check);
	if (units == NULL || work->board->checks == NULL)
		return E_NOMEM;
	for (size_t i = 0; r == 0 && i < plan->section_count; i++)
		r = check_section(work, &plan->sections[i], units);
	return r;
}

static int check_section(struct work_board *work, const struct plan_section *section,
                         struct city_unit *units)
{
	const struct plan *plan = work->plan;
	struct board *board = work->board;

	for (size_t i = 0; i < plan->unit_count; i++) {
		const struct board_report *report =
			find_report(work->facts, plan->units[i].code, section->id);

		units[i] = (struct city_unit){0};
		if (report != NULL &&
		    evidence_figures(work->arena, &report->evidence, &units[i].figures,
		                     &units[i].figure_count) < 0)
			return E_NOMEM;
	}
	for (size_t i = 0; i < section->rule_count; i++) {
		int r;

		if (section->rules[i].scope != SCOPE_CITY)
			continue;
		r = city_judge(work->arena, plan, section, &section->rules[i],
		               &(struct city_figures){units, board->on},
		               &board->checks[board->check_count]);
		if (r < 0)
			return r;
		board->check_count++;
	}
	return 0;
}

static size_t count_city_rules(const struct plan *plan)
{
	size_t count = 0;

	for (size_t s = 0; s < plan->section_count; s++) {
		for (size_t i = 0; i < plan->sections[s].rule_count; i++)
			count += plan->sections[s].rules[i].scope == SCOPE_CITY;
	}
	return count;
}

/* What the plan no longer has is left out. */
static int list_missing(struct work_board *work)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < work->facts->missing_count; i++) {
		const struct board_missing *missing = &work->facts->missing[i];
		const struct plan_unit *unit = plan_find_unit(work->plan, missing->unit);
		const struct plan_section *section =
			plan_find_section(work->plan, missing->section);

		if (unit == NULL || section == NULL)
			continue;
		r = add_overdue(work,
		                &(struct board_overdue){.unit = missing->unit,
		                                        .section = missing->section,
		                                        .unit_index = unit->index,
		                                        .section_index = section->index,
		                                        .period = missing->period,
		                                        .target = "",
		                                        .due_at = missing->due_at,
		                                        .level = missing->level});
	}
	return r;
}

static int list_targets(struct work_board *work)
{
	const struct plan *plan = work->plan;
	int r = 0;

	for (size_t s = 0; s < plan->section_count; s++) {
		for (size_t u = 0; r == 0 && u < plan->unit_count; u++) {
			const struct board_cell *cell =
				&work->board->sections[s].cells[u];

			for (size_t i = 0; r == 0 && i < cell->line_count; i++)
				r = list_line(work, &plan->units[u], &cell->lines[i]);
		}
	}
	return r;
}

static int list_line(struct work_board *work, const struct plan_unit *unit,
                     const struct board_line *line)
{
	const struct plan_target *target = line->target;
	day deadline = plan_deadline_on(target, unit, line->on);
	struct board_overdue overdue = {
		.unit = unit->code,
		.section = target->section->id,
		.unit_index = unit->index,
		.section_index = target->section->index,
		.period = "",
		.target = target->id,
	};

	if (!line->standing.overdue)
		return 0;
	overdue.due_at = instant_of(deadline + 1, 0, work->plan->utc_offset) - 1;
	overdue.level =
		level_of(work->facts, overdue.unit, overdue.section, overdue.target);
	return add_overdue(work, &overdue);
}

static int add_overdue(struct work_board *work, const struct board_overdue *overdue)
{
	const struct plan *plan = work->plan;
	struct board *board = work->board;
	struct board_overdue *larger;
	int days;

	if (board->overdue_count == BOARD_OVERDUE_MAX)
		return 0;
	larger = arena_grow(work->arena, board->overdue, board->overdue_count,
	                    &work->overdue_capacity, sizeof(*larger));
	if (larger == NULL)
		return E_NOMEM;
	board->overdue = larger;
	larger[board->overdue_count] = *overdue;
	days = calendar_count_workdays(&plan->calendar,
	                               instant_day(overdue->due_at, plan->utc_offset),
	                               instant_day(board->now, plan->utc_offset));
	larger[board->overdue_count++].workdays = days > 0 ? (uint32_t)days : 0;
	return 0;
}

/* As the board reads: units as the plan lists them, then sections; the longest overdue
 * first. */
static int compare_overdue(const void *a, const void *b)
{
	const struct board_overdue *one = a, *other = b;

	if (one->unit_index != other->unit_index)
		return one->unit_index < other->unit_index ? -1 : 1;
	if (one->section_index != other->section_index)
		return one->section_index < other->section_index ? -1 : 1;
	if (one->due_at != other->due_at)
		return one->due_at < other->due_at ? -1 : 1;
	return strcmp(one->target, other->target);
}

static unsigned level_of(const struct board_facts *facts, const char *unit,
                         const char *section, const char *target)
{
	const struct board_level wanted = {.unit = unit,
	                                   .section = section,
	                                   .target = target};
	const struct board_level *level;

	if (facts->level_count == 0)
		return 0;
	level = bsearch(&wanted, facts->levels, facts->level_count,
	                sizeof(*facts->levels), compare_levels);
	return level != NULL ? level->level : 0;
}

static int compare_levels(const void *a, const void *b)
{
	const struct board_level *one = a, *other = b;
	int order = strcmp(one->unit, other->unit);

	if (order == 0)
		order = strcmp(one->section, other->section);
	return order != 0 ? order : strcmp(one->target, other->target);
}
