/*
 * What a running duband consists of, and what its handlers may look at.
 */
#ifndef DUBAN_SERVER_SERVER_H
#define DUBAN_SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/plan.h"
#include "model/seal.h"
#include "server/store.h"
#include "server/work.h"

struct clock;
struct judge;
struct deliver;
struct plans;
struct presence;
struct rpc_method;
struct rpc_server;
struct settings;
struct watch_hub;

struct server {
	const struct settings *settings;
	struct store *store;
	struct work *work;
	struct trust *trust;       /* replaced as a whole at a reload; take a reference */
	struct plans *plans;       /* the current versions, in memory */
	struct clock *clock;       /* plan time */
	struct judge *judge;       /* decides alerts */
	struct deliver *deliver;   /* e-mail and webhooks */
	struct watch_hub *watch;   /* open alert streams */
	struct presence *presence; /* when this server took reports */
	struct rpc_server *rpc;
	/* Services that are not in the table of service_table.c (introspection.c). */
	const struct rpc_method *health, *reflection;
	const char *node; /* our own URI */
	int64_t wall_started_at;
	unsigned schema;
	bool standby_confirms;
};

/* Wall time in ms since 1970; the only place that reads it for handlers. */
int64_t wall_now(void);

#endif
