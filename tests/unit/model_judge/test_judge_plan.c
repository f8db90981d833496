/*
 * The judging side against the real plan and its sample overlay: whatever a district
 * of 长人环通〔2022〕55号 reports, the answer is one that its people can use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/utf8.h"
#include "model/notice.h"
#include "model/progress.h"
#include "model/validate.h"

#include "../model_plan/folder.h"
#include "plan_by_hand.h"

static struct folder folder;
static const struct plan *plan;
static struct arena arena;
static struct findings findings;

static int setup(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static int judge(const char *unit, const char *section, const struct figure *figures,
                 size_t count)
{
	struct report report = report_of(figures, count);
	struct verdict verdict;

	report.plan = plan->id;
	report.unit = unit;
	report.section = section;
	findings_init(&findings, &arena);
	return validate_report(plan, &report, NULL, at("2022-10-08 16:42"), &findings,
	                       &verdict);
}

/* Nothing happened since: what was there at the beginning is there. */
static void start_at_openings(const struct plan_section *section,
                              const struct plan_unit *unit, struct figure *figures,
                              size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct plan_opening *opening = plan_find_opening(
			section, plan_find_indicator(section, figures[i].indicator),
			unit);

		if (opening != NULL)
			figures[i].value = opening->value;
	}
}

/* Every district can always report that nothing has happened yet. */
static void test_zero_report(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = &plan->sections[i];
		struct figure figures[200];
		size_t count = 0;

		for (size_t j = 0; j < section->indicator_count; j++) {
			const struct plan_indicator *indicator = &section->indicators[j];

			if (indicator->kind == INDICATOR_SHARE)
				continue;
			figures[count].indicator = indicator->id;
			figures[count].value = (struct quantity){.unit = indicator->unit};
			figures[count++].reason = "";
		}
		for (size_t j = 0; j < plan->unit_count; j++) {
			arena_init(&arena, 1 << 20);
			start_at_openings(section, &plan->units[j], figures, count);
			assert_int_equal(judge(plan->units[j].code, section->id, figures,
			                       count),
			                 section->asked[j] ? 0 : E_DENIED);
			assert_int_equal(findings.refusals, !section->asked[j]);
			arena_finish(&arena);
		}
	}
}

/* Every figure at its largest: refused or questioned, never wrongly computed. */
static void test_enormous_report(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = &plan->sections[i];
		struct figure figures[200];
		size_t count = 0;

		for (size_t j = 0; j < section->indicator_count; j++) {
			const struct plan_indicator *indicator = &section->indicators[j];

			figures[count].indicator = indicator->id;
			figures[count].value =
				(struct quantity){INT64_C(999999999999999999), 0,
			                          indicator->unit, HEDGE_NONE};
			figures[count++].reason = "";
		}
		arena_init(&arena, 1 << 20);
		assert_int_equal(judge("430102", section->id, figures, count), E_REFUSED);
		for (struct finding *f = findings.first; f != NULL; f = f->next)
			assert_true(utf8_valid(bytes_of_str(f->text)));
		arena_finish(&arena);
	}
}

/* The example of the specification, with the real rule. */
static void test_contradiction(void **state)
{
	struct figure figures[] = {
		{"communities_finished", q("128个"), ""},
		{"communities_started", q("121个"), ""},
		{"houses_started", q("0栋"), ""},
		{"households_started", q("1.5万户"), ""},
		{"investment_done", q("3250万元"), ""},
	};
	const struct finding *finding;

	(void)state;
	arena_init(&arena, 1 << 20);
	assert_int_equal(judge("430103", "2", figures, 5), E_REFUSED);
	finding = found_by(&findings, "R-2-03", 0);
	assert_non_null(finding);
	assert_string_equal(finding->field, "figures[communities_finished].value");
	assert_string_equal(
		finding->text,
		"“‘十四五’累计完工小区”＝128个，“‘十四五’累计开工小区”＝121个。"
		"审核关系：完工数≤开工数（强制性审核 R-2-03，依据四、（二）2及"
		"填报说明）。可能原因：两行填反，或开工数漏报。");
	assert_null(found_by(&findings, "R-2-33", 0)); /* 124 户 to a 小区 */
	figures[3].value = q("121户");
	assert_int_equal(judge("430103", "2", figures, 5), E_REFUSED);
	assert_non_null(found_by(&findings, "R-2-33", 0));
	assert_null(found_by(&findings, "R-2-33", 1)); /* the other half of the chain */
	arena_finish(&arena);
}

/* 浏阳市 and 宁乡市 have no part in the 244 circles. */
static void test_not_asked(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	assert_int_equal(judge("430181", "4", NULL, 0), E_DENIED);
	assert_non_null(strstr(findings.first->text, "浏阳市在“"));
	assert_int_equal(judge("430182", "4", NULL, 0), E_DENIED);
	arena_finish(&arena);
}

static void judge_target(const struct plan_target *target,
                         const struct plan_allocation *part)
{
	int64_t last = 0;

	for (day on_day = on("2022-07-31"); on_day < on("2027-01-01"); on_day += 30) {
		int64_t tenths = last;
		struct standing standing;

		if (progress_expected(target, part->deadline, on_day, &tenths))
			assert_in_range(tenths, last, 1000);
		last = tenths;
		progress_judge(plan, target, &part->value, part->deadline, &part->value,
		               on_day, &standing);
		assert_true(standing.light == LIGHT_GREEN ||
		            standing.light == LIGHT_NONE);
		assert_false(standing.overdue);
		progress_judge(plan, target, &part->value, part->deadline, NULL, on_day,
		               &standing);
		assert_int_equal(standing.light, LIGHT_NOT_REPORTED);
	}
}

/* What should be done never falls, and who has done the task is green. */
static void test_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		for (size_t j = 0; j < plan->sections[i].target_count; j++) {
			const struct plan_target *target = &plan->sections[i].targets[j];

			for (size_t k = 0;
			     k < plan->unit_count && target->allocations != NULL; k++) {
				const struct plan_allocation *part =
					&target->allocations[k];

				if (!part->no_task && part->value.digits > 0)
					judge_target(target, part);
			}
		}
	}
}

static void write_all(const struct plan_target *target, const struct plan_unit *unit)
{
	struct notice_about about = {
		.unit = unit,
		.section = target->section,
		.period = {MONTHLY, 2022, 9},
		.now = at("2022-10-20 09:00"),
		.due = at("2022-10-08 17:30"),
		.task = target->allocations[unit->index].value,
	};

	progress_judge(plan, target, &about.task, DAY_NONE, NULL, on("2022-09-30"),
	               &about.standing);
	for (int kind = ALERT_REPORT_DUE_SOON; kind <= ALERT_TARGET_OVERDUE; kind++) {
		for (size_t level = 0; level <= plan->step_count; level++) {
			struct notice notice;

			about.kind = (enum alert_kind)kind;
			about.target = kind >= ALERT_BEHIND ? target : NULL;
			about.step = level > 0 ? &plan->steps[level - 1] : NULL;
			about.level = level > 0 ? about.step->level : 0;
			assert_int_equal(notice_write(&arena, plan, &about, &notice), 0);
			assert_true(notice.sample);
			assert_null(strstr(notice.text, "(null)"));
			assert_null(strstr(notice.text, "““"));
			assert_non_null(strstr(notice.title, unit->name));
		}
	}
}

/* Every alert that the plan can give rise to can be written. */
static void test_notices(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		for (size_t j = 0; j < plan->sections[i].target_count; j++) {
			const struct plan_target *target = &plan->sections[i].targets[j];

			for (size_t k = 0;
			     k < plan->unit_count && target->allocations != NULL; k++) {
				arena_init(&arena, 1 << 20);
				if (!target->allocations[k].no_task)
					write_all(target, &plan->units[k]);
				arena_finish(&arena);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zero_report),
		cmocka_unit_test(test_enormous_report),
		cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_notices),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
