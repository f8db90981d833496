/*
 * Lights as records: whoever is shown a red light may ask why, years later, and must get
 * the same answer; and a red that was worked off leaves a trace for one period.
 */
#include "model/light.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/board.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct figure figure;
static struct light_inputs inputs;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	by_hand.plan.lights = (struct plan_lights){.yellow_tenths = 50,
	                                           .red_tenths = 150,
	                                           .memory = true};
	by_hand.plan.calendar.version = "cn-test";
	arena_init(&arena, 1 << 20);
	inputs = (struct light_inputs){
		.plan = &by_hand.plan,
		.plan_version = 3,
		.unit = &by_hand.units[YUHUA],
		.target = &by_hand.target,
		.period = {MONTHLY, 2022, 9},
		.number = "2022-09-430111-02-0007",
		.evidence = {.figures = &figure, .figure_count = 1},
		.before_period = "",
	};
	figure = (struct figure){"started", q("18个"), ""};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static struct light_record judged(void)
{
	struct light_record record;

	assert_int_equal(light_judge(&arena, &inputs, &record), 0);
	return record;
}

static struct bytes encoded(void)
{
	struct light_record record = judged();
	struct bytes bytes;

	assert_int_equal(light_encode(&arena, &record, &bytes), 0);
	return bytes;
}

/* 18 of 180 by 30 September, where 18.7 % should be done. */
static void test_a_record_says_what_it_was_judged_by(void **state)
{
	struct bytes bytes = encoded();
	const Duban__V1__LightRecord *record;
	ProtobufCMessage *message;

	(void)state;
	assert_int_equal(wire_unpack(&arena, &duban__v1__light_record__descriptor, bytes,
	                             WIRE_STRICT, &message, NULL),
	                 0);
	record = (const Duban__V1__LightRecord *)message;
	assert_string_equal(record->plan, "test-plan");
	assert_int_equal(record->plan_version, 3);
	assert_string_equal(record->calendar, "cn-test");
	assert_string_equal(record->unit, "430111");
	assert_string_equal(record->section, "2");
	assert_string_equal(record->target, "communities");
	assert_string_equal(record->period, "2022-09");
	assert_string_equal(record->day, "2022-09-30");
	assert_string_equal(record->number, "2022-09-430111-02-0007");
	assert_int_equal(record->standing,
	                 DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_REPORTED);
	assert_string_equal(record->indicator, "started");
	assert_int_equal(record->task->digits, 180);
	assert_int_equal(record->done->digits, 18);
	assert_string_equal(record->deadline, "2025-12-31");
	assert_string_equal(record->curve, "line");
	assert_string_equal(record->done_percent, "10.0");
	assert_string_equal(record->expected_percent, "18.7");
	assert_string_equal(record->gap, "-8.7");
	assert_string_equal(record->yellow, "5.0");
	assert_string_equal(record->red, "15.0");
	assert_int_equal(record->light, DUBAN__V1__LIGHT__LIGHT_YELLOW);
	assert_string_equal(record->clause, "四、（二）2");
	assert_true(record->sample);
	assert_string_equal(record->sentence,
	                    "截至9月30日完成10.0%，低于序时进度8.7个百分点（黄灯·滞后）");
}

/* Nothing in a record depends on when, or by which memory, it was judged. */
static void test_judged_again_it_is_the_same_to_the_byte(void **state)
{
	struct bytes first = encoded(), again;

	(void)state;
	figure.value = q("18.0个");
	again = encoded();
	assert_false(bytes_equal(first, again)); /* as written counts */
	figure.value = q("18个");
	for (size_t i = 0; i < 100; i++)
		assert_true(bytes_equal(first, encoded()));
	inputs.number = "2022-09-430111-02-0008";
	assert_false(bytes_equal(first, encoded()));
}

/* A red that caught up is yellow for that period, and green in the next. */
static void test_red_is_remembered_for_one_period(void **state)
{
	struct light_record record;

	(void)state;
	figure.value = q("34个"); /* 18.9 %: on the curve */
	assert_int_equal(judged().standing.light, LIGHT_GREEN);
	inputs.before = LIGHT_RED;
	inputs.before_period = "2022-08";
	record = judged();
	assert_int_equal(record.judged, LIGHT_GREEN);
	assert_int_equal(record.standing.light, LIGHT_YELLOW);
	assert_string_equal(record.sentence,
	                    "截至9月30日完成18.9%，高于序时进度0.2个百分点（黄灯·"
	                    "此前为红灯，本期赶上）");
	inputs.before = LIGHT_YELLOW; /* what the next period finds */
	assert_int_equal(judged().standing.light, LIGHT_GREEN);
	inputs.before = LIGHT_RED;
	by_hand.plan.lights.memory = false;
	assert_int_equal(judged().standing.light, LIGHT_GREEN);
	by_hand.plan.lights.memory = true;
	figure.value = q("0个"); /* still red: 18.7 behind */
	assert_int_equal(judged().standing.light, LIGHT_RED);
	assert_false(judged().standing.remembered);
}

/* Periods without a light are passed over; older lights than the last do not count. */
static void test_the_last_light_counts(void **state)
{
	static const enum light late[] = {LIGHT_NOT_REPORTED, LIGHT_NONE, LIGHT_RED};
	static const enum light old[] = {LIGHT_GREEN, LIGHT_RED};
	const struct plan_lights *lights = &by_hand.plan.lights;
	struct standing standing = {.light = LIGHT_GREEN};

	(void)state;
	progress_remember(lights, old, 2, &standing);
	assert_int_equal(standing.light, LIGHT_GREEN);
	progress_remember(lights, NULL, 0, &standing);
	assert_int_equal(standing.light, LIGHT_GREEN);
	progress_remember(lights, late, 3, &standing);
	assert_int_equal(standing.light, LIGHT_YELLOW);
	assert_true(standing.remembered);
}

/* What counts, why, and who found it: a light that cites a figure must say that it does
 * not stand. */
static void test_a_record_says_what_was_found(void **state)
{
	struct figure_check check = {
		.indicator = "started",
		.standing = FIGURE_WITHDRAWN,
		.by = "spiffe://example/department/jiugai/person/1",
		.at = 1663000000000,
		.remark = "只开工8个",
		.earlier = q("9个"),
		.earlier_period = "2022-08",
	};
	const Duban__V1__LightRecord *record;
	ProtobufCMessage *message;

	(void)state;
	inputs.evidence.checks = &check;
	inputs.evidence.check_count = 1;
	assert_int_equal(wire_unpack(&arena, &duban__v1__light_record__descriptor,
	                             encoded(), WIRE_STRICT, &message, NULL),
	                 0);
	record = (const Duban__V1__LightRecord *)message;
	assert_int_equal(record->done->digits, 9);
	assert_int_equal(record->reported->digits, 18);
	assert_int_equal(record->standing,
	                 DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_WITHDRAWN);
	assert_string_equal(record->check->by, check.by);
	assert_int_equal(record->check->at, check.at);
	assert_string_equal(record->check->earlier_period, "2022-08");
	assert_string_equal(record->done_percent, "5.0");
	assert_string_equal(record->sentence,
	                    "截至9月30日完成5.0%，低于序时进度13.7个百分点（黄灯·滞后）；"
	                    "填报18个，复核不实，按2022年8月的9个计");
}

/* A period without a report has a record too, and a unit without a part has none. */
static void test_without_a_report_and_without_a_part(void **state)
{
	struct light_record record;

	(void)state;
	inputs.number = "";
	inputs.evidence.figure_count = 0;
	inputs.before = LIGHT_RED;
	record = judged();
	assert_int_equal(record.standing.light, LIGHT_NOT_REPORTED);
	assert_string_equal(record.sentence, "截至9月30日未报");
	inputs.unit = &by_hand.units[LIUYANG];
	assert_int_equal(light_judge(&arena, &inputs, &record), E_NOT_FOUND);
	by_hand.target.allocations = NULL;
	inputs.unit = &by_hand.units[YUHUA];
	assert_int_equal(light_judge(&arena, &inputs, &record), E_NOT_FOUND);
}

static void test_without_memory(void **state)
{
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 0; limit < 16384 && r != 0; limit += 16) {
		struct light_record record;
		struct arena small;
		struct bytes bytes;

		arena_init(&small, limit);
		r = light_judge(&small, &inputs, &record);
		if (r == 0)
			r = light_encode(&small, &record, &bytes);
		assert_true(r == 0 || r == E_NOMEM);
		arena_finish(&small);
	}
	assert_int_equal(r, 0);
}

#define LIGHT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIGHT_TEST(test_a_record_says_what_it_was_judged_by),
		LIGHT_TEST(test_judged_again_it_is_the_same_to_the_byte),
		LIGHT_TEST(test_red_is_remembered_for_one_period),
		LIGHT_TEST(test_the_last_light_counts),
		LIGHT_TEST(test_a_record_says_what_was_found),
		LIGHT_TEST(test_without_a_report_and_without_a_part),
		LIGHT_TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
