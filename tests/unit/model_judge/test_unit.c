/* Units: a wrong factor here would falsify every total that anybody reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "model/quantity.h"

#include "plan_by_hand.h"

/* Every unit that the notice and the monthly forms use. */
static const char *const known[] = {"个",       "户",   "万户", "栋",     "处",
                                    "部",       "项",   "起",   "套",     "条",
                                    "元",       "万元", "亿元", "平方米", "万平方米",
                                    "平方公里", "公顷", "亩",   "米",     "公里",
                                    "%",        "份"};

static void test_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const struct unit *unit = unit_find(known[i]);

		assert_non_null(unit);
		assert_string_equal(unit->name, known[i]);
		assert_non_null(unit_find(unit->base));
		assert_true(unit->num > 0 && unit->den > 0);
	}
	assert_null(unit_find(""));
	assert_null(unit_find("万"));
	assert_null(unit_find("亿"));
	assert_null(unit_find("平方"));
	assert_null(unit_find("亿元 "));
}

/* 户 must never be added to 个, nor 亩 to 亿元. */
static void test_comparable(void **state)
{
	(void)state;
	assert_true(unit_comparable(unit_find("户"), unit_find("万户")));
	assert_true(unit_comparable(unit_find("亩"), unit_find("平方公里")));
	assert_true(unit_comparable(unit_find("元"), unit_find("亿元")));
	assert_false(unit_comparable(unit_find("户"), unit_find("个")));
	assert_false(unit_comparable(unit_find("亩"), unit_find("米")));
	assert_false(unit_comparable(unit_find("亿元"), unit_find("户")));
	assert_false(unit_comparable(unit_find("%"), unit_find("个")));
}

/* Each unit is among its own alternatives, or the message would send people wrong. */
static void test_alternatives(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		assert_non_null(strstr(unit_alternatives(unit_find(known[i])), known[i]));
	assert_string_equal(unit_alternatives(unit_find("万户")), "户、万户");
	assert_string_equal(unit_alternatives(unit_find("个")), "个");
}

static void test_factors(void **state)
{
	static const char *const equal[][2] = {
		{"1万户", "10000户"},          {"1亿元", "10000万元"},
		{"1万元", "10000元"},          {"1平方公里", "1000000平方米"},
		{"1公顷", "10000平方米"},      {"15亩", "1公顷"},
		{"3亩", "2000平方米"},         {"5127亩", "3.418平方公里"},
		{"3840亩", "256万平方米"},     {"1公里", "1000米"},
		{"87.04万平方米", "1305.6亩"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(equal); i++) {
		struct quantity a = q(equal[i][0]), b = q(equal[i][1]), converted;
		int order = 7;

		assert_int_equal(quantity_compare(&a, &b, &order), 0);
		assert_int_equal(order, 0);
		assert_int_equal(quantity_convert(&a, b.unit, &converted), 0);
		assert_int_equal(converted.digits, b.digits);
		assert_int_equal(converted.scale, b.scale);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_comparable),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_factors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
