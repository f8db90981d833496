/* The service that a memory world serves, and what its handlers saw. */
#ifndef TESTS_MEMORY_SERVICE_H
#define TESTS_MEMORY_SERVICE_H

#include "typed.rpc.h"

/* What Count sends each time: more than sockets and windows take at once. */
#define MEMORY_SERVICE_TEXT 200000

struct memory_service {
	struct test_typed typed;
	unsigned begun, closed; /* calls, as the handlers saw them */
	int sum;                /* of Collect */
};

/* @service is zeroed. */
void memory_service_init(struct memory_service *service);

#endif
