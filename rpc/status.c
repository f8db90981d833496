/* The public gRPC status codes, and what stands for them elsewhere. */
#include "rpc/status.h"

#include <nghttp2/nghttp2.h>

#include "base/check.h"
#include "rpc/status_map.h"

const char *rpc_code_name(int code)
{
	static const char *const names[] = {
		[RPC_OK] = "OK",
		[RPC_CANCELLED] = "CANCELLED",
		[RPC_UNKNOWN] = "UNKNOWN",
		[RPC_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
		[RPC_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
		[RPC_NOT_FOUND] = "NOT_FOUND",
		[RPC_ALREADY_EXISTS] = "ALREADY_EXISTS",
		[RPC_PERMISSION_DENIED] = "PERMISSION_DENIED",
		[RPC_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
		[RPC_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
		[RPC_ABORTED] = "ABORTED",
		[RPC_OUT_OF_RANGE] = "OUT_OF_RANGE",
		[RPC_UNIMPLEMENTED] = "UNIMPLEMENTED",
		[RPC_INTERNAL] = "INTERNAL",
		[RPC_UNAVAILABLE] = "UNAVAILABLE",
		[RPC_DATA_LOSS] = "DATA_LOSS",
		[RPC_UNAUTHENTICATED] = "UNAUTHENTICATED",
	};

	if (code < 0 || code >= (int)ARRAY_LEN(names))
		code = RPC_UNKNOWN;
	return names[code];
}

enum rpc_code status_of_http(int http)
{
	switch (http) {
	case 400:
		return RPC_INTERNAL;
	case 401:
		return RPC_UNAUTHENTICATED;
	case 403:
		return RPC_PERMISSION_DENIED;
	case 404:
		return RPC_UNIMPLEMENTED;
	case 429:
	case 502:
	case 503:
	case 504:
		return RPC_UNAVAILABLE;
	default:
		return RPC_UNKNOWN;
	}
}

enum rpc_code status_of_reset(uint32_t error)
{
	switch (error) {
	case NGHTTP2_REFUSED_STREAM:
		return RPC_UNAVAILABLE;
	case NGHTTP2_CANCEL:
		return RPC_CANCELLED;
	case NGHTTP2_ENHANCE_YOUR_CALM:
		return RPC_RESOURCE_EXHAUSTED;
	case NGHTTP2_INADEQUATE_SECURITY:
		return RPC_PERMISSION_DENIED;
	default:
		return RPC_INTERNAL;
	}
}

enum rpc_code status_of_text(struct bytes text)
{
	int code = 0;

	if (text.len == 0 || text.len > 2)
		return RPC_UNKNOWN;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return RPC_UNKNOWN;
		code = code * 10 + (text.data[i] - '0');
	}
	return code > RPC_UNAUTHENTICATED ? RPC_UNKNOWN : (enum rpc_code)code;
}
