/*
 * A client of grpc.testing.TestService: one case of the public interoperability tests.
 *
 *	rpc-interop-client --server_host=H --server_port=N --test_case=NAME
 *		[--use_tls=true --ca_file=F [--server_host_override=NAME]
 *		 [--tls_cert=F --tls_key=F]]
 *
 * It exits with 0 when all was as the case wants it; else with 1, and has said why.
 */
#include "rpc/interop/client.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

#define KEY_INITIAL   "x-grpc-test-echo-initial"
#define VALUE_INITIAL "test_initial_metadata_value"
#define KEY_TRAILING  "x-grpc-test-echo-trailing-bin"

static const uint8_t value_trailing[] = {0xab, 0xab, 0xab};
static struct rpc_pair pairs[] = {
	{KEY_INITIAL, {(const uint8_t *)VALUE_INITIAL, sizeof(VALUE_INITIAL) - 1}},
	{KEY_TRAILING, {value_trailing, sizeof(value_trailing)}},
};
const struct rpc_metadata echo_pairs = {.pairs = pairs, .count = ARRAY_LEN(pairs)};

struct flags {
	const char *host, *port, *override, *test_case, *ca, *certificate, *key;
	bool use_tls;
};

static int read_flags(int argc, char **argv, struct flags *flags);
static const struct test_case *find(const struct test_case *cases, const char *name);
static int open_channel(struct interop *interop, const struct flags *flags,
                        struct rpc_tls **ret_tls);

int main(int argc, char **argv)
{
	struct flags flags = {.host = "localhost"};
	struct interop interop = {.loop = uv_default_loop()};
	const struct test_case *test;
	AUTO(rpc_tls_destroyp) struct rpc_tls *tls = NULL;
	bool good;

	if (read_flags(argc, argv, &flags) < 0)
		return 2;
	test = find(unary_cases, flags.test_case);
	if (test == NULL)
		test = find(stream_cases, flags.test_case);
	if (test == NULL) {
		(void)fprintf(stderr, "no such case: %s\n", flags.test_case);
		return 2;
	}
	if (open_channel(&interop, &flags, &tls) < 0)
		return 1;
	good = test->run(&interop);
	rpc_channel_close(interop.channel, NULL, NULL);
	(void)uv_run(interop.loop, UV_RUN_DEFAULT);
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
		{NULL, 0, NULL, 0},
	};
	const char **const texts[] = {
		['h'] = &flags->host,     ['p'] = &flags->port,
		['o'] = &flags->override, ['c'] = &flags->test_case,
		['a'] = &flags->ca,       ['e'] = &flags->certificate,
		['k'] = &flags->key,
	};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 't')
			flags->use_tls = strcmp(optarg, "true") == 0;
		else if (c == '?')
			return E_SYNTAX;
		else
			*texts[c] = optarg;
	}
	if (flags->port != NULL && flags->test_case != NULL &&
	    (!flags->use_tls || flags->ca != NULL))
		return 0;
	(void)fprintf(stderr,
	              "usage: rpc-interop-client --server_port=N --test_case=NAME "
	              "[--server_host=HOST] [--use_tls=true --ca_file=FILE "
	              "[--server_host_override=NAME] [--tls_cert=FILE "
	              "--tls_key=FILE]]\n");
	return E_SYNTAX;
}

static const struct test_case *find(const struct test_case *cases, const char *name)
{
	for (; cases->name != NULL; cases++)
		if (strcmp(cases->name, name) == 0)
			return cases;
	return NULL;
}

static int open_channel(struct interop *interop, const struct flags *flags,
                        struct rpc_tls **ret_tls)
{
	const struct rpc_tls_options files = {
		.peer_rule = RPC_PEER_REQUIRED,
		.certificate_file = flags->certificate,
		.key_file = flags->key,
		.ca_file = flags->ca,
	};
	char address[300];
	const char *const addresses[] = {address, NULL};
	struct rpc_channel_options options = {
		.addresses = addresses,
		.server_name = flags->override != NULL ? flags->override : flags->host,
	};
	const char *why = NULL;
	int r = 0;

	(void)snprintf(address, sizeof(address), "%s:%s", flags->host, flags->port);
	if (flags->use_tls)
		r = rpc_tls_create(&files, ret_tls, &why);
	options.tls = *ret_tls;
	if (r == 0)
		r = rpc_channel_create(interop->loop, &options, &interop->channel);
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", address,
		              why != NULL ? why : err_text(r));
	return r;
}

/* What the cases call. */

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

void set_payload(Grpc__Testing__Payload *payload, size_t size)
{
	static uint8_t zeros[LARGE_REQUEST];

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
