/*
 * The two statements of group commit: insert, and look up what was in the way.
 *
 * One statement inserts into three tables, so that a report is there with all its parts
 * or not at all, and nothing depends on another server's timing: the wide rows and the
 * figures join what the ledger's insert returned.
 */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "model/period.h"
#include "server/store_internal.h"

/* Columns while they are gathered, member by member. */
struct column {
	const char **texts;
	struct bytes *bytes;
	int64_t *numbers;
};

static void gather(struct group *group, struct column *columns);
static void gather_one(struct group *group, struct column *columns, size_t i,
                       const struct store_put *put);
static void bind_columns(struct group *group, const struct column *columns);
static void bind_figures(struct group *group);
static void on_inserted(struct pg_batch *batch, const struct pg_result *result);
static bool mark_stored(struct group *group, const char *number, size_t *at);
static void on_earlier(struct pg_batch *batch, const struct pg_result *result);
static void take_earlier(struct group *group, const struct pg_result *result, size_t row);

/* The members' columns, in the order of the statement's parameters. */
enum {
	C_UNIT,
	C_ID,
	C_HASH,
	C_NUMBER,
	C_PLAN,
	C_SECTION,
	C_PERIOD,
	C_PERIOD_END,
	C_RECEIVED,
	C_WALL_RECEIVED,
	C_TIMELINESS,
	C_RECEIPT,
	C_VERSION,
	C_ENVELOPE,
	C_SIGNER,
	C_CRL,
	C_MADE,
	C_WALL_MADE,
	C_PROGRESS,
	C_PROBLEMS,
	C_NEXT,
	C_CITY,
	C_FILLED,
	C_REVIEWED,
	C_APPROVED,
	C_FIGURES,
	C_NOTICES,
	C_KIND,
	C_REVISION,
	C_SUPERSEDES,
	C_WHY_CHANGED,
	C_REVIEW,
	COLUMNS
};

/* clang-format off */
static const enum { TEXTS, BYTES, INSTANTS, INTEGERS } kinds[COLUMNS] = {
	[C_ID] = BYTES, [C_HASH] = BYTES, [C_RECEIPT] = BYTES, [C_ENVELOPE] = BYTES,
	[C_RECEIVED] = INSTANTS, [C_WALL_RECEIVED] = INSTANTS,
	[C_MADE] = INSTANTS, [C_WALL_MADE] = INSTANTS, [C_REVIEW] = INSTANTS,
	[C_TIMELINESS] = INTEGERS, [C_VERSION] = INTEGERS, [C_FIGURES] = INTEGERS,
	[C_NOTICES] = INTEGERS, [C_KIND] = INTEGERS, [C_REVISION] = INTEGERS, /* the others are texts */
};

enum { INSERT, LOOK_UP };
const struct pg_statement store_report_statements[] = {
	[INSERT] = {"report_insert",
	"WITH given AS ("
	" SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::text[], $5::text[],"
	"  $6::text[], $7::text[], $8::date[], $9::timestamptz[], $10::timestamptz[],"
	"  $11::smallint[], $12::bytea[], $13::integer[], $14::bytea[], $15::text[],"
	"  $16::text[], $17::timestamptz[], $18::timestamptz[], $19::text[], $20::text[],"
	"  $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::integer[],"
	"  $27::integer[], $28::smallint[], $29::integer[], $30::text[], $31::text[],"
	"  $32::timestamptz[])"
	"  WITH ORDINALITY AS given(unit, report_id, content_hash, number,"
	"  plan, section, period, period_end, received_at, wall_received_at, timeliness,"
	"  receipt, plan_version, envelope, signer, crl_number, made_at, wall_made_at,"
	"  progress, problems, next_steps, city_to_settle, filled_by, reviewed_by,"
	"  approved_by, figure_count, notice_count, kind, revision, supersedes,"
	"  change_reason, review_at, place)"
	"), ledger AS ("
	" INSERT INTO submission (unit, report_id, content_hash, number, plan, section, period,"
	"  period_end, received_at, wall_received_at, timeliness, receipt, kind, revision,"
	"  supersedes)"
	" SELECT unit, report_id, content_hash, number, plan, section, period,"
	"  period_end, received_at, wall_received_at, timeliness, receipt, kind, revision,"
	"  supersedes FROM given"
	" ON CONFLICT DO NOTHING RETURNING number"
	"), wide AS ("
	" INSERT INTO report (period_end, unit, report_id, plan, plan_version, section, period,"
	"  envelope, signer, crl_number, made_at, wall_made_at, progress, problems, next_steps,"
	"  city_to_settle, filled_by, reviewed_by, approved_by, figure_count, notice_count,"
	"  change_reason)"
	" SELECT period_end, unit, report_id, plan, plan_version, section, period,"
	"  envelope, signer, crl_number, made_at, wall_made_at, progress, problems, next_steps,"
	"  city_to_settle, filled_by, reviewed_by, approved_by, figure_count, notice_count,"
	"  change_reason"
	" FROM given JOIN ledger USING (number)"
	"), figures AS ("
	" INSERT INTO figure (period_end, unit, report_id, plan, section, indicator, value,"
	"  value_unit, hedge, reason)"
	" SELECT period_end, unit, report_id, plan, section, indicator, value, value_unit, hedge,"
	"  reason"
	" FROM unnest($33::bigint[], $34::text[], $35::numeric[], $36::text[], $37::smallint[],"
	"  $38::text[]) AS figure(place, indicator, value, value_unit, hedge, reason)"
	" JOIN given USING (place) JOIN ledger USING (number)"
	"), replaced AS ("
	" UPDATE submission SET superseded_at = given.received_at"
	" FROM given JOIN ledger USING (number) WHERE given.supersedes <> ''"
	"  AND submission.number = given.supersedes"
	"), answered AS ("
	" UPDATE report_return SET answered_by = given.number, answered_at = given.received_at"
	" FROM given JOIN ledger USING (number) WHERE given.supersedes <> ''"
	"  AND report_return.number = given.supersedes"
	"), waited_for AS (" /* the bureau's own time: kind 7, looked at just after it */
	" INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, period,"
	"  target, due_at, subject)"
	" SELECT review_at + interval '1 millisecond', 7, 1, plan, plan_version, unit, section,"
	"  period, '', review_at, number"
	" FROM given JOIN ledger USING (number) WHERE review_at > received_at"
	") SELECT number FROM ledger", 38},

	[LOOK_UP] = {"report_look_up",
	"SELECT given.place, submission.report_id = given.report_id, submission.number,"
	" submission.content_hash, submission.receipt"
	" FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::text[])"
	"  WITH ORDINALITY AS given(unit, report_id, plan, section, period, place)"
	" CROSS JOIN LATERAL ("
	"  SELECT * FROM submission WHERE unit = given.unit AND report_id = given.report_id"
	"  UNION"
	"  SELECT * FROM submission WHERE plan = given.plan AND unit = given.unit"
	"   AND section = given.section AND period = given.period"
	"   AND superseded_at IS NULL) AS submission", 5},

	{.name = NULL},
};
/* clang-format on */

void group_insert_batch(struct group *group)
{
	struct column columns[COLUMNS] = {0};

	group->batch.count = 1;
	group->batch.items[0].statement = &store_report_statements[INSERT];
	group->batch.items[0].rows = on_inserted;
	gather(group, columns);
	if (group->out_of_memory)
		return;
	bind_columns(group, columns);
	bind_figures(group);
	if (!group->out_of_memory)
		group_project_figures(group);
}

static void gather(struct group *group, struct column *columns)
{
	size_t count = group->to - group->from;

	for (size_t c = 0; c < COLUMNS; c++) {
		if (kinds[c] == TEXTS)
			columns[c].texts =
				arena_new_array(&group->arena, count, const char *);
		else if (kinds[c] == BYTES)
			columns[c].bytes =
				arena_new_array(&group->arena, count, struct bytes);
		else
			columns[c].numbers =
				arena_new_array(&group->arena, count, int64_t);
		if (columns[c].texts == NULL && columns[c].bytes == NULL &&
		    columns[c].numbers == NULL) {
			group->out_of_memory = true;
			return;
		}
	}
	for (size_t i = 0; i < count && !group->out_of_memory; i++)
		gather_one(group, columns, i, group->members[group->from + i]);
}

static void gather_one(struct group *group, struct column *columns, size_t i,
                       const struct store_put *put)
{
	const struct report *report = put->report;
	char period_end[DAY_TEXT_MAX];

	day_print(period_last_day(&put->verdict->period), period_end);
	columns[C_UNIT].texts[i] = report->unit;
	columns[C_ID].bytes[i] = bytes_of(report->id, REPORT_ID_SIZE);
	columns[C_HASH].bytes[i] = put->payload_hash;
	columns[C_NUMBER].texts[i] = put->number;
	columns[C_PLAN].texts[i] = put->plan;
	columns[C_SECTION].texts[i] = report->section;
	columns[C_PERIOD].texts[i] = report->period;
	columns[C_PERIOD_END].texts[i] = arena_strdup(&group->arena, period_end);
	columns[C_RECEIVED].numbers[i] = put->received_at;
	columns[C_WALL_RECEIVED].numbers[i] = put->wall_received_at;
	columns[C_TIMELINESS].numbers[i] = put->verdict->timeliness;
	columns[C_RECEIPT].bytes[i] = group->receipts[group->from + i];
	columns[C_VERSION].numbers[i] = put->plan_version;
	columns[C_ENVELOPE].bytes[i] = put->envelope;
	columns[C_SIGNER].texts[i] = put->signer;
	columns[C_CRL].texts[i] = put->crl_number;
	columns[C_MADE].numbers[i] = report->made_at;
	columns[C_WALL_MADE].numbers[i] = report->wall_made_at;
	columns[C_PROGRESS].texts[i] = report->texts.progress;
	columns[C_PROBLEMS].texts[i] = report->texts.problems;
	columns[C_NEXT].texts[i] = report->texts.next_steps;
	columns[C_CITY].texts[i] = report->texts.city_to_settle;
	columns[C_FILLED].texts[i] = report->filled_by.name;
	columns[C_REVIEWED].texts[i] = report->reviewed_by.name;
	columns[C_APPROVED].texts[i] = report->approved_by.name;
	columns[C_FIGURES].numbers[i] = (int64_t)report->figure_count;
	columns[C_NOTICES].numbers[i] = (int64_t)put->findings->count;
	columns[C_KIND].numbers[i] = report->kind;
	columns[C_REVISION].numbers[i] = put->verdict->revision;
	columns[C_SUPERSEDES].texts[i] = report->supersedes;
	columns[C_WHY_CHANGED].texts[i] = report->change_reason;
	columns[C_REVIEW].numbers[i] = put->review_at;
	group->out_of_memory = columns[C_PERIOD_END].texts[i] == NULL;
}

static void bind_columns(struct group *group, const struct column *columns)
{
	struct pg_param *params = group->batch.items[0].params;
	size_t count = group->to - group->from;

	for (size_t c = 0; c < COLUMNS; c++) {
		switch (kinds[c]) {
		case TEXTS:
			params[c] = pg_param_text_array(&group->arena, columns[c].texts,
			                                count);
			break;
		case BYTES:
			params[c] = pg_param_bytes_array(&group->arena, columns[c].bytes,
			                                 count);
			break;
		case INSTANTS:
			params[c] = pg_param_instant_array(&group->arena,
			                                   columns[c].numbers, count);
			break;
		case INTEGERS:
			params[c] = pg_param_integer_array(&group->arena,
			                                   columns[c].numbers, count);
			break;
		}
	}
}

/* All members' figures in one list; each knows its report's place. */
static void bind_figures(struct group *group)
{
	struct arena *arena = &group->arena;
	struct pg_param *params = &group->batch.items[0].params[COLUMNS];
	size_t count = 0, n = 0;

	for (size_t i = group->from; i < group->to; i++)
		count += group->members[i]->report->figure_count;
	int64_t *places = arena_new_array(arena, count, int64_t);
	int64_t *hedges = arena_new_array(arena, count, int64_t);
	const char **indicators = arena_new_array(arena, count, const char *);
	const char **values = arena_new_array(arena, count, const char *);
	const char **units = arena_new_array(arena, count, const char *);
	const char **reasons = arena_new_array(arena, count, const char *);

	group->out_of_memory = places == NULL || hedges == NULL || indicators == NULL ||
	                       values == NULL || units == NULL || reasons == NULL;
	for (size_t i = group->from; i < group->to && !group->out_of_memory; i++) {
		const struct report *report = group->members[i]->report;

		for (size_t f = 0; f < report->figure_count; f++, n++) {
			const struct figure *figure = &report->figures[f];
			char value[QUANTITY_TEXT_MAX];

			quantity_print_number(&figure->value, value);
			places[n] = (int64_t)(i - group->from) + 1;
			indicators[n] = figure->indicator;
			values[n] = arena_strdup(arena, value);
			units[n] = figure->value.unit->name;
			hedges[n] = figure->value.hedge;
			reasons[n] = figure->reason;
			if (values[n] == NULL) {
				group->out_of_memory = true;
				return;
			}
		}
	}
	if (group->out_of_memory)
		return;
	params[0] = pg_param_integer_array(arena, places, count);
	params[1] = pg_param_text_array(arena, indicators, count);
	params[2] = pg_param_text_array(arena, values, count);
	params[3] = pg_param_text_array(arena, units, count);
	params[4] = pg_param_integer_array(arena, hedges, count);
	params[5] = pg_param_text_array(arena, reasons, count);
}

static void on_inserted(struct pg_batch *batch, const struct pg_result *result)
{
	struct group *group = batch->context;
	size_t at = group->from;

	CHECK_MAGIC(group, GROUP_MAGIC);
	for (size_t i = group->from; i < group->to; i++)
		group->outcomes[i] = GROUP_NOT_STORED;
	for (size_t row = 0; row < pg_rows(result); row++)
		CHECK(mark_stored(group, pg_text(result, row, 0), &at));
}

/* Rows come back as they were sent, as a rule; so the search is short, as a rule. */
static bool mark_stored(struct group *group, const char *number, size_t *at)
{
	size_t count = group->to - group->from;

	for (size_t tries = 0; tries < count; tries++) {
		size_t i = *at;

		*at = *at + 1 < group->to ? *at + 1 : group->from;
		if (strcmp(group->members[i]->number, number) == 0) {
			group->outcomes[i] = GROUP_STORED;
			return true;
		}
	}
	return false;
}

/* For every member that is not answered; the others keep their places, empty. */
void group_lookup_batch(struct group *group)
{
	struct arena *arena = &group->arena;
	struct pg_param *params = group->batch.items[0].params;
	const char **columns[4];
	struct bytes *ids = arena_new_array(arena, group->count, struct bytes);

	group->batch.count = 1;
	group->batch.items[0].statement = &store_report_statements[LOOK_UP];
	group->batch.items[0].rows = on_earlier;
	for (size_t c = 0; c < ARRAY_LEN(columns); c++)
		columns[c] = arena_new_array(arena, group->count, const char *);
	group->out_of_memory = ids == NULL || columns[0] == NULL || columns[1] == NULL ||
	                       columns[2] == NULL || columns[3] == NULL;
	if (group->out_of_memory)
		return;
	for (size_t i = 0; i < group->count; i++) {
		const struct store_put *put = group->members[i];

		columns[0][i] = put != NULL ? put->report->unit : "";
		columns[1][i] = put != NULL ? put->plan : "";
		columns[2][i] = put != NULL ? put->report->section : "";
		columns[3][i] = put != NULL ? put->report->period : "";
		if (put != NULL)
			ids[i] = bytes_of(put->report->id, REPORT_ID_SIZE);
	}
	params[0] = pg_param_text_array(arena, columns[0], group->count);
	params[1] = pg_param_bytes_array(arena, ids, group->count);
	for (size_t c = 1; c < ARRAY_LEN(columns); c++)
		params[c + 1] = pg_param_text_array(arena, columns[c], group->count);
}

static void on_earlier(struct pg_batch *batch, const struct pg_result *result)
{
	struct group *group = batch->context;

	CHECK_MAGIC(group, GROUP_MAGIC);
	memset(group->earlier, 0, group->count * sizeof(group->earlier[0]));
	for (size_t row = 0; row < pg_rows(result); row++)
		take_earlier(group, result, row);
}

/* The same report says more than the newest one of the same period. */
static void take_earlier(struct group *group, const struct pg_result *result, size_t row)
{
	size_t index = (size_t)pg_integer(result, row, 0) - 1;
	bool same_report = pg_bool(result, row, 1);
	struct store_earlier *earlier;

	CHECK(index < group->count);
	earlier = &group->earlier[index];
	if (earlier->found && earlier->same_report && !same_report)
		return;
	*earlier = (struct store_earlier){
		.found = true,
		.same_report = same_report,
		.number = arena_strdup(&group->arena, pg_text(result, row, 2)),
		.content_hash = pg_bytes(result, row, 3, &group->arena),
		.receipt = pg_bytes(result, row, 4, &group->arena),
	};
	if (earlier->number == NULL || earlier->content_hash.data == NULL ||
	    earlier->receipt.data == NULL)
		group->out_of_memory = true;
}
