/*
 *	asked rows ------.
 *	return rows ------>-- one unit's obligations --.
 *	change rows -----'                              >-- score_judge (model)
 *	light rows  ---------- its targets' progress --'
 *	                       (or the board's, of what was newest)
 *
 * All rows come by unit, section and period: a unit's are found by halving, and what
 * belongs to one report follows in step.
 */
#include "server/assessment_facts.h"

#include <string.h>

#include "duban/v1/board.pb-c.h"

#include "base/err.h"
#include "model/wire.h"

/* A unit's rows of one kind: [from, to). */
struct slice {
	size_t from, to;
};

static struct slice slice_of(const void *rows, size_t count, size_t size,
                             const char *unit);
static size_t lower(const void *rows, size_t count, size_t size, const char *unit,
                    bool after);
static int fill_obligations(struct arena *arena, const struct assessment *assessment,
                            struct score_facts *facts);
static int fill_returns(struct arena *arena, const struct store_score_facts *rows,
                        const struct score_row *key, size_t *at,
                        struct score_obligation *obligation);
static int fill_changes(struct arena *arena, const struct store_score_facts *rows,
                        const struct score_row *key, size_t *at,
                        struct score_obligation *obligation);
static int order(const struct score_row *one, const struct score_row *other);
static int fill_progress(struct arena *arena, const struct assessment *assessment,
                         struct score_facts *facts);
static int read_light(struct arena *arena, const struct score_light_row *row,
                      struct score_progress *progress);
static void show_newest(const struct assessment *assessment, struct score_facts *facts,
                        struct score_progress *all);
static void show_line(const struct assessment *assessment, struct score_facts *facts,
                      const struct board_report *report, const struct board_line *line,
                      struct score_progress *all);
static void expect_done(struct score_progress *progress, day deadline);
static bool read_tenths(const char *text, int64_t *ret_tenths);

int assessment_periods(struct arena *arena, const struct plan *plan,
                       const struct score_range *range, const char *const **ret_periods,
                       size_t *ret_count)
{
	day first = score_range_first_day(range), last = score_range_last_day(range);
	const char **periods = NULL;
	size_t count = 0, capacity = 0;
	struct period period;

	if (period_parse(plan->schedule.first_period, &period) < 0)
		return E_RANGE;
	for (; period_in_plan(plan, &period) == 0; period = period_next(&period)) {
		char text[PERIOD_TEXT_MAX];
		day end = period_last_day(&period);

		if (end < first || end > last)
			continue;
		period_print(&period, text);
		periods = arena_grow(arena, periods, count, &capacity, sizeof(*periods));
		if (periods == NULL)
			return E_NOMEM;
		periods[count] = arena_strdup(arena, text);
		if (periods[count++] == NULL)
			return E_NOMEM;
	}
	if (count == 0)
		return E_RANGE;
	*ret_periods = periods;
	*ret_count = count;
	return 0;
}

int assessment_judge(struct arena *arena, const struct assessment *assessment,
                     const struct plan_unit *unit, struct score *ret_score)
{
	struct score_facts *facts = arena_new(arena, struct score_facts);
	int r;

	if (facts == NULL)
		return E_NOMEM;
	*facts = (struct score_facts){
		.plan = assessment->plan,
		.plan_version = assessment->plan_version,
		.unit = unit,
		.range = assessment->range,
		.known_at = assessment->known_at,
		.outages = assessment->outages,
		.outage_count = assessment->outage_count,
	};
	r = fill_obligations(arena, assessment, facts);
	if (r == 0)
		r = fill_progress(arena, assessment, facts);
	return r < 0 ? r : score_judge(arena, facts, ret_score);
}

static struct slice slice_of(const void *rows, size_t count, size_t size,
                             const char *unit)
{
	return (struct slice){lower(rows, count, size, unit, false),
	                      lower(rows, count, size, unit, true)};
}

/* The first row of @unit, or (@after) the first behind it. Each kind of row begins with
 * its key. */
static size_t lower(const void *rows, size_t count, size_t size, const char *unit,
                    bool after)
{
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct score_row *row =
			(const struct score_row *)((const char *)rows + middle * size);
		int compared = strcmp(row->unit, unit);

		if (compared < 0 || (after && compared == 0))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int fill_obligations(struct arena *arena, const struct assessment *assessment,
                            struct score_facts *facts)
{
	const struct store_score_facts *rows = assessment->rows;
	const char *unit = facts->unit->code;
	struct slice asked =
		slice_of(rows->asked, rows->asked_count, sizeof(*rows->asked), unit);
	size_t back =
		slice_of(rows->returns, rows->return_count, sizeof(*rows->returns), unit)
			.from;
	size_t change =
		slice_of(rows->changes, rows->change_count, sizeof(*rows->changes), unit)
			.from;
	struct score_obligation *obligations =
		arena_new_array(arena, asked.to - asked.from, struct score_obligation);

	if (obligations == NULL)
		return E_NOMEM;
	facts->obligations = obligations;
	for (size_t i = asked.from; i < asked.to; i++) {
		const struct score_asked_row *row = &rows->asked[i];
		struct score_obligation *one = &obligations[facts->obligation_count];

		*one = (struct score_obligation){
			.section = plan_find_section(facts->plan, row->key.section),
			.due = row->due,
			.lock = row->lock,
			.extended_due = row->extended_due,
			.extended_lock = row->extended_lock,
			.earlier_due = row->earlier_due,
			.moved_by = row->moved_by,
			.asked_at = row->asked_at,
			.asked_by = row->asked_by,
			.number = row->number,
			.received_at = row->received_at,
			.waived_at = row->waived_at,
			.explained = row->explained,
		};
		if (fill_returns(arena, rows, &row->key, &back, one) < 0 ||
		    fill_changes(arena, rows, &row->key, &change, one) < 0)
			return E_NOMEM;
		if (one->section != NULL &&
		    period_parse(row->key.period, &one->period) == 0)
			facts->obligation_count++;
	}
	return 0;
}

/* From *@at on, which moves behind those of @key. */
static int fill_returns(struct arena *arena, const struct store_score_facts *rows,
                        const struct score_row *key, size_t *at,
                        struct score_obligation *obligation)
{
	struct score_return *returns;
	size_t end;

	while (*at < rows->return_count && order(&rows->returns[*at].key, key) < 0)
		(*at)++;
	for (end = *at; end < rows->return_count; end++) {
		if (order(&rows->returns[end].key, key) != 0)
			break;
	}
	returns = arena_new_array(arena, end - *at, struct score_return);
	if (returns == NULL)
		return E_NOMEM;
	obligation->returns = returns;
	while (*at < end)
		returns[obligation->return_count++] = rows->returns[(*at)++].back;
	return 0;
}

static int fill_changes(struct arena *arena, const struct store_score_facts *rows,
                        const struct score_row *key, size_t *at,
                        struct score_obligation *obligation)
{
	struct score_change *changes;
	size_t end;

	while (*at < rows->change_count && order(&rows->changes[*at].key, key) < 0)
		(*at)++;
	for (end = *at; end < rows->change_count; end++) {
		if (order(&rows->changes[end].key, key) != 0)
			break;
	}
	changes = arena_new_array(arena, end - *at, struct score_change);
	if (changes == NULL)
		return E_NOMEM;
	obligation->changes = changes;
	while (*at < end)
		changes[obligation->change_count++] = rows->changes[(*at)++].change;
	return 0;
}

static int order(const struct score_row *one, const struct score_row *other)
{
	int compared = strcmp(one->unit, other->unit);

	if (compared == 0)
		compared = strcmp(one->section, other->section);
	return compared != 0 ? compared : strcmp(one->period, other->period);
}

static int fill_progress(struct arena *arena, const struct assessment *assessment,
                         struct score_facts *facts)
{
	const struct store_score_facts *rows = assessment->rows;
	struct slice lights = slice_of(rows->lights, rows->light_count,
	                               sizeof(*rows->lights), facts->unit->code);
	size_t room = lights.to - lights.from;
	struct score_progress *all;

	for (size_t i = 0; assessment->board != NULL && i < facts->plan->section_count;
	     i++)
		room += facts->plan->sections[i].target_count;
	all = arena_new_array(arena, room, struct score_progress);
	if (all == NULL)
		return E_NOMEM;
	facts->progress = all;
	for (size_t i = lights.from; i < lights.to; i++) {
		const struct score_light_row *row = &rows->lights[i];
		const struct plan_section *section =
			plan_find_section(facts->plan, row->key.section);
		struct score_progress *one = &all[facts->progress_count];
		int r;

		one->target =
			section != NULL ? plan_find_target(section, row->target) : NULL;
		if (one->target == NULL ||
		    period_parse(row->key.period, &one->period) < 0)
			continue;
		r = read_light(arena, row, one);
		if (r < 0)
			return r;
		if (plan_task_on(one->target, facts->unit, one->on) != NULL)
			facts->progress_count++;
	}
	if (assessment->board != NULL)
		show_newest(assessment, facts, all);
	return 0;
}

/* Of the unit's sections whose newest report is in the range. */
static void show_newest(const struct assessment *assessment, struct score_facts *facts,
                        struct score_progress *all)
{
	const struct board *board = assessment->board;

	for (size_t i = 0; i < board->plan->section_count; i++) {
		const struct board_cell *cell =
			&board->sections[i].cells[facts->unit->index];

		for (size_t k = 0; cell->report != NULL && k < cell->line_count; k++)
			show_line(assessment, facts, cell->report, &cell->lines[k], all);
	}
}

/* In the place of the same report's light, or as one more. */
static void show_line(const struct assessment *assessment, struct score_facts *facts,
                      const struct board_report *report, const struct board_line *line,
                      struct score_progress *all)
{
	const struct standing *standing = &line->standing;
	const struct score_range *range = &assessment->range;
	struct score_progress shown = {
		.target = line->target,
		.number = report->number,
		.light = standing->light,
		.reported = true,
		.done_tenths = standing->done_tenths,
		.has_expected = standing->has_expected,
		.expected_tenths = standing->expected_tenths,
		.on = line->on,
	};
	size_t at = 0;

	if (!standing->has_done || period_parse(report->period, &shown.period) < 0 ||
	    period_last_day(&shown.period) < score_range_first_day(range) ||
	    period_last_day(&shown.period) > score_range_last_day(range))
		return;
	while (at < facts->progress_count && all[at].target != shown.target)
		at++;
	if (at < facts->progress_count && strcmp(all[at].number, shown.number) != 0)
		return; /* a later period was judged, without a report */
	expect_done(&shown, plan_deadline_on(shown.target, facts->unit, shown.on));
	all[at] = shown;
	if (at == facts->progress_count)
		facts->progress_count++;
}

/* As it was judged and stored. */
static int read_light(struct arena *arena, const struct score_light_row *row,
                      struct score_progress *progress)
{
	const Duban__V1__LightRecord *record;
	ProtobufCMessage *message;
	day deadline;
	int r = wire_unpack(arena, &duban__v1__light_record__descriptor, row->record,
	                    WIRE_LENIENT, &message, NULL);

	if (r < 0)
		return r == E_SYNTAX ? E_CORRUPT : r;
	record = (const Duban__V1__LightRecord *)message;
	if (day_parse(record->day, &progress->on) < 0)
		return E_CORRUPT;
	progress->number = row->number;
	progress->light = (enum light)record->light;
	progress->reported = record->done != NULL;
	(void)read_tenths(record->done_percent, &progress->done_tenths);
	progress->has_expected =
		read_tenths(record->expected_percent, &progress->expected_tenths);
	if (day_parse(record->deadline, &deadline) == 0)
		expect_done(progress, deadline);
	return 0;
}

/* After its deadline a target without a curve is expected to be done. */
static void expect_done(struct score_progress *progress, day deadline)
{
	if (progress->has_expected || deadline == DAY_NONE || progress->on < deadline)
		return;
	progress->has_expected = true;
	progress->expected_tenths = 1000;
}

/* "41.7". False: there is none. */
static bool read_tenths(const char *text, int64_t *ret_tenths)
{
	struct quantity value;
	const char *why;

	if (text[0] == '\0' || quantity_parse(text, unit_find("%"), &value, &why) < 0 ||
	    value.scale > 1)
		return false;
	*ret_tenths = value.scale == 1 ? value.digits : value.digits * 10;
	return true;
}
