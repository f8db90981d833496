/*
 * What PostgreSQL alone reaches: the rows that duband has just stored are read back as
 * parameters, taken out, and put in again by the statement that duband uses.
 *
 *	read back in groups -> TRUNCATE, CHECKPOINT -> clock starts -> C connections, one
 *	group after the other, a commit each -> clock stops -> ask for earlier figures
 *
 * Parameters travel in the binary form, the cheapest that there is. Prints one JSON
 * object.
 */
#include <libpq-fe.h>
#include <popt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "bench/peer.h"
#include "bench/times.h"
#include "server/pg.h"
#include "server/store.h"

#define SQL_SIZE    8192
#define THREADS_MAX 64
#define QUESTIONS   500 /* for earlier figures */

static struct {
	char *conninfo, *before;
	int group, connections, print;
} options = {.group = 1, .connections = 1};

/* clang-format off */
static const struct poptOption option_table[] = {
	{"conninfo", 'c', POPT_ARG_STRING, &options.conninfo, 0, "a database that duband has filled", "CONNINFO"},
	{"before", 'b', POPT_ARG_STRING, &options.before, 0, "day for the question for earlier figures", "2022-07-31"},
	{"group", 'g', POPT_ARG_INT, &options.group, 0, "reports in one commit", "N"},
	{"connections", 'n', POPT_ARG_INT, &options.connections, 0, "at once", "N"},
	{"print", 'p', POPT_ARG_NONE, &options.print, 0, "only print the statement", NULL},
	POPT_AUTOHELP POPT_TABLEEND
};

/* In the order of the statement's parameters. */
#define LEDGER(X) X(unit) X(report_id) X(content_hash) X(number) X(plan) X(section) \
	X(period) X(period_end) X(received_at) X(wall_received_at) X(timeliness) X(receipt) \
	X(plan_version) X(envelope) X(signer) X(crl_number) X(made_at) X(wall_made_at) \
	X(progress) X(problems) X(next_steps) X(city_to_settle) X(filled_by) X(reviewed_by) \
	X(approved_by) X(figure_count) X(notice_count) X(kind) X(revision) X(supersedes) \
	X(change_reason) X(review_at)
#define WIDE(column) ", array_agg(" #column " ORDER BY place) AS a_" #column
#define NAME(column) ", a_" #column
static const char read_back[] =
	"WITH numbered AS (SELECT submission.*, plan_version, envelope, signer, crl_number,"
	" made_at, wall_made_at, progress, problems, next_steps, city_to_settle, filled_by,"
	" reviewed_by, approved_by, figure_count, notice_count, change_reason,"
	" coalesce(waits.due_at, received_at) AS review_at,"
	" row_number() OVER (ORDER BY number) - 1 AS n"
	" FROM submission JOIN report USING (unit, report_id)"
	" LEFT JOIN (SELECT subject AS number, due_at FROM timetable WHERE kind = 7) waits"
	" USING (number)),"
	" placed AS (SELECT *, n / %d AS g, n %% %d + 1 AS place FROM numbered),"
	" wide AS (SELECT g" LEDGER(WIDE) " FROM placed GROUP BY g),"
	" figures AS (SELECT g, array_agg(place ORDER BY place, indicator) AS f_place,"
	"  array_agg(figure.indicator ORDER BY place, indicator) AS f_indicator,"
	"  array_agg(figure.value::numeric ORDER BY place, indicator) AS f_value,"
	"  array_agg(figure.value_unit ORDER BY place, indicator) AS f_unit,"
	"  array_agg(figure.hedge ORDER BY place, indicator) AS f_hedge,"
	"  array_agg(figure.reason ORDER BY place, indicator) AS f_reason"
	"  FROM placed JOIN figure USING (unit, report_id) GROUP BY g)"
	" SELECT g" LEDGER(NAME) ", f_place, f_indicator, f_value, f_unit, f_hedge, f_reason,"
	"  cardinality(a_unit) FROM wide JOIN figures USING (g)";
/* clang-format on */

static PGresult *groups; /* column 0 is not a parameter, nor is the last */
static const struct pg_statement *insert, *history;
static atomic_int next_group;
static uint64_t *latencies; /* of each group */

static void read_options(int argc, const char **argv);
static const struct pg_statement *find(const struct pg_statement *table,
                                       const char *name);
static PGconn *open_database(void);
static PGresult *run(PGconn *conn, const char *sql, int format);
static void prepare(PGconn *conn, const struct pg_statement *statement);
static uint64_t insert_all(void);
static void *insert_some(void *context);
static void insert_group(PGconn *conn, int group);
static double ask_for_history(PGconn *conn);
static double median(uint64_t *times, size_t count);

int main(int argc, const char **argv)
{
	char sql[SQL_SIZE];
	uint64_t took;
	long rows = 0;
	PGconn *conn;
	int count;

	read_options(argc, argv);
	insert = find(store_report_statements, "report_insert");
	history = find(store_history_statements, "report_history");
	if (options.print)
		return puts(insert->sql) == EOF;
	conn = open_database();
	(void)snprintf(sql, sizeof(sql), read_back, options.group, options.group);
	groups = run(conn, sql, 1);
	count = PQntuples(groups);
	if (count == 0)
		peer_fail("the database holds no report");
	latencies = calloc((size_t)count, sizeof(latencies[0]));
	peer_need(latencies == NULL ? E_NOMEM : 0, "groups");
	PQclear(run(conn, "TRUNCATE figure, report, submission CASCADE", 0));
	PQclear(run(conn, "DELETE FROM timetable WHERE kind = 7", 0));
	PQclear(run(conn, "CHECKPOINT", 0));
	took = insert_all();
	PQclear(groups);
	groups = run(conn, "SELECT count(*) FROM report", 0);
	rows = strtol(PQgetvalue(groups, 0, 0), NULL, 10);
	PQclear(groups);
	printf("{\"rows\": %ld, \"seconds\": %.3f, \"per_second\": %.0f, \"commits\": "
	       "%d, "
	       "\"commit_p50_us\": %.0f, \"history_p50_us\": %.0f}\n",
	       rows, (double)took / 1e9, (double)rows / ((double)took / 1e9), count,
	       median(latencies, (size_t)count), ask_for_history(conn));
	free(latencies);
	PQfinish(conn);
	return 0;
}

static void read_options(int argc, const char **argv)
{
	poptContext context = poptGetContext(NULL, argc, argv, option_table, 0);

	if (poptGetNextOpt(context) != -1 || poptPeekArg(context) != NULL ||
	    (!options.print && (options.conninfo == NULL || options.before == NULL)) ||
	    options.group < 1 || options.connections < 1 ||
	    options.connections > THREADS_MAX)
		peer_fail("see --help");
	poptFreeContext(context);
}

static const struct pg_statement *find(const struct pg_statement *table, const char *name)
{
	while (table->name != NULL && strcmp(table->name, name) != 0)
		table++;
	if (table->name == NULL)
		peer_fail("there is no statement %s", name);
	return table;
}

static PGconn *open_database(void)
{
	PGconn *conn = PQconnectdb(options.conninfo);

	if (PQstatus(conn) != CONNECTION_OK)
		peer_fail("%s", PQerrorMessage(conn));
	PQclear(run(conn, "SET synchronous_commit = on", 0));
	return conn;
}

static PGresult *run(PGconn *conn, const char *sql, int format)
{
	PGresult *result = PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, format);

	if (PQresultStatus(result) != PGRES_COMMAND_OK &&
	    PQresultStatus(result) != PGRES_TUPLES_OK)
		peer_fail("%s", PQerrorMessage(conn));
	return result;
}

static void prepare(PGconn *conn, const struct pg_statement *statement)
{
	PGresult *result = PQprepare(conn, statement->name, statement->sql, 0, NULL);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		peer_fail("%s", PQerrorMessage(conn));
	PQclear(result);
}

/* Connections are opened and prepared before the clock starts; nanoseconds. */
static uint64_t insert_all(void)
{
	PGconn *conns[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	uint64_t start;

	for (int i = 0; i < options.connections; i++) {
		conns[i] = open_database();
		prepare(conns[i], insert);
	}
	start = times_now();
	for (int i = 0; i < options.connections; i++)
		CHECK(pthread_create(&threads[i], NULL, insert_some, conns[i]) == 0);
	for (int i = 0; i < options.connections; i++)
		(void)pthread_join(threads[i], NULL);
	start = times_now() - start;
	for (int i = 0; i < options.connections; i++)
		PQfinish(conns[i]);
	return start;
}

static void *insert_some(void *context)
{
	int group;

	while ((group = atomic_fetch_add(&next_group, 1)) < PQntuples(groups))
		insert_group(context, group);
	return NULL;
}

static void insert_group(PGconn *conn, int group)
{
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];
	uint64_t start = times_now();
	PGresult *result;

	for (int i = 0; i < insert->params; i++) {
		values[i] = PQgetvalue(groups, group, i + 1);
		lengths[i] = PQgetlength(groups, group, i + 1);
		formats[i] = 1;
	}
	result = PQexecPrepared(conn, insert->name, insert->params, values, lengths,
	                        formats, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) == 0)
		peer_fail("insert: %s", PQerrorMessage(conn));
	PQclear(result);
	latencies[group] = times_now() - start;
}

static double ask_for_history(PGconn *conn)
{
	const char *values[] = {"bench-1", "430001", "1", options.before, "13"};
	uint64_t times[QUESTIONS];

	prepare(conn, history);
	for (size_t i = 0; i < QUESTIONS; i++) {
		uint64_t start = times_now();
		PGresult *result = PQexecPrepared(conn, history->name, history->params,
		                                  values, NULL, NULL, 0);

		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			peer_fail("history: %s", PQerrorMessage(conn));
		PQclear(result);
		times[i] = times_now() - start;
	}
	return median(times, QUESTIONS);
}

/* In microseconds; sorts. */
static double median(uint64_t *times, size_t count)
{
	times_sort(times, count);
	return times_percentile(times, count, 50);
}
