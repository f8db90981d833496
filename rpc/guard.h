/*
 * The frames of a connection, looked at before nghttp2 takes them: what it does not
 * count, and what it no longer knows.
 *
 * Pure: bytes and the time come in, a finding comes out.
 */
#ifndef RPC_GUARD_H
#define RPC_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Frames that cost us and carry nothing, in GUARD_NOISE_SPAN ms. Honest peers send a
 * few a second. */
#define GUARD_NOISE_MAX  2000
#define GUARD_NOISE_SPAN 10000
/* CONTINUATION frames of one header block; nghttp2 gives up at the next one. */
#define GUARD_CONTINUATIONS_MAX 8
/* Bytes that unpacking may add in the same time: what is more than GUARD_RATIO times the
 * packed message. Honest messages are packed ten to one, and seldom a hundred to one. */
#define GUARD_INFLATED_MAX (64 * 1024 * 1024)
#define GUARD_RATIO        32
/* Frames that the peer has earned and not sent yet: more are not kept for it. */
#define GUARD_CREDIT_MAX 65536
/* The head of a frame, and what of its payload matters here. */
#define GUARD_HEAD_MAX 13

struct guard_frame {
	uint8_t type, flags;
	int32_t stream;
	uint32_t error; /* HTTP/2's code; 0: nothing is wrong that we know of */
	enum {
		GUARD_ALWAYS,      /* @error ends the connection */
		GUARD_WHEN_GONE,   /* so it does, if the stream has ended */
		GUARD_RESETS_GONE, /* if the stream has ended, it is reset */
	} when;
};

struct guard {
	bool is_server;
	bool gave;           /* headers or data left us since the peer's last ping */
	bool knows_settings; /* the peer has acknowledged ours */
	uint8_t have;        /* bytes of the next head */
	uint8_t head[GUARD_HEAD_MAX];
	uint32_t left;            /* bytes until that head begins */
	int32_t last;             /* the highest stream that the peer has opened */
	uint64_t used;            /* it and 63 before it: opened; bit 0 is @last */
	uint64_t ended, reset;    /* the peer sent END_STREAM; RST_STREAM */
	unsigned continuations;   /* of the block under way */
	unsigned pings;           /* of ours, not yet answered */
	unsigned resets, windows; /* RST_STREAM and WINDOW_UPDATE that it has earned */
	unsigned noise;           /* since noise_since */
	size_t inflated;          /* bytes that unpacking added, since then */
	uint64_t noise_since;     /* ms */
	uint64_t frame_since;     /* when the frame under way began, ms; 0: none is */
};

/* @is_server: the peer is a client, and begins with the connection preface. */
void guard_init(struct guard *guard, bool is_server, uint64_t now);
/* Move *@input behind the head of the next frame. false: there is none in it any more,
 * and all of it is used up. */
bool guard_next(struct guard *guard, uint64_t now, struct bytes *input,
                struct guard_frame *ret_frame);
/* A frame of ours left. */
void guard_sent(struct guard *guard, uint8_t type, uint8_t flags, size_t len);
/* The peer did what no honest peer does often. true: it was too often. */
bool guard_noise(struct guard *guard, uint64_t now);
/* A message of @packed bytes became one of @plain. true: it did so too often. */
bool guard_inflated(struct guard *guard, uint64_t now, size_t packed, size_t plain);

#endif
