/*
 * Everything that gRPC writes as text in headers: timeouts, percent, base64, metadata,
 * status, addresses. What a user would lose is a deadline, a message that people read,
 * or a value that arrived as another one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/address.h"
#include "rpc/backoff.h"
#include "rpc/base64.h"
#include "rpc/gzip.h"
#include "rpc/metadata_wire.h"
#include "rpc/percent.h"
#include "rpc/status_map.h"
#include "rpc/timeout.h"

#define MEMORY (1 << 20)

static void test_timeout_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{"1n", 1},          {"999999n", 1},      {"1000001n", 2},
		{"1u", 1},          {"2000u", 2},        {"150m", 150},
		{"20S", 20000},     {"3M", 180000},      {"1H", 3600000},
		{"0m", 0},          {"00000001S", 1000}, {"99999999H", TIMEOUT_MS_MAX},
		{"", -1},           {"S", -1},           {"1", -1},
		{"123456789S", -1}, {"-1S", -1},         {"1s", -1},
		{"1 S", -1},        {"1.5S", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;
		int r = timeout_parse(bytes_of_str(rows[i].text), &ms);

		assert_int_equal(ms, rows[i].ms);
		assert_int_equal(r, rows[i].ms < 0 ? E_SYNTAX : 0);
	}
}

/* A deadline must never become shorter on its way. */
static void test_timeout_format(void **state)
{
	(void)state;
	for (int64_t ms = 1; ms < TIMEOUT_MS_MAX / 3; ms = ms * 3 + 1) {
		char text[TIMEOUT_TEXT_MAX];
		int64_t again = 0;

		timeout_format(ms, text);
		assert_int_equal(timeout_parse(bytes_of_str(text), &again), 0);
		assert_true(again >= ms && again <= ms + ms / 1000 + 1);
	}
}

static void test_percent(void **state)
{
	static const char *const texts[] = {"", "plain text", "100%",
	                                    "第一板块\n\x01\x7f", "%E7%AC%AC"};
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char *encoded = percent_encode(&arena, texts[i]);

		for (const char *c = encoded; *c != '\0'; c++)
			assert_true(*c >= ' ' && *c <= '~');
		assert_string_equal(percent_decode(&arena, bytes_of_str(encoded)),
		                    texts[i]);
	}
	assert_string_equal(percent_decode(&arena, bytes_of_str("50% of %G1 %4")),
	                    "50% of %G1 %4");
	assert_string_equal(percent_decode(&arena, bytes_of_str("%e7%ac%ac%ff%e7.%00")),
	                    "第??.?");
	arena_finish(&arena);
}

static void test_base64(void **state)
{
	uint8_t data[256];
	struct arena arena;
	struct bytes decoded;

	(void)state;
	arena_init(&arena, MEMORY);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37);
	for (size_t len = 0; len < sizeof(data); len++) {
		char *text = base64_encode(&arena, bytes_of(data, len));

		assert_null(strchr(text, '='));
		assert_int_equal(base64_decode(&arena, bytes_of_str(text), &decoded), 0);
		assert_true(bytes_equal(decoded, bytes_of(data, len)));
		while (strlen(text) % 4 != 0)
			text = arena_printf(&arena, "%s=", text);
		assert_int_equal(base64_decode(&arena, bytes_of_str(text), &decoded), 0);
		assert_true(bytes_equal(decoded, bytes_of(data, len)));
	}
	assert_int_equal(base64_decode(&arena, bytes_of_str("a"), &decoded), E_SYNTAX);
	assert_int_equal(base64_decode(&arena, bytes_of_str("ab-_"), &decoded), E_SYNTAX);
	assert_int_equal(base64_decode(&arena, bytes_of_str("a==="), &decoded), E_SYNTAX);
	assert_int_equal(base64_decode(&arena, bytes_of_str("===="), &decoded), E_SYNTAX);
	arena_finish(&arena);
}

static void test_metadata_rules(void **state)
{
	struct rpc_metadata metadata = {0};
	struct arena arena;
	struct bytes raw = bytes_of("\0\377", 2);

	(void)state;
	arena_init(&arena, MEMORY);
	assert_int_equal(
		rpc_metadata_add(&arena, &metadata, "a-b_c.9", bytes_of_str("v")), 0);
	assert_int_equal(rpc_metadata_add(&arena, &metadata, "a-bin", raw), 0);
	assert_int_equal(rpc_metadata_add(&arena, &metadata, "a", raw), E_SYNTAX);
	assert_int_equal(rpc_metadata_add(&arena, &metadata, "A", bytes_of_str("v")),
	                 E_SYNTAX);
	assert_int_equal(rpc_metadata_add(&arena, &metadata, "", bytes_of_str("v")),
	                 E_SYNTAX);
	assert_int_equal(rpc_metadata_add(&arena, &metadata, ":path", bytes_of_str("v")),
	                 E_SYNTAX);
	assert_int_equal(rpc_metadata_add(&arena, &metadata, "grpc-x", bytes_of_str("v")),
	                 E_SYNTAX);
	assert_int_equal(
		rpc_metadata_add(&arena, &metadata, "a-b_c.9", bytes_of_str("w")), 0);
	assert_int_equal(metadata.count, 3);
	assert_true(
		bytes_equal(*rpc_metadata_find(&metadata, "a-b_c.9"), bytes_of_str("w")));
	assert_null(rpc_metadata_find(&metadata, "nothing"));
	arena_finish(&arena);
}

/* Values joined by a comma are several; what belongs to HTTP or gRPC is left out. */
static void test_metadata_received(void **state)
{
	struct rpc_metadata metadata = {0};
	struct arena arena;

	(void)state;
	arena_init(&arena, MEMORY);
	assert_int_equal(metadata_receive(&arena, &metadata, bytes_of_str("x-bin"),
	                                  bytes_of_str("AAE,AP8=")),
	                 0);
	assert_int_equal(metadata_receive(&arena, &metadata, bytes_of_str("grpc-timeout"),
	                                  bytes_of_str("1S")),
	                 0);
	assert_int_equal(metadata_receive(&arena, &metadata, bytes_of_str(":path"),
	                                  bytes_of_str("/")),
	                 0);
	assert_int_equal(metadata.count, 2);
	assert_true(bytes_equal(metadata.pairs[0].value, bytes_of("\0\1", 2)));
	assert_true(bytes_equal(metadata.pairs[1].value, bytes_of("\0\377", 2)));
	assert_int_equal(metadata_receive(&arena, &metadata, bytes_of_str("x-bin"),
	                                  bytes_of_str("***")),
	                 E_SYNTAX);
	assert_int_equal(metadata_receive(&arena, &metadata, bytes_of_str("x"),
	                                  bytes_of_str("\303\244")),
	                 E_SYNTAX);
	arena_finish(&arena);
}

/* At every point where memory may end, the answer is E_NOMEM and nothing breaks. */
static void test_metadata_without_memory(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 2000; limit += 16) {
		struct rpc_metadata metadata = {0};
		struct arena arena;
		int r = 0;

		arena_init(&arena, limit);
		for (int i = 0; r == 0 && i < 20; i++)
			r = metadata_receive(&arena, &metadata,
			                     bytes_of_str("some-key-bin"),
			                     bytes_of_str("AAECAwQFBgcICQ"));
		assert_true(r == 0 || r == E_NOMEM);
		assert_true(limit > 1000 || r == E_NOMEM);
		arena_finish(&arena);
	}
}

static void test_status(void **state)
{
	(void)state;
	assert_string_equal(rpc_code_name(14), "UNAVAILABLE");
	assert_string_equal(rpc_code_name(-1), "UNKNOWN");
	assert_string_equal(rpc_code_name(17), "UNKNOWN");
	assert_int_equal(status_of_text(bytes_of_str("16")), RPC_UNAUTHENTICATED);
	assert_int_equal(status_of_text(bytes_of_str("17")), RPC_UNKNOWN);
	assert_int_equal(status_of_text(bytes_of_str("007")), RPC_UNKNOWN);
	assert_int_equal(status_of_text(bytes_of_str("-1")), RPC_UNKNOWN);
	assert_int_equal(status_of_http(503), RPC_UNAVAILABLE);
	assert_int_equal(status_of_http(404), RPC_UNIMPLEMENTED);
	assert_int_equal(status_of_http(200), RPC_UNKNOWN);
	assert_int_equal(status_of_reset(7), RPC_UNAVAILABLE);
	assert_int_equal(status_of_reset(8), RPC_CANCELLED);
	assert_int_equal(status_of_reset(11), RPC_RESOURCE_EXHAUSTED);
	assert_int_equal(status_of_reset(99), RPC_INTERNAL);
}

static void test_address(void **state)
{
	static const char *const good[] = {"127.0.0.1:7443", "[::1]:0", "name.test:65535",
	                                   "unix:/run/x.sock"};
	static const char *const bad[] = {"",        "127.0.0.1", ":1",     "h:",
	                                  "h:65536", "h:1x",      "::1:80", "[::1:80",
	                                  "unix:",   "[]:1",      "h:-1"};
	struct address address;
	struct sockaddr_storage numeric;
	char text[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(address_parse(good[i], &address), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(address_parse(bad[i], &address), E_SYNTAX);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(address_parse(good[i], &address), 0);
		assert_int_equal(address_numeric(&address, &numeric), 0);
		assert_true(address_is_loopback((struct sockaddr *)&numeric));
		address_format((struct sockaddr *)&numeric, text, sizeof(text));
		assert_string_equal(text, good[i]);
	}
	assert_int_equal(address_parse("8.8.8.8:1", &address), 0);
	assert_int_equal(address_numeric(&address, &numeric), 0);
	assert_false(address_is_loopback((struct sockaddr *)&numeric));
}

/* 1 s, then 1.6 times as long each time, at most 120 s, plus or minus a fifth. */
static void test_backoff(void **state)
{
	int64_t middle = 1000;

	(void)state;
	for (unsigned attempt = 0; attempt < 40; attempt++) {
		int64_t least = backoff_after(attempt, 1000, 120000, 0);
		int64_t most = backoff_after(attempt, 1000, 120000, UINT32_MAX);

		assert_in_range(least, middle * 79 / 100, middle * 81 / 100);
		assert_in_range(most, middle * 119 / 100, middle * 121 / 100);
		middle = middle * 8 / 5 < 120000 ? middle * 8 / 5 : 120000;
	}
	assert_in_range(backoff_after(UINT32_MAX, 1000, 120000, 7), 90000, 150000);
}

static void test_gzip(void **state)
{
	static uint8_t zeros[200000];
	uint8_t *packed, *plain;
	size_t packed_len, len;

	(void)state;
	assert_int_equal(gzip_pack(bytes_of(zeros, sizeof(zeros)), &packed, &packed_len),
	                 0);
	assert_int_equal(gzip_unpack(bytes_of(packed, packed_len), sizeof(zeros), &plain,
	                             &len),
	                 0);
	assert_int_equal(len, sizeof(zeros));
	assert_memory_equal(plain, zeros, len);
	free(plain);
	/* A bomb ends at the limit, a cut or changed message is refused. */
	assert_int_equal(gzip_unpack(bytes_of(packed, packed_len), sizeof(zeros) - 1,
	                             &plain, &len),
	                 E_LIMIT);
	for (size_t cut = 0; cut < packed_len; cut += 13)
		assert_int_equal(gzip_unpack(bytes_of(packed, cut), sizeof(zeros), &plain,
		                             &len),
		                 E_PROTOCOL);
	packed[packed_len - 1] ^= 1;
	assert_int_equal(gzip_unpack(bytes_of(packed, packed_len), sizeof(zeros), &plain,
	                             &len),
	                 E_PROTOCOL);
	free(packed);
	assert_int_equal(gzip_pack(bytes_of(zeros, 0), &packed, &packed_len), 0);
	assert_int_equal(gzip_unpack(bytes_of(packed, packed_len), 0, &plain, &len), 0);
	assert_int_equal(len, 0);
	free(plain);
	free(packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeout_parse),
		cmocka_unit_test(test_timeout_format),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_metadata_rules),
		cmocka_unit_test(test_metadata_received),
		cmocka_unit_test(test_metadata_without_memory),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
