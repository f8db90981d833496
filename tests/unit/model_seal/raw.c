/* Protobuf written by hand. */
#include "tests/unit/model_seal/raw.h"

void raw_varint(struct writer *writer, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		write_u8(writer, (uint8_t)(value | 0x80));
	write_u8(writer, (uint8_t)value);
}

void raw_long_varint(struct writer *writer, uint64_t value, size_t bytes)
{
	for (; bytes > 1; bytes--, value >>= 7)
		write_u8(writer, (uint8_t)(value | 0x80));
	write_u8(writer, (uint8_t)value);
}

void raw_tag(struct writer *writer, unsigned field, unsigned wire_type)
{
	raw_varint(writer, (uint64_t)field << 3 | wire_type);
}

void raw_number(struct writer *writer, unsigned field, uint64_t value)
{
	raw_tag(writer, field, 0);
	raw_varint(writer, value);
}

void raw_bytes(struct writer *writer, unsigned field, struct bytes bytes)
{
	raw_tag(writer, field, 2);
	raw_varint(writer, bytes.len);
	write_bytes(writer, bytes);
}

void raw_str(struct writer *writer, unsigned field, const char *str)
{
	raw_bytes(writer, field, bytes_of_str(str));
}
