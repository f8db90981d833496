/* What a trust remembers. If this fails, a certificate that has run out or was revoked
 * since may go on signing, a signature may pass because another one did, or whoever sends
 * many certificates may take the centre's memory. Every verdict is compared with that of
 * a trust that remembers nothing yet.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "model/trust.h"
#include "tests/unit/model_seal/pki.h"

#define TYPE "text/plain"

static const enum algorithm algorithms[] = {ED25519, ECDSA_P256_SHA256, SM2_SM3};
static struct arena arena;
static struct pki_ca ca;
static struct bytes no_list;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20);
	ca = pki_ca_create("ca");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pki_ca_destroy(&ca);
	arena_finish(&arena);
	return 0;
}

static struct envelope sealed(const struct pki_ca *by, enum algorithm algorithm,
                              const struct pki_wish *wish)
{
	EVP_PKEY *key = pki_key(algorithm);
	X509 *certificate = pki_issue(by, key, wish);
	struct envelope envelope =
		pki_envelope(&arena, key, algorithm, certificate, TYPE,
	                     bytes_of_str("payload"),
	                     algorithm == SM2_SM3 ? SEAL_SM2_USER_ID : NULL);

	X509_free(certificate);
	EVP_PKEY_free(key);
	return envelope;
}

static int verdict(const struct trust *trust, const struct envelope *envelope,
                   int64_t when)
{
	struct identity identity = {.uri = "untouched"};
	int r = seal_verify(trust, envelope, TYPE, PKI_NOW + when, &identity);

	assert_string_equal(identity.uri, r == 0 ? PKI_SIGNER_URI : "untouched");
	return r;
}

static void compare_at(const struct trust *warm, struct bytes cas, struct bytes crls,
                       const struct envelope *envelope, int64_t when)
{
	struct trust *fresh;

	assert_int_equal(trust_create(cas, crls, &fresh, NULL), 0);
	assert_int_equal(verdict(warm, envelope, when), verdict(fresh, envelope, when));
	trust_unref(fresh);
}

/* Whatever time came before, a warm trust and a new one say the same. */
static void compare(struct bytes cas, struct bytes crls, const struct envelope *envelope,
                    const int64_t *times, size_t count)
{
	struct trust *warm;

	assert_int_equal(trust_create(cas, crls, &warm, NULL), 0);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			compare_at(warm, cas, crls, envelope, times[i]);
			compare_at(warm, cas, crls, envelope, times[j]);
		}
	trust_unref(warm);
}

static void test_dates_count_as_before(void **state)
{
	static const int64_t times[] = {0, -101, -100, -99, 99, 100, 101, 0};
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI,
	                        .not_before = -100,
	                        .not_after = 100};
	struct envelope envelope = sealed(&ca, ED25519, &wish);
	struct bytes cas = pki_certificate_pem(&arena, ca.certificate);
	struct trust *trust = pki_trust(&arena, &ca, no_list);

	(void)state;
	compare(cas, no_list, &envelope, times, ARRAY_LEN(times));
	assert_int_equal(verdict(trust, &envelope, 0), 0);
	assert_int_equal(verdict(trust, &envelope, 99), 0);
	assert_int_equal(trust_cache_count(trust_cache(trust)), 1);
	assert_int_equal(verdict(trust, &envelope, 100), E_CERTIFICATE);
	assert_int_equal(verdict(trust, &envelope, -101), E_CERTIFICATE);
	assert_int_equal(verdict(trust, &envelope, -100), 0);
	trust_unref(trust);
}

static void test_a_later_revocation_counts_from_its_date_on(void **state)
{
	static const int64_t times[] = {0, 99, 100, 101, -5, 100, 99};
	static const long serials[] = {4711};
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI, .serial = 4711};
	struct envelope envelope = sealed(&ca, ECDSA_P256_SHA256, &wish);
	struct bytes list = pki_crl_pem(&arena, &ca,
	                                &(struct pki_crl_wish){.serials = serials,
	                                                       .count = 1,
	                                                       .revoked_at = 100,
	                                                       .issued_at = 100});
	struct trust *trust = pki_trust(&arena, &ca, list);

	(void)state;
	compare(pki_certificate_pem(&arena, ca.certificate), list, &envelope, times,
	        ARRAY_LEN(times));
	assert_int_equal(verdict(trust, &envelope, 99), 0);
	assert_int_equal(verdict(trust, &envelope, 100), E_REVOKED);
	assert_int_equal(verdict(trust, &envelope, 99), 0);
	trust_unref(trust);
}

/* The middle of a chain runs out and is revoked like its end. */
static void test_intermediates_count_as_before(void **state)
{
	static const int64_t times[] = {0, 49, 50, 51, 999 * PKI_DAY, 1001 * PKI_DAY};
	static const long serials[] = {77};
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI,
	                        .not_after = 2000 * PKI_DAY};
	struct pki_ca below = pki_ca_below(&ca, "below");
	struct envelope envelope = sealed(&below, ED25519, &wish);
	struct bytes cas = pki_certificate_pem(&arena, ca.certificate);

	(void)state;
	envelope.certificates[1] = pki_certificate_der(&arena, below.certificate);
	envelope.certificate_count = 2;
	compare(cas, no_list, &envelope, times, ARRAY_LEN(times));
	compare(cas,
	        pki_crl_pem(&arena, &ca,
	                    &(struct pki_crl_wish){.serials = serials,
	                                           .count = 1,
	                                           .revoked_at = 50,
	                                           .issued_at = 50}),
	        &envelope, times, ARRAY_LEN(times));
	pki_ca_destroy(&below);
}

/* A list of later date is a new trust: it must not inherit what the old one knew. */
static void test_a_reload_forgets(void **state)
{
	static const long serials[] = {4711};
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI, .serial = 4711};
	struct envelope envelope = sealed(&ca, ED25519, &wish);
	struct trust *trust = pki_trust(&arena, &ca, no_list);

	(void)state;
	assert_int_equal(verdict(trust, &envelope, 0), 0);
	trust_unref(trust);
	trust = pki_trust(&arena, &ca,
	                  pki_crl_pem(&arena, &ca,
	                              &(struct pki_crl_wish){.serials = serials,
	                                                     .count = 1,
	                                                     .revoked_at = -1}));
	assert_int_equal(trust_cache_count(trust_cache(trust)), 0);
	assert_int_equal(verdict(trust, &envelope, 0), E_REVOKED);
	trust_unref(trust);
}

static void test_a_good_signature_says_nothing_of_the_next(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		struct envelope good = sealed(&ca, algorithms[i], &wish), bad = good;
		struct envelope other = sealed(&ca, algorithms[i], &wish);
		struct trust *trust = pki_trust(&arena, &ca, no_list);

		for (int round = 0; round < 3; round++) {
			assert_int_equal(verdict(trust, &good, 0), 0);
			bad.payload = bytes_of_str("payloae");
			assert_int_equal(verdict(trust, &bad, 0), E_SIGNATURE);
			bad.payload = good.payload;
			bad.signature = other.signature; /* of another key */
			assert_int_equal(verdict(trust, &bad, 0), E_SIGNATURE);
			bad.signature = good.signature;
			bad.algorithm = algorithms[(i + 1) % ARRAY_LEN(algorithms)];
			assert_int_equal(verdict(trust, &bad, 0), E_SIGNATURE);
			bad.algorithm = good.algorithm;
			bad.certificates[0] = other.certificates[0];
			assert_int_equal(verdict(trust, &bad, 0), E_SIGNATURE);
			bad.certificates[0] = good.certificates[0];
		}
		trust_unref(trust);
	}
}

static void test_only_what_is_good_is_kept(void **state)
{
	struct pki_ca other_ca = pki_ca_create("other");
	struct pki_wish good = {.names = "URI:" PKI_SIGNER_URI};
	struct pki_wish late = {.names = "URI:" PKI_SIGNER_URI, .not_before = 1};
	struct pki_wish tls = {.names = "URI:" PKI_SIGNER_URI, .usage = "clientAuth"};
	struct envelope foreign = sealed(&other_ca, ED25519, &good);
	struct envelope early = sealed(&ca, ED25519, &late);
	struct envelope agent = sealed(&ca, ED25519, &tls);
	struct trust *trust = pki_trust(&arena, &ca, no_list);

	(void)state;
	for (int round = 0; round < 2; round++) {
		assert_int_equal(verdict(trust, &foreign, 0), E_CERTIFICATE);
		assert_int_equal(verdict(trust, &early, 0), E_CERTIFICATE);
		assert_int_equal(verdict(trust, &agent, 0), E_CERTIFICATE);
	}
	assert_int_equal(trust_cache_count(trust_cache(trust)), 0);
	trust_unref(trust);
	pki_ca_destroy(&other_ca);
}

/* Which certificates come along is part of what is remembered, and so is where one ends
 * and the next begins. */
static void test_keys_are_of_all_certificates(void **state)
{
	static const uint8_t der[] = "abcdef";
	uint8_t a[HASH_SIZE], b[HASH_SIZE];
	struct envelope envelope = {.certificates = {bytes_of(der, 3), bytes_of(der, 6)},
	                            .certificate_count = 2};

	(void)state;
	trust_cache_key(&envelope, a);
	envelope.certificates[0].len = 4;
	trust_cache_key(&envelope, b);
	assert_memory_not_equal(a, b, HASH_SIZE);
	envelope = (struct envelope){.certificates = {bytes_of(der, 6), bytes_of(der, 3)},
	                             .certificate_count = 2};
	trust_cache_key(&envelope, b);
	assert_memory_not_equal(a, b, HASH_SIZE);
	envelope.certificate_count = 1;
	trust_cache_key(&envelope, b);
	assert_memory_not_equal(a, b, HASH_SIZE);
}

static void test_it_stays_within_its_bound(void **state)
{
	struct vouched vouched = {.key = pki_key(ED25519), .span = {0, 10}};
	struct vouched found;
	struct trust_cache *cache;
	uint8_t key[HASH_SIZE], first[HASH_SIZE];
	const uint32_t many = 4 * TRUST_CACHE_SETS * TRUST_CACHE_WAYS;

	(void)state;
	assert_int_equal(trust_cache_create(&cache), 0);
	sha256(bytes_of_str("first"), first);
	trust_cache_keep(cache, first, &vouched);
	for (uint32_t i = 0; i < many; i++) {
		sha256(bytes_of(&i, sizeof(i)), key);
		trust_cache_keep(cache, key, &vouched);
		/* What is asked for stays. */
		assert_true(trust_cache_find(cache, first, 5, &found));
		vouched_finish(&found);
	}
	assert_true(trust_cache_count(cache) <= TRUST_CACHE_SETS * TRUST_CACHE_WAYS);
	assert_true(trust_cache_count(cache) > TRUST_CACHE_SETS * TRUST_CACHE_WAYS / 2);
	assert_true(trust_cache_find(cache, key, 0, &found));
	vouched_finish(&found);
	assert_false(trust_cache_find(cache, key, 10, &found));
	assert_false(trust_cache_find(cache, key, -1, &found));
	/* A newer answer takes the older one's place. */
	vouched.span = (struct span){10, 20};
	trust_cache_keep(cache, key, &vouched);
	assert_false(trust_cache_find(cache, key, 9, &found));
	assert_true(trust_cache_find(cache, key, 10, &found));
	vouched_finish(&found);
	trust_cache_destroy(cache);
	trust_cache_destroy(NULL);
	EVP_PKEY_free(vouched.key);
}

#define THREADS 4
#define SIGNERS 6

struct work {
	const struct trust *trust;
	const struct envelope *envelopes;
	int failures;
};

/* Dates on both sides of a revocation, so that entries are replaced all the time. */
static void *verify_many(void *argument)
{
	struct work *work = argument;

	for (int i = 0; i < 60; i++) {
		struct identity identity;
		int late = i / SIGNERS % 2;
		int r = seal_verify(work->trust, &work->envelopes[i % SIGNERS], TYPE,
		                    PKI_NOW + (late ? 200 : 0), &identity);

		if (r != (late && i % SIGNERS == 0 ? E_REVOKED : 0))
			work->failures++;
	}
	return NULL;
}

static void test_threads_share_what_is_known(void **state)
{
	static const long serials[] = {4711};
	struct pki_crl_wish list = {
		.serials = serials, .count = 1, .revoked_at = 100, .issued_at = 100};
	struct trust *trust = pki_trust(&arena, &ca, pki_crl_pem(&arena, &ca, &list));
	struct envelope envelopes[SIGNERS];
	struct work work[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < SIGNERS; i++) {
		struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI,
		                        .serial = 4711 + i};

		envelopes[i] = sealed(&ca, algorithms[i % 3], &wish);
	}
	for (int i = 0; i < THREADS; i++) {
		work[i] = (struct work){.trust = trust, .envelopes = envelopes};
		assert_int_equal(pthread_create(&threads[i], NULL, verify_many, &work[i]),
		                 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(work[i].failures, 0);
	}
	assert_int_equal(trust_cache_count(trust_cache(trust)), SIGNERS);
	trust_unref(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_count_as_before),
		cmocka_unit_test(test_a_later_revocation_counts_from_its_date_on),
		cmocka_unit_test(test_intermediates_count_as_before),
		cmocka_unit_test(test_a_reload_forgets),
		cmocka_unit_test(test_a_good_signature_says_nothing_of_the_next),
		cmocka_unit_test(test_only_what_is_good_is_kept),
		cmocka_unit_test(test_keys_are_of_all_certificates),
		cmocka_unit_test(test_it_stays_within_its_bound),
		cmocka_unit_test(test_threads_share_what_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
