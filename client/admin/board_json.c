/* The board for programs. */
#include "client/admin/board_json.h"

#include <jansson.h>
#include <string.h>

#include "client/admin/admin.h"
#include "client/admin/output.h"
#include "client/admin/text.h"
#include "model/quantity.h"
#include "model/wire.h"

static json_t *quantity_json(const Duban__V1__Quantity *message)
{
	struct quantity quantity;
	char number[QUANTITY_TEXT_MAX];

	if (message == NULL || wire_quantity_read(message, &quantity) < 0)
		return json_null();
	quantity_print_number(&quantity, number);
	return json_pack("{s:s, s:s}", "value", number, "unit", quantity.unit->name);
}

static json_t *line_json(struct admin *admin, const Duban__V1__BoardLine *line)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, "
	                 "s:s, s:s}",
	                 "target", line->target, "light", text_light(admin, line->light),
	                 "done", quantity_json(line->done), "task",
	                 quantity_json(line->task), "done_percent", line->done_percent,
	                 "expected_percent", line->expected_percent, "gap", line->gap,
	                 "why", line->why, "standing",
	                 text_standing(admin, (Duban__V1__Standing)line->standing),
	                 "wait", text_wait(admin, line->wait), "reported",
	                 quantity_json(line->reported), "checked_by", line->checked_by,
	                 "checked_at", text_instant(admin, line->checked_at),
	                 "check_remark", line->check_remark);
}

static json_t *cell_json(struct admin *admin, const Duban__V1__GetBoardResponse *board,
                         const Duban__V1__BoardCell *cell, size_t index)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < cell->n_lines; i++)
		(void)json_array_append_new(lines, line_json(admin, cell->lines[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "unit",
	                 index < board->n_units ? board->units[index]->unit : "", "light",
	                 text_light(admin, cell->light), "gap", cell->gap, "period",
	                 cell->period, "late", (int)cell->late, "lines", lines);
}

static json_t *target_json(struct admin *admin, const Duban__V1__BoardTarget *target)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:b, s:i, "
	                 "s:i, s:s, s:s}",
	                 "target", target->target, "name", target->name, "clause",
	                 target->clause, "light", text_light(admin, target->light),
	                 "done", quantity_json(target->done), "task",
	                 quantity_json(target->task), "done_percent",
	                 target->done_percent, "expected_percent",
	                 target->expected_percent, "gap", target->gap, "deadline_at",
	                 text_instant(admin, target->deadline_at), "sample",
	                 (int)target->sample, "reported", (int)target->reported,
	                 "expected_units", (int)target->expected_units, "why",
	                 target->why, "adjusted", target->adjusted);
}

static json_t *section_json(struct admin *admin, const Duban__V1__GetBoardResponse *board,
                            const Duban__V1__BoardSection *section)
{
	json_t *cells = json_array(), *targets = json_array();

	for (size_t i = 0; i < section->n_cells; i++)
		(void)json_array_append_new(cells, cell_json(admin, board,
		                                             section->cells[i], i));
	for (size_t i = 0; i < section->n_targets; i++)
		(void)json_array_append_new(targets,
		                            target_json(admin, section->targets[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "section", section->section, "name",
	                 section->name, "lead", section->lead, "cells", cells, "targets",
	                 targets);
}

static json_t *overdue_json(struct admin *admin, const Duban__V1__OverdueItem *item)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:i}", "unit", item->unit,
	                 "section", item->section, "period", item->period, "target",
	                 item->target, "due_at", text_instant(admin, item->due_at),
	                 "estimated", (int)item->estimated, "workdays",
	                 (int)item->workdays, "level", (int)item->level);
}

static json_t *check_json(struct admin *admin, const Duban__V1__CityCheck *check)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s}", "rule", check->rule, "section",
	                 check->section, "state", text_city_state(admin, check->state),
	                 "complete", (int)check->complete, "units", (int)check->units,
	                 "text", check->text);
}

int board_json_print(struct admin *admin, const Duban__V1__GetBoardResponse *board)
{
	json_t *sections = json_array(), *overdue = json_array(), *units = json_array();
	json_t *checks = json_array();
	json_t *object;

	for (size_t i = 0; i < board->n_units; i++)
		(void)json_array_append_new(
			units, json_pack("{s:s, s:s}", "unit", board->units[i]->unit,
		                         "name", board->units[i]->name));
	for (size_t i = 0; i < board->n_sections; i++)
		(void)json_array_append_new(sections, section_json(admin, board,
		                                                   board->sections[i]));
	for (size_t i = 0; i < board->n_overdue; i++)
		(void)json_array_append_new(overdue,
		                            overdue_json(admin, board->overdue[i]));
	for (size_t i = 0; i < board->n_checks; i++)
		(void)json_array_append_new(checks, check_json(admin, board->checks[i]));
	object = json_pack(
		"{s:s, s:i, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
		"plan", board->plan, "version", (int)board->version, "number",
		board->number, "title", board->title, "sample", (int)board->sample,
		"plan_at", text_instant(admin, board->plan_at), "cutoff_at",
		text_instant(admin, board->cutoff_at), "period", board->period,
		"thresholds", board->thresholds, "units", units, "sections", sections,
		"overdue", overdue, "checks", checks);
	return output_json(object);
}
