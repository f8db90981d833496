/*
 * Verifying an envelope:
 *
 *	envelope -> certificates -> trust_check() -> certificate_signer() -> key_verify()
 *	 bounds      parsed          chain, dates,    usage, identity         signature
 *	                             revocation
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

static int parse_all(const struct envelope *envelope, X509 **ret_leaf,
                     STACK_OF(X509) * *ret_others);
static int check_signature(const struct envelope *envelope, X509 *leaf);

int seal_verify(const struct trust *trust, const struct envelope *envelope,
                const char *payload_type, int64_t wall_time, struct identity *ret_signer)
{
	AUTO(openssl_errorsp) int errors = openssl_keep_errors();
	AUTO(x509_list_freep) STACK_OF(X509) *others = NULL;
	AUTO(x509_freep) X509 *leaf = NULL;
	struct identity signer;
	const char *why;
	int r;

	(void)errors;
	if (envelope->payload_type == NULL ||
	    strcmp(envelope->payload_type, payload_type) != 0)
		return E_SYNTAX;
	r = parse_all(envelope, &leaf, &others);
	if (r == 0)
		r = trust_check(trust, leaf, others, wall_time);
	if (r == 0)
		r = certificate_signer(leaf, &signer, &why);
	if (r == 0)
		r = check_signature(envelope, leaf);
	if (r != 0)
		return r;
	*ret_signer = signer;
	return 0;
}

static int parse_all(const struct envelope *envelope, X509 **ret_leaf,
                     STACK_OF(X509) * *ret_others)
{
	AUTO(x509_list_freep) STACK_OF(X509) *others = sk_X509_new_null();
	AUTO(x509_freep) X509 *leaf = NULL;
	int r;

	if (others == NULL)
		return E_NOMEM;
	if (envelope->certificate_count < 1 ||
	    envelope->certificate_count > SEAL_CERTIFICATES_MAX)
		return E_SYNTAX;
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

static int check_signature(const struct envelope *envelope, X509 *leaf)
{
	EVP_PKEY *key = X509_get0_pubkey(leaf);
	AUTO(freep) uint8_t *message = NULL;
	enum algorithm algorithm;
	size_t len;
	int r;

	if (key == NULL || key_algorithm(key, &algorithm) != 0)
		return E_CERTIFICATE;
	if (algorithm != envelope->algorithm || envelope->signature.len == 0 ||
	    envelope->signature.len > SEAL_SIGNATURE_MAX)
		return E_SIGNATURE;
	r = dsse_encode(envelope->payload_type, envelope->payload, &message, &len);
	if (r != 0)
		return r;
	return key_verify(key, algorithm, bytes_of(message, len), envelope->signature);
}
