/* Certificates of peers: kept once, read right, and gone with the last connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "rpc/tls_peer.h"

static struct tls_peers peers;

static void add_uri(GENERAL_NAMES *names, const char *uri, size_t len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	assert_int_equal(ASN1_STRING_set(text, uri, (int)len), 1);
	GENERAL_NAME_set0_value(name, GEN_URI, text);
	assert_true(sk_GENERAL_NAME_push(names, name) > 0);
}

static X509 *certificate(long serial, GENERAL_NAMES *names)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *made = X509_new();

	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made), serial), 1);
	assert_int_equal(X509_set_pubkey(made, key), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), 60));
	assert_int_equal(X509_add1_ext_i2d(made, NID_subject_alt_name, names, 0,
	                                   X509V3_ADD_DEFAULT),
	                 1);
	assert_true(X509_sign(made, key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	GENERAL_NAMES_free(names);
	return made;
}

static GENERAL_NAMES *two_names(void)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	add_uri(names, "spiffe://a/b", 12);
	add_uri(names, "spiffe://c", 10);
	return names;
}

/* Ten thousand connections of one client must not keep ten thousand certificates. */
static void equal_certificates_are_one(void **state)
{
	X509 *first = certificate(1, two_names());
	X509 *again = X509_dup(first);
	X509 *other = certificate(1, two_names()); /* of another key */
	struct tls_peer *a, *b, *c;

	(void)state;
	assert_int_equal(tls_peer_get(&peers, first, &a), 0);
	assert_int_equal(tls_peer_get(&peers, again, &b), 0);
	assert_int_equal(tls_peer_get(&peers, other, &c), 0);
	assert_ptr_equal(a, b);
	assert_ptr_equal(b->certificate, first);
	assert_ptr_not_equal(a, c);
	X509_free(first);
	X509_free(again);
	X509_free(other);
	assert_string_equal(a->uris[0], "spiffe://a/b");
	assert_string_equal(a->uris[1], "spiffe://c");
	assert_null(a->uris[2]);
	tls_peer_unref(a);
	assert_string_equal(b->uris[0], "spiffe://a/b");
	tls_peer_unref(b);
	tls_peer_unref(c);
	assert_null(peers.tree);
}

/* What a handler compares and logs must be text, whatever an odd CA signed. */
static void odd_names_are_refused(void **state)
{
	GENERAL_NAMES *zero = GENERAL_NAMES_new(), *many = GENERAL_NAMES_new(),
		      *latin = GENERAL_NAMES_new();
	X509 *odd[3];

	(void)state;
	add_uri(zero, "spiffe://a\0b", 12);
	add_uri(latin, "spiffe://\xe9", 10);
	for (int i = 0; i <= TLS_PEER_URIS_MAX; i++)
		add_uri(many, "spiffe://a", 10);
	odd[0] = certificate(1, zero);
	odd[1] = certificate(2, latin);
	odd[2] = certificate(3, many);
	for (int i = 0; i < 3; i++) {
		struct tls_peer *peer = NULL;

		assert_int_equal(tls_peer_get(&peers, odd[i], &peer), E_CERTIFICATE);
		assert_null(peer);
		X509_free(odd[i]);
	}
	assert_null(peers.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_certificates_are_one),
		cmocka_unit_test(odd_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
