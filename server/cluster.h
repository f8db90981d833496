/*
 * The embedded PostgreSQL: made, started, watched, adopted and stopped by duband.
 *
 * It lives in <state_dir>/postgres, a folder of mode 0700 that belongs to whoever runs it
 * (a setting; PostgreSQL refuses root), and listens on a unix socket there and nowhere
 * else. Connections are checked by peer credentials: only that user and duband's own get
 * in, whatever becomes of the folder's mode.
 */
#ifndef DUBAN_SERVER_CLUSTER_H
#define DUBAN_SERVER_CLUSTER_H

#include "base/log.h"

typedef struct uv_loop_s uv_loop_t;
struct cluster;

#define CLUSTER_WHY_MAX 600

struct cluster_options {
	const char *state_dir; /* absolute, or relative to the working directory */
	const char *user;      /* for root only */
	const char *bin;       /* folder of PostgreSQL's programs, or "" */
	/* It takes connections: at first, and again after each time that it died. */
	void (*on_up)(void *context);
	/* It could not be made or started, and never ran: an operator must act. */
	void (*on_failed)(void *context, const char *why);
	/* For the log. May be NULL. */
	void (*on_event)(void *context, enum log_level level, const char *text);
	void *context;
};

/*
 * Check everything that can be checked, then start or adopt it, later. Copies @options'
 * texts. @why takes CLUSTER_WHY_MAX bytes: a sentence for the operator.
 *
 *   E_DENIED   a folder is not the user's, or not reachable for it
 *   E_LIMIT    the path is too long for a unix socket
 *   E_NOT_FOUND  no such user, or no PostgreSQL 14 or later is installed
 *   E_VERSION  the data is another major version's; why says how to upgrade
 *   E_EXISTS   another duband runs it
 *   E_IO, E_NOMEM
 */
int cluster_open(uv_loop_t *loop, const struct cluster_options *options,
                 struct cluster **ret_cluster, char *why);
/* Stop it (clients are disconnected, data is safe) and run @done, later. */
void cluster_close(struct cluster *cluster, void (*done)(void *context), void *context);
/* For libpq; as long as the cluster. */
const char *cluster_conninfo(const struct cluster *cluster);

#endif
