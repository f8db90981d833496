/* A certificate for tests. */
#include "certificate.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/check.h"

#define DAY 86400

static void extend(X509 *certificate, int nid, const char *value);

void certificate_write(const char *certificate_file, const char *key_file)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name;
	FILE *file;

	CHECK(key != NULL && certificate != NULL);
	CHECK(X509_set_version(certificate, 2) == 1);
	CHECK(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY);
	(void)X509_gmtime_adj(X509_getm_notAfter(certificate), DAY);
	name = X509_get_subject_name(certificate);
	CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	                                 (const unsigned char *)"test", -1, -1, 0) == 1);
	CHECK(X509_set_issuer_name(certificate, name) == 1);
	CHECK(X509_set_pubkey(certificate, key) == 1);
	extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
	extend(certificate, NID_subject_alt_name, "DNS:localhost,URI:spiffe://test/both");
	CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
	file = fopen(certificate_file, "wex");
	CHECK(file != NULL && PEM_write_X509(file, certificate) == 1);
	CHECK(fclose(file) == 0);
	file = fopen(key_file, "wex");
	CHECK(file != NULL &&
	      PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	CHECK(fclose(file) == 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void extend(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	CHECK(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}
