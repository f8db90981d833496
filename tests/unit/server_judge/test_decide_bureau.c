/*
 * Who of the bureau is told of its own slowness, and when the next one is. If this fails,
 * a report waits for its review in silence, or a leader is told before the office was.
 */
#include "server/decide_bureau.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../model_judge/plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct plan_step steps[4];

/* A ladder as the real one: the unit, the lead, two leaders. */
static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	steps[0] = (struct plan_step){
		.level = 1, .workdays = 1, .minute = 1050, .to = STEP_UNIT, .role = ""};
	steps[1] = (struct plan_step){
		.level = 2, .workdays = 2, .minute = 540, .to = STEP_LEAD, .role = ""};
	steps[2] = (struct plan_step){.level = 3,
	                              .workdays = 5,
	                              .minute = 540,
	                              .to = STEP_DEPARTMENT,
	                              .department = by_hand.plan.office,
	                              .role = "分管局领导（副组长）"};
	steps[3] = steps[2];
	steps[3].level = 4;
	steps[3].workdays = 7;
	steps[3].role = "局长（组长）";
	by_hand.plan.steps = steps;
	by_hand.plan.step_count = 4;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

/* What is told at @level of something that was due on Wednesday 12 October 17:30. */
static struct decision decide_at(enum alert_kind kind, unsigned level, bool stands)
{
	const struct due_row row = {
		.id = 7,
		.kind = kind,
		.level = level,
		.due_at = at("2022-10-12 17:30"),
		.plan = "test-plan",
		.unit = by_hand.units[YUHUA].code,
		.section = "2",
		.period = "2022-09",
		.target = "",
		.subject = "SQ-430111-0001",
		.stands = stands,
		.since_at = at("2022-10-09 10:00"),
		.request_kind = REQUEST_EXTENSION,
		.contested = "",
		.newest = {.number = "", .period = ""},
	};
	struct decision decision = {.outcome = OUTCOME_DONE};

	assert_int_equal(decide_bureau(&by_hand.arena, &by_hand.plan, &row,
	                               at("2022-10-12 17:31"), &decision),
	                 0);
	return decision;
}

static void assert_told(enum alert_kind kind, unsigned level, const char *department,
                        const char *next)
{
	struct decision decision = decide_at(kind, level, true);
	char recipient[64];

	(void)snprintf(recipient, sizeof(recipient), "department/%s", department);
	assert_non_null(decision.first);
	assert_null(decision.first->next);
	assert_string_equal(decision.first->recipient, recipient);
	assert_int_equal(decision.again_at, next != NULL ? at(next) : 0);
}

static void test_a_review_goes_to_the_lead_then_to_the_office(void **state)
{
	const char *lead = by_hand.sections[1].lead->id,
		   *office = by_hand.plan.office->id;

	(void)state;
	assert_told(ALERT_REVIEW_OVERDUE, 1, lead, "2022-10-14 09:00");
	assert_told(ALERT_REVIEW_OVERDUE, 2, office, NULL);
}

static void test_the_totals_go_to_the_office_then_to_a_leader(void **state)
{
	const char *office = by_hand.plan.office->id;

	(void)state;
	assert_told(ALERT_REVIEW_OVERDUE, 3, office, "2022-10-19 09:00");
	assert_told(ALERT_REVIEW_OVERDUE, 4, office, NULL);
	assert_non_null(strstr(decide_at(ALERT_REVIEW_OVERDUE, 4, true).first->title,
	                       "分管局领导"));
}

static void test_an_answer_climbs_leader_by_leader(void **state)
{
	const char *office = by_hand.plan.office->id;

	(void)state;
	assert_told(ALERT_REQUEST_RECEIVED, 1, office, "2022-10-19 09:00");
	assert_told(ALERT_REQUEST_RECEIVED, 2, office, "2022-10-21 09:00");
	assert_told(ALERT_REQUEST_RECEIVED, 3, office, NULL);
	assert_non_null(strstr(decide_at(ALERT_REQUEST_RECEIVED, 3, true).first->title,
	                       "呈局长（组长）"));
}

static void test_what_was_done_is_told_to_nobody(void **state)
{
	struct decision decision = decide_at(ALERT_REVIEW_OVERDUE, 1, false);

	(void)state;
	assert_null(decision.first);
	assert_int_equal(decision.again_at, 0);
}

/* Without a lead nobody is at the first level: the office comes in its time. */
static void test_a_section_without_a_lead_is_the_offices(void **state)
{
	struct decision decision;

	(void)state;
	by_hand.sections[1].lead = NULL;
	decision = decide_at(ALERT_REVIEW_OVERDUE, 1, true);
	assert_null(decision.first);
	assert_int_equal(decision.again_at, at("2022-10-14 09:00"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_review_goes_to_the_lead_then_to_the_office),
		TEST(test_the_totals_go_to_the_office_then_to_a_leader),
		TEST(test_an_answer_climbs_leader_by_leader),
		TEST(test_what_was_done_is_told_to_nobody),
		TEST(test_a_section_without_a_lead_is_the_offices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
