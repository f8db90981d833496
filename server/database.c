/*
 * The pool and the store, and what the database tells us:
 *
 *   notification -> who cares about it;   up, down -> log, and everybody looks again
 */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "server/credentials.h"
#include "server/deliver.h"
#include "server/duband.h"
#include "server/introspection.h"
#include "server/judge.h"
#include "server/store_alert.h"
#include "server/store_board.h"
#include "server/store_city.h"
#include "server/store_clock.h"
#include "server/store_clock_read.h"
#include "server/store_delivery.h"
#include "server/store_judge.h"
#include "server/store_light.h"
#include "server/store_plan.h"
#include "server/store_presence.h"
#include "server/store_problem.h"
#include "server/store_project.h"
#include "server/store_reports.h"
#include "server/store_request.h"
#include "server/store_review.h"
#include "server/store_score.h"
#include "server/store_status.h"
#include "server/watch.h"

static void on_state(void *context, bool up, const char *why);
static void on_notify(void *context, const char *channel);

/* clang-format off */
static const struct pg_statement *const statements[] = {
	store_clock_read_statements,
	store_alert_statements,
	store_board_statements,
	store_city_statements,
	store_clock_statements,
	store_delivery_statements,
	store_history_statements,
	store_judge_statements,
	store_light_statements,
	store_notify_statements,
	store_plan_statements,
	store_presence_statements,
	store_problem_statements,
	store_project_statements,
	store_project_figure_statements,
	store_report_statements,
	store_reports_statements,
	store_score_statements,
	store_score_published_statements,
	store_serial_statements,
	store_status_statements,
	store_request_statements,
	store_requests_statements,
	store_review_statements,
	store_life_statements,
	NULL,
};
/* clang-format on */
static const char *const channels[] = {STORE_REPORT_CHANNEL, STORE_PLAN_CHANNEL,
                                       STORE_ALERT_CHANNEL, STORE_CLOCK_CHANNEL, NULL};

int database_open(struct duband *duband)
{
	const struct settings *settings = duband->settings;
	const struct pg_options options = {
		.conninfo = duband->conninfo,
		.connections = (unsigned)settings->connections,
		.queue_max = (unsigned)settings->limits.queries_waiting,
		.connect_timeout = settings->timeouts.database_connect,
		.query_timeout = settings->timeouts.query,
		.synchronous_commit = settings_synchronous_commit(settings),
		.statements = statements,
		.on_state = on_state,
		.on_notify = on_notify,
		.listen = channels,
		.context = duband,
	};
	int r = pg_open(&duband->loop, &options, &duband->pg);

	if (r < 0)
		return r;
	const struct store_options store = {
		.pg = duband->pg,
		.work = duband->srv.work,
		.receipts = credentials_receipts(duband->credentials),
		.queue_max = (size_t)settings->limits.reports_waiting,
		.group_max = (size_t)settings->limits.reports_per_commit,
		.commits_max = (unsigned)settings->limits.commits,
	};
	return store_create(&store, &duband->srv.store);
}

static void on_state(void *context, bool up, const char *why)
{
	struct duband *duband = context;
	struct server *srv = &duband->srv;

	introspection_set_healthy(duband->introspection, up);
	if (!up) {
		log_event(LOG_ERROR, "database_down", log_str("why", why));
		return;
	}
	srv->standby_confirms = pg_standby_confirms(duband->pg);
	log_event(LOG_INFO, "database_up", log_int("version", pg_version(duband->pg)),
	          log_str("standby_confirms", srv->standby_confirms ? "yes" : "no"));
	store_wake(srv->store);
	if (duband->state == DUBAND_DATABASE) {
		duband_database_is_up(duband);
		return;
	}
	database_hear_all(duband);
}

void database_hear_all(struct duband *duband)
{
	for (const char *const *channel = channels; *channel != NULL; channel++)
		on_notify(duband, *channel);
}

/* Without data: who cares looks for itself. */
static void on_notify(void *context, const char *channel)
{
	struct duband *duband = context;
	struct server *srv = &duband->srv;

	if (duband->state != DUBAND_SERVING)
		return; /* nobody is there yet, who will hear all; or any more */
	if (strcmp(channel, STORE_REPORT_CHANNEL) == 0) {
		judge_wake(srv->judge);
	} else if (strcmp(channel, STORE_PLAN_CHANNEL) == 0) {
		plans_refresh(srv->plans, NULL);
	} else if (strcmp(channel, STORE_ALERT_CHANNEL) == 0) {
		watch_wake(srv->watch);
		deliver_wake(srv->deliver);
	} else if (strcmp(channel, STORE_CLOCK_CHANNEL) == 0) {
		clock_refresh(srv->clock, NULL);
	}
}
