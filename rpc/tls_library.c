/*
 * The part of OpenSSL that TLS works with:
 *
 *	the default provider, in a context of its own
 *	       |  everything but most decoders and some kinds of keys
 *	our provider, in another -> SSL_CTX, certificates, CRLs
 *
 * Each time OpenSSL 3 parses a certificate it looks for the decoder of its public key
 * anew: it asks each kind of key and each of the default provider's hundred decoders,
 * in pairs. A handshake parses the peer's certificate two or three times, and that search
 * takes more than a third of the handshake's instructions. So we offer it only what a
 * certificate or TLS can need: nothing is decoded otherwise, and nothing is checked less.
 * The algorithms are the default provider's own functions.
 *
 * What can go wrong: there is no memory, or the program uses other providers: then
 * the default context is used as it is, which is slower and otherwise the same.
 */
#include "rpc/tls_library.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"

#define NAME        "uvgrpc"
#define OFFERED_MAX 48

DEFINE_AUTO(library_freep, OSSL_LIB_CTX, OSSL_LIB_CTX_free)

/* A provider's table, without what we leave out; ended by a row without names. */
struct offer {
	OSSL_ALGORITHM rows[OFFERED_MAX + 1];
};

static void make(void);
static bool has_defaults_only(void);
static int on_provider(OSSL_PROVIDER *provider, void *is_other);
static int on_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                   const OSSL_DISPATCH **out, void **context);
static bool choose(int operation, bool (*is_needed)(const OSSL_ALGORITHM *row),
                   struct offer *ret);
static bool is_cipher_of_tls(const OSSL_ALGORITHM *row);
static bool is_public_key(const OSSL_ALGORITHM *row);
static bool is_key_of_tls(const OSSL_ALGORITHM *row);
static bool is_named(const OSSL_ALGORITHM *row, const char *const *names);
static const OSSL_ALGORITHM *on_query(void *context, int operation, int *no_cache);
static int on_capabilities(void *context, const char *capability, OSSL_CALLBACK *callback,
                           void *arg);

static const char *const certificate_kinds[] = {"RSA",     "RSA-PSS", "EC",
                                                "ED25519", "ED448",   NULL};
static OSSL_LIB_CTX *the_library;
static OSSL_PROVIDER *whole; /* the default provider */
static struct offer ciphers, decoders, keys;

OSSL_LIB_CTX *tls_library(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make);
	return the_library;
}

static void make(void)
{
	AUTO(library_freep) OSSL_LIB_CTX *behind = NULL;
	AUTO(library_freep) OSSL_LIB_CTX *library = NULL;

	if (!has_defaults_only())
		return;
	behind = OSSL_LIB_CTX_new();
	library = OSSL_LIB_CTX_new();
	if (behind == NULL || library == NULL)
		return;
	whole = OSSL_PROVIDER_load(behind, "default");
	if (whole == NULL || !choose(OSSL_OP_CIPHER, is_cipher_of_tls, &ciphers) ||
	    !choose(OSSL_OP_DECODER, is_public_key, &decoders) ||
	    !choose(OSSL_OP_KEYMGMT, is_key_of_tls, &keys) ||
	    OSSL_PROVIDER_add_builtin(library, NAME, on_init) != 1 ||
	    OSSL_PROVIDER_load(library, NAME) == NULL)
		return;
	(void)TAKE(behind); /* lives as long as the process */
	the_library = TAKE(library);
}

static bool has_defaults_only(void)
{
	bool is_other = false;

	return EVP_default_properties_is_fips_enabled(NULL) == 0 &&
	       OSSL_PROVIDER_do_all(NULL, on_provider, &is_other) == 1 && !is_other;
}

static int on_provider(OSSL_PROVIDER *provider, void *is_other)
{
	if (strcmp(OSSL_PROVIDER_get0_name(provider), "default") != 0)
		*(bool *)is_other = true;
	return 1;
}

/* The default provider's functions are called with its own context. */
static int on_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                   const OSSL_DISPATCH **out, void **context)
{
	static const OSSL_DISPATCH functions[] = {
		{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))on_query},
		{OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))on_capabilities},
		{0, NULL},
	};

	(void)handle;
	(void)in;
	*out = functions;
	*context = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

static bool choose(int operation, bool (*is_needed)(const OSSL_ALGORITHM *row),
                   struct offer *ret)
{
	int no_cache = 0;
	const OSSL_ALGORITHM *row =
		OSSL_PROVIDER_query_operation(whole, operation, &no_cache);
	size_t count = 0;

	for (; row != NULL && row->algorithm_names != NULL; row++) {
		if (!is_needed(row))
			continue;
		if (count == OFFERED_MAX)
			return false;
		ret->rows[count++] = *row;
	}
	return count > 0 && no_cache == 0;
}

/* The last one seals tickets. */
static bool is_cipher_of_tls(const OSSL_ALGORITHM *row)
{
	static const char *const ciphers_of_tls[] = {"AES-128-GCM", "AES-256-GCM",
	                                             "ChaCha20-Poly1305", "AES-256-CBC",
	                                             NULL};

	return is_named(row, ciphers_of_tls);
}

/* Of the kinds that a certificate in TLS may have. */
static bool is_public_key(const OSSL_ALGORITHM *row)
{
	return strstr(row->property_definition, "structure=SubjectPublicKeyInfo") !=
	               NULL &&
	       is_named(row, certificate_kinds);
}

/* Those, and what keys are exchanged with; HMAC binds a ticket to its handshake. */
static bool is_key_of_tls(const OSSL_ALGORITHM *row)
{
	static const char *const kinds[] = {"DH", "X25519", "X448", "HMAC", NULL};

	return is_named(row, kinds) || is_named(row, certificate_kinds);
}

/* By its first name; "RSA:rsaEncryption:1.2.840.113549.1.1.1" is RSA. */
static bool is_named(const OSSL_ALGORITHM *row, const char *const *names)
{
	size_t len = strcspn(row->algorithm_names, ":");

	for (; *names != NULL; names++)
		if (strlen(*names) == len &&
		    memcmp(*names, row->algorithm_names, len) == 0)
			return true;
	return false;
}

static const OSSL_ALGORITHM *on_query(void *context, int operation, int *no_cache)
{
	(void)context;
	switch (operation) {
	case OSSL_OP_CIPHER:
		*no_cache = 0;
		return ciphers.rows;
	case OSSL_OP_DECODER:
		*no_cache = 0;
		return decoders.rows;
	case OSSL_OP_KEYMGMT:
		*no_cache = 0;
		return keys.rows;
	default:
		return OSSL_PROVIDER_query_operation(whole, operation, no_cache);
	}
}

/* The groups of TLS. */
static int on_capabilities(void *context, const char *capability, OSSL_CALLBACK *callback,
                           void *arg)
{
	(void)context;
	return OSSL_PROVIDER_get_capabilities(whole, capability, callback, arg);
}
