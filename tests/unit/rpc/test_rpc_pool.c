/* Blocks that come and go with calls: each is large enough and nobody else's while it is
 * out. Without that one call would write over another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "rpc/pool.h"

#define BLOCKS 400
#define ROUNDS 50000

static uint32_t next_random(void)
{
	static uint32_t state = 4711;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static void test_blocks_are_apart(void **state)
{
	static uint8_t *blocks[BLOCKS];
	static size_t sizes[BLOCKS];
	struct pool pool;

	(void)state;
	pool_init(&pool);
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t i = next_random() % BLOCKS;
		uint8_t mark = (uint8_t)(i * 7);

		if (blocks[i] == NULL) {
			sizes[i] = next_random() % (POOL_LARGEST + 100);
			blocks[i] = pool_take(&pool, sizes[i]);
			assert_non_null(blocks[i]);
			memset(blocks[i], mark, sizes[i]);
			continue;
		}
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(blocks[i][at], mark);
		pool_give(&pool, blocks[i]);
		blocks[i] = NULL;
	}
	for (size_t i = 0; i < BLOCKS; i++)
		pool_give(&pool, blocks[i]);
	pool_finish(&pool);
	assert_int_equal(pool.bytes, 0);
}

static void test_contents_move_along(void **state)
{
	struct pool pool;
	uint8_t *block;

	(void)state;
	pool_init(&pool);
	block = pool_resize(&pool, NULL, 10);
	memset(block, 5, 10);
	block = pool_resize(&pool, block, 1000);
	block = pool_resize(&pool, block, (size_t)2 * POOL_LARGEST);
	block = pool_resize(&pool, block, (size_t)4 * POOL_LARGEST);
	assert_int_equal(block[0], 5);
	assert_int_equal(block[9], 5);
	pool_give(&pool, block);
	assert_null(pool_take(&pool, SIZE_MAX));
	assert_null(pool_resize(&pool, NULL, SIZE_MAX - 8));
	pool_finish(&pool);
}

/* A burst must not stay in memory for good. */
static void test_what_is_kept_is_bounded(void **state)
{
	static void *blocks[10000];
	struct pool pool;

	(void)state;
	pool_init(&pool);
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		blocks[i] = pool_take(&pool, 1000);
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
		pool_give(&pool, blocks[i]);
	assert_true(pool.bytes <= (size_t)1024 * 1024);
	pool_finish(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_are_apart),
		cmocka_unit_test(test_contents_move_along),
		cmocka_unit_test(test_what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
