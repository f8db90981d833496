/*
 * The SQL of deliveries.
 *
 * A claim takes only rows that nobody else holds, and of a message all or none: one
 * server at a time claims for an address (an advisory lock within the statement, a lease
 * beyond it). The lease is longer than every attempt that it can hold.
 *
 * A message is what was decided at one instant. Rows that were never tried wait until
 * that instant is decided to its end: a large one is decided in several transactions. A
 * row that stays undecided holds them up for CLAIM_GATHER only. Rows that were tried
 * together stay together: a claim and a retry each give them one wall_next_at.
 */
#include "server/store_delivery.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_alert.h"
#include "server/store_sql.h"

static void on_claimed_rows(struct pg_batch *batch, const struct pg_result *result);
static int read_claimed(struct arena *arena, const struct pg_result *result, size_t *row,
                        struct claimed_message *ret);
static void on_claim_done(struct pg_batch *batch, int status);
static void on_delivered_done(struct pg_batch *batch, int status);
static void on_abandoned_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_abandon_done(struct pg_batch *batch, int status);

#define CLAIM_GATHER 30000 /* ms */

enum { CLAIM, DELIVERED, ABANDON };

/* Columns of a claimed row, after its alert's. */
enum { CHANNEL = STORE_ALERT_COLUMN_COUNT, ADDRESS, ATTEMPTS, FIRST };

/* clang-format off */
const struct pg_statement store_delivery_statements[] = {
	[CLAIM] = {"delivery_claim",
		"WITH lane AS MATERIALIZED ("
			"SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) "
			"AS c(channel, address, room) WHERE pg_try_advisory_xact_lock("
			"hashtext('duban delivery'), hashtext(c.channel || c.address))), "
		"undecided AS MATERIALIZED (SELECT min(at) AS at FROM timetable_ahead), "
		"waiting AS ("
			"SELECT d.alert, d.channel, d.address, l.room, min(d.alert) OVER ("
				"PARTITION BY d.channel, d.address, a.decided_at, d.attempts, "
				"CASE WHEN d.attempts > 0 THEN d.wall_next_at END) AS first "
			"FROM lane l JOIN delivery d ON d.channel = l.channel "
			"AND d.address = l.address JOIN alert a ON a.cursor = d.alert "
			"CROSS JOIN undecided u "
			"WHERE d.state = 'waiting' AND d.wall_next_at <= $4::timestamptz "
			"AND (d.wall_claimed_until IS NULL "
			"OR d.wall_claimed_until < $4::timestamptz) "
			"AND (d.attempts > 0 OR u.at IS NULL OR u.at > a.decided_at "
			"OR d.wall_next_at <= $6::timestamptz)), "
		"ranked AS ("
			"SELECT w.*, dense_rank() OVER (PARTITION BY channel, address "
			"ORDER BY first) AS message, row_number() OVER (PARTITION BY channel, "
			"address, first ORDER BY alert) AS place FROM waiting w), "
		"chosen AS MATERIALIZED ("
			"SELECT * FROM ranked WHERE message <= room AND place <= $7::bigint "
			"ORDER BY message, first, channel, address, alert LIMIT $8::bigint), "
		"due AS MATERIALIZED ("
			"SELECT d.alert, d.channel, d.address, c.first FROM chosen c "
			"JOIN delivery d USING (alert, channel, address) "
			"WHERE d.state = 'waiting' AND (d.wall_claimed_until IS NULL "
			"OR d.wall_claimed_until < $4::timestamptz) FOR UPDATE OF d SKIP LOCKED), "
		"claimed AS ("
			"UPDATE delivery u SET wall_claimed_until = $5::timestamptz, "
			"wall_next_at = $4::timestamptz, attempts = u.attempts + 1 "
			"FROM due WHERE u.alert = due.alert "
			"AND u.channel = due.channel AND u.address = due.address "
			"RETURNING u.alert, u.channel, u.address, u.attempts, due.first) "
		"SELECT " STORE_ALERT_COLUMNS ", c.channel, c.address, c.attempts, c.first "
		"FROM claimed c JOIN alert a ON a.cursor = c.alert "
		"ORDER BY c.first, c.channel, c.address, a.cursor", 8},
	[DELIVERED] = {"delivery_outcome",
		"UPDATE delivery SET state = $4::text, wall_claimed_until = NULL, "
		"wall_next_at = CASE WHEN $4::text = 'waiting' THEN $5::timestamptz "
		"ELSE wall_next_at END, "
		"wall_done_at = $6::timestamptz, error = $7::text, "
		"attempts = attempts - $8::integer "
		"WHERE alert = ANY($1::bigint[]) AND channel = $2::text AND address = $3::text "
		"AND state = 'waiting'", 8},
	[ABANDON] = {"delivery_abandon",
		"WITH gone AS ("
			"UPDATE delivery d SET state = 'failed', wall_claimed_until = NULL, "
			"wall_done_at = $3::timestamptz, error = $5::text "
			"WHERE d.state = 'waiting' AND d.wall_next_at < $4::timestamptz "
			"AND (d.wall_claimed_until IS NULL "
			"OR d.wall_claimed_until < $3::timestamptz) AND NOT EXISTS ("
				"SELECT FROM unnest($1::text[], $2::text[]) AS c(channel, address) "
				"WHERE c.channel = d.channel AND c.address = d.address) "
			"RETURNING 1) "
		"SELECT count(*) FROM gone", 5},
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
	params[5] = pg_param_instant(claim->arena, claim->wall_now - CLAIM_GATHER);
	params[6] = pg_param_integer(claim->arena, STORE_MESSAGE_MAX);
	params[7] = pg_param_integer(claim->arena, STORE_CLAIM_MAX);
	return pg_send(store_pg(store), batch);
}

static void on_claimed_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_claim *claim = container_of(batch, struct store_claim, batch);
	size_t rows = pg_rows(result);

	claim->message_count = 0;
	claim->messages = arena_new_array(claim->arena, rows, struct claimed_message);
	claim->error = claim->messages != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; claim->error == 0 && row < rows;)
		claim->error = read_claimed(claim->arena, result, &row,
		                            &claim->messages[claim->message_count++]);
}

/* From *@row on, which moves behind the message's rows. */
static int read_claimed(struct arena *arena, const struct pg_result *result, size_t *row,
                        struct claimed_message *ret)
{
	size_t from = *row, rows = pg_rows(result);

	while (*row < rows &&
	       pg_integer(result, *row, FIRST) == pg_integer(result, from, FIRST) &&
	       strcmp(pg_text(result, *row, CHANNEL), pg_text(result, from, CHANNEL)) ==
	               0 &&
	       strcmp(pg_text(result, *row, ADDRESS), pg_text(result, from, ADDRESS)) ==
	               0)
		(*row)++;
	*ret = (struct claimed_message){
		.channel = arena_strdup(arena, pg_text(result, from, CHANNEL)),
		.address = arena_strdup(arena, pg_text(result, from, ADDRESS)),
		.attempts = (uint32_t)pg_integer(result, from, ATTEMPTS),
		.alerts = arena_new_array(arena, *row - from, struct alert_row),
	};
	if (ret->channel == NULL || ret->address == NULL || ret->alerts == NULL)
		return E_NOMEM;
	for (size_t i = from; i < *row; i++) {
		if (!store_alert_row(arena, result, i, &ret->alerts[ret->alert_count++]))
			return E_NOMEM;
	}
	return 0;
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
	params[0] =
		pg_param_integer_array(arena, delivered->alerts, delivered->alert_count);
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

int store_abandon(struct store *store, struct store_abandon *abandon)
{
	struct pg_batch *batch = &abandon->batch;
	struct pg_param *params = batch->items[0].params;

	memset(batch, 0, sizeof(*batch));
	abandon->abandoned = 0;
	batch->done = on_abandon_done;
	batch->count = 1;
	batch->items[0].statement = &store_delivery_statements[ABANDON];
	batch->items[0].rows = on_abandoned_rows;
	params[0] =
		pg_param_text_array(abandon->arena, abandon->channels, abandon->count);
	params[1] =
		pg_param_text_array(abandon->arena, abandon->addresses, abandon->count);
	params[2] = pg_param_instant(abandon->arena, abandon->wall_now);
	params[3] = pg_param_instant(abandon->arena, abandon->wall_before);
	params[4] = pg_param_text("不在设置的联系人中");
	return pg_send(store_pg(store), batch);
}

static void on_abandoned_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_abandon *abandon = container_of(batch, struct store_abandon, batch);

	abandon->abandoned = (size_t)pg_integer(result, 0, 0);
}

static void on_abandon_done(struct pg_batch *batch, int status)
{
	struct store_abandon *abandon = container_of(batch, struct store_abandon, batch);

	abandon->done(abandon, status);
}
