/*
 * Reading the ledger.
 *
 * A list goes on from a key (time of receipt, number), not from an offset: what is stored
 * while somebody pages neither repeats nor hides a row.
 *
 * What can go wrong: the database is away, or there is no memory for a page.
 */
#include "server/store_reports.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_sql.h"

enum { GET, FIND, LIST };

#define TIMES SQL_MS("s.received_at") ", " SQL_MS("s.wall_received_at")
#define COLUMNS                                                                     \
	"s.number, s.unit, s.section, s.period, r.approved_by, s.report_id, " TIMES \
	", s.timeliness, r.figure_count, r.notice_count, s.kind, s.revision, "      \
	"s.supersedes, coalesce(" SQL_MS(                                           \
		"s.superseded_at") ", 0), "                                         \
				   "coalesce(" SQL_MS("s.late_waived_at") ", 0) "
#define REPORT_OF "JOIN report r USING (period_end, unit, report_id) "

/* clang-format off */
const struct pg_statement store_reports_statements[] = {
	[GET] = {"reports_get",
		"SELECT r.envelope, s.receipt FROM submission s " REPORT_OF
		"WHERE s.number = $1 AND ($2 = '' OR s.unit = $2)", 2},
	[FIND] = {"reports_find",
		"SELECT r.envelope, s.receipt FROM submission s " REPORT_OF
		"WHERE s.unit = $1 AND s.report_id = $2::bytea", 2},
	[LIST] = {"reports_list",
		"SELECT " COLUMNS "FROM submission s " REPORT_OF
		"WHERE ($1 = '' OR s.unit = $1) AND ($2 = '' OR s.section = $2) "
		"AND ($3 = '' OR s.period = $3) "
		"AND ($5 = '' OR (s.received_at, s.number) < ($4::timestamptz, $5)) "
		"AND ($8::bigint = 0 OR s.received_at <= $7::timestamptz) "
		"AND ($9::integer <> 0 OR s.superseded_at IS NULL "
			"OR ($8::bigint <> 0 AND s.superseded_at > $7::timestamptz)) "
		"ORDER BY s.received_at DESC, s.number DESC LIMIT $6::integer", 9},
	{.name = NULL},
};
/* clang-format on */

static void on_get_row(struct pg_batch *batch, const struct pg_result *result);
static void on_get_done(struct pg_batch *batch, int status);
static void on_list_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct store_reports_row *ret);
static void on_list_done(struct pg_batch *batch, int status);

int store_report_get(struct store *store, struct store_report_get *get)
{
	struct pg_batch *batch = &get->batch;
	bool by_number = get->number != NULL;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_get_done;
	batch->count = 1;
	batch->items[0].statement = &store_reports_statements[by_number ? GET : FIND];
	batch->items[0].params[0] = pg_param_text(by_number ? get->number : get->unit);
	batch->items[0].params[1] =
		by_number ? pg_param_text(get->unit) : pg_param_bytes(get->report_id);
	batch->items[0].rows = on_get_row;
	return pg_send(store_pg(store), batch);
}

static void on_get_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_report_get *get =
		container_of(batch, struct store_report_get, batch);

	get->found = pg_rows(result) > 0;
	if (!get->found)
		return;
	get->envelope = pg_bytes(result, 0, 0, get->arena);
	get->receipt = pg_bytes(result, 0, 1, get->arena);
}

static void on_get_done(struct pg_batch *batch, int status)
{
	struct store_report_get *get =
		container_of(batch, struct store_report_get, batch);

	if (status == 0 && get->found &&
	    (get->envelope.data == NULL || get->receipt.data == NULL))
		status = E_NOMEM;
	get->done(get, status);
}

/* One row more than asked for tells whether there are more. */
int store_reports_list(struct store *store, struct store_reports_list *list)
{
	struct pg_batch *batch = &list->batch;
	struct pg_param *params = batch->items[0].params;
	const char *number = list->after.number != NULL ? list->after.number : "";

	CHECK(list->limit >= 1 && list->limit <= STORE_REPORTS_PAGE_MAX);
	memset(batch, 0, sizeof(*batch));
	batch->done = on_list_done;
	batch->count = 1;
	batch->items[0].statement = &store_reports_statements[LIST];
	batch->items[0].rows = on_list_rows;
	params[0] = pg_param_text(list->unit);
	params[1] = pg_param_text(list->section);
	params[2] = pg_param_text(list->period);
	params[3] = pg_param_instant(list->arena, list->after.received_at);
	params[4] = pg_param_text(number);
	params[5] = pg_param_integer(list->arena, (int64_t)list->limit + 1);
	params[6] = pg_param_instant(list->arena, list->known_at);
	params[7] = pg_param_integer(list->arena, list->known_at);
	params[8] = pg_param_integer(list->arena, list->superseded);
	return pg_send(store_pg(store), batch);
}

/* Rows stay NULL when memory ran out, and then the outcome is E_NOMEM. */
static void on_list_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_reports_list *list =
		container_of(batch, struct store_reports_list, batch);
	struct store_reports_row *rows;

	list->rows = NULL;
	list->more = pg_rows(result) > list->limit;
	list->count = list->more ? list->limit : pg_rows(result);
	rows = arena_new_array(list->arena, list->count, struct store_reports_row);
	if (rows == NULL)
		return;
	for (size_t i = 0; i < list->count; i++) {
		if (!read_row(list->arena, result, i, &rows[i]))
			return;
		if (list->known_at != 0 && rows[i].superseded_at > list->known_at)
			rows[i].superseded_at = 0; /* nobody knew of it then */
		if (list->known_at != 0 && rows[i].late_waived_at > list->known_at)
			rows[i].late_waived_at = 0;
	}
	list->rows = rows;
}

static bool read_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct store_reports_row *ret)
{
	*ret = (struct store_reports_row){
		.number = arena_strdup(arena, pg_text(result, row, 0)),
		.unit = arena_strdup(arena, pg_text(result, row, 1)),
		.section = arena_strdup(arena, pg_text(result, row, 2)),
		.period = arena_strdup(arena, pg_text(result, row, 3)),
		.approved_by = arena_strdup(arena, pg_text(result, row, 4)),
		.report_id = pg_bytes(result, row, 5, arena),
		.received_at = pg_integer(result, row, 6),
		.wall_received_at = pg_integer(result, row, 7),
		.timeliness = (unsigned)pg_integer(result, row, 8),
		.figures = (unsigned)pg_integer(result, row, 9),
		.notices = (unsigned)pg_integer(result, row, 10),
		.kind = (unsigned)pg_integer(result, row, 11),
		.revision = (unsigned)pg_integer(result, row, 12),
		.supersedes = arena_strdup(arena, pg_text(result, row, 13)),
		.superseded_at = pg_integer(result, row, 14),
		.late_waived_at = pg_integer(result, row, 15),
	};
	return ret->number != NULL && ret->unit != NULL && ret->section != NULL &&
	       ret->period != NULL && ret->approved_by != NULL &&
	       ret->supersedes != NULL && ret->report_id.data != NULL;
}

static void on_list_done(struct pg_batch *batch, int status)
{
	struct store_reports_list *list =
		container_of(batch, struct store_reports_list, batch);

	if (status == 0 && list->rows == NULL)
		status = E_NOMEM;
	list->done(list, status);
}
