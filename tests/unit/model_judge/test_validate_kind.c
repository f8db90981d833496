/*
 * Corrections, returns, supplements, "no change" and "zero": a unit must be able to mend
 * what it said, as often as is needed and never silently; and a promise made by one
 * command must be kept by the figures.
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

#define FIRST  "2022-09-430111-02-0007"
#define SECOND "2022-09-430111-02-0012"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;
static struct history history;
static struct verdict verdict;
static struct figure figures[2];
static struct report report;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	history = (struct history){.count = 0};
	figures[0] = (struct figure){"finished", q("100个"), ""};
	figures[1] = (struct figure){"started", q("121个"), ""};
	report = report_of(figures, 2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static int judge_at(const char *when)
{
	findings_init(&findings, &arena);
	return validate_report(&by_hand.plan, &report, &history, at(when), &findings,
	                       &verdict);
}

static void stands(const char *number, uint32_t revision)
{
	history.terms.current = number;
	history.terms.revision = revision;
}

static void before(const char *period, const struct figure *given, size_t count)
{
	assert_int_equal(period_parse(period, &history.reports[0].period), 0);
	history.reports[0].figures = given;
	history.reports[0].figure_count = count;
	history.count = 1;
}

static void assert_refused(const char *rule, const char *field, const char *found,
                           const char *allowed)
{
	const struct finding *finding = found_by(&findings, rule, 0);

	assert_int_equal(findings.refusals, 1);
	assert_non_null(finding);
	assert_string_equal(finding->field, field);
	assert_string_equal(finding->found, found);
	assert_string_equal(finding->allowed, allowed);
}

static void test_a_mistake_is_corrected(void **state)
{
	(void)state;
	assert_int_equal(judge_at("2022-10-08 16:00"), 0);
	assert_int_equal(verdict.revision, 1);
	stands(FIRST, 1);
	report.supersedes = FIRST;
	report.change_reason = "完工数漏报2个。";
	assert_int_equal(judge_at("2022-10-08 17:00"), 0);
	assert_int_equal(verdict.revision, 2);
	assert_int_equal(verdict.timeliness, ON_TIME);
}

static void test_no_correction_without_a_reason(void **state)
{
	(void)state;
	stands(FIRST, 1);
	report.supersedes = FIRST;
	assert_int_equal(judge_at("2022-10-08 17:00"), E_REFUSED);
	assert_refused("D-39", "change_reason", "未填写", "必填");
	report.change_reason = " 　\n";
	assert_int_equal(judge_at("2022-10-08 17:00"), E_REFUSED);
	assert_refused("D-39", "change_reason", "未填写", "必填");
}

static void test_only_the_newest_is_superseded(void **state)
{
	(void)state;
	report.supersedes = FIRST;
	report.change_reason = "更正。";
	assert_int_equal(judge_at("2022-10-08 17:00"), E_REFUSED);
	assert_refused("D-38", "supersedes", FIRST, "不填");
	stands(SECOND, 2);
	assert_int_equal(judge_at("2022-10-08 17:00"), E_REFUSED);
	assert_refused("D-38", "supersedes", FIRST, SECOND);
}

static void test_a_return_is_due_by_its_own_time(void **state)
{
	(void)state;
	stands(FIRST, 1);
	history.terms.return_due = at("2022-10-14 17:30"); /* after the lock */
	report.supersedes = FIRST;
	report.change_reason = "按退回意见修改。";
	assert_int_equal(judge_at("2022-10-14 17:30"), 0);
	assert_int_equal(verdict.timeliness, ON_TIME);
	assert_true(verdict.times.due == history.terms.return_due);
	/* Later than that it is still wanted, but late. */
	assert_int_equal(judge_at("2022-10-20 09:00"), 0);
	assert_int_equal(verdict.timeliness, AFTER_LOCK);
}

static void test_a_return_opens_nothing_else(void **state)
{
	(void)state;
	stands(SECOND, 2);
	history.terms.return_due = at("2022-10-14 17:30");
	assert_int_equal(judge_at("2022-10-13 09:00"), E_STATE);
	assert_non_null(found_by(&findings, "D-37", 0));
}

static void test_an_extension_moves_due_time_and_lock(void **state)
{
	(void)state;
	history.terms.due = at("2022-10-14 17:30");
	history.terms.lock = at("2022-10-20 17:30");
	assert_int_equal(judge_at("2022-10-14 17:30"), 0);
	assert_int_equal(verdict.timeliness, ON_TIME);
	assert_int_equal(judge_at("2022-10-20 17:30"), 0);
	assert_int_equal(verdict.timeliness, LATE);
	assert_int_equal(judge_at("2022-10-20 17:31"), E_STATE);
}

static void test_after_the_lock_with_consent_and_reason_only(void **state)
{
	(void)state;
	assert_int_equal(judge_at("2022-10-13 09:00"), E_STATE);
	assert_int_equal(findings.refusals, 1); /* one thing is wrong: it is locked */
	history.terms.open_until = at("2022-10-21 17:30");
	assert_int_equal(judge_at("2022-10-13 09:00"), E_REFUSED);
	assert_refused("D-39", "change_reason", "未填写", "必填");
	report.change_reason = "停电，设备故障。";
	assert_int_equal(judge_at("2022-10-13 09:00"), 0);
	assert_int_equal(verdict.timeliness, AFTER_LOCK);
	assert_int_equal(judge_at("2022-10-22 09:00"), E_STATE);
}

static void test_no_change_is_kept_by_the_figures(void **state)
{
	struct figure august[] = {{"finished", q("100.0个"), ""},
	                          {"started", q("121个"), ""}};

	(void)state;
	report.kind = REPORT_NO_CHANGE;
	before("2022-08", august, 2);
	assert_int_equal(judge_at("2022-10-08 16:00"), 0); /* 100.0 is 100 */
	figures[1].value = q("122个");
	assert_int_equal(judge_at("2022-10-08 16:00"), E_REFUSED);
	assert_refused("D-55", "figures[started].value", "122个", "121个");
}

static void test_no_change_gives_every_figure_again(void **state)
{
	struct figure august[] = {{"accepted", q("3个"), ""},
	                          {"started", q("121个"), ""}};

	(void)state;
	report.kind = REPORT_NO_CHANGE;
	before("2022-08", august, 2);
	assert_int_equal(judge_at("2022-10-08 16:00"), E_REFUSED);
	assert_string_equal(found_by(&findings, "D-55", 0)->field,
	                    "figures[finished].value");
	assert_string_equal(found_by(&findings, "D-55", 0)->allowed, "不填");
	assert_string_equal(found_by(&findings, "D-55", 1)->field,
	                    "figures[accepted].value");
	assert_string_equal(found_by(&findings, "D-55", 1)->found, "未填报");
}

static void test_no_change_needs_something_before(void **state)
{
	(void)state;
	report.kind = REPORT_NO_CHANGE;
	assert_int_equal(judge_at("2022-10-08 16:00"), E_REFUSED);
	assert_refused("D-55", "kind", "本期无变化", "月报");
}

static void test_a_yearly_series_is_unchanged_at_nothing(void **state)
{
	struct figure december[] = {{"started", q("121个"), ""},
	                            {"this_year", q("3250.50万元"), ""}};

	(void)state;
	report.kind = REPORT_NO_CHANGE;
	report.period = "2023-01";
	before("2022-12", december, 2);
	figures[0] = (struct figure){"started", q("121个"), ""};
	figures[1] = (struct figure){"this_year", q("3250.50万元"), ""};
	assert_int_equal(judge_at("2023-02-03 16:00"), E_REFUSED);
	assert_refused("D-55", "figures[this_year].value", "3250.50万元", "0万元");
	figures[1].value = q("0万元");
	assert_int_equal(judge_at("2023-02-03 16:00"), 0);
}

static void test_zero_counts_nothing_up(void **state)
{
	(void)state;
	report.kind = REPORT_ZERO;
	assert_int_equal(judge_at("2022-10-08 16:00"), E_REFUSED);
	assert_string_equal(found_by(&findings, "D-56", 1)->field,
	                    "figures[started].value");
	figures[0] = (struct figure){"planned", q("12个"), ""}; /* a level may be */
	figures[1].value = q("0个");
	assert_int_equal(judge_at("2022-10-08 16:00"), 0);
}
/* What was found to be untrue binds no later report; but it is not said again without a
 * word. */
static void test_what_was_withdrawn(void **state)
{
	static struct figure untrue[1];
	const struct finding *finding;

	(void)state;
	untrue[0] = (struct figure){"started", q("121个"), ""};
	before("2022-08", NULL, 0);
	history.reports[0].withdrawn = untrue;
	history.reports[0].withdrawn_count = 1;
	assert_int_equal(judge_at("2022-10-08 09:00"), E_REFUSED);
	finding = found_by(&findings, "D-80", 0);
	assert_non_null(finding);
	assert_int_equal(finding->severity, SEVERITY_REASON);
	assert_false(finding->answered);
	assert_string_equal(finding->field, "figures[started].value");
	assert_non_null(
		strstr(finding->text, "＝121个，与2022年8月填报、经复核不实的数相同"));
	figures[1].reason = "已补办开工手续";
	assert_int_equal(judge_at("2022-10-08 09:00"), 0);
	assert_true(found_by(&findings, "D-80", 0)->answered);
	figures[1] = (struct figure){"started", q("118个"), ""};
	assert_int_equal(judge_at("2022-10-08 09:00"), 0);
	assert_null(found_by(&findings, "D-80", 0));
	report.kind = REPORT_NO_CHANGE;
	assert_int_equal(judge_at("2022-10-08 09:00"), E_REFUSED);
	finding = found_by(&findings, "D-55",
	                   1); /* 0: finished, given for the first time */
	assert_non_null(strstr(finding->text, "上期填报的121个经复核不实"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_withdrawn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_mistake_is_corrected, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(test_no_correction_without_a_reason,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_the_newest_is_superseded, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(test_a_return_is_due_by_its_own_time,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_return_opens_nothing_else, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(test_an_extension_moves_due_time_and_lock,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_after_the_lock_with_consent_and_reason_only, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_no_change_is_kept_by_the_figures,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_change_gives_every_figure_again,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_change_needs_something_before,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_yearly_series_is_unchanged_at_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zero_counts_nothing_up, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
