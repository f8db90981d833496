/* Envelopes: signed and verified, for every algorithm, and everything that must not
 * verify. If this fails, a report that nobody signed may count, or a signed one be lost.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/auto.h"
#include "base/err.h"
#include "model/dsse.h"
#include "model/seal.h"
#include "tests/unit/model_seal/pki.h"

#define TYPE "application/vnd.duban.report.v1+protobuf"

static const enum algorithm algorithms[] = {ED25519, ECDSA_P256_SHA256, SM2_SM3};
#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static struct arena arena;
static struct pki_ca ca, other_ca;
static struct trust *trust;
static struct bytes payload;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	ca = pki_ca_create("ca");
	other_ca = pki_ca_create("other");
	trust = pki_trust(&arena, &ca, bytes_of(NULL, 0));
	payload = bytes_of_str("the payload");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	trust_unref(trust);
	pki_ca_destroy(&ca);
	pki_ca_destroy(&other_ca);
	pki_clean_up();
	arena_finish(&arena);
	return 0;
}

static int verify(const struct envelope *envelope)
{
	struct identity identity;
	int r = seal_verify(trust, envelope, TYPE, PKI_NOW, &identity);

	assert_int_equal(ERR_peek_error(), 0); /* OpenSSL's queue is left clean */
	if (r == 0)
		assert_string_equal(identity.uri, PKI_SIGNER_URI);
	return r;
}

/* An envelope whose certificate says @wish. */
static struct envelope sealed(const struct pki_ca *by, enum algorithm algorithm,
                              const struct pki_wish *wish)
{
	EVP_PKEY *key = pki_key(algorithm);
	X509 *certificate = pki_issue(by, key, wish);
	struct envelope envelope =
		pki_envelope(&arena, key, algorithm, certificate, TYPE, payload,
	                     algorithm == SM2_SM3 ? SEAL_SM2_USER_ID : NULL);

	EVP_PKEY_free(key);
	X509_free(certificate);
	return envelope;
}

static int verdict_on(struct pki_wish wish)
{
	struct envelope envelope = sealed(&ca, ECDSA_P256_SHA256, &wish);

	return verify(&envelope);
}

static void test_the_encoding_is_dsse(void **state)
{
	static const char expected[] =
		"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
	uint8_t *data;
	size_t len;

	(void)state;
	assert_int_equal(dsse_encode("http://example.com/HelloWorld",
	                             bytes_of_str("hello world"), &data, &len),
	                 0);
	assert_true(bytes_equal(bytes_of(data, len), bytes_of_str(expected)));
	free(data);
}

/* Names are stored and shown: they must not change. */
static void test_algorithms_keep_their_names(void **state)
{
	(void)state;
	assert_string_equal(algorithm_name(ED25519), "ed25519");
	assert_string_equal(algorithm_name(ECDSA_P256_SHA256), "ecdsa-p256-sha256");
	assert_string_equal(algorithm_name(SM2_SM3), "sm2-sm3");
	assert_string_equal(algorithm_name((enum algorithm)99), "unknown");
}

static void test_what_was_signed_verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct signer *signer =
			pki_signer(&arena, &ca, algorithms[i], PKI_SIGNER_URI);
		struct envelope envelope;

		assert_int_equal(signer_algorithm(signer), algorithms[i]);
		assert_string_equal(signer_identity(signer)->unit, "430112");
		assert_int_equal(signer_sign(signer, &arena, TYPE, payload, &envelope),
		                 0);
		signer_close(signer); /* nothing of the envelope is the signer's */
		assert_int_equal(envelope.algorithm, algorithms[i]);
		assert_int_equal(envelope.certificate_count, 1);
		assert_int_equal(envelope.key_hint.len, 32);
		assert_int_equal(verify(&envelope), 0);
		envelope.key_hint = bytes_of(NULL, 0); /* never trusted */
		assert_int_equal(verify(&envelope), 0);
	}
}

/* Against signatures that were made without our signer. */
static void test_what_others_signed_verifies(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct envelope envelope = sealed(&ca, algorithms[i], &wish);

		assert_int_equal(verify(&envelope), 0);
	}
}

static void test_an_empty_payload_is_signed_like_any_other(void **state)
{
	struct signer *signer = pki_signer(&arena, &ca, ED25519, PKI_SIGNER_URI);
	struct envelope envelope;

	(void)state;
	assert_int_equal(signer_sign(signer, &arena, TYPE, bytes_of(NULL, 0), &envelope),
	                 0);
	assert_int_equal(verify(&envelope), 0);
	signer_close(signer);
}

static void test_other_bytes_do_not_verify(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct envelope envelope = sealed(&ca, algorithms[i], &wish);

		envelope.payload = bytes_of_str("the payloae");
		assert_int_equal(verify(&envelope), E_SIGNATURE);
		envelope.payload = bytes_of(payload.data, payload.len - 1);
		assert_int_equal(verify(&envelope), E_SIGNATURE);
		envelope.payload = bytes_of(NULL, 0);
		assert_int_equal(verify(&envelope), E_SIGNATURE);
	}
}

static void test_every_flipped_bit_of_a_signature_fails(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct envelope envelope = sealed(&ca, algorithms[i], &wish);
		uint8_t bad[SEAL_SIGNATURE_MAX];
		size_t len = envelope.signature.len;

		memcpy(bad, envelope.signature.data, len);
		envelope.signature.data = bad;
		for (size_t bit = 0; bit < len * 8; bit++) {
			bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(verify(&envelope), E_SIGNATURE);
			bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t cut = 0; cut < len; cut++) {
			envelope.signature.len = cut;
			assert_int_equal(verify(&envelope), E_SIGNATURE);
		}
		bad[len] = 0; /* and one byte too many */
		envelope.signature.len = len + 1;
		assert_int_equal(verify(&envelope), E_SIGNATURE);
	}
}

static void test_another_payload_type_does_not_verify(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	struct envelope envelope = sealed(&ca, ED25519, &wish);
	struct identity identity;

	(void)state;
	envelope.payload_type = "application/vnd.duban.receipt-root.v1";
	assert_int_equal(verify(&envelope), E_SYNTAX);
	/* Nor when the verifier expects it: the type is signed. */
	assert_int_equal(seal_verify(trust, &envelope, envelope.payload_type, PKI_NOW,
	                             &identity),
	                 E_SIGNATURE);
	envelope.payload_type = NULL;
	assert_int_equal(verify(&envelope), E_SYNTAX);
}

static void test_the_algorithm_must_be_the_keys(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct envelope envelope = sealed(&ca, algorithms[i], &wish);

		for (int other = 0; other < 5; other++) {
			envelope.algorithm = (enum algorithm)other;
			assert_int_equal(verify(&envelope),
			                 envelope.algorithm == algorithms[i]
			                         ? 0
			                         : E_SIGNATURE);
		}
	}
}

/* The standard's user id, not OpenSSL's empty default. */
static void test_sm2_without_the_user_id_does_not_verify(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	EVP_PKEY *key = pki_key(SM2_SM3);
	X509 *certificate = pki_issue(&ca, key, &wish);
	struct envelope envelope;

	(void)state;
	envelope = pki_envelope(&arena, key, SM2_SM3, certificate, TYPE, payload, NULL);
	assert_int_equal(verify(&envelope), E_SIGNATURE);
	envelope = pki_envelope(&arena, key, SM2_SM3, certificate, TYPE, payload,
	                        "1234567812345679");
	assert_int_equal(verify(&envelope), E_SIGNATURE);
	envelope = pki_envelope(&arena, key, SM2_SM3, certificate, TYPE, payload,
	                        "1234567812345678");
	assert_int_equal(verify(&envelope), 0);
	EVP_PKEY_free(key);
	X509_free(certificate);
}

static void test_keys_of_other_kinds_are_refused(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	EVP_PKEY *keys[] = {
		EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"),
		EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048),
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		X509 *certificate = pki_issue(&ca, keys[i], &wish);
		struct envelope envelope =
			pki_envelope(&arena, keys[i], ECDSA_P256_SHA256, certificate,
		                     TYPE, bytes_of_str("x"), NULL);

		if (envelope.signature.len > SEAL_SIGNATURE_MAX)
			envelope.signature.len = SEAL_SIGNATURE_MAX;
		assert_int_equal(verify(&envelope), E_CERTIFICATE);
		X509_free(certificate);
		EVP_PKEY_free(keys[i]);
	}
}

static void test_a_key_of_small_order_is_refused(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	struct envelope envelope = sealed(&ca, ED25519, &wish);
	uint8_t raw[32] = {1}, signature[64] = {1};
	EVP_PKEY *key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	X509 *certificate = pki_issue(&ca, key, &wish);

	(void)state;
	/* R = 1, S = 0 fits every message under the key 1. */
	envelope.certificates[0] = pki_certificate_der(&arena, certificate);
	envelope.signature = bytes_of(signature, sizeof(signature));
	assert_int_equal(verify(&envelope), E_CERTIFICATE);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void test_only_signers_certificates_sign(void **state)
{
	const char *good = "URI:" PKI_SIGNER_URI;

	(void)state;
	/* clang-format off */
	assert_int_equal(verdict_on((struct pki_wish){.names = good}), 0);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .usage = "emailProtection"}), 0);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .usage = "1.3.6.1.4.1.99999.1"}), 0);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .key_usage = ""}), 0);
	assert_int_equal(verdict_on((struct pki_wish){.names = "URI:" PKI_SIGNER_URI ",DNS:x.test"}), 0);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .usage = "serverAuth"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .usage = "clientAuth"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .usage = "emailProtection,clientAuth"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .usage = "anyExtendedKeyUsage"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .key_usage = "keyEncipherment"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .constraints = "CA:TRUE"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = NULL}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = "DNS:x.test"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = "URI:" PKI_SIGNER_URI ",URI:spiffe://duban.test/district/430102/signer/1"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = "URI:" PKI_SIGNER_URI ",URI:" PKI_SIGNER_URI}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = "URI:https://duban.test/"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = "URI:spiffe://duban.test/district/430112/agent/1"}), E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = "URI:spiffe://duban.test/node/1"}), E_CERTIFICATE);
	/* clang-format on */
}

static void test_dates_count(void **state)
{
	const char *good = "URI:" PKI_SIGNER_URI;

	(void)state;
	assert_int_equal(verdict_on((struct pki_wish){
				 .names = good, .not_before = -2, .not_after = -1}),
	                 E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){.names = good, .not_before = 1}),
	                 E_CERTIFICATE);
	assert_int_equal(verdict_on((struct pki_wish){
				 .names = good, .not_before = -1, .not_after = 1}),
	                 0);
}

static void test_another_ca_does_not_count(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	struct envelope envelope = sealed(&other_ca, ED25519, &wish);

	(void)state;
	assert_int_equal(verify(&envelope), E_CERTIFICATE);
	/* Nor when it brings its CA along. */
	envelope.certificates[1] = pki_certificate_der(&arena, other_ca.certificate);
	envelope.certificate_count = 2;
	assert_int_equal(verify(&envelope), E_CERTIFICATE);
}

static void test_a_chain_through_an_intermediate(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	struct pki_ca below = pki_ca_below(&ca, "below");
	struct envelope envelope = sealed(&below, ECDSA_P256_SHA256, &wish);

	(void)state;
	assert_int_equal(verify(&envelope), E_CERTIFICATE);
	envelope.certificates[1] = pki_certificate_der(&arena, below.certificate);
	envelope.certificate_count = 2;
	assert_int_equal(verify(&envelope), 0);
	pki_ca_destroy(&below);
}

static void test_damaged_certificates_are_refused(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	struct envelope envelope = sealed(&ca, ED25519, &wish);
	struct bytes good = envelope.certificates[0];
	uint8_t bad[2048], large[SEAL_CERTIFICATE_MAX + 1] = {0x30};

	(void)state;
	for (size_t len = 0; len < good.len; len++) {
		envelope.certificates[0] = bytes_of(good.data, len);
		assert_int_equal(verify(&envelope), E_SYNTAX);
	}
	memcpy(bad, good.data, good.len);
	for (size_t i = 0; i < good.len; i++) {
		bad[i] ^= 0x10;
		envelope.certificates[0] = bytes_of(bad, good.len);
		assert_int_not_equal(verify(&envelope), 0);
		bad[i] ^= 0x10;
	}
	bad[good.len] = 0;
	envelope.certificates[0] = bytes_of(bad, good.len + 1);
	assert_int_equal(verify(&envelope), E_SYNTAX);
	envelope.certificates[0] = bytes_of(large, sizeof(large));
	assert_int_equal(verify(&envelope), E_SYNTAX);
	envelope.certificates[0] = good;
	envelope.certificate_count = 0;
	assert_int_equal(verify(&envelope), E_SYNTAX);
	envelope.certificate_count = SEAL_CERTIFICATES_MAX + 1;
	assert_int_equal(verify(&envelope), E_SYNTAX);
}

static void test_signing_stays_within_its_memory(void **state)
{
	struct signer *signer = pki_signer(&arena, &ca, SM2_SM3, PKI_SIGNER_URI);
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 0; r != 0; limit += 16) {
		AUTO(arena_finishp) struct arena small;
		struct envelope envelope;

		arena_init(&small, limit);
		r = signer_sign(signer, &small, TYPE, payload, &envelope);
		if (r != 0)
			assert_int_equal(r, E_NOMEM);
		else
			assert_int_equal(verify(&envelope), 0);
	}
	signer_close(signer);
}

struct work {
	const struct signer *signer;
	int failures;
};

static void *sign_and_verify(void *argument)
{
	struct work *work = argument;

	for (int i = 0; i < 20; i++) {
		AUTO(arena_finishp) struct arena small;
		struct envelope envelope;
		struct identity identity;

		arena_init(&small, 1 << 16);
		if (signer_sign(work->signer, &small, TYPE, payload, &envelope) != 0 ||
		    seal_verify(trust, &envelope, TYPE, PKI_NOW, &identity) != 0)
			work->failures++;
	}
	return NULL;
}

static void test_threads_share_signers_and_trust(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		struct signer *signer =
			pki_signer(&arena, &ca, algorithms[i], PKI_SIGNER_URI);
		struct work work[4];
		pthread_t threads[4];

		for (int t = 0; t < 4; t++) {
			work[t] = (struct work){.signer = signer};
			assert_int_equal(pthread_create(&threads[t], NULL,
			                                sign_and_verify, &work[t]),
			                 0);
		}
		for (int t = 0; t < 4; t++) {
			pthread_join(threads[t], NULL);
			assert_int_equal(work[t].failures, 0);
		}
		signer_close(signer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_encoding_is_dsse),
		cmocka_unit_test(test_algorithms_keep_their_names),
		cmocka_unit_test(test_what_was_signed_verifies),
		cmocka_unit_test(test_what_others_signed_verifies),
		cmocka_unit_test(test_an_empty_payload_is_signed_like_any_other),
		cmocka_unit_test(test_other_bytes_do_not_verify),
		cmocka_unit_test(test_every_flipped_bit_of_a_signature_fails),
		cmocka_unit_test(test_another_payload_type_does_not_verify),
		cmocka_unit_test(test_the_algorithm_must_be_the_keys),
		cmocka_unit_test(test_sm2_without_the_user_id_does_not_verify),
		cmocka_unit_test(test_keys_of_other_kinds_are_refused),
		cmocka_unit_test(test_a_key_of_small_order_is_refused),
		cmocka_unit_test(test_only_signers_certificates_sign),
		cmocka_unit_test(test_dates_count),
		cmocka_unit_test(test_another_ca_does_not_count),
		cmocka_unit_test(test_a_chain_through_an_intermediate),
		cmocka_unit_test(test_damaged_certificates_are_refused),
		cmocka_unit_test(test_signing_stays_within_its_memory),
		cmocka_unit_test(test_threads_share_signers_and_trust),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
