/*
 * One life of a server and a client:
 *
 *	open -> start all calls -> run until each is done -> close -> run until empty
 *	^---------------- allocations fail from here to here -------------------^
 *
 * Every call has a deadline that is far away: one that is met means that somebody forgot
 * somebody, which is what nobody would see otherwise.
 */
#include "memory_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "grpc/health/v1/health.rpc.h"
#include "grpc/reflection/v1/reflection.rpc.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "rpc/server.h"
#include "rpc/status_details.h"
#include "tests/support/fault_alloc.h"
#include "typed.descriptors.h"
#include "typed.rpc.h"

#include "memory_service.h"

#define DEADLINE 5000  /* ms; of each call */
#define LIMIT    20000 /* ms; of a life */
#define GRACE    100   /* ms; for the server's drain */
/* libuv ends the process when its table of descriptors cannot grow: it grows before. */
#define DESCRIPTORS 256
#define WATCHED     "test.Typed"
#define LARGE       3000 /* bytes of text, so that gzip is worth its while */

/* How one call went. */
struct outcome {
	const char *name;
	enum rpc_code right;  /* its status when nothing fails */
	const char *expected; /* what comes back then */
	bool started;         /* done is owed */
	unsigned dones;
	enum rpc_code code;
	char text[64];
};

enum {
	CALL_ECHO,
	CALL_FAIL,
	CALL_COUNT,
	CALL_COLLECT,
	CALL_CHAT,
	CALL_CHECK,
	CALL_WATCH,
	CALL_LIST,
	CALLS_ALL
};

struct memory_world {
	uv_loop_t loop;
	uv_poll_t table; /* of @high_fd */
	int high_fd;
	uv_timer_t limit;
	struct rpc_server *server;
	struct rpc_channel *channel;
	struct rpc_health *health;
	struct rpc_reflection *reflection;
	struct memory_service service;
	const struct rpc_method *services[4];
	struct arena arena; /* of the client's metadata */
	struct rpc_metadata metadata;
	struct test_typed_echo_call echo, fail;
	struct test_typed_count_call count;
	struct test_typed_collect_call collect;
	struct test_typed_chat_call chat;
	struct grpc_health_v1_health_check_call check;
	struct grpc_health_v1_health_watch_call watch;
	struct grpc_reflection_v1_server_reflection_server_reflection_info_call list;
	struct outcome outcomes[CALLS_ALL];
	bool over, late;
};

static char large[LARGE + 1];

/* What the client does. */

static void say(struct outcome *outcome, const char *text)
{
	size_t len = strlen(outcome->text);

	(void)snprintf(outcome->text + len, sizeof(outcome->text) - len, "%s;", text);
}

static void say_number(struct outcome *outcome, long number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ld", number);
	say(outcome, text);
}

static void ended(struct outcome *outcome, const struct rpc_status *status)
{
	outcome->dones++;
	outcome->code = status->code;
}

static void on_echo_headers(struct rpc_request *request,
                            const struct rpc_metadata *headers)
{
	struct memory_world *world =
		container_of(request, struct memory_world, echo.typed.request);
	const struct bytes *head = rpc_metadata_find(headers, "x-head-bin");

	say(&world->outcomes[CALL_ECHO],
	    head != NULL && bytes_equal(*head, bytes_of("\0\1\2", 3)) ? "head" : "?");
}

static void on_echo(struct test_typed_echo_call *call, const Test__Node *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, echo);

	say(&world->outcomes[CALL_ECHO],
	    strcmp(reply->text, large) == 0 ? "same" : "other");
}

static void on_echo_done(struct test_typed_echo_call *call,
                         const struct rpc_status *status,
                         const struct rpc_metadata *trailers)
{
	struct memory_world *world = container_of(call, struct memory_world, echo);
	const struct bytes *tail = rpc_metadata_find(trailers, "x-tail");

	if (status->code == RPC_OK)
		say(&world->outcomes[CALL_ECHO],
		    tail != NULL && bytes_equal(*tail, bytes_of_str("word")) ? "tail"
		                                                             : "?");
	ended(&world->outcomes[CALL_ECHO], status);
}

static void on_fail_done(struct test_typed_echo_call *call,
                         const struct rpc_status *status,
                         const struct rpc_metadata *trailers)
{
	struct memory_world *world = container_of(call, struct memory_world, fail);
	struct outcome *outcome = &world->outcomes[CALL_FAIL];
	struct rpc_detail *details = NULL;
	struct arena arena;
	size_t count = 0;
	int r;

	(void)trailers;
	ended(outcome, status);
	if (status->code != RPC_FAILED_PRECONDITION)
		return;
	arena_init(&arena, 4096);
	r = rpc_status_read_details(&arena, status->details, &details, &count);
	if (r == 0 && count == 1) {
		say(outcome, status->message);
		say(outcome, details[0].type);
	} else if (r == E_NOMEM) {
		say(outcome, outcome->expected); /* our own bad luck */
		outcome->text[strlen(outcome->text) - 1] = '\0';
	}
	arena_finish(&arena);
}

static void on_count(struct test_typed_count_call *call, const Test__Node *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, count);

	say_number(&world->outcomes[CALL_COUNT],
	           strlen(reply->text) == MEMORY_SERVICE_TEXT ? reply->numbers[0] : -1);
	rpc_request_pause(&call->typed.request);
}

static void on_count_done(struct test_typed_count_call *call,
                          const struct rpc_status *status,
                          const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(&container_of(call, struct memory_world, count)->outcomes[CALL_COUNT],
	      status);
}

static void on_collect(struct test_typed_collect_call *call, const Test__Node *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, collect);

	say_number(&world->outcomes[CALL_COLLECT], reply->numbers[0]);
}

static void on_collect_done(struct test_typed_collect_call *call,
                            const struct rpc_status *status,
                            const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(&container_of(call, struct memory_world, collect)->outcomes[CALL_COLLECT],
	      status);
}

static void chat_on(struct memory_world *world, int32_t number)
{
	Test__Node request = TEST__NODE__INIT;
	int r;

	request.n_numbers = 1;
	request.numbers = &number;
	r = test_typed_chat_request(&world->chat, &request);
	if (r < 0 && r != E_BUSY)
		rpc_request_cancel(&world->chat.typed.request);
}

static void on_chat(struct test_typed_chat_call *call, const Test__Node *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, chat);

	say_number(&world->outcomes[CALL_CHAT], reply->numbers[0]);
	if (reply->numbers[0] == 3)
		rpc_request_half_close(&call->typed.request);
	else
		chat_on(world, reply->numbers[0] + 1);
}

static void on_chat_done(struct test_typed_chat_call *call,
                         const struct rpc_status *status,
                         const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(&container_of(call, struct memory_world, chat)->outcomes[CALL_CHAT],
	      status);
}

static void on_check(struct grpc_health_v1_health_check_call *call,
                     const Grpc__Health__V1__HealthCheckResponse *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, check);

	say_number(&world->outcomes[CALL_CHECK], reply->status);
}

static void on_check_done(struct grpc_health_v1_health_check_call *call,
                          const struct rpc_status *status,
                          const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(&container_of(call, struct memory_world, check)->outcomes[CALL_CHECK],
	      status);
}

static void on_watch(struct grpc_health_v1_health_watch_call *call,
                     const Grpc__Health__V1__HealthCheckResponse *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, watch);

	say_number(&world->outcomes[CALL_WATCH], reply->status);
	rpc_request_cancel(&call->typed.request);
}

static void on_watch_done(struct grpc_health_v1_health_watch_call *call,
                          const struct rpc_status *status,
                          const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(&container_of(call, struct memory_world, watch)->outcomes[CALL_WATCH],
	      status);
}

static void
on_list(struct grpc_reflection_v1_server_reflection_server_reflection_info_call *call,
        const Grpc__Reflection__V1__ServerReflectionResponse *reply)
{
	struct memory_world *world = container_of(call, struct memory_world, list);

	if (reply->message_response_case !=
	    GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE)
		say(&world->outcomes[CALL_LIST], "?");
	else
		say_number(&world->outcomes[CALL_LIST],
		           (long)reply->list_services_response->n_service);
	rpc_request_half_close(&call->typed.request);
}

static void on_list_done(
	struct grpc_reflection_v1_server_reflection_server_reflection_info_call *call,
	const struct rpc_status *status, const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(&container_of(call, struct memory_world, list)->outcomes[CALL_LIST],
	      status);
}

/* Begin */

static const struct rpc_descriptor_set *const sets[] = {&typed_descriptors,
                                                        &rpc_services_descriptors, NULL};

static int open_server(struct memory_world *world, const struct memory_world_tls *tls,
                       unsigned *ret_port)
{
	struct rpc_listener_options listen_on = {.address = "127.0.0.1:0",
	                                         .tls = tls->server,
	                                         .services = world->services};
	struct rpc_listener *listener;
	int r = rpc_server_create(&world->loop, NULL, &world->server);

	if (r == 0)
		r = rpc_health_create(NULL, &world->health);
	if (r == 0)
		r = rpc_health_set(world->health, WATCHED, RPC_HEALTH_SERVING);
	if (r == 0)
		r = rpc_reflection_create(sets, NULL, &world->reflection);
	if (r < 0)
		return r;
	world->services[0] = world->service.typed.methods;
	world->services[1] = rpc_health_methods(world->health);
	world->services[2] = rpc_reflection_methods(world->reflection);
	r = rpc_listener_open(world->server, &listen_on, &listener);
	if (r == 0)
		*ret_port = rpc_listener_port(listener);
	return r;
}

static int open_channel(struct memory_world *world, const struct memory_world_tls *tls,
                        unsigned port)
{
	char address[40];
	const char *const addresses[] = {address, NULL};
	struct rpc_channel_options to = {.addresses = addresses,
	                                 .server_name = "localhost",
	                                 .tls = tls->client,
	                                 .backoff_first = 1,
	                                 .backoff_max = 2};
	int r;

	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	r = rpc_metadata_add(&world->arena, &world->metadata, "x-word",
	                     bytes_of_str("word"));
	return r < 0 ? r : rpc_channel_create(&world->loop, &to, &world->channel);
}

static void begin(struct memory_world *world, int which, const char *name,
                  enum rpc_code right, const char *expected)
{
	world->outcomes[which] =
		(struct outcome){.name = name, .right = right, .expected = expected};
}

static void prepare(struct memory_world *world)
{
	struct rpc_request options = {.timeout = DEADLINE, .wait_for_ready = true};

	begin(world, CALL_ECHO, "Echo", RPC_OK, "head;same;tail;");
	begin(world, CALL_FAIL, "Echo fail", RPC_FAILED_PRECONDITION,
	      "第一 100%;test.Detail;");
	begin(world, CALL_COUNT, "Count", RPC_OK, "1;2;3;");
	begin(world, CALL_COLLECT, "Collect", RPC_OK, "42;");
	begin(world, CALL_CHAT, "Chat", RPC_OK, "1;2;3;");
	begin(world, CALL_CHECK, "Check", RPC_OK, "1;");
	begin(world, CALL_WATCH, "Watch", RPC_CANCELLED, "1;");
	begin(world, CALL_LIST, "ServerReflectionInfo", RPC_OK, "4;");
	world->echo.typed.request = options;
	world->echo.typed.request.headers = on_echo_headers;
	world->echo.typed.request.metadata = &world->metadata;
	world->echo.typed.request.compress = true;
	world->echo.message = on_echo;
	world->echo.done = on_echo_done;
	world->fail.typed.request = options;
	world->fail.done = on_fail_done;
	world->count.typed.request = options;
	world->count.message = on_count;
	world->count.done = on_count_done;
	world->collect.typed.request = options;
	world->collect.message = on_collect;
	world->collect.done = on_collect_done;
	world->chat.typed.request = options;
	world->chat.typed.request.wait_for_ready = false;
	world->chat.message = on_chat;
	world->chat.done = on_chat_done;
	world->check.typed.request = options;
	world->check.message = on_check;
	world->check.done = on_check_done;
	world->watch.typed.request = options;
	world->watch.message = on_watch;
	world->watch.done = on_watch_done;
	world->list.typed.request = options;
	world->list.message = on_list;
	world->list.done = on_list_done;
}

static void started(struct memory_world *world, int which, int r)
{
	world->outcomes[which].started = r == 0;
	if (r < 0) /* nothing but memory can be short */
		assert_int_equal(r, E_NOMEM);
}

static void start_unary(struct memory_world *world)
{
	char fail[] = "fail", watched[] = WATCHED;
	int32_t numbers[] = {1, 2, 3};
	Test__Node node = TEST__NODE__INIT;
	Grpc__Health__V1__HealthCheckRequest of =
		GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;

	node.text = large;
	started(world, CALL_ECHO, test_typed_echo(world->channel, &world->echo, &node));
	node.text = fail;
	started(world, CALL_FAIL, test_typed_echo(world->channel, &world->fail, &node));
	node.n_numbers = ARRAY_LEN(numbers);
	node.numbers = numbers;
	started(world, CALL_COUNT,
	        test_typed_count(world->channel, &world->count, &node));
	of.service = watched;
	started(world, CALL_CHECK,
	        grpc_health_v1_health_check(world->channel, &world->check, &of));
	started(world, CALL_WATCH,
	        grpc_health_v1_health_watch(world->channel, &world->watch, &of));
}

static void start_streams(struct memory_world *world)
{
	Grpc__Reflection__V1__ServerReflectionRequest all =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;
	char star[] = "*";
	int32_t numbers[] = {20, 1};
	Test__Node node = TEST__NODE__INIT;
	int r;

	node.n_numbers = ARRAY_LEN(numbers);
	node.numbers = numbers;
	r = test_typed_collect(world->channel, &world->collect);
	started(world, CALL_COLLECT, r);
	for (int i = 0; r == 0 && i < 2; i++)
		r = test_typed_collect_request(&world->collect, &node);
	if (r == 0)
		rpc_request_half_close(&world->collect.typed.request);
	else if (world->outcomes[CALL_COLLECT].started)
		rpc_request_cancel(&world->collect.typed.request);

	r = test_typed_chat(world->channel, &world->chat);
	started(world, CALL_CHAT, r);
	if (r == 0)
		chat_on(world, 1);

	all.message_request_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES;
	all.list_services = star;
	r = grpc_reflection_v1_server_reflection_server_reflection_info(world->channel,
	                                                                &world->list);
	started(world, CALL_LIST, r);
	if (r == 0)
		r = grpc_reflection_v1_server_reflection_server_reflection_info_request(
			&world->list, &all);
	if (r < 0 && world->outcomes[CALL_LIST].started)
		rpc_request_cancel(&world->list.typed.request);
}

/* End */

static void on_limit(uv_timer_t *timer)
{
	struct memory_world *world = timer->data;

	world->late = true;
	uv_stop(&world->loop);
}

static bool all_done(const struct memory_world *world)
{
	for (int i = 0; i < CALLS_ALL; i++)
		if (world->outcomes[i].started && world->outcomes[i].dones == 0)
			return false;
	return true;
}

/* A call whose caller had no memory to go on was cancelled by himself. */
static bool is_honest(const struct outcome *outcome)
{
	switch (outcome->code) {
	case RPC_RESOURCE_EXHAUSTED:
	case RPC_UNAVAILABLE:
	case RPC_CANCELLED:
		return true;
	default:
		return false;
	}
}

static void judge(const struct memory_world *world, unsigned long nth)
{
	for (int i = 0; i < CALLS_ALL; i++) {
		const struct outcome *outcome = &world->outcomes[i];
		bool right = outcome->code == outcome->right &&
		             strcmp(outcome->text, outcome->expected) == 0;

		if (outcome->dones != (outcome->started ? 1U : 0U))
			fail_msg("allocation %lu: %s was done %u times", nth,
			         outcome->name, outcome->dones);
		if (!outcome->started && fault_happened())
			continue;
		if (!right && (!fault_happened() || !is_honest(outcome)))
			fail_msg("allocation %lu: %s ended with %s, having read \"%s\"",
			         nth, outcome->name, rpc_code_name((int)outcome->code),
			         outcome->text);
	}
	if (world->service.begun != world->service.closed)
		fail_msg("allocation %lu: %u calls begun, %u closed", nth,
		         world->service.begun, world->service.closed);
}

static void on_server_closed(struct rpc_server *server, void *context)
{
	struct memory_world *world = context;

	rpc_server_destroy(server);
	rpc_health_destroy(world->health);
	rpc_reflection_destroy(world->reflection);
	world->over = true;
}

static void leave(struct memory_world *world, unsigned long nth)
{
	uv_close((uv_handle_t *)&world->table, NULL);
	uv_unref((uv_handle_t *)&world->limit);
	if (world->channel != NULL)
		rpc_channel_close(world->channel, NULL, NULL);
	if (world->server != NULL)
		rpc_server_close(world->server, GRACE, on_server_closed, world);
	(void)uv_run(&world->loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&world->limit, NULL);
	if (world->late || (world->server != NULL && !world->over))
		fail_msg("allocation %lu: the end never came", nth);
	(void)uv_run(&world->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	(void)close(world->high_fd);
	arena_finish(&world->arena);
}

static void on_table(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
}

static void open_loop(struct memory_world *world)
{
	int event = eventfd(0, EFD_CLOEXEC);

	world->high_fd = fcntl(event, F_DUPFD_CLOEXEC, DESCRIPTORS);
	assert_true(world->high_fd >= 0);
	(void)close(event);
	assert_int_equal(uv_loop_init(&world->loop), 0);
	assert_int_equal(uv_timer_init(&world->loop, &world->limit), 0);
	assert_int_equal(uv_timer_start(&world->limit, on_limit, LIMIT, 0), 0);
	world->limit.data = world;
	assert_int_equal(uv_poll_init(&world->loop, &world->table, world->high_fd), 0);
	assert_int_equal(uv_poll_start(&world->table, UV_READABLE, on_table), 0);
}

unsigned long memory_world_live(const struct memory_world_tls *tls, unsigned long nth)
{
	static struct memory_world world;
	unsigned long counted;
	unsigned port = 0;

	memset(large, 'x', LARGE);
	memset(&world, 0, sizeof(world));
	open_loop(&world);
	arena_init(&world.arena, 4096);
	memory_service_init(&world.service);
	prepare(&world);
	fault_arm(nth);
	if (open_server(&world, tls, &port) == 0 &&
	    open_channel(&world, tls, port) == 0) {
		start_unary(&world);
		start_streams(&world);
	}
	while (!all_done(&world) && !world.late) {
		(void)uv_run(&world.loop, UV_RUN_ONCE);
		rpc_request_resume(&world.count.typed.request);
	}
	leave(&world, nth);
	counted = fault_disarm();
	judge(&world, nth);
	return counted;
}
