/* What tls.c, tls_conn.c and tls_ticket.c share: one set of keys, CA and CRLs. */
#ifndef RPC_TLS_CONTEXT_H
#define RPC_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "rpc/ticket_keys.h"
#include "rpc/tls.h"
#include "rpc/tls_peer.h"

struct rpc_tls {
	unsigned magic;
#define RPC_TLS_MAGIC 0x715c0de3U
	unsigned refs;
	struct rpc_tls_options options; /* no zero left in the tickets' times */
	SSL_CTX *ctx;            /* replaced by a reload; connections keep theirs */
	unsigned generation;     /* of @ctx */
	int64_t crl_next_update; /* Unix seconds; 0: none */
	bool crl_lost;           /* hard, and the last reload could not read it */
	struct ticket_keys ticket_keys; /* own ones are kept over reloads */
	EVP_CIPHER *ticket_cipher;
	struct tls_peers peers; /* of the open connections */
};

struct rpc_tls *rpc_tls_get(struct rpc_tls *tls);
/* Check a peer's certificate against the CA and CRLs that are in force now.
 * E_CERTIFICATE, E_REVOKED, E_NOMEM. @chain may be NULL. */
int rpc_tls_verify(struct rpc_tls *tls, X509 *leaf, STACK_OF(X509) * chain);
/* In tls_ticket.c: have a server seal and open tickets with @tls's keys. E_INTERNAL. */
int tls_ticket_setup(struct rpc_tls *tls, SSL_CTX *ctx);
/* In tls_ticket.c: before each connection of a server; @now: uv_now(). E_IO: there is no
 * randomness for a new key. */
int rpc_tls_turn_keys(struct rpc_tls *tls, uint64_t now);
/* In tls_conn.c: have the tickets that a server sends kept for the next connection. */
void tls_conn_keep_tickets(SSL_CTX *ctx);
/* In tls_conn.c: for SSL_CTX_set_cert_verify_callback(). */
int tls_conn_verify(X509_STORE_CTX *ctx, void *arg);
/* In tls_conn.c: may the bearer of this ticket come in with it? */
int tls_conn_check_ticket(SSL *ssl, SSL_SESSION *session);

#endif
