/*
 * Keys on tokens, with SoftHSM in the token's place. If this fails, a district that keeps
 * its key on a token cannot report. Skipped where SoftHSM or the engine is missing.
 */
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/auto.h"
#include "base/err.h"
#include "tests/unit/model_seal/pki.h"

#define PIN       "1234"
#define TYPE      "text/plain"
#define TOOL      "/usr/bin/softhsm2-util"
#define MODULE    "/usr/lib/softhsm/libsofthsm2.so"
#define TEST_SKIP 77

extern char **environ;

static struct arena arena;
static struct pki_ca ca;
static char directory[] = "/tmp/duban-token-XXXXXX";
static const char *chain_file;

static int run(char *const *arguments)
{
	pid_t child;
	int status;

	if (posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) != 0 ||
	    waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

/* A token "duban" with the key of @key_file as "signer". */
static void make_token(const char *key_file)
{
	char *init[] = {(char[]){TOOL},     (char[]){"--init-token"},
	                (char[]){"--free"}, (char[]){"--label"},
	                (char[]){"duban"},  (char[]){"--pin"},
	                (char[]){PIN},      (char[]){"--so-pin"},
	                (char[]){PIN},      NULL};
	char path[256];
	char *import[] = {(char[]){TOOL},      (char[]){"--import"}, path,
	                  (char[]){"--token"}, (char[]){"duban"},    (char[]){"--label"},
	                  (char[]){"signer"},  (char[]){"--id"},     (char[]){"01"},
	                  (char[]){"--pin"},   (char[]){PIN},        NULL};

	(void)snprintf(path, sizeof(path), "%s", key_file);
	assert_int_equal(run(init), 0);
	assert_int_equal(run(import), 0);
}

static int set_up(void **state)
{
	struct pki_wish wish = {.names = "URI:" PKI_SIGNER_URI};
	EVP_PKEY *key = pki_key(ECDSA_P256_SHA256);
	X509 *certificate;
	const char *config;

	(void)state;
	arena_init(&arena, 16 << 20);
	assert_non_null(mkdtemp(directory));
	config = arena_printf(&arena, "directories.tokendir = %s\nlog.level = ERROR\n",
	                      directory);
	setenv("SOFTHSM2_CONF", pki_file(&arena, "softhsm2.conf", bytes_of_str(config)),
	       1);
	setenv("PKCS11_MODULE_PATH", MODULE, 1);
	ca = pki_ca_create("ca");
	certificate = pki_issue(&ca, key, &wish);
	chain_file =
		pki_file(&arena, "chain.pem", pki_certificate_pem(&arena, certificate));
	make_token(pki_file(&arena, "key.pem", pki_key_pem(&arena, key, NULL)));
	X509_free(certificate);
	EVP_PKEY_free(key);
	return 0;
}

static int tear_down(void **state)
{
	char *remove_all[] = {(char[]){"/bin/rm"}, (char[]){"-r"}, directory, NULL};

	(void)state;
	assert_int_equal(run(remove_all), 0);
	pki_ca_destroy(&ca);
	pki_clean_up();
	arena_finish(&arena);
	return 0;
}

static void sign_with(const char *uri)
{
	AUTO(trust_unrefp)
	struct trust *trust = pki_trust(&arena, &ca, bytes_of(NULL, 0));
	AUTO(signer_closep) struct signer *signer = NULL;
	struct envelope envelope;
	struct identity identity;
	const char *why = "";

	if (signer_open(uri, chain_file, &signer, &why) != 0)
		fail_msg("%s", why);
	assert_int_equal(signer_algorithm(signer), ECDSA_P256_SHA256);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(signer_sign(signer, &arena, TYPE,
		                             bytes_of_str("payload"), &envelope),
		                 0);
		assert_int_equal(seal_verify(trust, &envelope, TYPE, PKI_NOW, &identity),
		                 0);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static void test_a_token_signs(void **state)
{
	const char *pin = pki_file(&arena, "pin", bytes_of_str(PIN));

	(void)state;
	sign_with("pkcs11:token=duban;object=signer?pin-value=" PIN);
	sign_with(arena_printf(
		&arena, "pkcs11:token=duban;object=signer?pin-source=file:%s", pin));
}

static void expect_refusal(const char *uri)
{
	struct signer *signer = NULL;
	const char *why = NULL;

	assert_int_equal(signer_open(uri, chain_file, &signer, &why), E_IO);
	assert_null(signer);
	assert_non_null(strstr(why, "cannot be opened"));
	assert_null(strstr(why, "pin-value")); /* no PIN in a log */
	assert_int_equal(ERR_peek_error(), 0);
}

static void test_wrong_tokens_and_pins_are_explained(void **state)
{
	(void)state;
	expect_refusal("pkcs11:token=duban;object=nobody?pin-value=" PIN);
	expect_refusal("pkcs11:token=nowhere;object=signer?pin-value=" PIN);
	expect_refusal("pkcs11:token=duban;object=signer?pin-value=9999");
	/* Without a PIN nobody is asked, and nothing waits for an answer. */
	expect_refusal("pkcs11:token=duban;object=signer");
}

struct work {
	const struct signer *signer;
	int failures;
};

static void *sign_often(void *argument)
{
	struct work *work = argument;

	for (int i = 0; i < 10; i++) {
		AUTO(arena_finishp) struct arena small;
		struct envelope envelope;

		arena_init(&small, 1 << 16);
		work->failures += signer_sign(work->signer, &small, TYPE,
		                              bytes_of_str("payload"), &envelope) != 0;
	}
	return NULL;
}

static void test_threads_share_a_token(void **state)
{
	const char *uri = "pkcs11:token=duban;object=signer?pin-value=" PIN;
	struct signer *signer;
	struct work work[4];
	pthread_t threads[4];

	(void)state;
	assert_int_equal(signer_open(uri, chain_file, &signer, NULL), 0);
	for (int i = 0; i < 4; i++) {
		work[i] = (struct work){.signer = signer};
		assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &work[i]),
		                 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(work[i].failures, 0);
	}
	signer_close(signer);
}

static bool engine_installed(void)
{
	glob_t found;
	bool installed = glob("/usr/lib/*/engines-3/pkcs11.so", 0, NULL, &found) == 0;

	globfree(&found);
	return installed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: once logged in, a token stays so for the whole process. */
		cmocka_unit_test(test_wrong_tokens_and_pins_are_explained),
		cmocka_unit_test(test_a_token_signs),
		cmocka_unit_test(test_threads_share_a_token),
	};

	if (access(TOOL, X_OK) != 0 || access(MODULE, R_OK) != 0 || !engine_installed()) {
		printf("skipped: softhsm2 or libengine-pkcs11-openssl is missing\n");
		return TEST_SKIP;
	}
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
