/*
 * The embedded PostgreSQL's life:
 *
 *	open -> (no data) MAKING ~ initdb ~> STARTING ~ ready ~> RUNNING
 *	open -> (data)    ----------------->     ^                  |  died
 *	open -> (it runs already: adopted) ---------> RUNNING       v
 *	                                         +---- RESTING <----+
 *	close, from anywhere -> STOPPING ~ fast, then immediate ~> ENDED
 *
 * PostgreSQL is started in a session of its own, so that a Ctrl-C for duband does not
 * reach it, and lives on when duband is killed: the next duband finds its process in
 * postmaster.pid and adopts it. A child's end is told by libuv, an adopted one's is seen
 * by looking. Readiness is read from postmaster.pid: nothing here ever connects or waits.
 *
 * What can go wrong, and who must act: it dies (killed, disk full): it is started again
 * after a rest that doubles up to REST_MAX; meanwhile callers get UNAVAILABLE. It does
 * not come up the first time: the operator reads why, and the folder's file log.
 */
#include "server/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "server/cluster_folder.h"

#define LOOK_SOON   50    /* ms between two looks while something is awaited */
#define LOOK_LATER  1000  /* ms while it runs */
#define START_MAX   60000 /* ms for the first start; recovery after a crash takes time */
#define FAST_MAX    30000 /* ms for a fast stop, then it is an immediate one */
#define ABRUPT_MAX  10000 /* ms more */
#define START_TRIES 3     /* the first time: what a killed one left may linger a moment */
#define REST_MIN    500
#define REST_MAX    30000              /* ms between a death and the next start */
#define LOG_MAX     (10 * 1024 * 1024) /* bytes; then the log becomes log.1 */

enum state { OPENED, MAKING, STARTING, RUNNING, RESTING, STOPPING, ENDED };

struct cluster {
	unsigned magic;
#define CLUSTER_MAGIC 0x2ad90c47U
	uv_loop_t *loop;
	struct cluster_options options;
	struct cluster_folder folder;
	enum state state;
	uv_timer_t timer;
	uv_process_t process;
	bool has_child; /* @process is ours and not over */
	pid_t pid;      /* of the postmaster; 0: none */
	uint64_t since; /* when the present state began, by the loop's clock */
	uint64_t rest;  /* ms before the next start */
	bool was_up, abrupt;
	unsigned tries; /* starts that failed before it was ever up */
	int log;
	unsigned handles;
	char conninfo[CLUSTER_PATH_MAX + 64];
	void (*closed)(void *context);
	void *closed_context;
};

static void enter(struct cluster *cluster, enum state state);
static void on_look(uv_timer_t *timer);
static void begin(struct cluster *cluster);
static void adopt(struct cluster *cluster, pid_t pid);
static void make(struct cluster *cluster);
static void start(struct cluster *cluster);
static int spawn(struct cluster *cluster, const char *program, char *const *arguments);
static int open_log(struct cluster *cluster);
static void on_exit_of_child(uv_process_t *process, int64_t status, int signal);
static void on_made(struct cluster *cluster, int64_t status);
static void look_for_readiness(struct cluster *cluster);
static void look_for_life(struct cluster *cluster);
static void died(struct cluster *cluster);
static void look_for_end(struct cluster *cluster);
static void stop(struct cluster *cluster);
static void finish(struct cluster *cluster);
static void on_handle_closed(uv_handle_t *handle);
static void fail(struct cluster *cluster, const char *what);
static void tell(struct cluster *cluster, enum log_level level, const char *text);

int cluster_open(uv_loop_t *loop, const struct cluster_options *options,
                 struct cluster **ret_cluster, char *why)
{
	AUTO(freep) struct cluster *cluster = calloc(1, sizeof(*cluster));
	int r;

	if (cluster == NULL)
		return E_NOMEM;
	cluster->magic = CLUSTER_MAGIC;
	cluster->loop = loop;
	cluster->options = *options;
	cluster->log = -1;
	cluster->rest = REST_MIN;
	cluster->folder.lock = -1;
	r = cluster_folder_prepare(options, &cluster->folder, why);
	if (r == 0)
		r = cluster_folder_lock(&cluster->folder, why);
	if (r == 0)
		r = cluster_folder_write_rules(&cluster->folder, why);
	if (r < 0) {
		cluster_folder_unlock(&cluster->folder);
		return r;
	}
	cluster_folder_clear_fresh(&cluster->folder);
	(void)snprintf(cluster->conninfo, sizeof(cluster->conninfo),
	               "host='%s' user=duban dbname=postgres", cluster->folder.folder);
	CHECK(uv_timer_init(loop, &cluster->timer) == 0);
	cluster->timer.data = cluster;
	cluster->handles = 1;
	enter(cluster, OPENED);
	*ret_cluster = TAKE(cluster);
	return 0;
}

const char *cluster_conninfo(const struct cluster *cluster)
{
	return cluster->conninfo;
}

static void enter(struct cluster *cluster, enum state state)
{
	uint64_t wait = LOOK_SOON;

	if (state == OPENED)
		wait = 0;
	if (state == RUNNING)
		wait = LOOK_LATER;
	if (state == RESTING)
		wait = cluster->rest;
	cluster->state = state;
	cluster->since = uv_now(cluster->loop);
	(void)uv_timer_start(&cluster->timer, on_look, wait, wait);
}

static void on_look(uv_timer_t *timer)
{
	struct cluster *cluster = container_of(timer, struct cluster, timer);

	CHECK_MAGIC(cluster, CLUSTER_MAGIC);
	switch (cluster->state) {
	case OPENED:
		begin(cluster);
		break;
	case STARTING:
		look_for_readiness(cluster);
		break;
	case RUNNING:
		look_for_life(cluster);
		break;
	case RESTING:
		begin(cluster);
		break;
	case STOPPING:
		look_for_end(cluster);
		break;
	case MAKING:
	case ENDED:
		break;
	}
}

/* The first time, and after each death: somebody else may have started it meanwhile. */
static void begin(struct cluster *cluster)
{
	bool ready;
	pid_t pid = cluster_folder_postmaster(&cluster->folder, &ready);

	if (pid != 0)
		adopt(cluster, pid);
	else if (cluster->folder.exists)
		start(cluster);
	else
		make(cluster);
}

static void adopt(struct cluster *cluster, pid_t pid)
{
	char text[100];

	(void)snprintf(text, sizeof(text),
	               "adopted PostgreSQL, which runs as process %ld", (long)pid);
	tell(cluster, LOG_INFO, text);
	cluster->pid = pid;
	enter(cluster, STARTING);
}

static void make(struct cluster *cluster)
{
	char program[CLUSTER_PATH_MAX + 16];
	char *arguments[] = {program,
	                     (char[]){"--username=duban"},
	                     (char[]){"--encoding=UTF8"},
	                     (char[]){"--locale=C.UTF-8"},
	                     (char[]){"--data-checksums"},
	                     (char[]){"--auth=peer"},
	                     (char[]){"--no-instructions"},
	                     (char[]){"--pgdata"},
	                     cluster->folder.fresh,
	                     NULL};

	tell(cluster, LOG_INFO, "making a PostgreSQL cluster");
	(void)snprintf(program, sizeof(program), "%s/initdb", cluster->folder.bin);
	if (spawn(cluster, program, arguments) < 0) {
		fail(cluster, "initdb cannot be run");
		return;
	}
	enter(cluster, MAKING);
}

static void start(struct cluster *cluster)
{
	char program[CLUSTER_PATH_MAX + 16], sockets[CLUSTER_PATH_MAX + 40];
	char hba[CLUSTER_PATH_MAX + 40], ident[CLUSTER_PATH_MAX + 40];
	char *arguments[] = {program,
	                     (char[]){"-D"},
	                     cluster->folder.data,
	                     (char[]){"-c"},
	                     sockets,
	                     (char[]){"-c"},
	                     hba,
	                     (char[]){"-c"},
	                     ident,
	                     (char[]){"-clisten_addresses="},
	                     (char[]){"-cunix_socket_permissions=0700"},
	                     (char[]){"-cport=5432"},
	                     (char[]){"-clog_line_prefix=%m [%p] "},
	                     (char[]){"-ccluster_name=duban"},
	                     NULL};

	(void)snprintf(program, sizeof(program), "%s/postgres", cluster->folder.bin);
	(void)snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s",
	               cluster->folder.folder);
	(void)snprintf(hba, sizeof(hba), "hba_file=%s/hba", cluster->folder.folder);
	(void)snprintf(ident, sizeof(ident), "ident_file=%s/ident",
	               cluster->folder.folder);
	if (spawn(cluster, program, arguments) < 0) {
		fail(cluster, "PostgreSQL cannot be run");
		return;
	}
	cluster->pid = cluster->process.pid;
	enter(cluster, STARTING);
}

static int spawn(struct cluster *cluster, const char *program, char *const *arguments)
{
	char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"LC_ALL=C.UTF-8"},
	                       (char[]){"TZ=UTC"}, NULL};
	uv_stdio_container_t output[3] = {{.flags = UV_IGNORE}};
	uv_process_options_t options = {
		.exit_cb = on_exit_of_child,
		.file = program,
		.args = (char **)(uintptr_t)arguments,
		.env = environment,
		.cwd = cluster->folder.folder,
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = 3,
		.stdio = output,
		.uid = cluster->folder.uid,
		.gid = cluster->folder.gid,
	};
	int r = open_log(cluster);

	if (r < 0)
		return r;
	for (int i = 1; i <= 2; i++)
		output[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD,
		                                   .data.fd = cluster->log};
	if (geteuid() == 0)
		options.flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
	r = uv_spawn(cluster->loop, &cluster->process, &options);
	cluster->process.data = cluster;
	cluster->handles++; /* libuv wants it closed even when it did not start */
	closep(&cluster->log);
	cluster->log = -1;
	if (r < 0) {
		uv_close((uv_handle_t *)&cluster->process, on_handle_closed);
		return E_IO;
	}
	cluster->has_child = true;
	return 0;
}

static int open_log(struct cluster *cluster)
{
	char path[CLUSTER_PATH_MAX + 16], old[CLUSTER_PATH_MAX + 16];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/log", cluster->folder.folder);
	(void)snprintf(old, sizeof(old), "%s/log.1", cluster->folder.folder);
	if (lstat(path, &st) == 0 && st.st_size > LOG_MAX)
		(void)rename(path, old);
	cluster->log =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (cluster->log < 0)
		return E_IO;
	if (geteuid() == 0 &&
	    fchown(cluster->log, cluster->folder.uid, cluster->folder.gid) < 0)
		return E_IO;
	return 0;
}

static void on_exit_of_child(uv_process_t *process, int64_t status, int signal)
{
	struct cluster *cluster = process->data;

	CHECK_MAGIC(cluster, CLUSTER_MAGIC);
	(void)signal;
	cluster->has_child = false;
	uv_close((uv_handle_t *)process, on_handle_closed);
	if (cluster->state == MAKING)
		on_made(cluster, signal != 0 ? -1 : status);
	else if (cluster->state == STARTING || cluster->state == RUNNING)
		died(cluster);
	else if (cluster->state == STOPPING)
		look_for_end(cluster);
}

/* From fresh to data in one step: half a cluster never looks like one. */
static void on_made(struct cluster *cluster, int64_t status)
{
	if (status != 0) {
		fail(cluster, "initdb failed");
		return;
	}
	if (rename(cluster->folder.fresh, cluster->folder.data) < 0) {
		fail(cluster, "the new cluster cannot be put in its place");
		return;
	}
	cluster->folder.exists = true;
	enter(cluster, RESTING); /* for a moment: initdb's handle is being closed */
}

static void look_for_readiness(struct cluster *cluster)
{
	bool ready;
	pid_t pid = cluster_folder_postmaster(&cluster->folder, &ready);

	if (pid == cluster->pid && ready) {
		tell(cluster, LOG_INFO, "PostgreSQL takes connections");
		cluster->was_up = true;
		enter(cluster, RUNNING);
		cluster->options.on_up(cluster->options.context);
		return;
	}
	if (pid != cluster->pid && !cluster->has_child)
		died(cluster); /* adopted, and gone already */
	else if (!cluster->was_up && uv_now(cluster->loop) - cluster->since > START_MAX)
		fail(cluster, "PostgreSQL does not come up");
}

static void look_for_life(struct cluster *cluster)
{
	bool ready;

	if (uv_now(cluster->loop) - cluster->since > REST_MAX)
		cluster->rest = REST_MIN; /* it ran well for a while */
	if (!cluster->has_child &&
	    cluster_folder_postmaster(&cluster->folder, &ready) != cluster->pid)
		died(cluster);
}

static void died(struct cluster *cluster)
{
	cluster->pid = 0;
	if (!cluster->was_up && ++cluster->tries == START_TRIES) {
		fail(cluster, "PostgreSQL ended while it was starting");
		return;
	}
	tell(cluster, LOG_ERROR, "PostgreSQL died; it is started again");
	enter(cluster, RESTING);
	cluster->rest = cluster->rest * 2 < REST_MAX ? cluster->rest * 2 : REST_MAX;
}

void cluster_close(struct cluster *cluster, void (*done)(void *context), void *context)
{
	CHECK_MAGIC(cluster, CLUSTER_MAGIC);
	CHECK(cluster->closed == NULL);
	cluster->closed = done;
	cluster->closed_context = context;
	enter(cluster, STOPPING);
	if (cluster->pid != 0)
		stop(cluster);
	else if (cluster->has_child) /* initdb: what it made so far is thrown away */
		(void)uv_process_kill(&cluster->process, SIGTERM);
}

/* SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. */
static void stop(struct cluster *cluster)
{
	(void)kill(cluster->pid, cluster->abrupt ? SIGQUIT : SIGINT);
}

static void look_for_end(struct cluster *cluster)
{
	uint64_t waited = uv_now(cluster->loop) - cluster->since;
	bool ready;

	if (!cluster->has_child &&
	    (cluster->pid == 0 ||
	     cluster_folder_postmaster(&cluster->folder, &ready) != cluster->pid)) {
		finish(cluster);
	} else if (waited > FAST_MAX && !cluster->abrupt) {
		tell(cluster, LOG_WARN,
		     "PostgreSQL is slow to stop; now it must at once");
		cluster->abrupt = true;
		stop(cluster);
	} else if (waited > FAST_MAX + ABRUPT_MAX) {
		tell(cluster, LOG_ERROR, "PostgreSQL does not stop and is left alone");
		if (cluster->has_child)
			uv_close((uv_handle_t *)&cluster->process, on_handle_closed);
		cluster->has_child = false;
		finish(cluster);
	}
}

static void finish(struct cluster *cluster)
{
	cluster->state = ENDED;
	uv_close((uv_handle_t *)&cluster->timer, on_handle_closed);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct cluster *cluster = handle->data;
	void (*closed)(void *context) = cluster->closed;
	void *context = cluster->closed_context;

	if (--cluster->handles > 0)
		return;
	cluster_folder_unlock(&cluster->folder);
	cluster->magic = 0;
	free(cluster);
	if (closed != NULL)
		closed(context);
}

/* It never ran: somebody must look. After that it is only closed. */
static void fail(struct cluster *cluster, const char *what)
{
	char why[CLUSTER_WHY_MAX];

	(void)uv_timer_stop(&cluster->timer);
	if (cluster->was_up) {
		tell(cluster, LOG_ERROR, what);
		enter(cluster, RESTING);
		return;
	}
	(void)snprintf(why, sizeof(why), "%s: see %s/log", what, cluster->folder.folder);
	cluster->options.on_failed(cluster->options.context, why);
}

static void tell(struct cluster *cluster, enum log_level level, const char *text)
{
	if (cluster->options.on_event != NULL)
		cluster->options.on_event(cluster->options.context, level, text);
}
