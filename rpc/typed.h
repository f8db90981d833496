/*
 * Between the bytes of calls and the structs of protobuf-c: what the code that
 * protoc-gen-rpc writes stands on. The library is uvgrpc-protobuf-c; uvgrpc itself knows
 * no protobuf.
 *
 * A generated service is used like this, for a service demo.Greeter with a unary Greet:
 *
 *	static void greet(struct demo_greeter *service, struct rpc_call *call,
 *	                  const Demo__Name *name)
 *	{
 *		Demo__Greeting greeting = DEMO__GREETING__INIT;
 *		...
 *		demo_greeter_greet_reply(call, &greeting);
 *	}
 *	static const struct demo_greeter_handlers handlers = {.greet.message = greet};
 *
 *	demo_greeter_init(&greeter, &handlers, NULL);
 *	... rpc_listener_options.services: greeter.methods
 *
 * A request lives as long as its call in unary and server-streaming methods; in the
 *others until the message callback returns. A method may leave out cancelled: then a call
 *that was cancelled before its only message came, or a stream of requests, is ended for
 *it; a handler that ends such calls later, from elsewhere, must have one. A reply that a
 *client is given lives until its message callback returns.
 */
#ifndef RPC_TYPED_H
#define RPC_TYPED_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/api.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "rpc/call.h"
#include "rpc/channel.h"

BASE_API_BEGIN

#define RPC_TYPED_DEPTH_MAX  32
#define RPC_TYPED_MEMORY_MAX (16 * 1024 * 1024)

struct rpc_typed_options {
	/* May this call begin? 0, or an error that refuses it. NULL: any may. */
	int (*admit)(void *context, const struct rpc_call *call);
	/* Looks at a message before it is unpacked; 0, or an error that refuses the call.
	 * Well-formedness, depth and UTF-8 were checked. NULL: nothing more is asked. */
	int (*check)(void *context, const ProtobufCMessageDescriptor *type,
	             struct bytes message);
	void *context;
	unsigned depth_max; /* messages within messages; 0, and at most: 32 */
	size_t memory_max;  /* of one streamed message, unpacked; 0: 16 MiB */
};

/*
 * Check and unpack @bytes into @arena.
 *
 *   E_SYNTAX  malformed, nested deeper than @depth_max, a string that is not UTF-8 or
 *             holds a NUL (a C string would end there)
 *   E_NOMEM   over the arena's limit
 */
int rpc_typed_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
                     struct bytes bytes, unsigned depth_max,
                     const ProtobufCMessage **ret_message);

/* What follows is for generated code. */

/* May the call go on? If not it was refused. */
bool rpc_typed_begin(struct rpc_call *call, const struct rpc_typed_options *options,
                     bool implemented);
/* NULL: the call was refused. Prepares @scratch, which the caller finishes. */
const ProtobufCMessage *rpc_typed_read(struct rpc_call *call,
                                       const struct rpc_typed_options *options,
                                       const ProtobufCMessageDescriptor *type,
                                       struct bytes bytes, struct arena *scratch);
/* For methods without a cancelled callback. */
void rpc_typed_cancelled(struct rpc_call *call);
void rpc_typed_reply(struct rpc_call *call, const ProtobufCMessage *message);
int rpc_typed_send(struct rpc_call *call, const ProtobufCMessage *message);

/* A call that we make. Zero it; of @request fill in timeout, wait_for_ready, compress,
 * metadata and headers as you like. */
struct rpc_typed_request {
	struct rpc_request request;
	size_t memory_max;         /* of one reply, unpacked; 0: 16 MiB */
	int broken;                /* private: why a reply could not be read, or 0 */
	struct rpc_status verdict; /* private */
};

int rpc_typed_start(struct rpc_channel *channel, struct rpc_typed_request *request,
                    const ProtobufCMessage *message);
int rpc_typed_request_send(struct rpc_typed_request *request,
                           const ProtobufCMessage *message);
const ProtobufCMessage *rpc_typed_receive(struct rpc_typed_request *request,
                                          const ProtobufCMessageDescriptor *type,
                                          struct bytes bytes, struct arena *scratch);
/* A reply that could not be read counts more than what the server says. */
const struct rpc_status *rpc_typed_verdict(struct rpc_typed_request *request,
                                           const struct rpc_status *status);

BASE_API_END

#endif
