/* One command that signs forty figures must sign the right ones; and a list of changes
 * that hides one is worse than none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "bench.h"
#include "client/agent/difference.h"
#include "client/agent/restate.h"

static struct restate restate_of(struct bench *bench, enum report_kind kind,
                                 const struct report *last, const char *period)
{
	struct restate restate = {.arena = &bench->arena,
	                          .plan = bench->plan,
	                          .plan_version = 3,
	                          .unit = "430111",
	                          .section = plan_find_section(bench->plan, "2"),
	                          .kind = kind,
	                          .last = last,
	                          .plan_now = 77,
	                          .wall_now = 78};

	assert_int_equal(period_parse(period, &restate.period), 0);
	return restate;
}

static void no_change_states_every_figure_again(void **state)
{
	struct bench *bench = *state;
	struct restate restate;
	struct report last, report;

	bench_figure(bench, "communities_started", "100.0个", "核减2个");
	bench_figure(bench, "communities_started_year", "7个", "");
	last = bench_report(bench);
	restate = restate_of(bench, REPORT_NO_CHANGE, &last, "2022-08");
	assert_int_equal(restate_make(&restate, &report), 0);
	assert_int_equal(report.figure_count, 2);
	assert_int_equal(report.figures[0].value.digits, 1000); /* as it was written */
	assert_string_equal(report.figures[0].reason, "");
	assert_int_equal(report.figures[1].value.digits, 7);
	assert_string_equal(report.period, "2022-08");
	assert_string_equal(report.filled_by.name, "张三");
	assert_int_equal(report.approved_by.at, 77);
	assert_int_equal(report.kind, REPORT_NO_CHANGE);
	restate.persons[2] = (struct person){.name = "赵六"};
	restate = restate_of(bench, REPORT_NO_CHANGE, &last, "2023-01");
	restate.persons[2] = (struct person){.name = "赵六"};
	assert_int_equal(restate_make(&restate, &report), 0);
	assert_int_equal(report.figures[1].value.digits,
	                 0); /* a yearly series restarts */
	assert_int_equal(report.figures[0].value.digits, 1000);
	assert_string_equal(report.approved_by.name, "赵六");
	assert_string_equal(report.approved_by.post, "");
	restate.last = NULL;
	assert_int_equal(restate_make(&restate, &report), E_NOT_FOUND);
}

static void projects_are_stated_again_too(void **state)
{
	struct bench *bench = *state;
	struct project_figure projects[2] = {
		{.project = "lx-01",
	         .indicator = "communities_started",
	         .reason = "核实"},
		{.project = "lx-02", .indicator = "no_longer_asked", .reason = ""}};
	const struct place place = {bench->plan->id, "2", "2022-07"};
	struct difference difference;
	struct succession found;
	struct restate restate;
	struct report last, report;

	bench_figure(bench, "communities_started", "7个", "");
	last = bench_report(bench);
	projects[0].value = projects[1].value = last.figures[0].value;
	last.project_figures = projects;
	last.project_figure_count = 2;
	restate = restate_of(bench, REPORT_NO_CHANGE, &last, "2022-08");
	assert_int_equal(restate_make(&restate, &report), 0);
	assert_int_equal(report.project_figure_count, 1);
	assert_int_equal(report.project_figures[0].value.digits, 7);
	restate.kind = REPORT_ZERO;
	assert_int_equal(restate_make(&restate, &report), 0);
	assert_int_equal(report.project_figures[0].value.digits, 0);
	/* One that was left out is a change that must be seen. */
	bench_accept(bench, &last, "n-1", 1);
	assert_int_equal(
		succession_find(bench->store, &bench->arena, &place, &found, NULL), 0);
	report = last;
	assert_true(succession_same(&last, &report));
	report.project_figures = &projects[1];
	report.project_figure_count = 1;
	assert_false(succession_same(&last, &report));
	assert_int_equal(difference_find(&bench->arena, bench->plan, &found, &report,
	                                 &difference),
	                 0);
	assert_int_equal(difference.count, 1);
	assert_string_equal(difference.changes[0].was, "7个");
	assert_string_equal(difference.changes[0].is, "");
}

static void zero_keeps_levels_and_empties_what_counts_up(void **state)
{
	struct bench *bench = *state;
	struct restate restate;
	struct report last, report;
	const struct figure *planned;

	bench_figure(bench, "communities_started", "100个", "");
	bench_figure(bench, "communities_planned_year", "30个", "");
	last = bench_report(bench);
	restate = restate_of(bench, REPORT_ZERO, &last, "2022-08");
	assert_int_equal(restate_make(&restate, &report), 0);
	planned = report_figure(&report, "communities_planned_year");
	assert_non_null(planned);
	assert_int_equal(planned->value.digits, 30);
	assert_int_equal(report_figure(&report, "communities_started")->value.digits, 0);
	restate.last = NULL;
	assert_int_equal(restate_make(&restate, &report), 0);
	assert_null(report_figure(&report, "communities_planned_year"));
	for (size_t i = 0; i < report.figure_count; i++)
		assert_int_equal(report.figures[i].value.digits, 0);
	assert_true(report.figure_count >= 5); /* all that is required */
	assert_string_equal(report.filled_by.name, "");
}

static void only_standing_comparisons_are_answered_again(void **state)
{
	struct bench *bench = *state;
	const struct plan_section *section = plan_find_section(bench->plan, "2");
	const char *compare = NULL, *stall = NULL;
	struct findings findings;
	struct restate restate;
	struct report last, report;

	for (size_t i = 0; i < section->rule_count; i++) {
		if (section->rules[i].kind == RULE_COMPARE)
			compare = section->rules[i].id;
		if (section->rules[i].kind == RULE_NO_CHANGE)
			stall = section->rules[i].id;
	}
	bench_figure(bench, "communities_started", "100个", "计划外新增，已报备");
	last = bench_report(bench);
	restate = restate_of(bench, REPORT_NO_CHANGE, &last, "2022-08");
	assert_int_equal(restate_make(&restate, &report), 0);
	findings_init(&findings, &bench->arena);
	findings_add(&findings,
	             &(struct finding){.rule = compare,
	                               .severity = SEVERITY_REASON,
	                               .field = "figures[communities_started].value",
	                               .found = "",
	                               .allowed = "",
	                               .text = ""});
	assert_true(restate_answer(&restate, &findings, &report));
	assert_string_equal(report.figures[0].reason, "计划外新增，已报备");
	/* That nothing changes for months is a new question: the old answer is none. */
	findings_add(&findings,
	             &(struct finding){.rule = stall,
	                               .severity = SEVERITY_REASON,
	                               .field = "figures[communities_started].value",
	                               .found = "",
	                               .allowed = "",
	                               .text = ""});
	assert_false(restate_answer(&restate, &findings, &report));
	restate.reason = "冬季停工";
	assert_true(restate_answer(&restate, &findings, &report));
	assert_string_equal(report.figures[0].reason, "冬季停工");
}

static const struct change *change_of(const struct difference *difference,
                                      const char *field)
{
	for (size_t i = 0; i < difference->count; i++)
		if (strcmp(difference->changes[i].field, field) == 0)
			return &difference->changes[i];
	return NULL;
}

static void every_change_is_listed_and_nothing_else(void **state)
{
	struct bench *bench = *state;
	const struct place place = {bench->plan->id, "2", "2022-07"};
	struct succession found;
	struct difference difference;
	struct report was, is;

	bench_figure(bench, "communities_finished", "80个", "");
	bench_figure(bench, "communities_started", "100个", "");
	bench_figure(bench, "households_started", "2万户", "");
	was = bench_report(bench);
	bench_accept(bench, &was, "n-1", 1);
	bench_return(bench, "n-1", 1, "problems", "请补充");
	bench_figure(bench, "communities_started", "98个", "核减2个");
	bench_figure(bench, "households_started", "20000户", "");
	bench_figure(bench, "investment_done", "3.5万元", "");
	is = bench_report(bench);
	is.reviewed_by.name = "李四";
	assert_int_equal(
		succession_find(bench->store, &bench->arena, &place, &found, NULL), 0);
	assert_int_equal(
		difference_find(&bench->arena, bench->plan, &found, &is, &difference), 0);
	assert_int_equal(difference.count, 6);
	assert_int_equal(difference.untouched, 1);
	assert_string_equal(change_of(&difference, "communities_started")->by, "-2个");
	assert_string_equal(change_of(&difference, "communities_started.reason")->is,
	                    "核减2个");
	assert_string_equal(change_of(&difference, "communities_finished")->is, "");
	assert_string_equal(change_of(&difference, "investment_done")->was, "");
	assert_string_equal(change_of(&difference, "reviewed_by")->is, "李四 科员 0731");
	assert_false(change_of(&difference, "problems")->changed);
	assert_string_equal(change_of(&difference, "problems")->asked, "请补充");
	assert_null(change_of(&difference, "households_started")); /* only written anew */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_change_states_every_figure_again,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(projects_are_stated_again_too,
	                                        bench_set_up, bench_tear_down),
		cmocka_unit_test_setup_teardown(
			zero_keeps_levels_and_empties_what_counts_up, bench_set_up,
			bench_tear_down),
		cmocka_unit_test_setup_teardown(
			only_standing_comparisons_are_answered_again, bench_set_up,
			bench_tear_down),
		cmocka_unit_test_setup_teardown(every_change_is_listed_and_nothing_else,
	                                        bench_set_up, bench_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
