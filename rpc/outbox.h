/* Bytes of one call that wait to be sent, first in, first out. Pure. */
#ifndef RPC_OUTBOX_H
#define RPC_OUTBOX_H

#include <stdbool.h>

#include "base/bytes.h"

struct outbox {
	uint8_t *data; /* owned; NULL when empty */
	size_t head, tail, capacity;
	bool keep; /* what was sent stays, so that outbox_rewind() can send it again */
};

void outbox_finish(struct outbox *outbox);
/* Append a copy of one framed message. E_NOMEM: nothing changed. */
int outbox_push(struct outbox *outbox, bool compressed, struct bytes message);
/* Append a copy of bytes that are no gRPC message. E_NOMEM. */
int outbox_push_raw(struct outbox *outbox, struct bytes bytes);
static inline size_t outbox_pending(const struct outbox *outbox)
{
	return outbox->tail - outbox->head;
}
/* The next bytes, at most @max; borrowed until anything else is called. */
struct bytes outbox_peek(const struct outbox *outbox, size_t max);
/* The first @len bytes were sent. */
void outbox_sent(struct outbox *outbox, size_t len);
/* With keep: begin again. */
void outbox_rewind(struct outbox *outbox);
/* Keep no longer what was sent. */
void outbox_forget(struct outbox *outbox);

#endif
