/* gRPC status codes for what HTTP/2 says without one. Pure. */
#ifndef RPC_STATUS_MAP_H
#define RPC_STATUS_MAP_H

#include <stdint.h>

#include "rpc/status.h"

/* For a response without grpc-status: grpc/doc/http-grpc-status-mapping.md. */
enum rpc_code status_of_http(int http);
/* For RST_STREAM: the table in grpc/doc/PROTOCOL-HTTP2.md. */
enum rpc_code status_of_reset(uint32_t error);
/* A received grpc-status value: its number, or RPC_UNKNOWN when it is none. */
enum rpc_code status_of_text(struct bytes text);

#endif
