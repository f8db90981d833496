/*
 * A plain HTTP request is a call whose bytes are not framed:
 *
 *	headers -> call.c -> http_judge -> route -> begun -> (http_answer.c)
 *	                               \-> refused: 400, 404, 405, 415, 431
 *
 * What becomes of it from then on (reset, drain, a stalled reader, the end) is call.c's
 * business as with any call; here stands only what is HTTP's.
 */
#include "rpc/http.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call_state.h"
#include "rpc/conn.h"
#include "rpc/http_state.h"
#include "rpc/http_target.h"
#include "rpc/server_state.h"

static int find(struct rpc_http *http);
static int nobodys(struct rpc_http *http);
static int refuse(struct rpc_http *http, unsigned status, const char *why);
static void on_begun(struct rpc_call *call);
static void on_writable(struct rpc_call *call);
static void on_cancelled(struct rpc_call *call);
static void on_closed(struct rpc_call *call);

static const struct rpc_handler handler = {
	.begun = on_begun,
	.cancelled = on_cancelled,
	.writable = on_writable,
	.closed = on_closed,
};

/* To call.c it is a stream whose messages never come. */
static const struct rpc_method method = {"", RPC_BIDIRECTIONAL, &handler, NULL};

int http_judge(struct rpc_call *call)
{
	struct rpc_http *http = arena_new(&call->arena, struct rpc_http);
	int r;

	if (http == NULL)
		return E_NOMEM;
	http->magic = RPC_HTTP_MAGIC;
	http->call = call;
	http->is_head = call->head.is_head;
	call->http = http;
	call->flow.raw = true;
	call->deadline = 0;
	call->conn->server->counts.http_total++;
	if (call->head.size > call->conn->server->options.header_list_max)
		return refuse(http, 431, "the request's headers are too large");
	r = find(http);
	if (r == 0 && http->refusal == 0)
		call->method = &method;
	return r;
}

static int find(struct rpc_http *http)
{
	const struct rpc_http_route *routes = http->call->conn->listener->http;
	struct bytes path, query;
	int r;

	http->target = call_target(http->call);
	if (routes == NULL || http->target == NULL)
		return nobodys(http);
	http_target_split(bytes_of_str(http->target), &path, &query);
	r = http_path_decode(rpc_http_arena(http), path, &http->path);
	if (r == E_SYNTAX)
		return refuse(http, 400, "the path is malformed");
	if (r < 0)
		return r;
	http->query = query.len == 0 ? "" : (const char *)query.data;
	http->route = http_routes_find(routes, http->path);
	if (http->route == NULL && http_routes_lack_slash(routes, http->path)) {
		r = http_add_slash(http);
		return r < 0 ? r : refuse(http, 301, "it is a folder");
	}
	if (http->route == NULL)
		return nobodys(http);
	if (http->call->head.is_get || http->is_head)
		return 0;
	r = rpc_http_add_header(http, "allow", "GET, HEAD");
	return r < 0 ? r : refuse(http, 405, "this path answers GET and HEAD only");
}

/* Most likely somebody who takes us for something else. */
static int nobodys(struct rpc_http *http)
{
	const struct call_head *head = &http->call->head;

	if (!head->is_grpc && head->is_post)
		return refuse(
			http, 415,
			"this is a gRPC server: content-type must be application/grpc");
	if (!head->is_grpc)
		return refuse(http, 404, "this is a gRPC server");
	if (rpc_http_add_header(http, "allow", "POST") < 0)
		return E_NOMEM;
	return refuse(http, 405, "this is a gRPC server");
}

/* To be said when the request is whole. */
static int refuse(struct rpc_http *http, unsigned status, const char *why)
{
	http->refusal = status;
	http->why = why;
	return 0;
}

/* As the client wrote it, with the slash: what it sent was fit to be sent. */
int http_add_slash(struct rpc_http *http)
{
	const char *target = http->target;
	int path = (int)strcspn(target, "?");
	const char *to = arena_printf(rpc_http_arena(http), "%.*s/%s", path, target,
	                              target + path);

	return to == NULL ? E_NOMEM : rpc_http_add_header(http, "location", to);
}

static void on_begun(struct rpc_call *call)
{
	call->http->route->handler->begun(call->http);
}

static void on_writable(struct rpc_call *call)
{
	const struct rpc_http_handler *to = call->http->route->handler;

	if (to->writable != NULL)
		to->writable(call->http);
}

static void on_cancelled(struct rpc_call *call)
{
	const struct rpc_http_handler *to = call->http->route->handler;

	if (to->cancelled != NULL)
		to->cancelled(call->http);
}

static void on_closed(struct rpc_call *call)
{
	const struct rpc_http_handler *to = call->http->route->handler;

	if (to->closed != NULL)
		to->closed(call->http);
	call->http->magic = 0;
}

/* What a handler asks. */

void *rpc_http_context(const struct rpc_http *http)
{
	return http->route->context;
}

struct arena *rpc_http_arena(struct rpc_http *http)
{
	return &http->call->arena;
}

const struct rpc_peer *rpc_http_peer(const struct rpc_http *http)
{
	return conn_peer(http->call->conn);
}

bool rpc_http_is_head(const struct rpc_http *http)
{
	return http->is_head;
}

const char *rpc_http_path(const struct rpc_http *http)
{
	return http->path;
}

const char *rpc_http_rest(const struct rpc_http *http)
{
	return http->path + strlen(http->route->path);
}

const char *rpc_http_query(const struct rpc_http *http)
{
	return http->query;
}

int rpc_http_parameter(struct rpc_http *http, const char *name, const char **ret_value)
{
	return http_query_find(rpc_http_arena(http), bytes_of_str(http->query), name,
	                       ret_value);
}

const char *rpc_http_header(struct rpc_http *http, const char *name)
{
	const struct rpc_metadata *headers = &http->call->metadata;
	const char *glue = strcmp(name, "cookie") == 0 ? "; " : ", ";
	const char *value = NULL;

	for (size_t i = 0; i < headers->count; i++) {
		const char *part = (const char *)headers->pairs[i].value.data;

		if (strcmp(headers->pairs[i].key, name) != 0)
			continue;
		if (value != NULL)
			part = arena_printf(rpc_http_arena(http), "%s%s%s", value, glue,
			                    part);
		if (part == NULL)
			return NULL;
		value = part;
	}
	return value;
}

bool rpc_http_client_has(struct rpc_http *http, const char *etag)
{
	const char *list = rpc_http_header(http, "if-none-match");

	return list != NULL && http_etag_listed(list, etag);
}

void rpc_http_set_data(struct rpc_http *http, void *data)
{
	http->data = data;
}

void *rpc_http_data(const struct rpc_http *http)
{
	return http->data;
}

bool rpc_http_is_cancelled(const struct rpc_http *http)
{
	return http->call->cancel_told;
}
