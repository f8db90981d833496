/* Suggestions: an operator with a typing slip is told what was meant, and no nonsense. */
#include "base/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const known[] = {"listen",   "port", "queue_max",
                                    "database", "tls",  NULL};

static void test_slips(void **state)
{
	(void)state;
	assert_string_equal(spelling_nearest("prot", known), "port");
	assert_string_equal(spelling_nearest("lisen", known), "listen");
	assert_string_equal(spelling_nearest("listten", known), "listen");
	assert_string_equal(spelling_nearest("queue-max", known), "queue_max");
	assert_string_equal(spelling_nearest("queuemax", known), "queue_max");
	assert_string_equal(spelling_nearest("Database", known), "database");
	assert_string_equal(spelling_nearest("port", known), "port");
}

static void test_no_suggestion_for_something_else(void **state)
{
	char long_word[1000];

	(void)state;
	memset(long_word, 'p', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_null(spelling_nearest("certificate", known));
	assert_null(spelling_nearest("x", known));
	assert_null(spelling_nearest("", known));
	assert_null(spelling_nearest(long_word, known));
	assert_null(spelling_nearest("port", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slips),
		cmocka_unit_test(test_no_suggestion_for_something_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
