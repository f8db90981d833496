/*
 * The SQL of lists of requests. A list goes on from a key (time of receipt, number), not
 * from an offset: what is asked meanwhile neither repeats nor hides a row.
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_request.h"
#include "server/store_sql.h"

static void on_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct request_row *ret);
static void on_done(struct pg_batch *batch, int status);

#define STATE                                                                     \
	"CASE WHEN r.withdrawn_at IS NOT NULL THEN 4 WHEN r.answered_at IS NULL " \
	"THEN 1 WHEN r.granted THEN 2 ELSE 3 END"
#define ENDED   "coalesce(r.answered_at, r.withdrawn_at)"
#define OVERDUE "coalesce(coalesce(" ENDED ", $8::timestamptz) > r.answer_due_at, false)"

/* clang-format off */
const struct pg_statement store_requests_statements[] = {
	{"requests_list",
		"SELECT r.number, r.plan, r.unit, r.section, r.period, r.subject, r.reason, "
		"r.approved_by, r.answer, r.answered_by, r.signer, r.kind, " STATE ", "
		"coalesce(" SQL_MS("r.asked_until") ", 0), " SQL_MS("r.received_at") ", "
		SQL_MS("r.wall_received_at") ", coalesce(" SQL_MS("r.answer_due_at") ", 0), "
		"coalesce(" SQL_MS(ENDED) ", 0), "
		"coalesce(" SQL_MS("r.granted_until") ", 0), " OVERDUE ", r.request_id "
		"FROM request r WHERE ($1 = '' OR r.unit = $1) AND ($2 = '' OR r.section = $2) "
		"AND ($3 = '' OR r.period = $3) AND ($4 = '' OR r.number = $4) "
		"AND ($5::integer = 0 OR r.kind = $5::integer) "
		"AND ($6::integer = 0 OR $6::integer = " STATE ") "
		"AND ($7::integer = 0 OR (" OVERDUE " AND " ENDED " IS NULL)) "
		"AND ($10 = '' OR (r.received_at, r.number) < ($9::timestamptz, $10)) "
		"ORDER BY r.received_at DESC, r.number DESC LIMIT $11::integer", 11},
	{.name = NULL},
};
/* clang-format on */

int store_requests(struct store *store, struct store_requests *list)
{
	struct pg_batch *batch = &list->batch;
	struct pg_param *params = batch->items[0].params;

	CHECK(list->limit >= 1 && list->limit <= STORE_REQUESTS_PAGE_MAX);
	memset(batch, 0, sizeof(*batch));
	list->rows = NULL;
	batch->done = on_done;
	batch->count = 1;
	batch->items[0].statement = &store_requests_statements[0];
	batch->items[0].rows = on_rows;
	params[0] = pg_param_text(list->unit);
	params[1] = pg_param_text(list->section);
	params[2] = pg_param_text(list->period);
	params[3] = pg_param_text(list->number);
	params[4] = pg_param_integer(list->arena, list->kind);
	params[5] = pg_param_integer(list->arena, list->state);
	params[6] = pg_param_integer(list->arena, list->overdue_only);
	params[7] = pg_param_instant(list->arena, list->now);
	params[8] = pg_param_instant(list->arena, list->after_at);
	params[9] = pg_param_text(list->after_number);
	params[10] = pg_param_integer(list->arena, (int64_t)list->limit + 1);
	return pg_send(store_pg(store), batch);
}

static void on_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_requests *list = container_of(batch, struct store_requests, batch);
	struct request_row *rows;

	list->rows = NULL;
	list->more = pg_rows(result) > list->limit;
	list->count = list->more ? list->limit : pg_rows(result);
	rows = arena_new_array(list->arena, list->count, struct request_row);
	if (rows == NULL)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (!read_row(list->arena, result, i, &rows[i]))
			return;
	list->rows = rows;
}

static bool read_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct request_row *ret)
{
	const char **const texts[] = {
		&ret->number, &ret->plan,        &ret->unit,   &ret->section,
		&ret->period, &ret->subject,     &ret->reason, &ret->approved_by,
		&ret->answer, &ret->answered_by, &ret->signer,
	};
	int column = 0;

	for (; column < (int)ARRAY_LEN(texts); column++) {
		*texts[column] = arena_strdup(arena, pg_text(result, row, column));
		if (*texts[column] == NULL)
			return false;
	}
	ret->kind = (enum request_kind)pg_integer(result, row, column++);
	ret->state = (unsigned)pg_integer(result, row, column++);
	ret->asked_until = pg_integer(result, row, column++);
	ret->received_at = pg_integer(result, row, column++);
	ret->wall_received_at = pg_integer(result, row, column++);
	ret->answer_due = pg_integer(result, row, column++);
	ret->answered_at = pg_integer(result, row, column++);
	ret->granted_until = pg_integer(result, row, column++);
	ret->overdue = pg_bool(result, row, column++);
	ret->id = pg_bytes(result, row, column, arena);
	return ret->id.data != NULL;
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_requests *list = container_of(batch, struct store_requests, batch);

	list->done(list, status == 0 && list->rows == NULL ? E_NOMEM : status);
}
