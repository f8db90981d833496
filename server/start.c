/*
 * Starting, step by step; each step ends in a callback on the loop:
 *
 *   (cluster ~ ~>) schema, on a pool thread ~ ~> pool is up ~ ~> plan time ~ ~> plans ~
 * ~> judge, deliveries, streams, presence -> listeners -> ready
 *
 * What can go wrong, and who must act: the database is not reachable: said once, and
 * tried again until it is. Anything that only an operator can mend (credentials, the
 * schema's version, an address in use) ends the program with exit status 1 and a line
 * that says what to do.
 */
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/err.h"
#include "base/log.h"
#include "server/credentials.h"
#include "server/deliver.h"
#include "server/duband.h"
#include "server/introspection.h"
#include "server/judge.h"
#include "server/presence.h"
#include "server/watch.h"

#define RETRY 1000 /* ms between two attempts of a step */

static void start_cluster(struct duband *duband);
static void on_cluster_up(void *context);
static void on_cluster_failed(void *context, const char *why);
static void on_cluster_event(void *context, enum log_level level, const char *text);
static void start_schema(struct duband *duband);
static void on_retry_schema(uv_timer_t *timer);
static void look_at_schema(uv_work_t *work);
static void on_migrated(void *context, const char *line);
static void on_schema(uv_work_t *work, int status);
static void start_database(struct duband *duband);
static void start_clock(struct duband *duband);
static void on_retry_clock(uv_timer_t *timer);
static void on_clock(struct clock_wait *wait, int status);
static void start_plans(struct duband *duband);
static void on_retry_plans(uv_timer_t *timer);
static void on_plans(struct plans_wait *wait, int status);
static void serve(struct duband *duband);
static void again(struct duband *duband, uv_timer_cb step, const char *why);

void duband_start(struct duband *duband)
{
	duband->conninfo = duband->settings->conninfo;
	if (duband->conninfo[0] == '\0')
		start_cluster(duband);
	else
		start_schema(duband);
}

static void start_cluster(struct duband *duband)
{
	const struct cluster_options options = {
		.state_dir = duband->settings->state_dir,
		.user = duband->settings->postgres.user,
		.bin = duband->settings->postgres.bin,
		.on_up = on_cluster_up,
		.on_failed = on_cluster_failed,
		.on_event = on_cluster_event,
		.context = duband,
	};
	char why[CLUSTER_WHY_MAX] = "out of memory";

	duband->state = DUBAND_CLUSTER;
	if (cluster_open(&duband->loop, &options, &duband->cluster, why) < 0)
		duband_fail(duband, "embedded_postgresql", why);
	else
		duband->conninfo = cluster_conninfo(duband->cluster);
}

/* Also after a restart, when there is nothing to do: the pool comes back by itself. */
static void on_cluster_up(void *context)
{
	struct duband *duband = context;

	if (duband->state == DUBAND_CLUSTER)
		start_schema(duband);
}

static void on_cluster_failed(void *context, const char *why)
{
	duband_fail(context, "embedded_postgresql", why);
}

static void on_cluster_event(void *context, enum log_level level, const char *text)
{
	(void)context;
	log_event(level, "embedded_postgresql", log_str("what", text));
}

/* The embedded database is nobody else's: it is migrated without asking. */
static void start_schema(struct duband *duband)
{
	const char *folder = duband->settings->migrations;

	duband->state = DUBAND_SCHEMA;
	duband->schema.migrate = (struct migrate){
		.conninfo = duband->conninfo,
		.tell = on_migrated,
	};
	if (duband->cluster != NULL)
		duband->schema.migrate.directory =
			folder[0] != '\0' ? folder : migrate_directory();
	duband->schema.running = true;
	CHECK(uv_queue_work(&duband->loop, &duband->schema.work, look_at_schema,
	                    on_schema) == 0);
}

static void on_retry_schema(uv_timer_t *timer)
{
	start_schema(timer->data);
}

/* On a pool thread. */
static void look_at_schema(uv_work_t *work)
{
	struct duband *duband = container_of(work, struct duband, schema.work);
	struct migrate *migrate = &duband->schema.migrate;
	int r = 0;

	if (migrate->directory != NULL)
		r = migrate_run(migrate);
	if (r == 0) {
		migrate->directory = NULL;
		r = migrate_check(migrate);
	}
	duband->schema.status = r;
}

static void on_migrated(void *context, const char *line)
{
	(void)context;
	log_event(LOG_INFO, "migrate", log_str("what", line));
}

static void on_schema(uv_work_t *work, int status)
{
	struct duband *duband = container_of(work, struct duband, schema.work);
	const struct migrate *migrate = &duband->schema.migrate;

	CHECK(status == 0);
	duband->schema.running = false;
	if (duband->state != DUBAND_SCHEMA)
		return; /* told to stop meanwhile */
	if (duband->schema.status == E_DOWN) {
		again(duband, on_retry_schema, migrate->why);
	} else if (duband->schema.status < 0) {
		duband_fail(duband, "schema", migrate->why);
	} else {
		duband->srv.schema = migrate->schema;
		start_database(duband);
	}
}

static void start_database(struct duband *duband)
{
	int r;

	duband->state = DUBAND_DATABASE;
	r = database_open(duband);
	if (r < 0)
		duband_fail(duband, "database", err_text(r));
}

void duband_database_is_up(struct duband *duband)
{
	struct server *srv = &duband->srv;
	const struct settings *settings = duband->settings;
	int r = clock_create(srv, settings->rehearsal, settings->rehearsal_start,
	                     &srv->clock);

	if (r == 0)
		r = plans_create(srv, &srv->plans);
	if (r < 0)
		duband_fail(duband, "start", err_text(r));
	else
		start_clock(duband);
}

static void start_clock(struct duband *duband)
{
	duband->state = DUBAND_CLOCK;
	duband->waiting = true;
	duband->clock_wait.done = on_clock;
	clock_refresh(duband->srv.clock, &duband->clock_wait);
}

static void on_retry_clock(uv_timer_t *timer)
{
	start_clock(timer->data);
}

static void on_clock(struct clock_wait *wait, int status)
{
	struct duband *duband = container_of(wait, struct duband, clock_wait);

	duband->waiting = false;
	if (duband->state != DUBAND_CLOCK)
		return;
	if (status < 0)
		again(duband, on_retry_clock, err_text(status));
	else
		start_plans(duband);
}

static void start_plans(struct duband *duband)
{
	duband->state = DUBAND_PLANS;
	duband->waiting = true;
	duband->plans_wait.done = on_plans;
	plans_refresh(duband->srv.plans, &duband->plans_wait);
}

static void on_retry_plans(uv_timer_t *timer)
{
	start_plans(timer->data);
}

/* A stored plan that this program cannot read keeps it from serving, and says so: to
 * serve without it would tell its districts that there is no such plan. */
static void on_plans(struct plans_wait *wait, int status)
{
	struct duband *duband = container_of(wait, struct duband, plans_wait);

	duband->waiting = false;
	if (duband->state != DUBAND_PLANS)
		return;
	if (status == E_CORRUPT)
		duband_fail(duband, "plans", err_text(status));
	else if (status < 0)
		again(duband, on_retry_plans, err_text(status));
	else
		serve(duband);
}

static void serve(struct duband *duband)
{
	struct server *srv = &duband->srv;
	char why[CLUSTER_WHY_MAX] = "out of memory";
	int r = watch_create(srv, &duband->loop, &srv->watch);

	if (r == 0)
		r = deliver_create(srv, &duband->loop, &srv->deliver);
	if (r == 0)
		r = judge_create(srv, &duband->loop, &srv->judge);
	if (r == 0)
		r = presence_create(srv, &duband->loop, &srv->presence);
	if (r == 0)
		r = listen_open(duband, why, sizeof(why));
	if (r < 0) {
		duband_fail(duband, "listeners", why);
		return;
	}
	duband->state = DUBAND_SERVING;
	introspection_set_healthy(duband->introspection, pg_is_up(duband->pg));
	database_hear_all(duband);
	(void)sd_notify(0, "READY=1");
}

/* The same reason twice is told once. */
static void again(struct duband *duband, uv_timer_cb step, const char *why)
{
	if (strcmp(duband->told, why) != 0)
		log_event(LOG_WARN, "waiting_for_database", log_str("why", why));
	(void)snprintf(duband->told, sizeof(duband->told), "%s", why);
	(void)uv_timer_start(&duband->retry, step, RETRY, 0);
}
