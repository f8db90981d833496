/* Log lines: what an operator searches, and what an attacker would like to forge. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"

#define WALL_MS 1665247327123 /* 2022-10-08T16:42:07.123Z */

static char line[LOG_LINE_MAX];

/* The line, less the time and level that all lines of these tests have. */
static const char *format(const struct log_field *fields)
{
	static const char start[] = "2022-10-08T16:42:07.123Z info e";
	size_t len = log_format(line, sizeof(line), WALL_MS, LOG_INFO, "e", fields);

	assert_int_equal(len, strlen(line));
	assert_int_equal(strncmp(line, start, strlen(start)), 0);
	return line + strlen(start);
}

#define FORMAT(...) format((const struct log_field[]){__VA_ARGS__, {.key = NULL}})

static void test_a_line_reads_as_documented(void **state)
{
	const struct log_field fields[] = {log_str("unit", "430112"),
	                                   log_int("ms", 4),
	                                   {.key = NULL}};

	(void)state;
	(void)log_format(line, sizeof(line), WALL_MS, LOG_INFO, "submit", fields);
	assert_string_equal(line,
	                    "2022-10-08T16:42:07.123Z info submit unit=430112 ms=4");
}

static void test_time_and_level(void **state)
{
	const struct log_field none = {.key = NULL};

	(void)state;
	(void)log_format(line, sizeof(line), 0, LOG_DEBUG, "e", &none);
	assert_string_equal(line, "1970-01-01T00:00:00.000Z debug e");
	(void)log_format(line, sizeof(line), -1, LOG_WARN, "e", &none);
	assert_string_equal(line, "1969-12-31T23:59:59.999Z warn e");
	(void)log_format(line, sizeof(line), INT64_MAX, LOG_ERROR, "e", &none);
	assert_non_null(strstr(line, " error e"));
	(void)log_format(line, sizeof(line), INT64_MIN, LOG_ERROR, "e", &none);
	assert_non_null(strstr(line, " error e"));
}

static void test_values(void **state)
{
	(void)state;
	assert_string_equal(FORMAT(log_str("k", "望城")), " k=望城");
	assert_string_equal(FORMAT(log_str("k", "")), " k=\"\"");
	assert_string_equal(FORMAT(log_str("a", NULL), log_str("b", "1")), " b=1");
	assert_string_equal(FORMAT(log_str("k", "a b")), " k=\"a b\"");
	assert_string_equal(FORMAT(log_int("k", INT64_MIN)), " k=-9223372036854775808");
	assert_string_equal(FORMAT(log_hex("k", bytes_of("\x00\xff", 2))), " k=00ff");
	assert_string_equal(FORMAT(log_hex("k", bytes_of(NULL, 0))), " k=");
}

/* A value that could end its line or its field would be a forged log entry. */
static void test_nothing_can_be_injected(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
		{"a\n2022-10-08 info forged", "\"a\\n2022-10-08 info forged\""},
		{"a\r\nb", "\"a\\r\\nb\""},
		{"x result=0", "\"x result=0\""},
		{"x=y", "\"x=y\""},
		{"\" result=0 \"", "\"\\\" result=0 \\\"\""},
		{"\\\" r=0", "\"\\\\\\\" r=0\""},
		{"\\", "\"\\\\\""},
		{"\t", "\"\\t\""},
		{"\x1b[2J", "\"\\u001b[2J\""},
		{"\x7f", "\"\\u007f\""},
		{"\xc2\x85", "\"\\u0085\""},        /* a line end to some */
		{"\u2028", "\"\\u2028\""},          /* another */
		{"\u202e", "\"\\u202e\""},          /* turns the rest of the line round */
		{"\u200b", "\"\\u200b\""},          /* takes no room */
		{"\xff\xfe", "\"\\xff\\xfe\""},     /* not UTF-8 */
		{"望\xe5\x9f", "\"望\\xe5\\x9f\""}, /* cut short */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *written = FORMAT(log_str("k", cases[i].value));

		assert_int_equal(strncmp(written, " k=", 3), 0);
		assert_string_equal(written + 3, cases[i].written);
	}
	assert_string_equal(FORMAT(log_str("a b=\"\n", "1")), " a_b___=1");
}

/* Cut at every length: never half a character, half an escape, or an open quote. */
static void test_cut_lines_stay_lines(void **state)
{
	const struct log_field fields[] = {log_str("first", "plain望城"),
	                                   log_str("second", "q\" 望\n\x01\xff z"),
	                                   log_int("third", 123456),
	                                   log_hex("fourth", bytes_of("\x12\x34", 2)),
	                                   {.key = NULL}};
	size_t full = log_format(line, sizeof(line), WALL_MS, LOG_INFO, "e", fields);

	(void)state;
	for (size_t size = 1; size <= full + 2; size++) {
		char cut[256];
		size_t len, quotes = 0;

		memset(cut, 'X', sizeof(cut));
		len = log_format(cut, size, WALL_MS, LOG_INFO, "e", fields);
		assert_true(len < size);
		assert_int_equal(cut[len], '\0');
		assert_int_equal(cut[size], 'X');
		assert_true(utf8_valid(bytes_of(cut, len)));
		for (size_t i = 0; i < len; i++) {
			if (cut[i] == '\\')
				i++;
			else
				quotes += cut[i] == '"';
		}
		assert_int_equal(quotes % 2, 0);
		assert_null(strstr(cut, "third=1 "));
		assert_true(len == 0 || cut[len - 1] != '=');
		assert_true(strstr(cut, "third=") == NULL ||
		            strstr(cut, "third=123456") != NULL);
	}
}

/* Read what was written to a pipe. */
static size_t drain(int fd, char *out, size_t size)
{
	ssize_t len = read(fd, out, size);

	assert_true(len >= 0);
	return (size_t)len;
}

static void test_written_as_one_line_at_or_above_the_level(void **state)
{
	static char got[3 * LOG_LINE_MAX], huge[3 * LOG_LINE_MAX];
	int ends[2];
	size_t len;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	log_set_fd(ends[1]);
	log_event(LOG_DEBUG, "quiet");
	log_event(LOG_INFO, "loud");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARN, "quiet");
	log_set_level(LOG_DEBUG);
	log_event(LOG_DEBUG, "heard", log_int("n", 1));
	len = drain(ends[0], got, sizeof(got) - 1);
	got[len] = '\0';
	assert_null(strstr(got, "quiet"));
	assert_non_null(strstr(got, "Z info loud\n"));
	assert_non_null(strstr(got, "Z debug heard n=1\n"));

	memset(huge, 'x', sizeof(huge) - 1);
	log_event(LOG_ERROR, "long", log_str("k", huge));
	len = drain(ends[0], got, sizeof(got));
	assert_int_equal(len, LOG_LINE_MAX);
	assert_int_equal(got[len - 1], '\n');

	log_set_fd(-1);
	log_event(LOG_ERROR, "nowhere");
	log_set_fd(STDERR_FILENO);
	log_set_level(LOG_INFO);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void test_level_names(void **state)
{
	enum log_level level = LOG_WARN;

	(void)state;
	assert_int_equal(log_level_parse("Info", &level), E_SYNTAX);
	assert_int_equal(log_level_parse("", &level), E_SYNTAX);
	assert_int_equal(level, LOG_WARN);
	assert_int_equal(log_level_parse("debug", &level), 0);
	assert_int_equal(level, LOG_DEBUG);
	assert_int_equal(log_level_parse("error", &level), 0);
	assert_int_equal(level, LOG_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_reads_as_documented),
		cmocka_unit_test(test_time_and_level),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nothing_can_be_injected),
		cmocka_unit_test(test_cut_lines_stay_lines),
		cmocka_unit_test(test_written_as_one_line_at_or_above_the_level),
		cmocka_unit_test(test_level_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
