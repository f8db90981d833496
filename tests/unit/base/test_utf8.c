/* UTF-8: a name that is not valid would be refused by the database, after the receipt. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

static void test_good_texts(void **state)
{
	static const char *const good[] = {
		"",
		"plain",
		"望城区人民政府",
		"\x7f",
		"\xc2\x80",
		"\u07ff",
		"\u0800",
		"\ud7ff",
		"\ue000",
		"\uffff",
		"\U00010000",
		"\U0010ffff",
		"a\xc3\xa9z",
		"\xf0\x9f\x8f\x97 工程",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(utf8_valid(bytes_of_str(good[i])));
	assert_true(utf8_valid(bytes_of(NULL, 0)));
}

static void test_bad_texts(void **state)
{
	static const char *const bad[] = {
		"\x80", /* a continuation alone */
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf", /* overlong */
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",     /* surrogates */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xf8\x88\x80\x80\x80",
		"\xfe",
		"\xff",
		"\xc3",
		"\xe6\x9c",
		"\xf0\x9f\x8f", /* cut short */
		"\xc3(",
		"\xe6\x9c(",
		"\xf0\x9f\x8f(",
		"\xe6(\x9c",
		"good, then \xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(utf8_valid(bytes_of_str(bad[i])));
	assert_false(utf8_valid(bytes_of("a\0b", 3)));
}

/* Every number has one form, and it is read back as that number. */
static void test_first_reads_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 0x10000; c <= 0x10ffff; c += 0x101) {
		const uint8_t raw[] = {(uint8_t)(0xf0 | c >> 18),
		                       (uint8_t)(0x80 | (c >> 12 & 0x3f)),
		                       (uint8_t)(0x80 | (c >> 6 & 0x3f)),
		                       (uint8_t)(0x80 | (c & 0x3f))};
		uint32_t got = 0;

		assert_int_equal(utf8_first(bytes_of(raw, 4), &got), 4);
		assert_int_equal(got, c);
		for (size_t len = 0; len < 4; len++)
			assert_int_equal(utf8_first(bytes_of(raw, len), &got), 0);
	}
}

static void test_length_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(bytes_of_str("")), 0);
	assert_int_equal(utf8_length(bytes_of_str("望城 1")), 4);
	assert_int_equal(utf8_length(bytes_of_str("\U0001f3d7")), 1);
}

/* A text cut for a column or a log line stays a text. */
static void test_cut_never_splits(void **state)
{
	const struct bytes text = bytes_of_str("a望\U0001f3d7");
	static const size_t expected[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};

	(void)state;
	for (size_t max = 0; max < ARRAY_LEN(expected); max++)
		assert_int_equal(utf8_cut(text, max), expected[max]);
	assert_int_equal(utf8_cut(bytes_of(NULL, 0), 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_texts),
		cmocka_unit_test(test_bad_texts),
		cmocka_unit_test(test_first_reads_every_character),
		cmocka_unit_test(test_length_counts_characters),
		cmocka_unit_test(test_cut_never_splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
