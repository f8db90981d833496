/* Strict Ed25519. If this fails, somebody could make a key whose one signature fits many
 * reports, or a second signature for a report that was signed once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "model/ed25519.h"
#include "model/key.h"
#include "tests/unit/model_seal/pki.h"

static const char *const unsound[] = {
	/* Small order, canonical: 1, -1, 0, and two of order 8. */
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	/* y = p, p + 1 and 2^255 - 1: not canonical. */
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void test_unsound_points_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++) {
		uint8_t point[ED25519_POINT_SIZE];

		assert_int_equal(bytes_from_hex(unsound[i], point, sizeof(point)), 0);
		assert_false(ed25519_is_sound_point(point));
		point[31] |= 0x80; /* with the other sign of x */
		assert_false(ed25519_is_sound_point(point));
	}
}

/* OpenSSL itself takes such keys: what refuses them is ours. */
static void test_keys_of_small_order_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		uint8_t raw[ED25519_POINT_SIZE];
		enum algorithm algorithm;
		EVP_PKEY *key;

		assert_int_equal(bytes_from_hex(unsound[i], raw, sizeof(raw)), 0);
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw,
		                                  sizeof(raw));
		assert_non_null(key);
		assert_int_equal(key_algorithm(key, &algorithm), E_CERTIFICATE);
		EVP_PKEY_free(key);
	}
}

/* RFC 8032, section 7.1, test 2. */
static void test_a_published_signature_verifies(void **state)
{
	static const char public_key[] =
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
	static const char signature[] =
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
	uint8_t raw[32], made[64];
	EVP_PKEY *key;

	(void)state;
	assert_int_equal(bytes_from_hex(public_key, raw, sizeof(raw)), 0);
	assert_int_equal(bytes_from_hex(signature, made, sizeof(made)), 0);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	assert_int_equal(
		key_verify(key, ED25519, bytes_of("\x72", 1), bytes_of(made, 64)), 0);
	assert_int_equal(key_verify(key, ED25519, bytes_of("\x73", 1),
	                            bytes_of(made, 64)),
	                 E_SIGNATURE);
	EVP_PKEY_free(key);
}

/* S + L verifies in lax libraries: the same report would have two signatures. */
static void test_a_second_form_of_a_signature_is_refused(void **state)
{
	static const uint8_t order[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
		0xa2, 0xde, 0xf9, 0xde, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
	};
	struct bytes message = bytes_of_str("hello");
	EVP_PKEY *key = pki_key(ED25519);
	uint8_t signature[SEAL_SIGNATURE_MAX];
	unsigned carry = 0;
	size_t len;

	(void)state;
	assert_int_equal(key_sign(key, ED25519, message, signature, &len), 0);
	assert_int_equal(len, ED25519_SIGNATURE_SIZE);
	assert_true(ed25519_is_sound_signature(bytes_of(signature, len)));
	assert_int_equal(key_verify(key, ED25519, message, bytes_of(signature, len)), 0);
	for (size_t i = 0; i < 32; i++) {
		carry += signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_false(ed25519_is_sound_signature(bytes_of(signature, len)));
	assert_int_equal(key_verify(key, ED25519, message, bytes_of(signature, len)),
	                 E_SIGNATURE);
	EVP_PKEY_free(key);
}

static void test_signatures_have_64_bytes(void **state)
{
	uint8_t signature[ED25519_SIGNATURE_SIZE + 1] = {2};

	(void)state;
	assert_true(ed25519_is_sound_signature(bytes_of(signature, 64)));
	assert_false(ed25519_is_sound_signature(bytes_of(signature, 63)));
	assert_false(ed25519_is_sound_signature(bytes_of(signature, 65)));
	assert_false(ed25519_is_sound_signature(bytes_of(NULL, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsound_points_are_refused),
		cmocka_unit_test(test_keys_of_small_order_are_refused),
		cmocka_unit_test(test_a_published_signature_verifies),
		cmocka_unit_test(test_a_second_form_of_a_signature_is_refused),
		cmocka_unit_test(test_signatures_have_64_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
