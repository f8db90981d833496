/* CA files and revocation. If this fails, a stolen key may go on signing, or reports that
 * were good when they came are disowned years later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/auto.h"
#include "base/err.h"
#include "tests/unit/model_seal/pki.h"

#define TYPE "text/plain"

static struct arena arena;
static struct pki_ca ca, other_ca;
static struct envelope envelope; /* by the certificate with serial 4711 */
static const long revoked[] = {4711};
static const long others[] = {1, 4710, 4712};

static int set_up(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI, .serial = 4711};
	EVP_PKEY *key = pki_key(ED25519);
	X509 *certificate;

	(void)state;
	arena_init(&arena, 64 << 20);
	ca = pki_ca_create("ca");
	other_ca = pki_ca_create("other");
	certificate = pki_issue(&ca, key, &wish);
	envelope = pki_envelope(&arena, key, ED25519, certificate, TYPE,
	                        bytes_of_str("payload"), NULL);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pki_ca_destroy(&ca);
	pki_ca_destroy(&other_ca);
	arena_finish(&arena);
	return 0;
}

static int verdict(struct bytes crls, int64_t when)
{
	AUTO(trust_unrefp) struct trust *trust = pki_trust(&arena, &ca, crls);
	struct identity identity;

	return seal_verify(trust, &envelope, TYPE, PKI_NOW + when, &identity);
}

static void test_revoked_signers_are_refused(void **state)
{
	struct bytes list = pki_crl_pem(&arena, &ca,
	                                &(struct pki_crl_wish){.serials = revoked,
	                                                       .count = 1,
	                                                       .revoked_at = -10,
	                                                       .number = 5});

	(void)state;
	assert_int_equal(verdict(bytes_of(NULL, 0), 0), 0);
	assert_int_equal(verdict(list, 0), E_REVOKED);
	list = pki_crl_pem(
		&arena, &ca,
		&(struct pki_crl_wish){.serials = others, .count = 3, .revoked_at = -10});
	assert_int_equal(verdict(list, 0), 0);
}

/* An auditor in ten years judges as the centre did on the day. */
static void test_revocation_is_judged_as_of_the_time(void **state)
{
	struct bytes list = pki_crl_pem(&arena, &ca,
	                                &(struct pki_crl_wish){.serials = revoked,
	                                                       .count = 1,
	                                                       .revoked_at = 100,
	                                                       .issued_at = 100});

	(void)state;
	assert_int_equal(verdict(list, 0), 0);
	assert_int_equal(verdict(list, 99), 0);
	assert_int_equal(verdict(list, 100), E_REVOKED);
	assert_int_equal(verdict(list, 1000), E_REVOKED);
}

static void test_an_outdated_list_stays_in_force(void **state)
{
	struct bytes list = pki_crl_pem(&arena, &ca,
	                                &(struct pki_crl_wish){.serials = others,
	                                                       .count = 3,
	                                                       .revoked_at = -5,
	                                                       .issued_at = -30 * PKI_DAY,
	                                                       .number = 9});
	AUTO(trust_unrefp) struct trust *trust = pki_trust(&arena, &ca, list);

	(void)state;
	assert_int_equal(verdict(list, 0), 0);
	/* What tells the operator. */
	assert_int_equal(trust_crl_next_update(trust), PKI_NOW - 29 * PKI_DAY);
	list = pki_crl_pem(&arena, &ca,
	                   &(struct pki_crl_wish){.serials = revoked,
	                                          .count = 1,
	                                          .revoked_at = -40 * PKI_DAY,
	                                          .issued_at = -30 * PKI_DAY});
	assert_int_equal(verdict(list, 0), E_REVOKED);
}

static void test_the_newest_list_of_a_ca_counts(void **state)
{
	struct bytes old = pki_crl_pem(&arena, &ca,
	                               &(struct pki_crl_wish){.serials = others,
	                                                      .count = 1,
	                                                      .issued_at = -100,
	                                                      .number = 0xfe});
	struct bytes newer = pki_crl_pem(&arena, &ca,
	                                 &(struct pki_crl_wish){.serials = revoked,
	                                                        .count = 1,
	                                                        .revoked_at = -10,
	                                                        .issued_at = -5,
	                                                        .number = 0x1ff});
	struct trust *trust;

	(void)state;
	assert_int_equal(verdict(pki_join(&arena, old, newer), 0), E_REVOKED);
	assert_int_equal(verdict(pki_join(&arena, newer, old), 0), E_REVOKED);
	trust = pki_trust(&arena, &ca, pki_join(&arena, newer, old));
	assert_string_equal(trust_crl_number(trust), "01ff");
	assert_int_equal(trust_crl_next_update(trust), PKI_NOW - 5 + PKI_DAY);
	trust_unref(trust);
}

/* The chain's middle can be revoked, too. */
static void test_a_revoked_intermediate_is_refused(void **state)
{
	static const long serials[] = {77};
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	struct pki_ca below = pki_ca_below(&ca, "below");
	EVP_PKEY *key = pki_key(ED25519);
	X509 *certificate = pki_issue(&below, key, &wish);
	struct envelope mine = envelope;
	struct identity identity;
	struct trust *trust;

	(void)state;
	envelope = pki_envelope(&arena, key, ED25519, certificate, TYPE,
	                        bytes_of_str("payload"), NULL);
	envelope.certificates[1] = pki_certificate_der(&arena, below.certificate);
	envelope.certificate_count = 2;
	assert_int_equal(verdict(bytes_of(NULL, 0), 0), 0);
	trust = pki_trust(&arena, &ca,
	                  pki_crl_pem(&arena, &ca,
	                              &(struct pki_crl_wish){.serials = serials,
	                                                     .count = 1,
	                                                     .revoked_at = -1}));
	assert_int_equal(seal_verify(trust, &envelope, TYPE, PKI_NOW, &identity),
	                 E_REVOKED);
	trust_unref(trust);
	X509_free(certificate);
	EVP_PKEY_free(key);
	pki_ca_destroy(&below);
	envelope = mine;
}

static void expect_refusal(struct bytes cas, struct bytes crls, const char *what)
{
	struct trust *trust = NULL;
	const char *why = NULL;

	assert_int_equal(trust_create(cas, crls, &trust, &why), E_CERTIFICATE);
	assert_null(trust);
	assert_non_null(why);
	if (strstr(why, what) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", why, what);
	assert_int_equal(trust_create(cas, crls, &trust, NULL), E_CERTIFICATE);
	assert_int_equal(ERR_peek_error(), 0);
}

static void test_wrong_files_are_explained(void **state)
{
	struct bytes none = bytes_of(NULL, 0);
	struct bytes good = pki_certificate_pem(&arena, ca.certificate);
	struct pki_crl_wish wish = {.serials = others, .count = 1};
	struct bytes foreign = pki_crl_pem(&arena, &other_ca, &wish);
	EVP_PKEY *key = pki_key(ED25519);
	X509 *leaf = pki_issue(&ca, key, &(struct pki_wish){.names = "DNS:x"});
	struct bytes cut;

	(void)state;
	expect_refusal(none, none, "empty");
	expect_refusal(bytes_of_str("hello\n"), none, "holds no certificate");
	cut = bytes_of(good.data, good.len - 60);
	expect_refusal(cut, none, "cannot be read");
	expect_refusal(pki_join(&arena, good, cut), none, "cannot be read");
	expect_refusal(pki_certificate_pem(&arena, leaf), none, "not a CA's");
	expect_refusal(good, foreign, "none of the CAs");
	expect_refusal(good, good, "holds no revocation list");
	expect_refusal(good, bytes_of(foreign.data, foreign.len - 60), "cannot be read");
	wish.critical_extension = "2.5.29.28"; /* for some certificates only */
	expect_refusal(good, pki_crl_pem(&arena, &ca, &wish), "critical extension");
	X509_free(leaf);
	EVP_PKEY_free(key);
}

static void test_several_cas_and_lists(void **state)
{
	struct bytes cas = pki_join(&arena, pki_certificate_pem(&arena, ca.certificate),
	                            pki_certificate_pem(&arena, other_ca.certificate));
	struct pki_crl_wish wish = {.serials = revoked, .count = 1, .revoked_at = -1};
	struct identity identity;
	struct trust *trust;

	(void)state;
	/* The other CA revoked its own 4711. */
	assert_int_equal(trust_create(cas, pki_crl_pem(&arena, &other_ca, &wish), &trust,
	                              NULL),
	                 0);
	assert_int_equal(seal_verify(trust, &envelope, TYPE, PKI_NOW, &identity), 0);
	trust_unref(trust);
	assert_int_equal(trust_create(cas,
	                              pki_join(&arena,
	                                       pki_crl_pem(&arena, &other_ca, &wish),
	                                       pki_crl_pem(&arena, &ca, &wish)),
	                              &trust, NULL),
	                 0);
	assert_int_equal(seal_verify(trust, &envelope, TYPE, PKI_NOW, &identity),
	                 E_REVOKED);
	trust_unref(trust);
}

static void test_a_reload_does_not_disturb(void **state)
{
	struct trust *trust = pki_trust(&arena, &ca, bytes_of(NULL, 0));
	struct trust *held = trust_ref(trust);
	struct identity identity;

	(void)state;
	trust_unref(trust);
	assert_int_equal(seal_verify(held, &envelope, TYPE, PKI_NOW, &identity), 0);
	assert_string_equal(trust_crl_number(held), "");
	assert_int_equal(trust_crl_next_update(held), 0);
	trust_unref(held);
	trust_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_revoked_signers_are_refused),
		cmocka_unit_test(test_revocation_is_judged_as_of_the_time),
		cmocka_unit_test(test_an_outdated_list_stays_in_force),
		cmocka_unit_test(test_the_newest_list_of_a_ca_counts),
		cmocka_unit_test(test_a_revoked_intermediate_is_refused),
		cmocka_unit_test(test_wrong_files_are_explained),
		cmocka_unit_test(test_several_cas_and_lists),
		cmocka_unit_test(test_a_reload_does_not_disturb),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
