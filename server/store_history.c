/*
 * What judging a report needs from the past: a receipt that was given before, the figures
 * of earlier reports, and what stands of its period already.
 *
 * What can go wrong, and who must act: a stored figure that does not read as a quantity
 * is E_CORRUPT; nothing but a change by hand can put one there, and an operator must
 * look.
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store_internal.h"
#include "server/store_sql.h"

static void on_receipt(struct pg_batch *batch, const struct pg_result *result);
static void on_found(struct pg_batch *batch, int status);
static int last_day(const char *period, char *out);
static void on_figures(struct pg_batch *batch, const struct pg_result *result);
static int read_history(struct store_history *history, const struct pg_result *result);
static int begin_report(struct store_history *history, const char *period,
                        enum report_kind kind);
static int read_figure(struct arena *arena, const struct pg_result *result, size_t row,
                       struct figure *ret_figure);
static void on_terms(struct pg_batch *batch, const struct pg_result *result);
static void on_read(struct pg_batch *batch, int status);

/* clang-format off */
enum { FIND, HISTORY, TERMS };
const struct pg_statement store_history_statements[] = {
	[FIND] = {"report_find",
	"SELECT receipt, content_hash FROM submission WHERE unit = $1 AND report_id = $2", 2},

	[HISTORY] = {"report_history",
	"SELECT past.period, figure.indicator, figure.value, figure.value_unit, figure.hedge,"
	" figure.reason, past.kind, EXISTS (SELECT FROM figure_word(past.number,"
	"  figure.indicator, 'infinity') w WHERE w.standing = 4) AS withdrawn"
	" FROM (SELECT unit, report_id, period, period_end, kind, number FROM submission"
	"  WHERE plan = $1 AND unit = $2 AND section = $3 AND period_end < $4::date"
	"   AND superseded_at IS NULL"
	"  ORDER BY period_end DESC LIMIT $5::integer) AS past"
	" LEFT JOIN figure USING (period_end, unit, report_id)"
	" ORDER BY past.period_end DESC, withdrawn, figure.indicator COLLATE \"C\"", 5},

	[TERMS] = {"report_terms",
	"SELECT coalesce(" SQL_MS("o.extended_due_at") ", 0),"
	" coalesce(" SQL_MS("o.extended_lock_at") ", 0),"
	" coalesce(" SQL_MS("o.open_until") ", 0), coalesce(" SQL_MS("b.due_at") ", 0),"
	" coalesce(s.number, ''), coalesce(s.revision, 0)"
	" FROM obligation o LEFT JOIN submission s ON s.plan = o.plan AND s.unit = o.unit"
	"  AND s.section = o.section AND s.period = o.period AND s.superseded_at IS NULL"
	" LEFT JOIN report_return b ON b.number = s.number AND b.withdrawn_at IS NULL"
	" WHERE o.plan = $1 AND o.unit = $2 AND o.section = $3 AND o.period = $4", 4},

	{.name = NULL},
};
/* clang-format on */

int store_find(struct store *store, struct store_find *find)
{
	find->found = false;
	find->receipt = find->content_hash = bytes_of(NULL, 0);
	find->batch = (struct pg_batch){
		.items[0] = {.statement = &store_history_statements[FIND],
	                     .params = {pg_param_text(find->unit),
	                                pg_param_bytes(bytes_of(find->report_id,
	                                                        REPORT_ID_SIZE))},
	                     .rows = on_receipt},
		.count = 1,
		.done = on_found,
		.context = find,
	};
	return pg_send(store->options.pg, &find->batch);
}

static void on_receipt(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_find *find = batch->context;

	find->found = pg_rows(result) > 0;
	if (!find->found)
		return;
	find->receipt = pg_bytes(result, 0, 0, find->arena);
	find->content_hash = pg_bytes(result, 0, 1, find->arena);
}

static void on_found(struct pg_batch *batch, int status)
{
	struct store_find *find = batch->context;

	if (status == 0 && find->found &&
	    (find->receipt.data == NULL || find->content_hash.data == NULL))
		status = E_NOMEM;
	find->done(find, status);
}

int store_history(struct store *store, struct store_history *history)
{
	char before[DAY_TEXT_MAX];
	int r = last_day(history->before_period, before);

	if (r < 0)
		return r;
	history->history = arena_new(history->arena, struct history);
	if (history->history == NULL)
		return E_NOMEM;
	history->error = 0;
	history->batch = (struct pg_batch){
		.items[0] = {.statement = &store_history_statements[HISTORY],
	                     .params = {pg_param_text(history->plan),
	                                pg_param_text(history->unit),
	                                pg_param_text(history->section),
	                                pg_param_text(
						arena_strdup(history->arena, before)),
	                                pg_param_integer(history->arena, HISTORY_MAX)},
	                     .rows = on_figures},
		.items[1] = {.statement = &store_history_statements[TERMS],
	                     .params = {pg_param_text(history->plan),
	                                pg_param_text(history->unit),
	                                pg_param_text(history->section),
	                                pg_param_text(history->before_period)},
	                     .rows = on_terms},
		.count = 2,
		.done = on_read,
		.context = history,
	};
	if (history->batch.items[0].params[3].text == NULL)
		return E_NOMEM;
	if (history->projects)
		store_history_projects(history, history->batch.items[0].params[3].text);
	return pg_send(store->options.pg, &history->batch);
}

/* Periods compare by their last days, whatever language the database sorts by. */
static int last_day(const char *period, char *out)
{
	struct period parsed;
	int r = period_parse(period, &parsed);

	if (r == 0)
		day_print(period_last_day(&parsed), out);
	return r;
}

static void on_figures(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_history *history = batch->context;

	*history->history = (struct history){0};
	history->error = read_history(history, result);
}

/* Rows of one report follow each other, figures that were withdrawn last; a report
 * without figures has one empty row. */
static int read_history(struct store_history *history, const struct pg_result *result)
{
	struct figure *figures =
		arena_new_array(history->arena, pg_rows(result), struct figure);
	const char *period = "";
	int r = figures != NULL ? 0 : E_NOMEM;

	for (size_t row = 0; row < pg_rows(result) && r == 0; row++) {
		struct history *past = history->history;

		if (strcmp(period, pg_text(result, row, 0)) != 0) {
			period = pg_text(result, row, 0);
			r = begin_report(history, period,
			                 (enum report_kind)pg_integer(result, row, 6));
			if (r < 0)
				break;
			past->reports[past->count - 1].figures = &figures[row];
		}
		if (pg_is_null(result, row, 1))
			continue;
		r = read_figure(history->arena, result, row, &figures[row]);
		if (!pg_bool(result, row, 7))
			past->reports[past->count - 1].figure_count++;
		else if (past->reports[past->count - 1].withdrawn_count++ == 0)
			past->reports[past->count - 1].withdrawn = &figures[row];
	}
	return r;
}

static int begin_report(struct store_history *history, const char *period,
                        enum report_kind kind)
{
	struct history *past = history->history;

	if (past->count == HISTORY_MAX ||
	    period_parse(period, &past->reports[past->count].period) < 0)
		return E_CORRUPT;
	past->reports[past->count++].kind = kind;
	return 0;
}

static int read_figure(struct arena *arena, const struct pg_result *result, size_t row,
                       struct figure *ret_figure)
{
	const struct unit *unit = unit_find(pg_text(result, row, 3));
	const char *why;

	if (unit == NULL ||
	    quantity_parse(pg_text(result, row, 2), unit, &ret_figure->value, &why) < 0)
		return E_CORRUPT;
	ret_figure->value.hedge = (enum hedge)pg_integer(result, row, 4);
	ret_figure->indicator = arena_strdup(arena, pg_text(result, row, 1));
	ret_figure->reason = arena_strdup(arena, pg_text(result, row, 5));
	return ret_figure->indicator != NULL && ret_figure->reason != NULL ? 0 : E_NOMEM;
}

/* No row: the plan asks for no such report, and judging says so. */
static void on_terms(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_history *history = batch->context;
	struct period_terms *terms = &history->history->terms;

	if (pg_rows(result) == 0)
		return;
	*terms = (struct period_terms){
		.due = pg_integer(result, 0, 0),
		.lock = pg_integer(result, 0, 1),
		.open_until = pg_integer(result, 0, 2),
		.return_due = pg_integer(result, 0, 3),
		.current = arena_strdup(history->arena, pg_text(result, 0, 4)),
		.revision = (uint32_t)pg_integer(result, 0, 5),
	};
	if (terms->current == NULL)
		history->error = E_NOMEM;
}

static void on_read(struct pg_batch *batch, int status)
{
	struct store_history *history = batch->context;

	history->done(history, status == 0 ? history->error : status);
}
