/*
 * Does memory grow with the calls that were made? A server and a channel to it, on one
 *loop and over mutual TLS, make calls of all four kinds, cancelled ones too:
 *
 *	warm-up calls -> quiet -> measure -> calls -> quiet -> measure -> difference
 *
 *	rpc-bench-leak [--certs=FOLDER] [--calls=N] [--warm-up=N]
 *
 * It prints one line of key=value: bytes in use by malloc and pages resident, before and
 * after, and malloc's difference divided by the calls.
 */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "leak.h"
#include "rpc/server.h"

#define PATH_SIZE   512
#define QUIET_CHECK 20 /* ms */

struct files {
	char certificate[PATH_SIZE], key[PATH_SIZE], ca[PATH_SIZE];
};

struct leak {
	const char *certs;
	struct files server_files, client_files;
	uint64_t calls, warm_up;
	const struct rpc_method *services[2];
	struct rpc_tls *server_tls, *client_tls;
	struct rpc_server *server;
	struct rpc_channel *channel;
	struct leak_callers *callers;
	uv_timer_t quiet; /* looks whether the server has finished as well */
	bool warm;
	size_t used; /* malloc's, at the first measure */
	size_t resident;
};

static int read_flags(int argc, char **argv, struct leak *leak);
static int load_tls(const char *certs, bool server, struct files *files,
                    struct rpc_tls **ret_tls);
static int open_ends(struct leak *leak);
static void on_calls_done(void *context);
static void on_quiet(uv_timer_t *timer);
static void report(const struct leak *leak, size_t used, size_t resident);
static void on_channel_closed(void *context);
static void on_server_closed(struct rpc_server *server, void *context);

int main(int argc, char **argv)
{
	static struct leak leak = {.certs = "certs", .calls = 1000000, .warm_up = 50000};

	if (read_flags(argc, argv, &leak) < 0) {
		(void)fprintf(stderr, "usage: rpc-bench-leak [--certs=FOLDER] "
		                      "[--calls=N] [--warm-up=N]\n");
		return 2;
	}
	if (open_ends(&leak) < 0)
		return 1;
	leak_callers_run(leak.callers, leak.warm_up, on_calls_done, &leak);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	leak_callers_destroy(leak.callers);
	rpc_tls_destroy(leak.server_tls);
	rpc_tls_destroy(leak.client_tls);
	return uv_loop_close(uv_default_loop()) == 0 ? 0 : 1;
}

static int read_flags(int argc, char **argv, struct leak *leak)
{
	static const struct option options[] = {
		{"certs", required_argument, NULL, 'f'},
		{"calls", required_argument, NULL, 'c'},
		{"warm-up", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0},
	};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'f')
			leak->certs = optarg;
		else if (c == 'c')
			leak->calls = strtoull(optarg, NULL, 10);
		else if (c == 'w')
			leak->warm_up = strtoull(optarg, NULL, 10);
		else
			return E_SYNTAX;
	}
	return optind == argc && leak->calls > 0 && leak->warm_up > 0 ? 0 : E_SYNTAX;
}

/* @files: where their names stay. */
static int load_tls(const char *certs, bool server, struct files *files,
                    struct rpc_tls **ret_tls)
{
	const char *who = server ? "server" : "client", *why = NULL;
	const struct rpc_tls_options options = {
		.server = server,
		.peer_rule = RPC_PEER_REQUIRED,
		.certificate_file = files->certificate,
		.key_file = files->key,
		.ca_file = files->ca,
	};
	int r;

	(void)snprintf(files->certificate, PATH_SIZE, "%s/%s.crt", certs, who);
	(void)snprintf(files->key, PATH_SIZE, "%s/%s.key", certs, who);
	(void)snprintf(files->ca, PATH_SIZE, "%s/ca.crt", certs);
	r = rpc_tls_create(&options, ret_tls, &why);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", why);
	return r;
}

static int open_ends(struct leak *leak)
{
	char address[64];
	const char *const addresses[] = {address, NULL};
	struct rpc_listener_options listen_on = {.address = "127.0.0.1:0"};
	struct rpc_channel_options connect_to = {.addresses = addresses};
	struct rpc_listener *listener;
	uv_loop_t *loop = uv_default_loop();
	int r = load_tls(leak->certs, true, &leak->server_files, &leak->server_tls);

	if (r == 0)
		r = load_tls(leak->certs, false, &leak->client_files, &leak->client_tls);
	if (r == 0)
		r = rpc_server_create(loop, NULL, &leak->server);
	if (r < 0)
		return r;
	leak->services[0] = leak_service;
	listen_on.services = leak->services;
	listen_on.tls = leak->server_tls;
	connect_to.tls = leak->client_tls;
	r = rpc_listener_open(leak->server, &listen_on, &listener);
	if (r < 0)
		return r;
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u",
	               rpc_listener_port(listener));
	r = rpc_channel_create(loop, &connect_to, &leak->channel);
	if (r < 0)
		return r;
	leak->callers = leak_callers_create(leak->channel);
	CHECK(uv_timer_init(loop, &leak->quiet) == 0);
	leak->quiet.data = leak;
	return leak->callers == NULL ? E_NOMEM : 0;
}

static void on_calls_done(void *context)
{
	struct leak *leak = context;

	CHECK(uv_timer_start(&leak->quiet, on_quiet, QUIET_CHECK, QUIET_CHECK) == 0);
}

static void on_quiet(uv_timer_t *timer)
{
	struct leak *leak = timer->data;
	struct rpc_server_counts counts;
	size_t used = mallinfo2().uordblks, resident = 0;

	rpc_server_count(leak->server, &counts);
	if (counts.calls_open > 0)
		return;
	(void)uv_timer_stop(timer);
	(void)uv_resident_set_memory(&resident);
	if (!leak->warm) {
		leak->warm = true;
		leak->used = used;
		leak->resident = resident;
		leak_callers_run(leak->callers, leak->calls, on_calls_done, leak);
		return;
	}
	report(leak, used, resident);
	uv_close((uv_handle_t *)timer, NULL);
	rpc_channel_close(leak->channel, on_channel_closed, leak);
}

static void report(const struct leak *leak, size_t used, size_t resident)
{
	int64_t more = (int64_t)used - (int64_t)leak->used;

	printf("calls=%llu cancelled=%llu malloc_before=%zu malloc_after=%zu "
	       "rss_kib_before=%zu rss_kib_after=%zu bytes_per_call=%.4f\n",
	       (unsigned long long)leak->calls,
	       (unsigned long long)leak_callers_cancelled(leak->callers), leak->used,
	       used, leak->resident / 1024, resident / 1024,
	       (double)more / (double)leak->calls);
}

static void on_channel_closed(void *context)
{
	struct leak *leak = context;

	rpc_server_close(leak->server, 0, on_server_closed, NULL);
}

static void on_server_closed(struct rpc_server *server, void *context)
{
	(void)context;
	rpc_server_destroy(server);
}
