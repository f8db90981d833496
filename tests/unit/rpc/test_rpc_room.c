/*
 * Room for large messages.
 *
 * What a user would lose: uploads at the same time on one connection, if some were
 * refused or waited for each other; one large upload, if small ones always came first.
 */
#include "rpc/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_as_many_as_fit_the_others_in_turn(void **state)
{
	struct room_claim claims[4];
	struct room room;

	(void)state;
	room_init(&room, 10);
	for (int i = 0; i < 4; i++)
		room_claim_init(&claims[i]);
	assert_true(room_take(&room, &claims[0], 6));
	assert_true(room_take(&room, &claims[1], 4));
	assert_false(room_take(&room, &claims[2], 9));
	assert_false(room_take(&room, &claims[3], 1)); /* would fit, after its elder */
	assert_null(room_next(&room));
	room_leave(&room, &claims[1]);
	assert_null(room_next(&room));
	room_leave(&room, &claims[0]);
	assert_ptr_equal(room_next(&room), &claims[2]);
	assert_true(claims[2].given);
	assert_ptr_equal(room_next(&room), &claims[3]);
	assert_null(room_next(&room));
	assert_int_equal(room.taken, 10);
	room_leave(&room, &claims[2]);
	room_leave(&room, &claims[3]);
	assert_int_equal(room.taken, 0);
}

static void test_who_leaves_while_waiting_is_not_served(void **state)
{
	struct room_claim first, second, third;
	struct room room;

	(void)state;
	room_init(&room, 1);
	room_claim_init(&first);
	room_claim_init(&second);
	room_claim_init(&third);
	assert_true(room_take(&room, &first, 1));
	assert_false(room_take(&room, &second, 1));
	assert_false(room_take(&room, &third, 1));
	room_leave(&room, &second);
	room_leave(&room, &first);
	assert_ptr_equal(room_next(&room), &third);
	room_leave(&room, &third);
	assert_true(room_take(&room, &second, 1)); /* a claim can be made again */
	room_leave(&room, &second);
}

/* A server may be told less memory than one message needs: it is then read alone. */
static void test_one_always_fits(void **state)
{
	struct room_claim first, second;
	struct room room;

	(void)state;
	room_init(&room, 0);
	room_claim_init(&first);
	room_claim_init(&second);
	assert_true(room_take(&room, &first, SIZE_MAX));
	assert_false(room_take(&room, &second, 1));
	room_leave(&room, &first);
	assert_ptr_equal(room_next(&room), &second);
	room_leave(&room, &second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_many_as_fit_the_others_in_turn),
		cmocka_unit_test(test_who_leaves_while_waiting_is_not_served),
		cmocka_unit_test(test_one_always_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
