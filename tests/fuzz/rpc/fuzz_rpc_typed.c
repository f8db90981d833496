/* A message as a stranger may send it, through the check and protobuf-c, into a small
 * memory: what comes out can be packed, and is read as a message again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "rpc/typed.h"

#define MEMORY_MAX (1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *type =
		&grpc__reflection__v1__server_reflection_response__descriptor;
	const ProtobufCMessage *message, *same;
	struct arena arena;

	arena_init(&arena, MEMORY_MAX);
	if (rpc_typed_unpack(&arena, type, bytes_of(data, size), 0, &message) == 0) {
		size_t len = protobuf_c_message_get_packed_size(message);
		AUTO(freep) uint8_t *packed = malloc(len + 1);

		CHECK(packed != NULL && protobuf_c_message_pack(message, packed) == len);
		CHECK(rpc_typed_unpack(&arena, type, bytes_of(packed, len), 0, &same) !=
		      E_SYNTAX);
	}
	arena_finish(&arena);
	return 0;
}
