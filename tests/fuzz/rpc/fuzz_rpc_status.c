/* Status details as a server may send them: what is accepted can be built again, and is
 * then read as the same. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "rpc/status_details.h"

#define MEMORY_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_again(struct arena *arena, const struct rpc_detail *details,
                       size_t count)
{
	struct rpc_status status = {.code = RPC_INTERNAL, .message = "x"};
	struct rpc_detail *same;
	size_t same_count;

	if (rpc_status_set_details(arena, &status, details, count) < 0 ||
	    rpc_status_read_details(arena, status.details, &same, &same_count) < 0)
		return; /* no memory */
	CHECK(same_count == count);
	for (size_t i = 0; i < count; i++)
		CHECK(strcmp(same[i].type, details[i].type) == 0 &&
		      bytes_equal(same[i].message, details[i].message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpc_detail *details;
	struct arena arena;
	size_t count;

	arena_init(&arena, MEMORY_MAX);
	if (rpc_status_read_details(&arena, bytes_of(data, size), &details, &count) == 0)
		read_again(&arena, details, count);
	arena_finish(&arena);
	return 0;
}
