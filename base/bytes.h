/*
 * Borrowed bytes, and cursors over them whose errors stick.
 *
 * A reader or writer that failed once does nothing more and keeps its first
 * error, so that a whole message is read or written and checked once, at the
 * end. Integers are big-endian.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Memory that belongs to somebody else. data may be NULL when len is 0. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){.data = data, .len = len};
}

static inline struct bytes bytes_of_str(const char *str)
{
	return bytes_of(str, strlen(str));
}

bool bytes_equal(struct bytes a, struct bytes b);
/* -1, 0 or 1, as memcmp over the common part, then the shorter first. */
int bytes_compare(struct bytes a, struct bytes b);
/* Write @len * 2 lower-case hex digits and a NUL to @out. */
void bytes_to_hex(struct bytes bytes, char *out);
/* Read exactly @len bytes from hex; E_SYNTAX, and nothing written, when @hex is
 * anything else. */
int bytes_from_hex(const char *hex, uint8_t *out, size_t len);

struct reader {
	struct bytes rest;
	int err; /* 0, or the first error; then every read gives zeros */
};

void reader_init(struct reader *reader, struct bytes bytes);
uint8_t read_u8(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
struct bytes read_bytes(struct reader *reader, size_t len);

/* Writes into memory of a fixed size; E_LIMIT when it does not fit. */
struct writer {
	uint8_t *data;
	size_t len, size;
	int err;
};

void writer_init(struct writer *writer, void *data, size_t size);
void write_u8(struct writer *writer, uint8_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_u32(struct writer *writer, uint32_t value);
void write_u64(struct writer *writer, uint64_t value);
void write_bytes(struct writer *writer, struct bytes bytes);
void write_str(struct writer *writer, const char *str);
static inline struct bytes writer_bytes(const struct writer *writer)
{
	return bytes_of(writer->data, writer->len);
}

#endif
