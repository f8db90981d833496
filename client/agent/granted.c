/*
 * Granted times:
 *
 *	alert 申请批复 whose due time lies after its decision
 *	     decided by the lock --> 延期: due time and lock move
 *	     decided after it -----> 补报、更正: taken until then
 *
 * A refusal has the time of its decision as due time, and so grants nothing.
 */
#include "client/agent/granted.h"

#include <duban/v1/alerts.pb-c.h>

#include "model/request_judge.h"

struct grant {
	int64_t decided_at, until; /* 0: none */
};

static int find(struct store *store, const char *section, const char *period,
                struct grant *ret_grant);
static int read_grant(void *context, sqlite3_stmt *statement);

int granted_terms(struct store *store, const struct plan *plan, const struct place *place,
                  struct period_terms *terms)
{
	struct period_times times;
	struct period period;
	struct grant grant;
	int r = find(store, place->section, place->period, &grant);

	if (r < 0 || grant.until == 0 || period_parse(place->period, &period) < 0 ||
	    period_in_plan(plan, &period) < 0)
		return r;
	period_times(plan, &period, &times);
	if (grant.decided_at > times.lock) {
		terms->open_until = grant.until;
		return 0;
	}
	request_extension_times(plan, &period, grant.until, times.lock, &times);
	terms->due = times.due;
	terms->lock = times.lock;
	return 0;
}

void granted_times(struct store *store, const struct plan *plan,
                   const struct plan_section *section, const struct period *period,
                   struct period_times *times)
{
	char text[PERIOD_TEXT_MAX];
	struct grant grant;

	period_print(period, text);
	if (find(store, section->id, text, &grant) == 0 && grant.until > times->due &&
	    grant.decided_at <= times->lock)
		request_extension_times(plan, period, grant.until, times->lock, times);
}

/* The newest answer that granted something. */
static int find(struct store *store, const char *section, const char *period,
                struct grant *ret_grant)
{
	*ret_grant = (struct grant){.until = 0};
	return store_run(
		store,
		SQL("SELECT decided_at, due_at FROM alert WHERE kind = ?1 AND section = "
	            "?2 AND period = ?3 AND due_at > decided_at ORDER BY cursor DESC "
	            "LIMIT 1",
	            sql_int(DUBAN__V1__ALERT_KIND__ALERT_KIND_REQUEST_ANSWERED),
	            sql_text(section), sql_text(period)),
		read_grant, ret_grant);
}

static int read_grant(void *context, sqlite3_stmt *statement)
{
	struct grant *grant = context;

	grant->decided_at = sqlite3_column_int64(statement, 0);
	grant->until = sqlite3_column_int64(statement, 1);
	return 0;
}
