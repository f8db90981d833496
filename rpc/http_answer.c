/*
 * The answer to a plain HTTP request:
 *
 *	start -> headers -> (send -> flow -> DATA) ... -> end -> END_STREAM
 *	     \-> kept (HEAD, 204, 304) ........................-> headers, END_STREAM
 *
 * The end is call.c's rpc_call_finish(), which comes back to http_send_end(): so the
 * server can end a request over its handler's head.
 */
#include "base/check.h"
#include "base/err.h"
#include "rpc/call_state.h"
#include "rpc/conn.h"
#include "rpc/http_state.h"
#include "rpc/metadata_wire.h"
#include "rpc/server_state.h"

/* :status, content-type, content-length */
#define OWN_FIELDS 3

static int make_fields(struct rpc_http *http, unsigned status, const char *type,
                       int64_t length);
static void put(nghttp2_nv *field, const char *name, const char *value);
static bool has_no_body(unsigned status);
static int submit(struct rpc_http *http, const nghttp2_data_provider *source);
static int send_words(struct rpc_http *http, unsigned status, const char *why);

int rpc_http_add_header(struct rpc_http *http, const char *name, const char *value)
{
	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	if (http->started)
		return E_STATE;
	if (!http_header_valid(name, value))
		return E_SYNTAX;
	return metadata_keep(rpc_http_arena(http), &http->headers, bytes_of_str(name),
	                     bytes_of_str(value));
}

bool http_header_valid(const char *name, const char *value)
{
	static const char *const reserved[] = {"connection",   "content-length",
	                                       "content-type", "keep-alive",
	                                       "te",           "transfer-encoding",
	                                       "upgrade"};

	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return false;
	return name[0] != ':' &&
	       nghttp2_check_header_name((const uint8_t *)name, strlen(name)) != 0 &&
	       nghttp2_check_header_value_rfc9113((const uint8_t *)value,
	                                          strlen(value)) != 0;
}

void rpc_http_reply(struct rpc_http *http, unsigned status, const char *type,
                    struct bytes body)
{
	int r;

	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	if (body.len > http->call->conn->server->options.send_buffer_max) {
		rpc_http_refuse(http, 500, "the answer is larger than this server sends");
		return;
	}
	r = rpc_http_start(http, status, type, (int64_t)body.len);
	if (r == 0)
		r = rpc_http_send(http, body);
	if (r == 0 || r == E_BUSY || r == E_CANCELLED)
		rpc_http_end(http);
	else
		rpc_http_abort(http);
}

void rpc_http_refuse(struct rpc_http *http, unsigned status, const char *text)
{
	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	http->refusal = status;
	http->why = text;
	rpc_http_abort(http);
}

int rpc_http_start(struct rpc_http *http, unsigned status, const char *type,
                   int64_t length)
{
	struct rpc_call *call = http->call;
	int r = 0;

	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	CHECK(!call->finished && status >= 200 && status <= 599);
	if (call->cancelled || call->answered)
		return E_CANCELLED;
	if (http->started)
		return E_STATE;
	if (make_fields(http, status, type, length) < 0)
		return E_NOMEM;
	http->started = true;
	http->left = length;
	http->no_body = http->is_head || has_no_body(status);
	if (!http->no_body) {
		nghttp2_data_provider source = flow_source(&call->flow);

		r = submit(http, &source);
		call_watch_drain(call);
	}
	return r;
}

static int make_fields(struct rpc_http *http, unsigned status, const char *type,
                       int64_t length)
{
	struct arena *arena = rpc_http_arena(http);
	size_t count = http->headers.count;
	nghttp2_nv *fields = arena_new_array(arena, count + OWN_FIELDS, nghttp2_nv);
	const char *digits = arena_printf(arena, "%u", status);
	const char *size = arena_printf(arena, "%lld", (long long)length);

	if (type != NULL)
		type = arena_strdup(arena, type);
	if (fields == NULL || digits == NULL || size == NULL)
		return E_NOMEM;
	http->fields = fields;
	put(fields++, ":status", digits);
	if (type != NULL)
		put(fields++, "content-type", type);
	if (length >= 0 && !has_no_body(status))
		put(fields++, "content-length", size);
	for (size_t i = 0; i < count; i++)
		put(fields++, http->headers.pairs[i].key,
		    (const char *)http->headers.pairs[i].value.data);
	http->count = (size_t)(fields - http->fields);
	return 0;
}

/* Both live until the stream is closed: nghttp2 copies nothing. */
static void put(nghttp2_nv *field, const char *name, const char *value)
{
	*field = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.namelen = strlen(name),
		.value = (uint8_t *)(uintptr_t)value,
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
	};
}

static bool has_no_body(unsigned status)
{
	return status == 204 || status == 304;
}

static int submit(struct rpc_http *http, const nghttp2_data_provider *source)
{
	struct flow *flow = &http->call->flow;

	if (nghttp2_submit_response(flow->session->h2, flow->id, http->fields,
	                            http->count, source) != 0)
		return E_NOMEM;
	http->call->headers_sent = true;
	session_touch(flow->session);
	return 0;
}

int rpc_http_send(struct rpc_http *http, struct bytes piece)
{
	struct rpc_call *call = http->call;
	int r;

	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	CHECK(!call->finished);
	if (call->cancelled || call->answered)
		return E_CANCELLED;
	if (!http->started)
		return E_STATE;
	if (http->no_body)
		return E_CANCELLED;
	if (http->left >= 0 && piece.len > (uint64_t)http->left)
		return E_LIMIT;
	r = flow_send(&call->flow, piece);
	if ((r == 0 || r == E_BUSY) && http->left >= 0)
		http->left -= (int64_t)piece.len;
	return r;
}

void rpc_http_end(struct rpc_http *http)
{
	struct rpc_status ok = {.code = RPC_OK};

	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	CHECK(http->started || http->call->cancelled || http->call->answered);
	rpc_call_finish(http->call, &ok);
}

void rpc_http_abort(struct rpc_http *http)
{
	CHECK_MAGIC(http, RPC_HTTP_MAGIC);
	rpc_call_refuse(http->call, RPC_INTERNAL, NULL);
}

int http_send_end(struct rpc_call *call, const struct rpc_status *status)
{
	struct rpc_http *http = call->http;

	if (!call->headers_sent && http->refusal != 0)
		return send_words(http, http->refusal, http->why);
	if (!call->headers_sent && status->code != RPC_OK) {
		http->headers.count = 0; /* they were meant for another answer */
		if (status->code == RPC_UNAVAILABLE)
			return send_words(http, 503, status->message);
		return send_words(http, 500, "the server failed");
	}
	if (status->code == RPC_OK && http->no_body) {
		call->flow.ended = true;
		return submit(http, NULL);
	}
	if (status->code == RPC_OK && http->left <= 0)
		flow_end(&call->flow);
	else /* cut: only a reset tells the client that it is */
		session_reset(call->flow.session, &call->flow, NGHTTP2_INTERNAL_ERROR);
	return 0;
}

/* A line for people. */
static int send_words(struct rpc_http *http, unsigned status, const char *why)
{
	struct flow *flow = &http->call->flow;
	const char *line = arena_printf(rpc_http_arena(http), "%s\n", why);
	nghttp2_data_provider source;
	int r = 0;

	if (line == NULL || make_fields(http, status, "text/plain; charset=utf-8",
	                                (int64_t)strlen(line)) < 0)
		return E_NOMEM;
	http->started = true;
	if (!http->is_head && !has_no_body(status))
		r = flow_send(flow, bytes_of_str(line));
	flow->ended = true;
	if (r < 0)
		return r;
	if (http->is_head || has_no_body(status))
		return submit(http, NULL);
	source = flow_source(flow);
	return submit(http, &source);
}
