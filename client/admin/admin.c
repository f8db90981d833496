/* What went wrong, on standard error. */
#include "client/admin/admin.h"

#include <stdarg.h>
#include <stdio.h>

int admin_error(const char *format, ...)
{
	va_list args;

	(void)fputs("duban: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return ADMIN_FAILED;
}
