/*
 * Verifying an envelope:
 *
 *	envelope -> certificates -> trust_check() -> certificate_signer() -> key_verify()
 *	 bounds  |   parsed          chain, dates,    usage, identity     |   signature
 *	         |                   revocation                           |
 *	         '----------> seen before, at a time like this -----------'
 *
 * The chain comes before the signature, so that nobody's key is calculated with before a
 * CA has vouched for it. What can go wrong is always the sender's or its CA's to mend;
 * only E_NOMEM is ours.
 */
#include "model/seal.h"

#include <string.h>

#include "base/err.h"
#include "model/certificate.h"
#include "model/dsse.h"
#include "model/key.h"
#include "model/openssl.h"
#include "model/trust.h"

static int check_bounds(const struct envelope *envelope);
static int vouch(const struct trust *trust, const struct envelope *envelope,
                 int64_t wall_time, struct vouched *ret_vouched);
static int check_certificates(const struct trust *trust, const struct envelope *envelope,
                              int64_t wall_time, struct vouched *ret_vouched);
static int parse_all(const struct envelope *envelope, X509 **ret_leaf,
                     STACK_OF(X509) * *ret_others);
static int read_leaf(X509 *leaf, struct vouched *ret_vouched);
static int check_signature(const struct envelope *envelope,
                           const struct vouched *vouched);

int seal_verify(const struct trust *trust, const struct envelope *envelope,
                const char *payload_type, int64_t wall_time, struct identity *ret_signer)
{
	AUTO(openssl_errorsp) int errors = openssl_keep_errors();
	AUTO(vouched_finishp) struct vouched vouched = {.key = NULL};
	int r;

	(void)errors;
	if (envelope->payload_type == NULL ||
	    strcmp(envelope->payload_type, payload_type) != 0)
		return E_SYNTAX;
	r = check_bounds(envelope);
	if (r == 0)
		r = vouch(trust, envelope, wall_time, &vouched);
	if (r == 0)
		r = check_signature(envelope, &vouched);
	if (r != 0)
		return r;
	*ret_signer = vouched.signer;
	return 0;
}

static int check_bounds(const struct envelope *envelope)
{
	if (envelope->certificate_count < 1 ||
	    envelope->certificate_count > SEAL_CERTIFICATES_MAX)
		return E_SYNTAX;
	for (size_t i = 0; i < envelope->certificate_count; i++)
		if (envelope->certificates[i].len > SEAL_CERTIFICATE_MAX)
			return E_SYNTAX;
	return 0;
}

/* As good as checking each time: see trust_check(). */
static int vouch(const struct trust *trust, const struct envelope *envelope,
                 int64_t wall_time, struct vouched *ret_vouched)
{
	uint8_t key[HASH_SIZE];
	int r;

	trust_cache_key(envelope, key);
	if (trust_cache_find(trust_cache(trust), key, wall_time, ret_vouched))
		return 0;
	r = check_certificates(trust, envelope, wall_time, ret_vouched);
	if (r == 0)
		trust_cache_keep(trust_cache(trust), key, ret_vouched);
	return r;
}

static int check_certificates(const struct trust *trust, const struct envelope *envelope,
                              int64_t wall_time, struct vouched *ret_vouched)
{
	AUTO(x509_list_freep) STACK_OF(X509) *others = NULL;
	AUTO(x509_freep) X509 *leaf = NULL;
	struct span span;
	int r;

	r = parse_all(envelope, &leaf, &others);
	if (r == 0)
		r = trust_check(trust, leaf, others, wall_time, &span);
	if (r == 0)
		r = read_leaf(leaf, ret_vouched);
	if (r == 0)
		ret_vouched->span = span;
	return r;
}

static int parse_all(const struct envelope *envelope, X509 **ret_leaf,
                     STACK_OF(X509) * *ret_others)
{
	AUTO(x509_list_freep) STACK_OF(X509) *others = sk_X509_new_null();
	AUTO(x509_freep) X509 *leaf = NULL;
	int r;

	if (others == NULL)
		return E_NOMEM;
	r = certificate_parse(envelope->certificates[0], &leaf);
	for (size_t i = 1; r == 0 && i < envelope->certificate_count; i++) {
		AUTO(x509_freep) X509 *other = NULL;

		r = certificate_parse(envelope->certificates[i], &other);
		if (r == 0 && X509_add_cert(others, other, X509_ADD_FLAG_UP_REF) != 1)
			r = E_NOMEM;
	}
	if (r != 0)
		return r;
	*ret_leaf = TAKE(leaf);
	*ret_others = TAKE(others);
	return 0;
}

static int read_leaf(X509 *leaf, struct vouched *ret_vouched)
{
	AUTO(pkey_freep) EVP_PKEY *key = X509_get_pubkey(leaf);
	const char *why;
	int r;

	r = certificate_signer(leaf, &ret_vouched->signer, &why);
	if (r != 0)
		return r;
	if (key == NULL || key_algorithm(key, &ret_vouched->algorithm) != 0)
		return E_CERTIFICATE;
	ret_vouched->key = TAKE(key);
	return 0;
}

static int check_signature(const struct envelope *envelope, const struct vouched *vouched)
{
	AUTO(freep) uint8_t *message = NULL;
	size_t len;
	int r;

	if (vouched->algorithm != envelope->algorithm || envelope->signature.len == 0 ||
	    envelope->signature.len > SEAL_SIGNATURE_MAX)
		return E_SIGNATURE;
	r = dsse_encode(envelope->payload_type, envelope->payload, &message, &len);
	if (r != 0)
		return r;
	return key_verify(vouched->key, vouched->algorithm, bytes_of(message, len),
	                  envelope->signature);
}
