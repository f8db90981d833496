/* Bytes of one call that wait to be sent. */
#include "rpc/outbox.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/frame.h"

static int make_room(struct outbox *outbox, size_t more);

void outbox_finish(struct outbox *outbox)
{
	free(TAKE(outbox->data));
	outbox->head = 0;
	outbox->tail = 0;
	outbox->capacity = 0;
}

int outbox_push(struct outbox *outbox, bool compressed, struct bytes message)
{
	int r = make_room(outbox, FRAME_HEADER + message.len);

	if (r < 0)
		return r;
	frame_header(outbox->data + outbox->tail, compressed, message.len);
	if (message.len > 0)
		memcpy(outbox->data + outbox->tail + FRAME_HEADER, message.data,
		       message.len);
	outbox->tail += FRAME_HEADER + message.len;
	return 0;
}

int outbox_push_raw(struct outbox *outbox, struct bytes bytes)
{
	int r = make_room(outbox, bytes.len);

	if (r < 0 || bytes.len == 0)
		return r;
	memcpy(outbox->data + outbox->tail, bytes.data, bytes.len);
	outbox->tail += bytes.len;
	return 0;
}

static int make_room(struct outbox *outbox, size_t more)
{
	size_t capacity;
	uint8_t *larger;

	if (!outbox->keep && outbox->head > 0 && outbox->head >= outbox->tail / 2) {
		memmove(outbox->data, outbox->data + outbox->head,
		        outbox_pending(outbox));
		outbox->tail -= outbox->head;
		outbox->head = 0;
	}
	if (more <= outbox->capacity - outbox->tail)
		return 0;
	capacity = outbox->tail + more;
	if (capacity < 2 * outbox->capacity)
		capacity = 2 * outbox->capacity;
	larger = realloc(outbox->data, capacity);
	if (larger == NULL)
		return E_NOMEM;
	outbox->data = larger;
	outbox->capacity = capacity;
	return 0;
}

struct bytes outbox_peek(const struct outbox *outbox, size_t max)
{
	size_t pending = outbox_pending(outbox);

	if (pending == 0)
		return bytes_of(NULL, 0);
	return bytes_of(outbox->data + outbox->head, pending < max ? pending : max);
}

void outbox_sent(struct outbox *outbox, size_t len)
{
	CHECK(len <= outbox_pending(outbox));
	outbox->head += len;
	if (outbox->head == outbox->tail && !outbox->keep)
		outbox_finish(outbox);
}

void outbox_rewind(struct outbox *outbox)
{
	CHECK(outbox->keep);
	outbox->head = 0;
}

void outbox_forget(struct outbox *outbox)
{
	outbox->keep = false;
	if (outbox->head == outbox->tail)
		outbox_finish(outbox);
}
