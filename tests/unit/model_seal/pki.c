/* A small CA for tests. */
#include "tests/unit/model_seal/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/err.h"

#define FILES_MAX 64

static void set_name(X509_NAME *name, const char *text);
static X509 *make(const struct pki_ca *ca, EVP_PKEY *key, const char *subject,
                  const struct pki_wish *wish);
static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value);
static struct bytes take_bio(struct arena *arena, BIO *bio);

static char directory[] = "/tmp/duban-pki-XXXXXX";
static bool directory_made;
static char files[FILES_MAX][256];
static size_t file_count;

EVP_PKEY *pki_key(enum algorithm algorithm)
{
	EVP_PKEY *key = NULL;

	if (algorithm == ED25519)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (algorithm == ECDSA_P256_SHA256)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	assert_non_null(key);
	return key;
}

struct pki_ca pki_ca_create(const char *name)
{
	struct pki_wish wish = {
		.key_usage = "keyCertSign,cRLSign",
		.constraints = "critical,CA:TRUE",
		.not_before = -1000 * PKI_DAY,
		.not_after = 1000 * PKI_DAY,
	};
	struct pki_ca ca = {.key = pki_key(ECDSA_P256_SHA256)};

	ca.certificate = make(&ca, ca.key, name, &wish);
	return ca;
}

struct pki_ca pki_ca_below(const struct pki_ca *ca, const char *name)
{
	struct pki_wish wish = {
		.key_usage = "keyCertSign,cRLSign",
		.constraints = "critical,CA:TRUE",
		.not_before = -1000 * PKI_DAY,
		.not_after = 1000 * PKI_DAY,
		.serial = 77,
	};
	struct pki_ca below = {.key = pki_key(ECDSA_P256_SHA256)};

	below.certificate = make(ca, below.key, name, &wish);
	return below;
}

void pki_ca_destroy(struct pki_ca *ca)
{
	EVP_PKEY_free(ca->key);
	X509_free(ca->certificate);
}

X509 *pki_issue(const struct pki_ca *ca, EVP_PKEY *key, const struct pki_wish *wish)
{
	return make(ca, key, "leaf", wish);
}

static X509 *make(const struct pki_ca *ca, EVP_PKEY *key, const char *subject,
                  const struct pki_wish *wish)
{
	X509 *certificate = X509_new();
	X509 *issuer = ca->certificate != NULL ? ca->certificate : certificate;
	int64_t from = wish->not_before != 0 ? wish->not_before : -PKI_DAY;
	int64_t to = wish->not_after != 0 ? wish->not_after : 365 * PKI_DAY;

	assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate),
	                 wish->serial != 0 ? wish->serial : 1);
	ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(PKI_NOW + from));
	ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(PKI_NOW + to));
	set_name(X509_get_subject_name(certificate), subject);
	assert_int_equal(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)),
	                 1);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	if (wish->names != NULL)
		add_extension(certificate, issuer, NID_subject_alt_name, wish->names);
	if (wish->usage != NULL)
		add_extension(certificate, issuer, NID_ext_key_usage, wish->usage);
	if (wish->constraints != NULL)
		add_extension(certificate, issuer, NID_basic_constraints,
		              wish->constraints);
	if (wish->key_usage == NULL || wish->key_usage[0] != '\0')
		add_extension(certificate, issuer, NID_key_usage,
		              wish->key_usage != NULL ? wish->key_usage
		                                      : "digitalSignature");
	assert_true(X509_sign(certificate, ca->key, EVP_sha256()) > 0);
	return certificate;
}

static void set_name(X509_NAME *name, const char *text)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                                            (const unsigned char *)text, -1, -1,
	                                            0),
	                 1);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

struct bytes pki_certificate_pem(struct arena *arena, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
	return take_bio(arena, bio);
}

struct bytes pki_certificate_der(struct arena *arena, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(i2d_X509_bio(bio, certificate), 1);
	return take_bio(arena, bio);
}

struct bytes pki_key_pem(struct arena *arena, EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const EVP_CIPHER *cipher = password != NULL ? EVP_aes_128_cbc() : NULL;
	char secret[64] = "";

	if (password != NULL)
		(void)snprintf(secret, sizeof(secret), "%s", password);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher,
	                                               password != NULL ? secret : NULL,
	                                               (int)strlen(secret), NULL, NULL),
	                 1);
	return take_bio(arena, bio);
}

static struct bytes take_bio(struct arena *arena, BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	struct bytes copy = arena_copy(arena, bytes_of(data, (size_t)len));

	assert_non_null(copy.data);
	BIO_free(bio);
	return copy;
}

static void add_entry(X509_CRL *crl, long serial, int64_t revoked_at)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)(PKI_NOW + revoked_at));

	ASN1_INTEGER_set(number, serial);
	X509_REVOKED_set_serialNumber(entry, number);
	X509_REVOKED_set_revocationDate(entry, at);
	assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(at);
}

static void add_critical(X509_CRL *crl, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x30", 2);
	extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
	assert_int_equal(X509_CRL_add_ext(crl, extension, -1), 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

struct bytes pki_crl_pem(struct arena *arena, const struct pki_ca *ca,
                         const struct pki_crl_wish *wish)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(PKI_NOW + wish->issued_at));
	ASN1_TIME *to =
		ASN1_TIME_set(NULL, (time_t)(PKI_NOW + wish->issued_at + PKI_DAY));
	BIO *bio = BIO_new(BIO_s_mem());

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	for (size_t i = 0; i < wish->count; i++)
		add_entry(crl, wish->serials[i], wish->revoked_at);
	if (wish->number != 0) {
		ASN1_INTEGER *number = ASN1_INTEGER_new();

		ASN1_INTEGER_set(number, wish->number);
		assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0),
		                 1);
		ASN1_INTEGER_free(number);
	}
	if (wish->critical_extension != NULL)
		add_critical(crl, wish->critical_extension);
	assert_true(X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_CRL(bio, crl), 1);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return take_bio(arena, bio);
}

struct bytes pki_join(struct arena *arena, struct bytes a, struct bytes b)
{
	uint8_t *data = arena_alloc(arena, a.len + b.len);

	assert_non_null(data);
	memcpy(data, a.data, a.len);
	memcpy(data + a.len, b.data, b.len);
	return bytes_of(data, a.len + b.len);
}

const char *pki_file(struct arena *arena, const char *name, struct bytes content)
{
	const char *path;
	FILE *file;

	if (!directory_made)
		assert_non_null(mkdtemp(directory));
	directory_made = true;
	assert_true(file_count < FILES_MAX);
	path = arena_printf(arena, "%s/%zu-%s", directory, file_count, name);
	(void)snprintf(files[file_count++], sizeof(files[0]), "%s", path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
	return path;
}

void pki_clean_up(void)
{
	while (file_count > 0)
		(void)unlink(files[--file_count]);
	if (directory_made)
		(void)rmdir(directory);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	directory_made = false;
}

struct signer *pki_signer(struct arena *arena, const struct pki_ca *ca,
                          enum algorithm algorithm, const char *uri)
{
	struct pki_wish wish = {.names = arena_printf(arena, "URI:%s", uri)};
	EVP_PKEY *key = pki_key(algorithm);
	X509 *certificate = pki_issue(ca, key, &wish);
	const char *key_file, *chain_file, *why = "";
	struct signer *signer = NULL;

	key_file = pki_file(arena, "key.pem", pki_key_pem(arena, key, NULL));
	chain_file =
		pki_file(arena, "chain.pem", pki_certificate_pem(arena, certificate));
	if (signer_open(key_file, chain_file, &signer, &why) != 0)
		fail_msg("%s", why);
	EVP_PKEY_free(key);
	X509_free(certificate);
	return signer;
}

struct trust *pki_trust(struct arena *arena, const struct pki_ca *ca, struct bytes crls)
{
	struct trust *trust = NULL;
	const char *why = "";

	if (trust_create(pki_certificate_pem(arena, ca->certificate), crls, &trust,
	                 &why) != 0)
		fail_msg("%s", why);
	return trust;
}

struct envelope pki_envelope(struct arena *arena, EVP_PKEY *key, enum algorithm algorithm,
                             X509 *certificate, const char *type, struct bytes payload,
                             const char *sm2_id)
{
	const EVP_MD *digest = algorithm == ED25519   ? NULL
	                       : algorithm == SM2_SM3 ? EVP_sm3()
	                                              : EVP_sha256();
	struct bytes message =
		pki_join(arena,
	                 bytes_of_str(arena_printf(arena, "DSSEv1 %zu %s %zu ",
	                                           strlen(type), type, payload.len)),
	                 payload);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t signature[512]; /* RSA, which is refused, needs more than others */
	size_t len = sizeof(signature);
	EVP_PKEY_CTX *key_context;

	assert_int_equal(EVP_DigestSignInit(context, &key_context, digest, NULL, key), 1);
	if (sm2_id != NULL)
		assert_true(EVP_PKEY_CTX_set1_id(key_context, sm2_id,
		                                 (int)strlen(sm2_id)) > 0);
	assert_int_equal(
		EVP_DigestSign(context, signature, &len, message.data, message.len), 1);
	EVP_MD_CTX_free(context);
	return (struct envelope){
		.payload_type = type,
		.payload = payload,
		.algorithm = algorithm,
		.signature = arena_copy(arena, bytes_of(signature, len)),
		.certificates = {pki_certificate_der(arena, certificate)},
		.certificate_count = 1,
	};
}
