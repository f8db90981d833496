/*
 * The agent's memory.
 *
 *	open: folder -> file -> pragmas -> schema (one transaction, by user_version)
 *
 * What can go wrong, and who has to act:
 *
 *  - The disk is full, or the folder cannot be written: nothing was changed; the
 *    operator makes room. The report stays where it came from.
 *  - The file is damaged: refused at once; the operator restores or removes it. What was
 *    acknowledged is at the centre; a file that was not is still with its writer.
 *  - Another process writes: waited for, BUSY_MS at most.
 */
#include "client/agent/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"

#define BUSY_MS   5000
#define PATH_SIZE 4096
#define FILE_NAME "agent.sqlite"

struct store {
	unsigned magic;
#define STORE_MAGIC 0x57c0a9e3U
	sqlite3 *db;
	char *folder;
	char why[256];
};

/* What makes the next version of each version; the first makes the file. */
static const char *const steps[] = {
	"CREATE TABLE fact (name TEXT PRIMARY KEY, number INTEGER, text TEXT) WITHOUT "
	"ROWID;"
	"CREATE TABLE plan (plan TEXT NOT NULL, version INTEGER NOT NULL, answer BLOB "
	"NOT "
	"NULL, wall_at INTEGER NOT NULL, PRIMARY KEY (plan, version)) WITHOUT ROWID;"
	"CREATE TABLE report ("
	" row INTEGER PRIMARY KEY AUTOINCREMENT,"
	" report_id BLOB NOT NULL UNIQUE CHECK (length(report_id) = 16),"
	" file_hash BLOB NOT NULL CHECK (length(file_hash) = 32),"
	" source TEXT NOT NULL, spooled INTEGER NOT NULL, filed INTEGER NOT NULL DEFAULT "
	"0,"
	" plan TEXT NOT NULL, plan_version INTEGER NOT NULL,"
	" section TEXT NOT NULL, period TEXT NOT NULL,"
	" payload BLOB NOT NULL, request BLOB NOT NULL, wall_queued_at INTEGER NOT NULL,"
	" state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),"
	" held INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,"
	" wall_next_at INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',"
	" receipt BLOB, number TEXT NOT NULL DEFAULT '',"
	" received_at INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL DEFAULT 0,"
	" timeliness INTEGER NOT NULL DEFAULT 0, findings TEXT NOT NULL DEFAULT '[]',"
	" wall_done_at INTEGER NOT NULL DEFAULT 0,"
	" CHECK (state <> 1 OR receipt IS NOT NULL));"
	"CREATE INDEX report_state ON report (state, held, row);"
	"CREATE INDEX report_file ON report (file_hash);"
	"CREATE INDEX report_place ON report (plan, section, period);"
	"CREATE TABLE alert ("
	" cursor INTEGER PRIMARY KEY, kind INTEGER NOT NULL, level INTEGER NOT NULL,"
	" section TEXT NOT NULL, period TEXT NOT NULL, target TEXT NOT NULL,"
	" decided_at INTEGER NOT NULL, due_at INTEGER NOT NULL, cleared_at INTEGER NOT "
	"NULL,"
	" title TEXT NOT NULL, text TEXT NOT NULL, sample INTEGER NOT NULL,"
	" wall_at INTEGER NOT NULL);"
	"CREATE TABLE reminder (plan TEXT NOT NULL, section TEXT NOT NULL, period TEXT "
	"NOT "
	"NULL, stage INTEGER NOT NULL, plan_at INTEGER NOT NULL,"
	" PRIMARY KEY (plan, section, period, stage)) WITHOUT ROWID;"
	"PRAGMA user_version = 1;",

	/* Reports that stand, whoever sent them; returns; a correction behind a report
         * that still waits. Before this version nothing was ever superseded. */
	"CREATE TABLE accepted ("
	" number TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, section TEXT NOT NULL,"
	" period TEXT NOT NULL, revision INTEGER NOT NULL CHECK (revision >= 1),"
	" received_at INTEGER NOT NULL, payload BLOB NOT NULL);"
	"CREATE INDEX accepted_place ON accepted (plan, section, period, revision);"
	"INSERT INTO accepted SELECT number, plan, section, period, 1, received_at, "
	"payload"
	" FROM report WHERE state = 1 AND number <> '' GROUP BY number ORDER BY row;"
	"CREATE TABLE returned ("
	" number TEXT PRIMARY KEY, plan TEXT NOT NULL, section TEXT NOT NULL,"
	" period TEXT NOT NULL, revision INTEGER NOT NULL, ordinal INTEGER NOT NULL,"
	" step INTEGER NOT NULL, by TEXT NOT NULL, remark TEXT NOT NULL,"
	" returned_at INTEGER NOT NULL, due_at INTEGER NOT NULL, fields TEXT NOT NULL,"
	" withdrawn INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
	"ALTER TABLE report ADD COLUMN follows INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 2;",

	/* The unit's projects, as the centre's register last had them. */
	"CREATE TABLE project ("
	" plan TEXT NOT NULL, project TEXT NOT NULL, section TEXT NOT NULL,"
	" run INTEGER NOT NULL, row BLOB NOT NULL,"
	" PRIMARY KEY (plan, project)) WITHOUT ROWID;"
	"PRAGMA user_version = 3;",
};

static int open_file(struct store *store, const char *folder);
static int prepare_schema(struct store *store);
static int failed(struct store *store, int rc);
static int bind(sqlite3_stmt *statement, const struct sql *sql);
static void finalizep(sqlite3_stmt **statement);

int store_open(const char *folder, struct store **ret_store, const char **ret_why)
{
	static __thread char why[256];
	AUTO(store_closep) struct store *store = calloc(1, sizeof(*store));
	int r;

	*ret_why = text_err(E_NOMEM);
	if (store == NULL)
		return E_NOMEM;
	store->magic = STORE_MAGIC;
	store->folder = strdup(folder);
	if (store->folder == NULL)
		return E_NOMEM;
	r = open_file(store, folder);
	if (r == 0)
		r = prepare_schema(store);
	if (r < 0) {
		(void)snprintf(why, sizeof(why), "%s", store->why);
		*ret_why = why;
		return r;
	}
	*ret_store = TAKE(store);
	return 0;
}

static int open_file(struct store *store, const char *folder)
{
	char path[PATH_SIZE];
	int len = snprintf(path, sizeof(path), "%s/" FILE_NAME, folder);
	int rc;

	if (len < 0 || (size_t)len >= sizeof(path)) {
		(void)snprintf(store->why, sizeof(store->why), _("路径过长"));
		return E_LIMIT;
	}
	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		(void)snprintf(store->why, sizeof(store->why), _("无法建立文件夹：%s"),
		               text_errno(errno));
		return E_IO;
	}
	rc = sqlite3_open_v2(path, &store->db,
	                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
	                             SQLITE_OPEN_NOMUTEX,
	                     NULL);
	if (rc != SQLITE_OK)
		return failed(store, rc);
	(void)sqlite3_busy_timeout(store->db, BUSY_MS);
	(void)sqlite3_extended_result_codes(store->db, 1);
	/* FULL syncs the write-ahead log at every commit: 0 means durable. */
	rc = sqlite3_exec(store->db,
	                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	                  "PRAGMA journal_size_limit = 16777216;",
	                  NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : failed(store, rc);
}

static int read_version(void *context, sqlite3_stmt *statement)
{
	*(int *)context = sqlite3_column_int(statement, 0);
	return 0;
}

static int prepare_schema(struct store *store)
{
	int version = 0, r = store_begin(store);

	if (r == 0)
		r = store_run(store, SQL("PRAGMA user_version"), read_version, &version);
	if (r == 0 && version > (int)ARRAY_LEN(steps)) {
		(void)snprintf(store->why, sizeof(store->why),
		               _("%s 由更新版本的程序建立（%d），请升级本程序"),
		               FILE_NAME, version);
		r = E_VERSION;
	}
	for (; r == 0 && version >= 0 && version < (int)ARRAY_LEN(steps); version++) {
		int rc = sqlite3_exec(store->db, steps[version], NULL, NULL, NULL);

		r = rc == SQLITE_OK ? 0 : failed(store, rc);
	}
	if (r == 0)
		return store_commit(store);
	store_rollback(store);
	return r;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	(void)sqlite3_close(store->db);
	free(store->folder);
	store->magic = 0;
	free(store);
}

const char *store_folder(const struct store *store)
{
	return store->folder;
}

static int failed(struct store *store, int rc)
{
	const char *said =
		store->db != NULL ? sqlite3_errmsg(store->db) : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		(void)snprintf(store->why, sizeof(store->why),
		               _("磁盘已满，什么也没有写入；请腾出空间后重试（%s）"),
		               store->folder);
		return E_IO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		(void)snprintf(store->why, sizeof(store->why),
		               _("状态文件正被另一个进程占用，请稍后重试"));
		return E_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		(void)snprintf(store->why, sizeof(store->why),
		               _("状态文件 %s/%s 已损坏，请从备份恢复"), store->folder,
		               FILE_NAME);
		return E_CORRUPT;
	case SQLITE_CONSTRAINT:
		(void)snprintf(store->why, sizeof(store->why), "%s", said);
		return E_EXISTS;
	case SQLITE_NOMEM:
		(void)snprintf(store->why, sizeof(store->why), _("内存不足"));
		return E_NOMEM;
	default:
		(void)snprintf(store->why, sizeof(store->why), _("无法读写 %s/%s：%s"),
		               store->folder, FILE_NAME, said);
		return E_IO;
	}
}

int store_run(struct store *store, const struct sql *sql,
              int (*row)(void *context, sqlite3_stmt *statement), void *context)
{
	AUTO(finalizep) sqlite3_stmt *statement = NULL;
	int rc, r;

	CHECK_MAGIC(store, STORE_MAGIC);
	rc = sqlite3_prepare_v2(store->db, sql->text, -1, &statement, NULL);
	if (rc == SQLITE_OK)
		rc = bind(statement, sql);
	if (rc != SQLITE_OK)
		return failed(store, rc);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		r = row != NULL ? row(context, statement) : 0;
		if (r < 0)
			return r;
	}
	return rc == SQLITE_DONE ? 0 : failed(store, rc);
}

static int bind(sqlite3_stmt *statement, const struct sql *sql)
{
	int rc = SQLITE_OK;

	CHECK((size_t)sqlite3_bind_parameter_count(statement) == sql->count);
	for (size_t i = 0; rc == SQLITE_OK && i < sql->count; i++) {
		const struct sql_value *value = &sql->values[i];
		int at = (int)i + 1;

		if (value->kind == SQL_INT)
			rc = sqlite3_bind_int64(statement, at, value->number);
		else if (value->kind == SQL_TEXT)
			rc = sqlite3_bind_text(statement, at, value->text, -1,
			                       SQLITE_STATIC);
		else
			rc = sqlite3_bind_blob64(statement, at,
			                         value->bytes.len > 0 ? value->bytes.data
			                                              : (const void *)"",
			                         value->bytes.len, SQLITE_STATIC);
	}
	return rc;
}

static void finalizep(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement);
}

const char *store_why(const struct store *store)
{
	return store->why;
}

int64_t store_last_row(const struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

int store_changed(const struct store *store)
{
	return sqlite3_changes(store->db);
}

int store_begin(struct store *store)
{
	return store_run(store, SQL("BEGIN IMMEDIATE"), NULL, NULL);
}

int store_begin_reading(struct store *store)
{
	return store_run(store, SQL("BEGIN DEFERRED"), NULL, NULL);
}

int store_commit(struct store *store)
{
	int r = store_run(store, SQL("COMMIT"), NULL, NULL);

	if (r < 0)
		store_rollback(store);
	return r;
}

void store_rollback(struct store *store)
{
	char why[sizeof(store->why)];

	if (sqlite3_get_autocommit(store->db) != 0)
		return;
	memcpy(why, store->why, sizeof(why)); /* what went wrong first is what is told */
	(void)store_run(store, SQL("ROLLBACK"), NULL, NULL);
	memcpy(store->why, why, sizeof(why));
}

int store_set(struct store *store, const char *name, int64_t value)
{
	return store_run(store,
	                 SQL("INSERT OR REPLACE INTO fact (name, number) VALUES (?1, ?2)",
	                     sql_text(name), sql_int(value)),
	                 NULL, NULL);
}

int store_set_text(struct store *store, const char *name, const char *value)
{
	return store_run(store,
	                 SQL("INSERT OR REPLACE INTO fact (name, text) VALUES (?1, ?2)",
	                     sql_text(name), sql_text(value)),
	                 NULL, NULL);
}

static int read_number(void *context, sqlite3_stmt *statement)
{
	*(int64_t *)context = sqlite3_column_int64(statement, 0);
	return 0;
}

int64_t store_get(struct store *store, const char *name, int64_t otherwise)
{
	int64_t value = otherwise;

	(void)store_run(store,
	                SQL("SELECT number FROM fact WHERE name = ?1", sql_text(name)),
	                read_number, &value);
	return value;
}

struct text_wanted {
	struct arena *arena;
	const char *text;
};

static int read_text(void *context, sqlite3_stmt *statement)
{
	struct text_wanted *wanted = context;

	wanted->text = sql_column(wanted->arena, statement, 0);
	return 0;
}

const char *store_get_text(struct store *store, struct arena *arena, const char *name)
{
	struct text_wanted wanted = {.arena = arena};

	(void)store_run(store,
	                SQL("SELECT text FROM fact WHERE name = ?1", sql_text(name)),
	                read_text, &wanted);
	return wanted.text != NULL ? wanted.text : "";
}

const char *sql_column(struct arena *arena, sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text == NULL
	               ? ""
	               : arena_strndup(arena, text,
	                               (size_t)sqlite3_column_bytes(statement, column));
}

struct bytes sql_column_bytes(struct arena *arena, sqlite3_stmt *statement, int column)
{
	const void *data = sqlite3_column_blob(statement, column);
	size_t len = (size_t)sqlite3_column_bytes(statement, column);

	return arena_copy(arena, bytes_of(data, len));
}

int64_t store_plan_now(struct store *store, int64_t wall_now)
{
	if (store_get(store, "rehearsal", 0) == 0)
		return wall_now;
	return store_get(store, "plan_at", wall_now);
}

int store_set_plan_time(struct store *store, int64_t plan_at, bool rehearsal,
                        int64_t wall_now)
{
	int r = store_begin(store);

	if (r == 0)
		r = store_set(store, "plan_at", plan_at);
	if (r == 0)
		r = store_set(store, "rehearsal", rehearsal);
	if (r == 0)
		r = store_set(store, "plan_seen_wall_at", wall_now);
	if (r == 0)
		return store_commit(store);
	store_rollback(store);
	return r;
}
