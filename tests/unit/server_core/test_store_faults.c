/*
 * What is acknowledged stays, whatever is killed. If these failed, a district would hold
 * a receipt for a report that is gone, and be blamed for it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "database.h"
#include "reports.h"

enum { MANY = 3000, WINDOW = 200, ENOUGH = 700 };

static struct test_put *sent[MANY];

/* Keep WINDOW reports on their way; @each is called for each that ended. */
static void put_many(unsigned count, void (*each)(unsigned i))
{
	unsigned next = 0, ended = 0;

	while (ended < count) {
		while (next < count && next - ended < WINDOW) {
			sent[next] = reports_make(next, next, next);
			if (store_put(reports_store, &sent[next]->put) < 0) {
				sent[next]->over = 1; /* no connection: not taken */
				sent[next]->status = E_DOWN;
			}
			next++;
		}
		reports_wait(&sent[ended]->over, 1);
		each(ended++);
	}
}

static void crash_in_the_middle(unsigned i)
{
	if (i == MANY / 3)
		database_control("crash");
	if (i == MANY / 2) {
		database_control("start");
		reports_wait(&reports_up, 1);
	}
}

static unsigned stored_before(void)
{
	unsigned stored = 0;

	for (unsigned i = 0; i < MANY; i++)
		stored += sent[i]->status == 0;
	return stored;
}

/* Every answer is one of: stored, unknown, down. Asked again, all are stored, once; and
 * those that had a receipt get that receipt. */
static void postgresql_is_killed_and_nothing_is_lost(void **state)
{
	static struct bytes receipts[MANY];

	(void)state;
	(void)database_run("TRUNCATE figure, report, submission CASCADE");
	reports_open(2);
	put_many(MANY, crash_in_the_middle);
	assert_in_range(stored_before(), MANY / 3, MANY - 1);
	for (unsigned i = 0; i < MANY; i++) {
		int status = sent[i]->status;

		assert_true(status == 0 || status == E_UNKNOWN || status == E_DOWN);
		receipts[i] = sent[i]->put.receipt;
	}
	for (unsigned i = 0; i < MANY; i++) {
		struct test_put *again = reports_make(i, i, i);

		reports_put(again);
		reports_wait(&again->over, 1);
		assert_int_equal(again->status, 0);
		if (sent[i]->status == 0)
			assert_true(bytes_equal(again->put.receipt, receipts[i]));
	}
	assert_int_equal(database_run("SELECT count(*) FROM submission"), MANY);
	assert_int_equal(database_run("SELECT count(*) FROM report"), MANY);
	assert_int_equal(database_run("SELECT count(*) FROM figure"), 2 * MANY);
	reports_close();
}

/* What the other process tells of a report that was acknowledged. */
struct told {
	uint8_t id[REPORT_ID_SIZE];
	uint8_t receipt[HASH_SIZE];
};

static void tell(unsigned i)
{
	struct told told;

	if (sent[i]->status != 0)
		return;
	memcpy(told.id, sent[i]->report.id, REPORT_ID_SIZE);
	sha256(sent[i]->put.receipt, told.receipt);
	CHECK(write(STDOUT_FILENO, &told, sizeof(told)) == sizeof(told));
}

static int be_the_other_process(void)
{
	reports_open(2);
	put_many(MANY, tell);
	reports_close();
	return 0;
}

static pid_t start_the_other_process(int *ret_fd)
{
	int ends[2];
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		(void)execl("/proc/self/exe", "test_store_faults", "load", NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	return pid;
}

static void add_told(struct arena *arena, const char **sql, const struct told *told)
{
	char id[2 * REPORT_ID_SIZE + 1], receipt[2 * HASH_SIZE + 1];

	bytes_to_hex(bytes_of(told->id, REPORT_ID_SIZE), id);
	bytes_to_hex(bytes_of(told->receipt, HASH_SIZE), receipt);
	*sql = arena_printf(arena, "%s%s('\\x%s'::bytea, '\\x%s'::bytea)", *sql,
	                    **sql == '\0' ? "" : ",", id, receipt);
	CHECK(*sql != NULL);
}

/* kill -9 under load: each receipt that left is in the database, once. */
static void the_server_is_killed_and_every_receipt_holds(void **state)
{
	struct arena arena;
	struct told told;
	const char *sql = "";
	unsigned count = 0;
	int fd, status;
	pid_t pid;

	(void)state;
	(void)database_run("TRUNCATE figure, report, submission CASCADE");
	arena_init(&arena, SIZE_MAX / 4);
	pid = start_the_other_process(&fd);
	memset(&told, 0, sizeof(told));
	while (read(fd, &told, sizeof(told)) == sizeof(told)) {
		if (count++ % 10 == 0 || count > ENOUGH)
			add_told(&arena, &sql, &told);
		if (count == ENOUGH)
			CHECK(kill(pid, SIGKILL) == 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	assert_in_range(count, ENOUGH, MANY - 1);
	sql = arena_printf(&arena,
	                   "SELECT count(*) FROM (VALUES %s) AS told(id, receipt)"
	                   " WHERE NOT EXISTS (SELECT FROM submission JOIN report USING"
	                   " (unit, report_id) WHERE report_id = told.id AND"
	                   " sha256(submission.receipt) = told.receipt)",
	                   sql);
	assert_int_equal(database_run(sql), 0);
	assert_true(database_run("SELECT count(*) FROM submission") >= count);
	(void)close(fd);
	arena_finish(&arena);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(postgresql_is_killed_and_nothing_is_lost),
		cmocka_unit_test(the_server_is_killed_and_every_receipt_holds),
	};

	database_enter(argv);
	if (argc > 1)
		return be_the_other_process();
	reports_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
