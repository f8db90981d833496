/*
 * The SQL of the city's sums.
 *
 * Why no discrepancy is missed: the question is put in the transaction that stores the
 * lights of a report, and leaves only in the one that stores the answer to it; a report
 * that comes between puts it again, and the older answer is dropped.
 */
#include "server/store_city.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_evidence.h"
#include "server/store_judge.h"
#include "server/store_sql.h"
#include "server/store_told.h"

static void on_due_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_due_done(struct pg_batch *batch, int status);
static void on_figure_rows(struct pg_batch *batch, const struct pg_result *result);
static int read_report(struct arena *arena, const struct pg_result *result, size_t *row,
                       struct city_report *ret);
static void on_figures_done(struct pg_batch *batch, int status);
static int put_alerts(struct store_city *city, struct pg_param *params);
static void on_told(struct pg_batch *batch, const struct pg_result *result);
static void on_city_done(struct pg_batch *batch, int status);

enum { DUE, FIGURES, LOCK, TELL };

/* clang-format off */
const struct pg_statement store_city_statements[] = {
	[DUE] = {"city_due",
		"SELECT d.plan, d.section, d.period, d.asked, NOT EXISTS ("
			"SELECT FROM obligation o WHERE o.plan = d.plan AND o.section = d.section "
			"AND o.period = d.period AND NOT EXISTS ("
				"SELECT FROM submission s WHERE s.plan = o.plan AND s.unit = o.unit "
				"AND s.section = o.section AND s.period = o.period)) "
		"FROM city_due d ORDER BY d.plan, d.section, d.period COLLATE \"C\" "
		"LIMIT $1::integer", 1},
	[FIGURES] = {"city_figures",
		"SELECT n.unit, EXISTS (SELECT FROM review r WHERE r.number = n.number), "
		SQL_EVIDENCE " FROM obligation o JOIN submission n ON n.plan = o.plan "
		"AND n.unit = o.unit AND n.section = o.section AND n.period = o.period "
		"AND n.superseded_at IS NULL "
		"LEFT JOIN figure f ON f.period_end = n.period_end AND f.unit = n.unit "
		"AND f.report_id = n.report_id " SQL_JOIN_EVIDENCE("n", "'infinity'")
		"WHERE o.plan = $1 AND o.section = $2 AND o.period = $3 "
		"ORDER BY n.unit COLLATE \"C\"", 3},
	[LOCK] = {"city_lock",
		SQL_LOCK_ALERTS, 0},
	[TELL] = {"city_tell",
		"WITH done AS (DELETE FROM city_due WHERE plan = $1 AND section = $2 "
			"AND period = $3 AND asked = $4::integer RETURNING plan), "
		"relieved AS ("
			"UPDATE alert a SET cleared_at = $5::timestamptz FROM done "
			"WHERE a.kind = 11 AND a.plan = done.plan AND a.section = $2 "
			"AND a.cleared_at IS NULL AND ((a.period = $3 AND a.subject = ANY($9::text[])) "
			"OR (a.period COLLATE \"C\" < $3 AND a.subject = ANY($10::text[])))), "
		"told AS ("
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject) "
			"SELECT 11, 0, $8, done.plan, $7::integer, '', $2, $3, '', "
			"$11::timestamptz, $5::timestamptz, $6::timestamptz, w.title, w.body, "
			"w.sample <> 0, w.rule FROM done, unnest($12::text[], $13::text[], "
			"$14::text[], $15::bigint[]) AS w(rule, title, body, sample) "
			"ON CONFLICT ON CONSTRAINT alert_once DO UPDATE SET cleared_at = NULL "
			"WHERE alert.cleared_at IS NOT NULL "
			"RETURNING cursor, recipient, decided_at, xmax = 0 AS new), "
		"sent AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT t.cursor, c.channel, c.address, $6::timestamptz FROM told t "
			"JOIN unnest($16::text[], $17::text[], $18::text[]) "
			"AS c(recipient, channel, address) USING (recipient) WHERE t.new "
			"ON CONFLICT DO NOTHING) "
		"SELECT count(*), CASE WHEN count(*) > 0 "
			"THEN pg_notify('" STORE_ALERT_CHANNEL "', '')::text END "
		"FROM told WHERE new", 18},
	{.name = NULL},
};
/* clang-format on */

int store_city_due(struct store *store, struct store_city_due *due)
{
	struct pg_batch *batch = &due->batch;

	memset(batch, 0, sizeof(*batch));
	due->error = 0;
	due->count = 0;
	batch->done = on_due_done;
	batch->count = 1;
	batch->items[0].statement = &store_city_statements[DUE];
	batch->items[0].params[0] = pg_param_integer(due->arena, (int64_t)due->limit);
	batch->items[0].rows = on_due_rows;
	return pg_send(store_pg(store), batch);
}

static void on_due_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_city_due *due = container_of(batch, struct store_city_due, batch);
	size_t rows = pg_rows(result);

	due->items = arena_new_array(due->arena, rows, struct city_due);
	due->count = due->items != NULL ? rows : 0;
	due->error = due->items != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < due->count; row++) {
		struct city_due *item = &due->items[row];

		*item = (struct city_due){
			.plan = arena_strdup(due->arena, pg_text(result, row, 0)),
			.section = arena_strdup(due->arena, pg_text(result, row, 1)),
			.period = arena_strdup(due->arena, pg_text(result, row, 2)),
			.asked = (unsigned)pg_integer(result, row, 3),
			.complete = pg_bool(result, row, 4),
		};
		if (item->plan == NULL || item->section == NULL || item->period == NULL)
			due->error = E_NOMEM;
	}
}

static void on_due_done(struct pg_batch *batch, int status)
{
	struct store_city_due *due = container_of(batch, struct store_city_due, batch);

	due->done(due, status < 0 ? status : due->error);
}

int store_city_figures(struct store *store, struct store_city_figures *figures)
{
	struct pg_batch *batch = &figures->batch;

	memset(batch, 0, sizeof(*batch));
	figures->error = 0;
	figures->count = 0;
	batch->done = on_figures_done;
	batch->count = 1;
	batch->items[0].statement = &store_city_statements[FIGURES];
	batch->items[0].params[0] = pg_param_text(figures->due->plan);
	batch->items[0].params[1] = pg_param_text(figures->due->section);
	batch->items[0].params[2] = pg_param_text(figures->due->period);
	batch->items[0].rows = on_figure_rows;
	return pg_send(store_pg(store), batch);
}

static void on_figure_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_city_figures *figures =
		container_of(batch, struct store_city_figures, batch);
	size_t rows = pg_rows(result);

	figures->count = 0;
	figures->reports = arena_new_array(figures->arena, rows, struct city_report);
	figures->error = figures->reports != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < rows && figures->error == 0;)
		figures->error = read_report(figures->arena, result, &row,
		                             &figures->reports[figures->count++]);
}

/* From *@row on, which moves behind the unit's rows. */
static int read_report(struct arena *arena, const struct pg_result *result, size_t *row,
                       struct city_report *ret)
{
	size_t from = *row, rows = pg_rows(result);
	struct evidence_reader reader;
	int r;

	while (*row < rows &&
	       strcmp(pg_text(result, from, 0), pg_text(result, *row, 0)) == 0)
		(*row)++;
	ret->unit = arena_strdup(arena, pg_text(result, from, 0));
	if (ret->unit == NULL)
		return E_NOMEM;
	r = evidence_begin(&reader, arena, result, 2, *row - from);
	for (size_t i = from; r == 0 && i < *row && !pg_is_null(result, i, 2); i++)
		r = evidence_read(&reader, i);
	ret->evidence = evidence_end(&reader, pg_bool(result, from, 1));
	return r;
}

static void on_figures_done(struct pg_batch *batch, int status)
{
	struct store_city_figures *figures =
		container_of(batch, struct store_city_figures, batch);

	figures->done(figures, status < 0 ? status : figures->error);
}

int store_city(struct store *store, struct store_city *city)
{
	struct pg_batch *batch = &city->batch;
	struct pg_param *params = batch->items[1].params;
	struct arena *arena = city->arena;
	int r;

	memset(batch, 0, sizeof(*batch));
	city->inserted = 0;
	batch->done = on_city_done;
	batch->count = 2;
	batch->items[0].statement = &store_city_statements[LOCK];
	batch->items[1].statement = &store_city_statements[TELL];
	batch->items[1].rows = on_told;
	params[0] = pg_param_text(city->due->plan);
	params[1] = pg_param_text(city->due->section);
	params[2] = pg_param_text(city->due->period);
	params[3] = pg_param_integer(arena, city->due->asked);
	params[4] = pg_param_instant(arena, city->now);
	params[5] = pg_param_instant(arena, city->wall_now);
	params[6] = pg_param_integer(arena, city->plan_version);
	params[7] = pg_param_text(city->recipient);
	params[8] = pg_param_text_array(arena, city->agreed, city->agreed_count);
	params[9] = pg_param_text_array(arena, city->judged, city->judged_count);
	params[10] = pg_param_instant(arena, city->due_at);
	r = put_alerts(city, params + 11);
	if (r == 0)
		r = told_put_contacts(arena, city->contacts, city->contact_count,
		                      params + 15);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

static int put_alerts(struct store_city *city, struct pg_param *params)
{
	size_t count = city->alert_count;
	const char **texts = arena_new_array(city->arena, 3 * count, const char *);
	int64_t *samples = arena_new_array(city->arena, count, int64_t);

	if (texts == NULL || samples == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		texts[i] = city->alerts[i].rule;
		texts[count + i] = city->alerts[i].title;
		texts[2 * count + i] = city->alerts[i].text;
		samples[i] = city->alerts[i].sample;
	}
	for (size_t column = 0; column < 3; column++)
		params[column] =
			pg_param_text_array(city->arena, texts + column * count, count);
	params[3] = pg_param_integer_array(city->arena, samples, count);
	return 0;
}

static void on_told(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_city *city = container_of(batch, struct store_city, batch);

	city->inserted = (size_t)pg_integer(result, 0, 0);
}

static void on_city_done(struct pg_batch *batch, int status)
{
	struct store_city *city = container_of(batch, struct store_city, batch);

	city->done(city, status);
}
