/*
 * Two judges at once, killed at any moment, while reports come in and the clock is
 * stepped: nobody may be told twice, and nothing may be lost. What a user would lose
 * otherwise: trust in every later reminder, or the one reminder that mattered.
 *
 * The judges are processes of their own, so that SIGKILL is a real one. Everything that
 * is random comes from one seed, which is printed.
 */
#include "centre.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "database.h"

#include "server/contact.h"

#define JUDGES 2
#define ROUNDS 100

#define EMAIL(who, of)                                                               \
	{                                                                            \
		.name = who, .recipient = of, .kind = CONTACT_EMAIL, .address = who, \
		.url_file = "", .secret_file = ""                                    \
	}
static const struct contact contacts[] = {
	EMAIL("a@x.cn", "department/jiugai"),
	EMAIL("b@x.cn", "department/jiugai"),
	EMAIL("c@x.cn", "district/430102"),
};

static char *program;
static pid_t judges[JUDGES];
static uint64_t seed;

/* xorshift: small, and the same everywhere. */
static unsigned draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % below);
}

/* A judge's whole life: it waits for notifications until it is killed. */
static int be_judge(void)
{
	static struct centre centre;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	centre_open(&centre, contacts, sizeof(contacts) / sizeof(contacts[0]));
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	return 1;
}

static void start_judge(int which)
{
	judges[which] = fork();
	assert_true(judges[which] >= 0);
	if (judges[which] == 0) {
		(void)execl(program, program, "judge", NULL);
		_exit(127);
	}
}

static void kill_judge(int which)
{
	assert_int_equal(kill(judges[which], SIGKILL), 0);
	assert_int_equal(waitpid(judges[which], NULL, 0), judges[which]);
}

/* To the next instant, without waiting for what the present one asks: later than allowed
 * in a rehearsal, and what production's clock does to a server that was down. */
static void step(void)
{
	(void)database_run(
		"UPDATE plan_clock SET plan_at = coalesce((SELECT min(t.at) FROM "
		"timetable_ahead t WHERE t.at > plan_clock.plan_at), plan_at)");
	(void)database_run("SELECT count(pg_notify('duban_clock', '')::text)");
}

/* The clock in force when a report was stored decides whether a false alarm is one. */
static void report(void)
{
	static const char *const units[] = {"430102", "430103", "430104",
	                                    "430105", "430111", "430112"};
	static const char *const periods[] = {"2022-07", "2022-08", "2022-09"};
	char section[2] = {(char)('1' + draw(5)), '\0'};

	centre_report(units[draw(6)], section, periods[draw(3)],
	              section[0] == '2' ? "communities_started" : "",
	              section[0] == '2' ? "1" : "", "个");
}

static void pause_a_moment(void)
{
	const struct timespec moment = {.tv_nsec = (long)draw(30) * 1000000};

	(void)nanosleep(&moment, NULL);
}

static void wait_until_done(void)
{
	for (int i = 0; i < 600; i++) {
		const struct timespec moment = {.tv_nsec = 100000000};

		if (database_run("SELECT count(*) FROM timetable_ahead t, plan_clock c "
		                 "WHERE t.at <= c.plan_at") == 0)
			return;
		(void)nanosleep(&moment, NULL);
	}
	fail_msg("rows stay undone");
}

static void never_twice_and_never_lost(void **state)
{
	(void)state;
	for (int i = 0; i < JUDGES; i++)
		start_judge(i);
	for (int round = 0; round < ROUNDS; round++) {
		unsigned what = draw(10);

		if (what < 5)
			report();
		else if (what < 8 || round < 20)
			step();
		else {
			int which = (int)draw(JUDGES);

			kill_judge(which);
			start_judge(which);
		}
		pause_a_moment();
	}
	wait_until_done();
	for (int i = 0; i < JUDGES; i++)
		kill_judge(i);

	print_message("%d alerts, %d cleared\n",
	              (int)database_run("SELECT count(*) FROM alert"),
	              (int)database_run("SELECT count(*) FROM alert WHERE cleared_at "
	                                "IS NOT NULL"));
	/* Once: the key that the plan means, without the plan's version. */
	assert_int_equal(database_run(
				 "SELECT count(*) FROM (SELECT FROM alert GROUP BY kind, "
				 "level, recipient, unit, section, period, target "
				 "HAVING count(*) > 1) x"),
	                 0);
	/* Not lost: what is due, and has no report, was told. */
	assert_int_equal(
		database_run(
			"SELECT count(*) FROM timetable t, plan_clock c WHERE t.at <= "
			"c.plan_at AND t.kind = 2 AND NOT EXISTS (SELECT FROM submission "
			"s "
			"WHERE s.plan = t.plan AND s.unit = t.unit AND s.section = "
			"t.section AND s.period = t.period) AND NOT EXISTS (SELECT FROM "
			"alert a WHERE a.kind = 2 AND a.level = t.level AND a.plan = "
			"t.plan "
			"AND a.unit = t.unit AND a.section = t.section AND a.period = "
			"t.period)"),
		0);
	/* No false alarm: a report that was in before the instant raised none. */
	assert_int_equal(
		database_run(
			"SELECT count(*) FROM alert a JOIN submission s ON s.plan = "
			"a.plan "
			"AND s.unit = a.unit AND s.section = a.section AND s.period = "
			"a.period JOIN timetable t ON t.kind = a.kind AND t.level = "
			"a.level "
			"AND t.unit = a.unit AND t.section = a.section AND t.period = "
			"a.period WHERE a.kind < 3 AND s.received_at < t.at"),
		0);
	/* Every alert has the deliveries that its recipient's contacts ask for. */
	assert_int_equal(
		database_run(
			"SELECT count(*) FROM alert a WHERE (SELECT count(*) FROM "
			"delivery d "
			"WHERE d.alert = a.cursor) <> CASE a.recipient WHEN "
			"'department/jiugai' THEN 2 WHEN 'district/430102' THEN 1 ELSE 0 "
			"END"),
		0);
	assert_true(database_run("SELECT count(*) FROM delivery") > 0);
	/* Cursors ascend in the order of the instants: a reader's cursor means something.
	 */
	assert_int_equal(database_run(
				 "SELECT count(*) FROM alert a JOIN alert b ON b.cursor "
				 "> a.cursor AND b.decided_at < a.decided_at - "
				 "interval '60 days'"),
	                 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_twice_and_never_lost),
	};

	database_enter(argv);
	program = argv[0];
	if (argc > 1 && strcmp(argv[1], "judge") == 0)
		return be_judge();
	seed = getenv("DUBAN_SEED") != NULL ? strtoull(getenv("DUBAN_SEED"), NULL, 10)
	                                    : (uint64_t)time(NULL);
	print_message("DUBAN_SEED=%llu\n", (unsigned long long)seed);
	centre_prepare(centre_at("2022-07-01 09:00"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
