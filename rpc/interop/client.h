/* What the cases of the interoperability client stand on. */
#ifndef RPC_INTEROP_CLIENT_H
#define RPC_INTEROP_CLIENT_H

#include <stdbool.h>
#include <uv.h>

#include "grpc/testing/test.rpc.h"
#include "rpc/channel.h"

#define LARGE_REQUEST  271828
#define LARGE_RESPONSE 314159
#define ANSWERS_MAX    8
#define CALL_TIMEOUT   100000 /* ms: a call that does not end is a failure */

struct interop {
	uv_loop_t *loop;
	struct rpc_channel *channel;
};

/* How a call ended, and what it brought. */
struct outcome {
	bool ended;
	enum rpc_code code;
	char message[200];
	size_t sizes[ANSWERS_MAX]; /* of the payloads, in order */
	bool compressed[ANSWERS_MAX];
	size_t count;
	int32_t total; /* StreamingInputCall's answer */
	bool initial_echoed, trailing_echoed;
};

struct unary {
	struct grpc_testing_test_service_unary_call_call call;
	struct outcome outcome;
};

struct stream {
	struct grpc_testing_test_service_full_duplex_call_call call;
	struct outcome outcome;
};

/* A case: true when all was as it should be; else it has said what was not. */
struct test_case {
	const char *name;
	bool (*run)(struct interop *interop);
};
extern const struct test_case unary_cases[], stream_cases[]; /* each ends without name */

/* Is it so? If not, say @what on standard error. */
bool expect(bool so, const char *what);
/* Run the loop until *@what. */
void wait_until(struct interop *interop, const bool *what);
/* A request with a payload of @size zero bytes, lent from static memory. */
void set_payload(Grpc__Testing__Payload *payload, size_t size);

/* A UnaryCall of the usual sizes, from start to end. @request and @metadata may be NULL.
 */
void unary_start(struct interop *interop, struct unary *unary,
                 const Grpc__Testing__SimpleRequest *request, bool compress,
                 const struct rpc_metadata *metadata);
void unary_run(struct interop *interop, struct unary *unary,
               const Grpc__Testing__SimpleRequest *request, bool compress,
               const struct rpc_metadata *metadata);
bool unary_is_large(const struct unary *unary);
/* The unary halves of two cases. */
bool unary_status_message(struct interop *interop);
bool unary_metadata(struct interop *interop);

/* Note how a call ended. */
void outcome_end(struct outcome *outcome, const struct rpc_status *status,
                 const struct rpc_metadata *trailers);
void outcome_headers(struct outcome *outcome, const struct rpc_metadata *headers);
/* Note one message. */
void outcome_answer(struct outcome *outcome, const Grpc__Testing__Payload *payload,
                    bool compressed);
bool outcome_is(const struct outcome *outcome, enum rpc_code code);

/* What both kinds of cases send as custom metadata. */
extern const struct rpc_metadata echo_pairs;

#endif
