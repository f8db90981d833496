/*
 * What gRPC writes as text: metadata, timeouts, percent, base64, status, addresses. What
 * is accepted must come out the same when it is written and read again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "rpc/address.h"
#include "rpc/base64.h"
#include "rpc/metadata_wire.h"
#include "rpc/percent.h"
#include "rpc/status_map.h"
#include "rpc/timeout.h"

#define MEMORY_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_timeout(struct bytes text)
{
	char again[TIMEOUT_TEXT_MAX];
	int64_t ms, same;

	if (timeout_parse(text, &ms) < 0)
		return;
	CHECK(ms >= 0 && ms <= TIMEOUT_MS_MAX);
	timeout_format(ms, again);
	CHECK(timeout_parse(bytes_of_str(again), &same) == 0 && same >= ms);
}

static void read_message(struct arena *arena, struct bytes text)
{
	char *decoded = percent_decode(arena, text);

	if (decoded == NULL)
		return;
	CHECK(utf8_valid(bytes_of_str(decoded)));
	decoded = percent_encode(arena, decoded);
	for (; decoded != NULL && *decoded != '\0'; decoded++)
		CHECK(*decoded >= ' ' && *decoded <= '~');
}

static void read_base64(struct arena *arena, struct bytes text)
{
	struct bytes raw, same;
	char *again;

	if (base64_decode(arena, text, &raw) < 0)
		return;
	again = base64_encode(arena, raw);
	CHECK(again == NULL || base64_decode(arena, bytes_of_str(again), &same) != 0 ||
	      bytes_equal(raw, same));
}

static void read_metadata(struct arena *arena, struct bytes name, struct bytes value)
{
	struct rpc_metadata metadata = {0}, same = {0};

	if (metadata_receive(arena, &metadata, name, value) < 0)
		return;
	for (size_t i = 0; i < metadata.count; i++)
		CHECK(rpc_metadata_add(arena, &same, metadata.pairs[i].key,
		                       metadata.pairs[i].value) != E_SYNTAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t name_len = size == 0 ? 0 : data[0] % size;
	struct bytes all = bytes_of(data, size);
	struct address address;
	struct arena arena;
	char *text;

	arena_init(&arena, MEMORY_MAX);
	read_timeout(all);
	read_message(&arena, all);
	read_base64(&arena, all);
	if (size > 0)
		read_metadata(&arena, bytes_of(data + 1, name_len),
		              bytes_of(data + 1 + name_len, size - 1 - name_len));
	(void)status_of_text(all);
	text = arena_strndup(&arena, data, size);
	if (text != NULL)
		(void)address_parse(text, &address);
	arena_finish(&arena);
	return 0;
}
