/*
 * Messages in and out of calls, as structs:
 *
 *	bytes -> typed_check() -> options->check -> protobuf-c, into an arena -> handler
 *	struct -> packed into memory of its own -> rpc_call_send()
 *
 * What can go wrong: a peer sends what is not its message (a client is refused with
 * INTERNAL, as other implementations do; a server's answer ends our call the same way),
 * or one that takes more memory than is allowed (RESOURCE_EXHAUSTED).
 */
#include "rpc/typed.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/err.h"
#include "rpc/typed_check.h"

/* The arena, as protobuf-c sees it. */
struct allocation {
	ProtobufCAllocator base;
	struct arena *arena;
	bool failed;
};

static bool takes_one(const struct rpc_call *call);
static enum rpc_code code_of(int err);
static void *on_alloc(void *data, size_t size);
static void on_free(void *data, void *ptr);
static int pack(const ProtobufCMessage *message, uint8_t **ret_data, size_t *ret_len);

bool rpc_typed_begin(struct rpc_call *call, const struct rpc_typed_options *options,
                     bool implemented)
{
	int r = 0;

	if (options->admit != NULL)
		r = options->admit(options->context, call);
	if (r < 0)
		rpc_call_refuse(call, (enum rpc_code)err_grpc(r), err_text(r));
	else if (!implemented)
		rpc_call_refuse(call, RPC_UNIMPLEMENTED, "this method has no handler");
	return r == 0 && implemented;
}

const ProtobufCMessage *rpc_typed_read(struct rpc_call *call,
                                       const struct rpc_typed_options *options,
                                       const ProtobufCMessageDescriptor *type,
                                       struct bytes bytes, struct arena *scratch)
{
	struct arena *arena = takes_one(call) ? rpc_call_arena(call) : scratch;
	const ProtobufCMessage *message;
	int r;

	arena_init(scratch,
	           options->memory_max != 0 ? options->memory_max : RPC_TYPED_MEMORY_MAX);
	r = options->check != NULL ? typed_check(type, bytes, options->depth_max) : 0;
	if (r == 0 && options->check != NULL)
		r = options->check(options->context, type, bytes);
	if (r == 0)
		r = rpc_typed_unpack(arena, type, bytes, options->depth_max, &message);
	if (r == 0)
		return message;
	rpc_call_refuse(call, code_of(r), "the request's message cannot be read");
	return NULL;
}

/* Such a request lives as long as its call; a stream's many share one small memory. */
static bool takes_one(const struct rpc_call *call)
{
	enum rpc_kind kind = rpc_call_method(call)->kind;

	return kind == RPC_UNARY || kind == RPC_SERVER_STREAMING;
}

static enum rpc_code code_of(int err)
{
	return err == E_SYNTAX ? RPC_INTERNAL : (enum rpc_code)err_grpc(err);
}

int rpc_typed_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
                     struct bytes bytes, unsigned depth_max,
                     const ProtobufCMessage **ret_message)
{
	struct allocation allocation = {
		.base = {.alloc = on_alloc, .free = on_free},
		.arena = arena,
	};
	const ProtobufCMessage *message;
	int r = typed_check(type, bytes, depth_max);

	if (r < 0)
		return r;
	allocation.base.allocator_data = &allocation;
	message =
		protobuf_c_message_unpack(type, &allocation.base, bytes.len, bytes.data);
	if (allocation.failed)
		return E_NOMEM;
	if (message == NULL)
		return E_SYNTAX;
	*ret_message = message;
	return 0;
}

static void *on_alloc(void *data, size_t size)
{
	struct allocation *allocation = data;
	void *given = arena_alloc(allocation->arena, size);

	if (given == NULL)
		allocation->failed = true;
	return given;
}

/* The arena frees everything at once, later. */
static void on_free(void *data, void *ptr)
{
	(void)data;
	(void)ptr;
}

/* Once it has its only message, the handler ends the call; before, nobody would. */
void rpc_typed_cancelled(struct rpc_call *call)
{
	struct rpc_status status = {.code = RPC_CANCELLED};

	if (!takes_one(call) || rpc_call_received(call) == 0)
		rpc_call_finish(call, &status);
}

void rpc_typed_reply(struct rpc_call *call, const ProtobufCMessage *message)
{
	AUTO(freep) uint8_t *data = NULL;
	size_t len;

	if (pack(message, &data, &len) < 0)
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED, "no memory for the answer");
	else
		rpc_call_reply(call, bytes_of(data, len));
}

int rpc_typed_send(struct rpc_call *call, const ProtobufCMessage *message)
{
	AUTO(freep) uint8_t *data = NULL;
	size_t len;
	int r = pack(message, &data, &len);

	return r < 0 ? r : rpc_call_send(call, bytes_of(data, len));
}

static int pack(const ProtobufCMessage *message, uint8_t **ret_data, size_t *ret_len)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *data = malloc(len + 1); /* an empty message is a message too */

	if (data == NULL)
		return E_NOMEM;
	*ret_len = protobuf_c_message_pack(message, data);
	*ret_data = data;
	return 0;
}

int rpc_typed_start(struct rpc_channel *channel, struct rpc_typed_request *request,
                    const ProtobufCMessage *message)
{
	AUTO(freep) uint8_t *data = NULL;
	size_t len;
	int r = pack(message, &data, &len);

	return r < 0 ? r
	             : rpc_request_unary(channel, &request->request, bytes_of(data, len));
}

int rpc_typed_request_send(struct rpc_typed_request *request,
                           const ProtobufCMessage *message)
{
	AUTO(freep) uint8_t *data = NULL;
	size_t len;
	int r = pack(message, &data, &len);

	return r < 0 ? r : rpc_request_send(&request->request, bytes_of(data, len));
}

const ProtobufCMessage *rpc_typed_receive(struct rpc_typed_request *request,
                                          const ProtobufCMessageDescriptor *type,
                                          struct bytes bytes, struct arena *scratch)
{
	const ProtobufCMessage *message;
	int r;

	arena_init(scratch,
	           request->memory_max != 0 ? request->memory_max : RPC_TYPED_MEMORY_MAX);
	if (request->broken != 0)
		return NULL;
	r = rpc_typed_unpack(scratch, type, bytes, 0, &message);
	if (r == 0)
		return message;
	request->broken = r;
	rpc_request_cancel(&request->request);
	return NULL;
}

const struct rpc_status *rpc_typed_verdict(struct rpc_typed_request *request,
                                           const struct rpc_status *status)
{
	if (request->broken == 0)
		return status;
	request->verdict = (struct rpc_status){
		.code = code_of(request->broken),
		.message = "the answer's message cannot be read",
	};
	return &request->verdict;
}
