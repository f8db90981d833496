/*
 * Bytes from a server into a client's connection after TLS: over a unix socket, in
 * cleartext, while a call of each kind that reads waits for its answer.
 *
 * The first byte of the input says whether a SETTINGS frame is sent before it, so that
 * a fuzzer gets past it, and whether the server hangs up behind it. Whatever comes, each
 * call ends once, and nothing of the channel is left.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/check.h"
#include "rpc/channel.h"

#define CALLS 3
/* Turns of the loop after which all must have ended. */
#define TURNS_MAX   10000

#define FLAG_SILENT 1 /* no SETTINGS of ours */
#define FLAG_STAYS  2 /* the calls are cancelled while the server is still there */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uv_loop_t *loop;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char target[sizeof(address.sun_path) + 5];
static int listening = -1;
static unsigned done;
static size_t bytes_seen; /* so that what is given is looked at */
static bool closed;

static void look_at(struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		bytes_seen += bytes.data[i];
}

static void on_headers(struct rpc_request *request, const struct rpc_metadata *headers)
{
	(void)request;
	for (size_t i = 0; i < headers->count; i++)
		look_at(headers->pairs[i].value);
}

static void on_message(struct rpc_request *request, struct bytes message)
{
	(void)request;
	look_at(message);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	on_headers(request, trailers);
	look_at(bytes_of_str(status->message == NULL ? "" : status->message));
	look_at(status->details);
	done++;
}

static void on_closed(void *context)
{
	(void)context;
	closed = true;
}

static void remove_socket(void)
{
	(void)unlink(address.sun_path);
}

static void start(void)
{
	(void)snprintf(address.sun_path, sizeof(address.sun_path),
	               "/tmp/fuzz-rpc-client-%d.sock", (int)getpid());
	(void)snprintf(target, sizeof(target), "unix:%s", address.sun_path);
	loop = uv_default_loop();
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(listening >= 0);
	remove_socket();
	CHECK(bind(listening, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(listening, 8) == 0);
	CHECK(atexit(remove_socket) == 0);
}

static struct rpc_channel *call(struct rpc_request requests[CALLS])
{
	static const enum rpc_kind kinds[CALLS] = {RPC_UNARY, RPC_SERVER_STREAMING,
	                                           RPC_BIDIRECTIONAL};
	const char *const addresses[] = {target, NULL};
	const struct rpc_channel_options options = {.addresses = addresses,
	                                            .receive_message_max = 65536};
	struct rpc_channel *channel;

	CHECK(rpc_channel_create(loop, &options, &channel) == 0);
	for (unsigned i = 0; i < CALLS; i++) {
		requests[i] = (struct rpc_request){
			.path = "/a/b",
			.kind = kinds[i],
			.headers = on_headers,
			.message = on_message,
			.done = on_done,
		};
		if (kinds[i] == RPC_BIDIRECTIONAL)
			CHECK(rpc_request_start(channel, &requests[i]) == 0);
		else
			CHECK(rpc_request_unary(channel, &requests[i],
			                        bytes_of_str("hello")) == 0);
	}
	return channel;
}

/* The client's connection; those of earlier inputs are dead. */
static int meet(void)
{
	int fd = -1;

	for (int turn = 0; fd < 0; turn++) {
		(void)uv_run(loop, UV_RUN_NOWAIT);
		fd = accept(listening, NULL, NULL);
		CHECK(turn < TURNS_MAX);
	}
	return fd;
}

static void turn(int fd)
{
	static char said[65536];

	(void)uv_run(loop, UV_RUN_NOWAIT);
	while (recv(fd, said, sizeof(said), MSG_DONTWAIT) > 0)
		continue;
}

static void put(int fd, const void *data, size_t size)
{
	const uint8_t *at = data;

	for (int turns = 0; size > 0; turns++) {
		ssize_t len = send(fd, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);

		turn(fd);
		if (len < 0 && (turns > TURNS_MAX || (errno != EAGAIN && errno != EINTR)))
			return; /* the client has had enough */
		at += len < 0 ? 0 : len;
		size -= len < 0 ? 0 : (size_t)len;
	}
	turn(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char settings[] = "\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
	struct rpc_request requests[CALLS];
	struct rpc_channel *channel;
	int fd;

	if (size == 0)
		return 0;
	if (listening < 0)
		start();
	done = 0;
	closed = false;
	channel = call(requests);
	fd = meet();
	if ((data[0] & FLAG_SILENT) == 0)
		put(fd, settings, sizeof(settings) - 1);
	put(fd, data + 1, size - 1);
	if ((data[0] & FLAG_STAYS) == 0)
		(void)shutdown(fd, SHUT_RDWR);
	turn(fd);
	rpc_channel_close(channel, on_closed, NULL);
	for (int turns = 0; !closed; turns++) {
		turn(fd);
		CHECK(turns < TURNS_MAX);
	}
	CHECK(done == CALLS);
	(void)close(fd);
	while ((fd = accept(listening, NULL, NULL)) >= 0)
		(void)close(fd); /* it had tried once more */
	return 0;
}
