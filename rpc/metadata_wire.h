/* Metadata as header fields on the wire. */
#ifndef RPC_METADATA_WIRE_H
#define RPC_METADATA_WIRE_H

#include <stdbool.h>

#include "rpc/metadata.h"

/*
 * Take one received header field into @metadata. Fields that belong to HTTP or gRPC
 * itself are left out; "-bin" values are decoded, one pair for each part between
 * commas. E_SYNTAX: a value that is not allowed; E_NOMEM.
 */
int metadata_receive(struct arena *arena, struct rpc_metadata *metadata,
                     struct bytes name, struct bytes value);
/* Append a copy as it stands, with a NUL behind: for headers of plain HTTP, whose rules
 * nghttp2 checks. E_NOMEM. */
int metadata_keep(struct arena *arena, struct rpc_metadata *metadata, struct bytes name,
                  struct bytes value);
/* A pair's value as it travels: the same bytes, or base64. E_NOMEM. */
int metadata_wire_value(struct arena *arena, const struct rpc_pair *pair,
                        struct bytes *ret_value);
bool metadata_is_binary(const char *key);

#endif
