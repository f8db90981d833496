/* The embedded PostgreSQL's folder, programs and user. Blocking, but brief. */
#ifndef DUBAN_SERVER_CLUSTER_FOLDER_H
#define DUBAN_SERVER_CLUSTER_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/cluster.h"

#define CLUSTER_PATH_MAX 512
#define CLUSTER_SOCKET_MAX                                             \
	92 /* bytes of the socket's folder: a kernel's limit, less the \
	    * socket's own name */

struct cluster_folder {
	char folder[CLUSTER_PATH_MAX]; /* <state_dir>/postgres, absolute: socket, log */
	char data[CLUSTER_PATH_MAX + 8], fresh[CLUSTER_PATH_MAX + 8];
	char bin[CLUSTER_PATH_MAX];
	char user[64]; /* who runs it */
	uid_t uid;
	gid_t gid;
	bool exists; /* there is data already */
};

/* Errors as of cluster_open(). */
int cluster_folder_prepare(const struct cluster_options *options,
                           struct cluster_folder *folder, char *why);
/* Write who may connect (pg_hba, pg_ident). E_IO. */
int cluster_folder_write_rules(const struct cluster_folder *folder, char *why);
/* Remove what an interrupted initdb left. E_IO. */
int cluster_folder_clear_fresh(const struct cluster_folder *folder, char *why);

/* The postmaster that runs on this data: its process id, or 0. */
pid_t cluster_folder_postmaster(const struct cluster_folder *folder, bool *ret_ready);

#endif
