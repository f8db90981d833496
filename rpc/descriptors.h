/*
 * Serialized descriptors of .proto files, as protoc-gen-rpc embeds them at build time:
 * what server reflection hands out. Only data; nothing here reads protobuf.
 */
#ifndef RPC_DESCRIPTORS_H
#define RPC_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/api.h"
#include "base/bytes.h"

BASE_API_BEGIN

struct rpc_descriptor_extension {
	const char *extendee; /* "google.protobuf.FileOptions"; NULL ends the list */
	int32_t number;
};

struct rpc_descriptor {
	const char *name;           /* "demo/greeter.proto" */
	struct bytes file;          /* a serialized google.protobuf.FileDescriptorProto */
	const char *const *symbols; /* full names of all it defines; NULL-ended, sorted */
	const char *const *services; /* full names; NULL-ended */
	const char *const *imports;  /* names of files, in the same set; NULL-ended */
	const struct rpc_descriptor_extension *extensions;
};

/* Files and everything that they import, imports first. */
struct rpc_descriptor_set {
	const struct rpc_descriptor *files;
	size_t count;
};

BASE_API_END

#endif
