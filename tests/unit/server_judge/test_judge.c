/*
 * The judge on the real plan: what a district, a department head or the office would
 * miss if it were wrong.
 */
#include "centre.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "database.h"

#include "model/progress.h"
#include "server/clock.h"

static struct centre centre;

static void step_to(const char *text)
{
	while (clock_now(centre.srv.clock) < centre_at(text)) {
		if (!centre_step(&centre))
			fail_msg("the plan ends before %s", text);
	}
	assert_int_equal(clock_now(centre.srv.clock), centre_at(text));
}

/* Nobody reports: everybody is reminded once, then pressed once, then told of upwards. */
static void every_missing_report_is_told_once_and_upwards(void **state)
{
	(void)state;
	(void)database_run(
		"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, "
		"section, "
		"period, target, due_at) SELECT due_at, 3, 0, plan, plan_version, unit, "
		"section, period, '', opens_at FROM obligation WHERE unit = '430103' "
		"AND period = '2022-07'");
	step_to("2022-08-03 09:00"); /* two working days before Friday the 5th */
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE kind = 1"),
	                 database_run("SELECT count(*) FROM obligation "
	                              "WHERE period = '2022-07'"));
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE kind <> 1"), 0);
	step_to("2022-08-05 17:30");
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE kind = 2 AND "
	                              "level = 0 AND recipient = 'district/' || unit"),
	                 database_run("SELECT count(*) FROM obligation "
	                              "WHERE period = '2022-07'"));
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE level > 0"), 0);
}

/* A plan may ask for the light at the due time; while the report can still come, nobody
 * is judged without it. */
static void a_light_waits_for_a_report_that_can_still_come(void **state)
{
	(void)state;
	assert_int_equal(
		database_run(
			"SELECT count(*) FROM timetable t JOIN obligation o USING (plan, "
			"unit, section, period) WHERE t.kind = 3 AND t.period = "
			"'2022-07' "
			"AND t.unit = '430103' AND NOT t.done AND t.at = o.lock_at"),
		database_run("SELECT count(*) FROM obligation WHERE "
	                     "period = '2022-07' AND unit = '430103'"));
}

/* A report that came in after the due time is late, and is pressed for no more. */
static void a_late_report_stops_the_ladder_and_clears(void **state)
{
	(void)state;
	centre_report("430111", "2", "2022-07", "", "", "");
	step_to("2022-08-08 17:30");
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE kind = 2 AND "
	                              "level = 1 AND unit = '430111' AND section = '2'"),
	                 0);
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE kind = 2 AND "
	                              "level = 1 AND unit = '430111' AND section = '3'"),
	                 1);
	assert_int_equal(database_run(
				 "SELECT count(*) FROM alert WHERE unit = '430111' AND "
				 "section = '2' AND cleared_at IS NULL"),
	                 0);
	/* It was cleared when the report came, not when somebody looked. */
	assert_int_equal(database_run(
				 "SELECT count(*) FROM alert a JOIN submission s USING "
				 "(plan, unit, section, period) "
				 "WHERE a.cleared_at <> s.received_at"),
	                 0);
}

/* The section's lead hears of it, and only of what is still missing. */
static void the_lead_is_told_at_the_second_step(void **state)
{
	(void)state;
	step_to("2022-08-09 09:00");
	assert_true(database_run("SELECT count(*) FROM alert WHERE kind = 2 AND "
	                         "recipient LIKE 'department/%'") > 0);
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE recipient LIKE "
	                              "'department/%' AND unit = '430111' AND "
	                              "section = '2'"),
	                 0);
}

/* Behind the expected progress: the district and the lead are told; a better report
 * clears it. */
static void figures_decide_about_lights(void **state)
{
	const char *open = "SELECT count(*) FROM alert WHERE kind = 3 AND "
			   "unit = '430102' AND section = '2' AND cleared_at IS NULL";

	(void)state;
	while (clock_now(centre.srv.clock) < centre_at("2024-07-01 00:00"))
		assert_true(centre_step(&centre));
	centre_report("430102", "2", "2024-06", "communities_started", "1", "个");
	while (clock_now(centre.srv.clock) < centre_at("2024-07-20 00:00"))
		assert_true(centre_step(&centre));
	assert_true(database_run(open) >= 2);
	assert_int_equal(database_run("SELECT count(*) FROM alert WHERE kind = 3 AND "
	                              "NOT title LIKE '%芙蓉区%'"),
	                 0);
	while (clock_now(centre.srv.clock) < centre_at("2024-08-01 00:00"))
		assert_true(centre_step(&centre));
	centre_report("430102", "2", "2024-07", "communities_started", "100000", "个");
	centre_settle(&centre);
	assert_int_equal(
		database_run(
			"SELECT count(*) FROM alert WHERE kind = 3 AND unit = '430102' "
			"AND target = 'communities' AND cleared_at IS NULL"),
		0);
	/* Red in June, caught up in July: yellow for July. */
	assert_int_equal(database_run("SELECT light FROM light WHERE unit = '430102' AND "
	                              "target = 'communities' AND period = '2024-06'"),
	                 LIGHT_RED);
	assert_int_equal(database_run("SELECT light FROM light WHERE unit = '430102' AND "
	                              "target = 'communities' AND period = '2024-07' AND "
	                              "remembered"),
	                 LIGHT_YELLOW);
}

/* Everything that the plan asks is answered: no row of the timetable is left behind. */
static void nothing_is_left_undone(void **state)
{
	(void)state;
	while (centre_step(&centre))
		;
	assert_int_equal(database_run("SELECT count(*) FROM timetable_ahead"), 0);
	assert_int_equal(database_run("SELECT count(*) FROM timetable_period"), 0);
	assert_int_equal(
		database_run(
			"SELECT count(*) FROM timetable t WHERE kind < 3 AND NOT EXISTS "
			"(SELECT FROM alert a WHERE a.kind = t.kind AND a.level = "
			"t.level "
			"AND a.unit = t.unit AND a.section = t.section AND a.period = "
			"t.period) AND NOT EXISTS (SELECT FROM submission s WHERE s.unit "
			"= "
			"t.unit AND s.section = t.section AND s.period = t.period)"),
		0);
	assert_true(database_run("SELECT count(*) FROM alert WHERE kind = 4") > 0);
	/* Every period of every unit has its lights, reported or not. */
	assert_int_equal(database_run("SELECT count(*) FROM light_due"), 0);
	assert_int_equal(
		database_run("SELECT count(*) FROM timetable t WHERE kind = 3 AND NOT "
	                     "EXISTS (SELECT FROM light l WHERE l.plan = t.plan AND "
	                     "l.unit = t.unit AND l.section = t.section AND "
	                     "l.period = t.period)"),
		0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_missing_report_is_told_once_and_upwards),
		cmocka_unit_test(a_light_waits_for_a_report_that_can_still_come),
		cmocka_unit_test(a_late_report_stops_the_ladder_and_clears),
		cmocka_unit_test(the_lead_is_told_at_the_second_step),
		cmocka_unit_test(figures_decide_about_lights),
		cmocka_unit_test(nothing_is_left_undone),
	};
	int failed;

	(void)argc;
	database_enter(argv);
	centre_prepare(centre_at("2022-07-01 09:00"));
	centre_open(&centre, NULL, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	centre_close(&centre);
	return failed;
}
