/*
 * A client for the scenario tests.
 *
 *	rpc-echo-client ADDRESS[,ADDRESS...] [CERT KEY CA NAME]
 *
 * It obeys lines on standard input, and says what happened on standard output:
 *
 *	call ID KIND PATH COUNT SIZE TIMEOUT WAIT
 *		COUNT messages of SIZE bytes; KIND is u, s, c or b; WAIT is 1 to wait for
 *a connection, 2 to compress, 3 for both cancel ID connect close (and the end of input)
 *
 *	done ID CODE MESSAGES BYTES HEADERS TRAILERS TEXT
 *	state NAME WHY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/channel.h"

#define ADDRESSES_MAX 8
#define CALLS_MAX     2048

struct client_call {
	unsigned magic;
#define CLIENT_CALL_MAGIC 0x18ec11e7U
	struct rpc_request request;
	unsigned id;
	char path[128];
	unsigned long count, size; /* still to send */
	unsigned long messages, bytes, headers;
};

static uv_loop_t *loop;
static uv_pipe_t input;
static struct rpc_channel *channel;
static struct rpc_tls *tls;
static struct client_call *calls[CALLS_MAX];
static uint8_t body[1 << 22];
static struct arena arena;
static struct rpc_metadata metadata;

static void on_headers(struct rpc_request *request, const struct rpc_metadata *headers)
{
	struct client_call *call = container_of(request, struct client_call, request);

	CHECK_MAGIC(call, CLIENT_CALL_MAGIC);
	call->headers = headers->count;
}

static void on_message(struct rpc_request *request, struct bytes message)
{
	struct client_call *call = container_of(request, struct client_call, request);

	CHECK_MAGIC(call, CLIENT_CALL_MAGIC);
	call->messages++;
	call->bytes += message.len;
}

static void send_more(struct rpc_request *request)
{
	struct client_call *call = container_of(request, struct client_call, request);
	int r = 0;

	CHECK_MAGIC(call, CLIENT_CALL_MAGIC);
	while (call->count > 0) {
		r = rpc_request_send(request, bytes_of(body, call->size));
		if (r < 0 && r != E_BUSY)
			return;
		call->count--;
		if (r == E_BUSY && call->count > 0)
			return;
	}
	rpc_request_half_close(request);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	struct client_call *call = container_of(request, struct client_call, request);

	CHECK_MAGIC(call, CLIENT_CALL_MAGIC);
	printf("done %u %s %lu %lu %lu %zu %s\n", call->id, rpc_code_name(status->code),
	       call->messages, call->bytes, call->headers, trailers->count,
	       status->message == NULL ? "" : status->message);
	(void)fflush(stdout);
	calls[call->id] = NULL;
	call->magic = 0;
	free(call);
}

static void start_call(const char *line)
{
	struct client_call *call = calloc(1, sizeof(*call));
	char kind;
	unsigned wait;
	long timeout;
	int r;

	CHECK(call != NULL);
	call->magic = CLIENT_CALL_MAGIC;
	CHECK(sscanf(line, "call %u %c %127s %lu %lu %ld %u", &call->id, &kind,
	             call->path, &call->count, &call->size, &timeout, &wait) == 7);
	CHECK(call->id < CALLS_MAX && call->size <= sizeof(body));
	calls[call->id] = call;
	call->request = (struct rpc_request){.path = call->path,
	                                     .timeout = timeout,
	                                     .wait_for_ready = (wait & 1) != 0,
	                                     .compress = (wait & 2) != 0,
	                                     .metadata = &metadata,
	                                     .headers = on_headers,
	                                     .message = on_message,
	                                     .writable = send_more,
	                                     .done = on_done};
	call->request.kind = kind == 'u'   ? RPC_UNARY
	                     : kind == 's' ? RPC_SERVER_STREAMING
	                     : kind == 'c' ? RPC_CLIENT_STREAMING
	                                   : RPC_BIDIRECTIONAL;
	if (kind == 'u') {
		r = rpc_request_unary(channel, &call->request,
		                      bytes_of(body, call->size));
	} else {
		r = rpc_request_start(channel, &call->request);
		if (r == 0)
			send_more(&call->request);
	}
	if (r < 0) {
		printf("refused %u %s\n", call->id, err_name(r));
		(void)fflush(stdout);
		calls[call->id] = NULL;
		free(call);
	}
}

static void on_channel_closed(void *context)
{
	(void)context;
	rpc_tls_destroy(TAKE(tls));
	arena_finish(&arena);
	uv_close((uv_handle_t *)&input, NULL);
}

static void leave(void)
{
	if (channel != NULL)
		rpc_channel_close(TAKE(channel), on_channel_closed, NULL);
}

static void obey(char *line)
{
	unsigned id;

	if (strcmp(line, "close") == 0)
		leave();
	else if (strcmp(line, "connect") == 0)
		rpc_channel_connect(channel);
	else if (sscanf(line, "cancel %u", &id) == 1 && calls[id] != NULL)
		rpc_request_cancel(&calls[id]->request);
	else if (strncmp(line, "call ", 5) == 0)
		start_call(line);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	static char lines[1 << 16];

	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(lines, sizeof(lines) - 1);
}

/* The tests write whole lines, fewer than a pipe takes at once. */
static void on_input(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	char *save = NULL;

	if (len < 0) {
		(void)uv_read_stop(stream);
		leave();
		return;
	}
	buf->base[len] = '\0';
	for (char *line = strtok_r(buf->base, "\n", &save);
	     line != NULL && channel != NULL; line = strtok_r(NULL, "\n", &save))
		obey(line);
}

static void on_state(void *context, enum rpc_channel_state state, const char *why)
{
	static const char *const names[] = {"idle", "connecting", "ready", "backing-off"};

	(void)context;
	printf("state %s %s\n", names[state], why);
	(void)fflush(stdout);
}

static int open_channel(int argc, char **argv)
{
	const char *addresses[ADDRESSES_MAX + 1] = {NULL};
	struct rpc_channel_options options = {.addresses = addresses,
	                                      .on_state = on_state,
	                                      .backoff_first = 50,
	                                      .backoff_max = 200};
	struct rpc_tls_options tls_options = {.peer_rule = RPC_PEER_REQUIRED};
	const char *why = NULL, *text = getenv("ECHO_KEEPALIVE_MS");
	char *save = NULL;
	size_t count = 0;
	int r;

	if (text != NULL)
		options.keepalive_interval = options.keepalive_timeout =
			strtol(text, NULL, 10);
	for (char *one = strtok_r(argv[1], ",", &save);
	     one != NULL && count < ADDRESSES_MAX; one = strtok_r(NULL, ",", &save))
		addresses[count++] = one;
	if (argc >= 6) {
		tls_options.certificate_file = argv[2];
		tls_options.key_file = argv[3];
		tls_options.ca_file = argv[4];
		options.server_name = argv[5];
		r = rpc_tls_create(&tls_options, &tls, &why);
		if (r < 0) {
			(void)fprintf(stderr, "tls: %s: %s\n", err_name(r), why);
			return r;
		}
	}
	options.tls = tls;
	return rpc_channel_create(loop, &options, &channel);
}

int main(int argc, char **argv)
{
	loop = uv_default_loop();
	arena_init(&arena, 4096);
	memset(body, 'b', sizeof(body));
	CHECK(rpc_metadata_add(&arena, &metadata, "x-text", bytes_of_str("text")) == 0);
	CHECK(rpc_metadata_add(&arena, &metadata, "x-raw-bin", bytes_of("\0\1\377", 3)) ==
	      0);
	if (argc < 2 || open_channel(argc, argv) < 0)
		return 2;
	CHECK(uv_pipe_init(loop, &input, 0) == 0);
	CHECK(uv_pipe_open(&input, 0) == 0);
	CHECK(uv_read_start((uv_stream_t *)&input, on_alloc, on_input) == 0);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(loop) == 0);
	return 0;
}
