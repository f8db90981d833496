/* What a report takes the place of must be the newest that stands, or somebody's
 * correction vanishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "bench.h"
#include "client/agent/making.h"

static const struct place july = {"changsha-2022-55", "2", "2022-07"};
static const struct place august = {"changsha-2022-55", "2", "2022-08"};

static struct report with_started(struct bench *bench, const char *value)
{
	bench_figure(bench, "communities_started", value, "");
	return bench_report(bench);
}

static struct succession find(struct bench *bench)
{
	struct succession found;

	assert_int_equal(
		succession_find(bench->store, &bench->arena, &july, &found, NULL), 0);
	return found;
}

static void the_newest_revision_counts_whoever_sent_it(void **state)
{
	struct bench *bench = *state;
	struct report first = with_started(bench, "100个");
	struct report second = with_started(bench, "90个");
	struct history history;
	struct succession found = find(bench);

	assert_false(found.has_current);
	assert_null(succession_base(&found));
	bench_accept(bench, &second, "n-2",
	             2); /* the order of learning does not matter */
	bench_accept(bench, &first, "n-1", 1);
	bench_accept(bench, &first, "n-2", 7); /* known: nothing changes */
	found = find(bench);
	assert_string_equal(found.current.number, "n-2");
	assert_int_equal(found.current.revision, 2);
	assert_string_equal(found.before.number, "n-1");
	assert_int_equal(accepted_history(bench->store, &bench->arena, &august, &history),
	                 0);
	assert_int_equal(history.count, 1);
	assert_int_equal(history.reports[0].figures[0].value.digits, 90);
	assert_null(history.terms.current);
	assert_int_equal(accepted_history(bench->store, &bench->arena, &july, &history),
	                 0);
	assert_int_equal(history.count, 0);
	assert_string_equal(history.terms.current, "n-2");
	assert_int_equal(history.terms.revision, 2);
}

static void a_return_is_open_until_it_is_answered(void **state)
{
	struct bench *bench = *state;
	struct report first = with_started(bench, "100个");
	struct report second = with_started(bench, "90个");
	struct report third = with_started(bench, "80个");
	struct history history;
	struct returned returned;
	struct succession found;

	bench_accept(bench, &first, "n-1", 1);
	bench_accept(bench, &second, "n-2", 2);
	bench_return(bench, "n-2", 2, "communities_started", "核对");
	found = find(bench);
	assert_true(found.is_returned);
	assert_string_equal(returned_reason(&found.returned, "communities_started"),
	                    "核对");
	assert_null(returned_reason(&found.returned, "problems"));
	assert_int_equal(accepted_history(bench->store, &bench->arena, &july, &history),
	                 0);
	assert_int_equal(history.terms.return_due, 4);
	bench_accept(bench, &third, "n-3", 3);
	found = find(bench);
	assert_false(found.is_returned);
	assert_string_equal(found.before.number,
	                    "n-1"); /* n-2 was returned: it stands not */
	assert_int_equal(returned_get(bench->store, &bench->arena, "n-2", &returned), 0);
	assert_false(returned.open);
	assert_string_equal(returned.answered_by, "n-3");
	assert_int_equal(returned_get(bench->store, &bench->arena, "n-9", &returned),
	                 E_NOT_FOUND);
}

static void what_waits_comes_first_and_is_followed(void **state)
{
	struct bench *bench = *state;
	struct report first = with_started(bench, "100个");
	struct report second = with_started(bench, "101个");
	struct report third = with_started(bench, "102个");
	struct queue_entry head;
	struct succession found;
	int64_t row, next;

	bench_accept(bench, &first, "n-1", 1);
	row = bench_queue(bench, &second, 0);
	found = find(bench);
	assert_true(found.is_waiting);
	assert_int_equal(found.waiting.row, row);
	assert_int_equal(succession_base(&found)->figures[0].value.digits, 101);
	next = bench_queue(bench, &third, row);
	assert_int_equal(queue_head(bench->store, &bench->arena, &head), 0);
	assert_int_equal(head.row, row);
	/* Held or put off, the first still comes first. */
	assert_int_equal(queue_retry(bench->store, row, 99, true, "held"), 0);
	assert_int_equal(queue_head(bench->store, &bench->arena, &head), 0);
	assert_int_equal(head.row, row);
	assert_int_equal(queue_refuse(bench->store, row, "no", "[]", 5), 0);
	assert_int_equal(queue_head(bench->store, &bench->arena, &head), 0);
	assert_int_equal(head.row, next);
	assert_int_equal(head.follows, row);
	assert_int_equal(queue_complete(bench->store, next, head.payload,
	                                bytes_of_str("signed")),
	                 0);
	assert_int_equal(queue_get(bench->store, &bench->arena, next, &head), 0);
	assert_int_equal(head.follows, 0);
	assert_int_equal(queue_find_earlier(bench->store, &bench->arena, &july, &head),
	                 E_NOT_FOUND);
	assert_int_equal(queue_find_earlier(bench->store, &bench->arena, &august, &head),
	                 0);
}

static void the_same_statement_is_no_change(void **state)
{
	struct bench *bench = *state;
	struct report a, b;

	bench_figure(bench, "households_started", "2.35万户", "");
	a = bench_report(bench);
	bench_figure(bench, "households_started", "23500户", "");
	b = bench_report(bench);
	b.made_at = 99;
	b.approved_by.at = 99;
	b.change_reason = "别的原因";
	assert_true(succession_same(&a, &b));
	b.texts.problems = "有";
	assert_false(succession_same(&a, &b));
	b.texts.problems = a.texts.problems;
	b.approved_by.name = "李四";
	assert_false(succession_same(&a, &b));
	b.approved_by.name = a.approved_by.name;
	b.kind = REPORT_NO_CHANGE;
	assert_false(succession_same(&a, &b));
	bench_figure(bench, "households_started", "约23500户", "");
	b = bench_report(bench);
	assert_false(succession_same(&a, &b));
	bench_figure(bench, "households_started", "23500户", "核实过");
	b = bench_report(bench);
	assert_false(succession_same(&a, &b));
}

static void the_oldest_are_forgotten_the_newest_kept(void **state)
{
	struct bench *bench = *state;
	struct report report = with_started(bench, "1个");
	char number[24];

	assert_int_equal(store_begin(bench->store), 0);
	for (int i = 0; i <= ACCEPTED_MAX; i++) {
		(void)snprintf(number, sizeof(number), "n-%d", i);
		bench_accept(bench, &report, number, (uint32_t)i + 1);
		if (i % 1000 == 0) {
			arena_finish(&bench->arena);
			report = with_started(bench, "1个");
		}
	}
	assert_int_equal(store_commit(bench->store), 0);
	assert_int_equal(accepted_forget_old(bench->store), 0);
	assert_false(accepted_has(bench->store, "n-0"));
	assert_true(accepted_has(bench->store, "n-1"));
	assert_true(accepted_has(bench->store, number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_newest_revision_counts_whoever_sent_it, bench_set_up,
			bench_tear_down),
		cmocka_unit_test_setup_teardown(a_return_is_open_until_it_is_answered,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(what_waits_comes_first_and_is_followed,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(the_same_statement_is_no_change,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_are_forgotten_the_newest_kept,
	                                        bench_set_up, bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
