/*
 * Reports that stand, as statements.
 *
 *	receipt of our own ----.
 *	                        >-- accepted --> history, corrections, comparison
 *	catching up (others) --'
 *
 * What can go wrong is the store's; and a payload that does not read, which only a
 * damaged file holds: it is left out of what rules look back at.
 */
#include "client/agent/accepted.h"

#include "base/err.h"
#include "client/agent/project_cache.h"
#include "client/agent/returned.h"

#define COLUMNS "number, plan, section, period, revision, received_at, payload"

struct wanted {
	struct arena *arena;
	struct accepted *accepted;
	bool found;
};

struct looking_back {
	struct arena *arena;
	struct history *history;
	struct project_lasts lasts;
};

static int find(struct store *store, struct arena *arena, const struct sql *sql,
                struct accepted *ret_accepted);
static int read_row(void *context, sqlite3_stmt *statement);
static int read_terms(struct store *store, struct arena *arena, const struct place *place,
                      struct period_terms *terms);
static int read_past(void *context, sqlite3_stmt *statement);

int accepted_put(struct store *store, const struct receipt_body *body,
                 struct bytes payload)
{
	return store_run(store,
	                 SQL("INSERT OR IGNORE INTO accepted (" COLUMNS ") "
	                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	                     sql_text(body->number), sql_text(body->plan),
	                     sql_text(body->section), sql_text(body->period),
	                     sql_int(body->revision > 0 ? body->revision : 1),
	                     sql_int(body->received_at), sql_bytes(payload)),
	                 NULL, NULL);
}

int accepted_forget_old(struct store *store)
{
	return store_run(
		store,
		SQL("DELETE FROM accepted WHERE rowid <= (SELECT rowid FROM accepted "
	            "ORDER BY rowid DESC LIMIT 1 OFFSET ?1)",
	            sql_int(ACCEPTED_MAX)),
		NULL, NULL);
}

static int see_one(void *context, sqlite3_stmt *statement)
{
	(void)statement;
	*(bool *)context = true;
	return 0;
}

bool accepted_has(struct store *store, const char *number)
{
	bool found = false;

	(void)store_run(store,
	                SQL("SELECT 1 FROM accepted WHERE number = ?1", sql_text(number)),
	                see_one, &found);
	return found;
}

int accepted_newest(struct store *store, struct arena *arena, const struct place *place,
                    struct accepted *ret_accepted)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM accepted WHERE plan = ?1 AND section = "
	                "?2 AND period = ?3 ORDER BY revision DESC, rowid DESC LIMIT 1",
	                sql_text(place->plan), sql_text(place->section),
	                sql_text(place->period)),
	            ret_accepted);
}

int accepted_last(struct store *store, struct arena *arena, const struct place *place,
                  struct accepted *ret_accepted)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM accepted WHERE plan = ?1 AND section = "
	                "?2 AND period < ?3 ORDER BY period DESC, revision DESC, rowid "
	                "DESC LIMIT 1",
	                sql_text(place->plan), sql_text(place->section),
	                sql_text(place->period)),
	            ret_accepted);
}

int accepted_get(struct store *store, struct arena *arena, const char *number,
                 struct accepted *ret_accepted)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM accepted WHERE number = ?1",
	                sql_text(number)),
	            ret_accepted);
}

int accepted_before(struct store *store, struct arena *arena,
                    const struct accepted *accepted, struct accepted *ret_before)
{
	return find(
		store, arena,
		SQL("SELECT " COLUMNS " FROM accepted a WHERE plan = ?1 AND section = ?2 "
	            "AND (period < ?3 OR (period = ?3 AND revision < ?4)) AND NOT EXISTS "
	            "(SELECT 1 FROM returned r WHERE r.number = a.number AND r.withdrawn "
	            "= 0) ORDER BY period DESC, revision DESC, rowid DESC LIMIT 1",
	            sql_text(accepted->plan), sql_text(accepted->section),
	            sql_text(accepted->period), sql_int(accepted->revision)),
		ret_before);
}

static int find(struct store *store, struct arena *arena, const struct sql *sql,
                struct accepted *ret_accepted)
{
	struct accepted accepted = {.number = NULL};
	struct wanted wanted = {.arena = arena, .accepted = &accepted};
	int r = store_run(store, sql, read_row, &wanted);

	if (r < 0)
		return r;
	if (!wanted.found)
		return E_NOT_FOUND;
	*ret_accepted = accepted;
	return 0;
}

static int read_row(void *context, sqlite3_stmt *s)
{
	struct wanted *wanted = context;
	struct accepted *accepted = wanted->accepted;

	wanted->found = true;
	*accepted = (struct accepted){
		.number = sql_column(wanted->arena, s, 0),
		.plan = sql_column(wanted->arena, s, 1),
		.section = sql_column(wanted->arena, s, 2),
		.period = sql_column(wanted->arena, s, 3),
		.revision = (uint32_t)sqlite3_column_int64(s, 4),
		.received_at = sqlite3_column_int64(s, 5),
		.payload = sql_column_bytes(wanted->arena, s, 6),
	};
	return accepted->number != NULL && accepted->plan != NULL &&
	                       accepted->section != NULL && accepted->period != NULL &&
	                       accepted->payload.data != NULL
	               ? 0
	               : E_NOMEM;
}

int accepted_history(struct store *store, struct arena *arena, const struct place *place,
                     struct history *ret_history)
{
	struct history history = {.count = 0};
	struct looking_back back = {.arena = arena, .history = &history};
	int r = read_terms(store, arena, place, &history.terms);

	/* Beside max() SQLite gives the columns of the row that holds it. */
	if (r == 0)
		r = store_run(store,
		              SQL("SELECT payload, max(revision) FROM accepted "
		                  "WHERE plan = ?1 AND section = ?2 AND period < ?3 "
		                  "GROUP BY period ORDER BY period DESC LIMIT ?4",
		                  sql_text(place->plan), sql_text(place->section),
		                  sql_text(place->period), sql_int(HISTORY_MAX)),
		              read_past, &back);
	if (r == 0)
		r = project_cache_load(store, arena, place->plan, place->section,
		                       &history);
	if (r < 0)
		return r;
	project_lasts_finish(&back.lasts, &history);
	*ret_history = history;
	return 0;
}

static int read_terms(struct store *store, struct arena *arena, const struct place *place,
                      struct period_terms *terms)
{
	struct accepted current;
	struct returned returned;
	int r = accepted_newest(store, arena, place, &current);

	if (r < 0)
		return r == E_NOT_FOUND ? 0 : r;
	terms->current = current.number;
	terms->revision = current.revision;
	r = returned_get(store, arena, current.number, &returned);
	if (r == 0 && returned.open)
		terms->return_due = returned.due_at;
	return r == E_NOT_FOUND ? 0 : r;
}

static int read_past(void *context, sqlite3_stmt *statement)
{
	struct looking_back *back = context;
	struct history *history = back->history;
	struct bytes payload = sql_column_bytes(back->arena, statement, 0);
	const struct report *report;
	struct period period;
	int r;

	if (payload.data == NULL)
		return E_NOMEM;
	r = accepted_read(back->arena, payload, &report);
	if (r < 0 || period_parse(report->period, &period) < 0 ||
	    history->count == HISTORY_MAX)
		return r == E_NOMEM ? r : 0;
	history->reports[history->count].period = period;
	history->reports[history->count].kind = report->kind;
	history->reports[history->count].figures = report->figures;
	history->reports[history->count].figure_count = report->figure_count;
	history->count++;
	return project_lasts_add(back->arena, &back->lasts, report, &period);
}

int accepted_read(struct arena *arena, struct bytes payload,
                  const struct report **ret_report)
{
	struct findings findings;
	int r;

	findings_init(&findings, arena);
	r = report_decode(arena, payload, &findings, ret_report);
	return r == 0 || r == E_NOMEM ? r : E_CORRUPT;
}
