/* A plan's comparisons: contradictions are refused, what can be true is asked about. */
#include "model/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static struct plan_term term(int64_t coefficient, size_t indicator)
{
	return (struct plan_term){.coefficient = coefficient,
	                          .indicator = &by_hand.indicators[indicator]};
}

static struct plan_term constant(const char *text)
{
	return (struct plan_term){.coefficient = 1, .constant = q(text)};
}

/* 完工 <= 开工. */
static struct plan_rule finished_le_started(const struct plan_term *left,
                                            const struct plan_term *right)
{
	return (struct plan_rule){
		.id = "R-2-03",
		.severity = SEVERITY_REFUSAL,
		.kind = RULE_COMPARE,
		.left = left,
		.right = right,
		.left_count = 1,
		.right_count = 1,
		.op = OP_LE,
		.text = "完工数≤开工数",
		.causes = "两行填反，或开工数漏报",
		.basis = "四、（二）2及填报说明",
	};
}

static int judge(const struct plan_rule *rule, const struct figure *figures, size_t count)
{
	struct report report = report_of(figures, count);
	struct verdict verdict;

	by_hand.indicators[STARTED].required = false;
	findings_init(&findings, &arena);
	plan_by_hand_rules(&by_hand, rule, 1);
	return validate_report(&by_hand.plan, &report, NULL, at("2022-10-08 16:42"),
	                       &findings, &verdict);
}

/* The message that domain experts asked for, word by word. */
static void test_contradiction(void **state)
{
	struct plan_term left = term(1, FINISHED), right = term(1, STARTED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"finished", q("128个"), "确实如此"},
	                           {"started", q("121个"), ""}};

	(void)state;
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, "R-2-03");
	assert_string_equal(findings.first->field, "figures[finished].value");
	assert_string_equal(findings.first->found, "128个");
	assert_string_equal(findings.first->allowed, "≤121个");
	assert_string_equal(
		findings.first->text,
		"“累计完工小区”＝128个，“累计开工小区”＝121个。审核关系："
		"完工数≤开工数（强制性审核 R-2-03，依据四、（二）2及填报说明）。"
		"可能原因：两行填反，或开工数漏报。");
	assert_string_equal(findings_first(&findings),
	                    "R-2-03 figures[finished].value 128个 (≤121个)");
	figures[0].value = q("121.0个");
	assert_int_equal(judge(&rule, figures, 2), 0);
	assert_int_equal(findings.count, 0);
}

/* A figure that was not given, or is wrong in itself, is not blamed twice. */
static void test_missing_operand(void **state)
{
	struct plan_term left = term(1, FINISHED), right = term(1, STARTED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"finished", q("128个"), ""},
	                           {"started", q("121亿元"), ""}};

	(void)state;
	assert_int_equal(judge(&rule, figures, 1), 0);
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
	assert_null(found_by(&findings, "R-2-03", 0));
	assert_int_equal(findings.count, 1);
}

/* What is missing is skipped, or counts as zero, as the rule says; never both. */
static void test_missing_strategies(void **state)
{
	struct plan_term left = term(1, FINISHED), right = term(1, STARTED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"finished", q("128个"), ""},
	                           {"started", q("121亿元"), ""}};

	(void)state;
	rule.missing = MISSING_SKIP_ALL;
	assert_int_equal(judge(&rule, figures, 1), E_REFUSED);
	assert_string_equal(findings.first->allowed, "≤0个");
	assert_non_null(strstr(findings.first->text,
	                       "“累计完工小区”＝128个，“累计开工小区”未填报（按0计）。"));
	rule.op = OP_LT;
	assert_int_equal(judge(&rule, NULL, 0),
	                 0); /* nothing is said: 0 < 0 is not asked */
	rule.missing = MISSING_ZERO;
	assert_int_equal(judge(&rule, NULL, 0), E_REFUSED);
	assert_string_equal(findings.first->found, "0个");
	/* Given, but wrong in itself: told once, and not taken for zero. */
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, "D-45");
}

/* Against the unit's own task; where it has none, there is nothing to ask. */
static void test_task(void **state)
{
	struct plan_term left = term(10, STARTED),
			 right = {.coefficient = 11, .target = &by_hand.target};
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figure = {"started", q("198个"), ""}; /* 110 % of 180 */

	(void)state;
	rule.severity = SEVERITY_REASON;
	assert_int_equal(judge(&rule, &figure, 1), 0);
	figure.value = q("199个");
	assert_int_equal(judge(&rule, &figure, 1), E_REFUSED);
	assert_non_null(
		strstr(findings.first->text,
	               "“累计开工小区”＝199个，“改造城镇老旧小区”的任务数＝180个。"));
	by_hand.allocations[YUHUA].no_task = true;
	assert_int_equal(judge(&rule, &figure, 1), 0);
	by_hand.target.allocations = NULL;
	assert_int_equal(judge(&rule, &figure, 1), 0);
	assert_int_equal(findings.count, 0);
}

/* What is about the city is no report's fault. */
static void test_city_rules_are_not_a_reports(void **state)
{
	struct plan_term left = term(1, FINISHED), right = term(1, STARTED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"finished", q("128个"), ""},
	                           {"started", q("121个"), ""}};

	(void)state;
	rule.scope = SCOPE_CITY;
	assert_int_equal(judge(&rule, figures, 2), 0);
	assert_int_equal(findings.count, 0);
}

static void test_operators(void **state)
{
	/* for left -1, 0, +1 against right: does it hold? */
	static const struct {
		enum rule_operator op;
		bool holds[3];
		const char *allowed;
	} rows[] = {
		{OP_LE, {true, true, false}, "≤10个"},
		{OP_LT, {true, false, false}, "＜10个"},
		{OP_GE, {false, true, true}, "≥10个"},
		{OP_GT, {false, false, true}, "＞10个"},
		{OP_EQ, {false, true, false}, "＝10个"},
	};
	static const char *const values[] = {"9个", "10个", "11个"};
	struct plan_term left = term(1, FINISHED), right = constant("10个");
	struct plan_rule rule = finished_le_started(&left, &right);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t j = 0; j < 3; j++) {
			struct figure figure = {"finished", q(values[j]), ""};

			rule.op = rows[i].op;
			assert_int_equal(judge(&rule, &figure, 1),
			                 rows[i].holds[j] ? 0 : E_REFUSED);
			if (!rows[i].holds[j])
				assert_string_equal(findings.first->allowed,
				                    rows[i].allowed);
		}
	}
}

/* Only the right side has a figure: told of it, the other way round. */
static void test_flipped(void **state)
{
	static const struct {
		enum rule_operator op;
		const char *value, *allowed;
	} rows[] = {
		{OP_LE, "9个", "≥10个"},  {OP_LT, "10个", "＞10个"},
		{OP_GE, "11个", "≤10个"}, {OP_GT, "10个", "＜10个"},
		{OP_EQ, "9个", "＝10个"},
	};
	struct plan_term left = constant("10个"), right = term(1, STARTED);
	struct plan_rule rule = finished_le_started(&left, &right);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct figure figure = {"started", q(rows[i].value), ""};

		rule.op = rows[i].op;
		assert_int_equal(judge(&rule, &figure, 1), E_REFUSED);
		assert_string_equal(findings.first->field, "figures[started].value");
		assert_string_equal(findings.first->found, rows[i].value);
		assert_string_equal(findings.first->allowed, rows[i].allowed);
	}
}

/* More started than planned was common in 2022: asked for, then taken. */
static void test_reason(void **state)
{
	struct plan_term left = term(1, STARTED), right = term(1, PLANNED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"planned", q("51000个"), ""},
	                           {"started", q("51600个"), ""}};

	(void)state;
	rule.id = "R-2-05";
	rule.severity = SEVERITY_REASON;
	rule.text = "开工数≤计划数";
	rule.causes = "";
	rule.basis = "填报说明";
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
	assert_string_equal(
		findings.first->text,
		"“累计开工小区”＝51600个，“年度计划改造小区”＝51000个。审核关系："
		"开工数≤计划数（核实性审核 R-2-05，依据填报说明）。如情况属实，"
		"请填写说明并经负责人审签，填写后即可报送。");
	assert_false(findings.first->answered);

	figures[0].reason = " 　"; /* blank is no reason */
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);

	figures[0].reason = "新增600个自筹项目"; /* on either figure of the rule */
	assert_int_equal(judge(&rule, figures, 2), 0);
	assert_int_equal(findings.count, 1);
	assert_true(findings.first->answered);
	assert_string_equal(
		findings.first->text,
		"“累计开工小区”＝51600个，“年度计划改造小区”＝51000个。审核关系："
		"开工数≤计划数（核实性审核 R-2-05，依据填报说明）。已填写说明："
		"“新增600个自筹项目”。");

	rule.severity = SEVERITY_NOTICE;
	rule.basis = "";
	assert_int_equal(judge(&rule, figures, 2), 0);
	assert_string_equal(
		findings.first->text,
		"“累计开工小区”＝51600个，“年度计划改造小区”＝51000个。审核关系："
		"开工数≤计划数（提示 R-2-05）。请关注。");
}

/* A reason of a thousand characters is not repeated in every receipt. */
static void test_long_reason(void **state)
{
	struct plan_term left = term(1, STARTED), right = term(1, PLANNED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"planned", q("1个"), ""}, {"started", q("2个"), ""}};
	char reason[3 * REPORT_REASON_MAX + 1] = "";

	(void)state;
	for (size_t i = 0; i < REPORT_REASON_MAX; i++)
		memcpy(reason + 3 * i, "因", 3);
	rule.severity = SEVERITY_REASON;
	figures[1].reason = reason;
	assert_int_equal(judge(&rule, figures, 2), 0);
	assert_non_null(strstr(findings.first->text, "因因……”。"));
	assert_true(strlen(findings.first->text) < 600);
	assert_true(utf8_valid(bytes_of_str(findings.first->text)));
}

/* Sums, coefficients, and units that differ: exact. */
static void test_sums(void **state)
{
	struct plan_term left[] = {term(1, FINISHED), term(2, ACCEPTED), constant("1个")};
	struct plan_term right[] = {term(3, STARTED), term(-1, PLANNED)};
	struct plan_rule rule = finished_le_started(left, right);
	struct figure figures[] = {{"accepted", q("4个"), ""}, /* 5 + 8 + 1 = 14 */
	                           {"finished", q("5个"), ""},
	                           {"planned", q("4个"), ""}, /* 18 - 4 = 14 */
	                           {"started", q("6个"), ""}};

	(void)state;
	rule.left_count = 3;
	rule.right_count = 2;
	assert_int_equal(judge(&rule, figures, 4), 0);
	figures[2].value = q("5个");
	assert_int_equal(judge(&rule, figures, 4), E_REFUSED);
	assert_string_equal(findings.first->found, "14个");
	assert_string_equal(findings.first->allowed, "≤13个");
}

static void test_areas(void **state)
{
	struct plan_term left[] = {term(1, AREA), term(1, LAND)};
	struct plan_term right = constant("6.836平方公里");
	struct plan_rule rule = finished_le_started(left, &right);
	struct figure figures[] = {{"area", q("3.418平方公里"), ""},
	                           {"land", q("5127亩"), ""}};

	(void)state;
	rule.left_count = 2;
	assert_int_equal(judge(&rule, figures, 2), 0);
	figures[1].value = q("5127.01亩"); /* no decimal in 平方公里, but one in 亩 */
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
	assert_string_equal(findings.first->rule, "R-2-03");
	assert_string_equal(findings.first->found, "10254.01亩");
	assert_string_equal(findings.first->allowed, "≤6.836平方公里");
}

/* 户 and 小区 are counted apart, and yet 1500 户 to a 小区 is much. */
static void test_counts_apart(void **state)
{
	struct plan_term left = term(1, HOUSEHOLDS), right = term(1500, STARTED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"households", q("0.15万户"), ""},
	                           {"started", q("1个"), ""}};

	(void)state;
	assert_int_equal(judge(&rule, figures, 2), 0);
	figures[0].value = q("1501户");
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
}

/* A rule that compares money with area says nothing; plan_read() refuses it. */
static void test_mixed(void **state)
{
	struct plan_term left = term(1, INVESTED), right = term(1, AREA);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"area", q("1平方公里"), ""},
	                           {"invested", q("9万元"), ""}};

	(void)state;
	by_hand.indicators[STARTED].required = false;
	assert_int_equal(judge(&rule, figures, 2), 0);
	assert_int_equal(findings.count, 0);
}

/* What cannot be computed exactly is refused, never waved through. */
static void test_not_computable(void **state)
{
	struct plan_term left = term(1000, STARTED), right = term(1, PLANNED);
	struct plan_rule rule = finished_le_started(&left, &right);
	struct figure figures[] = {{"planned", q("1个"), ""},
	                           {"started", q("999999999999999999个"), ""}};

	(void)state;
	assert_int_equal(judge(&rule, figures, 2), E_REFUSED);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, "D-54");
	assert_string_equal(findings.first->field, "figures[started].value");
	assert_non_null(strstr(findings.first->text, "R-2-03"));
}

/* All rules run, not only the first. */
static void test_all_rules(void **state)
{
	struct plan_term left[] = {term(1, FINISHED), term(1, ACCEPTED)};
	struct plan_term right[] = {term(1, STARTED), term(1, FINISHED)};
	struct plan_rule rules[] = {finished_le_started(&left[0], &right[0]),
	                            finished_le_started(&left[1], &right[1])};
	struct figure figures[] = {{"accepted", q("130个"), ""},
	                           {"finished", q("128个"), ""},
	                           {"started", q("121个"), ""}};
	struct report report = report_of(figures, 3);
	struct verdict verdict;

	(void)state;
	findings_init(&findings, &arena);
	plan_by_hand_rules(&by_hand, rules, 2);
	assert_int_equal(validate_report(&by_hand.plan, &report, NULL, at("2022-10-08"),
	                                 &findings, &verdict),
	                 E_REFUSED);
	assert_int_equal(findings.refusals, 2);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_contradiction),
		PLAN_TEST(test_missing_operand),
		PLAN_TEST(test_operators),
		PLAN_TEST(test_flipped),
		PLAN_TEST(test_reason),
		PLAN_TEST(test_sums),
		PLAN_TEST(test_areas),
		PLAN_TEST(test_long_reason),
		PLAN_TEST(test_counts_apart),
		PLAN_TEST(test_mixed),
		PLAN_TEST(test_not_computable),
		PLAN_TEST(test_all_rules),
		PLAN_TEST(test_missing_strategies),
		PLAN_TEST(test_task),
		PLAN_TEST(test_city_rules_are_not_a_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
