/* Exact numbers: what a district wrote is what is compared, added and printed. */
#include "model/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"

#include "plan_by_hand.h"

#define ROUNDS 20000

static uint64_t seed;

/* xorshift: the same numbers on every machine. */
static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct quantity random_quantity(const char *const *units, size_t count,
                                       int64_t limit)
{
	return (struct quantity){
		.digits =
			(int64_t)(next_random() % (uint64_t)(2 * limit - 1)) - limit + 1,
		.scale = (unsigned)(next_random() % (QUANTITY_SCALE_MAX + 1)),
		.unit = unit_find(units[next_random() % count]),
	};
}

static const char *const areas[] = {"平方米", "万平方米", "公顷", "平方公里", "亩"};
static const char *const money[] = {"元", "万元", "亿元"};

static void assert_order(const char *a, const char *b, int expected)
{
	struct quantity left = q(a), right = q(b);
	int order = 7;

	assert_int_equal(quantity_compare(&left, &right, &order), 0);
	assert_int_equal(order, expected);
	assert_int_equal(quantity_compare(&right, &left, &order), 0);
	assert_int_equal(order, -expected);
}

static void assert_is(const struct quantity *quantity, const char *text)
{
	char out[QUANTITY_TEXT_MAX];

	quantity_print(quantity, out);
	assert_string_equal(out, text);
}

/* 58.90 stays 58.90: what an office wrote is not tidied up. */
static void test_as_written(void **state)
{
	static const char *const texts[] = {"58.90亿元",
	                                    "0个",
	                                    "-3个",
	                                    "0.000001亿元",
	                                    "-0.5%",
	                                    "1816个",
	                                    "999999999999999999元",
	                                    "-999999999999999999元",
	                                    "0.00亿元",
	                                    "约27.28万户",
	                                    "80多处",
	                                    "123456789012.345678元",
	                                    "约87.04万平方米"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct quantity quantity = q(texts[i]);

		assert_is(&quantity, texts[i]);
	}
}

/* Each kind of slip has its own advice, so that the reporter knows what to change. */
static void test_bad_figures(void **state)
{
	static const struct {
		const char *text, *why;
		int err;
	} bad[] = {
		{"", "为空，请填写数字", E_SYNTAX},
		{"1e9", "是科学计数法，请写出全部数字", E_SYNTAX},
		{"1.5E-3", "是科学计数法，请写出全部数字", E_SYNTAX},
		{"-1e9", "是科学计数法，请写出全部数字", E_SYNTAX},
		{"-0", "是负零，请填写0", E_SYNTAX},
		{"-0.00", "是负零，请填写0", E_SYNTAX},
		{"12.3456789", "小数超过6位，请四舍五入后填写", E_RANGE},
		{"1.0000000", "小数超过6位，请四舍五入后填写", E_RANGE},
		{"1000000000000000000", "数字超过18位，请核对或改用更大的单位", E_RANGE},
		{"9999999999999999999999999999", "数字超过18位，请核对或改用更大的单位",
	         E_RANGE},
		{"NaN", "不是数字", E_SYNTAX},
		{"nan", "不是数字", E_SYNTAX},
		{"Infinity", "不是数字", E_SYNTAX},
		{"-inf", "不是数字", E_SYNTAX},
		{"无", "不是数字", E_SYNTAX},
		{"一百", "不是数字", E_SYNTAX},
		{"/", "不是数字", E_SYNTAX},
		{"１２", "含有全角字符，请使用半角数字", E_SYNTAX},
		{"1２", "含有全角字符，请使用半角数字", E_SYNTAX},
		{"1，816", "含有全角字符，请使用半角数字", E_SYNTAX},
		{"－3", "含有全角字符，请使用半角数字", E_SYNTAX},
		{" 5", "含有空格或换行，请去掉", E_SYNTAX},
		{"5 ", "含有空格或换行，请去掉", E_SYNTAX},
		{"5\n", "含有空格或换行，请去掉", E_SYNTAX},
		{"　5", "含有空格或换行，请去掉", E_SYNTAX},
		{"1 816", "含有空格或换行，请去掉", E_SYNTAX},
		{"+5", "带有“+”号，正数不写符号", E_SYNTAX},
		{"1,816", "含有千分位逗号，请去掉", E_SYNTAX},
		{"0x10", "是十六进制写法，请填写十进制数字", E_SYNTAX},
		{"0X1F", "是十六进制写法，请填写十进制数字", E_SYNTAX},
		{"5.", "小数点后没有数字，请补全或去掉小数点", E_SYNTAX},
		{".5", "小数点前没有数字，请补0", E_SYNTAX},
		{"-.5", "小数点前没有数字，请补0", E_SYNTAX},
		{".", "小数点前没有数字，请补0", E_SYNTAX},
		{"1.2.3", "有多个小数点", E_SYNTAX},
		{"1..2", "有多个小数点", E_SYNTAX},
		{"-", "只有负号，没有数字", E_SYNTAX},
		{"--5", "有多余的负号，负号只写一个，写在最前面", E_SYNTAX},
		{"5-", "有多余的负号，负号只写一个，写在最前面", E_SYNTAX},
		{"3-5", "有多余的负号，负号只写一个，写在最前面", E_SYNTAX},
		{"007", "以多余的0开头，请去掉", E_SYNTAX},
		{"00", "以多余的0开头，请去掉", E_SYNTAX},
		{"-01.5", "以多余的0开头，请去掉", E_SYNTAX},
		{"128个", "带有数字以外的文字，请只填写数字，单位另填", E_SYNTAX},
		{"12abc", "带有数字以外的文字，请只填写数字，单位另填", E_SYNTAX},
		{"5e", "带有数字以外的文字，请只填写数字，单位另填", E_SYNTAX},
		{"5%", "带有“%”，请只填写数字，单位另填", E_SYNTAX},
		{"\xff", "含有无法识别的字符，请重新填写", E_SYNTAX},
		{"1\xe4", "含有无法识别的字符，请重新填写", E_SYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct quantity untouched = {.digits = 42};
		const char *why = NULL;

		assert_int_equal(quantity_parse(bad[i].text, unit_find("个"), &untouched,
		                                &why),
		                 bad[i].err);
		assert_string_equal(why, bad[i].why);
		assert_int_equal(untouched.digits, 42);
	}
}

/* What came over the wire skips the text, not the limits. */
static void test_check(void **state)
{
	const int64_t most = INT64_C(999999999999999999);

	(void)state;
	assert_int_equal(quantity_check(most, 6), 0);
	assert_int_equal(quantity_check(-most, 0), 0);
	assert_int_equal(quantity_check(most + 1, 0), E_RANGE);
	assert_int_equal(quantity_check(-most - 1, 0), E_RANGE);
	assert_int_equal(quantity_check(INT64_MIN, 0), E_RANGE);
	assert_int_equal(quantity_check(0, 7), E_RANGE);
	assert_int_equal(quantity_check(0, UINT32_MAX), E_RANGE);
}

static void test_compare(void **state)
{
	struct quantity a = q("1户"), b = q("1个");
	int order = 7;

	(void)state;
	assert_order("58.90亿元", "58.9亿元", 0);
	assert_order("128个", "121个", 1);
	assert_order("-1个", "0个", -1);
	assert_order("27.28万户", "272799户", 1);
	assert_order("5127亩", "3.418平方公里", 0);
	assert_order("5127.01亩", "3.418平方公里", 1);
	assert_order("999999999999999999亿元", "-999999999999999999亿元", 1);
	assert_order("999999999999999999亩", "0.000001平方公里", 1);
	assert_int_equal(quantity_compare(&a, &b, &order), E_RANGE);
	assert_int_equal(order, 7);
}

/* A quantity that nobody checked is refused, not computed with. */
static void test_unchecked(void **state)
{
	struct quantity wild = {.digits = INT64_MIN, .scale = 4000000000U};
	struct quantity one = q("1亩"), ret;
	int64_t tenths;
	int order;

	(void)state;
	wild.unit = unit_find("平方公里");
	assert_int_equal(quantity_compare(&wild, &one, &order), E_RANGE);
	assert_int_equal(quantity_compare(&one, &wild, &order), E_RANGE);
	assert_int_equal(quantity_add(&wild, &one, &ret), E_RANGE);
	assert_int_equal(quantity_subtract(&one, &wild, &ret), E_RANGE);
	assert_int_equal(quantity_convert(&wild, one.unit, &ret), E_RANGE);
	assert_int_equal(quantity_scale_by(&wild, 1, &ret), E_RANGE);
	assert_int_equal(quantity_share(&wild, &one, &tenths), E_RANGE);
	assert_int_equal(quantity_share(&one, &wild, &tenths), E_RANGE);
}

static void test_sums(void **state)
{
	static const struct {
		const char *a, *b, *sum, *difference;
	} rows[] = {
		{"58.90亿元", "1.1亿元", "60.00亿元", "57.80亿元"},
		{"1亿元", "1万元", "1.0001亿元", "0.9999亿元"},
		{"1万元", "1亿元", "10001万元", "-9999万元"},
		{"1平方公里", "3亩", "1.002平方公里", "0.998平方公里"},
		{"0.1个", "0.2个", "0.3个", "-0.1个"},
		{"约30亿元", "1亿元", "约31亿元", "约29亿元"},
		{"1处", "80多处", "81多处", "约-79处"},
		{"约1处", "80多处", "约81处", "约-79处"},
	};
	struct quantity most = q("999999999999999999个"), one = q("1个"), ret = one;
	struct quantity mu = q("1亩"), km = q("1平方公里");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct quantity a = q(rows[i].a), b = q(rows[i].b), c;

		assert_int_equal(quantity_add(&a, &b, &c), 0);
		assert_is(&c, rows[i].sum);
		assert_int_equal(quantity_subtract(&a, &b, &c), 0);
		assert_is(&c, rows[i].difference);
	}
	assert_int_equal(quantity_add(&most, &one, &ret), E_RANGE);
	assert_int_equal(quantity_add(&km, &mu, &ret), E_RANGE); /* 0.000666… */
	mu = q("999999999999.999999元");
	km = q("999999999999999999亿元");
	assert_int_equal(quantity_add(&mu, &km, &ret), E_RANGE);
	mu = q("1亩");
	assert_int_equal(quantity_scale_by(&most, 2, &ret), E_RANGE);
	assert_int_equal(quantity_scale_by(&most, INT64_MIN, &ret), E_RANGE);
	assert_is(&ret, "1个");
	assert_int_equal(quantity_scale_by(&mu, -1500, &ret), 0);
	assert_is(&ret, "-1500亩");
}

/* Exactly or not at all. */
static void test_convert(void **state)
{
	struct quantity a = q("58.90亿元"), ret = q("7个");

	(void)state;
	assert_int_equal(quantity_convert(&a, unit_find("万元"), &ret), 0);
	assert_is(&ret, "589000万元");
	assert_int_equal(quantity_convert(&a, unit_find("亿元"), &ret), 0);
	assert_is(&ret, "58.90亿元");
	a = q("1亩");
	assert_int_equal(quantity_convert(&a, unit_find("平方米"), &ret), E_RANGE);
	a = q("1户");
	assert_int_equal(quantity_convert(&a, unit_find("个"), &ret), E_RANGE);
	a = q("999999999999999999亿元");
	assert_int_equal(quantity_convert(&a, unit_find("元"), &ret), E_RANGE);
	a = q("0.000001元");
	assert_int_equal(quantity_convert(&a, unit_find("万元"), &ret), E_RANGE);
}

/* The one rounding: half away from zero, on the exact fraction. */
static void test_share(void **state)
{
	static const struct {
		const char *a, *b;
		int64_t tenths;
	} rows[] = {
		{"58.90亿元", "1133.7亿元", 52},
		{"49个", "244个", 201},
		{"1个", "2000个", 1},
		{"1个", "2001个", 0},
		{"-1个", "2000个", -1},
		{"1个", "-2000个", -1},
		{"-1个", "-2000个", 1},
		{"0个", "5个", 0},
		{"1816个", "1816个", 1000},
		{"51600个", "51000个", 1012},
		{"272800户", "27.28万户", 1000},
		{"1000个", "1个", 1000000},
	};
	struct quantity a = q("1个"), none = q("0个"), other = q("1户"),
			many = q("1001个");
	int64_t tenths = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct quantity part = q(rows[i].a), whole = q(rows[i].b);

		assert_int_equal(quantity_share(&part, &whole, &tenths), 0);
		assert_int_equal(tenths, rows[i].tenths);
	}
	tenths = 7;
	assert_int_equal(quantity_share(&a, &none, &tenths), E_RANGE);
	assert_int_equal(quantity_share(&a, &other, &tenths), E_RANGE);
	assert_int_equal(quantity_share(&many, &a, &tenths), E_RANGE);
	assert_int_equal(tenths, 7);
}

/* Read, print, read: nothing changes, whatever the number. */
static void test_round_trip(void **state)
{
	const int64_t limit = INT64_C(1000000000000000000);

	(void)state;
	seed = 20220715;
	for (int i = 0; i < ROUNDS; i++) {
		struct quantity quantity =
			random_quantity(areas, ARRAY_LEN(areas),
		                        i % 2 == 0 ? limit : INT64_C(1) << (i % 59));
		struct quantity again;
		char text[QUANTITY_TEXT_MAX], text_again[QUANTITY_TEXT_MAX];
		const char *why = "";

		quantity_print_number(&quantity, text);
		assert_int_equal(quantity_parse(text, quantity.unit, &again, &why), 0);
		assert_int_equal(again.digits, quantity.digits);
		assert_int_equal(again.scale, quantity.scale);
		quantity_print_number(&again, text_again);
		assert_string_equal(text, text_again);
	}
}

/* What can be converted comes back as the same value. */
static void test_convert_and_back(void **state)
{
	int converted = 0;

	(void)state;
	seed = 55;
	for (int i = 0; i < ROUNDS; i++) {
		struct quantity a = random_quantity(areas, ARRAY_LEN(areas), 1000000000);
		struct quantity b, c;
		const struct unit *unit = unit_find(areas[i % (int)ARRAY_LEN(areas)]);
		int order;

		if (quantity_convert(&a, unit, &b) < 0)
			continue;
		converted++;
		assert_int_equal(quantity_compare(&a, &b, &order), 0);
		assert_int_equal(order, 0);
		assert_int_equal(quantity_convert(&b, a.unit, &c), 0);
		assert_int_equal(quantity_compare(&a, &c, &order), 0);
		assert_int_equal(order, 0);
	}
	assert_true(converted > ROUNDS / 4);
}

/* 1亩 = 2000/3 平方米: three of them are a whole number, one is none, and both compare.
 */
static void test_mu_are_exact(void **state)
{
	(void)state;
	for (int64_t n = 1; n < ROUNDS; n++) {
		struct quantity mu = {.digits = n, .unit = unit_find("亩")};
		struct quantity metres = {.digits = 2000 * (n / 3),
		                          .unit = unit_find("平方米")};
		struct quantity converted, back;
		int order, r;

		r = quantity_convert(&mu, metres.unit, &converted);
		assert_int_equal(r, n % 3 == 0 ? 0 : E_RANGE);
		assert_int_equal(quantity_compare(&mu, &metres, &order), 0);
		assert_int_equal(order, n % 3 == 0 ? 0 : 1);
		if (r < 0)
			continue;
		assert_int_equal(converted.digits, metres.digits);
		assert_int_equal(quantity_convert(&converted, mu.unit, &back), 0);
		assert_int_equal(quantity_compare(&back, &mu, &order), 0);
		assert_int_equal(order, 0);
	}
}

/* Districts are added in any order; the city's figure is the same. */
static void test_sums_in_any_order(void **state)
{
	enum { PARTS = 9 };

	(void)state;
	seed = 430100;
	for (int i = 0; i < ROUNDS / 10; i++) {
		struct quantity parts[PARTS], sums[2] = {q("0元"), q("0元")};
		int order;

		for (size_t j = 0; j < PARTS; j++) {
			parts[j] = random_quantity(money, ARRAY_LEN(money), 1000000);
			parts[j].scale %= 3;
		}
		for (size_t j = 0; j < PARTS; j++) {
			assert_int_equal(quantity_add(&sums[0], &parts[j], &sums[0]), 0);
			assert_int_equal(quantity_add(&sums[1],
			                              &parts[(j * 4 + 5) % PARTS],
			                              &sums[1]),
			                 0);
		}
		assert_int_equal(quantity_compare(&sums[0], &sums[1], &order), 0);
		assert_int_equal(order, 0);
		for (size_t j = 0; j < PARTS; j++)
			assert_int_equal(quantity_subtract(&sums[0], &parts[j], &sums[0]),
			                 0);
		assert_int_equal(sums[0].digits, 0);
	}
}

/* Antisymmetric, transitive, and nothing is incomparable within a dimension. */
static void test_total_order(void **state)
{
	(void)state;
	seed = 1;
	for (int i = 0; i < ROUNDS; i++) {
		struct quantity a[3];
		int ab, ba, bc, ac;

		for (size_t j = 0; j < 3; j++)
			a[j] = random_quantity(areas, ARRAY_LEN(areas),
			                       i % 3 == 0 ? 10 : INT64_C(1) << 59);
		assert_int_equal(quantity_compare(&a[0], &a[1], &ab), 0);
		assert_int_equal(quantity_compare(&a[1], &a[0], &ba), 0);
		assert_int_equal(quantity_compare(&a[1], &a[2], &bc), 0);
		assert_int_equal(quantity_compare(&a[0], &a[2], &ac), 0);
		assert_int_equal(ab, -ba);
		if (ab <= 0 && bc <= 0)
			assert_true(ac <= 0 && (ac < 0 || (ab == 0 && bc == 0)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_written),
		cmocka_unit_test(test_bad_figures),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_unchecked),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_convert_and_back),
		cmocka_unit_test(test_mu_are_exact),
		cmocka_unit_test(test_sums_in_any_order),
		cmocka_unit_test(test_total_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
