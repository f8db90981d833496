/* Rules of form: each slip in a figure, a text or a name is named, with what to write. */
#include "model/validate.h"

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
static struct findings findings;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	findings_init(&findings, &arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static int judge(const struct report *report)
{
	struct verdict verdict;

	findings_init(&findings, &arena);
	return validate_report(&by_hand.plan, report, NULL, at("2022-10-08 16:42"),
	                       &findings, &verdict);
}

static int judge_figure(const char *indicator, struct quantity value)
{
	struct figure figures[] = {{indicator, value, ""}, {"started", q("121个"), ""}};
	struct report report = report_of(figures, 2);

	return judge(&report);
}

static void assert_finding(const char *rule, const char *field, const char *found,
                           const char *allowed, const char *text)
{
	const struct finding *finding = findings.first;

	assert_int_equal(findings.count, 1);
	assert_string_equal(finding->rule, rule);
	assert_string_equal(finding->field, field);
	assert_string_equal(finding->found, found);
	assert_string_equal(finding->allowed, allowed);
	assert_string_equal(finding->text, text);
}

static void test_indicators(void **state)
{
	struct figure twice[] = {{"started", q("1个"), ""}, {"started", q("2个"), ""}};
	struct report report = report_of(twice, 2);

	(void)state;
	assert_int_equal(judge_figure("finishd", q("1个")), E_REFUSED);
	assert_finding("D-41", "figures[finishd].indicator", "finishd",
	               "“老旧小区和危旧房改造”板块的指标",
	               "“老旧小区和危旧房改造”板块没有指标“finishd”，是否为“finished”。"
	               "审核关系：只填报本板块的指标（强制性审核 D-41）。");
	assert_int_equal(judge_figure("areas", q("1个")), E_REFUSED);
	assert_finding("D-41", "figures[areas].indicator", "areas",
	               "“老旧小区和危旧房改造”板块的指标",
	               "指标“已启动实施片区数”属于“重点片区城市更新”板块，不在"
	               "“老旧小区和危旧房改造”板块填报。审核关系：只填报本板块的指标"
	               "（强制性审核 D-41）。");
	assert_int_equal(judge(&report), E_REFUSED);
	assert_finding("D-42", "figures[started].value", "重复填报", "填1次",
	               "“累计开工小区”填报了不止一次。审核关系：每个指标只填一次"
	               "（强制性审核 D-42）。");
	assert_int_equal(judge_figure("rate", q("50%")), E_REFUSED);
	assert_finding("D-43", "figures[rate].value", "已填报", "不填报",
	               "“开工率”由市级根据填报数计算，请删去。审核关系：比率由市级计算，"
	               "不填报（强制性审核 D-43）。");
}

/* 亿元 where 户 is due: both are named, and what may stand there. */
static void test_units(void **state)
{
	struct quantity unknown = q("1个");

	(void)state;
	unknown.unit = NULL;
	assert_int_equal(judge_figure("households", q("3亿元")), E_REFUSED);
	assert_finding("D-45", "figures[households].value", "3亿元", "户、万户",
	               "“惠及户”＝3亿元，计量单位填为“亿元”，应填“户、万户”。审核关系："
	               "计量单位须与指标的计量单位同类（强制性审核 D-45）。");
	assert_int_equal(judge_figure("households", q("3个")), E_REFUSED);
	assert_string_equal(findings.first->rule, "D-45");
	assert_int_equal(judge_figure("households", unknown), E_REFUSED);
	assert_finding("D-44", "figures[households].value", "单位不明", "户、万户",
	               "“惠及户”的计量单位无法识别，请按“户”填报。审核关系：计量单位须在"
	               "单位表之内（强制性审核 D-44）。");
	assert_int_equal(judge_figure("households", q("1.2万户")), 0);
	assert_int_equal(judge_figure("area", q("5127亩")), 0);
	assert_int_equal(judge_figure("invested", q("0.325亿元")), 0);
}

/* Decimals count in the indicator's unit; zeros at the end are none. */
static void test_decimals(void **state)
{
	static const char *const bad[][3] = {
		{"finished", "1.5个", "整数（个）"},
		{"households", "1.23456万户", "整数（户）"},
		{"invested", "0.001万元", "至多2位小数（万元）"},
		{"invested", "12345.6789万元", "至多2位小数（万元）"},
		{"area", "1亩", "至多3位小数（平方公里）"}, /* 0.000666… */
	};
	static const char *const good[][2] = {
		{"finished", "128.00个"},     {"households", "1.2345万户"},
		{"invested", "325.25万元"},   {"invested", "325.2500万元"},
		{"invested", "0.000001亿元"}, {"area", "3.418平方公里"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(judge_figure(bad[i][0], q(bad[i][1])), E_REFUSED);
		assert_int_equal(findings.count, 1);
		assert_string_equal(findings.first->rule, "D-47");
		assert_string_equal(findings.first->found, bad[i][1]);
		assert_string_equal(findings.first->allowed, bad[i][2]);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(judge_figure(good[i][0], q(good[i][1])), 0);
	assert_int_equal(judge_figure("households", q("1.23456万户")), E_REFUSED);
	assert_finding("D-47", "figures[households].value", "1.23456万户", "整数（户）",
	               "“惠及户”＝1.23456万户，按“户”计应为整数（户）。审核关系：小数位数"
	               "不超过指标的规定（强制性审核 D-47）。");
}

static void test_digits(void **state)
{
	struct quantity wild = {.digits = INT64_MIN, .scale = 9, .unit = unit_find("户")};

	(void)state;
	assert_int_equal(judge_figure("households", wild), E_REFUSED);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, "D-46");
	assert_int_equal(judge_figure("households", q("-1户")), E_REFUSED);
	assert_finding("D-48", "figures[households].value", "-1户", "≥0",
	               "“惠及户”＝-1户。审核关系：数值不得为负（强制性审核 D-48）。");
	assert_int_equal(judge_figure("households", q("999999999999999999户")), 0);
}

/* 约 in a report is told, not refused: the plan's own figures have it. */
static void test_hedged(void **state)
{
	(void)state;
	assert_int_equal(judge_figure("households", q("约300户")), 0);
	assert_finding(
		"D-49", "figures[households].value", "约300户", "准确数",
		"“惠及户”填报为约300户。审核关系：填报数应为准确数（提示 D-49）。");
}

static void test_required(void **state)
{
	struct figure finished = {"finished", q("3个"), ""};
	struct report report = report_of(&finished, 1);

	(void)state;
	assert_int_equal(judge(&report), E_REFUSED);
	assert_finding("D-50", "figures[started].value", "未填报", "必填（个）",
	               "“累计开工小区”未填报。审核关系：必填指标须填报，没有的填0"
	               "（强制性审核 D-50）。");
	report = report_of(NULL, 0);
	assert_int_equal(judge(&report), E_REFUSED);
	by_hand.indicators[STARTED].required = false;
	assert_int_equal(judge(&report), 0);
}

/* A figure that is there but wrong is not missing as well. */
static void test_one_mistake_one_finding(void **state)
{
	struct figure started = {"started", q("3亿元"), ""};
	struct report report = report_of(&started, 1);

	(void)state;
	assert_int_equal(judge(&report), E_REFUSED);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, "D-45");
}

static void test_texts(void **state)
{
	struct figure started = {"started", q("3个"), ""};
	struct report report = report_of(&started, 1);

	(void)state;
	report.texts.progress = " \n　\t";
	assert_int_equal(judge(&report), E_REFUSED);
	assert_finding(
		"D-51", "texts.progress", "未填写", "必填",
		"“工作进展”未填写。审核关系：“工作进展”须填写（强制性审核 D-51）。");
	report.texts.progress = "无";
	report.texts.problems = "";
	report.texts.next_steps = "";
	report.texts.city_to_settle = "";
	assert_int_equal(judge(&report), 0);
	assert_int_equal(findings.count, 3);
	assert_string_equal(findings.first->field, "texts.problems");
	assert_string_equal(findings.last->field, "texts.city_to_settle");
	assert_string_equal(findings.last->text,
	                    "“需市级协调事项”未填写。审核关系：文字栏没有内容的填“无”"
	                    "（提示 D-52）。");
}

static void test_persons(void **state)
{
	struct figure started = {"started", q("3个"), ""};
	struct report report = report_of(&started, 1);

	(void)state;
	report.reviewed_by.name = "";
	assert_int_equal(judge(&report), E_REFUSED);
	assert_finding("D-53", "reviewed_by.name", "未填写", "必填",
	               "“审核人”未填写。审核关系：填报人、审核人、负责人须齐全"
	               "（强制性审核 D-53）。");
	report.filled_by.name = NULL;
	report.approved_by.name = " ";
	assert_int_equal(judge(&report), E_REFUSED);
	assert_int_equal(findings.refusals, 3);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_indicators), PLAN_TEST(test_units),
		PLAN_TEST(test_decimals),   PLAN_TEST(test_digits),
		PLAN_TEST(test_hedged),     PLAN_TEST(test_required),
		PLAN_TEST(test_texts),      PLAN_TEST(test_one_mistake_one_finding),
		PLAN_TEST(test_persons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
