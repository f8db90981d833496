/*
 * Every place where memory can end: the report is then neither taken nor wrongly
 * refused, and what is told is never half a sentence out of nowhere.
 */
#include "model/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

#include "plan_by_hand.h"

#define LIMIT_MAX 65536
#define STEP      16

static struct plan_by_hand by_hand;

/* A report with notices and an answered question only: acceptable. */
static const struct plan_rule *make_rules(void)
{
	static struct plan_term left, right;
	static struct plan_rule rules[4];

	left = (struct plan_term){.coefficient = 1,
	                          .indicator = &by_hand.indicators[STARTED]};
	right = (struct plan_term){.coefficient = 1,
	                           .indicator = &by_hand.indicators[PLANNED]};
	rules[0] = (struct plan_rule){.id = "R-2-01",
	                              .severity = SEVERITY_REASON,
	                              .kind = RULE_COMPARE,
	                              .left = &left,
	                              .right = &right,
	                              .left_count = 1,
	                              .right_count = 1,
	                              .op = OP_LE,
	                              .text = "开工数≤计划数",
	                              .causes = "计划调整",
	                              .basis = "填报说明"};
	rules[1] = rules[0];
	rules[1].kind = RULE_STALL;
	rules[1].severity = SEVERITY_NOTICE;
	rules[1].indicator = &by_hand.indicators[STARTED];
	rules[1].periods = 1;
	rules[2] = rules[1];
	rules[2].kind = RULE_JUMP;
	rules[2].indicator = &by_hand.indicators[INVESTED];
	rules[2].factor = 10;
	rules[3] = rules[2];
	rules[3].kind = RULE_HOCKEY_STICK;
	rules[3].target = &by_hand.target;
	rules[3].periods = 1;
	return rules;
}

static int judge(size_t limit, const struct report *report, size_t *ret_count)
{
	const struct figure past[2][2] = {
		{{"invested", q("20万元"), ""}, {"started", q("121个"), ""}},
		{{"invested", q("10万元"), ""}, {"started", q("120个"), ""}}};
	struct history history = {.count = 2};
	struct findings findings;
	struct verdict verdict;
	struct arena arena;
	int r;

	for (size_t i = 0; i < 2; i++) {
		history.reports[i].period =
			(struct period){MONTHLY, 2022, 8 - (unsigned)i};
		history.reports[i].figures = past[i];
		history.reports[i].figure_count = 2;
	}
	arena_init(&arena, limit);
	findings_init(&findings, &arena);
	r = validate_report(&by_hand.plan, report, &history, at("2022-10-08"), &findings,
	                    &verdict);
	assert_non_null(findings_first(&findings));
	for (struct finding *f = findings.first; f != NULL; f = f->next)
		assert_true(f->rule != NULL && f->field != NULL && f->found != NULL &&
		            f->allowed != NULL && f->text != NULL);
	*ret_count = findings.count;
	arena_finish(&arena);
	return r;
}

static void test_acceptable(void **state)
{
	struct figure figures[] = {{"invested", q("90万元"), ""},
	                           {"planned", q("100个"), "任务增加"},
	                           {"started", q("121个"), ""}};
	struct report report = report_of(figures, 3);
	size_t count, out_of_memory = 0;
	int r = E_NOMEM;

	(void)state;
	plan_by_hand(&by_hand);
	plan_by_hand_rules(&by_hand, make_rules(), 4);
	for (size_t limit = 0; limit < LIMIT_MAX && r != 0; limit += STEP) {
		r = judge(limit, &report, &count);
		assert_true(r == 0 || r == E_NOMEM);
		assert_int_equal(count, 4);
		out_of_memory += r == E_NOMEM;
	}
	assert_int_equal(r, 0);
	assert_true(out_of_memory > 10);
	plan_by_hand_finish(&by_hand);
}

static void test_refused(void **state)
{
	struct figure figures[] = {{"invested", q("-9亿元"), ""},
	                           {"nosuch", q("1个"), ""},
	                           {"started", q("3户"), ""}};
	struct report report = report_of(figures, 3);
	size_t count;

	(void)state;
	plan_by_hand(&by_hand);
	plan_by_hand_rules(&by_hand, make_rules(), 4);
	report.texts.progress = "";
	for (size_t limit = 0; limit < LIMIT_MAX; limit += STEP)
		assert_int_equal(judge(limit, &report, &count), E_REFUSED);
	report.unit = "x";
	report.section = "x";
	report.period = "x";
	for (size_t limit = 0; limit < LIMIT_MAX; limit += STEP)
		assert_int_equal(judge(limit, &report, &count), E_NOT_FOUND);
	plan_by_hand_finish(&by_hand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acceptable),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
