/* Percent encoding, as grpc-message uses it. Pure. */
#ifndef RPC_PERCENT_H
#define RPC_PERCENT_H

#include "base/arena.h"
#include "base/bytes.h"

/* Printable ASCII except '%' stays, all else becomes %XX. NULL: no memory. */
char *percent_encode(struct arena *arena, const char *text);
/*
 * The inverse. What is no valid escape is kept as it stands, as the protocol asks, and
 * bytes that are then no UTF-8 become '?', so that the result may be shown to people.
 * NULL: no memory.
 */
char *percent_decode(struct arena *arena, struct bytes text);
/* The byte that the escape at the front of @text stands for; less than 0 when there is
 * none. */
int percent_byte(struct bytes text);

#endif
