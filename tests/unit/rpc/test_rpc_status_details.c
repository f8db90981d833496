/* Details of a status: what one side builds the other reads, and nothing else is
 * believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/status_details.h"

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 64 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

/* The bytes that every other gRPC implementation writes for this status. */
static void the_wire_form_is_google_rpc_status(void **state)
{
	static const uint8_t wire[] = "\x08\x09\x12\x02no\x1a\x1b"
				      "\x0a\x17type.googleapis.com/a.B\x12\x00";
	struct rpc_detail detail = {.type = "a.B"};
	struct rpc_status status = {.code = RPC_FAILED_PRECONDITION, .message = "no"};

	(void)state;
	assert_int_equal(rpc_status_set_details(&arena, &status, &detail, 1), 0);
	assert_int_equal(status.details.len, sizeof(wire) - 1);
	assert_memory_equal(status.details.data, wire, sizeof(wire) - 1);
}

static void what_is_built_is_read(void **state)
{
	static uint8_t large[5000] = {1, 2, 3};
	const struct rpc_detail built[] = {
		{"google.rpc.BadRequest", bytes_of("abc", 3)},
		{"x.Large", bytes_of(large, sizeof(large))},
		{"x.Empty", bytes_of(NULL, 0)},
	};
	struct rpc_status status = {.code = RPC_INTERNAL, .message = NULL};
	struct rpc_detail *read;
	size_t count;

	(void)state;
	assert_int_equal(rpc_status_set_details(&arena, &status, built, 3), 0);
	assert_int_equal(rpc_status_read_details(&arena, status.details, &read, &count),
	                 0);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(read[i].type, built[i].type);
		assert_true(bytes_equal(read[i].message, built[i].message));
	}
	assert_ptr_equal(rpc_detail_find(read, count, "x.Large"), &read[1]);
	assert_null(rpc_detail_find(read, count, "x.Nothing"));
}

static void no_details_are_no_details(void **state)
{
	struct rpc_status status = {.code = RPC_OK};
	struct rpc_detail *read;
	size_t count = 7;

	(void)state;
	assert_int_equal(rpc_status_set_details(&arena, &status, NULL, 0), 0);
	assert_int_equal(status.details.len, 0);
	assert_int_equal(rpc_status_read_details(&arena, status.details, &read, &count),
	                 0);
	assert_int_equal(count, 0);
}

static void what_is_no_status_is_refused(void **state)
{
	static const struct bytes bad[] = {
		{(const uint8_t *)"\x08", 1},             /* a code without its number */
		{(const uint8_t *)"\x1a\x05z", 3},        /* cut off */
		{(const uint8_t *)"\x1a\x02\x0a\x09", 4}, /* cut off inside */
		{(const uint8_t *)"\x1a\x03\x0a\x01\xff", 5}, /* a type that is no text */
		{(const uint8_t *)"\x07", 1},                 /* no such wire type */
	};
	struct rpc_detail *read = NULL;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(rpc_status_read_details(&arena, bad[i], &read, &count),
		                 E_SYNTAX);
	assert_null(read);
}

/* A server's trailers cannot make a client build lists without end. */
static void the_number_of_details_has_a_limit(void **state)
{
	uint8_t many[2 * (RPC_STATUS_DETAILS_MAX + 1)];
	struct rpc_detail *read;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(many); i += 2) {
		many[i] = 0x1a;
		many[i + 1] = 0;
	}
	assert_int_equal(rpc_status_read_details(&arena, bytes_of(many, sizeof(many)),
	                                         &read, &count),
	                 E_LIMIT);
	assert_int_equal(rpc_status_read_details(&arena, bytes_of(many, sizeof(many) - 2),
	                                         &read, &count),
	                 0);
	assert_int_equal(count, RPC_STATUS_DETAILS_MAX);
}

static void memory_may_run_out(void **state)
{
	struct rpc_detail detail = {.type = "a.B"}, *read;
	struct rpc_status status = {.code = RPC_INTERNAL};
	struct arena tiny;
	size_t count;

	(void)state;
	assert_int_equal(rpc_status_set_details(&arena, &status, &detail, 1), 0);
	arena_init(&tiny, 1);
	assert_int_equal(rpc_status_read_details(&tiny, status.details, &read, &count),
	                 E_NOMEM);
	assert_int_equal(rpc_status_set_details(&tiny, &status, &detail, 1), E_NOMEM);
	arena_finish(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_wire_form_is_google_rpc_status, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_is_built_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(no_details_are_no_details, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_is_no_status_is_refused, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(the_number_of_details_has_a_limit, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(memory_may_run_out, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
