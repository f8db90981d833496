/*
 * Where and when: a report for the wrong plan, unit, section or period, too early or
 * too late, gets the one answer that tells its sender what to do.
 */
#include "model/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;
static struct verdict verdict;
static struct figure started;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	findings_init(&findings, &arena);
	started = (struct figure){"started", q("121个"), ""};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static int judge(const struct report *report, const char *now)
{
	return validate_report(&by_hand.plan, report, NULL, at(now), &findings, &verdict);
}

static void assert_only(const char *rule, const char *field, const char *found,
                        const char *allowed, const char *text)
{
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, rule);
	assert_int_equal(findings.first->severity, SEVERITY_REFUSAL);
	assert_string_equal(findings.first->field, field);
	assert_string_equal(findings.first->found, found);
	assert_string_equal(findings.first->allowed, allowed);
	assert_string_equal(findings.first->text, text);
}

static void test_accepted(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	assert_int_equal(judge(&report, "2022-10-08 16:42"), 0);
	assert_int_equal(findings.count, 0);
	assert_ptr_equal(verdict.unit, &by_hand.units[YUHUA]);
	assert_ptr_equal(verdict.section, &by_hand.sections[1]);
	assert_int_equal(verdict.period.year, 2022);
	assert_int_equal(verdict.period.number, 9);
	assert_int_equal(verdict.times.due, at("2022-10-08 17:30"));
	assert_int_equal(verdict.times.lock, at("2022-10-12 17:30"));
	assert_int_equal(verdict.timeliness, ON_TIME);
}

static void test_another_plan(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	report.plan = "changsha-2021-1";
	assert_int_equal(judge(&report, "2022-10-08 16:42"), E_NOT_FOUND);
	assert_only(
		"D-31", "plan", "changsha-2021-1", "test-plan",
		"报表按方案“changsha-2021-1”填报，现受理的方案为“test-plan”。审核关系："
		"报表须按受理的方案填报（强制性审核 D-31）。");
	assert_null(verdict.unit);
}

static void test_unknown_unit(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	report.unit = "430199";
	assert_int_equal(judge(&report, "2022-10-08 16:42"), E_NOT_FOUND);
	assert_only("D-32", "unit", "430199", "方案列明的单位代码",
	            "方案中没有单位“430199”。审核关系：填报单位须是方案列明的单位"
	            "（强制性审核 D-32）。");
	assert_ptr_equal(verdict.section, &by_hand.sections[1]);
}

/* A certificate of former years: the reporter is told what the code is today. */
static void test_former_code(void **state)
{
	static const struct plan_former former = {"430122", "雨花县", "2011"};
	struct report report = report_of(&started, 1);

	(void)state;
	by_hand.units[YUHUA].former = &former;
	by_hand.units[YUHUA].former_count = 1;
	report.unit = "430122";
	assert_int_equal(judge(&report, "2022-10-08 16:42"), E_NOT_FOUND);
	assert_only("D-32", "unit", "430122", "430111",
	            "430122（2011年停用）是曾用代码，雨花区的代码现为430111：请换发证书，"
	            "并把 "
	            "agent.unit 改成430111后重报。审核关系：填报单位须是方案列明的单位"
	            "（强制性审核 D-32）。");
	assert_null(verdict.unit);
}

static void test_unknown_section(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	report.section = "6";
	assert_int_equal(judge(&report, "2022-10-08 16:42"), E_NOT_FOUND);
	assert_only("D-33", "section", "6", "1、2",
	            "方案中没有板块“6”，现有板块：1、2。审核关系：板块须是方案设置的板块"
	            "（强制性审核 D-33）。");
	assert_null(verdict.section);
}

static void test_not_asked(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	report.unit = "430181";
	assert_int_equal(judge(&report, "2022-10-08 16:42"), E_DENIED);
	assert_only("D-34", "section", "2", "本单位承担的板块",
	            "浏阳市在“老旧小区和危旧房改造”板块无任务，不需要报送。审核关系："
	            "只报送本单位承担的板块（强制性审核 D-34）。");
}

/* From 2019, from after the plan, of another frequency, or not a period at all. */
static void test_unknown_period(void **state)
{
	static const char *const periods[] = {"2019-09", "2022-06", "2027-01",
	                                      "2022-Q3", "2022",    "2022-13",
	                                      "9月",     "",        "2022-9"};

	(void)state;
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		struct report report = report_of(&started, 1);

		findings_init(&findings, &arena);
		report.period = periods[i];
		assert_int_equal(judge(&report, "2022-10-08 16:42"), E_NOT_FOUND);
		assert_int_equal(findings.count, 1);
		assert_string_equal(findings.first->rule, "D-35");
		assert_string_equal(findings.first->found, periods[i]);
		assert_string_equal(findings.first->allowed,
		                    "按月报送，2022-07至2026-12");
	}
	assert_string_equal(
		findings.first->text,
		"报告期“2022-9”不在方案的报送范围内：按月报送，2022-07至2026-12。"
		"审核关系：报告期须符合方案的报送频次和起止时间（强制性审核 D-35）。");
}

/* A plan that nobody has made a schedule for asks for nothing, and says so. */
static void test_no_schedule(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	by_hand.plan.schedule =
		(struct plan_schedule){.first_period = "", .last_period = ""};
	assert_int_equal(judge(&report, "2022-10-08 16:42"), E_NOT_FOUND);
	assert_string_equal(findings.first->rule, "D-35");
	assert_string_equal(findings.first->allowed, "方案尚未规定报告期");
}

static void test_too_early(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	assert_int_equal(judge(&report, "2022-09-30 23:59"), E_STATE);
	assert_only("D-36", "period", "2022-09", "10月1日（星期六）00:00起",
	            "2022年9月的数据尚未截止，10月1日（星期六）00:00起受理。审核关系："
	            "数据截止后方可报送（强制性审核 D-36）。");
	findings_init(&findings, &arena);
	assert_int_equal(judge(&report, "2022-10-01 00:00"), 0);
}

static void test_locked(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	assert_int_equal(judge(&report, "2022-10-12 17:30"), 0);
	assert_int_equal(verdict.timeliness, LATE);
	assert_int_equal(judge(&report, "2022-10-12 17:31"), E_STATE);
	assert_only(
		"D-37", "period", "2022-09", "10月12日（星期三）17:30前",
		"2022年9月报表已于10月12日（星期三）17:30封表。审核关系：封表后不再受理，"
		"需要补报的先征得工作组办公室同意（强制性审核 D-37）。");
}

/* 17:30 sharp is on time; a millisecond later is late. */
static void test_due(void **state)
{
	struct report report = report_of(&started, 1);

	(void)state;
	assert_int_equal(judge(&report, "2022-10-08 17:30"), 0);
	assert_int_equal(verdict.timeliness, ON_TIME);
	assert_int_equal(validate_report(&by_hand.plan, &report, NULL,
	                                 at("2022-10-08 17:30") + 1, &findings, &verdict),
	                 0);
	assert_int_equal(verdict.timeliness, LATE);
}

/* Everything is told at once, and the code is that of the first step that failed. */
static void test_all_at_once(void **state)
{
	struct figure figures[] = {{"started", q("-1个"), ""}, {"storeys", q("3个"), ""}};
	struct report report = report_of(figures, 2);

	(void)state;
	report.texts.progress = "";
	report.approved_by.name = "";
	assert_int_equal(judge(&report, "2022-10-20"), E_STATE);
	assert_int_equal(findings.refusals, 5);
	assert_non_null(found_by(&findings, "D-37", 0));
	assert_non_null(found_by(&findings, "D-48", 0));
	assert_non_null(found_by(&findings, "D-41", 0));
	assert_non_null(found_by(&findings, "D-51", 0));
	assert_non_null(found_by(&findings, "D-53", 0));
	report.unit = "430181";
	assert_int_equal(judge(&report, "2022-10-20"), E_DENIED);
	report.unit = "1";
	assert_int_equal(judge(&report, "2022-10-20"), E_NOT_FOUND);
	report.unit = "430111";
	assert_int_equal(judge(&report, "2022-10-05"), E_REFUSED);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_accepted),
		PLAN_TEST(test_another_plan),
		PLAN_TEST(test_unknown_unit),
		PLAN_TEST(test_former_code),
		PLAN_TEST(test_unknown_section),
		PLAN_TEST(test_not_asked),
		PLAN_TEST(test_unknown_period),
		PLAN_TEST(test_no_schedule),
		PLAN_TEST(test_too_early),
		PLAN_TEST(test_locked),
		PLAN_TEST(test_due),
		PLAN_TEST(test_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
