/* An alert that is lost, or told twice, is one that nobody believes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/agent/inbox.h"

static char folder[64];
static struct store *store;

static int set_up(void **state)
{
	const char *why = "";

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/duban-inbox-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return store_open(folder, &store, &why);
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	store_close(store);
	(void)snprintf(path, sizeof(path), "%s/agent.sqlite", folder);
	(void)unlink(path);
	return rmdir(folder);
}

static bool take(uint64_t cursor)
{
	Duban__V1__Alert alert = DUBAN__V1__ALERT__INIT;
	bool is_new = false;

	alert.cursor = cursor;
	assert_int_equal(inbox_put(store, &alert, 1, &is_new), 0);
	return is_new;
}

static void cursor_and_alert_move_together(void **state)
{
	(void)state;
	assert_int_equal(inbox_cursor(store), 0);
	assert_true(take(3));
	assert_int_equal(inbox_cursor(store), 3);
	assert_false(take(3)); /* sent again after a break */
	assert_true(take(9));
	assert_true(take(5)); /* out of order: kept, and the cursor does not go back */
	assert_int_equal(inbox_cursor(store), 9);
}

static int count(void *context, const struct inbox_alert *alert)
{
	(void)alert;
	++*(int *)context;
	return 0;
}

static void it_has_a_bound(void **state)
{
	struct arena arena;
	int seen = 0;
	struct inbox_query query = {.arena = &arena,
	                            .limit = 2 * INBOX_MAX,
	                            .visit = count,
	                            .context = &seen};

	(void)state;
	arena_init(&arena, 64u << 20);
	assert_int_equal(store_run(store,
	                           SQL("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
	                               "SELECT i + 1 FROM n "
	                               "WHERE i < ?1) INSERT INTO alert SELECT i, 1, 0, "
	                               "'', '', '', 0, "
	                               "0, 0, '', '', 0, 0 FROM n",
	                               sql_int(INBOX_MAX)),
	                           NULL, NULL),
	                 0);
	assert_true(take(INBOX_MAX + 1));
	assert_true(take(INBOX_MAX + 2));
	assert_int_equal(inbox_list(store, &query), 0);
	assert_int_equal(seen, INBOX_MAX);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cursor_and_alert_move_together, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(it_has_a_bound, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
