/*
 * The SQL of presence: one statement a beat.
 *
 * A span goes on when the beat before is not long ago. By wall time always; and by plan
 * time for a process's first beat, because a rehearsal's clock may have been moved while
 * no server was there. A step that a server takes itself moves its span with it, in the
 * same transaction (see store_clock.c).
 */
#include "server/store_presence.h"

#include <string.h>

#include "base/check.h"
#include "server/store.h"

static void on_row(struct pg_batch *batch, const struct pg_result *result);
static void on_done(struct pg_batch *batch, int status);

/* clang-format off */
const struct pg_statement store_presence_statements[] = {
	{"presence_beat",
		"WITH newest AS MATERIALIZED (SELECT id FROM serving s WHERE s.node = $1 "
			"ORDER BY id DESC LIMIT 1), "
		"beat AS (UPDATE serving s SET until_at = greatest(s.until_at, $2::timestamptz), "
			"wall_until_at = greatest(s.wall_until_at, $3::timestamptz) FROM newest n "
			"WHERE s.id = n.id AND s.wall_until_at >= $3::timestamptz - $5::integer * interval '1 second' "
			"AND ($4::integer = 0 OR s.until_at >= $2::timestamptz - $5::integer * interval '1 second') "
			"AND s.from_at <= $2::timestamptz RETURNING s.id), "
		"begun AS (INSERT INTO serving (node, from_at, until_at, wall_from_at, wall_until_at) "
			"SELECT $1, $2::timestamptz, $2::timestamptz, $3::timestamptz, $3::timestamptz "
			"WHERE NOT EXISTS (SELECT FROM beat) RETURNING id) "
		"SELECT id FROM beat UNION ALL SELECT id FROM begun", 5},
	{.name = NULL},
};
/* clang-format on */

int store_presence(struct store *store, struct store_presence *presence)
{
	struct pg_batch *batch = &presence->batch;
	struct pg_param *params = batch->items[0].params;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_done;
	batch->count = 1;
	batch->items[0].statement = &store_presence_statements[0];
	batch->items[0].rows = on_row;
	params[0] = pg_param_text(presence->node);
	params[1] = pg_param_instant(presence->arena, presence->now);
	params[2] = pg_param_instant(presence->arena, presence->wall_now);
	params[3] = pg_param_integer(presence->arena, presence->first);
	params[4] = pg_param_integer(presence->arena, STORE_PRESENCE_GAP);
	return pg_send(store_pg(store), batch);
}

static void on_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_presence *presence =
		container_of(batch, struct store_presence, batch);

	if (pg_rows(result) == 1)
		presence->id = pg_integer(result, 0, 0);
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_presence *presence =
		container_of(batch, struct store_presence, batch);

	presence->done(presence, status);
}
