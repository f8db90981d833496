/*
 * Who somebody is: the one SPIFFE ID in a certificate (design: identity).
 *
 *	spiffe://<trust domain>/district/430102/agent/1      a district's machine, TLS
 *	spiffe://<trust domain>/district/430102/signer/1     signs its reports
 *	spiffe://<trust domain>/district/430102/person/zhang
 *	spiffe://<trust domain>/department/gengxin/person/li
 *	spiffe://<trust domain>/operator/ops                 runs the centre
 *	spiffe://<trust domain>/node/1                       a duband; only it has
 *serverAuth spiffe://<trust domain>/node/1/signer/1              signs receipts
 */
#ifndef DUBAN_MODEL_IDENTITY_H
#define DUBAN_MODEL_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#define IDENTITY_URI_MAX 256

enum identity_kind {
	IDENTITY_DISTRICT,
	IDENTITY_DEPARTMENT,
	IDENTITY_OPERATOR,
	IDENTITY_NODE,
};

enum identity_role {
	ROLE_NONE, /* operator/ops and node/1 themselves */
	ROLE_AGENT,
	ROLE_SIGNER,
	ROLE_PERSON,
};

struct identity {
	char uri[IDENTITY_URI_MAX];
	char domain[IDENTITY_URI_MAX];
	enum identity_kind kind;
	char unit[64]; /* "430102", "gengxin", "ops", "1" */
	char path[96]; /* the first two segments: "district/430102" */
	enum identity_role role;
	char name[64]; /* after the role: "1", "zhang"; "" for ROLE_NONE */
};

/*
 * Take a URI apart. Segments are [a-z0-9._-], 1..63 bytes; nothing else is accepted
 * (no query, no port, no percent signs, no empty or dot segments).
 *
 *   E_SYNTAX  not one of the forms above
 */
int identity_parse(const char *uri, struct identity *ret_identity);
/* The same, from the URIs of a certificate: exactly one must be there. E_CERTIFICATE. */
int identity_from_uris(const char *const *uris, struct identity *ret_identity);

#endif
