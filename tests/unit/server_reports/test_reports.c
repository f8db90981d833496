/*
 * Reading reports back: a district must not learn what another one sent, and a list that
 * is paged must neither lose nor repeat a row.
 */
#include "server/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/reports.pb-c.h"

#include "base/err.h"
#include "fake_call.h"
#include "model/wire.h"
#include "server/reports_token.h"
#include "server/server.h"
#include "server/service.h"

#define DOMAIN   "spiffe://changsha.test"
#define DISTRICT DOMAIN "/district/430112/agent/1"
#define OFFICE   DOMAIN "/department/bangongshi/person/li"

static struct rpc_call call;
static struct server srv;
static struct store_report_get *get;
static struct store_reports_list *list;

int service_caller(const struct server *server, const struct rpc_call *asked,
                   struct identity *ret_caller)
{
	(void)server;
	return identity_from_uris(rpc_call_peer(asked)->uris, ret_caller);
}

bool service_sees_all(const struct identity *who)
{
	return who->kind != IDENTITY_DISTRICT;
}

int service_read(struct rpc_call *asked, const ProtobufCMessageDescriptor *type,
                 struct bytes body, ProtobufCMessage **ret_message, const char **ret_why)
{
	return wire_unpack(rpc_call_arena(asked), type, body, WIRE_LENIENT, ret_message,
	                   ret_why);
}

void service_reply(struct rpc_call *replied, const ProtobufCMessage *message)
{
	uint8_t packed[4096];

	rpc_call_reply(replied,
	               bytes_of(packed, protobuf_c_message_pack(message, packed)));
}

void service_reply_bytes(struct rpc_call *replied, struct bytes message)
{
	rpc_call_reply(replied, message);
}

void service_note(struct rpc_call *noted, int err)
{
	(void)noted;
	(void)err;
}

int store_report_get(struct store *store, struct store_report_get *asked)
{
	(void)store;
	get = asked;
	return 0;
}

int store_reports_list(struct store *store, struct store_reports_list *asked)
{
	(void)store;
	list = asked;
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	get = NULL;
	list = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(call.finished, 1);
	fake_call_finish(&call);
	return 0;
}

/* The requests, as few bytes: field 1 number, 2 report_id, 3 unit. */
static void ask_get(const char *uri, const char *body)
{
	fake_call_init(&call, "/duban.v1.Reports/GetReport", uri, &srv);
	reports_get_handle(&srv, &call, bytes_of_str(body));
}

/* Field 1 unit, 2 section, 3 period. */
static void ask_list(const char *uri, const char *body)
{
	fake_call_init(&call, "/duban.v1.Reports/ListReports", uri, &srv);
	reports_list_handle(&srv, &call, bytes_of_str(body));
}

static void test_stored_bytes_are_given_as_they_are(void **state)
{
	(void)state;
	ask_get(OFFICE, "\x0a\x03"
	                "N-1");
	assert_string_equal(get->number, "N-1");
	assert_string_equal(get->unit, "");
	get->found = true;
	get->envelope = bytes_of_str("envelope");
	get->receipt = bytes_of_str("receipt");
	get->done(get, 0);
	assert_int_equal(call.code, RPC_OK);
	assert_int_equal(call.reply_len, 19);
	assert_memory_equal(call.reply,
	                    "\x0a\x08"
	                    "envelope"
	                    "\x12\x07"
	                    "receipt",
	                    19);
}

static void test_a_district_finds_only_its_own(void **state)
{
	(void)state;
	ask_get(DISTRICT, "\x0a\x03"
	                  "N-1");
	assert_string_equal(get->unit, "430112"); /* whoever sent N-1 */
	get->found = false;
	get->done(get, 0);
	assert_int_equal(call.code, RPC_NOT_FOUND);
}

static void test_a_district_may_not_name_another(void **state)
{
	(void)state;
	ask_get(DISTRICT, "\x0a\x03"
	                  "N-1"
	                  "\x1a\x06"
	                  "430103");
	assert_null(get);
	assert_int_equal(call.code, RPC_PERMISSION_DENIED);
	assert_non_null(fake_call_violation(&call, "unit"));
	fake_call_finish(&call);
	ask_list(DISTRICT, "\x0a\x06"
	                   "430103");
	assert_null(list);
	assert_int_equal(call.code, RPC_PERMISSION_DENIED);
}

static void test_an_agent_that_lost_the_answer_asks_by_its_id(void **state)
{
	(void)state;
	ask_get(DISTRICT, "\x12\x10"
	                  "0123456789abcdef");
	assert_null(get->number);
	assert_string_equal(get->unit, "430112");
	assert_int_equal(get->report_id.len, 16);
	get->done(get, E_DOWN);
	assert_int_equal(call.code, RPC_UNAVAILABLE);
}

static void test_an_id_without_a_unit_or_of_another_size_is_refused(void **state)
{
	(void)state;
	ask_get(OFFICE, "\x12\x10"
	                "0123456789abcdef");
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_non_null(fake_call_violation(&call, "unit"));
	fake_call_finish(&call);
	ask_get(DISTRICT, "\x12\x02"
	                  "01");
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_non_null(fake_call_violation(&call, "report_id"));
	fake_call_finish(&call);
	ask_get(OFFICE, "");
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_null(get);
}

static struct store_reports_row row = {
	.number = "2022-09-430112-03-0007",
	.unit = "430112",
	.section = "3",
	.period = "2022-09",
	.approved_by = "王五",
	.report_id = {(const uint8_t *)"0123456789abcdef", 16},
	.received_at = INT64_C(1665218527123),
	.timeliness = 1,
	.figures = 5,
};

static void test_a_list_goes_on_where_it_stopped(void **state)
{
	Duban__V1__ListReportsResponse *response;
	struct store_reports_key key;

	(void)state;
	ask_list(OFFICE, "\x1a\x07"
	                 "2022-09"
	                 "\x22\x02\x08\x01"); /* pages of one */
	assert_string_equal(list->unit, "");
	assert_string_equal(list->period, "2022-09");
	assert_int_equal(list->limit, 1);
	assert_null(list->after.number);
	list->rows = &row;
	list->count = 1;
	list->more = true;
	list->done(list, 0);
	response = duban__v1__list_reports_response__unpack(NULL, call.reply_len,
	                                                    call.reply);
	assert_int_equal(response->n_reports, 1);
	assert_string_equal(response->reports[0]->approved_by, "王五");
	assert_int_equal(token_read(&call.arena, response->next_page, &key), 0);
	assert_int_equal(key.received_at, row.received_at);
	assert_string_equal(key.number, row.number);
	duban__v1__list_reports_response__free_unpacked(response, NULL);
}

static void test_a_page_is_limited_and_its_token_ours(void **state)
{
	(void)state;
	ask_list(OFFICE, "\x22\x03\x08\xe9\x07"); /* 1001 */
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_non_null(fake_call_violation(&call, "page.size"));
	fake_call_finish(&call);
	ask_list(OFFICE, "\x22\x05\x12\x03"
	                 "zzz");
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_non_null(fake_call_violation(&call, "page.token"));
	assert_null(list);
}

static void test_random_tokens_are_refused_or_harmless(void **state)
{
	static const char *const tokens[] = {"0",
	                                     "00",
	                                     "0000000000000000",
	                                     "00000000000000000",
	                                     "00000000000000ffff",
	                                     "000000000000000000"};
	struct store_reports_key key;

	(void)state;
	fake_call_init(&call, "/", OFFICE, &srv);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		assert_int_equal(token_read(&call.arena, tokens[i], &key), E_SYNTAX);
	call.finished = 1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stored_bytes_are_given_as_they_are),
		TEST(test_a_district_finds_only_its_own),
		TEST(test_a_district_may_not_name_another),
		TEST(test_an_agent_that_lost_the_answer_asks_by_its_id),
		TEST(test_an_id_without_a_unit_or_of_another_size_is_refused),
		TEST(test_a_list_goes_on_where_it_stopped),
		TEST(test_a_page_is_limited_and_its_token_ours),
		TEST(test_random_tokens_are_refused_or_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
