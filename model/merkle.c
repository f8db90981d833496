/*
 * Merkle trees as RFC 9162 (section 2.1) defines them, built from the leaves up:
 *
 *	root          h                 Each level pairs the hashes of the one below;
 *	            /   \               a last one without a partner moves up as it is.
 *	          f       \             That gives the same tree as the RFC's recursive
 *	        /   \       \           definition, which splits at the largest power of
 *	      a b   c d      e          two below the count.
 *
 * What can go wrong: a peer's path does not fit its index and count (E_RANGE). Hashing
 * itself cannot fail, see sha256().
 */
/* The one-shot functions of OpenSSL 3 allocate and may fail; these do neither. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "model/merkle.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/check.h"
#include "base/err.h"

#define LEAF_PREFIX 0x00
#define NODE_PREFIX 0x01

static void hash_prefixed(uint8_t prefix, struct bytes first, struct bytes second,
                          uint8_t out[HASH_SIZE]);
static void hash_node(const uint8_t left[HASH_SIZE], const uint8_t right[HASH_SIZE],
                      uint8_t out[HASH_SIZE]);
static size_t fold(const uint8_t (*below)[HASH_SIZE], size_t count,
                   uint8_t (*above)[HASH_SIZE]);

void sha256(struct bytes bytes, uint8_t out[HASH_SIZE])
{
	SHA256_CTX context;

	SHA256_Init(&context);
	if (bytes.len > 0)
		SHA256_Update(&context, bytes.data, bytes.len);
	SHA256_Final(out, &context);
}

void merkle_leaf(struct bytes body, uint8_t out[HASH_SIZE])
{
	hash_prefixed(LEAF_PREFIX, body, bytes_of(NULL, 0), out);
}

static void hash_node(const uint8_t left[HASH_SIZE], const uint8_t right[HASH_SIZE],
                      uint8_t out[HASH_SIZE])
{
	hash_prefixed(NODE_PREFIX, bytes_of(left, HASH_SIZE), bytes_of(right, HASH_SIZE),
	              out);
}

/* @out may be one of the inputs. */
static void hash_prefixed(uint8_t prefix, struct bytes first, struct bytes second,
                          uint8_t out[HASH_SIZE])
{
	SHA256_CTX context;

	SHA256_Init(&context);
	SHA256_Update(&context, &prefix, 1);
	if (first.len > 0)
		SHA256_Update(&context, first.data, first.len);
	if (second.len > 0)
		SHA256_Update(&context, second.data, second.len);
	SHA256_Final(out, &context);
}

int merkle_tree_build(struct arena *arena, const uint8_t (*hashes)[HASH_SIZE],
                      size_t count, struct merkle_tree *ret_tree)
{
	struct merkle_tree tree = {.levels = {hashes}, .counts = {count}};
	uint8_t(*room)[HASH_SIZE];

	CHECK(count >= 1 && count <= RECEIPT_BATCH_MAX);
	/* Halves of halves, each rounded up. */
	room = arena_array(arena, count + RECEIPT_PATH_MAX, HASH_SIZE);
	if (room == NULL)
		return E_NOMEM;
	while (tree.counts[tree.height] > 1) {
		size_t above =
			fold(tree.levels[tree.height], tree.counts[tree.height], room);

		tree.height++;
		tree.levels[tree.height] = (const uint8_t(*)[HASH_SIZE])room;
		tree.counts[tree.height] = above;
		room += above;
	}
	*ret_tree = tree;
	return 0;
}

/* Hash one level into the next. @above may be @below. */
static size_t fold(const uint8_t (*below)[HASH_SIZE], size_t count,
                   uint8_t (*above)[HASH_SIZE])
{
	for (size_t i = 0; i + 1 < count; i += 2)
		hash_node(below[i], below[i + 1], above[i / 2]);
	if (count % 2 == 1)
		memmove(above[count / 2], below[count - 1], HASH_SIZE);
	return count / 2 + count % 2;
}

const uint8_t *merkle_tree_root(const struct merkle_tree *tree)
{
	return tree->levels[tree->height][0];
}

size_t merkle_tree_path(const struct merkle_tree *tree, size_t index,
                        const uint8_t **ret_path)
{
	size_t len = 0;

	CHECK(index < tree->counts[0]);
	for (size_t level = 0; level < tree->height; level++, index /= 2) {
		size_t partner = index ^ 1;

		if (partner < tree->counts[level])
			ret_path[len++] = tree->levels[level][partner];
	}
	return len;
}

void merkle_root(const uint8_t (*hashes)[HASH_SIZE], size_t count, uint8_t out[HASH_SIZE])
{
	uint8_t level[RECEIPT_BATCH_MAX][HASH_SIZE];

	CHECK(count >= 1 && count <= RECEIPT_BATCH_MAX);
	memcpy(level, hashes, count * HASH_SIZE);
	while (count > 1)
		count = fold((const uint8_t(*)[HASH_SIZE])level, count, level);
	memcpy(out, level[0], HASH_SIZE);
}

void merkle_path(const uint8_t (*hashes)[HASH_SIZE], size_t count, size_t index,
                 uint8_t (*ret_path)[HASH_SIZE], size_t *ret_len)
{
	uint8_t level[RECEIPT_BATCH_MAX][HASH_SIZE];
	size_t len = 0;

	CHECK(count >= 1 && count <= RECEIPT_BATCH_MAX && index < count);
	memcpy(level, hashes, count * HASH_SIZE);
	for (; count > 1; index /= 2) {
		if ((index ^ 1) < count)
			memcpy(ret_path[len++], level[index ^ 1], HASH_SIZE);
		count = fold((const uint8_t(*)[HASH_SIZE])level, count, level);
	}
	*ret_len = len;
}

int merkle_follow(const uint8_t leaf[HASH_SIZE], size_t index, size_t count,
                  const uint8_t (*path)[HASH_SIZE], size_t len, uint8_t out[HASH_SIZE])
{
	uint8_t hash[HASH_SIZE];
	size_t used = 0;

	if (count < 1 || count > RECEIPT_BATCH_MAX || index >= count)
		return E_RANGE;
	memcpy(hash, leaf, HASH_SIZE);
	for (; count > 1; index /= 2, count = count / 2 + count % 2) {
		if ((index ^ 1) >= count)
			continue; /* without a partner: moves up as it is */
		if (used == len)
			return E_RANGE;
		if (index % 2 == 1)
			hash_node(path[used], hash, hash);
		else
			hash_node(hash, path[used], hash);
		used++;
	}
	if (used != len)
		return E_RANGE;
	memcpy(out, hash, HASH_SIZE);
	return 0;
}
