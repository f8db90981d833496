/*
 * The rules of problems. What a user would lose: a unit that strikes off its own problem;
 * a due date that moves without anybody at the bureau knowing.
 */
#include "model/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "model/notice_problem.h"
#include "tests/unit/model_judge/plan_by_hand.h"

static struct plan_by_hand by_hand;
static const struct problem good = {
	.unit = "430111",
	.section = "2",
	.target = "",
	.project = "",
	.kind = PROBLEM_LIMITED,
	.title = "管线未迁改",
	.terms = {.owner = "张三", .telephone = "", .measure = "会商"},
};

static int set_up(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

/* The fields that are refused, "title owner". */
static const char *refused_fields(struct problem problem)
{
	struct findings findings;
	const char *fields = "";

	findings_init(&findings, &by_hand.arena);
	(void)problem_check(&by_hand.plan, &problem, on("2022-09-10"), &findings);
	for (const struct finding *one = findings.first; one != NULL; one = one->next)
		fields = arena_printf(&by_hand.arena, "%s%s%s", fields,
		                      fields[0] != '\0' ? " " : "", one->field);
	return fields;
}

static struct problem registration(void)
{
	struct problem problem = good;

	problem.found = on("2022-09-05");
	problem.terms.due = on("2022-09-30");
	return problem;
}

static void test_a_registration_names_who_what_and_by_when(void **state)
{
	struct problem problem = registration();

	(void)state;
	assert_string_equal(refused_fields(problem), "");
	problem.title = "  ";
	problem.terms.owner = "";
	problem.terms.measure = "";
	assert_string_equal(refused_fields(problem), "title owner measure");
	problem = registration();
	problem.unit = "999999";
	problem.section = "9";
	assert_string_equal(refused_fields(problem), "unit section");
	problem = registration();
	problem.target = "nosuch";
	assert_string_equal(refused_fields(problem), "target");
	problem = registration();
	problem.title = "两\n行";
	problem.kind = PROBLEM_KINDS;
	assert_string_equal(refused_fields(problem), "title kind");
}

static void test_dates_follow_each_other(void **state)
{
	struct problem problem = registration();

	(void)state;
	problem.terms.due = DAY_NONE;
	assert_string_equal(refused_fields(problem), "due");
	problem.kind = PROBLEM_ONGOING; /* 持续整改 may have none */
	assert_string_equal(refused_fields(problem), "");
	problem.found = on("2022-09-11");
	assert_string_equal(refused_fields(problem), "found");
	problem.found = DAY_NONE;
	assert_string_equal(refused_fields(problem), "found");
	problem = registration();
	problem.terms.due = on("2022-09-04");
	assert_string_equal(refused_fields(problem), "due");
	problem.terms.due = on("2022-09-05"); /* past: a list from before is entered */
	assert_string_equal(refused_fields(problem), "");
}

static const struct problem_terms none = {
	.owner = "", .telephone = "", .measure = "", .due = DAY_NONE};

struct attempt {
	enum problem_act act;
	enum problem_state state;
	bool own, bureau;
	const char *by; /* registered by "a", asked by "b" */
	int result;
	enum problem_state after;
};

static int try(const struct attempt *attempt, const struct problem_terms *wanted,
               const char *text, enum problem_state *ret_state,
               struct problem_terms *ret_terms, const char **ret_field)
{
	struct problem_terms terms = registration().terms;
	struct problem_step step = {
		.act = attempt->act,
		.state = attempt->state,
		.kind = PROBLEM_LIMITED,
		.today = on("2022-09-10"),
		.own = attempt->own,
		.bureau = attempt->bureau,
		.by = attempt->by,
		.registered_by = "a",
		.asked_by = "b",
		.text = text,
		.terms = &terms,
		.wanted = wanted,
	};
	const char *why;
	int r = problem_act(&step, ret_state, ret_terms, ret_field, &why);

	assert_true(r == 0 || why != NULL);
	return r;
}

static void test_each_act_has_its_people_and_its_state(void **state)
{
	static const struct attempt attempts[] = {
		{PROBLEM_NOTE, PROBLEM_OPEN, true, false, "a", 0, PROBLEM_OPEN},
		{PROBLEM_NOTE, PROBLEM_ASKED, false, true, "c", 0, PROBLEM_ASKED},
		{PROBLEM_NOTE, PROBLEM_OPEN, false, false, "c", E_DENIED, 0},
		{PROBLEM_NOTE, PROBLEM_CLOSED, true, false, "a", E_STATE, 0},
		{PROBLEM_ASK, PROBLEM_OPEN, true, false, "b", 0, PROBLEM_ASKED},
		{PROBLEM_ASK, PROBLEM_OPEN, false, true, "c", E_DENIED, 0},
		{PROBLEM_ASK, PROBLEM_ASKED, true, false, "b", E_STATE, 0},
		{PROBLEM_CLOSE, PROBLEM_ASKED, false, true, "c", 0, PROBLEM_CLOSED},
		{PROBLEM_CLOSE, PROBLEM_ASKED, false, true, "a", E_DENIED, 0},
		{PROBLEM_CLOSE, PROBLEM_ASKED, false, true, "b", E_DENIED, 0},
		{PROBLEM_CLOSE, PROBLEM_ASKED, true, false, "c", E_DENIED, 0},
		{PROBLEM_CLOSE, PROBLEM_OPEN, false, true, "c", E_STATE, 0},
		{PROBLEM_CLOSE, PROBLEM_CLOSED, false, true, "c", E_STATE, 0},
		{PROBLEM_SEND_BACK, PROBLEM_ASKED, false, true, "c", 0, PROBLEM_OPEN},
		{PROBLEM_SEND_BACK, PROBLEM_OPEN, false, true, "c", E_STATE, 0},
		{PROBLEM_SEND_BACK, PROBLEM_ASKED, true, false, "c", E_DENIED, 0},
		{PROBLEM_REGISTER, PROBLEM_OPEN, true, true, "c", E_SYNTAX, 0},
		{PROBLEM_ACTS, PROBLEM_OPEN, true, true, "c", E_SYNTAX, 0},
		{(enum problem_act)0, PROBLEM_OPEN, true, true, "c", E_SYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		enum problem_state after = 0;
		struct problem_terms terms;
		const char *field;

		assert_int_equal(try(&attempts[i], &none, "已办。", &after, &terms,
		                     &field),
		                 attempts[i].result);
		assert_int_equal(after, attempts[i].after);
		if (attempts[i].result == 0) /* without words nothing is done */
			assert_int_equal(try(&attempts[i], &none, " ", &after, &terms,
			                     &field),
			                 E_SYNTAX);
	}
}

static void test_the_date_is_the_bureaus_to_change(void **state)
{
	struct attempt change = {PROBLEM_CHANGE, PROBLEM_OPEN, true, false, "a", 0, 0};
	struct problem_terms wanted = none, terms;
	enum problem_state after;
	const char *field;

	(void)state;
	wanted.owner = "李四";
	assert_int_equal(try(&change, &wanted, "调离。", &after, &terms, &field), 0);
	assert_string_equal(terms.owner, "李四");
	assert_string_equal(terms.measure, "会商");
	assert_int_equal(terms.due, on("2022-09-30"));
	wanted.due = on("2022-10-31");
	assert_int_equal(try(&change, &wanted, "来不及。", &after, &terms, &field),
	                 E_DENIED);
	change.own = false;
	change.bureau = true;
	assert_int_equal(try(&change, &wanted, "停工。", &after, &terms, &field), 0);
	assert_int_equal(terms.due, on("2022-10-31"));
	wanted.due = on("2022-09-09"); /* yesterday */
	assert_int_equal(try(&change, &wanted, "停工。", &after, &terms, &field),
	                 E_SYNTAX);
	assert_string_equal(field, "due");
	assert_int_equal(try(&change, &none, "停工。", &after, &terms, &field), E_SYNTAX);
}

static void test_overdue_is_who_has_not_asked(void **state)
{
	day due = on("2022-09-30");

	(void)state;
	assert_false(problem_is_overdue(PROBLEM_OPEN, due, due));
	assert_true(problem_is_overdue(PROBLEM_OPEN, due, due + 1));
	assert_false(problem_is_overdue(PROBLEM_ASKED, due, due + 1));
	assert_false(problem_is_overdue(PROBLEM_CLOSED, due, due + 1));
	assert_false(problem_is_overdue(PROBLEM_OPEN, DAY_NONE, due + 1));
}

static void test_whoever_it_waits_for_reads_what_to_do(void **state)
{
	struct notice_problem about = {
		.act = PROBLEM_ASK,
		.unit = &by_hand.units[YUHUA],
		.section = &by_hand.sections[1],
		.by = by_hand.sections[1].lead,
		.number = "WT-2022-0007",
		.title = "“东风路”管线未迁改",
		.owner = "张三",
		.due = on("2022-09-30"),
		.text = "已迁改完毕",
	};
	struct notice notice;

	(void)state;
	assert_int_equal(
		notice_problem_write(&by_hand.arena, &by_hand.plan, &about, &notice), 0);
	assert_string_equal(notice.title, "【销号待核验】雨花区：问题“‘东风路’管线未迁改”"
	                                  "（WT-2022-0007）申请销号");
	assert_string_equal(
		notice.text,
		"老旧小区和危旧房改造处：雨花区“二、老旧小区和危旧房改造”板块问题"
		"“‘东风路’管线未迁改”（WT-2022-"
		"0007），责任人张三，整改期限2022年9月30日，"
		"单位申请销号：已迁改完毕。请由登记问题以外的同志核验，属实的销号，"
		"不属实的写明原因退办。（依据：长人环通〔2022〕55号；系统提醒）");
	about.act = PROBLEM_SEND_BACK;
	about.due = DAY_NONE;
	about.text = "路面未恢复。";
	assert_int_equal(
		notice_problem_write(&by_hand.arena, &by_hand.plan, &about, &notice), 0);
	assert_string_equal(
		notice.text,
		"雨花区人居环境部门：你单位问题“‘东风路’管线未迁改”（WT-2022-0007），"
		"责任人张三，经老旧小区和危旧房改造处核验，予以退办：路面未恢复。"
		"请继续整改，完成后写明整改情况再次申请销号。"
		"（依据：长人环通〔2022〕55号；系统提醒）");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_registration_names_who_what_and_by_when),
		TEST(test_dates_follow_each_other),
		TEST(test_each_act_has_its_people_and_its_state),
		TEST(test_the_date_is_the_bureaus_to_change),
		TEST(test_overdue_is_who_has_not_asked),
		TEST(test_whoever_it_waits_for_reads_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
