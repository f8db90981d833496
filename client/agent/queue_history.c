/* Accepted reports of this agent, for rules that look back. */
#include "client/agent/queue.h"

#include "base/err.h"
#include "model/period.h"

static int read_history(void *context, sqlite3_stmt *statement);

struct looking_back {
	struct arena *arena;
	struct history *history;
};

int queue_history(struct store *store, struct arena *arena, const struct report *report,
                  struct history *ret_history)
{
	struct history history = {.count = 0};
	struct looking_back back = {.arena = arena, .history = &history};
	int r = store_run(
		store,
		SQL("SELECT payload FROM report WHERE row IN "
	            "(SELECT max(row) FROM report WHERE plan = ?1 AND section = ?2 "
	            "AND state = 1 AND period < ?3 GROUP BY period) "
	            "ORDER BY period DESC LIMIT ?4",
	            sql_text(report->plan), sql_text(report->section),
	            sql_text(report->period), sql_int(HISTORY_MAX)),
		read_history, &back);

	if (r == 0)
		*ret_history = history;
	return r;
}

/* What we signed ourselves reads again; a row that does not is damaged, and left out. */
static int read_history(void *context, sqlite3_stmt *statement)
{
	struct looking_back *back = context;
	struct bytes payload = sql_column_bytes(back->arena, statement, 0);
	const struct report *report;
	struct findings findings;
	struct period period;

	findings_init(&findings, back->arena);
	if (payload.data == NULL)
		return E_NOMEM;
	if (report_decode(back->arena, payload, &findings, &report) < 0 ||
	    period_parse(report->period, &period) < 0 ||
	    back->history->count == HISTORY_MAX)
		return 0;
	back->history->reports[back->history->count].period = period;
	back->history->reports[back->history->count].figures = report->figures;
	back->history->reports[back->history->count].figure_count = report->figure_count;
	back->history->count++;
	return 0;
}
