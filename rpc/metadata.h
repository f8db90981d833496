/*
 * Metadata: the pairs that travel before and after messages.
 *
 * A key is lower-case ASCII [0-9a-z_.-]; one that ends in "-bin" carries any
 * bytes (base64 on the wire, decoded here), any other carries printable ASCII.
 */
#ifndef RPC_METADATA_H
#define RPC_METADATA_H

#include "base/api.h"
#include "base/arena.h"
#include "base/bytes.h"

BASE_API_BEGIN

struct rpc_pair {
	const char *key;
	struct bytes value;
};

struct rpc_metadata {
	struct rpc_pair *pairs; /* in the order of arrival */
	size_t count, capacity;
};

/* Append a copy to @metadata in @arena. E_SYNTAX: not allowed by the rules above, or
 * a key that gRPC reserves ("grpc-..."); E_NOMEM. */
int rpc_metadata_add(struct arena *arena, struct rpc_metadata *metadata, const char *key,
                     struct bytes value);
/* The last value of @key, or NULL. Borrowed from @metadata. */
const struct bytes *rpc_metadata_find(const struct rpc_metadata *metadata,
                                      const char *key);

BASE_API_END

#endif
