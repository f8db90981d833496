/*
 * The guard: a server that forgets its streams still answers frames on them as RFC 9113
 * wants, counts what floods it, and lets honest peers alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "rpc/guard.h"

#define END NGHTTP2_FLAG_END_STREAM

static struct guard guard;

/* A frame whose payload is @payload and then zeros, all at once. */
static struct guard_frame feed(uint8_t type, uint8_t flags, uint32_t stream,
                               struct bytes payload)
{
	uint8_t wire[64] = {0,
	                    0,
	                    (uint8_t)payload.len,
	                    type,
	                    flags,
	                    (uint8_t)(stream >> 24),
	                    (uint8_t)(stream >> 16),
	                    (uint8_t)(stream >> 8),
	                    (uint8_t)stream};
	struct bytes input = bytes_of(wire, 9 + payload.len);
	struct guard_frame frame, none;

	if (payload.len > 0)
		memcpy(wire + 9, payload.data, payload.len);
	assert_true(guard_next(&guard, 5, &input, &frame));
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.stream, stream);
	assert_false(guard_next(&guard, 5, &input, &none));
	return frame;
}

static struct guard_frame feed_plain(uint8_t type, uint8_t flags, uint32_t stream)
{
	return feed(type, flags, stream, bytes_of("some", 4));
}

static int start(void **state)
{
	static const uint8_t preface[24];
	struct bytes input = bytes_of(preface, sizeof(preface));
	struct guard_frame frame;

	(void)state;
	guard_init(&guard, true, 1);
	assert_false(guard_next(&guard, 1, &input, &frame));
	assert_int_equal(input.len, 0);
	return 0;
}

/* Byte by byte the same frames are found: a slow writer is judged like a quick one. */
static void test_heads_in_pieces(void **state)
{
	static const uint8_t wire[] = {0, 0, 5, 1, 5, 0, 0,    0, 1, 1, 2, 3,
	                               4, 5, 0, 0, 4, 8, 0,    0, 0, 0, 1, 0,
	                               0, 0, 0, 0, 0, 0, 0xee, 0, 0, 0, 0, 0};
	unsigned found = 0, errors = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wire); i++) {
		struct bytes input = bytes_of(wire + i, 1);
		struct guard_frame frame;

		while (guard_next(&guard, 7, &input, &frame)) {
			found++;
			errors += frame.error != 0;
		}
		assert_int_equal(guard.frame_since != 0,
		                 i != 13 && i != 26 && i != sizeof(wire) - 1);
	}
	assert_int_equal(found, 3);
	assert_int_equal(errors, 1); /* the window that opens by nothing */
}

static void test_frames_after_the_end(void **state)
{
	struct guard_frame frame;

	(void)state;
	assert_int_equal(feed_plain(NGHTTP2_HEADERS, END, 1).error, 0);
	frame = feed_plain(NGHTTP2_DATA, 0, 1);
	assert_int_equal(frame.error, NGHTTP2_STREAM_CLOSED);
	assert_int_equal(frame.when, GUARD_WHEN_GONE);
	frame = feed_plain(NGHTTP2_HEADERS, END, 1);
	assert_int_equal(frame.error, NGHTTP2_STREAM_CLOSED);
	assert_int_equal(feed_plain(NGHTTP2_PRIORITY, 0, 1).error, 0);
	assert_int_equal(feed_plain(NGHTTP2_RST_STREAM, 0, 1).error, 0);
	assert_int_equal(feed_plain(NGHTTP2_WINDOW_UPDATE, 0, 1).error, 0);
}

static void test_frames_after_a_reset(void **state)
{
	struct guard_frame frame;

	(void)state;
	(void)feed_plain(NGHTTP2_HEADERS, 0, 1);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 1).error, 0);
	(void)feed_plain(NGHTTP2_RST_STREAM, 0, 1);
	frame = feed_plain(NGHTTP2_DATA, 0, 1);
	assert_int_equal(frame.error, NGHTTP2_STREAM_CLOSED);
	assert_int_equal(frame.when, GUARD_RESETS_GONE);
}

/* What an honest client sends before it learns that we ended its stream. */
static void test_frames_that_were_under_way(void **state)
{
	(void)state;
	(void)feed_plain(NGHTTP2_HEADERS, 0, 1);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 1).error, 0);
	assert_int_equal(feed_plain(NGHTTP2_HEADERS, END, 1).error, 0);
}

static void test_streams_that_were_passed_over(void **state)
{
	struct guard_frame frame;

	(void)state;
	(void)feed_plain(NGHTTP2_HEADERS, END, 5);
	frame = feed_plain(NGHTTP2_HEADERS, END, 3);
	assert_int_equal(frame.error, NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(frame.when, GUARD_ALWAYS);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 1).error, NGHTTP2_STREAM_CLOSED);
}

/* Memory is bounded: of what lies far back nothing is claimed. */
static void test_what_is_forgotten(void **state)
{
	(void)state;
	(void)feed_plain(NGHTTP2_HEADERS, END, 1);
	(void)feed_plain(NGHTTP2_HEADERS, END, 127);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 1).error, NGHTTP2_STREAM_CLOSED);
	(void)feed_plain(NGHTTP2_HEADERS, END, 129);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 1).error, 0);
	(void)feed_plain(NGHTTP2_HEADERS, END, INT32_MAX);
	assert_int_equal(guard.used, 1);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 129).error, 0);
}

/* How many of a frame it takes until the peer is told to calm down. */
static unsigned count_until_calm(uint8_t type, uint8_t flags, uint32_t stream, size_t len)
{
	for (unsigned i = 1; i < 100000; i++) {
		struct guard_frame frame =
			feed(type, flags, stream, bytes_of("\0\0\0\1wxyz", len));

		if (frame.error == NGHTTP2_ENHANCE_YOUR_CALM) {
			assert_int_equal(frame.when, GUARD_ALWAYS);
			return i;
		}
	}
	return 0;
}

static void test_floods(void **state)
{
	static const struct {
		uint8_t type, flags;
		size_t len;
	} floods[] = {
		{NGHTTP2_DATA, 0, 0},       {NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1},
		{NGHTTP2_PRIORITY, 0, 5},   {NGHTTP2_SETTINGS, 0, 0},
		{NGHTTP2_PING, 0, 8},       {NGHTTP2_PING, NGHTTP2_FLAG_ACK, 8},
		{NGHTTP2_GOAWAY, 0, 8},     {NGHTTP2_WINDOW_UPDATE, 0, 4},
		{NGHTTP2_RST_STREAM, 0, 4}, {0xbe, 0xff, 3},
	};

	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		(void)start(state);
		assert_int_equal(count_until_calm(floods[i].type, floods[i].flags, 0,
		                                  floods[i].len),
		                 GUARD_NOISE_MAX);
	}
	(void)start(state);
	assert_int_equal(count_until_calm(NGHTTP2_CONTINUATION, 0, 1, 4),
	                 GUARD_CONTINUATIONS_MAX + 1);
}

/* What a peer has reason for is never counted. */
static void test_honest_peers(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < 20000; i += 2) {
		(void)feed_plain(NGHTTP2_HEADERS, 0, i);
		(void)feed(NGHTTP2_DATA, END, i, bytes_of(NULL, 0));
		(void)feed_plain(NGHTTP2_RST_STREAM, 0, i);
		guard_sent(&guard, NGHTTP2_DATA, 0, 3000);
		for (int j = 0; j < 4; j++)
			(void)feed_plain(NGHTTP2_WINDOW_UPDATE, 0, 0);
		(void)feed(NGHTTP2_PING, 0, 0, bytes_of("12345678", 8));
		guard_sent(&guard, NGHTTP2_PING, 0, 8);
		(void)feed(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, bytes_of("12345678", 8));
	}
	assert_int_equal(guard.noise, 0);
}

/* Noise is forgiven with time: a long life is no flood. */
static void test_noise_is_forgiven(void **state)
{
	uint64_t now = 10;

	(void)state;
	for (int i = 0; i < 5 * GUARD_NOISE_MAX; i++) {
		assert_false(guard_noise(&guard, now));
		now += 2 * GUARD_NOISE_SPAN / GUARD_NOISE_MAX;
	}
}

/* Bombs are stopped; what packs well, or very well now and then, is not. */
static void test_unpacking(void **state)
{
	const size_t mib = 1024 * 1024;
	unsigned bombs = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_false(guard_inflated(&guard, 5, mib / GUARD_RATIO, mib));
	for (int i = 0; i < 60; i++)
		assert_false(guard_inflated(&guard, 5, 1024, mib));
	while (!guard_inflated(&guard, 5, 1024, mib))
		assert_true(++bombs < 10);
	assert_false(guard_inflated(&guard, 10 + GUARD_NOISE_SPAN, 1024, mib));
}

/* A server owes its client nothing of the kind: only floods are looked for. */
static void test_a_servers_frames(void **state)
{
	(void)state;
	guard_init(&guard, false, 1);
	guard_sent(&guard, NGHTTP2_HEADERS, 0, 20);
	(void)feed_plain(NGHTTP2_HEADERS, END, 1);
	assert_int_equal(feed_plain(NGHTTP2_DATA, 0, 1).error, 0);
	(void)feed_plain(NGHTTP2_RST_STREAM, 0, 1);
	assert_int_equal(guard.noise, 0);
	(void)feed_plain(NGHTTP2_RST_STREAM, 0, 1);
	assert_int_equal(guard.noise, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_heads_in_pieces, start),
		cmocka_unit_test_setup(test_frames_after_the_end, start),
		cmocka_unit_test_setup(test_frames_after_a_reset, start),
		cmocka_unit_test_setup(test_frames_that_were_under_way, start),
		cmocka_unit_test_setup(test_streams_that_were_passed_over, start),
		cmocka_unit_test_setup(test_what_is_forgotten, start),
		cmocka_unit_test_setup(test_floods, start),
		cmocka_unit_test_setup(test_honest_peers, start),
		cmocka_unit_test_setup(test_noise_is_forgiven, start),
		cmocka_unit_test_setup(test_unpacking, start),
		cmocka_unit_test_setup(test_a_servers_frames, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
