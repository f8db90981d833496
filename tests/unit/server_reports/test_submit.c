/*
 * SubmitReport: answered exactly once, whatever happens on the way; and a receipt that
 * was given once is given again. If this failed, a report would be lost or stored twice.
 *
 * The layers below are fakes of a few lines that keep what they were asked.
 */
#include "server/submit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/reports.pb-c.h"

#include "base/err.h"
#include "fake_call.h"
#include "server/clock.h"
#include "server/plans.h"
#include "server/server.h"
#include "server/service.h"

#define AGENT "spiffe://changsha.test/district/430112/agent/1"

static struct rpc_call call;
static struct server srv;

/* What the fakes answer, and what they were asked. */
static struct {
	int work, seal, decode, validate, history, put, find, refresh;
	struct identity signer;
	struct report report;
	struct plan_version version;
	bool has_plan;
	int refs; /* of the version and of trust */
	struct work_job *job;
	struct store_history *history_op;
	struct store_put *put_op;
	struct store_find *find_op;
	struct plans_wait *wait_op;
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

void service_reply_bytes(struct rpc_call *replied, struct bytes message)
{
	rpc_call_reply(replied, message);
}

int work_submit(struct work *work, struct work_job *job)
{
	(void)work;
	fake.job = fake.work == 0 ? job : NULL;
	return fake.work;
}

struct trust *trust_ref(struct trust *trust)
{
	fake.refs++;
	return trust;
}

void trust_unref(struct trust *trust)
{
	fake.refs -= trust != NULL;
}

const char *trust_crl_number(const struct trust *trust)
{
	(void)trust;
	return "07";
}

int seal_verify(const struct trust *trust, const struct envelope *envelope,
                const char *payload_type, int64_t wall_time, struct identity *ret_signer)
{
	(void)trust;
	(void)envelope;
	(void)wall_time;
	assert_string_equal(payload_type, REPORT_PAYLOAD_TYPE);
	if (fake.seal == 0)
		*ret_signer = fake.signer;
	return fake.seal;
}

int report_decode(struct arena *arena, struct bytes bytes, struct findings *findings,
                  const struct report **ret_report)
{
	(void)arena;
	(void)bytes;
	(void)findings;
	if (fake.decode == 0)
		*ret_report = &fake.report;
	return fake.decode;
}

int validate_report(const struct plan *plan, const struct report *report,
                    const struct history *history, int64_t now, struct findings *findings,
                    struct verdict *ret_verdict)
{
	(void)plan;
	(void)report;
	(void)history;
	(void)ret_verdict;
	assert_int_equal(now, 5000);
	if (fake.validate == E_REFUSED)
		findings_add(findings, &(struct finding){.rule = "R-2-03",
		                                         .severity = SEVERITY_REFUSAL,
		                                         .field = "figures[x].value",
		                                         .found = "128个",
		                                         .allowed = "≤121个",
		                                         .text = "完工数大于开工数。"});
	return fake.validate;
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

const struct plan_version *plans_get(const struct plans *plans, const char *id)
{
	(void)plans;
	return fake.has_plan && strcmp(id, "p") == 0 ? &fake.version : NULL;
}

int plans_refresh(struct plans *plans, struct plans_wait *wait)
{
	(void)plans;
	fake.wait_op = wait;
	return fake.refresh;
}

const struct plan_version *plan_version_ref(const struct plan_version *version)
{
	fake.refs++;
	return version;
}

void plan_version_unref(const struct plan_version *version)
{
	fake.refs -= version != NULL;
}

int store_history(struct store *store, struct store_history *history)
{
	(void)store;
	fake.history_op = history;
	return fake.history;
}

int store_put(struct store *store, struct store_put *put)
{
	(void)store;
	fake.put_op = put;
	return fake.put;
}

int store_find(struct store *store, struct store_find *find)
{
	(void)store;
	fake.find_op = find;
	return fake.find;
}

static int set_up(void **state)
{
	static const struct plan plan = {.id = "p", .calendar.version = "cn-1"};

	(void)state;
	memset(&fake, 0, sizeof(fake));
	srv.trust = (struct trust *)(void *)&fake; /* never looked at */
	fake_call_init(&call, "/duban.v1.Reports/SubmitReport", AGENT, &srv);
	assert_int_equal(identity_parse("spiffe://changsha.test/district/430112/signer/1",
	                                &fake.signer),
	                 0);
	fake.report = (struct report){.plan = "p",
	                              .plan_version = 2,
	                              .unit = "430112",
	                              .section = "3",
	                              .period = "2022-09"};
	fake.version = (struct plan_version){.plan = &plan, .version = 2};
	fake.has_plan = true;
	return 0;
}

/* Whatever happened, it was answered once and nothing is still held. */
static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(call.finished, 1);
	assert_int_equal(fake.refs, 0);
	fake_call_finish(&call);
	return 0;
}

static void submit_payload(size_t len)
{
	static uint8_t payload[REPORT_BYTES_MAX + 1], body[REPORT_BYTES_MAX + 1000];
	Duban__V1__Envelope envelope = DUBAN__V1__ENVELOPE__INIT;
	Duban__V1__SubmitReportRequest request = DUBAN__V1__SUBMIT_REPORT_REQUEST__INIT;
	static char type[] = REPORT_PAYLOAD_TYPE;
	uint8_t signature[64] = {1};

	envelope.payload_type = type;
	envelope.payload = (ProtobufCBinaryData){.len = len, .data = payload};
	envelope.algorithm = DUBAN__V1__ALGORITHM__ALGORITHM_ED25519;
	envelope.signature = (ProtobufCBinaryData){.len = 64, .data = signature};
	request.report = &envelope;
	submit_handle(&srv, &call,
	              bytes_of(body,
	                       duban__v1__submit_report_request__pack(&request, body)));
}

static void submit(void)
{
	submit_payload(10);
}

static void checked(void)
{
	assert_non_null(fake.job);
	fake.job->run(fake.job);
	fake.job->done(fake.job);
}

static void recalled(int status)
{
	assert_non_null(fake.history_op);
	fake.history_op->done(fake.history_op, status);
}

struct submit_hash {
	uint8_t bytes[HASH_SIZE];
};

static void found(const char *receipt, const struct submit_hash *hash)
{
	assert_non_null(fake.find_op);
	assert_string_equal(fake.find_op->unit, "430112");
	fake.find_op->found = receipt != NULL;
	if (receipt != NULL) {
		fake.find_op->receipt = bytes_of_str(receipt);
		fake.find_op->content_hash = bytes_of(hash->bytes, HASH_SIZE);
	}
	fake.find_op->done(fake.find_op, 0);
}

static struct submit_hash hash_of_ten_zeros(void)
{
	static const uint8_t zeros[10];
	struct submit_hash hash;

	sha256(bytes_of(zeros, sizeof(zeros)), hash.bytes);
	return hash;
}

static void assert_receipt(const char *receipt)
{
	assert_int_equal(call.code, RPC_OK);
	assert_int_equal(call.reply_len, strlen(receipt) + 2);
	assert_int_equal(call.reply[0], 0x0a); /* field 1, length-delimited */
	assert_memory_equal(call.reply + 2, receipt, strlen(receipt));
}

static void assert_refused(enum rpc_code code, const char *reason)
{
	assert_int_equal(call.finished, 1);
	assert_int_equal(call.code, code);
	assert_string_equal(fake_call_reason(&call), reason);
}

static void test_good_report_gets_the_receipt_that_was_stored(void **state)
{
	(void)state;
	submit();
	checked();
	assert_string_equal(fake.history_op->before_period, "2022-09");
	recalled(0);
	assert_int_equal(fake.put_op->received_at, 5000);
	assert_int_equal(fake.put_op->wall_received_at, 7000);
	assert_string_equal(fake.put_op->crl_number, "07");
	assert_string_equal(fake.put_op->calendar, "cn-1");
	assert_int_equal(fake.put_op->plan_version, 2);
	fake.put_op->receipt = bytes_of_str("receipt");
	assert_int_equal(call.finished, 0);
	fake.put_op->done(fake.put_op, 0);
	assert_receipt("receipt");
}

static void test_not_a_message_is_refused_with_the_place(void **state)
{
	(void)state;
	submit_handle(&srv, &call, bytes_of_str("\x0a\x7f truncated"));
	assert_refused(RPC_INVALID_ARGUMENT, "SYNTAX");
	assert_non_null(fake_call_violation(&call, "request"));
}

static void test_a_request_without_a_report_is_refused(void **state)
{
	(void)state;
	submit_handle(&srv, &call, bytes_of(NULL, 0));
	assert_refused(RPC_INVALID_ARGUMENT, "SYNTAX");
}

static void test_too_large_a_payload_is_refused_before_any_work(void **state)
{
	(void)state;
	submit_payload(REPORT_BYTES_MAX + 1);
	assert_null(fake.job);
	assert_refused(RPC_RESOURCE_EXHAUSTED, "D-70");
}

static void test_a_full_pool_keeps_the_report_with_its_agent(void **state)
{
	(void)state;
	fake.work = E_BUSY;
	submit();
	assert_refused(RPC_UNAVAILABLE, "BUSY");
}

static void test_a_bad_signature_is_refused_for_good(void **state)
{
	(void)state;
	fake.seal = E_SIGNATURE;
	submit();
	checked();
	assert_null(fake.find_op);
	assert_refused(RPC_INVALID_ARGUMENT, "D-71");
}

static void test_a_revoked_signer_is_told_so(void **state)
{
	(void)state;
	fake.seal = E_REVOKED;
	submit();
	checked();
	found(NULL, NULL);
	assert_refused(RPC_PERMISSION_DENIED, "D-73");
}

/* A certificate that expired after the receipt was given takes nothing back. */
static void test_an_acknowledged_report_outlives_its_certificate(void **state)
{
	struct submit_hash hash = hash_of_ten_zeros();

	(void)state;
	fake.seal = E_CERTIFICATE;
	submit();
	checked();
	found("first", &hash);
	assert_receipt("first");
}

static void test_another_unit_s_report_is_refused(void **state)
{
	(void)state;
	fake.report.unit = "430103";
	submit();
	checked();
	found(NULL, NULL);
	assert_refused(RPC_PERMISSION_DENIED, "D-74");
}

static void test_another_unit_s_key_is_refused(void **state)
{
	(void)state;
	assert_int_equal(identity_parse("spiffe://changsha.test/district/430103/signer/1",
	                                &fake.signer),
	                 0);
	submit();
	checked();
	found(NULL, NULL);
	assert_refused(RPC_PERMISSION_DENIED, "D-75");
}

static void test_an_unknown_plan_is_named(void **state)
{
	(void)state;
	fake.report.plan = "other";
	submit();
	checked();
	assert_non_null(fake.wait_op); /* it may have been applied a moment ago */
	fake.wait_op->done(fake.wait_op, 0);
	found(NULL, NULL);
	assert_refused(RPC_NOT_FOUND, "D-76");
	assert_non_null(fake_call_violation(&call, "plan"));
}

/* Another server may have applied it a moment ago: look before refusing. */
static void test_a_newer_plan_version_is_looked_for_first(void **state)
{
	(void)state;
	fake.report.plan_version = 3;
	submit();
	checked();
	assert_non_null(fake.wait_op);
	fake.version.version = 3;
	fake.wait_op->done(fake.wait_op, 0);
	recalled(0);
	fake.put_op->receipt = bytes_of_str("receipt");
	fake.put_op->done(fake.put_op, 0);
	assert_receipt("receipt");
}

static void test_memory_that_cannot_follow_keeps_the_report_with_its_agent(void **state)
{
	(void)state;
	fake.report.plan_version = 3;
	submit();
	checked();
	fake.wait_op->done(fake.wait_op, E_DOWN);
	assert_refused(RPC_UNAVAILABLE, "DOWN");
	fake_call_finish(&call);
	fake_call_init(&call, "/duban.v1.Reports/SubmitReport", AGENT, &srv);
	fake.refresh = E_BUSY;
	submit();
	checked();
	assert_refused(RPC_UNAVAILABLE, "BUSY");
}

static void test_a_version_that_nobody_knows_is_refused(void **state)
{
	(void)state;
	fake.report.plan_version = 3;
	submit();
	checked();
	fake.wait_op->done(fake.wait_op, 0);
	found(NULL, NULL);
	assert_refused(RPC_INVALID_ARGUMENT, "D-77");
}

static void test_a_rule_s_refusal_reaches_the_reporter(void **state)
{
	(void)state;
	fake.validate = E_REFUSED;
	submit();
	checked();
	recalled(0);
	found(NULL, NULL);
	assert_refused(RPC_INVALID_ARGUMENT, "R-2-03");
	assert_string_equal(fake_call_violation(&call, "figures[x].value"),
	                    "完工数大于开工数。");
}

/* The period is locked by now, but this very report was acknowledged before. */
static void test_a_report_that_was_acknowledged_gets_its_first_receipt(void **state)
{
	struct submit_hash hash = hash_of_ten_zeros();

	(void)state;
	fake.validate = E_STATE;
	submit();
	checked();
	recalled(0);
	found("first", &hash);
	assert_receipt("first");
}

static void test_the_same_id_with_other_content_is_no_duplicate(void **state)
{
	struct submit_hash hash = {{1}};

	(void)state;
	fake.validate = E_STATE;
	submit();
	checked();
	recalled(0);
	found("first", &hash);
	assert_refused(RPC_FAILED_PRECONDITION, "STATE");
}

static void test_an_earlier_report_s_number_is_named(void **state)
{
	(void)state;
	submit();
	checked();
	recalled(0);
	fake.put_op->earlier = "2022-09-430112-03-0007";
	fake.put_op->done(fake.put_op, E_EXISTS);
	assert_refused(RPC_ALREADY_EXISTS, "D-78");
	assert_non_null(strstr(fake_call_violation(&call, "report_id"),
	                       "2022-09-430112-03-0007"));
}

static void test_the_database_away_keeps_the_report_with_its_agent(void **state)
{
	(void)state;
	submit();
	checked();
	recalled(0);
	fake.put_op->done(fake.put_op, E_UNKNOWN);
	assert_refused(RPC_UNAVAILABLE, "UNKNOWN");
}

static void test_the_database_away_before_a_refusal_keeps_it_too(void **state)
{
	(void)state;
	fake.validate = E_STATE;
	fake.find = E_DOWN;
	submit();
	checked();
	recalled(0);
	assert_refused(RPC_UNAVAILABLE, "DOWN");
}

static void test_a_caller_that_hung_up_stores_nothing(void **state)
{
	(void)state;
	submit();
	checked();
	call.cancelled = true;
	recalled(0);
	assert_null(fake.put_op);
	assert_refused(RPC_CANCELLED, "CANCELLED");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_report_gets_the_receipt_that_was_stored),
		TEST(test_not_a_message_is_refused_with_the_place),
		TEST(test_a_request_without_a_report_is_refused),
		TEST(test_too_large_a_payload_is_refused_before_any_work),
		TEST(test_a_full_pool_keeps_the_report_with_its_agent),
		TEST(test_a_bad_signature_is_refused_for_good),
		TEST(test_a_revoked_signer_is_told_so),
		TEST(test_an_acknowledged_report_outlives_its_certificate),
		TEST(test_another_unit_s_report_is_refused),
		TEST(test_another_unit_s_key_is_refused),
		TEST(test_an_unknown_plan_is_named),
		TEST(test_a_newer_plan_version_is_looked_for_first),
		TEST(test_memory_that_cannot_follow_keeps_the_report_with_its_agent),
		TEST(test_a_version_that_nobody_knows_is_refused),
		TEST(test_a_rule_s_refusal_reaches_the_reporter),
		TEST(test_a_report_that_was_acknowledged_gets_its_first_receipt),
		TEST(test_the_same_id_with_other_content_is_no_duplicate),
		TEST(test_an_earlier_report_s_number_is_named),
		TEST(test_the_database_away_keeps_the_report_with_its_agent),
		TEST(test_the_database_away_before_a_refusal_keeps_it_too),
		TEST(test_a_caller_that_hung_up_stores_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
