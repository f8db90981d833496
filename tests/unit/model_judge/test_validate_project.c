/*
 * Figures of projects: a unit that says how its figure comes about must not contradict
 * itself; and must not be refused for what is true.
 */
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

#define ROWS_MAX 8

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;
static struct history history;
static struct figure figures[2];
static struct project_figure rows[ROWS_MAX];
static struct project_last lasts[ROWS_MAX];
static struct project projects[4];
static const char *const targets[] = {"communities"};
static struct report report;

static struct project project(const char *id, const char *name, enum project_state state)
{
	return (struct project){.unit = "430111",
	                        .section = "2",
	                        .id = id,
	                        .targets = targets,
	                        .target_count = 1,
	                        .name = name,
	                        .kind = "",
	                        .person = "",
	                        .telephone = "",
	                        .start = DAY_NONE,
	                        .finish = DAY_NONE,
	                        .state = state,
	                        .reason = "",
	                        .version = 1};
}

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	by_hand.target.id = targets[0];
	projects[0] = project("p1", "东风路片区", PROJECT_UNDERWAY);
	projects[1] = project("p2", "湘雅路片区", PROJECT_UNDERWAY);
	projects[2] = project("p3", "四方坪片区", PROJECT_FINISHED);
	projects[3] = project("p4", "未来路片区", PROJECT_PLANNED);
	history = (struct history){.projects_known = true,
	                           .projects = projects,
	                           .project_count = 4};
	figures[0] = (struct figure){"finished", q("30个"), ""};
	figures[1] = (struct figure){"started", q("121个"), ""};
	report = report_of(figures, 2);
	report.project_figures = rows;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static void row(const char *id, const char *indicator, const char *value)
{
	CHECK(report.project_figure_count < ROWS_MAX);
	rows[report.project_figure_count++] =
		(struct project_figure){id, indicator, q(value), ""};
}

static void last(const char *id, const char *indicator, const char *value)
{
	lasts[history.last_count++] =
		(struct project_last){{id, indicator, q(value), ""}, {MONTHLY, 2022, 8}};
	history.lasts = lasts;
}

static int judge(void)
{
	struct verdict verdict;

	findings_init(&findings, &arena);
	return validate_report(&by_hand.plan, &report, &history, at("2022-10-08 16:00"),
	                       &findings, &verdict);
}

static const struct finding *refused_by(const char *rule)
{
	assert_int_equal(judge(), E_REFUSED);
	assert_non_null(found_by(&findings, rule, 0));
	return found_by(&findings, rule, 0);
}

static void without_rows_nothing_is_asked(void **state)
{
	(void)state;
	assert_int_equal(judge(), 0);
}

static void rows_that_sum_are_taken(void **state)
{
	(void)state;
	row("p1", "started", "100个");
	row("p2", "started", "21个");
	assert_int_equal(judge(), 0);
	assert_int_equal(findings.count, 0);
}

static void another_sum_is_refused(void **state)
{
	const struct finding *finding;

	(void)state;
	row("p1", "started", "100个");
	row("p2", "started", "20个");
	finding = refused_by("D-62");
	assert_string_equal(finding->field, "figures[started].value");
	assert_string_equal(finding->text,
	                    "“累计开工小区”＝121个，各项目合计120个。审核关系：各项目数之"
	                    "和应等于本单位数（强制性审核 D-62）。");
}

static void what_is_missing_is_explained(void **state)
{
	const struct finding *finding;

	(void)state;
	row("p1", "started", "100个");
	finding = refused_by("D-63");
	assert_non_null(strstr(finding->text, "1个在建项目没有填这项指标：湘雅路片区。"));
	figures[1].reason = "湘雅路片区台账未报齐";
	assert_int_equal(judge(), 0);
	assert_true(found_by(&findings, "D-63", 0)->answered);
}

static void nothing_is_missing_when_the_sum_is_right(void **state)
{
	(void)state;
	row("p1", "started", "121个");
	assert_int_equal(judge(), 0);
}

static void parts_are_never_more_than_the_whole(void **state)
{
	(void)state;
	row("p1", "started", "122个");
	figures[1].reason = "无";
	(void)refused_by("D-62");
}

static void what_finished_counts_on(void **state)
{
	(void)state;
	last("p3", "started", "50个");
	row("p1", "started", "50个");
	row("p2", "started", "21个");
	assert_int_equal(judge(), 0);
	projects[2].state = PROJECT_CANCELLED; /* and what was cancelled does not */
	(void)refused_by("D-62");
}

static void a_row_needs_its_units_figure(void **state)
{
	(void)state;
	row("p1", "households", "100户");
	assert_non_null(strstr(refused_by("D-62")->text, "未填报"));
}

static void an_unknown_project_is_refused(void **state)
{
	(void)state;
	row("p1", "started", "100个");
	row("p2", "started", "20个");
	row("p9", "started", "1个");
	assert_string_equal(refused_by("D-60")->found, "p9");
	assert_null(found_by(&findings, "D-62", 0));
	history.projects_known = false; /* the centre knows */
	history.project_count = 0;
	assert_int_equal(judge(), 0);
}

static void a_row_is_measured_as_the_whole(void **state)
{
	(void)state;
	row("p1", "started", "100户");
	row("p2", "rate", "20%");
	(void)refused_by("D-61");
	assert_string_equal(found_by(&findings, "D-61", 1)->found, "rate");
	rows[0].value = q("100.5个");
	assert_string_equal(refused_by("D-61")->found, "100.5个");
	rows[0].value = q("-1个");
	(void)refused_by("D-61");
}

static void a_fall_is_explained(void **state)
{
	const struct finding *finding;

	(void)state;
	last("p1", "started", "101个");
	row("p1", "started", "100个");
	row("p2", "started", "21个");
	finding = refused_by("D-64");
	assert_string_equal(finding->field, "project_figures[p1/started].value");
	assert_non_null(strstr(finding->text, "由2022年8月的101个降为100个"));
	rows[0].reason = "核减1个";
	assert_int_equal(judge(), 0);
}

static void no_change_holds_for_projects(void **state)
{
	(void)state;
	history.count = 1;
	history.reports[0].period = (struct period){MONTHLY, 2022, 8};
	history.reports[0].figures = figures;
	history.reports[0].figure_count = 2;
	report.kind = REPORT_NO_CHANGE;
	last("p1", "started", "100个");
	last("p2", "started", "21个");
	row("p1", "started", "100个");
	row("p2", "started", "21个");
	assert_int_equal(judge(), 0);
	rows[0].value = q("101个");
	rows[1].value = q("20个");
	rows[1].reason = "调整";
	(void)refused_by("D-55");
}

static void units_convert_exactly(void **state)
{
	(void)state;
	figures[1] = (struct figure){"invested", q("1.2亿元"), ""};
	figures[0] = (struct figure){"started", q("0个"), ""};
	report.figures = (const struct figure[]){figures[1], figures[0]};
	row("p1", "invested", "10000万元");
	row("p2", "invested", "0.2亿元");
	assert_int_equal(judge(), 0);
}

static void it_reads_as_it_was_written(void **state)
{
	const struct report *again;
	struct bytes bytes;

	(void)state;
	row("p1", "started", "100个");
	row("p2", "started", "21个");
	findings_init(&findings, &arena);
	assert_int_equal(report_encode(&arena, &report, &bytes), 0);
	assert_int_equal(report_decode(&arena, bytes, &findings, &again), 0);
	assert_int_equal(again->project_figure_count, 2);
	assert_string_equal(again->project_figures[1].project, "p2");
	assert_int_equal(again->project_figures[1].value.digits, 21);
	assert_ptr_equal(report_project_figure(again, "p2", "started"),
	                 &again->project_figures[1]);
	assert_null(report_project_figure(again, "p2", "finished"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_rows_nothing_is_asked),
		TEST(rows_that_sum_are_taken),
		TEST(another_sum_is_refused),
		TEST(what_is_missing_is_explained),
		TEST(nothing_is_missing_when_the_sum_is_right),
		TEST(parts_are_never_more_than_the_whole),
		TEST(what_finished_counts_on),
		TEST(a_row_needs_its_units_figure),
		TEST(an_unknown_project_is_refused),
		TEST(a_row_is_measured_as_the_whole),
		TEST(a_fall_is_explained),
		TEST(no_change_holds_for_projects),
		TEST(units_convert_exactly),
		TEST(it_reads_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
