/*
 * The header block of a request, field by field.
 *
 * Nothing is judged before the block is complete: who does not speak gRPC gets an
 * answer of HTTP, whatever else is wrong.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/call_state.h"
#include "rpc/conn.h"
#include "rpc/metadata_wire.h"
#include "rpc/routes.h"
#include "rpc/server_state.h"
#include "rpc/timeout.h"

/* What HTTP/2 adds to a field's bytes when it counts a header list. */
#define FIELD_OVERHEAD 32

static bool is(struct bytes name, const char *word);
static void take_method(struct call_head *head, struct bytes value);
static void take_path(struct rpc_call *call, struct bytes value);
static void take_timeout(struct rpc_call *call, struct bytes value);
static void take_encoding(struct rpc_call *call, struct bytes value);
static bool is_grpc_type(struct bytes value);
static bool lists_gzip(struct bytes value);

int call_head_take(struct rpc_call *call, struct bytes name, struct bytes value)
{
	struct call_head *head = &call->head;
	uint32_t max = call->conn->server->options.header_list_max;
	int r = 0;

	if (head->no_memory)
		return 0;
	head->size += name.len + value.len + FIELD_OVERHEAD;
	if (head->size > max)
		return 0; /* answered when the block is complete */
	if (is(name, ":method"))
		take_method(head, value);
	else if (is(name, ":path"))
		take_path(call, value);
	else if (is(name, "content-type"))
		head->is_grpc = is_grpc_type(value);
	else if (head->is_get || head->is_head)
		r = metadata_keep(&call->arena, &call->metadata, name, value);
	else if (is(name, "grpc-timeout"))
		take_timeout(call, value);
	else if (is(name, "grpc-encoding"))
		take_encoding(call, value);
	else if (is(name, "grpc-accept-encoding"))
		head->knows_gzip = lists_gzip(value);
	else
		r = metadata_receive(&call->arena, &call->metadata, name, value);
	if (r == E_SYNTAX)
		head->is_bad = true;
	else if (r == E_NOMEM)
		head->no_memory = true;
	return 0;
}

static bool is(struct bytes name, const char *word)
{
	return name.len == strlen(word) && memcmp(name.data, word, name.len) == 0;
}

static void take_method(struct call_head *head, struct bytes value)
{
	head->is_post = is(value, "POST");
	head->is_get = is(value, "GET");
	head->is_head = is(value, "HEAD");
}

static void take_path(struct rpc_call *call, struct bytes value)
{
	call->method = routes_find(call->conn->listener->routes, value);
	if (call->method == NULL)
		call->head.unknown_path =
			arena_strndup(&call->arena, value.data, value.len);
}

const char *call_target(const struct rpc_call *call)
{
	return call->method != NULL ? call->method->path : call->head.unknown_path;
}

static void take_timeout(struct rpc_call *call, struct bytes value)
{
	int64_t ms;

	if (timeout_parse(value, &ms) < 0) {
		call->head.bad_timeout = true;
		return;
	}
	call->deadline = engine_now(call->conn->session.engine) + (uint64_t)ms;
}

static void take_encoding(struct rpc_call *call, struct bytes value)
{
	if (is(value, "gzip"))
		call->flow.gzip_in = true;
	else if (!is(value, "identity"))
		call->head.unknown_encoding = true;
}

/* "application/grpc", and that followed by "+format" or ";parameters". */
static bool is_grpc_type(struct bytes value)
{
	static const char type[] = "application/grpc";
	const size_t len = sizeof(type) - 1;

	if (value.len < len || memcmp(value.data, type, len) != 0)
		return false;
	return value.len == len || value.data[len] == '+' || value.data[len] == ';';
}

static bool lists_gzip(struct bytes value)
{
	return value.len >= 4 && memmem(value.data, value.len, "gzip", 4) != NULL;
}
