/*
 * TLS settings: files -> SSL_CTX, as a whole or not at all.
 *
 *	create, reload, set_crl -> load() -> swap in
 *
 * A new SSL_CTX is built from all files each time; connections that are open keep
 * the old one alive. The keys of session tickets are carried over or read again,
 * so that a renewed certificate or CRL does not cost every client a full handshake;
 * a ticket's peer is checked against what is in force when it is used (tls_ticket.c).
 */
#include "rpc/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/tls_conn.h"
#include "rpc/tls_context.h"
#include "rpc/tls_library.h"

#define WHY_MAX 512
_Static_assert(TICKET_KEYS_MAX == 8 && TICKET_KEY_SIZE == 80, "as the message says");

DEFINE_AUTO(ctx_freep, SSL_CTX, SSL_CTX_free)
DEFINE_AUTO(bio_freep, BIO, BIO_vfree)
DEFINE_AUTO(pkey_freep, EVP_PKEY, EVP_PKEY_free)
DEFINE_AUTO(crl_freep, X509_CRL, X509_CRL_free)
DEFINE_AUTO(store_ctx_freep, X509_STORE_CTX, X509_STORE_CTX_free)

/* RFC 9113 forbids the others with TLS 1.2; TLS 1.3 has a list of its own. */
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static int load(struct rpc_tls *tls, const struct bytes *crl, const char **ret_why);
static void begin(const char **ret_why);
static int load_identity(const struct rpc_tls_options *options, SSL_CTX *ctx);
static int load_ca(const struct rpc_tls_options *options, SSL_CTX *ctx);
static int load_crls(SSL_CTX *ctx, BIO *from, int64_t *ret_next_update);
static int add_crl(X509_STORE *store, X509_CRL *crl, int64_t *next_update);
static bool is_forged(X509_STORE *store, X509_CRL *crl);
static int load_ticket_keys(const char *file, struct ticket_keys *ret);
static ssize_t read_file(const char *file, uint8_t *data, size_t size);
static int parse_ticket_keys(struct bytes bytes, const char *file,
                             struct ticket_keys *ret);
static int set_rules(struct rpc_tls *tls, SSL_CTX *ctx);
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
                   const unsigned char *in, unsigned inlen, void *arg);
static int on_verify_soft(int ok, X509_STORE_CTX *ctx);
static int failed(int err, const char *what, const char *file);

/* For the caller of the last function that failed in this thread. */
static _Thread_local char why[WHY_MAX];

int rpc_tls_create(const struct rpc_tls_options *options, struct rpc_tls **ret_tls,
                   const char **ret_why)
{
	AUTO(rpc_tls_destroyp) struct rpc_tls *tls = calloc(1, sizeof(*tls));
	int r;

	if (tls == NULL)
		return E_NOMEM;
	tls->magic = RPC_TLS_MAGIC;
	tls->refs = 1;
	tls->options = *options;
	if (options->ticket_rotate == 0)
		tls->options.ticket_rotate = RPC_TICKET_ROTATE;
	if (options->ticket_life == 0)
		tls->options.ticket_life = RPC_TICKET_LIFE;
	if (options->ticket_life > RPC_TICKET_LIFE_MAX)
		tls->options.ticket_life = RPC_TICKET_LIFE_MAX;
	tls->ticket_cipher = EVP_CIPHER_fetch(tls_library(), "AES-256-CBC", NULL);
	if (tls->ticket_cipher == NULL)
		return E_NOMEM;
	r = load(tls, NULL, ret_why);
	if (r < 0)
		return r;
	*ret_tls = TAKE(tls);
	return 0;
}

void rpc_tls_destroy(struct rpc_tls *tls)
{
	if (tls == NULL)
		return;
	CHECK_MAGIC(tls, RPC_TLS_MAGIC);
	if (--tls->refs > 0)
		return;
	SSL_CTX_free(tls->ctx);
	EVP_CIPHER_free(tls->ticket_cipher);
	ticket_keys_finish(&tls->ticket_keys);
	tls->magic = 0;
	free(tls);
}

struct rpc_tls *rpc_tls_get(struct rpc_tls *tls)
{
	CHECK_MAGIC(tls, RPC_TLS_MAGIC);
	tls->refs++;
	return tls;
}

int rpc_tls_reload(struct rpc_tls *tls, const char **ret_why)
{
	return load(tls, NULL, ret_why);
}

int rpc_tls_set_crl(struct rpc_tls *tls, struct bytes pem, const char **ret_why)
{
	return load(tls, &pem, ret_why);
}

int rpc_tls_set_ticket_keys(struct rpc_tls *tls, struct bytes keys, const char **ret_why)
{
	begin(ret_why);
	return parse_ticket_keys(keys, NULL, &tls->ticket_keys);
}

int64_t rpc_tls_crl_next_update(const struct rpc_tls *tls)
{
	return tls->crl_next_update;
}

/* @crl: instead of the file's. */
static int load(struct rpc_tls *tls, const struct bytes *crl, const char **ret_why)
{
	AUTO(ctx_freep)
	SSL_CTX *ctx = SSL_CTX_new_ex(tls_library(), NULL,
	                              tls->options.server ? TLS_server_method()
	                                                  : TLS_client_method());
	AUTO(bio_freep) BIO *from = NULL;
	AUTO(ticket_keys_finish) struct ticket_keys keys = {0};
	int64_t next_update = 0;
	int r;

	begin(ret_why);
	if (ctx == NULL)
		return E_NOMEM;
	r = load_identity(&tls->options, ctx);
	if (r == 0)
		r = load_ca(&tls->options, ctx);
	if (r < 0)
		return r;
	if (crl != NULL)
		from = BIO_new_mem_buf(crl->data, (int)crl->len);
	else if (tls->options.crl_file != NULL)
		from = BIO_new_file(tls->options.crl_file, "r");
	if (from != NULL)
		r = load_crls(ctx, from, &next_update);
	else if (crl != NULL || tls->options.crl_file != NULL)
		r = failed(E_IO, "cannot read the CRL", tls->options.crl_file);
	tls->crl_lost = r < 0 && tls->options.crl_hard;
	if (r == 0 && tls->options.ticket_keys_file != NULL)
		r = load_ticket_keys(tls->options.ticket_keys_file, &keys);
	if (r == 0)
		r = set_rules(tls, ctx);
	if (r < 0)
		return r;
	SSL_CTX_free(tls->ctx);
	tls->ctx = TAKE(ctx);
	tls->crl_next_update = next_update;
	tls->generation++;
	if (keys.count > 0)
		tls->ticket_keys = keys;
	return 0;
}

/* What is said next is about this call. */
static void begin(const char **ret_why)
{
	if (ret_why != NULL)
		*ret_why = why;
	why[0] = '\0';
	ERR_clear_error();
}

static int load_identity(const struct rpc_tls_options *options, SSL_CTX *ctx)
{
	AUTO(bio_freep) BIO *from = NULL;
	AUTO(pkey_freep) EVP_PKEY *key = NULL;

	if (options->certificate_file == NULL)
		return options->server ? failed(E_CERTIFICATE,
		                                "a server needs a certificate", NULL)
		                       : 0;
	if (access(options->certificate_file, R_OK) < 0)
		return failed(E_IO, "cannot read", options->certificate_file);
	if (access(options->key_file, R_OK) < 0)
		return failed(E_IO, "cannot read", options->key_file);
	if (SSL_CTX_use_certificate_chain_file(ctx, options->certificate_file) != 1)
		return failed(E_SYNTAX, "not a certificate chain in PEM",
		              options->certificate_file);
	from = BIO_new_file(options->key_file, "r");
	/* Private keys come in more formats than tls_library() knows. */
	key = from == NULL ? NULL : PEM_read_bio_PrivateKey(from, NULL, NULL, NULL);
	if (key == NULL)
		return failed(E_SYNTAX, "not a private key in PEM", options->key_file);
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
		return failed(E_CERTIFICATE, "the key is not the certificate's",
		              options->key_file);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return failed(E_CERTIFICATE, "the key is not the certificate's",
		              options->key_file);
	return 0;
}

static int load_ca(const struct rpc_tls_options *options, SSL_CTX *ctx)
{
	STACK_OF(X509_NAME) * names;

	if (options->ca_file == NULL)
		return options->peer_rule == RPC_PEER_NONE && options->server
		               ? 0
		               : failed(E_CERTIFICATE, "peers need a CA file", NULL);
	if (access(options->ca_file, R_OK) < 0)
		return failed(E_IO, "cannot read", options->ca_file);
	if (SSL_CTX_load_verify_file(ctx, options->ca_file) != 1)
		return failed(E_SYNTAX, "not certificates in PEM", options->ca_file);
	if (!options->server || options->peer_rule == RPC_PEER_NONE)
		return 0;
	names = SSL_load_client_CA_file_ex(options->ca_file, tls_library(), NULL);
	if (names == NULL)
		return failed(E_SYNTAX, "not certificates in PEM", options->ca_file);
	SSL_CTX_set_client_CA_list(ctx, names);
	return 0;
}

static int load_crls(SSL_CTX *ctx, BIO *from, int64_t *ret_next_update)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	int64_t next_update = 0;
	int count = 0;

	for (;; count++) {
		AUTO(crl_freep) X509_CRL *crl = X509_CRL_new_ex(tls_library(), NULL);
		int r;

		if (crl == NULL)
			return E_NOMEM;
		if (PEM_read_bio_X509_CRL(from, &crl, NULL, NULL) == NULL)
			break;
		r = add_crl(store, crl, &next_update);
		if (r < 0)
			return r;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE || count == 0)
		return failed(E_SYNTAX, "not CRLs in PEM", NULL);
	ERR_clear_error();
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	*ret_next_update = next_update;
	return 0;
}

static int add_crl(X509_STORE *store, X509_CRL *crl, int64_t *next_update)
{
	const ASN1_TIME *time = X509_CRL_get0_nextUpdate(crl);
	struct tm parts = {0};
	int64_t at = 0;

	if (is_forged(store, crl))
		return failed(E_SYNTAX, "the CRL is not signed by its CA", NULL);
	if (time != NULL && ASN1_TIME_to_tm(time, &parts) == 1)
		at = timegm(&parts);
	if (at != 0 && (*next_update == 0 || at < *next_update))
		*next_update = at;
	if (X509_STORE_add_crl(store, crl) != 1)
		return E_NOMEM;
	return 0;
}

/* Only a CA that we know can tell. A bad list in force would refuse everybody. */
static bool is_forged(X509_STORE *store, X509_CRL *crl)
{
	STACK_OF(X509) *cas = X509_STORE_get1_all_certs(store);
	bool known = false, good = false;

	for (int i = 0; i < sk_X509_num(cas); i++) {
		X509 *ca = sk_X509_value(cas, i);

		if (X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(crl)) !=
		    0)
			continue;
		known = true;
		good = good || X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1;
	}
	sk_X509_pop_free(cas, X509_free);
	ERR_clear_error();
	return known && !good;
}

static int load_ticket_keys(const char *file, struct ticket_keys *ret)
{
	uint8_t data[TICKET_KEYS_MAX * TICKET_KEY_SIZE + 1]; /* one more: too long */
	ssize_t len = read_file(file, data, sizeof(data));
	int r;

	if (len < 0)
		return failed(E_IO, "cannot read", file);
	r = parse_ticket_keys(bytes_of(data, (size_t)len), file, ret);
	OPENSSL_cleanse(data, sizeof(data));
	return r;
}

/* At most @size bytes. Without a stream's buffer, in which secrets would stay. */
static ssize_t read_file(const char *file, uint8_t *data, size_t size)
{
	AUTO(closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t some = fd < 0 ? -1 : 1;

	while (some > 0 && len < size) {
		some = read(fd, data + len, size - len);
		if (some > 0)
			len += (size_t)some;
		else if (some < 0 && errno == EINTR)
			some = 1;
	}
	return some < 0 ? -1 : (ssize_t)len;
}

/* @file: where they are from, for people; may be NULL. */
static int parse_ticket_keys(struct bytes bytes, const char *file,
                             struct ticket_keys *ret)
{
	switch (ticket_keys_read(bytes, ret)) {
	case 0:
		return 0;
	case E_EXISTS:
		return failed(E_SYNTAX, "two session ticket keys have one name", file);
	default:
		return failed(E_SYNTAX, "not 1 to 8 session ticket keys of 80 bytes",
		              file);
	}
}

static int set_rules(struct rpc_tls *tls, SSL_CTX *ctx)
{
	static const unsigned char h2[] = {2, 'h', '2'};
	const struct rpc_tls_options *options = &tls->options;
	int verify = SSL_VERIFY_PEER;

	if (options->server && options->peer_rule == RPC_PEER_NONE)
		verify = SSL_VERIFY_NONE;
	else if (options->peer_rule == RPC_PEER_REQUIRED)
		verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(ctx, verify, options->crl_hard ? NULL : on_verify_soft);
	SSL_CTX_set_cert_verify_callback(ctx, tls_conn_verify, NULL);
	/* "Chain to one of these" may mean an intermediate CA. */
	X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx), X509_V_FLAG_PARTIAL_CHAIN);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	if (SSL_CTX_set_min_proto_version(
		    ctx, options->allow_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, TLS12_CIPHERS) != 1)
		return E_INTERNAL;
	if (!options->server) {
		(void)SSL_CTX_set_session_cache_mode(
			ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		tls_conn_keep_tickets(ctx);
		return SSL_CTX_set_alpn_protos(ctx, h2, sizeof(h2)) == 0 ? 0 : E_NOMEM;
	}
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return tls_ticket_setup(tls, ctx);
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
                   const unsigned char *in, unsigned inlen, void *arg)
{
	(void)ssl;
	(void)arg;
	for (unsigned i = 0; i < inlen; i += in[i] + 1U) {
		if (in[i] == 2 && inlen - i > 2 && memcmp(in + i + 1, "h2", 2) == 0) {
			*out = in + i + 1;
			*outlen = 2;
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The last good list stays in force when it is outdated. */
static int on_verify_soft(int ok, X509_STORE_CTX *ctx)
{
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	default:
		return ok;
	}
}

int rpc_tls_verify(struct rpc_tls *tls, X509 *leaf, STACK_OF(X509) * chain)
{
	AUTO(store_ctx_freep)
	X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(tls_library(), NULL);
	bool server = tls->options.server;

	if (tls->crl_lost)
		return E_CERTIFICATE;
	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, SSL_CTX_get_cert_store(tls->ctx), leaf, chain) !=
	            1 ||
	    X509_STORE_CTX_set_default(ctx, server ? "ssl_client" : "ssl_server") != 1)
		return E_NOMEM;
	if (!tls->options.crl_hard)
		X509_STORE_CTX_set_verify_cb(ctx, on_verify_soft);
	if (X509_verify_cert(ctx) == 1)
		return 0;
	ERR_clear_error();
	return X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_REVOKED ? E_REVOKED
	                                                                : E_CERTIFICATE;
}

/* Say what happened and return @err. @file may be NULL. */
static int failed(int err, const char *what, const char *file)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	(void)snprintf(why, sizeof(why), "%s%s%s%s%s", file == NULL ? "" : file,
	               file == NULL ? "" : ": ", what, reason == NULL ? "" : ": ",
	               reason == NULL ? "" : reason);
	ERR_clear_error();
	return err;
}
