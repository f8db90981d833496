/* Base64 for "-bin" metadata. Pure. */
#ifndef RPC_BASE64_H
#define RPC_BASE64_H

#include "base/arena.h"
#include "base/bytes.h"

/* Without padding, as the protocol prefers. NULL: no memory. */
char *base64_encode(struct arena *arena, struct bytes data);
/* With or without padding. E_SYNTAX: not base64; E_NOMEM. */
int base64_decode(struct arena *arena, struct bytes text, struct bytes *ret_data);

#endif
