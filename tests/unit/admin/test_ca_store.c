/*
 * The authority's folder: a certificate that is in no index can never be revoked, and an
 * index that was read wrongly gives back what was revoked.
 */
#include "client/admin/ca_store.h"

#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/admin/ca_certificate.h"
#include "tests/unit/admin/support.h"

#define DOMAIN "duban.changsha.example"
#define SERIAL "4000000000000000000000000000000a"
#define OTHER  "4000000000000000000000000000000b"
#define DAYS   3650

static struct arena arena;
static struct ca_store store;
static char *folder;

static int set_up(void **state)
{
	(void)state;
	folder = folder_create();
	arena_init(&arena, 16 << 20);
	assert_int_equal(ca_store_init(&arena, folder, DOMAIN, DAYS, &store), 0);
	ca_store_close(&store);
	assert_int_equal(ca_store_open(&arena, folder, &store), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ca_store_close(&store);
	arena_finish(&arena);
	folder_remove(folder);
	free(folder);
	return 0;
}

static void reopen(void)
{
	ca_store_close(&store);
	assert_int_equal(ca_store_open(&arena, folder, &store), 0);
}

static int open_again(void)
{
	struct ca_store again;
	int r;

	ca_store_close(&store);
	store = (struct ca_store){.lock = -1};
	r = ca_store_open(&arena, folder, &again);
	if (r == 0)
		ca_store_close(&again);
	return r;
}

/* How many certificates the list in force revokes. */
static int count_revoked(void)
{
	AUTO(freep) char *pem = file_read(folder, "crl.pem");
	AUTO(bio_freep) BIO *in = BIO_new_mem_buf(pem, -1);
	AUTO(x509_crl_freep) X509_CRL *crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL);

	STACK_OF(X509_REVOKED) * revoked;

	assert_non_null(crl);
	assert_int_equal(X509_CRL_verify(crl, store.key), 1);
	revoked = X509_CRL_get_REVOKED(crl);
	return revoked == NULL ? 0 : sk_X509_REVOKED_num(revoked);
}

static void test_it_is_read_back_as_it_was_written(void **state)
{
	(void)state;
	assert_int_equal(ca_store_add(&store, SERIAL, 2000000000, "node/1"), 0);
	assert_int_equal(ca_store_add(&store, OTHER, 2000000001, "operator/ops"), 0);
	assert_int_equal(ca_store_revoke(&store, OTHER, 1700000000), 0);
	assert_int_equal(ca_store_revoke(&store, OTHER, 1700000001), E_EXISTS);
	assert_int_equal(ca_store_revoke(&store, "no such serial", 1), E_NOT_FOUND);
	reopen();
	assert_string_equal(store.domain, DOMAIN);
	assert_string_equal(store.entries->serial, SERIAL);
	assert_string_equal(store.entries->path, "node/1");
	assert_int_equal(store.entries->expires, 2000000000);
	assert_int_equal(store.entries->revoked, 0);
	assert_int_equal(store.last->revoked, 1700000000);
	assert_null(store.last->next);
}

/* The command dies after the index and before the certificate: it can be revoked. */
static void test_a_certificate_that_was_never_written_can_be_revoked(void **state)
{
	(void)state;
	assert_int_equal(ca_store_add(&store, SERIAL, 2000000000, "node/1"), 0);
	reopen();
	assert_int_equal(ca_store_revoke(&store, SERIAL, 1700000000), 0);
	assert_int_equal(ca_store_write_crl(&store, 1700000000, 30), 0);
	assert_int_equal(count_revoked(), 1);
}

/* It dies between the revocation and the list: the next list has it. */
static void test_a_revocation_without_its_list_is_not_lost(void **state)
{
	(void)state;
	assert_int_equal(ca_store_add(&store, SERIAL, 2000000000, "node/1"), 0);
	assert_int_equal(ca_store_revoke(&store, SERIAL, 1700000000), 0);
	assert_int_equal(count_revoked(), 0);
	reopen();
	assert_int_equal(ca_store_write_crl(&store, 1700000000, 30), 0);
	assert_int_equal(count_revoked(), 1);
}

/* A number that is given twice would let an old list pass for the new one. */
static void test_numbers_of_lists_only_rise(void **state)
{
	uint64_t before;

	(void)state;
	assert_int_equal(ca_store_write_crl(&store, 1700000000, 30), 0);
	before = store.crl_number;
	reopen();
	assert_int_equal(store.crl_number, before);
	assert_int_equal(ca_store_write_crl(&store, 1700000000, 30), 0);
	assert_int_equal(store.crl_number, before + 1);
}

/* What a crash in the middle of writing leaves beside the index is not the index. */
static void test_a_half_written_file_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(ca_store_add(&store, SERIAL, 2000000000, "node/1"), 0);
	file_write(folder, "index.new", "40000", 5);
	reopen();
	assert_string_equal(store.entries->serial, SERIAL);
	assert_int_equal(ca_store_add(&store, OTHER, 2000000000, "node/2"), 0);
	reopen();
	assert_string_equal(store.last->serial, OTHER);
}

/* Nothing may be handed out that could not be noted. */
static void test_an_index_that_cannot_be_written_is_an_error(void **state)
{
	AUTO(freep) char *beside = NULL;

	(void)state;
	assert_true(asprintf(&beside, "%s/index.new", folder) > 0);
	assert_int_equal(mkdir(beside, 0700), 0);
	assert_int_equal(ca_store_add(&store, SERIAL, 2000000000, "node/1"), E_IO);
	reopen();
	assert_null(store.entries);
}

static void test_only_one_command_at_a_time(void **state)
{
	struct ca_store second;

	(void)state;
	assert_int_equal(ca_store_open(&arena, folder, &second), E_BUSY);
	assert_int_equal(open_again(), 0);
}

static void test_a_damaged_index_is_never_used(void **state)
{
	static const char *const damaged[] = {
		SERIAL " 2000000000 - node/1", /* cut off */
		SERIAL " 2000000000 -\n",
		SERIAL " 2000000000\n",
		SERIAL "  - node/1\n",
		SERIAL " soon - node/1\n",
		SERIAL " 2000000000 never node/1\n",
		SERIAL " 2000000000 0 node/1\n",
		"4000 2000000000 - node/1\n",
		"400000000000000000000000000000zz 2000000000 - node/1\n",
		"\n",
		SERIAL " 2000000000 - node/1\n\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
		file_write(folder, "index", damaged[i], strlen(damaged[i]));
		assert_int_equal(open_again(), E_CORRUPT);
	}
	file_write(folder, "index", "", 0);
	assert_int_equal(open_again(), 0);
}

static void test_a_damaged_number_or_key_is_never_used(void **state)
{
	AUTO(freep) char *certificate = file_read(folder, "ca.pem");
	AUTO(freep) char *other = folder_create();
	AUTO(freep) char *key = NULL;

	(void)state;
	file_write(folder, "crl-number", "1", 1);
	assert_int_equal(open_again(), E_CORRUPT);
	file_write(folder, "crl-number", "1\n", 2);
	assert_int_equal(open_again(), 0);

	/* somebody else's key */
	assert_int_equal(ca_store_init(&arena, other, DOMAIN, DAYS, &store), 0);
	key = file_read(other, "ca.key.pem");
	folder_remove(other);
	file_write(folder, "ca.key.pem", key, strlen(key));
	assert_int_equal(open_again(), E_CORRUPT);
	file_write(folder, "ca.pem", certificate, strlen(certificate) / 2);
	assert_int_equal(open_again(), E_CORRUPT);
}

static void test_an_authority_is_not_made_twice(void **state)
{
	struct ca_store second;

	(void)state;
	assert_int_equal(ca_store_init(&arena, folder, DOMAIN, DAYS, &second), E_EXISTS);
	assert_int_equal(ca_store_open(&arena, "/nonexistent", &second), E_IO);
}

/* The command that makes it dies half way: it can be made again. */
static void test_a_half_made_authority_can_be_made_again(void **state)
{
	AUTO(freep) char *half = folder_create();

	(void)state;
	ca_store_close(&store);
	file_write(half, "domain", DOMAIN "\n", strlen(DOMAIN) + 1);
	file_write(half, "index", "", 0);
	assert_int_equal(ca_store_init(&arena, half, DOMAIN, DAYS, &store), 0);
	ca_store_close(&store);
	assert_int_equal(ca_store_open(&arena, half, &store), 0);
	folder_remove(half);
}

static void test_the_key_is_for_its_owner_only(void **state)
{
	AUTO(freep) char *path = NULL;
	struct stat about;

	(void)state;
	assert_true(asprintf(&path, "%s/ca.key.pem", folder) > 0);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_is_read_back_as_it_was_written),
		TEST(test_a_certificate_that_was_never_written_can_be_revoked),
		TEST(test_a_revocation_without_its_list_is_not_lost),
		TEST(test_numbers_of_lists_only_rise),
		TEST(test_a_half_written_file_is_not_read),
		TEST(test_an_index_that_cannot_be_written_is_an_error),
		TEST(test_only_one_command_at_a_time),
		TEST(test_a_damaged_index_is_never_used),
		TEST(test_a_damaged_number_or_key_is_never_used),
		TEST(test_an_authority_is_not_made_twice),
		TEST(test_a_half_made_authority_can_be_made_again),
		TEST(test_the_key_is_for_its_owner_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
