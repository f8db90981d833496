/*
 * Small blocks of memory, kept by size.
 *
 *	take -> the list of that size -> malloc, when it is empty
 *	give -> the list of that size -> free, when enough is kept
 *
 * Sizes are rounded up to POOL_STEP, and each has a list; what came back last is on top:
 * it is what the processor still has at hand. A head before each block says its size.
 *
 * Under AddressSanitizer nothing is kept, so that it sees what is used after it was given
 * back.
 */
#include "rpc/pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/* Bytes that one pool keeps at most: a few hundred calls' worth. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define KEPT_MAX 0
#else
#define KEPT_MAX ((size_t)1024 * 1024)
#endif

struct pool_block {
	struct pool_block *next; /* while it is kept */
	size_t size;
	alignas(max_align_t) uint8_t data[];
};

static struct pool_block *make(size_t size);

void pool_init(struct pool *pool)
{
	*pool = (struct pool){0};
}

void pool_finish(struct pool *pool)
{
	for (size_t i = 0; i < POOL_LISTS; i++) {
		while (pool->kept[i] != NULL) {
			struct pool_block *block = pool->kept[i];

			pool->kept[i] = block->next;
			free(block);
		}
	}
	pool->bytes = 0;
}

/* The list of blocks that hold (i + 1) * POOL_STEP bytes. Size 0 is as 1. */
static size_t list_of(size_t size)
{
	return size == 0 ? 0 : (size - 1) / POOL_STEP;
}

void *pool_take(struct pool *pool, size_t size)
{
	size_t i = list_of(size);
	struct pool_block *block;

	if (i < POOL_LISTS && pool->kept[i] != NULL) {
		block = pool->kept[i];
		pool->kept[i] = block->next;
		pool->bytes -= block->size;
		return block->data;
	}
	block = make(i < POOL_LISTS ? (i + 1) * POOL_STEP : size);
	return block == NULL ? NULL : block->data;
}

static struct pool_block *make(size_t size)
{
	struct pool_block *block =
		size > SIZE_MAX / 2 ? NULL : malloc(sizeof(*block) + size);

	if (block != NULL)
		block->size = size;
	return block;
}

void *pool_resize(struct pool *pool, void *ptr, size_t size)
{
	struct pool_block *block;
	void *moved;

	if (ptr == NULL)
		return pool_take(pool, size);
	block = container_of(ptr, struct pool_block, data);
	if (size <= block->size)
		return ptr;
	moved = pool_take(pool, size);
	if (moved == NULL)
		return NULL;
	memcpy(moved, ptr, block->size);
	pool_give(pool, ptr);
	return moved;
}

void pool_give(struct pool *pool, void *ptr)
{
	struct pool_block *block;
	size_t i;

	if (ptr == NULL)
		return;
	block = container_of(ptr, struct pool_block, data);
	i = list_of(block->size);
	if (i >= POOL_LISTS || pool->bytes + block->size > KEPT_MAX) {
		free(block);
		return;
	}
	block->next = pool->kept[i];
	pool->kept[i] = block;
	pool->bytes += block->size;
}
