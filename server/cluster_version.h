/* Which PostgreSQL runs the embedded cluster. For cluster_folder.c. */
#ifndef DUBAN_SERVER_CLUSTER_VERSION_H
#define DUBAN_SERVER_CLUSTER_VERSION_H

#include "server/cluster_folder.h"

/*
 * Fill in folder->bin and folder->exists. Data that exists decides which version is run;
 * without data it is the newest. @setting: postgres.bin, or "".
 *
 *   E_NOT_FOUND  no PostgreSQL 14 or later
 *   E_VERSION    the data is of another major version than the programs
 */
int cluster_version_choose(struct cluster_folder *folder, const char *setting, char *why);

#endif
