/*
 * Memory for one request: allocated piece by piece, freed at one place.
 *
 * An arena has a limit in bytes. Over the limit an allocation gives NULL, so
 * that a hostile request ends in E_NOMEM and not in the kernel's killer.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/api.h"
#include "base/bytes.h"

BASE_API_BEGIN

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used, limit;         /* bytes taken from malloc, and how many may be */
};

/* Prepare @arena to give out at most about @limit bytes. Allocates nothing. */
void arena_init(struct arena *arena, size_t limit) BASE_API_NAME(arena_init);
/* Give out of @memory, aligned for any type, before any is taken from malloc; for an
 * arena that was just prepared. Borrows it until finished. */
void arena_lend(struct arena *arena, void *memory, size_t size) BASE_API_NAME(arena_lend);
/* Free everything that was given out. The arena may be used again. */
void arena_finish(struct arena *arena) BASE_API_NAME(arena_finish);
static inline void arena_finishp(struct arena *arena)
{
	arena_finish(arena);
}

/* @size zeroed bytes, aligned for any type, or NULL. Size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size) BASE_API_NAME(arena_alloc);
/* As above for @count times @size, with the product checked. */
void *arena_array(struct arena *arena, size_t count, size_t size)
	BASE_API_NAME(arena_array);
#define arena_new(arena, type) ((type *)arena_alloc(arena, sizeof(type)))
#define arena_new_array(arena, count, type) \
	((type *)arena_array(arena, count, sizeof(type)))

/* Copies with a NUL behind them, or NULL. */
char *arena_strdup(struct arena *arena, const char *str) BASE_API_NAME(arena_strdup);
char *arena_strndup(struct arena *arena, const void *data, size_t len)
	BASE_API_NAME(arena_strndup);
char *arena_printf(struct arena *arena, const char *format, ...)
	BASE_API_NAME(arena_printf) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	BASE_API_NAME(arena_vprintf) __attribute__((format(printf, 2, 0)));
/* A copy; .data is NULL when there was no memory (and @bytes was not empty). */
struct bytes arena_copy(struct arena *arena, struct bytes bytes)
	BASE_API_NAME(arena_copy);

/*
 * Make room in an array that grows: returns @items, or a larger copy of it,
 * with space for at least one more than @count; NULL when there is no memory.
 * The capacity is kept by doubling, in *@capacity.
 */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t size) BASE_API_NAME(arena_grow);

BASE_API_END

#endif
