/*
 * What a strict verifier of Ed25519 asks before it calculates. For model/ only.
 *
 * Libraries differ on encodings that are not canonical and on points of small order, so
 * that one would accept what another refuses; for a key of small order, one signature
 * fits many messages. Here they are refused, whichever library calculates.
 */
#ifndef DUBAN_MODEL_ED25519_H
#define DUBAN_MODEL_ED25519_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define ED25519_POINT_SIZE     32
#define ED25519_SIGNATURE_SIZE 64

/* Canonically encoded, and not of small order. Does not ask whether it is on the curve:
 * decoding finds that out. */
bool ed25519_is_sound_point(const uint8_t point[ED25519_POINT_SIZE]);
/* 64 bytes: a sound point R, and S below the group's order. */
bool ed25519_is_sound_signature(struct bytes signature);

#endif
