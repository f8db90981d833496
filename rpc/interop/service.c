/*
 * grpc.testing.TestService. A stream of answers is a job:
 *
 *	request -> add_answers() -> pump() -> (wait interval) -> send -> pump() ... ->
 *end()
 *	                                 \-> no room ~ ~> writable -> pump()
 *
 * While a job has answers to give its call is paused, so that it holds one request's
 * answers at most (HalfDuplexCall, which gives all at the end, holds them all).
 *
 * What a client can do wrong: sizes that are negative or over the limit, messages not
 * compressed as they say; each is refused with INVALID_ARGUMENT.
 */
#include "rpc/interop/service.h"

#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/err.h"
#include "grpc/testing/test.rpc.h"
#include "rpc/interop/orca.h"
#include "rpc/tls.h"

#define PAYLOAD_MAX  (4 * 1024 * 1024)
#define KEY_INITIAL  "x-grpc-test-echo-initial"
#define KEY_TRAILING "x-grpc-test-echo-trailing-bin"

struct answer {
	size_t size;
	uint64_t wait; /* ms, before it is sent */
	bool compressed;
};

/* Answers of one call that are still to come; in its arena. */
struct job {
	unsigned magic;
#define JOB_MAGIC 0x7be21c05U
	struct rpc_call *call;
	struct answer *answers;
	size_t count, next, capacity;
	uv_timer_t timer;
	bool has_timer, waiting; /* the timer is there; it runs */
	bool got_all;            /* no more requests */
	bool at_the_end;         /* answers only then */
	struct orca_turn turn;   /* to say what load is reported */
	struct bytes load;       /* what it says */
	bool waits_for_turn;
	enum rpc_code code; /* how it ends, for on_timer_closed() */
	const char *message;
	int64_t total; /* bytes received */
};

static struct grpc_testing_test_service service;
static uv_loop_t *timers;
static uint8_t zeros[PAYLOAD_MAX];

static void echo_metadata(struct grpc_testing_test_service *of, struct rpc_call *call);
static void empty_call(struct grpc_testing_test_service *of, struct rpc_call *call,
                       const Grpc__Testing__Empty *request);
static void unary_call(struct grpc_testing_test_service *of, struct rpc_call *call,
                       const Grpc__Testing__SimpleRequest *request);
static void unary_reply(struct rpc_call *call,
                        const Grpc__Testing__SimpleRequest *request);
static void cacheable_call(struct grpc_testing_test_service *of, struct rpc_call *call,
                           const Grpc__Testing__SimpleRequest *request);
static bool is_as_said(const struct rpc_call *call,
                       const Grpc__Testing__BoolValue *expected);
static void begin_job(struct grpc_testing_test_service *of, struct rpc_call *call);
static void begin_half_duplex(struct grpc_testing_test_service *of,
                              struct rpc_call *call);
static void input_message(struct grpc_testing_test_service *of, struct rpc_call *call,
                          const Grpc__Testing__StreamingInputCallRequest *request);
static void input_ended(struct grpc_testing_test_service *of, struct rpc_call *call);
static void output_message(struct grpc_testing_test_service *of, struct rpc_call *call,
                           const Grpc__Testing__StreamingOutputCallRequest *request);
static void output_ended(struct grpc_testing_test_service *of, struct rpc_call *call);
static void cancelled(struct grpc_testing_test_service *of, struct rpc_call *call);
static void writable(struct grpc_testing_test_service *of, struct rpc_call *call);
static int add_answers(struct job *job,
                       const Grpc__Testing__StreamingOutputCallRequest *request);
static void pump(struct job *job);
static int report_load(struct job *job, const Grpc__Testing__TestOrcaReport *report);
static void on_turn(struct orca_turn *turn);
static bool wait_first(struct job *job, struct answer *answer);
static void on_timer(uv_timer_t *timer);
static void end(struct job *job, enum rpc_code code, const char *message);
static void on_timer_closed(uv_handle_t *handle);

/* UnimplementedCall has none, as its name says. */
static const struct grpc_testing_test_service_handlers handlers = {
	.empty_call = {.begun = echo_metadata, .message = empty_call},
	.unary_call = {.begun = echo_metadata, .message = unary_call},
	.cacheable_unary_call = {.begun = echo_metadata, .message = cacheable_call},
	.streaming_output_call = {.begun = begin_job,
                                  .message = output_message,
                                  .half_closed = output_ended,
                                  .writable = writable,
                                  .cancelled = cancelled},
	.streaming_input_call = {.begun = begin_job,
                                 .message = input_message,
                                 .half_closed = input_ended,
                                 .cancelled = cancelled},
	.full_duplex_call = {.begun = begin_job,
                             .message = output_message,
                             .half_closed = output_ended,
                             .writable = writable,
                             .cancelled = cancelled},
	.half_duplex_call = {.begun = begin_half_duplex,
                             .message = output_message,
                             .half_closed = output_ended,
                             .writable = writable,
                             .cancelled = cancelled},
};

const struct rpc_method *interop_service(uv_loop_t *loop)
{
	timers = loop;
	grpc_testing_test_service_init(&service, &handlers, NULL);
	return service.methods;
}

static void echo_metadata(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	const struct rpc_metadata *metadata = rpc_call_metadata(call);
	const struct bytes *initial = rpc_metadata_find(metadata, KEY_INITIAL);
	const struct bytes *trailing = rpc_metadata_find(metadata, KEY_TRAILING);

	(void)of;
	if (initial != NULL)
		(void)rpc_call_add_header(call, KEY_INITIAL, *initial);
	if (trailing != NULL)
		(void)rpc_call_add_trailer(call, KEY_TRAILING, *trailing);
}

static void empty_call(struct grpc_testing_test_service *of, struct rpc_call *call,
                       const Grpc__Testing__Empty *request)
{
	Grpc__Testing__Empty reply = GRPC__TESTING__EMPTY__INIT;

	(void)of;
	(void)request;
	grpc_testing_test_service_empty_call_reply(call, &reply);
}

static void unary_call(struct grpc_testing_test_service *of, struct rpc_call *call,
                       const Grpc__Testing__SimpleRequest *request)
{
	const Grpc__Testing__EchoStatus *status = request->response_status;
	const Grpc__Testing__TestOrcaReport *report = request->orca_per_query_report;
	struct bytes packed;
	int r = 0;

	(void)of;
	if (report != NULL)
		r = orca_pack(rpc_call_arena(call), report, &packed);
	if (r == 0 && report != NULL)
		r = orca_report_call(call, packed);
	if (!is_as_said(call, request->expect_compressed))
		rpc_call_refuse(call, RPC_INVALID_ARGUMENT,
		                "the message is not compressed as it says");
	else if (status != NULL && status->code != 0)
		rpc_call_refuse(call, (enum rpc_code)status->code, status->message);
	else if (r < 0 ||
	         request->response_type != GRPC__TESTING__PAYLOAD_TYPE__COMPRESSABLE ||
	         request->response_size < 0 || request->response_size > PAYLOAD_MAX)
		rpc_call_refuse(call, RPC_INVALID_ARGUMENT,
		                "no such answer can be given");
	else
		unary_reply(call, request);
}

static void unary_reply(struct rpc_call *call,
                        const Grpc__Testing__SimpleRequest *request)
{
	Grpc__Testing__SimpleResponse reply = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
	Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;

	if (request->response_compressed != NULL && request->response_compressed->value)
		(void)rpc_call_compress(call);
	payload.body.len = (size_t)request->response_size;
	payload.body.data = zeros;
	reply.payload = &payload;
	grpc_testing_test_service_unary_call_reply(call, &reply);
}

static void cacheable_call(struct grpc_testing_test_service *of, struct rpc_call *call,
                           const Grpc__Testing__SimpleRequest *request)
{
	Grpc__Testing__SimpleResponse reply = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
	Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;
	struct timespec now;
	char text[40];

	(void)of;
	(void)request;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)snprintf(text, sizeof(text), "%lld%09ld", (long long)now.tv_sec,
	               now.tv_nsec);
	payload.body.len = strlen(text);
	payload.body.data = (uint8_t *)text;
	reply.payload = &payload;
	(void)rpc_call_add_header(call, "cache-control",
	                          bytes_of_str("max-age=60, public"));
	grpc_testing_test_service_cacheable_unary_call_reply(call, &reply);
}

static bool is_as_said(const struct rpc_call *call,
                       const Grpc__Testing__BoolValue *expected)
{
	return expected == NULL ||
	       (expected->value != 0) == rpc_call_was_compressed(call);
}

static struct job *job_of(struct rpc_call *call)
{
	struct job *job = rpc_call_data(call);

	CHECK_MAGIC(job, JOB_MAGIC);
	return job;
}

static void begin_job(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	struct job *job = arena_new(rpc_call_arena(call), struct job);

	if (job == NULL) {
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED, err_text(E_NOMEM));
		return;
	}
	job->magic = JOB_MAGIC;
	job->call = call;
	orca_turn_init(&job->turn, on_turn);
	rpc_call_set_data(call, job);
	echo_metadata(of, call);
}

static void begin_half_duplex(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	begin_job(of, call);
	if (rpc_call_data(call) != NULL)
		job_of(call)->at_the_end = true;
}

static void input_message(struct grpc_testing_test_service *of, struct rpc_call *call,
                          const Grpc__Testing__StreamingInputCallRequest *request)
{
	(void)of;
	if (!is_as_said(call, request->expect_compressed))
		rpc_call_refuse(call, RPC_INVALID_ARGUMENT,
		                "the message is not compressed as it says");
	else if (request->payload != NULL)
		job_of(call)->total += (int64_t)request->payload->body.len;
}

static void input_ended(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	Grpc__Testing__StreamingInputCallResponse reply =
		GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT;
	int64_t total = job_of(call)->total;

	(void)of;
	reply.aggregated_payload_size = (int32_t)(total < INT32_MAX ? total : INT32_MAX);
	grpc_testing_test_service_streaming_input_call_reply(call, &reply);
}

static void output_message(struct grpc_testing_test_service *of, struct rpc_call *call,
                           const Grpc__Testing__StreamingOutputCallRequest *request)
{
	const Grpc__Testing__EchoStatus *status = request->response_status;
	struct job *job = job_of(call);
	int r;

	(void)of;
	if (status != NULL && status->code != 0) {
		end(job, (enum rpc_code)status->code, status->message);
		return;
	}
	r = add_answers(job, request);
	if (r == 0 && request->orca_oob_report != NULL)
		r = report_load(job, request->orca_oob_report);
	if (r == E_NOMEM)
		end(job, RPC_RESOURCE_EXHAUSTED, err_text(r));
	else if (r < 0)
		end(job, RPC_INVALID_ARGUMENT, "no such answer can be given");
	else
		pump(job);
}

/* E_RANGE: a size or interval that cannot be; E_NOMEM. */
static int add_answers(struct job *job,
                       const Grpc__Testing__StreamingOutputCallRequest *request)
{
	for (size_t i = 0; i < request->n_response_parameters; i++) {
		const Grpc__Testing__ResponseParameters *wanted =
			request->response_parameters[i];
		struct answer *answers =
			arena_grow(rpc_call_arena(job->call), job->answers, job->count,
		                   &job->capacity, sizeof(*answers));

		if (answers == NULL)
			return E_NOMEM;
		job->answers = answers;
		if (wanted->size < 0 || wanted->size > PAYLOAD_MAX ||
		    wanted->interval_us < 0)
			return E_RANGE;
		answers[job->count++] = (struct answer){
			.size = (size_t)wanted->size,
			.wait = (uint64_t)(wanted->interval_us + 999) / 1000,
			.compressed =
				wanted->compressed != NULL && wanted->compressed->value,
		};
		/* Too late once headers were sent: then it goes as it is. */
		if (answers[job->count - 1].compressed)
			(void)rpc_call_compress(job->call);
	}
	return 0;
}

/* Its answers wait until it is its turn. E_LIMIT, E_NOMEM. */
static int report_load(struct job *job, const Grpc__Testing__TestOrcaReport *report)
{
	int r = orca_pack(rpc_call_arena(job->call), report, &job->load);

	if (r < 0)
		return r;
	if (orca_turn_take(&job->turn)) {
		orca_report_load(job->load);
	} else {
		job->waits_for_turn = true;
		rpc_call_pause(job->call);
	}
	return 0;
}

static void on_turn(struct orca_turn *turn)
{
	struct job *job = container_of(turn, struct job, turn);

	CHECK_MAGIC(job, JOB_MAGIC);
	orca_report_load(job->load);
	job->waits_for_turn = false;
	pump(job);
}

static void output_ended(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	struct job *job = job_of(call);

	(void)of;
	job->got_all = true;
	pump(job);
}

/* Give what can be given now. May end the call. */
static void pump(struct job *job)
{
	int r = 0;

	if (job->waiting || job->waits_for_turn || (job->at_the_end && !job->got_all))
		return;
	while (job->next < job->count && r == 0) {
		struct answer *answer = &job->answers[job->next];
		Grpc__Testing__StreamingOutputCallResponse reply =
			GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;
		Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;

		if (wait_first(job, answer))
			return;
		payload.body.len = answer->size;
		payload.body.data = zeros;
		reply.payload = &payload;
		rpc_call_set_compressing(job->call, answer->compressed);
		r = grpc_testing_test_service_full_duplex_call_send(job->call, &reply);
		job->next++;
	}
	if (r < 0 && r != E_BUSY && r != E_CANCELLED) {
		end(job, RPC_RESOURCE_EXHAUSTED, err_text(r));
	} else if (job->next < job->count) {
		rpc_call_pause(job->call);
	} else if (job->got_all) {
		end(job, RPC_OK, "");
	} else {
		job->count = job->next = 0;
		if (r == 0)
			rpc_call_resume(job->call);
		else
			rpc_call_pause(job->call);
	}
}

/* The interval counts from the answer before. */
static bool wait_first(struct job *job, struct answer *answer)
{
	if (answer->wait == 0)
		return false;
	if (!job->has_timer) {
		CHECK(uv_timer_init(timers, &job->timer) == 0);
		job->has_timer = true;
	}
	CHECK(uv_timer_start(&job->timer, on_timer, answer->wait, 0) == 0);
	answer->wait = 0;
	job->waiting = true;
	rpc_call_pause(job->call);
	return true;
}

static void on_timer(uv_timer_t *timer)
{
	struct job *job = container_of(timer, struct job, timer);

	CHECK_MAGIC(job, JOB_MAGIC);
	job->waiting = false;
	pump(job);
}

static void writable(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	(void)of;
	pump(job_of(call));
}

static void cancelled(struct grpc_testing_test_service *of, struct rpc_call *call)
{
	(void)of;
	end(job_of(call), RPC_CANCELLED, "");
}

/* The timer lives in the call's arena: it goes first. */
static void end(struct job *job, enum rpc_code code, const char *message)
{
	orca_turn_release(&job->turn);
	if (!job->has_timer) {
		rpc_call_refuse(job->call, code, message);
		return;
	}
	if (uv_is_closing((uv_handle_t *)&job->timer))
		return; /* it is ending already */
	job->waiting = true;
	job->code = code;
	job->message = arena_strdup(rpc_call_arena(job->call), message);
	uv_close((uv_handle_t *)&job->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct job *job = container_of((uv_timer_t *)handle, struct job, timer);

	CHECK_MAGIC(job, JOB_MAGIC);
	rpc_call_refuse(job->call, job->code, job->message);
}
