/* The board's message, put together from the judged board; nothing is judged here. */
#include "server/board_message.h"

#include "duban/v1/board.pb-c.h"

#include "base/err.h"
#include "model/wire.h"
#include "model/wording.h"
#include "server/board.h"
#include "server/message.h"

static int fill_head(struct arena *arena, const struct board *board,
                     Duban__V1__GetBoardResponse *message);
static int fill_sections(struct arena *arena, const struct board *board,
                         Duban__V1__GetBoardResponse *message);
static Duban__V1__BoardSection *section_message(struct arena *arena,
                                                const struct board *board,
                                                const struct board_section *section);
static Duban__V1__BoardCell *cell_message(struct arena *arena, const struct board *board,
                                          const struct board_cell *cell);
static Duban__V1__BoardLine *line_message(struct arena *arena, const struct board *board,
                                          const struct board_line *line);
static int fill_counted(struct arena *arena, const struct counted *counted,
                        Duban__V1__BoardLine *message);
static Duban__V1__BoardTarget *target_message(struct arena *arena,
                                              const struct board *board,
                                              const struct board_line *line);
static char *explain_line(struct arena *arena, const struct board *board,
                          const struct board_line *line);
static char *explain_target(struct arena *arena, const struct board *board,
                            const struct board_line *line);
static char *tenths(struct arena *arena, bool has, int64_t value);
static int fill_overdue(struct arena *arena, const struct board *board,
                        Duban__V1__GetBoardResponse *message);
static int fill_checks(struct arena *arena, const struct board *board,
                       Duban__V1__GetBoardResponse *message);

int board_message(struct arena *arena, const struct board *board, uint32_t version,
                  struct bytes *ret_message)
{
	Duban__V1__GetBoardResponse message = DUBAN__V1__GET_BOARD_RESPONSE__INIT;
	int r = fill_head(arena, board, &message);

	message.version = version;
	if (r == 0)
		r = fill_sections(arena, board, &message);
	if (r == 0)
		r = fill_overdue(arena, board, &message);
	if (r == 0)
		r = fill_checks(arena, board, &message);
	return r < 0 ? r : wire_pack(arena, &message.base, ret_message);
}

static int fill_head(struct arena *arena, const struct board *board,
                     Duban__V1__GetBoardResponse *message)
{
	const struct plan *plan = board->plan;

	message->plan = message_text(plan->id);
	message->number = message_text(plan->number);
	message->title = message_text(plan->title);
	message->sample = plan->sample;
	message->plan_at = board->now;
	message->cutoff_at = board->cutoff_at;
	message->period = message_text(board->period);
	message->thresholds = progress_rule(arena, &plan->lights);
	message->units = arena_new_array(arena, plan->unit_count, Duban__V1__BoardUnit *);
	if (message->thresholds == NULL || message->units == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < plan->unit_count; i++) {
		Duban__V1__BoardUnit *unit = arena_new(arena, Duban__V1__BoardUnit);

		if (unit == NULL)
			return E_NOMEM;
		duban__v1__board_unit__init(unit);
		unit->unit = message_text(plan->units[i].code);
		unit->name = message_text(plan->units[i].name);
		message->units[message->n_units++] = unit;
	}
	return 0;
}

static int fill_sections(struct arena *arena, const struct board *board,
                         Duban__V1__GetBoardResponse *message)
{
	size_t count = board->plan->section_count;

	message->sections = arena_new_array(arena, count, Duban__V1__BoardSection *);
	if (message->sections == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		Duban__V1__BoardSection *section =
			section_message(arena, board, &board->sections[i]);

		if (section == NULL)
			return E_NOMEM;
		message->sections[message->n_sections++] = section;
	}
	return 0;
}

static Duban__V1__BoardSection *section_message(struct arena *arena,
                                                const struct board *board,
                                                const struct board_section *section)
{
	const struct plan_section *plan_section = section->section;
	size_t cells = board->plan->unit_count, targets = plan_section->target_count;
	Duban__V1__BoardSection *message = arena_new(arena, Duban__V1__BoardSection);

	if (message == NULL)
		return NULL;
	duban__v1__board_section__init(message);
	message->section = message_text(plan_section->id);
	message->name = message_text(plan_section->name);
	message->lead =
		message_text(plan_section->lead != NULL ? plan_section->lead->name : "");
	message->cells = arena_new_array(arena, cells, Duban__V1__BoardCell *);
	message->targets = arena_new_array(arena, targets, Duban__V1__BoardTarget *);
	if (message->cells == NULL || message->targets == NULL)
		return NULL;
	for (; message->n_cells < cells; message->n_cells++) {
		Duban__V1__BoardCell *cell =
			cell_message(arena, board, &section->cells[message->n_cells]);

		if (cell == NULL)
			return NULL;
		message->cells[message->n_cells] = cell;
	}
	for (; message->n_targets < targets; message->n_targets++) {
		Duban__V1__BoardTarget *target =
			target_message(arena, board,
		                       &section->targets[message->n_targets]);

		if (target == NULL)
			return NULL;
		message->targets[message->n_targets] = target;
	}
	return message;
}

static Duban__V1__BoardCell *cell_message(struct arena *arena, const struct board *board,
                                          const struct board_cell *cell)
{
	Duban__V1__BoardCell *message = arena_new(arena, Duban__V1__BoardCell);
	size_t lines = board->line_count <= BOARD_LINES_MAX ? cell->line_count : 0;

	if (message == NULL)
		return NULL;
	duban__v1__board_cell__init(message);
	message->light = (Duban__V1__Light)cell->light;
	message->gap = tenths(arena, cell->has_gap, cell->gap_tenths);
	if (cell->report != NULL) {
		message->period = message_text(cell->report->period);
		message->late = cell->report->late;
	}
	message->lines = arena_new_array(arena, lines, Duban__V1__BoardLine *);
	if (message->gap == NULL || message->lines == NULL)
		return NULL;
	for (; message->n_lines < lines; message->n_lines++) {
		Duban__V1__BoardLine *line =
			line_message(arena, board, &cell->lines[message->n_lines]);

		if (line == NULL)
			return NULL;
		message->lines[message->n_lines] = line;
	}
	return message;
}

static Duban__V1__BoardLine *line_message(struct arena *arena, const struct board *board,
                                          const struct board_line *line)
{
	const struct standing *standing = &line->standing;
	Duban__V1__BoardLine *message = arena_new(arena, Duban__V1__BoardLine);
	bool has_gap = standing->has_done && standing->has_expected;

	if (message == NULL)
		return NULL;
	duban__v1__board_line__init(message);
	message->target = message_text(line->target->id);
	message->light = (Duban__V1__Light)standing->light;
	message->done_percent = tenths(arena, standing->has_done, standing->done_tenths);
	message->expected_percent =
		tenths(arena, standing->has_expected, standing->expected_tenths);
	message->gap = tenths(arena, has_gap, standing->gap_tenths);
	if (board->line_count <= BOARD_WHY_MAX)
		message->why = explain_line(arena, board, line);
	if (message->done_percent == NULL || message->expected_percent == NULL ||
	    message->gap == NULL ||
	    wire_quantity_write(arena, &line->task, &message->task) < 0 ||
	    (line->has_done &&
	     wire_quantity_write(arena, &line->done, &message->done) < 0) ||
	    fill_counted(arena, &line->counted, message) < 0)
		return NULL;
	return message;
}

/* How far the figure stands, and what the bureau found when it looked. */
static int fill_counted(struct arena *arena, const struct counted *counted,
                        Duban__V1__BoardLine *message)
{
	const struct figure_check *check = counted->check;

	message->standing = (Duban__V1__FigureStanding)counted->standing;
	message->wait = (Duban__V1__FigureWait)counted->wait;
	if (evidence_differs(counted) &&
	    wire_quantity_write(arena, &counted->reported, &message->reported) < 0)
		return E_NOMEM;
	if (check == NULL || check->standing == 0)
		return 0;
	message->checked_by = message_text(check->by);
	message->checked_at = check->at;
	message->check_remark = message_text(check->remark);
	return 0;
}

static Duban__V1__BoardTarget *target_message(struct arena *arena,
                                              const struct board *board,
                                              const struct board_line *line)
{
	const struct plan_target *target = line->target;
	const struct standing *standing = &line->standing;
	Duban__V1__BoardTarget *message = arena_new(arena, Duban__V1__BoardTarget);
	bool has_gap = standing->has_done && standing->has_expected;
	/* "All that need it" has no number until somebody has counted. */
	bool has_task = target->indicator != NULL || target->value.digits != 0;
	day deadline = plan_deadline_on(target, NULL, line->on);

	if (message == NULL)
		return NULL;
	duban__v1__board_target__init(message);
	message->target = message_text(target->id);
	message->name = message_text(target->name);
	message->clause = message_text(target->clause != NULL ? target->clause->id : "");
	message->light = (Duban__V1__Light)standing->light;
	message->done_percent = tenths(arena, standing->has_done, standing->done_tenths);
	message->expected_percent =
		tenths(arena, standing->has_expected, standing->expected_tenths);
	message->gap = tenths(arena, has_gap, standing->gap_tenths);
	message->adjusted = message_text(wording_adjusted(arena, target, NULL, line->on));
	if (deadline != DAY_NONE)
		message->deadline_at =
			instant_of(deadline + 1, 0, board->plan->utc_offset) - 1;
	message->sample = target->deadline_sample || target->curve_sample;
	message->reported = line->reported;
	message->expected_units = line->expected;
	message->why = explain_target(arena, board, line);
	if (message->done_percent == NULL || message->expected_percent == NULL ||
	    message->gap == NULL || message->why == NULL ||
	    (has_task && wire_quantity_write(arena, &line->task, &message->task) < 0) ||
	    (line->has_done &&
	     wire_quantity_write(arena, &line->done, &message->done) < 0))
		return NULL;
	return message;
}

/* What is missing from a sum belongs beside it. */
static char *explain_target(struct arena *arena, const struct board *board,
                            const struct board_line *line)
{
	const char *why;

	if (line->target->indicator == NULL)
		return message_text("未设指标，由牵头处室核验");
	why = explain_line(arena, board, line);
	if (why == NULL)
		return NULL;
	if (line->reported == line->expected || !line->has_done)
		return message_text(why);
	return arena_printf(arena, "%s；%u家单位中%u家已报本期，未报的按最近一期数计",
	                    why, line->expected, line->reported);
}

/* The light, what does not count of what was reported, and how the task came to be
 * another. NULL: no memory. */
static char *explain_line(struct arena *arena, const struct board *board,
                          const struct board_line *line)
{
	const char *why = progress_explain(arena, board->plan, line->target,
	                                   &line->standing, line->on);
	const char *counted = evidence_explain(arena, &line->counted);
	const char *adjusted =
		wording_adjusted(arena, line->target, line->unit, line->on);

	if (why == NULL || counted == NULL || adjusted == NULL)
		return NULL;
	return arena_printf(arena, "%s%s%s%s", why, counted,
	                    adjusted[0] != '\0' ? "；" : "", adjusted);
}

/* "" when there is none. NULL: no memory. */
static char *tenths(struct arena *arena, bool has, int64_t value)
{
	char text[24] = "";

	if (has)
		tenths_print(value, text);
	return arena_strdup(arena, text);
}

static int fill_overdue(struct arena *arena, const struct board *board,
                        Duban__V1__GetBoardResponse *message)
{
	message->overdue =
		arena_new_array(arena, board->overdue_count, Duban__V1__OverdueItem *);
	if (message->overdue == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < board->overdue_count; i++) {
		const struct board_overdue *from = &board->overdue[i];
		Duban__V1__OverdueItem *item = arena_new(arena, Duban__V1__OverdueItem);

		if (item == NULL)
			return E_NOMEM;
		duban__v1__overdue_item__init(item);
		item->unit = message_text(from->unit);
		item->section = message_text(from->section);
		item->period = message_text(from->period);
		item->target = message_text(from->target);
		item->due_at = from->due_at;
		item->workdays = from->workdays;
		item->level = from->level;
		item->estimated = wording_is_estimated(board->plan, from->due_at);
		message->overdue[message->n_overdue++] = item;
	}
	return 0;
}

static int fill_checks(struct arena *arena, const struct board *board,
                       Duban__V1__GetBoardResponse *message)
{
	message->checks =
		arena_new_array(arena, board->check_count, Duban__V1__CityCheck *);
	if (message->checks == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < board->check_count; i++) {
		const struct city_check *from = &board->checks[i];
		Duban__V1__CityCheck *check = arena_new(arena, Duban__V1__CityCheck);

		if (check == NULL)
			return E_NOMEM;
		duban__v1__city_check__init(check);
		check->rule = message_text(from->rule->id);
		check->section = message_text(from->section->id);
		check->state = (Duban__V1__CityState)from->state;
		check->complete = (uint32_t)from->complete;
		check->units = (uint32_t)from->units;
		check->text = message_text(from->text);
		message->checks[message->n_checks++] = check;
	}
	return 0;
}
