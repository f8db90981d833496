/*
 * The SQL of deliveries.
 *
 * A claim takes only rows that nobody else holds (FOR UPDATE SKIP LOCKED within the
 * statement, a lease beyond it), so that two servers never try the same row at once. The
 * lease is longer than every attempt that it can hold.
 */
#include "server/store_delivery.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_sql.h"

static void on_claimed_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_claimed(struct arena *arena, const struct pg_result *result, size_t row,
                         struct claimed_delivery *ret);
static void on_claim_done(struct pg_batch *batch, int status);
static void on_delivered_done(struct pg_batch *batch, int status);

enum { CLAIM, DELIVERED };

/* clang-format off */
const struct pg_statement store_delivery_statements[] = {
	[CLAIM] = {"delivery_claim",
		"WITH due AS MATERIALIZED ("
			"SELECT d.alert, d.channel, d.address "
			"FROM unnest($1::text[], $2::text[], $3::bigint[]) "
			"AS c(channel, address, room) CROSS JOIN LATERAL ("
				"SELECT e.alert, e.channel, e.address FROM delivery e "
				"WHERE e.state = 'waiting' AND e.wall_next_at <= $4::timestamptz "
				"AND (e.wall_claimed_until IS NULL "
				"OR e.wall_claimed_until < $4::timestamptz) "
				"AND e.channel = c.channel AND e.address = c.address "
				"ORDER BY e.alert LIMIT c.room FOR UPDATE SKIP LOCKED) d), "
		"claimed AS ("
			"UPDATE delivery u SET wall_claimed_until = $5::timestamptz, "
			"attempts = u.attempts + 1 FROM due WHERE u.alert = due.alert "
			"AND u.channel = due.channel AND u.address = due.address "
			"RETURNING u.alert, u.channel, u.address, u.attempts) "
		"SELECT a.cursor, a.kind, a.level, c.channel, c.address, a.recipient, a.plan, "
		"a.unit, a.section, a.period, a.target, a.title, a.body, c.attempts, a.sample, "
		SQL_MS("a.decided_at") ", " SQL_MS("a.due_at") " "
		"FROM claimed c JOIN alert a ON a.cursor = c.alert ORDER BY a.cursor", 5},
	[DELIVERED] = {"delivery_outcome",
		"UPDATE delivery SET state = $4::text, wall_claimed_until = NULL, "
		"wall_next_at = CASE WHEN $4::text = 'waiting' THEN $5::timestamptz "
		"ELSE wall_next_at END, "
		"wall_done_at = $6::timestamptz, error = $7::text, "
		"attempts = attempts - $8::integer "
		"WHERE alert = $1::bigint AND channel = $2::text AND address = $3::text "
		"AND state = 'waiting'", 8},
	{.name = NULL},
};
/* clang-format on */

int store_claim(struct store *store, struct store_claim *claim)
{
	struct pg_batch *batch = &claim->batch;
	struct pg_param *params = batch->items[0].params;

	memset(batch, 0, sizeof(*batch));
	claim->error = 0;
	batch->done = on_claim_done;
	batch->count = 1;
	batch->items[0].statement = &store_delivery_statements[CLAIM];
	batch->items[0].rows = on_claimed_rows;
	params[0] = pg_param_text_array(claim->arena, claim->channels, claim->count);
	params[1] = pg_param_text_array(claim->arena, claim->addresses, claim->count);
	params[2] = pg_param_integer_array(claim->arena, claim->rooms, claim->count);
	params[3] = pg_param_instant(claim->arena, claim->wall_now);
	params[4] = pg_param_instant(claim->arena, claim->wall_claimed_until);
	return pg_send(store_pg(store), batch);
}

static void on_claimed_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_claim *claim = container_of(batch, struct store_claim, batch);

	claim->row_count = 0;
	claim->rows =
		arena_new_array(claim->arena, pg_rows(result), struct claimed_delivery);
	claim->error = claim->rows != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; claim->error == 0 && row < pg_rows(result); row++) {
		if (!read_claimed(claim->arena, result, row,
		                  &claim->rows[claim->row_count++]))
			claim->error = E_NOMEM;
	}
}

static bool read_claimed(struct arena *arena, const struct pg_result *result, size_t row,
                         struct claimed_delivery *ret)
{
	const char *texts[10];

	for (int i = 0; i < 10; i++) {
		texts[i] = arena_strdup(arena, pg_text(result, row, 3 + i));
		if (texts[i] == NULL)
			return false;
	}
	*ret = (struct claimed_delivery){
		.channel = texts[0],
		.address = texts[1],
		.attempts = (uint32_t)pg_integer(result, row, 13),
		.alert =
			{
				.cursor = pg_integer(result, row, 0),
				.kind = (enum alert_kind)pg_integer(result, row, 1),
				.level = (unsigned)pg_integer(result, row, 2),
				.recipient = texts[2],
				.plan = texts[3],
				.unit = texts[4],
				.section = texts[5],
				.period = texts[6],
				.target = texts[7],
				.title = texts[8],
				.text = texts[9],
				.sample = pg_bool(result, row, 14),
				.decided_at = pg_integer(result, row, 15),
				.due_at = pg_integer(result, row, 16),
			},
	};
	return true;
}

static void on_claim_done(struct pg_batch *batch, int status)
{
	struct store_claim *claim = container_of(batch, struct store_claim, batch);

	claim->done(claim, status < 0 ? status : claim->error);
}

int store_delivered(struct store *store, struct store_delivered *delivered)
{
	static const char *const states[] = {
		[DELIVERY_SENT] = "sent",
		[DELIVERY_FAILED] = "failed",
		[DELIVERY_RETRY] = "waiting",
		[DELIVERY_RELEASED] = "waiting",
	};
	bool released = delivered->outcome == DELIVERY_RELEASED;
	struct pg_batch *batch = &delivered->batch;
	struct pg_param *params = batch->items[0].params;
	struct arena *arena = delivered->arena;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_delivered_done;
	batch->count = 1;
	batch->items[0].statement = &store_delivery_statements[DELIVERED];
	params[0] = pg_param_integer(arena, delivered->alert);
	params[1] = pg_param_text(delivered->channel);
	params[2] = pg_param_text(delivered->address);
	params[3] = pg_param_text(states[delivered->outcome]);
	params[4] = pg_param_instant(arena, delivered->wall_next_at);
	params[5] = released ? pg_param_text(NULL)
	                     : pg_param_instant(arena, delivered->wall_now);
	params[6] = pg_param_text(delivered->error);
	params[7] = pg_param_integer(arena, released);
	return pg_send(store_pg(store), batch);
}

static void on_delivered_done(struct pg_batch *batch, int status)
{
	struct store_delivered *delivered =
		container_of(batch, struct store_delivered, batch);

	delivered->done(delivered, status);
}
