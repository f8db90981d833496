/* A district that is not reminded of a due report is late, and blamed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../model_plan/folder.h"
#include "client/agent/remind.h"

struct seen {
	struct {
		const char *section;
		struct period period;
		enum remind_stage stage;
	} items[40];
	size_t count;
	const char *reported; /* this section was reported */
};

static struct folder folder;
static const struct plan *plan;

static int open_plan(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	return 0;
}

static int close_plan(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static bool has(void *context, const struct plan_section *section,
                const struct period *period)
{
	struct seen *seen = context;

	(void)period;
	return seen->reported != NULL && strcmp(section->id, seen->reported) == 0;
}

static void visit(void *context, const struct remind_item *item)
{
	struct seen *seen = context;

	assert_true(seen->count < 40);
	seen->items[seen->count].section = item->section->id;
	seen->items[seen->count].period = item->period;
	seen->items[seen->count++].stage = item->stage;
}

static struct seen look(const char *unit, int64_t now, const char *reported)
{
	struct seen seen = {.reported = reported};

	remind_find(&(struct remind_query){.plan = plan,
	                                   .unit = unit,
	                                   .now = now,
	                                   .has = has,
	                                   .visit = visit,
	                                   .context = &seen});
	return seen;
}

static void by_the_plans_own_times(void **state)
{
	struct period period = {.frequency = MONTHLY, .year = 2022, .number = 9};
	struct period_times times;
	struct seen seen;

	(void)state;
	period_times(plan, &period, &times);
	/* Before the National Day holiday, and so before the cut-off; August is lost. */
	assert_true(times.remind < times.cutoff);
	seen = look("430111", times.remind, NULL);
	assert_int_equal(seen.count, 10);
	assert_int_equal(seen.items[0].stage, REMIND_LOCKED);
	assert_int_equal(seen.items[0].period.number, 8);
	assert_int_equal(seen.items[5].stage, REMIND_DUE_SOON);
	assert_int_equal(seen.items[5].period.number, 9);
	assert_int_equal(look("430111", times.remind - 1, NULL).count, 5);
	assert_int_equal(look("430111", times.remind, "2").count, 8);
	seen = look("430111", times.due, NULL);
	assert_int_equal(seen.items[0].stage, REMIND_DUE_SOON);
	seen = look("430111", times.due + 1, NULL);
	assert_int_equal(seen.items[0].stage, REMIND_OVERDUE);
	seen = look("430111", times.lock + 1, NULL);
	assert_int_equal(seen.items[0].stage, REMIND_LOCKED);
}

/* Only what the unit is asked for: section 4 is for six districts and one county. */
static void others_are_left_alone(void **state)
{
	struct period period = {.frequency = MONTHLY, .year = 2022, .number = 9};
	struct period_times times;
	struct seen seen;

	(void)state;
	period_times(plan, &period, &times);
	seen = look("430181", times.due, NULL);
	for (size_t i = 0; i < seen.count; i++)
		assert_string_not_equal(seen.items[i].section, "4");
	assert_int_equal(look("999999", times.due, NULL).count, 0);
	assert_int_equal(look("430111", 0, NULL).count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_plans_own_times),
		cmocka_unit_test(others_are_left_alone),
	};

	return cmocka_run_group_tests(tests, open_plan, close_plan);
}
