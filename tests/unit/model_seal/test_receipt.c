/* Receipts. If this fails, a district holds a receipt that proves nothing, or believes
 * one that no centre gave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/report.pb-c.h"

#include "base/auto.h"
#include "base/err.h"
#include "model/receipt.h"
#include "model/wire.h"
#include "tests/unit/model_seal/pki.h"

#define BATCH_MAX 17

static struct arena arena;
static struct pki_ca ca;
static struct trust *trust;
static struct signer *signer;
static struct bytes payload;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	ca = pki_ca_create("ca");
	trust = pki_trust(&arena, &ca, bytes_of(NULL, 0));
	signer = pki_signer(&arena, &ca, ECDSA_P256_SHA256, PKI_RECEIPT_URI);
	payload = bytes_of_str("the signed report");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	signer_close(signer);
	trust_unref(trust);
	pki_ca_destroy(&ca);
	pki_clean_up();
	arena_finish(&arena);
	return 0;
}

static const struct finding notice = {
	.rule = "R-2-09",
	.severity = SEVERITY_NOTICE,
	.field = "figures[funds_spent]",
	.found = "0亿元",
	.allowed = "",
	.text = "本月未发生支出。",
};
static const struct finding question = {
	.rule = "R-2-05",
	.severity = SEVERITY_REASON,
	.field = "figures[communities_finished]",
	.found = "128个",
	.allowed = "≤121个",
	.text = "请说明原因。",
	.answered = true,
	.next = (struct finding *)(uintptr_t)&notice,
};

static struct receipt_body body_of(uint8_t serial)
{
	struct receipt_body body = {
		.number = "2022-09-430112-02-0007",
		.plan = "changsha-2022-55",
		.plan_version = 3,
		.unit = "430112",
		.section = "2",
		.period = "2022-09",
		.report_id = {serial, 2, 3},
		.received_at = 1664873000000,
		.wall_received_at = 1664873000001,
		.due_at = 1664875800000,
		.timeliness = ON_TIME,
		.findings = &question,
		.calendar = "2022-1",
		.rules = "7",
		.signer = PKI_SIGNER_URI,
		.crl_number = "01ff",
	};

	sha256(payload, body.content_hash);
	return body;
}

static struct bytes encoded(uint8_t serial)
{
	struct receipt_body body = body_of(serial);
	struct bytes bytes;

	assert_int_equal(receipt_body_encode(&arena, &body, &bytes), 0);
	return bytes;
}

/* Is @receipt good for the report with @serial? */
static int verify(struct bytes receipt, uint8_t serial)
{
	uint8_t report_id[REPORT_ID_SIZE] = {serial, 2, 3};
	AUTO(arena_finishp) struct arena small;
	const struct receipt_body *body;

	arena_init(&small, 1 << 20);
	return receipt_verify(&small, trust, receipt, report_id, payload, PKI_NOW, &body);
}

static void test_numbers_are_readable(void **state)
{
	char out[RECEIPT_NUMBER_MAX];
	char longest[200];

	(void)state;
	receipt_number("2022-09", "430112", "3", 7, out);
	assert_string_equal(out, "2022-09-430112-03-0007");
	receipt_number("2022-09", "430112", "12", 12345, out);
	assert_string_equal(out, "2022-09-430112-12-12345");
	/* However long the rest, the serial is whole. */
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	receipt_number(longest, longest, longest, UINT64_MAX, out);
	assert_non_null(strstr(out, "-18446744073709551615"));
}

static void test_bodies_come_back_as_they_were(void **state)
{
	const struct receipt_body *body;
	const struct finding *finding;

	(void)state;
	assert_int_equal(receipt_body_decode(&arena, encoded(9), &body), 0);
	assert_string_equal(body->number, "2022-09-430112-02-0007");
	assert_int_equal(body->plan_version, 3);
	assert_int_equal(body->report_id[0], 9);
	assert_int_equal(body->received_at, 1664873000000);
	assert_int_equal(body->wall_received_at, 1664873000001);
	assert_int_equal(body->due_at, 1664875800000);
	assert_int_equal(body->timeliness, ON_TIME);
	assert_string_equal(body->calendar, "2022-1");
	assert_string_equal(body->rules, "7");
	assert_string_equal(body->signer, PKI_SIGNER_URI);
	assert_string_equal(body->crl_number, "01ff");
	finding = body->findings;
	assert_string_equal(finding->rule, "R-2-05");
	assert_true(finding->answered);
	finding = finding->next;
	assert_string_equal(finding->found, "0亿元");
	assert_int_equal(finding->severity, SEVERITY_NOTICE);
	assert_null(finding->next);
}

static void test_wrong_bodies_are_refused(void **state)
{
	const struct receipt_body *decoded;
	struct receipt_body body = body_of(1);
	struct bytes bytes;

	(void)state;
	body.number = "";
	assert_int_equal(receipt_body_encode(&arena, &body, &bytes), 0);
	assert_int_equal(receipt_body_decode(&arena, bytes, &decoded), E_SYNTAX);
	body = body_of(1);
	body.timeliness = (enum timeliness)0;
	assert_int_equal(receipt_body_encode(&arena, &body, &bytes), 0);
	assert_int_equal(receipt_body_decode(&arena, bytes, &decoded), E_SYNTAX);
	body.timeliness = (enum timeliness)4;
	assert_int_equal(receipt_body_encode(&arena, &body, &bytes), 0);
	assert_int_equal(receipt_body_decode(&arena, bytes, &decoded), E_SYNTAX);
	assert_int_equal(receipt_body_decode(&arena, bytes_of(NULL, 0), &decoded),
	                 E_SYNTAX);
}

static void test_every_receipt_of_a_commit_verifies(void **state)
{
	(void)state;
	for (size_t count = 1; count <= BATCH_MAX; count++) {
		struct bytes bodies[BATCH_MAX], receipts[BATCH_MAX];

		for (size_t i = 0; i < count; i++)
			bodies[i] = encoded((uint8_t)i);
		assert_int_equal(receipts_seal(&arena, signer, bodies, count, receipts),
		                 0);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(verify(receipts[i], (uint8_t)i), 0);
			assert_int_equal(verify(receipts[i], (uint8_t)(i + 1)),
			                 E_REFUSED);
		}
	}
}

static void test_the_largest_commit(void **state)
{
	static struct bytes bodies[RECEIPT_BATCH_MAX], receipts[RECEIPT_BATCH_MAX];

	(void)state;
	for (size_t i = 0; i < RECEIPT_BATCH_MAX; i++)
		bodies[i] = encoded((uint8_t)i);
	assert_int_equal(
		receipts_seal(&arena, signer, bodies, RECEIPT_BATCH_MAX, receipts), 0);
	for (size_t i = 0; i < RECEIPT_BATCH_MAX; i += 31)
		assert_int_equal(verify(receipts[i], (uint8_t)i), 0);
}

static struct bytes sealed(void)
{
	struct bytes bodies[5], receipts[5];

	for (size_t i = 0; i < 5; i++)
		bodies[i] = encoded((uint8_t)i);
	assert_int_equal(receipts_seal(&arena, signer, bodies, 5, receipts), 0);
	return receipts[2];
}

static Duban__V1__Receipt *unpacked(void)
{
	ProtobufCMessage *message;

	assert_int_equal(wire_unpack(&arena, &duban__v1__receipt__descriptor, sealed(),
	                             WIRE_STRICT, &message, NULL),
	                 0);
	return (Duban__V1__Receipt *)message;
}

static int verdict_on(const Duban__V1__Receipt *message)
{
	struct bytes bytes;

	assert_int_equal(wire_pack(&arena, &message->base, &bytes), 0);
	return verify(bytes, 2);
}

static void flip_each_bit(const Duban__V1__Receipt *message, ProtobufCBinaryData *part)
{
	for (size_t bit = 0; bit < part->len * 8; bit++) {
		part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(verdict_on(message), 0);
		part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(verdict_on(message), 0);
}

static void test_every_flipped_bit_fails(void **state)
{
	Duban__V1__Receipt *message = unpacked();

	(void)state;
	flip_each_bit(message, &message->body);
	flip_each_bit(message, &message->signature);
	for (size_t i = 0; i < message->n_path; i++)
		flip_each_bit(message, &message->path[i]);
	for (uint32_t index = 0; index < 8; index++) {
		message->leaf_index = index;
		if (index != 2)
			assert_int_not_equal(verdict_on(message), 0);
	}
}

static void test_misshapen_receipts_are_refused(void **state)
{
	Duban__V1__Receipt *message = unpacked();
	ProtobufCBinaryData path[RECEIPT_PATH_MAX + 1] = {{0}};

	(void)state;
	message->tree_size = 0;
	assert_int_equal(verdict_on(message), E_SYNTAX);
	message->tree_size = UINT32_MAX;
	assert_int_equal(verdict_on(message), E_SYNTAX);
	message->tree_size = 5;
	message->path[1].len = 31;
	assert_int_equal(verdict_on(message), E_SYNTAX);
	message->path[1].len = 32;
	message->n_path--;
	assert_int_equal(verdict_on(message), E_SYNTAX);
	message->n_path = RECEIPT_PATH_MAX + 1;
	message->path = path;
	assert_int_equal(verdict_on(message), E_SYNTAX);
	message = unpacked();
	message->n_certificates = 0;
	assert_int_equal(verdict_on(message), E_SYNTAX);
	message->algorithm = DUBAN__V1__ALGORITHM__ALGORITHM_UNSPECIFIED;
	message->n_certificates = 1;
	assert_int_equal(verdict_on(message), E_SIGNATURE);
}

static void test_another_report_is_not_covered(void **state)
{
	uint8_t report_id[REPORT_ID_SIZE] = {2, 2, 3};
	const struct receipt_body *body;

	(void)state;
	assert_int_equal(verify(sealed(), 3), E_REFUSED);
	assert_int_equal(receipt_verify(&arena, trust, sealed(), report_id,
	                                bytes_of_str("another"), PKI_NOW, &body),
	                 E_REFUSED);
	assert_int_equal(receipt_verify(&arena, trust, sealed(), report_id, payload,
	                                PKI_NOW + 366 * PKI_DAY, &body),
	                 E_CERTIFICATE);
	assert_int_equal(receipt_verify(&arena, trust, sealed(), report_id, payload,
	                                PKI_NOW, &body),
	                 0);
	assert_int_equal(body->report_id[0], 2);
}

/* A district's own key must not be able to make receipts. */
static void test_only_a_centre_gives_receipts(void **state)
{
	struct signer *district = pki_signer(&arena, &ca, ED25519, PKI_SIGNER_URI);
	struct bytes body = encoded(2), receipt;

	(void)state;
	assert_int_equal(receipts_seal(&arena, district, &body, 1, &receipt), 0);
	assert_int_equal(verify(receipt, 2), E_CERTIFICATE);
	signer_close(district);
}

/* A newer centre may say more around what is signed. */
static void test_unknown_fields_around_are_ignored(void **state)
{
	static const uint8_t unknown[] = {0xa0, 0x06, 0x01}; /* field 100 */

	(void)state;
	assert_int_equal(
		verify(pki_join(&arena, sealed(), bytes_of(unknown, sizeof(unknown))), 2),
		0);
}

static void test_making_and_reading_stay_within_their_memory(void **state)
{
	uint8_t report_id[REPORT_ID_SIZE] = {0, 2, 3};
	struct bytes bodies[3] = {encoded(0), encoded(1), encoded(2)};
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 0; r != 0; limit += 64) {
		AUTO(arena_finishp) struct arena small;
		const struct receipt_body *body;
		struct bytes receipts[3];

		arena_init(&small, limit);
		r = receipts_seal(&small, signer, bodies, 3, receipts);
		if (r == 0)
			r = receipt_verify(&small, trust, receipts[0], report_id, payload,
			                   PKI_NOW, &body);
		if (r != 0)
			assert_int_equal(r, E_NOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_readable),
		cmocka_unit_test(test_bodies_come_back_as_they_were),
		cmocka_unit_test(test_wrong_bodies_are_refused),
		cmocka_unit_test(test_every_receipt_of_a_commit_verifies),
		cmocka_unit_test(test_the_largest_commit),
		cmocka_unit_test(test_every_flipped_bit_fails),
		cmocka_unit_test(test_misshapen_receipts_are_refused),
		cmocka_unit_test(test_another_report_is_not_covered),
		cmocka_unit_test(test_only_a_centre_gives_receipts),
		cmocka_unit_test(test_unknown_fields_around_are_ignored),
		cmocka_unit_test(test_making_and_reading_stay_within_their_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
