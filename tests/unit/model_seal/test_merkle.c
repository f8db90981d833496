/* Merkle trees, against the RFC's own recursive definition. If this fails, receipts that
 * were handed out can no longer be proven. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/err.h"
#include "model/merkle.h"

#define SMALL 17

static uint8_t leaves[RECEIPT_BATCH_MAX][HASH_SIZE];

static const uint8_t (*all(void))[HASH_SIZE]
{
	return (const uint8_t(*)[HASH_SIZE])leaves;
}

static int set_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RECEIPT_BATCH_MAX; i++)
		merkle_leaf(bytes_of(&i, sizeof(i)), leaves[i]);
	return 0;
}

/* The largest power of two below @count. */
static size_t split_of(size_t count)
{
	size_t k = 1;

	while (2 * k < count)
		k *= 2;
	return k;
}

/* MTH() as RFC 9162, section 2.1.1, words it. */
static void naive_root(const uint8_t (*hashes)[HASH_SIZE], size_t count, uint8_t *out)
{
	uint8_t node[1 + 2 * HASH_SIZE] = {0x01};
	size_t k = split_of(count);

	if (count == 1) {
		memcpy(out, hashes[0], HASH_SIZE);
		return;
	}
	naive_root(hashes, k, node + 1);
	naive_root(hashes + k, count - k, node + 1 + HASH_SIZE);
	sha256(bytes_of(node, sizeof(node)), out);
}

/* PATH() as RFC 9162, section 2.1.3.1, words it. Gives the length. */
static size_t naive_path(const uint8_t (*hashes)[HASH_SIZE], size_t count, size_t index,
                         uint8_t (*out)[HASH_SIZE])
{
	size_t k = split_of(count), len;

	if (count == 1)
		return 0;
	if (index < k) {
		len = naive_path(hashes, k, index, out);
		naive_root(hashes + k, count - k, out[len]);
	} else {
		len = naive_path(hashes + k, count - k, index - k, out);
		naive_root(hashes, k, out[len]);
	}
	return len + 1;
}

static void test_known_hashes(void **state)
{
	/* SHA-256 of nothing, and of one zero byte: the leaf of an empty body. */
	static const char empty[] =
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	static const char leaf[] =
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
	uint8_t hash[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];

	(void)state;
	sha256(bytes_of(NULL, 0), hash);
	bytes_to_hex(bytes_of(hash, HASH_SIZE), hex);
	assert_string_equal(hex, empty);
	merkle_leaf(bytes_of(NULL, 0), hash);
	bytes_to_hex(bytes_of(hash, HASH_SIZE), hex);
	assert_string_equal(hex, leaf);
}

static void test_root_and_paths_as_the_rfc_defines_them(void **state)
{
	(void)state;
	for (size_t count = 1; count <= SMALL; count++) {
		uint8_t root[HASH_SIZE], expected[HASH_SIZE];

		merkle_root(all(), count, root);
		naive_root(all(), count, expected);
		assert_memory_equal(root, expected, HASH_SIZE);
		for (size_t i = 0; i < count; i++) {
			uint8_t path[RECEIPT_PATH_MAX][HASH_SIZE];
			uint8_t naive[RECEIPT_PATH_MAX][HASH_SIZE];
			size_t len;

			merkle_path(all(), count, i, path, &len);
			assert_int_equal(len, naive_path(all(), count, i, naive));
			assert_memory_equal(path, naive, len * HASH_SIZE);
			assert_int_equal(merkle_follow(leaves[i], i, count,
			                               (const uint8_t(*)[HASH_SIZE])path,
			                               len, expected),
			                 0);
			assert_memory_equal(root, expected, HASH_SIZE);
		}
	}
}

static void test_the_whole_tree_gives_the_same(void **state)
{
	static const size_t counts[] = {1, 2, 3, 17, 255, 256, 257, 1000, 1023, 1024};

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		AUTO(arena_finishp) struct arena arena;
		uint8_t root[HASH_SIZE];
		struct merkle_tree tree;

		arena_init(&arena, 1 << 20);
		assert_int_equal(merkle_tree_build(&arena, all(), counts[c], &tree), 0);
		merkle_root(all(), counts[c], root);
		assert_memory_equal(merkle_tree_root(&tree), root, HASH_SIZE);
		for (size_t i = 0; i < counts[c]; i += 1 + counts[c] / 20) {
			uint8_t path[RECEIPT_PATH_MAX][HASH_SIZE];
			const uint8_t *hashes[RECEIPT_PATH_MAX];
			size_t len;

			merkle_path(all(), counts[c], i, path, &len);
			assert_int_equal(merkle_tree_path(&tree, i, hashes), len);
			for (size_t j = 0; j < len; j++)
				assert_memory_equal(hashes[j], path[j], HASH_SIZE);
		}
	}
}

static void test_every_flipped_bit_leads_elsewhere(void **state)
{
	const size_t count = 11, index = 6;
	uint8_t path[RECEIPT_PATH_MAX][HASH_SIZE], root[HASH_SIZE], out[HASH_SIZE];
	const uint8_t(*view)[HASH_SIZE] = (const uint8_t(*)[HASH_SIZE])path;
	uint8_t leaf[HASH_SIZE];
	size_t len;

	(void)state;
	memcpy(leaf, leaves[index], HASH_SIZE);
	merkle_root(all(), count, root);
	merkle_path(all(), count, index, path, &len);
	for (size_t bit = 0; bit < len * HASH_SIZE * 8; bit++) {
		((uint8_t *)path)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(merkle_follow(leaf, index, count, view, len, out), 0);
		assert_memory_not_equal(out, root, HASH_SIZE);
		((uint8_t *)path)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof(leaf) * 8; bit++) {
		leaf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(merkle_follow(leaf, index, count, view, len, out), 0);
		assert_memory_not_equal(out, root, HASH_SIZE);
		leaf[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t other = 0; other < count; other++)
		if (other != index &&
		    merkle_follow(leaf, other, count, view, len, out) == 0)
			assert_memory_not_equal(out, root, HASH_SIZE);
}

static void test_paths_of_the_wrong_length_are_refused(void **state)
{
	uint8_t path[RECEIPT_PATH_MAX][HASH_SIZE] = {{0}}, out[HASH_SIZE];
	const uint8_t(*view)[HASH_SIZE] = (const uint8_t(*)[HASH_SIZE])path;

	(void)state;
	assert_int_equal(merkle_follow(leaves[0], 0, 0, view, 0, out), E_RANGE);
	assert_int_equal(merkle_follow(leaves[0], 1, 1, view, 0, out), E_RANGE);
	assert_int_equal(merkle_follow(leaves[0], 0, 1, view, 1, out), E_RANGE);
	assert_int_equal(merkle_follow(leaves[0], 0, 8, view, 2, out), E_RANGE);
	assert_int_equal(merkle_follow(leaves[0], 0, 8, view, 4, out), E_RANGE);
	assert_int_equal(merkle_follow(leaves[0], 0, RECEIPT_BATCH_MAX + 1, view, 10,
	                               out),
	                 E_RANGE);
	assert_int_equal(merkle_follow(leaves[0], SIZE_MAX, SIZE_MAX, view, 10, out),
	                 E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_hashes),
		cmocka_unit_test(test_root_and_paths_as_the_rfc_defines_them),
		cmocka_unit_test(test_the_whole_tree_gives_the_same),
		cmocka_unit_test(test_every_flipped_bit_leads_elsewhere),
		cmocka_unit_test(test_paths_of_the_wrong_length_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
