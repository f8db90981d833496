/* Making certificates: which extensions each kind of identity gets (design: identity). */
#ifndef DUBAN_CLIENT_ADMIN_CA_CERTIFICATE_H
#define DUBAN_CLIENT_ADMIN_CA_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#include "model/identity.h"
#include "model/seal.h"

struct ca_request {
	const struct identity *identity;
	const char *const *dns; /* NULL-ended; only for nodes, which need at least one */
	EVP_PKEY *key;          /* the subject's, public part is enough */
	time_t from, until;
};

/* A new key of one of seal.h's algorithms. E_INTERNAL. */
int ca_key_create(enum algorithm algorithm, EVP_PKEY **ret_key);
/* The CA's own certificate: self-signed, path length 0. */
int ca_root_create(EVP_PKEY *key, const char *domain, time_t from, time_t until,
                   X509 **ret_certificate);
/*
 * Sign a certificate. Agents and persons get clientAuth, nodes serverAuth and clientAuth,
 * signers no extended key usage at all: TLS refuses them, and seal_verify() refuses
 * everything else. @serial takes CA_SERIAL_TEXT bytes.
 */
int ca_certificate_create(X509 *issuer, EVP_PKEY *issuer_key,
                          const struct ca_request *request, char *serial,
                          X509 **ret_certificate);

#endif
