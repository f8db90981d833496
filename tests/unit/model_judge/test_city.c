/*
 * The city's sums: a figure that one district reports twice, or another forgets, shows
 * in no report by itself; only the sum against the city's own figure tells the office.
 */
#include "model/city.h"

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
static struct city_unit units[UNITS];
static struct figure figures[UNITS];
static struct plan_term left, right;
static struct plan_rule rule;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	memset(units, 0, sizeof(units));
	left = (struct plan_term){.coefficient = 1,
	                          .indicator = &by_hand.indicators[PLANNED]};
	right = (struct plan_term){.coefficient = 1, .constant = q("56个")};
	rule = (struct plan_rule){
		.id = "R-2-90",
		.severity = SEVERITY_NOTICE,
		.kind = RULE_COMPARE,
		.scope = SCOPE_CITY,
		.left = &left,
		.right = &right,
		.left_count = 1,
		.right_count = 1,
		.op = OP_EQ,
		.text = "各单位合计应为56个",
		.causes = "重复统计",
		.basis = "四、（二）2",
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static void gives(size_t unit, const char *value)
{
	figures[unit] = (struct figure){"planned", q(value), ""};
	units[unit] = (struct city_unit){&figures[unit], 1};
}

static struct city_check judged(void)
{
	struct city_check check;

	assert_int_equal(city_judge(&arena, &by_hand.plan, &by_hand.sections[1], &rule,
	                            &(struct city_figures){units, DAY_NONE}, &check),
	                 0);
	return check;
}

static void test_a_sum_that_is_wrong_is_told(void **state)
{
	struct city_check check;

	(void)state;
	gives(FURONG, "30个");
	gives(YUHUA, "26个");
	check = judged();
	assert_int_equal(check.state, CITY_HOLDS);
	assert_string_equal(check.text, "全市“年度计划改造小区”合计＝56个。审核关系："
	                                "各单位合计应为56个（提示 R-2-90，依据"
	                                "四、（二）2）。");
	gives(YUHUA, "27个");
	check = judged();
	assert_int_equal(check.state, CITY_BROKEN);
	assert_string_equal(check.text, "全市“年度计划改造小区”合计＝57个。审核关系："
	                                "各单位合计应为56个（提示 R-2-90，依据"
	                                "四、（二）2）。相差1个。可能原因：重复统计。");
	assert_string_equal(city_word(check.state), "不符");
	/* 浏阳市 is not asked for this section: what it says is in no sum. */
	gives(YUHUA, "26个");
	gives(LIUYANG, "5个");
	assert_int_equal(judged().state, CITY_HOLDS);
	assert_int_equal(judged().units, 2);
}

/* Half the city says nothing about the whole, unless the rule says it does. */
static void test_a_sum_waits_for_everybody(void **state)
{
	struct city_check check;

	(void)state;
	gives(FURONG, "30个");
	check = judged();
	assert_int_equal(check.state, CITY_INCOMPLETE);
	assert_int_equal(check.units, 2);
	assert_int_equal(check.complete, 1);
	assert_non_null(strstr(check.text, "2家单位中1家已报齐，报齐后核对。"));
	rule.missing = MISSING_SKIP_ALL;
	assert_int_equal(judged().state, CITY_BROKEN);
	units[FURONG].figure_count = 0;
	assert_int_equal(judged().state, CITY_INCOMPLETE);
	rule.missing = MISSING_ZERO;
	assert_int_equal(judged().state, CITY_BROKEN);
}

static void test_against_the_targets_whole(void **state)
{
	struct city_check check;

	(void)state;
	right = (struct plan_term){.coefficient = 1, .target = &by_hand.target};
	rule.op = OP_LE;
	gives(FURONG, "200个");
	gives(YUHUA, "180个");
	assert_int_equal(judged().state, CITY_HOLDS); /* 380 of 380 */
	gives(YUHUA, "181个");
	check = judged();
	assert_int_equal(check.state, CITY_BROKEN);
	assert_non_null(strstr(check.text, "“改造城镇老旧小区”的目标＝380个。"));
}

static void test_sums_that_cannot_be_exact_are_told(void **state)
{
	(void)state;
	gives(FURONG, "999999999999999999个");
	gives(YUHUA, "1个");
	assert_int_equal(judged().state, CITY_INEXACT);
	assert_non_null(strstr(judged().text, "无法核对"));
}

#define CITY_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CITY_TEST(test_a_sum_that_is_wrong_is_told),
		CITY_TEST(test_a_sum_waits_for_everybody),
		CITY_TEST(test_against_the_targets_whole),
		CITY_TEST(test_sums_that_cannot_be_exact_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
