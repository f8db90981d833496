/*
 * The ledger, against a real PostgreSQL. If these failed, a district could hold a receipt
 * for a report that is not stored, or have one stored twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/err.h"
#include "database.h"
#include "reports.h"

static int set_up(void **state)
{
	(void)state;
	(void)database_run("TRUNCATE figure, report, submission CASCADE");
	reports_open(2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	reports_close();
	assert_int_equal(uv_loop_alive(uv_default_loop()), 0);
	return 0;
}

static void assert_stored(struct test_put *put)
{
	reports_wait(&put->over, 1);
	assert_int_equal(put->status, 0);
	assert_true(put->put.receipt.len > 0);
}

static void a_lone_report_is_stored_with_all_its_parts(void **state)
{
	struct test_put *put = reports_make(1, 1, 1);

	(void)state;
	reports_put(put);
	assert_stored(put);
	assert_false(put->put.duplicate);
	assert_int_equal(
		database_run("SELECT count(*) FROM submission JOIN report USING (unit, "
	                     "report_id) WHERE number LIKE '2022-09-430112-s1-%' AND "
	                     "envelope = 'envelope 1' AND progress = '进展 {\"\\}'"),
		1);
	assert_int_equal(database_run("SELECT count(*) FROM figure WHERE value::text = "
	                              "'58.90' AND reason = '因为\"雨\"' OR value = -7"),
	                 2);
}

/* Hundreds at once: each answered once, each stored once, few commits. */
static void many_share_commits(void **state)
{
	enum { MANY = 1500 };
	static struct test_put *puts[MANY];
	int64_t commits =
		database_run("SELECT txid_snapshot_xmax(txid_current_snapshot())");

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		puts[i] = reports_make(i, i, i);
		reports_put(puts[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		assert_stored(puts[i]);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(puts[i]->over, 1);
	assert_int_equal(database_run("SELECT count(DISTINCT number) FROM submission"),
	                 MANY);
	assert_int_equal(database_run("SELECT count(*) FROM report"), MANY);
	assert_int_equal(database_run("SELECT count(*) FROM figure"), 2 * MANY);
	commits = database_run("SELECT txid_snapshot_xmax(txid_current_snapshot())") -
	          commits;
	assert_in_range(commits, 1, MANY / 20);
}

/* An agent that lost the answer sends again, perhaps while the first still runs. */
static void sent_twice_is_stored_once_with_one_receipt(void **state)
{
	struct test_put *first = reports_make(1, 1, 1), *second = reports_make(1, 1, 1);
	struct test_put *later = reports_make(1, 1, 1);

	(void)state;
	reports_put(first);
	reports_put(second);
	assert_stored(first);
	assert_stored(second);
	reports_put(later);
	assert_stored(later);
	assert_true(first->put.duplicate != second->put.duplicate);
	assert_true(later->put.duplicate);
	assert_true(bytes_equal(first->put.receipt, second->put.receipt));
	assert_true(bytes_equal(first->put.receipt, later->put.receipt));
	assert_int_equal(database_run("SELECT count(*) FROM figure"), 2);
}

/* Two servers get the same reports at the same time, in opposite orders: an agent whose
 * first server was slow asks the second one. One row each, and one receipt. */
static void two_servers_agree(void **state)
{
	enum { MANY = 600 };
	static struct test_put *here[MANY], *there[MANY];
	struct store *other = reports_open_other();

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		here[i] = reports_make(i, i, i);
		there[i] = reports_make(MANY - 1 - i, MANY - 1 - i, MANY - 1 - i);
		reports_put(here[i]);
		assert_int_equal(store_put(other, &there[i]->put), 0);
	}
	for (unsigned i = 0; i < MANY; i++) {
		assert_stored(here[i]);
		assert_stored(there[MANY - 1 - i]);
		assert_true(bytes_equal(here[i]->put.receipt,
		                        there[MANY - 1 - i]->put.receipt));
		assert_true(here[i]->put.duplicate != there[MANY - 1 - i]->put.duplicate);
	}
	assert_int_equal(database_run("SELECT count(*) FROM report"), MANY);
	assert_int_equal(database_run("SELECT count(*) FROM figure"), 2 * MANY);
}

static void the_same_id_with_other_content_is_refused(void **state)
{
	struct test_put *first = reports_make(1, 1, 1), *other = reports_make(2, 1, 2);

	(void)state;
	reports_put(first);
	assert_stored(first);
	reports_put(other);
	reports_wait(&other->over, 1);
	assert_int_equal(other->status, E_EXISTS);
	assert_non_null(other->put.earlier);
	assert_int_equal(database_run("SELECT count(*) FROM submission"), 1);
}

static void a_second_report_of_the_period_names_the_first(void **state)
{
	struct test_put *first = reports_make(1, 1, 1), *other = reports_make(1, 2, 2);

	(void)state;
	reports_put(first);
	assert_stored(first);
	reports_put(other);
	reports_wait(&other->over, 1);
	assert_int_equal(other->status, E_EXISTS);
	assert_string_equal(other->put.earlier, first->put.number);
}

/* One that the database cannot take must not cost its neighbours theirs, and must not be
 * refused for good: it was judged acceptable. */
static void a_poisoned_report_fails_alone(void **state)
{
	struct test_put *puts[20];

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		puts[i] = reports_make(i, i, i);
		if (i == 7)
			puts[i]->figures[1].indicator = "unknown"; /* no such row */
		reports_put(puts[i]);
	}
	for (unsigned i = 0; i < 20; i++) {
		reports_wait(&puts[i]->over, 1);
		assert_int_equal(puts[i]->status, i == 7 ? E_INTERNAL : 0);
	}
	assert_int_equal(database_run("SELECT count(*) FROM submission"), 19);
	assert_int_equal(database_run("SELECT count(*) FROM figure"), 38);
}

/* A promoted standby may hand out numbers again: nobody gets another's receipt, and who
 * asks again gets a number that is free. */
static void numbers_given_before_are_given_up(void **state)
{
	struct test_put *put;

	(void)state;
	reports_close();
	(void)database_run(
		"ALTER SEQUENCE receipt_serial RESTART;"
		"INSERT INTO submission VALUES ('430112', decode(repeat('77', 16),"
		" 'hex'), sha256(''), '2022-09-430112-s1-0001', 'p', 's1', '2022-08',"
		" '2022-08-31', '2022-09-01', '2022-09-01', 1, 'x')");
	reports_open(2);
	put = reports_make(1, 2, 2);
	reports_put(put);
	reports_wait(&put->over, 1);
	assert_int_equal(put->status, E_UNKNOWN);
	put = reports_make(1, 2, 2);
	reports_put(put);
	assert_stored(put);
	assert_string_not_equal(put->put.number, "2022-09-430112-s1-0001");
}

static void on_find(struct store_find *find, int status)
{
	*(int *)find->context = status == 0 ? 1 : 2;
}

static void a_receipt_is_found_again(void **state)
{
	struct test_put *put = reports_make(1, 1, 1);
	const uint8_t other[16] = {9};
	int found = 0;
	struct store_find find = {
		.unit = "430112",
		.report_id = put->report.id,
		.arena = &reports_arena,
		.done = on_find,
		.context = &found,
	};

	(void)state;
	reports_put(put);
	assert_stored(put);
	assert_int_equal(store_find(reports_store, &find), 0);
	reports_wait(&found, 1);
	assert_true(find.found && bytes_equal(find.receipt, put->put.receipt));
	assert_true(bytes_equal(find.content_hash, put->put.payload_hash));
	found = 0;
	find.report_id = other;
	assert_int_equal(store_find(reports_store, &find), 0);
	reports_wait(&found, 1);
	assert_false(find.found);
}

static void on_history(struct store_history *history, int status)
{
	*(int *)history->context = status == 0 ? 1 : 2;
}

/* What rules look back at: only earlier periods, the newest first, exact figures. */
static void history_is_what_was_reported(void **state)
{
	struct test_put *august = reports_make(1, 1, 1),
			*september = reports_make(1, 2, 2);
	int read = 0;
	struct store_history history = {
		.plan = "p",
		.unit = "430112",
		.section = "s1",
		.before_period = "2022-09",
		.arena = &reports_arena,
		.done = on_history,
		.context = &read,
	};
	char value[QUANTITY_TEXT_MAX];

	(void)state;
	august->report.period = "2022-08";
	assert_int_equal(period_parse("2022-08", &august->verdict.period), 0);
	reports_put(august);
	reports_put(september);
	assert_stored(august);
	assert_stored(september);
	assert_int_equal(store_history(reports_store, &history), 0);
	reports_wait(&read, 1);
	assert_int_equal(history.history->count, 1);
	assert_int_equal(history.history->reports[0].period.number, 8);
	assert_int_equal(history.history->reports[0].figure_count, 2);
	assert_string_equal(history.history->reports[0].figures[0].indicator, "finished");
	quantity_print_number(&history.history->reports[0].figures[0].value, value);
	assert_string_equal(value, "58.90");
	read = 0;
	history.before_period = "2022-10";
	assert_int_equal(store_history(reports_store, &history), 0);
	reports_wait(&read, 1);
	assert_int_equal(history.history->count, 2);
	assert_int_equal(history.history->reports[0].period.number, 9);
	history.before_period = "September";
	assert_int_equal(store_history(reports_store, &history), E_SYNTAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lone_report_is_stored_with_all_its_parts),
		TEST(many_share_commits),
		TEST(sent_twice_is_stored_once_with_one_receipt),
		TEST(two_servers_agree),
		TEST(the_same_id_with_other_content_is_refused),
		TEST(a_second_report_of_the_period_names_the_first),
		TEST(a_poisoned_report_fails_alone),
		TEST(numbers_given_before_are_given_up),
		TEST(a_receipt_is_found_again),
		TEST(history_is_what_was_reported),
	};

	(void)argc;
	database_enter(argv);
	reports_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
