/*
 * The judge's SQL.
 *
 * What is asked of many units at once becomes rows right before they are read; see
 * unfold_timetable() in migration 0005.
 *
 * Why an alert is decided once: the timetable's row is marked in the transaction that
 * inserts its alerts; one advisory lock puts all such transactions in a row, so that
 * the second one sees what the first one did; and a unique key stands behind both.
 * The lock also makes cursors visible in ascending order: nobody draws a number from
 * the sequence while another's is not committed.
 *
 * Why no report raises a false alarm: the statement that inserts looks for the report
 * itself. A report that commits after that statement's snapshot came after the alert,
 * and store_clear_reports() notes that.
 */
#include "server/store_judge.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_evidence.h"
#include "server/store_sql.h"
#include "server/store_told.h"

static void on_due_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_next_row(struct pg_batch *batch, const struct pg_result *result);
static void on_due_done(struct pg_batch *batch, int status);
static bool read_due_row(struct arena *arena, const struct pg_result *result, size_t row,
                         struct due_row *ret);
static int read_figures(struct arena *arena, const struct pg_result *result, size_t *row,
                        int first, struct newest_report *newest);
static int put_judged(struct store_decide *decide, struct pg_param *params);
static int put_wanted(struct store_decide *decide, struct pg_param *params);
static void on_decided(struct pg_batch *batch, const struct pg_result *result);
static void on_decide_done(struct pg_batch *batch, int status);
static void on_clear_reports_done(struct pg_batch *batch, int status);
static void on_open_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_open_done(struct pg_batch *batch, int status);
static void on_clear_done(struct pg_batch *batch, int status);

/* The unit's newest report of a section, for a row "t" of timetable or alert. */
#define NEWEST                                                                  \
	"(SELECT s.plan, s.unit, s.section, s.number, s.period, s.period_end, " \
	"s.report_id, s.received_at "                                           \
	"FROM submission s "                                                    \
	"WHERE s.plan = t.plan AND s.unit = t.unit AND s.section = t.section "  \
	"AND s.superseded_at IS NULL "                                          \
	"ORDER BY s.period DESC LIMIT 1)"

/* Was a figure of its unit and section looked at since? */
#define CHECKED_SINCE(instant)                                                   \
	"EXISTS (SELECT FROM figure_check k WHERE k.plan = t.plan AND k.unit = " \
	"t.unit AND k.section = t.section AND k.checked_at >= " instant ")"

/* Does the return that a row "t" of kind 6 is about still wait for an answer? */
#define RETURN_STANDS                                                     \
	"EXISTS (SELECT FROM report_return w WHERE w.number = t.subject " \
	" AND w.answered_at IS NULL AND w.withdrawn_at IS NULL)"

/* Does the report that a row "t" of kind 7 is about still wait for its review? Levels 1
 * and 2 ask for the content, 3 and 4 for the totals. */
#define REVIEW_STANDS                                                        \
	"EXISTS (SELECT FROM submission w WHERE w.number = t.subject "       \
	"AND w.superseded_at IS NULL AND NOT EXISTS ("                       \
	"SELECT FROM report_return b WHERE b.number = w.number "             \
	"AND b.withdrawn_at IS NULL) AND NOT EXISTS ("                       \
	"SELECT FROM review v WHERE v.number = w.number AND (v.step = 2 OR " \
	"t.level < 3)))"

/* Is this problem open, and due when the row "t" says? */
#define PROBLEM_STANDS                                                           \
	"EXISTS (SELECT FROM problem_event v WHERE v.number = t.subject "        \
	"AND v.state = 1 AND to_char(v.due_on, 'YYYY-MM-DD') = t.period "        \
	"AND NOT EXISTS (SELECT FROM problem_event w WHERE w.number = v.number " \
	"AND w.ordinal > v.ordinal))"

/* Does the request that a row "t" of kind 8 is about still wait for its answer? */
#define REQUEST_STANDS                                              \
	"EXISTS (SELECT FROM request w WHERE w.number = t.subject " \
	"AND w.answered_at IS NULL AND w.withdrawn_at IS NULL)"

#define STANDS                                                                 \
	"CASE t.kind WHEN 6 THEN " RETURN_STANDS " WHEN 7 THEN " REVIEW_STANDS \
	" WHEN 8 THEN " REQUEST_STANDS " WHEN 10 THEN " PROBLEM_STANDS         \
	" ELSE false END "

enum {
	UNFOLD,
	DUE,
	NEXT,
	LOCK,
	DECIDE,
	CLEAR_REPORTS,
	CLEAR_RETURNS,
	CLEAR_WITHDRAWN,
	CLEAR_PROBLEMS,
	CLEAR_REVIEWS,
	OPEN,
	CLEAR,
};

/* clang-format off */
const struct pg_statement store_judge_statements[] = {
	[UNFOLD] = {"judge_unfold",
		"SELECT unfold_periods($1::timestamptz), "
		"unfold_timetable($1::timestamptz, $2::integer)", 2},
	[DUE] = {"judge_due",
		"WITH due AS MATERIALIZED (SELECT * FROM timetable "
		"WHERE NOT done AND at <= $1::timestamptz ORDER BY at, id LIMIT $2::integer) "
		"SELECT t.id, " SQL_MS("t.at") ", " SQL_MS("t.due_at") ", "
		"coalesce(" SQL_MS("greatest(o.lock_at, o.extended_lock_at)") ", 0), t.kind, "
		"t.level, t.plan, t.plan_version, "
		"t.unit, t.section, t.period, t.target, o.plan IS NOT NULL, "
		"EXISTS (SELECT FROM submission s WHERE s.plan = t.plan AND s.unit = t.unit "
		"AND s.section = t.section AND s.period = t.period), "
		"coalesce(n.number, ''), coalesce(n.period, ''), "
		"t.subject, "
		STANDS ", coalesce(" SQL_MS("coalesce(b.returned_at, r.received_at, "
		"(SELECT CASE WHEN t.level < 3 THEN w.received_at ELSE v.reviewed_at END "
			"FROM submission w LEFT JOIN review v ON v.number = w.number AND v.step = 1 "
			"WHERE t.kind = 7 AND w.number = t.subject))") ", 0), "
		"coalesce(b.ordinal, 0), coalesce(r.kind, 0), coalesce(r.subject, ''), "
		"o.extended_due_at IS NOT NULL, "
		"coalesce(q.title, ''), coalesce((SELECT v.owner FROM problem_event v "
			"WHERE v.number = q.number ORDER BY v.ordinal DESC LIMIT 1), ''), "
		"coalesce(" SQL_MS("m.due_from") ", 0), coalesce(m.by_calendar, false), "
		SQL_EVIDENCE " "
		"FROM due t LEFT JOIN report_return b ON t.kind = 6 AND b.number = t.subject "
		"LEFT JOIN request r ON t.kind = 8 AND r.number = t.subject "
		"LEFT JOIN problem q ON t.kind = 10 AND q.number = t.subject "
		"LEFT JOIN obligation o ON o.plan = t.plan AND o.unit = t.unit "
		"AND o.section = t.section AND o.period = t.period "
		"LEFT JOIN LATERAL (SELECT w.due_from, w.calendar_from <> w.calendar_to "
			"AS by_calendar FROM plan_moved w WHERE w.plan = t.plan "
			"AND w.period = t.period AND w.due_to = t.due_at AND w.due_from <> w.due_to "
			"ORDER BY w.version DESC LIMIT 1) m ON t.kind < 3 "
		"LEFT JOIN LATERAL " NEWEST " n ON t.kind IN (3, 4) "
		"LEFT JOIN figure f ON f.period_end = n.period_end AND f.unit = t.unit "
		"AND f.report_id = n.report_id " SQL_JOIN_EVIDENCE("n", "'infinity'")
		"ORDER BY t.at, t.id, f.indicator", 2},
	[NEXT] = {"judge_next",
		"SELECT coalesce(" SQL_MS("min(at)") ", 0) FROM timetable_ahead "
		"WHERE at > $1::timestamptz", 1},
	[LOCK] = {"judge_lock",
		SQL_LOCK_ALERTS, 0},
	/* Kinds 1 and 2 are about a report, 3 and 4 about figures; 7 and 8 climb: one row
	 * for all levels. */
	[DECIDE] = {"judge_decide",
		"WITH judged AS ("
			"SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], "
			"$15::timestamptz[]) AS j(id, seen, postponed, again_at)), "
		"holds AS MATERIALIZED ("
			"SELECT t.*, j.postponed, j.again_at, "
			"greatest(o.lock_at, o.extended_lock_at) AS lock_at, "
			"o.plan IS NOT NULL AS asked, EXISTS ("
				"SELECT FROM submission s WHERE s.plan = t.plan AND s.unit = t.unit "
				"AND s.section = t.section AND s.period = t.period) AS reported "
			"FROM timetable t JOIN judged j USING (id) "
			"LEFT JOIN obligation o ON o.plan = t.plan AND o.unit = t.unit "
			"AND o.section = t.section AND o.period = t.period "
			"WHERE NOT t.done AND t.at <= $10::timestamptz AND (t.kind NOT IN (3, 4) "
			"OR j.seen = coalesce((SELECT n.number FROM " NEWEST " n), ''))), "
		"wanted AS ("
			"SELECT * FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], "
			"$8::text[], $9::bigint[]) WITH ORDINALITY "
			"AS w(id, recipient, target, title, body, sample, place)), "
		"inserted AS ("
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject, round) "
			"SELECT t.kind, t.level, w.recipient, t.plan, t.plan_version, t.unit, "
			"t.section, t.period, w.target, t.due_at, $10::timestamptz, "
			"$11::timestamptz, w.title, w.body, w.sample <> 0, t.subject, t.round "
			"FROM holds t JOIN wanted w USING (id) "
			"WHERE t.kind IN (3, 4) OR (t.kind < 3 AND t.asked AND NOT t.reported) "
			"OR " STANDS
			"ORDER BY t.at, t.id, w.place "
			"ON CONFLICT ON CONSTRAINT alert_once DO NOTHING "
			"RETURNING cursor, recipient), "
		"told AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT i.cursor, c.channel, c.address, $11::timestamptz FROM inserted i "
			"JOIN unnest($12::text[], $13::text[], $14::text[]) "
			"AS c(recipient, channel, address) USING (recipient) "
			"ON CONFLICT DO NOTHING), "
		"replaced AS ("
			"UPDATE alert a SET cleared_at = $10::timestamptz FROM holds t "
			"WHERE t.kind = 3 AND t.postponed = 0 AND t.reported AND a.kind = 3 "
			"AND a.cleared_at IS NULL AND a.plan = t.plan AND a.unit = t.unit "
			"AND a.section = t.section AND a.period < t.period "
			"AND (t.target = '' OR a.target = t.target)), "
		"unlit AS (" /* locked without a report: that is a light too */
			"INSERT INTO light_due (plan, unit, section, period) "
			"SELECT plan, unit, section, period FROM holds WHERE kind = 3 "
			"AND postponed = 0 AND asked AND NOT reported AND period <> '' "
			"ON CONFLICT DO NOTHING), "
		"settled AS ("
			"UPDATE timetable u SET done = t.postponed = 0 AND t.again_at = 'epoch', "
			"level = u.level + (t.again_at <> 'epoch')::integer, "
			"at = CASE WHEN t.again_at <> 'epoch' THEN t.again_at "
				"WHEN t.postponed = 0 THEN u.at ELSE t.lock_at END "
			"FROM holds t WHERE u.id = t.id RETURNING u.id) "
		"SELECT count(*), (SELECT count(*) FROM settled), "
		"CASE WHEN count(*) > 0 THEN pg_notify('" STORE_ALERT_CHANNEL "', '')::text END "
		"FROM inserted", 15},
	[CLEAR_REPORTS] = {"judge_clear_reports",
		"UPDATE alert a SET cleared_at = s.received_at FROM submission s "
		"WHERE a.cleared_at IS NULL AND a.kind < 3 AND s.plan = a.plan "
		"AND s.unit = a.unit AND s.section = a.section AND s.period = a.period "
		"AND s.revision = 1", 0},
	[CLEAR_RETURNS] = {"judge_clear_returns",
		"UPDATE alert a SET cleared_at = coalesce(b.answered_at, b.withdrawn_at) "
		"FROM report_return b WHERE a.cleared_at IS NULL AND a.kind IN (5, 6) "
		"AND b.number = a.subject "
		"AND (b.answered_at IS NOT NULL OR b.withdrawn_at IS NOT NULL)", 0},
	/* A figure that did not stand: whatever the unit reports next takes its place. */
	[CLEAR_WITHDRAWN] = {"judge_clear_withdrawn",
		"UPDATE alert a SET cleared_at = s.received_at FROM submission o, submission s "
		"WHERE a.cleared_at IS NULL AND a.kind = 14 AND o.number = a.subject "
		"AND s.plan = a.plan AND s.unit = a.unit AND s.section = a.section "
		"AND (s.period_end > o.period_end OR s.supersedes = o.number) "
		"AND s.superseded_at IS NULL AND s.received_at >= a.decided_at", 0},
	[CLEAR_PROBLEMS] = {"judge_clear_problems",
		"UPDATE alert t SET cleared_at = e.at FROM problem_event e "
		"WHERE t.cleared_at IS NULL AND t.kind IN (10, 12, 13) AND e.number = t.subject "
		"AND NOT EXISTS (SELECT FROM problem_event l WHERE l.number = e.number "
			"AND l.ordinal > e.ordinal) AND CASE t.kind WHEN 12 THEN e.state <> 2 "
			"WHEN 13 THEN e.state <> 1 ELSE NOT " PROBLEM_STANDS " END", 0},
	[CLEAR_REVIEWS] = {"judge_clear_reviews",
		"UPDATE alert a SET cleared_at = w.at FROM ("
			"SELECT t.cursor, least(s.superseded_at, b.returned_at, ("
				"SELECT min(v.reviewed_at) FROM review v WHERE v.number = s.number "
				"AND (v.step = 2 OR t.level < 3))) AS at "
			"FROM alert t JOIN submission s ON s.number = t.subject "
			"LEFT JOIN report_return b ON b.number = s.number "
			"AND b.withdrawn_at IS NULL "
			"WHERE t.kind = 7 AND t.cleared_at IS NULL) w "
		"WHERE a.cursor = w.cursor AND w.at IS NOT NULL", 0},
	[OPEN] = {"judge_open",
		"WITH open AS MATERIALIZED (SELECT t.cursor, t.kind, t.plan, t.unit, t.section, "
		"t.target, n.number, n.period, n.period_end, n.report_id "
		"FROM alert t CROSS JOIN LATERAL " NEWEST " n "
		"WHERE t.cleared_at IS NULL AND t.kind IN (3, 4) AND t.cursor > $1::bigint "
		"AND (n.received_at >= $2::timestamptz OR " CHECKED_SINCE("$2::timestamptz") ") "
		"ORDER BY t.cursor LIMIT $3::integer) "
		"SELECT o.cursor, o.kind, o.plan, o.unit, o.section, o.target, o.number, "
		"o.period, " SQL_EVIDENCE " FROM open o "
		"LEFT JOIN figure f ON f.period_end = o.period_end AND f.unit = o.unit "
		"AND f.report_id = o.report_id " SQL_JOIN_EVIDENCE("o", "'infinity'")
		"ORDER BY o.cursor, f.indicator", 3},
	[CLEAR] = {"judge_clear",
		/* By the report, or by what was found about its figures later. */
		"UPDATE alert a SET cleared_at = greatest(s.received_at, ("
			"SELECT max(k.checked_at) FROM figure_check k WHERE k.plan = s.plan "
			"AND k.unit = s.unit AND k.section = s.section "
			"AND k.period_end <= s.period_end)) "
		"FROM unnest($1::bigint[], $2::text[]) AS c(cursor, number) "
		"JOIN submission s USING (number) "
		"WHERE a.cursor = c.cursor AND a.cleared_at IS NULL", 2},
	{.name = NULL},
};
/* clang-format on */

int store_due(struct store *store, struct store_due *due)
{
	struct pg_batch *batch = &due->batch;

	memset(batch, 0, sizeof(*batch));
	due->error = 0;
	batch->done = on_due_done;
	batch->count = 3;
	batch->items[0].statement = &store_judge_statements[UNFOLD];
	batch->items[0].params[0] = pg_param_instant(due->arena, due->now);
	batch->items[0].params[1] = pg_param_integer(due->arena, (int64_t)due->limit);
	batch->items[1].statement = &store_judge_statements[DUE];
	batch->items[1].params[0] = batch->items[0].params[0];
	batch->items[1].params[1] = batch->items[0].params[1];
	batch->items[1].rows = on_due_rows;
	batch->items[2].statement = &store_judge_statements[NEXT];
	batch->items[2].params[0] = batch->items[0].params[0];
	batch->items[2].rows = on_next_row;
	return pg_send(store_pg(store), batch);
}

/* One row for each figure of the report that a row is judged by, or one without. */
static void on_due_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_due *due = container_of(batch, struct store_due, batch);
	size_t rows = pg_rows(result);

	due->count = 0;
	due->rows = arena_new_array(due->arena, rows, struct due_row);
	due->error = due->rows != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < rows && due->error == 0;) {
		struct due_row *next = &due->rows[due->count++];

		if (!read_due_row(due->arena, result, row, next))
			due->error = E_NOMEM;
		else
			due->error =
				read_figures(due->arena, result, &row, 27, &next->newest);
	}
}

static bool read_due_row(struct arena *arena, const struct pg_result *result, size_t row,
                         struct due_row *ret)
{
	*ret = (struct due_row){
		.id = pg_integer(result, row, 0),
		.at = pg_integer(result, row, 1),
		.due_at = pg_integer(result, row, 2),
		.lock_at = pg_integer(result, row, 3),
		.kind = (enum alert_kind)pg_integer(result, row, 4),
		.level = (unsigned)pg_integer(result, row, 5),
		.plan = arena_strdup(arena, pg_text(result, row, 6)),
		.plan_version = (uint32_t)pg_integer(result, row, 7),
		.unit = arena_strdup(arena, pg_text(result, row, 8)),
		.section = arena_strdup(arena, pg_text(result, row, 9)),
		.period = arena_strdup(arena, pg_text(result, row, 10)),
		.target = arena_strdup(arena, pg_text(result, row, 11)),
		.asked = pg_bool(result, row, 12),
		.reported = pg_bool(result, row, 13),
		.newest.number = arena_strdup(arena, pg_text(result, row, 14)),
		.newest.period = arena_strdup(arena, pg_text(result, row, 15)),
		.subject = arena_strdup(arena, pg_text(result, row, 16)),
		.stands = pg_bool(result, row, 17),
		.since_at = pg_integer(result, row, 18),
		.ordinal = (unsigned)pg_integer(result, row, 19),
		.request_kind = (enum request_kind)pg_integer(result, row, 20),
		.contested = arena_strdup(arena, pg_text(result, row, 21)),
		.extended = pg_bool(result, row, 22),
		.title = arena_strdup(arena, pg_text(result, row, 23)),
		.owner = arena_strdup(arena, pg_text(result, row, 24)),
		.moved_from = pg_integer(result, row, 25),
		.moved_by_calendar = pg_bool(result, row, 26),
	};
	return ret->contested != NULL && ret->subject != NULL && ret->title != NULL &&
	       ret->owner != NULL && ret->plan != NULL && ret->unit != NULL &&
	       ret->section != NULL && ret->period != NULL && ret->target != NULL &&
	       ret->newest.number != NULL && ret->newest.period != NULL;
}

/*
 * The figures in the rows from *@row on whose column 0 is the same; the evidence's
 * columns from @first on. *@row moves behind them.
 */
static int read_figures(struct arena *arena, const struct pg_result *result, size_t *row,
                        int first, struct newest_report *newest)
{
	int64_t id = pg_integer(result, *row, 0);
	size_t from = *row, rows = pg_rows(result);
	struct evidence_reader reader;
	int r;

	while (*row < rows && pg_integer(result, *row, 0) == id)
		(*row)++;
	if (pg_is_null(result, from, first))
		return 0;
	r = evidence_begin(&reader, arena, result, first, *row - from);
	for (size_t i = from; r == 0 && i < *row; i++)
		r = evidence_read(&reader, i);
	if (r == 0)
		newest->evidence = evidence_end(&reader, false);
	return r;
}

static void on_next_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_due *due = container_of(batch, struct store_due, batch);

	due->next_at = pg_integer(result, 0, 0);
}

static void on_due_done(struct pg_batch *batch, int status)
{
	struct store_due *due = container_of(batch, struct store_due, batch);

	due->done(due, status < 0 ? status : due->error);
}

int store_decide(struct store *store, struct store_decide *decide)
{
	struct pg_batch *batch = &decide->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_decide_done;
	batch->count = 2;
	batch->items[0].statement = &store_judge_statements[LOCK];
	batch->items[1].statement = &store_judge_statements[DECIDE];
	batch->items[1].rows = on_decided;
	r = put_judged(decide, params);
	if (r == 0)
		r = put_wanted(decide, params + 3);
	params[9] = pg_param_instant(decide->arena, decide->now);
	params[10] = pg_param_instant(decide->arena, decide->wall_now);
	if (r == 0)
		r = told_put_contacts(decide->arena, decide->contacts,
		                      decide->contact_count, params + 11);
	if (r < 0)
		return r;
	return pg_send(store_pg(store), batch);
}

static int put_judged(struct store_decide *decide, struct pg_param *params)
{
	struct arena *arena = decide->arena;
	size_t count = decide->judged_count;
	int64_t *ids = arena_new_array(arena, count, int64_t);
	const char **seen = arena_new_array(arena, count, const char *);
	int64_t *postponed = arena_new_array(arena, count, int64_t);
	int64_t *again_at = arena_new_array(arena, count, int64_t);

	if (ids == NULL || seen == NULL || postponed == NULL || again_at == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		ids[i] = decide->judged[i].row->id;
		seen[i] = decide->judged[i].row->newest.number;
		postponed[i] = decide->judged[i].outcome == OUTCOME_POSTPONED;
		again_at[i] = decide->judged[i].again_at;
	}
	params[0] = pg_param_integer_array(arena, ids, count);
	params[1] = pg_param_text_array(arena, seen, count);
	params[2] = pg_param_integer_array(arena, postponed, count);
	params[14] = pg_param_instant_array(arena, again_at, count);
	return 0;
}

static int put_wanted(struct store_decide *decide, struct pg_param *params)
{
	struct arena *arena = decide->arena;
	size_t count = decide->wanted_count;
	int64_t *ids = arena_new_array(arena, count, int64_t);
	int64_t *samples = arena_new_array(arena, count, int64_t);
	const char **texts = arena_new_array(arena, 4 * count, const char *);

	if (ids == NULL || samples == NULL || texts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct wanted_alert *alert = decide->wanted[i];

		ids[i] = alert->id;
		samples[i] = alert->sample;
		texts[i] = alert->recipient;
		texts[count + i] = alert->target;
		texts[2 * count + i] = alert->title;
		texts[3 * count + i] = alert->text;
	}
	params[0] = pg_param_integer_array(arena, ids, count);
	for (size_t column = 0; column < 4; column++)
		params[1 + column] =
			pg_param_text_array(arena, texts + column * count, count);
	params[5] = pg_param_integer_array(arena, samples, count);
	return 0;
}

static void on_decided(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_decide *decide = container_of(batch, struct store_decide, batch);

	decide->inserted = (size_t)pg_integer(result, 0, 0);
	decide->settled = (size_t)pg_integer(result, 0, 1);
}

static void on_decide_done(struct pg_batch *batch, int status)
{
	struct store_decide *decide = container_of(batch, struct store_decide, batch);

	decide->done(decide, status);
}

int store_clear_reports(struct store *store, struct store_clear_reports *clear)
{
	struct pg_batch *batch = &clear->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_clear_reports_done;
	batch->count = 6;
	batch->items[0].statement = &store_judge_statements[LOCK];
	batch->items[1].statement = &store_judge_statements[CLEAR_REPORTS];
	batch->items[2].statement = &store_judge_statements[CLEAR_RETURNS];
	batch->items[3].statement = &store_judge_statements[CLEAR_PROBLEMS];
	batch->items[4].statement = &store_judge_statements[CLEAR_REVIEWS];
	batch->items[5].statement = &store_judge_statements[CLEAR_WITHDRAWN];
	return pg_send(store_pg(store), batch);
}

static void on_clear_reports_done(struct pg_batch *batch, int status)
{
	struct store_clear_reports *clear =
		container_of(batch, struct store_clear_reports, batch);

	clear->done(clear, status);
}

int store_open_alerts(struct store *store, struct store_open_alerts *open)
{
	struct pg_batch *batch = &open->batch;

	memset(batch, 0, sizeof(*batch));
	open->error = 0;
	batch->done = on_open_done;
	batch->count = 1;
	batch->items[0].statement = &store_judge_statements[OPEN];
	batch->items[0].params[0] = pg_param_integer(open->arena, open->after);
	batch->items[0].params[1] = pg_param_instant(open->arena, open->since);
	batch->items[0].params[2] = pg_param_integer(open->arena, (int64_t)open->limit);
	batch->items[0].rows = on_open_rows;
	return pg_send(store_pg(store), batch);
}

static void on_open_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_open_alerts *open =
		container_of(batch, struct store_open_alerts, batch);
	struct arena *arena = open->arena;
	size_t rows = pg_rows(result);

	open->count = 0;
	open->alerts = arena_new_array(arena, rows, struct open_alert);
	open->error = open->alerts != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < rows && open->error == 0;) {
		struct open_alert *next = &open->alerts[open->count++];

		*next = (struct open_alert){
			.cursor = pg_integer(result, row, 0),
			.kind = (enum alert_kind)pg_integer(result, row, 1),
			.plan = arena_strdup(arena, pg_text(result, row, 2)),
			.unit = arena_strdup(arena, pg_text(result, row, 3)),
			.section = arena_strdup(arena, pg_text(result, row, 4)),
			.target = arena_strdup(arena, pg_text(result, row, 5)),
			.newest.number = arena_strdup(arena, pg_text(result, row, 6)),
			.newest.period = arena_strdup(arena, pg_text(result, row, 7)),
		};
		if (next->plan == NULL || next->unit == NULL || next->section == NULL ||
		    next->target == NULL || next->newest.number == NULL ||
		    next->newest.period == NULL)
			open->error = E_NOMEM;
		else
			open->error = read_figures(arena, result, &row, 8, &next->newest);
	}
}

static void on_open_done(struct pg_batch *batch, int status)
{
	struct store_open_alerts *open =
		container_of(batch, struct store_open_alerts, batch);

	open->done(open, status < 0 ? status : open->error);
}

int store_clear(struct store *store, struct store_clear *clear)
{
	struct pg_batch *batch = &clear->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_clear_done;
	batch->count = 2;
	batch->items[0].statement = &store_judge_statements[LOCK];
	batch->items[1].statement = &store_judge_statements[CLEAR];
	batch->items[1].params[0] =
		pg_param_integer_array(clear->arena, clear->cursors, clear->count);
	batch->items[1].params[1] =
		pg_param_text_array(clear->arena, clear->numbers, clear->count);
	return pg_send(store_pg(store), batch);
}

static void on_clear_done(struct pg_batch *batch, int status)
{
	struct store_clear *clear = container_of(batch, struct store_clear, batch);

	clear->done(clear, status);
}
