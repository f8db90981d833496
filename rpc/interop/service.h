/* The server's side of grpc.testing.TestService. */
#ifndef RPC_INTEROP_SERVICE_H
#define RPC_INTEROP_SERVICE_H

#include <uv.h>

#include "rpc/call.h"
#include "rpc/descriptors.h"

/* Descriptors of the interoperability tests' files. */
extern const struct rpc_descriptor_set interop_descriptors;

/* The method table of the one service of this program; its timers run on @loop. */
const struct rpc_method *interop_service(uv_loop_t *loop);

#endif
