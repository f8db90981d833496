/* Tables: libsmartcols for people (it knows how wide Chinese is), jansson for programs.
 */
#include "client/admin/table.h"

#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/csv.h"
#include "client/admin/output.h"

struct table {
	struct libscols_table *lines; /* one of the two is NULL */
	json_t *objects;
	const struct table_column *columns;
	size_t count, rows;
	bool failed;
	struct csv *csv; /* NULL: printed */
};

static void add_column(struct table *table, const struct table_column *column);
static void add_line(struct table *table, const char *const *cells);
static void add_csv(struct table *table, const char *const *cells);
static void add_object(struct table *table, const char *const *cells);
static json_t *to_json(const struct table_column *column, const char *cell);

struct table *table_create(struct admin *admin, const struct table_column *columns,
                           size_t count)
{
	struct table *table = calloc(1, sizeof(*table));

	CHECK(count <= TABLE_COLUMNS_MAX);
	if (table == NULL)
		return NULL;
	table->columns = columns;
	table->count = count;
	if (admin->json) {
		table->objects = json_array();
		table->failed = table->objects == NULL;
		return table;
	}
	table->lines = scols_new_table();
	table->failed = table->lines == NULL;
	for (size_t i = 0; !table->failed && i < count; i++)
		if (columns[i].title != NULL)
			add_column(table, &columns[i]);
	return table;
}

int table_save_csv(struct table *table, const char *path)
{
	int code;

	if (path == NULL || table == NULL)
		return ADMIN_OK;
	code = csv_create(path, &table->csv);
	for (size_t i = 0; code == ADMIN_OK && i < table->count; i++)
		if (table->columns[i].title != NULL)
			csv_cell(table->csv, _(table->columns[i].title));
	if (code == ADMIN_OK)
		csv_end_row(table->csv);
	return code;
}

static void add_column(struct table *table, const struct table_column *column)
{
	bool right = column->kind == TABLE_RIGHT || column->kind == TABLE_COUNT;

	if (scols_table_new_column(table->lines, _(column->title), 0,
	                           right ? SCOLS_FL_RIGHT : 0) == NULL)
		table->failed = true;
}

void table_cells(struct table *table, const char *const *cells, size_t count)
{
	if (table == NULL || table->failed)
		return;
	CHECK(count == table->count);
	table->rows++;
	if (table->csv != NULL)
		add_csv(table, cells);
	else if (table->objects != NULL)
		add_object(table, cells);
	else
		add_line(table, cells);
}

/* Other words than true and false stand as they are. */
static const char *flag_word(const char *cell)
{
	if (strcmp(cell, "true") == 0)
		return _("是");
	return strcmp(cell, "false") == 0 ? "" : cell;
}

static void add_line(struct table *table, const char *const *cells)
{
	struct libscols_line *line = scols_table_new_line(table->lines, NULL);
	size_t shown = 0;

	for (size_t i = 0; line != NULL && i < table->count; i++) {
		const struct table_column *column = &table->columns[i];
		const char *cell = cells[i];

		if (column->title == NULL)
			continue;
		if (column->kind == TABLE_FLAG && cell != NULL)
			cell = flag_word(cell);
		if (cell != NULL && scols_line_set_data(line, shown, cell) != 0)
			table->failed = true;
		shown++;
	}
	if (line == NULL)
		table->failed = true;
}

static void add_csv(struct table *table, const char *const *cells)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct table_column *column = &table->columns[i];
		const char *cell = cells[i] != NULL ? cells[i] : "";

		if (column->title != NULL)
			csv_cell(table->csv,
			         column->kind == TABLE_FLAG ? flag_word(cell) : cell);
	}
	csv_end_row(table->csv);
}

size_t table_count(const struct table *table)
{
	return table != NULL ? table->rows : 0;
}

static void add_object(struct table *table, const char *const *cells)
{
	json_t *object = json_object();

	for (size_t i = 0; i < table->count; i++)
		if (table->columns[i].key != NULL &&
		    json_object_set_new(object, table->columns[i].key,
		                        to_json(&table->columns[i], cells[i])) != 0)
			table->failed = true;
	if (json_array_append_new(table->objects, object) != 0)
		table->failed = true;
}

static json_t *to_json(const struct table_column *column, const char *cell)
{
	if (cell == NULL)
		cell = "";
	if (column->kind == TABLE_FLAG)
		return json_boolean(strcmp(cell, "true") == 0);
	if (column->kind == TABLE_COUNT)
		return cell[0] == '\0' ? json_null()
		                       : json_integer(strtoll(cell, NULL, 10));
	return json_string(cell);
}

struct json_t *table_take_json(struct table *table)
{
	json_t *objects = NULL;

	if (table != NULL && !table->failed)
		objects = TAKE(table->objects);
	table_destroy(table);
	return objects;
}

void table_destroy(struct table *table)
{
	if (table == NULL)
		return;
	csv_destroy(table->csv);
	scols_unref_table(table->lines);
	json_decref(table->objects);
	free(table);
}

int table_print(struct table *table)
{
	bool ok = table != NULL && !table->failed;

	if (ok && table->csv != NULL) {
		int code = csv_finish(table->csv);

		table_destroy(table);
		return code;
	}
	if (ok && table->objects != NULL)
		return output_json(table_take_json(table));
	if (ok) {
		/* Never cut a cell to the terminal's width: a figure without its end is a
		 * wrong figure. */
		(void)scols_table_enable_nowrap(table->lines, 1);
		(void)scols_table_set_termforce(table->lines, SCOLS_TERMFORCE_ALWAYS);
		(void)scols_table_set_termwidth(table->lines, 100000);
		ok = scols_print_table(table->lines) == 0;
		if (scols_table_is_empty(table->lines))
			printf("%s\n", _("（无）"));
	}
	table_destroy(table);
	return ok ? ADMIN_OK : admin_error(_("内存不足，无法输出"));
}
