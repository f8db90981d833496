/*
 * The dates that a version moved, read again.
 *
 * What can go wrong: the database is away; whoever asked asks again.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "server/plan_effects.h"
#include "server/store.h"
#include "server/store_plan.h"
#include "server/store_plan_sql.h"

static void on_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_done(struct pg_batch *batch, int status);

int store_plan_moved(struct store *store, struct store_plan_moved *moved)
{
	struct pg_batch *batch = &moved->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_done;
	batch->count = 1;
	batch->items[0].statement = &store_plan_statements[STORE_PLAN_MOVED];
	batch->items[0].params[0] = pg_param_text(moved->plan);
	batch->items[0].params[1] = pg_param_integer(moved->arena, moved->version);
	batch->items[0].rows = on_rows;
	return pg_send(store_pg(store), batch);
}

/* A version that moved nothing is one row without a period. */
static void on_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_plan_moved *moved =
		container_of(batch, struct store_plan_moved, batch);
	size_t rows = pg_rows(result);
	struct effect_date *dates =
		arena_new_array(moved->arena, rows, struct effect_date);

	moved->calendar_from = moved->calendar_to = "";
	moved->count = 0;
	moved->error = dates != NULL ? 0 : E_NOMEM;
	if (rows == 0)
		moved->error = moved->version != 0 ? E_NOT_FOUND : moved->error;
	if (rows == 0 || dates == NULL)
		return;
	moved->version = (uint32_t)pg_integer(result, 0, 0);
	moved->applied_at = pg_integer(result, 0, 1);
	moved->calendar_from = arena_strdup(moved->arena, pg_text(result, 0, 10));
	moved->calendar_to = arena_strdup(moved->arena, pg_text(result, 0, 11));
	if (moved->calendar_from == NULL || moved->calendar_to == NULL)
		moved->error = E_NOMEM;
	for (size_t i = 0; i < rows && !pg_is_null(result, i, 2); i++) {
		struct effect_date *date = &dates[moved->count++];

		(void)snprintf(date->period, sizeof(date->period), "%s",
		               pg_text(result, i, 2));
		date->due_from = pg_integer(result, i, 3);
		date->due_to = pg_integer(result, i, 4);
		date->lock_from = pg_integer(result, i, 5);
		date->lock_to = pg_integer(result, i, 6);
		date->was_estimated = pg_bool(result, i, 7);
		date->is_estimated = pg_bool(result, i, 8);
		date->reports = (uint32_t)pg_integer(result, i, 9);
	}
	moved->dates = dates;
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_plan_moved *moved =
		container_of(batch, struct store_plan_moved, batch);

	moved->done(moved, status < 0 ? status : moved->error);
}
