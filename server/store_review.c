/*
 * The SQL of reviews.
 *
 * Every act looks at the report's state again inside its own statement: what was read a
 * moment ago may have changed, and then nothing is stored and the caller is told so. A
 * return, its fields, those who are told and the instants at which it will be asked for
 * are one statement, so that nobody is told of a return that is not there.
 */
#include "server/store_review.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_judge.h"
#include "server/store_sql.h"

static void on_facts_row(struct pg_batch *batch, const struct pg_result *result);
static bool read_figure(struct store_review_facts *facts, const struct pg_result *result);
static void on_facts_done(struct pg_batch *batch, int status);
static void on_passed(struct pg_batch *batch, const struct pg_result *result);
static void on_pass_done(struct pg_batch *batch, int status);
static void put_act(struct arena *arena, const struct review_act *act,
                    struct pg_param *params);
static int put_instants(struct store_return *back, struct pg_param *params);
static void on_returned(struct pg_batch *batch, const struct pg_result *result);
static void on_return_done(struct pg_batch *batch, int status);
static void on_checked(struct pg_batch *batch, const struct pg_result *result);
static void on_check_done(struct pg_batch *batch, int status);

enum { FACTS, PASS, LOCK, RETURN, CHECK_FIGURE };

#define IS_RETURNED                                                      \
	"EXISTS (SELECT FROM report_return b WHERE b.number = s.number " \
	"AND b.withdrawn_at IS NULL)"

/* clang-format off */
const struct pg_statement store_review_statements[] = {
	[FACTS] = {"review_facts",
		"SELECT s.plan, s.unit, s.section, s.period, s.superseded_at IS NOT NULL, "
		IS_RETURNED ", "
		"EXISTS (SELECT FROM review v WHERE v.number = s.number AND v.step = 1), "
		"EXISTS (SELECT FROM review v WHERE v.number = s.number AND v.step = 2), "
		"(SELECT count(*) FROM report_return r WHERE r.plan = s.plan AND r.unit = s.unit "
			"AND r.section = s.section AND r.period = s.period), "
		"f.value::text, f.value_unit FROM submission s "
		"LEFT JOIN figure f ON f.period_end = s.period_end AND f.unit = s.unit "
		"AND f.report_id = s.report_id AND f.indicator = $2 WHERE s.number = $1", 2},
	[PASS] = {"review_pass",
		"WITH passed AS ("
			"INSERT INTO review (number, step, reviewed_at, wall_reviewed_at, "
			"reviewed_by, remark) "
			"SELECT s.number, $2::smallint, $3::timestamptz, $4::timestamptz, $5, $6 "
			"FROM submission s WHERE s.number = $1 AND s.superseded_at IS NULL "
			"AND NOT " IS_RETURNED " AND ($2::smallint = 1 OR EXISTS ("
				"SELECT FROM review v WHERE v.number = s.number AND v.step = 1)) "
			"ON CONFLICT DO NOTHING RETURNING reviewed_at), "
		"waited_for AS (" /* the office's own time: kind 7, looked at just after it */
			"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, "
			"period, target, due_at, subject) "
			"SELECT $8::timestamptz + interval '1 millisecond', 7, 3, s.plan, "
			"$7::integer, s.unit, s.section, s.period, '', $8::timestamptz, s.number "
			"FROM passed, submission s WHERE s.number = $1 "
			"AND $8::timestamptz > $3::timestamptz) "
		"SELECT " SQL_MS("reviewed_at") " FROM passed UNION ALL "
		"SELECT " SQL_MS("reviewed_at") " FROM review "
		"WHERE number = $1 AND step = $2::smallint", 8},
	[LOCK] = {"review_lock",
		SQL_LOCK_ALERTS, 0},
	[RETURN] = {"review_return",
		"WITH returned AS ("
			"INSERT INTO report_return (number, step, returned_at, wall_returned_at, "
			"returned_by, remark, plan, unit, section, period, ordinal, due_at) "
			"SELECT s.number, $2::smallint, $3::timestamptz, $4::timestamptz, $5, $6, "
			"s.plan, s.unit, s.section, s.period, $7::integer, $8::timestamptz "
			"FROM submission s WHERE s.number = $1 AND s.superseded_at IS NULL "
			"ON CONFLICT DO NOTHING RETURNING *), "
		"fields AS ("
			"INSERT INTO return_field (number, place, field, reason) "
			"SELECT r.number, f.place, f.field, f.reason FROM returned r, "
			"unnest($9::text[], $10::text[]) WITH ORDINALITY "
			"AS f(field, reason, place)), "
		"instants AS ("
			"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, "
			"period, target, due_at, subject) "
			"SELECT i.at, 6, i.level, r.plan, $11::integer, r.unit, r.section, "
			"r.period, '', r.due_at, r.number FROM returned r, "
			"unnest($12::timestamptz[], $13::integer[]) AS i(at, level)), "
		"told AS ("
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject) "
			"SELECT 5, t.level, t.recipient, r.plan, $11::integer, r.unit, r.section, "
			"r.period, '', r.due_at, r.returned_at, r.wall_returned_at, t.title, t.body, "
			"$18::integer <> 0, r.number FROM returned r, "
			"unnest($14::integer[], $15::text[], $16::text[], $17::text[]) "
			"AS t(level, recipient, title, body) "
			"ON CONFLICT ON CONSTRAINT alert_once DO NOTHING "
			"RETURNING cursor, recipient, wall_decided_at), "
		"sent AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT a.cursor, c.channel, c.address, a.wall_decided_at FROM told a "
			"JOIN unnest($19::text[], $20::text[], $21::text[]) "
			"AS c(recipient, channel, address) USING (recipient) "
			"ON CONFLICT DO NOTHING) "
		"SELECT count(*), pg_notify('" STORE_ALERT_CHANNEL "', '') FROM returned", 21},
	[CHECK_FIGURE] = {"review_check",
		"WITH checked AS ("
			"INSERT INTO figure_check (number, standing, checked_at, wall_checked_at, "
			"checked_by, remark, indicator, as_checker, accepted, accepted_unit, "
			"accepted_on, document, ordinal) "
			"SELECT s.number, $2::smallint, $3::timestamptz, $4::timestamptz, $5, $6, "
			"$7, $8::integer <> 0, nullif($9, '')::exact, $10, "
			"nullif($11, '')::date, $12, 1 + (SELECT count(*) FROM figure_check c "
				"WHERE c.number = $1 AND c.indicator = $7) "
			"FROM submission s WHERE s.number = $1 AND s.superseded_at IS NULL "
			"RETURNING number), "
		"told AS ("
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject, round) "
			"SELECT 14, 0, 'district/' || s.unit, s.plan, $13::integer, s.unit, "
			"s.section, s.period, '', $3::timestamptz, $3::timestamptz, "
			"$4::timestamptz, $14, $15, $16::integer <> 0, s.number, "
			"1 + (SELECT count(*) FROM figure_check c "
				"WHERE c.number = s.number AND c.standing = 4) "
			"FROM checked JOIN submission s USING (number) WHERE $2::smallint = 4 "
			"AND $14 <> '' ON CONFLICT ON CONSTRAINT alert_once DO NOTHING "
			"RETURNING cursor, recipient, wall_decided_at), "
		"sent AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT a.cursor, c.channel, c.address, a.wall_decided_at FROM told a "
			"JOIN unnest($17::text[], $18::text[], $19::text[]) "
			"AS c(recipient, channel, address) USING (recipient) "
			"ON CONFLICT DO NOTHING), "
		/* Found to be true after all, and nothing else of it is untrue. */
		"relieved AS ("
			"UPDATE alert a SET cleared_at = $3::timestamptz FROM checked "
			"WHERE $2::smallint = 3 AND a.kind = 14 AND a.subject = checked.number "
			"AND a.cleared_at IS NULL AND NOT EXISTS ("
				"SELECT FROM figure_check c WHERE c.number = $1 AND c.indicator <> $7 "
				"AND c.standing = 4 AND NOT EXISTS (SELECT FROM figure_check l "
					"WHERE l.number = c.number AND l.indicator = c.indicator "
					"AND l.ordinal > c.ordinal))) "
		"SELECT count(*), pg_notify('" STORE_REPORT_CHANNEL "', ''), "
		"pg_notify('" STORE_ALERT_CHANNEL "', '') FROM checked", 19},
	{.name = NULL},
};
/* clang-format on */

int store_review_facts(struct store *store, struct store_review_facts *facts)
{
	struct pg_batch *batch = &facts->batch;

	memset(batch, 0, sizeof(*batch));
	facts->found = false;
	batch->done = on_facts_done;
	batch->count = 1;
	batch->items[0].statement = &store_review_statements[FACTS];
	batch->items[0].params[0] = pg_param_text(facts->number);
	batch->items[0].params[1] = pg_param_text(facts->indicator);
	batch->items[0].rows = on_facts_row;
	return pg_send(store_pg(store), batch);
}

static void on_facts_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_review_facts *facts =
		container_of(batch, struct store_review_facts, batch);

	facts->found = pg_rows(result) > 0;
	if (!facts->found)
		return;
	facts->plan = arena_strdup(facts->arena, pg_text(result, 0, 0));
	facts->unit = arena_strdup(facts->arena, pg_text(result, 0, 1));
	facts->section = arena_strdup(facts->arena, pg_text(result, 0, 2));
	facts->period = arena_strdup(facts->arena, pg_text(result, 0, 3));
	facts->superseded = pg_bool(result, 0, 4);
	facts->returned = pg_bool(result, 0, 5);
	facts->passed[REVIEW_CONTENT] = pg_bool(result, 0, 6);
	facts->passed[REVIEW_TOTALS] = pg_bool(result, 0, 7);
	facts->returns = (unsigned)pg_integer(result, 0, 8);
	facts->has_figure = read_figure(facts, result);
}

/* False: the report does not give it, or in a unit that this program no longer knows. */
static bool read_figure(struct store_review_facts *facts, const struct pg_result *result)
{
	const struct unit *unit =
		pg_is_null(result, 0, 9) ? NULL : unit_find(pg_text(result, 0, 10));
	const char *why;

	return unit != NULL &&
	       quantity_parse(pg_text(result, 0, 9), unit, &facts->figure, &why) == 0;
}

static void on_facts_done(struct pg_batch *batch, int status)
{
	struct store_review_facts *facts =
		container_of(batch, struct store_review_facts, batch);

	if (status == 0 && facts->found &&
	    (facts->plan == NULL || facts->unit == NULL || facts->section == NULL ||
	     facts->period == NULL))
		status = E_NOMEM;
	facts->done(facts, status);
}

int store_pass(struct store *store, struct store_pass *pass)
{
	struct pg_batch *batch = &pass->batch;

	memset(batch, 0, sizeof(*batch));
	pass->passed_at = 0;
	batch->done = on_pass_done;
	batch->count = 1;
	batch->items[0].statement = &store_review_statements[PASS];
	put_act(pass->arena, &pass->act, batch->items[0].params);
	batch->items[0].params[6] = pg_param_integer(pass->arena, pass->plan_version);
	batch->items[0].params[7] = pg_param_instant(pass->arena, pass->totals_at);
	batch->items[0].rows = on_passed;
	return pg_send(store_pg(store), batch);
}

/* $1 to $6 of every act. */
static void put_act(struct arena *arena, const struct review_act *act,
                    struct pg_param *params)
{
	params[0] = pg_param_text(act->number);
	params[1] = pg_param_integer(arena, act->step);
	params[2] = pg_param_instant(arena, act->now);
	params[3] = pg_param_instant(arena, act->wall_now);
	params[4] = pg_param_text(act->by);
	params[5] = pg_param_text(act->remark);
}

static void on_passed(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_pass *pass = container_of(batch, struct store_pass, batch);

	pass->passed_at = pg_rows(result) > 0 ? pg_integer(result, 0, 0) : 0;
}

static void on_pass_done(struct pg_batch *batch, int status)
{
	struct store_pass *pass = container_of(batch, struct store_pass, batch);

	if (status == 0 && pass->passed_at == 0)
		status = E_STATE;
	pass->done(pass, status);
}

int store_return(struct store *store, struct store_return *back)
{
	struct pg_batch *batch = &back->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	back->stored = false;
	batch->done = on_return_done;
	batch->count = 2;
	batch->items[0].statement = &store_review_statements[LOCK];
	batch->items[1].statement = &store_review_statements[RETURN];
	batch->items[1].rows = on_returned;
	put_act(back->arena, &back->act, params);
	params[6] = pg_param_integer(back->arena, back->ordinal);
	params[7] = pg_param_instant(back->arena, back->due);
	params[10] = pg_param_integer(back->arena, back->plan_version);
	params[17] = pg_param_integer(back->arena, back->sample);
	params[8] = pg_param_text_array(back->arena, back->fields, back->field_count);
	params[9] = pg_param_text_array(back->arena, back->reasons, back->field_count);
	r = put_instants(back, params + 11);
	if (r == 0)
		r = told_put(back->arena, back->told, back->told_count, params + 13);
	if (r == 0)
		r = told_put_contacts(back->arena, back->contacts, back->contact_count,
		                      params + 18);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

static int put_instants(struct store_return *back, struct pg_param *params)
{
	struct arena *arena = back->arena;
	int64_t *ats = arena_new_array(arena, back->instant_count, int64_t);
	int64_t *levels = arena_new_array(arena, back->instant_count, int64_t);

	if (ats == NULL || levels == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < back->instant_count; i++) {
		ats[i] = back->instants[i].at;
		levels[i] = back->instants[i].level;
	}
	params[0] = pg_param_instant_array(arena, ats, back->instant_count);
	params[1] = pg_param_integer_array(arena, levels, back->instant_count);
	return 0;
}

static void on_returned(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_return *back = container_of(batch, struct store_return, batch);

	back->stored = pg_integer(result, 0, 0) > 0;
}

static void on_return_done(struct pg_batch *batch, int status)
{
	struct store_return *back = container_of(batch, struct store_return, batch);

	if (status == 0 && !back->stored)
		status = E_STATE;
	back->done(back, status);
}

int store_check(struct store *store, struct store_check *check)
{
	struct pg_batch *batch = &check->batch;
	struct pg_param *params = batch->items[1].params;
	bool accepts = check->accepted.unit != NULL;
	char *amount = arena_alloc(check->arena, QUANTITY_TEXT_MAX);
	int r;

	if (amount == NULL)
		return E_NOMEM;
	memset(batch, 0, sizeof(*batch));
	amount[0] = '\0';
	if (accepts)
		quantity_print_number(&check->accepted, amount);
	check->stored = false;
	batch->done = on_check_done;
	batch->count = 2;
	batch->items[0].statement = &store_review_statements[LOCK];
	batch->items[1].statement = &store_review_statements[CHECK_FIGURE];
	batch->items[1].rows = on_checked;
	put_act(check->arena, &check->act, params);
	params[1] = pg_param_integer(check->arena, check->standing);
	params[6] = pg_param_text(check->indicator);
	params[7] = pg_param_integer(check->arena, check->as_checker);
	params[8] = pg_param_text(amount);
	params[9] = pg_param_text(accepts ? check->accepted.unit->name : "");
	params[10] = pg_param_text(check->accepted_on);
	params[11] = pg_param_text(check->document);
	params[12] = pg_param_integer(check->arena, check->plan_version);
	params[13] = pg_param_text(check->title != NULL ? check->title : "");
	params[14] = pg_param_text(check->text != NULL ? check->text : "");
	params[15] = pg_param_integer(check->arena, check->sample);
	r = told_put_contacts(check->arena, check->contacts, check->contact_count,
	                      params + 16);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

static void on_checked(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_check *check = container_of(batch, struct store_check, batch);

	check->stored = pg_integer(result, 0, 0) > 0;
}

static void on_check_done(struct pg_batch *batch, int status)
{
	struct store_check *check = container_of(batch, struct store_check, batch);

	if (status == 0 && !check->stored)
		status = E_STATE;
	check->done(check, status);
}
