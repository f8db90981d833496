/* Lights: a wrong one presses somebody who is on time, or leaves alone who is not. */
#include "model/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

static int64_t expected(const char *date)
{
	int64_t tenths = -1;

	assert_true(progress_expected(&by_hand.target, DAY_NONE, on(date), &tenths));
	return tenths;
}

static struct standing judge(const char *task, const char *done, const char *date)
{
	struct quantity whole = q(task), part;
	struct standing standing;

	if (done != NULL)
		part = q(done);
	progress_judge(&by_hand.plan, &by_hand.target, &whole, DAY_NONE,
	               done != NULL ? &part : NULL, on(date), &standing);
	return standing;
}

static void assert_explains(const struct standing *standing, const char *date,
                            const char *text)
{
	assert_string_equal(progress_explain(&by_hand.arena, &by_hand.plan,
	                                     &by_hand.target, standing, on(date)),
	                    text);
}

/* 1461 days from 2022-01-01 to the end of 2025: each day counts at its end. */
static void test_line(void **state)
{
	(void)state;
	assert_int_equal(expected("2021-12-31"), 0);
	assert_int_equal(expected("2020-01-01"), 0);
	assert_int_equal(expected("2022-01-01"), 1);   /* 1/1461 = 0.068 % */
	assert_int_equal(expected("2022-09-30"), 187); /* 273/1461 = 18.69 % */
	assert_int_equal(expected("2022-12-31"), 250); /* 365/1461 = 24.98 % */
	assert_int_equal(expected("2025-12-30"), 999); /* 1460/1461 = 99.93 % */
	assert_int_equal(expected("2025-12-31"), 1000);
	assert_int_equal(expected("2030-01-01"), 1000);
}

/* A district with an earlier date of its own is expected to be done by it. */
static void test_own_deadline(void **state)
{
	int64_t tenths;

	(void)state;
	assert_true(progress_expected(&by_hand.target, on("2022-12-31"), on("2022-09-30"),
	                              &tenths));
	assert_int_equal(tenths, 748); /* 273/365 */
	assert_true(progress_expected(&by_hand.target, on("2022-12-31"), on("2022-12-31"),
	                              &tenths));
	assert_int_equal(tenths, 1000);
}

/* All started by the end of September, as a province asks: no straight line. */
static void test_table(void **state)
{
	const struct plan_point points[] = {{on("2022-06-30"), 500},
	                                    {on("2022-09-30"), 900},
	                                    {on("2022-12-31"), 950}};

	(void)state;
	by_hand.target.curve = CURVE_TABLE;
	by_hand.target.points = points;
	by_hand.target.point_count = ARRAY_LEN(points);
	assert_int_equal(expected("2022-03-31"), 249); /* 90/181 of 50 % */
	assert_int_equal(expected("2022-06-30"), 500);
	assert_int_equal(expected("2022-07-31"), 635); /* 50 + 31/92 of 40 % */
	assert_int_equal(expected("2022-09-30"), 900);
	assert_int_equal(expected("2023-06-30"), 950);
	assert_int_equal(expected("2025-12-31"), 1000);
	by_hand.target.start = DAY_NONE;
	assert_int_equal(expected("2022-03-31"), 0);
	by_hand.target.point_count = 0;
	assert_false(progress_expected(&by_hand.target, DAY_NONE, on("2022-03-31"),
	                               &(int64_t){0}));
}

/* 节点: nothing more is expected between them. */
static void test_milestones(void **state)
{
	const struct plan_point points[] = {{on("2022-06-30"), 300},
	                                    {on("2022-12-31"), 1000}};

	(void)state;
	by_hand.target.curve = CURVE_STEPS;
	by_hand.target.points = points;
	by_hand.target.point_count = ARRAY_LEN(points);
	assert_int_equal(expected("2022-06-29"), 0);
	assert_int_equal(expected("2022-06-30"), 300);
	assert_int_equal(expected("2022-12-30"), 300);
	assert_int_equal(expected("2022-12-31"), 1000);
}

/* A target without a date has no light; it is not green. */
static void test_no_curve(void **state)
{
	struct standing standing;

	(void)state;
	by_hand.target.curve = CURVE_NONE;
	by_hand.target.deadline = DAY_NONE;
	standing = judge("180个", "75个", "2022-09-30");
	assert_int_equal(standing.light, LIGHT_NONE);
	assert_true(standing.has_done);
	assert_false(standing.has_expected);
	assert_false(standing.overdue);
	assert_explains(&standing, "2022-09-30",
	                "截至9月30日完成41.7%，未定序时进度（无灯）");
	by_hand.target.curve = CURVE_LINE;
	standing = judge("180个", "75个", "2022-09-30");
	assert_int_equal(standing.light, LIGHT_NONE);
	by_hand.target.curve = CURVE_NONE;
	by_hand.target.deadline =
		on("2022-09-30"); /* a date alone: only overdue is seen */
	standing = judge("180个", "75个", "2022-09-29");
	assert_int_equal(standing.light, LIGHT_NONE);
	standing = judge("180个", "75个", "2022-09-30");
	assert_int_equal(standing.light, LIGHT_RED);
	assert_true(standing.overdue);
	assert_explains(
		&standing, "2022-09-30",
		"截至9月30日完成41.7%，完成期限已到，差58.3个百分点（红灯·逾期）");
}

/* Thresholds: more than so much behind, not as much. */
static void test_lights(void **state)
{
	static const struct {
		const char *done;
		int64_t yellow, red, gap;
		enum light light;
	} rows[] = {
		{"187个", 0, 100, 0, LIGHT_GREEN},
		{"186个", 0, 100, -1, LIGHT_YELLOW},
		{"188个", 0, 100, 1, LIGHT_GREEN},
		{"87个", 0, 100, -100, LIGHT_YELLOW},
		{"86个", 0, 100, -101, LIGHT_RED},
		{"0个", 0, 100, -187, LIGHT_RED},
		{"137个", 50, 100, -50, LIGHT_GREEN},
		{"136个", 50, 100, -51, LIGHT_YELLOW},
		{"1000个", 0, 100, 813, LIGHT_GREEN},
		{"1200个", 0, 100, 1013, LIGHT_GREEN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct standing standing;

		by_hand.plan.lights.yellow_tenths = rows[i].yellow;
		by_hand.plan.lights.red_tenths = rows[i].red;
		standing = judge("1000个", rows[i].done, "2022-09-30");
		assert_int_equal(standing.light, rows[i].light);
		assert_int_equal(standing.gap_tenths, rows[i].gap);
		assert_false(standing.overdue);
	}
}

/* 1815 of 1816 at the deadline is not done, and never prints as 100.0. */
static void test_overdue(void **state)
{
	struct standing standing = judge("1816个", "1815个", "2025-12-31");

	(void)state;
	assert_int_equal(standing.light, LIGHT_RED);
	assert_true(standing.overdue);
	assert_int_equal(standing.done_tenths, 999);
	standing = judge("10000个", "9999个", "2025-12-31");
	assert_true(standing.overdue);
	assert_int_equal(standing.done_tenths, 999);
	assert_explains(
		&standing, "2025-12-31",
		"截至12月31日完成99.9%，完成期限已到，差0.1个百分点（红灯·逾期）");
	standing = judge("1816个", "1815个", "2025-12-30");
	assert_false(standing.overdue);
	standing = judge("1816个", "1816个", "2026-12-31");
	assert_false(standing.overdue);
	assert_int_equal(standing.light, LIGHT_GREEN);
	assert_explains(&standing, "2026-12-31",
	                "截至12月31日完成100.0%，任务已完成（绿灯·正常）");
}

static void test_not_reported(void **state)
{
	struct standing standing = judge("180个", NULL, "2022-09-30");

	(void)state;
	assert_int_equal(standing.light, LIGHT_NOT_REPORTED);
	assert_false(standing.has_done);
	assert_true(standing.has_expected);
	assert_explains(&standing, "2022-09-30", "截至9月30日未报");
	standing = judge("180个", NULL, "2025-12-31");
	assert_int_equal(standing.light, LIGHT_NOT_REPORTED);
	assert_true(standing.overdue);
	assert_explains(&standing, "2025-12-31", "截至12月31日未报，完成期限已到");
}

static void test_no_task(void **state)
{
	struct standing standing = judge("0个", "3个", "2025-12-31");

	(void)state;
	assert_int_equal(standing.light, LIGHT_NO_TASK);
	assert_false(standing.overdue);
	assert_explains(&standing, "2025-12-31", "无任务");
	progress_judge(&by_hand.plan, &by_hand.target, NULL, DAY_NONE, NULL,
	               on("2022-09-30"), &standing);
	assert_int_equal(standing.light, LIGHT_NO_TASK);
}

/* The reporter counts 户, the target 万户: still one measure. */
static void test_units(void **state)
{
	struct standing standing = judge("约27.28万户", "50960户", "2022-09-30");

	(void)state;
	assert_int_equal(standing.done_tenths, 187);
	assert_int_equal(standing.light, LIGHT_GREEN);
	standing = judge("27.28万户", "100个", "2022-09-30");
	assert_false(standing.has_done);
	assert_int_equal(standing.light, LIGHT_NONE);
	assert_explains(&standing, "2022-09-30", "截至9月30日无法按百分比计量（无灯）");
}

/* What should fall to nothing is done when it is nothing, not when it is large. */
static void test_falling(void **state)
{
	struct standing standing;

	(void)state;
	by_hand.target.indicator = &by_hand.indicators[LEFT_OVER];
	standing = judge("0户", "300户", "2022-09-30");
	assert_int_equal(standing.light, LIGHT_NONE);
	assert_false(standing.overdue);
	standing = judge("0户", "300户", "2025-12-31");
	assert_int_equal(standing.light, LIGHT_RED);
	assert_explains(&standing, "2025-12-31",
	                "截至12月31日未完成，完成期限已到（红灯·逾期）");
	standing = judge("0户", "0户", "2025-12-31");
	assert_int_equal(standing.light, LIGHT_GREEN);
	assert_false(standing.overdue);
}

static void test_sentences(void **state)
{
	struct standing standing;

	(void)state;
	by_hand.target.start = on("2022-07-01");
	by_hand.target.deadline = on("2022-12-31");
	standing = judge("180个", "75个", "2022-09-30"); /* 41.7 of 50.0 */
	assert_explains(&standing, "2022-09-30",
	                "截至9月30日完成41.7%，低于序时进度8.3个百分点（黄灯·滞后）");
	standing = judge("180个", "20个", "2022-09-30");
	assert_explains(
		&standing, "2022-09-30",
		"截至9月30日完成11.1%，低于序时进度38.9个百分点（红灯·严重滞后）");
	standing = judge("180个", "90个", "2022-09-30");
	assert_explains(&standing, "2022-09-30",
	                "截至9月30日完成50.0%，与序时进度持平（绿灯·正常）");
	standing = judge("180个", "99个", "2022-09-30");
	assert_explains(&standing, "2022-09-30",
	                "截至9月30日完成55.0%，高于序时进度5.0个百分点（绿灯·正常）");
	by_hand.target.value = q("约27.28万户");
	assert_explains(&standing, "2022-09-30",
	                "截至9月30日完成55.0%，高于序时进度5.0个百分点（绿灯·正常；"
	                "目标值为约数）");
}

/* 20 % of 244 is 49, rounded once for the city; a reader sees of what. */
static void test_share_target(void **state)
{
	struct standing standing;

	(void)state;
	by_hand.target.deadline = on("2022-12-31");
	by_hand.target.value = q("49个");
	by_hand.target.is_share = true;
	by_hand.target.base = q("244个");
	by_hand.target.share_tenths = 200;
	standing = judge("49个", "48个", "2022-12-31");
	assert_true(standing.overdue);
	assert_explains(&standing, "2022-12-31",
	                "截至12月31日完成98.0%，完成期限已到，差2.0个百分点（红灯·逾期；"
	                "全市目标49个，即244个的20%）");
	standing = judge("49个", "49个", "2022-12-31");
	assert_int_equal(standing.light, LIGHT_GREEN);
}

static void test_worse(void **state)
{
	static const enum light order[] = {LIGHT_RED,   LIGHT_YELLOW,
	                                   LIGHT_GREEN, LIGHT_NOT_REPORTED,
	                                   LIGHT_NONE,  LIGHT_NO_TASK};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		for (size_t j = 0; j < ARRAY_LEN(order); j++)
			assert_int_equal(light_worse(order[i], order[j]),
			                 order[i < j ? i : j]);
	}
	assert_string_equal(light_word(LIGHT_RED), "严重滞后");
	assert_string_equal(light_word(LIGHT_NO_TASK), "无任务");
}

static void test_tenths(void **state)
{
	static const struct {
		int64_t tenths;
		const char *text;
	} rows[] = {{0, "0.0"},
	            {-41, "-4.1"},
	            {1000, "100.0"},
	            {-5, "-0.5"},
	            {5, "0.5"},
	            {-1000, "-100.0"},
	            {INT64_MIN, "-922337203685477580.8"},
	            {INT64_MAX, "922337203685477580.7"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[24];

		tenths_print(rows[i].tenths, out);
		assert_string_equal(out, rows[i].text);
	}
}

static void test_no_memory(void **state)
{
	struct standing standing = judge("180个", "75个", "2022-09-30");
	size_t failed = 0;

	(void)state;
	for (size_t limit = 0; limit < 600; limit += 16) {
		struct arena arena;

		arena_init(&arena, limit);
		failed += progress_explain(&arena, &by_hand.plan, &by_hand.target,
		                           &standing, on("2022-09-30")) == NULL;
		arena_finish(&arena);
	}
	assert_in_range(failed, 1, 600 / 16 - 1);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_line),         PLAN_TEST(test_own_deadline),
		PLAN_TEST(test_table),        PLAN_TEST(test_milestones),
		PLAN_TEST(test_no_curve),     PLAN_TEST(test_lights),
		PLAN_TEST(test_overdue),      PLAN_TEST(test_not_reported),
		PLAN_TEST(test_no_task),      PLAN_TEST(test_units),
		PLAN_TEST(test_falling),      PLAN_TEST(test_sentences),
		PLAN_TEST(test_share_target), PLAN_TEST(test_worse),
		PLAN_TEST(test_tenths),       PLAN_TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
