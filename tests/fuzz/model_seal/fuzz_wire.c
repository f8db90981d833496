/*
 * Any bytes as any request: a message, or a sentence that says why not; and what is read
 * strictly packs to the same bytes. The first byte chooses the message.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "duban/v1/alerts.pb-c.h"
#include "duban/v1/plans.pb-c.h"
#include "duban/v1/report.pb-c.h"
#include "duban/v1/reports.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const ProtobufCMessageDescriptor *type, struct bytes bytes,
                  enum wire_rule rule)
{
	AUTO(arena_finishp) struct arena arena;
	ProtobufCMessage *message, *second;
	const char *why = NULL;
	struct bytes again;
	int r;

	arena_init(&arena, MEMORY_MAX);
	r = wire_unpack(&arena, type, bytes, rule, &message, &why);
	CHECK(r == 0 || r == E_SYNTAX || r == E_NOMEM);
	CHECK((r == 0) == (why == NULL));
	if (r != 0 || wire_pack(&arena, message, &again) != 0)
		return;
	if (rule == WIRE_STRICT)
		CHECK(bytes_equal(bytes, again));
	/* What we send on can be read again. */
	r = wire_unpack(&arena, type, again, rule, &second, NULL);
	CHECK(r == 0 || r == E_NOMEM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		&duban__v1__submit_report_request__descriptor,
		&duban__v1__report__descriptor,
		&duban__v1__get_report_request__descriptor,
		&duban__v1__apply_plan_request__descriptor,
		&duban__v1__watch_alerts_response__descriptor,
		&duban__v1__receipt_body__descriptor,
	};
	const ProtobufCMessageDescriptor *type;

	if (size == 0)
		return 0;
	type = types[data[0] % ARRAY_LEN(types)];
	check(type, bytes_of(data + 1, size - 1), WIRE_LENIENT);
	check(type, bytes_of(data + 1, size - 1), WIRE_STRICT);
	return 0;
}
