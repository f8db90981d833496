/*
 * Memory runs out while plain HTTP is served, at every place where it can: the client
 * gets the answer, an error, a cut stream or a closed connection, but always an end; and
 * nothing is left over.
 *
 * The client is a socket and bytes written by hand, so that all allocations are the
 * server's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/auto.h"
#include "base/err.h"
#include "rpc/http_files.h"
#include "rpc/server.h"
#include "tests/support/fault_alloc.h"

#define STREAMS   4
#define BODY      100000 /* of /stream; the windows take less than all three */
#define FILE_SIZE 1000
#define TURNS_MAX 20000 /* of a millisecond at most */

struct life {
	uv_loop_t loop;
	struct rpc_server *server;
	struct rpc_http_files *files;
	struct rpc_http_route routes[4];
	unsigned begun, closed;
	bool server_closed;
	int fd;
	uint8_t input[1 << 18];
	size_t input_len;
	bool ended[STREAMS], cut;
	size_t received[STREAMS];
};

static char folder[] = "/tmp/test_rpc_http_memory.XXXXXX";
static char file_name[64];
static uint8_t body[BODY];

static void on_closed(struct rpc_http *http)
{
	struct life *life = rpc_http_context(http);

	life->closed++;
}

static void reply(struct rpc_http *http)
{
	struct life *life = rpc_http_context(http);
	const char *value = "";

	life->begun++;
	(void)rpc_http_parameter(http, "a", &value);
	(void)rpc_http_add_header(http, "etag", "\"a\"");
	if (rpc_http_client_has(http, "\"a\""))
		rpc_http_reply(http, 304, NULL, bytes_of(NULL, 0));
	else
		rpc_http_reply(http, 200, "text/plain", bytes_of_str("12345"));
}

static void stream(struct rpc_http *http)
{
	struct life *life = rpc_http_context(http);
	int r;

	life->begun++;
	r = rpc_http_start(http, 200, NULL, BODY);
	if (r == 0)
		r = rpc_http_send(http, bytes_of(body, BODY));
	if (r == E_BUSY) /* all of it was taken */
		rpc_http_end(http);
	else
		rpc_http_abort(http);
}

static const struct rpc_http_handler replies = {.begun = reply, .closed = on_closed};
static const struct rpc_http_handler streams = {.begun = stream, .closed = on_closed};

static uint8_t *put_field(uint8_t *to, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);

	*to++ = 0; /* literal, not kept */
	*to++ = (uint8_t)name_len;
	memcpy(to, name, name_len);
	to += name_len;
	*to++ = (uint8_t)value_len;
	memcpy(to, value, value_len);
	return to + value_len;
}

static uint8_t *put_request(uint8_t *to, uint8_t id, const char *method, const char *path)
{
	uint8_t *frame = to, *end = to + 9;

	end = put_field(end, ":method", method);
	end = put_field(end, ":scheme", "http");
	end = put_field(end, ":path", path);
	end = put_field(end, ":authority", "t");
	end = put_field(end, "cookie", "a=1");
	end = put_field(end, "cookie", "b=2");
	memcpy(frame, "\0\0\0\1\5\0\0\0\0", 9); /* HEADERS, all, and no body */
	frame[2] = (uint8_t)(end - frame - 9);
	frame[8] = id;
	return end;
}

static void connect_client(struct life *life, unsigned port)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\6\4\0\0\0\0\0"
				      "\0\4\0\x10\0\0\0\0\4\x8\0\0\0\0\0\0\x10\0\0";
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons((uint16_t)port),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint8_t request[1024];
	uint8_t *end = request;

	memcpy(end, preface, sizeof(preface) - 1);
	end += sizeof(preface) - 1;
	end = put_request(end, 1, "GET", "/text?b=1&a=%41");
	end = put_request(end, 3, "GET", "/stream");
	end = put_request(end, 5, "GET", "/files/file");
	end = put_request(end, 7, "POST", "/text");
	life->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(life->fd >= 0);
	assert_int_equal(connect(life->fd, (struct sockaddr *)&address, sizeof(address)),
	                 0);
	assert_int_equal(write(life->fd, request, (size_t)(end - request)),
	                 end - request);
}

static void read_frame(struct life *life, const uint8_t *frame, size_t len)
{
	size_t at = frame[8] / 2u;

	if (frame[8] % 2 == 0 || at >= STREAMS)
		return;
	if (frame[3] == 0)
		life->received[at] += len;
	life->cut |= frame[3] == 3;
	life->ended[at] |= frame[3] == 3 || (frame[3] <= 1 && (frame[4] & 1) != 0);
}

/* False: the server has closed. */
static bool read_some(struct life *life)
{
	size_t at = 0;
	ssize_t len = recv(life->fd, life->input + life->input_len,
	                   sizeof(life->input) - life->input_len, MSG_DONTWAIT);

	if (len == 0 || (len < 0 && errno != EAGAIN))
		return false;
	life->input_len += len > 0 ? (size_t)len : 0;
	while (life->input_len - at >= 9) {
		const uint8_t *frame = life->input + at;
		size_t size = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];

		if (life->input_len - at - 9 < size)
			break;
		read_frame(life, frame, size);
		at += 9 + size;
	}
	memmove(life->input, life->input + at, life->input_len - at);
	life->input_len -= at;
	return true;
}

static bool is_answered(const struct life *life)
{
	for (size_t i = 0; i < STREAMS; i++)
		if (!life->ended[i])
			return false;
	return true;
}

static void hear_answers(struct life *life)
{
	struct pollfd wait = {.fd = life->fd, .events = POLLIN};

	for (int turn = 0; turn < TURNS_MAX; turn++) {
		(void)uv_run(&life->loop, UV_RUN_NOWAIT);
		if (!read_some(life)) {
			life->cut = true;
			return;
		}
		if (is_answered(life))
			return;
		(void)poll(&wait, 1, 1);
	}
	fail_msg("a request was never answered");
}

static int open_server(struct life *life, unsigned *ret_port)
{
	const struct rpc_http_files_options options = {.folder = folder};
	struct rpc_listener_options listen_on = {.address = "127.0.0.1:0",
	                                         .http = life->routes};
	struct rpc_listener *listener;
	int r = rpc_server_create(&life->loop, NULL, &life->server);

	if (r == 0)
		r = rpc_http_files_create(&life->loop, &options, &life->files);
	if (r < 0)
		return r;
	life->routes[0] = (struct rpc_http_route){"/text", &replies, life};
	life->routes[1] = (struct rpc_http_route){"/stream", &streams, life};
	life->routes[2] = rpc_http_files_route("/files/", life->files);
	r = rpc_listener_open(life->server, &listen_on, &listener);
	if (r == 0)
		*ret_port = rpc_listener_port(listener);
	return r;
}

static void on_server_closed(struct rpc_server *server, void *context)
{
	struct life *life = context;

	life->server_closed = true;
	rpc_server_destroy(server);
}

/* The @nth allocation fails (0: none). */
static void live(unsigned long nth)
{
	AUTO(freep) struct life *life = calloc(1, sizeof(*life));
	unsigned port = 0;
	int r;

	assert_non_null(life);
	life->fd = -1;
	assert_int_equal(uv_loop_init(&life->loop), 0);
	fault_arm(nth);
	r = open_server(life, &port);
	if (r == 0) {
		connect_client(life, port);
		hear_answers(life);
	}
	if (life->fd >= 0)
		(void)close(life->fd);
	if (life->server != NULL)
		rpc_server_close(life->server, 0, on_server_closed, life);
	(void)uv_run(&life->loop, UV_RUN_DEFAULT);
	(void)fault_disarm();
	assert_int_equal(uv_loop_close(&life->loop), 0);
	assert_true(life->server == NULL || life->server_closed);
	rpc_http_files_destroy(life->files);
	assert_int_equal(life->begun, life->closed);
	if (!fault_happened()) {
		assert_false(life->cut);
		assert_int_equal(life->received[0], strlen("12345"));
		assert_int_equal(life->received[1], BODY);
		assert_int_equal(life->received[2], FILE_SIZE);
		assert_true(life->received[3] > 0); /* 405 */
	}
}

static void requests_survive(void **state)
{
	unsigned long nth = 0;
	long before;

	(void)state;
	live(0); /* what libraries keep for good */
	before = fault_live();
	do {
		live(++nth);
		if (fault_live() != before)
			fail_msg("allocation %lu leaves %ld blocks", nth,
			         fault_live() - before);
	} while (fault_happened());
	assert_true(nth > 50);
}

static int setup(void **state)
{
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file_name, sizeof(file_name), "%s/file", folder);
	file = fopen(file_name, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(body, 1, FILE_SIZE, file), FILE_SIZE);
	return fclose(file);
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(file_name);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_survive),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
