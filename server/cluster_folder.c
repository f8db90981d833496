/*
 * The embedded PostgreSQL's folder:
 *
 *   <state_dir>/postgres/           0700, the user's; the socket is here
 *                        data/      the cluster
 *                        fresh.PID/ the same while that duband's initdb makes it
 *                        lock       held by the duband that runs it
 *                        hba, ident who may connect; written at each start
 *                        log        what PostgreSQL says
 *
 * What can go wrong, and who must act: always the operator; each sentence says on what.
 */
#include "server/cluster_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"
#include "server/cluster_version.h"

#define FRESH "fresh"

static int say(char *why, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int find_user(const char *name, struct cluster_folder *folder, char *why);
static int find_folder(const char *state_dir, struct cluster_folder *folder, char *why);
static int check_reachable(const struct cluster_folder *folder, char *why);
static bool may_enter(const struct stat *st, uid_t uid, gid_t gid);
static int make_folder(const struct cluster_folder *folder, char *why);
static int write_file(const struct cluster_folder *folder, const char *name,
                      const char *text, char *why);
static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *place);
static bool runs_on(const struct cluster_folder *folder, pid_t pid);

int cluster_folder_prepare(const struct cluster_options *options,
                           struct cluster_folder *folder, char *why)
{
	int r = find_user(options->user, folder, why);

	if (r == 0)
		r = find_folder(options->state_dir, folder, why);
	if (r == 0)
		r = check_reachable(folder, why);
	if (r == 0)
		r = make_folder(folder, why);
	if (r == 0)
		r = cluster_version_choose(folder, options->bin, why);
	return r;
}

static int say(char *why, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, CLUSTER_WHY_MAX, format, args);
	va_end(args);
	return err;
}

/* Only root can be somebody else. */
static int find_user(const char *name, struct cluster_folder *folder, char *why)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam(name) : getpwuid(geteuid());

	if (user == NULL)
		return say(why, E_NOT_FOUND,
		           "there is no user \"%s\" to run PostgreSQL as: create it, or "
		           "set postgres.user",
		           name);
	if (user->pw_uid == 0)
		return say(why, E_DENIED,
		           "PostgreSQL refuses to run as root: set postgres.user");
	(void)snprintf(folder->user, sizeof(folder->user), "%s", user->pw_name);
	folder->uid = user->pw_uid;
	folder->gid = user->pw_gid;
	return 0;
}

static int find_folder(const char *state_dir, struct cluster_folder *folder, char *why)
{
	AUTO(freep) char *path = NULL;

	if (mkdir(state_dir, 0755) < 0 && errno != EEXIST)
		return say(why, E_IO, "%s: %s", state_dir, strerror(errno));
	path = realpath(state_dir, NULL);
	if (path == NULL)
		return say(why, E_IO, "%s: %s", state_dir, strerror(errno));
	if (strlen(path) + strlen("/postgres") > CLUSTER_SOCKET_MAX)
		return say(why, E_LIMIT,
		           "%s/postgres is longer than the %d bytes that a unix socket's "
		           "folder may have: choose a shorter server.state_dir",
		           path, CLUSTER_SOCKET_MAX);
	(void)snprintf(folder->folder, sizeof(folder->folder), "%.400s/postgres", path);
	(void)snprintf(folder->data, sizeof(folder->data), "%.500s/data", folder->folder);
	(void)snprintf(folder->fresh, sizeof(folder->fresh), "%.500s/" FRESH ".%ld",
	               folder->folder, (long)getpid());
	return 0;
}

/* Every folder above must let the user pass; a closed home does not. */
static int check_reachable(const struct cluster_folder *folder, char *why)
{
	char path[CLUSTER_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s", folder->folder);
	for (char *slash = strchr(path + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (stat(path, &st) < 0)
			return say(why, E_IO, "%s: %s", path, strerror(errno));
		if (!may_enter(&st, folder->uid, folder->gid))
			return say(
				why, E_DENIED,
				"user %s, who runs PostgreSQL, may not enter %s: choose "
				"a server.state_dir that is not below it, or open it "
				"(chmod o+x)",
				folder->user, path);
		*slash = '/';
	}
	return 0;
}

static bool may_enter(const struct stat *st, uid_t uid, gid_t gid)
{
	if (st->st_uid == uid)
		return (st->st_mode & S_IXUSR) != 0;
	if (st->st_gid == gid)
		return (st->st_mode & S_IXGRP) != 0;
	return (st->st_mode & S_IXOTH) != 0;
}

static int make_folder(const struct cluster_folder *folder, char *why)
{
	const char *path = folder->folder;
	struct stat st;

	if (mkdir(path, 0700) == 0) {
		if (geteuid() == 0 && chown(path, folder->uid, folder->gid) < 0)
			return say(why, E_IO, "%s: %s", path, strerror(errno));
	} else if (errno != EEXIST) {
		return say(why, E_IO, "%s: %s", path, strerror(errno));
	}
	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return say(why, E_IO, "%s is not a folder", path);
	if (st.st_uid != folder->uid)
		return say(why, E_DENIED,
		           "%s belongs to another user than %s: chown it, or set "
		           "postgres.user",
		           path, folder->user);
	if ((st.st_mode & 077) != 0 && chmod(path, 0700) < 0)
		return say(why, E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

/* The kernel gives it up when the process ends; PostgreSQL does not inherit it. */
int cluster_folder_lock(struct cluster_folder *folder, char *why)
{
	char path[CLUSTER_PATH_MAX + 16];
	int fd, err;

	(void)snprintf(path, sizeof(path), "%s/lock", folder->folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return say(why, E_IO, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err = errno;
		closep(&fd);
		if (err != EWOULDBLOCK)
			return say(why, E_IO, "%s: %s", path, strerror(err));
		return say(
			why, E_EXISTS,
			"another duband runs PostgreSQL in %s: stop it, or set another "
			"server.state_dir",
			folder->folder);
	}
	folder->lock = fd;
	return 0;
}

void cluster_folder_unlock(struct cluster_folder *folder)
{
	closep(&folder->lock);
	folder->lock = -1;
}

/* Only who runs PostgreSQL, and who runs duband, may be the role duban. */
int cluster_folder_write_rules(const struct cluster_folder *folder, char *why)
{
	const struct passwd *self = getpwuid(geteuid());
	char ident[300];
	int r;

	(void)snprintf(ident, sizeof(ident), "duban %s duban\nduban %s duban\n",
	               folder->user, self != NULL ? self->pw_name : folder->user);
	r = write_file(folder, "hba", "local all duban peer map=duban\n", why);
	if (r == 0)
		r = write_file(folder, "ident", ident, why);
	return r;
}

static int write_file(const struct cluster_folder *folder, const char *name,
                      const char *text, char *why)
{
	char path[CLUSTER_PATH_MAX + 32];
	bool good;

	(void)snprintf(path, sizeof(path), "%s/%s", folder->folder, name);
	(void)unlink(path); /* never through a link that somebody put there */
	FILE *out = fopen(path, "wxe");

	if (out == NULL)
		return say(why, E_IO, "%s: %s", path, strerror(errno));
	good = fputs(text, out) >= 0 && fchmod(fileno(out), 0600) == 0 &&
	       (geteuid() != 0 || fchown(fileno(out), folder->uid, folder->gid) == 0);
	if (fclose(out) != 0 || !good)
		return say(why, E_IO, "%s: %s", path, strerror(errno));
	return 0;
}

void cluster_folder_clear_fresh(const struct cluster_folder *folder)
{
	char path[CLUSTER_PATH_MAX + 264];
	DIR *dir = opendir(folder->folder);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, FRESH, strlen(FRESH)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder->folder,
		               entry->d_name);
		(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	}
	(void)closedir(dir);
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

/* postmaster.pid: line 1 is the process, line 8 says "ready" when it takes connections.
 */
pid_t cluster_folder_postmaster(const struct cluster_folder *folder, bool *ret_ready)
{
	char path[CLUSTER_PATH_MAX + 32], line[CLUSTER_PATH_MAX];
	pid_t pid = 0;

	*ret_ready = false;
	(void)snprintf(path, sizeof(path), "%s/postmaster.pid", folder->data);
	AUTO(fclosep) FILE *in = fopen(path, "re");

	for (int i = 1; in != NULL && i <= 8 && fgets(line, sizeof(line), in) != NULL;
	     i++) {
		if (i == 1)
			pid = (pid_t)strtol(line, NULL, 10);
		if (i == 8)
			*ret_ready = strncmp(line, "ready", 5) == 0;
	}
	return pid > 1 && runs_on(folder, pid) ? pid : 0;
}

/* A number may be another process's by now: a postmaster works in its data folder. */
static bool runs_on(const struct cluster_folder *folder, pid_t pid)
{
	char path[64], cwd[CLUSTER_PATH_MAX + 8];
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/%ld/cwd", (long)pid);
	len = readlink(path, cwd, sizeof(cwd) - 1);
	if (len < 0)
		return false;
	cwd[len] = '\0';
	return strcmp(cwd, folder->data) == 0 && kill(pid, 0) == 0;
}
