/* The error table: without it a caller would not know whether to try again. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

static const int all[] = {
#define ROW(name, value, grpc, policy, text) name,
	ERR_TABLE(ROW)
#undef ROW
};

/* Two errors with one number would be told apart by nobody. */
static void test_values_are_negative_and_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_true(all[i] < 0);
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(all[i], all[j]);
			assert_string_not_equal(err_name(all[i]), err_name(all[j]));
		}
	}
}

/* A caller would get a status that gRPC does not have, or "ok" for an error. */
static void test_every_code_has_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_in_range(err_grpc(all[i]), 1, 16);
		assert_in_range(err_policy(all[i]), ERR_GIVE_UP, ERR_HOLD);
		assert_int_equal(strncmp(err_name(all[i]), "E_", 2), 0);
		assert_true(strlen(err_text(all[i])) > 0);
	}
}

/* A report would be dropped although the same report could be accepted later. */
static void test_passing_trouble_keeps_the_report(void **state)
{
	static const int passing[] = {E_NOMEM,   E_IO,      E_BUSY,     E_DOWN,
	                              E_UNKNOWN, E_TIMEOUT, E_INTERNAL, E_PROTOCOL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		assert_int_equal(err_policy(passing[i]), ERR_KEEP);
	assert_int_equal(err_policy(E_REFUSED), ERR_GIVE_UP);
	assert_int_equal(err_policy(E_REVOKED), ERR_HOLD);
}

static void test_zero_is_ok(void **state)
{
	(void)state;
	assert_string_equal(err_name(0), "E_OK");
	assert_string_equal(err_text(0), "ok");
	assert_int_equal(err_grpc(0), 0);
	assert_int_equal(err_policy(0), ERR_GIVE_UP);
}

/* A number from elsewhere (an errno, say) must not read outside the table. */
static void test_numbers_outside_the_table_are_internal(void **state)
{
	static const int foreign[] = {1, -25, -1000, INT32_MIN, INT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		assert_string_equal(err_name(foreign[i]), "E_INTERNAL");
		assert_int_equal(err_grpc(foreign[i]), err_grpc(E_INTERNAL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_negative_and_unique),
		cmocka_unit_test(test_every_code_has_an_answer),
		cmocka_unit_test(test_passing_trouble_keeps_the_report),
		cmocka_unit_test(test_zero_is_ok),
		cmocka_unit_test(test_numbers_outside_the_table_are_internal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
