/*
 * Plain HTTP beside gRPC, for the scenario tests:
 *
 *	rpc-http-server ADDRESS FOLDER [CERT KEY]
 *
 * It prints "ready PORT" and serves FOLDER below /files/, what each test wants to see,
 * and the gRPC method /test.Echo/Unary. The end of input drains.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/http_files.h"
#include "rpc/server.h"

#define STDIN_FILE 0
#define PIECE      10000

/* One answer that is sent piece by piece. */
struct job {
	unsigned long left;
};

static struct rpc_server *server;
static struct rpc_tls *tls;
static struct rpc_http_files *files;
static uv_pipe_t input;
static unsigned long cancelled, closed, writable, larges;
static uint8_t piece[PIECE];

static void reply_text(struct rpc_http *http, const char *text)
{
	rpc_http_reply(http, 200, "text/plain; charset=utf-8", bytes_of_str(text));
}

static unsigned long number(struct rpc_http *http, const char *name)
{
	const char *text;

	return rpc_http_parameter(http, name, &text) < 0 ? 0 : strtoul(text, NULL, 10);
}

static void on_closed(struct rpc_http *http)
{
	(void)http;
	closed++;
}

static void on_cancelled(struct rpc_http *http)
{
	CHECK(rpc_http_is_cancelled(http));
	cancelled++;
	rpc_http_abort(http);
}

static void hello(struct rpc_http *http)
{
	const char *name = "nobody";
	int r = rpc_http_parameter(http, "name", &name);

	if (r == E_SYNTAX) {
		rpc_http_refuse(http, 400, "name is badly written");
		return;
	}
	CHECK(rpc_http_add_header(http, "etag", "\"v1\"") == 0);
	CHECK(rpc_http_add_header(http, "cache-control", "max-age=60") == 0);
	CHECK(rpc_http_add_header(http, "Upper", "x") == E_SYNTAX);
	CHECK(rpc_http_add_header(http, "x-line", "a\nb") == E_SYNTAX);
	CHECK(rpc_http_add_header(http, "content-length", "1") == E_SYNTAX);
	if (rpc_http_client_has(http, "\"v1\""))
		rpc_http_reply(http, 304, NULL, bytes_of(NULL, 0));
	else
		reply_text(http, arena_printf(rpc_http_arena(http), "hello, %s\n", name));
}

/* What the request looks like from here. */
static void mirror(struct rpc_http *http)
{
	const char *accept = rpc_http_header(http, "accept");
	const char *cookie = rpc_http_header(http, "cookie");

	reply_text(http, arena_printf(rpc_http_arena(http),
	                              "path=%s\nrest=%s\nquery=%s\naccept=%s\n"
	                              "cookie=%s\nfrom=%s\n",
	                              rpc_http_path(http), rpc_http_rest(http),
	                              rpc_http_query(http), accept != NULL ? accept : "-",
	                              cookie != NULL ? cookie : "-",
	                              rpc_http_peer(http)->address));
}

static void metrics(struct rpc_http *http)
{
	struct rpc_server_counts counts;

	rpc_server_count(server, &counts);
	reply_text(http, arena_printf(rpc_http_arena(http),
	                              "calls_open %llu\nhttp_total %llu\n"
	                              "cancelled %lu\nclosed %lu\nwritable %lu\n"
	                              "larges %lu\n",
	                              (unsigned long long)counts.calls_open,
	                              (unsigned long long)counts.http_total, cancelled,
	                              closed, writable, larges));
}

static void pump(struct rpc_http *http)
{
	struct job *job = rpc_http_data(http);
	int r = 0;

	while (r == 0 && job->left > 0) {
		unsigned long len = job->left < PIECE ? job->left : PIECE;

		r = rpc_http_send(http, bytes_of(piece, len));
		if (r == 0 || r == E_BUSY)
			job->left -= len;
	}
	if (r == E_BUSY && job->left > 0)
		return;
	rpc_http_end(http);
}

static void on_writable(struct rpc_http *http)
{
	writable++;
	pump(http);
}

/* ?size=N, and with length=1 it is announced. */
static void stream(struct rpc_http *http)
{
	struct job *job = arena_new(rpc_http_arena(http), struct job);

	CHECK(job != NULL);
	job->left = number(http, "size");
	rpc_http_set_data(http, job);
	CHECK(rpc_http_send(http, bytes_of(piece, 1)) == E_STATE);
	CHECK(rpc_http_start(http, 200, "application/octet-stream",
	                     number(http, "length") ? (int64_t)job->left : -1) == 0);
	CHECK(rpc_http_start(http, 200, NULL, -1) == E_STATE);
	pump(http);
}

static void wait_for_ever(struct rpc_http *http)
{
	if (number(http, "begin"))
		CHECK(rpc_http_start(http, 200, "text/plain", -1) == 0);
}

static void announce_more(struct rpc_http *http)
{
	CHECK(rpc_http_start(http, 200, "text/plain", 10) == 0);
	CHECK(rpc_http_send(http, bytes_of_str("01234567890")) == E_LIMIT);
	(void)rpc_http_send(http, bytes_of_str("01234"));
	rpc_http_end(http);
}

/* Answers that are large, and taken at once. */
static void large(struct rpc_http *http)
{
	uint8_t *body = calloc(1, 1 << 20);

	CHECK(body != NULL);
	larges++;
	rpc_http_reply(http, 200, "application/octet-stream", bytes_of(body, 1 << 20));
	free(body);
}

static void give_up(struct rpc_http *http)
{
	CHECK(rpc_http_add_header(http, "cache-control", "max-age=1000") == 0);
	rpc_http_abort(http);
}

static void too_large(struct rpc_http *http)
{
	uint8_t *body = calloc(1, 5 << 20);

	CHECK(body != NULL);
	rpc_http_reply(http, 200, "text/plain", bytes_of(body, 5 << 20));
	free(body);
}

static void on_message(struct rpc_call *call, struct bytes message)
{
	rpc_call_reply(call, message);
}

static const struct rpc_handler echo = {.message = on_message};
static const struct rpc_method methods[] = {
	{"/test.Echo/Unary", RPC_UNARY, &echo, NULL},
	{NULL, RPC_UNARY, NULL, NULL},
};

/* clang-format off */
static const struct rpc_http_handler
	on_hello = {.begun = hello, .closed = on_closed},
	on_mirror = {.begun = mirror, .closed = on_closed},
	on_metrics = {.begun = metrics},
	on_stream = {.begun = stream, .writable = on_writable, .cancelled = on_cancelled,
	             .closed = on_closed},
	on_wait = {.begun = wait_for_ever, .cancelled = on_cancelled, .closed = on_closed},
	on_short = {.begun = announce_more},
	on_fail = {.begun = give_up},
	on_large = {.begun = large},
	on_too_large = {.begun = too_large};
/* clang-format on */

static struct rpc_http_route routes[] = {
	{"/hello", &on_hello, NULL},
	{"/mirror/", &on_mirror, NULL},
	{"/mirror/月报/", &on_mirror, NULL},
	{"/metrics", &on_metrics, NULL},
	{"/stream", &on_stream, NULL},
	{"/wait", &on_wait, NULL},
	{"/short", &on_short, NULL},
	{"/fail", &on_fail, NULL},
	{"/large", &on_large, NULL},
	{"/too-large", &on_too_large, NULL},
	{NULL, NULL, NULL}, /* the files' */
	{NULL, NULL, NULL},
};

static void on_server_closed(struct rpc_server *done, void *context)
{
	(void)context;
	rpc_server_destroy(done);
	rpc_http_files_destroy(files);
	rpc_tls_destroy(tls);
	uv_close((uv_handle_t *)&input, NULL);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	static char line[256];

	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(line, sizeof(line));
}

static void on_input(uv_stream_t *stdin_stream, ssize_t len, const uv_buf_t *buf)
{
	(void)buf;
	if (len >= 0)
		return;
	(void)uv_read_stop(stdin_stream);
	rpc_server_close(server, 2000, on_server_closed, NULL);
}

static void load_tls(char **argv)
{
	struct rpc_tls_options options = {.server = true,
	                                  .peer_rule = RPC_PEER_NONE,
	                                  .certificate_file = argv[3],
	                                  .key_file = argv[4]};
	const char *why = NULL;

	if (rpc_tls_create(&options, &tls, &why) < 0) {
		(void)fprintf(stderr, "%s\n", why);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static const struct rpc_method *const services[] = {methods, NULL};
	static const char *const headers[] = {"content-security-policy",
	                                      "default-src 'self'", NULL};
	struct rpc_http_files_options folder = {.headers = headers};
	struct rpc_listener_options options = {.services = services, .http = routes};
	struct rpc_server_options limits = {0};
	struct rpc_listener *listener;

	if (argc != 3 && argc != 5)
		return 2;
	if (argc == 5)
		load_tls(argv);
	if (getenv("HTTP_REQUEST_MS") != NULL)
		limits.request_timeout = strtol(getenv("HTTP_REQUEST_MS"), NULL, 10);
	if (getenv("HTTP_MEMORY") != NULL)
		limits.connection_send_max = strtoul(getenv("HTTP_MEMORY"), NULL, 10);
	if (getenv("HTTP_IDLE_MS") != NULL)
		limits.idle_timeout = strtol(getenv("HTTP_IDLE_MS"), NULL, 10);
	folder.folder = argv[2];
	CHECK(rpc_server_create(uv_default_loop(), &limits, &server) == 0);
	CHECK(rpc_http_files_create(uv_default_loop(), &folder, &files) == 0);
	routes[sizeof(routes) / sizeof(routes[0]) - 2] =
		rpc_http_files_route("/files/", files);
	options.address = argv[1];
	options.tls = tls;
	CHECK(rpc_listener_open(server, &options, &listener) == 0);
	CHECK(uv_pipe_init(uv_default_loop(), &input, 0) == 0);
	CHECK(uv_pipe_open(&input, STDIN_FILE) == 0);
	CHECK(uv_read_start((uv_stream_t *)&input, on_alloc, on_input) == 0);
	printf("ready %u\n", rpc_listener_port(listener));
	(void)fflush(stdout);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	CHECK(uv_loop_close(uv_default_loop()) == 0);
	return 0;
}
