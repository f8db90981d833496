/*
 * Certificates of signers.
 *
 * What can go wrong: a certificate that is none, or that was issued for something else.
 * Whoever runs the CA must issue a signer's certificate.
 */
#include "model/certificate.h"

#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "model/openssl.h"
#include "model/seal.h"

static const char *find_fault(X509 *certificate);
static int read_identity(X509 *certificate, struct identity *ret_identity);
static const char *uri_of(const GENERAL_NAME *name);

int certificate_parse(struct bytes der, X509 **ret_certificate)
{
	const unsigned char *cursor = der.data;
	AUTO(x509_freep) X509 *certificate = NULL;

	if (der.len == 0 || der.len > SEAL_CERTIFICATE_MAX)
		return E_SYNTAX;
	certificate = d2i_X509(NULL, &cursor, (long)der.len);
	if (certificate == NULL || cursor != der.data + der.len)
		return E_SYNTAX;
	*ret_certificate = TAKE(certificate);
	return 0;
}

int certificate_signer(X509 *certificate, struct identity *ret_signer,
                       const char **ret_why)
{
	const char *fault = find_fault(certificate);
	struct identity identity;

	if (fault == NULL && read_identity(certificate, &identity) != 0)
		fault = "it does not name exactly one identity of this system";
	if (fault == NULL && identity.role != ROLE_SIGNER)
		fault = "the identity that it names is not a signer's";
	if (fault != NULL) {
		*ret_why = fault;
		return E_CERTIFICATE;
	}
	*ret_signer = identity;
	return 0;
}

/* NULL, or what forbids to sign with it. */
static const char *find_fault(X509 *certificate)
{
	uint32_t flags = X509_get_extension_flags(certificate);
	uint32_t tls = XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_SGC | XKU_ANYEKU;

	if ((flags & EXFLAG_INVALID) != 0)
		return "one of its extensions is invalid";
	if ((flags & EXFLAG_CA) != 0 || X509_check_ca(certificate) != 0)
		return "it is a CA's";
	if ((X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
		return "its key usage does not allow signatures";
	if ((flags & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(certificate) & tls) != 0)
		return "its extended key usage is for TLS, not for signing";
	return NULL;
}

static int read_identity(X509 *certificate, struct identity *ret_identity)
{
	AUTO(names_freep)
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	const char *uris[2] = {NULL, NULL};

	if (names == NULL)
		return E_CERTIFICATE;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		if (uris[0] != NULL)
			return E_CERTIFICATE;
		uris[0] = uri_of(name);
		if (uris[0] == NULL)
			return E_CERTIFICATE;
	}
	uris[1] = NULL;
	return identity_from_uris(uris, ret_identity);
}

/* NULL when there is a NUL in it: what is behind would be overlooked. */
static const char *uri_of(const GENERAL_NAME *name)
{
	const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
	const char *text = (const char *)ASN1_STRING_get0_data(uri);
	size_t len = (size_t)ASN1_STRING_length(uri);

	return text != NULL && strlen(text) == len ? text : NULL;
}
