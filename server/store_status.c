/* The SQL of counts and of who was last heard of. */
#include "server/store_status.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_sql.h"

static void on_status_row(struct pg_batch *batch, const struct pg_result *result);
static void on_status_done(struct pg_batch *batch, int status);
static void on_district_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_districts_done(struct pg_batch *batch, int status);
static int compare_codes(const void *code, const void *row);

enum { COUNTS, DISTRICTS };

/* clang-format off */
const struct pg_statement store_status_statements[] = {
	[COUNTS] = {"status_counts",
		"SELECT CASE WHEN $1::text = '' THEN (SELECT count(*) FROM submission) "
		"ELSE (SELECT count(*) FROM submission WHERE unit = $1::text) END, "
		"CASE WHEN $1::text = '' THEN (SELECT count(*) FROM alert) ELSE "
		"(SELECT count(*) FROM alert WHERE recipient = 'district/' || $1::text) END, "
		"(SELECT count(*) FROM delivery WHERE state = 'waiting'), "
		"(SELECT coalesce(" SQL_MS("min(at)") ", 0) FROM timetable_ahead "
		"WHERE at > $2::timestamptz)", 2},
	/* Codes are compared as bytes, as store_district() does. */
	[DISTRICTS] = {"status_districts",
		"SELECT u.code, coalesce(" SQL_MS("u.wall_seen_at") ", 0), "
		"coalesce(l.number, ''), coalesce(" SQL_MS("l.received_at") ", 0), "
		"coalesce(o.open, 0) FROM unit u "
		"LEFT JOIN LATERAL (SELECT s.number, s.received_at FROM submission s "
			"WHERE s.unit = u.code ORDER BY s.received_at DESC, s.number DESC LIMIT 1) l "
			"ON true "
		"LEFT JOIN (SELECT a.unit, count(*) AS open FROM alert a "
			/* of the bureau's own slowness no district is to blame */
			"WHERE a.cleared_at IS NULL AND a.kind NOT IN (7, 8) AND NOT (a.kind < 3 AND EXISTS ("
				"SELECT FROM submission s WHERE s.plan = a.plan AND s.unit = a.unit "
				"AND s.section = a.section AND s.period = a.period)) "
			"GROUP BY a.unit) o ON o.unit = u.code "
		"ORDER BY u.code COLLATE \"C\"", 0},
	{.name = NULL},
};
/* clang-format on */

int store_status(struct store *store, struct store_status *status)
{
	struct pg_batch *batch = &status->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_status_done;
	batch->count = 1;
	batch->items[0].statement = &store_status_statements[COUNTS];
	batch->items[0].params[0] = pg_param_text(status->unit);
	batch->items[0].params[1] = pg_param_instant(status->arena, status->now);
	batch->items[0].rows = on_status_row;
	return pg_send(store_pg(store), batch);
}

static void on_status_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_status *status = container_of(batch, struct store_status, batch);

	status->reports = (uint64_t)pg_integer(result, 0, 0);
	status->alerts = (uint64_t)pg_integer(result, 0, 1);
	status->deliveries_waiting = (uint64_t)pg_integer(result, 0, 2);
	status->next_instant_at = pg_integer(result, 0, 3);
}

static void on_status_done(struct pg_batch *batch, int result)
{
	struct store_status *status = container_of(batch, struct store_status, batch);

	status->done(status, result);
}

int store_districts(struct store *store, struct store_districts *districts)
{
	struct pg_batch *batch = &districts->batch;

	memset(batch, 0, sizeof(*batch));
	districts->error = 0;
	batch->done = on_districts_done;
	batch->count = 1;
	batch->items[0].statement = &store_status_statements[DISTRICTS];
	batch->items[0].rows = on_district_rows;
	return pg_send(store_pg(store), batch);
}

static void on_district_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_districts *districts =
		container_of(batch, struct store_districts, batch);
	struct arena *arena = districts->arena;
	struct district_row *rows =
		arena_new_array(arena, pg_rows(result), struct district_row);

	districts->count = rows != NULL ? pg_rows(result) : 0;
	districts->rows = rows;
	districts->error = rows != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < districts->count; row++) {
		rows[row] = (struct district_row){
			.code = arena_strdup(arena, pg_text(result, row, 0)),
			.wall_seen_at = pg_integer(result, row, 1),
			.number = arena_strdup(arena, pg_text(result, row, 2)),
			.received_at = pg_integer(result, row, 3),
			.open_alerts = (uint32_t)pg_integer(result, row, 4),
		};
		if (rows[row].code == NULL || rows[row].number == NULL)
			districts->error = E_NOMEM;
	}
}

static void on_districts_done(struct pg_batch *batch, int status)
{
	struct store_districts *districts =
		container_of(batch, struct store_districts, batch);

	districts->done(districts, status < 0 ? status : districts->error);
}

const struct district_row *store_district(const struct store_districts *districts,
                                          const char *code)
{
	return bsearch(code, districts->rows, districts->count, sizeof(*districts->rows),
	               compare_codes);
}

static int compare_codes(const void *code, const void *row)
{
	return strcmp(code, ((const struct district_row *)row)->code);
}
