/*
 * Settings: a server that starts with another setting than its operator wrote,
 * or that does not say what is wrong with it, is found out on the worst day.
 */
#include "base/config.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"

struct settings {
	const char *address, *motto, *odd, *ca, *folder;
	long port, queue, offset;
	bool rehearsal;
	long timeout, keep;
	long body;
	int policy;
	size_t listeners; /* how many; CONFIG_SPECIAL */
	const char *first;
	size_t extras;
};

static int read_listeners(void *settings, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems)
{
	struct settings *into = settings;

	(void)arena;
	(void)problems;
	into->listeners = 1;
	into->first = "0.0.0.0:7443";
	if (node == NULL)
		return 0;
	if (node->kind != YAML_LIST)
		return E_SYNTAX;
	into->listeners = node->count;
	into->first = node->first != NULL ? node->first->text : NULL;
	return 0;
}

static int read_extras(void *settings, struct yaml_node *node, struct arena *arena,
                       struct yaml_problems *problems)
{
	(void)arena;
	(void)problems;
	((struct settings *)settings)->extras = node != NULL ? node->count : 0;
	return 0;
}

/* clang-format off */
#define ROW(section, name, kind, member, ...) \
	{section, name, kind, offsetof(struct settings, member), __VA_ARGS__}
static const struct config_setting table[] = {
	ROW("server", "address", CONFIG_TEXT, address, .value = "0.0.0.0:7443",
	    .help = "Where to listen."),
	ROW("server", "motto", CONFIG_TEXT, motto, .value = "",
	    .help = "A sentence that is long enough to be broken, because a sample file "
	            "is read in a terminal of eighty columns, or in an editor.\nSecond."),
	ROW("server", "odd", CONFIG_TEXT, odd, .value = "- \"a\": \\ 长 #\t\n",
	    .help = "Everything that needs quotes."),
	ROW("server", "ca", CONFIG_TEXT, ca, .help = "Has no default."),
	ROW("server", "port", CONFIG_INTEGER, port, .value = "7443", .min = 1, .max = 65535,
	    .help = "Port."),
	ROW("limits", "queue", CONFIG_INTEGER, queue, .value = "1000", .min = 0,
	    .max = LONG_MAX, .help = "Queue."),
	ROW("limits", "timeout", CONFIG_DURATION, timeout, .value = "30s", .min = 500,
	    .max = 3600000, .help = "Time for a call."),
	ROW("limits", "keep", CONFIG_DURATION, keep, .value = "7d", .min = 0,
	    .max = 30L * 86400000, .help = "How long to keep."),
	ROW("limits", "body", CONFIG_SIZE, body, .value = "4MiB", .min = 1024,
	    .max = 1L << 30, .help = "Largest message."),
	/* the section once more: a table need not be sorted */
	ROW("server", "rehearsal", CONFIG_BOOL, rehearsal, .value = "false",
	    .help = "Allow the clock to be moved."),
	ROW("server", "policy", CONFIG_CHOICE, policy, .value = "warn",
	    .choices = "refuse|warn|ignore", .help = "What to do."),
	ROW("server", "offset", CONFIG_INTEGER, offset, .value = "-5", .min = -10, .max = 10,
	    .help = "An offset."),
	ROW("listeners", "all", CONFIG_SPECIAL, listeners, .value = "- 0.0.0.0:7443\n",
	    .help = "Listeners.", .read = read_listeners),
	ROW("listeners", "extras", CONFIG_SPECIAL, extras, .value = "[]",
	    .help = "More of them.", .read = read_extras),
	ROW("server", "folder", CONFIG_TEXT, folder, .value = "/var/lib/duban",
	    .help = "Where to keep things."),
	CONFIG_END,
};
/* clang-format on */

static struct arena arena;
static struct yaml_problems problems;
static struct settings settings;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	yaml_problems_init(&problems, &arena);
	settings = (struct settings){0};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static int read_settings(const char *text)
{
	struct yaml_node *root = NULL;

	yaml_problems_init(&problems, &arena);
	assert_int_equal(yaml_parse(&arena, "f", bytes_of_str(text), &problems, &root),
	                 0);
	return config_read(table, &settings, &arena, root, &problems);
}

static void assert_defaults(void)
{
	assert_string_equal(settings.address, "0.0.0.0:7443");
	assert_string_equal(settings.motto, "");
	assert_string_equal(settings.odd, "- \"a\": \\ 长 #\t\n");
	assert_null(settings.ca);
	assert_string_equal(settings.folder, "/var/lib/duban");
	assert_int_equal(settings.port, 7443);
	assert_int_equal(settings.queue, 1000);
	assert_int_equal(settings.timeout, 30000);
	assert_int_equal(settings.keep, 7L * 86400000);
	assert_int_equal(settings.body, 4 << 20);
	assert_false(settings.rehearsal);
	assert_int_equal(settings.policy, 1);
	assert_int_equal(settings.offset, -5);
	assert_int_equal(settings.listeners, 1);
	assert_string_equal(settings.first, "0.0.0.0:7443");
}

static void test_no_file_and_empty_files_give_defaults(void **state)
{
	static const char *const empty[] = {"", "# nothing\n", "server:\n", "{}",
	                                    "server: {}\nlimits:\n"};

	(void)state;
	assert_int_equal(config_read(table, &settings, &arena, NULL, &problems), 0);
	assert_defaults();
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		settings = (struct settings){0};
		assert_int_equal(read_settings(empty[i]), 0);
		assert_defaults();
	}
}

/* An operator starts from the sample: it must mean what no file at all means. */
static void test_sample_reads_back_to_the_defaults(void **state)
{
	AUTO(freep) char *sample = NULL;
	AUTO(fclosep) FILE *out = NULL;
	size_t len = 0;

	(void)state;
	out = open_memstream(&sample, &len);
	config_print_sample(table, out);
	(void)fflush(out);
	assert_int_equal(read_settings(sample), 0);
	assert_defaults();
	assert_non_null(strstr(sample, "\n  folder: /var/lib/duban\n"));
	assert_non_null(strstr(sample, "\n  extras: []\n"));
	assert_non_null(strstr(sample, "\n  offset: -5\n"));
	for (const struct config_setting *row = table; row->name != NULL; row++)
		assert_non_null(strstr(sample, row->name));
	for (char *line = strtok(sample, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 100);
}

/* Help in Chinese has no spaces to break at; 。 never begins a line. */
static void test_sample_breaks_chinese(void **state)
{
	static const struct config_setting chinese[] = {
		{"a", "b", CONFIG_INTEGER, offsetof(struct settings, port), .value = "8",
	         .min = 1, .max = 8,
	         .help = "中心端每次答复最多等待多长时间，超过这一时间就断开连接，稍后再"
	                 "试一"
	                 "次；断开期间，已经填好的月报留在本机。需要时，请咨询局办公室"
	                 "。"},
		CONFIG_END};
	AUTO(freep) char *sample = NULL;
	AUTO(fclosep) FILE *out = NULL;
	size_t len = 0;

	(void)state;
	out = open_memstream(&sample, &len);
	config_print_sample(chinese, out);
	(void)fflush(out);
	assert_non_null(strstr(sample, "\n  # 可用：1 至 8 的整数\n  b: 8\n"));
	for (char *line = strtok(sample, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		assert_true(utf8_valid(bytes_of_str(line)));
		assert_true(utf8_length(bytes_of_str(line)) <= 42);
		assert_true(strncmp(line, "  # ，", 7) != 0);
	}
}

static void test_values_are_read(void **state)
{
	(void)state;
	assert_int_equal(read_settings(
				 "server:\n"
				 "  address: '[::1]:1'\n"
				 "  ca: /etc/ca.pem\n"
				 "  port: 65535\n"
				 "  rehearsal: true\n"
				 "  policy: ignore\n"
				 "  offset: -10\n"
				 "limits: {timeout: 500ms, keep: 12h, body: 64KiB}\n"
				 "listeners:\n"
				 "  all: [one, two]\n"),
	                 0);
	assert_string_equal(settings.address, "[::1]:1");
	assert_string_equal(settings.ca, "/etc/ca.pem");
	assert_int_equal(settings.port, 65535);
	assert_true(settings.rehearsal);
	assert_int_equal(settings.policy, 2);
	assert_int_equal(settings.offset, -10);
	assert_int_equal(settings.timeout, 500);
	assert_int_equal(settings.keep, 12L * 3600000);
	assert_int_equal(settings.body, 65536);
	assert_int_equal(settings.listeners, 2);
}

static void test_units(void **state)
{
	static const struct {
		const char *text;
		long keep, body;
	} cases[] = {
		{"limits: {keep: 0s, body: 1024}", 0, 1024},
		{"limits: {keep: 1ms, body: 1KiB}", 1, 1024},
		{"limits: {keep: 5m, body: 3MiB}", 300000, 3 << 20},
		{"limits: {keep: 30d, body: 1GiB}", 30L * 86400000, 1L << 30},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(read_settings(cases[i].text), 0);
		assert_int_equal(settings.keep, cases[i].keep);
		assert_int_equal(settings.body, cases[i].body);
	}
}

#define TIMEOUT(found)             \
	"limits.timeout 是“" found \
	"”：应为 500ms 至 1h 的时长（整数加 ms、s、m、h 或 d）\n"
#define BODY(found)             \
	"limits.body 是“" found \
	"”：应为 1KiB 至 1GiB 的大小（字节数，或整数加 KiB、MiB、GiB）\n"

/* clang-format off */
static const struct {
	const char *text, *expected;
} refusals[] = {
	{"server: {port: 0}",
	 "f:1:16: server.port 是“0”：应为 1 至 65535 的整数\n"},
	{"server: {port: 65536}",
	 "f:1:16: server.port 是“65536”：应为 1 至 65535 的整数\n"},
	{"server: {port: 99999999999999999999}",
	 "f:1:16: server.port 是“99999999999999999999”：应为 1 至 65535 的整数\n"},
	{"server: {port: http}",
	 "f:1:16: server.port 是“http”：应为 1 至 65535 的整数\n"},
	{"server: {port: }",
	 "f:1:16: server.port 是“”：应为 1 至 65535 的整数\n"},
	{"server: {port: 80 80}",
	 "f:1:16: server.port 是“80 80”：应为 1 至 65535 的整数\n"},
	{"server: {offset: --5}",
	 "f:1:18: server.offset 是“--5”：应为 -10 至 10 的整数\n"},
	{"server: {rehearsal: yes}",
	 "f:1:21: server.rehearsal 是“yes”：应为 true 或 false\n"},
	{"server: {policy: war}",
	 "f:1:18: server.policy 是“war”：应为 refuse、warn、ignore 之一\n"},
	{"server: {policy: 'refuse|warn'}",
	 "f:1:18: server.policy 是“refuse|warn”：应为 refuse、warn、ignore 之一\n"},
	{"server: {policy: ''}",
	 "f:1:18: server.policy 是“”：应为 refuse、warn、ignore 之一\n"},
	{"limits: {timeout: 30}", "f:1:19: " TIMEOUT("30")},
	{"limits: {timeout: 30 s}", "f:1:19: " TIMEOUT("30 s")},
	{"limits: {timeout: 1.5s}", "f:1:19: " TIMEOUT("1.5s")},
	{"limits: {timeout: 1h30m}", "f:1:19: " TIMEOUT("1h30m")},
	{"limits: {timeout: 2h}", "f:1:19: " TIMEOUT("2h")},
	{"limits: {timeout: 499ms}", "f:1:19: " TIMEOUT("499ms")},
	{"limits: {timeout: -1s}", "f:1:19: " TIMEOUT("-1s")},
	{"limits: {timeout: s}", "f:1:19: " TIMEOUT("s")},
	{"limits: {timeout: 9223372036854775807d}",
	 "f:1:19: " TIMEOUT("9223372036854775807d")},
	{"limits: {body: 4MB}", "f:1:16: " BODY("4MB")},
	{"limits: {body: 2GiB}", "f:1:16: " BODY("2GiB")},
	{"limits: {body: 9223372036854775807GiB}",
	 "f:1:16: " BODY("9223372036854775807GiB")},
	{"server: {prot: 80}", "f:1:10: 没有“prot”这个键：是不是“port”？\n"},
	{"servr: {port: 80}", "f:1:1: 没有“servr”这个键：是不是“server”？\n"},
	{"wholly_other: 1",
	 "f:1:1: 没有“wholly_other”这个键：这里可用 server、limits、listeners\n"},
	{"listeners: {nothing: 1}", "f:1:13: 没有“nothing”这个键：这里可用 all、extras\n"},
	{"server: {port: [80]}", "f:1:16: server.port 应为一个值，不是列表\n"},
	{"server: {address: {a: b}}", "f:1:19: server.address 应为一个值，不是“键: 值”形式\n"},
	{"server: 80", "f:1:9: server 应为“名称: 值”形式，不是文本\n"},
	{"server: [port]", "f:1:9: server 应为“名称: 值”形式，不是列表\n"},
	{"- server", "f:1:1: 这里应为“名称: 值”形式，不是列表\n"},
	{"server", "f:1:1: 这里应为“名称: 值”形式，不是文本\n"},
	{"listeners: {all: none}", "f:1:18: listeners.all：写法不对\n"},
	/* all of them, in the order of the file */
	{"unknown: 1\nlimits:\n  body: x\n  queu: 2\nserver:\n  policy: x\n  port: x\n",
	 "f:1:1: 没有“unknown”这个键：这里可用 server、limits、listeners\n"
	 "f:3:9: " BODY("x")
	 "f:4:3: 没有“queu”这个键：是不是“queue”？\n"
	 "f:6:11: server.policy 是“x”：应为 refuse、warn、ignore 之一\n"
	 "f:7:9: server.port 是“x”：应为 1 至 65535 的整数\n"},
};
/* clang-format on */

static const char *printed_problems(void)
{
	static char printed[4096];
	FILE *out = fmemopen(printed, sizeof(printed), "w");

	memset(printed, 0, sizeof(printed));
	config_print_problems(&problems, out);
	(void)fclose(out);
	return printed;
}

static void test_wrong_settings_say_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		assert_int_equal(read_settings(refusals[i].text), E_SYNTAX);
		assert_string_equal(printed_problems(), refusals[i].expected);
	}
}

/* A slip in a program's own table is found by the first test that starts it. */
static void test_a_wrong_default_is_a_problem(void **state)
{
	static const struct config_setting wrong[] = {{"a", "b", CONFIG_INTEGER,
	                                               offsetof(struct settings, port),
	                                               .value = "9", .min = 1, .max = 8},
	                                              CONFIG_END};

	(void)state;
	assert_int_equal(config_read(wrong, &settings, &arena, NULL, &problems),
	                 E_SYNTAX);
	assert_string_equal(printed_problems(), "a.b 是“9”：应为 1 至 8 的整数\n");
}

static void test_what_is_not_shown_is_counted(void **state)
{
	struct yaml_place place = {.line = 1, .column = 1};

	(void)state;
	for (place.line = 1; place.line <= YAML_PROBLEMS_MAX; place.line++)
		yaml_problem(&problems, place, "x");
	assert_null(strstr(printed_problems(), "未列出"));
	yaml_problem(&problems, place, "x");
	yaml_problem(&problems, place, "y");
	assert_non_null(strstr(printed_problems(), "200:1: x\n另有 2 处问题未列出\n"));
}

static void write_file(const char *path, const char *text, size_t times)
{
	AUTO(fclosep) FILE *file = fopen(path, "w");

	assert_non_null(file);
	while (times-- > 0)
		(void)fputs(text, file);
}

static void test_files(void **state)
{
	char path[] = "/tmp/test_config_XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	write_file(path, "server: {port: 99}\n", 1);
	assert_int_equal(config_read_file(table, &settings, &arena, path, &problems), 0);
	assert_int_equal(settings.port, 99);

	write_file(path, "server: {port: 99\n", 1);
	assert_int_equal(config_read_file(table, &settings, &arena, path, &problems),
	                 E_SYNTAX);
	assert_non_null(strstr(printed_problems(), ":2:1: 花括号没有写完"));

	yaml_problems_init(&problems, &arena);
	write_file(path, "# 16 characters\n", CONFIG_FILE_MAX / 16);
	assert_int_equal(config_read_file(table, &settings, &arena, path, &problems), 0);
	write_file(path, "# 16 characters\n", CONFIG_FILE_MAX / 16 + 1);
	assert_int_equal(config_read_file(table, &settings, &arena, path, &problems),
	                 E_LIMIT);
	assert_non_null(strstr(printed_problems(), ": 大于 262144 字节\n"));
	(void)unlink(path);

	yaml_problems_init(&problems, &arena);
	assert_int_equal(config_read_file(table, &settings, &arena, path, &problems),
	                 E_IO);
	assert_non_null(strstr(printed_problems(), ": 无法读取：没有这个文件或文件夹\n"));
	yaml_problems_init(&problems, &arena);
	assert_int_equal(config_read_file(table, &settings, &arena, "/", &problems),
	                 E_IO);
	assert_string_equal(printed_problems(), "/: 无法读取：这是文件夹，不是文件\n");
}

static void test_memory_can_end_at_any_point(void **state)
{
	AUTO(freep) char *sample = NULL;
	AUTO(fclosep) FILE *out = NULL;
	size_t len = 0;
	int r = E_NOMEM;

	(void)state;
	out = open_memstream(&sample, &len);
	config_print_sample(table, out);
	(void)fflush(out);
	for (size_t limit = 0; r == E_NOMEM; limit += 16) {
		struct yaml_node *root = NULL;
		struct yaml_problems few;
		struct arena small;

		assert_true(limit < 1 << 16);
		arena_init(&small, limit);
		yaml_problems_init(&few, &small);
		r = yaml_parse(&small, "f", bytes_of(sample, len), &few, &root);
		if (r == 0)
			r = config_read(table, &settings, &small, root, &few);
		assert_true(r == 0 || r == E_NOMEM);
		arena_finish(&small);
	}
	assert_int_equal(r, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_file_and_empty_files_give_defaults),
		TEST(test_sample_reads_back_to_the_defaults),
		TEST(test_sample_breaks_chinese),
		TEST(test_values_are_read),
		TEST(test_units),
		TEST(test_wrong_settings_say_what_is_allowed),
		TEST(test_a_wrong_default_is_a_problem),
		TEST(test_what_is_not_shown_is_counted),
		TEST(test_files),
		TEST(test_memory_can_end_at_any_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
