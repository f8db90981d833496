/*
 * Names in notices: what is addressed to everybody is read by nobody, and what is
 * addressed to somebody who is away waits until he is back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/notice.h"

#include "plan_by_hand.h"

enum { FILLER, STAND_IN, REVIEWER, HEAD, CLERK, DEPUTY, OTHER_DEPUTY, PEOPLE };

static struct plan_by_hand by_hand;
static struct plan_person people[PEOPLE];
static struct plan_absence away;
static bool first_section[2] = {true, false}, second_section[2] = {false, true};

static struct plan_person person(enum plan_role role, const char *name)
{
	return (struct plan_person){.name = name,
	                            .role = role,
	                            .phone = "",
	                            .email = "",
	                            .identity = "",
	                            .from = DAY_NONE,
	                            .to = DAY_NONE};
}

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	people[FILLER] = person(ROLE_FILLS, "甲");
	people[STAND_IN] = person(ROLE_FILLS, "乙");
	people[STAND_IN].stands_in = true;
	people[REVIEWER] = person(ROLE_REVIEWS, "丙");
	for (size_t i = FILLER; i <= REVIEWER; i++)
		people[i].unit = &by_hand.units[YUHUA];
	people[HEAD] = person(ROLE_HEAD, "丁");
	people[HEAD].department = by_hand.sections[1].lead;
	people[CLERK] = person(ROLE_CONTACT, "戊");
	people[CLERK].phone = "0731-88880000";
	people[DEPUTY] = person(ROLE_DEPUTY, "己");
	people[DEPUTY].sections = second_section;
	people[OTHER_DEPUTY] = person(ROLE_DEPUTY, "庚");
	people[OTHER_DEPUTY].sections = first_section;
	for (size_t i = CLERK; i < PEOPLE; i++)
		people[i].department = by_hand.plan.office;
	by_hand.plan.people = people;
	by_hand.plan.people_count = PEOPLE;
	by_hand.steps[0].role = "处室负责人";
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

static struct notice overdue(const struct plan_step *step)
{
	struct notice_about about = {
		.kind = ALERT_REPORT_OVERDUE,
		.level = step != NULL ? step->level : 0,
		.step = step,
		.unit = &by_hand.units[YUHUA],
		.section = &by_hand.sections[1],
		.period = {MONTHLY, 2022, 9},
		.now = at("2022-10-09 17:30"),
		.due = at("2022-10-08 17:30"),
	};
	struct notice notice;

	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &about, &notice), 0);
	return notice;
}

static void assert_begins(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("begins otherwise: %s", text);
}

static void test_the_unit_hears_who_is_meant_and_whom_to_ask(void **state)
{
	struct notice notice = overdue(NULL);

	(void)state;
	assert_begins(notice.text, "雨花区人居环境部门（填报人甲）：截至10月9日17:30");
	assert_non_null(
		strstr(notice.text, "联系人：局办公室戊，电话0731-88880000。（依据"));
	assert_null(strstr(notice.title, "甲"));
}

static void test_the_stand_in_is_addressed_while_the_other_is_away(void **state)
{
	(void)state;
	away = (struct plan_absence){on("2022-10-01"), on("2022-10-31")};
	people[FILLER].away = &away;
	people[FILLER].away_count = 1;
	assert_begins(overdue(NULL).text, "雨花区人居环境部门（填报人乙）：");
	people[STAND_IN].to = on("2022-09-30");
	assert_begins(overdue(NULL).text, "雨花区人居环境部门：");
}

static void test_a_step_names_its_roles(void **state)
{
	struct plan_step step = {
		.level = 1, .workdays = 1, .to = STEP_UNIT, .role = "填报人、审核人"};

	(void)state;
	assert_begins(overdue(&step).text, "雨花区人居环境部门（填报人甲、审核人丙）：");
	assert_begins(overdue(&by_hand.steps[0]).text,
	              "老旧小区和危旧房改造处（处室负责人丁）：");
}

/* 分管: the one who answers for this section. */
static void test_a_leader_is_named_behind_his_office(void **state)
{
	struct notice notice = overdue(&by_hand.steps[1]);

	(void)state;
	assert_begins(notice.text, "分管局领导（副组长）己：需请您关注：");
	by_hand.steps[1].role = "副局长";
	people[DEPUTY].role = ROLE_DIRECTOR;
	assert_begins(overdue(&by_hand.steps[1]).text, "副局长：需请您关注：");
}

/* A name that is made up is sample data, whatever else is in the notice. */
static void test_a_made_up_name_marks_the_notice(void **state)
{
	struct notice notice;

	(void)state;
	by_hand.plan.schedule.sample = by_hand.plan.review.sample = false;
	assert_false(overdue(NULL).sample);
	people[FILLER].sample = true;
	notice = overdue(NULL);
	assert_true(notice.sample);
	assert_non_null(strstr(notice.text, "示例数据"));
}

#define PEOPLE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PEOPLE_TEST(test_the_unit_hears_who_is_meant_and_whom_to_ask),
		PEOPLE_TEST(test_the_stand_in_is_addressed_while_the_other_is_away),
		PEOPLE_TEST(test_a_step_names_its_roles),
		PEOPLE_TEST(test_a_leader_is_named_behind_his_office),
		PEOPLE_TEST(test_a_made_up_name_marks_the_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
