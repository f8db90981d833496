/* What conversions to and from protobuf-c's structs share. For model/ only. */
#ifndef DUBAN_MODEL_WIRE_CONVERT_H
#define DUBAN_MODEL_WIRE_CONVERT_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/bytes.h"

struct envelope;

/* protobuf-c has no const. Packing changes nothing, so a borrowed text may be lent to a
 * message that is packed and thrown away. NULL becomes "". */
static inline char *wire_string(const char *text)
{
	union {
		const char *lent;
		char *borrowed;
	} view = {.lent = text != NULL ? text : ""};

	return view.borrowed;
}

static inline ProtobufCBinaryData wire_binary(struct bytes bytes)
{
	union {
		const uint8_t *lent;
		uint8_t *borrowed;
	} view = {.lent = bytes.data};

	return (ProtobufCBinaryData){.len = bytes.len, .data = view.borrowed};
}

/* Only the certificates of an envelope. Reading: E_SYNTAX, too many or too large;
 * results are borrowed. Writing: E_NOMEM; the list is in @arena, its bytes borrowed. */
int wire_certificates_read(const ProtobufCBinaryData *list, size_t count,
                           struct envelope *ret);
int wire_certificates_write(struct arena *arena, const struct envelope *envelope,
                            ProtobufCBinaryData **ret_list);

#endif
