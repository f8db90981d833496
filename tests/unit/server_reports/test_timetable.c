/* What a plan asks and when: a row missing here is a reminder that nobody ever gets. */
#include "server/timetable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#define UTC_OFFSET 480

static struct arena arena;
static struct plan_unit units[2] = {{.code = "430102", .index = 0},
                                    {.code = "430103", .index = 1}};
static struct plan_indicator indicator = {.id = "finished"};
static struct plan_allocation parts[2];
static bool both[2] = {true, true}, first_only[2] = {true, false};
static struct plan_target targets[2];
static struct plan_section sections[2];
static struct plan_step steps[2] = {
	{.level = 1, .workdays = 1, .minute = 9 * 60, .to = STEP_LEAD},
	{.level = 2, .workdays = 3, .minute = 9 * 60, .to = STEP_DEPARTMENT},
};
static struct plan plan;
static const struct timetable *table;

static int64_t at(const char *text)
{
	int64_t instant;

	assert_int_equal(instant_parse(text, UTC_OFFSET, &instant), 0);
	return instant;
}

/* Two units; section 1 asks both and measures a target of the first unit only, section 2
 * asks the first unit and measures nothing. Weekends only, no statutory calendar. */
static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 8 << 20);
	parts[0] = (struct plan_allocation){.unit = &units[0], .deadline = DAY_NONE};
	parts[1] = (struct plan_allocation){.unit = &units[1],
	                                    .no_task = true,
	                                    .deadline = DAY_NONE};
	targets[0] = (struct plan_target){
		.id = "villages",
		.section = &sections[0],
		.indicator = &indicator,
		.deadline = day_of(2022, 9, 30),
		.curve = CURVE_LINE,
		.allocations = parts,
	};
	sections[0] = (struct plan_section){
		.id = "1", .targets = targets, .target_count = 1, .asked = both};
	sections[1] = (struct plan_section){.id = "2", .asked = first_only, .index = 1};
	plan = (struct plan){
		.id = "p",
		.utc_offset = UTC_OFFSET,
		.units = units,
		.unit_count = 2,
		.sections = sections,
		.section_count = 2,
		.steps = steps,
		.step_count = 2,
		.schedule = {.frequency = MONTHLY,
	                     .first_period = "2022-07",
	                     .last_period = "2022-10",
	                     .due_day = 5,
	                     .due_roll = 1,
	                     .due_minute = 1050,
	                     .remind_workdays = 2,
	                     .remind_minute = 540,
	                     .lock_workdays = 4},
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static void expand(const char *now)
{
	assert_int_equal(timetable_expand(&arena, &plan, at(now), &table), 0);
}

static const struct timetable_instant *instant(enum alert_kind kind, unsigned level,
                                               const char *period)
{
	for (size_t i = 0; i < table->instant_count; i++)
		if (table->instants[i].kind == kind &&
		    table->instants[i].level == level &&
		    strcmp(table->instants[i].period, period) == 0)
			return &table->instants[i];
	return NULL;
}

static void test_every_period_and_pair_is_there(void **state)
{
	(void)state;
	expand("2022-07-01 09:00");
	assert_int_equal(table->period_count, 4);
	assert_string_equal(table->periods[0].period, "2022-07");
	assert_int_equal(table->periods[0].end, day_of(2022, 7, 31));
	assert_int_equal(table->periods[0].opens, at("2022-08-01"));
	assert_int_equal(table->periods[0].due, at("2022-08-05 17:30"));
	assert_int_equal(table->periods[0].lock, at("2022-08-11 17:30"));
	assert_int_equal(table->pair_count, 3);
	assert_true(table->pairs[0].measured);
	assert_false(table->pairs[1].measured); /* no task */
	assert_false(table->pairs[2].measured); /* no target */
	assert_int_equal(timetable_obligations(&plan), 12);
	assert_int_equal(table->first_year, 2022);
	assert_int_equal(table->last_year, 2022);
}

static void test_each_period_reminds_presses_and_climbs(void **state)
{
	(void)state;
	expand("2022-07-01 09:00");
	assert_int_equal(instant(ALERT_REPORT_DUE_SOON, 0, "2022-07")->at,
	                 at("2022-08-03 09:00"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 0, "2022-07")->at,
	                 at("2022-08-05 17:30"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 1, "2022-07")->at,
	                 at("2022-08-08 09:00"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 2, "2022-07")->at,
	                 at("2022-08-10 09:00"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 2, "2022-07")->due,
	                 at("2022-08-05 17:30"));
	assert_int_equal(instant(ALERT_BEHIND, 0, "2022-07")->at, at("2022-08-11 17:30"));
	assert_int_equal(instant(ALERT_BEHIND, 0, "2022-07")->due, at("2022-08-01") - 1);
}

/* Judged when the report that covers the deadline falls due, not on the day itself. */
static void test_a_target_is_overdue_once_it_can_be_known(void **state)
{
	(void)state;
	expand("2022-07-01 09:00");
	assert_int_equal(table->target_count, 3); /* one date, level 0 and two steps */
	assert_int_equal(table->targets[0].unit_count, 1);
	assert_string_equal(table->targets[0].units[0], "430102");
	assert_int_equal(table->targets[0].level, 0);
	assert_int_equal(table->targets[0].at, at("2022-10-05 17:30"));
	assert_int_equal(table->targets[0].due, at("2022-10-01") - 1);
	assert_int_equal(table->targets[1].at, at("2022-10-06 09:00"));
}

static void test_a_part_has_its_own_deadline(void **state)
{
	(void)state;
	parts[0].deadline = day_of(2022, 7, 31);
	expand("2022-07-01 09:00");
	assert_int_equal(table->targets[0].due, at("2022-08-01") - 1);
	parts[0].deadline = targets[0].deadline = DAY_NONE;
	expand("2022-07-01 09:00");
	assert_int_equal(table->target_count, 0);
}

static void adjust(struct plan_adjustment *ret, const char *from, day deadline)
{
	day since;

	assert_int_equal(day_parse(from, &since), 0);
	*ret = (struct plan_adjustment){.from = since,
	                                .basis = "甲字1号",
	                                .why = "",
	                                .before = parts[0],
	                                .after = parts[0]};
	ret->after.deadline = deadline;
	targets[0].adjustments = ret;
	targets[0].adjustment_count = 1;
}

/* 任务调整: nobody is pressed at a date that was moved before it came. */
static void test_a_date_that_was_moved_is_asked_for_when_it_comes(void **state)
{
	struct plan_adjustment adjustment;

	(void)state;
	adjust(&adjustment, "2022-09-01", day_of(2022, 10, 31));
	expand("2022-07-01 09:00");
	assert_int_equal(table->target_count, 3);
	assert_int_equal(table->targets[0].due, at("2022-11-01") - 1);
	adjust(&adjustment, "2022-10-15", day_of(2022, 10, 31));
	expand("2022-07-01 09:00"); /* counts from too late: the first date stands */
	assert_int_equal(table->targets[0].due, at("2022-10-01") - 1);
	expand("2022-10-10 09:00"); /* that date has passed, the new one will come */
	assert_int_equal(table->targets[0].due, at("2022-11-01") - 1);
}

static void test_a_task_that_was_dropped_is_not_asked_for(void **state)
{
	struct plan_adjustment adjustment;

	(void)state;
	adjust(&adjustment, "2022-09-01", DAY_NONE);
	adjustment.after.no_task = true;
	expand("2022-07-01 09:00");
	assert_int_equal(table->target_count, 0);
	assert_true(table->pairs[0].measured); /* until August it has lights */
}

/* Units with one date are asked together, and one with another date by itself: a unit in
 * the wrong group would be pressed at another's deadline. */
static void test_units_with_the_same_date_are_asked_together(void **state)
{
	(void)state;
	parts[1].no_task = false;
	expand("2022-07-01 09:00");
	assert_int_equal(table->target_count, 3);
	assert_int_equal(table->targets[0].unit_count, 2);
	assert_string_equal(table->targets[0].units[1], "430103");
	parts[0].deadline = day_of(2022, 9, 29);
	expand("2022-07-01 09:00");
	assert_int_equal(table->target_count, 6);
	assert_string_equal(table->targets[0].units[0], "430102");
	assert_string_equal(table->targets[3].units[0], "430103");
	assert_int_equal(table->targets[3].due, at("2022-10-01") - 1);
}

/* A late version asks for what can still be given, and presses nobody upwards before
 * the unit itself was told. */
static void test_a_late_version_starts_at_its_own_instant(void **state)
{
	(void)state;
	expand("2022-10-07 10:00");
	assert_int_equal(table->period_count, 2); /* 2022-09 can still come, 2022-10 */
	assert_null(instant(ALERT_REPORT_OVERDUE, 0, "2022-08"));
	assert_null(instant(ALERT_REPORT_DUE_SOON, 0, "2022-09"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 0, "2022-09")->at,
	                 at("2022-10-07 10:00"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 1, "2022-09")->at,
	                 at("2022-10-10 09:00"));
	assert_int_equal(instant(ALERT_REPORT_OVERDUE, 1, "2022-09")->due,
	                 at("2022-10-05 17:30"));
	assert_int_equal(table->targets[0].at, at("2022-10-07 10:00"));
	assert_int_equal(table->targets[1].at, at("2022-10-10 09:00"));
}

static void test_a_plan_without_a_schedule_asks_for_no_reports(void **state)
{
	(void)state;
	plan.schedule.first_period = plan.schedule.last_period = "";
	expand("2022-07-01 09:00");
	assert_int_equal(table->period_count, 0);
	assert_int_equal(table->first_year, 0);
	assert_int_equal(timetable_obligations(&plan), 0);
}

static void test_times_out_of_order_are_refused(void **state)
{
	(void)state;
	plan.schedule.lock_workdays = 0;
	assert_int_equal(timetable_expand(&arena, &plan, at("2022-07-01"), &table),
	                 E_RANGE);
	plan.schedule.lock_workdays = 4;
	plan.schedule.last_period = "2999-12";
	assert_int_equal(timetable_expand(&arena, &plan, at("2022-07-01"), &table),
	                 E_RANGE);
}

static void test_without_memory_it_says_so(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 4096; limit += 64) {
		struct arena small;
		int r;

		arena_init(&small, limit);
		r = timetable_expand(&small, &plan, at("2022-07-01"), &table);
		assert_true(r == 0 || r == E_NOMEM);
		arena_finish(&small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_period_and_pair_is_there,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_each_period_reminds_presses_and_climbs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_target_is_overdue_once_it_can_be_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_part_has_its_own_deadline, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_date_that_was_moved_is_asked_for_when_it_comes, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_task_that_was_dropped_is_not_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_units_with_the_same_date_are_asked_together, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_late_version_starts_at_its_own_instant, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_plan_without_a_schedule_asks_for_no_reports, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_times_out_of_order_are_refused,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_memory_it_says_so, set_up,
	                                        tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
