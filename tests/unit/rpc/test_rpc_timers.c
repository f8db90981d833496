/* Timers: a deadline that is lost hangs a call; one that comes early breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "rpc/timers.h"

#define COUNT 2000

struct alarm {
	struct timer timer;
	unsigned fired;
};

static struct timers timers;
static struct alarm alarms[COUNT];
static uint64_t last;
static unsigned fired;

static uint32_t next_random(void)
{
	static uint32_t state = 12345;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static void on_fired(struct timer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);

	assert_false(timer->is_set);
	assert_true(timer->at <= uv_now(timers.uv.loop));
	assert_true(timer->at >= last); /* in order */
	last = timer->at;
	alarm->fired++;
	fired++;
}

static void test_random_sets_and_clears(void **state)
{
	uv_loop_t loop;
	uint64_t now;
	unsigned set = 0;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	timers_init(&timers, &loop);
	now = uv_now(&loop);
	for (unsigned i = 0; i < COUNT; i++)
		alarms[i].timer.fired = on_fired;
	for (unsigned i = 0; i < 20 * COUNT; i++) {
		struct timer *timer = &alarms[next_random() % COUNT].timer;

		if (next_random() % 3 == 0)
			timers_clear(&timers, timer);
		else
			timers_set(&timers, timer, now + 1 + next_random() % 20);
	}
	for (unsigned i = 0; i < COUNT; i++)
		set += alarms[i].timer.is_set;
	/* The libuv timer is active as long as any of ours is set. */
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(fired, set);
	for (unsigned i = 0; i < COUNT; i++)
		assert_true(alarms[i].fired <= 1 && !alarms[i].timer.is_set);
	uv_close((uv_handle_t *)&timers.uv, NULL);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_sets_and_clears)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
