/* Big-endian numbers and bytes, in and out. */
#include "base/cursor.h"

#include "base/err.h"

void reader_init(struct reader *reader, struct bytes bytes)
{
	reader->rest = bytes;
	reader->err = 0;
}

struct bytes read_bytes(struct reader *reader, size_t len)
{
	struct bytes taken = {NULL, 0};

	if (reader->err != 0)
		return taken;
	if (len > reader->rest.len) {
		reader->err = E_SYNTAX;
		return taken;
	}
	taken = bytes_of(reader->rest.data, len);
	if (len > 0)
		reader->rest.data += len;
	reader->rest.len -= len;
	return taken;
}

static uint64_t read_number(struct reader *reader, size_t size)
{
	struct bytes raw = read_bytes(reader, size);
	uint64_t value = 0;

	for (size_t i = 0; i < raw.len; i++)
		value = value << 8 | raw.data[i];
	return value;
}

uint8_t read_u8(struct reader *reader)
{
	return (uint8_t)read_number(reader, 1);
}

uint16_t read_u16(struct reader *reader)
{
	return (uint16_t)read_number(reader, 2);
}

uint32_t read_u32(struct reader *reader)
{
	return (uint32_t)read_number(reader, 4);
}

uint64_t read_u64(struct reader *reader)
{
	return read_number(reader, 8);
}

uint64_t read_varint(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
		uint8_t byte = read_u8(reader);

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			return value;
	}
	reader->err = E_SYNTAX;
	return 0;
}

void writer_init(struct writer *writer, void *data, size_t size)
{
	*writer = (struct writer){.data = data, .size = size};
}

void write_bytes(struct writer *writer, struct bytes bytes)
{
	if (writer->err != 0 || bytes.len == 0)
		return;
	if (bytes.len > writer->size - writer->len) {
		writer->err = E_LIMIT;
		return;
	}
	memcpy(writer->data + writer->len, bytes.data, bytes.len);
	writer->len += bytes.len;
}

void write_str(struct writer *writer, const char *str)
{
	write_bytes(writer, bytes_of_str(str));
}

static void write_number(struct writer *writer, uint64_t value, size_t size)
{
	uint8_t raw[8];

	for (size_t i = size; i > 0; i--) {
		raw[i - 1] = (uint8_t)value;
		value >>= 8;
	}
	write_bytes(writer, bytes_of(raw, size));
}

void write_u8(struct writer *writer, uint8_t value)
{
	write_number(writer, value, 1);
}

void write_u16(struct writer *writer, uint16_t value)
{
	write_number(writer, value, 2);
}

void write_u32(struct writer *writer, uint32_t value)
{
	write_number(writer, value, 4);
}

void write_u64(struct writer *writer, uint64_t value)
{
	write_number(writer, value, 8);
}

void write_varint(struct writer *writer, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		write_u8(writer, (uint8_t)(value | 0x80));
	write_u8(writer, (uint8_t)value);
}
