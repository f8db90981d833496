/* The retry policy: one row a gRPC status. */
#include "client/agent/retry.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"

static int64_t jitter(int64_t delay, uint32_t random);

enum err_policy retry_policy(int code, const char *stated)
{
	static const enum err_policy rows[] = {
		/* A report without an answer is not acknowledged, whatever OK means. */
		[RPC_OK] = ERR_KEEP,
		[RPC_CANCELLED] = ERR_KEEP,
		[RPC_UNKNOWN] = ERR_KEEP,
		[RPC_INVALID_ARGUMENT] = ERR_GIVE_UP,
		[RPC_DEADLINE_EXCEEDED] = ERR_KEEP,
		[RPC_NOT_FOUND] = ERR_GIVE_UP,
		[RPC_ALREADY_EXISTS] = ERR_GIVE_UP,
		[RPC_PERMISSION_DENIED] = ERR_HOLD,
		[RPC_RESOURCE_EXHAUSTED] = ERR_KEEP,
		[RPC_FAILED_PRECONDITION] = ERR_GIVE_UP,
		[RPC_ABORTED] = ERR_KEEP,
		[RPC_OUT_OF_RANGE] = ERR_GIVE_UP,
		[RPC_UNIMPLEMENTED] = ERR_HOLD,
		[RPC_INTERNAL] = ERR_KEEP,
		[RPC_UNAVAILABLE] = ERR_KEEP,
		[RPC_DATA_LOSS] = ERR_HOLD,
		[RPC_UNAUTHENTICATED] = ERR_HOLD,
	};

	if (stated != NULL && strcmp(stated, "give_up") == 0)
		return ERR_GIVE_UP;
	if (stated != NULL && strcmp(stated, "keep") == 0)
		return ERR_KEEP;
	if (stated != NULL && strcmp(stated, "hold") == 0)
		return ERR_HOLD;
	if (code < 0 || (size_t)code >= ARRAY_LEN(rows))
		return ERR_KEEP;
	return rows[code];
}

int64_t retry_delay(const struct retry_bounds *bounds, unsigned attempts, uint32_t random)
{
	int64_t delay = bounds->first;

	for (unsigned i = 1; i < attempts && delay < bounds->max; i++)
		delay = delay > bounds->max / 2 ? bounds->max : delay * 2;
	if (delay > bounds->max)
		delay = bounds->max;
	return jitter(delay, random);
}

int64_t retry_held_delay(const struct retry_bounds *bounds, uint32_t random)
{
	return jitter(bounds->max * RETRY_HELD_FACTOR, random);
}

static int64_t jitter(int64_t delay, uint32_t random)
{
	return delay - (int64_t)(random % (uint64_t)(delay / 2 + 1));
}
