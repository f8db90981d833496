/*
 * Signing and verifying: DSSE envelopes, and the certificates behind them.
 *
 * The signature covers "DSSEv1 <len type> <type> <len payload> <payload>"
 * (the public DSSE protocol, pre-authentication encoding). The algorithm is named
 * in the envelope, comes from a closed list and must match the certificate's key.
 */
#ifndef DUBAN_MODEL_SEAL_H
#define DUBAN_MODEL_SEAL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "model/identity.h"

#define SEAL_CERTIFICATES_MAX 4
#define SEAL_CERTIFICATE_MAX  8192 /* bytes of one, DER */
#define SEAL_SIGNATURE_MAX    128
#define SEAL_SM2_USER_ID      "1234567812345678"

enum algorithm { ED25519 = 1, ECDSA_P256_SHA256, SM2_SM3 };
const char *algorithm_name(enum algorithm algorithm); /* "ecdsa-p256-sha256" */

struct envelope {
	const char *payload_type;
	struct bytes payload;
	enum algorithm algorithm;
	struct bytes signature;
	struct bytes key_hint;
	struct bytes certificates[SEAL_CERTIFICATES_MAX]; /* DER, the signer's first */
	size_t certificate_count;
};

/* A private key with its certificate. */
struct signer;
/*
 * Open a key by URI ("file:/path/key.pem"; a plain path means file:; or
 * "pkcs11:token=...;object=...?pin-source=file:/path") and its chain (PEM, leaf first).
 * A key on a token blocks while it signs.
 *
 *   E_IO  cannot be read    E_CERTIFICATE  they do not belong together, the key is of
 *   no kind that this list knows, or the certificate is not for signing
 *   E_UNSUPPORTED  the URI's scheme, or no engine for tokens is installed    E_NOMEM
 *
 * @ret_why (may be NULL): a sentence for people, static or thread-local.
 */
int signer_open(const char *key_uri, const char *chain_file, struct signer **ret_signer,
                const char **ret_why);
void signer_close(struct signer *signer);
DEFINE_AUTO(signer_closep, struct signer, signer_close)
enum algorithm signer_algorithm(const struct signer *signer);
const struct identity *signer_identity(const struct signer *signer);
/* Thread-safe. Fills in every field of @ret_envelope; chain and signature live in
 * @arena, @payload_type and @payload are borrowed. E_NOMEM, E_INTERNAL. */
int signer_sign(const struct signer *signer, struct arena *arena,
                const char *payload_type, struct bytes payload,
                struct envelope *ret_envelope);

/* What signatures are checked against: CA certificates and revocation lists. Immutable
 * and reference counted, so that a reload never disturbs a check that runs. */
struct trust;
/* PEM texts; @crls may be empty. E_CERTIFICATE with @ret_why. */
int trust_create(struct bytes cas, struct bytes crls, struct trust **ret_trust,
                 const char **ret_why);
struct trust *trust_ref(struct trust *trust);
void trust_unref(struct trust *trust); /* accepts NULL */
DEFINE_AUTO(trust_unrefp, struct trust, trust_unref)
const char *trust_crl_number(const struct trust *trust);  /* hex, "" without a CRL */
int64_t trust_crl_next_update(const struct trust *trust); /* unix seconds, 0: none */

/*
 * Verify @envelope: the signature by its first certificate's key, that certificate's
 * chain, dates and revocation at @wall_time (unix seconds), its key usage (a signer has
 * neither serverAuth nor clientAuth), and its one URI. Thread-safe, pure.
 *
 *   E_SIGNATURE    the signature does not verify, or the algorithm is not the key's
 *   E_CERTIFICATE  untrusted, expired, not yet valid, not a signer's
 *   E_REVOKED      revoked by then; an entry of a later date does not count, and a
 *                  list that is outdated stays in force (watch
 *                  trust_crl_next_update())
 *   E_SYNTAX       not certificates at all, too many, too large
 *
 * The type is compared with @payload_type first (E_SYNTAX).
 */
int seal_verify(const struct trust *trust, const struct envelope *envelope,
                const char *payload_type, int64_t wall_time, struct identity *ret_signer);

#endif
