/* A district that put a report in is blamed when it is lost: the queue must not lose it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/auto.h"
#include "base/err.h"
#include "client/agent/queue.h"

struct bench {
	char folder[64];
	struct store *store;
	struct arena arena;
};

static struct store *open_store(struct bench *bench)
{
	struct store *store = NULL;
	const char *why = "";

	if (store_open(bench->folder, &store, &why) < 0)
		fail_msg("%s", why);
	return store;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	(void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/duban-queue-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	bench->store = open_store(bench);
	arena_init(&bench->arena, 16u << 20);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	struct bench *bench = *state;
	char path[128];

	store_close(bench->store);
	arena_finish(&bench->arena);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/agent.sqlite%s", bench->folder,
		               names[i]);
		(void)unlink(path);
	}
	(void)rmdir(bench->folder);
	free(bench);
	return 0;
}

static struct queue_entry entry_of(uint8_t id)
{
	struct queue_entry entry = {.source = "a.yaml",
	                            .plan = "p",
	                            .plan_version = 1,
	                            .section = "2",
	                            .period = "2022-07",
	                            .payload = bytes_of_str("payload"),
	                            .request = bytes_of_str("request"),
	                            .wall_queued_at = 1};

	memset(entry.report_id, id, sizeof(entry.report_id));
	memset(entry.file_hash, id, sizeof(entry.file_hash));
	return entry;
}

static int64_t put(struct store *store, uint8_t id)
{
	struct queue_entry entry = entry_of(id);
	int64_t row = 0;

	assert_int_equal(queue_put(store, &entry, &row), 0);
	return row;
}

static const struct receipt_body body = {.number = "2022-07-430111-02-0001",
                                         .received_at = 5,
                                         .due_at = 6,
                                         .timeliness = LATE};

static void what_goes_in_comes_out(void **state)
{
	struct bench *bench = *state;
	struct queue_entry entry;
	int64_t row = put(bench->store, 1);

	store_close(bench->store);
	bench->store = open_store(bench); /* another process, or after a restart */
	assert_int_equal(queue_head(bench->store, &bench->arena, &entry), 0);
	assert_int_equal(entry.row, row);
	assert_string_equal(entry.source, "a.yaml");
	assert_true(bytes_equal(entry.payload, bytes_of_str("payload")));
	assert_true(bytes_equal(entry.request, bytes_of_str("request")));
	assert_int_equal(entry.report_id[15], 1);
	assert_int_equal(entry.state, QUEUE_WAITING);
}

static void in_order_and_held_ones_last(void **state)
{
	struct bench *bench = *state;
	int64_t first = put(bench->store, 1), second = put(bench->store, 2);
	struct queue_entry entry;

	assert_int_equal(queue_head(bench->store, &bench->arena, &entry), 0);
	assert_int_equal(entry.row, first);
	assert_int_equal(queue_retry(bench->store, first, 99, true, "certificate"), 0);
	assert_int_equal(queue_head(bench->store, &bench->arena, &entry), 0);
	assert_int_equal(entry.row, second);
	assert_int_equal(queue_refuse(bench->store, second, "no", "[]", 9), 0);
	assert_int_equal(queue_head(bench->store, &bench->arena, &entry), 0);
	assert_int_equal(entry.row, first);
	assert_true(entry.held);
	assert_int_equal(entry.attempts, 1);
	assert_string_equal(entry.error, "certificate");
	assert_int_equal(queue_hurry(bench->store, false), 0);
	assert_int_equal(queue_get(bench->store, &bench->arena, first, &entry), 0);
	assert_int_equal(entry.wall_next_at, 99);
	assert_int_equal(queue_hurry(bench->store, true), 0);
	assert_int_equal(queue_get(bench->store, &bench->arena, first, &entry), 0);
	assert_int_equal(entry.wall_next_at, 0);
	assert_false(entry.held);
}

static void a_receipt_ends_it_and_is_kept(void **state)
{
	struct bench *bench = *state;
	int64_t row = put(bench->store, 1);
	struct queue_entry entry;

	assert_true(queue_has(bench->store, "p", "2", "2022-07"));
	assert_int_equal(queue_acknowledge(bench->store, row, bytes_of_str("receipt"),
	                                   &body, "[]", 9),
	                 0);
	assert_int_equal(queue_head(bench->store, &bench->arena, &entry), E_NOT_FOUND);
	assert_int_equal(queue_get(bench->store, &bench->arena, row, &entry), 0);
	assert_int_equal(entry.state, QUEUE_ACKNOWLEDGED);
	assert_true(bytes_equal(entry.receipt, bytes_of_str("receipt")));
	assert_string_equal(entry.number, body.number);
	assert_int_equal(entry.timeliness, LATE);
	assert_string_equal(store_get_text(bench->store, &bench->arena, "last_receipt"),
	                    body.number);
	/* A late answer of an earlier attempt must not open it again. */
	assert_int_equal(queue_retry(bench->store, row, 1, false, "late"), 0);
	assert_int_equal(queue_refuse(bench->store, row, "late", "[]", 1), 0);
	assert_int_equal(queue_get(bench->store, &bench->arena, row, &entry), 0);
	assert_int_equal(entry.state, QUEUE_ACKNOWLEDGED);
	assert_true(queue_has(bench->store, "p", "2", "2022-07"));
}

static void a_file_is_found_by_its_content(void **state)
{
	struct bench *bench = *state;
	struct queue_entry entry = entry_of(7), found;
	int64_t row = put(bench->store, 7);

	assert_int_equal(
		queue_find_file(bench->store, &bench->arena, entry.file_hash, &found), 0);
	assert_int_equal(found.row, row);
	entry.file_hash[31] ^= 1;
	assert_int_equal(queue_find_file(bench->store, &bench->arena, entry.file_hash,
	                                 &found),
	                 E_NOT_FOUND);
	/* One id is one report, whatever a program does. */
	assert_int_equal(queue_put(bench->store, &entry, &row), E_EXISTS);
	assert_int_equal(queue_count(bench->store, QUEUE_WAITING), 1);
}

static void it_has_a_bound(void **state)
{
	struct bench *bench = *state;
	struct queue_entry entry = entry_of(0);
	int64_t row;
	int r = 0;

	assert_int_equal(
		store_run(bench->store, SQL("PRAGMA synchronous = OFF"), NULL, NULL), 0);
	for (uint16_t i = 0; r == 0 && i <= QUEUE_WAITING_MAX; i++) {
		memcpy(entry.report_id, &i, sizeof(i));
		r = queue_put(bench->store, &entry, &row);
	}
	assert_int_equal(r, E_LIMIT);
	assert_int_equal(queue_count(bench->store, QUEUE_WAITING), QUEUE_WAITING_MAX);
}

/* The child puts reports in and says so by a byte for each; it is killed at a moment of
 * chance; what it said must be there. */
static void killed_at_any_moment_what_was_put_is_there(void **state)
{
	struct bench *bench = *state;
	uint8_t next = 1;

	for (int round = 0; round < 8; round++) {
		int pipe_fds[2], status;
		uint8_t said = 0, last = 0;
		pid_t child;

		assert_int_equal(pipe(pipe_fds), 0);
		child = fork();
		if (child == 0) {
			struct store *store = open_store(bench);

			for (uint8_t id = next;; id++) {
				(void)put(store, id);
				if (write(pipe_fds[1], &id, 1) != 1)
					_exit(1);
			}
		}
		(void)close(pipe_fds[1]);
		for (int i = 0; i <= round && read(pipe_fds[0], &said, 1) == 1; i++)
			last = said;
		(void)kill(child, SIGKILL);
		(void)waitpid(child, &status, 0);
		while (read(pipe_fds[0], &said, 1) == 1)
			last = said;
		(void)close(pipe_fds[0]);
		for (uint8_t id = 1; id <= last; id++) {
			struct queue_entry wanted = entry_of(id), found;

			assert_int_equal(queue_find_file(bench->store, &bench->arena,
			                                 wanted.file_hash, &found),
			                 0);
			assert_memory_equal(found.report_id, wanted.report_id, 16);
		}
		next = (uint8_t)(queue_count(bench->store, QUEUE_WAITING) + 1);
		arena_finish(&bench->arena);
	}
}

static void a_damaged_file_is_refused(void **state)
{
	struct bench *bench = *state;
	struct store *store = NULL;
	const char *why = "";
	char path[128];
	FILE *out;

	store_close(TAKE(bench->store));
	(void)snprintf(path, sizeof(path), "%s/agent.sqlite", bench->folder);
	out = fopen(path, "w");
	(void)fputs(
		"this is no database, and long enough not to be taken for an empty one",
		out);
	for (int i = 0; i < 100; i++)
		(void)fputs("..................................................", out);
	(void)fclose(out);
	assert_int_equal(store_open(bench->folder, &store, &why), E_CORRUPT);
	assert_non_null(strstr(why, "损坏"));
	assert_int_equal(store_open("/proc/nowhere", &store, &why), E_IO);
}

static void a_newer_schema_is_refused(void **state)
{
	struct bench *bench = *state;
	struct store *store = NULL;
	const char *why = "";

	assert_int_equal(
		store_run(bench->store, SQL("PRAGMA user_version = 99"), NULL, NULL), 0);
	store_close(TAKE(bench->store));
	assert_int_equal(store_open(bench->folder, &store, &why), E_VERSION);
}

static void plan_time_is_the_centres_in_a_rehearsal(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(store_plan_now(bench->store, 1000), 1000);
	assert_int_equal(store_set_plan_time(bench->store, 77, true, 1), 0);
	assert_int_equal(store_plan_now(bench->store, 1000), 77);
	assert_int_equal(store_set_plan_time(bench->store, 88, false, 1), 0);
	assert_int_equal(store_plan_now(bench->store, 1000), 1000);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_goes_in_comes_out),
		TEST(in_order_and_held_ones_last),
		TEST(a_receipt_ends_it_and_is_kept),
		TEST(a_file_is_found_by_its_content),
		TEST(it_has_a_bound),
		TEST(killed_at_any_moment_what_was_put_is_there),
		TEST(a_damaged_file_is_refused),
		TEST(a_newer_schema_is_refused),
		TEST(plan_time_is_the_centres_in_a_rehearsal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
