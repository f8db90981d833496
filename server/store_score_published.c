/*
 * Publishing scores: all units of a range at once, under the next ordinal. One who
 * publishes the same range at the same instant gets the ordinal after: a lock puts them
 * in a row.
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_score.h"
#include "server/store_sql.h"

static int put_scores(struct store_score_publish *publish, struct pg_param *params);
static void on_ordinal(struct pg_batch *batch, const struct pg_result *result);
static void on_published(struct pg_batch *batch, int status);
static void on_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_row(struct store_score_published *published,
                     const struct pg_result *result, size_t row);
static void on_found(struct pg_batch *batch, int status);

enum { LOCK, PUBLISH, FIND };

#define HAS_NO_RATE (-1)

/* clang-format off */
const struct pg_statement store_score_published_statements[] = {
	[LOCK] = {"score_lock",
		"SELECT pg_advisory_xact_lock(hashtext('duban'), hashtext('score'))", 0},
	[PUBLISH] = {"score_publish",
		"WITH newest AS MATERIALIZED (SELECT coalesce(max(ordinal), 0) AS ordinal "
			"FROM score_published WHERE plan = $1 AND period = $2), "
		"put AS (INSERT INTO score_published (plan, unit, period, ordinal, published_at, "
			"wall_published_at, published_by, known_at, plan_version, rate_tenths, rank, "
			"record) "
			"SELECT $1, g.unit, $2, n.ordinal + 1, $4::timestamptz, $5::timestamptz, $6, "
			"$7::timestamptz, $3::integer, nullif(g.rate, -1), g.rank, g.record "
			"FROM newest n, unnest($8::text[], $9::integer[], $10::integer[], "
			"$11::bytea[]) AS g(unit, rate, rank, record)) "
		"SELECT ordinal + 1 FROM newest", 11},
	[FIND] = {"score_published",
		"SELECT p.unit, p.rank, p.record, p.ordinal, p.plan_version, "
		SQL_MS("p.published_at") ", " SQL_MS("p.known_at") ", p.published_by "
		"FROM score_published p WHERE p.plan = $1 AND p.period = $2 "
		"AND p.ordinal = CASE WHEN $3::integer <> 0 THEN $3::integer ELSE ("
			"SELECT max(m.ordinal) FROM score_published m "
			"WHERE m.plan = $1 AND m.period = $2) END "
		"ORDER BY p.unit COLLATE \"C\"", 3},
	{.name = NULL},
};
/* clang-format on */

int store_score_publish(struct store *store, struct store_score_publish *publish)
{
	struct pg_batch *batch = &publish->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_published;
	batch->count = 2;
	batch->items[0].statement = &store_score_published_statements[LOCK];
	batch->items[1].statement = &store_score_published_statements[PUBLISH];
	batch->items[1].rows = on_ordinal;
	params[0] = pg_param_text(publish->plan);
	params[1] = pg_param_text(publish->period);
	params[2] = pg_param_integer(publish->arena, publish->plan_version);
	params[3] = pg_param_instant(publish->arena, publish->now);
	params[4] = pg_param_instant(publish->arena, publish->wall_now);
	params[5] = pg_param_text(publish->by);
	params[6] = pg_param_instant(publish->arena, publish->known_at);
	r = put_scores(publish, params + 7);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

static int put_scores(struct store_score_publish *publish, struct pg_param *params)
{
	struct arena *arena = publish->arena;
	size_t count = publish->count;
	const char **units = arena_new_array(arena, count, const char *);
	int64_t *numbers = arena_new_array(arena, 2 * count, int64_t);
	struct bytes *records = arena_new_array(arena, count, struct bytes);

	if (units == NULL || numbers == NULL || records == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct score_to_publish *score = &publish->scores[i];

		units[i] = score->unit;
		numbers[i] = score->has_rate ? score->rate_tenths : HAS_NO_RATE;
		numbers[count + i] = score->rank;
		records[i] = score->record;
	}
	params[0] = pg_param_text_array(arena, units, count);
	params[1] = pg_param_integer_array(arena, numbers, count);
	params[2] = pg_param_integer_array(arena, numbers + count, count);
	params[3] = pg_param_bytes_array(arena, records, count);
	return 0;
}

static void on_ordinal(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_publish *publish =
		container_of(batch, struct store_score_publish, batch);

	publish->ordinal = (uint32_t)pg_integer(result, 0, 0);
}

static void on_published(struct pg_batch *batch, int status)
{
	struct store_score_publish *publish =
		container_of(batch, struct store_score_publish, batch);

	publish->done(publish, status);
}

int store_score_published(struct store *store, struct store_score_published *published)
{
	struct pg_batch *batch = &published->batch;

	memset(batch, 0, sizeof(*batch));
	published->error = 0;
	batch->done = on_found;
	batch->count = 1;
	batch->items[0].statement = &store_score_published_statements[FIND];
	batch->items[0].params[0] = pg_param_text(published->plan);
	batch->items[0].params[1] = pg_param_text(published->period);
	batch->items[0].params[2] =
		pg_param_integer(published->arena, published->ordinal);
	batch->items[0].rows = on_rows;
	return pg_send(store_pg(store), batch);
}

static void on_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_published *published =
		container_of(batch, struct store_score_published, batch);
	size_t rows = pg_rows(result);

	published->error = rows > 0 ? 0 : E_NOT_FOUND;
	published->count = 0;
	published->rows =
		arena_new_array(published->arena, rows, struct score_published_row);
	if (published->rows == NULL)
		published->error = E_NOMEM;
	for (size_t row = 0; row < rows && published->error == 0; row++) {
		if (!read_row(published, result, row))
			published->error = E_NOMEM;
	}
}

static bool read_row(struct store_score_published *published,
                     const struct pg_result *result, size_t row)
{
	struct score_published_row *ret = &published->rows[published->count++];

	*ret = (struct score_published_row){
		.unit = arena_strdup(published->arena, pg_text(result, row, 0)),
		.rank = (unsigned)pg_integer(result, row, 1),
		.record = pg_bytes(result, row, 2, published->arena),
	};
	if (row == 0) {
		published->ordinal = (uint32_t)pg_integer(result, row, 3);
		published->plan_version = (uint32_t)pg_integer(result, row, 4);
		published->published_at = pg_integer(result, row, 5);
		published->known_at = pg_integer(result, row, 6);
		published->by = arena_strdup(published->arena, pg_text(result, row, 7));
	}
	return ret->unit != NULL && ret->record.data != NULL && published->by != NULL;
}

static void on_found(struct pg_batch *batch, int status)
{
	struct store_score_published *published =
		container_of(batch, struct store_score_published, batch);

	published->done(published, status < 0 ? status : published->error);
}
