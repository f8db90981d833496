/*
 * Session tickets of a server:
 *
 *	end of handshake -> on_key: seal with the first key -> to the client
 *	client's ticket  -> on_key: open with the key of its name -> on_opened: verify
 *	                                                 -> resumed, or a full handshake
 *
 * A ticket proves that its bearer once had a good certificate, here or at a server with
 * the same keys, whose CA and CRL may be others than ours. So the certificate in it is
 * verified against what is in force here and now; what does not pass, or cannot be
 * opened, is ignored, and the full handshake gives the proper answer.
 */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/tls_context.h"

static int on_key(SSL *ssl, unsigned char *name, unsigned char *iv,
                  EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal);
static int set_mac(EVP_MAC_CTX *mac, const struct ticket_key *key);
static int on_made(SSL *ssl, void *arg);
static SSL_TICKET_RETURN on_opened(SSL *ssl, SSL_SESSION *session,
                                   const unsigned char *name, size_t name_len,
                                   SSL_TICKET_STATUS status, void *arg);

int tls_ticket_setup(struct rpc_tls *tls, SSL_CTX *ctx)
{
	/* Which application a session is of; the listener does not matter (see above). */
	static const unsigned char context_id[] = "uvgrpc";

	(void)SSL_CTX_set_app_data(ctx, tls);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(ctx, 1);
	(void)SSL_CTX_set_timeout(ctx, (long)tls->options.ticket_life);
	if (SSL_CTX_set_session_id_context(ctx, context_id, sizeof(context_id) - 1) !=
	            1 ||
	    SSL_CTX_set_session_ticket_cb(ctx, on_made, on_opened, NULL) != 1 ||
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_key) != 1)
		return E_INTERNAL;
	return 0;
}

int rpc_tls_turn_keys(struct rpc_tls *tls, uint64_t now)
{
	return !tls->options.server
	               ? 0
	               : ticket_keys_turn(&tls->ticket_keys, now,
	                                  tls->options.ticket_rotate * UINT64_C(1000),
	                                  tls->options.ticket_life * UINT64_C(1000));
}

/* 1: done. 0: there is no such key. -1: OpenSSL refuses. */
static int on_key(SSL *ssl, unsigned char *name, unsigned char *iv,
                  EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int seal)
{
	const struct rpc_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const struct ticket_key *key;

	CHECK_MAGIC(tls, RPC_TLS_MAGIC);
	CHECK(tls->ticket_keys.count > 0);
	if (seal) {
		key = &tls->ticket_keys.keys[0];
		memcpy(name, key->name, sizeof(key->name));
		if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(tls->ticket_cipher)) != 1)
			return -1;
	} else {
		key = ticket_keys_find(&tls->ticket_keys, name);
	}
	if (key == NULL)
		return 0;
	if (EVP_CipherInit_ex2(cipher, tls->ticket_cipher, key->cipher, iv, seal, NULL) !=
	            1 ||
	    set_mac(mac, key) < 0)
		return -1;
	return 1;
}

static int set_mac(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
	static char sha256[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
	                                          (void *)(uintptr_t)key->mac,
	                                          sizeof(key->mac)),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1 ? 0 : E_INTERNAL;
}

static int on_made(SSL *ssl, void *arg)
{
	(void)ssl;
	(void)arg;
	return 1;
}

/* Taken up or not, the client gets a new ticket: it uses each only once. */
static SSL_TICKET_RETURN on_opened(SSL *ssl, SSL_SESSION *session,
                                   const unsigned char *name, size_t name_len,
                                   SSL_TICKET_STATUS status, void *arg)
{
	(void)name;
	(void)name_len;
	(void)arg;
	if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	if (tls_conn_check_ticket(ssl, session) < 0)
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	return SSL_TICKET_RETURN_USE_RENEW;
}
