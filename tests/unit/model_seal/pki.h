/*
 * A small CA for tests: keys, certificates and revocation lists, made on the spot.
 *
 * Nothing here uses the code under test: envelopes are signed by hand, so that a mistake
 * in it cannot cancel itself out. Everything fails the test that calls it.
 */
#ifndef DUBAN_TESTS_MODEL_SEAL_PKI_H
#define DUBAN_TESTS_MODEL_SEAL_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "model/seal.h"

#define PKI_NOW         INT64_C(1663228800) /* 2022-09-15 16:00 in Changsha */
#define PKI_DAY         INT64_C(86400)
#define PKI_SIGNER_URI  "spiffe://duban.test/district/430112/signer/1"
#define PKI_RECEIPT_URI "spiffe://duban.test/node/1/signer/1"

struct pki_ca {
	EVP_PKEY *key;
	X509 *certificate;
};

/* What a certificate says. Zeros are sensible: valid around PKI_NOW, digitalSignature,
 * no extended key usage, serial 1. */
struct pki_wish {
	const char *names;             /* "URI:..." or several, comma-separated */
	const char *usage;             /* extended key usage: "serverAuth" */
	const char *key_usage;         /* NULL: "digitalSignature"; "": none */
	const char *constraints;       /* basic constraints: "CA:TRUE" */
	int64_t not_before, not_after; /* relative to PKI_NOW */
	long serial;
};

struct pki_crl_wish {
	const long *serials;
	size_t count;
	int64_t revoked_at;             /* relative to PKI_NOW */
	int64_t issued_at;              /* relative to PKI_NOW */
	long number;                    /* 0: none */
	const char *critical_extension; /* such as "2.5.29.28" */
};

EVP_PKEY *pki_key(enum algorithm algorithm);
struct pki_ca pki_ca_create(const char *name);
/* An intermediate CA. */
struct pki_ca pki_ca_below(const struct pki_ca *ca, const char *name);
void pki_ca_destroy(struct pki_ca *ca);
/* Frees nothing of what it is given. */
X509 *pki_issue(const struct pki_ca *ca, EVP_PKEY *key, const struct pki_wish *wish);

/* Results live in @arena. */
struct bytes pki_certificate_pem(struct arena *arena, X509 *certificate);
struct bytes pki_certificate_der(struct arena *arena, X509 *certificate);
struct bytes pki_key_pem(struct arena *arena, EVP_PKEY *key, const char *password);
struct bytes pki_crl_pem(struct arena *arena, const struct pki_ca *ca,
                         const struct pki_crl_wish *wish);
struct bytes pki_join(struct arena *arena, struct bytes a, struct bytes b);
/* Write a file below a fresh directory that pki_clean_up() removes; its path. */
const char *pki_file(struct arena *arena, const char *name, struct bytes content);
void pki_clean_up(void);

/* A signer from nothing: key, certificate with @uri, files, signer_open(). */
struct signer *pki_signer(struct arena *arena, const struct pki_ca *ca,
                          enum algorithm algorithm, const char *uri);
struct trust *pki_trust(struct arena *arena, const struct pki_ca *ca, struct bytes crls);
/* An envelope signed by hand. @sm2_id NULL: OpenSSL's default. */
struct envelope pki_envelope(struct arena *arena, EVP_PKEY *key, enum algorithm algorithm,
                             X509 *certificate, const char *type, struct bytes payload,
                             const char *sm2_id);

#endif
