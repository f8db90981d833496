/*
 * Migrations:
 *
 *   folder -> files -> connect -> lock -> compare with the table -> apply the rest
 *
 * The table `migration` holds number, name and SHA-256 of every file that was applied. A
 * file is history once it is applied: changed or missing, everything stops, because then
 * nobody knows what the schema is.
 *
 * What can go wrong, and who must act: always the operator, who reads why.
 */
#include "server/migrate.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/err.h"
#include "model/receipt.h"
#include "server/migrate_files.h"

#define CONNECT_TIMEOUT "10" /* seconds */
#define LOCK_KEY        "7237000"

DEFINE_AUTO(connp, PGconn, PQfinish)
DEFINE_AUTO(resultp, PGresult, PQclear)

static int say(struct migrate *migrate, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int open_database(struct migrate *migrate, PGconn **ret_conn);
static int run(struct migrate *migrate, PGconn *conn, int err, const char *sql);
static int lock(struct migrate *migrate, PGconn *conn);
static bool has_table(PGconn *conn);
static int compare(struct migrate *migrate, PGconn *conn,
                   const struct migration_files *files);
static int compare_row(struct migrate *migrate, const struct migration_files *files,
                       unsigned number, const char *name, const char *checksum);
static int apply(struct migrate *migrate, PGconn *conn,
                 const struct migration_file *file);
static int record(struct migrate *migrate, PGconn *conn,
                  const struct migration_file *file);
static int judge_version(struct migrate *migrate);

const char *migrate_directory(void)
{
	static char program[4096];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (len > 0 &&
	    strncmp(program, DUBAN_BUILD_DIR "/", strlen(DUBAN_BUILD_DIR) + 1) == 0)
		return DUBAN_SOURCE_MIGRATIONS;
	return DUBAN_INSTALLED_MIGRATIONS;
}

int migrate_run(struct migrate *migrate)
{
	AUTO(migration_files_finishp) struct migration_files files = {0};
	AUTO(connp) PGconn *conn = NULL;
	int r = migration_files_read(&files, migrate->directory, migrate->why);

	if (r == 0)
		r = open_database(migrate, &conn);
	if (r == 0)
		r = lock(migrate, conn);
	if (r == 0)
		r = run(migrate, conn, E_REFUSED,
		        "CREATE TABLE IF NOT EXISTS migration ("
		        " version integer PRIMARY KEY, name text NOT NULL,"
		        " checksum bytea NOT NULL,"
		        " wall_applied_at timestamptz NOT NULL DEFAULT now());"
		        "COMMENT ON TABLE migration IS"
		        " 'schema files that were applied, kept by duband migrate'");
	if (r == 0)
		r = compare(migrate, conn, &files);
	for (size_t i = migrate->schema; i < files.count && r == 0; i++)
		r = apply(migrate, conn, &files.items[i]);
	return r;
}

int migrate_check(struct migrate *migrate)
{
	AUTO(migration_files_finishp) struct migration_files files = {0};
	AUTO(connp) PGconn *conn = NULL;
	int r = 0;

	if (migrate->directory != NULL)
		r = migration_files_read(&files, migrate->directory, migrate->why);
	if (r == 0)
		r = open_database(migrate, &conn);
	if (r == 0 && has_table(conn))
		r = compare(migrate, conn, migrate->directory != NULL ? &files : NULL);
	else if (r == 0)
		migrate->pending = (unsigned)files.count;
	return r == 0 ? judge_version(migrate) : r;
}

static int say(struct migrate *migrate, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(migrate->why, sizeof(migrate->why), format, args);
	va_end(args);
	for (char *end = strchr(migrate->why, '\n'); end != NULL; end = strchr(end, '\n'))
		*end = end[1] == '\0' ? '\0' : ' ';
	return err;
}

static int open_database(struct migrate *migrate, PGconn **ret_conn)
{
	const char *const keywords[] = {"dbname", "connect_timeout", "client_encoding",
	                                "fallback_application_name", NULL};
	const char *const values[] = {migrate->conninfo, CONNECT_TIMEOUT, "UTF8",
	                              "duband migrate", NULL};
	PGconn *conn = PQconnectdbParams(keywords, values, 1);

	*ret_conn = conn;
	if (PQstatus(conn) != CONNECTION_OK)
		return say(migrate, E_DOWN, "%s", PQerrorMessage(conn));
	return run(migrate, conn, E_DOWN,
	           "SET client_min_messages = warning; SET lock_timeout = '60s';"
	           " SET statement_timeout = '1h'; SET synchronous_commit = on");
}

static int run(struct migrate *migrate, PGconn *conn, int err, const char *sql)
{
	AUTO(resultp) PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return 0;
	if (PQstatus(conn) != CONNECTION_OK)
		err = E_DOWN;
	return say(migrate, err, "%s", PQerrorMessage(conn));
}

/* Held until the connection closes. */
static int lock(struct migrate *migrate, PGconn *conn)
{
	return run(migrate, conn, E_DOWN, "SELECT pg_advisory_lock(" LOCK_KEY ")");
}

static bool has_table(PGconn *conn)
{
	AUTO(resultp)
	PGresult *result =
		PQexec(conn,
	               "SELECT 1 FROM pg_class WHERE oid = to_regclass('migration')");

	return PQntuples(result) == 1;
}

/* Without @files only the newest version is looked at. */
static int compare(struct migrate *migrate, PGconn *conn,
                   const struct migration_files *files)
{
	AUTO(resultp)
	PGresult *result =
		PQexec(conn,
	               "SELECT version, name, encode(checksum, 'hex') FROM migration"
	               " ORDER BY version");
	int count = PQntuples(result), r = 0;

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return say(migrate, E_DOWN, "%s", PQerrorMessage(conn));
	migrate->schema = 0;
	for (int i = 0; i < count && r == 0; i++) {
		migrate->schema = (unsigned)strtoul(PQgetvalue(result, i, 0), NULL, 10);
		if (files != NULL)
			r = compare_row(migrate, files, migrate->schema,
			                PQgetvalue(result, i, 1),
			                PQgetvalue(result, i, 2));
	}
	if (r == 0 && files != NULL)
		migrate->pending = (unsigned)files->count - migrate->schema;
	return r;
}

static int compare_row(struct migrate *migrate, const struct migration_files *files,
                       unsigned number, const char *name, const char *checksum)
{
	char hex[2 * HASH_SIZE + 1];

	if (number == 0 || number > files->count)
		return say(migrate, E_CORRUPT,
		           "the database has migration %u (%s), which is missing in %s: "
		           "was it made by a newer duband?",
		           number, name, migrate->directory);
	bytes_to_hex(bytes_of(files->items[number - 1].checksum, HASH_SIZE), hex);
	if (strcmp(hex, checksum) != 0)
		return say(migrate, E_CORRUPT,
		           "migration %s was changed after it was applied to this "
		           "database: put the original file back, and make a new one "
		           "for the change",
		           files->items[number - 1].name);
	return 0;
}

static int apply(struct migrate *migrate, PGconn *conn, const struct migration_file *file)
{
	char line[MIGRATE_WHY_MAX];
	int r = run(migrate, conn, E_DOWN, "BEGIN");

	if (r == 0)
		r = run(migrate, conn, E_REFUSED, file->sql);
	if (r == 0)
		r = record(migrate, conn, file);
	if (r == 0)
		r = run(migrate, conn, E_REFUSED, "COMMIT");
	if (r < 0) {
		(void)snprintf(line, sizeof(line), "%s", migrate->why);
		return say(migrate, r, "%s: %.400s", file->name, line);
	}
	migrate->schema = file->number;
	migrate->pending--;
	(void)snprintf(line, sizeof(line), "applied %s", file->name);
	if (migrate->tell != NULL)
		migrate->tell(migrate->context, line);
	return 0;
}

static int record(struct migrate *migrate, PGconn *conn,
                  const struct migration_file *file)
{
	char number[16], hex[2 * HASH_SIZE + 1];
	const char *values[] = {number, file->name, hex};

	(void)snprintf(number, sizeof(number), "%u", file->number);
	bytes_to_hex(bytes_of(file->checksum, HASH_SIZE), hex);
	AUTO(resultp)
	PGresult *result = PQexecParams(
		conn,
		"INSERT INTO migration (version, name, checksum) VALUES ($1, $2, "
		"decode($3, 'hex'))",
		3, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		return say(migrate, E_REFUSED, "%s", PQerrorMessage(conn));
	return 0;
}

static int judge_version(struct migrate *migrate)
{
	if (migrate->schema == SCHEMA_VERSION || migrate->schema == SCHEMA_VERSION + 1)
		return 0;
	if (migrate->schema < SCHEMA_VERSION)
		return say(
			migrate, E_VERSION,
			"the database's schema is version %u, this duband needs %d: run "
			"\"duband migrate\"",
			migrate->schema, SCHEMA_VERSION);
	return say(migrate, E_VERSION,
	           "the database's schema is version %u, this duband serves %d and %d: "
	           "install a newer duband",
	           migrate->schema, SCHEMA_VERSION, SCHEMA_VERSION + 1);
}
