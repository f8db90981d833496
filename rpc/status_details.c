/*
 * google.rpc.Status on the wire, by hand, because the core knows no protobuf:
 *
 *	Status { 1: code, 2: message, 3: Any* }      Any { 1: type URL, 2: message }
 *
 * What can go wrong is the sender's doing: bytes that are no such message. Fields that
 * are not known are skipped, as protobuf promises.
 */
#include "rpc/status_details.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/utf8.h"

#define URL_PREFIX    "type.googleapis.com/"
#define TAG_VARINT(n) ((n) << 3)
#define TAG_LENGTH(n) ((n) << 3 | 2)

/* One field; @length for those of wire type 2. */
struct field {
	uint64_t tag;
	struct bytes length;
};

static size_t size_of_any(const struct rpc_detail *detail);
static size_t size_of_length(size_t len);
static void write_field(struct writer *writer, uint8_t tag, struct bytes bytes);
static void write_any(struct writer *writer, const struct rpc_detail *detail);
static int read_any(struct arena *arena, struct bytes any, struct rpc_detail *ret);
static int read_field(struct reader *reader, struct field *ret_field);
static const char *name_of_url(struct arena *arena, struct bytes url);

int rpc_status_set_details(struct arena *arena, struct rpc_status *status,
                           const struct rpc_detail *details, size_t count)
{
	const char *message = status->message == NULL ? "" : status->message;
	size_t size = 2 * VARINT_BYTES_MAX + size_of_length(strlen(message));
	struct writer writer;
	uint8_t *data;

	for (size_t i = 0; i < count; i++)
		size += size_of_length(size_of_any(&details[i]));
	data = arena_alloc(arena, size);
	if (data == NULL)
		return E_NOMEM;
	writer_init(&writer, data, size);
	if (status->code != RPC_OK) {
		write_u8(&writer, TAG_VARINT(1));
		write_varint(&writer, (uint64_t)status->code);
	}
	if (message[0] != '\0')
		write_field(&writer, TAG_LENGTH(2), bytes_of_str(message));
	for (size_t i = 0; i < count; i++)
		write_any(&writer, &details[i]);
	if (writer.err != 0)
		return E_NOMEM;
	status->details = writer_bytes(&writer);
	return 0;
}

/* With its tag and length. */
static size_t size_of_length(size_t len)
{
	size_t size = 2 + len;

	for (; len >= 0x80; len >>= 7)
		size++;
	return size;
}

static size_t size_of_any(const struct rpc_detail *detail)
{
	return size_of_length(strlen(URL_PREFIX) + strlen(detail->type)) +
	       size_of_length(detail->message.len);
}

static void write_any(struct writer *writer, const struct rpc_detail *detail)
{
	size_t url = strlen(URL_PREFIX) + strlen(detail->type);

	write_u8(writer, TAG_LENGTH(3));
	write_varint(writer, size_of_any(detail));
	write_u8(writer, TAG_LENGTH(1));
	write_varint(writer, url);
	write_bytes(writer, bytes_of_str(URL_PREFIX));
	write_bytes(writer, bytes_of_str(detail->type));
	write_field(writer, TAG_LENGTH(2), detail->message);
}

static void write_field(struct writer *writer, uint8_t tag, struct bytes bytes)
{
	write_u8(writer, tag);
	write_varint(writer, bytes.len);
	write_bytes(writer, bytes);
}

int rpc_status_read_details(struct arena *arena, struct bytes details,
                            struct rpc_detail **ret_details, size_t *ret_count)
{
	struct rpc_detail *list = NULL;
	size_t count = 0, capacity = 0;
	struct reader reader;
	struct field field;

	reader_init(&reader, details);
	while (reader.rest.len > 0) {
		int r = read_field(&reader, &field);

		if (r == 0 && field.tag != TAG_LENGTH(3))
			continue;
		if (r == 0 && count == RPC_STATUS_DETAILS_MAX)
			r = E_LIMIT;
		if (r < 0)
			return r;
		list = arena_grow(arena, list, count, &capacity, sizeof(*list));
		r = list == NULL ? E_NOMEM : read_any(arena, field.length, &list[count]);
		if (r < 0)
			return r;
		count++;
	}
	*ret_details = list;
	*ret_count = count;
	return 0;
}

static int read_any(struct arena *arena, struct bytes any, struct rpc_detail *ret)
{
	struct bytes url = {NULL, 0};
	struct reader reader;
	struct field field;
	int r = 0;

	*ret = (struct rpc_detail){.type = ""};
	reader_init(&reader, any);
	while (reader.rest.len > 0 && r == 0) {
		r = read_field(&reader, &field);
		if (r == 0 && field.tag == TAG_LENGTH(1))
			url = field.length;
		else if (r == 0 && field.tag == TAG_LENGTH(2))
			ret->message = field.length;
	}
	if (r < 0)
		return r;
	if (!utf8_valid(url))
		return E_SYNTAX;
	ret->type = name_of_url(arena, url);
	return ret->type == NULL ? E_NOMEM : 0;
}

/* What stands behind the last slash; the rest says only where one might look it up. */
static const char *name_of_url(struct arena *arena, struct bytes url)
{
	size_t begin = url.len;

	while (begin > 0 && url.data[begin - 1] != '/')
		begin--;
	return arena_strndup(arena, url.len > 0 ? url.data + begin : NULL,
	                     url.len - begin);
}

static int read_field(struct reader *reader, struct field *ret_field)
{
	uint64_t tag = read_varint(reader), len;

	*ret_field = (struct field){.tag = tag};
	if (tag >> 3 == 0 || tag > UINT32_MAX)
		return E_SYNTAX;
	switch (tag & 7) {
	case 0:
		(void)read_varint(reader);
		break;
	case 1:
		(void)read_bytes(reader, 8);
		break;
	case 2:
		len = read_varint(reader);
		if (reader->err != 0 || len > reader->rest.len)
			return E_SYNTAX;
		ret_field->length = read_bytes(reader, (size_t)len);
		break;
	case 5:
		(void)read_bytes(reader, 4);
		break;
	default:
		return E_SYNTAX;
	}
	return reader->err == 0 ? 0 : E_SYNTAX;
}

const struct rpc_detail *rpc_detail_find(const struct rpc_detail *details, size_t count,
                                         const char *type)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(details[i].type, type) == 0)
			return &details[i];
	return NULL;
}
