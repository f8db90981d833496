/* Tables: libsmartcols for people (it knows how wide Chinese is), jansson for programs.
 */
#include "client/admin/table.h"

#include <jansson.h>
#include <libsmartcols.h>
#include <stdlib.h>

#include "base/check.h"
#include "client/admin/admin.h"

struct table {
	struct libscols_table *lines; /* one of the two is NULL */
	json_t *objects;
	const struct table_column *columns;
	size_t count;
	bool failed;
};

static void add_line(struct table *table, const char *const *cells);
static void add_object(struct table *table, const char *const *cells);

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
		if (scols_table_new_column(
			    table->lines, _(columns[i].title), 0,
			    columns[i].align == TABLE_RIGHT ? SCOLS_FL_RIGHT : 0) == NULL)
			table->failed = true;
	return table;
}

void table_cells(struct table *table, const char *const *cells, size_t count)
{
	if (table == NULL || table->failed)
		return;
	CHECK(count == table->count);
	if (table->objects != NULL)
		add_object(table, cells);
	else
		add_line(table, cells);
}

static void add_line(struct table *table, const char *const *cells)
{
	struct libscols_line *line = scols_table_new_line(table->lines, NULL);

	for (size_t i = 0; line != NULL && i < table->count; i++)
		if (cells[i] != NULL && scols_line_set_data(line, i, cells[i]) != 0)
			table->failed = true;
	if (line == NULL)
		table->failed = true;
}

static void add_object(struct table *table, const char *const *cells)
{
	json_t *object = json_object();

	for (size_t i = 0; i < table->count; i++)
		if (json_object_set_new(object, table->columns[i].key,
		                        json_string(cells[i] != NULL ? cells[i] : "")) !=
		    0)
			table->failed = true;
	if (json_array_append_new(table->objects, object) != 0)
		table->failed = true;
}

void table_destroy(struct table *table)
{
	if (table == NULL)
		return;
	scols_unref_table(table->lines);
	json_decref(table->objects);
	free(table);
}

int table_print(struct table *table)
{
	bool ok = table != NULL && !table->failed;

	if (ok && table->objects != NULL) {
		ok = json_dumpf(table->objects, stdout, JSON_INDENT(2)) == 0;
		(void)putchar('\n');
	} else if (ok) {
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
