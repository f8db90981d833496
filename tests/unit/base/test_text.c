/* Errors in words: without them an official reads "No such file or directory". */
#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"

/* A code added to the table without words would read as another one. */
static void test_every_code_has_words_of_its_own(void **state)
{
	static const int codes[] = {
#define ROW(name, value, grpc, policy, text) name,
		ERR_TABLE(ROW)
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(text_err(codes[i]), text_err(codes[j]));
	assert_string_equal(text_err(E_IO), "读写失败");
	assert_string_equal(text_err(0), "成功");
	assert_string_equal(text_err(-9999), text_err(E_INTERNAL));
}

static void test_the_usual_errnos_are_chinese(void **state)
{
	(void)state;
	assert_string_equal(text_errno(ENOENT), "没有这个文件或文件夹");
	assert_string_equal(text_errno(EACCES), "没有权限");
	assert_string_equal(text_errno(EXDEV), strerror(EXDEV));
}

/* Empty cells would otherwise show the head of the English catalogue. */
static void test_an_empty_text_stays_empty(void **state)
{
	(void)state;
	assert_string_equal(_(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_has_words_of_its_own),
		cmocka_unit_test(test_the_usual_errnos_are_chinese),
		cmocka_unit_test(test_an_empty_text_stays_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
