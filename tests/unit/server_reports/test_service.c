/*
 * The dispatcher: who gets through to a handler. If this failed, a district could read
 * or send what is another's, or a stranger anything.
 */
#include "server/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "duban/v1/plans.pb-c.h"

#include "base/err.h"
#include "base/log.h"
#include "fake_call.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/watch.h"

#define DOMAIN "spiffe://changsha.test"
#define AGENT  DOMAIN "/district/430112/agent/1"

static struct rpc_call call;
static struct settings settings = {.office = "bangongshi"};
static struct server srv = {.node = DOMAIN "/node/1", .settings = &settings};
static unsigned handled, stream_events;
static char heard[16];

static void handle(struct server *server, struct rpc_call *handled_call,
                   struct bytes body)
{
	assert_ptr_equal(server, &srv);
	assert_int_equal(body.len, 4);
	handled++;
	service_reply_bytes(handled_call, body);
}

static void handle_badly(struct server *server, struct rpc_call *handled_call,
                         struct bytes body)
{
	(void)server;
	(void)body;
	refuse(handled_call, E_STATE, NULL);
}

static void on_stream(struct rpc_call *streamed)
{
	assert_null(rpc_call_data(streamed)); /* the handler's own */
	stream_events++;
}

static void on_stream_message(struct rpc_call *streamed, struct bytes message)
{
	(void)message;
	on_stream(streamed);
}

static const struct rpc_handler stream = {.begun = on_stream,
                                          .message = on_stream_message,
                                          .closed = on_stream};

/* Like the real one: it begins with its message. */
static const struct rpc_handler late_stream = {.message = on_stream_message,
                                               .cancelled = on_stream,
                                               .closed = on_stream};

const struct service_row service_rows[] = {
	{"a", "/t.A/Agents", CALLER_AGENT, handle, NULL},
	{"a", "/t.A/Office", CALLER_OFFICE, handle, NULL},
	{"a", "/t.A/Anybody", CALLER_ANYBODY, handle, NULL},
	{"b", "/t.B/Nobody", 0, handle, NULL},
	{"b", "/t.B/Fails", CALLER_ANYBODY, handle_badly, NULL},
	{"b", "/t.B/Stream", CALLER_AGENT, NULL, &stream},
	{"b", "/t.B/Late", CALLER_AGENT, NULL, &late_stream},
	{.path = NULL},
};

void watch_heard(struct watch_hub *hub, const char *unit)
{
	(void)hub;
	(void)snprintf(heard, sizeof(heard), "%s", unit);
}

/* Call @path as @uri, as the library would. */
static void run(const char *path, const char *uri)
{
	const struct rpc_method *const *tables = service_tables(&srv, NULL);
	static const char *const names[] = {"a", "b", NULL};

	assert_null(tables); /* all names are the real services', not this test's */
	tables = service_tables(&srv, names);
	assert_non_null(tables);
	fake_call_init(&call, path, uri, NULL);
	for (size_t i = 0; tables[i] != NULL; i++)
		for (const struct rpc_method *m = tables[i]; m->path != NULL; m++)
			if (strcmp(m->path, path) == 0)
				call.method = *m;
	service_tables_free(tables);
	assert_non_null(call.method.handler);
	call.method.handler->begun(&call);
	if (call.method.handler->message != NULL)
		call.method.handler->message(&call, bytes_of_str("body"));
	call.method.handler->closed(&call);
}

static int set_up(void **state)
{
	(void)state;
	log_set_fd(-1);
	handled = stream_events = 0;
	heard[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(call.finished,
	                 call.method.kind == RPC_UNARY ? 1 : call.finished);
	fake_call_finish(&call);
	return 0;
}

static void test_who_may_call_gets_an_answer(void **state)
{
	(void)state;
	run("/t.A/Agents", AGENT);
	assert_int_equal(handled, 1);
	assert_int_equal(call.code, RPC_OK);
	assert_string_equal(heard, "430112");
}

static void assert_refused(enum rpc_code code, const char *reason)
{
	assert_int_equal(handled, 0);
	assert_int_equal(call.finished, 1);
	assert_int_equal(call.code, code);
	assert_string_equal(fake_call_reason(&call), reason);
}

static void test_without_a_certificate_nobody_is_anybody(void **state)
{
	(void)state;
	run("/t.A/Anybody", NULL);
	assert_refused(RPC_UNAUTHENTICATED, "ANONYMOUS");
}

static void test_another_trust_domain_is_refused(void **state)
{
	(void)state;
	run("/t.A/Anybody", "spiffe://elsewhere.test/district/430112/agent/1");
	assert_refused(RPC_PERMISSION_DENIED, "CERTIFICATE");
}

static void test_what_is_no_identity_of_ours_is_refused(void **state)
{
	(void)state;
	run("/t.A/Anybody", DOMAIN "/somebody/else");
	assert_refused(RPC_PERMISSION_DENIED, "CERTIFICATE");
}

static void test_another_role_is_refused(void **state)
{
	(void)state;
	run("/t.A/Agents", DOMAIN "/district/430112/person/zhang");
	assert_refused(RPC_PERMISSION_DENIED, "DENIED");
	assert_string_equal(heard, "");
}

static void test_a_signer_calls_nothing(void **state)
{
	(void)state;
	run("/t.A/Anybody", DOMAIN "/district/430112/signer/1");
	assert_refused(RPC_PERMISSION_DENIED, "DENIED");
}

static void test_only_the_office_is_the_office(void **state)
{
	(void)state;
	run("/t.A/Office", DOMAIN "/department/gengxin/person/li");
	assert_refused(RPC_PERMISSION_DENIED, "DENIED");
	fake_call_finish(&call);
	run("/t.A/Office", DOMAIN "/department/bangongshi/person/li");
	assert_int_equal(handled, 1);
}

static void test_a_row_that_names_nobody_admits_nobody(void **state)
{
	(void)state;
	run("/t.B/Nobody", DOMAIN "/department/bangongshi/person/li");
	assert_refused(RPC_PERMISSION_DENIED, "DENIED");
}

static void test_an_admitted_stream_is_its_handler_s(void **state)
{
	(void)state;
	run("/t.B/Stream", AGENT);
	assert_int_equal(stream_events, 3);
	fake_call_finish(&call);
	run("/t.B/Late", AGENT);
	assert_int_equal(stream_events, 5);
}

static void test_a_refused_stream_never_reaches_its_handler(void **state)
{
	(void)state;
	run("/t.B/Stream", DOMAIN "/operator/ops");
	assert_int_equal(stream_events, 0);
	assert_refused(RPC_PERMISSION_DENIED, "DENIED");
}

/* What is too large never reaches a handler, and still the call must end: one that does
 * not keeps the server from stopping. */
static void test_a_call_without_a_message_is_ended_too(void **state)
{
	static const char *const names[] = {"a", "b", NULL};
	const struct rpc_method *const *tables = service_tables(&srv, names);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		fake_call_init(&call, "/", AGENT, NULL);
		call.method = tables[i][i == 0 ? 2 : 3]; /* Anybody, Late */
		call.method.handler->begun(&call);
		call.method.handler->cancelled(&call);
		assert_int_equal(call.finished, 1);
		assert_int_equal(call.code, RPC_CANCELLED);
		call.method.handler->closed(&call);
		fake_call_finish(&call);
	}
	service_tables_free(tables);
	assert_int_equal(stream_events, 0);
	run("/t.A/Anybody", AGENT);
	call.method.handler->cancelled(&call); /* too late: it is ended already */
	assert_int_equal(handled, 1);
}

/* The operator's only trace of a request: who, what, how it ended; no person's name. */
static void test_each_request_leaves_one_line(void **state)
{
	int fd = memfd_create("log", 0);
	char line[512] = "";

	(void)state;
	log_set_fd(fd);
	run("/t.B/Fails", DOMAIN "/department/gengxin/person/li");
	log_set_fd(-1);
	assert_true(pread(fd, line, sizeof(line) - 1, 0) > 0);
	(void)close(fd);
	assert_non_null(
		strstr(line, " Fails peer=department/gengxin result=E_STATE ms="));
	assert_null(strstr(line, "li "));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_a_service_that_is_not_known_has_no_table(void **state)
{
	static const char *const names[] = {"a", "reprots", NULL};

	(void)state;
	fake_call_init(&call, "/", NULL, NULL);
	call.method.kind = RPC_BIDIRECTIONAL;
	assert_null(service_tables(&srv, names));
	assert_true(service_is_known("b"));
}

static void test_requests_are_read_leniently(void **state)
{
	static const uint8_t unknown[] = {0x0a, 1, 'p', 0x7a, 2, 1, 2}; /* and field 15 */
	const char *why = NULL;
	ProtobufCMessage *message;

	(void)state;
	fake_call_init(&call, "/t.A/Anybody", AGENT, &srv);
	call.method.kind = RPC_BIDIRECTIONAL;
	assert_int_equal(service_read(&call, &duban__v1__get_plan_request__descriptor,
	                              bytes_of(unknown, sizeof(unknown)), &message, &why),
	                 0);
	assert_string_equal(((Duban__V1__GetPlanRequest *)message)->plan, "p");
	assert_int_equal(service_read(&call, &duban__v1__get_plan_request__descriptor,
	                              bytes_of_str("\x0a\x02\xff\xfe"), &message, &why),
	                 E_SYNTAX);
	assert_non_null(strstr(why, "UTF-8"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_may_call_gets_an_answer),
		TEST(test_without_a_certificate_nobody_is_anybody),
		TEST(test_another_trust_domain_is_refused),
		TEST(test_what_is_no_identity_of_ours_is_refused),
		TEST(test_another_role_is_refused),
		TEST(test_a_signer_calls_nothing),
		TEST(test_only_the_office_is_the_office),
		TEST(test_a_row_that_names_nobody_admits_nobody),
		TEST(test_an_admitted_stream_is_its_handler_s),
		TEST(test_a_refused_stream_never_reaches_its_handler),
		TEST(test_a_call_without_a_message_is_ended_too),
		TEST(test_each_request_leaves_one_line),
		TEST(test_a_service_that_is_not_known_has_no_table),
		TEST(test_requests_are_read_leniently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
