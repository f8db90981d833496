/*
 * The certificates that peers show, each kept once for all connections that show it.
 *
 * A parsed certificate and its key take some 4 KiB; those who connect often or many
 * times at once (and each retry of one refused) share it, and what we read from it.
 */
#ifndef RPC_TLS_PEER_H
#define RPC_TLS_PEER_H

#include <openssl/x509.h>

#include "base/bytes.h"

#define TLS_PEER_URIS_MAX 16

/* All of one rpc_tls. Zero is empty. */
struct tls_peers {
	void *tree; /* of search.h, ordered by DER */
};

struct tls_peer {
	unsigned magic;
#define TLS_PEER_MAGIC 0x4b1e90c5U
	unsigned refs;
	struct tls_peers *peers;
	X509 *certificate;
	struct bytes der;
	const char *const *uris; /* valid UTF-8, NULL-ended */
	const char *room[];      /* where uris, DER and texts are */
};

/*
 * The peer whose certificate equals @certificate, found or new; end it with
 * tls_peer_unref(). @peers stays where it is until then.
 *
 *   E_CERTIFICATE  a URI name is not UTF-8, holds a NUL, or there are too many
 */
int tls_peer_get(struct tls_peers *peers, X509 *certificate, struct tls_peer **ret_peer);
/* Accepts NULL. */
void tls_peer_unref(struct tls_peer *peer);

#endif
