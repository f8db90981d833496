/*
 * The first words on a new connection: settings, checks, prepared statements; for the
 * listener its channels. One pipeline, one round trip.
 *
 * What can go wrong, and who must act: the database is not one that keeps what it
 * acknowledged, is a standby, is too old, or lacks the schema. connection->why says so,
 * the operator reads it in the log, and connecting goes on: it may be put right.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/pg_connection.h"

/* Columns of the answer to HELLO. */
enum { VERSION, FSYNC, FULL_PAGE_WRITES, IN_RECOVERY, ENCODING, STANDBYS };

static const char HELLO[] =
	"SELECT current_setting('server_version_num'), current_setting('fsync'),"
	" current_setting('full_page_writes'), pg_is_in_recovery(),"
	" current_setting('server_encoding'),"
	" current_setting('synchronous_standby_names') <> '',"
	" set_config('synchronous_commit', $1, false),"
	" set_config('statement_timeout', $2, false),"
	" set_config('lock_timeout', $2, false),"
	" set_config('TimeZone', 'UTC', false),"
	" set_config('DateStyle', 'ISO, YMD', false),"
	" set_config('bytea_output', 'hex', false),"
	" set_config('standard_conforming_strings', 'on', false),"
	" set_config('default_transaction_isolation', 'read committed', false),"
	" set_config('default_transaction_read_only', 'off', false),"
	" set_config('jit', 'off', false)";

static int send_statements(struct pg_connection *connection);
static int send_channels(struct pg_connection *connection);
static void check_hello(struct pg_connection *connection, const PGresult *result);
static const char *refusal(const PGresult *result);
static int version_of(const PGresult *result);

int pg_greet_send(struct pg_connection *connection)
{
	const struct pg *pg = connection->pg;
	const char *values[] = {pg->options.synchronous_commit, pg->statement_timeout};
	int r;

	if (values[0] == NULL)
		values[0] = "on";
	if (PQsendQueryParams(connection->conn, HELLO, 2, NULL, values, NULL, NULL, 0) !=
	    1)
		return E_DOWN;
	r = connection->listens ? send_channels(connection) : send_statements(connection);
	if (r < 0)
		return r;
	return PQpipelineSync(connection->conn) == 1 ? 0 : E_DOWN;
}

static int send_statements(struct pg_connection *connection)
{
	const struct pg_statement *const *tables = connection->pg->options.statements;

	for (; tables != NULL && *tables != NULL; tables++)
		for (const struct pg_statement *row = *tables; row->name != NULL; row++)
			if (PQsendPrepare(connection->conn, row->name, row->sql,
			                  row->params, NULL) != 1)
				return E_DOWN;
	return 0;
}

static int send_channels(struct pg_connection *connection)
{
	for (const char *const *channel = connection->pg->options.listen;
	     *channel != NULL; channel++) {
		char sql[100];

		(void)snprintf(sql, sizeof(sql), "LISTEN \"%s\"", *channel);
		if (PQsendQueryParams(connection->conn, sql, 0, NULL, NULL, NULL, NULL,
		                      0) != 1)
			return E_DOWN;
	}
	return 0;
}

bool pg_greet_result(struct pg_connection *connection, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_PIPELINE_SYNC)
		return true;
	if (status == PGRES_TUPLES_OK && connection->greeted == 0)
		check_hello(connection, result);
	else if (status != PGRES_COMMAND_OK && connection->why[0] == '\0')
		(void)snprintf(connection->why, sizeof(connection->why), "%s",
		               PQresultErrorMessage(result));
	connection->greeted++;
	return false;
}

static void check_hello(struct pg_connection *connection, const PGresult *result)
{
	const char *why = refusal(result);

	if (why != NULL) {
		(void)snprintf(connection->why, sizeof(connection->why), "%s", why);
		return;
	}
	connection->pg->version = version_of(result);
	connection->pg->standby_confirms =
		strcmp(PQgetvalue(result, 0, STANDBYS), "t") == 0;
}

static const char *refusal(const PGresult *result)
{
	if (version_of(result) < PG_VERSION_MIN)
		return "this PostgreSQL is older than version 14";
	if (strcmp(PQgetvalue(result, 0, FSYNC), "on") != 0)
		return "fsync is off: a receipt would promise what a power cut can undo";
	if (strcmp(PQgetvalue(result, 0, FULL_PAGE_WRITES), "on") != 0)
		return "full_page_writes is off: a crash could damage what was "
		       "acknowledged";
	if (strcmp(PQgetvalue(result, 0, IN_RECOVERY), "t") == 0)
		return "this is a standby, which takes no reports";
	if (strcmp(PQgetvalue(result, 0, ENCODING), "UTF8") != 0)
		return "the database's encoding is not UTF8";
	return NULL;
}

static int version_of(const PGresult *result)
{
	return (int)strtol(PQgetvalue(result, 0, VERSION), NULL, 10);
}
