/* A private PostgreSQL for a test program. */
#include "database.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

void database_enter(char **argv)
{
	if (getenv("DUBAN_TEST_PG") != NULL)
		return;
	(void)execl(DATABASE_SCRIPT, DATABASE_SCRIPT, "run", argv[0], NULL);
	perror(DATABASE_SCRIPT);
	exit(1);
}

const char *database_conninfo(void)
{
	return getenv("DUBAN_TEST_CONNINFO");
}

const char *database_folder(void)
{
	return getenv("DUBAN_TEST_PG");
}

void database_control(const char *verb)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		(void)execl(DATABASE_SCRIPT, DATABASE_SCRIPT, verb, database_folder(),
		            NULL);
		_exit(127);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int64_t database_run(const char *sql)
{
	PGconn *conn = PQconnectdb(database_conninfo());
	PGresult *result = PQexec(conn, sql);
	int64_t value = 0;

	if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0)
		value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	else if (PQresultStatus(result) != PGRES_COMMAND_OK &&
	         PQresultStatus(result) != PGRES_TUPLES_OK)
		(void)fprintf(stderr, "%s: %s", sql, PQerrorMessage(conn));
	CHECK(PQresultStatus(result) == PGRES_COMMAND_OK ||
	      PQresultStatus(result) == PGRES_TUPLES_OK);
	PQclear(result);
	PQfinish(conn);
	return value;
}
