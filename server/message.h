/* Small things that every handler needs between its data and the contract's messages. */
#ifndef DUBAN_SERVER_MESSAGE_H
#define DUBAN_SERVER_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/bytes.h"

/* protobuf-c has no const. Packing changes nothing, so a borrowed text may be lent to a
 * message that is packed and thrown away. NULL becomes "". */
static inline char *message_text(const char *text)
{
	union {
		const char *lent;
		char *borrowed;
	} view = {.lent = text != NULL ? text : ""};

	return view.borrowed;
}

static inline ProtobufCBinaryData message_bytes(struct bytes bytes)
{
	union {
		const uint8_t *lent;
		uint8_t *borrowed;
	} view = {.lent = bytes.data};

	return (ProtobufCBinaryData){.len = bytes.len, .data = view.borrowed};
}

static inline struct bytes message_view(ProtobufCBinaryData data)
{
	return bytes_of(data.data, data.len);
}

/*
 * A message whose fields are @parts: serialized messages, as fields 1 .. @count (at most
 * 15). What was stored once is sent again byte for byte, without taking it apart. .data
 * is NULL when @arena is full.
 */
struct bytes message_of_parts(struct arena *arena, const struct bytes *parts,
                              size_t count);

#endif
