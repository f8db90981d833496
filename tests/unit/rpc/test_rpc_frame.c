/* Message framing: what a user would lose is a message, its bytes, or the server's
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/frame.h"
#include "rpc/outbox.h"

#define MESSAGES 40

static size_t length_of(size_t i)
{
	return i * i * 7 % 3000;
}

/* A stream of messages, cut into pieces of any size, comes out as the same messages. */
static void test_cut_anywhere(void **state)
{
	struct outbox stream = {0};
	uint8_t body[3000];

	(void)state;
	memset(body, 0x5a, sizeof(body));
	for (size_t i = 0; i < MESSAGES; i++)
		assert_int_equal(outbox_push(&stream, i % 3 == 0,
		                             bytes_of(body, length_of(i))),
		                 0);
	for (size_t piece = 1; piece < 3100; piece += piece < 20 ? 1 : 97) {
		struct frame_reader reader;
		size_t seen = 0;

		frame_reader_init(&reader, 3000);
		for (size_t at = 0; at < stream.tail; at += piece) {
			size_t len = stream.tail - at < piece ? stream.tail - at : piece;
			struct bytes input = bytes_of(stream.data + at, len);
			struct frame frame;

			while (frame_read(&reader, &input, &frame) == 1) {
				assert_int_equal(frame.body.len, length_of(seen));
				assert_int_equal(frame.compressed, seen % 3 == 0);
				assert_memory_equal(frame.body.data, body,
				                    frame.body.len);
				seen++;
			}
			assert_int_equal(input.len, 0);
		}
		assert_int_equal(seen, MESSAGES);
		assert_true(frame_reader_is_clean(&reader));
		frame_reader_finish(&reader);
	}
	outbox_finish(&stream);
}

/* A length prefix alone must not take memory. */
static void test_length_is_not_believed(void **state)
{
	uint8_t start[] = {0, 0, 0x3f, 0xff, 0xff, 1, 2, 3};
	struct bytes input = bytes_of(start, sizeof(start));
	struct frame_reader reader;
	struct frame frame;

	(void)state;
	frame_reader_init(&reader, 4 << 20);
	assert_int_equal(frame_read(&reader, &input, &frame), 0);
	assert_true(frame_reader_held(&reader) <= 1024);
	assert_false(frame_reader_is_clean(&reader));
	frame_reader_finish(&reader);
	assert_int_equal(frame_reader_held(&reader), 0);
}

static void test_refused(void **state)
{
	uint8_t flag[] = {2}, large[] = {0, 0, 0, 0, 101};
	struct bytes input = bytes_of(flag, sizeof(flag));
	struct frame_reader reader;
	struct frame frame;

	(void)state;
	frame_reader_init(&reader, 100);
	assert_int_equal(frame_read(&reader, &input, &frame), E_PROTOCOL);
	frame_reader_finish(&reader);
	input = bytes_of(large, sizeof(large));
	assert_int_equal(frame_read(&reader, &input, &frame), E_LIMIT);
	frame_reader_finish(&reader);
}

/* What waits is sent in order, and given back to the system when it is sent. */
static void test_outbox_order(void **state)
{
	struct outbox outbox = {0};
	uint8_t in = 0, out = 0;

	(void)state;
	for (int round = 0; round < 500; round++) {
		for (int i = 0; i < 3; i++) {
			struct bytes one = bytes_of(&in, 1);

			assert_int_equal(outbox_push_raw(&outbox, one), 0);
			in++;
		}
		for (int i = 0; i < (round < 250 ? 2 : 4); i++) {
			struct bytes one = outbox_peek(&outbox, 1);

			if (one.len == 0)
				continue;
			assert_int_equal(one.data[0], out);
			out++;
			outbox_sent(&outbox, 1);
		}
	}
	outbox_sent(&outbox, outbox_pending(&outbox));
	assert_null(outbox.data);
}

/* A request that the server never saw can be sent again, whole. */
static void test_outbox_rewind(void **state)
{
	struct outbox outbox = {.keep = true};

	(void)state;
	assert_int_equal(outbox_push_raw(&outbox, bytes_of_str("abc")), 0);
	outbox_sent(&outbox, 2);
	assert_int_equal(outbox_push_raw(&outbox, bytes_of_str("def")), 0);
	outbox_rewind(&outbox);
	assert_memory_equal(outbox_peek(&outbox, 6).data, "abcdef", 6);
	outbox_sent(&outbox, 6);
	assert_non_null(outbox.data);
	outbox_forget(&outbox);
	assert_null(outbox.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_length_is_not_believed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_outbox_order),
		cmocka_unit_test(test_outbox_rewind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
