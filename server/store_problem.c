/*
 * The SQL of problems.
 *
 * An event has a number of its own within its problem, so that of two people who act at
 * once the database takes one; the other is told that the problem has moved on. With an
 * event that sets a due date the instants at which it will be asked for are stored in the
 * same statement: what is promised is watched.
 *
 * A list goes on from a key (section, unit, id), not from an offset: what is registered
 * while somebody pages neither repeats nor hides a row.
 */
#include "server/store_problem.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_judge.h"
#include "server/store_sql.h"

static const char *date_text(struct arena *arena, day written);
static int put_due(struct arena *arena, const struct problem_due *due,
                   struct pg_param *params);
static void on_project(struct pg_batch *batch, const struct pg_result *result);
static void on_added(struct pg_batch *batch, const struct pg_result *result);
static void on_add_done(struct pg_batch *batch, int status);
static void on_problem(struct pg_batch *batch, const struct pg_result *result);
static void on_events(struct pg_batch *batch, const struct pg_result *result);
static int read_event(struct arena *arena, const struct pg_result *result, size_t row,
                      struct problem_event *ret);
static void on_problem_done(struct pg_batch *batch, int status);
static void on_acted(struct pg_batch *batch, const struct pg_result *result);
static void on_act_done(struct pg_batch *batch, int status);
static void put_filters(struct store_problem_list *list, struct pg_param *params);
static void on_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_total(struct pg_batch *batch, const struct pg_result *result);
static void on_list_done(struct pg_batch *batch, int status);
static int read_row(struct arena *arena, const struct pg_result *result, size_t row,
                    struct problem_row *ret);
static int read_day(const char *text, day *ret_day);

enum { PROJECT, ADD, GET, EVENTS, LOCK, ACT, LIST, COUNT };

#define DATE(column) "coalesce(to_char(" column ", 'YYYY-MM-DD'), '')"

/* Is it in the register of projects? */
#define HAS_PROJECT(plan, unit, section, id)                                       \
	"EXISTS (SELECT FROM project j WHERE j.plan = " plan " AND j.unit = " unit \
	" AND j.section = " section " AND j.project = " id ")"

/* What read_row() reads; of a problem "p" and its last event "e". */
#define COLUMNS                                                                         \
	"p.number, p.plan, p.unit, p.section, p.target, p.project, p.title, "           \
	"p.registered_by, e.owner, e.telephone, e.measure, e.text, "                    \
	"coalesce((SELECT a.act_by FROM problem_event a WHERE a.number = p.number "     \
	"AND a.act = 3 AND a.ordinal <= e.ordinal ORDER BY a.ordinal DESC "             \
	"LIMIT 1), ''), " DATE("p.found_on") ", " DATE(                                 \
		"e.due_on") ", p.kind, "                                                \
			    "e.state, e.act, e.ordinal, (SELECT count(*) FROM "         \
			    "problem_event b "                                          \
			    "WHERE b.number = p.number AND b.act = 4 AND b.ordinal <= " \
			    "e.ordinal), " SQL_MS("p.registered_at") ", " SQL_MS(       \
				    "e.at") ", p.id "
enum {
	TEXTS = 13,
	FOUND = TEXTS,
	DUE,
	KIND,
	STATE,
	LAST_ACT,
	ORDINAL,
	SENT_BACK,
	REGISTERED_AT,
	LAST_AT,
	ID
};

/* As known at $1, or with $2 = 0 now. */
#define AS_KNOWN                                                                     \
	"FROM problem p CROSS JOIN LATERAL (SELECT * FROM problem_event v "          \
	"WHERE v.number = p.number AND ($2::bigint = 0 OR v.at <= $1::timestamptz) " \
	"ORDER BY v.ordinal DESC LIMIT 1) e "

/* $1 to $10. */
#define FILTERED                                                                   \
	AS_KNOWN "WHERE p.plan = $3 AND ($4 = '' OR p.unit = $4) "                 \
		 "AND ($5 = '' OR p.section = $5) AND ($6 = '' OR p.target = $6) " \
		 "AND ($7 = '' OR p.project = $7) "                                \
		 "AND (cardinality($8::smallint[]) = 0 OR e.state = ANY "          \
		 "($8::smallint[])) "                                              \
		 "AND ($9::integer = 0 OR p.kind = $9::integer) "                  \
		 "AND ($10 = '' OR (e.state = 1 AND e.due_on < nullif($10, '')::date)) "

/* A unit or section that the plan has no more comes last. */
#define PLACE(array, value) "coalesce(array_position(" array ", " value "), 100000)"
#define KEY(section, unit, id)                                               \
	PLACE("$12::text[]", section)                                        \
	", " section " COLLATE \"C\", " PLACE("$11::text[]", unit) ", " unit \
								   " COLLATE \"C\", " id

/* The instants of the problem "a" and its due date. */
#define PUT_INSTANTS(from, version, due, ats, levels, due_at)                         \
	"INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, " \
	"period, target, due_at, subject) "                                           \
	"SELECT i.at, 10, i.level, a.plan, " version ", a.unit, a.section, " due      \
	", '', " due_at "::timestamptz, a.number FROM " from " a, "                   \
	"unnest(" ats "::timestamptz[], " levels "::integer[]) AS i(at, level) "      \
	"ON CONFLICT ON CONSTRAINT timetable_once DO NOTHING"

/* clang-format off */
const struct pg_statement store_problem_statements[] = {
	[PROJECT] = {"problem_project",
		"SELECT $4 = '' OR " HAS_PROJECT("$1", "$2", "$3", "$4"), 4},
	[ADD] = {"problem_add",
		"WITH added AS ("
			"INSERT INTO problem (number, id, plan, plan_version, unit, section, target, "
			"project, kind, title, found_on, registered_at, wall_registered_at, "
			"registered_by, request_id) "
			"SELECT 'WT-' || $14::integer || '-' "
				"|| lpad(n.id::text, greatest(4, length(n.id::text)), '0'), n.id, $1, "
			"$2::integer, $3, $4, $5, $6, $7::smallint, $8, $9::date, $10::timestamptz, "
			"$11::timestamptz, $12, $13 FROM (SELECT nextval('problem_id') AS id "
				"WHERE (SELECT count(*) FROM problem WHERE plan = $1 AND unit = $3) "
				"< $22::integer AND ($6 = '' OR " HAS_PROJECT("$1", "$3", "$4", "$6")
				")) AS n "
			"ON CONFLICT ON CONSTRAINT problem_once DO NOTHING RETURNING *), "
		"event AS ("
			"INSERT INTO problem_event (number, ordinal, act, at, wall_at, act_by, text, "
			"state, owner, telephone, measure, due_on) "
			"SELECT number, 1, 1, registered_at, wall_registered_at, registered_by, '', 1, "
			"$15, $16, $17, nullif($18, '')::date FROM added), "
		"instants AS ("
			PUT_INSTANTS("added", "a.plan_version", "$18", "$19", "$20", "$21") ") "
		"SELECT number, false FROM added UNION ALL "
		"SELECT number, true FROM problem WHERE unit = $3 AND request_id = $13", 22},
	[GET] = {"problem_get",
		"SELECT " COLUMNS AS_KNOWN
		"WHERE p.number = $3 AND ($4 = '' OR p.unit = $4)", 4},
	[EVENTS] = {"problem_events",
		"SELECT e.act_by, e.text, e.owner, e.telephone, e.measure, " DATE("e.due_on") ", "
		"e.ordinal, e.act, e.state, " SQL_MS("e.at") ", " SQL_MS("e.wall_at") " "
		"FROM problem_event e JOIN problem p USING (number) "
		"WHERE e.number = $1 AND ($2 = '' OR p.unit = $2) ORDER BY e.ordinal", 2},
	[LOCK] = {"problem_lock",
		SQL_LOCK_ALERTS, 0},
	[ACT] = {"problem_act",
		"WITH acted AS ("
			"INSERT INTO problem_event (number, ordinal, act, at, wall_at, act_by, text, "
			"state, owner, telephone, measure, due_on) "
			"VALUES ($1, $2::integer, $3::smallint, $4::timestamptz, $5::timestamptz, $6, "
			"$7, $8::smallint, $9, $10, $11, nullif($12, '')::date) "
			"ON CONFLICT DO NOTHING RETURNING number), "
		"instants AS ("
			PUT_INSTANTS("(SELECT p.* FROM problem p JOIN acted USING (number))",
				"$13::integer", "$12", "$14", "$15", "$16") "), "
		/* Every time anew: the round is the event's number. */
		"told AS ("
			"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
			"section, period, target, due_at, decided_at, wall_decided_at, title, body, "
			"sample, subject, round) "
			"SELECT $17::smallint, t.level, t.recipient, p.plan, $13::integer, p.unit, "
			"p.section, '', '', $4::timestamptz, $4::timestamptz, $5::timestamptz, "
			"t.title, t.body, false, p.number, $2::integer "
			"FROM problem p JOIN acted USING (number), "
			"unnest($18::integer[], $19::text[], $20::text[], $21::text[]) "
			"AS t(level, recipient, title, body) "
			"ON CONFLICT ON CONSTRAINT alert_once DO NOTHING "
			"RETURNING cursor, recipient, wall_decided_at), "
		"sent AS ("
			"INSERT INTO delivery (alert, channel, address, wall_next_at) "
			"SELECT a.cursor, c.channel, c.address, a.wall_decided_at FROM told a "
			"JOIN unnest($22::text[], $23::text[], $24::text[]) "
			"AS c(recipient, channel, address) USING (recipient) "
			"ON CONFLICT DO NOTHING) "
		"SELECT count(*), CASE WHEN EXISTS (SELECT FROM told) "
			"THEN pg_notify('" STORE_ALERT_CHANNEL "', '')::text END FROM acted", 24},
	[LIST] = {"problem_list",
		"SELECT " COLUMNS FILTERED "AND ($13 = '' OR (" KEY("p.section", "p.unit", "p.id")
		") > (" KEY("$14", "$13", "$15::bigint") ")) "
		"ORDER BY " KEY("p.section", "p.unit", "p.id") " LIMIT $16::integer", 16},
	[COUNT] = {"problem_count", "SELECT count(*) " FILTERED, 10},
	{.name = NULL},
};
/* clang-format on */

int store_problem_add(struct store *store, struct store_problem_add *add)
{
	const struct problem *problem = add->problem;
	struct pg_batch *batch = &add->batch;
	struct pg_param *params = batch->items[1].params;
	const char *const texts[] = {problem->unit, problem->section, problem->target,
	                             problem->project};
	int r;

	memset(batch, 0, sizeof(*batch));
	add->number = NULL;
	add->error = 0;
	batch->done = on_add_done;
	batch->count = 2;
	batch->items[0].statement = &store_problem_statements[PROJECT];
	batch->items[0].rows = on_project;
	batch->items[0].params[0] = pg_param_text(add->plan);
	batch->items[0].params[1] = pg_param_text(problem->unit);
	batch->items[0].params[2] = pg_param_text(problem->section);
	batch->items[0].params[3] = pg_param_text(problem->project);
	batch->items[1].statement = &store_problem_statements[ADD];
	batch->items[1].rows = on_added;
	params[0] = pg_param_text(add->plan);
	params[1] = pg_param_integer(add->arena, add->plan_version);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		params[2 + i] = pg_param_text(texts[i]);
	params[6] = pg_param_integer(add->arena, problem->kind);
	params[7] = pg_param_text(problem->title);
	params[8] = pg_param_text(date_text(add->arena, problem->found));
	params[9] = pg_param_instant(add->arena, add->now);
	params[10] = pg_param_instant(add->arena, add->wall_now);
	params[11] = pg_param_text(add->by);
	params[12] = pg_param_bytes(add->request_id);
	params[13] = pg_param_integer(add->arena, add->year);
	params[14] = pg_param_text(problem->terms.owner);
	params[15] = pg_param_text(problem->terms.telephone);
	params[16] = pg_param_text(problem->terms.measure);
	params[17] = pg_param_text(date_text(add->arena, problem->terms.due));
	params[21] = pg_param_integer(add->arena, STORE_PROBLEMS_UNIT_MAX);
	r = put_due(add->arena, &add->due, params + 18);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

/* NULL without memory, which pg_send() answers. */
static const char *date_text(struct arena *arena, day written)
{
	char text[DAY_TEXT_MAX];

	if (written == DAY_NONE)
		return "";
	day_print(written, text);
	return arena_strdup(arena, text);
}

/* Instants, levels, and the due time of them all. */
static int put_due(struct arena *arena, const struct problem_due *due,
                   struct pg_param *params)
{
	int64_t *ats = arena_new_array(arena, due->count, int64_t);
	int64_t *levels = arena_new_array(arena, due->count, int64_t);

	if (ats == NULL || levels == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < due->count; i++) {
		ats[i] = due->instants[i].at;
		levels[i] = due->instants[i].level;
	}
	params[0] = pg_param_instant_array(arena, ats, due->count);
	params[1] = pg_param_integer_array(arena, levels, due->count);
	params[2] = pg_param_instant(arena, due->due_at);
	return 0;
}

static void on_project(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem_add *add =
		container_of(batch, struct store_problem_add, batch);

	add->has_project = pg_bool(result, 0, 0);
}

static void on_added(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem_add *add =
		container_of(batch, struct store_problem_add, batch);

	if (pg_rows(result) == 0)
		return;
	add->number = arena_strdup(add->arena, pg_text(result, 0, 0));
	add->again = pg_bool(result, 0, 1);
	add->error = add->number != NULL ? 0 : E_NOMEM;
}

static void on_add_done(struct pg_batch *batch, int status)
{
	struct store_problem_add *add =
		container_of(batch, struct store_problem_add, batch);

	if (status == 0)
		status = add->error;
	if (status == 0 && add->number == NULL)
		status = add->has_project ? E_LIMIT : E_NOT_FOUND;
	add->done(add, status);
}

int store_problem(struct store *store, struct store_problem *problem)
{
	struct pg_batch *batch = &problem->batch;
	struct pg_param *params = batch->items[0].params;

	memset(batch, 0, sizeof(*batch));
	problem->error = E_NOT_FOUND;
	batch->done = on_problem_done;
	batch->count = 2;
	batch->items[0].statement = &store_problem_statements[GET];
	batch->items[0].rows = on_problem;
	params[0] = pg_param_instant(problem->arena, 0);
	params[1] = pg_param_integer(problem->arena, 0);
	params[2] = pg_param_text(problem->number);
	params[3] = pg_param_text(problem->unit);
	batch->items[1].statement = &store_problem_statements[EVENTS];
	batch->items[1].rows = on_events;
	batch->items[1].params[0] = params[2];
	batch->items[1].params[1] = params[3];
	return pg_send(store_pg(store), batch);
}

static void on_problem(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem *problem = container_of(batch, struct store_problem, batch);

	if (pg_rows(result) > 0)
		problem->error = read_row(problem->arena, result, 0, &problem->row);
}

static void on_events(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem *problem = container_of(batch, struct store_problem, batch);
	size_t rows = pg_rows(result);

	problem->count = 0;
	problem->events = arena_new_array(problem->arena, rows, struct problem_event);
	if (problem->events == NULL)
		problem->error = E_NOMEM;
	while (problem->count < rows && problem->error == 0) {
		problem->error = read_event(problem->arena, result, problem->count,
		                            &problem->events[problem->count]);
		problem->count++;
	}
}

static int read_event(struct arena *arena, const struct pg_result *result, size_t row,
                      struct problem_event *ret)
{
	*ret = (struct problem_event){
		.by = arena_strdup(arena, pg_text(result, row, 0)),
		.text = arena_strdup(arena, pg_text(result, row, 1)),
		.terms.owner = arena_strdup(arena, pg_text(result, row, 2)),
		.terms.telephone = arena_strdup(arena, pg_text(result, row, 3)),
		.terms.measure = arena_strdup(arena, pg_text(result, row, 4)),
		.ordinal = (unsigned)pg_integer(result, row, 6),
		.act = (enum problem_act)pg_integer(result, row, 7),
		.state = (enum problem_state)pg_integer(result, row, 8),
		.at = pg_integer(result, row, 9),
		.wall_at = pg_integer(result, row, 10),
	};
	if (ret->by == NULL || ret->text == NULL || ret->terms.owner == NULL ||
	    ret->terms.telephone == NULL || ret->terms.measure == NULL)
		return E_NOMEM;
	return read_day(pg_text(result, row, 5), &ret->terms.due);
}

static void on_problem_done(struct pg_batch *batch, int status)
{
	struct store_problem *problem = container_of(batch, struct store_problem, batch);

	problem->done(problem, status < 0 ? status : problem->error);
}

int store_problem_act(struct store *store, struct store_problem_act *act)
{
	const struct problem_event *event = act->event;
	struct pg_batch *batch = &act->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	act->stored = false;
	batch->done = on_act_done;
	batch->count = 2;
	batch->items[0].statement = &store_problem_statements[LOCK];
	batch->items[1].statement = &store_problem_statements[ACT];
	batch->items[1].rows = on_acted;
	params[0] = pg_param_text(act->number);
	params[1] = pg_param_integer(act->arena, event->ordinal);
	params[2] = pg_param_integer(act->arena, event->act);
	params[3] = pg_param_instant(act->arena, event->at);
	params[4] = pg_param_instant(act->arena, event->wall_at);
	params[5] = pg_param_text(event->by);
	params[6] = pg_param_text(event->text);
	params[7] = pg_param_integer(act->arena, event->state);
	params[8] = pg_param_text(event->terms.owner);
	params[9] = pg_param_text(event->terms.telephone);
	params[10] = pg_param_text(event->terms.measure);
	params[11] = pg_param_text(date_text(act->arena, event->terms.due));
	params[12] = pg_param_integer(act->arena, act->plan_version);
	params[16] = pg_param_integer(act->arena, act->kind);
	r = put_due(act->arena, &act->due, params + 13);
	if (r == 0)
		r = told_put(act->arena, act->told, act->told_count, params + 17);
	if (r == 0)
		r = told_put_contacts(act->arena, act->contacts, act->contact_count,
		                      params + 21);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

static void on_acted(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem_act *act =
		container_of(batch, struct store_problem_act, batch);

	act->stored = pg_integer(result, 0, 0) > 0;
}

static void on_act_done(struct pg_batch *batch, int status)
{
	struct store_problem_act *act =
		container_of(batch, struct store_problem_act, batch);

	act->done(act, status == 0 && !act->stored ? E_STATE : status);
}

int store_problem_list(struct store *store, struct store_problem_list *list)
{
	struct pg_batch *batch = &list->batch;
	struct pg_param *params = batch->items[0].params;

	CHECK(list->limit >= 1 && list->limit <= STORE_PROBLEMS_PAGE_MAX);
	memset(batch, 0, sizeof(*batch));
	list->error = 0;
	batch->done = on_list_done;
	batch->count = 2;
	batch->items[0].statement = &store_problem_statements[LIST];
	batch->items[0].rows = on_rows;
	put_filters(list, params);
	params[10] = pg_param_text_array(list->arena, list->units, list->unit_count);
	params[11] =
		pg_param_text_array(list->arena, list->sections, list->section_count);
	params[12] = pg_param_text(list->after_unit != NULL ? list->after_unit : "");
	params[13] = pg_param_text(list->after_unit != NULL ? list->after_section : "");
	params[14] = pg_param_integer(list->arena, list->after_id);
	params[15] = pg_param_integer(list->arena, (int64_t)list->limit + 1);
	batch->items[1].statement = &store_problem_statements[COUNT];
	batch->items[1].rows = on_total;
	put_filters(list, batch->items[1].params);
	return pg_send(store_pg(store), batch);
}

static void put_filters(struct store_problem_list *list, struct pg_param *params)
{
	params[0] = pg_param_instant(list->arena, list->known_at);
	params[1] = pg_param_integer(list->arena, list->known_at);
	params[2] = pg_param_text(list->plan);
	params[3] = pg_param_text(list->unit);
	params[4] = pg_param_text(list->section);
	params[5] = pg_param_text(list->target);
	params[6] = pg_param_text(list->project);
	params[7] = pg_param_integer_array(list->arena, list->states, list->state_count);
	params[8] = pg_param_integer(list->arena, list->kind);
	params[9] = pg_param_text(date_text(list->arena, list->overdue_before));
}

/* One row more than asked for tells whether there are more. */
static void on_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem_list *list =
		container_of(batch, struct store_problem_list, batch);

	list->more = pg_rows(result) > list->limit;
	list->count = list->more ? list->limit : pg_rows(result);
	list->rows = arena_new_array(list->arena, list->count, struct problem_row);
	list->error = list->rows != NULL ? 0 : E_NOMEM;
	for (size_t i = 0; i < list->count && list->error == 0; i++)
		list->error = read_row(list->arena, result, i, &list->rows[i]);
}

static void on_total(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_problem_list *list =
		container_of(batch, struct store_problem_list, batch);

	list->total = (uint64_t)pg_integer(result, 0, 0);
}

static void on_list_done(struct pg_batch *batch, int status)
{
	struct store_problem_list *list =
		container_of(batch, struct store_problem_list, batch);

	list->done(list, status == 0 ? list->error : status);
}

static int read_row(struct arena *arena, const struct pg_result *result, size_t row,
                    struct problem_row *ret)
{
	const char *texts[TEXTS];
	int r;

	for (int i = 0; i < TEXTS; i++) {
		texts[i] = arena_strdup(arena, pg_text(result, row, i));
		if (texts[i] == NULL)
			return E_NOMEM;
	}
	*ret = (struct problem_row){
		.number = texts[0],
		.plan = texts[1],
		.registered_by = texts[7],
		.problem = {.unit = texts[2],
	                    .section = texts[3],
	                    .target = texts[4],
	                    .project = texts[5],
	                    .kind = (enum problem_kind)pg_integer(result, row, KIND),
	                    .title = texts[6],
	                    .terms = {.owner = texts[8],
	                              .telephone = texts[9],
	                              .measure = texts[10]}},
		.last_text = texts[11],
		.asked_by = texts[12],
		.state = (enum problem_state)pg_integer(result, row, STATE),
		.last_act = (enum problem_act)pg_integer(result, row, LAST_ACT),
		.ordinal = (unsigned)pg_integer(result, row, ORDINAL),
		.sent_back = (unsigned)pg_integer(result, row, SENT_BACK),
		.registered_at = pg_integer(result, row, REGISTERED_AT),
		.last_at = pg_integer(result, row, LAST_AT),
		.id = pg_integer(result, row, ID),
	};
	r = read_day(pg_text(result, row, FOUND), &ret->problem.found);
	return r < 0 ? r : read_day(pg_text(result, row, DUE), &ret->problem.terms.due);
}

static int read_day(const char *text, day *ret_day)
{
	*ret_day = DAY_NONE;
	if (text[0] == '\0')
		return 0;
	return day_parse(text, ret_day) < 0 ? E_CORRUPT : 0;
}
