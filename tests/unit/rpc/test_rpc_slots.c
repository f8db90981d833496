/* Memory for nghttp2: blocks of a frame's size are apart, keep what is in them, and are
 * used again. Without it one connection's frames would stand in another's, or idle
 * connections would cost what they cost without slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "rpc/slots.h"

#define FRAME (16 * 1024 + 10)
#define MANY  500

static void *take(struct slots *slots, size_t size)
{
	void *taken = slots->hooks.malloc(size, slots->hooks.mem_user_data);

	assert_non_null(taken);
	return taken;
}

static void give(struct slots *slots, void *ptr)
{
	slots->hooks.free(ptr, slots->hooks.mem_user_data);
}

static void *resize(struct slots *slots, void *ptr, size_t size)
{
	void *moved = slots->hooks.realloc(ptr, size, slots->hooks.mem_user_data);

	assert_non_null(moved);
	return moved;
}

/* More than the first regions hold, so that several are in use. */
static void test_blocks_are_apart(void **state)
{
	struct slots slots;
	struct pool pool;
	uint8_t *blocks[MANY];

	(void)state;
	pool_init(&pool);
	slots_init(&slots, &pool);
	for (size_t i = 0; i < MANY; i++) {
		blocks[i] = take(&slots, FRAME);
		memset(blocks[i], (int)(i & 0xff), FRAME);
	}
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(blocks[i][0], i & 0xff);
		assert_int_equal(blocks[i][FRAME - 1], i & 0xff);
		give(&slots, blocks[i]);
	}
	assert_true(slots.region_count > 1);
	slots_finish(&slots);
	pool_finish(&pool);
}

static void test_blocks_are_used_again(void **state)
{
	struct slots slots;
	struct pool pool;
	unsigned regions;

	(void)state;
	pool_init(&pool);
	slots_init(&slots, &pool);
	give(&slots, take(&slots, FRAME));
	regions = slots.region_count;
	assert_int_equal(regions, 1);
	for (size_t i = 0; i < MANY; i++) {
		void *one = take(&slots, FRAME), *two = take(&slots, FRAME);

		assert_ptr_not_equal(one, two);
		give(&slots, one);
		give(&slots, two);
	}
	assert_int_equal(slots.region_count, regions);
	slots_finish(&slots);
	pool_finish(&pool);
}

/* nghttp2 makes its buffers by realloc() of nothing, and may make them larger. */
static void test_contents_move_along(void **state)
{
	struct slots slots;
	struct pool pool;
	uint8_t *block;

	(void)state;
	pool_init(&pool);
	slots_init(&slots, &pool);
	block = resize(&slots, NULL, FRAME);
	assert_int_equal(slots.region_count, 1);
	memset(block, 7, FRAME);
	block = resize(&slots, block, FRAME + 1);
	block = resize(&slots, block, (size_t)8 * FRAME);
	assert_int_equal(block[0], 7);
	assert_int_equal(block[FRAME - 1], 7);
	give(&slots, block);
	slots_finish(&slots);
	pool_finish(&pool);
}

static void test_small_blocks_are_mallocs(void **state)
{
	struct slots slots;
	struct pool pool;
	uint8_t *zeroed;

	(void)state;
	pool_init(&pool);
	slots_init(&slots, &pool);
	give(&slots, resize(&slots, take(&slots, 100), 200));
	zeroed = slots.hooks.calloc(16, 256, slots.hooks.mem_user_data);
	assert_non_null(zeroed);
	assert_int_equal(zeroed[16 * 256 - 1], 0);
	give(&slots, zeroed);
	give(&slots, NULL);
	assert_int_equal(slots.region_count, 0);
	slots_finish(&slots);
	pool_finish(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_are_apart),
		cmocka_unit_test(test_blocks_are_used_again),
		cmocka_unit_test(test_contents_move_along),
		cmocka_unit_test(test_small_blocks_are_mallocs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
