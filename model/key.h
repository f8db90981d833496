/* Keys of the three kinds that sign: which kind, sign, verify. For model/ only. */
#ifndef DUBAN_MODEL_KEY_H
#define DUBAN_MODEL_KEY_H

#include <openssl/evp.h>

#include "base/bytes.h"
#include "model/seal.h"

/* E_CERTIFICATE: of no kind in the list, or an Ed25519 key of small order. */
int key_algorithm(EVP_PKEY *key, enum algorithm *ret_algorithm);
/* @ret_signature takes SEAL_SIGNATURE_MAX bytes. E_NOMEM, E_INTERNAL. */
int key_sign(EVP_PKEY *key, enum algorithm algorithm, struct bytes message,
             uint8_t *ret_signature, size_t *ret_len);
/* @algorithm must be key_algorithm()'s. E_NOMEM, E_SIGNATURE. */
int key_verify(EVP_PKEY *key, enum algorithm algorithm, struct bytes message,
               struct bytes signature);

#endif
