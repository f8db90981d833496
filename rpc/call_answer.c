/*
 * What a call puts on the wire besides its messages.
 *
 *	headers, message*, trailers	the usual
 *	trailers only			when no message was sent
 *
 * Names and values stay in the call's arena, or are static, until nghttp2 has sent
 * them: it copies nothing.
 */
#include <stdio.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "rpc/base64.h"
#include "rpc/call_state.h"
#include "rpc/conn.h"
#include "rpc/metadata_wire.h"
#include "rpc/percent.h"
#include "rpc/server_state.h"

/* Fields of ours in one block, besides metadata: of the first, and of the last. */
#define HEADER_FIELDS 4
#define STATUS_FIELDS 3
/* Bytes of a status message; percent-encoded it may be three times as long. */
#define MESSAGE_MAX 1024

struct block {
	struct arena *arena;
	nghttp2_nv *fields;
	size_t count;
	int err; /* sticky */
};

static void block_begin(struct block *block, struct rpc_call *call, size_t size);
static void put(struct block *block, const char *name, struct bytes value);
static void put_str(struct block *block, const char *name, const char *value);
static void put_metadata(struct block *block, const struct rpc_metadata *metadata);
static void put_status(struct block *block, const struct rpc_status *status);
static const char *cut(struct arena *arena, const char *message);
static void put_encodings(struct block *block, const struct rpc_call *call);

int call_send_headers(struct rpc_call *call)
{
	nghttp2_data_provider source = flow_source(&call->flow);
	struct block block;

	block_begin(&block, call, HEADER_FIELDS + call->headers.count);
	put_str(&block, ":status", "200");
	put_str(&block, "content-type", "application/grpc");
	put_encodings(&block, call);
	put_metadata(&block, &call->headers);
	if (block.err != 0 ||
	    nghttp2_submit_response(call->flow.session->h2, call->flow.id, block.fields,
	                            block.count, &source) != 0)
		return E_NOMEM;
	call->headers_sent = true;
	session_touch(call->flow.session);
	return 0;
}

int call_send_status(struct rpc_call *call, const struct rpc_status *status)
{
	size_t size = STATUS_FIELDS + call->trailers.count;
	struct block block;

	if (!call->headers_sent)
		size += HEADER_FIELDS + call->headers.count;
	block_begin(&block, call, size);
	if (!call->headers_sent) {
		put_str(&block, ":status", "200");
		put_str(&block, "content-type", "application/grpc");
		put_encodings(&block, call);
		put_metadata(&block, &call->headers);
	}
	put_status(&block, status);
	put_metadata(&block, &call->trailers);
	if (block.err != 0)
		return block.err;
	if (call->headers_sent) {
		call->end = block.fields;
		call->end_count = block.count;
		flow_end(&call->flow);
		return 0;
	}
	call->headers_sent = true;
	call->flow.ended = true;
	if (nghttp2_submit_response(call->flow.session->h2, call->flow.id, block.fields,
	                            block.count, NULL) != 0)
		return E_NOMEM;
	session_touch(call->flow.session);
	return 0;
}

int call_send_last(struct flow *flow)
{
	struct rpc_call *call = container_of(flow, struct rpc_call, flow);

	CHECK_MAGIC(call, RPC_CALL_MAGIC);
	if (call->end == NULL)
		return 0;
	return nghttp2_submit_trailer(flow->session->h2, flow->id, call->end,
	                              call->end_count) == 0
	               ? 1
	               : E_NOMEM;
}

static void block_begin(struct block *block, struct rpc_call *call, size_t size)
{
	*block = (struct block){.arena = &call->arena};
	block->fields = arena_new_array(&call->arena, size, nghttp2_nv);
	if (block->fields == NULL)
		block->err = E_NOMEM;
}

static void put(struct block *block, const char *name, struct bytes value)
{
	if (block->err != 0)
		return;
	block->fields[block->count++] = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.namelen = strlen(name),
		.value = (uint8_t *)(uintptr_t)value.data,
		.valuelen = value.len,
		.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
	};
}

static void put_str(struct block *block, const char *name, const char *value)
{
	if (value == NULL)
		block->err = E_NOMEM;
	else
		put(block, name, bytes_of_str(value));
}

static void put_metadata(struct block *block, const struct rpc_metadata *metadata)
{
	for (size_t i = 0; block->err == 0 && i < metadata->count; i++) {
		struct bytes value;

		block->err =
			metadata_wire_value(block->arena, &metadata->pairs[i], &value);
		put(block, metadata->pairs[i].key, value);
	}
}

static void put_status(struct block *block, const struct rpc_status *status)
{
	static const char *const numbers[] = {"0",  "1",  "2",  "3",  "4",  "5",
	                                      "6",  "7",  "8",  "9",  "10", "11",
	                                      "12", "13", "14", "15", "16"};
	unsigned code = (unsigned)status->code;

	put_str(block, "grpc-status",
	        numbers[code < ARRAY_LEN(numbers) ? code : RPC_UNKNOWN]);
	if (status->message != NULL && status->message[0] != '\0')
		put_str(block, "grpc-message",
		        percent_encode(block->arena, cut(block->arena, status->message)));
	if (status->details.len > 0)
		put_str(block, "grpc-status-details-bin",
		        base64_encode(block->arena, status->details));
}

/* Clients refuse header blocks of more than some KiB, and the status with them. */
static const char *cut(struct arena *arena, const char *message)
{
	struct bytes text = bytes_of_str(message);
	const char *shorter;

	if (text.len <= MESSAGE_MAX)
		return message;
	shorter = arena_strndup(arena, message, utf8_cut(text, MESSAGE_MAX));
	return shorter == NULL ? "" : shorter;
}

static void put_encodings(struct block *block, const struct rpc_call *call)
{
	if (call->flow.gzip_out)
		put_str(block, "grpc-encoding", "gzip");
	if (call->flow.gzip_in || call->head.knows_gzip || call->head.unknown_encoding)
		put_str(block, "grpc-accept-encoding", "identity,gzip");
}
