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
	char data[CLUSTER_PATH_MAX + 8];
	char fresh[CLUSTER_PATH_MAX + 32]; /* where initdb makes it; ours alone */
	char bin[CLUSTER_PATH_MAX];
	char user[64]; /* who runs it */
	uid_t uid;
	gid_t gid;
	bool exists; /* there is data already */
	int lock;    /* open as long as the folder is ours; -1 */
};

/* Errors as of cluster_open(). */
int cluster_folder_prepare(const struct cluster_options *options,
                           struct cluster_folder *folder, char *why);
/* Take the folder for this process until cluster_folder_unlock() or its end, however that
 * comes. E_EXISTS: another duband has it; E_IO. */
int cluster_folder_lock(struct cluster_folder *folder, char *why);
void cluster_folder_unlock(struct cluster_folder *folder); /* also when not locked */
/* Write who may connect (pg_hba, pg_ident). E_IO. */
int cluster_folder_write_rules(const struct cluster_folder *folder, char *why);
/* Remove what interrupted initdbs left, as far as it goes: one whose duband was killed
 * may still be at work in a folder of its own, which then the next start removes. */
void cluster_folder_clear_fresh(const struct cluster_folder *folder);

/* The postmaster that runs on this data: its process id, or 0. */
pid_t cluster_folder_postmaster(const struct cluster_folder *folder, bool *ret_ready);

#endif
