/*
 * A private key with its certificate.
 *
 *	key URI -> file or token -> key \
 *	                                 > belong together? of a kind? a signer's? ->
 *signer chain file -> certificates -----/
 *
 * What can go wrong: files that are missing, unreadable, or do not belong together. The
 * operator must act, and gets a sentence that says on what.
 */
#include <string.h>

#include <openssl/pem.h>
#include <openssl/ui.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "model/certificate.h"
#include "model/dsse.h"
#include "model/key.h"
#include "model/openssl.h"
#include "model/receipt.h"
#include "model/seal.h"
#include "model/token.h"
#include "model/why.h"

struct signer {
	unsigned magic;
#define SIGNER_MAGIC 0x51f0e7a9U
	EVP_PKEY *key;
	struct token *token; /* where the key lives; NULL: in memory */
	enum algorithm algorithm;
	struct identity identity;
	uint8_t key_hint[HASH_SIZE]; /* of the public key, as the certificate has it */
	struct {
		uint8_t *data; /* DER */
		size_t len;
	} certificates[SEAL_CERTIFICATES_MAX];
	size_t certificate_count;
};

static int open_key(struct signer *signer, const char *uri, const char **ret_why);
static int check_scheme(const char *uri, const char **ret_why);
static bool has_scheme(const char *uri, const char *scheme);
static EVP_PKEY *load_key(OSSL_STORE_CTX *store);
static int read_chain(struct signer *signer, const char *file, X509 **ret_leaf,
                      const char **ret_why);
static int keep_certificate(struct signer *signer, X509 *certificate);
static int check_leaf(struct signer *signer, X509 *leaf, const char **ret_why);
static int copy_all(const struct signer *signer, struct arena *arena,
                    struct bytes signature, struct envelope *envelope);

int signer_open(const char *key_uri, const char *chain_file, struct signer **ret_signer,
                const char **ret_why)
{
	AUTO(openssl_errorsp) int errors = openssl_keep_errors();
	AUTO(signer_closep) struct signer *signer = calloc(1, sizeof(*signer));
	AUTO(x509_freep) X509 *leaf = NULL;
	int r;

	(void)errors;
	if (signer == NULL)
		return why_set(ret_why, E_NOMEM, "out of memory");
	signer->magic = SIGNER_MAGIC;
	r = open_key(signer, key_uri, ret_why);
	if (r == 0)
		r = read_chain(signer, chain_file, &leaf, ret_why);
	if (r == 0)
		r = check_leaf(signer, leaf, ret_why);
	if (r != 0)
		return r;
	*ret_signer = TAKE(signer);
	return 0;
}

static int open_key(struct signer *signer, const char *uri, const char **ret_why)
{
	AUTO(store_closep) OSSL_STORE_CTX *store = NULL;
	int r = check_scheme(uri, ret_why);

	if (r != 0)
		return r;
	store = OSSL_STORE_open(uri, UI_null(), NULL, NULL, NULL);
	if (store == NULL && has_scheme(uri, "pkcs11:"))
		return token_open(uri, &signer->token, &signer->key, ret_why);
	if (store == NULL)
		return why_set(ret_why, E_IO, "the key %s cannot be opened: %s", uri,
		               why_openssl());
	signer->key = load_key(store);
	if (signer->key == NULL)
		return why_set(ret_why, E_CERTIFICATE,
		               "%.*s holds no private key that can be read without a "
		               "password",
		               token_uri_shown(uri), uri);
	return 0;
}

/* A path may hold a colon, but not before its first slash. */
static int check_scheme(const char *uri, const char **ret_why)
{
	size_t scheme = strcspn(uri, ":/");

	if (uri[scheme] != ':' || has_scheme(uri, "file:") || has_scheme(uri, "pkcs11:"))
		return 0;
	return why_set(
		ret_why, E_UNSUPPORTED,
		"keys are opened from files and tokens; \"%.*s:\" is not supported",
		(int)scheme, uri);
}

static bool has_scheme(const char *uri, const char *scheme)
{
	return strncmp(uri, scheme, strlen(scheme)) == 0;
}

static EVP_PKEY *load_key(OSSL_STORE_CTX *store)
{
	EVP_PKEY *key = NULL;

	if (OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) != 1)
		return NULL;
	while (key == NULL && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info == NULL && OSSL_STORE_error(store))
			break;
		if (info != NULL &&
		    OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return key;
}

static int read_chain(struct signer *signer, const char *file, X509 **ret_leaf,
                      const char **ret_why)
{
	AUTO(bio_freep) BIO *bio = BIO_new_file(file, "r");
	AUTO(x509_freep) X509 *leaf = NULL;

	if (bio == NULL)
		return why_set(ret_why, E_IO, "the certificates %s cannot be opened",
		               file);
	for (;;) {
		AUTO(x509_freep)
		X509 *next = PEM_read_bio_X509(bio, NULL, openssl_no_password, NULL);

		if (next == NULL)
			break;
		if (keep_certificate(signer, next) != 0)
			return why_set(
				ret_why, E_CERTIFICATE,
				"%s: more than %d certificates, or one larger than "
				"%d bytes",
				file, SEAL_CERTIFICATES_MAX, SEAL_CERTIFICATE_MAX);
		if (leaf == NULL)
			leaf = TAKE(next);
	}
	if (leaf == NULL || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return why_set(ret_why, E_CERTIFICATE,
		               "%s holds no certificate, or a damaged one", file);
	*ret_leaf = TAKE(leaf);
	return 0;
}

static int keep_certificate(struct signer *signer, X509 *certificate)
{
	unsigned char *data = NULL;
	int len;

	if (signer->certificate_count == SEAL_CERTIFICATES_MAX)
		return E_LIMIT;
	len = i2d_X509(certificate, &data);
	if (len < 0)
		return E_NOMEM;
	signer->certificates[signer->certificate_count].data = data;
	signer->certificates[signer->certificate_count].len = (size_t)len;
	signer->certificate_count++;
	return len <= SEAL_CERTIFICATE_MAX ? 0 : E_LIMIT;
}

static int check_leaf(struct signer *signer, X509 *leaf, const char **ret_why)
{
	unsigned char *public_key = NULL;
	const char *why;
	int len;

	if (X509_check_private_key(leaf, signer->key) != 1)
		return why_set(ret_why, E_CERTIFICATE,
		               "the key does not belong to the first certificate");
	/* Of a key on a token, the certificate knows best what it is. */
	if (key_algorithm(X509_get0_pubkey(leaf), &signer->algorithm) != 0)
		return why_set(ret_why, E_CERTIFICATE,
		               "the key is not Ed25519, ECDSA P-256 or SM2");
	if (certificate_signer(leaf, &signer->identity, &why) != 0)
		return why_set(ret_why, E_CERTIFICATE,
		               "the certificate is not for signing: %s", why);
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &public_key);
	if (len < 0)
		return why_set(ret_why, E_NOMEM, "out of memory");
	sha256(bytes_of(public_key, (size_t)len), signer->key_hint);
	OPENSSL_free(public_key);
	return 0;
}

void signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	CHECK_MAGIC(signer, SIGNER_MAGIC);
	for (size_t i = 0; i < signer->certificate_count; i++)
		OPENSSL_free(signer->certificates[i].data);
	EVP_PKEY_free(signer->key);
	token_close(signer->token);
	signer->magic = 0;
	free(signer);
}

enum algorithm signer_algorithm(const struct signer *signer)
{
	return signer->algorithm;
}

const struct identity *signer_identity(const struct signer *signer)
{
	return &signer->identity;
}

int signer_sign(const struct signer *signer, struct arena *arena,
                const char *payload_type, struct bytes payload,
                struct envelope *ret_envelope)
{
	AUTO(openssl_errorsp) int errors = openssl_keep_errors();
	AUTO(freep) uint8_t *message = NULL;
	uint8_t signature[SEAL_SIGNATURE_MAX];
	struct envelope envelope = {
		.payload_type = payload_type,
		.payload = payload,
		.algorithm = signer->algorithm,
	};
	size_t len;
	int r;

	(void)errors;
	r = dsse_encode(payload_type, payload, &message, &len);
	if (r == 0)
		r = key_sign(signer->key, signer->algorithm, bytes_of(message, len),
		             signature, &len);
	if (r == 0)
		r = copy_all(signer, arena, bytes_of(signature, len), &envelope);
	if (r != 0)
		return r;
	*ret_envelope = envelope;
	return 0;
}

static int copy_all(const struct signer *signer, struct arena *arena,
                    struct bytes signature, struct envelope *envelope)
{
	envelope->signature = arena_copy(arena, signature);
	envelope->key_hint = arena_copy(arena, bytes_of(signer->key_hint, HASH_SIZE));
	if (envelope->signature.data == NULL || envelope->key_hint.data == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < signer->certificate_count; i++) {
		struct bytes der = bytes_of(signer->certificates[i].data,
		                            signer->certificates[i].len);

		envelope->certificates[i] = arena_copy(arena, der);
		if (envelope->certificates[i].data == NULL)
			return E_NOMEM;
	}
	envelope->certificate_count = signer->certificate_count;
	return 0;
}
