/* Tables by libsmartcols, which knows how wide Chinese is. */
#include "client/agent/columns.h"

#include <libsmartcols.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "client/agent/agent.h"

#define PAIR_MAX 1024 /* bytes of the right side of a pair */

struct columns {
	struct libscols_table *table;
	size_t count;
	bool failed;
};

struct columns *columns_create(const char *const *titles)
{
	struct columns *columns = calloc(1, sizeof(*columns));

	if (columns == NULL)
		return NULL;
	columns->table = scols_new_table();
	columns->failed = columns->table == NULL;
	for (; !columns->failed && titles[columns->count] != NULL; columns->count++)
		if (scols_table_new_column(columns->table, _(titles[columns->count]), 0,
		                           0) == NULL)
			columns->failed = true;
	return columns;
}

struct columns *columns_create_pairs(void)
{
	static const char *const titles[] = {"", "", NULL};
	struct columns *columns = columns_create(titles);

	if (columns != NULL && !columns->failed)
		(void)scols_table_enable_noheadings(columns->table, 1);
	return columns;
}

void columns_row(struct columns *columns, const char *const *cells)
{
	struct libscols_line *line;

	if (columns == NULL || columns->failed)
		return;
	line = scols_table_new_line(columns->table, NULL);
	columns->failed = line == NULL;
	for (size_t i = 0; !columns->failed && i < columns->count; i++)
		if (cells[i] != NULL && scols_line_set_data(line, i, cells[i]) != 0)
			columns->failed = true;
}

void columns_pair(struct columns *columns, const char *label, const char *format, ...)
{
	char text[PAIR_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	CHECK(columns == NULL || columns->count == 2);
	columns_row(columns, (const char *const[]){label, text});
}

int columns_print(struct columns *columns)
{
	bool ok = columns != NULL && !columns->failed;

	if (ok) {
		/* Never cut a cell to the terminal's width: half a number is a wrong one.
		 */
		(void)scols_table_enable_nowrap(columns->table, 1);
		(void)scols_table_set_termforce(columns->table, SCOLS_TERMFORCE_ALWAYS);
		(void)scols_table_set_termwidth(columns->table, 100000);
		ok = scols_print_table(columns->table) == 0;
		if (scols_table_is_empty(columns->table))
			printf("%s\n", _("（无）"));
	}
	columns_destroy(columns);
	return ok ? AGENT_OK : agent_error(_("内存不足，无法输出"));
}

void columns_destroy(struct columns *columns)
{
	if (columns == NULL)
		return;
	scols_unref_table(columns->table);
	free(columns);
}
