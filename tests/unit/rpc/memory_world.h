/*
 * A server and a client in one loop, and one call of every kind between them, each of
 * which knows how it may end: the right way, or with the status of a failure.
 */
#ifndef TESTS_MEMORY_WORLD_H
#define TESTS_MEMORY_WORLD_H

#include <stdbool.h>

#include "rpc/tls.h"

struct memory_world_tls {
	struct rpc_tls *server, *client; /* NULL: cleartext */
};

/*
 * Live a whole life: open, call, close. The @nth allocation of it fails (0: none).
 * Returns how many there were; fails the running test when anything is wrong: a call
 * that ends twice, never, late or with a wrong answer, a handler that is not told of
 * its end, a loop that does not become empty.
 */
unsigned long memory_world_live(const struct memory_world_tls *tls, unsigned long nth);

#endif
