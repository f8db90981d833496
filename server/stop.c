/*
 * Stopping, from any state, losing nothing that was acknowledged:
 *
 *   listeners closed, GOAWAY, streams finished, running calls end ~ ~>
 *   judge, deliveries, streams' hub end what they sent ~ ~> nothing is under way ~ ~>
 *   pool ~ ~> embedded PostgreSQL ~ ~> signals and timers -> the loop is empty
 *
 * What can go wrong, and who must act: a call does not end: after server.drain it is
 * reset. A second signal does not wait for that, and a third one for nothing: the program
 * ends at once, which is safe, because a receipt never leaves before its commit; the
 * embedded PostgreSQL then stays, and the next duband adopts it.
 */
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/log.h"
#include "rpc/server.h"
#include "server/credentials.h"
#include "server/deliver.h"
#include "server/duband.h"
#include "server/introspection.h"
#include "server/judge.h"
#include "server/presence.h"
#include "server/service.h"
#include "server/watch.h"

#define LOOK 10 /* ms between two looks whether anything is under way */

static void hurry(struct duband *duband);
static void on_rpc_closed(struct rpc_server *rpc, void *context);
static void close_parts(struct duband *duband);
static void on_part_closed(void *context);
static void wait_for_quiet(struct duband *duband);
static void on_look(uv_timer_t *timer);
static bool is_quiet(const struct duband *duband);
static void close_database(struct duband *duband);
static void on_pool_closed(void *context);
static void on_cluster_closed(void *context);
static void finish(struct duband *duband);

void duband_fail(struct duband *duband, const char *what, const char *why)
{
	log_event(LOG_ERROR, "cannot_start", log_str("what", what), log_str("why", why));
	duband->exit_status = 1;
	if (duband->state < DUBAND_DRAINING)
		duband_stop(duband);
}

void duband_stop(struct duband *duband)
{
	if (duband->state >= DUBAND_DRAINING) {
		hurry(duband);
		return;
	}
	log_event(LOG_INFO, "stopping");
	(void)sd_notify(0, "STOPPING=1");
	(void)uv_timer_stop(&duband->retry);
	duband->state = DUBAND_DRAINING;
	if (duband->srv.rpc != NULL) {
		rpc_server_close(duband->srv.rpc, duband->settings->drain, on_rpc_closed,
		                 duband);
		watch_drain(duband->srv.watch);
		introspection_drain(duband->introspection);
	} else {
		close_parts(duband);
	}
}

/* Whoever is still connected is sent away; calls that run end as cancelled. */
static void hurry(struct duband *duband)
{
	if (duband->hurried) {
		log_event(LOG_WARN, "stopped_at_once");
		_exit(1);
	}
	duband->hurried = true;
	log_event(LOG_WARN, "hurrying");
	credentials_admit_nobody(duband->credentials);
	if (duband->srv.rpc != NULL)
		(void)rpc_server_recheck(duband->srv.rpc);
}

static void on_rpc_closed(struct rpc_server *rpc, void *context)
{
	struct duband *duband = context;

	CHECK_MAGIC(duband, DUBAND_MAGIC);
	rpc_server_destroy(rpc);
	duband->srv.rpc = NULL;
	introspection_destroy(TAKE(duband->introspection));
	close_parts(duband);
}

/* Those that were made. One more is counted for this function itself. */
static void close_parts(struct duband *duband)
{
	struct server *srv = &duband->srv;

	duband->state = DUBAND_STOPPING;
	duband->closing = 1;
	if (srv->judge != NULL) {
		duband->closing++;
		judge_close(TAKE(srv->judge), on_part_closed, duband);
	}
	if (srv->deliver != NULL) {
		duband->closing++;
		deliver_close(TAKE(srv->deliver), on_part_closed, duband);
	}
	if (srv->presence != NULL) {
		duband->closing++;
		presence_close(TAKE(srv->presence), on_part_closed, duband);
	}
	if (srv->watch != NULL) {
		duband->closing++;
		watch_close(TAKE(srv->watch), on_part_closed, duband);
	}
	on_part_closed(duband);
}

static void on_part_closed(void *context)
{
	struct duband *duband = context;

	CHECK_MAGIC(duband, DUBAND_MAGIC);
	if (--duband->closing == 0)
		wait_for_quiet(duband);
}

static void wait_for_quiet(struct duband *duband)
{
	(void)uv_timer_start(&duband->retry, on_look, 0, LOOK);
}

static void on_look(uv_timer_t *timer)
{
	struct duband *duband = timer->data;

	CHECK_MAGIC(duband, DUBAND_MAGIC);
	if (!is_quiet(duband))
		return;
	(void)uv_timer_stop(timer);
	close_database(duband);
}

static bool is_quiet(const struct duband *duband)
{
	const struct server *srv = &duband->srv;

	return !duband->schema.running && !duband->waiting &&
	       (srv->store == NULL || store_under_way(srv->store) == 0) &&
	       (srv->plans == NULL || !plans_is_busy(srv->plans)) &&
	       work_under_way(srv->work) == 0;
}

static void close_database(struct duband *duband)
{
	if (duband->pg != NULL)
		pg_close(duband->pg, on_pool_closed, duband);
	else
		on_pool_closed(duband);
}

static void on_pool_closed(void *context)
{
	struct duband *duband = context;
	struct server *srv = &duband->srv;

	CHECK_MAGIC(duband, DUBAND_MAGIC);
	duband->pg = NULL;
	plans_destroy(TAKE(srv->plans));
	clock_destroy(TAKE(srv->clock));
	store_destroy(TAKE(srv->store));
	if (duband->cluster != NULL)
		cluster_close(TAKE(duband->cluster), on_cluster_closed, duband);
	else
		finish(duband);
}

static void on_cluster_closed(void *context)
{
	finish(context);
}

/* The last handles: the loop ends when they are closed. */
static void finish(struct duband *duband)
{
	CHECK_MAGIC(duband, DUBAND_MAGIC);
	for (size_t i = 0; i < SETTINGS_LISTENERS_MAX; i++)
		if (duband->services[i] != NULL)
			service_tables_free(duband->services[i]);
	uv_close((uv_handle_t *)&duband->terminate, NULL);
	uv_close((uv_handle_t *)&duband->interrupt, NULL);
	uv_close((uv_handle_t *)&duband->hang_up, NULL);
	/* From here on a signal would end the program by itself, as if it had failed. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	uv_close((uv_handle_t *)&duband->retry, NULL);
	uv_close((uv_handle_t *)&duband->hourly, NULL);
	uv_close((uv_handle_t *)&duband->watchdog, NULL);
}
