/*
 * Private keys that never leave their token.
 *
 * OpenSSL 3 would do this by a provider, and model/signer.c asks for one first. Debian 12
 * has none, only the engine of libp11: an interface that OpenSSL calls deprecated, and
 * that is used here and nowhere else. It knows ECDSA and RSA, so of our kinds only P-256.
 *
 * What can go wrong: engine not installed, token not plugged in, PIN wrong. The operator
 * must act; after a few wrong PINs a token locks itself, so nothing here tries twice.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "model/token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/engine.h>
#include <openssl/ui.h>

#include "base/auto.h"
#include "base/err.h"
#include "model/why.h"

#define ENGINE_ID "pkcs11"

struct token {
	ENGINE *engine; /* initialized */
};

static ENGINE *open_engine(void);
static EVP_PKEY *load_key(ENGINE *engine, const char *uri);

DEFINE_AUTO(token_closep, struct token, token_close)

int token_open(const char *uri, struct token **ret_token, EVP_PKEY **ret_key,
               const char **ret_why)
{
	AUTO(token_closep) struct token *token = calloc(1, sizeof(*token));
	EVP_PKEY *key;

	if (token == NULL)
		return why_set(ret_why, E_NOMEM, "out of memory");
	token->engine = open_engine();
	if (token->engine == NULL)
		return why_set(ret_why, E_UNSUPPORTED,
		               "keys on tokens need OpenSSL's engine \"%s\" (Debian: "
		               "libengine-pkcs11-openssl)",
		               ENGINE_ID);
	key = load_key(token->engine, uri);
	if (key == NULL)
		return why_set(ret_why, E_IO, "the key %.*s cannot be opened: %s",
		               token_uri_shown(uri), uri, why_openssl());
	*ret_key = key;
	*ret_token = TAKE(token);
	return 0;
}

static ENGINE *open_engine(void)
{
	ENGINE *engine = ENGINE_by_id(ENGINE_ID);
	int ready;

	if (engine == NULL)
		return NULL;
	/* It would print the URI, and the PIN in it, to standard error. */
	(void)ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 0);
	ready = ENGINE_init(engine);
	(void)ENGINE_free(engine); /* initialized, it has a reference of its own */
	return ready == 1 ? engine : NULL;
}

/* Without a PIN in the URI: not found, rather than a question to a terminal. */
static EVP_PKEY *load_key(ENGINE *engine, const char *uri)
{
	UI_METHOD *nobody = UI_create_method("nobody to ask");
	EVP_PKEY *key = NULL;

	if (nobody != NULL)
		key = ENGINE_load_private_key(engine, uri, nobody, NULL);
	UI_destroy_method(nobody);
	return key;
}

void token_close(struct token *token)
{
	if (token == NULL)
		return;
	if (token->engine != NULL)
		(void)ENGINE_finish(token->engine);
	free(token);
}

int token_uri_shown(const char *uri)
{
	return (int)strcspn(uri, "?");
}
