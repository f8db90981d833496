/*
 * Messages in a byte stream: one flag byte, four bytes of length, the message.
 * Pure. A length is only a promise: memory follows the bytes that arrived.
 */
#ifndef RPC_FRAME_H
#define RPC_FRAME_H

#include <stdbool.h>

#include "base/bytes.h"

#define FRAME_HEADER 5

struct frame_reader {
	size_t max; /* the largest message, as it stands on the wire */
	uint8_t header[FRAME_HEADER];
	size_t header_len;
	uint8_t *body; /* owned; NULL between messages */
	size_t len, capacity;
};

struct frame {
	bool compressed;
	struct bytes body; /* borrowed until the next call, or from the input */
};

void frame_reader_init(struct frame_reader *reader, size_t max);
void frame_reader_finish(struct frame_reader *reader);
/*
 * Read from the front of *@input, which is moved on.
 *
 *   1           *@ret_frame is a whole message; call again
 *   0           @input is used up, more is needed
 *   E_LIMIT     the message is announced as larger than the limit
 *   E_PROTOCOL  the flag is neither 0 nor 1
 *   E_NOMEM
 */
int frame_read(struct frame_reader *reader, struct bytes *input, struct frame *ret_frame);
/* Is no message begun and unfinished? */
bool frame_reader_is_clean(const struct frame_reader *reader);
/* How long the message is that was begun and is not whole yet; 0: there is none, or its
 * length is not known yet. */
size_t frame_reader_unfinished(const struct frame_reader *reader);
/* Bytes of memory that it holds. */
static inline size_t frame_reader_held(const struct frame_reader *reader)
{
	return reader->capacity;
}

void frame_header(uint8_t header[FRAME_HEADER], bool compressed, size_t len);

#endif
