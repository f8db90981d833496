/* The grpc-timeout header. */
#include "rpc/timeout.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/err.h"

#define DIGITS_MAX 8

/* From fine to coarse. */
static const struct unit {
	char letter;
	int64_t ms;     /* how many milliseconds one is; 0 for finer ones */
	int64_t per_ms; /* how many make a millisecond */
} units[] = {
	{'n', 0, 1000000}, {'u', 0, 1000},  {'m', 1, 1},
	{'S', 1000, 1},    {'M', 60000, 1}, {'H', 3600000, 1},
};

int timeout_parse(struct bytes text, int64_t *ret_ms)
{
	int64_t number = 0;

	if (text.len < 2 || text.len > DIGITS_MAX + 1)
		return E_SYNTAX;
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return E_SYNTAX;
		number = number * 10 + (text.data[i] - '0');
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const struct unit *unit = &units[i];

		if (text.data[text.len - 1] != (uint8_t)unit->letter)
			continue;
		*ret_ms = unit->ms != 0 ? number * unit->ms
		                        : (number + unit->per_ms - 1) / unit->per_ms;
		return 0;
	}
	return E_SYNTAX;
}

void timeout_format(int64_t ms, char text[TIMEOUT_TEXT_MAX])
{
	const int64_t most = 99999999;

	if (ms < 1)
		ms = 1;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		int64_t number;

		if (units[i].ms == 0)
			continue;
		number = ms / units[i].ms + (ms % units[i].ms != 0);
		if (number > most && i + 1 < ARRAY_LEN(units))
			continue;
		(void)snprintf(text, TIMEOUT_TEXT_MAX, "%" PRId64 "%c",
		               number > most ? most : number, units[i].letter);
		return;
	}
}
