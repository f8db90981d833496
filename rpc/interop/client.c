/*
 * A client of grpc.testing.TestService: one case of the public interoperability tests.
 *
 *	rpc-interop-client --server_host=H --server_port=N --test_case=NAME
 *		[--use_tls=true --ca_file=F [--server_host_override=NAME]
 *		 [--tls_cert=F --tls_key=F]] [--soak_...=N]
 *
 * It exits with 0 when all was as the case wants it; else with 1, and has said why.
 */
#include "rpc/interop/client.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

/* Of what a flag may say: a million calls, or as many milliseconds. */
#define NUMBER_MAX    100000000

#define KEY_LOAD      "endpoint-load-metrics-bin"
#define KEY_INITIAL   "x-grpc-test-echo-initial"
#define VALUE_INITIAL "test_initial_metadata_value"
#define KEY_TRAILING  "x-grpc-test-echo-trailing-bin"

static const uint8_t value_trailing[] = {0xab, 0xab, 0xab};
static struct rpc_pair pairs[] = {
	{KEY_INITIAL, {(const uint8_t *)VALUE_INITIAL, sizeof(VALUE_INITIAL) - 1}},
	{KEY_TRAILING, {value_trailing, sizeof(value_trailing)}},
};
const struct rpc_metadata echo_pairs = {.pairs = pairs, .count = ARRAY_LEN(pairs)};

static int read_flags(int argc, char **argv, struct flags *flags);
static int read_number(const char *text, unsigned *ret_number);
static bool are_complete(const struct flags *flags);
static const struct test_case *find(const char *name);
static int read_tls(struct interop *interop);

int main(int argc, char **argv)
{
	struct flags flags = {
		.host = "localhost",
		.iterations = 10,
		.latency_max = 1000,
		.request_size = LARGE_REQUEST,
		.response_size = LARGE_RESPONSE,
		.interval = 10,
	};
	struct interop interop = {.loop = uv_default_loop(), .flags = &flags};
	const struct test_case *test;
	bool good;

	if (read_flags(argc, argv, &flags) < 0)
		return 2;
	test = find(flags.test_case);
	if (test == NULL) {
		(void)fprintf(stderr, "no such case: %s\n", flags.test_case);
		return 2;
	}
	if (read_tls(&interop) < 0 || channel_open(&interop) < 0)
		return 1;
	good = test->run(&interop);
	channel_close(&interop);
	(void)uv_run(interop.loop, UV_RUN_DEFAULT);
	rpc_tls_destroy(interop.tls);
	CHECK(uv_loop_close(interop.loop) == 0);
	printf("%s: %s\n", flags.test_case, good ? "passed" : "FAILED");
	return good ? 0 : 1;
}

static int read_flags(int argc, char **argv, struct flags *flags)
{
	static const struct option options[] = {
		{"server_host", required_argument, NULL, 'h'},
		{"server_port", required_argument, NULL, 'p'},
		{"server_host_override", required_argument, NULL, 'o'},
		{"test_case", required_argument, NULL, 'c'},
		{"use_tls", required_argument, NULL, 't'},
		{"ca_file", required_argument, NULL, 'a'},
		{"tls_cert", required_argument, NULL, 'e'},
		{"tls_key", required_argument, NULL, 'k'},
		{"soak_iterations", required_argument, NULL, 'I'},
		{"soak_max_failures", required_argument, NULL, 'F'},
		{"soak_per_iteration_max_acceptable_latency_ms", required_argument, NULL,
	         'L'},
		{"soak_overall_timeout_seconds", required_argument, NULL, 'O'},
		{"soak_min_time_ms_between_rpcs", required_argument, NULL, 'M'},
		{"soak_request_size", required_argument, NULL, 'Q'},
		{"soak_response_size", required_argument, NULL, 'R'},
		{"iteration_interval", required_argument, NULL, 'V'},
		{"service_config_json", required_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	const char *unused; /* the load cases' policy: here they ask by themselves */
	const char **const texts[] = {
		['h'] = &flags->host,     ['p'] = &flags->port,
		['o'] = &flags->override, ['c'] = &flags->test_case,
		['a'] = &flags->ca,       ['e'] = &flags->certificate,
		['k'] = &flags->key,      ['j'] = &unused,
	};
	unsigned *const numbers[] = {
		['I'] = &flags->iterations,    ['F'] = &flags->failures_max,
		['L'] = &flags->latency_max,   ['O'] = &flags->overall,
		['M'] = &flags->pause,         ['Q'] = &flags->request_size,
		['R'] = &flags->response_size, ['V'] = &flags->interval,
	};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == '?')
			return E_SYNTAX;
		if (c == 't')
			flags->use_tls = strcmp(optarg, "true") == 0;
		else if (c > 'Z')
			*texts[c] = optarg;
		else if (read_number(optarg, numbers[c]) < 0)
			return E_SYNTAX;
	}
	if (optind == argc && are_complete(flags))
		return 0;
	(void)fprintf(stderr,
	              "usage: rpc-interop-client --server_port=N --test_case=NAME "
	              "[--server_host=HOST] [--use_tls=true --ca_file=FILE "
	              "[--server_host_override=NAME] [--tls_cert=FILE "
	              "--tls_key=FILE]] [--soak_...=N]\n");
	return E_SYNTAX;
}

static int read_number(const char *text, unsigned *ret_number)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number > NUMBER_MAX) {
		(void)fprintf(stderr, "no such number can be: %s\n", text);
		return E_SYNTAX;
	}
	*ret_number = (unsigned)number;
	return 0;
}

static bool are_complete(const struct flags *flags)
{
	return flags->port != NULL && flags->test_case != NULL &&
	       (!flags->use_tls || flags->ca != NULL) &&
	       flags->request_size <= SOAK_SIZE_MAX &&
	       flags->response_size <= SOAK_SIZE_MAX;
}

static const struct test_case *find(const char *name)
{
	const struct test_case *const tables[] = {unary_cases, stream_cases, soak_cases,
	                                          load_cases};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct test_case *it = tables[i]; it->name != NULL; it++)
			if (strcmp(it->name, name) == 0)
				return it;
	return NULL;
}

static int read_tls(struct interop *interop)
{
	const struct flags *flags = interop->flags;
	const struct rpc_tls_options files = {
		.peer_rule = RPC_PEER_REQUIRED,
		.certificate_file = flags->certificate,
		.key_file = flags->key,
		.ca_file = flags->ca,
	};
	const char *why = NULL;
	int r = 0;

	if (flags->use_tls)
		r = rpc_tls_create(&files, &interop->tls, &why);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", why != NULL ? why : err_text(r));
	return r;
}

/* What the cases call. */

int channel_open(struct interop *interop)
{
	const struct flags *flags = interop->flags;
	char address[300];
	const char *const addresses[] = {address, NULL};
	struct rpc_channel_options options = {
		.addresses = addresses,
		.server_name = flags->override != NULL ? flags->override : flags->host,
		.tls = interop->tls,
	};
	int r;

	(void)snprintf(address, sizeof(address), "%s:%s", flags->host, flags->port);
	r = rpc_channel_create(interop->loop, &options, &interop->channel);
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", address, err_text(r));
	return r;
}

static void on_channel_closed(void *context)
{
	bool *closed = context;

	*closed = true;
}

void channel_close(struct interop *interop)
{
	bool closed = false;

	rpc_channel_close(interop->channel, on_channel_closed, &closed);
	wait_until(interop, &closed);
	interop->channel = NULL;
}

bool expect(bool so, const char *what)
{
	if (!so)
		(void)fprintf(stderr, "not so: %s\n", what);
	return so;
}

void wait_until(struct interop *interop, const bool *what)
{
	while (!*what && uv_run(interop->loop, UV_RUN_ONCE) != 0)
		;
}

/* Due when a turn of the loop begins, it must keep that turn from waiting. */
static void on_alarm(uv_timer_t *timer)
{
	uv_stop(timer->loop);
	container_of(timer, struct alarm, timer)->rang = true;
}

static void on_alarm_gone(uv_handle_t *handle)
{
	container_of((uv_timer_t *)handle, struct alarm, timer)->gone = true;
}

void alarm_set(struct interop *interop, struct alarm *alarm, uint64_t ms)
{
	alarm->rang = alarm->gone = false;
	CHECK(uv_timer_init(interop->loop, &alarm->timer) == 0);
	uv_update_time(interop->loop);
	CHECK(uv_timer_start(&alarm->timer, on_alarm, ms, 0) == 0);
}

void alarm_clear(struct interop *interop, struct alarm *alarm)
{
	uv_close((uv_handle_t *)&alarm->timer, on_alarm_gone);
	wait_until(interop, &alarm->gone);
}

void sleep_for(struct interop *interop, uint64_t ms)
{
	struct alarm alarm;

	alarm_set(interop, &alarm, ms);
	wait_until(interop, &alarm.rang);
	alarm_clear(interop, &alarm);
}

void set_payload(Grpc__Testing__Payload *payload, size_t size)
{
	static uint8_t zeros[SOAK_SIZE_MAX];

	CHECK(size <= sizeof(zeros));
	grpc__testing__payload__init(payload);
	payload->body.data = zeros;
	payload->body.len = size;
}

void outcome_headers(struct outcome *outcome, const struct rpc_metadata *headers)
{
	const struct bytes *value = rpc_metadata_find(headers, KEY_INITIAL);

	outcome->initial_echoed =
		value != NULL && bytes_equal(*value, bytes_of_str(VALUE_INITIAL));
}

void outcome_answer(struct outcome *outcome, const Grpc__Testing__Payload *payload,
                    bool compressed)
{
	if (outcome->count < ANSWERS_MAX) {
		outcome->sizes[outcome->count] = payload == NULL ? 0 : payload->body.len;
		outcome->compressed[outcome->count] = compressed;
	}
	outcome->count++;
}

void outcome_end(struct outcome *outcome, const struct rpc_status *status,
                 const struct rpc_metadata *trailers)
{
	const struct bytes *value = rpc_metadata_find(trailers, KEY_TRAILING);

	outcome->trailing_echoed =
		value != NULL &&
		bytes_equal(*value, bytes_of(value_trailing, sizeof(value_trailing)));
	value = rpc_metadata_find(trailers, KEY_LOAD);
	if (value != NULL && value->len <= sizeof(outcome->load)) {
		memcpy(outcome->load, value->data, value->len);
		outcome->load_len = value->len;
	}
	outcome->code = status->code;
	(void)snprintf(outcome->message, sizeof(outcome->message), "%s",
	               status->message == NULL ? "" : status->message);
	outcome->ended = true;
}

bool outcome_is(const struct outcome *outcome, enum rpc_code code)
{
	if (outcome->code == code)
		return true;
	(void)fprintf(stderr, "ended with %s (%s), not with %s\n",
	              rpc_code_name((int)outcome->code), outcome->message,
	              rpc_code_name((int)code));
	return false;
}
