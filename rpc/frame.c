/*
 * Messages in a byte stream.
 *
 *	input -> header (5 bytes) -> body -> frame
 *	                          \-> frame, straight from the input when all of it is
 *there
 */
#include "rpc/frame.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/cursor.h"
#include "base/err.h"

/* The first piece of memory for a message whose bytes come in parts. */
#define FIRST_PIECE 1024

static int read_header(struct frame_reader *reader, struct bytes *input);
static int read_body(struct frame_reader *reader, struct bytes *input,
                     struct frame *ret_frame);
static int make_room(struct frame_reader *reader, size_t needed, size_t total);
static struct bytes take(struct bytes *input, size_t len);
static size_t announced(const struct frame_reader *reader);

void frame_reader_init(struct frame_reader *reader, size_t max)
{
	*reader = (struct frame_reader){.max = max};
}

void frame_reader_finish(struct frame_reader *reader)
{
	free(TAKE(reader->body));
	reader->header_len = 0;
	reader->len = 0;
	reader->capacity = 0;
}

int frame_read(struct frame_reader *reader, struct bytes *input, struct frame *ret_frame)
{
	int r;

	if (reader->header_len == FRAME_HEADER && reader->len == announced(reader))
		frame_reader_finish(reader); /* the frame that the last call gave */
	r = read_header(reader, input);
	if (r <= 0)
		return r;
	return read_body(reader, input, ret_frame);
}

/* 1: the header is complete and acceptable. */
static int read_header(struct frame_reader *reader, struct bytes *input)
{
	struct bytes part;

	if (reader->header_len == FRAME_HEADER)
		return 1;
	part = take(input, FRAME_HEADER - reader->header_len);
	if (part.len > 0)
		memcpy(reader->header + reader->header_len, part.data, part.len);
	reader->header_len += part.len;
	if (reader->header_len > 0 && reader->header[0] > 1)
		return E_PROTOCOL;
	if (reader->header_len < FRAME_HEADER)
		return 0;
	return announced(reader) > reader->max ? E_LIMIT : 1;
}

static int read_body(struct frame_reader *reader, struct bytes *input,
                     struct frame *ret_frame)
{
	size_t total = announced(reader);
	struct bytes part = take(input, total - reader->len);

	if (reader->len == 0 && part.len == total) {
		*ret_frame = (struct frame){reader->header[0] == 1, part};
		reader->header_len = 0;
		return 1;
	}
	if (part.len == 0)
		return 0;
	if (make_room(reader, reader->len + part.len, total) < 0)
		return E_NOMEM;
	memcpy(reader->body + reader->len, part.data, part.len);
	reader->len += part.len;
	if (reader->len < total)
		return 0;
	*ret_frame =
		(struct frame){reader->header[0] == 1, bytes_of(reader->body, total)};
	return 1;
}

static int make_room(struct frame_reader *reader, size_t needed, size_t total)
{
	size_t capacity = reader->capacity == 0 ? FIRST_PIECE : reader->capacity;
	uint8_t *larger;

	if (needed <= reader->capacity)
		return 0;
	while (capacity < needed)
		capacity *= 2;
	if (capacity > total)
		capacity = total;
	larger = realloc(reader->body, capacity);
	if (larger == NULL)
		return E_NOMEM;
	reader->body = larger;
	reader->capacity = capacity;
	return 0;
}

static struct bytes take(struct bytes *input, size_t len)
{
	struct bytes part = *input;

	if (part.len > len)
		part.len = len;
	if (part.len > 0)
		input->data += part.len;
	input->len -= part.len;
	return part;
}

static size_t announced(const struct frame_reader *reader)
{
	const uint8_t *len = reader->header + 1;

	return (size_t)len[0] << 24 | (size_t)len[1] << 16 | (size_t)len[2] << 8 | len[3];
}

bool frame_reader_is_clean(const struct frame_reader *reader)
{
	return reader->header_len == 0 ||
	       (reader->header_len == FRAME_HEADER && reader->len == announced(reader));
}

size_t frame_reader_unfinished(const struct frame_reader *reader)
{
	return frame_reader_is_clean(reader) || reader->header_len < FRAME_HEADER
	               ? 0
	               : announced(reader);
}

void frame_header(uint8_t header[FRAME_HEADER], bool compressed, size_t len)
{
	struct writer writer;

	CHECK(len <= UINT32_MAX);
	writer_init(&writer, header, FRAME_HEADER);
	write_u8(&writer, compressed);
	write_u32(&writer, (uint32_t)len);
}
