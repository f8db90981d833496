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
#define LOAD_MAX       256
#define SOAK_SIZE_MAX  (4 * 1024 * 1024 - 64)
#define CALL_TIMEOUT   100000 /* ms: a call that does not end is a failure */

struct flags {
	const char *host, *port, *override, *test_case, *ca, *certificate, *key;
	bool use_tls;
	/* Of the soak cases: */
	unsigned iterations, failures_max, latency_max /* ms */,
		overall /* s, 0: derived */;
	unsigned pause /* ms between two calls */, request_size, response_size;
	unsigned interval; /* s, of long_lived_channel */
};

struct interop {
	uv_loop_t *loop;
	const struct flags *flags;
	struct rpc_tls *tls;
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
	uint8_t load[LOAD_MAX]; /* the trailing load report, packed */
	size_t load_len;
};

struct unary {
	struct grpc_testing_test_service_unary_call_call call;
	struct outcome outcome;
};

struct stream {
	struct grpc_testing_test_service_full_duplex_call_call call;
	struct outcome outcome;
};

/* A case: true when all was as it should be; else it has said what was not. A table of
 * them ends with one without name. */
struct test_case {
	const char *name;
	bool (*run)(struct interop *interop);
};
extern const struct test_case unary_cases[], stream_cases[], soak_cases[], load_cases[];

/* Is it so? If not, say @what on standard error. */
bool expect(bool so, const char *what);
/* Run the loop until *@what. */
void wait_until(struct interop *interop, const bool *what);

/* @rang becomes true @ms after it was set. Cleared before its memory goes. */
struct alarm {
	uv_timer_t timer;
	bool rang, gone;
};
void alarm_set(struct interop *interop, struct alarm *alarm, uint64_t ms);
void alarm_clear(struct interop *interop, struct alarm *alarm);
void sleep_for(struct interop *interop, uint64_t ms);

/* Less than 0: it said why. */
int channel_open(struct interop *interop);
void channel_close(struct interop *interop);
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
/* One as @request says, with @timeout in ms; 0: none. */
void unary_start_as(struct interop *interop, struct unary *unary,
                    const Grpc__Testing__SimpleRequest *request, int64_t timeout);
bool unary_is_large(const struct unary *unary);

/* A FullDuplexCall. @metadata may be NULL. */
void stream_start(struct interop *interop, struct stream *stream, int64_t timeout,
                  const struct rpc_metadata *metadata);
/* Tell the server what load to report, and ask for an answer of 1 byte. */
void stream_send_load(struct stream *stream, Grpc__Testing__TestOrcaReport *report);
/* Half-close and wait for its end. */
void stream_end(struct interop *interop, struct stream *stream);

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
