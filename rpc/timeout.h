/* The grpc-timeout header: "20S", "150m". Pure. */
#ifndef RPC_TIMEOUT_H
#define RPC_TIMEOUT_H

#include <stdint.h>

#include "base/bytes.h"

/* Room for the longest header value and its NUL. */
#define TIMEOUT_TEXT_MAX 24

/* Milliseconds, rounded up, at most TIMEOUT_MS_MAX. E_SYNTAX: not 1 to 8 digits and a
 * unit of H, M, S, m, u or n. */
#define TIMEOUT_MS_MAX INT64_C(359999996400000)
int timeout_parse(struct bytes text, int64_t *ret_ms);
/* Write @ms (below 1 counts as 1) in the finest unit that fits eight digits, rounded
 * up. */
void timeout_format(int64_t ms, char text[TIMEOUT_TEXT_MAX]);

#endif
