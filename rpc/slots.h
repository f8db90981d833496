/*
 * The memory that nghttp2 takes for the connections of one engine.
 *
 * Each HTTP/2 session of nghttp2 keeps a buffer for the largest frame, 16 KiB, in which
 * it mostly writes some hundred bytes. Such blocks come from memory that costs nothing
 * where it was never touched: an idle connection pays for one page of its buffer.
 */
#ifndef RPC_SLOTS_H
#define RPC_SLOTS_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/pool.h"

/* Each region of slots is twice as large as the one before. */
#define SLOTS_REGIONS_MAX 16

struct slots {
	nghttp2_mem hooks; /* for nghttp2_session_server_new3() and its like */
	struct pool *pool;
	struct slot *free;
	uint8_t *regions[SLOTS_REGIONS_MAX];
	unsigned region_count;
	size_t fresh; /* slots of the last region that were never given out */
};

/* Prepare @slots, which stays where it is until finished. Takes no memory yet. Small
 * blocks are from @pool, borrowed until finished. */
void slots_init(struct slots *slots, struct pool *pool);
/* When everything was given back. */
void slots_finish(struct slots *slots);

#endif
