/*
 * Memory for one request.
 *
 * Blocks of growing size are taken from malloc and given out from front to
 * back. A request larger than a block gets a block of its own.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* With its head, no more than malloc has a quick way for. */
#define FIRST_BLOCK   (1024 - sizeof(struct arena_block))
#define LARGEST_BLOCK (64 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	bool lent; /* not ours to free */
	alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *arena, size_t limit)
{
	*arena = (struct arena){.limit = limit};
}

void arena_lend(struct arena *arena, void *memory, size_t size)
{
	struct arena_block *block = memory;

	*block = (struct arena_block){.lent = true, .size = size - sizeof(*block)};
	arena->blocks = block;
	arena->used += block->size;
}

void arena_finish(struct arena *arena)
{
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->older;
		if (!block->lent)
			free(block);
	}
	arena->used = 0;
}

static struct arena_block *add_block(struct arena *arena, size_t needed)
{
	size_t size = arena->blocks == NULL ? FIRST_BLOCK : 2 * arena->blocks->size;
	struct arena_block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < needed)
		size = needed;
	if (arena->used > arena->limit || size > arena->limit - arena->used)
		size = needed; /* near the limit: no more than was asked for */
	if (size > arena->limit - arena->used)
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return NULL;
	block->older = arena->blocks;
	block->used = 0;
	block->size = size;
	block->lent = false;
	arena->blocks = block;
	arena->used += size;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	void *given;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (block == NULL || block->size - block->used < size) {
		block = add_block(arena, size);
		if (block == NULL)
			return NULL;
	}
	given = block->data + block->used;
	block->used += size;
	memset(given, 0, size);
	return given;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(arena, total);
}

char *arena_strndup(struct arena *arena, const void *data, size_t len)
{
	char *copy = len == SIZE_MAX ? NULL : arena_alloc(arena, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *str)
{
	return arena_strndup(arena, str, strlen(str));
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
	return bytes_of(arena_strndup(arena, bytes.data, bytes.len), bytes.len);
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *out;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return NULL; /* longer than an int can say */
	out = arena_alloc(arena, (size_t)len + 1);
	if (out != NULL)
		(void)vsnprintf(out, (size_t)len + 1, format, args);
	return out;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *out;

	va_start(args, format);
	out = arena_vprintf(arena, format, args);
	va_end(args);
	return out;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t size)
{
	size_t wanted = *capacity == 0 ? 8 : *capacity;
	void *larger;

	if (count < *capacity)
		return items;
	if (*capacity != 0 && __builtin_mul_overflow(wanted, 2, &wanted))
		return NULL;
	larger = arena_array(arena, wanted, size);
	if (larger == NULL)
		return NULL;
	if (count > 0)
		memcpy(larger, items, count * size);
	*capacity = wanted;
	return larger;
}
