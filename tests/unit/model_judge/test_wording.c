/* Dates and numerals: an office that reads a wrong weekday trusts no other word. */
#include "model/wording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

#include "plan_by_hand.h"

static void test_instants(void **state)
{
	static struct plan_by_hand by_hand;
	char out[WORDING_MAX];

	(void)state;
	plan_by_hand(&by_hand);
	wording_instant(&by_hand.plan, at("2022-10-08 17:30"), out);
	assert_string_equal(out, "10月8日（星期六，调休上班）17:30");
	wording_instant(&by_hand.plan, at("2022-10-12 09:05"), out);
	assert_string_equal(out, "10月12日（星期三）09:05");
	wording_instant(&by_hand.plan, at("2023-01-05 17:30"), out); /* not published */
	assert_string_equal(out, "1月5日（星期四，预计）17:30");
	wording_instant_short(&by_hand.plan, at("2022-10-01"), out);
	assert_string_equal(out, "10月1日00:00");
	wording_date(on("2025-12-31"), out);
	assert_string_equal(out, "2025年12月31日");
	plan_by_hand_finish(&by_hand);
}

static void test_numerals(void **state)
{
	static const struct {
		size_t number;
		const char *text;
	} rows[] = {{1, "一"},    {5, "五"},    {9, "九"},      {10, "十"},
	            {11, "十一"}, {20, "二十"}, {21, "二十一"}, {99, "九十九"},
	            {100, "100"}, {0, "0"}};
	char out[WORDING_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		wording_numeral(rows[i].number, out);
		assert_string_equal(out, rows[i].text);
	}
}

/* A name with quotes of its own stays readable inside quotes. */
static void test_quoted(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	assert_string_equal(wording_quoted(&arena, "累计开工小区"), "“累计开工小区”");
	assert_string_equal(wording_quoted(&arena, "“十四五”累计开工小区"),
	                    "“‘十四五’累计开工小区”");
	assert_string_equal(wording_quoted(&arena, "”"), "“’”");
	assert_string_equal(wording_quoted(&arena, ""), "“”");
	arena_finish(&arena);
	arena_init(&arena, 0);
	assert_null(wording_quoted(&arena, "累计"));
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_numerals),
		cmocka_unit_test(test_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
