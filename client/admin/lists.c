/* What every list ends with: whether it is whole. */
#include "client/admin/lists.h"

#include <jansson.h>
#include <stdio.h>

#include "client/admin/admin.h"
#include "client/admin/output.h"
#include "client/admin/table.h"

int lists_begin(struct admin *admin, struct table *table, const char *path)
{
	if (path == NULL || !admin->json)
		return table_save_csv(table, path);
	(void)admin_error(_("--csv 和 --json 只能用一个"));
	return ADMIN_USAGE;
}

int lists_end(struct admin *admin, struct table *table, int code, uint64_t total)
{
	size_t count = table_count(table);
	json_t *rows;

	if (code != ADMIN_OK) {
		table_destroy(table);
		return code;
	}
	if (admin->json) {
		rows = table_take_json(table);
		return output_json(rows == NULL
		                           ? NULL
		                           : json_pack("{s:b, s:I, s:o}", "complete",
		                                       count == total, "total",
		                                       (json_int_t)total, "rows", rows));
	}
	code = table_print(table);
	if (code == ADMIN_OK)
		printf(_("已列 %zu 条，共 %zu 条。\n"), count, (size_t)total);
	return code;
}
