/*
 * The SQL of reading alerts.
 *
 * Cursors become visible in ascending order (see store_judge.c), so "after this cursor"
 * never skips one that is committed later.
 */
#include "server/store_alert.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_sql.h"

static void on_fresh_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_newest_row(struct pg_batch *batch, const struct pg_result *result);
static void on_fresh_done(struct pg_batch *batch, int status);
static void on_missed_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_missed_done(struct pg_batch *batch, int status);
static void on_list_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_list_done(struct pg_batch *batch, int status);
static void on_seen_done(struct pg_batch *batch, int status);
static void read_rows(struct arena *arena, const struct pg_result *result,
                      struct alert_rows *rows);
static bool read_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct alert_row *ret);
static int read_deliveries(struct arena *arena, const struct pg_result *result,
                           size_t *row, struct alert_row *alert);
static bool read_delivery(struct arena *arena, const struct pg_result *result, size_t row,
                          struct delivery_row *ret);

/* Columns of a row, after its alert's; the delivery's in lists only. */
enum {
	CLEARED = STORE_ALERT_COLUMN_COUNT,
	ASKER,
	CHANNEL,
	ADDRESS,
	STATE,
	ATTEMPTS,
	DONE,
	ERROR,
};

enum {
	FRESH,
	NEWEST,
	MISSED,
	LIST,
	SEEN,
};

/* clang-format off */
const struct pg_statement store_alert_statements[] = {
	[FRESH] = {"alerts_fresh",
		"SELECT " STORE_ALERT_COLUMNS ", coalesce(" SQL_MS("a.cleared_at") ", 0), 0 FROM alert a "
		"WHERE a.cursor > $1::bigint ORDER BY a.cursor LIMIT $2::integer", 2},
	[NEWEST] = {"alerts_newest",
		"SELECT coalesce(max(cursor), 0) FROM alert", 0},
	[MISSED] = {"alerts_missed",
		"SELECT " STORE_ALERT_COLUMNS ", coalesce(" SQL_MS("a.cleared_at") ", 0), w.place - 1 "
		"FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY "
		"AS w(recipient, after, place) CROSS JOIN LATERAL ("
			"SELECT * FROM alert b WHERE b.recipient = w.recipient "
			"AND b.cursor > w.after ORDER BY b.cursor LIMIT $3::integer) a "
		"ORDER BY w.place, a.cursor", 3},
	/* A report that is in clears its alerts at once, whenever the judge notes it. */
	[LIST] = {"alerts_list",
		"WITH a AS MATERIALIZED ("
			"SELECT b.*, coalesce(b.cleared_at, s.received_at) AS clear_at "
			"FROM alert b LEFT JOIN submission s ON b.kind < 3 AND s.plan = b.plan "
			"AND s.unit = b.unit AND s.section = b.section AND s.period = b.period "
			"AND s.revision = 1 "
			"WHERE ($1::bigint = 0 OR b.cursor < $1::bigint) "
			"AND ($2::text = '' OR b.unit = $2::text) "
			"AND ($3::text = '' OR b.section = $3::text) "
			"AND ($4::integer = 0 OR (b.cleared_at IS NULL AND s.number IS NULL)) "
			"AND ($5::integer <> 0 OR b.recipient = $6::text OR (b.plan, b.section) IN ("
				"SELECT * FROM unnest($7::text[], $8::text[]))) "
			"ORDER BY b.cursor DESC LIMIT $9::integer) "
		"SELECT " STORE_ALERT_COLUMNS ", coalesce(" SQL_MS("a.clear_at") ", 0), 0, "
		"d.channel, d.address, d.state, d.attempts, "
		"coalesce(" SQL_MS("d.wall_done_at") ", 0), d.error "
		"FROM a LEFT JOIN delivery d ON d.alert = a.cursor "
		"ORDER BY a.cursor DESC, d.channel, d.address", 9},
	[SEEN] = {"alerts_seen",
		"UPDATE unit SET wall_seen_at = $2::timestamptz WHERE code = ANY($1::text[]) "
		"AND (wall_seen_at IS NULL OR wall_seen_at < $2::timestamptz)", 2},
	{.name = NULL},
};
/* clang-format on */

int store_alerts_fresh(struct store *store, struct store_alerts_fresh *fresh)
{
	struct pg_batch *batch = &fresh->batch;

	memset(batch, 0, sizeof(*batch));
	fresh->rows = (struct alert_rows){.items = NULL};
	batch->done = on_fresh_done;
	batch->count = 1;
	batch->items[0].statement = &store_alert_statements[NEWEST];
	batch->items[0].rows = on_newest_row;
	if (fresh->after >= 0) {
		batch->items[0].statement = &store_alert_statements[FRESH];
		batch->items[0].params[0] = pg_param_integer(fresh->arena, fresh->after);
		batch->items[0].params[1] =
			pg_param_integer(fresh->arena, (int64_t)fresh->limit);
		batch->items[0].rows = on_fresh_rows;
	}
	return pg_send(store_pg(store), batch);
}

static void on_fresh_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_alerts_fresh *fresh =
		container_of(batch, struct store_alerts_fresh, batch);
	size_t count = pg_rows(result);

	read_rows(fresh->arena, result, &fresh->rows);
	fresh->newest = count > 0 ? pg_integer(result, count - 1, 0) : fresh->after;
}

static void on_newest_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_alerts_fresh *fresh =
		container_of(batch, struct store_alerts_fresh, batch);

	fresh->newest = pg_integer(result, 0, 0);
}

static void on_fresh_done(struct pg_batch *batch, int status)
{
	struct store_alerts_fresh *fresh =
		container_of(batch, struct store_alerts_fresh, batch);

	fresh->done(fresh, status < 0 ? status : fresh->rows.error);
}

int store_alerts_missed(struct store *store, struct store_alerts_missed *missed)
{
	struct pg_batch *batch = &missed->batch;
	struct pg_param *params = batch->items[0].params;

	memset(batch, 0, sizeof(*batch));
	missed->rows = (struct alert_rows){.items = NULL};
	batch->done = on_missed_done;
	batch->count = 1;
	batch->items[0].statement = &store_alert_statements[MISSED];
	batch->items[0].rows = on_missed_rows;
	params[0] = pg_param_text_array(missed->arena, missed->recipients, missed->count);
	params[1] = pg_param_integer_array(missed->arena, missed->afters, missed->count);
	params[2] = pg_param_integer(missed->arena, (int64_t)missed->limit);
	return pg_send(store_pg(store), batch);
}

static void on_missed_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_alerts_missed *missed =
		container_of(batch, struct store_alerts_missed, batch);

	read_rows(missed->arena, result, &missed->rows);
}

static void on_missed_done(struct pg_batch *batch, int status)
{
	struct store_alerts_missed *missed =
		container_of(batch, struct store_alerts_missed, batch);

	missed->done(missed, status < 0 ? status : missed->rows.error);
}

int store_alerts_list(struct store *store, struct store_alerts_list *list)
{
	struct pg_batch *batch = &list->batch;
	struct pg_param *params = batch->items[0].params;
	struct arena *arena = list->arena;

	CHECK(list->limit >= 1 && list->limit <= STORE_ALERTS_PAGE_MAX);
	memset(batch, 0, sizeof(*batch));
	list->rows = (struct alert_rows){.items = NULL};
	batch->done = on_list_done;
	batch->count = 1;
	batch->items[0].statement = &store_alert_statements[LIST];
	batch->items[0].rows = on_list_rows;
	params[0] = pg_param_integer(arena, list->before);
	params[1] = pg_param_text(list->unit);
	params[2] = pg_param_text(list->section);
	params[3] = pg_param_integer(arena, list->open_only);
	params[4] = pg_param_integer(arena, list->sees_all);
	params[5] = pg_param_text(list->recipient);
	params[6] = pg_param_text_array(arena, list->plans, list->section_count);
	params[7] = pg_param_text_array(arena, list->sections, list->section_count);
	params[8] = pg_param_integer(arena, (int64_t)list->limit + 1);
	return pg_send(store_pg(store), batch);
}

/* One row for each delivery of an alert, or one without. */
static void on_list_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_alerts_list *list =
		container_of(batch, struct store_alerts_list, batch);
	struct alert_rows *rows = &list->rows;
	size_t count = pg_rows(result);

	rows->count = 0;
	rows->items = arena_new_array(list->arena, count, struct alert_row);
	rows->error = rows->items != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < count && rows->error == 0;) {
		struct alert_row *alert = &rows->items[rows->count++];

		if (!read_row(list->arena, result, row, alert))
			rows->error = E_NOMEM;
		else
			rows->error = read_deliveries(list->arena, result, &row, alert);
	}
}

static void on_list_done(struct pg_batch *batch, int status)
{
	struct store_alerts_list *list =
		container_of(batch, struct store_alerts_list, batch);

	list->done(list, status < 0 ? status : list->rows.error);
}

int store_seen(struct store *store, struct store_seen *seen)
{
	struct pg_batch *batch = &seen->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_seen_done;
	batch->count = 1;
	batch->items[0].statement = &store_alert_statements[SEEN];
	batch->items[0].params[0] =
		pg_param_text_array(seen->arena, seen->units, seen->count);
	batch->items[0].params[1] = pg_param_instant(seen->arena, seen->wall_now);
	return pg_send(store_pg(store), batch);
}

static void on_seen_done(struct pg_batch *batch, int status)
{
	struct store_seen *seen = container_of(batch, struct store_seen, batch);

	seen->done(seen, status);
}

static void read_rows(struct arena *arena, const struct pg_result *result,
                      struct alert_rows *rows)
{
	rows->count = pg_rows(result);
	rows->items = arena_new_array(arena, rows->count, struct alert_row);
	rows->error = rows->items != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < rows->count && rows->error == 0; row++) {
		if (!read_row(arena, result, row, &rows->items[row]))
			rows->error = E_NOMEM;
	}
}

static bool read_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct alert_row *ret)
{
	if (!store_alert_row(arena, result, row, ret))
		return false;
	ret->cleared_at = pg_integer(result, row, CLEARED);
	ret->asker = (size_t)pg_integer(result, row, ASKER);
	return true;
}

bool store_alert_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct alert_row *ret)
{
	const char *texts[9];

	for (int i = 0; i < 9; i++) {
		texts[i] = arena_strdup(arena, pg_text(result, row, 3 + i));
		if (texts[i] == NULL)
			return false;
	}
	*ret = (struct alert_row){
		.cursor = pg_integer(result, row, 0),
		.kind = (enum alert_kind)pg_integer(result, row, 1),
		.level = (unsigned)pg_integer(result, row, 2),
		.recipient = texts[0],
		.plan = texts[1],
		.unit = texts[2],
		.section = texts[3],
		.period = texts[4],
		.target = texts[5],
		.title = texts[6],
		.text = texts[7],
		.subject = texts[8],
		.sample = pg_bool(result, row, 12),
		.decided_at = pg_integer(result, row, 13),
		.due_at = pg_integer(result, row, 14),
	};
	return true;
}

/* From *@row on, which moves behind this alert's rows. */
static int read_deliveries(struct arena *arena, const struct pg_result *result,
                           size_t *row, struct alert_row *alert)
{
	size_t from = *row, count = pg_rows(result);

	while (*row < count && pg_integer(result, *row, 0) == alert->cursor)
		(*row)++;
	if (pg_is_null(result, from, CHANNEL))
		return 0;
	alert->deliveries = arena_new_array(arena, *row - from, struct delivery_row);
	if (alert->deliveries == NULL)
		return E_NOMEM;
	for (size_t i = from; i < *row; i++) {
		if (!read_delivery(arena, result, i,
		                   &alert->deliveries[alert->delivery_count++]))
			return E_NOMEM;
	}
	return 0;
}

static bool read_delivery(struct arena *arena, const struct pg_result *result, size_t row,
                          struct delivery_row *ret)
{
	*ret = (struct delivery_row){
		.channel = arena_strdup(arena, pg_text(result, row, CHANNEL)),
		.address = arena_strdup(arena, pg_text(result, row, ADDRESS)),
		.state = arena_strdup(arena, pg_text(result, row, STATE)),
		.attempts = (uint32_t)pg_integer(result, row, ATTEMPTS),
		.wall_at = pg_integer(result, row, DONE),
		.error = arena_strdup(arena, pg_text(result, row, ERROR)),
	};
	return ret->channel != NULL && ret->address != NULL && ret->state != NULL &&
	       ret->error != NULL;
}
