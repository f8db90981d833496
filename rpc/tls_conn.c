/*
 * One TLS connection, without a socket.
 *
 *	feed -> (input) -> OpenSSL -> read
 *	                   OpenSSL -> out     (what the caller then sends)
 *
 * OpenSSL reads straight from the bytes that were fed and writes straight into
 * the shared outgoing buffer, through a BIO of our own: an idle connection
 * holds no buffer at all.
 *
 * Who may come in is decided in three places: by OpenSSL for a full handshake, in
 * tls_conn_check_ticket() for a resumed one, and again at its end when the CA or
 * CRL was reloaded in between; the admit hook is asked at the end of each.
 */
#include "rpc/tls_conn.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/engine.h"
#include "rpc/tls_context.h"
#include "rpc/tls_library.h"

struct tls_conn {
	unsigned magic;
#define TLS_CONN_MAGIC 0x7150c0e2U
	SSL *ssl;
	struct rpc_tls *tls; /* a reference */
	unsigned generation; /* of tls, when the peer was last found good */
	struct outgoing *out;
	struct bytes in; /* fed, not yet read */
	struct tls_ticket *ticket;
	bool ticket_checked;
	const char *why;
	struct rpc_peer peer;
	struct tls_peer *shared; /* a reference; whose @peer's memory is */
};

static int set_client(struct tls_conn *conn, const char *server_name);
static int check_open(struct tls_conn *conn);
static int check_chain(struct tls_conn *conn);
static int check_error(struct tls_conn *conn);
static int admit(struct tls_conn *conn);
static int read_peer(struct tls_conn *conn);
static void drop_unused(X509_STORE_CTX *ctx, STACK_OF(X509) * given);
static int on_ticket_received(SSL *ssl, SSL_SESSION *session);
static BIO_METHOD *method(void);
static int on_bio_read(BIO *bio, char *data, size_t size, size_t *ret_len);
static int on_bio_write(BIO *bio, const char *data, size_t size, size_t *ret_len);
static long on_bio_ctrl(BIO *bio, int command, long number, void *pointer);

int tls_conn_create(struct rpc_tls *tls, struct outgoing *out, const char *server_name,
                    struct tls_ticket *ticket, struct tls_conn **ret_conn)
{
	static const char *const nobody[] = {NULL};
	AUTO(tls_conn_destroyp) struct tls_conn *conn = calloc(1, sizeof(*conn));
	BIO *bio;

	if (conn == NULL)
		return E_NOMEM;
	conn->magic = TLS_CONN_MAGIC;
	conn->tls = rpc_tls_get(tls);
	conn->generation = tls->generation;
	conn->out = out;
	conn->ticket = ticket;
	conn->peer.uris = nobody;
	conn->ssl = SSL_new(tls->ctx);
	bio = conn->ssl == NULL || method() == NULL ? NULL : BIO_new(method());
	if (bio == NULL)
		return E_NOMEM;
	BIO_set_data(bio, conn);
	BIO_set_init(bio, 1);
	SSL_set_bio(conn->ssl, bio, bio);
	if (SSL_set_app_data(conn->ssl, conn) != 1)
		return E_NOMEM;
	if (tls->options.server)
		SSL_set_accept_state(conn->ssl);
	else if (set_client(conn, server_name) < 0)
		return E_NOMEM;
	*ret_conn = TAKE(conn);
	return 0;
}

static int set_client(struct tls_conn *conn, const char *server_name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(conn->ssl);

	SSL_set_connect_state(conn->ssl);
	if (conn->ticket != NULL && conn->ticket->session != NULL) {
		SSL_SESSION *session = TAKE(conn->ticket->session);

		/* A ticket is used once: two connections with it could be linked. */
		(void)SSL_set_session(conn->ssl, session);
		SSL_SESSION_free(session);
	}
	if (server_name == NULL)
		return 0;
	if (X509_VERIFY_PARAM_set1_ip_asc(param, server_name) == 1)
		return 0;
	ERR_clear_error();
	if (SSL_ctrl(conn->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
	             (void *)(uintptr_t)server_name) != 1 ||
	    SSL_set1_host(conn->ssl, server_name) != 1)
		return E_NOMEM;
	return 0;
}

void tls_conn_destroy(struct tls_conn *conn)
{
	if (conn == NULL)
		return;
	CHECK_MAGIC(conn, TLS_CONN_MAGIC);
	SSL_free(conn->ssl);
	tls_peer_unref(conn->shared);
	rpc_tls_destroy(conn->tls);
	conn->magic = 0;
	free(conn);
}

void tls_ticket_finish(struct tls_ticket *ticket)
{
	SSL_SESSION_free(TAKE(ticket->session));
}

void tls_conn_feed(struct tls_conn *conn, struct bytes bytes)
{
	CHECK(conn->in.len == 0);
	conn->in = bytes;
}

int tls_conn_handshake(struct tls_conn *conn)
{
	int r, reason;

	OSSL_LIB_CTX *was;

	ERR_clear_error();
	/* The certificate in a ticket is parsed in the thread's default context. */
	was = OSSL_LIB_CTX_set0_default(tls_library());
	r = SSL_do_handshake(conn->ssl);
	(void)OSSL_LIB_CTX_set0_default(was);
	if (r == 1)
		return check_open(conn);
	reason = SSL_get_error(conn->ssl, r);
	if (reason == SSL_ERROR_WANT_READ)
		return 1;
	return check_error(conn);
}

static int check_error(struct tls_conn *conn)
{
	long verify = SSL_get_verify_result(conn->ssl);
	unsigned long last = ERR_peek_error();

	if (verify != X509_V_OK) {
		conn->why = X509_verify_cert_error_string(verify);
		return verify == X509_V_ERR_CERT_REVOKED ? E_REVOKED : E_CERTIFICATE;
	}
	conn->why = ERR_reason_error_string(last);
	if (ERR_GET_REASON(last) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		return E_ANONYMOUS;
	return E_PROTOCOL;
}

static int check_open(struct tls_conn *conn)
{
	const unsigned char *protocol;
	unsigned len;
	bool resumed = SSL_session_reused(conn->ssl) == 1;
	int r = 0;

	SSL_get0_alpn_selected(conn->ssl, &protocol, &len);
	if (len != 2 || memcmp(protocol, "h2", 2) != 0) {
		conn->why = "the peer does not speak HTTP/2";
		return E_PROTOCOL;
	}
	if ((resumed && !conn->ticket_checked) ||
	    conn->generation != conn->tls->generation || conn->tls->crl_lost)
		r = check_chain(conn);
	if (r == 0)
		r = read_peer(conn);
	if (r == 0)
		r = admit(conn);
	return r;
}

static int check_chain(struct tls_conn *conn)
{
	X509 *leaf = SSL_get0_peer_certificate(conn->ssl);
	const struct rpc_tls_options *options = &conn->tls->options;
	int r;

	if (leaf == NULL)
		return options->server && options->peer_rule != RPC_PEER_REQUIRED
		               ? 0
		               : E_ANONYMOUS;
	r = rpc_tls_verify(conn->tls, leaf, SSL_get_peer_cert_chain(conn->ssl));
	if (r < 0)
		conn->why = err_text(r);
	else
		conn->generation = conn->tls->generation;
	return r;
}

static int admit(struct tls_conn *conn)
{
	const struct rpc_tls_options *options = &conn->tls->options;
	int r;

	if (conn->peer.certificate.len == 0 || options->admit == NULL)
		return 0;
	r = options->admit(options->context, &conn->peer);
	if (r < 0)
		conn->why = err_text(r);
	return r;
}

int tls_conn_recheck(struct tls_conn *conn)
{
	int r = check_chain(conn);

	return r < 0 ? r : admit(conn);
}

int tls_conn_check_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct tls_conn *conn = SSL_get_app_data(ssl);
	X509 *leaf = SSL_SESSION_get0_peer(session);
	int r = 0;

	CHECK_MAGIC(conn, TLS_CONN_MAGIC);
	if (leaf != NULL)
		r = rpc_tls_verify(conn->tls, leaf, NULL);
	else if (conn->tls->options.peer_rule == RPC_PEER_REQUIRED)
		r = E_ANONYMOUS;
	if (r == 0 && conn->generation == conn->tls->generation)
		conn->ticket_checked = true;
	return r;
}

static int read_peer(struct tls_conn *conn)
{
	X509 *leaf = SSL_get0_peer_certificate(conn->ssl);
	int r;

	if (leaf == NULL)
		return 0;
	if (conn->shared == NULL) { /* resumed, or it failed before */
		r = tls_peer_get(&conn->tls->peers, leaf, &conn->shared);
		if (r == E_CERTIFICATE)
			conn->why = "the certificate's URI names are not acceptable";
		if (r < 0)
			return r;
	}
	conn->peer.certificate = conn->shared->der;
	conn->peer.uris = conn->shared->uris;
	return 0;
}

/*
 * Instead of X509_verify_cert() alone: the certificate becomes the one that other
 * connections of this peer hold already, and what the peer sent beyond its chain goes,
 * so that an open connection keeps no parsed certificate of its own. @ctx's list of
 * untrusted certificates is the one that OpenSSL keeps in the session.
 */
int tls_conn_verify(X509_STORE_CTX *ctx, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_conn *conn = SSL_get_app_data(ssl);
	STACK_OF(X509) *given = X509_STORE_CTX_get0_untrusted(ctx);
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);

	(void)arg;
	CHECK_MAGIC(conn, TLS_CONN_MAGIC);
	if (conn->shared == NULL && sk_X509_value(given, 0) == leaf &&
	    tls_peer_get(&conn->tls->peers, leaf, &conn->shared) == 0) {
		(void)X509_up_ref(conn->shared->certificate);
		X509_STORE_CTX_set_cert(ctx, conn->shared->certificate);
		(void)sk_X509_set(given, 0, conn->shared->certificate);
		X509_free(leaf);
	}
	if (X509_verify_cert(ctx) != 1)
		return 0;
	drop_unused(ctx, given);
	return 1;
}

/* What was not needed for a chain, or is our own CA's. */
static void drop_unused(X509_STORE_CTX *ctx, STACK_OF(X509) * given)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);

	for (int i = sk_X509_num(given) - 1; i > 0; i--) {
		int at = sk_X509_num(chain) - 1;

		while (at > 0 && sk_X509_value(chain, at) != sk_X509_value(given, i))
			at--;
		if (at == 0)
			X509_free(sk_X509_delete(given, i));
	}
	X509_STORE_CTX_set0_verified_chain(ctx, NULL);
}

int tls_conn_read(struct tls_conn *conn, void *data, size_t size, size_t *ret_len)
{
	int r;

	ERR_clear_error();
	r = SSL_read_ex(conn->ssl, data, size, ret_len);
	if (r == 1)
		return 0;
	switch (SSL_get_error(conn->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return 1;
	case SSL_ERROR_ZERO_RETURN:
		return E_CANCELLED;
	default:
		conn->why = ERR_reason_error_string(ERR_peek_error());
		return E_PROTOCOL;
	}
}

int tls_conn_write(struct tls_conn *conn, struct bytes bytes)
{
	size_t written;

	ERR_clear_error();
	if (SSL_write_ex(conn->ssl, bytes.data, bytes.len, &written) == 1)
		return 0;
	return E_PROTOCOL;
}

void tls_conn_shutdown(struct tls_conn *conn)
{
	ERR_clear_error();
	if (SSL_is_init_finished(conn->ssl) == 1)
		(void)SSL_shutdown(conn->ssl);
	ERR_clear_error();
}

struct rpc_peer *tls_conn_peer(struct tls_conn *conn)
{
	return &conn->peer;
}

const char *tls_conn_why(const struct tls_conn *conn)
{
	return conn->why == NULL ? "TLS failed" : conn->why;
}

void tls_conn_keep_tickets(SSL_CTX *ctx)
{
	SSL_CTX_sess_set_new_cb(ctx, on_ticket_received);
}

/* 1: we took the reference. */
static int on_ticket_received(SSL *ssl, SSL_SESSION *session)
{
	struct tls_conn *conn = SSL_get_app_data(ssl);

	CHECK_MAGIC(conn, TLS_CONN_MAGIC);
	if (conn->ticket == NULL)
		return 0;
	tls_ticket_finish(conn->ticket);
	conn->ticket->session = session;
	return 1;
}

static BIO_METHOD *the_method;

static void make_method(void)
{
	BIO_METHOD *made =
		BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "uvgrpc");

	if (made == NULL || BIO_meth_set_read_ex(made, on_bio_read) != 1 ||
	    BIO_meth_set_write_ex(made, on_bio_write) != 1 ||
	    BIO_meth_set_ctrl(made, on_bio_ctrl) != 1)
		return;
	the_method = made;
}

/* Made once in a process and never freed. NULL: no memory. */
static BIO_METHOD *method(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_method);
	return the_method;
}

static int on_bio_read(BIO *bio, char *data, size_t size, size_t *ret_len)
{
	struct tls_conn *conn = BIO_get_data(bio);
	size_t len = conn->in.len < size ? conn->in.len : size;

	CHECK_MAGIC(conn, TLS_CONN_MAGIC);
	BIO_clear_retry_flags(bio);
	if (len == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(data, conn->in.data, len);
	conn->in.data += len;
	conn->in.len -= len;
	*ret_len = len;
	return 1;
}

static int on_bio_write(BIO *bio, const char *data, size_t size, size_t *ret_len)
{
	struct tls_conn *conn = BIO_get_data(bio);

	CHECK_MAGIC(conn, TLS_CONN_MAGIC);
	BIO_clear_retry_flags(bio);
	if (outgoing_append(conn->out, data, size) < 0)
		return 0;
	*ret_len = size;
	return 1;
}

static long on_bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}
