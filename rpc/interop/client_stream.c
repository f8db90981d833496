/* Cases of streams: in, out, and both at once. */
#include "rpc/interop/client.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"

struct input {
	struct grpc_testing_test_service_streaming_input_call_call call;
	struct outcome outcome;
};

struct output {
	struct grpc_testing_test_service_streaming_output_call_call call;
	struct outcome outcome;
};

/* StreamingInputCall */

static void on_total(struct grpc_testing_test_service_streaming_input_call_call *call,
                     const Grpc__Testing__StreamingInputCallResponse *answer)
{
	struct outcome *outcome = &container_of(call, struct input, call)->outcome;

	outcome->count++;
	outcome->total = answer->aggregated_payload_size;
}

static void
on_input_done(struct grpc_testing_test_service_streaming_input_call_call *call,
              const struct rpc_status *status, const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct input, call)->outcome, status, trailers);
}

static void input_start(struct interop *interop, struct input *input, bool compress)
{
	*input = (struct input){.call = {.message = on_total, .done = on_input_done}};
	input->call.typed.request.timeout = CALL_TIMEOUT;
	input->call.typed.request.compress = compress;
	CHECK(grpc_testing_test_service_streaming_input_call(interop->channel,
	                                                     &input->call) == 0);
}

/* @expected: what to say about the message's compression; NULL: nothing. */
static void input_send(struct input *input, size_t size,
                       Grpc__Testing__BoolValue *expected)
{
	Grpc__Testing__StreamingInputCallRequest request =
		GRPC__TESTING__STREAMING_INPUT_CALL_REQUEST__INIT;
	Grpc__Testing__Payload payload;
	int r;

	set_payload(&payload, size);
	request.payload = &payload;
	request.expect_compressed = expected;
	r = grpc_testing_test_service_streaming_input_call_request(&input->call,
	                                                           &request);
	CHECK(r == 0 || r == E_BUSY || r == E_CANCELLED);
}

static bool input_total(struct interop *interop, struct input *input, int32_t total)
{
	rpc_request_half_close(&input->call.typed.request);
	wait_until(interop, &input->outcome.ended);
	return outcome_is(&input->outcome, RPC_OK) &&
	       expect(input->outcome.total == total, "the sum of all payloads");
}

static bool client_streaming(struct interop *interop)
{
	static const size_t sizes[] = {27182, 8, 1828, 45904};
	struct input input;

	input_start(interop, &input, false);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		input_send(&input, sizes[i], NULL);
	return input_total(interop, &input, 74922);
}

static bool client_compressed_streaming(struct interop *interop)
{
	Grpc__Testing__BoolValue expected = GRPC__TESTING__BOOL_VALUE__INIT;
	struct input probe, input;

	expected.value = true;
	input_start(interop, &probe, false);
	input_send(&probe, 27182, &expected);
	rpc_request_half_close(&probe.call.typed.request);
	wait_until(interop, &probe.outcome.ended);

	input_start(interop, &input, true);
	input_send(&input, 27182, &expected);
	expected.value = false;
	rpc_request_set_compressing(&input.call.typed.request, false);
	input_send(&input, 45904, &expected);
	return outcome_is(&probe.outcome, RPC_INVALID_ARGUMENT) &&
	       input_total(interop, &input, 73086);
}

static bool cancel_after_begin(struct interop *interop)
{
	struct input input;

	input_start(interop, &input, false);
	rpc_request_cancel(&input.call.typed.request);
	wait_until(interop, &input.outcome.ended);
	return outcome_is(&input.outcome, RPC_CANCELLED);
}

/* StreamingOutputCall */

static void on_output(struct grpc_testing_test_service_streaming_output_call_call *call,
                      const Grpc__Testing__StreamingOutputCallResponse *answer)
{
	outcome_answer(&container_of(call, struct output, call)->outcome, answer->payload,
	               rpc_request_was_compressed(&call->typed.request));
}

static void
on_output_done(struct grpc_testing_test_service_streaming_output_call_call *call,
               const struct rpc_status *status, const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct output, call)->outcome, status, trailers);
}

static bool sizes_are(const struct outcome *outcome, const int32_t *sizes, size_t count)
{
	bool good = expect(outcome->count == count, "so many answers");

	for (size_t i = 0; i < count && good; i++)
		good = expect(outcome->sizes[i] == (size_t)sizes[i],
		              "payloads of these sizes");
	return good;
}

/* @compressed: per answer, or NULL to ask nothing about it. */
static bool output_run(struct interop *interop, struct output *output,
                       const int32_t *sizes, const bool *compressed, size_t count)
{
	Grpc__Testing__StreamingOutputCallRequest request =
		GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
	Grpc__Testing__ResponseParameters parameters[ANSWERS_MAX], *list[ANSWERS_MAX];
	Grpc__Testing__BoolValue wanted[ANSWERS_MAX];

	CHECK(count <= ANSWERS_MAX);
	for (size_t i = 0; i < count; i++) {
		grpc__testing__response_parameters__init(&parameters[i]);
		grpc__testing__bool_value__init(&wanted[i]);
		parameters[i].size = sizes[i];
		wanted[i].value = compressed != NULL && compressed[i];
		parameters[i].compressed = compressed == NULL ? NULL : &wanted[i];
		list[i] = &parameters[i];
	}
	request.response_parameters = list;
	request.n_response_parameters = count;
	*output = (struct output){.call = {.message = on_output, .done = on_output_done}};
	output->call.typed.request.timeout = CALL_TIMEOUT;
	CHECK(grpc_testing_test_service_streaming_output_call(
		      interop->channel, &output->call, &request) == 0);
	wait_until(interop, &output->outcome.ended);
	return outcome_is(&output->outcome, RPC_OK) &&
	       sizes_are(&output->outcome, sizes, count);
}

static const int32_t four_sizes[] = {31415, 9, 2653, 58979};

static bool server_streaming(struct interop *interop)
{
	struct output output;

	return output_run(interop, &output, four_sizes, NULL, ARRAY_LEN(four_sizes));
}

static bool server_compressed_streaming(struct interop *interop)
{
	static const int32_t sizes[] = {31415, 92653};
	static const bool compressed[] = {true, false};
	struct output output;

	return output_run(interop, &output, sizes, compressed, ARRAY_LEN(sizes)) &&
	       expect(output.outcome.compressed[0], "the first is compressed") &&
	       expect(!output.outcome.compressed[1], "the second is not");
}

/* FullDuplexCall */

static void on_stream_headers(struct rpc_request *request,
                              const struct rpc_metadata *headers)
{
	outcome_headers(
		&container_of(request, struct stream, call.typed.request)->outcome,
		headers);
}

static void on_stream(struct grpc_testing_test_service_full_duplex_call_call *call,
                      const Grpc__Testing__StreamingOutputCallResponse *answer)
{
	outcome_answer(&container_of(call, struct stream, call)->outcome, answer->payload,
	               rpc_request_was_compressed(&call->typed.request));
}

static void on_stream_done(struct grpc_testing_test_service_full_duplex_call_call *call,
                           const struct rpc_status *status,
                           const struct rpc_metadata *trailers)
{
	outcome_end(&container_of(call, struct stream, call)->outcome, status, trailers);
}

void stream_start(struct interop *interop, struct stream *stream, int64_t timeout,
                  const struct rpc_metadata *metadata)
{
	*stream = (struct stream){.call = {.message = on_stream, .done = on_stream_done}};
	stream->call.typed.request.timeout = timeout;
	stream->call.typed.request.metadata = metadata;
	stream->call.typed.request.headers = on_stream_headers;
	CHECK(grpc_testing_test_service_full_duplex_call(interop->channel,
	                                                 &stream->call) == 0);
}

/* Send a payload and ask for one answer of @answer bytes; -1: for none. */
static void stream_send(struct stream *stream, size_t size, int32_t answer)
{
	Grpc__Testing__StreamingOutputCallRequest request =
		GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
	Grpc__Testing__ResponseParameters wanted =
		GRPC__TESTING__RESPONSE_PARAMETERS__INIT;
	Grpc__Testing__ResponseParameters *list[] = {&wanted};
	Grpc__Testing__Payload payload;
	int r;

	set_payload(&payload, size);
	wanted.size = answer;
	request.payload = &payload;
	request.response_parameters = list;
	request.n_response_parameters = answer < 0 ? 0 : 1;
	r = grpc_testing_test_service_full_duplex_call_request(&stream->call, &request);
	CHECK(r == 0 || r == E_BUSY || r == E_CANCELLED);
}

void stream_send_load(struct stream *stream, Grpc__Testing__TestOrcaReport *report)
{
	Grpc__Testing__StreamingOutputCallRequest request =
		GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
	Grpc__Testing__ResponseParameters wanted =
		GRPC__TESTING__RESPONSE_PARAMETERS__INIT;
	Grpc__Testing__ResponseParameters *list[] = {&wanted};
	int r;

	wanted.size = 1;
	request.orca_oob_report = report;
	request.response_parameters = list;
	request.n_response_parameters = 1;
	r = grpc_testing_test_service_full_duplex_call_request(&stream->call, &request);
	CHECK(r == 0 || r == E_BUSY || r == E_CANCELLED);
}

static void wait_answers(struct interop *interop, const struct stream *stream,
                         size_t count)
{
	while (stream->outcome.count < count && !stream->outcome.ended)
		(void)uv_run(interop->loop, UV_RUN_ONCE);
}

void stream_end(struct interop *interop, struct stream *stream)
{
	rpc_request_half_close(&stream->call.typed.request);
	wait_until(interop, &stream->outcome.ended);
}

static bool ping_pong(struct interop *interop)
{
	static const size_t sizes[] = {27182, 8, 1828, 45904};
	struct stream stream;

	stream_start(interop, &stream, CALL_TIMEOUT, NULL);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		stream_send(&stream, sizes[i], four_sizes[i]);
		wait_answers(interop, &stream, i + 1);
	}
	stream_end(interop, &stream);
	return outcome_is(&stream.outcome, RPC_OK) &&
	       sizes_are(&stream.outcome, four_sizes, ARRAY_LEN(four_sizes));
}

static bool empty_stream(struct interop *interop)
{
	struct stream stream;

	stream_start(interop, &stream, CALL_TIMEOUT, NULL);
	stream_end(interop, &stream);
	return outcome_is(&stream.outcome, RPC_OK) &&
	       expect(stream.outcome.count == 0, "no answer");
}

static bool custom_metadata(struct interop *interop)
{
	struct stream stream;

	stream_start(interop, &stream, CALL_TIMEOUT, &echo_pairs);
	stream_send(&stream, LARGE_REQUEST, LARGE_RESPONSE);
	stream_end(interop, &stream);
	return unary_metadata(interop) && outcome_is(&stream.outcome, RPC_OK) &&
	       expect(stream.outcome.initial_echoed, "a stream's initial metadata") &&
	       expect(stream.outcome.trailing_echoed, "a stream's trailing metadata");
}

static bool status_code_and_message(struct interop *interop)
{
	char text[] = "test status message";
	Grpc__Testing__StreamingOutputCallRequest request =
		GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
	Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
	struct stream stream;

	status.code = RPC_UNKNOWN;
	status.message = text;
	request.response_status = &status;
	stream_start(interop, &stream, CALL_TIMEOUT, NULL);
	CHECK(grpc_testing_test_service_full_duplex_call_request(&stream.call,
	                                                         &request) == 0);
	stream_end(interop, &stream);
	return unary_status_message(interop) &&
	       outcome_is(&stream.outcome, RPC_UNKNOWN) &&
	       expect(strcmp(stream.outcome.message, text) == 0,
	              "a stream's status message");
}

static bool cancel_after_first_response(struct interop *interop)
{
	struct stream stream;

	stream_start(interop, &stream, CALL_TIMEOUT, NULL);
	stream_send(&stream, 27182, 31415);
	wait_answers(interop, &stream, 1);
	rpc_request_cancel(&stream.call.typed.request);
	wait_until(interop, &stream.outcome.ended);
	return expect(stream.outcome.count == 1, "one answer before the cancel") &&
	       outcome_is(&stream.outcome, RPC_CANCELLED);
}

static bool timeout_on_sleeping_server(struct interop *interop)
{
	struct stream stream;

	stream_start(interop, &stream, 1, NULL);
	stream_send(&stream, 27182, -1);
	wait_until(interop, &stream.outcome.ended);
	return outcome_is(&stream.outcome, RPC_DEADLINE_EXCEEDED);
}

const struct test_case stream_cases[] = {
	{"client_streaming", client_streaming},
	{"client_compressed_streaming", client_compressed_streaming},
	{"server_streaming", server_streaming},
	{"server_compressed_streaming", server_compressed_streaming},
	{"ping_pong", ping_pong},
	{"empty_stream", empty_stream},
	{"custom_metadata", custom_metadata},
	{"status_code_and_message", status_code_and_message},
	{"cancel_after_begin", cancel_after_begin},
	{"cancel_after_first_response", cancel_after_first_response},
	{"timeout_on_sleeping_server", timeout_on_sleeping_server},
	{NULL, NULL},
};
