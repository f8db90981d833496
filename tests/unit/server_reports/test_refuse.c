/* Refusals: without their details a reporter would only learn that something is wrong. */
#include "server/refuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/yaml.h"
#include "fake_call.h"
#include "model/finding.h"

static struct rpc_call call;
static struct arena arena;
static struct findings findings;

/* The dispatcher's part: not tested here. */
void service_note(struct rpc_call *noted, int err);
void service_note(struct rpc_call *noted, int err)
{
	(void)noted;
	(void)err;
}

static int set_up(void **state)
{
	(void)state;
	fake_call_init(&call, "/x", NULL, NULL);
	arena_init(&arena, 8 << 20);
	findings_init(&findings, &arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_call_finish(&call);
	arena_finish(&arena);
	return 0;
}

static void add(const char *rule, enum severity severity, const char *field,
                const char *text)
{
	findings_add(&findings, &(struct finding){.rule = rule,
	                                          .severity = severity,
	                                          .field = field,
	                                          .found = "128个",
	                                          .allowed = "≤121个",
	                                          .text = text});
}

static void test_a_code_alone_has_status_reason_and_policy(void **state)
{
	(void)state;
	refuse(&call, E_BUSY, NULL);
	assert_int_equal(call.finished, 1);
	assert_int_equal(call.code, RPC_UNAVAILABLE);
	assert_string_equal(call.message, err_text(E_BUSY));
	assert_string_equal(fake_call_reason(&call), "BUSY");
	assert_null(fake_call_violation(&call, ""));
}

static void test_each_finding_is_a_violation_with_its_sentence(void **state)
{
	(void)state;
	add("R-9", SEVERITY_NOTICE, "figures[a]", "只是提示。");
	add("R-2-03", SEVERITY_REFUSAL, "figures[b]", "完工数大于开工数。");
	add("R-2-04", SEVERITY_REASON, "figures[c]", "累计数减少，请说明。");
	refuse(&call, E_REFUSED, &findings);
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_string_equal(fake_call_reason(&call), "R-2-03");
	assert_null(fake_call_violation(&call, "figures[a]"));
	assert_string_equal(fake_call_violation(&call, "figures[b]"),
	                    "完工数大于开工数。");
	assert_string_equal(fake_call_violation(&call, "figures[c]"),
	                    "累计数减少，请说明。");
	assert_non_null(strstr(call.message, "R-2-03"));
}

/* Trailers over 8 KiB would be dropped by clients, and with them the whole refusal. */
static void test_many_findings_are_cut_and_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 90; i++)
		add("R-1", SEVERITY_REFUSAL, "figures[x].value",
		    "本行数据与上期相比减少，累计数减少须填写说明并经负责人审签。");
	refuse(&call, E_REFUSED, &findings);
	assert_true(call.details_len <= REFUSE_DETAILS_MAX);
	assert_non_null(fake_call_violation(&call, "figures[x].value"));
	assert_non_null(strstr(call.message, " more that are not listed)"));
}

static void test_a_long_text_is_cut_at_a_character(void **state)
{
	char text[1600];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "报", 4);
	refuse_because(&call, E_SYNTAX, "files", text);
	assert_true(strlen(call.message) <= REFUSE_MESSAGE_MAX);
	assert_int_equal(strlen(call.message) % 3, 0);
	assert_int_equal(strlen(fake_call_violation(&call, "files")) % 3, 0);
}

static void test_problems_name_file_line_and_column(void **state)
{
	struct yaml_problems problems;

	(void)state;
	yaml_problems_init(&problems, &arena);
	yaml_problem(&problems, (struct yaml_place){"plan.yaml", 3, 7}, "重复的键 units");
	yaml_problem(&problems, (struct yaml_place){0}, "缺少文件 units.yaml");
	refuse_call(&call, &(struct refusal){.err = E_SYNTAX, .problems = &problems});
	assert_string_equal(fake_call_violation(&call, "plan.yaml:3:7"),
	                    "重复的键 units");
	assert_string_equal(fake_call_violation(&call, "files"), "缺少文件 units.yaml");
	assert_string_equal(call.message, "重复的键 units");
}

static void test_without_memory_the_code_still_arrives(void **state)
{
	(void)state;
	arena_finish(&call.arena);
	arena_init(&call.arena, 0);
	add("R-2-03", SEVERITY_REFUSAL, "figures[b]", "完工数大于开工数。");
	refuse(&call, E_REFUSED, &findings);
	assert_int_equal(call.finished, 1);
	assert_int_equal(call.code, RPC_INVALID_ARGUMENT);
	assert_int_equal(call.details_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_code_alone_has_status_reason_and_policy, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_each_finding_is_a_violation_with_its_sentence, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_many_findings_are_cut_and_counted,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_long_text_is_cut_at_a_character,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_problems_name_file_line_and_column,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_without_memory_the_code_still_arrives, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
