/* JSON on standard output. */
#include "client/admin/output.h"

#include <jansson.h>

#include "client/admin/admin.h"

int output_json(struct json_t *value)
{
	int failed = value == NULL || json_dumpf(value, stdout, JSON_INDENT(2)) != 0;

	if (!failed)
		(void)putchar('\n');
	json_decref(value);
	return failed ? admin_error(_("内存不足，无法输出")) : ADMIN_OK;
}
