/*
 * grpc.testing.TestService, as the public interoperability tests want it, with health,
 * reflection and load reports beside it.
 *
 *	rpc-interop-server --port=N
 *		[--use_tls=true --tls_cert=F --tls_key=F [--ca_file=F]]
 *
 * With --ca_file clients must have a certificate of that CA. It listens on the loopback
 * address only, prints "ready PORT" and serves until SIGTERM or SIGINT.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/health.h"
#include "rpc/interop/orca.h"
#include "rpc/interop/service.h"
#include "rpc/reflection.h"
#include "rpc/server.h"

#define GRACE 10000 /* ms */
/* Hundreds of large requests at once are not misuse here. */
#define CONNECTION_MEMORY ((size_t)256 * 1024 * 1024)

struct flags {
	unsigned port;
	bool use_tls;
	const char *certificate, *key, *ca;
};

struct program {
	struct rpc_server *server;
	struct rpc_tls *tls;
	struct rpc_health *health;
	struct rpc_reflection *reflection;
	const struct rpc_method *services[5];
	uv_signal_t terminate, interrupt;
	bool stopping;
};

static int read_flags(int argc, char **argv, struct flags *flags);
static int open_services(struct program *program);
static int open_listener(struct program *program, const struct flags *flags);
static void watch_signals(struct program *program);
static void on_signal(uv_signal_t *signal, int number);
static void on_closed(struct rpc_server *server, void *context);

int main(int argc, char **argv)
{
	static struct program program;
	struct flags flags = {0};

	if (read_flags(argc, argv, &flags) < 0)
		return 2;
	if (open_services(&program) < 0 || open_listener(&program, &flags) < 0)
		return 1;
	watch_signals(&program);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	rpc_tls_destroy(program.tls);
	CHECK(uv_loop_close(uv_default_loop()) == 0);
	return 0;
}

static int read_flags(int argc, char **argv, struct flags *flags)
{
	static const struct option options[] = {
		{"port", required_argument, NULL, 'p'},
		{"use_tls", required_argument, NULL, 't'},
		{"tls_cert", required_argument, NULL, 'c'},
		{"tls_key", required_argument, NULL, 'k'},
		{"ca_file", required_argument, NULL, 'a'},
		{NULL, 0, NULL, 0},
	};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'p')
			flags->port = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 't')
			flags->use_tls = strcmp(optarg, "true") == 0;
		else if (c == 'c')
			flags->certificate = optarg;
		else if (c == 'k')
			flags->key = optarg;
		else if (c == 'a')
			flags->ca = optarg;
		else
			return E_SYNTAX;
	}
	if (optind == argc &&
	    (!flags->use_tls || (flags->certificate != NULL && flags->key != NULL)))
		return 0;
	(void)fprintf(stderr, "usage: rpc-interop-server --port=N [--use_tls=true "
	                      "--tls_cert=FILE --tls_key=FILE [--ca_file=FILE]]\n");
	return E_SYNTAX;
}

static int open_services(struct program *program)
{
	static const struct rpc_descriptor_set *const sets[] = {&rpc_services_descriptors,
	                                                        &interop_descriptors,
	                                                        NULL};
	const struct rpc_server_options options = {
		.connection_memory_max = CONNECTION_MEMORY,
		.connection_send_max = CONNECTION_MEMORY,
	};
	int r = rpc_server_create(uv_default_loop(), &options, &program->server);

	if (r == 0)
		r = rpc_health_create(NULL, &program->health);
	if (r == 0)
		r = rpc_health_set(program->health, "", RPC_HEALTH_SERVING);
	if (r == 0)
		r = rpc_health_set(program->health, "grpc.testing.TestService",
		                   RPC_HEALTH_SERVING);
	if (r == 0)
		r = rpc_reflection_create(sets, NULL, &program->reflection);
	if (r < 0)
		return r;
	program->services[0] = interop_service(uv_default_loop());
	program->services[1] = rpc_health_methods(program->health);
	program->services[2] = rpc_reflection_methods(program->reflection);
	program->services[3] = orca_service(uv_default_loop());
	return 0;
}

static int open_listener(struct program *program, const struct flags *flags)
{
	struct rpc_tls_options tls = {
		.server = true,
		.peer_rule = flags->ca != NULL ? RPC_PEER_REQUIRED : RPC_PEER_NONE,
		.certificate_file = flags->certificate,
		.key_file = flags->key,
		.ca_file = flags->ca,
	};
	struct rpc_listener_options options = {.services = program->services};
	struct rpc_listener *listener;
	const char *why = NULL;
	char address[40];
	int r = 0;

	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", flags->port);
	if (flags->use_tls)
		r = rpc_tls_create(&tls, &program->tls, &why);
	options.address = address;
	options.tls = program->tls;
	if (r == 0)
		r = rpc_listener_open(program->server, &options, &listener);
	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", address,
		              why != NULL ? why : err_text(r));
		return r;
	}
	printf("ready %u\n", rpc_listener_port(listener));
	(void)fflush(stdout);
	return 0;
}

static void watch_signals(struct program *program)
{
	CHECK(uv_signal_init(uv_default_loop(), &program->terminate) == 0);
	CHECK(uv_signal_init(uv_default_loop(), &program->interrupt) == 0);
	program->terminate.data = program->interrupt.data = program;
	CHECK(uv_signal_start(&program->terminate, on_signal, SIGTERM) == 0);
	CHECK(uv_signal_start(&program->interrupt, on_signal, SIGINT) == 0);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct program *program = signal->data;

	(void)number;
	if (program->stopping)
		return;
	program->stopping = true;
	rpc_server_close(program->server, GRACE, on_closed, program);
	rpc_health_drain(program->health);
	orca_drain();
}

static void on_closed(struct rpc_server *server, void *context)
{
	struct program *program = context;

	rpc_server_destroy(server);
	rpc_health_destroy(program->health);
	rpc_reflection_destroy(program->reflection);
	uv_close((uv_handle_t *)&program->terminate, NULL);
	uv_close((uv_handle_t *)&program->interrupt, NULL);
}
