/* Making certificates: keys, names, extensions, signatures. */
#include "client/admin/ca_certificate.h"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/auto.h"
#include "base/err.h"
#include "client/admin/ca_store.h"

#define COMMON_NAME_MAX 64 /* X.520's upper bound */

static int set_dates(X509 *certificate, time_t from, time_t until);
static int set_name(X509 *certificate, const char *common_name);
static int add_extension(X509 *issuer, X509 *certificate, int nid, const char *value);
static int add_names(X509 *certificate, const struct ca_request *request);
static int sign(X509 *certificate, EVP_PKEY *key);

int ca_key_create(enum algorithm algorithm, EVP_PKEY **ret_key)
{
	EVP_PKEY *key = NULL;

	switch (algorithm) {
	case ED25519:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case ECDSA_P256_SHA256:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		break;
	case SM2_SM3:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
		break;
	}
	if (key == NULL)
		return E_INTERNAL;
	*ret_key = key;
	return 0;
}

/* 127 random bits: positive, unique without a counter, and not to be guessed. */
static int set_serial(X509 *certificate, char *text)
{
	uint8_t random[CA_SERIAL_BYTES];
	BIGNUM *number;
	int r = E_INTERNAL;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return E_INTERNAL;
	random[0] =
		(uint8_t)((random[0] & 0x7f) | 0x40); /* always CA_SERIAL_BYTES long */
	number = BN_bin2bn(random, sizeof(random), NULL);
	if (number != NULL &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL)
		r = 0;
	BN_free(number);
	if (text != NULL)
		bytes_to_hex(bytes_of(random, sizeof(random)), text);
	return r;
}

int ca_root_create(EVP_PKEY *key, const char *domain, time_t from, time_t until,
                   X509 **ret_certificate)
{
	AUTO(x509_freep) X509 *root = X509_new();
	char name[COMMON_NAME_MAX + 1];

	(void)snprintf(name, sizeof(name), "Duban CA %.54s", domain);
	if (root == NULL || X509_set_version(root, X509_VERSION_3) != 1 ||
	    set_serial(root, NULL) != 0 || set_dates(root, from, until) != 0 ||
	    set_name(root, name) != 0 ||
	    X509_set_issuer_name(root, X509_get_subject_name(root)) != 1 ||
	    X509_set_pubkey(root, key) != 1)
		return E_INTERNAL;
	if (add_extension(root, root, NID_basic_constraints,
	                  "critical,CA:TRUE,pathlen:0") != 0 ||
	    add_extension(root, root, NID_key_usage, "critical,keyCertSign,cRLSign") !=
	            0 ||
	    add_extension(root, root, NID_subject_key_identifier, "hash") != 0 ||
	    sign(root, key) != 0)
		return E_INTERNAL;
	*ret_certificate = TAKE(root);
	return 0;
}

int ca_certificate_create(X509 *issuer, EVP_PKEY *issuer_key,
                          const struct ca_request *request, char *serial,
                          X509 **ret_certificate)
{
	AUTO(x509_freep) X509 *certificate = X509_new();
	const struct identity *identity = request->identity;
	bool signer = identity->role == ROLE_SIGNER;
	bool node = identity->kind == IDENTITY_NODE && !signer;

	if (certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
	    set_serial(certificate, serial) != 0 ||
	    set_dates(certificate, request->from, request->until) != 0 ||
	    set_name(certificate, identity->path) != 0 ||
	    X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
	    X509_set_pubkey(certificate, request->key) != 1)
		return E_INTERNAL;
	if (add_extension(issuer, certificate, NID_basic_constraints,
	                  "critical,CA:FALSE") != 0 ||
	    add_extension(issuer, certificate, NID_key_usage,
	                  "critical,digitalSignature") != 0 ||
	    add_extension(issuer, certificate, NID_subject_key_identifier, "hash") != 0 ||
	    add_extension(issuer, certificate, NID_authority_key_identifier, "keyid") !=
	            0 ||
	    add_names(certificate, request) != 0)
		return E_INTERNAL;
	if (!signer && add_extension(issuer, certificate, NID_ext_key_usage,
	                             node ? "serverAuth,clientAuth" : "clientAuth") != 0)
		return E_INTERNAL;
	if (sign(certificate, issuer_key) != 0)
		return E_INTERNAL;
	*ret_certificate = TAKE(certificate);
	return 0;
}

static int set_dates(X509 *certificate, time_t from, time_t until)
{
	if (ASN1_TIME_set(X509_getm_notBefore(certificate), from) == NULL ||
	    ASN1_TIME_set(X509_getm_notAfter(certificate), until) == NULL)
		return E_INTERNAL;
	return 0;
}

static int set_name(X509 *certificate, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	char shown[COMMON_NAME_MAX + 1];

	/* It is for people only; who somebody is, the URI says. */
	(void)snprintf(shown, sizeof(shown), "%s", common_name);
	if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                               (const unsigned char *)shown, -1, -1, 0) != 1)
		return E_INTERNAL;
	return 0;
}

static int add_extension(X509 *issuer, X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	int added;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension == NULL)
		return E_INTERNAL;
	added = X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return added == 1 ? 0 : E_INTERNAL;
}

/* Built as values, never through OpenSSL's little configuration language: a name that
 * came from a command line must not be able to say more than a name. */
static int add_name(GENERAL_NAMES *names, int type, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	if (name == NULL || value == NULL || ASN1_STRING_set(value, text, -1) != 1) {
		GENERAL_NAME_free(name);
		ASN1_IA5STRING_free(value);
		return E_INTERNAL;
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) == 0) {
		GENERAL_NAME_free(name);
		return E_INTERNAL;
	}
	return 0;
}

static int add_names(X509 *certificate, const struct ca_request *request)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	int r = names == NULL ? E_INTERNAL
	                      : add_name(names, GEN_URI, request->identity->uri);

	for (size_t i = 0; r == 0 && request->dns != NULL && request->dns[i] != NULL; i++)
		r = add_name(names, GEN_DNS, request->dns[i]);
	if (r == 0 &&
	    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) != 1)
		r = E_INTERNAL;
	GENERAL_NAMES_free(names);
	return r;
}

static int sign(X509 *certificate, EVP_PKEY *key)
{
	return X509_sign(certificate, key, EVP_sha256()) > 0 ? 0 : E_INTERNAL;
}
