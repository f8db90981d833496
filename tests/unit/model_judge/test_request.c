/*
 * Requests: signed bytes and back, and what may be asked when. If this fails, a district
 * is refused time that it may ask for, or gets what the plan does not give; or what its
 * head approved is not what the office reads.
 */
#include "model/request_judge.h"

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
static struct findings findings;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	by_hand.plan.review = (struct plan_review){
		.given = true, .content = 3, .totals = 2, .answer = 3, .contest = 5};
	findings_init(&findings, &by_hand.arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

/* 雨花区 asks for section 2 and September 2022, due on Saturday 8 October 17:30. */
static struct request request_of(enum request_kind kind)
{
	return (struct request){
		.id = "0123456789abcde",
		.kind = kind,
		.plan = "test-plan",
		.unit = by_hand.units[YUHUA].code,
		.section = "2",
		.period = "2022-09",
		.subject = kind == REQUEST_CONTEST ? "late:2022-09-430111-02-1" : "",
		.until = kind == REQUEST_EXTENSION ? "2022-10-12" : "",
		.reason = "数据尚未核完。",
		.filled_by = {.name = "", .post = "", .telephone = ""},
		.approved_by = {.name = "王五", .post = "局长", .telephone = ""},
		.made_at = 1,
		.wall_made_at = 2,
	};
}

static struct request_facts facts_of(void)
{
	return (struct request_facts){
		.asked = true,
		.due = at("2022-10-08 17:30"),
		.lock = at("2022-10-12 17:30"),
		.due_first = at("2022-10-08 17:30"),
		.open = "",
	};
}

static int judge_at(const struct request *request, const struct request_facts *facts,
                    int64_t now, struct request_verdict *verdict)
{
	findings_init(&findings, &by_hand.arena);
	return request_judge(&by_hand.plan, request, facts, now, &findings, verdict);
}

static void assert_refused(const struct request *request,
                           const struct request_facts *facts, int64_t now, int err,
                           const char *rule)
{
	struct request_verdict verdict;

	assert_int_equal(judge_at(request, facts, now, &verdict), err);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.first->rule, rule);
}

static int decode(const struct request *request, const struct request **ret_request)
{
	struct bytes bytes;

	findings_init(&findings, &by_hand.arena);
	assert_int_equal(request_encode(&by_hand.arena, request, &bytes), 0);
	return request_decode(&by_hand.arena, bytes, &findings, ret_request);
}

static void test_bytes_read_as_they_were_written(void **state)
{
	struct request request = request_of(REQUEST_EXTENSION);
	const struct request *again;

	(void)state;
	assert_int_equal(decode(&request, &again), 0);
	assert_memory_equal(again->id, request.id, REQUEST_ID_SIZE);
	assert_int_equal(again->kind, REQUEST_EXTENSION);
	assert_string_equal(again->unit, request.unit);
	assert_string_equal(again->until, "2022-10-12");
	assert_string_equal(again->reason, "数据尚未核完。");
	assert_string_equal(again->approved_by.name, "王五");
	assert_string_equal(again->filled_by.name, "");
	assert_int_equal(again->wall_made_at, 2);
}

static void assert_form(const struct request *request, const char *rule)
{
	const struct request *again;

	assert_int_equal(decode(request, &again), E_REFUSED);
	assert_non_null(found_by(&findings, rule, 0));
}

static void test_each_field_is_checked(void **state)
{
	struct request request = request_of((enum request_kind)0);

	(void)state;
	assert_form(&request, "S-01");
	request = request_of(REQUEST_EXTENSION);
	request.reason = "";
	assert_form(&request, "S-02");
	request = request_of(REQUEST_EXTENSION);
	request.approved_by.name = "";
	assert_form(&request, "S-03");
	request = request_of(REQUEST_EXTENSION);
	request.until = "2022-02-30";
	assert_form(&request, "S-04");
	request = request_of(REQUEST_CONTEST);
	request.until = "2022-10-12";
	assert_form(&request, "S-04");
	request = request_of(REQUEST_CONTEST);
	request.subject = "early:1";
	assert_form(&request, "S-05");
	request = request_of(REQUEST_CONSENT);
	request.subject = "late:1";
	assert_form(&request, "S-05");
	request = request_of(REQUEST_CONTEST);
	request.subject = "score:2022-Q4";
	assert_form(&request, "S-05"); /* of another period than the request's */
	request = request_of(REQUEST_CONSENT);
	request.section = "";
	assert_form(&request, "D-07");
}

static void test_what_is_contested(void **state)
{
	const char *about;

	(void)state;
	assert_int_equal(request_contest("late:1-2", &about), CONTEST_LATE);
	assert_string_equal(about, "1-2");
	assert_int_equal(request_contest("return:3", &about), CONTEST_RETURN);
	assert_int_equal(request_contest("score:2022", &about), CONTEST_SCORE);
	assert_int_equal(request_contest("late", &about), CONTEST_NONE);
	assert_int_equal(request_contest("", &about), CONTEST_NONE);
	assert_string_equal(about, "");
}

/* Up to the very millisecond at which the report is due. */
static void test_an_extension_is_asked_before_the_due_time(void **state)
{
	struct request request = request_of(REQUEST_EXTENSION);
	struct request_facts facts = facts_of();
	struct request_verdict verdict;

	(void)state;
	assert_int_equal(judge_at(&request, &facts, facts.due, &verdict), 0);
	assert_int_equal(verdict.until, at("2022-10-12 17:30"));
	/* Three working days from Saturday 8 October: 9 (worked), 10, 11. */
	assert_int_equal(verdict.answer_due, at("2022-10-11 17:30"));
	assert_refused(&request, &facts, facts.due + 1, E_STATE, "S-20");
	facts.reported = true;
	assert_refused(&request, &facts, facts.due, E_STATE, "S-21");
}

static void assert_until(const char *until, int err, const char *rule)
{
	struct request request = request_of(REQUEST_EXTENSION);
	struct request_facts facts = facts_of();
	struct request_verdict verdict;
	int r;

	request.until = until;
	r = judge_at(&request, &facts, at("2022-09-30 10:00"), &verdict);
	assert_int_equal(r, err);
	if (err < 0)
		assert_string_equal(findings.first->rule, rule);
}

/* By the pinned calendar: a Sunday that is worked is one, a Saturday is none. */
static void test_the_new_day_is_a_working_day_after_the_due_day(void **state)
{
	day last = calendar_add_workdays(&by_hand.plan.calendar, on("2022-10-08"),
	                                 REQUEST_WORKDAYS_MAX, NULL);
	day beyond = calendar_add_workdays(&by_hand.plan.calendar, last, 1, NULL);
	char text[DAY_TEXT_MAX];

	(void)state;
	assert_until("2022-10-08", E_REFUSED, "S-23");
	assert_until("2022-10-09", 0, NULL);
	assert_until("2022-10-15", E_REFUSED, "S-22");
	assert_until("2022-12-31", E_REFUSED, "S-22");
	day_print(last, text);
	assert_until(text, 0, NULL);
	day_print(beyond, text);
	assert_until(text, E_REFUSED, "S-24");
}

/* What was extended once may be again: later than the time that is in force. */
static void test_a_second_extension_goes_on_from_the_first(void **state)
{
	struct request request = request_of(REQUEST_EXTENSION);
	struct request_facts facts = facts_of();
	struct request_verdict verdict;

	(void)state;
	facts.due = at("2022-10-12 17:30");
	assert_refused(&request, &facts, at("2022-10-11 09:00"), E_REFUSED, "S-23");
	request.until = "2022-10-13";
	assert_int_equal(judge_at(&request, &facts, at("2022-10-11 09:00"), &verdict), 0);
}

static void test_who_and_what_must_be_the_plans(void **state)
{
	struct request request = request_of(REQUEST_EXTENSION);
	struct request_facts facts = facts_of();
	int64_t now = at("2022-09-30 10:00");

	(void)state;
	request.unit = "999999";
	assert_refused(&request, &facts, now, E_NOT_FOUND, "S-10");
	request = request_of(REQUEST_EXTENSION);
	request.section = "9";
	assert_refused(&request, &facts, now, E_NOT_FOUND, "S-11");
	request = request_of(REQUEST_EXTENSION);
	request.period = "2022-06";
	assert_refused(&request, &facts, now, E_NOT_FOUND, "S-12");
	request = request_of(REQUEST_EXTENSION);
	facts.asked = false; /* too far ahead: nothing is owed yet */
	assert_refused(&request, &facts, now, E_STATE, "S-14");
	request.unit = by_hand.units[LIUYANG].code; /* is not asked for section 2 */
	assert_refused(&request, &facts, now, E_DENIED, "S-13");
}

static void test_one_at_a_time_and_not_for_ever(void **state)
{
	struct request request = request_of(REQUEST_EXTENSION);
	struct request_facts facts = facts_of();

	(void)state;
	facts.open = "SQ-430111-0003";
	assert_refused(&request, &facts, at("2022-09-30 10:00"), E_EXISTS, "S-50");
	facts.open = "";
	facts.times = REQUEST_TIMES_MAX;
	assert_refused(&request, &facts, at("2022-09-30 10:00"), E_STATE, "S-51");
}

/* Known on Friday 30 September: the fifth working day is Wednesday 12 October. */
static void test_a_contest_has_its_working_days(void **state)
{
	struct request request = request_of(REQUEST_CONTEST);
	struct request_facts facts = facts_of();
	int64_t last = at("2022-10-12 17:30");
	struct request_verdict verdict;

	(void)state;
	facts.found = true;
	facts.timeliness = LATE;
	facts.known_at = at("2022-09-30 17:00");
	assert_int_equal(request_contest_until(&by_hand.plan, facts.known_at), last);
	assert_int_equal(judge_at(&request, &facts, last, &verdict), 0);
	assert_refused(&request, &facts, last + 1, E_STATE, "S-32");
	facts.timeliness = ON_TIME;
	assert_refused(&request, &facts, last, E_STATE, "S-31");
	facts.timeliness = AFTER_LOCK;
	facts.decided = true;
	assert_refused(&request, &facts, last, E_STATE, "S-33");
	facts.decided = false;
	facts.settled = true;
	assert_refused(&request, &facts, last, E_STATE, "S-33");
	facts.found = false;
	assert_refused(&request, &facts, last, E_NOT_FOUND, "S-30");
}

static void test_without_a_time_in_the_plan_a_contest_is_a_letter(void **state)
{
	struct request request = request_of(REQUEST_CONTEST);
	struct request_facts facts = facts_of();

	(void)state;
	by_hand.plan.review = (struct plan_review){0};
	facts.found = true;
	facts.timeliness = LATE;
	facts.known_at = at("2022-09-30 17:00");
	assert_refused(&request, &facts, facts.known_at, E_STATE, "S-34");
}

static void test_consent_is_asked_after_the_lock(void **state)
{
	struct request request = request_of(REQUEST_CONSENT);
	struct request_facts facts = facts_of();
	struct request_verdict verdict;

	(void)state;
	assert_refused(&request, &facts, facts.lock, E_STATE, "S-40");
	assert_int_equal(judge_at(&request, &facts, facts.lock + 1, &verdict), 0);
	assert_int_equal(verdict.until, 0);
	request.until = "2022-10-14";
	assert_int_equal(judge_at(&request, &facts, facts.lock + 1, &verdict), 0);
	assert_int_equal(verdict.until, at("2022-10-14 17:30"));
	request.until = "2022-10-12";
	assert_refused(&request, &facts, facts.lock + 1, E_REFUSED, "S-23");
	facts.open_until = at("2022-10-14 17:30");
	assert_refused(&request, &facts, facts.lock + 1, E_STATE, "S-41");
}

/* Reminder and lock are as far from the new due time as from the plan's. */
static void test_reminder_and_lock_follow_an_extension(void **state)
{
	const struct period september = {MONTHLY, 2022, 9};
	struct period_times plans, times;
	int64_t due = at("2022-10-12 17:30");

	(void)state;
	period_times(&by_hand.plan, &september, &plans);
	request_extension_times(&by_hand.plan, &september, due, plans.lock, &times);
	assert_int_equal(times.cutoff, plans.cutoff);
	assert_int_equal(times.due, due);
	assert_int_equal(times.remind, at("2022-10-10 09:00"));
	assert_int_equal(times.lock,
	                 workdays_instant(&by_hand.plan, due,
	                                  by_hand.plan.schedule.lock_workdays));
	assert_true(times.lock > plans.lock);
	request_extension_times(&by_hand.plan, &september, due, at("2023-01-01 00:00"),
	                        &times);
	assert_int_equal(times.lock, at("2023-01-01 00:00"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_bytes_read_as_they_were_written),
		TEST(test_each_field_is_checked),
		TEST(test_what_is_contested),
		TEST(test_an_extension_is_asked_before_the_due_time),
		TEST(test_the_new_day_is_a_working_day_after_the_due_day),
		TEST(test_a_second_extension_goes_on_from_the_first),
		TEST(test_who_and_what_must_be_the_plans),
		TEST(test_one_at_a_time_and_not_for_ever),
		TEST(test_a_contest_has_its_working_days),
		TEST(test_without_a_time_in_the_plan_a_contest_is_a_letter),
		TEST(test_consent_is_asked_after_the_lock),
		TEST(test_reminder_and_lock_follow_an_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
