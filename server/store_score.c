/*
 * The SQL of an assessment's facts: everything as it was known at one plan time.
 *
 * A report answers a return, or corrects by the unit's own will: a successor of a report
 * that was returned is an answer, also when the return was withdrawn since. All rows come
 * in one order, so that whoever reads them goes through them once.
 */
#include "server/store_score.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_sql.h"

static void on_asked(struct pg_batch *batch, const struct pg_result *result);
static void on_returns(struct pg_batch *batch, const struct pg_result *result);
static void on_changes(struct pg_batch *batch, const struct pg_result *result);
static void on_lights(struct pg_batch *batch, const struct pg_result *result);
static void on_spans(struct pg_batch *batch, const struct pg_result *result);
static void *rows_of(struct pg_batch *batch, const struct pg_result *result, size_t size);
static struct score_row read_key(struct store_score_facts *facts,
                                 const struct pg_result *result, size_t row);
static const char *text(struct store_score_facts *facts, const struct pg_result *result,
                        size_t row, int column);
static void on_done(struct pg_batch *batch, int status);

enum { ASKED, RETURNS, CHANGES, LIGHTS, SPANS, STATEMENTS };

/* Columns of ASKED, after the key. */
enum {
	DUE = 3,
	LOCK,
	EXTENDED_DUE,
	EXTENDED_LOCK,
	EARLIER_DUE,
	MOVED_BY,
	ASKED_BY,
	ASKED_AT,
	NUMBER,
	RECEIVED_AT,
	WAIVED_AT,
	EXPLAINED,
};

#define NOUGHT(expression) "coalesce(" expression ", 0)"
#define ORDER(row)                                                                 \
	"ORDER BY " row ".unit COLLATE \"C\", " row ".section COLLATE \"C\", " row \
	".period COLLATE \"C\""

/* clang-format off */
const struct pg_statement store_score_statements[] = {
	[ASKED] = {"score_asked",
		"SELECT o.unit, o.section, o.period, " SQL_MS("o.due_at") ", " SQL_MS("o.lock_at") ", "
		NOUGHT(SQL_MS("x.due_at")) ", " NOUGHT(SQL_MS("x.lock_at")) ", "
		NOUGHT(SQL_MS("o.promised_due_at")) ", " NOUGHT("o.moved_by") ", "
		NOUGHT("o.first_version") ", " NOUGHT(SQL_MS("v.applied_at")) ", "
		"coalesce(s.number, ''), " NOUGHT(SQL_MS("s.received_at")) ", "
		/* A report that came before its extension was granted is waived too; but an
		 * extension counts as the plan says. */
		"CASE WHEN s.late_waived_at <= $3::timestamptz AND (x.due_at IS NULL OR EXISTS ("
			"SELECT FROM request q WHERE q.kind = 2 AND q.granted "
			"AND q.subject = 'late:' || s.number AND q.answered_at <= $3::timestamptz)) "
			"THEN " SQL_MS("s.late_waived_at") " ELSE 0 END, "
		"CASE WHEN $4::integer = 0 OR s.number IS NULL THEN 0 ELSE ("
			"SELECT count(*) FROM figure f WHERE f.reason <> '' "
			"AND (f.period_end, f.unit, f.report_id) = ("
				"SELECT n.period_end, n.unit, n.report_id FROM submission n "
				"WHERE n.plan = o.plan AND n.unit = o.unit AND n.section = o.section "
				"AND n.period = o.period AND n.received_at <= $3::timestamptz "
				"ORDER BY n.revision DESC LIMIT 1)) END "
		"FROM obligation o "
		"LEFT JOIN plan_version v ON v.plan = o.plan AND v.version = o.first_version "
		"LEFT JOIN submission s ON s.plan = o.plan AND s.unit = o.unit "
			"AND s.section = o.section AND s.period = o.period AND s.revision = 1 "
			"AND s.received_at <= $3::timestamptz "
		/* An extension is known from when it was granted. */
		"LEFT JOIN LATERAL (SELECT o.extended_due_at AS due_at, "
			"o.extended_lock_at AS lock_at WHERE o.extended_due_at IS NOT NULL "
			"AND NOT EXISTS (SELECT FROM request r WHERE r.kind = 1 AND r.plan = o.plan "
				"AND r.unit = o.unit AND r.section = o.section AND r.period = o.period "
				"AND r.granted AND r.granted_until = o.extended_due_at "
				"AND r.answered_at > $3::timestamptz)) x ON true "
		"WHERE o.plan = $1 AND o.period = ANY($2::text[]) "
		"AND (o.due_at <= $3::timestamptz OR s.number IS NOT NULL) "
		ORDER("o") " LIMIT $5::integer", 5},
	[RETURNS] = {"score_returns",
		"SELECT b.unit, b.section, b.period, b.number, " SQL_MS("b.returned_at") ", "
		SQL_MS("b.due_at") ", CASE WHEN b.answered_at <= $3::timestamptz "
			"THEN b.answered_by ELSE '' END, "
		NOUGHT(SQL_MS("b.answered_at")) " FROM report_return b "
		"WHERE b.plan = $1 AND b.period = ANY($2::text[]) "
		"AND b.returned_at <= $3::timestamptz "
		"AND (b.withdrawn_at IS NULL OR b.withdrawn_at > $3::timestamptz) "
		ORDER("b") ", b.ordinal LIMIT $4::integer", 4},
	[CHANGES] = {"score_changes",
		"SELECT s.unit, s.section, s.period, s.number, " SQL_MS("s.received_at") ", "
		NOUGHT(SQL_MS("w.reviewed_at")) " FROM submission s "
		"LEFT JOIN review w ON w.number = s.supersedes AND w.step = 1 "
		"WHERE s.plan = $1 AND s.period = ANY($2::text[]) AND s.revision > 1 "
		"AND s.received_at <= $3::timestamptz "
		"AND NOT EXISTS (SELECT FROM report_return b WHERE b.number = s.supersedes) "
		ORDER("s") ", s.revision LIMIT $4::integer", 4},
	[LIGHTS] = {"score_lights",
		"SELECT * FROM (SELECT DISTINCT ON (l.unit, l.section, l.target) l.unit, l.section, "
			"l.period, l.target, l.number, l.record FROM light l "
			"WHERE l.plan = $1 AND l.period = ANY($2::text[]) "
			"AND l.decided_at <= $3::timestamptz "
			"ORDER BY l.unit, l.section, l.target, l.period COLLATE \"C\" DESC, "
			"l.id DESC) l "
		ORDER("l") ", l.target COLLATE \"C\" LIMIT $4::integer", 4},
	[SPANS] = {"score_spans",
		"SELECT " SQL_MS("s.from_at") ", " SQL_MS("least(s.until_at, $1::timestamptz)") " "
		"FROM serving s WHERE s.from_at <= $1::timestamptz AND s.until_at >= coalesce("
			"(SELECT max(b.until_at) FROM serving b WHERE b.from_at <= $2::timestamptz), "
			"'-infinity') "
		"ORDER BY s.from_at, s.id LIMIT $3::integer", 3},
	{.name = NULL},
};
/* clang-format on */

int store_score_facts(struct store *store, struct store_score_facts *facts)
{
	static void (*const rows[STATEMENTS])(struct pg_batch *,
	                                      const struct pg_result *) = {
		on_asked, on_returns, on_changes, on_lights, on_spans};
	struct pg_batch *batch = &facts->batch;
	struct pg_param limit = pg_param_integer(facts->arena, STORE_SCORE_ROWS_MAX + 1);
	struct pg_param known = pg_param_instant(facts->arena, facts->known_at);
	struct pg_param periods =
		pg_param_text_array(facts->arena, facts->periods, facts->period_count);

	memset(batch, 0, sizeof(*batch));
	facts->error = 0;
	batch->done = on_done;
	batch->count = STATEMENTS;
	for (size_t i = 0; i < STATEMENTS; i++) {
		struct pg_param *params = batch->items[i].params;

		batch->items[i].statement = &store_score_statements[i];
		batch->items[i].rows = rows[i];
		params[0] = pg_param_text(facts->plan);
		params[1] = periods;
		params[2] = known;
		params[3] = limit;
	}
	batch->items[ASKED].params[3] =
		pg_param_integer(facts->arena, facts->explained ? 1 : 0);
	batch->items[ASKED].params[4] = limit;
	batch->items[SPANS].params[0] = known;
	batch->items[SPANS].params[1] = pg_param_instant(facts->arena, facts->since);
	batch->items[SPANS].params[2] = limit;
	return pg_send(store_pg(store), batch);
}

static void on_asked(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);
	size_t rows = pg_rows(result);

	facts->error = 0; /* the first statement: the batch may run again */
	facts->asked = rows_of(batch, result, sizeof(*facts->asked));
	facts->asked_count = facts->asked != NULL ? rows : 0;
	for (size_t i = 0; i < facts->asked_count; i++)
		facts->asked[i] = (struct score_asked_row){
			.key = read_key(facts, result, i),
			.due = pg_integer(result, i, DUE),
			.lock = pg_integer(result, i, LOCK),
			.extended_due = pg_integer(result, i, EXTENDED_DUE),
			.extended_lock = pg_integer(result, i, EXTENDED_LOCK),
			.earlier_due = pg_integer(result, i, EARLIER_DUE),
			.moved_by = (uint32_t)pg_integer(result, i, MOVED_BY),
			.asked_by = (uint32_t)pg_integer(result, i, ASKED_BY),
			.asked_at = pg_integer(result, i, ASKED_AT),
			.number = text(facts, result, i, NUMBER),
			.received_at = pg_integer(result, i, RECEIVED_AT),
			.waived_at = pg_integer(result, i, WAIVED_AT),
			.explained = (unsigned)pg_integer(result, i, EXPLAINED),
		};
}

static void on_returns(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);
	size_t rows = pg_rows(result);

	facts->returns = rows_of(batch, result, sizeof(*facts->returns));
	facts->return_count = facts->returns != NULL ? rows : 0;
	for (size_t i = 0; i < facts->return_count; i++)
		facts->returns[i] = (struct score_return_row){
			.key = read_key(facts, result, i),
			.back = {.number = text(facts, result, i, 3),
		                 .returned_at = pg_integer(result, i, 4),
		                 .due = pg_integer(result, i, 5),
		                 .answered_by = text(facts, result, i, 6),
		                 .answered_at = pg_integer(result, i, 7)},
		};
}

static void on_changes(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);
	size_t rows = pg_rows(result);

	facts->changes = rows_of(batch, result, sizeof(*facts->changes));
	facts->change_count = facts->changes != NULL ? rows : 0;
	for (size_t i = 0; i < facts->change_count; i++)
		facts->changes[i] = (struct score_change_row){
			.key = read_key(facts, result, i),
			.change = {.number = text(facts, result, i, 3),
		                   .received_at = pg_integer(result, i, 4),
		                   .passed_at = pg_integer(result, i, 5)},
		};
}

static void on_lights(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);
	size_t rows = pg_rows(result);

	facts->lights = rows_of(batch, result, sizeof(*facts->lights));
	facts->light_count = facts->lights != NULL ? rows : 0;
	for (size_t i = 0; i < facts->light_count; i++) {
		facts->lights[i] = (struct score_light_row){
			.key = read_key(facts, result, i),
			.target = text(facts, result, i, 3),
			.number = text(facts, result, i, 4),
			.record = pg_bytes(result, i, 5, facts->arena),
		};
		if (facts->lights[i].record.data == NULL)
			facts->error = E_NOMEM;
	}
}

static void on_spans(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);
	size_t rows = pg_rows(result);

	facts->spans = rows_of(batch, result, sizeof(*facts->spans));
	facts->span_count = facts->spans != NULL ? rows : 0;
	for (size_t i = 0; i < facts->span_count; i++)
		facts->spans[i] = (struct score_span){pg_integer(result, i, 0),
		                                      pg_integer(result, i, 1)};
}

/* Room for every row; NULL, and noted, when there are too many or no memory is left. */
static void *rows_of(struct pg_batch *batch, const struct pg_result *result, size_t size)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);
	size_t rows = pg_rows(result);
	void *items;

	if (rows > STORE_SCORE_ROWS_MAX) {
		facts->error = E_LIMIT;
		return NULL;
	}
	items = arena_array(facts->arena, rows, size);
	if (items == NULL)
		facts->error = E_NOMEM;
	return items;
}

static struct score_row read_key(struct store_score_facts *facts,
                                 const struct pg_result *result, size_t row)
{
	return (struct score_row){
		.unit = text(facts, result, row, 0),
		.section = text(facts, result, row, 1),
		.period = text(facts, result, row, 2),
	};
}

static const char *text(struct store_score_facts *facts, const struct pg_result *result,
                        size_t row, int column)
{
	const char *copy = arena_strdup(facts->arena, pg_text(result, row, column));

	if (copy != NULL)
		return copy;
	facts->error = E_NOMEM;
	return "";
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_score_facts *facts =
		container_of(batch, struct store_score_facts, batch);

	facts->done(facts, status < 0 ? status : facts->error);
}
