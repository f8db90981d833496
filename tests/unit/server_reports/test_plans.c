/*
 * Plans in memory: if a version were missed, reports would be judged by rules that are no
 * longer in force; if one were freed early, the server would crash in the middle of one.
 */
#include "server/plans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "server/judge.h"
#include "server/server.h"
#include "server/store_plan.h"

static struct server srv;
static struct plans *plans;

static struct {
	struct store_plan_list *list;
	struct store_plan_files *files;
	struct work_job *job;
	int list_result, read;
	const char *id; /* of the plan that reading gives */
	unsigned changes, wakes, waits;
	int wait_status;
	struct store_plan_row rows[2];
} fake;

int store_plan_list(struct store *store, struct store_plan_list *list)
{
	(void)store;
	assert_true(list->current_only);
	fake.list = fake.list_result == 0 ? list : NULL;
	return fake.list_result;
}

int store_plan_files(struct store *store, struct store_plan_files *files)
{
	(void)store;
	fake.files = files;
	return 0;
}

int work_submit(struct work *work, struct work_job *job)
{
	(void)work;
	fake.job = job;
	return 0;
}

int plan_read(struct arena *arena, const struct plan_file *files, size_t count,
              struct yaml_problems *problems, struct yaml_problems *warnings,
              const struct plan **ret_plan)
{
	struct plan *plan = arena_new(arena, struct plan);

	(void)files;
	(void)count;
	(void)problems;
	(void)warnings;
	plan->id = fake.id;
	if (fake.read == 0)
		*ret_plan = plan;
	return fake.read;
}

void judge_wake(struct judge *judge)
{
	(void)judge;
	fake.wakes++;
}

static void on_changed(void *context, const struct plan_version *version)
{
	assert_ptr_equal(context, &fake);
	assert_ptr_equal(version, plans_get(plans, version->plan->id));
	fake.changes++;
}

static void on_waited(struct plans_wait *wait, int status)
{
	(void)wait;
	fake.waits++;
	fake.wait_status = status;
}

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	log_set_fd(-1);
	assert_int_equal(plans_create(&srv, &plans), 0);
	plans_listen(plans, on_changed, &fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_false(plans_is_busy(plans));
	plans_destroy(plans);
	return 0;
}

static void listed(int status, size_t count)
{
	struct store_plan_list *list = fake.list;

	fake.list = NULL;
	assert_non_null(list);
	list->rows = fake.rows;
	list->count = count;
	list->done(list, status);
}

static void fetched(int status)
{
	struct store_plan_files *files = fake.files;

	fake.files = NULL;
	assert_non_null(files);
	files->done(files, status);
}

static void read_plan(const char *id, int status)
{
	struct work_job *job = fake.job;

	fake.job = NULL;
	fake.id = id;
	fake.read = status;
	assert_non_null(job);
	job->run(job);
	job->done(job);
}

/* As if @id had been applied as @version, and this server heard of it. */
static void follow(const char *id, uint32_t version)
{
	fake.rows[0] = (struct store_plan_row){.plan = id, .version = version};
	assert_int_equal(plans_refresh(plans, NULL), 0);
	listed(0, 1);
	fetched(0);
	read_plan(id, 0);
}

static void test_what_was_applied_is_taken_over(void **state)
{
	struct plans_wait wait = {.done = on_waited};

	(void)state;
	fake.rows[0] =
		(struct store_plan_row){.plan = "b", .version = 3, .applied_at = 42};
	fake.rows[1] = (struct store_plan_row){.plan = "a", .version = 1};
	assert_int_equal(plans_refresh(plans, &wait), 0);
	listed(0, 2);
	fetched(0);
	read_plan("b", 0);
	fetched(0);
	read_plan("a", 0);
	assert_int_equal(fake.waits, 1);
	assert_int_equal(fake.wait_status, 0);
	assert_int_equal(plans_count(plans), 2);
	assert_string_equal(plans_at(plans, 0)->plan->id, "a");
	assert_int_equal(plans_get(plans, "b")->version, 3);
	assert_int_equal(plans_get(plans, "b")->applied_at, 42);
	assert_null(plans_get(plans, NULL)); /* there are two */
	assert_null(plans_get(plans, "c"));
	assert_int_equal(fake.changes, 2);
	assert_int_equal(fake.wakes, 2);
}

static void test_a_version_in_memory_is_not_read_again(void **state)
{
	(void)state;
	follow("a", 1);
	assert_int_equal(plans_refresh(plans, NULL), 0);
	listed(0, 1);
	assert_null(fake.files);
	assert_int_equal(fake.changes, 1);
	assert_int_equal(plans_get(plans, "")->version, 1);
}

static void test_who_stopped_listening_is_told_no_more(void **state)
{
	(void)state;
	plans_unlisten(plans, &srv); /* never listened */
	plans_unlisten(plans, &fake);
	follow("a", 1);
	assert_int_equal(fake.changes, 0);
}

/* A report that is being judged keeps the version that it is judged by. */
static void test_a_version_in_use_outlives_its_successor(void **state)
{
	const struct plan_version *used;

	(void)state;
	follow("a", 1);
	used = plan_version_ref(plans_get(plans, "a"));
	follow("a", 2);
	assert_int_equal(plans_get(plans, "a")->version, 2);
	assert_int_equal(used->version, 1);
	assert_string_equal(used->plan->id, "a");
	plan_version_unref(used);
}

/* The running one may have listed too early for the second to rely on it. */
static void test_who_asks_during_a_refresh_waits_for_the_next(void **state)
{
	struct plans_wait first = {.done = on_waited}, second = {.done = on_waited},
			  third = {.done = on_waited};

	(void)state;
	assert_int_equal(plans_refresh(plans, &first), 0);
	assert_int_equal(plans_refresh(plans, &second), 0);
	assert_int_equal(plans_refresh(plans, &third), 0);
	listed(0, 0);
	assert_int_equal(fake.waits, 1);
	listed(0, 0);
	assert_int_equal(fake.waits, 3);
}

static void test_the_database_away_leaves_everything_as_it_was(void **state)
{
	struct plans_wait wait = {.done = on_waited};

	(void)state;
	follow("a", 1);
	assert_int_equal(plans_refresh(plans, &wait), 0);
	listed(E_DOWN, 0);
	assert_int_equal(fake.wait_status, E_DOWN);
	fake.rows[0].version = 2;
	assert_int_equal(plans_refresh(plans, &wait), 0);
	listed(0, 1);
	fetched(E_UNKNOWN);
	assert_int_equal(fake.wait_status, E_UNKNOWN);
	assert_int_equal(plans_get(plans, "a")->version, 1);
	fake.list_result = E_DOWN;
	assert_int_equal(plans_refresh(plans, &wait), E_DOWN);
	assert_int_equal(fake.waits, 2);
}

/* Applied by a newer program: this one goes on with what it understands. */
static void test_an_unreadable_version_does_not_replace_a_good_one(void **state)
{
	struct plans_wait wait = {.done = on_waited};

	(void)state;
	follow("a", 1);
	fake.rows[0].version = 2;
	assert_int_equal(plans_refresh(plans, &wait), 0);
	listed(0, 1);
	fetched(0);
	read_plan("a", E_SYNTAX);
	assert_int_equal(fake.wait_status, E_CORRUPT);
	assert_int_equal(plans_get(plans, "a")->version, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_applied_is_taken_over),
		TEST(test_a_version_in_memory_is_not_read_again),
		TEST(test_who_stopped_listening_is_told_no_more),
		TEST(test_a_version_in_use_outlives_its_successor),
		TEST(test_who_asks_during_a_refresh_waits_for_the_next),
		TEST(test_the_database_away_leaves_everything_as_it_was),
		TEST(test_an_unreadable_version_does_not_replace_a_good_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
