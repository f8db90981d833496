/* Where a failed CHECK ends. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, what);
	abort();
}
