/* Any bytes as a signed envelope: nothing but what the kept examples' keys signed may
 * verify, and then the payload is one that they signed. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "duban/v1/report.pb-c.h"

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "model/report.h"
#include "model/seal.h"
#include "model/wire.h"
#include "tests/fuzz/model_seal/fuzz_ca.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trust *trust; /* made once, for speed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_finishp) struct arena arena;
	ProtobufCMessage *message;
	struct envelope envelope;
	struct identity signer;
	int r;

	if (trust == NULL)
		CHECK(trust_create(bytes_of_str(fuzz_ca), bytes_of(NULL, 0), &trust,
		                   NULL) == 0);
	arena_init(&arena, MEMORY_MAX);
	r = wire_unpack(&arena, &duban__v1__envelope__descriptor, bytes_of(data, size),
	                WIRE_LENIENT, &message, NULL);
	if (r == 0)
		r = wire_envelope_read((const Duban__V1__Envelope *)message, &envelope);
	if (r == 0)
		r = seal_verify(trust, &envelope, REPORT_PAYLOAD_TYPE, FUZZ_NOW, &signer);
	if (r == 0) {
		CHECK(signer.role == ROLE_SIGNER);
		CHECK(envelope.payload.len == FUZZ_PAYLOAD_LEN);
	}
	return 0;
}
