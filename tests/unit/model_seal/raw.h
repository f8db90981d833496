/* Protobuf written by hand, so that tests can write what no library would. */
#ifndef DUBAN_TESTS_MODEL_SEAL_RAW_H
#define DUBAN_TESTS_MODEL_SEAL_RAW_H

#include "base/cursor.h"

void raw_varint(struct writer *writer, uint64_t value);
/* The same number in more bytes than it needs. */
void raw_long_varint(struct writer *writer, uint64_t value, size_t bytes);
void raw_tag(struct writer *writer, unsigned field, unsigned wire_type);
void raw_number(struct writer *writer, unsigned field, uint64_t value);
void raw_bytes(struct writer *writer, unsigned field, struct bytes bytes);
void raw_str(struct writer *writer, unsigned field, const char *str);

#endif
