/*
 * A look at a serialized message before protobuf-c unpacks it. For model/ only.
 *
 * Neither recursive nor allocating; the cost is linear in the bytes.
 */
#ifndef DUBAN_MODEL_WIRE_WALK_H
#define DUBAN_MODEL_WIRE_WALK_H

#include <protobuf-c/protobuf-c.h>

#include "model/wire.h"

#define WIRE_PATH_MAX 256 /* longer paths are cut */

enum wire_wrong {
	WIRE_FINE,
	WIRE_MALFORMED, /* truncated, no field number, a length past the end, ... */
	WIRE_TOO_DEEP,
	WIRE_BAD_TYPE, /* a known field in another wire type */
	WIRE_OVERFLOW, /* a number that its field cannot hold */
	WIRE_NOT_UTF8,
	WIRE_HOLDS_NUL,
	WIRE_UNKNOWN_FIELD, /* WIRE_STRICT only; so are those that follow */
	WIRE_UNKNOWN_VALUE,
	WIRE_NOT_CANONICAL,
};

struct wire_fault {
	enum wire_wrong wrong;
	char path[WIRE_PATH_MAX]; /* "figures[3].value.unit"; "" is the whole message */
};

/* 0, or E_SYNTAX with @fault. Does not judge the canonical form. */
int wire_walk(const ProtobufCMessageDescriptor *type, struct bytes bytes,
              enum wire_rule rule, struct wire_fault *fault);

/* wire_unpack(), with the fault for those who word it themselves. When E_SYNTAX is
 * returned, and only then, @fault is filled in. */
int wire_unpack_fault(struct arena *arena, const ProtobufCMessageDescriptor *type,
                      struct bytes bytes, enum wire_rule rule,
                      ProtobufCMessage **ret_message, struct wire_fault *fault);
/* What is wrong, in an English clause. Static. */
const char *wire_wrong_text(enum wire_wrong wrong);

#endif
