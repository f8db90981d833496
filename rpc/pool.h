/*
 * Small blocks of memory that come and go with every call: kept by size when they are
 * given back, so that a busy engine seldom asks malloc.
 */
#ifndef RPC_POOL_H
#define RPC_POOL_H

#include <stddef.h>

/* Larger blocks are not kept. */
#define POOL_LARGEST 2048
#define POOL_STEP    16
#define POOL_LISTS   (POOL_LARGEST / POOL_STEP)

struct pool {
	struct pool_block *kept[POOL_LISTS];
	size_t bytes; /* in all that is kept */
};

void pool_init(struct pool *pool);
/* Free what is kept. Nothing may be out any more. */
void pool_finish(struct pool *pool);
/* As malloc(), realloc() and free(), but on the engine's thread only. */
void *pool_take(struct pool *pool, size_t size);
void *pool_resize(struct pool *pool, void *ptr, size_t size);
void pool_give(struct pool *pool, void *ptr);

#endif
