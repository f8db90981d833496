/*
 * The header blocks of a request: what we ask with, and what the server answers, field
 * by field. An answer counts when its block is complete.
 */
#include <stdio.h>

#include "base/err.h"
#include "rpc/base64.h"
#include "rpc/metadata_wire.h"
#include "rpc/percent.h"
#include "rpc/request_state.h"
#include "rpc/status_map.h"
#include "rpc/timeout.h"

/* What the server's headers and trailers may add up to. */
#define HEADER_LIST_MAX (64 * 1024)
/* Header fields of ours, besides metadata. */
#define OWN_FIELDS 11

static int put_own(struct rpc_stream *stream, nghttp2_nv *fields, size_t *ret_count);
static int put_metadata(struct rpc_stream *stream, const struct rpc_metadata *metadata,
                        nghttp2_nv *fields, size_t *count);
static void put(nghttp2_nv *fields, size_t *count, const char *name, const char *value);
static int take_field(struct rpc_stream *stream, struct bytes name, struct bytes value);

int stream_build_headers(struct rpc_stream *stream, nghttp2_nv **ret_fields,
                         size_t *ret_count)
{
	static const struct rpc_metadata none;
	const struct rpc_channel_options *options = &stream->channel->options;
	const struct rpc_metadata *given = stream->request->metadata;
	struct rpc_metadata granted = {0};
	nghttp2_nv *fields;
	size_t count = 0;
	int r = 0;

	if (given == NULL)
		given = &none;
	if (options->authorize != NULL)
		r = options->authorize(options->context, stream->request, &stream->arena,
		                       &granted);
	if (r < 0)
		return r;
	fields = arena_new_array(&stream->arena,
	                         OWN_FIELDS + given->count + granted.count, nghttp2_nv);
	if (fields == NULL)
		return E_NOMEM;
	r = put_own(stream, fields, &count);
	if (r == 0)
		r = put_metadata(stream, given, fields, &count);
	if (r == 0)
		r = put_metadata(stream, &granted, fields, &count);
	if (r < 0)
		return r;
	*ret_fields = fields;
	*ret_count = count;
	return 0;
}

static int put_own(struct rpc_stream *stream, nghttp2_nv *fields, size_t *ret_count)
{
	const struct rpc_channel_options *options = &stream->channel->options;
	const char *path = arena_strdup(&stream->arena, stream->request->path);
	char *timeout = arena_alloc(&stream->arena, TIMEOUT_TEXT_MAX);
	size_t count = 0;

	if (path == NULL || timeout == NULL)
		return E_NOMEM;
	put(fields, &count, ":method", "POST");
	put(fields, &count, ":scheme", stream->channel->tls == NULL ? "http" : "https");
	put(fields, &count, ":path", path);
	put(fields, &count, ":authority", options->authority);
	put(fields, &count, "te", "trailers");
	put(fields, &count, "content-type", "application/grpc");
	put(fields, &count, "user-agent", CHANNEL_USER_AGENT);
	put(fields, &count, "grpc-accept-encoding", "identity,gzip");
	if (stream->flow.gzip_out)
		put(fields, &count, "grpc-encoding", "gzip");
	if (stream->deadline != 0) {
		uint64_t now = engine_now(&stream->channel->engine);

		timeout_format(stream->deadline > now ? (int64_t)(stream->deadline - now)
		                                      : 1,
		               timeout);
		put(fields, &count, "grpc-timeout", timeout);
	}
	*ret_count = count;
	return 0;
}

static int put_metadata(struct rpc_stream *stream, const struct rpc_metadata *metadata,
                        nghttp2_nv *fields, size_t *count)
{
	for (size_t i = 0; i < metadata->count; i++) {
		const struct rpc_pair *pair = &metadata->pairs[i];
		struct bytes value;

		if (metadata_wire_value(&stream->arena, pair, &value) < 0)
			return E_NOMEM;
		put(fields, count, pair->key, "");
		fields[*count - 1].value = (uint8_t *)(uintptr_t)value.data;
		fields[*count - 1].valuelen = value.len;
	}
	return 0;
}

static void put(nghttp2_nv *fields, size_t *count, const char *name, const char *value)
{
	fields[(*count)++] = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.namelen = strlen(name),
		.value = (uint8_t *)(uintptr_t)value,
		.valuelen = strlen(value),
		.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
	};
}

int stream_header(struct session *session, struct flow *flow, struct bytes name,
                  struct bytes value)
{
	struct rpc_stream *stream = stream_of(flow);
	int r;

	(void)session;
	if (stream->has_verdict)
		return 0;
	stream->header_size += name.len + value.len + 32;
	if (stream->header_size > HEADER_LIST_MAX) {
		stream_fail(stream, RPC_RESOURCE_EXHAUSTED,
		            "the server's headers are too large");
		return 0;
	}
	r = take_field(stream, name, value);
	if (r == E_NOMEM)
		stream_fail(stream, RPC_RESOURCE_EXHAUSTED,
		            "no memory for the server's metadata");
	else if (r < 0)
		stream_fail(stream, RPC_INTERNAL, "the server's metadata is malformed");
	return 0;
}

static bool is(struct bytes name, const char *word)
{
	return bytes_equal(name, bytes_of_str(word));
}

static int take_field(struct rpc_stream *stream, struct bytes name, struct bytes value)
{
	if (is(name, ":status")) {
		stream->http = 0;
		for (size_t i = 0; i < value.len; i++) /* nghttp2: three digits */
			stream->http = stream->http * 10 + (value.data[i] - '0');
		return 0;
	}
	if (is(name, "content-type")) {
		stream->is_grpc = value.len >= 16 &&
		                  memcmp(value.data, "application/grpc", 16) == 0;
		return 0;
	}
	if (is(name, "grpc-encoding")) {
		stream->flow.gzip_in = is(value, "gzip");
		return 0;
	}
	if (is(name, "grpc-status")) {
		stream->got_status = true;
		stream->status.code = status_of_text(value);
		return 0;
	}
	if (is(name, "grpc-message")) {
		stream->status.message = percent_decode(&stream->arena, value);
		return stream->status.message == NULL ? E_NOMEM : 0;
	}
	if (is(name, "grpc-status-details-bin"))
		return base64_decode(&stream->arena, value, &stream->status.details);
	return metadata_receive(&stream->arena,
	                        stream->got_headers ? &stream->trailers
	                                            : &stream->headers,
	                        name, value);
}
