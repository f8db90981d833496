/* The real plan, read once for all tests of a program; see real.h. */
#include "real.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct folder folder, bare_folder;
const struct plan *plan, *bare;

int real_open(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	folder_open(&bare_folder, false);
	bare = folder_good_plan(&bare_folder);
	return 0;
}

int real_close(void **state)
{
	(void)state;
	folder_close(&folder);
	folder_close(&bare_folder);
	return 0;
}

const struct plan_section *section(const struct plan *of, const char *id)
{
	const struct plan_section *found = plan_find_section(of, id);

	assert_non_null(found);
	return found;
}

const struct plan_target *target(const struct plan *of, const char *id, const char *name)
{
	const struct plan_target *found = plan_find_target(section(of, id), name);

	assert_non_null(found);
	return found;
}

void assert_value(const struct quantity *value, const char *expected)
{
	char out[QUANTITY_TEXT_MAX];

	quantity_print(value, out);
	assert_string_equal(out, expected);
}

const struct plan_baseline *baseline(const char *id, const char *name)
{
	const struct plan_section *in = section(plan, id);

	for (size_t i = 0; i < in->baseline_count; i++)
		if (strcmp(in->baselines[i].name, name) == 0)
			return &in->baselines[i];
	fail_msg("section %s has no baseline %s", id, name);
	return NULL;
}
