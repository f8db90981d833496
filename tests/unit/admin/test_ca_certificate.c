/*
 * Certificates: what each says is what its owner may do. A signer that TLS admits, or a
 * name that says more than a name, opens the centre to somebody else.
 */
#include "client/admin/ca_certificate.h"

#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/admin/ca_store.h"

#define DOMAIN "duban.changsha.example"
#define FROM   1700000000
#define UNTIL  1800000000

static EVP_PKEY *ca_key, *key;
static X509 *root, *certificate;
static char serial[CA_SERIAL_TEXT];

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(ca_key_create(ECDSA_P256_SHA256, &ca_key), 0);
	assert_int_equal(ca_key_create(ECDSA_P256_SHA256, &key), 0);
	assert_int_equal(ca_root_create(ca_key, DOMAIN, FROM, UNTIL, &root), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	X509_free(root);
	X509_free(certificate);
	certificate = NULL;
	return 0;
}

static void make(const char *path, const char *const *dns)
{
	struct identity identity;
	const struct ca_request request = {.identity = &identity,
	                                   .dns = dns,
	                                   .key = key,
	                                   .from = FROM,
	                                   .until = UNTIL};
	char uri[512];

	(void)snprintf(uri, sizeof(uri), "spiffe://" DOMAIN "/%s", path);
	assert_int_equal(identity_parse(uri, &identity), 0);
	X509_free(certificate);
	certificate = NULL;
	assert_int_equal(
		ca_certificate_create(root, ca_key, &request, serial, &certificate), 0);
}

static void test_the_root_signs_and_is_no_further_authority(void **state)
{
	(void)state;
	assert_int_equal(X509_verify(root, ca_key), 1);
	assert_int_equal(X509_check_ca(root), 1);
	assert_int_equal(X509_get_pathlen(root), 0);
	assert_int_equal(X509_get_key_usage(root), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	make("node/1", (const char *const[]){"localhost", NULL});
	assert_int_equal(X509_verify(certificate, ca_key), 1);
	assert_int_equal(X509_check_issued(root, certificate), X509_V_OK);
	assert_int_equal(X509_check_ca(certificate), 0);
}

static void test_usages(void **state)
{
	static const char *const dns[] = {"localhost", NULL};

	(void)state;
	make("node/1", dns);
	assert_int_equal(X509_get_extended_key_usage(certificate),
	                 XKU_SSL_SERVER | XKU_SSL_CLIENT);
	make("district/430102/agent/1", NULL);
	assert_int_equal(X509_get_extended_key_usage(certificate), XKU_SSL_CLIENT);
	make("department/gengxin/person/li", NULL);
	assert_int_equal(X509_get_extended_key_usage(certificate), XKU_SSL_CLIENT);
	make("district/430102/signer/1", NULL);
	assert_int_equal(X509_get_extended_key_usage(certificate), UINT32_MAX); /* none */
	assert_int_equal(X509_get_key_usage(certificate), KU_DIGITAL_SIGNATURE);
}

/* Commas, colons and "DNS:" in a name are part of that one name. */
static void test_a_name_says_no_more_than_a_name(void **state)
{
	static const char *const dns[] = {"a,DNS:evil.example,URI:spiffe://x/node/1",
	                                  NULL};
	GENERAL_NAMES *names;

	(void)state;
	make("node/1", dns);
	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	assert_int_equal(sk_GENERAL_NAME_num(names), 2);
	assert_int_equal(sk_GENERAL_NAME_value(names, 0)->type, GEN_URI);
	assert_int_equal(sk_GENERAL_NAME_value(names, 1)->type, GEN_DNS);
	GENERAL_NAMES_free(names);
}

/* Its serial is what revocation goes by. */
static void test_serials_are_positive_and_differ(void **state)
{
	char first[CA_SERIAL_TEXT];
	BIGNUM *number = NULL;
	ASN1_INTEGER *expected;

	(void)state;
	make("operator/ops", NULL);
	memcpy(first, serial, sizeof(first));
	assert_int_equal(strlen(first), CA_SERIAL_TEXT - 1);
	assert_true(BN_hex2bn(&number, first) > 0);
	expected = BN_to_ASN1_INTEGER(number, NULL);
	assert_int_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(certificate), expected),
	                 0);
	assert_true(first[0] >= '4' && first[0] <= '7');
	ASN1_INTEGER_free(expected);
	BN_free(number);
	make("operator/ops", NULL);
	assert_string_not_equal(first, serial);
}

static void test_dates(void **state)
{
	time_t from = FROM, before = FROM - 1, until = UNTIL, after = UNTIL + 1;

	(void)state;
	make("operator/ops", NULL);
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(certificate), &before), 1);
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(certificate), &from), -1);
	assert_int_equal(X509_cmp_time(X509_get0_notAfter(certificate), &after), -1);
	assert_int_equal(X509_cmp_time(X509_get0_notAfter(certificate), &until), -1);
}

/* X.520 allows 64 characters, a department's id may be longer with its prefix. */
static void test_long_identities_get_certificates(void **state)
{
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "department/%063d/person/%063d", 1, 2);
	make(path, NULL);
	assert_int_equal(X509_verify(certificate, ca_key), 1);
}

static void test_keys_of_every_algorithm(void **state)
{
	static const struct {
		enum algorithm algorithm;
		const char *name;
	} kinds[] = {{ED25519, "ED25519"}, {ECDSA_P256_SHA256, "EC"}, {SM2_SM3, "SM2"}};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		EVP_PKEY_free(key);
		key = NULL;
		assert_int_equal(ca_key_create(kinds[i].algorithm, &key), 0);
		assert_true(EVP_PKEY_is_a(key, kinds[i].name));
		make("district/430102/signer/1", NULL);
		assert_int_equal(X509_verify(certificate, ca_key), 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_root_signs_and_is_no_further_authority),
		TEST(test_usages),
		TEST(test_a_name_says_no_more_than_a_name),
		TEST(test_serials_are_positive_and_differ),
		TEST(test_dates),
		TEST(test_long_identities_get_certificates),
		TEST(test_keys_of_every_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
