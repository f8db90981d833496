/* A message around messages: tag, length, bytes. */
#include "server/message.h"

#include "base/check.h"

#define PART_HEAD_MAX 11 /* one byte of tag, ten of length */
#define PARTS_MAX     15 /* field numbers with a one-byte tag */

static uint8_t *put_length(uint8_t *at, size_t len);

struct bytes message_of_parts(struct arena *arena, const struct bytes *parts,
                              size_t count)
{
	size_t size = 0;
	uint8_t *data, *at;

	CHECK(count <= PARTS_MAX);
	for (size_t i = 0; i < count; i++)
		size += PART_HEAD_MAX + parts[i].len;
	data = arena_alloc(arena, size);
	if (data == NULL)
		return bytes_of(NULL, 0);
	at = data;
	for (size_t i = 0; i < count; i++) {
		*at++ = (uint8_t)((i + 1) << 3 | 2); /* wire type 2: length-delimited */
		at = put_length(at, parts[i].len);
		if (parts[i].len > 0)
			memcpy(at, parts[i].data, parts[i].len);
		at += parts[i].len;
	}
	return bytes_of(data, (size_t)(at - data));
}

static uint8_t *put_length(uint8_t *at, size_t len)
{
	for (; len >= 0x80; len >>= 7)
		*at++ = (uint8_t)(len | 0x80);
	*at++ = (uint8_t)len;
	return at;
}
