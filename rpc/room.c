/* Strictly in turn: a large message is not overtaken for ever by smaller ones. */
#include "rpc/room.h"

#include "base/check.h"

static bool fits(const struct room *room, size_t wanted);

void room_init(struct room *room, size_t size)
{
	*room = (struct room){.size = size};
	list_init(&room->waits);
}

void room_claim_init(struct room_claim *claim)
{
	*claim = (struct room_claim){.wanted = 0};
	list_init(&claim->link);
}

bool room_take(struct room *room, struct room_claim *claim, size_t wanted)
{
	CHECK(claim->wanted == 0 && wanted > 0);
	claim->wanted = wanted;
	claim->given = list_empty(&room->waits) && fits(room, wanted);
	if (claim->given)
		room->taken += wanted;
	else
		list_push(&room->waits, &claim->link);
	return claim->given;
}

void room_leave(struct room *room, struct room_claim *claim)
{
	if (claim->given)
		room->taken -= claim->wanted;
	list_remove(&claim->link);
	room_claim_init(claim);
}

struct room_claim *room_next(struct room *room)
{
	struct room_claim *claim;

	if (list_empty(&room->waits))
		return NULL;
	claim = list_entry(room->waits.next, struct room_claim, link);
	if (!fits(room, claim->wanted))
		return NULL;
	list_remove(&claim->link);
	claim->given = true;
	room->taken += claim->wanted;
	return claim;
}

static bool fits(const struct room *room, size_t wanted)
{
	return room->taken == 0 ||
	       (room->taken <= room->size && wanted <= room->size - room->taken);
}
