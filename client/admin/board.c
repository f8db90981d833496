/*
 * duban board.
 *
 *	title, data as of
 *	sections x units: the light as a word, and the gap in percentage points
 *	the city's targets: done, task, expected progress
 *	the city's sums against what the plan says of them
 *	what is overdue
 *	legend
 *
 * Colour is extra: every cell is readable without it.
 */
#include "client/admin/board.h"

#include <duban/v1/board.pb-c.h>
#include <libsmartcols.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/board_json.h"
#include "client/admin/call.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

static struct {
	char *explain, *known_at;
	int no_colour;
} options;

/* clang-format off */
const struct poptOption board_options[] = {
	{"explain", 'e', POPT_ARG_STRING, &options.explain, 0, N_("逐项说明一个单位为什么亮这个灯，如 430111 或 雨花区"), N_("单位")},
	{"known-at", 0, POPT_ARG_STRING, &options.known_at, 0, N_("按某一时点当时所知和当时的方案版本显示，如 2022-10-08 或 \"2022-10-08 17:30\""), N_("时间")},
	{"no-colour", 0, POPT_ARG_NONE, &options.no_colour, 0, N_("不用颜色"), NULL},
	POPT_TABLEEND};
/* clang-format on */

static void print_title(struct admin *admin, const Duban__V1__GetBoardResponse *board);
static int print_cells(struct admin *admin, const Duban__V1__GetBoardResponse *board);
static int print_targets(struct admin *admin, const Duban__V1__GetBoardResponse *board);
static void print_adjusted(const Duban__V1__GetBoardResponse *board);
static int print_checks(struct admin *admin, const Duban__V1__GetBoardResponse *board);
static int print_overdue(struct admin *admin, const Duban__V1__GetBoardResponse *board);
static int print_explanation(struct admin *admin,
                             const Duban__V1__GetBoardResponse *board);

int board_show(struct admin *admin, const char *const *args)
{
	Duban__V1__GetBoardRequest request = DUBAN__V1__GET_BOARD_REQUEST__INIT;
	const Duban__V1__GetBoardResponse *board;
	ProtobufCMessage *message;
	int code;

	if (args[0] != NULL)
		request.plan = arena_strdup(&admin->arena, args[0]);
	if (text_known_at(options.known_at, &request.known_at) != ADMIN_OK)
		return ADMIN_USAGE;
	code = admin_call(admin, "Board/GetBoard", &request.base,
	                  &duban__v1__get_board_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	board = (const Duban__V1__GetBoardResponse *)message;
	if (admin->json)
		return board_json_print(admin, board);
	if (options.explain != NULL)
		return print_explanation(admin, board);
	print_title(admin, board);
	code = print_cells(admin, board);
	if (code == ADMIN_OK)
		code = print_targets(admin, board);
	if (code == ADMIN_OK)
		code = print_checks(admin, board);
	if (code == ADMIN_OK)
		code = print_overdue(admin, board);
	printf("\n%s\n%s\n%s\n", board->thresholds,
	       _("图例：格内数字为比序时进度高（+）或低（-）的百分点；“/”无任务，"
	         "“—”未报，“*”最近一期迟报，“无灯”未定时限或仅监测。"),
	       _("“核”处室已审核，“实”已现场核查，“待”有待核验或待验收的数，“撤”有复核"
	         "不实的数（均不计入），没有这些标记的是自报。"));
	return code;
}

static void print_title(struct admin *admin, const Duban__V1__GetBoardResponse *board)
{
	printf("%s%s\n", board->sample ? _("【示例数据】") : "", board->title);
	printf(_("%s  第 %u 版    数据截至 %s    生成于 %s\n\n"), board->number,
	       board->version,
	       board->cutoff_at == 0 ? _("（尚无）")
	                             : text_instant(admin, board->cutoff_at),
	       text_instant(admin, board->plan_at));
	if (options.known_at != NULL)
		printf(_("以上时点当时所知，按当时施行的方案版本；此后的报送、更正、亮灯"
		         "和提级未计入。\n\n"));
}

static const char *light_colour(Duban__V1__Light light)
{
	switch (light) {
	case DUBAN__V1__LIGHT__LIGHT_GREEN:
		return "green";
	case DUBAN__V1__LIGHT__LIGHT_YELLOW:
		return "yellow";
	case DUBAN__V1__LIGHT__LIGHT_RED:
		return "red";
	default:
		return NULL;
	}
}

/* How far the figures of a cell stand, the least of them: what does not stand, what
 * waits, then what nobody has looked at, which has no mark. */
static const char *cell_mark(const Duban__V1__BoardCell *cell)
{
	bool waits = false;
	Duban__V1__FigureStanding least =
		DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_SEEN;

	for (size_t i = 0; i < cell->n_lines; i++) {
		const Duban__V1__BoardLine *line = cell->lines[i];

		if (line->standing ==
		    DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_WITHDRAWN)
			return _("撤");
		waits = waits || line->wait != 0;
		least = line->standing < least ? line->standing : least;
	}
	if (cell->light == DUBAN__V1__LIGHT__LIGHT_NOT_REPORTED)
		return ""; /* older figures are shown nowhere in it */
	if (waits)
		return _("待");
	if (cell->n_lines == 0 ||
	    least < DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_CHECKED)
		return "";
	return least == DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_SEEN ? _("实")
	                                                                 : _("核");
}

/* "滞后 -4.1*核" */
static const char *cell_text(struct admin *admin, const Duban__V1__BoardCell *cell)
{
	return arena_printf(&admin->arena, "%s%s%s%s%s", text_light(admin, cell->light),
	                    cell->gap[0] != '\0' ? " " : "", cell->gap,
	                    cell->late ? "*" : "", cell_mark(cell));
}

static int fill_line(struct admin *admin, struct libscols_table *table,
                     const Duban__V1__BoardSection *section)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	const char *name =
		arena_printf(&admin->arena, "%s %s", section->section, section->name);

	if (line == NULL || name == NULL || scols_line_set_data(line, 0, name) != 0)
		return ADMIN_FAILED;
	for (size_t i = 0; i < section->n_cells; i++) {
		const char *text = cell_text(admin, section->cells[i]);
		struct libscols_cell *cell = scols_line_get_cell(line, i + 1);

		if (text == NULL || cell == NULL || scols_cell_set_data(cell, text) != 0)
			return ADMIN_FAILED;
		(void)scols_cell_set_color(cell, light_colour(section->cells[i]->light));
	}
	return ADMIN_OK;
}

static int print_cells(struct admin *admin, const Duban__V1__GetBoardResponse *board)
{
	struct libscols_table *table = scols_new_table();
	int code = table == NULL ? ADMIN_FAILED : ADMIN_OK;

	if (code == ADMIN_OK && scols_table_new_column(table, _("板块"), 0, 0) == NULL)
		code = ADMIN_FAILED;
	for (size_t i = 0; code == ADMIN_OK && i < board->n_units; i++)
		if (scols_table_new_column(table, board->units[i]->name, 0, 0) == NULL)
			code = ADMIN_FAILED;
	for (size_t i = 0; code == ADMIN_OK && i < board->n_sections; i++)
		code = fill_line(admin, table, board->sections[i]);
	if (code == ADMIN_OK) {
		(void)scols_table_enable_colors(table,
		                                options.no_colour == 0 && isatty(1) == 1);
		(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
		(void)scols_table_set_termwidth(table, 100000);
		(void)scols_print_table(table);
	}
	scols_unref_table(table);
	return code == ADMIN_OK ? code : admin_error(_("内存不足，无法输出"));
}

static const char *percent(struct admin *admin, const char *number)
{
	return number[0] == '\0' ? "" : arena_printf(&admin->arena, "%s%%", number);
}

/* The day alone: a target's time is always the end of it. */
static const char *deadline_text(struct admin *admin, const Duban__V1__BoardTarget *one)
{
	if (one->deadline_at == 0)
		return _("未定");
	return arena_printf(&admin->arena, "%.10s",
	                    text_instant(admin, one->deadline_at));
}

static int print_targets(struct admin *admin, const Duban__V1__GetBoardResponse *board)
{
	static const struct table_column columns[] = {
		{"clause", N_("条款"), TABLE_LEFT},
		{"target", N_("全市责任目标"), TABLE_LEFT},
		{"light", N_("亮灯"), TABLE_LEFT},
		{"done", N_("累计完成"), TABLE_RIGHT},
		{"task", N_("任务"), TABLE_RIGHT},
		{"done_percent", N_("完成率"), TABLE_RIGHT},
		{"expected_percent", N_("序时进度"), TABLE_RIGHT},
		{"gap", N_("较序时（百分点）"), TABLE_RIGHT},
		{"deadline_at", N_("时限"), TABLE_LEFT},
		{"reported", N_("已报单位"), TABLE_RIGHT},
		{"sample", N_("备注"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	printf("\n");
	for (size_t i = 0; i < board->n_sections; i++) {
		const Duban__V1__BoardSection *section = board->sections[i];

		for (size_t j = 0; j < section->n_targets; j++) {
			const Duban__V1__BoardTarget *one = section->targets[j];

			table_row(table, one->clause, one->name,
			          text_light(admin, one->light),
			          text_quantity(admin, one->done),
			          text_quantity(admin, one->task),
			          percent(admin, one->done_percent),
			          percent(admin, one->expected_percent), one->gap,
			          deadline_text(admin, one),
			          arena_printf(&admin->arena, "%u/%u", one->reported,
			                       one->expected_units),
			          one->sample ? _("示例数据") : "");
		}
	}
	if (table_print(table) != ADMIN_OK)
		return ADMIN_FAILED;
	print_adjusted(board);
	return ADMIN_OK;
}

/* What a reader must know of a task that is not the document's any more. */
static void print_adjusted(const Duban__V1__GetBoardResponse *board)
{
	for (size_t i = 0; i < board->n_sections; i++) {
		const Duban__V1__BoardSection *section = board->sections[i];

		for (size_t j = 0; j < section->n_targets; j++)
			if (section->targets[j]->adjusted[0] != '\0')
				printf(_("%s：%s\n"), section->targets[j]->name,
				       section->targets[j]->adjusted);
	}
}

/* What holds needs no line; the others say what the office should look at. */
static int print_checks(struct admin *admin, const Duban__V1__GetBoardResponse *board)
{
	size_t holds = 0;

	if (board->n_checks == 0)
		return ADMIN_OK;
	printf("\n%s\n", _("全市核对"));
	for (size_t i = 0; i < board->n_checks; i++) {
		const Duban__V1__CityCheck *check = board->checks[i];

		if (check->state == DUBAN__V1__CITY_STATE__CITY_STATE_HOLDS)
			holds++;
		else
			printf(_("%s %s：%s\n"), check->rule,
			       text_city_state(admin, check->state), check->text);
	}
	printf(_("共 %zu 项，相符 %zu 项。\n"), board->n_checks, holds);
	return ADMIN_OK;
}

static const char *unit_name(const Duban__V1__GetBoardResponse *board, const char *code)
{
	for (size_t i = 0; i < board->n_units; i++)
		if (strcmp(board->units[i]->unit, code) == 0)
			return board->units[i]->name;
	return code;
}

static const char *target_name(const Duban__V1__GetBoardResponse *board, const char *id)
{
	for (size_t i = 0; i < board->n_sections; i++)
		for (size_t j = 0; j < board->sections[i]->n_targets; j++)
			if (strcmp(board->sections[i]->targets[j]->target, id) == 0)
				return board->sections[i]->targets[j]->name;
	return id;
}

static int print_overdue(struct admin *admin, const Duban__V1__GetBoardResponse *board)
{
	static const struct table_column columns[] = {
		{"unit", N_("逾期单位"), TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"what", N_("事项"), TABLE_LEFT},
		{"due_at", N_("时限"), TABLE_LEFT},
		{"workdays", N_("逾期工作日数"), TABLE_COUNT},
		{"level", N_("提级层次"), TABLE_COUNT},
	};
	struct table *table;

	if (board->n_overdue == 0) {
		printf("\n%s\n", _("目前没有逾期事项。"));
		return ADMIN_OK;
	}
	printf("\n");
	table = table_create(admin, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < board->n_overdue; i++) {
		const Duban__V1__OverdueItem *item = board->overdue[i];
		const char *what =
			item->period[0] != '\0' && item->target[0] == '\0'
				? arena_printf(&admin->arena, _("%s 月报"), item->period)
				: target_name(board, item->target);

		table_row(table, unit_name(board, item->unit), item->section, what,
		          arena_printf(&admin->arena, "%s%s",
		                       text_instant(admin, item->due_at),
		                       item->estimated ? _("（预计）") : ""),
		          text_number(admin, item->workdays),
		          text_number(admin, item->level));
	}
	return table_print(table);
}

static int print_explanation(struct admin *admin,
                             const Duban__V1__GetBoardResponse *board)
{
	size_t index = 0;

	while (index < board->n_units &&
	       strcmp(board->units[index]->unit, options.explain) != 0 &&
	       strcmp(board->units[index]->name, options.explain) != 0)
		index++;
	if (index == board->n_units)
		return admin_error(_("方案中没有单位 %s"), options.explain);
	printf(_("%s（%s）\n"), board->units[index]->name, board->units[index]->unit);
	for (size_t i = 0; i < board->n_sections; i++) {
		const Duban__V1__BoardSection *section = board->sections[i];

		if (index >= section->n_cells)
			continue;
		printf(_("%s %s：%s\n"), section->section, section->name,
		       cell_text(admin, section->cells[index]));
		for (size_t j = 0; j < section->cells[index]->n_lines; j++) {
			const Duban__V1__BoardLine *line =
				section->cells[index]->lines[j];

			printf(_("    %s：%s\n"), target_name(board, line->target),
			       line->why);
		}
	}
	return ADMIN_OK;
}
