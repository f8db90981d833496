/* Which key seals and which ones still open a session ticket, as time goes by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "rpc/ticket_keys.h"

#define HOUR   UINT64_C(3600000)
#define ROTATE (12 * HOUR)
#define LIFE   (24 * HOUR)

static struct ticket_keys keys;

static int prepare(void **state)
{
	(void)state;
	ticket_keys_finish(&keys);
	return 0;
}

static void turn(uint64_t now)
{
	assert_int_equal(ticket_keys_turn(&keys, now, ROTATE, LIFE), 0);
}

/* Otherwise every connection would have a key of its own and nobody could resume. */
static void one_key_seals_until_its_time(void **state)
{
	uint8_t name[TICKET_NAME_SIZE];

	(void)state;
	turn(5);
	assert_int_equal(keys.count, 1);
	memcpy(name, keys.keys[0].name, sizeof(name));
	turn(5 + ROTATE - 1);
	assert_int_equal(keys.count, 1);
	assert_memory_equal(keys.keys[0].name, name, sizeof(name));
}

/* A ticket of the last moment must live its whole life, and not longer. */
static void a_replaced_key_opens_until_its_last_ticket_has_ended(void **state)
{
	struct ticket_key first;

	(void)state;
	turn(0);
	first = keys.keys[0];
	turn(ROTATE);
	assert_memory_not_equal(keys.keys[0].name, first.name, TICKET_NAME_SIZE);
	assert_memory_not_equal(keys.keys[0].mac, first.mac, TICKET_SECRET_SIZE);
	assert_memory_not_equal(keys.keys[0].cipher, first.cipher, TICKET_SECRET_SIZE);
	turn(ROTATE + LIFE - 1);
	assert_non_null(ticket_keys_find(&keys, first.name));
	assert_memory_equal(ticket_keys_find(&keys, first.name)->cipher, first.cipher,
	                    TICKET_SECRET_SIZE);
	turn(ROTATE + LIFE);
	assert_null(ticket_keys_find(&keys, first.name));
}

/* Who steals the memory later must not be able to open the tickets of earlier days. */
static void a_forgotten_key_is_wiped(void **state)
{
	static const struct ticket_key nothing;
	struct ticket_key first;

	(void)state;
	turn(0);
	first = keys.keys[0];
	turn(ROTATE);
	turn(ROTATE + LIFE);
	for (size_t i = 0; i < TICKET_KEYS_MAX; i++)
		assert_memory_not_equal(keys.keys[i].cipher, first.cipher,
		                        TICKET_SECRET_SIZE);
	for (size_t i = keys.count; i < TICKET_KEYS_MAX; i++)
		assert_memory_equal(&keys.keys[i], &nothing, sizeof(nothing));
}

static void keys_are_bounded_whatever_the_times(void **state)
{
	(void)state;
	for (uint64_t now = 0; now < 100; now++)
		assert_int_equal(ticket_keys_turn(&keys, now, 1, LIFE), 0);
	assert_int_equal(keys.count, TICKET_KEYS_MAX);
	assert_int_equal(keys.keys[0].since, 99);
	assert_int_equal(keys.keys[TICKET_KEYS_MAX - 1].since, 99 - TICKET_KEYS_MAX + 1);
}

static void fill(uint8_t *file, size_t size)
{
	for (size_t i = 0; i < size; i++)
		file[i] = (uint8_t)(i / TICKET_KEY_SIZE * 100 + i % TICKET_KEY_SIZE);
}

/* Another server reads the same file: the order of name, MAC and cipher is a promise. */
static void a_file_is_read_as_other_servers_read_it(void **state)
{
	uint8_t file[2 * TICKET_KEY_SIZE];

	(void)state;
	fill(file, sizeof(file));
	assert_int_equal(ticket_keys_read(bytes_of(file, sizeof(file)), &keys), 0);
	assert_int_equal(keys.count, 2);
	assert_memory_equal(keys.keys[0].name, file, 16);
	assert_memory_equal(keys.keys[0].mac, file + 16, 32);
	assert_memory_equal(keys.keys[0].cipher, file + 48, 32);
	assert_ptr_equal(ticket_keys_find(&keys, file + 80), &keys.keys[1]);
	turn(100 * LIFE);
	assert_int_equal(keys.count, 2);
	assert_memory_equal(keys.keys[0].name, file, 16);
}

static void what_is_not_keys_is_refused(void **state)
{
	static const size_t sizes[] = {0, 1, 48, 79, 81, 9 * TICKET_KEY_SIZE};
	uint8_t file[9 * TICKET_KEY_SIZE];

	(void)state;
	fill(file, sizeof(file));
	keys.count = 3;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		assert_int_equal(ticket_keys_read(bytes_of(file, sizes[i]), &keys),
		                 E_SYNTAX);
	memcpy(file + TICKET_KEY_SIZE, file, TICKET_NAME_SIZE);
	assert_int_equal(ticket_keys_read(bytes_of(file, 160), &keys), E_EXISTS);
	assert_int_equal(keys.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_key_seals_until_its_time, prepare),
		cmocka_unit_test_setup(
			a_replaced_key_opens_until_its_last_ticket_has_ended, prepare),
		cmocka_unit_test_setup(a_forgotten_key_is_wiped, prepare),
		cmocka_unit_test_setup(keys_are_bounded_whatever_the_times, prepare),
		cmocka_unit_test_setup(a_file_is_read_as_other_servers_read_it, prepare),
		cmocka_unit_test_setup(what_is_not_keys_is_refused, prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
