/*
 * PostgreSQL on the loop, against a real one. If these failed, something could be taken
 * for committed that is not, or an outage would need a restart of duband.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "database.h"
#include "server/pg.h"

#define LIMIT 20000 /* ms; the longest that anything here may take */

enum { INSERT, COUNT, SLEEP, NOTIFY, LOCK_TWO };
static const struct pg_statement statements[] = {
	[INSERT] = {"t_insert", "INSERT INTO t VALUES ($1::int)", 1},
	[COUNT] = {"t_count", "SELECT count(*), NULL, true, 'x', '\\x00ff'::bytea FROM t",
                   0},
	[SLEEP] = {"t_sleep", "SELECT pg_sleep($1::float)", 1},
	[NOTIFY] = {"t_notify", "SELECT pg_notify('test_channel', '')", 0},
	[LOCK_TWO] = {"t_lock", "UPDATE locks SET n = n + 1 WHERE id = $1::int", 1},
	{.name = NULL},
};
static const struct pg_statement *const tables[] = {statements, NULL};
static const char *const channels[] = {"test_channel", NULL};

static struct arena arena;
static uv_timer_t limit;
static struct pg *pg;
static int up = -1, notified, closed;
static char last_why[300];

static void on_state(void *context, bool is_up, const char *why)
{
	(void)context;
	up = is_up;
	(void)snprintf(last_why, sizeof(last_why), "%s", why);
}

static void on_notify(void *context, const char *channel)
{
	(void)context;
	assert_string_equal(channel, "test_channel");
	notified++;
}

static void on_limit(uv_timer_t *timer)
{
	(void)timer;
	check_failed(__FILE__, __LINE__, "too slow");
}

static void on_closed(void *context)
{
	(void)context;
	closed++;
}

/* Run the loop until @flag is @value. */
static void wait_for(const int *flag, int value)
{
	(void)uv_timer_start(&limit, on_limit, LIMIT, 0);
	while (*flag != value)
		(void)uv_run(uv_default_loop(), UV_RUN_ONCE);
	(void)uv_timer_stop(&limit);
}

static void open_pg(unsigned connections, const char *const *listen)
{
	const struct pg_options options = {
		.conninfo = database_conninfo(),
		.connections = connections,
		.queue_max = 50,
		.connect_timeout = 5000,
		.query_timeout = 2000,
		.statements = tables,
		.on_state = on_state,
		.on_notify = on_notify,
		.listen = listen,
	};

	up = -1;
	assert_int_equal(pg_open(uv_default_loop(), &options, &pg), 0);
	wait_for(&up, 1);
}

static void close_pg(void)
{
	closed = 0;
	pg_close(pg, on_closed, NULL);
	assert_int_equal(closed, 0);
	wait_for(&closed, 1);
	pg = NULL;
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 16 << 20);
	CHECK(uv_timer_init(uv_default_loop(), &limit) == 0);
	(void)database_run("DROP TABLE IF EXISTS t, locks;"
	                   "CREATE TABLE t (n int PRIMARY KEY CHECK (n < 1000));"
	                   "CREATE TABLE locks (id int PRIMARY KEY, n int);"
	                   "INSERT INTO locks VALUES (1, 0), (2, 0)");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (pg != NULL) /* the test failed before its end */
		close_pg();
	uv_close((uv_handle_t *)&limit, NULL);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	/* Nothing is left open: whoever stops duband waits for nothing. */
	assert_int_equal(uv_loop_alive(uv_default_loop()), 0);
	arena_finish(&arena);
	return 0;
}

/* A batch with what became of it. */
struct test_batch {
	struct pg_batch batch;
	int over, status;
	int64_t count;
};

static void on_done(struct pg_batch *batch, int status)
{
	struct test_batch *test = container_of(batch, struct test_batch, batch);

	test->over++;
	test->status = status;
}

static void on_count(struct pg_batch *batch, const struct pg_result *result)
{
	uint8_t bytes[] = {0, 255};

	assert_int_equal(pg_rows(result), 1);
	container_of(batch, struct test_batch, batch)->count = pg_integer(result, 0, 0);
	assert_true(pg_is_null(result, 0, 1));
	assert_string_equal(pg_text(result, 0, 1), "");
	assert_true(pg_bool(result, 0, 2));
	assert_int_equal(pg_bytes(result, 0, 4, &arena).len, 2);
	assert_memory_equal(pg_bytes(result, 0, 4, &arena).data, bytes, 2);
}

static void add(struct test_batch *test, int statement, int64_t number)
{
	size_t item = test->batch.count++;

	test->batch.done = on_done;
	test->batch.items[item].statement = &statements[statement];
	if (statements[statement].params == 1)
		test->batch.items[item].params[0] = pg_param_integer(&arena, number);
	if (statement == COUNT)
		test->batch.items[item].rows = on_count;
}

static struct test_batch *single(int statement, int64_t number)
{
	struct test_batch *test = arena_new(&arena, struct test_batch);

	add(test, statement, number);
	return test;
}

static void a_batch_is_one_transaction(void **state)
{
	struct test_batch *good = single(INSERT, 1), *bad = single(INSERT, 3);
	struct test_batch *twice = single(INSERT, 1), *count = single(COUNT, 0);

	(void)state;
	open_pg(1, NULL);
	add(good, INSERT, 2);
	add(bad, INSERT, 5000);
	add(bad, INSERT, 4);
	assert_int_equal(pg_send(pg, &good->batch), 0);
	assert_int_equal(pg_send(pg, &bad->batch), 0);
	assert_int_equal(pg_send(pg, &twice->batch), 0);
	assert_int_equal(pg_send(pg, &count->batch), 0);
	assert_int_equal(good->over, 0); /* never from inside the call */
	wait_for(&count->over, 1);
	assert_true(good->over == 1 && good->status == 0);
	assert_true(bad->over == 1 && bad->status == E_REFUSED);
	assert_non_null(strstr(pg_batch_error(&bad->batch), "23514"));
	assert_true(twice->over == 1 && twice->status == E_EXISTS);
	assert_true(count->status == 0 && count->count == 2); /* 3 was undone with 5000 */
	close_pg();
}

static void the_queue_is_bounded(void **state)
{
	struct test_batch *batches[60];
	int taken = 0;

	(void)state;
	open_pg(1, NULL);
	for (int i = 0; i < 60; i++) {
		batches[i] = single(INSERT, 100 + i);
		if (pg_send(pg, &batches[i]->batch) == 0)
			taken++;
	}
	assert_int_equal(taken, 50);
	wait_for(&batches[49]->over, 1);
	assert_int_equal(batches[50]->over, 0);
	close_pg();
	assert_int_equal(database_run("SELECT count(*) FROM t WHERE n >= 100"), 50);
}

/* Two servers that lock the same rows in another order: one is sent again, by itself. */
static void a_deadlock_is_retried(void **state)
{
	struct test_batch *a, *b;

	(void)state;
	open_pg(2, NULL);
	for (int round = 0; round < 2; round++) {
		a = single(LOCK_TWO, 1);
		b = single(LOCK_TWO, 2);
		a->batch.items[1].statement = &statements[SLEEP];
		a->batch.items[1].params[0] = pg_param_text("0.2");
		b->batch.items[1] = a->batch.items[1];
		a->batch.count = b->batch.count = 2;
		add(a, LOCK_TWO, 2);
		add(b, LOCK_TWO, 1);
		assert_int_equal(pg_send(pg, &a->batch), 0);
		assert_int_equal(pg_send(pg, &b->batch), 0);
		wait_for(&a->over, 1);
		wait_for(&b->over, 1);
		if (a->status != 0 || b->status != 0)
			fail_msg("%s (%u), %s (%u)", pg_batch_error(&a->batch),
			         a->batch.retries, pg_batch_error(&b->batch),
			         b->batch.retries);
	}
	close_pg();
	assert_int_equal(database_run("SELECT sum(n) FROM locks"), 8);
}

static void on_passed(uv_timer_t *timer)
{
	*(int *)timer->data = 1;
}

/* Let so many milliseconds pass on the loop. */
static void let_pass(uint64_t ms)
{
	int passed = 0;
	uv_timer_t timer;

	CHECK(uv_timer_init(uv_default_loop(), &timer) == 0);
	timer.data = &passed;
	(void)uv_timer_start(&timer, on_passed, ms, 0);
	wait_for(&passed, 1);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

/* A plan that is applied for seconds must not keep reports waiting behind it. */
static void a_slow_batch_holds_up_nobody(void **state)
{
	struct test_batch *slow = single(SLEEP, 0), *quick[20];

	(void)state;
	slow->batch.items[0].params[0] = pg_param_text("1.5");
	open_pg(2, NULL);
	assert_int_equal(pg_send(pg, &slow->batch), 0);
	let_pass(50);
	for (int i = 0; i < 20; i++) {
		quick[i] = single(SLEEP, 0);
		quick[i]->batch.items[0].params[0] = pg_param_text("0.03");
		assert_int_equal(pg_send(pg, &quick[i]->batch), 0);
		wait_for(&quick[i]->over, 1);
	}
	assert_int_equal(slow->over, 0);
	wait_for(&slow->over, 1);
	close_pg();
}

static void what_takes_too_long_is_stopped(void **state)
{
	struct test_batch *slow = single(SLEEP, 60);

	(void)state;
	open_pg(1, NULL);
	assert_int_equal(pg_send(pg, &slow->batch), 0);
	wait_for(&slow->over, 1);
	assert_int_equal(slow->status, E_DOWN); /* said by the database: nothing stored */
	assert_true(pg_is_up(pg));
	close_pg();
}

static void notifications_arrive(void **state)
{
	struct test_batch *notify = single(NOTIFY, 0);
	int before;

	(void)state;
	notified = 0;
	open_pg(1, channels);
	wait_for(&notified, 1); /* the listener came: whatever was missed is heard now */
	before = notified;
	assert_int_equal(pg_send(pg, &notify->batch), 0);
	wait_for(&notified, before + 1);
	wait_for(&notify->over, 1);
	close_pg();
}

/* Sent, then the backend is killed: nobody knows, and nobody says otherwise. */
static void a_lost_connection_is_unknown(void **state)
{
	struct test_batch *slow = single(SLEEP, 1), *after;

	(void)state;
	open_pg(1, NULL);
	assert_int_equal(pg_send(pg, &slow->batch), 0);
	(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	database_control("crash");
	wait_for(&slow->over, 1);
	assert_int_equal(slow->status, E_UNKNOWN);
	assert_int_equal(up, 0);
	after = single(COUNT, 0);
	assert_int_equal(pg_send(pg, &after->batch), E_DOWN);
	assert_false(pg_is_up(pg));
	database_control("start");
	wait_for(&up, 1); /* by itself */
	assert_int_equal(pg_send(pg, &after->batch), 0);
	wait_for(&after->over, 1);
	assert_int_equal(after->status, 0);
	close_pg();
}

/* An orderly stop tells why, and what it interrupts is known not to be stored. */
static void a_stop_is_told(void **state)
{
	struct test_batch *slow = single(SLEEP, 1);

	(void)state;
	open_pg(2, channels);
	assert_int_equal(pg_send(pg, &slow->batch), 0);
	(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	database_control("stop");
	wait_for(&slow->over, 1);
	assert_int_equal(slow->status, E_DOWN);
	wait_for(&up, 0);
	close_pg(); /* while it cannot connect */
	database_control("start");
}

/* A database that forgets is not served, and the operator reads why. */
static void fsync_off_is_refused(void **state)
{
	struct test_batch *count = single(COUNT, 0);

	(void)state;
	open_pg(1, NULL);
	(void)database_run("ALTER SYSTEM SET fsync = off");
	database_control("stop");
	wait_for(&up, 0);
	database_control("start");
	(void)uv_timer_start(&limit, on_limit, LIMIT, 0);
	while (strstr(last_why, "fsync is off") == NULL)
		(void)uv_run(uv_default_loop(), UV_RUN_ONCE);
	(void)uv_timer_stop(&limit);
	assert_int_equal(pg_send(pg, &count->batch), E_DOWN);
	(void)database_run("ALTER SYSTEM RESET fsync");
	(void)database_run("SELECT pg_reload_conf()");
	wait_for(&up, 1);
	close_pg();
}

/* Host names are looked up off the loop; a wrong one is told and tried again. */
static void an_unknown_host_is_told(void **state)
{
	const struct pg_options options = {
		.conninfo = "host=no-such-host.invalid,127.0.0.1 port=1,1",
		.connections = 1,
		.queue_max = 1,
		.connect_timeout = 5000,
		.query_timeout = 1000,
		.on_state = on_state,
	};

	(void)state;
	up = -1;
	assert_int_equal(pg_open(uv_default_loop(), &options, &pg), 0);
	wait_for(&up, 0);
	assert_non_null(strstr(last_why, "127.0.0.1"));
	close_pg();
}

static void nonsense_is_refused_at_once(void **state)
{
	const struct pg_options options = {.conninfo = "hots=x", .connections = 1};

	(void)state;
	assert_int_equal(pg_open(uv_default_loop(), &options, &pg), E_SYNTAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_is_one_transaction),     TEST(the_queue_is_bounded),
		TEST(a_deadlock_is_retried),          TEST(a_slow_batch_holds_up_nobody),
		TEST(what_takes_too_long_is_stopped), TEST(notifications_arrive),
		TEST(a_lost_connection_is_unknown),   TEST(a_stop_is_told),
		TEST(fsync_off_is_refused),           TEST(an_unknown_host_is_told),
		TEST(nonsense_is_refused_at_once),
	};

	(void)argc;
	database_enter(argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
