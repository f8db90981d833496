/* The running program: struct server, which handlers see, and all that holds it up. */
#ifndef DUBAN_SERVER_DUBAND_H
#define DUBAN_SERVER_DUBAND_H

#include <uv.h>

#include "base/check.h"
#include "rpc/http.h"
#include "server/clock.h"
#include "server/cluster.h"
#include "server/migrate.h"
#include "server/plans.h"
#include "server/server.h"
#include "server/settings.h"

struct credentials;
struct introspection;
struct rpc_listener;
struct rpc_method;

/*
 *	CLUSTER -> SCHEMA -> DATABASE -> CLOCK -> PLANS -> SERVING
 *	   |          |          |         |        |         |
 *	   +----------+----------+---------+--------+---------+-> DRAINING -> STOPPING
 *
 * The first is left out with an external database.
 */
enum duband_state {
	DUBAND_CLUSTER,
	DUBAND_SCHEMA,
	DUBAND_DATABASE,
	DUBAND_CLOCK,
	DUBAND_PLANS,
	DUBAND_SERVING,
	DUBAND_DRAINING,
	DUBAND_STOPPING,
};

struct duband {
	unsigned magic;
#define DUBAND_MAGIC 0x60e8a3d5U
	struct server srv;
	uv_loop_t loop;
	enum duband_state state;
	const struct settings *settings;
	struct credentials *credentials;
	struct cluster *cluster;             /* NULL: an external database */
	struct introspection *introspection; /* NULL until there are listeners */
	struct pg *pg;
	const char *conninfo;
	struct {
		uv_work_t work;
		struct migrate migrate;
		int status;
		bool running;
	} schema;
	struct clock_wait clock_wait;
	struct plans_wait plans_wait;
	bool waiting; /* for one of the two */
	const struct rpc_method *const *services[SETTINGS_LISTENERS_MAX];
	struct rpc_http_route routes[2]; /* of those listeners that serve metrics */
	uv_signal_t terminate, interrupt, hang_up;
	uv_timer_t
		retry; /* of the present step of starting; or for the end of the drain */
	uv_timer_t hourly; /* warnings */
	uv_timer_t watchdog;
	unsigned closing; /* parts that are being closed */
	bool hurried;
	int exit_status;
	char told[CLUSTER_WHY_MAX]; /* the last reason why starting waits */
};

static inline struct duband *duband_of(struct server *srv)
{
	struct duband *duband = container_of(srv, struct duband, srv);

	CHECK_MAGIC(duband, DUBAND_MAGIC);
	return duband;
}

/* Serve until told to stop. Returns the program's exit status. */
int duband_run(const struct settings *settings);

/* The steps (start.c). Each goes on to the next by itself; duband_fail() ends them. */
void duband_start(struct duband *duband);
/* An operator must act: say so once, then stop with exit status 1. */
void duband_fail(struct duband *duband, const char *what, const char *why);
/* Stop, in whatever state it is. A second time: reset the calls that still run. A third
 * time: end the program at once (stop.c). */
void duband_stop(struct duband *duband);

/* The pool, and what it tells (database.c). Gives pg and store. */
int database_open(struct duband *duband);
/* Act as if every notification came: some may have been missed. */
void database_hear_all(struct duband *duband);
/* The database became reachable for the first time (start.c). */
void duband_database_is_up(struct duband *duband);

/* Listeners with their services (listen.c). */
int listen_open(struct duband *duband, char *why, size_t size);

#endif
