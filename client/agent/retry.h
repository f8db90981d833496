/* When to try again, and whether at all. Pure. */
#ifndef DUBAN_CLIENT_AGENT_RETRY_H
#define DUBAN_CLIENT_AGENT_RETRY_H

#include <stdint.h>

#include "base/err.h"
#include "rpc/status.h"

struct retry_bounds {
	int64_t first, max; /* ms */
};

/* An operator must act first, so trying more often than this is of no use. */
#define RETRY_HELD_FACTOR 6

/*
 * What to do with a report that was answered with @code. @stated is what the server said
 * itself ("give_up", "keep", "hold"), or NULL; the server knows better than the table.
 */
enum err_policy retry_policy(int code, const char *stated);

/*
 * How long to wait after @attempts (1 and on) have failed: first, doubled each time up to
 * max, less up to half of it by @random, so that nine agents do not come back together.
 */
int64_t retry_delay(const struct retry_bounds *bounds, unsigned attempts,
                    uint32_t random);
/* The same for what is held: max times RETRY_HELD_FACTOR, jittered. */
int64_t retry_held_delay(const struct retry_bounds *bounds, uint32_t random);

#endif
