/*
 * Stepping, in one transaction:
 *
 *	lock the row -> refuse (not from here, into the past, unfinished) or move it
 *	             -> what the new instant asks of many becomes rows -> list them
 *
 * The row's lock puts steps from several callers in a row, so each moves from where the
 * one before arrived; and no step leaves an instant while something is undone at it. The
 * server was there all the while: its presence moves along.
 */
#include "server/store_clock.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/notice.h"
#include "server/store.h"
#include "server/store_sql.h"

static void on_stepped(struct pg_batch *batch, const struct pg_result *result);
static void on_asked(struct pg_batch *batch, const struct pg_result *result);
static const char *asked_line(struct arena *arena, const struct pg_result *result,
                              size_t row);
static void on_done(struct pg_batch *batch, int status);

enum { STEP, UNFOLD, ASKED };

/* clang-format off */
const struct pg_statement store_clock_statements[] = {
	[STEP] = {"clock_step",
		"WITH present AS MATERIALIZED (SELECT plan_at FROM plan_clock FOR UPDATE), "
		"wanted AS MATERIALIZED (SELECT p.plan_at, CASE "
			"WHEN $1::bigint <> 0 AND $1::bigint <> " SQL_MS("p.plan_at") " THEN 2 "
			"WHEN $2::bigint <> 0 AND $2::bigint < " SQL_MS("p.plan_at") " THEN 3 "
			"WHEN EXISTS (SELECT FROM timetable_ahead WHERE at <= p.plan_at) THEN 4 "
			"WHEN n.at IS NULL AND $2::bigint = 0 THEN 1 "
			"ELSE 0 END AS outcome, "
			"CASE WHEN $2::bigint = 0 THEN n.at ELSE least(n.at, $3::timestamptz) END "
			"AS next_at "
			"FROM present p LEFT JOIN LATERAL (SELECT min(t.at) AS at FROM "
			"timetable_ahead t WHERE t.at > p.plan_at) n ON true), "
		"moved AS (UPDATE plan_clock SET plan_at = w.next_at FROM wanted w "
			"WHERE w.outcome = 0 RETURNING plan_clock.plan_at), "
		"told AS (SELECT pg_notify('" STORE_CLOCK_CHANNEL "', '')::text FROM moved), "
		"served AS (UPDATE serving s SET until_at = greatest(s.until_at, m.plan_at) "
			"FROM moved m WHERE s.id = $4::bigint RETURNING s.id) "
		"SELECT w.outcome, " SQL_MS("coalesce(m.plan_at, w.plan_at)") ", "
		"NOT EXISTS (SELECT FROM timetable_ahead t "
		"WHERE t.at > coalesce(m.plan_at, w.plan_at)), (SELECT count(*) FROM told) "
		"FROM wanted w LEFT JOIN moved m ON true", 4},
	[UNFOLD] = {"clock_unfold",
		"SELECT unfold_periods(plan_at), unfold_timetable(plan_at, $1::integer) "
		"FROM plan_clock", 1},
	[ASKED] = {"clock_asked",
		"SELECT t.kind, t.unit, t.section, t.period, t.target, t.level "
		"FROM timetable t, plan_clock c WHERE NOT t.done AND t.at <= c.plan_at "
		"ORDER BY t.at, t.id LIMIT $1::integer", 1},
	{.name = NULL},
};
/* clang-format on */

int store_clock_step(struct store *store, struct store_clock_step *step)
{
	struct pg_batch *batch = &step->batch;

	memset(batch, 0, sizeof(*batch));
	step->error = 0;
	batch->done = on_done;
	batch->count = 3;
	batch->items[0].statement = &store_clock_statements[STEP];
	batch->items[0].params[0] = pg_param_integer(step->arena, step->from);
	batch->items[0].params[1] = pg_param_integer(step->arena, step->to);
	batch->items[0].params[2] = pg_param_instant(step->arena, step->to);
	batch->items[0].params[3] = pg_param_integer(step->arena, step->span);
	batch->items[0].rows = on_stepped;
	batch->items[1].statement = &store_clock_statements[UNFOLD];
	batch->items[1].params[0] = pg_param_integer(step->arena, STORE_CLOCK_ASKED_MAX);
	batch->items[2].statement = &store_clock_statements[ASKED];
	batch->items[2].params[0] = batch->items[1].params[0];
	batch->items[2].rows = on_asked;
	return pg_send(store_pg(store), batch);
}

static void on_stepped(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_clock_step *step =
		container_of(batch, struct store_clock_step, batch);

	if (pg_rows(result) != 1) { /* no clock: this database holds no rehearsal */
		step->error = E_STATE;
		return;
	}
	step->outcome = (enum clock_step)pg_integer(result, 0, 0);
	step->plan_at = pg_integer(result, 0, 1);
	step->at_end = pg_bool(result, 0, 2);
}

static void on_asked(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_clock_step *step =
		container_of(batch, struct store_clock_step, batch);

	step->asked_count = 0;
	step->asked = arena_new_array(step->arena, pg_rows(result), const char *);
	if (step->asked == NULL)
		step->error = E_NOMEM;
	for (size_t row = 0; step->error == 0 && row < pg_rows(result); row++) {
		step->asked[step->asked_count] = asked_line(step->arena, result, row);
		if (step->asked[step->asked_count++] == NULL)
			step->error = E_NOMEM;
	}
}

/* "report_overdue 430111 2 2022-09 level 0"; what does not apply is left out. */
static const char *asked_line(struct arena *arena, const struct pg_result *result,
                              size_t row)
{
	const char *period = pg_text(result, row, 3), *target = pg_text(result, row, 4);

	return arena_printf(arena, "%s %s %s%s%s%s%s level %d",
	                    alert_kind_name((enum alert_kind)pg_integer(result, row, 0)),
	                    pg_text(result, row, 1), pg_text(result, row, 2),
	                    period[0] != '\0' ? " " : "", period,
	                    target[0] != '\0' ? " " : "", target,
	                    (int)pg_integer(result, row, 5));
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_clock_step *step =
		container_of(batch, struct store_clock_step, batch);

	step->done(step, status < 0 ? status : step->error);
}
