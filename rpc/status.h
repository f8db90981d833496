/* How a call ends: the public gRPC status codes, a message, and details. */
#ifndef RPC_STATUS_H
#define RPC_STATUS_H

#include "base/api.h"
#include "base/bytes.h"

BASE_API_BEGIN

/* The values of the public gRPC protocol (grpc/doc/statuscodes.md). */
enum rpc_code {
	RPC_OK = 0,
	RPC_CANCELLED = 1,
	RPC_UNKNOWN = 2,
	RPC_INVALID_ARGUMENT = 3,
	RPC_DEADLINE_EXCEEDED = 4,
	RPC_NOT_FOUND = 5,
	RPC_ALREADY_EXISTS = 6,
	RPC_PERMISSION_DENIED = 7,
	RPC_RESOURCE_EXHAUSTED = 8,
	RPC_FAILED_PRECONDITION = 9,
	RPC_ABORTED = 10,
	RPC_OUT_OF_RANGE = 11,
	RPC_UNIMPLEMENTED = 12,
	RPC_INTERNAL = 13,
	RPC_UNAVAILABLE = 14,
	RPC_DATA_LOSS = 15,
	RPC_UNAUTHENTICATED = 16,
};

struct rpc_status {
	enum rpc_code code;
	const char *message;  /* UTF-8, for people; NULL means ""; sent up to 1 KiB */
	struct bytes details; /* a serialized google.rpc.Status, or empty */
};

/* "OK", "CANCELLED", ...; "UNKNOWN" for a number outside the table. Static. */
const char *rpc_code_name(int code);

BASE_API_END

#endif
