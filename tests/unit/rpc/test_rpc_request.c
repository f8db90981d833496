/*
 * What a caller can do with a request and its channel besides sending and receiving:
 * pause, take a deadline over, bring credentials, drain. Server and client share a loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/channel.h"
#include "rpc/server.h"

#define LIMIT   20000 /* ms; the longest that anything here may take */
#define PIECE   8192  /* bytes of each message of Stream */
#define PIECES  512
#define WINDOW  (256 * 1024) /* of a stream; what a server may send ahead */
#define BUFFER  (64 * 1024)  /* what waits in the server's call at most, and a piece */
#define SETTLED 200          /* turns of the loop in which nothing more happens */

struct world {
	uv_loop_t loop;
	uv_timer_t limit;
	struct rpc_server *server;
	struct rpc_channel *channel;
	struct rpc_request request, inner;
	/* the server's side */
	struct rpc_call *call; /* that runs, of Stream and Hang */
	unsigned sent, cancelled, closed;
	char token[32];
	size_t receive_max;
	/* the client's side */
	unsigned received, dones, inner_dones, pause_at;
	enum rpc_code code, inner_code;
	bool has_peer, channel_closed, server_closed;
	enum rpc_channel_state state;
	int refusal; /* of authorize */
};

static struct world world;
static uint8_t piece[PIECE];

/* The server */

static void on_closed(struct rpc_call *call)
{
	world.closed++;
	if (world.call == call)
		world.call = NULL;
}

static void on_cancelled(struct rpc_call *call)
{
	world.cancelled++;
	rpc_call_refuse(call, RPC_CANCELLED, "");
}

static void pump(struct rpc_call *call)
{
	struct rpc_status ok = {.code = RPC_OK};
	unsigned count = (unsigned)(uintptr_t)rpc_call_service(call);

	while (world.sent < count) {
		int r = rpc_call_send(call, bytes_of(piece, PIECE));

		assert_true(r == 0 || r == E_BUSY);
		world.sent++;
		if (r == E_BUSY)
			return;
	}
	rpc_call_finish(call, &ok);
}

static void on_stream(struct rpc_call *call, struct bytes message)
{
	(void)message;
	world.call = call;
	pump(call);
}

static void on_hang(struct rpc_call *call, struct bytes message)
{
	(void)message;
	world.call = call;
}

static void on_echo_begun(struct rpc_call *call)
{
	if (world.receive_max != 0)
		rpc_call_set_receive_max(call, world.receive_max);
}

static void on_echo(struct rpc_call *call, struct bytes message)
{
	const struct bytes *token =
		rpc_metadata_find(rpc_call_metadata(call), "authorization");

	if (token != NULL)
		(void)snprintf(world.token, sizeof(world.token), "%.*s", (int)token->len,
		               (const char *)token->data);
	rpc_call_reply(call, message);
}

/* Asks another call, of a server that never answers, on behalf of this one. */
static void on_inner_done(struct rpc_request *request, const struct rpc_status *status,
                          const struct rpc_metadata *trailers)
{
	(void)request;
	(void)trailers;
	world.inner_dones++;
	world.inner_code = status->code;
}

static void on_outer(struct rpc_call *call, struct bytes message)
{
	world.inner = (struct rpc_request){.path = "/t.T/Hang",
	                                   .kind = RPC_UNARY,
	                                   .within = call,
	                                   .done = on_inner_done};
	assert_int_equal(rpc_request_unary(world.channel, &world.inner, message), 0);
}

static const struct rpc_handler stream = {.message = on_stream,
                                          .writable = pump,
                                          .cancelled = on_cancelled,
                                          .closed = on_closed};
static const struct rpc_handler hang = {.message = on_hang,
                                        .cancelled = on_cancelled,
                                        .closed = on_closed};
static const struct rpc_handler outer = {.message = on_outer,
                                         .cancelled = on_cancelled,
                                         .closed = on_closed};
static const struct rpc_handler echo = {.begun = on_echo_begun,
                                        .message = on_echo,
                                        .cancelled = on_cancelled,
                                        .closed = on_closed};
static const struct rpc_method methods[] = {
	{"/t.T/Stream", RPC_SERVER_STREAMING, &stream, (void *)PIECES},
	{"/t.T/Three", RPC_SERVER_STREAMING, &stream, (void *)3},
	{"/t.T/Hang", RPC_UNARY, &hang, NULL},
	{"/t.T/Outer", RPC_UNARY, &outer, NULL},
	{"/t.T/Echo", RPC_UNARY, &echo, NULL},
	{NULL, RPC_UNARY, NULL, NULL},
};

/* The client */

static void on_message(struct rpc_request *request, struct bytes message)
{
	const struct rpc_peer *peer = rpc_request_peer(request);

	(void)message;
	world.received++;
	world.has_peer = peer != NULL && strncmp(peer->address, "127.0.0.1:", 10) == 0;
	if (world.received == world.pause_at)
		rpc_request_pause(request);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	(void)request;
	(void)trailers;
	world.dones++;
	world.code = status->code;
}

static void on_state(void *context, enum rpc_channel_state state, const char *why)
{
	(void)context;
	(void)why;
	world.state = state;
}

static int authorize(void *context, const struct rpc_request *request,
                     struct arena *arena, struct rpc_metadata *metadata)
{
	(void)context;
	(void)request;
	if (world.refusal != 0)
		return world.refusal;
	return rpc_metadata_add(arena, metadata, "authorization",
	                        bytes_of_str("Bearer 1"));
}

static void start(const char *path, enum rpc_kind kind, size_t len)
{
	world.request = (struct rpc_request){.path = path,
	                                     .kind = kind,
	                                     .receive_message_max =
	                                             world.request.receive_message_max,
	                                     .timeout = world.request.timeout,
	                                     .message = on_message,
	                                     .done = on_done};
	assert_int_equal(rpc_request_unary(world.channel, &world.request,
	                                   bytes_of(piece, len)),
	                 0);
}

static void on_limit(uv_timer_t *timer)
{
	(void)timer;
	check_failed(__FILE__, __LINE__, "too slow");
}

static void until(const unsigned *count, unsigned value)
{
	while (*count != value)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
}

/* Whatever is under way between the two has arrived. */
static void settle(void)
{
	for (int i = 0; i < SETTLED; i++)
		(void)uv_run(&world.loop, UV_RUN_NOWAIT);
}

static void on_channel_closed(void *context)
{
	(void)context;
	world.channel_closed = true;
}

static void on_server_closed(struct rpc_server *server, void *context)
{
	(void)context;
	rpc_server_destroy(server);
	world.server_closed = true;
}

static void open_channel(const char *address, int64_t keepalive)
{
	const char *const addresses[] = {address, NULL};
	struct rpc_channel_options to = {.addresses = addresses,
	                                 .authority = "elsewhere:1",
	                                 .authorize = authorize,
	                                 .keepalive_interval = keepalive,
	                                 .keepalive_timeout = keepalive,
	                                 .keepalive_always = true,
	                                 .on_state = on_state};

	assert_int_equal(rpc_channel_create(&world.loop, &to, &world.channel), 0);
}

static int setup(void **state)
{
	static const struct rpc_method *const services[] = {methods, NULL};
	struct rpc_listener_options listen_on = {.address = "127.0.0.1:0",
	                                         .services = services};
	struct rpc_listener *listener;
	char address[40];

	(void)state;
	memset(&world, 0, sizeof(world));
	assert_int_equal(uv_loop_init(&world.loop), 0);
	assert_int_equal(uv_timer_init(&world.loop, &world.limit), 0);
	assert_int_equal(uv_timer_start(&world.limit, on_limit, LIMIT, 0), 0);
	uv_unref((uv_handle_t *)&world.limit);
	assert_int_equal(rpc_server_create(&world.loop, NULL, &world.server), 0);
	assert_int_equal(rpc_listener_open(world.server, &listen_on, &listener), 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u",
	               rpc_listener_port(listener));
	open_channel(address, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (world.channel != NULL)
		rpc_channel_close(world.channel, NULL, NULL);
	rpc_server_close(world.server, 0, on_server_closed, NULL);
	(void)uv_run(&world.loop, UV_RUN_DEFAULT);
	assert_true(world.server_closed);
	uv_close((uv_handle_t *)&world.limit, NULL);
	(void)uv_run(&world.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&world.loop), 0);
	return 0;
}

/* Without this a server faster than its client fills the client's memory. */
static void a_paused_reader_stops_the_writer(void **state)
{
	size_t ahead;

	(void)state;
	world.pause_at = 1;
	start("/t.T/Stream", RPC_SERVER_STREAMING, 1);
	until(&world.received, 1);
	settle();
	ahead = (size_t)world.sent * PIECE;
	assert_int_equal(world.received, 1);
	assert_true(ahead >= WINDOW / 2 && ahead <= WINDOW + BUFFER + 2 * PIECE);
	assert_int_equal(world.dones, 0);
	world.pause_at = 100; /* and again, in the middle of what was held */
	rpc_request_resume(&world.request);
	assert_int_equal(world.received, 1); /* never from inside */
	until(&world.received, 100);
	settle();
	assert_int_equal(world.received, 100);
	rpc_request_resume(&world.request);
	until(&world.dones, 1);
	assert_int_equal(world.received, PIECES);
	assert_int_equal(world.code, RPC_OK);
	assert_true(world.has_peer);
}

/* A status that overtakes the messages before it would lose them. */
static void the_end_waits_behind_messages(void **state)
{
	(void)state;
	world.pause_at = 1;
	start("/t.T/Three", RPC_SERVER_STREAMING, 1);
	until(&world.closed, 1); /* the server is through with it */
	settle();
	assert_int_equal(world.received, 1);
	assert_int_equal(world.dones, 0);
	rpc_request_resume(&world.request);
	until(&world.dones, 1);
	assert_int_equal(world.received, 3);
	assert_int_equal(world.code, RPC_OK);
}

/* So it is when the connection is gone meanwhile: the answer is here, whole. */
static void a_whole_answer_survives_its_connection(void **state)
{
	(void)state;
	world.pause_at = 1;
	start("/t.T/Three", RPC_SERVER_STREAMING, 1);
	until(&world.closed, 1);
	settle();
	rpc_server_close(world.server, 0, on_server_closed, NULL);
	while (!world.server_closed || world.state == RPC_READY)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	rpc_request_resume(&world.request);
	until(&world.dones, 1);
	assert_int_equal(world.received, 3);
	assert_int_equal(world.code, RPC_OK);
	assert_int_equal(rpc_server_create(&world.loop, NULL, &world.server), 0);
	world.server_closed = false; /* for teardown */
}

/* Who gives up does not wait for what he no longer wants. */
static void a_cancel_waits_for_nothing(void **state)
{
	(void)state;
	world.pause_at = 1;
	start("/t.T/Three", RPC_SERVER_STREAMING, 1);
	until(&world.closed, 1);
	settle();
	rpc_request_cancel(&world.request);
	assert_int_equal(world.dones, 0);
	until(&world.dones, 1);
	assert_int_equal(world.received, 1);
	assert_int_equal(world.code, RPC_CANCELLED);
}

static void closing_ends_what_is_paused(void **state)
{
	(void)state;
	world.pause_at = 1;
	start("/t.T/Three", RPC_SERVER_STREAMING, 1);
	until(&world.closed, 1);
	settle();
	rpc_channel_close(TAKE(world.channel), on_channel_closed, NULL);
	while (!world.channel_closed)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	assert_int_equal(world.dones, 1);
	assert_int_equal(world.code, RPC_CANCELLED);
}

/* A request that a call waits for ends when the call's own time is over. */
static void deadlines_are_handed_on(void **state)
{
	(void)state;
	world.request.timeout = 50;
	start("/t.T/Outer", RPC_UNARY, 1);
	until(&world.inner_dones, 1);
	assert_true(world.inner_code == RPC_DEADLINE_EXCEEDED);
	until(&world.dones, 1);
	assert_int_equal(world.code, RPC_DEADLINE_EXCEEDED);
}

/* Credentials come with every request, and what refuses them ends it. */
static void credentials_are_added(void **state)
{
	(void)state;
	start("/t.T/Echo", RPC_UNARY, 1);
	until(&world.dones, 1);
	assert_int_equal(world.code, RPC_OK);
	assert_string_equal(world.token, "Bearer 1");
	world.refusal = E_ANONYMOUS;
	start("/t.T/Echo", RPC_UNARY, 1);
	until(&world.dones, 2);
	assert_int_equal(world.code, RPC_UNAUTHENTICATED);
}

/* One call may be given more or less room than the others, at both ends. */
static void one_call_may_have_its_own_limit(void **state)
{
	(void)state;
	world.request.receive_message_max = 99;
	start("/t.T/Echo", RPC_UNARY, 100);
	until(&world.dones, 1);
	assert_int_equal(world.code, RPC_RESOURCE_EXHAUSTED);
	world.request.receive_message_max = 100;
	start("/t.T/Echo", RPC_UNARY, 100);
	until(&world.dones, 2);
	assert_int_equal(world.code, RPC_OK);
	world.receive_max = 99;
	start("/t.T/Echo", RPC_UNARY, 100);
	until(&world.dones, 3);
	assert_int_equal(world.code, RPC_RESOURCE_EXHAUSTED);
}

/* A client that leaves in good order finishes what it began. */
static void a_drain_lets_calls_end(void **state)
{
	struct rpc_channel *channel = world.channel;

	(void)state;
	start("/t.T/Hang", RPC_UNARY, 1);
	while (world.call == NULL)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	world.channel = NULL;
	rpc_channel_drain(channel, LIMIT, on_channel_closed, NULL);
	assert_int_equal(rpc_request_start(channel,
	                                   &(struct rpc_request){.path = "/t.T/Hang",
	                                                         .done = on_inner_done}),
	                 E_STATE);
	settle();
	assert_false(world.channel_closed);
	rpc_call_reply(world.call, bytes_of("x", 1));
	while (!world.channel_closed)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	assert_int_equal(world.dones, 1);
	assert_int_equal(world.code, RPC_OK);
}

/* But not for ever. */
static void a_drain_has_an_end(void **state)
{
	(void)state;
	start("/t.T/Hang", RPC_UNARY, 1);
	while (world.call == NULL)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	rpc_channel_drain(TAKE(world.channel), 1, on_channel_closed, NULL);
	while (!world.channel_closed)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	assert_int_equal(world.dones, 1);
	assert_int_equal(world.code, RPC_CANCELLED);
}

/* A server that says SETTINGS, and then nothing more. */
static void on_dumb_connection(uv_stream_t *listening, int status)
{
	static char settings[9] = {0, 0, 0, 4};
	uv_buf_t buf = uv_buf_init(settings, sizeof(settings));
	uv_tcp_t *accepted = (uv_tcp_t *)listening + 1;

	assert_int_equal(status, 0);
	assert_int_equal(uv_tcp_init(&world.loop, accepted), 0);
	assert_int_equal(uv_accept(listening, (uv_stream_t *)accepted), 0);
	assert_int_equal(uv_try_write((uv_stream_t *)accepted, &buf, 1),
	                 sizeof(settings));
}

/* Who waits for a server's next move learns that it is gone, call or no call. */
static void keepalive_needs_no_call(void **state)
{
	uv_tcp_t sockets[2]; /* that listens, that was accepted */
	struct sockaddr_in any;
	char address[40];
	int len = sizeof(any);

	(void)state;
	rpc_channel_close(world.channel, NULL, NULL);
	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &any), 0);
	assert_int_equal(uv_tcp_init(&world.loop, &sockets[0]), 0);
	assert_int_equal(uv_tcp_bind(&sockets[0], (struct sockaddr *)&any, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&sockets[0], 8, on_dumb_connection), 0);
	assert_int_equal(uv_tcp_getsockname(&sockets[0], (struct sockaddr *)&any, &len),
	                 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(any.sin_port));
	open_channel(address, 20);
	rpc_channel_connect(world.channel);
	while (world.state != RPC_READY)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	while (world.state == RPC_READY)
		(void)uv_run(&world.loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&sockets[0], NULL);
	uv_close((uv_handle_t *)&sockets[1], NULL);
	(void)uv_run(&world.loop, UV_RUN_NOWAIT);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_paused_reader_stops_the_writer),
		TEST(the_end_waits_behind_messages),
		TEST(a_whole_answer_survives_its_connection),
		TEST(a_cancel_waits_for_nothing),
		TEST(closing_ends_what_is_paused),
		TEST(deadlines_are_handed_on),
		TEST(credentials_are_added),
		TEST(one_call_may_have_its_own_limit),
		TEST(a_drain_lets_calls_end),
		TEST(a_drain_has_an_end),
		TEST(keepalive_needs_no_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
