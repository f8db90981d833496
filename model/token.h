/* Private keys that never leave their token: PKCS#11, by URI (RFC 7512). For model/ only.
 */
#ifndef DUBAN_MODEL_TOKEN_H
#define DUBAN_MODEL_TOKEN_H

#include <openssl/evp.h>

/* What keeps a token open while a key of it is in use. */
struct token;

/*
 * Open "pkcs11:token=...;object=...?pin-source=file:/path" through libp11's engine. Which
 * module serves the token is p11-kit's to know, or PKCS11_MODULE_PATH's. Gives both.
 *
 *   E_UNSUPPORTED  the engine is not installed
 *   E_IO           no such token or key, or the PIN is wrong or missing
 */
int token_open(const char *uri, struct token **ret_token, EVP_PKEY **ret_key,
               const char **ret_why);
/* After the last key is freed. Accepts NULL. */
void token_close(struct token *token);
/* How much of @uri may be shown: what follows "?" can hold the PIN. */
int token_uri_shown(const char *uri);

#endif
