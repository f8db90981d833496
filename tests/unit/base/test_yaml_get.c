/* Reading a tree: each wrong value is told with its place and what is allowed. */
#include "base/yaml.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static struct arena arena;
static struct yaml_problems problems;
static struct yaml_node *root;

static const char text[] = "name: 长沙\n"
			   "count: 55\n"
			   "low: -3\n"
			   "on: true\n"
			   "off: false\n"
			   "empty:\n"
			   "units:\n"
			   "  - one\n"
			   "map:\n"
			   "  x: 1\n";

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	yaml_problems_init(&problems, &arena);
	assert_int_equal(yaml_parse(&arena, "f", bytes_of_str(text), &problems, &root),
	                 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

/* The newest problem is the only one. */
static void assert_problem(unsigned line, unsigned column, const char *message)
{
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.first->message, message);
	assert_int_equal(problems.first->place.line, line);
	assert_int_equal(problems.first->place.column, column);
	yaml_problems_init(&problems, &arena);
}

static void test_good_values(void **state)
{
	(void)state;
	assert_string_equal(yaml_need_text(root, "name", &problems), "长沙");
	assert_string_equal(yaml_text(root, "name", "x", &problems), "长沙");
	assert_string_equal(yaml_text(root, "absent", "x", &problems), "x");
	assert_string_equal(yaml_text(root, "empty", "x", &problems), "");
	assert_int_equal(yaml_integer(root, "count", 1, 55, 0, &problems), 55);
	assert_int_equal(yaml_integer(root, "low", -3, 55, 0, &problems), -3);
	assert_int_equal(yaml_integer(root, "absent", 1, 2, 7, &problems), 7);
	assert_true(yaml_bool(root, "on", false, &problems));
	assert_false(yaml_bool(root, "off", true, &problems));
	assert_true(yaml_bool(root, "absent", true, &problems));
	assert_int_equal(yaml_need(root, "units", YAML_LIST, &problems)->count, 1);
	assert_int_equal(problems.count, 0);
}

static void test_what_is_missing_is_told_at_its_parent(void **state)
{
	struct yaml_node *map = yaml_get(root, "map");

	(void)state;
	assert_null(yaml_need(map, "y", YAML_LIST, &problems));
	assert_problem(9, 1, "这里缺少“y”");
	assert_null(yaml_need_text(root, "y", &problems));
	assert_problem(1, 1, "这里缺少“y”");
}

static void test_another_kind_is_told(void **state)
{
	(void)state;
	assert_null(yaml_need(root, "units", YAML_MAP, &problems));
	assert_problem(8, 3, "“units”应为“键: 值”形式，这里是列表");
	assert_null(yaml_need_text(root, "map", &problems));
	assert_problem(10, 3, "“map”应为文本，这里是“键: 值”形式");
	assert_string_equal(yaml_text(root, "map", "x", &problems), "x");
	assert_problem(10, 3, "“map”应为文本，这里是“键: 值”形式");
	assert_int_equal(yaml_integer(root, "units", 0, 9, 4, &problems), 4);
	assert_problem(8, 3, "“units”应为文本，这里是列表");
	assert_true(yaml_bool(root, "units", true, &problems));
	assert_problem(8, 3, "“units”应为文本，这里是列表");
}

static void test_wrong_values_say_what_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(yaml_integer(root, "count", 1, 54, 9, &problems), 9);
	assert_problem(2, 8, "“count”是“55”：应为 1 至 54 的整数");
	assert_int_equal(yaml_integer(root, "low", 0, 54, 9, &problems), 9);
	assert_problem(3, 6, "“low”是“-3”：应为 0 至 54 的整数");
	assert_int_equal(yaml_integer(root, "empty", 0, 54, 9, &problems), 9);
	assert_problem(6, 7, "“empty”是“”：应为 0 至 54 的整数");
	assert_true(yaml_bool(root, "count", true, &problems));
	assert_problem(2, 8, "“count”是“55”：应为 true 或 false");
}

static void test_numbers_are_only_digits(void **state)
{
	static const char *const wrong[] = {"1x",
	                                    "0x1",
	                                    "1.0",
	                                    "1e3",
	                                    "+1",
	                                    "' 1'",
	                                    "'1 '",
	                                    "-",
	                                    "--1",
	                                    "'- 1'",
	                                    "99999999999999999999",
	                                    "yes"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *line = arena_printf(&arena, "{n: %s}", wrong[i]);
		struct yaml_node *map;

		assert_int_equal(
			yaml_parse(&arena, "f", bytes_of_str(line), &problems, &map), 0);
		assert_int_equal(yaml_integer(map, "n", LONG_MIN, LONG_MAX, 9, &problems),
		                 9);
		assert_int_equal(problems.count, i + 1);
		yaml_problem(&problems, (struct yaml_place){0}, "%zu", i);
		problems.count--; /* the separator, so that equal messages count */
	}
}

/* One mistake is told once, although its parts are asked for one by one. */
static void test_a_wrong_parent_is_told_once(void **state)
{
	struct yaml_node *list = yaml_get(root, "units");
	struct yaml_node *absent = yaml_need(root, "absent", YAML_MAP, &problems);

	(void)state;
	assert_problem(1, 1, "这里缺少“absent”");
	assert_null(yaml_need_text(absent, "a", &problems));
	assert_string_equal(yaml_text(absent, "b", "x", &problems), "x");
	assert_int_equal(problems.count, 0);
	assert_null(yaml_need_text(list, "a", &problems));
	assert_int_equal(yaml_integer(list, "b", 0, 1, 1, &problems), 1);
	assert_problem(8, 3, "这里应为“键: 值”形式，不是列表");
}

static void test_unasked_keys_are_told(void **state)
{
	static const char *const known[] = {"name", "counts", "low", "x", NULL};

	(void)state;
	(void)yaml_get(root, "name");
	(void)yaml_get(root, "map");
	(void)yaml_get(root, "units");
	(void)yaml_get(root, "on");
	(void)yaml_get(root, "off");
	yaml_unknown_keys(root, known, &problems);
	assert_int_equal(problems.count, 3);
	assert_string_equal(problems.first->message,
	                    "没有“count”这个键：是不是“counts”？");
	assert_int_equal(problems.first->place.line, 2);
	assert_int_equal(problems.first->place.column, 1);
	assert_string_equal(problems.first->next->message, "“low”在这里没有意义，请删去");
	assert_string_equal(problems.last->message,
	                    "没有“empty”这个键：这里可用 name、counts、low、x");
	yaml_problems_init(&problems, &arena);
	yaml_unknown_keys(yaml_get(root, "map"), NULL, &problems);
	assert_problem(10, 3, "没有“x”这个键");
	yaml_unknown_keys(NULL, known, &problems);
	yaml_unknown_keys(yaml_get(root, "units"), known, &problems);
	assert_int_equal(problems.count, 0);
}

static void test_many_known_keys_are_cut(void **state)
{
	static char names[100][16];
	const char *known[101] = {NULL};

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "setting-%zu", i);
		known[i] = names[i];
	}
	yaml_unknown_keys(yaml_get(root, "map"), known, &problems);
	assert_int_equal(problems.count, 1);
	assert_true(strlen(problems.first->message) < 400);
	assert_string_equal(problems.first->message + strlen(problems.first->message) -
	                            strlen("、…"),
	                    "、…");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_values),
		TEST(test_what_is_missing_is_told_at_its_parent),
		TEST(test_another_kind_is_told),
		TEST(test_wrong_values_say_what_is_allowed),
		TEST(test_numbers_are_only_digits),
		TEST(test_a_wrong_parent_is_told_once),
		TEST(test_unasked_keys_are_told),
		TEST(test_many_known_keys_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
