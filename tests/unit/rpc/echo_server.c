/*
 * A server for the scenario tests: it does what each test wants to see from outside.
 *
 *	rpc-echo-server ADDRESS [none|optional|required CERT KEY CA [CRL]]
 *
 * It prints "ready PORT" and obeys lines on standard input: "reload", "recheck",
 * "drain MS"; the end of input drains too. Messages are bytes, not protobuf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/server.h"

#define STDIN_FILE 0

/* One call that sends many messages, or waits. */
struct job {
	unsigned magic;
#define JOB_MAGIC 0x30b5e2f1U
	struct rpc_call *call;
	unsigned long count, size; /* messages still to send, and their size */
	uint8_t *body;
	uv_timer_t timer;
	unsigned long received;
};

static uv_loop_t *loop;
static struct rpc_server *server;
static struct rpc_tls *tls;
static uv_pipe_t input;
static unsigned long cancelled_calls, closed_calls, writable_calls;
static bool is_draining;

static void finish_ok(struct rpc_call *call)
{
	struct rpc_status ok = {.code = RPC_OK};

	rpc_call_finish(call, &ok);
}

static void reply_text(struct rpc_call *call, const char *text)
{
	rpc_call_reply(call, bytes_of_str(text));
}

static struct job *job_of(struct rpc_call *call)
{
	struct job *job = rpc_call_data(call);

	if (job == NULL) {
		job = arena_new(rpc_call_arena(call), struct job);
		CHECK(job != NULL);
		job->magic = JOB_MAGIC;
		job->call = call;
		rpc_call_set_data(call, job);
	}
	CHECK_MAGIC(job, JOB_MAGIC);
	return job;
}

static void on_closed(struct rpc_call *call)
{
	(void)call;
	closed_calls++;
}

static void on_cancelled(struct rpc_call *call)
{
	cancelled_calls++;
	finish_ok(call);
}

/* Unary: the same message back, gzipped if asked to. */
static void on_unary(struct rpc_call *call, struct bytes message)
{
	if (rpc_metadata_find(rpc_call_metadata(call), "x-gzip") != NULL)
		CHECK(rpc_call_compress(call) == 0);
	rpc_call_reply(call, message);
}

/* Stream: "COUNT SIZE", answered by that. */
static void pump(struct rpc_call *call)
{
	struct job *job = job_of(call);

	while (job->count > 0) {
		int r = rpc_call_send(call, bytes_of(job->body, job->size));

		if (r < 0 && r != E_BUSY) {
			rpc_call_refuse(call, (enum rpc_code)err_grpc(r), err_text(r));
			return;
		}
		job->count--;
		if (r == E_BUSY && job->count > 0)
			return;
	}
	finish_ok(call);
}

static void on_writable(struct rpc_call *call)
{
	writable_calls++;
	pump(call);
}

static void on_stream(struct rpc_call *call, struct bytes message)
{
	struct job *job = job_of(call);
	char *text = arena_strndup(rpc_call_arena(call), message.data, message.len);

	if (sscanf(text, "%lu %lu", &job->count, &job->size) != 2) {
		rpc_call_refuse(call, RPC_INVALID_ARGUMENT, "COUNT SIZE");
		return;
	}
	job->body = arena_alloc(rpc_call_arena(call), job->size);
	if (job->body == NULL)
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED, "too large");
	else
		pump(call);
}

/* Collect: the number of bytes that came. */
static void on_collect(struct rpc_call *call, struct bytes message)
{
	job_of(call)->received += message.len;
}

static void on_collected(struct rpc_call *call)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lu", job_of(call)->received);
	reply_text(call, text);
}

/* Chat: the headers at once, then each message back; a client that does not read may not
 * write. */
static void on_chat_begun(struct rpc_call *call)
{
	CHECK(rpc_call_send_headers(call) == 0);
	CHECK(rpc_call_send_headers(call) == E_STATE);
}

static void on_chat(struct rpc_call *call, struct bytes message)
{
	int r = rpc_call_send(call, message);

	if (r == E_BUSY)
		rpc_call_pause(call);
	else if (r < 0)
		rpc_call_refuse(call, (enum rpc_code)err_grpc(r), err_text(r));
}

/* Hang: no answer before the client goes away. A draining server lets go. */
static void on_hang(struct rpc_call *call)
{
	(void)call;
}

/* Slow: answers after so many milliseconds. */
static void on_slow_closed(uv_handle_t *handle)
{
	struct job *job = container_of((uv_timer_t *)handle, struct job, timer);

	reply_text(job->call, "done");
}

static void on_slow_time(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, on_slow_closed);
}

static void on_slow(struct rpc_call *call, struct bytes message)
{
	struct job *job = job_of(call);
	char *text = arena_strndup(rpc_call_arena(call), message.data, message.len);

	CHECK(uv_timer_init(loop, &job->timer) == 0);
	CHECK(uv_timer_start(&job->timer, on_slow_time, strtoul(text, NULL, 10), 0) == 0);
}

static void on_slow_cancelled(struct rpc_call *call)
{
	(void)call; /* the timer finishes it */
	cancelled_calls++;
}

/* Fail: "CODE text", answered by that status and "details". */
static void on_fail(struct rpc_call *call, struct bytes message)
{
	char *text = arena_strndup(rpc_call_arena(call), message.data, message.len);
	char *rest;
	struct rpc_status status = {.code = (enum rpc_code)strtol(text, &rest, 10)};

	status.message = *rest == ' ' ? rest + 1 : rest;
	status.details = bytes_of_str("details");
	rpc_call_finish(call, &status);
}

/* Metadata: all that begins with "x-" comes back, as header and as trailer. */
static void on_metadata(struct rpc_call *call, struct bytes message)
{
	const struct rpc_metadata *metadata = rpc_call_metadata(call);

	for (size_t i = 0; i < metadata->count; i++) {
		const struct rpc_pair *pair = &metadata->pairs[i];

		if (strncmp(pair->key, "x-", 2) != 0)
			continue;
		CHECK(rpc_call_add_header(call, pair->key, pair->value) == 0);
		CHECK(rpc_call_add_trailer(call, pair->key, pair->value) == 0);
	}
	rpc_call_reply(call, message);
}

/* Peer: who calls, and how long he waits. */
static void on_peer(struct rpc_call *call, struct bytes message)
{
	const struct rpc_peer *peer = rpc_call_peer(call);
	char *text;

	(void)message;
	text = arena_printf(rpc_call_arena(call), "%s %s %ld",
	                    peer->uris[0] == NULL ? "-" : peer->uris[0], peer->address,
	                    (long)rpc_call_time_left(call));
	reply_text(call, text);
}

/* Counts: what the server saw so far. */
static void on_counts(struct rpc_call *call, struct bytes message)
{
	struct rpc_server_counts counts;

	(void)message;
	rpc_server_count(server, &counts);
	reply_text(call, arena_printf(rpc_call_arena(call),
	                              "cancelled=%lu closed=%lu writable=%lu open=%lu "
	                              "connections=%lu failed=%lu paused=%lu total=%lu",
	                              cancelled_calls, closed_calls, writable_calls,
	                              (unsigned long)counts.calls_open,
	                              (unsigned long)counts.connections_open,
	                              (unsigned long)counts.handshakes_failed,
	                              (unsigned long)counts.accepts_paused,
	                              (unsigned long)counts.calls_total));
}

static const struct rpc_handler unary = {.message = on_unary,
                                         .cancelled = on_cancelled,
                                         .closed = on_closed};
static const struct rpc_handler stream = {.message = on_stream,
                                          .writable = on_writable,
                                          .cancelled = on_cancelled,
                                          .closed = on_closed};
static const struct rpc_handler collect = {.message = on_collect,
                                           .half_closed = on_collected,
                                           .cancelled = on_cancelled,
                                           .closed = on_closed};
static const struct rpc_handler chat = {.begun = on_chat_begun,
                                        .message = on_chat,
                                        .writable = rpc_call_resume,
                                        .half_closed = finish_ok,
                                        .cancelled = on_cancelled,
                                        .closed = on_closed};
static const struct rpc_handler hang = {.half_closed = on_hang,
                                        .cancelled = on_cancelled,
                                        .closed = on_closed};
static const struct rpc_handler slow = {.message = on_slow,
                                        .cancelled = on_slow_cancelled,
                                        .closed = on_closed};
static const struct rpc_handler fail = {.message = on_fail,
                                        .cancelled = on_cancelled,
                                        .closed = on_closed};
static const struct rpc_handler metadata_handler = {.message = on_metadata,
                                                    .cancelled = on_cancelled,
                                                    .closed = on_closed};
static const struct rpc_handler peer_handler = {.message = on_peer,
                                                .cancelled = on_cancelled,
                                                .closed = on_closed};
static const struct rpc_handler counts_handler = {.message = on_counts,
                                                  .cancelled = on_cancelled,
                                                  .closed = on_closed};

static const struct rpc_method methods[] = {
	{"/test.Echo/Unary", RPC_UNARY, &unary, NULL},
	{"/test.Echo/Stream", RPC_SERVER_STREAMING, &stream, NULL},
	{"/test.Echo/Collect", RPC_CLIENT_STREAMING, &collect, NULL},
	{"/test.Echo/Chat", RPC_BIDIRECTIONAL, &chat, NULL},
	{"/test.Echo/Hang", RPC_UNARY, &hang, NULL},
	{"/test.Echo/Slow", RPC_UNARY, &slow, NULL},
	{"/test.Echo/Fail", RPC_UNARY, &fail, NULL},
	{"/test.Echo/Metadata", RPC_UNARY, &metadata_handler, NULL},
	{"/test.Echo/Peer", RPC_UNARY, &peer_handler, NULL},
	{"/test.Echo/Counts", RPC_UNARY, &counts_handler, NULL},
	{NULL, RPC_UNARY, NULL, NULL},
};

static void on_server_closed(struct rpc_server *closed, void *context)
{
	(void)context;
	rpc_server_destroy(closed);
	server = NULL;
	rpc_tls_destroy(TAKE(tls));
	if (uv_is_closing((uv_handle_t *)&input) == 0)
		uv_close((uv_handle_t *)&input, NULL);
}

static void drain(long grace)
{
	if (is_draining)
		return;
	is_draining = true;
	rpc_server_close(server, grace, on_server_closed, NULL);
}

static void obey(char *line)
{
	const char *why = NULL;

	if (strcmp(line, "reload") == 0) {
		int r = rpc_tls_reload(tls, &why);

		printf("reloaded %d %s\n", r, r < 0 ? why : "");
	} else if (strcmp(line, "recheck") == 0) {
		printf("closed %zu\n", rpc_server_recheck(server));
	} else if (strncmp(line, "drain ", 6) == 0) {
		drain(strtol(line + 6, NULL, 10));
	}
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
		drain(0);
		return;
	}
	buf->base[len] = '\0';
	for (char *line = strtok_r(buf->base, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		obey(line);
}

static int admit(void *context, const struct rpc_peer *peer)
{
	(void)context;
	for (const char *const *uri = peer->uris; *uri != NULL; uri++)
		if (strstr(*uri, "stranger") != NULL)
			return E_DENIED;
	return 0;
}

static int load_tls(int argc, char **argv)
{
	struct rpc_tls_options options = {.server = true, .admit = admit};
	const char *why = NULL;
	int r;

	if (argc < 6)
		return 0;
	if (strcmp(argv[2], "required") == 0)
		options.peer_rule = RPC_PEER_REQUIRED;
	else if (strcmp(argv[2], "optional") == 0)
		options.peer_rule = RPC_PEER_OPTIONAL;
	options.allow_tls12 = getenv("ECHO_TLS12") != NULL;
	options.certificate_file = argv[3];
	options.key_file = argv[4];
	options.ca_file = argv[5];
	options.crl_file = argc > 6 ? argv[6] : NULL;
	options.crl_hard = argc > 7 && strcmp(argv[7], "hard") == 0;
	options.ticket_keys_file = getenv("ECHO_TICKET_KEYS");
	if (getenv("ECHO_TICKET_ROTATE") != NULL)
		options.ticket_rotate =
			(unsigned)strtoul(getenv("ECHO_TICKET_ROTATE"), NULL, 10);
	if (getenv("ECHO_TICKET_LIFE") != NULL)
		options.ticket_life =
			(unsigned)strtoul(getenv("ECHO_TICKET_LIFE"), NULL, 10);
	r = rpc_tls_create(&options, &tls, &why);
	if (r < 0)
		(void)fprintf(stderr, "tls: %s: %s\n", err_name(r), why);
	return r;
}

static struct rpc_server_options limits(void)
{
	struct rpc_server_options options = {0};
	const char *text = getenv("ECHO_MESSAGE_MAX");

	if (text != NULL)
		options.receive_message_max = strtoul(text, NULL, 10);
	text = getenv("ECHO_MEMORY_MAX");
	if (text != NULL)
		options.connection_memory_max = strtoul(text, NULL, 10);
	text = getenv("ECHO_SEND_MAX");
	if (text != NULL)
		options.connection_send_max = strtoul(text, NULL, 10);
	text = getenv("ECHO_HANDSHAKE_MS");
	if (text != NULL)
		options.handshake_timeout = strtol(text, NULL, 10);
	text = getenv("ECHO_KEEPALIVE_MS");
	if (text != NULL)
		options.keepalive_interval = options.keepalive_timeout =
			strtol(text, NULL, 10);
	text = getenv("ECHO_IDLE_MS");
	if (text != NULL)
		options.idle_timeout = strtol(text, NULL, 10);
	text = getenv("ECHO_AGE_MS");
	if (text != NULL)
		options.connection_age_max = strtol(text, NULL, 10);
	text = getenv("ECHO_AGE_GRACE_MS");
	if (text != NULL)
		options.connection_age_grace = strtol(text, NULL, 10);
	text = getenv("ECHO_REQUEST_MS");
	if (text != NULL)
		options.request_timeout = strtol(text, NULL, 10);
	text = getenv("ECHO_CONNECTIONS");
	if (text != NULL)
		options.connections_max = (uint32_t)strtoul(text, NULL, 10);
	return options;
}

int main(int argc, char **argv)
{
	const struct rpc_method *const services[] = {methods, NULL};
	struct rpc_listener_options options = {.services = services};
	struct rpc_server_options server_options = limits();
	struct rpc_listener *listener;
	int r;

	if (argc < 2 || load_tls(argc, argv) < 0)
		return 2;
	loop = uv_default_loop();
	CHECK(rpc_server_create(loop, &server_options, &server) == 0);
	options.address = argv[1];
	options.tls = tls;
	r = rpc_listener_open(server, &options, &listener);
	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], err_name(r));
		return 2;
	}
	CHECK(uv_pipe_init(loop, &input, 0) == 0);
	CHECK(uv_pipe_open(&input, STDIN_FILE) == 0);
	CHECK(uv_read_start((uv_stream_t *)&input, on_alloc, on_input) == 0);
	printf("ready %u\n", rpc_listener_port(listener));
	(void)fflush(stdout);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(loop) == 0);
	return 0;
}
