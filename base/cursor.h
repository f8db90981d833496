/*
 * Cursors over bytes, whose errors stick: a reader or writer that failed once does
 * nothing more and keeps its first error, so that a whole message is read or written and
 * checked once, at the end. Integers are big-endian.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

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
/* Protocol Buffers' base 128; E_SYNTAX when it does not end within VARINT_BYTES_MAX. What
 * is above 64 bits is lost, as their parsers do it. */
#define VARINT_BYTES_MAX 10
uint64_t read_varint(struct reader *reader);

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
void write_varint(struct writer *writer, uint64_t value);
void write_bytes(struct writer *writer, struct bytes bytes);
void write_str(struct writer *writer, const char *str);
static inline struct bytes writer_bytes(const struct writer *writer)
{
	return bytes_of(writer->data, writer->len);
}

#endif
