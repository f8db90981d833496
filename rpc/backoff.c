/* When to try to connect again. */
#include "rpc/backoff.h"

int64_t backoff_after(unsigned attempt, int64_t first, int64_t max, uint32_t random)
{
	int64_t delay = first;

	while (attempt-- > 0 && delay < max)
		delay = delay * 8 / 5 + 1;
	if (delay > max)
		delay = max;
	/* From -delay/5 to +delay/5. */
	return delay - delay / 5 + 2 * (delay / 5) * (int64_t)(random >> 1) / INT32_MAX;
}
