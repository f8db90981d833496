/*
 * Which PostgreSQL runs the embedded cluster:
 *
 *   data/PG_VERSION, postgres.bin, /usr/lib/postgresql -> programs of the same major
 * version
 *
 * What can go wrong, and who must act: the operator, who upgraded the packages and must
 * upgrade the data too, or set postgres.bin.
 */
#include "server/cluster_version.h"

#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"

#define MAJOR_MIN 14

static int data_version(const struct cluster_folder *folder);
static int programs_version(const char *bin);
static int ask(char *program, char *answer, size_t size);
static int newest_programs(char *bin, size_t size);
static int refuse_missing(const struct cluster_folder *folder, bool any, char *why);
static int refuse_version(const struct cluster_folder *folder, int data, int programs,
                          char *why);

int cluster_version_choose(struct cluster_folder *folder, const char *setting, char *why)
{
	int data = data_version(folder), programs;

	folder->exists = data != 0;
	(void)snprintf(folder->bin, sizeof(folder->bin), "%s", setting);
	if (setting[0] == '\0' && data != 0) {
		(void)snprintf(folder->bin, sizeof(folder->bin),
		               "/usr/lib/postgresql/%d/bin", data);
		if (programs_version(folder->bin) == data)
			return 0;
	}
	if (setting[0] == '\0' && newest_programs(folder->bin, sizeof(folder->bin)) < 0)
		return refuse_missing(folder, false, why);
	programs = programs_version(folder->bin);
	if (programs < MAJOR_MIN)
		return refuse_missing(folder, true, why);
	if (data != 0 && data != programs)
		return refuse_version(folder, data, programs, why);
	return 0;
}

/* 0: there is no data yet. */
static int data_version(const struct cluster_folder *folder)
{
	char path[CLUSTER_PATH_MAX + 32], line[16] = "";

	(void)snprintf(path, sizeof(path), "%s/PG_VERSION", folder->data);
	AUTO(fclosep) FILE *in = fopen(path, "re");

	if (in == NULL || fgets(line, sizeof(line), in) == NULL)
		return 0;
	return (int)strtol(line, NULL, 10);
}

/* "postgres (PostgreSQL) 15.14 (Debian ...)" is 15; 0: no such program. */
static int programs_version(const char *bin)
{
	char program[CLUSTER_PATH_MAX + 16], line[200] = "";
	const char *found;

	(void)snprintf(program, sizeof(program), "%s/postgres", bin);
	if (ask(program, line, sizeof(line)) < 0)
		return 0;
	found = strstr(line, "(PostgreSQL) ");
	return found != NULL ? (int)strtol(found + strlen("(PostgreSQL) "), NULL, 10) : 0;
}

/* Run "@program --version" and take what it prints. */
static int ask(char *program, char *answer, size_t size)
{
	char *arguments[] = {program, (char[]){"--version"}, NULL};
	char *environment[] = {(char[]){"LC_ALL=C"}, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	ssize_t len = -1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return E_IO;
	if (posix_spawn_file_actions_init(&actions) == 0) {
		if (posix_spawn_file_actions_adddup2(&actions, ends[1], 1) == 0 &&
		    posix_spawn(&pid, program, &actions, NULL, arguments, environment) ==
		            0) {
			closep(&ends[1]);
			ends[1] = -1;
			len = read(ends[0], answer, size - 1);
			(void)waitpid(pid, &status, 0);
		}
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	closep(&ends[0]);
	closep(&ends[1]);
	if (len < 0 || status != 0)
		return E_IO;
	answer[len] = '\0';
	return 0;
}

static int newest_programs(char *bin, size_t size)
{
	const char *const start = "/usr/lib/postgresql/";
	long newest = 0;
	glob_t found;

	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &found) != 0)
		return E_NOT_FOUND;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		long version = strtol(found.gl_pathv[i] + strlen(start), NULL, 10);

		if (version > newest)
			newest = version;
	}
	globfree(&found);
	(void)snprintf(bin, size, "%s%ld/bin", start, newest);
	return newest > 0 ? 0 : E_NOT_FOUND;
}

static int refuse_missing(const struct cluster_folder *folder, bool any, char *why)
{
	if (any)
		(void)snprintf(why, CLUSTER_WHY_MAX, "%s holds no PostgreSQL %d or later",
		               folder->bin, MAJOR_MIN);
	else
		(void)snprintf(why, CLUSTER_WHY_MAX,
		               "no PostgreSQL is below /usr/lib/postgresql: install the "
		               "package postgresql, or set postgres.bin or "
		               "database.conninfo");
	return E_NOT_FOUND;
}

static int refuse_version(const struct cluster_folder *folder, int data, int programs,
                          char *why)
{
	(void)snprintf(
		why, CLUSTER_WHY_MAX,
		"the data in %.150s is PostgreSQL %d's, the programs in %.100s are "
		"%d's: install postgresql-%d and start again; or, as user %s, make a "
		"new folder beside it (initdb -U duban), run pg_upgrade from the "
		"old to the new, and rename the new one to data",
		folder->data, data, folder->bin, programs, data, folder->user);
	return E_VERSION;
}
