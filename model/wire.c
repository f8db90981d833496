/*
 * Strict reading of protobuf:
 *
 *	bytes -> wire_walk() -> protobuf_c_message_unpack() -> is_canonical() -> message
 *	         is it sound?   into the arena                 (WIRE_STRICT)
 *
 * What can go wrong: a peer's bytes are refused (E_SYNTAX, its program is at fault), or
 * unpacking them takes more memory than the request has (E_NOMEM).
 */
#include "model/wire.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/wire_walk.h"

/* The arena, as protobuf-c sees it. */
struct allocation {
	ProtobufCAllocator base;
	struct arena *arena;
	bool failed;
};

/* A place that packed bytes are compared with instead of kept. */
struct comparison {
	ProtobufCBuffer base;
	struct bytes rest;
	bool differs;
};

static int unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
                  struct bytes bytes, ProtobufCMessage **ret_message);
static void *on_alloc(void *data, size_t size);
static void on_free(void *data, void *ptr);
static bool is_canonical(const ProtobufCMessage *message, struct bytes bytes);
static void on_packed(ProtobufCBuffer *buffer, size_t len, const uint8_t *data);
static const char *explain(struct arena *arena, const struct wire_fault *fault);

int wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
                struct bytes bytes, enum wire_rule rule, ProtobufCMessage **ret_message,
                const char **ret_why)
{
	struct wire_fault fault;
	int r = wire_unpack_fault(arena, type, bytes, rule, ret_message, &fault);

	if (r != 0 && ret_why != NULL)
		*ret_why = r == E_SYNTAX ? explain(arena, &fault) : err_text(r);
	return r;
}

int wire_unpack_fault(struct arena *arena, const ProtobufCMessageDescriptor *type,
                      struct bytes bytes, enum wire_rule rule,
                      ProtobufCMessage **ret_message, struct wire_fault *fault)
{
	ProtobufCMessage *message;
	int r = wire_walk(type, bytes, rule, fault);

	if (r != 0)
		return r;
	fault->path[0] = '\0';
	r = unpack(arena, type, bytes, &message);
	if (r == E_SYNTAX)
		fault->wrong = WIRE_MALFORMED;
	if (r != 0)
		return r;
	if (rule == WIRE_STRICT && !is_canonical(message, bytes)) {
		fault->wrong = WIRE_NOT_CANONICAL;
		return E_SYNTAX;
	}
	*ret_message = message;
	return 0;
}

static int unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
                  struct bytes bytes, ProtobufCMessage **ret_message)
{
	struct allocation allocation = {
		.base = {.alloc = on_alloc, .free = on_free},
		.arena = arena,
	};
	ProtobufCMessage *message;

	allocation.base.allocator_data = &allocation;
	message =
		protobuf_c_message_unpack(type, &allocation.base, bytes.len, bytes.data);
	if (allocation.failed)
		return E_NOMEM;
	if (message == NULL)
		return E_SYNTAX;
	*ret_message = message;
	return 0;
}

static void *on_alloc(void *data, size_t size)
{
	struct allocation *allocation = data;
	void *given = arena_alloc(allocation->arena, size);

	if (given == NULL)
		allocation->failed = true;
	return given;
}

/* The arena frees everything at once, later. */
static void on_free(void *data, void *ptr)
{
	(void)data;
	(void)ptr;
}

/* Does packing give the same bytes again? Needs no memory. */
static bool is_canonical(const ProtobufCMessage *message, struct bytes bytes)
{
	struct comparison comparison = {
		.base = {.append = on_packed},
		.rest = bytes,
	};

	(void)protobuf_c_message_pack_to_buffer(message, &comparison.base);
	return !comparison.differs && comparison.rest.len == 0;
}

static void on_packed(ProtobufCBuffer *buffer, size_t len, const uint8_t *data)
{
	struct comparison *comparison = container_of(buffer, struct comparison, base);

	if (comparison->differs || len == 0)
		return;
	if (len > comparison->rest.len || memcmp(data, comparison->rest.data, len) != 0) {
		comparison->differs = true;
		return;
	}
	comparison->rest.data += len;
	comparison->rest.len -= len;
}

static const char *explain(struct arena *arena, const struct wire_fault *fault)
{
	const char *text = wire_wrong_text(fault->wrong);
	const char *why = fault->path[0] == '\0'
	                          ? text
	                          : arena_printf(arena, "%s: %s", fault->path, text);

	return why != NULL ? why : text;
}

const char *wire_wrong_text(enum wire_wrong wrong)
{
	switch (wrong) {
	case WIRE_FINE:
		return "nothing is wrong";
	case WIRE_MALFORMED:
		return "malformed or truncated";
	case WIRE_TOO_DEEP:
		return "messages nested too deep";
	case WIRE_BAD_TYPE:
		return "not of this field's wire type";
	case WIRE_OVERFLOW:
		return "a number too large for this field";
	case WIRE_NOT_UTF8:
		return "not valid UTF-8";
	case WIRE_HOLDS_NUL:
		return "text with a NUL byte";
	case WIRE_UNKNOWN_FIELD:
		return "no field has this number";
	case WIRE_UNKNOWN_VALUE:
		return "not a known enum value";
	case WIRE_NOT_CANONICAL:
		return "not in canonical form";
	}
	return "not acceptable";
}

int wire_pack(struct arena *arena, const ProtobufCMessage *message,
              struct bytes *ret_bytes)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *data = arena_alloc(arena, len);

	if (data == NULL)
		return E_NOMEM;
	len = protobuf_c_message_pack(message, data);
	*ret_bytes = bytes_of(data, len);
	return 0;
}
