/*
 * Health and reflection, for the scenario tests:
 *
 *	rpc-services-server ADDRESS
 *
 * It prints "ready PORT OTHER", where the other port has reflection only, and obeys lines
 *on standard input: "set STATUS [SERVICE]" with the number of a status; the end of input
 *drains. It serves test.Typed too: Echo only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "rpc/server.h"
#include "typed.descriptors.h"
#include "typed.rpc.h"

#define STDIN_FILE 0

static struct rpc_server *server;
static struct rpc_health *health;
static struct rpc_reflection *reflection;
static struct test_typed typed;
static uv_pipe_t input;

static void serve_echo(struct test_typed *service, struct rpc_call *call,
                       const Test__Node *request)
{
	(void)service;
	test_typed_echo_reply(call, request);
}

static const struct test_typed_handlers handlers = {.echo.message = serve_echo};

static void on_server_closed(struct rpc_server *closed, void *context)
{
	(void)context;
	rpc_server_destroy(closed);
	rpc_health_destroy(health);
	rpc_reflection_destroy(reflection);
	uv_close((uv_handle_t *)&input, NULL);
}

static void obey(const char *line)
{
	char *rest;
	long status;

	CHECK(strncmp(line, "set ", 4) == 0);
	status = strtol(line + 4, &rest, 10);
	CHECK(rpc_health_set(health, *rest == ' ' ? rest + 1 : rest,
	                     (enum rpc_health_status)status) == 0);
	printf("set\n");
	(void)fflush(stdout);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	static char line[256];

	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(line, sizeof(line) - 1);
}

static void on_input(uv_stream_t *stdin_stream, ssize_t len, const uv_buf_t *buf)
{
	char *save = NULL;

	if (len < 0) {
		(void)uv_read_stop(stdin_stream);
		rpc_server_close(server, 10000, on_server_closed, NULL);
		rpc_health_drain(health);
		return;
	}
	buf->base[len] = '\0';
	for (char *line = strtok_r(buf->base, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		obey(line);
}

int main(int argc, char **argv)
{
	static const struct rpc_descriptor_set *const sets[] = {&rpc_services_descriptors,
	                                                        &typed_descriptors, NULL};
	static const struct rpc_method *services[4], *few[2];
	struct rpc_listener_options options = {.services = services};
	struct rpc_listener *listener, *other;

	if (argc != 2)
		return 2;
	options.address = argv[1];
	CHECK(rpc_server_create(uv_default_loop(), NULL, &server) == 0);
	CHECK(rpc_health_create(NULL, &health) == 0);
	CHECK(rpc_reflection_create(sets, NULL, &reflection) == 0);
	test_typed_init(&typed, &handlers, NULL);
	services[0] = rpc_health_methods(health);
	services[1] = rpc_reflection_methods(reflection);
	services[2] = typed.methods;
	CHECK(rpc_listener_open(server, &options, &listener) == 0);
	few[0] = rpc_reflection_methods(reflection);
	options.services = few;
	CHECK(rpc_listener_open(server, &options, &other) == 0);
	CHECK(uv_pipe_init(uv_default_loop(), &input, 0) == 0);
	CHECK(uv_pipe_open(&input, STDIN_FILE) == 0);
	CHECK(uv_read_start((uv_stream_t *)&input, on_alloc, on_input) == 0);
	printf("ready %u %u\n", rpc_listener_port(listener), rpc_listener_port(other));
	(void)fflush(stdout);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	CHECK(uv_loop_close(uv_default_loop()) == 0);
	return 0;
}
