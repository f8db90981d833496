/*
 * TLS for listeners and channels: keys and certificates from PEM files, peers
 * checked against a CA and a revocation list, both reloaded while serving.
 *
 * TLS 1.3 unless 1.2 is allowed too, ALPN "h2" required, mutual when the rule says so. A
 * peer is checked on every new connection, resumed ones too: a session ticket proves that
 * it once had a good certificate, not that it has one now.
 */
#ifndef RPC_TLS_H
#define RPC_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/api.h"
#include "base/bytes.h"
#include "base/err.h"

BASE_API_BEGIN

#define RPC_TICKET_ROTATE   43200U  /* s; half a day */
#define RPC_TICKET_LIFE     86400U  /* s; a day */
#define RPC_TICKET_LIFE_MAX 604800U /* s; the most that TLS 1.3 allows */

struct rpc_tls;

enum rpc_peer_rule {
	RPC_PEER_NONE,     /* no certificate is asked for (never for channels) */
	RPC_PEER_OPTIONAL, /* asked for; checked when given */
	RPC_PEER_REQUIRED, /* no connection without one */
};

/* Who is at the other end. Borrowed from the connection; empty without a certificate. */
struct rpc_peer {
	const char *address; /* "127.0.0.1:50123" */
	const char *const
		*uris; /* URI subject alternative names, valid UTF-8, NULL-ended */
	struct bytes certificate; /* DER */
};

struct rpc_tls_options {
	bool server;
	bool allow_tls12; /* with those ciphers that HTTP/2 allows: ECDHE, AEAD */
	enum rpc_peer_rule peer_rule;
	const char *certificate_file; /* PEM, leaf first; NULL: none (channels only) */
	const char *key_file;         /* PEM */
	const char *ca_file;          /* PEM; peers must chain to one of these */
	const char *crl_file; /* PEM, one or more CRLs; NULL: no revocation check */
	/* With crl_file: an outdated or unreadable list refuses every peer (hard) or the
	 * last good one stays in force (soft). */
	bool crl_hard;
	/*
	 * Servers: the keys of session tickets, 1 to 8 of 80 random bytes each, one after
	 * the other, in the format that other servers use too: name (16 bytes), key of
	 * HMAC-SHA256 (32), key of AES-256-CBC (32). The first seals, all open. Servers
	 * with one file take up each other's sessions; each verifies the certificate in a
	 * ticket against its own CA and CRL before it does. A new key is put in the
	 * second place on all servers, then in the first. Whoever has the file can read
	 * tickets and forge them: guard it like the private key.
	 *
	 * NULL: keys are made in memory, each seals for ticket_rotate seconds and opens
	 * until its last ticket has ended (eight are kept at most).
	 */
	const char *ticket_keys_file;
	unsigned ticket_rotate; /* s; 0: RPC_TICKET_ROTATE */
	unsigned ticket_life;   /* s, a ticket's; 0: RPC_TICKET_LIFE; at most _MAX */
	/*
	 * After the chain is good: may this peer connect at all? 0, or an error to
	 * refuse it with. NULL: any. Also called when a session is resumed.
	 */
	int (*admit)(void *context, const struct rpc_peer *peer);
	void *context;
};

/*
 * Load everything. Borrows the strings of @options until destroyed.
 *
 *   E_IO  a file cannot be read      E_SYNTAX  it is not what it should be
 *   E_CERTIFICATE  key and certificate do not match, or OpenSSL refuses them
 *
 * @ret_why (may be NULL) gets a static or thread-local sentence for people.
 */
int rpc_tls_create(const struct rpc_tls_options *options, struct rpc_tls **ret_tls,
                   const char **ret_why);
/* Connections hold their own reference; this drops the caller's. Accepts NULL. */
void rpc_tls_destroy(struct rpc_tls *tls);
/* For __attribute__((cleanup)). */
static inline void rpc_tls_destroyp(struct rpc_tls **tls)
{
	rpc_tls_destroy(*tls);
}

/*
 * Read all files again. All or nothing: on an error the old ones stay in force.
 * Errors as above. Connections that are open are not touched: see
 * rpc_server_recheck().
 */
int rpc_tls_reload(struct rpc_tls *tls, const char **ret_why);
/* Replace the revocation list by @pem, as reload does. */
int rpc_tls_set_crl(struct rpc_tls *tls, struct bytes pem, const char **ret_why);
/* Use the session ticket keys in @keys, as a file's, until the next reload of one.
 * E_SYNTAX. */
int rpc_tls_set_ticket_keys(struct rpc_tls *tls, struct bytes keys, const char **ret_why);
/* Unix time in seconds of the CRL's nextUpdate, the earliest of several; 0: no CRL. */
int64_t rpc_tls_crl_next_update(const struct rpc_tls *tls);

BASE_API_END

#endif
