/*
 * What a handler asks of its call, and tells it; what comes of that is call.c's business,
 * and so is the end.
 */
#include "rpc/call.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call_state.h"
#include "rpc/conn.h"
#include "rpc/server_state.h"

void *rpc_call_service(const struct rpc_call *call)
{
	return call->method->service;
}

const struct rpc_method *rpc_call_method(const struct rpc_call *call)
{
	return call->method;
}

const struct rpc_method *const *rpc_call_services(const struct rpc_call *call)
{
	return call->conn->listener->services;
}

struct arena *rpc_call_arena(struct rpc_call *call)
{
	return &call->arena;
}

const struct rpc_peer *rpc_call_peer(const struct rpc_call *call)
{
	return conn_peer(call->conn);
}

const struct rpc_metadata *rpc_call_metadata(const struct rpc_call *call)
{
	return &call->metadata;
}

int64_t rpc_call_time_left(const struct rpc_call *call)
{
	uint64_t now = engine_now(&call->conn->server->engine);

	if (call->deadline == 0)
		return -1;
	return now >= call->deadline ? 0 : (int64_t)(call->deadline - now);
}

unsigned rpc_call_received(const struct rpc_call *call)
{
	return call->messages;
}

bool rpc_call_is_cancelled(const struct rpc_call *call)
{
	return call->cancel_told;
}

void rpc_call_set_data(struct rpc_call *call, void *data)
{
	call->data = data;
}

void *rpc_call_data(const struct rpc_call *call)
{
	return call->data;
}

int rpc_call_add_header(struct rpc_call *call, const char *key, struct bytes value)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	if (call->headers_sent)
		return E_STATE;
	return rpc_metadata_add(&call->arena, &call->headers, key, value);
}

int rpc_call_add_trailer(struct rpc_call *call, const char *key, struct bytes value)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	if (call->answered)
		return E_STATE;
	return rpc_metadata_add(&call->arena, &call->trailers, key, value);
}

int rpc_call_send_headers(struct rpc_call *call)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	CHECK(!call->finished);
	if (call->cancelled || call->answered)
		return E_CANCELLED;
	return call->headers_sent ? E_STATE : call_send_headers(call);
}

int rpc_call_send(struct rpc_call *call, struct bytes message)
{
	int r;

	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	CHECK(!call->finished);
	if (call->cancelled || call->answered)
		return E_CANCELLED;
	r = flow_send(&call->flow, message);
	if (r < 0 && r != E_BUSY)
		return r;
	if (call->flow.taken == 0 && call->drain_by == 0)
		call_watch_drain(call);
	if (!call->headers_sent && call_send_headers(call) < 0) {
		flow_discard(&call->flow);
		return E_NOMEM;
	}
	return r;
}

void rpc_call_pause(struct rpc_call *call)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	call->flow.paused = true;
}

void rpc_call_resume(struct rpc_call *call)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	call->flow.paused = false;
	if (flow_is_holding(&call->flow))
		engine_post(&call->conn->server->engine, &call->task);
}

void rpc_call_set_receive_max(struct rpc_call *call, size_t max)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	call->flow.in.max = max;
}

int rpc_call_compress(struct rpc_call *call)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	if (call->headers_sent)
		return E_STATE;
	call->flow.gzip_out = call->head.knows_gzip;
	return 0;
}

void rpc_call_set_compressing(struct rpc_call *call, bool compressing)
{
	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	call->flow.plain_out = !compressing;
}

bool rpc_call_was_compressed(const struct rpc_call *call)
{
	return call->flow.was_gzip;
}

size_t rpc_call_pending(const struct rpc_call *call)
{
	return outbox_pending(&call->flow.out);
}

void rpc_call_reply(struct rpc_call *call, struct bytes message)
{
	struct rpc_status ok = {.code = RPC_OK};
	int r = rpc_call_send(call, message);

	if (r == E_LIMIT || r == E_NOMEM)
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED,
		                "the answer is larger than this server sends");
	else
		rpc_call_finish(call, &ok);
}

void rpc_call_refuse(struct rpc_call *call, enum rpc_code code, const char *message)
{
	struct rpc_status status = {.code = code, .message = message};

	rpc_call_finish(call, &status);
}
