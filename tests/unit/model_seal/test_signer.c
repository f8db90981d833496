/* Opening keys. If this fails, an operator with a wrong file learns nothing, or an agent
 * signs with a key that the centre will refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/err.h"
#include "tests/unit/model_seal/pki.h"

static struct arena arena;
static struct pki_ca ca;
static EVP_PKEY *key, *other_key;
static X509 *certificate;
static const char *key_file, *chain_file;

static int set_up(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};

	(void)state;
	arena_init(&arena, 64 << 20);
	ca = pki_ca_create("ca");
	key = pki_key(ECDSA_P256_SHA256);
	other_key = pki_key(ECDSA_P256_SHA256);
	certificate = pki_issue(&ca, key, &wish);
	key_file = pki_file(&arena, "key.pem", pki_key_pem(&arena, key, NULL));
	chain_file =
		pki_file(&arena, "chain.pem", pki_certificate_pem(&arena, certificate));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	X509_free(certificate);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	pki_ca_destroy(&ca);
	pki_clean_up();
	arena_finish(&arena);
	return 0;
}

static void expect(const char *uri, const char *chain, int err, const char *what)
{
	struct signer *signer = NULL;
	const char *why = NULL;
	int r = signer_open(uri, chain, &signer, &why);

	assert_int_equal(r, err);
	assert_int_equal(ERR_peek_error(), 0);
	if (r == 0) {
		assert_string_equal(signer_identity(signer)->uri, PKI_SIGNER_URI);
		signer_close(signer);
		return;
	}
	assert_null(signer);
	assert_non_null(why);
	if (strstr(why, what) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, what);
	assert_int_equal(signer_open(uri, chain, &signer, NULL), err);
}

static const char *chain_of(const struct pki_wish *wish)
{
	X509 *issued = pki_issue(&ca, key, wish);
	const char *path =
		pki_file(&arena, "chain.pem", pki_certificate_pem(&arena, issued));

	X509_free(issued);
	return path;
}

static void test_paths_and_file_uris(void **state)
{
	(void)state;
	expect(key_file, chain_file, 0, "");
	expect(arena_printf(&arena, "file:%s", key_file), chain_file, 0, "");
	expect(arena_printf(&arena, "file://%s", key_file), chain_file, 0, "");
}

static void test_missing_files_are_named(void **state)
{
	(void)state;
	expect("/nowhere/key.pem", chain_file, E_IO, "/nowhere/key.pem");
	expect(key_file, "/nowhere/chain.pem", E_IO, "/nowhere/chain.pem");
}

static void test_other_schemes_are_not_supported(void **state)
{
	(void)state;
	expect("http://x.test/key", chain_file, E_UNSUPPORTED, "http:");
}

static void test_wrong_keys_are_explained(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	const char *rsa, *rsa_chain, *locked, *other;
	EVP_PKEY *rsa_key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	X509 *rsa_certificate = pki_issue(&ca, rsa_key, &wish);

	(void)state;
	rsa = pki_file(&arena, "rsa.pem", pki_key_pem(&arena, rsa_key, NULL));
	locked = pki_file(&arena, "locked.pem", pki_key_pem(&arena, key, "secret"));
	other = pki_file(&arena, "other.pem", pki_key_pem(&arena, other_key, NULL));
	rsa_chain = pki_file(&arena, "rsa-chain.pem",
	                     pki_certificate_pem(&arena, rsa_certificate));
	expect(rsa, rsa_chain, E_CERTIFICATE, "not Ed25519");
	expect(rsa, chain_file, E_CERTIFICATE, "does not belong");
	expect(other, chain_file, E_CERTIFICATE, "does not belong");
	/* Must not ask for a password: nobody sits at a service's terminal. */
	expect(locked, chain_file, E_CERTIFICATE, "without a password");
	expect(chain_file, chain_file, E_CERTIFICATE, "no private key");
	EVP_PKEY_free(rsa_key);
	X509_free(rsa_certificate);
}

static void test_wrong_chains_are_explained(void **state)
{
	struct bytes pem = pki_certificate_pem(&arena, certificate);
	struct bytes many = pem;

	(void)state;
	for (int i = 0; i < SEAL_CERTIFICATES_MAX; i++)
		many = pki_join(&arena, many, pem);
	expect(key_file, pki_file(&arena, "many.pem", many), E_CERTIFICATE, "more than");
	expect(key_file, pki_file(&arena, "cut.pem", bytes_of(pem.data, pem.len - 60)),
	       E_CERTIFICATE, "damaged");
	expect(key_file,
	       pki_file(&arena, "half.pem",
	                pki_join(&arena, pem, bytes_of(pem.data, pem.len - 60))),
	       E_CERTIFICATE, "damaged");
	expect(key_file, pki_file(&arena, "empty.pem", bytes_of_str("\n")), E_CERTIFICATE,
	       "no certificate");
	expect(key_file, key_file, E_CERTIFICATE, "no certificate");
}

/* The centre would refuse what they sign: better to say so at the start. */
static void test_certificates_for_something_else_are_refused(void **state)
{
	(void)state;
	expect(key_file,
	       chain_of(&(struct pki_wish){.names = "URI:" PKI_SIGNER_URI,
	                                   .usage = "clientAuth"}),
	       E_CERTIFICATE, "for TLS");
	expect(key_file,
	       chain_of(&(struct pki_wish){
		       .names = "URI:spiffe://duban.test/district/430112/agent/1"}),
	       E_CERTIFICATE, "not a signer's");
	expect(key_file, chain_of(&(struct pki_wish){.names = "DNS:x.test"}),
	       E_CERTIFICATE, "exactly one identity");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_and_file_uris),
		cmocka_unit_test(test_missing_files_are_named),
		cmocka_unit_test(test_other_schemes_are_not_supported),
		cmocka_unit_test(test_wrong_keys_are_explained),
		cmocka_unit_test(test_wrong_chains_are_explained),
		cmocka_unit_test(test_certificates_for_something_else_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
