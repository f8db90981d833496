/*
 * The figures of projects in the database: stored with their report, in its transaction;
 * recalled for judging the next one; shown beside the project.
 *
 *	group's insert -> its members' project figures, joined to the reports that it
 *stored history        -> the unit's projects, and the newest figure of each before a
 *period
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/period.h"
#include "server/store_internal.h"
#include "server/store_project.h"
#include "server/store_project_sql.h"
#include "server/store_sql.h"

static size_t count_figures(const struct group *group);
static void on_projects(struct pg_batch *batch, const struct pg_result *result);
static void on_lasts(struct pg_batch *batch, const struct pg_result *result);
static int read_last(struct arena *arena, const struct pg_result *result, size_t row,
                     struct project_last *ret);
static void on_amounts(struct pg_batch *batch, const struct pg_result *result);
static int read_amount(struct arena *arena, const struct pg_result *result, size_t row,
                       struct store_project_amount *ret);
static void on_amounts_done(struct pg_batch *batch, int status);

enum { INSERT, PROJECTS, LASTS, AMOUNTS };

/* clang-format off */
const struct pg_statement store_project_figure_statements[] = {
	/* A number alone is not enough: it may have been taken by somebody else's report. */
	[INSERT] = {"project_figure_insert",
		"INSERT INTO project_figure (period_end, unit, report_id, project, indicator, plan, "
		"section, value, value_unit, reason) "
		"SELECT s.period_end, s.unit, s.report_id, f.project, f.indicator, s.plan, s.section, "
		"f.value, f.value_unit, f.reason "
		"FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::numeric[], "
		"$6::text[], $7::text[]) AS f(number, report_id, project, indicator, value, "
		"value_unit, reason) JOIN submission s USING (number, report_id) "
		"ON CONFLICT DO NOTHING", 7},
	[PROJECTS] = {"project_of_unit",
		"SELECT DISTINCT ON (p.project COLLATE \"C\") " STORE_PROJECT_COLUMNS
		" FROM project p WHERE p.plan = $1 AND p.unit = $2 AND p.section = $3 "
		"ORDER BY p.project COLLATE \"C\", p.version DESC LIMIT $4::integer", 4},
	[LASTS] = {"project_lasts",
		"SELECT DISTINCT ON (f.project COLLATE \"C\", f.indicator COLLATE \"C\") "
		"f.project, f.indicator, f.value, f.value_unit, past.period "
		"FROM (SELECT unit, report_id, period, period_end FROM submission "
			"WHERE plan = $1 AND unit = $2 AND section = $3 AND period_end < $4::date "
			"AND superseded_at IS NULL ORDER BY period_end DESC LIMIT $5::integer) AS past "
		"JOIN project_figure f USING (period_end, unit, report_id) "
		"ORDER BY f.project COLLATE \"C\", f.indicator COLLATE \"C\", past.period_end DESC", 5},
	[AMOUNTS] = {"project_amounts",
		"SELECT DISTINCT ON (asked.place, f.indicator COLLATE \"C\") asked.place, "
		"f.indicator, f.value, f.value_unit, s.period, s.number "
		"FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked(unit, project, place) "
		"JOIN project_figure f ON f.plan = $1 AND f.unit = asked.unit "
			"AND f.project = asked.project "
		"JOIN submission s ON s.unit = f.unit AND s.report_id = f.report_id "
		"WHERE CASE WHEN $5::bigint = 0 THEN s.superseded_at IS NULL "
			"ELSE s.received_at <= $4::timestamptz AND (s.superseded_at IS NULL "
			"OR s.superseded_at > $4::timestamptz) END "
		"ORDER BY asked.place, f.indicator COLLATE \"C\", f.period_end DESC", 5},
	{.name = NULL},
};
/* clang-format on */

void group_project_figures(struct group *group)
{
	enum { TEXTS = 6 };
	struct arena *arena = &group->arena;
	size_t count = count_figures(group), n = 0;
	struct pg_param *params = group->batch.items[group->batch.count].params;
	struct bytes *ids = arena_new_array(arena, count, struct bytes);
	const char **texts[TEXTS];

	if (count == 0)
		return;
	group->out_of_memory = ids == NULL;
	for (size_t c = 0; c < TEXTS; c++) {
		texts[c] = arena_new_array(arena, count, const char *);
		group->out_of_memory |= texts[c] == NULL;
	}
	for (size_t i = group->from; i < group->to && !group->out_of_memory; i++) {
		const struct store_put *put = group->members[i];

		for (size_t f = 0; f < put->report->project_figure_count; f++, n++) {
			const struct project_figure *figure =
				&put->report->project_figures[f];
			char value[QUANTITY_TEXT_MAX];

			quantity_print_number(&figure->value, value);
			ids[n] = bytes_of(put->report->id, REPORT_ID_SIZE);
			texts[0][n] = put->number;
			texts[1][n] = figure->project;
			texts[2][n] = figure->indicator;
			texts[3][n] = arena_strdup(arena, value);
			texts[4][n] = figure->value.unit->name;
			texts[5][n] = figure->reason;
			group->out_of_memory |= texts[3][n] == NULL;
		}
	}
	if (group->out_of_memory)
		return;
	group->batch.items[group->batch.count++].statement =
		&store_project_figure_statements[INSERT];
	params[0] = pg_param_text_array(arena, texts[0], count);
	params[1] = pg_param_bytes_array(arena, ids, count);
	for (size_t c = 1; c < TEXTS; c++)
		params[c + 1] = pg_param_text_array(arena, texts[c], count);
}

static size_t count_figures(const struct group *group)
{
	size_t count = 0;

	for (size_t i = group->from; i < group->to; i++)
		count += group->members[i]->report->project_figure_count;
	return count;
}

void store_history_projects(struct store_history *history, const char *before)
{
	struct pg_batch *batch = &history->batch;
	struct pg_param place[] = {pg_param_text(history->plan),
	                           pg_param_text(history->unit),
	                           pg_param_text(history->section)};

	for (size_t i = 0; i < 2; i++) {
		memcpy(batch->items[batch->count].params, place, sizeof(place));
		batch->items[batch->count].statement =
			&store_project_figure_statements[i == 0 ? PROJECTS : LASTS];
		batch->items[batch->count].rows = i == 0 ? on_projects : on_lasts;
		batch->count++;
	}
	batch->items[batch->count - 2].params[3] =
		pg_param_integer(history->arena, PROJECT_UNIT_MAX);
	batch->items[batch->count - 1].params[3] = pg_param_text(before);
	batch->items[batch->count - 1].params[4] =
		pg_param_integer(history->arena, HISTORY_MAX);
}

static void on_projects(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_history *history = batch->context;
	size_t count = pg_rows(result);
	struct project *projects = arena_new_array(history->arena, count, struct project);
	int r = projects != NULL ? 0 : E_NOMEM;

	for (size_t i = 0; i < count && r == 0; i++)
		r = store_project_read(history->arena, result, i, &projects[i]);
	history->history->projects = projects;
	history->history->project_count = r == 0 ? count : 0;
	history->history->projects_known = true;
	if (r < 0)
		history->error = r;
}

static void on_lasts(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_history *history = batch->context;
	size_t count = pg_rows(result);
	struct project_last *lasts =
		arena_new_array(history->arena, count, struct project_last);
	int r = lasts != NULL ? 0 : E_NOMEM;

	for (size_t i = 0; i < count && r == 0; i++)
		r = read_last(history->arena, result, i, &lasts[i]);
	history->history->lasts = lasts;
	history->history->last_count = r == 0 ? count : 0;
	if (r < 0)
		history->error = r;
}

static int read_last(struct arena *arena, const struct pg_result *result, size_t row,
                     struct project_last *ret)
{
	const struct unit *unit = unit_find(pg_text(result, row, 3));
	const char *why;

	if (unit == NULL ||
	    quantity_parse(pg_text(result, row, 2), unit, &ret->figure.value, &why) < 0 ||
	    period_parse(pg_text(result, row, 4), &ret->period) < 0)
		return E_CORRUPT;
	ret->figure.project = arena_strdup(arena, pg_text(result, row, 0));
	ret->figure.indicator = arena_strdup(arena, pg_text(result, row, 1));
	ret->figure.reason = "";
	return ret->figure.project != NULL && ret->figure.indicator != NULL ? 0 : E_NOMEM;
}

int store_project_amounts(struct store *store, struct store_project_amounts *amounts)
{
	struct pg_batch *batch = &amounts->batch;
	struct arena *arena = amounts->arena;
	const char **units = arena_new_array(arena, amounts->row_count, const char *);
	const char **ids = arena_new_array(arena, amounts->row_count, const char *);

	if (units == NULL || ids == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < amounts->row_count; i++) {
		units[i] = amounts->rows[i].project.unit;
		ids[i] = amounts->rows[i].project.id;
	}
	memset(batch, 0, sizeof(*batch));
	batch->done = on_amounts_done;
	batch->count = 1;
	batch->items[0].statement = &store_project_figure_statements[AMOUNTS];
	batch->items[0].params[0] = pg_param_text(amounts->plan);
	batch->items[0].params[1] = pg_param_text_array(arena, units, amounts->row_count);
	batch->items[0].params[2] = pg_param_text_array(arena, ids, amounts->row_count);
	batch->items[0].params[3] = pg_param_instant(arena, amounts->known_at);
	batch->items[0].params[4] = pg_param_integer(arena, amounts->known_at);
	batch->items[0].rows = on_amounts;
	return pg_send(store_pg(store), batch);
}

static void on_amounts(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_project_amounts *amounts =
		container_of(batch, struct store_project_amounts, batch);
	struct store_project_amount *read =
		arena_new_array(amounts->arena, pg_rows(result),
	                        struct store_project_amount);

	amounts->amounts = read;
	amounts->count = pg_rows(result);
	amounts->error = read != NULL ? 0 : E_NOMEM;
	for (size_t i = 0; i < amounts->count && amounts->error == 0; i++) {
		amounts->error = read_amount(amounts->arena, result, i, &read[i]);
		CHECK(amounts->error < 0 || read[i].project < amounts->row_count);
	}
}

static int read_amount(struct arena *arena, const struct pg_result *result, size_t row,
                       struct store_project_amount *ret)
{
	const struct unit *unit = unit_find(pg_text(result, row, 3));
	const char *why;

	if (unit == NULL ||
	    quantity_parse(pg_text(result, row, 2), unit, &ret->value, &why) < 0)
		return E_CORRUPT;
	ret->project = (size_t)pg_integer(result, row, 0) - 1;
	ret->indicator = arena_strdup(arena, pg_text(result, row, 1));
	ret->period = arena_strdup(arena, pg_text(result, row, 4));
	ret->number = arena_strdup(arena, pg_text(result, row, 5));
	return ret->indicator != NULL && ret->period != NULL && ret->number != NULL
	               ? 0
	               : E_NOMEM;
}

static void on_amounts_done(struct pg_batch *batch, int status)
{
	struct store_project_amounts *amounts =
		container_of(batch, struct store_project_amounts, batch);

	amounts->done(amounts, status == 0 ? amounts->error : status);
}
