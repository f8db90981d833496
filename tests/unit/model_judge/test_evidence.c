/*
 * Which figures count. What a user would lose: a district would be judged by a figure
 * that the bureau found to be untrue, or credit itself with villages that nobody
 * accepted.
 */
#include "model/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct figure figures[2];
static struct figure_check checks[2];
static struct evidence evidence;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	figures[0] = (struct figure){"planned", q("40个"), ""};
	figures[1] = (struct figure){"started", q("20个"), ""};
	memset(checks, 0, sizeof(checks));
	checks[0] = (struct figure_check){.indicator = "started", .at = 1};
	evidence = (struct evidence){.figures = figures,
	                             .figure_count = 2,
	                             .checks = checks,
	                             .check_count = 1};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static struct counted counted(void)
{
	struct counted counted;

	evidence_count(&by_hand.target, &by_hand.units[YUHUA], &evidence, &counted);
	return counted;
}

static void assert_quantity(const struct quantity *found, const char *wanted)
{
	char text[QUANTITY_TEXT_MAX];

	quantity_print(found, text);
	assert_string_equal(text, wanted);
}

static void test_what_nobody_looked_at_counts_as_reported(void **state)
{
	struct counted found;

	(void)state;
	evidence.check_count = 0;
	found = counted();
	assert_true(found.has_done);
	assert_quantity(&found.done, "20个");
	assert_int_equal(found.standing, FIGURE_REPORTED);
	assert_int_equal(found.wait, WAIT_NONE);
	assert_false(evidence_differs(&found));
	assert_string_equal(evidence_explain(&arena, &found), "");
	evidence.passed = true;
	assert_int_equal(counted().standing, FIGURE_CHECKED);
	checks[0].standing = FIGURE_SEEN;
	evidence.check_count = 1;
	assert_int_equal(counted().standing, FIGURE_SEEN);
	evidence.figure_count = 1; /* the report does not give it */
	found = counted();
	assert_false(found.has_done || found.has_reported);
	assert_int_equal(found.standing, 0);
}

static void test_a_withdrawn_figure_gives_way_to_an_earlier_one(void **state)
{
	struct counted found;

	(void)state;
	checks[0].standing = FIGURE_WITHDRAWN;
	found = counted();
	assert_false(found.has_done);
	assert_quantity(&found.reported, "20个");
	assert_string_equal(evidence_explain(&arena, &found),
	                    "；填报20个，复核不实，不计");
	checks[0].earlier = q("12个");
	checks[0].earlier_period = "2022-08";
	found = counted();
	assert_true(found.has_done);
	assert_quantity(&found.done, "12个");
	assert_int_equal(found.standing, FIGURE_WITHDRAWN);
	assert_true(evidence_differs(&found));
	assert_string_equal(evidence_explain(&arena, &found),
	                    "；填报20个，复核不实，按2022年8月的12个计");
}

static void test_with_a_checker_it_counts_as_far_as_it_was_seen(void **state)
{
	struct counted found;

	(void)state;
	by_hand.indicators[STARTED].checker = &by_hand.departments[1];
	evidence.check_count = 0;
	found = counted();
	assert_true(found.has_done);
	assert_quantity(&found.done, "0个");
	assert_int_equal(found.wait, WAIT_CHECK);
	assert_string_equal(evidence_explain(&arena, &found),
	                    "；填报20个，待核验，已核验0个");
	evidence.check_count = 1;
	checks[0].seen = q("15个"); /* in an earlier period */
	found = counted();
	assert_quantity(&found.done, "15个");
	assert_int_equal(found.wait, WAIT_CHECK);
	checks[0].seen = q("20个");
	found = counted();
	assert_quantity(&found.done, "20个");
	assert_int_equal(found.wait, WAIT_NONE);
	checks[0].seen = q("25个"); /* the unit itself says less now */
	found = counted();
	assert_quantity(&found.done, "20个");
	checks[0].standing = FIGURE_WITHDRAWN; /* never more than what stands */
	checks[0].earlier = q("10个");
	found = counted();
	assert_quantity(&found.done, "10个");
	assert_int_equal(found.wait, WAIT_NONE);
}

static void test_with_acceptance_it_counts_as_far_as_it_was_accepted(void **state)
{
	struct counted found;
	struct quantity value;

	(void)state;
	by_hand.target.acceptance = &by_hand.departments[1];
	checks[0].seen = q("20个"); /* seen is not accepted */
	found = counted();
	assert_quantity(&found.done, "0个");
	assert_int_equal(found.wait, WAIT_ACCEPTANCE);
	checks[0].accepted = q("18个");
	found = counted();
	assert_quantity(&found.done, "18个");
	assert_string_equal(evidence_explain(&arena, &found),
	                    "；填报20个，待验收，已验收18个");
	assert_true(evidence_value(&by_hand.target, &by_hand.units[YUHUA],
	                           &by_hand.indicators[STARTED], &evidence, &value));
	assert_quantity(&value, "18个");
	checks[0].accepted = q("20个");
	assert_int_equal(counted().wait, WAIT_NONE);
}

/* A share of what counts, not of what was said. */
static void test_a_share_is_of_what_counts(void **state)
{
	struct counted found;

	(void)state;
	by_hand.target.indicator = &by_hand.indicators[RATE];
	evidence.check_count = 0;
	found = counted();
	assert_quantity(&found.done, "50.0%");
	checks[0].standing = FIGURE_WITHDRAWN;
	checks[0].earlier = q("10个");
	evidence.check_count = 1;
	found = counted();
	assert_quantity(&found.done, "25.0%");
	assert_quantity(&found.reported, "50.0%");
	assert_int_equal(found.standing, FIGURE_WITHDRAWN);
	checks[0].indicator = "planned";
	checks[0].earlier = (struct quantity){.unit = NULL};
	assert_false(counted().has_done);
}

/* The city's sums take what stands, whether or not it was seen by its checker. */
static void test_sums_take_what_stands(void **state)
{
	const struct figure *standing;
	size_t count;

	(void)state;
	by_hand.indicators[STARTED].checker = &by_hand.departments[1];
	evidence.check_count = 0;
	assert_int_equal(evidence_figures(&arena, &evidence, &standing, &count), 0);
	assert_ptr_equal(standing, figures);
	evidence.check_count = 1;
	checks[0].standing = FIGURE_WITHDRAWN;
	assert_int_equal(evidence_figures(&arena, &evidence, &standing, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(standing[0].indicator, "planned");
	checks[0].earlier = q("12个");
	assert_int_equal(evidence_figures(&arena, &evidence, &standing, &count), 0);
	assert_int_equal(count, 2);
	assert_quantity(&standing[1].value, "12个");
	assert_quantity(&figures[1].value, "20个"); /* what was signed stays */
}

#define EVIDENCE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVIDENCE_TEST(test_what_nobody_looked_at_counts_as_reported),
		EVIDENCE_TEST(test_a_withdrawn_figure_gives_way_to_an_earlier_one),
		EVIDENCE_TEST(test_with_a_checker_it_counts_as_far_as_it_was_seen),
		EVIDENCE_TEST(test_with_acceptance_it_counts_as_far_as_it_was_accepted),
		EVIDENCE_TEST(test_a_share_is_of_what_counts),
		EVIDENCE_TEST(test_sums_take_what_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
