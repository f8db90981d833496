/*
 * Strict reading of protobuf, before protobuf-c sees the bytes.
 *
 * protobuf-c checks neither UTF-8 nor NUL nor nesting, and memory grows a hundredfold
 * with empty submessages; so one walker over the message's descriptor checks the raw
 * bytes first, and unpacking goes into an arena with a limit.
 */
#ifndef DUBAN_MODEL_WIRE_H
#define DUBAN_MODEL_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/bytes.h"

#define WIRE_DEPTH_MAX 16

enum wire_rule {
	WIRE_LENIENT, /* requests: unknown fields are ignored, as protobuf promises */
	WIRE_STRICT,  /* signed bytes: no unknown field or enum value, canonical form */
};

/*
 * Check and unpack @bytes as @type into @arena.
 *
 *   E_SYNTAX  malformed, nested too deep, a string that is not UTF-8 or holds NUL;
 *             WIRE_STRICT also: unknown fields, unknown enum values, not canonical
 *   E_NOMEM   over the arena's limit
 *
 * @ret_why (may be NULL) gets one English clause in the arena, naming the field:
 * "report.texts.progress: not valid UTF-8".
 */
int wire_unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
                struct bytes bytes, enum wire_rule rule, ProtobufCMessage **ret_message,
                const char **ret_why);
/* Pack into @arena. E_NOMEM. */
int wire_pack(struct arena *arena, const ProtobufCMessage *message,
              struct bytes *ret_bytes);

/* Conversions between the contract's messages and the model's structs. Those that read
 * check ranges and units; results borrow from the message, or live in @arena. */
struct envelope;
struct finding;
struct quantity;
struct Duban__V1__Envelope;
struct Duban__V1__Finding;
struct Duban__V1__Quantity;
/* E_SYNTAX: payload type missing, unknown algorithm, too many or too large certificates
 */
int wire_envelope_read(const struct Duban__V1__Envelope *message, struct envelope *ret);
int wire_envelope_write(struct arena *arena, const struct envelope *envelope,
                        struct Duban__V1__Envelope **ret_message);
/* E_RANGE: digits or scale; E_NOT_FOUND: the unit */
int wire_quantity_read(const struct Duban__V1__Quantity *message, struct quantity *ret);
int wire_quantity_write(struct arena *arena, const struct quantity *quantity,
                        struct Duban__V1__Quantity **ret_message);
int wire_finding_write(struct arena *arena, const struct finding *finding,
                       struct Duban__V1__Finding **ret_message);

#endif
