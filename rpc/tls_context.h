/* What tls.c and tls_conn.c share: one set of keys, CA and CRLs. */
#ifndef RPC_TLS_CONTEXT_H
#define RPC_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "rpc/tls.h"

#define TLS_TICKET_KEYS 80 /* what OpenSSL takes: a name and two keys */

struct rpc_tls {
	unsigned magic;
#define RPC_TLS_MAGIC 0x715c0de3U
	unsigned refs;
	struct rpc_tls_options options;
	SSL_CTX *ctx;            /* replaced by a reload; connections keep theirs */
	unsigned generation;     /* of @ctx */
	int64_t crl_next_update; /* Unix seconds; 0: none */
	bool crl_lost;           /* hard, and the last reload could not read it */
	uint8_t ticket_keys[TLS_TICKET_KEYS]; /* kept over reloads */
};

struct rpc_tls *rpc_tls_get(struct rpc_tls *tls);
/* Check a peer's certificate against the CA and CRLs that are in force now.
 * E_CERTIFICATE, E_REVOKED, E_NOMEM. @chain may be NULL. */
int rpc_tls_verify(struct rpc_tls *tls, X509 *leaf, STACK_OF(X509) * chain);
/* In tls_conn.c: have the tickets that a server sends kept for the next connection. */
void tls_conn_keep_tickets(SSL_CTX *ctx);
/* In tls_conn.c: may the bearer of this ticket come in with it? */
int tls_conn_check_ticket(SSL *ssl, SSL_SESSION *session);

#endif
