/*
 * Keys of the three kinds that sign.
 *
 * What can go wrong: a key of another kind (whoever issued the certificate must act), or
 * a signature that does not verify (whoever signed, or changed the bytes).
 */
#include "model/key.h"

#include <string.h>

#include <openssl/core_names.h>
#include <sodium.h>

#include "base/auto.h"
#include "base/err.h"
#include "model/ed25519.h"
#include "model/openssl.h"

#define GROUP_NAME_MAX 64

static bool is_sound_ed25519(EVP_PKEY *key);
static int verify_ed25519(EVP_PKEY *key, struct bytes message, struct bytes signature);
static bool is_p256(EVP_PKEY *key);
static int set_up(EVP_PKEY_CTX *context, enum algorithm algorithm);
static const EVP_MD *digest_of(enum algorithm algorithm);

const char *algorithm_name(enum algorithm algorithm)
{
	switch (algorithm) {
	case ED25519:
		return "ed25519";
	case ECDSA_P256_SHA256:
		return "ecdsa-p256-sha256";
	case SM2_SM3:
		return "sm2-sm3";
	}
	return "unknown";
}

int key_algorithm(EVP_PKEY *key, enum algorithm *ret_algorithm)
{
	if (EVP_PKEY_is_a(key, "ED25519") && is_sound_ed25519(key))
		*ret_algorithm = ED25519;
	else if (EVP_PKEY_is_a(key, "EC") && is_p256(key))
		*ret_algorithm = ECDSA_P256_SHA256;
	else if (EVP_PKEY_is_a(key, "SM2"))
		*ret_algorithm = SM2_SM3;
	else
		return E_CERTIFICATE;
	return 0;
}

static bool is_sound_ed25519(EVP_PKEY *key)
{
	uint8_t raw[ED25519_POINT_SIZE];
	size_t len = sizeof(raw);

	return EVP_PKEY_get_raw_public_key(key, raw, &len) == 1 && len == sizeof(raw) &&
	       ed25519_is_sound_point(raw);
}

/* By name: a curve spelled out by its parameters is somebody's trick. */
static bool is_p256(EVP_PKEY *key)
{
	char name[GROUP_NAME_MAX];
	int spelled_out = 0;

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1 ||
	    strcmp(name, "prime256v1") != 0)
		return false;
	(void)EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
	                             &spelled_out);
	return spelled_out == 0;
}

int key_sign(EVP_PKEY *key, enum algorithm algorithm, struct bytes message,
             uint8_t *ret_signature, size_t *ret_len)
{
	AUTO(md_ctx_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t signature[SEAL_SIGNATURE_MAX];
	size_t len = sizeof(signature);
	EVP_PKEY_CTX *key_context; /* the context's own */

	if (context == NULL)
		return E_NOMEM;
	if (EVP_DigestSignInit(context, &key_context, digest_of(algorithm), NULL, key) !=
	            1 ||
	    set_up(key_context, algorithm) != 0 ||
	    EVP_DigestSign(context, signature, &len, message.data, message.len) != 1)
		return E_INTERNAL;
	memcpy(ret_signature, signature, len);
	*ret_len = len;
	return 0;
}

int key_verify(EVP_PKEY *key, enum algorithm algorithm, struct bytes message,
               struct bytes signature)
{
	AUTO(md_ctx_freep) EVP_MD_CTX *context = NULL;
	EVP_PKEY_CTX *key_context;

	if (algorithm == ED25519)
		return verify_ed25519(key, message, signature);
	context = EVP_MD_CTX_new();
	if (context == NULL)
		return E_NOMEM;
	if (EVP_DigestVerifyInit(context, &key_context, digest_of(algorithm), NULL,
	                         key) != 1 ||
	    set_up(key_context, algorithm) != 0 ||
	    EVP_DigestVerify(context, signature.data, signature.len, message.data,
	                     message.len) != 1)
		return E_SIGNATURE;
	return 0;
}

/* By libsodium, which takes less than half of OpenSSL 3.0's time. What the two judge
 * differently was refused before: see ed25519.h. */
static int verify_ed25519(EVP_PKEY *key, struct bytes message, struct bytes signature)
{
	uint8_t point[ED25519_POINT_SIZE];
	size_t len = sizeof(point);

	if (!ed25519_is_sound_signature(signature) ||
	    EVP_PKEY_get_raw_public_key(key, point, &len) != 1 || len != sizeof(point) ||
	    crypto_sign_verify_detached(signature.data, message.data, message.len,
	                                point) != 0)
		return E_SIGNATURE;
	return 0;
}

/* OpenSSL's default user id for SM2 is empty, and verifies nobody else's signatures. */
static int set_up(EVP_PKEY_CTX *context, enum algorithm algorithm)
{
	if (algorithm == SM2_SM3 &&
	    EVP_PKEY_CTX_set1_id(context, SEAL_SM2_USER_ID,
	                         (int)strlen(SEAL_SM2_USER_ID)) != 1)
		return E_INTERNAL;
	return 0;
}

static const EVP_MD *digest_of(enum algorithm algorithm)
{
	switch (algorithm) {
	case ECDSA_P256_SHA256:
		return EVP_sha256();
	case SM2_SM3:
		return EVP_sm3();
	case ED25519: /* hashes inside */
		break;
	}
	return NULL;
}
