/* The two ends of the leak count: a service with all four kinds of call, and a crowd of
 * callers that keeps them busy. Messages are plain bytes. */
#ifndef BENCH_RPC_LEAK_H
#define BENCH_RPC_LEAK_H

#include <stdint.h>

#include "rpc/call.h"
#include "rpc/channel.h"

/* How many messages a stream carries. */
#define LEAK_MESSAGES 3

extern const struct rpc_method leak_service[];

struct leak_callers;

/* Prepare callers on @channel, which is borrowed. NULL: no memory. */
struct leak_callers *leak_callers_create(struct rpc_channel *channel);
/* When none is under way. Accepts NULL. */
void leak_callers_destroy(struct leak_callers *callers);
/* Make @count calls of all kinds, cancelled ones too; @done runs after the last. A call
 * that ends as it should not ends the program: what it counts would mean nothing. */
void leak_callers_run(struct leak_callers *callers, uint64_t count,
                      void (*done)(void *context), void *context);
/* Calls that were cancelled so far. */
uint64_t leak_callers_cancelled(const struct leak_callers *callers);

#endif
