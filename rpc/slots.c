/*
 * The memory that nghttp2 takes.
 *
 *	blocks about as large as a frame -> slots of mapped regions
 *	everything else, and when there are no more slots -> the engine's pool
 *
 * A slot is given back with its first page, which the next user touches anyway; the
 * kernel gets the others back at once. Regions stay until the end: what they still cost
 * is a page for each connection that was open at the same time.
 */
#include "rpc/slots.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"

#define PAGE_SIZE 4096
/* A frame of 16 KiB, and what nghttp2 puts around it. */
#define SLOT_SIZE  ((size_t)5 * PAGE_SIZE)
#define SLOT_LEAST ((size_t)3 * PAGE_SIZE)
/* Slots of the first region. */
#define REGION_LEAST 16

/* The beginning of a slot that nobody uses. */
struct slot {
	struct slot *next;
};

static void *on_malloc(size_t size, void *context);
static void on_free(void *ptr, void *context);
static void *on_calloc(size_t count, size_t size, void *context);
static void *on_realloc(void *ptr, size_t size, void *context);
static void *take_slot(struct slots *slots);
static bool map_region(struct slots *slots);
static size_t region_slots(unsigned region);
static bool is_slot(const struct slots *slots, const void *ptr);
static void give_slot(struct slots *slots, void *ptr);

void slots_init(struct slots *slots, struct pool *pool)
{
	*slots = (struct slots){.hooks =
	                                {
						.mem_user_data = slots,
						.malloc = on_malloc,
						.free = on_free,
						.calloc = on_calloc,
						.realloc = on_realloc,
					},
	                        .pool = pool};
}

void slots_finish(struct slots *slots)
{
	for (unsigned i = 0; i < slots->region_count; i++)
		CHECK(munmap(slots->regions[i], region_slots(i) * SLOT_SIZE) == 0);
	slots->region_count = 0;
	slots->free = NULL;
	slots->fresh = 0;
}

static void *on_malloc(size_t size, void *context)
{
	struct slots *slots = context;
	void *slot = NULL;

	if (size >= SLOT_LEAST && size <= SLOT_SIZE)
		slot = take_slot(slots);
	return slot != NULL ? slot : pool_take(slots->pool, size);
}

static void on_free(void *ptr, void *context)
{
	struct slots *slots = context;

	if (is_slot(slots, ptr))
		give_slot(slots, ptr);
	else
		pool_give(slots->pool, ptr);
}

static void *on_calloc(size_t count, size_t size, void *context)
{
	struct slots *slots = context;
	void *zeroed;
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	zeroed = pool_take(slots->pool, total);
	if (zeroed != NULL)
		memset(zeroed, 0, total);
	return zeroed;
}

static void *on_realloc(void *ptr, size_t size, void *context)
{
	struct slots *slots = context;
	void *moved;

	if (ptr == NULL) /* how nghttp2 makes its buffers */
		return on_malloc(size, slots);
	if (!is_slot(slots, ptr))
		return pool_resize(slots->pool, ptr, size);
	if (size <= SLOT_SIZE)
		return ptr;
	moved = pool_take(slots->pool, size);
	if (moved == NULL)
		return NULL;
	memcpy(moved, ptr, SLOT_SIZE);
	give_slot(slots, ptr);
	return moved;
}

static void *take_slot(struct slots *slots)
{
	struct slot *slot = slots->free;
	unsigned last;
	size_t at;

	if (slot != NULL) {
		slots->free = slot->next;
		return slot;
	}
	if (slots->fresh == 0 && !map_region(slots))
		return NULL;
	last = slots->region_count - 1;
	at = region_slots(last) - slots->fresh--;
	return slots->regions[last] + at * SLOT_SIZE;
}

static bool map_region(struct slots *slots)
{
	size_t count = region_slots(slots->region_count);
	void *region;

	if (slots->region_count == SLOTS_REGIONS_MAX)
		return false;
	region = mmap(NULL, count * SLOT_SIZE, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (region == MAP_FAILED)
		return false;
	/* A huge page would bring what nobody touches. */
	(void)madvise(region, count * SLOT_SIZE, MADV_NOHUGEPAGE);
	slots->regions[slots->region_count++] = region;
	slots->fresh = count;
	return true;
}

static size_t region_slots(unsigned region)
{
	return (size_t)REGION_LEAST << region;
}

static bool is_slot(const struct slots *slots, const void *ptr)
{
	if (ptr == NULL || (uintptr_t)ptr % PAGE_SIZE != 0)
		return false;
	for (unsigned i = 0; i < slots->region_count; i++)
		if ((uintptr_t)ptr - (uintptr_t)slots->regions[i] <
		    region_slots(i) * SLOT_SIZE)
			return true;
	return false;
}

static void give_slot(struct slots *slots, void *ptr)
{
	struct slot *slot = ptr;

	/* Where pages are larger the call fails, and the slot stays as it is. */
	(void)madvise((uint8_t *)ptr + PAGE_SIZE, SLOT_SIZE - PAGE_SIZE, MADV_DONTNEED);
	slot->next = slots->free;
	slots->free = slot;
}
