/*
 * Memory that runs out while a plan is read: the caller gets E_NOMEM and no plan, at
 * whatever allocation it happens. A crash here would take the whole server down.
 */
#include "model/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "folder.h"

#define STEP 997 /* bytes; no divisor of any block's size */

static int read_within(const struct folder *folder, size_t limit)
{
	const struct plan *plan = NULL;
	struct yaml_problems problems, warnings;
	struct arena arena;
	int r;

	arena_init(&arena, limit);
	yaml_problems_init(&problems, &arena);
	yaml_problems_init(&warnings, &arena);
	r = plan_read(&arena, folder->files, folder->count, &problems, &warnings, &plan);
	assert_int_equal(plan != NULL, r == 0);
	assert_true(r == E_NOMEM || problems.count == 0);
	arena_finish(&arena);
	return r;
}

static void test_every_limit_gives_a_plan_or_no_memory(void **state)
{
	struct folder folder;
	size_t limit = 0;
	int r = E_NOMEM;

	(void)state;
	folder_open(&folder, true);
	while (r == E_NOMEM) {
		r = read_within(&folder, limit);
		limit += limit < 64 * 1024 ? STEP : STEP * 11;
	}
	assert_int_equal(r, 0);
	folder_close(&folder);
}

/* With mistakes to tell of, too; and the problems share the arena. */
static void test_every_limit_is_safe_for_a_broken_plan(void **state)
{
	struct folder folder;
	int r = E_NOMEM;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, "sections/1.yaml", "    value: 15个", "    value: 15栋");
	folder_edit(&folder, "sections/2.yaml", "severity: refusal", "severity: hard");
	folder_edit(&folder, "sample/tasks/2.yaml", "望城区: 130个", "望城区: 131个");
	for (size_t limit = 0; r == E_NOMEM; limit += STEP * 11) {
		const struct plan *plan = NULL;
		struct yaml_problems problems;
		struct arena arena;

		arena_init(&arena, limit);
		yaml_problems_init(&problems, &arena);
		r = plan_read(&arena, folder.files, folder.count, &problems, &problems,
		              &plan);
		assert_null(plan);
		assert_true(r == E_NOMEM || r == E_SYNTAX);
		arena_finish(&arena);
	}
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_limit_gives_a_plan_or_no_memory),
		cmocka_unit_test(test_every_limit_is_safe_for_a_broken_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
