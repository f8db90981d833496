/*
 * A report file in CSV, as a spreadsheet saves it:
 *
 *	报告期,2022-09                         a field and its value
 *	填报人,张三,科员,0731-88888888          name, post, telephone, time of signing
 *	指标,数值,单位,说明                    the header: columns in any order
 *	“十四五”累计开工小区,128,个,            a figure a row, until the end
 *
 * A fifth column 项目 names the project whose figure a row is; empty: the unit's.
 *
 * Fields may stand before the header or after the figures. Empty rows are skipped.
 * libcsv is fed byte by byte, because it does not count lines.
 */
#include "client/agent/report_file.h"

#include <csv.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"

#define COLUMNS_MAX 64
#define MARK        "\xef\xbb\xbf" /* the byte order mark that spreadsheets write */

struct reading {
	struct arena *arena;
	struct yaml_problems *problems;
	struct report_file *file;
	unsigned line;     /* that is being fed */
	unsigned row_line; /* where the row began; 0: between rows */
	const char *cells[COLUMNS_MAX];
	size_t count;
	bool too_wide, no_memory;
	bool has_header;
	int columns[COLUMNS_MAX]; /* a figure_field each, or -1 */
	size_t column_count;
};

static void on_cell(void *text, size_t len, void *context);
static void on_row(int end, void *context);
static bool is_empty(const struct reading *reading);
static void read_row(struct reading *reading);
static void read_header(struct reading *reading);
static void read_text_row(struct reading *reading, struct file_text *into);
static void read_person_row(struct reading *reading, struct file_person *person);
static void read_figure_row(struct reading *reading);

static void csv_freep(struct csv_parser *parser)
{
	csv_free(parser);
}

int report_csv_read(struct arena *arena, struct bytes content,
                    struct yaml_problems *problems, struct report_file *file)
{
	struct reading reading = {
		.arena = arena, .problems = problems, .file = file, .line = 1};
	AUTO(csv_freep) struct csv_parser parser;
	struct yaml_place place = {.file = file->name};

	CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
	if (content.len >= 3 && memcmp(content.data, MARK, 3) == 0)
		content = bytes_of(content.data + 3, content.len - 3);
	for (size_t i = 0; i < content.len; i++) {
		uint8_t byte = content.data[i];

		if (reading.row_line == 0 && byte != '\n' && byte != '\r')
			reading.row_line = reading.line;
		if (csv_parse(&parser, &byte, 1, on_cell, on_row, &reading) != 1) {
			place.line = reading.line;
			yaml_problem(problems, place, _("引号使用不正确：%s"),
			             _("含引号的单元格须整格加引号，内部的引号写两个"));
			return E_SYNTAX;
		}
		reading.line += byte == '\n';
	}
	if (csv_fini(&parser, on_cell, on_row, &reading) != 0) {
		place.line = reading.row_line;
		yaml_problem(problems, place, _("引号没有结束"));
	}
	place.line = 0;
	if (!reading.has_header && problems->count == 0)
		yaml_problem(problems, place, _("没有表头行“指标,数值,单位,说明”"));
	return reading.no_memory ? E_NOMEM : 0;
}

static void on_cell(void *text, size_t len, void *context)
{
	struct reading *reading = context;

	if (reading->count == COLUMNS_MAX) {
		reading->too_wide = true;
		return;
	}
	reading->cells[reading->count] =
		text == NULL ? "" : arena_strndup(reading->arena, text, len);
	if (reading->cells[reading->count] == NULL)
		reading->no_memory = true;
	else
		reading->count++;
}

static void on_row(int end, void *context)
{
	struct reading *reading = context;
	struct yaml_place place = {.file = reading->file->name,
	                           .line = reading->row_line};

	(void)end;
	if (reading->too_wide)
		yaml_problem(reading->problems, place, _("一行多于 %d 格"), COLUMNS_MAX);
	else if (!reading->no_memory && !is_empty(reading))
		read_row(reading);
	reading->count = 0;
	reading->too_wide = false;
	reading->row_line = 0;
}

static bool is_empty(const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		if (reading->cells[i][strspn(reading->cells[i], " \t")] != '\0')
			return false;
	return true;
}

static void read_row(struct reading *reading)
{
	int field = field_find(field_names, FIELDS, reading->cells[0]);
	struct file_text *text = report_file_text(reading->file, field);
	struct file_person *person = report_file_person(reading->file, field);
	struct yaml_place place = {.file = reading->file->name,
	                           .line = reading->row_line};
	const char *near;

	if (!reading->has_header &&
	    field_find(figure_field_names, FIGURE_FIELDS, reading->cells[0]) >= 0 &&
	    field != FIELD_UNIT) {
		read_header(reading);
	} else if (text != NULL) {
		read_text_row(reading, text);
	} else if (person != NULL) {
		read_person_row(reading, person);
	} else if (reading->has_header) {
		read_figure_row(reading);
	} else {
		near = field_nearest(field_names, FIELDS, reading->cells[0]);
		yaml_problem(reading->problems, place,
		             near != NULL ? _("没有“%s”这一项，是否为“%s”")
		                          : _("没有“%s”这一项；指标应写在表头“指标,数值,"
		                              "单位,说明”之后%s"),
		             reading->cells[0], near != NULL ? near : "");
	}
}

static void read_header(struct reading *reading)
{
	struct yaml_place place = {.file = reading->file->name,
	                           .line = reading->row_line};
	bool given[FIGURE_FIELDS] = {false};

	reading->has_header = true;
	reading->column_count = reading->count;
	for (size_t i = 0; i < reading->count; i++) {
		int field =
			field_find(figure_field_names, FIGURE_FIELDS, reading->cells[i]);

		place.column = (unsigned)i + 1;
		reading->columns[i] = field;
		if (field < 0 && reading->cells[i][0] != '\0')
			yaml_problem(
				reading->problems, place,
				_("表头“%s”不认识，应为指标、数值、单位、说明、项目"),
				reading->cells[i]);
		else if (field >= 0 && given[field])
			yaml_problem(reading->problems, place, _("表头“%s”重复"),
			             reading->cells[i]);
		if (field >= 0)
			given[field] = true;
	}
	place.column = 0;
	if (!given[FIGURE_NAME] || !given[FIGURE_VALUE])
		yaml_problem(reading->problems, place, _("表头须有“指标”和“数值”两列"));
}

/* What stands beyond the cells that a row has a meaning for. */
static void refuse_rest(struct reading *reading, size_t from)
{
	for (size_t i = from; i < reading->count; i++)
		if (reading->cells[i][0] != '\0')
			yaml_problem(reading->problems,
			             (struct yaml_place){.file = reading->file->name,
			                                 .line = reading->row_line,
			                                 .column = (unsigned)i + 1},
			             _("多出一格“%s”；含逗号的内容须加引号"),
			             reading->cells[i]);
}

static void read_text_row(struct reading *reading, struct file_text *into)
{
	struct yaml_place place = {.file = reading->file->name,
	                           .line = reading->row_line,
	                           .column = 2};

	report_file_put(into, reading->count > 1 ? reading->cells[1] : "", place,
	                reading->problems);
	refuse_rest(reading, 2);
}

static void read_person_row(struct reading *reading, struct file_person *person)
{
	struct yaml_place place = {.file = reading->file->name,
	                           .line = reading->row_line};

	for (size_t i = 0; i < PERSON_FIELDS && i + 1 < reading->count; i++) {
		place.column = (unsigned)i + 2;
		if (reading->cells[i + 1][0] != '\0')
			report_file_put(&person->fields[i], reading->cells[i + 1], place,
			                reading->problems);
	}
	refuse_rest(reading, PERSON_FIELDS + 1);
}

static void read_figure_row(struct reading *reading)
{
	struct yaml_place place = {.file = reading->file->name,
	                           .line = reading->row_line};
	struct file_figure *figure = report_file_figure(reading->arena, reading->file,
	                                                place, reading->problems);

	if (figure == NULL)
		return;
	for (size_t i = 0; i < reading->count && i < reading->column_count; i++) {
		place.column = (unsigned)i + 1;
		if (reading->columns[i] >= 0)
			report_file_put(&figure->fields[reading->columns[i]],
			                reading->cells[i], place, reading->problems);
	}
	refuse_rest(reading, reading->column_count);
	place.column = 0;
	if (figure->fields[FIGURE_NAME].text == NULL ||
	    figure->fields[FIGURE_NAME].text[0] == '\0')
		yaml_problem(reading->problems, place, _("没有写明是哪个指标"));
}
