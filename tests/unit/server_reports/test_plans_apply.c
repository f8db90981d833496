/*
 * ApplyPlan: a plan with a mistake is never published, the same content never twice, and
 * whoever applies hears every problem at once.
 */
#include "server/plans_apply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/plans.pb-c.h"

#include "base/err.h"
#include "base/log.h"
#include "fake_call.h"
#include "server/clock.h"
#include "server/plan_weigh.h"
#include "server/plans.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_plan.h"
#include "server/timetable.h"

#define OFFICE "spiffe://changsha.test/department/bangongshi/person/li"

static struct rpc_call call;
static struct server srv;
static struct plan plan, older;

static struct {
	struct work_job *job;
	struct plans_wait *wait;
	struct plan_weigh *weigh;
	struct store_plan_apply *put;
	int work, read, expand, refresh, send;
	struct plan_version current; /* .plan NULL: none */
	const char *problem;
} fake;

int service_caller(const struct server *server, const struct rpc_call *asked,
                   struct identity *ret_caller)
{
	(void)server;
	return identity_from_uris(rpc_call_peer(asked)->uris, ret_caller);
}

void service_note(struct rpc_call *noted, int err)
{
	(void)noted;
	(void)err;
}

void service_reply(struct rpc_call *replied, const ProtobufCMessage *message)
{
	uint8_t packed[4096];

	rpc_call_reply(replied,
	               bytes_of(packed, protobuf_c_message_pack(message, packed)));
}

int work_submit(struct work *work, struct work_job *job)
{
	(void)work;
	fake.job = fake.work == 0 ? job : NULL;
	return fake.work;
}

int plan_read(struct arena *arena, const struct plan_file *files, size_t count,
              struct yaml_problems *problems, struct yaml_problems *warnings,
              const struct plan **ret_plan)
{
	struct yaml_place place = {files[0].name, 3, 5};

	(void)arena;
	assert_int_equal(count, 1);
	yaml_problem(warnings, place, "没有期限");
	yaml_problem(warnings, (struct yaml_place){"plan.yaml", 0, 0}, "没有日期");
	yaml_problem(warnings, (struct yaml_place){0}, "没有示例");
	if (fake.problem != NULL)
		yaml_problem(problems, place, "%s", fake.problem);
	if (fake.read == 0)
		*ret_plan = &plan;
	return fake.read;
}

int timetable_expand(struct arena *arena, const struct plan *expanded, int64_t now,
                     const struct timetable **ret_timetable)
{
	static const struct timetable table;

	(void)arena;
	assert_ptr_equal(expanded, &plan);
	assert_int_equal(now, 5000);
	*ret_timetable = &table;
	return fake.expand;
}

uint64_t timetable_obligations(const struct plan *counted)
{
	(void)counted;
	return 12;
}

const struct plan_version *plans_get(const struct plans *plans, const char *id)
{
	(void)plans;
	assert_string_equal(id, "p");
	return fake.current.plan != NULL ? &fake.current : NULL;
}

int plans_refresh(struct plans *plans, struct plans_wait *wait)
{
	(void)plans;
	fake.wait = wait;
	return fake.refresh;
}

int plan_weigh_start(struct plan_weigh *weigh)
{
	assert_ptr_equal(weigh->from, &fake.current);
	assert_ptr_equal(weigh->to, &plan);
	assert_int_equal(weigh->now, 5000);
	fake.weigh = weigh;
	return 0;
}

void plan_weigh_end(struct plan_weigh *weigh)
{
	(void)weigh;
}

int store_plan_apply(struct store *store, struct store_plan_apply *apply)
{
	(void)store;
	fake.put = apply;
	return fake.send;
}

int64_t clock_now(const struct clock *clock)
{
	(void)clock;
	return 5000;
}

int64_t wall_now(void)
{
	return 7000;
}

static int set_up(void **state)
{
	(void)state;
	log_set_fd(-1);
	memset(&fake, 0, sizeof(fake));
	plan = (struct plan){.id = "p", .hash = {2}};
	older = (struct plan){.id = "p", .hash = {1}};
	fake_call_init(&call, "/duban.v1.Plans/ApplyPlan", OFFICE, &srv);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(call.finished, 1);
	fake_call_finish(&call);
	return 0;
}

static void apply_file(const char *name, bool dry_run)
{
	Duban__V1__ApplyPlanRequest request = DUBAN__V1__APPLY_PLAN_REQUEST__INIT;
	Duban__V1__PlanFile file = DUBAN__V1__PLAN_FILE__INIT, *files[] = {&file};
	char lent[512];
	uint8_t body[1024];

	assert_true(strlen(name) < sizeof(lent));
	memcpy(lent, name, strlen(name) + 1);
	file.name = lent;
	request.n_files = 1;
	request.files = files;
	request.dry_run = dry_run;
	plans_apply_handle(&srv, &call,
	                   bytes_of(body,
	                            duban__v1__apply_plan_request__pack(&request, body)));
}

static void read_done(void)
{
	assert_non_null(fake.job);
	fake.job->run(fake.job);
	fake.job->done(fake.job);
}

static void refreshed(int status)
{
	struct plans_wait *wait = fake.wait;

	assert_non_null(wait);
	fake.wait = NULL;
	wait->done(wait, status);
}

/* One date moves. */
static void weighed(int status)
{
	static const struct effect_date date = {
		.period = "2022-09", .due_from = 1, .due_to = 2, .reports = 45};
	static struct plan_effects effects = {.dates = &date,
	                                      .date_count = 1,
	                                      .is_complete = true};

	assert_non_null(fake.weigh);
	fake.weigh->effects = &effects;
	fake.weigh->done(fake.weigh, status);
}

static bool has_warning(const Duban__V1__ApplyPlanResponse *response, const char *text)
{
	for (size_t i = 0; i < response->n_warnings; i++)
		if (strcmp(response->warnings[i], text) == 0)
			return true;
	return false;
}

static void assert_answer(uint32_t version, bool changed)
{
	Duban__V1__ApplyPlanResponse *response;

	assert_int_equal(call.code, RPC_OK);
	response =
		duban__v1__apply_plan_response__unpack(NULL, call.reply_len, call.reply);
	assert_string_equal(response->plan, "p");
	assert_int_equal(response->version, version);
	assert_int_equal(response->changed, changed);
	assert_int_equal(response->obligations, 12);
	assert_int_equal(response->n_warnings, 3);
	assert_int_equal(response->effects != NULL, fake.weigh != NULL);
	if (response->effects != NULL)
		assert_string_equal(response->effects->dates[0]->period, "2022-09");
	assert_true(has_warning(response, "plan.yaml:3:5: 没有期限"));
	assert_true(has_warning(response, "plan.yaml: 没有日期"));
	assert_true(has_warning(response, "没有示例"));
	duban__v1__apply_plan_response__free_unpacked(response, NULL);
}

static void test_the_first_version_is_one(void **state)
{
	(void)state;
	apply_file("plan.yaml", false);
	read_done();
	refreshed(0);
	assert_int_equal(fake.put->version, 1);
	assert_int_equal(fake.put->applied_at, 5000);
	assert_int_equal(fake.put->wall_applied_at, 7000);
	assert_string_equal(fake.put->applied_by, OFFICE);
	fake.put->done(fake.put, 0);
	assert_int_equal(call.finished, 0); /* memory follows first */
	refreshed(0);
	assert_answer(1, true);
}

static void test_a_change_is_the_next_version(void **state)
{
	(void)state;
	fake.current = (struct plan_version){.plan = &older, .version = 4};
	apply_file("plan.yaml", false);
	read_done();
	refreshed(0);
	assert_null(fake.put); /* what it changes is known before it is published */
	weighed(0);
	assert_int_equal(fake.put->version, 5);
	assert_int_equal(fake.put->effects->date_count, 1);
	fake.put->done(fake.put, 0);
	refreshed(E_DOWN); /* it stands nevertheless */
	assert_answer(5, true);
}

static void test_the_current_content_changes_nothing(void **state)
{
	(void)state;
	fake.current = (struct plan_version){.plan = &plan, .version = 4};
	apply_file("plan.yaml", false);
	read_done();
	refreshed(0);
	assert_null(fake.put);
	assert_answer(4, false);
}

static void test_a_dry_run_publishes_nothing(void **state)
{
	(void)state;
	fake.current = (struct plan_version){.plan = &older, .version = 4};
	apply_file("plan.yaml", true);
	read_done();
	refreshed(0);
	weighed(0);
	assert_null(fake.put);
	assert_answer(5, true);
}

/* Whoever cannot be told what a version changes does not publish it unseen. */
static void test_effects_that_nobody_knows_publish_nothing(void **state)
{
	(void)state;
	fake.current = (struct plan_version){.plan = &older, .version = 4};
	apply_file("plan.yaml", false);
	read_done();
	refreshed(0);
	weighed(E_DOWN);
	assert_null(fake.put);
	assert_int_equal(call.code, RPC_UNAVAILABLE);
}

static void test_problems_come_with_their_place(void **state)
{
	(void)state;
	fake.read = E_SYNTAX;
	fake.problem = "重复的键 units";
	apply_file("plan.yaml", false);
	read_done();
	assert_null(fake.put);
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_string_equal(fake_call_violation(&call, "plan.yaml:3:5"),
	                    "重复的键 units");
}

static void test_a_schedule_out_of_order_is_a_problem(void **state)
{
	(void)state;
	fake.expand = E_RANGE;
	apply_file("plan.yaml", false);
	read_done();
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_non_null(fake_call_violation(&call, ""));
}

/* Agents write these files below a folder of their own. */
static void test_a_name_that_leads_elsewhere_is_refused(void **state)
{
	static const char *const names[] = {"../plan.yaml", "/etc/passwd", "a\\b", "",
	                                    "a\nb"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fake_call_finish(&call);
		fake_call_init(&call, "/duban.v1.Plans/ApplyPlan", OFFICE, &srv);
		apply_file(names[i], false);
		assert_null(fake.job);
		assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	}
}

static void test_two_offices_at_once_one_tries_again(void **state)
{
	(void)state;
	apply_file("plan.yaml", false);
	read_done();
	refreshed(0);
	fake.put->done(fake.put, E_EXISTS);
	assert_int_equal(call.code, RPC_UNAVAILABLE);
}

static void test_one_at_a_time(void **state)
{
	struct rpc_call first;

	(void)state;
	apply_file("plan.yaml", false);
	first = call;
	fake_call_init(&call, "/duban.v1.Plans/ApplyPlan", OFFICE, &srv);
	apply_file("plan.yaml", false);
	assert_int_equal(call.code, RPC_UNAVAILABLE);
	fake_call_finish(&call);
	call = first;
	fake.read = E_NOMEM;
	read_done();
	assert_int_equal(call.code, RPC_RESOURCE_EXHAUSTED);
}

static void test_the_database_away_publishes_nothing(void **state)
{
	(void)state;
	apply_file("plan.yaml", false);
	read_done();
	refreshed(E_DOWN);
	assert_null(fake.put);
	assert_int_equal(call.code, RPC_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_first_version_is_one),
		TEST(test_a_change_is_the_next_version),
		TEST(test_the_current_content_changes_nothing),
		TEST(test_a_dry_run_publishes_nothing),
		TEST(test_effects_that_nobody_knows_publish_nothing),
		TEST(test_problems_come_with_their_place),
		TEST(test_a_schedule_out_of_order_is_a_problem),
		TEST(test_a_name_that_leads_elsewhere_is_refused),
		TEST(test_two_offices_at_once_one_tries_again),
		TEST(test_one_at_a_time),
		TEST(test_the_database_away_publishes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
