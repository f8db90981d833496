/*
 * The gRPC library under the contract of the comparison, so that it stands in one table
 * with other gRPC servers (README.md says how).
 *
 *	Submit -> (verify) -> reply            Watch -> headers ... alert ... alert
 *	SIGUSR2 -> one alert, packed once -> every watcher
 *
 * It uses what a user has: the services that protoc-gen-rpc wrote over protobuf-c's
 * structs, so that every request is checked and unpacked, as its peers do.
 *
 *	rpc-bench-server [--port=N] [--mode=rpc|verify] [--certs=FOLDER] [--pubs=FILE]
 *
 * What is not given is taken from the environment (PORT, MODE, CERTS, PUBS). It prints
 * "ready" and serves until SIGTERM. Modes that store are refused: a database is not this
 * library's matter.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "base/list.h"
#include "reports.rpc.h"
#include "rpc/server.h"
#include "signed.h"

#define ALERT_WIRE_MAX 256
#define PATH_SIZE      512

struct flags {
	const char *port, *mode, *certs, *pubs;
};

struct bench {
	struct duban_v1_reports service;
	const struct rpc_method *services[2];
	struct rpc_server *server;
	struct rpc_tls *tls;
	char certificate[PATH_SIZE], key[PATH_SIZE], ca[PATH_SIZE];
	struct signed_keys *keys; /* NULL: nothing is verified */
	struct list watchers;
	uint64_t alerts; /* sent so far */
	uv_signal_t alert, terminate;
};

/* An open Watch. Lives in its call's arena. */
struct watcher {
	struct list node; /* in bench->watchers */
	struct rpc_call *call;
};

static int read_flags(int argc, char **argv, struct flags *flags);
static void raise_file_limit(void);
static int open_listener(struct bench *bench, const struct flags *flags);
static void watch_signal(struct bench *bench, uv_signal_t *watch, uv_signal_cb run,
                         int number);
static void on_submit(struct duban_v1_reports *service, struct rpc_call *call,
                      const Duban__V1__SubmitRequest *request);
static void on_watch(struct duban_v1_reports *service, struct rpc_call *call,
                     const Duban__V1__WatchRequest *request);
static void on_watch_cancelled(struct duban_v1_reports *service, struct rpc_call *call);
static void on_alert(uv_signal_t *watch, int number);
static void on_terminate(uv_signal_t *watch, int number);
static void on_closed(struct rpc_server *server, void *context);

static const struct duban_v1_reports_handlers handlers = {
	.submit.message = on_submit,
	.watch.message = on_watch,
	.watch.cancelled = on_watch_cancelled,
};

int main(int argc, char **argv)
{
	static struct bench bench;
	struct flags flags;

	if (read_flags(argc, argv, &flags) < 0)
		return 2;
	raise_file_limit();
	list_init(&bench.watchers);
	duban_v1_reports_init(&bench.service, &handlers, NULL);
	bench.services[0] = bench.service.methods;
	if (strcmp(flags.mode, "verify") == 0 &&
	    signed_keys_create(flags.pubs, &bench.keys) < 0) {
		(void)fprintf(stderr, "%s: not a file of keys\n", flags.pubs);
		return 1;
	}
	if (open_listener(&bench, &flags) < 0)
		return 1;
	watch_signal(&bench, &bench.alert, on_alert, SIGUSR2);
	watch_signal(&bench, &bench.terminate, on_terminate, SIGTERM);
	puts("ready");
	(void)fflush(stdout);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	rpc_tls_destroy(bench.tls);
	signed_keys_destroy(bench.keys);
	return uv_loop_close(uv_default_loop()) == 0 ? 0 : 1;
}

static const char *environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value == NULL ? otherwise : value;
}

static int read_flags(int argc, char **argv, struct flags *flags)
{
	static const struct option options[] = {
		{"port", required_argument, NULL, 'p'},
		{"mode", required_argument, NULL, 'm'},
		{"certs", required_argument, NULL, 'c'},
		{"pubs", required_argument, NULL, 'k'},
		{NULL, 0, NULL, 0},
	};

	*flags = (struct flags){
		.port = environment("PORT", "7443"),
		.mode = environment("MODE", "rpc"),
		.certs = environment("CERTS", "certs"),
		.pubs = environment("PUBS", "data/pubs.txt"),
	};
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		const char **to = c == 'p'   ? &flags->port
		                  : c == 'm' ? &flags->mode
		                  : c == 'c' ? &flags->certs
		                  : c == 'k' ? &flags->pubs
		                             : NULL;

		if (to == NULL)
			return E_SYNTAX;
		*to = optarg;
	}
	if (strcmp(flags->mode, "rpc") == 0 || strcmp(flags->mode, "verify") == 0)
		return 0;
	(void)fprintf(stderr, "mode %s is not served here: rpc or verify\n", flags->mode);
	return E_SYNTAX;
}

/* 10,000 watchers are 10,000 descriptors. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_listener(struct bench *bench, const struct flags *flags)
{
	const struct rpc_server_options limits = {.connections_max = 20000};
	char address[PATH_SIZE];
	const struct rpc_tls_options tls = {
		.server = true,
		.peer_rule = RPC_PEER_REQUIRED,
		.certificate_file = bench->certificate,
		.key_file = bench->key,
		.ca_file = bench->ca,
	};
	struct rpc_listener_options options = {.address = address,
	                                       .services = bench->services};
	struct rpc_listener *listener;
	const char *why = NULL;
	int r;

	(void)snprintf(address, sizeof(address), "127.0.0.1:%s", flags->port);
	(void)snprintf(bench->certificate, PATH_SIZE, "%s/server.crt", flags->certs);
	(void)snprintf(bench->key, PATH_SIZE, "%s/server.key", flags->certs);
	(void)snprintf(bench->ca, PATH_SIZE, "%s/ca.crt", flags->certs);
	r = rpc_tls_create(&tls, &bench->tls, &why);
	options.tls = bench->tls;
	if (r == 0)
		r = rpc_server_create(uv_default_loop(), &limits, &bench->server);
	if (r == 0)
		r = rpc_listener_open(bench->server, &options, &listener);
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", address,
		              why != NULL ? why : err_text(r));
	return r;
}

static void watch_signal(struct bench *bench, uv_signal_t *watch, uv_signal_cb run,
                         int number)
{
	CHECK(uv_signal_init(uv_default_loop(), watch) == 0);
	watch->data = bench;
	CHECK(uv_signal_start(watch, run, number) == 0);
}

static void on_submit(struct duban_v1_reports *service, struct rpc_call *call,
                      const Duban__V1__SubmitRequest *request)
{
	struct bench *bench = container_of(service, struct bench, service);
	Duban__V1__SubmitReply reply = DUBAN__V1__SUBMIT_REPLY__INIT;
	int r = 0;

	if (bench->keys != NULL)
		r = signed_check(bench->keys, request, rpc_call_arena(call), &reply);
	if (r < 0)
		rpc_call_refuse(call, (enum rpc_code)err_grpc(r), err_text(r));
	else
		duban_v1_reports_submit_reply(call, &reply);
}

static void on_watch(struct duban_v1_reports *service, struct rpc_call *call,
                     const Duban__V1__WatchRequest *request)
{
	struct bench *bench = container_of(service, struct bench, service);
	struct watcher *watcher = arena_new(rpc_call_arena(call), struct watcher);

	(void)request;
	if (watcher == NULL || rpc_call_send_headers(call) < 0) {
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED, "");
		return;
	}
	watcher->call = call;
	rpc_call_set_data(call, watcher);
	list_push(&bench->watchers, &watcher->node);
}

static void on_watch_cancelled(struct duban_v1_reports *service, struct rpc_call *call)
{
	struct watcher *watcher = rpc_call_data(call);

	(void)service;
	if (watcher != NULL)
		list_remove(&watcher->node);
	rpc_call_refuse(call, RPC_CANCELLED, "");
}

/* One message for many: packed once. */
static void on_alert(uv_signal_t *watch, int number)
{
	struct bench *bench = watch->data;
	Duban__V1__Alert alert = DUBAN__V1__ALERT__INIT;
	uint8_t wire[ALERT_WIRE_MAX];
	char text[] = "任务进度滞后预警:请于三日内补报整改情况";
	struct timespec now;
	struct bytes message;

	(void)number;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	alert.seq = ++bench->alerts;
	alert.sent_ns = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	alert.severity = 2;
	alert.text = text;
	CHECK(duban__v1__alert__get_packed_size(&alert) <= sizeof(wire));
	message = bytes_of(wire, duban__v1__alert__pack(&alert, wire));
	list_for_each (node, &bench->watchers) {
		/* A watcher that does not read loses alerts, not the others. */
		(void)rpc_call_send(list_entry(node, struct watcher, node)->call,
		                    message);
	}
}

static void on_terminate(uv_signal_t *watch, int number)
{
	struct bench *bench = watch->data;

	(void)number;
	uv_close((uv_handle_t *)&bench->alert, NULL);
	uv_close((uv_handle_t *)&bench->terminate, NULL);
	rpc_server_close(bench->server, 0, on_closed, NULL);
}

static void on_closed(struct rpc_server *server, void *context)
{
	(void)context;
	rpc_server_destroy(server);
}
