/* Strict reading of protobuf. If this fails, a few bytes from anybody could bring the
 * server down, or one signature could cover two different readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "duban/v1/report.pb-c.h"
#include "duban/v1/reports.pb-c.h"

#include "base/check.h"
#include "base/cursor.h"
#include "base/err.h"
#include "model/quantity.h"
#include "model/seal.h"
#include "model/wire.h"
#include "tests/unit/model_seal/raw.h"

#define QUANTITY (&duban__v1__quantity__descriptor)
#define REPORT   (&duban__v1__report__descriptor)
#define BOMB     (34 * 1024)

static struct arena arena;
static uint8_t buffer[1 << 20];
static struct writer writer;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 16 << 20);
	writer_init(&writer, buffer, sizeof(buffer));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static int unpack(const ProtobufCMessageDescriptor *type, enum wire_rule rule,
                  const char **ret_why)
{
	ProtobufCMessage *message;

	assert_int_equal(writer.err, 0);
	*ret_why = "";
	return wire_unpack(&arena, type, writer_bytes(&writer), rule, &message, ret_why);
}

/* What was written is refused by @strict and @lenient, for the reason @why. */
static void expect(const ProtobufCMessageDescriptor *type, int strict, int lenient,
                   const char *why)
{
	const char *found;

	assert_int_equal(unpack(type, WIRE_LENIENT, &found), lenient);
	if (lenient != 0)
		assert_string_equal(found, why);
	assert_int_equal(unpack(type, WIRE_STRICT, &found), strict);
	if (strict != 0)
		assert_string_equal(found, why);
	writer_init(&writer, buffer, sizeof(buffer));
}

static void test_a_canonical_message_is_read(void **state)
{
	Duban__V1__Quantity *quantity;
	ProtobufCMessage *message;

	(void)state;
	raw_number(&writer, 1, (uint64_t)-5890);
	raw_number(&writer, 2, 2);
	raw_str(&writer, 3, "亿元");
	raw_number(&writer, 4, 1);
	assert_int_equal(wire_unpack(&arena, QUANTITY, writer_bytes(&writer), WIRE_STRICT,
	                             &message, NULL),
	                 0);
	quantity = (Duban__V1__Quantity *)message;
	assert_int_equal(quantity->digits, -5890);
	assert_int_equal(quantity->scale, 2);
	assert_string_equal(quantity->unit, "亿元");
	assert_int_equal(quantity->hedge, DUBAN__V1__HEDGE__HEDGE_ABOUT);
	writer_init(&writer, buffer, sizeof(buffer));
	expect(QUANTITY, 0, 0, ""); /* nothing at all is canonical, too */
}

/* Each of these reads as the same quantity: only one form may be signed. */
static void test_other_forms_are_not_canonical(void **state)
{
	const char *why = "not in canonical form";

	(void)state;
	raw_number(&writer, 2, 2); /* out of order */
	raw_number(&writer, 1, 5);
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_number(&writer, 1, 5); /* twice */
	raw_number(&writer, 1, 5);
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_number(&writer, 1, 0); /* a default */
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_str(&writer, 3, "");
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_number(&writer, 4, 0);
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_tag(&writer, 1, 0); /* a long number */
	raw_long_varint(&writer, 5, 3);
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_long_varint(&writer, 1 << 3, 3); /* a long tag */
	raw_varint(&writer, 5);
	expect(QUANTITY, E_SYNTAX, 0, why);
	raw_tag(&writer, 3, 2); /* a long length */
	raw_long_varint(&writer, 3, 2);
	write_str(&writer, "个");
	expect(QUANTITY, E_SYNTAX, 0, why);
}

static void test_a_submessage_twice_is_not_canonical(void **state)
{
	uint8_t inner[64];
	struct writer texts;

	(void)state;
	for (int i = 0; i < 2; i++) {
		writer_init(&texts, inner, sizeof(inner));
		raw_str(&texts, 1 + (unsigned)i, "文字");
		raw_bytes(&writer, 8, writer_bytes(&texts)); /* would be merged */
	}
	expect(REPORT, E_SYNTAX, 0, "not in canonical form");
}

static void test_unknown_fields_and_values(void **state)
{
	(void)state;
	raw_number(&writer, 5, 1);
	expect(QUANTITY, E_SYNTAX, 0, "5: no field has this number");
	raw_str(&writer, 536870911, "x");
	expect(QUANTITY, E_SYNTAX, 0, "536870911: no field has this number");
	raw_number(&writer, 4, 3);
	expect(QUANTITY, E_SYNTAX, 0, "hedge: not a known enum value");
	raw_number(&writer, 4, (uint64_t)-1);
	expect(QUANTITY, E_SYNTAX, 0, "hedge: not a known enum value");
}

static void test_texts_are_utf8_without_nul(void **state)
{
	static const char *const bad[] = {
		"\xff",     "\xc0\xaf",     "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xe4\xba", "abc\xe4\xbax",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		raw_str(&writer, 3, bad[i]);
		expect(QUANTITY, E_SYNTAX, E_SYNTAX, "unit: not valid UTF-8");
	}
	raw_bytes(&writer, 3, bytes_of("a\0b", 3));
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "unit: text with a NUL byte");
	raw_bytes(&writer, 3, bytes_of("\0", 1));
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "unit: text with a NUL byte");
}

static void test_the_field_is_named_by_its_path(void **state)
{
	uint8_t value_room[64], figure_room[64];
	struct writer value, figure;

	(void)state;
	writer_init(&value, value_room, sizeof(value_room));
	raw_str(&value, 3, "\xff");
	writer_init(&figure, figure_room, sizeof(figure_room));
	raw_str(&figure, 1, "x");
	raw_bytes(&figure, 2, writer_bytes(&value));
	raw_str(&writer, 2, "plan");
	raw_bytes(&writer, 7, bytes_of(NULL, 0));
	raw_bytes(&writer, 7, bytes_of(NULL, 0));
	raw_bytes(&writer, 7, writer_bytes(&figure));
	raw_bytes(&writer, 7, bytes_of(NULL, 0));
	expect(REPORT, E_SYNTAX, E_SYNTAX, "figures[2].value.unit: not valid UTF-8");
}

static void test_wire_types_must_fit(void **state)
{
	(void)state;
	raw_str(&writer, 1, "x");
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "digits: not of this field's wire type");
	raw_number(&writer, 3, 1);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "unit: not of this field's wire type");
	raw_tag(&writer, 1, 1);
	write_u64(&writer, 0);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "digits: not of this field's wire type");
	raw_tag(&writer, 1, 5);
	write_u32(&writer, 0);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "digits: not of this field's wire type");
	for (unsigned type = 3; type <= 7; type++) {
		if (type == 5)
			continue;
		raw_tag(&writer, 9, type); /* groups, and what means nothing */
		expect(QUANTITY, E_SYNTAX, E_SYNTAX, "9: not of this field's wire type");
	}
}

static void test_numbers_must_fit(void **state)
{
	const char *why = "scale: a number too large for this field";

	(void)state;
	/* Cut to 32 bits this would read as 2. */
	raw_number(&writer, 2, (UINT64_C(1) << 32) + 2);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, why);
	raw_number(&writer, 4, (UINT64_C(1) << 32) + 1);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "hedge: a number too large for this field");
	raw_tag(&writer, 1, 0); /* 70 bits */
	for (int i = 0; i < 9; i++)
		write_u8(&writer, 0xff);
	write_u8(&writer, 0x02);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "digits: a number too large for this field");
	raw_tag(&writer, 1, 0); /* never ends */
	for (int i = 0; i < 30; i++)
		write_u8(&writer, 0x80);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "digits: a number too large for this field");
}

static void test_broken_bytes_are_refused(void **state)
{
	const char *why = "malformed or truncated";

	(void)state;
	write_u8(&writer, 0x80); /* half a tag */
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, why);
	raw_number(&writer, 0, 1); /* no field has number 0 */
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, why);
	raw_tag(&writer, 1, 0);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "digits: malformed or truncated");
	raw_tag(&writer, 3, 2);
	raw_varint(&writer, 4);
	write_str(&writer, "abc");
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "unit: malformed or truncated");
	raw_tag(&writer, 3, 2);
	raw_varint(&writer, UINT64_MAX);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "unit: malformed or truncated");
	raw_tag(&writer, 9, 1);
	write_u32(&writer, 1);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, "9: malformed or truncated");
	raw_long_varint(&writer, 1 << 3, 6); /* a tag has 5 bytes at most */
	raw_varint(&writer, 1);
	expect(QUANTITY, E_SYNTAX, E_SYNTAX, why);
}

static void test_two_of_a_oneof_are_not_canonical(void **state)
{
	const char *found;

	(void)state;
	raw_str(&writer, 1, "number");
	assert_int_equal(unpack(&duban__v1__get_report_request__descriptor, WIRE_STRICT,
	                        &found),
	                 0);
	raw_str(&writer, 2, "id");
	expect(&duban__v1__get_report_request__descriptor, E_SYNTAX, 0,
	       "not in canonical form");
}

/* The contract has neither recursion nor lists of numbers; this message has both. */
struct node {
	ProtobufCMessage base;
	struct node *child;
	size_t n_numbers;
	uint32_t *numbers;
};

static const ProtobufCMessageDescriptor node_type;
static const ProtobufCFieldDescriptor node_fields[] = {
	{
		.name = "child",
		.id = 1,
		.label = PROTOBUF_C_LABEL_NONE,
		.type = PROTOBUF_C_TYPE_MESSAGE,
		.offset = offsetof(struct node, child),
		.descriptor = &node_type,
	},
	{
		.name = "numbers",
		.id = 2,
		.label = PROTOBUF_C_LABEL_REPEATED,
		.type = PROTOBUF_C_TYPE_UINT32,
		.quantifier_offset = offsetof(struct node, n_numbers),
		.offset = offsetof(struct node, numbers),
		.flags = PROTOBUF_C_FIELD_FLAG_PACKED,
	},
};
static const unsigned node_names[] = {0, 1};
static const ProtobufCIntRange node_ranges[] = {{1, 0}, {0, 2}};

static void node_init(ProtobufCMessage *message)
{
	*(struct node *)message = (struct node){.base.descriptor = &node_type};
}

static const ProtobufCMessageDescriptor node_type = {
	.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
	.name = "Node",
	.short_name = "Node",
	.c_name = "Node",
	.package_name = "",
	.sizeof_message = sizeof(struct node),
	.n_fields = ARRAY_LEN(node_fields),
	.fields = node_fields,
	.fields_sorted_by_name = node_names,
	.n_field_ranges = 1,
	.field_ranges = node_ranges,
	.message_init = node_init,
};

/* @depth messages within one another. */
static void nest(size_t depth)
{
	size_t start = sizeof(buffer), size = 0;

	for (size_t i = 1; i < depth; i++) {
		uint8_t header[8];
		struct writer tag;

		writer_init(&tag, header, sizeof(header));
		raw_tag(&tag, 1, 2);
		raw_varint(&tag, size);
		start -= tag.len;
		memcpy(buffer + start, header, tag.len);
		size += tag.len;
	}
	memmove(buffer, buffer + start, size);
	writer.len = size;
}

static void test_nesting_is_counted(void **state)
{
	const char *found;

	(void)state;
	nest(WIRE_DEPTH_MAX);
	expect(&node_type, 0, 0, "");
	nest(WIRE_DEPTH_MAX + 1);
	assert_int_equal(unpack(&node_type, WIRE_LENIENT, &found), E_SYNTAX);
	assert_non_null(strstr(found, "nested too deep"));
	assert_non_null(strstr(found, "child.child.child"));
	writer_init(&writer, buffer, sizeof(buffer));
	nest(BOMB / 4);
	assert_true(writer.len > BOMB / 2);
	assert_int_equal(unpack(&node_type, WIRE_STRICT, &found), E_SYNTAX);
	assert_non_null(strstr(found, "nested too deep"));
}

static void test_packed_numbers(void **state)
{
	(void)state;
	raw_bytes(&writer, 2, bytes_of("\x01\x80\x01", 3));
	expect(&node_type, 0, 0, "");
	raw_bytes(&writer, 2, bytes_of("\x01\x80", 2));
	expect(&node_type, E_SYNTAX, E_SYNTAX, "numbers[0]: malformed or truncated");
	raw_bytes(&writer, 2, bytes_of("\x80\x80\x80\x80\x10", 5)); /* 2^32 */
	expect(&node_type, E_SYNTAX, E_SYNTAX,
	       "numbers[0]: a number too large for this field");
	raw_bytes(&writer, 2, bytes_of(NULL, 0));
	expect(&node_type, E_SYNTAX, 0, "not in canonical form");
	raw_number(&writer, 2, 1); /* one by one: read, but not canonical */
	raw_number(&writer, 2, 2);
	expect(&node_type, E_SYNTAX, 0, "not in canonical form");
}

/* Each two bytes become more than a hundred: the arena says when it is enough. */
static void test_empty_submessages_cannot_take_the_memory(void **state)
{
	AUTO(arena_finishp) struct arena small;
	ProtobufCMessage *message;
	const char *why;

	(void)state;
	for (int i = 0; i < 100000; i++)
		raw_bytes(&writer, 7, bytes_of(NULL, 0));
	arena_init(&small, 1 << 20);
	assert_int_equal(wire_unpack(&small, REPORT, writer_bytes(&writer), WIRE_STRICT,
	                             &message, &why),
	                 E_NOMEM);
	assert_true(small.used <= small.limit);
	assert_string_equal(why, err_text(E_NOMEM));
}

static void test_reading_stays_within_its_memory(void **state)
{
	int r = E_NOMEM;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		raw_str(&writer, 1000 + i, "unknown, but kept");
	raw_str(&writer, 3, "亿元");
	for (size_t limit = 0; r != 0; limit += 16) {
		AUTO(arena_finishp) struct arena small;
		ProtobufCMessage *message;

		arena_init(&small, limit);
		r = wire_unpack(&small, QUANTITY, writer_bytes(&writer), WIRE_LENIENT,
		                &message, NULL);
		if (r != 0)
			assert_int_equal(r, E_NOMEM);
	}
}

/* Without memory for the sentence there is still a reason. */
static void test_a_refusal_needs_no_memory(void **state)
{
	AUTO(arena_finishp) struct arena none;
	ProtobufCMessage *message;
	const char *why;

	(void)state;
	raw_str(&writer, 3, "\xff");
	arena_init(&none, 0);
	assert_int_equal(wire_unpack(&none, QUANTITY, writer_bytes(&writer), WIRE_LENIENT,
	                             &message, &why),
	                 E_SYNTAX);
	assert_string_equal(why, "not valid UTF-8");
}

static void test_quantities_are_converted_within_bounds(void **state)
{
	static const struct {
		int64_t digits;
		uint32_t scale;
		const char *unit;
		int hedge, err;
	} rows[] = {
		{999999999999999999, 6, "亿元", 0, 0},
		{-999999999999999999, 0, "个", 2, 0},
		{1000000000000000000, 0, "个", 0, E_RANGE},
		{INT64_MIN, 0, "个", 0, E_RANGE},
		{1, 7, "个", 0, E_RANGE},
		{1, UINT32_MAX, "个", 0, E_RANGE},
		{1, 0, "个", 3, E_RANGE},
		{1, 0, "个", -1, E_RANGE},
		{1, 0, "光年", 0, E_NOT_FOUND},
		{1, 0, "", 0, E_NOT_FOUND},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Duban__V1__Quantity message;
		struct quantity quantity;
		char unit[32];

		duban__v1__quantity__init(&message);
		strcpy(unit, rows[i].unit);
		message.digits = rows[i].digits;
		message.scale = rows[i].scale;
		message.unit = unit;
		message.hedge = (Duban__V1__Hedge)rows[i].hedge;
		assert_int_equal(wire_quantity_read(&message, &quantity), rows[i].err);
		if (rows[i].err != 0)
			continue;
		assert_int_equal(quantity.digits, rows[i].digits);
		assert_int_equal(quantity.scale, rows[i].scale);
		assert_string_equal(quantity.unit->name, rows[i].unit);
	}
}

static void test_envelopes_are_converted_within_bounds(void **state)
{
	struct envelope envelope = {
		.payload_type = "text/plain",
		.payload = bytes_of("payload", 7),
		.algorithm = SM2_SM3,
		.signature = bytes_of("signature", 9),
		.certificates = {bytes_of("one", 3), bytes_of("two", 3)},
		.certificate_count = 2,
	};
	Duban__V1__Envelope *message;
	struct envelope again;
	char nothing[] = "";

	(void)state;
	assert_int_equal(wire_envelope_write(&arena, &envelope, &message), 0);
	assert_int_equal(wire_envelope_read(message, &again), 0);
	assert_string_equal(again.payload_type, "text/plain");
	assert_int_equal(again.algorithm, SM2_SM3);
	assert_int_equal(again.certificate_count, 2);
	assert_true(bytes_equal(again.certificates[1], envelope.certificates[1]));
	assert_true(bytes_equal(again.payload, envelope.payload));
	message->certificates[1].len = SEAL_CERTIFICATE_MAX + 1;
	assert_int_equal(wire_envelope_read(message, &again), E_SYNTAX);
	message->certificates[1].len = 3;
	message->n_certificates = SEAL_CERTIFICATES_MAX + 1;
	assert_int_equal(wire_envelope_read(message, &again), E_SYNTAX);
	message->n_certificates = 2;
	message->algorithm = DUBAN__V1__ALGORITHM__ALGORITHM_UNSPECIFIED;
	assert_int_equal(wire_envelope_read(message, &again), E_SYNTAX);
	message->algorithm = (Duban__V1__Algorithm)4;
	assert_int_equal(wire_envelope_read(message, &again), E_SYNTAX);
	message->algorithm = DUBAN__V1__ALGORITHM__ALGORITHM_ED25519;
	message->signature.len = SEAL_SIGNATURE_MAX + 1;
	assert_int_equal(wire_envelope_read(message, &again), E_SYNTAX);
	message->signature.len = 9;
	message->payload_type = nothing;
	assert_int_equal(wire_envelope_read(message, &again), E_SYNTAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_canonical_message_is_read),
		TEST(test_other_forms_are_not_canonical),
		TEST(test_a_submessage_twice_is_not_canonical),
		TEST(test_unknown_fields_and_values),
		TEST(test_texts_are_utf8_without_nul),
		TEST(test_the_field_is_named_by_its_path),
		TEST(test_wire_types_must_fit),
		TEST(test_numbers_must_fit),
		TEST(test_broken_bytes_are_refused),
		TEST(test_two_of_a_oneof_are_not_canonical),
		TEST(test_nesting_is_counted),
		TEST(test_packed_numbers),
		TEST(test_empty_submessages_cannot_take_the_memory),
		TEST(test_reading_stays_within_its_memory),
		TEST(test_a_refusal_needs_no_memory),
		TEST(test_quantities_are_converted_within_bounds),
		TEST(test_envelopes_are_converted_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
