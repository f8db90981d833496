/*
 * One walk over raw protobuf bytes, by the descriptor of their message:
 *
 *	bytes -> next_field() -> check_value() -> string / enum / number: looked at
 *	              ^                |
 *	              |                +-> submessage: one more frame on the stack
 *	              +-- frame done, back to the one above --+
 *
 * The stack is an array of WIRE_DEPTH_MAX frames, so nesting costs a peer's bytes and
 * nothing of ours. What can go wrong is always the sender's doing: the first fault ends
 * the walk and is named by the path of its field.
 */
#include "model/wire_walk.h"

#include <stdio.h>

#include "base/check.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/utf8.h"

#define TAG_BYTES_MAX 5

enum wire_type {
	TYPE_VARINT = 0,
	TYPE_FIXED64 = 1,
	TYPE_LENGTH = 2,
	TYPE_FIXED32 = 5,
};

/* A message that is being walked. */
struct frame {
	const ProtobufCMessageDescriptor *type;
	struct bytes all;
	struct reader reader;
	const ProtobufCFieldDescriptor *field; /* the one at hand; NULL: unknown */
	uint32_t number;                       /* its number; 0: not known yet */
	size_t before;                         /* bytes left when it began */
};

/* One field as it lies on the wire. */
struct item {
	uint32_t number;
	enum wire_type type;
	uint64_t varint;     /* TYPE_VARINT */
	struct bytes length; /* TYPE_LENGTH */
};

struct walk {
	struct frame frames[WIRE_DEPTH_MAX];
	size_t depth; /* frames in use */
	enum wire_rule rule;
};

static enum wire_wrong walk_all(struct walk *walk);
static enum wire_wrong push(struct walk *walk, const ProtobufCMessageDescriptor *type,
                            struct bytes bytes);
static enum wire_wrong next_field(struct frame *frame, struct item *ret_item);
static enum wire_wrong read_exact_varint(struct reader *reader, size_t max,
                                         uint64_t *ret);
static enum wire_wrong check_field(struct walk *walk, struct frame *frame,
                                   const struct item *item);
static bool is_packed(const ProtobufCFieldDescriptor *field, const struct item *item);
static enum wire_wrong check_packed(const struct walk *walk,
                                    const ProtobufCFieldDescriptor *field,
                                    struct bytes elements);
static enum wire_wrong check_number(const struct walk *walk,
                                    const ProtobufCFieldDescriptor *field,
                                    uint64_t value);
static enum wire_wrong check_string(struct bytes text);
static enum wire_type type_of(const ProtobufCFieldDescriptor *field);
static void name_path(const struct walk *walk, char *out);
static size_t index_of(const struct frame *frame);

int wire_walk(const ProtobufCMessageDescriptor *type, struct bytes bytes,
              enum wire_rule rule, struct wire_fault *fault)
{
	struct walk walk = {.rule = rule};

	fault->wrong = push(&walk, type, bytes);
	if (fault->wrong == WIRE_FINE)
		fault->wrong = walk_all(&walk);
	if (fault->wrong == WIRE_FINE)
		return 0;
	name_path(&walk, fault->path);
	return E_SYNTAX;
}

static enum wire_wrong walk_all(struct walk *walk)
{
	enum wire_wrong wrong = WIRE_FINE;

	while (walk->depth > 0 && wrong == WIRE_FINE) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		struct item item;

		if (frame->reader.rest.len == 0) {
			walk->depth--;
			continue;
		}
		wrong = next_field(frame, &item);
		if (wrong == WIRE_FINE)
			wrong = check_field(walk, frame, &item);
	}
	return wrong;
}

static enum wire_wrong push(struct walk *walk, const ProtobufCMessageDescriptor *type,
                            struct bytes bytes)
{
	struct frame *frame;

	if (walk->depth == WIRE_DEPTH_MAX)
		return WIRE_TOO_DEEP;
	frame = &walk->frames[walk->depth++];
	*frame = (struct frame){.type = type, .all = bytes};
	reader_init(&frame->reader, bytes);
	return WIRE_FINE;
}

static enum wire_wrong next_field(struct frame *frame, struct item *ret_item)
{
	struct reader *reader = &frame->reader;
	enum wire_wrong wrong;
	uint64_t tag, len;

	frame->field = NULL;
	frame->number = 0;
	frame->before = reader->rest.len;
	wrong = read_exact_varint(reader, TAG_BYTES_MAX, &tag);
	if (wrong != WIRE_FINE || tag > UINT32_MAX || tag >> 3 == 0)
		return WIRE_MALFORMED;
	frame->number = (uint32_t)(tag >> 3);
	frame->field =
		protobuf_c_message_descriptor_get_field(frame->type, frame->number);
	*ret_item =
		(struct item){.number = frame->number, .type = (enum wire_type)(tag & 7)};
	switch (ret_item->type) {
	case TYPE_VARINT:
		return read_exact_varint(reader, VARINT_BYTES_MAX, &ret_item->varint);
	case TYPE_FIXED64:
		(void)read_bytes(reader, 8);
		break;
	case TYPE_LENGTH:
		wrong = read_exact_varint(reader, VARINT_BYTES_MAX, &len);
		if (wrong != WIRE_FINE || len > reader->rest.len)
			return WIRE_MALFORMED;
		ret_item->length = read_bytes(reader, (size_t)len);
		break;
	case TYPE_FIXED32:
		(void)read_bytes(reader, 4);
		break;
	default: /* groups, and the two numbers that mean nothing */
		return WIRE_BAD_TYPE;
	}
	return reader->err == 0 ? WIRE_FINE : WIRE_MALFORMED;
}

static enum wire_wrong read_exact_varint(struct reader *reader, size_t max, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < max; i++) {
		uint8_t byte = read_u8(reader);

		if (reader->err != 0)
			return WIRE_MALFORMED;
		if (i == VARINT_BYTES_MAX - 1 && byte > 1)
			return WIRE_OVERFLOW;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if ((byte & 0x80) == 0) {
			*ret = value;
			return WIRE_FINE;
		}
	}
	return WIRE_MALFORMED;
}

static enum wire_wrong check_field(struct walk *walk, struct frame *frame,
                                   const struct item *item)
{
	const ProtobufCFieldDescriptor *field = frame->field;

	if (field == NULL)
		return walk->rule == WIRE_STRICT ? WIRE_UNKNOWN_FIELD : WIRE_FINE;
	if (is_packed(field, item))
		return check_packed(walk, field, item->length);
	if (item->type != type_of(field))
		return WIRE_BAD_TYPE;
	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		return push(walk, field->descriptor, item->length);
	case PROTOBUF_C_TYPE_STRING:
		return check_string(item->length);
	default:
		return item->type == TYPE_VARINT ? check_number(walk, field, item->varint)
		                                 : WIRE_FINE;
	}
}

/* Readers must take repeated numbers in both forms, whatever the contract says. */
static bool is_packed(const ProtobufCFieldDescriptor *field, const struct item *item)
{
	return field->label == PROTOBUF_C_LABEL_REPEATED && item->type == TYPE_LENGTH &&
	       type_of(field) != TYPE_LENGTH;
}

static enum wire_wrong check_packed(const struct walk *walk,
                                    const ProtobufCFieldDescriptor *field,
                                    struct bytes elements)
{
	enum wire_wrong wrong = WIRE_FINE;
	struct reader reader;
	uint64_t value;

	if (type_of(field) == TYPE_FIXED64)
		return elements.len % 8 == 0 ? WIRE_FINE : WIRE_MALFORMED;
	if (type_of(field) == TYPE_FIXED32)
		return elements.len % 4 == 0 ? WIRE_FINE : WIRE_MALFORMED;
	reader_init(&reader, elements);
	while (reader.rest.len > 0 && wrong == WIRE_FINE) {
		wrong = read_exact_varint(&reader, VARINT_BYTES_MAX, &value);
		if (wrong == WIRE_FINE)
			wrong = check_number(walk, field, value);
	}
	return wrong;
}

/* protobuf-c cuts what does not fit into 32 bits: two readers would see two numbers. */
static enum wire_wrong check_number(const struct walk *walk,
                                    const ProtobufCFieldDescriptor *field, uint64_t value)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return value <= UINT32_MAX ? WIRE_FINE : WIRE_OVERFLOW;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		/* Negative ones are extended to 64 bits. */
		if (value > INT32_MAX && value < (uint64_t)INT32_MIN)
			return WIRE_OVERFLOW;
		if (field->type == PROTOBUF_C_TYPE_ENUM && walk->rule == WIRE_STRICT &&
		    protobuf_c_enum_descriptor_get_value(field->descriptor,
		                                         (int)(int64_t)value) == NULL)
			return WIRE_UNKNOWN_VALUE;
		return WIRE_FINE;
	default:
		return WIRE_FINE;
	}
}

static enum wire_wrong check_string(struct bytes text)
{
	if (text.len > 0 && memchr(text.data, 0, text.len) != NULL)
		return WIRE_HOLDS_NUL;
	return utf8_valid(text) ? WIRE_FINE : WIRE_NOT_UTF8;
}

static enum wire_type type_of(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return TYPE_FIXED32;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return TYPE_FIXED64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return TYPE_LENGTH;
	default:
		return TYPE_VARINT;
	}
}

/* Every frame names the field at which it stands, an unknown one by its number. */
static void name_path(const struct walk *walk, char *out)
{
	struct writer writer;

	writer_init(&writer, out, WIRE_PATH_MAX - 1);
	for (size_t i = 0; i < walk->depth; i++) {
		const struct frame *frame = &walk->frames[i];
		char step[WIRE_PATH_MAX];

		if (frame->number == 0)
			break;
		if (frame->field == NULL)
			(void)snprintf(step, sizeof(step), "%u", frame->number);
		else if (frame->field->label == PROTOBUF_C_LABEL_REPEATED)
			(void)snprintf(step, sizeof(step), "%s[%zu]", frame->field->name,
			               index_of(frame));
		else
			(void)snprintf(step, sizeof(step), "%s", frame->field->name);
		write_str(&writer, i == 0 ? "" : ".");
		write_str(&writer, step);
	}
	out[writer.len] = '\0';
}

/* How many of the same field came before the one at hand. */
static size_t index_of(const struct frame *frame)
{
	struct frame again = {.type = frame->type};
	struct item item;
	size_t count = 0;

	reader_init(&again.reader, frame->all);
	while (again.reader.rest.len > frame->before &&
	       next_field(&again, &item) == WIRE_FINE)
		count += item.number == frame->number;
	return count;
}
