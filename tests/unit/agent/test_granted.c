/* Who was given more time must not be pressed for it, and nobody else be given any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"
#include "client/agent/granted.h"
#include "client/agent/inbox.h"
#include "client/agent/remind.h"

#define HOUR INT64_C(3600000)

static const struct period july = {.frequency = MONTHLY, .year = 2022, .number = 7};
static const struct place place = {"changsha-2022-55", "2", "2022-07"};

static struct period_times plan_times(const struct bench *bench)
{
	struct period_times times;

	period_times(bench->plan, &july, &times);
	return times;
}

/* An answer, as the stream brings it. */
static void answer(struct bench *bench, int64_t decided_at, int64_t due_at)
{
	Duban__V1__Alert alert = DUBAN__V1__ALERT__INIT;
	char section[] = "2", period[] = "2022-07";
	bool is_new;

	alert.cursor = ++bench->serial;
	alert.kind = DUBAN__V1__ALERT_KIND__ALERT_KIND_REQUEST_ANSWERED;
	alert.section = section;
	alert.period = period;
	alert.decided_at = decided_at;
	alert.due_at = due_at;
	assert_int_equal(inbox_put(bench->store, &alert, 1, &is_new), 0);
}

static struct period_terms terms_of(struct bench *bench)
{
	struct period_terms terms = {.due = 0};

	assert_int_equal(granted_terms(bench->store, bench->plan, &place, &terms), 0);
	return terms;
}

static void an_extension_moves_due_time_and_lock(void **state)
{
	struct bench *bench = *state;
	struct period_times times = plan_times(bench), moved = times;
	const struct plan_section *section = plan_find_section(bench->plan, "2");
	const struct plan_section *other = plan_find_section(bench->plan, "1");
	int64_t until = times.due + 5 * 24 * HOUR;

	assert_int_equal(terms_of(bench).due, 0);
	answer(bench, times.due - HOUR, until);
	assert_int_equal(terms_of(bench).due, until);
	assert_true(terms_of(bench).lock > times.lock);
	assert_int_equal(terms_of(bench).open_until, 0);
	granted_times(bench->store, bench->plan, section, &july, &moved);
	assert_int_equal(moved.due, until);
	assert_true(moved.remind > times.remind);
	moved = times;
	granted_times(bench->store, bench->plan, other, &july, &moved);
	assert_int_equal(moved.due, times.due);
}

static void a_consent_opens_and_moves_nothing(void **state)
{
	struct bench *bench = *state;
	struct period_times times = plan_times(bench), moved = times;
	int64_t decided = times.lock + HOUR;

	answer(bench, decided, decided + 24 * HOUR);
	assert_int_equal(terms_of(bench).open_until, decided + 24 * HOUR);
	assert_int_equal(terms_of(bench).due, 0);
	granted_times(bench->store, bench->plan, plan_find_section(bench->plan, "2"),
	              &july, &moved);
	assert_int_equal(moved.due, times.due);
	assert_int_equal(moved.lock, times.lock);
}

static void a_refusal_grants_nothing(void **state)
{
	struct bench *bench = *state;
	struct period_times times = plan_times(bench);

	answer(bench, times.due - HOUR, times.due - HOUR);
	assert_int_equal(terms_of(bench).due, 0);
	assert_int_equal(terms_of(bench).lock, 0);
	assert_int_equal(terms_of(bench).open_until, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_extension_moves_due_time_and_lock,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(a_consent_opens_and_moves_nothing,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(a_refusal_grants_nothing, bench_set_up,
	                                        bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
