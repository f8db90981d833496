/*
 * The frames of a connection, looked at before nghttp2 takes them.
 *
 *	bytes -> (preface) -> head -> weigh: what it costs      -> finding
 *	                           \-> remember: what it breaks -/
 *
 * nghttp2 answers whatever is wrong with frames on streams that live. It is told to
 * forget the others at once, for memory; so 64 streams back one bit each remembers
 * which the client opened, ended and reset. A frame on one of those deserves an error
 * (RFC 9113, 5.1 and 5.1.1) if the stream is gone: the session finds that out.
 *
 * Floods: each frame that carries nothing is noise, unless we gave reason for it. A
 * ping is free after data of ours (peers measure the line with it), a WINDOW_UPDATE
 * per KiB of data and two per frame, one RST_STREAM per call. What is more than
 * that is counted, and the connection ends when it is too much: the peer's fault.
 */
#include "rpc/guard.h"

#include <nghttp2/nghttp2.h>
#include <string.h>

#define HEAD_SIZE    9
#define PREFACE_SIZE 24
/* How many streams back is remembered. */
#define MEMORY 64
/* A peer may open its windows so often for one frame, and for so many bytes. */
#define WINDOWS_PER_FRAME 2
#define BYTES_PER_WINDOW  1024

static bool pass_over(struct guard *guard, struct bytes *input);
static size_t head_size(const struct guard *guard);
static uint32_t length_of(const struct guard *guard);
static void read_frame(struct guard *guard, struct guard_frame *frame);
static bool is_noise(struct guard *guard, const struct guard_frame *frame);
static bool spend(unsigned *credit);
static void earn(unsigned *credit, size_t more);
static void remember(struct guard *guard, struct guard_frame *frame);
static void open_stream(struct guard *guard, int32_t stream);
static void judge(const struct guard *guard, struct guard_frame *frame, uint64_t bit);
static void forgive(struct guard *guard, uint64_t now);

void guard_init(struct guard *guard, bool is_server, uint64_t now)
{
	*guard = (struct guard){.is_server = is_server, .noise_since = now};
	guard->left = is_server ? PREFACE_SIZE : 0;
}

bool guard_next(struct guard *guard, uint64_t now, struct bytes *input,
                struct guard_frame *ret_frame)
{
	if (!pass_over(guard, input))
		return false;
	if (guard->have == 0 && input->len >= HEAD_SIZE) {
		guard->frame_since = now;
		memcpy(guard->head, input->data, HEAD_SIZE);
		guard->have = HEAD_SIZE;
		input->data += HEAD_SIZE;
		input->len -= HEAD_SIZE;
	}
	while (guard->have < head_size(guard)) {
		if (input->len == 0)
			return false;
		if (guard->have == 0)
			guard->frame_since = now;
		guard->head[guard->have++] = *input->data++;
		input->len--;
	}
	read_frame(guard, ret_frame);
	guard->left = length_of(guard) - (guard->have - HEAD_SIZE);
	guard->have = 0;
	if (guard->left == 0)
		guard->frame_since = 0;
	if (is_noise(guard, ret_frame) && guard_noise(guard, now)) {
		ret_frame->error = NGHTTP2_ENHANCE_YOUR_CALM;
		ret_frame->when = GUARD_ALWAYS;
	}
	return true;
}

/* The preface, or the rest of the last frame. */
static bool pass_over(struct guard *guard, struct bytes *input)
{
	size_t len = guard->left < input->len ? guard->left : input->len;

	if (len > 0) {
		input->data += len;
		input->len -= len;
		guard->left -= (uint32_t)len;
		if (guard->left == 0)
			guard->frame_since = 0;
	}
	return guard->left == 0;
}

/* With a window's increment, or the length of data's padding. */
static size_t head_size(const struct guard *guard)
{
	uint8_t type = guard->head[3], flags = guard->head[4];

	if (guard->have < HEAD_SIZE)
		return HEAD_SIZE;
	if (type == NGHTTP2_WINDOW_UPDATE && length_of(guard) >= 4)
		return HEAD_SIZE + 4;
	if (type == NGHTTP2_DATA && (flags & NGHTTP2_FLAG_PADDED) != 0 &&
	    length_of(guard) >= 1)
		return HEAD_SIZE + 1;
	return HEAD_SIZE;
}

static uint32_t length_of(const struct guard *guard)
{
	const uint8_t *head = guard->head;

	return (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
}

static uint32_t word_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 |
	       at[3];
}

static void read_frame(struct guard *guard, struct guard_frame *frame)
{
	*frame = (struct guard_frame){
		.type = guard->head[3],
		.flags = guard->head[4],
		.stream = (int32_t)(word_at(guard->head + 5) & INT32_MAX),
	};
	if (frame->type == NGHTTP2_SETTINGS && (frame->flags & NGHTTP2_FLAG_ACK) != 0)
		guard->knows_settings = true;
	if (guard->is_server)
		remember(guard, frame);
	if (frame->type != NGHTTP2_CONTINUATION) {
		guard->continuations = 0;
	} else if (++guard->continuations > GUARD_CONTINUATIONS_MAX) {
		frame->error = NGHTTP2_ENHANCE_YOUR_CALM;
		frame->when = GUARD_ALWAYS;
	}
}

static bool is_noise(struct guard *guard, const struct guard_frame *frame)
{
	bool ack = (frame->flags & NGHTTP2_FLAG_ACK) != 0;
	bool end = (frame->flags & NGHTTP2_FLAG_END_STREAM) != 0;
	bool gave = guard->gave;

	switch (frame->type) {
	case NGHTTP2_DATA:
		return !end && (length_of(guard) == 0 ||
		                ((frame->flags & NGHTTP2_FLAG_PADDED) != 0 &&
		                 guard->head[HEAD_SIZE] + 1U == length_of(guard)));
	case NGHTTP2_HEADERS:
		return false;
	case NGHTTP2_RST_STREAM:
		return !spend(&guard->resets);
	case NGHTTP2_PING:
		guard->gave = guard->gave && ack;
		return ack ? !spend(&guard->pings) : !gave;
	case NGHTTP2_SETTINGS:
		return !ack; /* nghttp2 knows which it waits for */
	case NGHTTP2_WINDOW_UPDATE:
		return !spend(&guard->windows);
	case NGHTTP2_CONTINUATION:
		return length_of(guard) == 0;
	default: /* PRIORITY, GOAWAY, and what HTTP/2 may yet become */
		return true;
	}
}

static bool spend(unsigned *credit)
{
	if (*credit == 0)
		return false;
	(*credit)--;
	return true;
}

static void earn(unsigned *credit, size_t more)
{
	*credit = more < GUARD_CREDIT_MAX - *credit ? *credit + (unsigned)more
	                                            : GUARD_CREDIT_MAX;
}

/* What the client does to a stream of its own, and whether it still may. */
static void remember(struct guard *guard, struct guard_frame *frame)
{
	bool opens = frame->type == NGHTTP2_HEADERS && frame->stream > guard->last;
	uint64_t bit;

	if (frame->stream % 2 == 0)
		return; /* not a client's */
	if (opens)
		open_stream(guard, frame->stream);
	if (frame->stream > guard->last || guard->last - frame->stream >= 2 * MEMORY)
		return;
	bit = (uint64_t)1 << (unsigned)(guard->last - frame->stream) / 2;
	if (!opens)
		judge(guard, frame, bit);
	if ((frame->type == NGHTTP2_HEADERS || frame->type == NGHTTP2_DATA) &&
	    (frame->flags & NGHTTP2_FLAG_END_STREAM) != 0)
		guard->ended |= bit;
	if (frame->type == NGHTTP2_RST_STREAM)
		guard->reset |= bit;
}

static void open_stream(struct guard *guard, int32_t stream)
{
	unsigned further = (unsigned)(stream - guard->last) / 2;

	guard->used = (further < MEMORY ? guard->used << further : 0) | 1;
	guard->ended = further < MEMORY ? guard->ended << further : 0;
	guard->reset = further < MEMORY ? guard->reset << further : 0;
	guard->last = stream;
	earn(&guard->resets, 1);
}

static void judge(const struct guard *guard, struct guard_frame *frame, uint64_t bit)
{
	bool headers = frame->type == NGHTTP2_HEADERS;

	if (frame->type == NGHTTP2_WINDOW_UPDATE) {
		if (length_of(guard) >= 4 && word_at(guard->head + HEAD_SIZE) == 0) {
			frame->error = NGHTTP2_PROTOCOL_ERROR;
			frame->when = GUARD_RESETS_GONE;
		}
		return;
	}
	if (!headers && frame->type != NGHTTP2_DATA)
		return;
	if ((guard->used & bit) == 0 && headers) {
		frame->error = NGHTTP2_PROTOCOL_ERROR;
		frame->when = GUARD_ALWAYS;
	} else if ((guard->ended & bit) != 0) {
		frame->error = NGHTTP2_STREAM_CLOSED;
		frame->when = GUARD_WHEN_GONE;
	} else if ((guard->used & bit) == 0 || (guard->reset & bit) != 0) {
		frame->error = NGHTTP2_STREAM_CLOSED;
		frame->when = GUARD_RESETS_GONE;
	}
	/* Else we ended it, and the peer may not have known yet. */
}

void guard_sent(struct guard *guard, uint8_t type, uint8_t flags, size_t len)
{
	switch (type) {
	case NGHTTP2_HEADERS:
		guard->gave = true;
		if (!guard->is_server)
			earn(&guard->resets, 1);
		break;
	case NGHTTP2_DATA:
		guard->gave = true;
		earn(&guard->windows, WINDOWS_PER_FRAME + len / BYTES_PER_WINDOW);
		break;
	case NGHTTP2_PING:
		if ((flags & NGHTTP2_FLAG_ACK) == 0)
			earn(&guard->pings, 1);
		break;
	default:
		break;
	}
}

bool guard_noise(struct guard *guard, uint64_t now)
{
	forgive(guard, now);
	return ++guard->noise >= GUARD_NOISE_MAX;
}

bool guard_inflated(struct guard *guard, uint64_t now, size_t packed, size_t plain)
{
	forgive(guard, now);
	if (plain / GUARD_RATIO > packed)
		guard->inflated += plain - GUARD_RATIO * packed;
	return guard->inflated > GUARD_INFLATED_MAX;
}

static void forgive(struct guard *guard, uint64_t now)
{
	if (now - guard->noise_since <= GUARD_NOISE_SPAN)
		return;
	guard->noise_since = now;
	guard->noise = 0;
	guard->inflated = 0;
}
