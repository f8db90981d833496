/* A key that is known under its other name, or misspelt, must not cost a phone call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/agent/fields.h"
#include "client/agent/spool.h"

static void both_languages_and_spaces(void **state)
{
	(void)state;
	for (int i = 0; i < FIELDS; i++) {
		assert_int_equal(field_find(field_names, FIELDS, field_names[i].zh), i);
		assert_int_equal(field_find(field_names, FIELDS, field_names[i].en), i);
	}
	assert_int_equal(field_find(field_names, FIELDS, "　报告期 \t"), FIELD_PERIOD);
	assert_int_equal(field_find(field_names, FIELDS, "工作板块"), FIELD_SECTION);
	assert_int_equal(field_find(field_names, FIELDS, ""), FIELD_NONE);
	assert_int_equal(field_find(field_names, FIELDS, "报告"), FIELD_NONE);
	assert_string_equal(field_nearest(field_names, FIELDS, "perid"), "period");
}

static void trimming_keeps_the_middle(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	assert_string_equal(field_trim(&arena, "　 a　b \r\n"), "a　b");
	assert_string_equal(field_trim(&arena, "　"), "");
	assert_string_equal(field_trim(&arena, ""), "");
	assert_string_equal(field_inside(&arena, "“十四五”累计"), "‘十四五’累计");
	arena_finish(&arena);
}

static void only_whole_report_files_are_taken(void **state)
{
	(void)state;
	assert_true(spool_is_taken("a.yaml"));
	assert_true(spool_is_taken("报表.CSV"));
	assert_true(spool_is_taken("a.b.yml"));
	assert_false(spool_is_taken(".a.yaml"));
	assert_false(spool_is_taken("~a.yaml"));
	assert_false(spool_is_taken("a.yaml.tmp"));
	assert_false(spool_is_taken("accepted"));
	assert_false(spool_is_taken(".yaml"));
	assert_false(spool_is_taken("a.xlsx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_languages_and_spaces),
		cmocka_unit_test(trimming_keeps_the_middle),
		cmocka_unit_test(only_whole_report_files_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
