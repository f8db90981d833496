/* Reports, to signed bytes and back. If this fails, what a head approved and what the
 * centre reads could differ, or a wrong report comes back without a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/report.pb-c.h"

#include "base/auto.h"
#include "base/check.h"
#include "base/cursor.h"
#include "base/err.h"
#include "model/wire.h"
#include "tests/unit/model_seal/raw.h"
#include "tests/unit/model_seal/sample.h"

static struct arena arena;
static struct findings findings;
static struct sample sample;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 16 << 20);
	findings_init(&findings, &arena);
	sample_init(&sample);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static struct bytes encoded(void)
{
	struct bytes bytes;

	assert_int_equal(report_encode(&arena, &sample.report, &bytes), 0);
	return bytes;
}

/* The sample as protobuf-c has it, to be changed and packed. */
static Duban__V1__Report *unpacked(void)
{
	ProtobufCMessage *message;

	assert_int_equal(wire_unpack(&arena, &duban__v1__report__descriptor, encoded(),
	                             WIRE_STRICT, &message, NULL),
	                 0);
	return (Duban__V1__Report *)message;
}

static const struct finding *found(const char *rule, const char *field)
{
	for (const struct finding *f = findings.first; f != NULL; f = f->next)
		if (strcmp(f->rule, rule) == 0 && strcmp(f->field, field) == 0)
			return f;
	return NULL;
}

/* These bytes are refused with @err, and @rule says so about @field, alone. */
static void expect(struct bytes bytes, int err, const char *rule, const char *field)
{
	const struct report *report = NULL;
	const struct finding *finding;

	findings_init(&findings, &arena);
	assert_int_equal(report_decode(&arena, bytes, &findings, &report), err);
	assert_null(report);
	finding = found(rule, field);
	if (finding == NULL)
		fail_msg("%s %s was not found, but %s", rule, field,
		         findings_first(&findings));
	assert_int_equal(findings.refusals, 1);
	assert_int_equal(finding->severity, SEVERITY_REFUSAL);
	assert_true(strlen(finding->text) > 0);
}

static void expect_packed(const Duban__V1__Report *message, const char *rule,
                          const char *field)
{
	struct bytes bytes;

	assert_int_equal(wire_pack(&arena, &message->base, &bytes), 0);
	expect(bytes, E_REFUSED, rule, field);
}

/* The sample as it is now is refused by one rule. */
static void expect_sample(const char *rule, const char *field)
{
	expect(encoded(), E_REFUSED, rule, field);
	sample_init(&sample);
}

static void test_what_is_written_is_read(void **state)
{
	const struct report *report;
	const struct figure *figure;
	struct bytes bytes = encoded(), again;

	(void)state;
	assert_int_equal(report_decode(&arena, bytes, &findings, &report), 0);
	assert_int_equal(findings.count, 0);
	assert_memory_equal(report->id, sample.report.id, REPORT_ID_SIZE);
	assert_string_equal(report->plan, "changsha-2022-55");
	assert_int_equal(report->plan_version, 1);
	assert_string_equal(report->unit, "430112");
	assert_string_equal(report->section, "2");
	assert_string_equal(report->period, "2022-09");
	assert_int_equal(report->figure_count, SAMPLE_FIGURES);
	assert_string_equal(report->texts.progress, "本月完工3个小区。");
	assert_string_equal(report->texts.problems, "");
	assert_string_equal(report->filled_by.name, "张三");
	assert_string_equal(report->approved_by.post, "局长");
	assert_int_equal(report->reviewed_by.at, 1664871000000);
	assert_int_equal(report->made_at, 1664873000000);
	figure = report_figure(report, "funds_spent");
	assert_non_null(figure);
	assert_int_equal(figure->value.digits, 5890);
	assert_int_equal(figure->value.scale, 2);
	assert_int_equal(figure->value.hedge, HEDGE_ABOUT);
	assert_string_equal(figure->value.unit->name, "亿元");
	assert_string_equal(figure->reason, "含市级补助");
	assert_int_equal(report_encode(&arena, report, &again), 0);
	assert_true(bytes_equal(bytes, again));
}

static void test_what_is_empty_is_left_out_and_never_null(void **state)
{
	const struct report *report;

	(void)state;
	sample.report.figure_count = 0;
	memset(&sample.report.texts, 0, sizeof(sample.report.texts));
	memset(&sample.report.filled_by, 0, sizeof(struct person));
	memset(&sample.report.reviewed_by, 0, sizeof(struct person));
	memset(&sample.report.approved_by, 0, sizeof(struct person));
	assert_int_equal(report_decode(&arena, encoded(), &findings, &report), 0);
	assert_int_equal(report->figure_count, 0);
	assert_string_equal(report->texts.progress, "");
	assert_string_equal(report->texts.city_to_settle, "");
	assert_string_equal(report->filled_by.name, "");
	assert_string_equal(report->approved_by.telephone, "");
	assert_null(report_figure(report, "funds_spent"));
}

static void test_figures_are_found_by_name(void **state)
{
	static const char *const absent[] = {"", "a", "communities", "funds", "z"};

	(void)state;
	for (size_t i = 0; i < SAMPLE_FIGURES; i++)
		assert_ptr_equal(report_figure(&sample.report,
		                               sample.figures[i].indicator),
		                 &sample.figures[i]);
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		assert_null(report_figure(&sample.report, absent[i]));
}

static void test_names_must_be_there_and_in_form(void **state)
{
	char longest[PLAN_ID_MAX + 2];
	const struct report *report;

	(void)state;
	sample.report.unit = "";
	expect_sample("D-07", "unit");
	sample.report.section = "";
	expect_sample("D-07", "section");
	sample.report.period = "";
	expect_sample("D-07", "period");
	sample.report.plan = "";
	expect_sample("D-07", "plan");
	sample.report.unit = "芙蓉区";
	expect_sample("D-08", "unit");
	sample.report.period = "2022-09 ";
	expect_sample("D-08", "period");
	sample.report.section = "../2";
	expect_sample("D-08", "section");
	memset(longest, 'a', sizeof(longest));
	longest[PLAN_ID_MAX] = '\0';
	sample.report.plan = longest;
	assert_int_equal(report_decode(&arena, encoded(), &findings, &report), 0);
	longest[PLAN_ID_MAX] = 'a';
	longest[PLAN_ID_MAX + 1] = '\0';
	sample.report.plan = longest;
	expect_sample("D-08", "plan");
	sample.report.plan_version = UINT32_MAX;
	expect_sample("D-08", "plan_version");
}

static void test_the_id_has_16_bytes(void **state)
{
	static const size_t sizes[] = {0, 15, 17, 1000};
	uint8_t id[1000] = {1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		Duban__V1__Report *message = unpacked();

		message->report_id.data = id;
		message->report_id.len = sizes[i];
		expect_packed(message, "D-06", "report_id");
	}
}

static char *text_of(size_t characters)
{
	char *text = arena_alloc(&arena, 3 * characters + 1);

	for (size_t i = 0; i < characters; i++)
		memcpy(text + 3 * i, "字", 3);
	return text;
}

static void test_texts_are_bounded_in_characters(void **state)
{
	const struct report *report;

	(void)state;
	sample.report.texts.problems = text_of(REPORT_TEXT_MAX);
	sample.figures[0].reason = text_of(REPORT_REASON_MAX);
	sample.report.filled_by.name = text_of(REPORT_NAME_MAX);
	assert_int_equal(report_decode(&arena, encoded(), &findings, &report), 0);
	sample_init(&sample);
	sample.report.texts.problems = text_of(REPORT_TEXT_MAX + 1);
	expect_sample("D-10", "texts.problems");
	sample.figures[1].reason = text_of(REPORT_REASON_MAX + 1);
	expect_sample("D-10", "figures[funds_spent].reason");
	sample.report.approved_by.telephone = text_of(REPORT_NAME_MAX + 1);
	expect_sample("D-10", "approved_by.telephone");
}

static void test_control_characters_are_refused(void **state)
{
	const struct report *report;

	(void)state;
	sample.report.texts.progress = "一\n二\r\n\t三";
	assert_int_equal(report_decode(&arena, encoded(), &findings, &report), 0);
	sample.report.texts.progress = "\x1b[31m红";
	expect_sample("D-09", "texts.progress");
	sample.report.filled_by.name = "张三\nBcc: x";
	expect_sample("D-09", "filled_by.name");
	sample.report.reviewed_by.post = "\x7f";
	expect_sample("D-09", "reviewed_by.post");
}

static void test_times_are_bounded(void **state)
{
	(void)state;
	sample.report.made_at = -1;
	expect_sample("D-11", "made_at");
	sample.report.wall_made_at = INT64_MAX;
	expect_sample("D-11", "wall_made_at");
	sample.report.approved_by.at = INT64_MIN;
	expect_sample("D-11", "approved_by.at");
}

static void test_values_are_checked(void **state)
{
	Duban__V1__Report *message;
	char unit[] = "光年";

	(void)state;
	message = unpacked();
	message->figures[1]->value->digits = 1000000000000000000;
	expect_packed(message, "D-15", "figures[funds_spent].value");
	message = unpacked();
	message->figures[1]->value->scale = 7;
	expect_packed(message, "D-15", "figures[funds_spent].value");
	message = unpacked();
	message->figures[1]->value->unit = unit;
	expect_packed(message, "D-16", "figures[funds_spent].value.unit");
	message = unpacked();
	message->figures[2]->value = NULL;
	expect_packed(message, "D-14", "figures[households].value");
	message = unpacked();
	message->figures[0]->indicator[0] = '\0';
	expect_packed(message, "D-07", "figures[0].indicator");
}

static void test_figures_ascend_and_are_unique(void **state)
{
	Duban__V1__Report *message = unpacked();
	Duban__V1__Figure *first = message->figures[0];

	(void)state;
	message->figures[0] = message->figures[1];
	message->figures[1] = first;
	expect_packed(message, "D-13", "figures[communities_finished]");
	message->figures[0] = first;
	expect_packed(message, "D-13", "figures[communities_finished]");
}

static void test_too_many_figures(void **state)
{
	static struct figure figures[REPORT_FIGURES_MAX + 1];
	const struct report *report;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		figures[i] = sample.figures[0];
		figures[i].indicator = arena_printf(&arena, "i%05zu", i);
	}
	sample.report.figures = figures;
	sample.report.figure_count = REPORT_FIGURES_MAX;
	assert_int_equal(report_decode(&arena, encoded(), &findings, &report), 0);
	assert_ptr_equal(report_figure(report, "i00123"), &report->figures[123]);
	sample.report.figure_count = REPORT_FIGURES_MAX + 1;
	expect_sample("D-12", "figures");
}

static void test_every_fault_is_told_at_once(void **state)
{
	const struct report *report;

	(void)state;
	sample.report.unit = "";
	sample.report.made_at = -1;
	sample.report.texts.progress = "\x01";
	assert_int_equal(report_decode(&arena, encoded(), &findings, &report), E_REFUSED);
	assert_int_equal(findings.refusals, 3);
	assert_non_null(found("D-07", "unit"));
	assert_non_null(found("D-11", "made_at"));
	assert_non_null(found("D-09", "texts.progress"));
}

static void test_bytes_that_are_no_report(void **state)
{
	uint8_t room[64];
	struct writer writer;

	(void)state;
	writer_init(&writer, room, sizeof(room));
	raw_str(&writer, 2, "\xff");
	expect(writer_bytes(&writer), E_SYNTAX, "D-03", "plan");
	writer_init(&writer, room, sizeof(room));
	raw_number(&writer, 99, 1);
	expect(writer_bytes(&writer), E_SYNTAX, "D-04", "99");
	writer_init(&writer, room, sizeof(room));
	raw_str(&writer, 3, "x");
	expect(writer_bytes(&writer), E_SYNTAX, "D-02", "plan_version");
	writer_init(&writer, room, sizeof(room));
	raw_number(&writer, 3, 0);
	expect(writer_bytes(&writer), E_SYNTAX, "D-05", "");
}

/* A note of a megabyte is refused before it takes memory of its own. */
static void test_the_whole_is_bounded(void **state)
{
	AUTO(freep) char *note = calloc(1, (1 << 20) + 1);
	AUTO(arena_finishp) struct arena small;
	const struct report *report;
	struct findings here;
	struct bytes bytes;

	(void)state;
	arena_init(&small, 16 * 1024);
	findings_init(&here, &small);
	memset(note, 'x', 1 << 20);
	sample.report.texts.progress = note;
	assert_int_equal(report_encode(&small, &sample.report, &bytes), E_LIMIT);
	assert_int_equal(report_decode(&small, bytes_of(note, REPORT_BYTES_MAX + 1),
	                               &here, &report),
	                 E_LIMIT);
	assert_string_equal(here.first->rule, "D-01");
}

/* Every prefix and every flipped bit ends in an answer, and never in other bytes. */
static void test_damage_is_survived(void **state)
{
	struct bytes good = encoded();
	uint8_t bad[1024];

	(void)state;
	assert_true(good.len < sizeof(bad));
	for (size_t i = 0; i < 9 * good.len; i++) {
		AUTO(arena_finishp) struct arena small;
		const struct report *report;
		struct findings here;
		size_t len = i < good.len ? i : good.len;
		struct bytes again;

		memcpy(bad, good.data, good.len);
		if (i >= good.len)
			bad[(i - good.len) / 8] ^= (uint8_t)(1u << (i - good.len) % 8);
		arena_init(&small, 1 << 20);
		findings_init(&here, &small);
		if (report_decode(&small, bytes_of(bad, len), &here, &report) != 0) {
			assert_true(here.refusals > 0);
			continue;
		}
		assert_int_equal(here.refusals, 0);
		assert_int_equal(report_encode(&small, report, &again), 0);
		/* Empty submessages and the like are the only other way to say it. */
		assert_true(again.len <= len);
	}
}

static void test_both_ways_stay_within_their_memory(void **state)
{
	struct bytes bytes = encoded();
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 0; r != 0; limit += 32) {
		AUTO(arena_finishp) struct arena small;
		const struct report *report;
		struct findings here;
		struct bytes again;

		arena_init(&small, limit);
		findings_init(&here, &small);
		r = report_decode(&small, bytes, &here, &report);
		if (r == 0)
			r = report_encode(&small, report, &again);
		if (r != 0)
			assert_int_equal(r, E_NOMEM);
		assert_int_equal(here.refusals, 0);
	}
}

/* A refusal stands even when there is no memory left to word it. */
static void test_refusals_survive_without_memory(void **state)
{
	struct bytes bytes;
	int r = E_NOMEM;

	(void)state;
	sample.report.unit = "";
	bytes = encoded();
	for (size_t limit = 0; r != E_REFUSED; limit += 32) {
		AUTO(arena_finishp) struct arena small;
		const struct report *report;
		struct findings here;

		arena_init(&small, limit);
		findings_init(&here, &small);
		r = report_decode(&small, bytes, &here, &report);
		assert_true(r == E_NOMEM || r == E_REFUSED);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_written_is_read),
		TEST(test_what_is_empty_is_left_out_and_never_null),
		TEST(test_figures_are_found_by_name),
		TEST(test_names_must_be_there_and_in_form),
		TEST(test_the_id_has_16_bytes),
		TEST(test_texts_are_bounded_in_characters),
		TEST(test_control_characters_are_refused),
		TEST(test_times_are_bounded),
		TEST(test_values_are_checked),
		TEST(test_figures_ascend_and_are_unique),
		TEST(test_too_many_figures),
		TEST(test_every_fault_is_told_at_once),
		TEST(test_bytes_that_are_no_report),
		TEST(test_the_whole_is_bounded),
		TEST(test_damage_is_survived),
		TEST(test_both_ways_stay_within_their_memory),
		TEST(test_refusals_survive_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
