/*
 * Parameters as PostgreSQL takes them. If these failed, a text with a quote in it would
 * break a group commit, or a time would be stored wrongly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"
#include "server/pg.h"

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static void texts_are_quoted(void **state)
{
	const char *const items[] = {"a",           "",      "say \"x\"",
	                             "back\\slash", "{a,b}", "NULL"};

	(void)state;
	assert_string_equal(
		pg_param_text_array(&arena, items, 6).text,
		"{\"a\",\"\",\"say \\\"x\\\"\",\"back\\\\slash\",\"{a,b}\",\"NULL\"}");
	assert_string_equal(pg_param_text_array(&arena, items, 0).text, "{}");
}

static void instants_are_utc_with_milliseconds(void **state)
{
	const int64_t items[] = {0, -1};

	(void)state;
	assert_string_equal(pg_param_instant(&arena, 1665247327123).text,
	                    "2022-10-08T16:42:07.123Z");
	assert_string_equal(pg_param_instant_array(&arena, items, 2).text,
	                    "{1970-01-01T00:00:00.000Z,1969-12-31T23:59:59.999Z}");
}

/* A time in a report is whatever its agent wrote. */
static void absurd_instants_stay_in_range(void **state)
{
	(void)state;
	assert_string_equal(pg_param_instant(&arena, INT64_MAX).text,
	                    "9999-12-31T23:59:59.999Z");
	assert_string_equal(pg_param_instant(&arena, INT64_MIN).text,
	                    "0001-01-01T00:00:00.000Z");
}

static void integers_at_their_limits(void **state)
{
	const int64_t items[] = {INT64_MIN, 0, INT64_MAX};

	(void)state;
	assert_string_equal(pg_param_integer_array(&arena, items, 3).text,
	                    "{-9223372036854775808,0,9223372036854775807}");
	assert_string_equal(pg_param_integer(&arena, -7).text, "-7");
}

static void bytes_go_as_they_are(void **state)
{
	const uint8_t want[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0,   0, 17, 0, 0, 0,
	                        2, 0, 0, 0, 1, 0, 0, 0, 2, 'h', 0, 0,  0, 0, 0};
	const struct bytes items[] = {{(const uint8_t *)"h", 2}, {NULL, 0}};
	struct pg_param param = pg_param_bytes_array(&arena, items, 2);

	(void)state;
	assert_true(param.is_binary);
	assert_int_equal(param.binary.len, sizeof(want));
	assert_memory_equal(param.binary.data, want, sizeof(want));
	assert_non_null(pg_param_bytes((struct bytes){NULL, 0}).binary.data);
}

/* Without memory a parameter is marked, and never mistaken for SQL's NULL. */
static void lack_of_memory_is_marked(void **state)
{
	const char *const items[] = {"a long text that does not fit"};
	struct arena small;
	struct pg_param param;

	(void)state;
	arena_init(&small, 8);
	param = pg_param_text_array(&small, items, 1);
	assert_false(pg_param_ok(&param));
	param = pg_param_instant(&small, 0);
	assert_false(pg_param_ok(&param));
	param = pg_param_text(NULL);
	assert_true(pg_param_ok(&param));
	arena_finish(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_quoted),
		cmocka_unit_test(instants_are_utc_with_milliseconds),
		cmocka_unit_test(absurd_instants_stay_in_range),
		cmocka_unit_test(integers_at_their_limits),
		cmocka_unit_test(bytes_go_as_they_are),
		cmocka_unit_test(lack_of_memory_is_marked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
