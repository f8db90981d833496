/*
 * Between the contract's messages and the model's structs.
 *
 * Enums have the same numbers on both sides; the assertions below keep it so. What can
 * go wrong: a peer's values are outside their bounds (refused), or memory ran out.
 */
#include <assert.h>

#include "duban/v1/common.pb-c.h"
#include "duban/v1/report.pb-c.h"

#include "base/err.h"
#include "model/finding.h"
#include "model/quantity.h"
#include "model/report.h"
#include "model/seal.h"
#include "model/wire.h"
#include "model/wire_convert.h"

static bool is_algorithm(int number);

static_assert(ED25519 == (int)DUBAN__V1__ALGORITHM__ALGORITHM_ED25519, "same numbers");
static_assert(ECDSA_P256_SHA256 == (int)DUBAN__V1__ALGORITHM__ALGORITHM_ECDSA_P256_SHA256,
              "same numbers");
static_assert(SM2_SM3 == (int)DUBAN__V1__ALGORITHM__ALGORITHM_SM2_SM3, "same numbers");
static_assert(HEDGE_NONE == (int)DUBAN__V1__HEDGE__HEDGE_NONE, "same numbers");
static_assert(HEDGE_ABOUT == (int)DUBAN__V1__HEDGE__HEDGE_ABOUT, "same numbers");
static_assert(HEDGE_MORE_THAN == (int)DUBAN__V1__HEDGE__HEDGE_MORE_THAN, "same numbers");
static_assert(REPORT_NO_CHANGE == (int)DUBAN__V1__REPORT_KIND__REPORT_KIND_NO_CHANGE,
              "same numbers");
static_assert(REPORT_ZERO == (int)DUBAN__V1__REPORT_KIND__REPORT_KIND_ZERO,
              "same numbers");
static_assert(SEVERITY_REFUSAL == (int)DUBAN__V1__SEVERITY__SEVERITY_REFUSAL,
              "same numbers");
static_assert(SEVERITY_REASON == (int)DUBAN__V1__SEVERITY__SEVERITY_REASON,
              "same numbers");
static_assert(SEVERITY_NOTICE == (int)DUBAN__V1__SEVERITY__SEVERITY_NOTICE,
              "same numbers");

int wire_envelope_read(const Duban__V1__Envelope *message, struct envelope *ret)
{
	struct envelope envelope = {
		.payload_type = message->payload_type,
		.payload = bytes_of(message->payload.data, message->payload.len),
		.algorithm = (enum algorithm)message->algorithm,
		.signature = bytes_of(message->signature.data, message->signature.len),
		.key_hint = bytes_of(message->key_hint.data, message->key_hint.len),
	};
	int r = wire_certificates_read(message->certificates, message->n_certificates,
	                               &envelope);

	if (r != 0 || envelope.payload_type[0] == '\0' ||
	    !is_algorithm((int)message->algorithm) ||
	    envelope.signature.len > SEAL_SIGNATURE_MAX)
		return E_SYNTAX;
	*ret = envelope;
	return 0;
}

int wire_certificates_read(const ProtobufCBinaryData *list, size_t count,
                           struct envelope *ret)
{
	if (count > SEAL_CERTIFICATES_MAX)
		return E_SYNTAX;
	for (size_t i = 0; i < count; i++)
		if (list[i].len > SEAL_CERTIFICATE_MAX)
			return E_SYNTAX;
	for (size_t i = 0; i < count; i++)
		ret->certificates[i] = bytes_of(list[i].data, list[i].len);
	ret->certificate_count = count;
	return 0;
}

static bool is_algorithm(int number)
{
	return number >= ED25519 && number <= SM2_SM3;
}

int wire_envelope_write(struct arena *arena, const struct envelope *envelope,
                        Duban__V1__Envelope **ret_message)
{
	Duban__V1__Envelope *message = arena_new(arena, Duban__V1__Envelope);
	int r;

	if (message == NULL)
		return E_NOMEM;
	duban__v1__envelope__init(message);
	message->payload_type = wire_string(envelope->payload_type);
	message->payload = wire_binary(envelope->payload);
	message->algorithm = (Duban__V1__Algorithm)envelope->algorithm;
	message->signature = wire_binary(envelope->signature);
	message->key_hint = wire_binary(envelope->key_hint);
	r = wire_certificates_write(arena, envelope, &message->certificates);
	if (r != 0)
		return r;
	message->n_certificates = envelope->certificate_count;
	*ret_message = message;
	return 0;
}

int wire_certificates_write(struct arena *arena, const struct envelope *envelope,
                            ProtobufCBinaryData **ret_list)
{
	ProtobufCBinaryData *list =
		arena_new_array(arena, envelope->certificate_count, ProtobufCBinaryData);

	if (list == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < envelope->certificate_count; i++)
		list[i] = wire_binary(envelope->certificates[i]);
	*ret_list = list;
	return 0;
}

int wire_quantity_read(const Duban__V1__Quantity *message, struct quantity *ret)
{
	struct quantity quantity = {
		.digits = message->digits,
		.scale = message->scale,
		.unit = unit_find(message->unit),
		.hedge = (enum hedge)message->hedge,
	};
	int hedge = (int)message->hedge;

	if (quantity_check(message->digits, message->scale) != 0 || hedge < HEDGE_NONE ||
	    hedge > HEDGE_MORE_THAN)
		return E_RANGE;
	if (quantity.unit == NULL)
		return E_NOT_FOUND;
	*ret = quantity;
	return 0;
}

int wire_quantity_write(struct arena *arena, const struct quantity *quantity,
                        Duban__V1__Quantity **ret_message)
{
	Duban__V1__Quantity *message = arena_new(arena, Duban__V1__Quantity);

	if (message == NULL)
		return E_NOMEM;
	duban__v1__quantity__init(message);
	message->digits = quantity->digits;
	message->scale = quantity->scale;
	message->unit = wire_string(quantity->unit->name);
	message->hedge = (Duban__V1__Hedge)quantity->hedge;
	*ret_message = message;
	return 0;
}

int wire_finding_write(struct arena *arena, const struct finding *finding,
                       Duban__V1__Finding **ret_message)
{
	Duban__V1__Finding *message = arena_new(arena, Duban__V1__Finding);

	if (message == NULL)
		return E_NOMEM;
	duban__v1__finding__init(message);
	message->rule = wire_string(finding->rule);
	message->severity = (Duban__V1__Severity)finding->severity;
	message->field = wire_string(finding->field);
	message->found = wire_string(finding->found);
	message->allowed = wire_string(finding->allowed);
	message->text = wire_string(finding->text);
	*ret_message = message;
	return 0;
}
