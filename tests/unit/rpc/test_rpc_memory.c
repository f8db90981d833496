/*
 * Memory runs out, at every place where it can: a server and a client live their lives
 * again and again, and in each life another allocation fails, ours or a library's.
 *
 *	test_rpc_memory              as ctest runs it
 *	test_rpc_memory clear|tls N  its allocations, and one life for a debugger
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "certificate.h"
#include "memory_world.h"
#include "tests/support/fault_alloc.h"

/* A life over TLS has thousands of allocations, most of them OpenSSL's. */
#define TLS_STRIDE  17
#define FILE_STRIDE 11

static const struct memory_world_tls cleartext;
static struct memory_world_tls encrypted;
static char folder[] = "/tmp/test_rpc_memory.XXXXXX";
static char certificate_file[64], key_file[64];

static struct rpc_tls_options files(bool server)
{
	return (struct rpc_tls_options){.server = server,
	                                .peer_rule = RPC_PEER_REQUIRED,
	                                .certificate_file = certificate_file,
	                                .key_file = key_file,
	                                .ca_file = certificate_file};
}

static int setup(void **state)
{
	struct rpc_tls_options server = files(true), client = files(false);

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(certificate_file, sizeof(certificate_file), "%s/crt", folder);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", folder);
	certificate_write(certificate_file, key_file);
	server = files(true);
	assert_int_equal(rpc_tls_create(&server, &encrypted.server, NULL), 0);
	assert_int_equal(rpc_tls_create(&client, &encrypted.client, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rpc_tls_destroy(encrypted.server);
	rpc_tls_destroy(encrypted.client);
	(void)unlink(certificate_file);
	(void)unlink(key_file);
	return rmdir(folder);
}

/* Each call ends once, honestly; nothing is left over. */
static void cleartext_calls_survive(void **state)
{
	unsigned long count, nth = 0;
	long before;

	(void)state;
	(void)memory_world_live(&cleartext, 0); /* what libraries keep for good */
	before = fault_live();
	do {
		count = memory_world_live(&cleartext, ++nth);
		assert_int_equal(fault_live(), before);
	} while (fault_happened());
	assert_true(nth > 100 && count > 0);
}

/* So with OpenSSL between them, which keeps what it likes: leaks are for ASan's eyes. */
static void encrypted_calls_survive(void **state)
{
	unsigned long nth = 1;

	(void)state;
	(void)memory_world_live(&encrypted, 0);
	do {
		(void)memory_world_live(&encrypted, nth);
		nth += TLS_STRIDE;
		ERR_clear_error();
	} while (fault_happened());
	assert_true(nth > 1000);
}

/* Keys are loaded as a whole or not at all, and a reload that fails changes nothing. */
static void files_are_read_or_refused(void **state)
{
	struct rpc_tls_options options = files(true);
	struct rpc_tls *tls = NULL, *standing;
	unsigned long nth = 1;
	const char *why;
	int r;

	(void)state;
	assert_int_equal(rpc_tls_create(&options, &standing, NULL), 0);
	do {
		fault_arm(nth);
		r = rpc_tls_create(&options, &tls, &why);
		(void)fault_disarm();
		assert_true((r == 0) == (tls != NULL));
		rpc_tls_destroy(TAKE(tls));
		fault_arm(nth);
		r = rpc_tls_reload(standing, &why);
		(void)fault_disarm();
		nth += FILE_STRIDE;
		ERR_clear_error();
	} while (fault_happened());
	assert_int_equal(r, 0);
	rpc_tls_destroy(standing);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleartext_calls_survive),
		cmocka_unit_test(encrypted_calls_survive),
		cmocka_unit_test(files_are_read_or_refused),
	};

	if (argc != 3)
		return cmocka_run_group_tests(tests, setup, teardown);
	(void)setup(NULL);
	printf("%lu allocations\n",
	       memory_world_live(strcmp(argv[1], "tls") == 0 ? &encrypted : &cleartext,
	                         0));
	(void)memory_world_live(strcmp(argv[1], "tls") == 0 ? &encrypted : &cleartext,
	                        strtoul(argv[2], NULL, 10));
	return teardown(NULL);
}
