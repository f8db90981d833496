/* Cursors: without them a short message would be read past its end. */
#include "base/bytes.h"
#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void test_what_is_written_is_read(void **state)
{
	uint8_t wire[64];
	struct writer writer;
	struct reader reader;

	(void)state;
	writer_init(&writer, wire, sizeof(wire));
	write_u8(&writer, 0xfe);
	write_u16(&writer, 0xfedc);
	write_u32(&writer, 0xfedcba98U);
	write_u64(&writer, 0xfedcba9876543210U);
	write_str(&writer, "望城");
	write_bytes(&writer, bytes_of(NULL, 0));
	assert_int_equal(writer.err, 0);
	assert_int_equal(writer.len, 1 + 2 + 4 + 8 + 6);
	assert_memory_equal(wire, "\xfe\xfe\xdc\xfe\xdc\xba\x98", 7); /* big-endian */

	reader_init(&reader, writer_bytes(&writer));
	assert_int_equal(read_u8(&reader), 0xfe);
	assert_int_equal(read_u16(&reader), 0xfedc);
	assert_int_equal(read_u32(&reader), 0xfedcba98U);
	assert_true(read_u64(&reader) == 0xfedcba9876543210U);
	assert_true(bytes_equal(read_bytes(&reader, 6), bytes_of_str("望城")));
	assert_int_equal(reader.err, 0);
	assert_int_equal(reader.rest.len, 0);
}

/* A message cut at any byte gives E_SYNTAX, zeros, and never a byte too many. */
static void test_reading_past_the_end_sticks(void **state)
{
	static const uint8_t wire[7] = {1, 2, 3, 4, 5, 6, 7};

	(void)state;
	for (size_t len = 0; len < sizeof(wire); len++) {
		struct reader reader;

		reader_init(&reader, bytes_of(wire, len));
		(void)read_u32(&reader);
		(void)read_u16(&reader);
		(void)read_u8(&reader);
		assert_int_equal(reader.err, E_SYNTAX);
		assert_int_equal(read_u8(&reader), 0);
		assert_null(read_bytes(&reader, 0).data);
	}
}

static void test_writing_past_the_end_sticks(void **state)
{
	uint8_t wire[4] = {0};
	struct writer writer;

	(void)state;
	writer_init(&writer, wire, 3);
	write_u16(&writer, 0x0102);
	write_u16(&writer, 0x0304);
	assert_int_equal(writer.err, E_LIMIT);
	write_u8(&writer, 5); /* would fit, but the message has a hole */
	assert_int_equal(writer.len, 2);
	assert_memory_equal(wire, "\1\2\0", 4);
}

static void test_order_is_bytes_then_length(void **state)
{
	(void)state;
	assert_int_equal(bytes_compare(bytes_of_str("a"), bytes_of_str("b")), -1);
	assert_int_equal(bytes_compare(bytes_of_str("b"), bytes_of_str("ab")), 1);
	assert_int_equal(bytes_compare(bytes_of_str("a"), bytes_of_str("ab")), -1);
	assert_int_equal(bytes_compare(bytes_of_str("ab"), bytes_of_str("a")), 1);
	assert_int_equal(bytes_compare(bytes_of(NULL, 0), bytes_of_str("")), 0);
	assert_int_equal(bytes_compare(bytes_of("\xff", 1), bytes_of("\x01", 1)), 1);
	assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of_str("")));
	assert_false(bytes_equal(bytes_of_str("a"), bytes_of_str("b")));
	assert_false(bytes_equal(bytes_of_str("a"), bytes_of_str("ab")));
}

static void test_hex_both_ways(void **state)
{
	uint8_t raw[4] = {0};
	char hex[9];

	(void)state;
	assert_int_equal(bytes_from_hex("00ffA5b9", raw, 4), 0);
	assert_memory_equal(raw, "\x00\xff\xa5\xb9", 4);
	bytes_to_hex(bytes_of(raw, 4), hex);
	assert_string_equal(hex, "00ffa5b9");
	bytes_to_hex(bytes_of(NULL, 0), hex);
	assert_string_equal(hex, "");
}

/* A fingerprint with a slip in it must not be taken for another one. */
static void test_wrong_hex_changes_nothing(void **state)
{
	static const char *const wrong[] = {"",     "0",    "000",  "00000",
	                                    "00 0", "000g", "0x00", "000\n",
	                                    "-000", "000/", "000:", "000\x80"};
	uint8_t raw[2] = {7, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(bytes_from_hex(wrong[i], raw, 2), E_SYNTAX);
		assert_memory_equal(raw, "\7\7", 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_reading_past_the_end_sticks),
		cmocka_unit_test(test_writing_past_the_end_sticks),
		cmocka_unit_test(test_order_is_bytes_then_length),
		cmocka_unit_test(test_hex_both_ways),
		cmocka_unit_test(test_wrong_hex_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
