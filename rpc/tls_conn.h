/* One TLS connection, without a socket: bytes in, bytes out. */
#ifndef RPC_TLS_CONN_H
#define RPC_TLS_CONN_H

#include <openssl/ssl.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "rpc/tls.h"

struct outgoing;
struct tls_conn;

/* A client's ticket for the next connection to the same name. Zero means none. */
struct tls_ticket {
	SSL_SESSION *session;
};

void tls_ticket_finish(struct tls_ticket *ticket);

/*
 * A connection under @tls, of which it keeps a reference. What is to be sent is
 * appended to @out. @server_name and @ticket are for channels and may be NULL;
 * @ticket is borrowed until destroyed. E_NOMEM.
 */
int tls_conn_create(struct rpc_tls *tls, struct outgoing *out, const char *server_name,
                    struct tls_ticket *ticket, struct tls_conn **ret_conn);
/* Accepts NULL. */
void tls_conn_destroy(struct tls_conn *conn);
DEFINE_AUTO(tls_conn_destroyp, struct tls_conn, tls_conn_destroy)

/* Received bytes; borrowed until the reads that follow have used them up. */
void tls_conn_feed(struct tls_conn *conn, struct bytes bytes);
/*
 * 1: more bytes are needed. 0: done, and the peer is one that may connect.
 *
 *   E_CERTIFICATE, E_REVOKED, E_ANONYMOUS  the peer's certificate
 *   E_PROTOCOL  not TLS 1.3, or no "h2"    others: what the admit hook says
 */
int tls_conn_handshake(struct tls_conn *conn);
/* 1: more bytes are needed. 0: *@ret_len bytes were decrypted into @data.
 * E_CANCELLED: the peer said goodbye. E_PROTOCOL: not what TLS allows. */
int tls_conn_read(struct tls_conn *conn, void *data, size_t size, size_t *ret_len);
/* E_NOMEM; E_PROTOCOL: the connection failed before. */
int tls_conn_write(struct tls_conn *conn, struct bytes bytes);
/* Say goodbye. */
void tls_conn_shutdown(struct tls_conn *conn);
/* Would this peer be let in now? Errors as of the handshake. */
int tls_conn_recheck(struct tls_conn *conn);
/* Filled in once the handshake is done; borrowed. @address is set by the caller. */
struct rpc_peer *tls_conn_peer(struct tls_conn *conn);
/* What went wrong in the handshake, for people. Static or in @conn. */
const char *tls_conn_why(const struct tls_conn *conn);

#endif
