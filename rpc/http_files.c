/*
 * A folder served read-only:
 *
 *	begun -> work() in the pool: a chunk ~ ~> on_worked -> answer -> go_on
 *	go_on -> send -> all sent: end
 *	             \-> work(): the next ~ ~> on_worked -> go_on
 *	             \-> the client is slow: wait ~ ~> writable -> work()
 *
 * While work() runs the reading belongs to it; what happens meanwhile is looked at when
 * it is back. A small file takes one trip to the pool. A reading has one job in the pool
 * at most, so that no client keeps the others waiting.
 *
 * What can go wrong: a file that changes while it is sent is cut, and the client sees it;
 * with no descriptor left the client is told to come back.
 */
#include "rpc/http_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/http_file.h"
#include "rpc/http_state.h"

/* Memory for the options, all together. */
#define OPTIONS_MAX (64 * 1024)

struct rpc_http_files {
	unsigned magic;
#define RPC_HTTP_FILES_MAGIC 0x0f11e5d3U
	uv_loop_t *loop;
	const char *folder, *index, *cache_control;
	const char **headers; /* name, value, ..., NULL */
	size_t readings;
	struct arena arena;
};

/* One answer; in its request's arena. */
struct reading {
	unsigned magic;
#define READING_MAGIC 0x2ead1f6bU
	struct rpc_http_files *files;
	struct rpc_http *http;
	bool answered, working;
	int err; /* of work() */
	struct http_file file;
	uv_work_t work;
};

static int keep_options(struct rpc_http_files *files,
                        const struct rpc_http_files_options *options);
static int keep_headers(struct rpc_http_files *files, const char *const *headers);
static void on_begun(struct rpc_http *http);
static const char *file_path(struct rpc_http *http, const char *index);
static void start(struct rpc_http_files *files, struct rpc_http *http, const char *path);
static void queue(struct reading *reading);
static void work(uv_work_t *job);
static void on_worked(uv_work_t *job, int status);
static void answer(struct reading *reading);
static void answer_file(struct reading *reading);
static int add_headers(struct reading *reading);
static void go_on(struct reading *reading);
static void on_writable(struct rpc_http *http);
static void on_cancelled(struct rpc_http *http);
static void refuse(struct reading *reading, unsigned status, const char *text);
static void finish(struct reading *reading, void (*end)(struct rpc_http *http));
static struct rpc_http *let_go(struct reading *reading);

static const struct rpc_http_handler handler = {
	.begun = on_begun,
	.writable = on_writable,
	.cancelled = on_cancelled,
};

int rpc_http_files_create(uv_loop_t *loop, const struct rpc_http_files_options *options,
                          struct rpc_http_files **ret_files)
{
	AUTO(rpc_http_files_destroyp)
	struct rpc_http_files *files = calloc(1, sizeof(*files));
	struct stat status;
	int r;

	if (files == NULL)
		return E_NOMEM;
	files->magic = RPC_HTTP_FILES_MAGIC;
	files->loop = loop;
	arena_init(&files->arena, OPTIONS_MAX);
	r = keep_options(files, options);
	if (r < 0)
		return r;
	if (stat(files->folder, &status) < 0 || !S_ISDIR(status.st_mode))
		return E_NOT_FOUND;
	*ret_files = TAKE(files);
	return 0;
}

static int keep_options(struct rpc_http_files *files,
                        const struct rpc_http_files_options *options)
{
	const char *index = options->index, *cache = options->cache_control;

	files->folder = arena_strdup(&files->arena, options->folder);
	files->index = arena_strdup(&files->arena, index != NULL ? index : "index.html");
	files->cache_control =
		arena_strdup(&files->arena, cache != NULL ? cache : "no-cache");
	if (files->folder == NULL || files->index == NULL || files->cache_control == NULL)
		return E_NOMEM;
	if (!http_header_valid("cache-control", files->cache_control))
		return E_SYNTAX;
	return options->headers == NULL ? 0 : keep_headers(files, options->headers);
}

static int keep_headers(struct rpc_http_files *files, const char *const *headers)
{
	size_t count = 0;

	for (; headers[count] != NULL; count += 2)
		if (headers[count + 1] == NULL ||
		    !http_header_valid(headers[count], headers[count + 1]))
			return E_SYNTAX;
	files->headers = arena_new_array(&files->arena, count + 1, const char *);
	for (size_t i = 0; files->headers != NULL && i < count; i++) {
		files->headers[i] = arena_strdup(&files->arena, headers[i]);
		if (files->headers[i] == NULL)
			return E_NOMEM;
	}
	return files->headers == NULL ? E_NOMEM : 0;
}

void rpc_http_files_destroy(struct rpc_http_files *files)
{
	if (files == NULL)
		return;
	CHECK_MAGIC(files, RPC_HTTP_FILES_MAGIC);
	CHECK(files->readings == 0);
	arena_finish(&files->arena);
	files->magic = 0;
	free(files);
}

struct rpc_http_route rpc_http_files_route(const char *path, struct rpc_http_files *files)
{
	return (struct rpc_http_route){path, &handler, files};
}

static void on_begun(struct rpc_http *http)
{
	struct rpc_http_files *files = rpc_http_context(http);
	const char *path;

	CHECK_MAGIC(files, RPC_HTTP_FILES_MAGIC);
	if (!http_file_may_ask(rpc_http_rest(http))) {
		rpc_http_refuse(http, 404, "there is no such page");
		return;
	}
	path = file_path(http, files->index);
	if (path == NULL)
		rpc_http_abort(http);
	else
		start(files, http, path);
}

static const char *file_path(struct rpc_http *http, const char *index)
{
	const char *rest = rpc_http_rest(http);
	size_t len = strlen(rest);

	if (len > 0 && rest[len - 1] != '/')
		return rest;
	return arena_printf(rpc_http_arena(http), "%s%s", rest, index);
}

static void start(struct rpc_http_files *files, struct rpc_http *http, const char *path)
{
	struct reading *reading = arena_new(rpc_http_arena(http), struct reading);

	if (reading == NULL) {
		rpc_http_abort(http);
		return;
	}
	reading->magic = READING_MAGIC;
	reading->files = files;
	reading->http = http;
	reading->file.folder = files->folder;
	reading->file.path = path;
	reading->file.known = rpc_http_header(http, "if-none-match");
	reading->file.is_head = rpc_http_is_head(http);
	rpc_http_set_data(http, reading);
	files->readings++;
	queue(reading);
}

static void queue(struct reading *reading)
{
	reading->working = true;
	CHECK(uv_queue_work(reading->files->loop, &reading->work, work, on_worked) == 0);
}

/* In the pool. */
static void work(uv_work_t *job)
{
	struct reading *reading = container_of(job, struct reading, work);

	CHECK_MAGIC(reading, READING_MAGIC);
	reading->err = http_file_read(&reading->file);
}

static void on_worked(uv_work_t *job, int status)
{
	struct reading *reading = container_of(job, struct reading, work);

	CHECK_MAGIC(reading, READING_MAGIC);
	CHECK(status == 0);
	reading->working = false;
	if (rpc_http_is_cancelled(reading->http) ||
	    (reading->answered && reading->err < 0))
		finish(reading, rpc_http_abort);
	else if (!reading->answered)
		answer(reading);
	else
		go_on(reading);
}

static void answer(struct reading *reading)
{
	reading->answered = true;
	switch (reading->err) {
	case 0:
		answer_file(reading);
		break;
	case E_STATE:
		if (http_add_slash(reading->http) < 0)
			finish(reading, rpc_http_abort);
		else
			refuse(reading, 301, "it is a folder");
		break;
	case E_NOT_FOUND:
		refuse(reading, 404, "there is no such page");
		break;
	case E_BUSY:
		(void)rpc_http_add_header(reading->http, "retry-after", "1");
		refuse(reading, 503, "this server has too much open; come back");
		break;
	default:
		finish(reading, rpc_http_abort);
		break;
	}
}

static void answer_file(struct reading *reading)
{
	const struct http_file *file = &reading->file;
	int r = add_headers(reading);

	if (r == 0 && file->is_known)
		r = rpc_http_start(reading->http, 304, NULL, -1);
	else if (r == 0)
		r = rpc_http_start(reading->http, 200, http_file_type(file->path),
		                   (int64_t)file->size);
	if (r < 0)
		finish(reading, rpc_http_abort);
	else
		go_on(reading);
}

static int add_headers(struct reading *reading)
{
	struct rpc_http *http = reading->http;
	const struct rpc_http_files *files = reading->files;
	const char *const *header = files->headers;
	int r = rpc_http_add_header(http, "etag", reading->file.etag);

	if (r == 0)
		r = rpc_http_add_header(http, "cache-control", files->cache_control);
	if (r == 0)
		r = rpc_http_add_header(http, "x-content-type-options", "nosniff");
	for (; r == 0 && header != NULL && *header != NULL; header += 2)
		r = rpc_http_add_header(http, header[0], header[1]);
	return r;
}

/* Send what was read, and see to the next. */
static void go_on(struct reading *reading)
{
	struct http_file *file = &reading->file;
	int r = rpc_http_send(reading->http, bytes_of(file->chunk, file->chunk_len));

	if (r == E_CANCELLED || ((r == 0 || r == E_BUSY) && file->offset == file->size))
		finish(reading, rpc_http_end);
	else if (r == 0)
		queue(reading);
	else if (r == E_BUSY)
		http_file_finish(file);
	else
		finish(reading, rpc_http_abort);
}

static void on_writable(struct rpc_http *http)
{
	struct reading *reading = rpc_http_data(http);

	CHECK_MAGIC(reading, READING_MAGIC);
	queue(reading);
}

static void on_cancelled(struct rpc_http *http)
{
	struct reading *reading = rpc_http_data(http);

	CHECK_MAGIC(reading, READING_MAGIC);
	if (!reading->working)
		finish(reading, rpc_http_abort);
}

static void refuse(struct reading *reading, unsigned status, const char *text)
{
	rpc_http_refuse(let_go(reading), status, text);
}

static void finish(struct reading *reading, void (*end)(struct rpc_http *http))
{
	end(let_go(reading));
}

/* The reading is over, the request not yet. */
static struct rpc_http *let_go(struct reading *reading)
{
	http_file_finish(&reading->file);
	reading->files->readings--;
	reading->magic = 0;
	return reading->http;
}
