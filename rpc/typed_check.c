/*
 * A walk over a message's bytes, by its descriptor:
 *
 *	tag -> length -> known submessage: one level down, until its end
 *	              \-> known string: looked at
 *
 * protobuf-c would follow nesting as deep as the sender likes, and gives strings with
 * whatever bytes they have. The walk keeps a fixed number of ends, whatever comes.
 */
#include "rpc/typed_check.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/utf8.h"
#include "rpc/typed.h"

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_LENGTH = 2,
	WIRE_FIXED32 = 5,
};

/* A message within which the walk stands. */
struct level {
	const ProtobufCMessageDescriptor *type;
	struct reader reader;
};

struct walk {
	struct level levels[RPC_TYPED_DEPTH_MAX];
	unsigned depth, depth_max;
};

static int down(struct walk *walk, const ProtobufCMessageDescriptor *type,
                struct bytes bytes);
static int step(struct walk *walk);
static int check_length(struct walk *walk, const ProtobufCFieldDescriptor *field,
                        struct bytes bytes);

int typed_check(const ProtobufCMessageDescriptor *type, struct bytes bytes,
                unsigned depth_max)
{
	struct walk walk = {.depth_max = depth_max};
	int r;

	if (depth_max == 0 || depth_max > RPC_TYPED_DEPTH_MAX)
		walk.depth_max = RPC_TYPED_DEPTH_MAX;
	r = down(&walk, type, bytes);
	while (r == 0 && walk.depth > 0)
		if (walk.levels[walk.depth - 1].reader.rest.len == 0)
			walk.depth--;
		else
			r = step(&walk);
	return r;
}

static int down(struct walk *walk, const ProtobufCMessageDescriptor *type,
                struct bytes bytes)
{
	if (walk->depth == walk->depth_max)
		return E_SYNTAX;
	walk->levels[walk->depth].type = type;
	reader_init(&walk->levels[walk->depth].reader, bytes);
	walk->depth++;
	return 0;
}

/* One field. */
static int step(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	struct reader *reader = &level->reader;
	uint64_t tag = read_varint(reader), len;
	const ProtobufCFieldDescriptor *field;

	if (reader->err != 0 || tag > UINT32_MAX || tag >> 3 == 0)
		return E_SYNTAX;
	switch (tag & 7) {
	case WIRE_VARINT:
		(void)read_varint(reader);
		break;
	case WIRE_FIXED64:
		(void)read_bytes(reader, 8);
		break;
	case WIRE_FIXED32:
		(void)read_bytes(reader, 4);
		break;
	case WIRE_LENGTH:
		len = read_varint(reader);
		if (reader->err != 0 || len > reader->rest.len)
			return E_SYNTAX;
		field = protobuf_c_message_descriptor_get_field(level->type,
		                                                (uint32_t)(tag >> 3));
		return check_length(walk, field, read_bytes(reader, (size_t)len));
	default: /* groups, and the two numbers that mean nothing */
		return E_SYNTAX;
	}
	return reader->err == 0 ? 0 : E_SYNTAX;
}

static int check_length(struct walk *walk, const ProtobufCFieldDescriptor *field,
                        struct bytes bytes)
{
	if (field == NULL)
		return 0;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return down(walk, field->descriptor, bytes);
	if (field->type != PROTOBUF_C_TYPE_STRING)
		return 0;
	return utf8_valid(bytes) ? 0 : E_SYNTAX; /* a NUL is not valid there */
}
