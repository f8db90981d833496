/* A wrong row here loses a report (given up) or hides it from its district (kept). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/agent/retry.h"

static void every_status_has_its_policy(void **state)
{
	(void)state;
	/* Nothing says that the report is wrong: it stays. */
	assert_int_equal(retry_policy(RPC_UNAVAILABLE, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_DEADLINE_EXCEEDED, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_INTERNAL, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_UNKNOWN, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_CANCELLED, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_ABORTED, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_RESOURCE_EXHAUSTED, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_OK, NULL), ERR_KEEP);
	/* The district must correct it. */
	assert_int_equal(retry_policy(RPC_INVALID_ARGUMENT, NULL), ERR_GIVE_UP);
	assert_int_equal(retry_policy(RPC_NOT_FOUND, NULL), ERR_GIVE_UP);
	assert_int_equal(retry_policy(RPC_ALREADY_EXISTS, NULL), ERR_GIVE_UP);
	assert_int_equal(retry_policy(RPC_FAILED_PRECONDITION, NULL), ERR_GIVE_UP);
	assert_int_equal(retry_policy(RPC_OUT_OF_RANGE, NULL), ERR_GIVE_UP);
	/* The operator must act. */
	assert_int_equal(retry_policy(RPC_PERMISSION_DENIED, NULL), ERR_HOLD);
	assert_int_equal(retry_policy(RPC_UNAUTHENTICATED, NULL), ERR_HOLD);
	assert_int_equal(retry_policy(RPC_UNIMPLEMENTED, NULL), ERR_HOLD);
	assert_int_equal(retry_policy(RPC_DATA_LOSS, NULL), ERR_HOLD);
	/* A number that nobody defined is no verdict. */
	assert_int_equal(retry_policy(99, NULL), ERR_KEEP);
	assert_int_equal(retry_policy(-1, NULL), ERR_KEEP);
}

static void the_server_knows_better(void **state)
{
	(void)state;
	assert_int_equal(retry_policy(RPC_FAILED_PRECONDITION, "hold"), ERR_HOLD);
	assert_int_equal(retry_policy(RPC_RESOURCE_EXHAUSTED, "give_up"), ERR_GIVE_UP);
	assert_int_equal(retry_policy(RPC_INVALID_ARGUMENT, "keep"), ERR_KEEP);
	assert_int_equal(retry_policy(RPC_INVALID_ARGUMENT, "nonsense"), ERR_GIVE_UP);
}

/* The table of codes and this one may not drift apart. */
static void agrees_with_the_error_table(void **state)
{
	static const int codes[] = {E_DENIED, E_ANONYMOUS, E_REFUSED,   E_EXISTS,
	                            E_BUSY,   E_DOWN,      E_SIGNATURE, E_NOT_FOUND};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(retry_policy(err_grpc(codes[i]), NULL),
		                 err_policy(codes[i]));
}

static void delays_double_up_to_the_bound(void **state)
{
	const struct retry_bounds bounds = {.first = 1000, .max = 60000};

	(void)state;
	assert_int_equal(retry_delay(&bounds, 1, 0), 1000);
	assert_int_equal(retry_delay(&bounds, 2, 0), 2000);
	assert_int_equal(retry_delay(&bounds, 6, 0), 32000);
	assert_int_equal(retry_delay(&bounds, 7, 0), 60000);
	assert_int_equal(retry_delay(&bounds, UINT32_MAX, 0), 60000);
	assert_int_equal(retry_held_delay(&bounds, 0), 60000 * RETRY_HELD_FACTOR);
}

static void chance_takes_at_most_half(void **state)
{
	const struct retry_bounds bounds = {.first = 1000, .max = 60000};

	(void)state;
	for (uint32_t chance = 0; chance < 100000; chance += 97) {
		int64_t delay = retry_delay(&bounds, 3, chance * 2654435761u);

		assert_in_range(delay, 2000, 4000);
	}
	assert_int_equal(retry_delay(&(struct retry_bounds){.first = 1, .max = 1}, 5, 7),
	                 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_policy),
		cmocka_unit_test(the_server_knows_better),
		cmocka_unit_test(agrees_with_the_error_table),
		cmocka_unit_test(delays_double_up_to_the_bound),
		cmocka_unit_test(chance_takes_at_most_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
