/* One call without a connection: what a handler says is kept for the test to look at. */
#ifndef DUBAN_TESTS_FAKE_CALL_H
#define DUBAN_TESTS_FAKE_CALL_H

#include <stdbool.h>

#include "rpc/call.h"
#include "rpc/tls.h"

struct rpc_call {
	struct arena arena;
	struct rpc_peer peer;
	struct rpc_method method;
	void *data;
	bool cancelled;
	/* How it ended. */
	unsigned finished; /* must become 1, never 2 */
	enum rpc_code code;
	char message[1024];
	uint8_t details[8192], reply[65536];
	size_t details_len, reply_len;
};

/* @uri: the caller's certificate; NULL: none. */
void fake_call_init(struct rpc_call *call, const char *path, const char *uri,
                    void *service);
void fake_call_finish(struct rpc_call *call);
/* ErrorInfo.reason of the refusal, or "". */
const char *fake_call_reason(const struct rpc_call *call);
/* The violation's description of @field, or NULL; "" as @field: of any. */
const char *fake_call_violation(const struct rpc_call *call, const char *field);

#endif
