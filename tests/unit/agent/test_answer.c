/* What the centre says must reach the reporter whole, whoever wrote the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include "client/agent/answer.h"
#include "model/wire.h"

#define PREFIX "type.googleapis.com/google.rpc."

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1024 * 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static Google__Protobuf__Any *any_of(const char *type, const ProtobufCMessage *message)
{
	Google__Protobuf__Any *any = arena_new(&arena, Google__Protobuf__Any);
	struct bytes bytes;

	google__protobuf__any__init(any);
	assert_int_equal(wire_pack(&arena, message, &bytes), 0);
	any->type_url = arena_printf(&arena, PREFIX "%s", type);
	any->value.data = arena_alloc(&arena, bytes.len);
	memcpy(any->value.data, bytes.data, bytes.len);
	any->value.len = bytes.len;
	return any;
}

static char *text(const char *of)
{
	return arena_strdup(&arena, of);
}

static struct bytes details(const char *policy)
{
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
	Google__Rpc__BadRequest__FieldViolation one, *list[] = {&one};
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Rpc__ErrorInfo__MetadataEntry entry, *entries[] = {&entry};
	Google__Protobuf__Any *anys[2];
	struct bytes packed;

	google__rpc__bad_request__field_violation__init(&one);
	one.field = text("figures[x].value");
	one.description = text("完工大于开工");
	bad.n_field_violations = 1;
	bad.field_violations = list;
	google__rpc__error_info__metadata_entry__init(&entry);
	entry.key = text("policy");
	entry.value = text(policy);
	info.reason = text("R-2-03");
	info.n_metadata = 1;
	info.metadata = entries;
	anys[0] = any_of("BadRequest", &bad.base);
	anys[1] = any_of("ErrorInfo", &info.base);
	status.n_details = 2;
	status.details = anys;
	assert_int_equal(wire_pack(&arena, &status.base, &packed), 0);
	return packed;
}

static void every_field_is_a_finding(void **state)
{
	struct rpc_status status = {.code = RPC_INVALID_ARGUMENT,
	                            .message = "未通过",
	                            .details = details("hold")};
	struct answer answer;

	(void)state;
	answer_read(&arena, &status, &answer);
	assert_int_equal(answer.policy, ERR_HOLD);
	assert_string_equal(answer.message, "未通过");
	assert_int_equal(answer.findings.count, 1);
	assert_string_equal(answer.findings.first->rule, "R-2-03");
	assert_string_equal(answer.findings.first->field, "figures[x].value");
	assert_string_equal(answer.findings.first->text, "完工大于开工");
}

static void broken_details_are_left_out(void **state)
{
	struct bytes good = details("keep");
	struct answer answer;

	(void)state;
	for (size_t len = 0; len < good.len; len++) {
		struct rpc_status status = {.code = RPC_INVALID_ARGUMENT,
		                            .message = NULL,
		                            .details = bytes_of(good.data, len)};

		answer_read(&arena, &status, &answer);
		assert_non_null(strstr(answer.message, "INVALID_ARGUMENT"));
		assert_true(answer.policy == ERR_GIVE_UP || answer.policy == ERR_KEEP);
	}
}

static void a_message_that_is_no_text_is_not_shown(void **state)
{
	struct rpc_status status = {.code = RPC_NOT_FOUND, .message = "\xff\xfe"};
	struct answer answer;

	(void)state;
	answer_read(&arena, &status, &answer);
	assert_non_null(strstr(answer.message, "NOT_FOUND"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_field_is_a_finding, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(broken_details_are_left_out, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(a_message_that_is_no_text_is_not_shown,
	                                        set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
