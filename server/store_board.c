/*
 * The board's SQL. The newest report of a unit's section is found by the ledger's unique
 * key, and its figures by their primary key, which names the partition; what is missing,
 * by the time at which it was due: the cost grows with units and sections, not with the
 * years that the plan runs.
 */
#include "server/store_board.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_evidence.h"
#include "server/store_sql.h"

static void on_figure_rows(struct pg_batch *batch, const struct pg_result *result);
static int read_report(struct arena *arena, const struct pg_result *result, size_t *row,
                       struct board_report *ret);
static bool same_report(const struct pg_result *result, size_t a, size_t b);
static void on_missing_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_level_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_remembered_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_done(struct pg_batch *batch, int status);

enum { FIGURES, MISSING, LEVELS, REMEMBERED };
enum { PASSED = 5, EVIDENCE }; /* columns of FIGURES */

/* clang-format off */
const struct pg_statement store_board_statements[] = {
	[FIGURES] = {"board_figures",
		"WITH pairs AS MATERIALIZED (SELECT u.code AS unit, s.section FROM unit u "
			"CROSS JOIN section s WHERE s.plan = $1::text), "
		"newest AS MATERIALIZED (SELECT s.* FROM pairs p CROSS JOIN LATERAL ("
			"SELECT * FROM submission t WHERE t.plan = $1::text AND t.unit = p.unit "
			"AND t.section = p.section AND t.received_at <= $3::timestamptz "
			"AND (t.superseded_at IS NULL OR t.superseded_at > $3::timestamptz) "
			"ORDER BY t.period DESC LIMIT 1) s) "
		"SELECT n.unit, n.section, n.period, n.timeliness, n.number, "
		"EXISTS (SELECT FROM review r WHERE r.number = n.number "
			"AND r.reviewed_at <= $3::timestamptz), " SQL_EVIDENCE " "
		"FROM newest n "
		"LEFT JOIN figure f ON f.period_end = n.period_end AND f.unit = n.unit "
		"AND f.report_id = n.report_id AND f.indicator = ANY($2::text[]) "
		SQL_JOIN_EVIDENCE("n", "$3::timestamptz")
		"ORDER BY n.unit COLLATE \"C\", n.section COLLATE \"C\"", 3},
	/* What can still come, and the last period that was due; a report is locked within
	 * sixty working days. */
	[MISSING] = {"board_missing",
		"WITH due AS MATERIALIZED (SELECT o.*, CASE WHEN o.extended_due_at IS NULL "
			"THEN o.due_at ELSE greatest(o.due_at, (" /* as it was granted by then */
				"SELECT max(r.granted_until) FROM request r WHERE r.unit = o.unit "
				"AND r.plan = o.plan AND r.section = o.section AND r.period = o.period "
				"AND r.kind = 1 AND r.granted AND r.answered_at <= $2::timestamptz)) "
			"END AS due_now FROM obligation o WHERE o.plan = $1::text "
			"AND o.due_at <= $2::timestamptz AND o.due_at > ("
				"SELECT max(p.due_at) FROM obligation p WHERE p.plan = $1::text "
				"AND p.due_at <= $2::timestamptz) - interval '2880 hours') "
		"SELECT o.unit, o.section, o.period, " SQL_MS("o.due_now") ", "
		"coalesce((SELECT max(a.level) FROM alert a WHERE a.kind = 2 "
			"AND a.plan = o.plan AND a.unit = o.unit AND a.section = o.section "
			"AND a.period = o.period AND a.decided_at <= $2::timestamptz), 0) "
		"FROM due o WHERE o.due_now <= $2::timestamptz "
		"AND (greatest(o.lock_at, o.extended_lock_at) > $2::timestamptz "
			"OR o.period = (SELECT max(p.period) FROM due p)) "
		"AND NOT EXISTS (SELECT FROM submission s WHERE s.plan = o.plan "
			"AND s.unit = o.unit AND s.section = o.section AND s.period = o.period "
			"AND s.received_at <= $2::timestamptz) "
		"ORDER BY o.due_now LIMIT 30000", 2},
	[LEVELS] = {"board_levels",
		"SELECT unit, section, target, max(level) FROM alert "
		"WHERE kind = 4 AND plan = $1::text AND decided_at <= $2::timestamptz "
		"AND (cleared_at IS NULL OR cleared_at > $2::timestamptz) "
		"GROUP BY unit, section, target ORDER BY unit COLLATE \"C\", "
		"section COLLATE \"C\", target COLLATE \"C\"", 2},
	/* What caught up only by its newest report, and was red before: by the light that
	 * counts for the newest period, not by the one that was judged last. */
	[REMEMBERED] = {"board_remembered",
		"SELECT l.unit, l.section, l.target, l.number FROM light l "
		"WHERE l.plan = $1::text AND l.remembered "
		"AND l.decided_at <= $2::timestamptz AND NOT EXISTS ("
			"SELECT FROM light n WHERE n.plan = l.plan AND n.unit = l.unit "
			"AND n.section = l.section AND n.target = l.target "
			"AND n.decided_at <= $2::timestamptz "
			"AND (n.period COLLATE \"C\" > l.period COLLATE \"C\" "
			"OR (n.period = l.period AND n.id > l.id))) "
		"ORDER BY l.unit COLLATE \"C\", l.section COLLATE \"C\", "
		"l.target COLLATE \"C\"", 2},
	{.name = NULL},
};
/* clang-format on */

int store_board(struct store *store, struct store_board *board)
{
	struct pg_batch *batch = &board->batch;

	memset(batch, 0, sizeof(*batch));
	board->error = 0;
	board->facts.now = board->now;
	batch->done = on_done;
	batch->count = 4;
	batch->items[0].statement = &store_board_statements[FIGURES];
	batch->items[0].params[0] = pg_param_text(board->plan);
	batch->items[0].params[1] = pg_param_text_array(board->arena, board->indicators,
	                                                board->indicator_count);
	batch->items[0].params[2] = pg_param_instant(board->arena, board->now);
	batch->items[0].rows = on_figure_rows;
	batch->items[1].statement = &store_board_statements[MISSING];
	batch->items[1].params[0] = pg_param_text(board->plan);
	batch->items[1].params[1] = pg_param_instant(board->arena, board->now);
	batch->items[1].rows = on_missing_rows;
	batch->items[2].statement = &store_board_statements[LEVELS];
	batch->items[2].params[0] = pg_param_text(board->plan);
	batch->items[2].params[1] = pg_param_instant(board->arena, board->now);
	batch->items[2].rows = on_level_rows;
	batch->items[3].statement = &store_board_statements[REMEMBERED];
	batch->items[3].params[0] = pg_param_text(board->plan);
	batch->items[3].params[1] = pg_param_instant(board->arena, board->now);
	batch->items[3].rows = on_remembered_rows;
	return pg_send(store_pg(store), batch);
}

/* One row for each figure of a report, or one without. */
static void on_figure_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_board *board = container_of(batch, struct store_board, batch);
	size_t rows = pg_rows(result);
	struct board_report *reports =
		arena_new_array(board->arena, rows, struct board_report);

	board->facts.reports = reports;
	board->facts.report_count = 0;
	board->error = reports != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < rows && board->error == 0;)
		board->error = read_report(board->arena, result, &row,
		                           &reports[board->facts.report_count++]);
}

/* From *@row on, which moves behind the report's rows. */
static int read_report(struct arena *arena, const struct pg_result *result, size_t *row,
                       struct board_report *ret)
{
	size_t from = *row, rows = pg_rows(result);
	struct evidence_reader reader;
	int r;

	while (*row < rows && same_report(result, from, *row))
		(*row)++;
	*ret = (struct board_report){
		.unit = arena_strdup(arena, pg_text(result, from, 0)),
		.section = arena_strdup(arena, pg_text(result, from, 1)),
		.period = arena_strdup(arena, pg_text(result, from, 2)),
		.late = pg_integer(result, from, 3) == 2,
		.number = arena_strdup(arena, pg_text(result, from, 4)),
	};
	if (ret->unit == NULL || ret->section == NULL || ret->period == NULL ||
	    ret->number == NULL)
		return E_NOMEM;
	r = evidence_begin(&reader, arena, result, EVIDENCE, *row - from);
	for (size_t i = from; r == 0 && i < *row && !pg_is_null(result, i, EVIDENCE); i++)
		r = evidence_read(&reader, i);
	ret->evidence = evidence_end(&reader, pg_bool(result, from, PASSED));
	return r;
}

static bool same_report(const struct pg_result *result, size_t a, size_t b)
{
	return strcmp(pg_text(result, a, 0), pg_text(result, b, 0)) == 0 &&
	       strcmp(pg_text(result, a, 1), pg_text(result, b, 1)) == 0;
}

static void on_missing_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_board *board = container_of(batch, struct store_board, batch);
	size_t rows = pg_rows(result);
	struct board_missing *missing =
		arena_new_array(board->arena, rows, struct board_missing);

	board->facts.missing = missing;
	board->facts.missing_count = missing != NULL ? rows : 0;
	if (missing == NULL)
		board->error = E_NOMEM;
	for (size_t row = 0; row < board->facts.missing_count; row++) {
		missing[row] = (struct board_missing){
			.unit = arena_strdup(board->arena, pg_text(result, row, 0)),
			.section = arena_strdup(board->arena, pg_text(result, row, 1)),
			.period = arena_strdup(board->arena, pg_text(result, row, 2)),
			.due_at = pg_integer(result, row, 3),
			.level = (unsigned)pg_integer(result, row, 4),
		};
		if (missing[row].unit == NULL || missing[row].section == NULL ||
		    missing[row].period == NULL)
			board->error = E_NOMEM;
	}
}

static void on_level_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_board *board = container_of(batch, struct store_board, batch);
	size_t rows = pg_rows(result);
	struct board_level *levels =
		arena_new_array(board->arena, rows, struct board_level);

	board->facts.levels = levels;
	board->facts.level_count = levels != NULL ? rows : 0;
	if (levels == NULL)
		board->error = E_NOMEM;
	for (size_t row = 0; row < board->facts.level_count; row++) {
		levels[row] = (struct board_level){
			.unit = arena_strdup(board->arena, pg_text(result, row, 0)),
			.section = arena_strdup(board->arena, pg_text(result, row, 1)),
			.target = arena_strdup(board->arena, pg_text(result, row, 2)),
			.level = (unsigned)pg_integer(result, row, 3),
		};
		if (levels[row].unit == NULL || levels[row].section == NULL ||
		    levels[row].target == NULL)
			board->error = E_NOMEM;
	}
}

static void on_remembered_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_board *board = container_of(batch, struct store_board, batch);
	size_t rows = pg_rows(result);
	struct board_remembered *lights =
		arena_new_array(board->arena, rows, struct board_remembered);

	board->facts.remembered = lights;
	board->facts.remembered_count = lights != NULL ? rows : 0;
	if (lights == NULL)
		board->error = E_NOMEM;
	for (size_t row = 0; row < board->facts.remembered_count; row++) {
		lights[row] = (struct board_remembered){
			.unit = arena_strdup(board->arena, pg_text(result, row, 0)),
			.section = arena_strdup(board->arena, pg_text(result, row, 1)),
			.target = arena_strdup(board->arena, pg_text(result, row, 2)),
			.number = arena_strdup(board->arena, pg_text(result, row, 3)),
		};
		if (lights[row].unit == NULL || lights[row].section == NULL ||
		    lights[row].target == NULL || lights[row].number == NULL)
			board->error = E_NOMEM;
	}
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_board *board = container_of(batch, struct store_board, batch);

	board->done(board, status < 0 ? status : board->error);
}
