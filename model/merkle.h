/* A whole Merkle tree, for those who need all its paths. For model/ only. */
#ifndef DUBAN_MODEL_MERKLE_H
#define DUBAN_MODEL_MERKLE_H

#include "base/arena.h"
#include "model/receipt.h"

/* Every level of a tree, the leaves first, the root last. */
struct merkle_tree {
	const uint8_t (*levels[RECEIPT_PATH_MAX + 1])[HASH_SIZE];
	size_t counts[RECEIPT_PATH_MAX + 1];
	size_t height; /* levels above the leaves */
};

/* Build over @count (1..RECEIPT_BATCH_MAX) leaf hashes, which are borrowed. E_NOMEM. */
int merkle_tree_build(struct arena *arena, const uint8_t (*hashes)[HASH_SIZE],
                      size_t count, struct merkle_tree *ret_tree);
const uint8_t *merkle_tree_root(const struct merkle_tree *tree);
/* Points the first of @ret_path (RECEIPT_PATH_MAX) at hashes in the tree; how many. */
size_t merkle_tree_path(const struct merkle_tree *tree, size_t index,
                        const uint8_t **ret_path);

#endif
