/*
 * Typed services from end to end, in one loop: what a user writes against the code of
 * protoc-gen-rpc, for every kind of method; and what hostile bytes come to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/server.h"
#include "rpc/typed_check.h"
#include "typed.descriptors.h"
#include "typed.rpc.h"

/* A service of ours around the generated one, and one call of each kind. */
struct world {
	uv_loop_t loop;
	struct rpc_server *server;
	struct rpc_channel *channel;
	struct test_typed service;
	int sum, refusal; /* of Collect; of admit */
	struct test_typed_echo_call echo;
	struct test_typed_count_call count;
	struct test_typed_collect_call collect;
	struct test_typed_chat_call chat;
	struct test_typed_nothing_call nothing;
	char text[200]; /* what came back, in order */
	enum rpc_code code;
	bool ended;
};

static struct world *world_of(struct test_typed *service)
{
	return container_of(service, struct world, service);
}

static void serve_echo(struct test_typed *service, struct rpc_call *call,
                       const Test__Node *request)
{
	(void)service;
	test_typed_echo_reply(call, request);
}

static void serve_count(struct test_typed *service, struct rpc_call *call,
                        const Test__Node *request)
{
	struct rpc_status ok = {.code = RPC_OK};

	(void)service;
	for (size_t i = 0; i < request->n_numbers; i++) {
		Test__Node reply = TEST__NODE__INIT;

		reply.n_numbers = 1;
		reply.numbers = &request->numbers[i];
		assert_int_equal(test_typed_count_send(call, &reply), 0);
	}
	rpc_call_finish(call, &ok);
}

static void serve_collect(struct test_typed *service, struct rpc_call *call,
                          const Test__Node *request)
{
	(void)call;
	for (size_t i = 0; i < request->n_numbers; i++)
		world_of(service)->sum += request->numbers[i];
}

static void serve_collected(struct test_typed *service, struct rpc_call *call)
{
	Test__Node reply = TEST__NODE__INIT;
	int32_t sum = world_of(service)->sum;

	reply.n_numbers = 1;
	reply.numbers = &sum;
	test_typed_collect_reply(call, &reply);
}

static void serve_chat(struct test_typed *service, struct rpc_call *call,
                       const Test__Node *request)
{
	(void)service;
	assert_int_equal(test_typed_chat_send(call, request), 0);
}

static void serve_chat_end(struct test_typed *service, struct rpc_call *call)
{
	struct rpc_status ok = {.code = RPC_OK};

	(void)service;
	rpc_call_finish(call, &ok);
}

static const struct test_typed_handlers handlers = {
	.echo.message = serve_echo,
	.count.message = serve_count,
	.collect = {.message = serve_collect, .half_closed = serve_collected},
	.chat = {.message = serve_chat, .half_closed = serve_chat_end},
};

static int admit(void *context, const struct rpc_call *call)
{
	const struct world *world = context;

	(void)call;
	return world->refusal;
}

static int setup(void **state)
{
	static struct world world;
	static const struct rpc_method *services[2];
	static char address[40];
	const char *const addresses[] = {address, NULL};
	struct rpc_typed_options options = {.admit = admit, .context = &world};
	struct rpc_listener_options listen_on = {.address = "127.0.0.1:0",
	                                         .services = services};
	struct rpc_channel_options to = {.addresses = addresses};
	struct rpc_listener *listener;

	world = (struct world){.code = RPC_UNKNOWN};
	assert_int_equal(uv_loop_init(&world.loop), 0);
	test_typed_init(&world.service, &handlers, &options);
	services[0] = world.service.methods;
	assert_int_equal(rpc_server_create(&world.loop, NULL, &world.server), 0);
	assert_int_equal(rpc_listener_open(world.server, &listen_on, &listener), 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u",
	               rpc_listener_port(listener));
	assert_int_equal(rpc_channel_create(&world.loop, &to, &world.channel), 0);
	*state = &world;
	return 0;
}

static void on_server_closed(struct rpc_server *server, void *context)
{
	(void)context;
	rpc_server_destroy(server);
}

static int teardown(void **state)
{
	struct world *world = *state;

	rpc_channel_close(world->channel, NULL, NULL);
	rpc_server_close(world->server, 0, on_server_closed, NULL);
	(void)uv_run(&world->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world->loop), 0);
	return 0;
}

static void ended(struct world *world, const struct rpc_status *status)
{
	world->code = status->code;
	world->ended = true;
}

static void run(struct world *world)
{
	while (!world->ended)
		assert_int_not_equal(uv_run(&world->loop, UV_RUN_ONCE), 0);
}

static void note(struct world *world, const Test__Node *node)
{
	size_t len = strlen(world->text);

	(void)snprintf(world->text + len, sizeof(world->text) - len, "%s%d;", node->text,
	               node->n_numbers > 0 ? node->numbers[0] : -1);
}

static void on_echo(struct test_typed_echo_call *call, const Test__Node *reply)
{
	note(container_of(call, struct world, echo), reply);
}

static void on_echo_done(struct test_typed_echo_call *call,
                         const struct rpc_status *status,
                         const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(container_of(call, struct world, echo), status);
}

static void echo(struct world *world, char *text)
{
	Test__Node request = TEST__NODE__INIT;

	request.text = text;
	world->echo =
		(struct test_typed_echo_call){.message = on_echo, .done = on_echo_done};
	assert_int_equal(test_typed_echo(world->channel, &world->echo, &request), 0);
	run(world);
}

/* A unary call in structs from end to end: no byte is seen by its user. */
static void unary_calls_carry_structs(void **state)
{
	struct world *world = *state;
	char text[] = "第一";

	echo(world, text);
	assert_int_equal(world->code, RPC_OK);
	assert_string_equal(world->text, "第一-1;");
}

/* The empty message is a message: a call with it is answered. */
static void empty_messages_arrive(void **state)
{
	struct world *world = *state;
	char text[] = "";

	echo(world, text);
	assert_int_equal(world->code, RPC_OK);
	assert_string_equal(world->text, "-1;");
}

/* A service's own rule decides who may call it, with the table's status. */
static void admit_refuses(void **state)
{
	struct world *world = *state;
	char text[] = "x";

	world->refusal = E_DENIED;
	echo(world, text);
	assert_int_equal(world->code, RPC_PERMISSION_DENIED);
	assert_string_equal(world->text, "");
}

/* Text that is no UTF-8 never reaches a handler. */
static void bad_text_is_refused(void **state)
{
	struct world *world = *state;
	char text[] = "\xff\xfe";

	echo(world, text);
	assert_int_equal(world->code, RPC_INTERNAL);
}

static void on_nothing_done(struct test_typed_nothing_call *call,
                            const struct rpc_status *status,
                            const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(container_of(call, struct world, nothing), status);
}

/* A method without a handler says so, instead of leaving its caller to wait. */
static void a_method_without_handler_is_unimplemented(void **state)
{
	struct world *world = *state;
	Test__Node request = TEST__NODE__INIT;

	world->nothing.done = on_nothing_done;
	assert_int_equal(test_typed_nothing(world->channel, &world->nothing, &request),
	                 0);
	run(world);
	assert_int_equal(world->code, RPC_UNIMPLEMENTED);
}

static void on_count(struct test_typed_count_call *call, const Test__Node *reply)
{
	note(container_of(call, struct world, count), reply);
}

static void on_count_done(struct test_typed_count_call *call,
                          const struct rpc_status *status,
                          const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(container_of(call, struct world, count), status);
}

static void server_streams_arrive_in_order(void **state)
{
	struct world *world = *state;
	Test__Node request = TEST__NODE__INIT;
	int32_t numbers[] = {1, 2, 3};

	request.n_numbers = 3;
	request.numbers = numbers;
	world->count.message = on_count;
	world->count.done = on_count_done;
	assert_int_equal(test_typed_count(world->channel, &world->count, &request), 0);
	run(world);
	assert_int_equal(world->code, RPC_OK);
	assert_string_equal(world->text, "1;2;3;");
}

static void on_collect(struct test_typed_collect_call *call, const Test__Node *reply)
{
	note(container_of(call, struct world, collect), reply);
}

static void on_collect_done(struct test_typed_collect_call *call,
                            const struct rpc_status *status,
                            const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(container_of(call, struct world, collect), status);
}

static void client_streams_are_summed(void **state)
{
	struct world *world = *state;
	Test__Node request = TEST__NODE__INIT;
	int32_t numbers[] = {20, 1};

	request.n_numbers = 2;
	request.numbers = numbers;
	world->collect.message = on_collect;
	world->collect.done = on_collect_done;
	assert_int_equal(test_typed_collect(world->channel, &world->collect), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(test_typed_collect_request(&world->collect, &request),
		                 0);
	rpc_request_half_close(&world->collect.typed.request);
	run(world);
	assert_int_equal(world->code, RPC_OK);
	assert_string_equal(world->text, "42;");
}

static void on_chat(struct test_typed_chat_call *call, const Test__Node *reply)
{
	struct world *world = container_of(call, struct world, chat);
	Test__Node request = TEST__NODE__INIT;
	int32_t next = reply->numbers[0] + 1;

	note(world, reply);
	request.n_numbers = 1;
	request.numbers = &next;
	if (next > 3)
		rpc_request_half_close(&call->typed.request);
	else
		assert_int_equal(test_typed_chat_request(call, &request), 0);
}

static void on_chat_done(struct test_typed_chat_call *call,
                         const struct rpc_status *status,
                         const struct rpc_metadata *trailers)
{
	(void)trailers;
	ended(container_of(call, struct world, chat), status);
}

static void bidirectional_streams_play_ping_pong(void **state)
{
	struct world *world = *state;
	Test__Node request = TEST__NODE__INIT;
	int32_t first = 1;

	request.n_numbers = 1;
	request.numbers = &first;
	world->chat.message = on_chat;
	world->chat.done = on_chat_done;
	assert_int_equal(test_typed_chat(world->channel, &world->chat), 0);
	assert_int_equal(test_typed_chat_request(&world->chat, &request), 0);
	run(world);
	assert_int_equal(world->code, RPC_OK);
	assert_string_equal(world->text, "1;2;3;");
}

/* A stack's worth of nesting costs its sender bytes, and us nothing. */
static void nesting_has_a_limit(void **state)
{
	uint8_t bytes[2 * RPC_TYPED_DEPTH_MAX];
	size_t deep = 0;

	(void)state;
	for (size_t i = RPC_TYPED_DEPTH_MAX; i > 0; i--) {
		bytes[deep++] = 2 << 3 | 2; /* child */
		bytes[deep++] = (uint8_t)(2 * (i - 1));
	}
	assert_int_equal(typed_check(&test__node__descriptor, bytes_of(bytes, deep), 0),
	                 E_SYNTAX);
	assert_int_equal(typed_check(&test__node__descriptor,
	                             bytes_of(bytes + 2, deep - 2), 0),
	                 0);
	assert_int_equal(typed_check(&test__node__descriptor,
	                             bytes_of(bytes + 2, deep - 2), 5),
	                 E_SYNTAX);
}

/* What is cut off or impossible is refused before protobuf-c looks at it. */
static void malformed_bytes_are_refused(void **state)
{
	static const struct bytes bad[] = {
		{(const uint8_t *)"\x0a", 1},         /* a tag, and no length */
		{(const uint8_t *)"\x0a\x05hell", 6}, /* cut off */
		{(const uint8_t *)"\x00\x01", 2},     /* field 0 */
		{(const uint8_t *)"\x0b\x0c", 2},     /* a group */
		{(const uint8_t *)"\x0a\x03"
	                          "a\0b",
	         5}, /* a NUL in text */
		{(const uint8_t *)"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	         12}, /* a number without an end */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(typed_check(&test__node__descriptor, bad[i], 0),
		                 E_SYNTAX);
}

/* Many small parts may not become much memory: the arena's limit holds. */
static void unpacking_keeps_to_its_memory(void **state)
{
	const ProtobufCMessage *message = NULL;
	uint8_t bytes[1000] = {3 << 3 | 2, 0xe4, 0x07};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1000);
	assert_int_equal(rpc_typed_unpack(&arena, &test__node__descriptor,
	                                  bytes_of(bytes, 999), 0, &message),
	                 E_NOMEM);
	assert_null(message);
	arena_finish(&arena);
}

/* What reflection hands out is all there: the file, its symbols, its service. */
static void descriptors_are_embedded(void **state)
{
	const struct rpc_descriptor *file = &typed_descriptors.files[0];
	size_t count = 0;

	(void)state;
	assert_int_equal(typed_descriptors.count, 2); /* and extended.proto */
	assert_string_equal(file->name, "typed.proto");
	assert_string_equal(file->services[0], "test.Typed");
	assert_null(file->services[1]);
	while (file->symbols[count] != NULL)
		count++;
	assert_int_equal(count, 10); /* Node, 3 fields, Typed, 5 methods */
	assert_true(file->file.len > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unary_calls_carry_structs, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(empty_messages_arrive, setup, teardown),
		cmocka_unit_test_setup_teardown(admit_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_text_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_method_without_handler_is_unimplemented,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(server_streams_arrive_in_order, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(client_streams_are_summed, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(bidirectional_streams_play_ping_pong,
	                                        setup, teardown),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(malformed_bytes_are_refused),
		cmocka_unit_test(unpacking_keeps_to_its_memory),
		cmocka_unit_test(descriptors_are_embedded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
