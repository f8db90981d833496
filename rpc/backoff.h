/* When to try to connect again: grpc/doc/connection-backoff.md. Pure. */
#ifndef RPC_BACKOFF_H
#define RPC_BACKOFF_H

#include <stdint.h>

/*
 * Milliseconds from the beginning of failed attempt @attempt (0 is the first) to the
 * next: @first times 1.6 for each before, at most @max, plus or minus a fifth as
 * @random says (any 32 bits).
 */
int64_t backoff_after(unsigned attempt, int64_t first, int64_t max, uint32_t random);

#endif
