/* Is this a message of its type? Before protobuf-c sees it. Pure. */
#ifndef RPC_TYPED_CHECK_H
#define RPC_TYPED_CHECK_H

#include <protobuf-c/protobuf-c.h>

#include "base/bytes.h"

/* E_SYNTAX: malformed, nested deeper than @depth_max (0: RPC_TYPED_DEPTH_MAX), or text
 * that is not UTF-8 or holds a NUL. Unknown fields are skipped. */
int typed_check(const ProtobufCMessageDescriptor *type, struct bytes bytes,
                unsigned depth_max);

#endif
