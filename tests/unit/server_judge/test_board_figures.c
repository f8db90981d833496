/*
 * The board's arithmetic on a plan made here, small and large. What a user would lose: a
 * sum that is wrong by one, a district that looks good because it did not report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/board_figures.h"
#include "server/board_message.h"

#define PER_SECTION 8 /* targets */

/* A plan of so many units and sections. Each target: from 2022-01-01 to 2022-12-31, 100
 * 个 for each unit, in a straight line. */
struct bench {
	struct arena arena;
	struct plan plan;
	struct board_facts facts;
	struct board_report *reports;
};

static void name(struct bench *bench, const char **ret, const char *format, size_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%s%05zu", format, number);
	*ret = arena_strdup(&bench->arena, text);
	assert_non_null(*ret);
}

static void make_section(struct bench *bench, struct plan_section *section, size_t index)
{
	const struct unit *ge = unit_find("个");
	size_t units = bench->plan.unit_count;
	struct plan_target *targets =
		arena_new_array(&bench->arena, PER_SECTION, struct plan_target);
	struct plan_indicator *indicators =
		arena_new_array(&bench->arena, PER_SECTION, struct plan_indicator);
	bool *asked = arena_new_array(&bench->arena, units, bool);

	name(bench, &section->id, "s", index);
	section->name = section->id;
	section->index = index;
	section->targets = targets;
	section->target_count = PER_SECTION;
	section->indicators = indicators;
	section->indicator_count = PER_SECTION;
	section->asked = asked;
	memset(asked, true, units);
	for (size_t i = 0; i < PER_SECTION; i++) {
		struct plan_allocation *parts =
			arena_new_array(&bench->arena, units, struct plan_allocation);

		name(bench, &indicators[i].id, "i", index * PER_SECTION + i);
		indicators[i].unit = ge;
		name(bench, &targets[i].id, "t", i);
		targets[i].name = targets[i].id;
		targets[i].section = section;
		targets[i].indicator = &indicators[i];
		targets[i].value =
			(struct quantity){.digits = 100 * (int64_t)units, .unit = ge};
		targets[i].start = day_of(2022, 1, 1);
		targets[i].deadline = day_of(2022, 12, 31);
		targets[i].curve = CURVE_LINE;
		targets[i].allocations = parts;
		for (size_t u = 0; u < units; u++) {
			parts[u].unit = &bench->plan.units[u];
			parts[u].value = (struct quantity){.digits = 100, .unit = ge};
			parts[u].deadline = DAY_NONE;
		}
	}
}

static void make(struct bench *bench, size_t units, size_t sections)
{
	struct plan_unit *unit;
	struct plan_section *section;

	memset(bench, 0, sizeof(*bench));
	arena_init(&bench->arena, 512u * 1024 * 1024);
	unit = arena_new_array(&bench->arena, units, struct plan_unit);
	section = arena_new_array(&bench->arena, sections, struct plan_section);
	bench->plan = (struct plan){
		.id = "p",
		.number = "",
		.title = "",
		.utc_offset = 480,
		.units = unit,
		.unit_count = units,
		.sections = section,
		.section_count = sections,
		.schedule = {.first_period = "2022-01",
	                     .last_period = "2022-12",
	                     .due_day = 5,
	                     .due_roll = 1,
	                     .due_minute = 1050,
	                     .remind_workdays = 2,
	                     .lock_workdays = 4},
		.lights = {.yellow_tenths = 50, .red_tenths = 150},
	};
	for (size_t u = 0; u < units; u++) {
		name(bench, &unit[u].code, "", u);
		unit[u].name = unit[u].code;
		unit[u].aliases = arena_new_array(&bench->arena, 1, const char *);
		unit[u].index = u;
	}
	for (size_t s = 0; s < sections; s++)
		make_section(bench, &section[s], s);
	bench->reports =
		arena_new_array(&bench->arena, units * sections, struct board_report);
	bench->facts.reports = bench->reports;
	assert_int_equal(instant_parse("2022-07-20 12:00", 480, &bench->facts.now), 0);
}

/* Reports come in the order of units and sections. */
static void report(struct bench *bench, size_t unit, size_t section, const char *period,
                   int64_t digits)
{
	const struct plan_section *of = &bench->plan.sections[section];
	struct figure *figures =
		arena_new_array(&bench->arena, PER_SECTION, struct figure);

	for (size_t i = 0; i < PER_SECTION; i++)
		figures[i] = (struct figure){.indicator = of->indicators[i].id,
		                             .value = {.digits = digits,
		                                       .unit = unit_find("个")},
		                             .reason = ""};
	bench->reports[bench->facts.report_count++] = (struct board_report){
		.unit = bench->plan.units[unit].code,
		.section = of->id,
		.period = period,
		.evidence = {.figures = figures, .figure_count = PER_SECTION}};
}

static const struct board *judge(struct bench *bench)
{
	struct board *board;

	assert_int_equal(board_judge(&bench->arena, &bench->plan, &bench->facts, &board),
	                 0);
	return board;
}

static void what_is_missing_has_no_light_and_stays_in_the_sum(void **state)
{
	const struct board *board;
	const struct board_section *section;
	struct bench bench;

	(void)state;
	make(&bench, 4, 1);
	report(&bench, 0, 0, "2022-06", 60); /* on the line: 49.6 % */
	report(&bench, 1, 0, "2022-06", 30);
	report(&bench, 2, 0, "2022-05", 90); /* has not reported June */
	board = judge(&bench);
	assert_string_equal(board->period, "2022-06");
	section = &board->sections[0];
	assert_int_equal(section->cells[0].light, LIGHT_GREEN);
	assert_int_equal(section->cells[1].light, LIGHT_RED);
	assert_int_equal(section->cells[1].gap_tenths, 300 - 496);
	assert_int_equal(section->cells[2].light, LIGHT_NOT_REPORTED);
	assert_false(section->cells[2].has_gap);
	assert_int_equal(section->cells[3].light, LIGHT_NOT_REPORTED);
	assert_int_equal(section->targets[0].done.digits, 180);
	assert_int_equal(section->targets[0].reported, 2);
	assert_int_equal(section->targets[0].expected, 4);
	arena_finish(&bench.arena);
}

/* A report that is ahead of the board is judged by its own month. */
static void an_early_report_is_judged_by_its_own_month(void **state)
{
	const struct board *board;
	struct bench bench;

	(void)state;
	make(&bench, 1, 1);
	report(&bench, 0, 0, "2022-07", 60);
	board = judge(&bench);
	assert_int_equal(board->sections[0].cells[0].lines[0].on, day_of(2022, 7, 31));
	assert_int_equal(board->sections[0].targets[0].on, day_of(2022, 6, 30));
	arena_finish(&bench.arena);
}

static void past_the_deadline_what_is_not_met_is_overdue(void **state)
{
	const struct board *board;
	struct bench bench;

	(void)state;
	make(&bench, 3, 1);
	assert_int_equal(instant_parse("2023-01-20 12:00", 480, &bench.facts.now), 0);
	report(&bench, 0, 0, "2022-12", 100);
	report(&bench, 1, 0, "2022-12", 99);
	board = judge(&bench);
	assert_int_equal(board->sections[0].cells[0].light, LIGHT_GREEN);
	assert_int_equal(board->sections[0].cells[1].light, LIGHT_RED);
	assert_int_equal(board->overdue_count, 2 * PER_SECTION); /* 99, and nothing */
	assert_string_equal(board->overdue[0].unit, "00001");
	arena_finish(&bench.arena);
}

/* Reports and targets in one list, one unit after the other, as the board is read. */
static void what_is_overdue_stands_in_the_plan_s_order(void **state)
{
	const struct board *board;
	struct board_missing missing[3];
	struct bench bench;

	(void)state;
	make(&bench, 2, 2);
	assert_int_equal(instant_parse("2023-01-20 12:00", 480, &bench.facts.now), 0);
	for (size_t i = 0; i < 3; i++)
		missing[i] = (struct board_missing){
			.unit = bench.plan.units[i == 0].code,
			.section = bench.plan.sections[i == 1].id,
			.period = "2022-12",
			.due_at = bench.facts.now - (int64_t)(i + 1) * 1000,
		};
	bench.facts.missing = missing;
	bench.facts.missing_count = 3;
	board = judge(&bench);
	assert_int_equal(board->overdue_count, 3 + 4 * PER_SECTION);
	for (size_t i = 1; i < board->overdue_count; i++) {
		const struct board_overdue *one = &board->overdue[i - 1];
		const struct board_overdue *next = &board->overdue[i];
		int order = strcmp(one->unit, next->unit);

		if (order == 0)
			order = strcmp(one->section, next->section);
		assert_true(order < 0 || (order == 0 && one->due_at <= next->due_at));
	}
	arena_finish(&bench.arena);
}

/* 3,000 units with 40 targets each: judged, and small enough to be sent. */
static void a_province_s_board_can_be_judged_and_sent(void **state)
{
	const struct board *board;
	struct bytes message;
	struct bench bench;

	(void)state;
	make(&bench, 3000, 5);
	assert_int_equal(instant_parse("2023-01-20 12:00", 480, &bench.facts.now), 0);
	for (size_t u = 0; u < 3000; u++) {
		for (size_t s = 0; s < 5; s++)
			report(&bench, u, s, "2022-12", 99);
	}
	board = judge(&bench);
	assert_int_equal(board->line_count, 3000 * 40);
	assert_int_equal(board->sections[4].targets[7].done.digits, 3000 * 99);
	assert_int_equal(board->overdue_count, BOARD_OVERDUE_MAX);
	assert_int_equal(board_message(&bench.arena, board, 1, &message), 0);
	assert_true(message.len < 4 * 1024 * 1024);
	arena_finish(&bench.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_has_no_light_and_stays_in_the_sum),
		cmocka_unit_test(an_early_report_is_judged_by_its_own_month),
		cmocka_unit_test(past_the_deadline_what_is_not_met_is_overdue),
		cmocka_unit_test(what_is_overdue_stands_in_the_plan_s_order),
		cmocka_unit_test(a_province_s_board_can_be_judged_and_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
