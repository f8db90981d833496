/* Cases of one request and one answer, and those against servers that misbehave. */
#include "rpc/interop/client.h"

#include <string.h>

#include "base/check.h"

#define CONCURRENT 1000
#define AT_ONCE    10
#define PAUSE      1000 /* ms, between two calls of goaway */

struct empty {
	struct grpc_testing_test_service_empty_call_call call;
	struct outcome outcome;
};

static struct unary many[CONCURRENT];

static void start(struct interop *interop, struct unary *unary,
                  const Grpc__Testing__SimpleRequest *request, int64_t timeout);

static void on_headers(struct rpc_request *request, const struct rpc_metadata *headers)
{
	outcome_headers(&container_of(request, struct unary, call.typed.request)->outcome,
	                headers);
}

static void on_answer(struct grpc_testing_test_service_unary_call_call *call,
                      const Grpc__Testing__SimpleResponse *answer)
{
	outcome_answer(&container_of(call, struct unary, call)->outcome, answer->payload,
	               rpc_request_was_compressed(&call->typed.request));
}

static void on_done(struct grpc_testing_test_service_unary_call_call *call,
                    const struct rpc_status *status, const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct unary, call)->outcome, status, trailers);
}

void unary_start(struct interop *interop, struct unary *unary,
                 const Grpc__Testing__SimpleRequest *request, bool compress,
                 const struct rpc_metadata *metadata)
{
	Grpc__Testing__SimpleRequest large = GRPC__TESTING__SIMPLE_REQUEST__INIT;
	Grpc__Testing__Payload payload;

	if (request != NULL)
		large = *request;
	if (large.response_status == NULL) {
		set_payload(&payload, LARGE_REQUEST);
		large.payload = &payload;
		large.response_size = LARGE_RESPONSE;
	}
	*unary = (struct unary){0};
	unary->call.typed.request.compress = compress;
	unary->call.typed.request.metadata = metadata;
	start(interop, unary, &large, CALL_TIMEOUT);
}

void unary_start_as(struct interop *interop, struct unary *unary,
                    const Grpc__Testing__SimpleRequest *request, int64_t timeout)
{
	*unary = (struct unary){0};
	start(interop, unary, request, timeout);
}

static void start(struct interop *interop, struct unary *unary,
                  const Grpc__Testing__SimpleRequest *request, int64_t timeout)
{
	unary->call.message = on_answer;
	unary->call.done = on_done;
	unary->call.typed.request.timeout = timeout;
	unary->call.typed.request.headers = on_headers;
	CHECK(grpc_testing_test_service_unary_call(interop->channel, &unary->call,
	                                           request) == 0);
}

void unary_run(struct interop *interop, struct unary *unary,
               const Grpc__Testing__SimpleRequest *request, bool compress,
               const struct rpc_metadata *metadata)
{
	unary_start(interop, unary, request, compress, metadata);
	wait_until(interop, &unary->outcome.ended);
}

bool unary_is_large(const struct unary *unary)
{
	return outcome_is(&unary->outcome, RPC_OK) &&
	       expect(unary->outcome.count == 1, "one answer") &&
	       expect(unary->outcome.sizes[0] == LARGE_RESPONSE, "a payload of 314159");
}

static bool large_unary(struct interop *interop)
{
	struct unary unary;

	unary_run(interop, &unary, NULL, false, NULL);
	return unary_is_large(&unary);
}

static void on_empty(struct grpc_testing_test_service_empty_call_call *call,
                     const Grpc__Testing__Empty *answer)
{
	(void)answer;
	container_of(call, struct empty, call)->outcome.count++;
}

static void on_empty_done(struct grpc_testing_test_service_empty_call_call *call,
                          const struct rpc_status *status,
                          const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct empty, call)->outcome, status, trailers);
}

static bool empty_unary(struct interop *interop)
{
	struct empty empty = {.call = {.message = on_empty, .done = on_empty_done}};
	Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;

	empty.call.typed.request.timeout = CALL_TIMEOUT;
	CHECK(grpc_testing_test_service_empty_call(interop->channel, &empty.call,
	                                           &request) == 0);
	wait_until(interop, &empty.outcome.ended);
	return outcome_is(&empty.outcome, RPC_OK) &&
	       expect(empty.outcome.count == 1, "one empty answer");
}

static bool client_compressed_unary(struct interop *interop)
{
	Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
	Grpc__Testing__BoolValue expected = GRPC__TESTING__BOOL_VALUE__INIT;
	struct unary probe, compressed, plain;

	request.expect_compressed = &expected;
	expected.value = true;
	unary_run(interop, &probe, &request, false, NULL);
	unary_run(interop, &compressed, &request, true, NULL);
	expected.value = false;
	unary_run(interop, &plain, &request, false, NULL);
	return outcome_is(&probe.outcome, RPC_INVALID_ARGUMENT) &&
	       unary_is_large(&compressed) && unary_is_large(&plain);
}

static bool server_compressed_unary(struct interop *interop)
{
	Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
	Grpc__Testing__BoolValue wanted = GRPC__TESTING__BOOL_VALUE__INIT;
	struct unary compressed, plain;

	request.response_compressed = &wanted;
	wanted.value = true;
	unary_run(interop, &compressed, &request, false, NULL);
	wanted.value = false;
	unary_run(interop, &plain, &request, false, NULL);
	return unary_is_large(&compressed) && unary_is_large(&plain) &&
	       expect(compressed.outcome.compressed[0], "a compressed answer") &&
	       expect(!plain.outcome.compressed[0], "an answer that is not compressed");
}

/* The text goes to the wire percent-encoded, and must come back as it was. */
static bool status_comes_back(struct interop *interop, char *text)
{
	Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
	Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
	struct unary unary;

	status.code = RPC_UNKNOWN;
	status.message = text;
	request.response_status = &status;
	unary_run(interop, &unary, &request, false, NULL);
	return outcome_is(&unary.outcome, RPC_UNKNOWN) &&
	       expect(strcmp(unary.outcome.message, text) == 0, "the status message");
}

static bool special_status_message(struct interop *interop)
{
	char text[] = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP "
		      "\U0001f608\t\n";

	return status_comes_back(interop, text);
}

struct no_method {
	struct grpc_testing_test_service_unimplemented_call_call call;
	struct outcome outcome;
};

static void on_no_method(struct grpc_testing_test_service_unimplemented_call_call *call,
                         const struct rpc_status *status,
                         const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct no_method, call)->outcome, status,
	            trailers);
}

static bool unimplemented_method(struct interop *interop)
{
	struct no_method none = {.call = {.done = on_no_method}};
	Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;

	none.call.typed.request.timeout = CALL_TIMEOUT;
	CHECK(grpc_testing_test_service_unimplemented_call(interop->channel, &none.call,
	                                                   &request) == 0);
	wait_until(interop, &none.outcome.ended);
	return outcome_is(&none.outcome, RPC_UNIMPLEMENTED);
}

struct no_service {
	struct grpc_testing_unimplemented_service_unimplemented_call_call call;
	struct outcome outcome;
};

static void
on_no_service(struct grpc_testing_unimplemented_service_unimplemented_call_call *call,
              const struct rpc_status *status, const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct no_service, call)->outcome, status,
	            trailers);
}

static bool unimplemented_service(struct interop *interop)
{
	struct no_service none = {.call = {.done = on_no_service}};
	Grpc__Testing__Empty request = GRPC__TESTING__EMPTY__INIT;

	none.call.typed.request.timeout = CALL_TIMEOUT;
	CHECK(grpc_testing_unimplemented_service_unimplemented_call(
		      interop->channel, &none.call, &request) == 0);
	wait_until(interop, &none.outcome.ended);
	return outcome_is(&none.outcome, RPC_UNIMPLEMENTED);
}

static bool several_at_once(struct interop *interop, size_t count)
{
	bool good = true;

	for (size_t i = 0; i < count; i++)
		unary_start(interop, &many[i], NULL, false, NULL);
	for (size_t i = 0; i < count; i++) {
		wait_until(interop, &many[i].outcome.ended);
		good = good && unary_is_large(&many[i]);
	}
	return good;
}

static bool concurrent_large_unary(struct interop *interop)
{
	return several_at_once(interop, CONCURRENT);
}

/* Against servers that misbehave: what must still succeed, and what must not. */

static bool max_streams(struct interop *interop)
{
	return large_unary(interop) && several_at_once(interop, AT_ONCE);
}

static bool goaway(struct interop *interop)
{
	bool good = large_unary(interop);

	sleep_for(interop, PAUSE);
	return good && large_unary(interop);
}

static bool is_reset(struct interop *interop)
{
	struct unary unary;

	unary_run(interop, &unary, NULL, false, NULL);
	return expect(unary.outcome.code != RPC_OK, "the call fails");
}

bool unary_status_message(struct interop *interop)
{
	char text[] = "test status message";

	return status_comes_back(interop, text);
}

bool unary_metadata(struct interop *interop)
{
	struct unary unary;

	unary_run(interop, &unary, NULL, false, &echo_pairs);
	return unary_is_large(&unary) &&
	       expect(unary.outcome.initial_echoed, "the initial metadata") &&
	       expect(unary.outcome.trailing_echoed, "the trailing metadata");
}

const struct test_case unary_cases[] = {
	{"empty_unary", empty_unary},
	{"large_unary", large_unary},
	{"client_compressed_unary", client_compressed_unary},
	{"server_compressed_unary", server_compressed_unary},
	{"special_status_message", special_status_message},
	{"unimplemented_method", unimplemented_method},
	{"unimplemented_service", unimplemented_service},
	{"concurrent_large_unary", concurrent_large_unary},
	{"goaway", goaway},
	{"rst_after_header", is_reset},
	{"rst_during_data", is_reset},
	{"rst_after_data", is_reset},
	{"ping", large_unary},
	{"max_streams", max_streams},
	{"data_frame_padding", large_unary},
	{"no_df_padding_sanity_test", large_unary},
	{NULL, NULL},
};
