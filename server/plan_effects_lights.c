/*
 * Which lights another version shows otherwise, by the same newest figures:
 *
 *	figures -> board by the version in force --.
 *	        -> board by the new one ------------+-> unit by unit, target by target
 *
 * Both boards are what GetBoard would show now, memory of a red light included. Why a
 * light changes is said by what differs between the two: the task, the date, the progress
 * that is expected, the thresholds.
 */
#include <string.h>

#include "base/err.h"
#include "server/plan_effects_internal.h"

static int compare_section(struct weighing *weighing, const struct board *was,
                           const struct board *is, const struct board_section *section);
static const struct board_cell *find_cell(const struct board *board, const char *section,
                                          const char *unit);
static const struct board_line *find_line(const struct board_cell *cell,
                                          const char *target);
static int compare_lines(struct weighing *weighing, const struct board_line *was,
                         const struct board_line *is);
static void count(struct weighing *weighing, const struct effect_light *light);
static bool is_lit(enum light light);
static const char *explain(struct weighing *weighing, const struct board_line *was,
                           const struct board_line *is);
static const char *explain_task(struct arena *arena, const struct board_line *was,
                                const struct board_line *is);
static const char *explain_expected(struct arena *arena, const struct standing *was,
                                    const struct standing *is);

int weigh_lights(struct weighing *weighing)
{
	struct board *was, *is;
	int r = board_judge(weighing->arena, weighing->from, weighing->facts, &was);

	if (r == 0)
		r = board_judge(weighing->arena, weighing->to, weighing->facts, &is);
	if (r == 0)
		weighing->effects->board = is;
	for (size_t i = 0; r == 0 && i < weighing->to->section_count; i++)
		r = compare_section(weighing, was, is, &is->sections[i]);
	return r;
}

static int compare_section(struct weighing *weighing, const struct board *was,
                           const struct board *is, const struct board_section *section)
{
	int r = 0;

	for (size_t i = 0; i < is->plan->unit_count; i++) {
		const struct board_cell *cell = &section->cells[i];
		const struct board_cell *old =
			find_cell(was, section->section->id, is->plan->units[i].code);

		for (size_t k = 0; r == 0 && k < cell->line_count; k++)
			r = compare_lines(weighing,
			                  find_line(old, cell->lines[k].target->id),
			                  &cell->lines[k]);
		for (size_t k = 0; r == 0 && old != NULL && k < old->line_count; k++)
			if (find_line(cell, old->lines[k].target->id) == NULL)
				r = compare_lines(weighing, &old->lines[k], NULL);
	}
	return r;
}

static const struct board_cell *find_cell(const struct board *board, const char *section,
                                          const char *unit)
{
	const struct plan_section *found = plan_find_section(board->plan, section);
	const struct plan_unit *who = plan_find_unit(board->plan, unit);

	return found != NULL && who != NULL
	               ? &board->sections[found->index].cells[who->index]
	               : NULL;
}

static const struct board_line *find_line(const struct board_cell *cell,
                                          const char *target)
{
	for (size_t i = 0; cell != NULL && i < cell->line_count; i++)
		if (strcmp(cell->lines[i].target->id, target) == 0)
			return &cell->lines[i];
	return NULL;
}

/* One of them may be NULL. A unit that is new is no change of a light. */
static int compare_lines(struct weighing *weighing, const struct board_line *was,
                         const struct board_line *is)
{
	const struct board_line *line = is != NULL ? is : was;
	struct effect_light light = {
		.section = line->target->section,
		.target = line->target,
		.unit = line->unit,
		.from = was != NULL ? was->standing.light : 0,
		.to = is != NULL ? is->standing.light : 0,
	};
	void *grown;

	if (light.from == light.to || (!is_lit(light.from) && !is_lit(light.to)))
		return 0;
	count(weighing, &light);
	if (weighing->effects->light_count == PLAN_EFFECTS_LIGHTS_MAX) {
		weighing->effects->is_complete = false;
		return 0;
	}
	light.why = explain(weighing, was, is);
	grown = arena_grow(weighing->arena, weighing->lights,
	                   weighing->effects->light_count, &weighing->light_capacity,
	                   sizeof(light));
	if (grown == NULL || light.why == NULL)
		return E_NOMEM;
	weighing->lights = grown;
	weighing->lights[weighing->effects->light_count++] = light;
	return 0;
}

static void count(struct weighing *weighing, const struct effect_light *light)
{
	struct effect_section *section = weighing_section(weighing, light->section->id);

	if (!is_lit(light->from) || !is_lit(light->to))
		section->otherwise++;
	else if (light->to > light->from)
		section->worse++;
	else
		section->better++;
}

static bool is_lit(enum light light)
{
	return light >= LIGHT_GREEN && light <= LIGHT_RED;
}

/* "序时进度44.9%→50.0%；任务数260个→300个"; what it comes from, as far as one can see. */
static const char *explain(struct weighing *weighing, const struct board_line *was,
                           const struct board_line *is)
{
	struct arena *arena = weighing->arena;
	const struct plan_lights *old = &weighing->from->lights;
	const struct plan_lights *new = &weighing->to->lights;
	const char *task, *expected;

	if (was == NULL)
		return "新增任务";
	if (is == NULL)
		return "不再有任务";
	task = explain_task(arena, was, is);
	expected = explain_expected(arena, &was->standing, &is->standing);
	if (task == NULL || expected == NULL)
		return NULL;
	if (task[0] != '\0' || expected[0] != '\0')
		return arena_printf(arena, "%s%s%s", task,
		                    task[0] != '\0' && expected[0] != '\0' ? "；" : "",
		                    expected);
	if (old->yellow_tenths != new->yellow_tenths ||
	    old->red_tenths != new->red_tenths || old->memory != new->memory)
		return "亮灯标准调整";
	if (was->on != is->on)
		return "报告期或时限调整";
	return "期限调整";
}

static const char *explain_task(struct arena *arena, const struct board_line *was,
                                const struct board_line *is)
{
	char from[QUANTITY_TEXT_MAX], to[QUANTITY_TEXT_MAX];
	int order;

	if (quantity_compare(&was->task, &is->task, &order) == 0 && order == 0)
		return "";
	quantity_print(&was->task, from);
	quantity_print(&is->task, to);
	return arena_printf(arena, "任务数%s→%s", from, to);
}

static const char *explain_expected(struct arena *arena, const struct standing *was,
                                    const struct standing *is)
{
	char from[24], to[24];

	if (was->has_expected == is->has_expected &&
	    was->expected_tenths == is->expected_tenths)
		return "";
	if (!was->has_expected || !is->has_expected)
		return is->has_expected ? "开始按序时进度亮灯" : "不再按序时进度亮灯";
	tenths_print(was->expected_tenths, from);
	tenths_print(is->expected_tenths, to);
	return arena_printf(arena, "序时进度%s%%→%s%%", from, to);
}
