/* Bytes that belong to somebody else: a pointer and a length. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/api.h"

BASE_API_BEGIN

/* data may be NULL when len is 0. Who owns it, and until when, says who gives it. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	struct bytes bytes;

	bytes.data = (const uint8_t *)data; /* also C++ reads this */
	bytes.len = len;
	return bytes;
}

static inline struct bytes bytes_of_str(const char *str)
{
	return bytes_of(str, strlen(str));
}

bool bytes_equal(struct bytes a, struct bytes b) BASE_API_NAME(bytes_equal);
/* -1, 0 or 1, as memcmp over the common part, then the shorter first. */
int bytes_compare(struct bytes a, struct bytes b) BASE_API_NAME(bytes_compare);
/* Write two lower-case hex digits for each byte, and a NUL, to @out. */
void bytes_to_hex(struct bytes bytes, char *out) BASE_API_NAME(bytes_to_hex);
/* Read exactly @len bytes from hex; E_SYNTAX, and nothing written, when @hex is
 * anything else. */
int bytes_from_hex(const char *hex, uint8_t *out, size_t len)
	BASE_API_NAME(bytes_from_hex);

BASE_API_END

#endif
