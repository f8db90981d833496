/* Peers' certificates: X509 -> what we keep of it -> the tree, or the one that is there.
 */
#include "rpc/tls_peer.h"

#include <openssl/x509v3.h>
#include <search.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"

DEFINE_AUTO(names_freep, GENERAL_NAMES, GENERAL_NAMES_free)
DEFINE_AUTO(peer_freep, struct tls_peer, free)

static int make(X509 *certificate, struct tls_peer **ret_peer);
static int measure(const GENERAL_NAMES *names, size_t *ret_count, size_t *ret_size);
static struct bytes uri_of(const GENERAL_NAMES *names, int i);
static void fill(struct tls_peer *peer, const GENERAL_NAMES *names, size_t count);
static int compare(const void *a, const void *b);

int tls_peer_get(struct tls_peers *peers, X509 *certificate, struct tls_peer **ret_peer)
{
	AUTO(peer_freep) struct tls_peer *fresh = NULL;
	struct tls_peer **place;
	int r = make(certificate, &fresh);

	if (r < 0)
		return r;
	place = tsearch(fresh, &peers->tree, compare);
	if (place == NULL)
		return E_NOMEM;
	if (*place == fresh) {
		fresh->peers = peers;
		fresh->certificate = certificate;
		(void)X509_up_ref(certificate);
		(void)TAKE(fresh);
	}
	(*place)->refs++;
	*ret_peer = *place;
	return 0;
}

static int make(X509 *certificate, struct tls_peer **ret_peer)
{
	AUTO(names_freep)
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int der = i2d_X509(certificate, NULL);
	size_t count, texts;
	struct tls_peer *peer;
	uint8_t *room;
	int r = measure(names, &count, &texts);

	if (r < 0)
		return r;
	if (der <= 0)
		return E_NOMEM;
	peer = calloc(1,
	              sizeof(*peer) + (count + 1) * sizeof(char *) + texts + (size_t)der);
	if (peer == NULL)
		return E_NOMEM;
	peer->magic = TLS_PEER_MAGIC;
	fill(peer, names, count);
	room = (uint8_t *)&peer->room[count + 1] + texts;
	peer->der = bytes_of(room, (size_t)der);
	(void)i2d_X509(certificate, &room);
	*ret_peer = peer;
	return 0;
}

static int measure(const GENERAL_NAMES *names, size_t *ret_count, size_t *ret_size)
{
	size_t count = 0, size = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		struct bytes uri = uri_of(names, i);

		if (uri.data == NULL)
			continue;
		if (++count > TLS_PEER_URIS_MAX || !utf8_valid(uri))
			return E_CERTIFICATE;
		size += uri.len + 1;
	}
	*ret_count = count;
	*ret_size = size;
	return 0;
}

/* No data: another kind of name. */
static struct bytes uri_of(const GENERAL_NAMES *names, int i)
{
	const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
	const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;

	if (name->type != GEN_URI)
		return bytes_of(NULL, 0);
	return bytes_of(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
}

static void fill(struct tls_peer *peer, const GENERAL_NAMES *names, size_t count)
{
	char *text = (char *)&peer->room[count + 1];
	size_t filled = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		struct bytes uri = uri_of(names, i);

		if (uri.data == NULL)
			continue;
		memcpy(text, uri.data, uri.len);
		peer->room[filled++] = text;
		text += uri.len + 1;
	}
	peer->uris = peer->room;
}

void tls_peer_unref(struct tls_peer *peer)
{
	if (peer == NULL)
		return;
	CHECK_MAGIC(peer, TLS_PEER_MAGIC);
	if (--peer->refs > 0)
		return;
	CHECK(tdelete(peer, &peer->peers->tree, compare) != NULL);
	X509_free(peer->certificate);
	peer->magic = 0;
	free(peer);
}

static int compare(const void *a, const void *b)
{
	const struct tls_peer *one = a, *other = b;

	return bytes_compare(one->der, other->der);
}
