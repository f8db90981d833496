/*
 * Room for large incoming messages on one connection.
 *
 * What a stream's window lets in at once is provided for. A message larger than that
 * needs room for all of it before its window is opened further: else messages that no
 * memory is left to finish would hold each other up. Pure: who waits is served in turn.
 */
#ifndef RPC_ROOM_H
#define RPC_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

struct room {
	size_t size, taken;
	struct list waits; /* claims, the oldest first */
};

/* One message's part of a room. All zero with an empty link: none. */
struct room_claim {
	size_t wanted; /* 0: there is no claim */
	bool given;
	struct list link;
};

void room_init(struct room *room, size_t size);
void room_claim_init(struct room_claim *claim);
/* Does it have @wanted bytes, > 0? Else it waits. One always has, however large. */
bool room_take(struct room *room, struct room_claim *claim, size_t wanted);
/* Give back what it has, or wait no longer. Nothing when there is no claim. */
void room_leave(struct room *room, struct room_claim *claim);
/* The next that waited and has its room now; NULL: none. */
struct room_claim *room_next(struct room *room);

#endif
