/*
 * The SQL of reading what happened: reports that wait for a review, and the life of the
 * reports of one period.
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_review.h"
#include "server/store_sql.h"

static void on_waiting_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_waiting(struct arena *arena, const struct pg_result *result, size_t row,
                         struct waiting_row *ret);
static void on_waiting_done(struct pg_batch *batch, int status);
static void on_owner(struct pg_batch *batch, const struct pg_result *result);
static void on_events(struct pg_batch *batch, const struct pg_result *result);
static bool read_event(struct arena *arena, const struct pg_result *result, size_t row,
                       struct life_event *ret);
static void on_fields(struct pg_batch *batch, const struct pg_result *result);
static bool give_fields(struct store_life *life, const struct pg_result *result,
                        size_t from, size_t to);
static void on_life_done(struct pg_batch *batch, int status);

enum { WAITING, OWNER, EVENTS, FIELDS };

/* The reports of the period of report $1, if unit $2 ('' : anybody) may see them. */
#define SAME_PERIOD                                                              \
	"submission o JOIN submission s ON s.plan = o.plan AND s.unit = o.unit " \
	"AND s.section = o.section AND s.period = o.period "
#define REQUESTS                                                              \
	"submission o JOIN request q ON q.plan = o.plan AND q.unit = o.unit " \
	"AND q.section = o.section AND q.period = o.period "
#define ASKED "o.number = $1 AND ($2 = '' OR o.unit = $2) "

/* clang-format off */
const struct pg_statement store_life_statements[] = {
	[WAITING] = {"review_waiting",
		"WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) "
			"AS a(plan, section, steps)), "
		"open AS ("
			"SELECT s.number, s.plan, s.unit, s.section, s.period, "
			"CASE WHEN c.number IS NULL THEN 1 ELSE 2 END AS step, "
			"coalesce(c.reviewed_at, s.received_at) AS since, a.steps "
			"FROM asked a JOIN submission s USING (plan, section) "
			"LEFT JOIN review c ON c.number = s.number AND c.step = 1 "
			"WHERE s.superseded_at IS NULL "
			"AND NOT EXISTS (SELECT FROM review t WHERE t.number = s.number AND t.step = 2) "
			"AND NOT EXISTS (SELECT FROM report_return b WHERE b.number = s.number "
				"AND b.withdrawn_at IS NULL)) "
		"SELECT number, plan, unit, section, period, step, " SQL_MS("since") " FROM open "
		"WHERE steps & step <> 0 AND ($5 = '' OR (since, number) > ($4::timestamptz, $5)) "
		"ORDER BY since, number LIMIT $6::integer", 6},
	[OWNER] = {"life_owner",
		"SELECT o.plan, o.unit, o.section, o.period, " SQL_MS("b.due_at") ", "
		"coalesce(" SQL_MS("b.extended_due_at") ", 0), " SQL_MS("b.lock_at") " "
		"FROM submission o JOIN obligation b USING (plan, unit, section, period) "
		"WHERE " ASKED, 2},
	[EVENTS] = {"life_events",
		"SELECT e.kind, e.number, e.by, e.text, e.indicator, " SQL_MS("e.at") ", "
		SQL_MS("e.wall_at") ", coalesce(" SQL_MS("e.due_at") ", 0), e.revision, e.step, "
		"e.report_kind, e.standing, e.request_kind, e.granted, e.subject FROM ("
			"SELECT 1 AS rank, 'received' AS kind, s.number, r.signer AS by, "
			"r.change_reason AS text, '' AS indicator, s.received_at AS at, "
			"s.wall_received_at AS wall_at, NULL::timestamptz AS due_at, s.revision, "
			"0 AS step, s.kind AS report_kind, 0 AS standing, "
			"0 AS request_kind, false AS granted, '' AS subject "
			"FROM " SAME_PERIOD "JOIN report r ON r.period_end = s.period_end "
			"AND r.unit = s.unit AND r.report_id = s.report_id WHERE " ASKED
			"UNION ALL SELECT 2, 'passed', s.number, v.reviewed_by, v.remark, '', "
			"v.reviewed_at, v.wall_reviewed_at, NULL, s.revision, v.step, 0, 0, 0, false, '' "
			"FROM " SAME_PERIOD "JOIN review v ON v.number = s.number WHERE " ASKED
			"UNION ALL SELECT 3, 'returned', s.number, b.returned_by, b.remark, '', "
			"b.returned_at, b.wall_returned_at, b.due_at, s.revision, b.step, 0, 0, 0, "
			"false, '' "
			"FROM " SAME_PERIOD "JOIN report_return b ON b.number = s.number WHERE " ASKED
			"UNION ALL SELECT 4, 'checked', s.number, f.checked_by, "
			/* An acceptance reads: amount, day, document, then what was seen. */
			"concat_ws(' ', f.accepted::text || f.accepted_unit, f.accepted_on::text, "
			"nullif(f.document, ''), f.remark), "
			"f.indicator, f.checked_at, f.wall_checked_at, NULL, s.revision, 0, 0, "
			"f.standing, 0, false, '' FROM " SAME_PERIOD
			"JOIN figure_check f ON f.number = s.number WHERE " ASKED
			"UNION ALL SELECT 5, 'asked', q.number, q.signer, q.reason, '', "
			"q.received_at, q.wall_received_at, q.asked_until, 0, 0, 0, 0, q.kind, "
			"false, q.subject FROM " REQUESTS "WHERE " ASKED
			"UNION ALL SELECT 6, 'answered', q.number, q.answered_by, q.answer, '', "
			"q.answered_at, q.wall_answered_at, q.granted_until, 0, 0, 0, 0, q.kind, "
			"q.granted, q.subject FROM " REQUESTS "WHERE q.answered_at IS NOT NULL AND "
			ASKED
			"UNION ALL SELECT 7, 'withdrawn', q.number, q.withdrawn_by, '', '', "
			"q.withdrawn_at, q.wall_withdrawn_at, NULL, 0, 0, 0, 0, q.kind, false, "
			"q.subject FROM " REQUESTS "WHERE q.withdrawn_at IS NOT NULL AND " ASKED
		") e ORDER BY e.at, e.wall_at, e.revision, e.rank, e.step LIMIT 1000", 2},
	[FIELDS] = {"life_fields",
		"SELECT f.number, f.field, f.reason FROM " SAME_PERIOD
		"JOIN return_field f ON f.number = s.number WHERE " ASKED
		"ORDER BY f.number, f.place", 2},
	{.name = NULL},
};
/* clang-format on */

int store_waiting(struct store *store, struct store_waiting *waiting)
{
	struct pg_batch *batch = &waiting->batch;
	struct pg_param *params = batch->items[0].params;
	struct arena *arena = waiting->arena;

	CHECK(waiting->limit >= 1 && waiting->limit <= STORE_WAITING_PAGE_MAX);
	memset(batch, 0, sizeof(*batch));
	waiting->rows = NULL;
	batch->done = on_waiting_done;
	batch->count = 1;
	batch->items[0].statement = &store_life_statements[WAITING];
	batch->items[0].rows = on_waiting_rows;
	params[0] = pg_param_text_array(arena, waiting->plans, waiting->section_count);
	params[1] = pg_param_text_array(arena, waiting->sections, waiting->section_count);
	params[2] = pg_param_integer_array(arena, waiting->steps, waiting->section_count);
	params[3] = pg_param_instant(arena, waiting->after_since);
	params[4] = pg_param_text(waiting->after_number);
	params[5] = pg_param_integer(arena, (int64_t)waiting->limit + 1);
	return pg_send(store_pg(store), batch);
}

static void on_waiting_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_waiting *waiting = container_of(batch, struct store_waiting, batch);
	struct waiting_row *rows;

	waiting->rows = NULL;
	waiting->more = pg_rows(result) > waiting->limit;
	waiting->count = waiting->more ? waiting->limit : pg_rows(result);
	rows = arena_new_array(waiting->arena, waiting->count, struct waiting_row);
	if (rows == NULL)
		return;
	for (size_t i = 0; i < waiting->count; i++)
		if (!read_waiting(waiting->arena, result, i, &rows[i]))
			return;
	waiting->rows = rows;
}

static bool read_waiting(struct arena *arena, const struct pg_result *result, size_t row,
                         struct waiting_row *ret)
{
	*ret = (struct waiting_row){
		.number = arena_strdup(arena, pg_text(result, row, 0)),
		.plan = arena_strdup(arena, pg_text(result, row, 1)),
		.unit = arena_strdup(arena, pg_text(result, row, 2)),
		.section = arena_strdup(arena, pg_text(result, row, 3)),
		.period = arena_strdup(arena, pg_text(result, row, 4)),
		.step = (enum review_step)pg_integer(result, row, 5),
		.since = pg_integer(result, row, 6),
	};
	return ret->number != NULL && ret->plan != NULL && ret->unit != NULL &&
	       ret->section != NULL && ret->period != NULL;
}

static void on_waiting_done(struct pg_batch *batch, int status)
{
	struct store_waiting *waiting = container_of(batch, struct store_waiting, batch);

	waiting->done(waiting, status == 0 && waiting->rows == NULL ? E_NOMEM : status);
}

int store_life(struct store *store, struct store_life *life)
{
	static void (*const rows[])(struct pg_batch *, const struct pg_result *) = {
		on_owner, on_events, on_fields};
	struct pg_batch *batch = &life->batch;

	memset(batch, 0, sizeof(*batch));
	life->found = false;
	life->events = NULL;
	life->count = 0;
	batch->done = on_life_done;
	batch->count = 3;
	for (size_t i = 0; i < batch->count; i++) {
		batch->items[i].statement = &store_life_statements[OWNER + i];
		batch->items[i].params[0] = pg_param_text(life->number);
		batch->items[i].params[1] = pg_param_text(life->unit);
		batch->items[i].rows = rows[i];
	}
	return pg_send(store_pg(store), batch);
}

static void on_owner(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_life *life = container_of(batch, struct store_life, batch);

	life->found = pg_rows(result) > 0;
	if (!life->found)
		return;
	life->plan = arena_strdup(life->arena, pg_text(result, 0, 0));
	life->owner = arena_strdup(life->arena, pg_text(result, 0, 1));
	life->section = arena_strdup(life->arena, pg_text(result, 0, 2));
	life->period = arena_strdup(life->arena, pg_text(result, 0, 3));
	life->due_at = pg_integer(result, 0, 4);
	life->extended_due_at = pg_integer(result, 0, 5);
	life->lock_at = pg_integer(result, 0, 6);
}

static void on_events(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_life *life = container_of(batch, struct store_life, batch);
	size_t count = pg_rows(result);
	struct life_event *events =
		arena_new_array(life->arena, count, struct life_event);

	life->events = NULL;
	if (events == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		if (!read_event(life->arena, result, i, &events[i]))
			return;
	life->events = events;
	life->count = count;
}

static bool read_event(struct arena *arena, const struct pg_result *result, size_t row,
                       struct life_event *ret)
{
	*ret = (struct life_event){
		.kind = arena_strdup(arena, pg_text(result, row, 0)),
		.number = arena_strdup(arena, pg_text(result, row, 1)),
		.by = arena_strdup(arena, pg_text(result, row, 2)),
		.text = arena_strdup(arena, pg_text(result, row, 3)),
		.indicator = arena_strdup(arena, pg_text(result, row, 4)),
		.at = pg_integer(result, row, 5),
		.wall_at = pg_integer(result, row, 6),
		.due_at = pg_integer(result, row, 7),
		.revision = (unsigned)pg_integer(result, row, 8),
		.step = (unsigned)pg_integer(result, row, 9),
		.report_kind = (unsigned)pg_integer(result, row, 10),
		.standing = (unsigned)pg_integer(result, row, 11),
		.request_kind = (unsigned)pg_integer(result, row, 12),
		.granted = pg_bool(result, row, 13),
		.subject = arena_strdup(arena, pg_text(result, row, 14)),
	};
	return ret->subject != NULL && ret->kind != NULL && ret->number != NULL &&
	       ret->by != NULL && ret->text != NULL && ret->indicator != NULL;
}

/* Rows of one return follow each other. */
static void on_fields(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_life *life = container_of(batch, struct store_life, batch);
	size_t from = 0, count = pg_rows(result);

	for (size_t row = 1; row <= count && life->events != NULL; row++) {
		if (row < count &&
		    strcmp(pg_text(result, row, 0), pg_text(result, from, 0)) == 0)
			continue;
		if (!give_fields(life, result, from, row))
			life->events = NULL;
		from = row;
	}
}

static bool give_fields(struct store_life *life, const struct pg_result *result,
                        size_t from, size_t to)
{
	const char **texts = arena_new_array(life->arena, 2 * (to - from), const char *);
	size_t count = to - from;

	if (texts == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		texts[i] = arena_strdup(life->arena, pg_text(result, from + i, 1));
		texts[count + i] =
			arena_strdup(life->arena, pg_text(result, from + i, 2));
		if (texts[i] == NULL || texts[count + i] == NULL)
			return false;
	}
	for (size_t i = 0; i < life->count; i++) {
		struct life_event *event = &life->events[i];

		if (strcmp(event->kind, "returned") != 0 ||
		    strcmp(event->number, pg_text(result, from, 0)) != 0)
			continue;
		event->fields = texts;
		event->reasons = texts + count;
		event->field_count = count;
	}
	return true;
}

static void on_life_done(struct pg_batch *batch, int status)
{
	struct store_life *life = container_of(batch, struct store_life, batch);

	if (status == 0 && life->found &&
	    (life->events == NULL || life->plan == NULL || life->owner == NULL ||
	     life->section == NULL || life->period == NULL))
		status = E_NOMEM;
	life->done(life, status);
}
