/* Tables: a figure under the wrong heading is a wrong figure. */
#include "client/admin/table.h"

#include <jansson.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/check.h"
#include "client/admin/admin.h"
#include "tests/unit/admin/support.h"

static struct admin admin;

static const struct table_column columns[] = {
	{"unit", "单位", TABLE_LEFT},     {"task", "任务数", TABLE_RIGHT},
	{"reports", "份数", TABLE_COUNT}, {"online", "在线", TABLE_FLAG},
	{"id", NULL, TABLE_LEFT},         {NULL, "备注", TABLE_LEFT},
};

static int set_up(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	admin = (struct admin){.json = false};
	arena_init(&admin.arena, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&admin.arena);
	return 0;
}

static char *print_rows(void)
{
	struct table *table = table_create(&admin, columns, ARRAY_LEN(columns));
	char *text;

	table_row(table, "湘江新区（岳麓区）", "1816", "12", "true", "430104", "示例");
	table_row(table, "Ningxiang", "9", "3", "false", "430182", NULL);
	table_row(table, "望城区", NULL, "", "约束性", "430112", "");
	capture_start();
	assert_int_equal(table_print(table), ADMIN_OK);
	text = capture_end();
	return text;
}

/* The column on the screen at which @word ends in @line. */
static int end_of(const char *line, const char *word)
{
	wchar_t wide[256];
	char head[256];
	const char *at = strstr(line, word);
	size_t len;

	assert_non_null(at);
	len = (size_t)(at - line) + strlen(word);
	assert_true(len < sizeof(head));
	memcpy(head, line, len);
	head[len] = '\0';
	assert_true(mbstowcs(wide, head, ARRAY_LEN(wide)) < ARRAY_LEN(wide));
	return wcswidth(wide, ARRAY_LEN(wide));
}

static void test_figures_stand_under_their_heading(void **state)
{
	AUTO(freep) char *text = print_rows();
	const char *lines[4];

	(void)state;
	lines[0] = strtok(text, "\n");
	for (size_t i = 1; i < ARRAY_LEN(lines); i++) {
		lines[i] = strtok(NULL, "\n");
		assert_non_null(lines[i]);
	}
	assert_int_equal(end_of(lines[0], "任务数"), end_of(lines[1], "1816"));
	assert_int_equal(end_of(lines[0], "任务数"), end_of(lines[2], " 9"));
	assert_int_equal(end_of(lines[0], "份数"), end_of(lines[1], "12"));
	assert_int_equal(end_of(lines[0], "份数"), end_of(lines[2], " 3"));
}

static void test_people_see_words_and_not_what_is_for_programs(void **state)
{
	AUTO(freep) char *text = print_rows();

	(void)state;
	assert_non_null(strstr(text, "是"));
	assert_non_null(strstr(text, "约束性"));
	assert_null(strstr(text, "true"));
	assert_null(strstr(text, "false"));
	assert_null(strstr(text, "430104"));
}

/* A cell that is cut to the width of a terminal would lose digits. */
static void test_no_cell_is_cut(void **state)
{
	static const struct table_column one[] = {{"x", "标题", TABLE_LEFT}};
	struct table *table = table_create(&admin, one, 1);
	char title[1801];
	AUTO(freep) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < 600; i++)
		memcpy(title + 3 * i, "长", 3);
	title[1800] = '\0';
	table_row(table, title);
	capture_start();
	assert_int_equal(table_print(table), ADMIN_OK);
	text = capture_end();
	assert_non_null(strstr(text, title));
}

static void test_an_empty_table_says_so(void **state)
{
	struct table *table = table_create(&admin, columns, ARRAY_LEN(columns));
	AUTO(freep) char *text = NULL;

	(void)state;
	capture_start();
	assert_int_equal(table_print(table), ADMIN_OK);
	text = capture_end();
	assert_non_null(strstr(text, "（无）"));
}

/* Programs break on a word that changes with the language, or on a number in quotes. */
static void test_json_has_fixed_keys_and_types(void **state)
{
	AUTO(freep) char *text = NULL;
	json_t *rows, *first, *last;

	(void)state;
	admin.json = true;
	text = print_rows();
	rows = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(rows), 3);
	first = json_array_get(rows, 0);
	last = json_array_get(rows, 2);
	assert_int_equal(json_object_size(first), 5);
	assert_string_equal(json_string_value(json_object_get(first, "task")), "1816");
	assert_int_equal(json_integer_value(json_object_get(first, "reports")), 12);
	assert_true(json_is_true(json_object_get(first, "online")));
	assert_string_equal(json_string_value(json_object_get(first, "id")), "430104");
	assert_string_equal(json_string_value(json_object_get(last, "task")), "");
	assert_true(json_is_null(json_object_get(last, "reports")));
	assert_true(json_is_false(json_object_get(last, "online")));
	json_decref(rows);
}

static void test_json_of_nothing_is_an_empty_list(void **state)
{
	struct table *table;
	AUTO(freep) char *text = NULL;

	(void)state;
	admin.json = true;
	table = table_create(&admin, columns, ARRAY_LEN(columns));
	capture_start();
	assert_int_equal(table_print(table), ADMIN_OK);
	text = capture_end();
	assert_string_equal(text, "[]\n");
}

/* What the office opens in a spreadsheet: no cell runs into the next, no text that a
 * district wrote is run as a formula, and a list that failed leaves the last one. */
static void test_csv_is_safe_for_a_spreadsheet(void **state)
{
	struct table *table = table_create(&admin, columns, ARRAY_LEN(columns));
	char folder[] = "/tmp/duban-csv-XXXXXX", path[64], text[512];
	FILE *in;
	size_t len;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/list.csv", folder);
	assert_int_equal(table_save_csv(table, path), ADMIN_OK);
	table_row(table, "望城区", "-4.1", "12", "true", "430112", "=cmd()|\"x\"");
	table_row(table, "a,b\nc", "", "3", "false", "430182", NULL);
	assert_int_equal(table_count(table), 2);
	assert_int_equal(table_print(table), ADMIN_OK);
	in = fopen(path, "re");
	assert_non_null(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	(void)fclose(in);
	text[len] = '\0';
	assert_string_equal(
		text, "\xEF\xBB\xBF\"单位\",\"任务数\",\"份数\",\"在线\",\"备注\"\r\n"
		      "\"望城区\",\"-4.1\",\"12\",\"是\",\"'=cmd()|\"\"x\"\"\"\r\n"
		      "\"a,b\nc\",\"\",\"3\",\"\",\"\"\r\n");
	table = table_create(&admin, columns, ARRAY_LEN(columns));
	assert_int_equal(table_save_csv(table, path), ADMIN_OK);
	table_destroy(table); /* the centre went away in the middle */
	assert_int_equal(access(path, R_OK), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0); /* nothing else was left behind */
	table = table_create(&admin, columns, ARRAY_LEN(columns));
	assert_int_equal(table_save_csv(table, path), ADMIN_FAILED);
	table_destroy(table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_figures_stand_under_their_heading),
		TEST(test_people_see_words_and_not_what_is_for_programs),
		TEST(test_no_cell_is_cut),
		TEST(test_an_empty_table_says_so),
		TEST(test_json_has_fixed_keys_and_types),
		TEST(test_json_of_nothing_is_an_empty_list),
		TEST(test_csv_is_safe_for_a_spreadsheet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
