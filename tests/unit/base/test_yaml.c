/*
 * Strict YAML: a plan or a setting that is read otherwise than its author meant
 * it is worse than one that is refused, and a refusal without a place and a
 * reason costs an evening.
 */
#include "base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/config.h"
#include "base/err.h"
#include "base/utf8.h"
#include "base/yaml_text.h"

static struct arena arena;
static struct yaml_problems problems;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 16 << 20);
	yaml_problems_init(&problems, &arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static struct yaml_node *parse(const char *text)
{
	struct yaml_node *root = NULL;
	int r = yaml_parse(&arena, "f", bytes_of_str(text), &problems, &root);

	if (r < 0)
		config_print_problems(&problems, stderr);
	assert_int_equal(r, 0);
	assert_int_equal(problems.count, 0);
	return root;
}

static void assert_place(struct yaml_place place, unsigned line, unsigned column)
{
	assert_string_equal(place.file, "f");
	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
}

static void test_every_node_knows_its_place(void **state)
{
	struct yaml_node *root = parse("# plan\n"
	                               "name: 长沙\n"
	                               "rules:\n"
	                               "  - id: R-1\n"
	                               "    when: [a, b]\n"
	                               "  - text\n"
	                               "长: 2\n");
	struct yaml_node *rules, *rule, *when;

	(void)state;
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(root->count, 3);
	assert_place(root->place, 2, 1);
	assert_string_equal(root->first->key, "name");
	assert_string_equal(root->first->text, "长沙");
	assert_place(root->first->place, 2, 7);

	rules = yaml_get(root, "rules");
	assert_int_equal(rules->kind, YAML_LIST);
	assert_int_equal(rules->count, 2);
	assert_place(rules->key_place, 3, 1);
	rule = rules->first;
	assert_place(rule->place, 4, 5);
	assert_null(rule->key);
	when = yaml_get(rule, "when");
	assert_place(when->place, 5, 11);
	assert_string_equal(when->first->next->text, "b");
	assert_null(when->first->next->next);
	assert_string_equal(rule->next->text, "text");
	assert_place(yaml_get(root, "长")->place, 7, 4); /* characters, not bytes */
}

/* "no" is a word, 08 a month and 1e3 a code: nothing is turned into a number. */
static void test_all_scalars_are_text(void **state)
{
	struct yaml_node *root =
		parse("[no, 08, 1e3, ~, null, 0x10, '', \"a\\tb\", 2022-10-08]");
	static const char *const texts[] = {"no",   "08", "1e3",  "~",         "null",
	                                    "0x10", "",   "a\tb", "2022-10-08"};
	size_t i = 0;

	(void)state;
	assert_int_equal(root->count, ARRAY_LEN(texts));
	yaml_each(node, root) assert_string_equal(node->text, texts[i++]);
}

static void test_a_null_is_an_empty_text(void **state)
{
	struct yaml_node *root = parse("a:\nb:\n  - \n");

	(void)state;
	assert_string_equal(yaml_get(root, "a")->text, "");
	assert_string_equal(yaml_get(root, "b")->first->text, "");
	assert_string_equal(parse("")->text, "");
	assert_string_equal(parse("# only a comment\n")->text, "");
	assert_string_equal(parse("---\n")->text, "");
}

static void test_usual_spellings_are_accepted(void **state)
{
	(void)state;
	assert_string_equal(yaml_get(parse("a: |\n  one\n  two\n"), "a")->text,
	                    "one\ntwo\n");
	assert_string_equal(yaml_get(parse("a: >-\n  one\n  two\n"), "a")->text,
	                    "one two");
	assert_string_equal(yaml_get(parse("{a: 'it''s'}"), "a")->text, "it's");
	assert_string_equal(yaml_get(parse("\xef\xbb\xbf"
	                                   "a: 1\r\n"),
	                             "a")
	                            ->text,
	                    "1");
	assert_string_equal(yaml_get(parse("--- \na: http://x:80/y#z\n...\n"), "a")->text,
	                    "http://x:80/y#z");
	assert_int_equal(parse("a: {}\nb: []\n")->count, 2);
}

struct refusal {
	const char *text, *expected; /* all problems, one a line */
};

/* clang-format off */
static const struct refusal refusals[] = {
	{"a: 1\nb: 2\na: 3\n",
	 "f:3:1: “a”重复：第 1 行已经写过\n"},
	{"a: 1\nm: {x: 1, x: 2, x: 3}\na: 3\n",
	 "f:2:11: “x”重复：第 2 行已经写过\n"
	 "f:2:17: “x”重复：第 2 行已经写过\n"
	 "f:3:1: “a”重复：第 1 行已经写过\n"},
	{"'a': 1\na: 2\n",
	 "f:2:1: “a”重复：第 1 行已经写过\n"},
	{"a: &x 1\nb: *x\n",
	 "f:1:4: “&x”是锚点，这里不支持：以“&”开头的文本要加引号\n"
	 "f:2:4: “*x”是别名，这里不支持：请写出它代表的内容；以“*”开头的文本要加引号\n"},
	{"a: &x\n  b: 1\nc:\n  - &y [z]\n",
	 "f:1:4: “&x”是锚点，这里不支持：以“&”开头的文本要加引号\n"
	 "f:4:5: “&y”是锚点，这里不支持：以“&”开头的文本要加引号\n"},
	{"*x : 1\n",
	 "f:1:1: “*x”是别名，这里不支持：请写出它代表的内容；以“*”开头的文本要加引号\n"},
	{"a: !x 1\n",
	 "f:1:4: “!x”是标签，这里不支持：值一律是文本，以“!”开头的要加引号\n"},
	{"a: !!int 1\nb: !!map {}\n",
	 "f:1:4: “tag:yaml.org,2002:int”是标签，这里不支持：值一律是文本，以“!”开头的要加引号\n"
	 "f:2:4: “tag:yaml.org,2002:map”是标签，这里不支持：值一律是文本，以“!”开头的要加引号\n"},
	{"a: !h!x 1\n",
	 "f:1:4: 这里不支持标签：值一律是文本，以“!”开头的要加引号\n"},
	{"a: 1\n---\nb: 2\n---\nc: 3\n",
	 "f:2:1: 从这里开始是第二个文档：一个文件只能有一个，请去掉“---”这一行，或分成两个文件\n"},
	{"[1, 2]: x\n{a: b}: y\n",
	 "f:1:1: 列表不能作键：键必须是文本\n"
	 "f:2:1: “键: 值”形式不能作键：键必须是文本\n"},
	{"a: \"b\\0c\"\n",
	 "f:1:4: 不能写转义 \\0：文本里不能有空字符\n"},
	{"a: \xff\xfe\nb: 长\xe6\n",
	 "f:1:4: 字节 0xFF 不是 UTF-8 编码：请把文件另存为 UTF-8（不是 GBK）\n"
	 "f:2:5: 字节 0xE6 不是 UTF-8 编码：请把文件另存为 UTF-8（不是 GBK）\n"},
	{"a: \x1b[2J\n",
	 "f:1:4: 不能有控制字符 U+001B：请删去，或在双引号里写成转义\n"},
	{"a: \xc2\x80\n",
	 "f:1:4: 不能有控制字符 U+0080：请删去，或在双引号里写成转义\n"},
	{"a: 1\n\tb: 2\n",
	 "f:2:1: 缩进不能用 Tab：请用空格\n"},
	{"a:\n\tb: 2\n",
	 "f:2:1: 值不能这样开头：缩进只能用空格，不能用 Tab；以 @、` 或 % 开头的文本要加引号\n"},
	{"a: @b\n",
	 "f:1:4: 值不能这样开头：缩进只能用空格，不能用 Tab；以 @、` 或 % 开头的文本要加引号\n"},
	{"a: b: c\n",
	 "f:1:5: 这里不能有“:”：文本里有半角冒号的要加引号；否则请检查缩进，以及上一行是否用了全角冒号\n"},
	{"a: \"open\nb: 1\n",
	 "f:3:1: 到文件结束，引号还没有闭合：请补上引号（从第 1 行开始）\n"},
	{"a: \"x\\y\"\n",
	 "f:1:6: 双引号里没有这种转义：反斜杠写作 \\\\，或改用单引号\n"},
	{"a: [1, 2\nb: 3\n",
	 "f:2:2: 方括号里的列表没有写完：这里应为半角的“,”或“]”（从第 1 行开始）\n"},
	{"a: {x: 1\nb: 3\n",
	 "f:2:2: 花括号没有写完：这里应为半角的“,”或“}”（从第 1 行开始）\n"},
	{"a: 1\nword\nb: 2\n",
	 "f:2:1: 这一行缺少冒号：应写作“键: 值”，冒号用半角，后面空一格\n"},
	{"a: 1\n  b: 2\n",
	 "f:2:4: 这里不能有“:”：文本里有半角冒号的要加引号；否则请检查缩进，以及上一行是否用了全角冒号\n"},
	{"a: - b\n",
	 "f:1:4: 列表项（“- ”）不能写在这里：列表请另起一行\n"},
	{"a: *\n",
	 "f:1:5: 以 & 或 * 开头的文本要加引号：这里不支持锚点和别名\n"},
	/* what came before a syntax error is told with it */
	{"a: &x 1\na: 2\nb: [\n",
	 "f:1:4: “&x”是锚点，这里不支持：以“&”开头的文本要加引号\n"
	 "f:2:1: “a”重复：第 1 行已经写过\n"
	 "f:4:1: 这里缺少值：空文本写作 \"\"\n"},
};
/* clang-format on */

static void test_refusals_say_where_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct yaml_node *root = NULL;
		char printed[4096] = "";
		FILE *out = fmemopen(printed, sizeof(printed), "w");

		yaml_problems_init(&problems, &arena);
		assert_int_equal(yaml_parse(&arena, "f", bytes_of_str(refusals[i].text),
		                            &problems, &root),
		                 E_SYNTAX);
		assert_null(root);
		config_print_problems(&problems, out);
		(void)fclose(out);
		assert_string_equal(printed, refusals[i].expected);
	}
}

/* Whatever libyaml complains of, an official reads it in Chinese. */
static void test_every_complaint_of_libyaml_has_words(void **state)
{
	static const char *const complaints[] = {
		"did not find expected '-' indicator",
		"did not find expected key",
		"found an indentation indicator equal to 0",
		"did not find expected tag URI",
		"found incompatible YAML document",
		"invalid trailing UTF-8 octet",
		"input is too long",
		"something that a later libyaml may say",
		NULL,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(complaints); i++) {
		const char *text = yaml_text_explain(complaints[i]);

		assert_true(utf8_valid(bytes_of_str(text)));
		assert_true(utf8_length(bytes_of_str(text)) < strlen(text));
	}
	assert_string_equal(yaml_text_explain(NULL), "不符合 YAML 的写法");
}

static void test_nul_bytes_are_refused(void **state)
{
	struct yaml_node *root = NULL;

	(void)state;
	assert_int_equal(yaml_parse(&arena, "f", bytes_of("a: 1\nb: \0x\n", 11),
	                            &problems, &root),
	                 E_SYNTAX);
	assert_place(problems.first->place, 2, 4);
	assert_non_null(strstr(problems.first->message, "U+0000"));
}

/* @depth lists in each other, in brackets or by indentation, or maps, or keys. */
static int parse_nested(int depth, const char *open, const char *inner, const char *close)
{
	char text[1000] = "";
	struct yaml_node *root;

	for (int i = 0; i < depth; i++)
		strcat(text, open);
	strcat(text, inner);
	for (int i = 0; i < depth; i++)
		strcat(text, close);
	yaml_problems_init(&problems, &arena);
	return yaml_parse(&arena, "f", bytes_of_str(text), &problems, &root);
}

/* A file could otherwise use up the stack. */
static void test_nesting_has_a_limit(void **state)
{
	static const struct {
		const char *open, *inner, *close;
	} kinds[] = {
		{"[", "x", "]"}, {"- ", "x", ""}, {"{a: ", "x", "}"}, {"? ", "x", ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		int r = parse_nested(YAML_DEPTH_MAX, kinds[i].open, kinds[i].inner,
		                     kinds[i].close);

		if (*kinds[i].open != '?')
			assert_int_equal(r, 0);
		assert_int_equal(parse_nested(YAML_DEPTH_MAX + 1, kinds[i].open,
		                              kinds[i].inner, kinds[i].close),
		                 E_SYNTAX);
		assert_non_null(strstr(problems.first->message, "最多套 20 层"));
		assert_int_equal(parse_nested(200, kinds[i].open, kinds[i].inner, ""),
		                 E_SYNTAX);
	}
}

/* A long map is checked for duplicates in a time that grows with it, not with its square.
 */
static void test_long_maps(void **state)
{
	AUTO(freep) char *text = NULL;
	AUTO(fclosep) FILE *out = NULL;
	struct yaml_node *root = NULL;
	size_t len = 0;

	(void)state;
	out = open_memstream(&text, &len);
	for (int i = 0; i < 20000; i++)
		(void)fprintf(out, "k%d: v\n", i * 7919 % 20000);
	(void)fflush(out);
	assert_int_equal(yaml_parse(&arena, "f", bytes_of(text, len), &problems, &root),
	                 0);
	assert_int_equal(root->count, 20000);
}

/* A file of nothing but mistakes must not fill the terminal, or the memory. */
static void test_many_problems_are_counted_and_not_all_kept(void **state)
{
	struct yaml_place place = {.file = "f"};
	size_t kept = 0;

	(void)state;
	for (place.line = 500; place.line > 0; place.line--)
		yaml_problem(&problems, place, "wrong");
	assert_int_equal(problems.count, 500);
	for (struct yaml_problem *p = problems.first; p != NULL; p = p->next, kept++)
		assert_true(p->next == NULL || p->place.line < p->next->place.line);
	assert_int_equal(kept, YAML_PROBLEMS_MAX);
	assert_null(problems.last->next);
}

/* Messages quote the file, which may hold anything. */
static void test_messages_are_one_line_of_limited_length(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	yaml_problem(&problems, (struct yaml_place){0}, "a\nb\x1b[2J");
	yaml_problem(&problems, (struct yaml_place){0}, "a\nb\x1b[2J");
	yaml_problem(&problems, (struct yaml_place){0}, "%s", text);
	assert_int_equal(problems.count, 2); /* the same twice is one */
	assert_string_equal(problems.first->message, "a?b?[2J");
	assert_int_equal(strlen(problems.last->message), 503);
}

/* However little memory there is: an error, no crash, nothing given out. */
static void test_memory_can_end_at_any_point(void **state)
{
	static const char text[] =
		"name: 长沙\nrules: [{id: R-1, when: [a, b]}, text]\n"
		"long: 'a text of some length, so that a block is full'\n";
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 0; r == E_NOMEM; limit += 16) {
		struct yaml_problems few;
		struct yaml_node *root = NULL;
		struct arena small;

		assert_true(limit < 1 << 16);
		arena_init(&small, limit);
		yaml_problems_init(&few, &small);
		r = yaml_parse(&small, "f", bytes_of_str(text), &few, &root);
		assert_true(r == 0 || (r == E_NOMEM && root == NULL));
		arena_finish(&small);
	}
	assert_int_equal(r, 0);
}

static void test_problems_without_memory_are_counted(void **state)
{
	struct yaml_problems few;
	struct arena none;

	(void)state;
	arena_init(&none, 0);
	yaml_problems_init(&few, &none);
	yaml_problem(&few, (struct yaml_place){0}, "wrong");
	assert_int_equal(few.count, 1);
	assert_null(few.first);
	arena_finish(&none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_node_knows_its_place),
		TEST(test_all_scalars_are_text),
		TEST(test_a_null_is_an_empty_text),
		TEST(test_usual_spellings_are_accepted),
		TEST(test_refusals_say_where_and_why),
		TEST(test_every_complaint_of_libyaml_has_words),
		TEST(test_nul_bytes_are_refused),
		TEST(test_nesting_has_a_limit),
		TEST(test_long_maps),
		TEST(test_many_problems_are_counted_and_not_all_kept),
		TEST(test_messages_are_one_line_of_limited_length),
		TEST(test_memory_can_end_at_any_point),
		TEST(test_problems_without_memory_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
