/*
 * A certificate authority in a folder:
 *
 *	ca.key.pem   the CA's private key, ECDSA P-256, mode 0600
 *	ca.pem       its certificate
 *	crl.pem      the revocation list that is in force
 *	index        one line a certificate: serial, expiry, revocation date or "-", path
 *	domain       the trust domain
 *	crl-number   the last number of a list that was issued, decimal
 *
 * Every file is replaced as a whole (written beside, synced, renamed); the index is
 * written before a certificate is handed out, so that nothing exists that cannot be
 * revoked. A lock on `domain` keeps two commands from issuing at once. Certificate dates
 * are wall time.
 */
#ifndef DUBAN_CLIENT_ADMIN_CA_STORE_H
#define DUBAN_CLIENT_ADMIN_CA_STORE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/auto.h"

#define CA_SERIAL_BYTES 16
#define CA_SERIAL_TEXT  (2 * CA_SERIAL_BYTES + 1)
#define CA_INDEX_MAX    (16 * 1024 * 1024)

DEFINE_AUTO(pkey_freep, EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO(x509_freep, X509, X509_free)
DEFINE_AUTO(x509_crl_freep, X509_CRL, X509_CRL_free)
DEFINE_AUTO(bio_freep, BIO, BIO_free_all)

struct ca_entry {
	char serial[CA_SERIAL_TEXT]; /* lower-case hexadecimal */
	time_t expires;
	time_t revoked; /* 0: not revoked */
	const char *path;
	struct ca_entry *next;
};

struct ca_store {
	const char *folder;
	const char *domain;
	EVP_PKEY *key;
	X509 *certificate;
	struct ca_entry *entries; /* in the order of issue */
	struct ca_entry *last;
	uint64_t crl_number;
	int lock; /* descriptor, -1 */
	struct arena *arena;
};

/* Make a new one in @folder, which must not exist or be empty. E_EXISTS, E_IO. */
int ca_store_init(struct arena *arena, const char *folder, const char *domain, long days,
                  struct ca_store *ret_store);
/* Open and lock. E_IO, E_CORRUPT, E_BUSY when another command has it. */
int ca_store_open(struct arena *arena, const char *folder, struct ca_store *ret_store);
void ca_store_close(struct ca_store *store);

/* Note a certificate before it is handed out. E_IO, E_NOMEM. */
int ca_store_add(struct ca_store *store, const char *serial, time_t expires,
                 const char *path);
/* E_NOT_FOUND; E_EXISTS when it is revoked already. */
int ca_store_revoke(struct ca_store *store, const char *serial, time_t when);
/* Sign and write crl.pem, valid for @days from @now. */
int ca_store_write_crl(struct ca_store *store, time_t now, long days);

/* Write @text as @folder/@name with @mode, as a whole or not at all. E_IO. */
int ca_file_write(const char *folder, const char *name, const void *data, size_t len,
                  unsigned mode);

#endif
