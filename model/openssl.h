/* Owning locals for OpenSSL's objects, and its error queue left as it was found. */
#ifndef DUBAN_MODEL_OPENSSL_H
#define DUBAN_MODEL_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/store.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/auto.h"

static inline void openssl_free_certificates(STACK_OF(X509) * list)
{
	sk_X509_pop_free(list, X509_free);
}

DEFINE_AUTO(bio_freep, BIO, BIO_free_all)
DEFINE_AUTO(pkey_freep, EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO(md_ctx_freep, EVP_MD_CTX, EVP_MD_CTX_free)
DEFINE_AUTO(store_closep, OSSL_STORE_CTX, OSSL_STORE_close)
DEFINE_AUTO(x509_freep, X509, X509_free)
DEFINE_AUTO(x509_crl_freep, X509_CRL, X509_CRL_free)
DEFINE_AUTO(x509_store_freep, X509_STORE, X509_STORE_free)
DEFINE_AUTO(x509_store_ctx_freep, X509_STORE_CTX, X509_STORE_CTX_free)
DEFINE_AUTO(x509_list_freep, STACK_OF(X509), openssl_free_certificates)
DEFINE_AUTO(names_freep, GENERAL_NAMES, GENERAL_NAMES_free)

/*
 * Errors that a function leaves in the thread's queue would be taken for somebody
 * else's (SSL_get_error() looks there). So each entry point begins with
 *
 *	AUTO(openssl_errorsp) int errors = openssl_keep_errors();
 */
static inline int openssl_keep_errors(void)
{
	return ERR_set_mark();
}

/* NOLINTNEXTLINE(readability-non-const-parameter): what AUTO calls */
static inline void openssl_errorsp(int *mark)
{
	(void)mark;
	(void)ERR_pop_to_mark();
}

/* For OpenSSL's readers of PEM and keys: nobody is there to type a password. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
static inline int openssl_no_password(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

#endif
