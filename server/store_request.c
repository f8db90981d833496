/*
 * The SQL of requests.
 *
 * Storing a request, telling who must answer it and noting when that is due are one
 * statement; so are an answer and everything that follows from it: an extension moves
 * due time, lock and what is still to come of the timetable; a consent opens the period;
 * an upheld contest takes back what it was about. What fired already stays.
 *
 * Two who act at once: a unique key lets one in, and the other looks again.
 */
#include "server/store_request.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_judge.h"
#include "server/store_sql.h"

static void on_facts_row(struct pg_batch *batch, const struct pg_result *result);
static void read_terms(struct request_facts *facts, const struct pg_result *result,
                       int first);
static void on_facts_done(struct pg_batch *batch, int status);
static void put_request(const struct store_request_put *put, struct pg_param *params);
static void on_put_row(struct pg_batch *batch, const struct pg_result *result);
static void on_put_done(struct pg_batch *batch, int status);
static void on_get_row(struct pg_batch *batch, const struct pg_result *result);
static void on_get_done(struct pg_batch *batch, int status);
static int put_moved(struct store_request_answer *answer, struct pg_param *params);
static void on_answer_row(struct pg_batch *batch, const struct pg_result *result);
static void on_answer_done(struct pg_batch *batch, int status);
static void on_withdraw_row(struct pg_batch *batch, const struct pg_result *result);
static void on_withdraw_done(struct pg_batch *batch, int status);

enum { FACTS, LOCK, PUT, GET, ANSWER, WITHDRAW };

#define IS_OPEN(r) r ".answered_at IS NULL AND " r ".withdrawn_at IS NULL"

/* clang-format off */
/* One of three, by what the request "k" contests. */
#define CONTESTED(score, back, late) \
	"CASE WHEN k.subject LIKE 'score:%' THEN " score \
	" WHEN k.subject LIKE 'return:%' THEN " back " ELSE " late " END"
#define KNOWN_AT CONTESTED("c.published_at", "b.returned_at", "s.received_at")
/* What stands of the report that a request "k" is about, and of what it contests: ten
 * columns, read by read_terms(). */
#define TERMS \
	"o.plan IS NOT NULL, " \
	"coalesce(" SQL_MS("greatest(o.due_at, o.extended_due_at)") ", 0), " \
	"coalesce(" SQL_MS("greatest(o.lock_at, o.extended_lock_at)") ", 0), " \
	"coalesce(" SQL_MS("o.due_at") ", 0), " \
	"coalesce(" SQL_MS("o.open_until") ", 0), " \
	"EXISTS (SELECT FROM submission e WHERE e.plan = k.plan AND e.unit = k.unit " \
	"AND e.section = k.section AND e.period = k.period), " \
	KNOWN_AT " IS NOT NULL, coalesce(s.timeliness, 0), " \
	"coalesce(" SQL_MS("(" KNOWN_AT ")") ", 0), " \
	CONTESTED("NULL::timestamptz", "b.withdrawn_at", "s.late_waived_at") " IS NOT NULL "
#define TERMS_FROM \
	"LEFT JOIN obligation o ON o.plan = k.plan AND o.unit = k.unit " \
	"AND o.section = k.section AND o.period = k.period " \
	"LEFT JOIN submission s ON k.subject <> '' " \
	"AND s.number = substr(k.subject, strpos(k.subject, ':') + 1) " \
	"AND s.plan = k.plan AND s.unit = k.unit AND s.section = k.section " \
	"AND s.period = k.period " \
	"LEFT JOIN report_return b ON b.number = s.number " \
	"LEFT JOIN LATERAL (SELECT p.published_at, p.published_by " \
	"FROM score_published p WHERE k.subject LIKE 'score:%' " \
	"AND p.plan = k.plan AND p.unit = k.unit AND p.period = k.period " \
	"ORDER BY p.ordinal DESC LIMIT 1) c ON true "

const struct pg_statement store_request_statements[] = {
	[FACTS] = {"request_facts",
		"WITH k AS (SELECT $1::text AS unit, $3::text AS plan, $4::text AS section, "
			"$5::text AS period, $6::smallint AS kind, $7::text AS subject), "
		"same AS (SELECT q.* FROM k JOIN request q USING "
			"(plan, unit, section, period, kind, subject)) "
		"SELECT " TERMS ", "
		"coalesce((SELECT number FROM same WHERE " IS_OPEN("same") "), ''), "
		/* a score that was published anew may be contested anew */
		"EXISTS (SELECT FROM same WHERE kind = 2 AND answered_at >= "
			"coalesce(c.published_at, answered_at)), "
		"(SELECT count(*) FROM same), "
		"1 + (SELECT count(*) FROM request n WHERE n.unit = $1), "
		"coalesce(e.number, ''), coalesce(e.content_hash, ''::bytea), "
		"coalesce(" SQL_MS("e.received_at") ", 0), "
		"coalesce(" SQL_MS("e.wall_received_at") ", 0), "
		"coalesce(" SQL_MS("e.answer_due_at") ", 0) "
		"FROM k " TERMS_FROM
		"LEFT JOIN request e ON e.unit = k.unit AND e.request_id = $2::bytea", 7},
	[LOCK] = {"request_lock",
		SQL_LOCK_ALERTS, 0},
	[PUT] = {"request_put",
		"WITH stored AS ("
			"INSERT INTO request (number, unit, request_id, content_hash, kind, plan, "
			"section, period, subject, asked_until, reason, envelope, signer, "
			"crl_number, approved_by, received_at, wall_received_at, answer_due_at) "
			"VALUES ($1, $2, $3::bytea, $4::bytea, $5::smallint, $6, $7, $8, $9, "
			"nullif($10::timestamptz, 'epoch'), $11, $12::bytea, $13, $14, $15, "
			"$16::timestamptz, $17::timestamptz, nullif($18::timestamptz, 'epoch')) "
			"ON CONFLICT DO NOTHING RETURNING *), "
		"instants AS ("
			"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, "
			"period, target, due_at, subject) "
			"SELECT answer_due_at + interval '1 millisecond', 8, 1, plan, $19::integer, "
			"unit, section, period, '', answer_due_at, number FROM stored "
			"WHERE answer_due_at IS NOT NULL), "
		"told AS ("
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject) "
			"SELECT 8, t.level, t.recipient, r.plan, $19::integer, r.unit, r.section, "
			"r.period, '', coalesce(r.answer_due_at, r.received_at), r.received_at, "
			"r.wall_received_at, t.title, t.body, $20::integer <> 0, r.number "
			"FROM stored r, unnest($21::integer[], $22::text[], $23::text[], "
			"$24::text[]) AS t(level, recipient, title, body) "
			"ON CONFLICT ON CONSTRAINT alert_once DO NOTHING "
			"RETURNING cursor, recipient, wall_decided_at), "
		"sent AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT a.cursor, c.channel, c.address, a.wall_decided_at FROM told a "
			"JOIN unnest($25::text[], $26::text[], $27::text[]) "
			"AS c(recipient, channel, address) USING (recipient) "
			"ON CONFLICT DO NOTHING) "
		"SELECT count(*), pg_notify('" STORE_ALERT_CHANNEL "', '') FROM stored", 27},
	[GET] = {"request_get",
		"SELECT " TERMS ", k.kind, k.plan, k.unit, k.section, k.period, k.subject, "
		SQL_MS("k.received_at") ", coalesce(" SQL_MS("k.asked_until") ", 0), "
		IS_OPEN("k") ", coalesce(" CONTESTED("c.published_by", "b.returned_by", "NULL") ", '') "
		"FROM request k " TERMS_FROM "WHERE k.number = $1", 1},
	[ANSWER] = {"request_answer",
		"WITH answered AS ("
			"UPDATE request r SET answered_at = $2::timestamptz, "
			"wall_answered_at = $3::timestamptz, answered_by = $4, "
			"granted = $5::integer <> 0, "
			"granted_until = nullif($6::timestamptz, 'epoch'), answer = $7 "
			"WHERE r.number = $1 AND " IS_OPEN("r") " RETURNING *), "
		"granted AS (SELECT * FROM answered WHERE granted), "
		"terms AS ("
			"UPDATE obligation o SET "
			"extended_due_at = CASE WHEN g.kind = 1 THEN g.granted_until "
				"ELSE o.extended_due_at END, "
			"extended_lock_at = CASE WHEN g.kind = 1 THEN $8::timestamptz "
				"ELSE o.extended_lock_at END, "
			"open_until = CASE WHEN g.kind = 3 THEN g.granted_until "
				"ELSE o.open_until END "
			"FROM granted g WHERE g.kind IN (1, 3) AND o.plan = g.plan "
			"AND o.unit = g.unit AND o.section = g.section AND o.period = g.period), "
		"moved AS (" /* rows to be, too: what is there already is not unfolded again */
			"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, "
			"period, target, due_at) "
			"SELECT m.at, m.kind, m.level, g.plan, $13::integer, g.unit, g.section, "
			"g.period, '', m.due FROM granted g, unnest($9::smallint[], "
			"$10::integer[], $11::timestamptz[], $12::timestamptz[]) "
			"AS m(kind, level, at, due) WHERE g.kind = 1 "
			"ON CONFLICT ON CONSTRAINT timetable_once DO UPDATE "
			"SET at = EXCLUDED.at, due_at = EXCLUDED.due_at WHERE NOT timetable.done), "
		"waived AS (" /* of a report that came in while its extension was not answered */
			"UPDATE submission s SET late_waived_at = $2::timestamptz "
			"WHERE s.late_waived_at IS NULL AND s.number IN ("
				"SELECT substr(g.subject, 6) FROM granted g "
				"WHERE g.kind = 2 AND g.subject LIKE 'late:%' "
				"UNION ALL SELECT n.number FROM granted g JOIN submission n "
				"USING (plan, unit, section, period) WHERE g.kind = 1 "
				"AND n.revision = 1 AND n.timeliness > 1 "
				"AND n.received_at <= g.granted_until)), "
		"taken_back AS ("
			"UPDATE report_return b SET withdrawn_at = $2::timestamptz FROM granted g "
			"WHERE g.kind = 2 AND g.subject LIKE 'return:%' "
			"AND b.number = substr(g.subject, 8) AND b.withdrawn_at IS NULL "
			"RETURNING b.number), "
		"waited_for AS (" /* the report waits for its review again */
			"UPDATE timetable t SET done = false, due_at = w.due, "
			"at = w.due + interval '1 millisecond' FROM ("
				"SELECT b.number, v.number IS NOT NULL AS checked, CASE WHEN v.number "
				"IS NULL THEN $22::timestamptz ELSE $23::timestamptz END AS due "
				"FROM taken_back b LEFT JOIN review v ON v.number = b.number "
				"AND v.step = 1) w "
			"WHERE t.kind = 7 AND t.subject = w.number AND t.done "
			"AND w.due > $2::timestamptz "
			"AND t.level = CASE WHEN w.checked THEN 3 ELSE 1 END), "
		"relieved AS ("
			"UPDATE alert a SET cleared_at = $2::timestamptz FROM answered r "
			"WHERE a.kind = 8 AND a.subject = r.number AND a.unit = r.unit "
			"AND a.cleared_at IS NULL), "
		"told AS (" /* nothing is asked of the unit: it is settled as it is told */
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject, cleared_at) "
			"SELECT 9, t.level, t.recipient, r.plan, $13::integer, r.unit, r.section, "
			"r.period, '', coalesce(r.granted_until, r.answered_at), r.answered_at, "
			"r.wall_answered_at, t.title, t.body, $14::integer <> 0, r.number, "
			"r.answered_at FROM answered r, unnest($15::integer[], $16::text[], "
			"$17::text[], $18::text[]) AS t(level, recipient, title, body) "
			"ON CONFLICT ON CONSTRAINT alert_once DO NOTHING "
			"RETURNING cursor, recipient, wall_decided_at), "
		"sent AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT a.cursor, c.channel, c.address, a.wall_decided_at FROM told a "
			"JOIN unnest($19::text[], $20::text[], $21::text[]) "
			"AS c(recipient, channel, address) USING (recipient) "
			"ON CONFLICT DO NOTHING) "
		"SELECT count(*), pg_notify('" STORE_ALERT_CHANNEL "', '') FROM answered", 23},
	[WITHDRAW] = {"request_withdraw",
		"WITH gone AS ("
			"UPDATE request r SET withdrawn_at = $3::timestamptz, "
			"wall_withdrawn_at = $4::timestamptz, withdrawn_by = $5 "
			"WHERE r.number = $1 AND r.unit = $2 AND " IS_OPEN("r") " RETURNING *), "
		"relieved AS ("
			"UPDATE alert a SET cleared_at = $3::timestamptz FROM gone r "
			"WHERE a.kind = 8 AND a.subject = r.number AND a.unit = r.unit "
			"AND a.cleared_at IS NULL) "
		"SELECT (SELECT count(*) FROM request WHERE number = $1 AND unit = $2), "
		"(SELECT count(*) FROM gone)", 5},
	{.name = NULL},
};
/* clang-format on */

int store_request_facts(struct store *store, struct store_request_facts *facts)
{
	const struct request *request = facts->request;
	struct pg_batch *batch = &facts->batch;
	struct pg_param *params = batch->items[0].params;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_facts_done;
	batch->count = 1;
	batch->items[0].statement = &store_request_statements[FACTS];
	batch->items[0].rows = on_facts_row;
	params[0] = pg_param_text(request->unit);
	params[1] = pg_param_bytes(bytes_of(request->id, REQUEST_ID_SIZE));
	params[2] = pg_param_text(request->plan);
	params[3] = pg_param_text(request->section);
	params[4] = pg_param_text(request->period);
	params[5] = pg_param_integer(facts->arena, request->kind);
	params[6] = pg_param_text(request->subject);
	return pg_send(store_pg(store), batch);
}

enum { TERMS_COLUMNS = 10 };

static void on_facts_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_request_facts *facts =
		container_of(batch, struct store_request_facts, batch);
	int column = TERMS_COLUMNS;

	CHECK(pg_rows(result) == 1);
	read_terms(&facts->facts, result, 0);
	facts->facts.open = arena_strdup(facts->arena, pg_text(result, 0, column++));
	facts->facts.decided = pg_bool(result, 0, column++);
	facts->facts.times = (unsigned)pg_integer(result, 0, column++);
	facts->serial = (unsigned)pg_integer(result, 0, column++);
	facts->earlier = arena_strdup(facts->arena, pg_text(result, 0, column++));
	facts->earlier_hash = pg_bytes(result, 0, column++, facts->arena);
	facts->received_at = pg_integer(result, 0, column++);
	facts->wall_received_at = pg_integer(result, 0, column++);
	facts->answer_due = pg_integer(result, 0, column);
}

static void read_terms(struct request_facts *facts, const struct pg_result *result,
                       int first)
{
	*facts = (struct request_facts){
		.asked = pg_bool(result, 0, first),
		.due = pg_integer(result, 0, first + 1),
		.lock = pg_integer(result, 0, first + 2),
		.due_first = pg_integer(result, 0, first + 3),
		.open_until = pg_integer(result, 0, first + 4),
		.reported = pg_bool(result, 0, first + 5),
		.found = pg_bool(result, 0, first + 6),
		.timeliness = (enum timeliness)pg_integer(result, 0, first + 7),
		.known_at = pg_integer(result, 0, first + 8),
		.settled = pg_bool(result, 0, first + 9),
	};
}

static void on_facts_done(struct pg_batch *batch, int status)
{
	struct store_request_facts *facts =
		container_of(batch, struct store_request_facts, batch);

	if (status == 0 && (facts->facts.open == NULL || facts->earlier == NULL ||
	                    facts->earlier_hash.data == NULL))
		status = E_NOMEM;
	facts->done(facts, status);
}

int store_request_put(struct store *store, struct store_request_put *put)
{
	struct pg_batch *batch = &put->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	put->stored = false;
	batch->done = on_put_done;
	batch->count = 2;
	batch->items[0].statement = &store_request_statements[LOCK];
	batch->items[1].statement = &store_request_statements[PUT];
	batch->items[1].rows = on_put_row;
	put_request(put, params);
	params[18] = pg_param_integer(put->arena, put->plan_version);
	params[19] = pg_param_integer(put->arena, put->sample);
	r = told_put(put->arena, put->told, put->told_count, params + 20);
	if (r == 0)
		r = told_put_contacts(put->arena, put->contacts, put->contact_count,
		                      params + 24);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

/* $1 to $18: the row itself. */
static void put_request(const struct store_request_put *put, struct pg_param *params)
{
	const struct request *request = put->request;

	params[0] = pg_param_text(put->number);
	params[1] = pg_param_text(request->unit);
	params[2] = pg_param_bytes(bytes_of(request->id, REQUEST_ID_SIZE));
	params[3] = pg_param_bytes(put->payload_hash);
	params[4] = pg_param_integer(put->arena, request->kind);
	params[5] = pg_param_text(request->plan);
	params[6] = pg_param_text(request->section);
	params[7] = pg_param_text(request->period);
	params[8] = pg_param_text(request->subject);
	params[9] = pg_param_instant(put->arena, put->verdict->until);
	params[10] = pg_param_text(request->reason);
	params[11] = pg_param_bytes(put->envelope);
	params[12] = pg_param_text(put->signer);
	params[13] = pg_param_text(put->crl_number);
	params[14] = pg_param_text(request->approved_by.name);
	params[15] = pg_param_instant(put->arena, put->now);
	params[16] = pg_param_instant(put->arena, put->wall_now);
	params[17] = pg_param_instant(put->arena, put->verdict->answer_due);
}

static void on_put_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_request_put *put =
		container_of(batch, struct store_request_put, batch);

	put->stored = pg_integer(result, 0, 0) > 0;
}

static void on_put_done(struct pg_batch *batch, int status)
{
	struct store_request_put *put =
		container_of(batch, struct store_request_put, batch);

	if (status == 0 && !put->stored)
		status = E_STATE;
	put->done(put, status);
}

int store_request_get(struct store *store, struct store_request_get *get)
{
	struct pg_batch *batch = &get->batch;

	memset(batch, 0, sizeof(*batch));
	get->found = false;
	batch->done = on_get_done;
	batch->count = 1;
	batch->items[0].statement = &store_request_statements[GET];
	batch->items[0].params[0] = pg_param_text(get->number);
	batch->items[0].rows = on_get_row;
	return pg_send(store_pg(store), batch);
}

static void on_get_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_request_get *get =
		container_of(batch, struct store_request_get, batch);
	int column = TERMS_COLUMNS;

	get->found = pg_rows(result) > 0;
	if (!get->found)
		return;
	read_terms(&get->facts, result, 0);
	get->kind = (enum request_kind)pg_integer(result, 0, column++);
	get->plan = arena_strdup(get->arena, pg_text(result, 0, column++));
	get->unit = arena_strdup(get->arena, pg_text(result, 0, column++));
	get->section = arena_strdup(get->arena, pg_text(result, 0, column++));
	get->period = arena_strdup(get->arena, pg_text(result, 0, column++));
	get->subject = arena_strdup(get->arena, pg_text(result, 0, column++));
	get->received_at = pg_integer(result, 0, column++);
	get->asked_until = pg_integer(result, 0, column++);
	get->open = pg_bool(result, 0, column++);
	get->set_by = arena_strdup(get->arena, pg_text(result, 0, column));
}

static void on_get_done(struct pg_batch *batch, int status)
{
	struct store_request_get *get =
		container_of(batch, struct store_request_get, batch);

	if (status == 0 && get->found &&
	    (get->plan == NULL || get->unit == NULL || get->section == NULL ||
	     get->period == NULL || get->subject == NULL || get->set_by == NULL))
		status = E_NOMEM;
	get->done(get, status);
}

int store_request_answer(struct store *store, struct store_request_answer *answer)
{
	struct arena *arena = answer->arena;
	struct pg_batch *batch = &answer->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	answer->stored = false;
	batch->done = on_answer_done;
	batch->count = 2;
	batch->items[0].statement = &store_request_statements[LOCK];
	batch->items[1].statement = &store_request_statements[ANSWER];
	batch->items[1].rows = on_answer_row;
	params[0] = pg_param_text(answer->number);
	params[1] = pg_param_instant(arena, answer->now);
	params[2] = pg_param_instant(arena, answer->wall_now);
	params[3] = pg_param_text(answer->by);
	params[4] = pg_param_integer(arena, answer->granted);
	params[5] = pg_param_instant(arena, answer->until);
	params[6] = pg_param_text(answer->text);
	params[7] = pg_param_instant(arena, answer->lock);
	params[12] = pg_param_integer(arena, answer->plan_version);
	params[13] = pg_param_integer(arena, answer->sample);
	params[21] = pg_param_instant(arena, answer->content_at);
	params[22] = pg_param_instant(arena, answer->totals_at);
	r = put_moved(answer, params + 8);
	if (r == 0)
		r = told_put(arena, answer->told, answer->told_count, params + 14);
	if (r == 0)
		r = told_put_contacts(arena, answer->contacts, answer->contact_count,
		                      params + 18);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

static int put_moved(struct store_request_answer *answer, struct pg_param *params)
{
	struct arena *arena = answer->arena;
	size_t count = answer->moved_count;
	int64_t *numbers = arena_new_array(arena, 4 * count, int64_t);

	if (numbers == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		numbers[i] = answer->moved[i].kind;
		numbers[count + i] = answer->moved[i].level;
		numbers[2 * count + i] = answer->moved[i].at;
		numbers[3 * count + i] = answer->moved[i].due;
	}
	for (size_t c = 0; c < 2; c++)
		params[c] = pg_param_integer_array(arena, numbers + c * count, count);
	for (size_t c = 2; c < 4; c++)
		params[c] = pg_param_instant_array(arena, numbers + c * count, count);
	return 0;
}

static void on_answer_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_request_answer *answer =
		container_of(batch, struct store_request_answer, batch);

	answer->stored = pg_integer(result, 0, 0) > 0;
}

static void on_answer_done(struct pg_batch *batch, int status)
{
	struct store_request_answer *answer =
		container_of(batch, struct store_request_answer, batch);

	if (status == 0 && !answer->stored)
		status = E_STATE;
	answer->done(answer, status);
}

int store_request_withdraw(struct store *store, struct store_request_withdraw *withdraw)
{
	struct pg_batch *batch = &withdraw->batch;
	struct pg_param *params = batch->items[1].params;

	memset(batch, 0, sizeof(*batch));
	withdraw->found = withdraw->stored = false;
	batch->done = on_withdraw_done;
	batch->count = 2;
	batch->items[0].statement = &store_request_statements[LOCK];
	batch->items[1].statement = &store_request_statements[WITHDRAW];
	batch->items[1].rows = on_withdraw_row;
	params[0] = pg_param_text(withdraw->number);
	params[1] = pg_param_text(withdraw->unit);
	params[2] = pg_param_instant(withdraw->arena, withdraw->now);
	params[3] = pg_param_instant(withdraw->arena, withdraw->wall_now);
	params[4] = pg_param_text(withdraw->by);
	return pg_send(store_pg(store), batch);
}

static void on_withdraw_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_request_withdraw *withdraw =
		container_of(batch, struct store_request_withdraw, batch);

	withdraw->found = pg_integer(result, 0, 0) > 0;
	withdraw->stored = pg_integer(result, 0, 1) > 0;
}

static void on_withdraw_done(struct pg_batch *batch, int status)
{
	struct store_request_withdraw *withdraw =
		container_of(batch, struct store_request_withdraw, batch);

	if (status == 0 && !withdraw->found)
		status = E_NOT_FOUND;
	else if (status == 0 && !withdraw->stored)
		status = E_STATE;
	withdraw->done(withdraw, status);
}
