/*
 * The queue, as statements. What can go wrong is the store's: a full disk above all, and
 * then nothing has changed.
 */
#include "client/agent/queue.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"

#define COLUMNS                                                                   \
	"row, report_id, file_hash, source, spooled, filed, plan, plan_version, " \
	"section, "                                                               \
	"period, payload, request, wall_queued_at, state, held, attempts, "       \
	"wall_next_at, error, receipt, number, received_at, due_at, timeliness, " \
	"findings, wall_done_at, follows"

struct wanted {
	struct arena *arena;
	struct queue_entry *entry;
	bool found;
};

static int insert(struct store *store, const struct queue_entry *entry);
static int find(struct store *store, struct arena *arena, const struct sql *sql,
                struct queue_entry *ret_entry);
static int read_one(void *context, sqlite3_stmt *statement);
static int read_entry(struct arena *arena, sqlite3_stmt *statement,
                      struct queue_entry *entry);
static int accept(struct store *store, int64_t row, const struct receipt_body *body);
static int forget_old(struct store *store);
static int read_listed(void *context, sqlite3_stmt *statement);

const char *queue_state_name(enum queue_state state)
{
	static const char *const names[] = {"waiting", "acknowledged", "refused"};

	return names[state];
}

int queue_put(struct store *store, const struct queue_entry *entry, int64_t *ret_row)
{
	int r = store_begin(store);

	if (r < 0)
		return r;
	if (queue_count(store, QUEUE_WAITING) >= QUEUE_WAITING_MAX) {
		store_rollback(store);
		return E_LIMIT;
	}
	r = insert(store, entry);
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	*ret_row = store_last_row(store);
	return store_commit(store);
}

static int insert(struct store *store, const struct queue_entry *entry)
{
	return store_run(
		store,
		SQL("INSERT INTO report (report_id, file_hash, source, spooled, plan, "
	            "plan_version, section, period, payload, request, wall_queued_at, "
	            "follows) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	            "?12)",
	            sql_bytes(bytes_of(entry->report_id, REPORT_ID_SIZE)),
	            sql_bytes(bytes_of(entry->file_hash, HASH_SIZE)),
	            sql_text(entry->source), sql_int(entry->spooled),
	            sql_text(entry->plan), sql_int(entry->plan_version),
	            sql_text(entry->section), sql_text(entry->period),
	            sql_bytes(entry->payload), sql_bytes(entry->request),
	            sql_int(entry->wall_queued_at), sql_int(entry->follows)),
		NULL, NULL);
}

int queue_head(struct store *store, struct arena *arena, struct queue_entry *ret_entry)
{
	return find(
		store, arena,
		SQL("SELECT " COLUMNS " FROM report WHERE state = 0 AND NOT EXISTS "
	            "(SELECT 1 FROM report b WHERE b.row = report.follows AND b.state = "
	            "0) ORDER BY held, CASE held WHEN 1 THEN wall_next_at END, row LIMIT "
	            "1"),
		ret_entry);
}

int queue_get(struct store *store, struct arena *arena, int64_t row,
              struct queue_entry *ret_entry)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM report WHERE row = ?1", sql_int(row)),
	            ret_entry);
}

int queue_find_file(struct store *store, struct arena *arena,
                    const uint8_t hash[HASH_SIZE], struct queue_entry *ret_entry)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM report WHERE file_hash = ?1 "
	                "ORDER BY row DESC LIMIT 1",
	                sql_bytes(bytes_of(hash, HASH_SIZE))),
	            ret_entry);
}

static int find(struct store *store, struct arena *arena, const struct sql *sql,
                struct queue_entry *ret_entry)
{
	struct queue_entry entry = {.row = 0};
	struct wanted wanted = {.arena = arena, .entry = &entry};
	int r = store_run(store, sql, read_one, &wanted);

	if (r < 0)
		return r;
	if (!wanted.found)
		return E_NOT_FOUND;
	*ret_entry = entry;
	return 0;
}

static int read_one(void *context, sqlite3_stmt *statement)
{
	struct wanted *wanted = context;

	wanted->found = true;
	return read_entry(wanted->arena, statement, wanted->entry);
}

/* A blob of a length that the schema fixes. */
static void read_fixed(sqlite3_stmt *statement, int column, uint8_t *out, size_t len)
{
	const void *data = sqlite3_column_blob(statement, column);

	if (data != NULL && (size_t)sqlite3_column_bytes(statement, column) == len)
		memcpy(out, data, len);
}

static int read_entry(struct arena *arena, sqlite3_stmt *s, struct queue_entry *entry)
{
	*entry = (struct queue_entry){
		.row = sqlite3_column_int64(s, 0),
		.source = sql_column(arena, s, 3),
		.spooled = sqlite3_column_int(s, 4) != 0,
		.filed = sqlite3_column_int(s, 5) != 0,
		.plan = sql_column(arena, s, 6),
		.plan_version = (uint32_t)sqlite3_column_int64(s, 7),
		.section = sql_column(arena, s, 8),
		.period = sql_column(arena, s, 9),
		.payload = sql_column_bytes(arena, s, 10),
		.request = sql_column_bytes(arena, s, 11),
		.wall_queued_at = sqlite3_column_int64(s, 12),
		.state = (enum queue_state)sqlite3_column_int(s, 13),
		.held = sqlite3_column_int(s, 14) != 0,
		.attempts = (unsigned)sqlite3_column_int(s, 15),
		.wall_next_at = sqlite3_column_int64(s, 16),
		.error = sql_column(arena, s, 17),
		.receipt = sql_column_bytes(arena, s, 18),
		.number = sql_column(arena, s, 19),
		.received_at = sqlite3_column_int64(s, 20),
		.due_at = sqlite3_column_int64(s, 21),
		.timeliness = (enum timeliness)sqlite3_column_int(s, 22),
		.findings = sql_column(arena, s, 23),
		.wall_done_at = sqlite3_column_int64(s, 24),
		.follows = sqlite3_column_int64(s, 25),
	};
	read_fixed(s, 1, entry->report_id, REPORT_ID_SIZE);
	read_fixed(s, 2, entry->file_hash, HASH_SIZE);
	if (entry->source == NULL || entry->plan == NULL || entry->section == NULL ||
	    entry->period == NULL || entry->payload.data == NULL ||
	    entry->request.data == NULL || entry->error == NULL ||
	    entry->number == NULL || entry->findings == NULL)
		return E_NOMEM;
	return 0;
}

int queue_retry(struct store *store, int64_t row, int64_t wall_next_at, bool held,
                const char *error)
{
	return store_run(
		store,
		SQL("UPDATE report SET attempts = attempts + 1, wall_next_at = ?2, "
	            "held = ?3, error = ?4 WHERE row = ?1 AND state = 0",
	            sql_int(row), sql_int(wall_next_at), sql_int(held), sql_text(error)),
		NULL, NULL);
}

int queue_acknowledge(struct store *store, int64_t row, struct bytes receipt,
                      const struct receipt_body *body, const char *findings,
                      int64_t wall_now)
{
	int r = store_begin(store);

	if (r == 0)
		r = store_run(store,
		              SQL("UPDATE report SET state = 1, held = 0, error = '', "
		                  "attempts = attempts + 1, receipt = ?2, number = ?3, "
		                  "received_at = ?4, due_at = ?5, timeliness = ?6, "
		                  "findings = ?7, wall_done_at = ?8 WHERE row = ?1",
		                  sql_int(row), sql_bytes(receipt),
		                  sql_text(body->number), sql_int(body->received_at),
		                  sql_int(body->due_at), sql_int(body->timeliness),
		                  sql_text(findings), sql_int(wall_now)),
		              NULL, NULL);
	if (r == 0)
		r = accept(store, row, body);
	if (r == 0)
		r = store_set_text(store, "last_receipt", body->number);
	if (r == 0)
		r = store_set(store, "last_receipt_at", body->received_at);
	if (r == 0)
		r = forget_old(store);
	if (r == 0)
		return store_commit(store);
	store_rollback(store);
	return r;
}

/* What has its receipt stands, in the same transaction. */
static int accept(struct store *store, int64_t row, const struct receipt_body *body)
{
	int r = store_run(
		store,
		SQL("INSERT OR IGNORE INTO accepted (number, plan, section, period, "
	            "revision, received_at, payload) SELECT number, plan, section, "
	            "period, "
	            "?2, received_at, payload FROM report WHERE row = ?1",
	            sql_int(row), sql_int(body->revision > 0 ? body->revision : 1)),
		NULL, NULL);

	return r < 0 ? r : accepted_forget_old(store);
}

int queue_refuse(struct store *store, int64_t row, const char *error,
                 const char *findings, int64_t wall_now)
{
	return store_run(store,
	                 SQL("UPDATE report SET state = 2, held = 0, error = ?2, "
	                     "attempts = attempts + 1, findings = ?3, wall_done_at = ?4 "
	                     "WHERE row = ?1 AND state = 0",
	                     sql_int(row), sql_text(error), sql_text(findings),
	                     sql_int(wall_now)),
	                 NULL, NULL);
}

/* What is waiting is never forgotten. */
static int forget_old(struct store *store)
{
	return store_run(store,
	                 SQL("DELETE FROM report WHERE state <> 0 AND row <= "
	                     "(SELECT row FROM report WHERE state <> 0 ORDER BY row DESC "
	                     "LIMIT 1 OFFSET ?1)",
	                     sql_int(QUEUE_DONE_MAX)),
	                 NULL, NULL);
}

int queue_replace(struct store *store, int64_t row, struct bytes request)
{
	return store_run(store,
	                 SQL("UPDATE report SET request = ?2, held = 0, wall_next_at = 0 "
	                     "WHERE row = ?1 AND state = 0",
	                     sql_int(row), sql_bytes(request)),
	                 NULL, NULL);
}

int queue_filed(struct store *store, int64_t row)
{
	return store_run(store,
	                 SQL("UPDATE report SET filed = 1 WHERE row = ?1", sql_int(row)),
	                 NULL, NULL);
}

int queue_hurry(struct store *store, bool held)
{
	return store_run(store,
	                 SQL("UPDATE report SET wall_next_at = 0, held = 0 "
	                     "WHERE state = 0 AND wall_next_at <> 0 AND (held = 0 OR ?1)",
	                     sql_int(held)),
	                 NULL, NULL);
}

int queue_list(struct store *store, const struct queue_query *query)
{
	return store_run(store,
	                 SQL("SELECT " COLUMNS " FROM report WHERE ?1 = -1 OR state = ?1 "
	                     "ORDER BY row DESC LIMIT ?2",
	                     sql_int(query->state), sql_int(query->limit)),
	                 read_listed, (void *)(uintptr_t)query);
}

static int read_listed(void *context, sqlite3_stmt *statement)
{
	const struct queue_query *query = context;
	struct queue_entry entry;
	int r = read_entry(query->arena, statement, &entry);

	return r < 0 ? r : query->visit(query->context, &entry);
}

static int read_count(void *context, sqlite3_stmt *statement)
{
	*(int64_t *)context = sqlite3_column_int64(statement, 0);
	return 0;
}

int64_t queue_count(struct store *store, enum queue_state state)
{
	int64_t count = 0;

	(void)store_run(store,
	                SQL("SELECT count(*) FROM report WHERE state = ?1",
	                    sql_int(state)),
	                read_count, &count);
	return count;
}

bool queue_has(struct store *store, const char *plan, const char *section,
               const char *period)
{
	int64_t count = 0;

	(void)store_run(
		store,
		SQL("SELECT (SELECT count(*) FROM report WHERE plan = ?1 AND section = "
	            "?2 "
	            "AND period = ?3 AND state <> 2) + (SELECT count(*) FROM accepted "
	            "WHERE plan = ?1 AND section = ?2 AND period = ?3)",
	            sql_text(plan), sql_text(section), sql_text(period)),
		read_count, &count);
	return count > 0;
}

int queue_find_waiting(struct store *store, struct arena *arena,
                       const struct place *place, struct queue_entry *ret_entry)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM report WHERE plan = ?1 AND section = ?2 "
	                "AND period = ?3 AND state = 0 ORDER BY row DESC LIMIT 1",
	                sql_text(place->plan), sql_text(place->section),
	                sql_text(place->period)),
	            ret_entry);
}

int queue_find_earlier(struct store *store, struct arena *arena,
                       const struct place *place, struct queue_entry *ret_entry)
{
	return find(store, arena,
	            SQL("SELECT " COLUMNS " FROM report WHERE plan = ?1 AND section = ?2 "
	                "AND period < ?3 AND state = 0 ORDER BY period DESC, row DESC "
	                "LIMIT 1",
	                sql_text(place->plan), sql_text(place->section),
	                sql_text(place->period)),
	            ret_entry);
}

int queue_complete(struct store *store, int64_t row, struct bytes payload,
                   struct bytes request)
{
	return store_run(store,
	                 SQL("UPDATE report SET payload = ?2, request = ?3, follows = 0, "
	                     "held = 0, wall_next_at = 0 WHERE row = ?1 AND state = 0",
	                     sql_int(row), sql_bytes(payload), sql_bytes(request)),
	                 NULL, NULL);
}
