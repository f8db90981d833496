/*
 * Results: rows for those who asked, and the outcome of a batch.
 *
 *   result -> rows callback | error noted -> ... -> sync: over
 *
 * What can go wrong, and who must act: see status_of().
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "server/pg_connection.h"

static void take_rows(struct pg_batch *batch, const PGresult *result);
static void take_error(struct pg_batch *batch, const PGresult *result);
static int status_of(const char *sqlstate);
static bool is_class(const char *sqlstate, const char *class);
static bool ends_connection(const PGresult *result);

void pg_batch_begin(struct pg_batch *batch)
{
	batch->answered = 0;
	batch->status = 0;
	batch->error[0] = '\0';
}

bool pg_batch_result(struct pg_batch *batch, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		return true;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		take_rows(batch, result);
		return false;
	case PGRES_PIPELINE_ABORTED: /* after an error, which is noted */
		return false;
	default:
		take_error(batch, result);
		return false;
	}
}

static void take_rows(struct pg_batch *batch, const PGresult *result)
{
	const struct pg_result rows = {.rows = result};

	CHECK(batch->answered < batch->count);
	if (batch->items[batch->answered].rows != NULL)
		batch->items[batch->answered].rows(batch, &rows);
	batch->answered++;
}

static void take_error(struct pg_batch *batch, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

	if (batch->status != 0)
		return;
	/* Every statement was answered and the backend dies: perhaps after the commit,
	 * for instance while it waited for a standby. */
	if (ends_connection(result) && batch->answered == batch->count)
		batch->status = E_UNKNOWN;
	else
		batch->status = sqlstate != NULL ? status_of(sqlstate) : E_UNKNOWN;
	(void)snprintf(batch->error, sizeof(batch->error), "%s %s%s%s",
	               sqlstate != NULL ? sqlstate : "", text != NULL ? text : "",
	               constraint != NULL ? " constraint " : "",
	               constraint != NULL ? constraint : "");
}

static int status_of(const char *sqlstate)
{
	if (strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0)
		return E_BUSY; /* lost to another transaction: again */
	if (strcmp(sqlstate, "23505") == 0)
		return E_EXISTS;
	if (is_class(sqlstate, "23"))
		return E_REFUSED;
	if (is_class(sqlstate, "53") || is_class(sqlstate, "57") ||
	    is_class(sqlstate, "58") || is_class(sqlstate, "08") ||
	    strcmp(sqlstate, "25006") == 0 || strcmp(sqlstate, "55P03") == 0)
		return E_DOWN; /* disk full, shutting down, too slow, read only, locked */
	return E_INTERNAL;
}

static bool is_class(const char *sqlstate, const char *class)
{
	return strncmp(sqlstate, class, 2) == 0;
}

static bool ends_connection(const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity != NULL &&
	       (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

size_t pg_rows(const struct pg_result *result)
{
	return (size_t)PQntuples(result->rows);
}

bool pg_is_null(const struct pg_result *result, size_t row, int column)
{
	return PQgetisnull(result->rows, (int)row, column) != 0;
}

const char *pg_text(const struct pg_result *result, size_t row, int column)
{
	CHECK(row < pg_rows(result) && column < PQnfields(result->rows));
	return PQgetvalue(result->rows, (int)row, column);
}

int64_t pg_integer(const struct pg_result *result, size_t row, int column)
{
	const char *text = pg_text(result, row, column);
	char *end;
	int64_t value = strtoll(text, &end, 10);

	CHECK(*text != '\0' && *end == '\0'); /* our statement asked for an integer */
	return value;
}

bool pg_bool(const struct pg_result *result, size_t row, int column)
{
	return pg_text(result, row, column)[0] == 't';
}

struct bytes pg_bytes(const struct pg_result *result, size_t row, int column,
                      struct arena *arena)
{
	const char *text = pg_text(result, row, column);
	size_t len = strlen(text);
	uint8_t *data;

	if (pg_is_null(result, row, column))
		return bytes_of(arena_alloc(arena, 1), 0);
	CHECK(len >= 2 && text[0] == '\\' && text[1] == 'x'); /* bytea_output = hex */
	data = arena_alloc(arena, (len - 2) / 2 + 1);
	if (data == NULL)
		return bytes_of(NULL, 0);
	CHECK(bytes_from_hex(text + 2, data, (len - 2) / 2) == 0);
	return bytes_of(data, (len - 2) / 2);
}
