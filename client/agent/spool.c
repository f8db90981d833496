/*
 * Watching the spool folder:
 *
 *	inotify (closed after writing, moved in), the rescan timer, a change in the queue
 *	     -> scan: each file -> complete? -> spool_file_handle()
 *
 * What can go wrong: a folder that cannot be read or written (the operator's to mend, and
 * said at each rescan); more files than SPOOL_FILES_MAX (the rest waits for the next).
 */
#include "client/agent/spool.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/err.h"
#include "base/text.h"
#include "client/agent/spool_file.h"

#define PATH_SIZE 4096

struct spool {
	unsigned magic;
#define SPOOL_MAGIC 0x5b001f11U
	struct spool_options options;
	uv_timer_t timer;
	uv_poll_t poll;
	int watch; /* inotify; -1: none, then the timer alone */
	unsigned handles;
	bool closing;
};

static int make_folders(const char *folder, const char **ret_why);
static void start_watch(struct spool *spool);
static void on_change(uv_poll_t *poll, int status, int events);
static void on_timer(uv_timer_t *timer);
static int by_name(const struct dirent **a, const struct dirent **b);
static bool scan_one(struct spool *spool, const char *name);
static void on_closed(uv_handle_t *handle);

int spool_open(const struct spool_options *options, struct spool **ret_spool,
               const char **ret_why)
{
	struct spool *spool;
	int r = make_folders(options->settings->spool_dir, ret_why);

	if (r < 0)
		return r;
	*ret_why = text_err(E_NOMEM);
	spool = calloc(1, sizeof(*spool));
	if (spool == NULL)
		return E_NOMEM;
	spool->magic = SPOOL_MAGIC;
	spool->options = *options;
	spool->watch = -1;
	(void)uv_timer_init(options->loop, &spool->timer);
	spool->timer.data = spool;
	spool->handles = 1;
	start_watch(spool);
	spool_scan(spool);
	*ret_spool = spool;
	return 0;
}

static int make_folders(const char *folder, const char **ret_why)
{
	static const char *const names[] = {"", "/accepted", "/refused"};
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int len = snprintf(path, sizeof(path), "%s%s", folder, names[i]);

		*ret_why = text_errno(ENAMETOOLONG);
		if (len < 0 || (size_t)len >= sizeof(path))
			return E_IO;
		if (mkdir(path, 0770) != 0 && errno != EEXIST) {
			*ret_why = text_errno(errno);
			return E_IO;
		}
	}
	return 0;
}

/* Without inotify the timer finds everything, only later. */
static void start_watch(struct spool *spool)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return;
	if (inotify_add_watch(fd, spool->options.settings->spool_dir,
	                      IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0 ||
	    uv_poll_init(spool->options.loop, &spool->poll, fd) != 0) {
		(void)close(fd);
		return;
	}
	spool->watch = fd;
	spool->poll.data = spool;
	spool->handles++;
	(void)uv_poll_start(&spool->poll, UV_READABLE, on_change);
}

/* Which file it was does not matter: what lies there is looked at anew. */
static void on_change(uv_poll_t *poll, int status, int events)
{
	struct spool *spool = poll->data;
	char ignored[4096];

	(void)status;
	(void)events;
	while (read(spool->watch, ignored, sizeof(ignored)) > 0)
		continue;
	spool_scan(spool);
}

void spool_scan(struct spool *spool)
{
	if (!spool->closing)
		(void)uv_timer_start(&spool->timer, on_timer, 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct spool *spool = timer->data;
	const struct spool_options *options = &spool->options;
	struct dirent **entries;
	bool later = false;
	int taken = 0, count;

	CHECK_MAGIC(spool, SPOOL_MAGIC);
	count = scandir(options->settings->spool_dir, &entries, NULL, by_name);
	if (count < 0)
		options->failed(options->context, "", text_errno(errno));
	for (int i = 0; i < count; i++) {
		if (spool_is_taken(entries[i]->d_name) && taken++ < SPOOL_FILES_MAX)
			later |= scan_one(spool, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	options->scanned(options->context);
	(void)uv_timer_start(timer, on_timer, later ? SPOOL_SETTLE_MS : SPOOL_RESCAN_MS,
	                     0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Whether to look again soon. */
static bool scan_one(struct spool *spool, const char *name)
{
	char path[PATH_SIZE];
	bool later = false;
	int len = snprintf(path, sizeof(path), "%s/%s",
	                   spool->options.settings->spool_dir, name);

	if (len < 0 || (size_t)len >= sizeof(path))
		return false;
	if (spool_file_is_complete(path, &later))
		(void)spool_file_handle(&spool->options, name);
	return later;
}

void spool_close(struct spool *spool)
{
	if (spool == NULL || spool->closing)
		return;
	CHECK_MAGIC(spool, SPOOL_MAGIC);
	spool->closing = true;
	uv_close((uv_handle_t *)&spool->timer, on_closed);
	if (spool->watch >= 0)
		uv_close((uv_handle_t *)&spool->poll, on_closed);
}

static void on_closed(uv_handle_t *handle)
{
	struct spool *spool = handle->data;

	if (--spool->handles > 0)
		return;
	if (spool->watch >= 0)
		(void)close(spool->watch);
	spool->magic = 0;
	free(spool);
}

bool spool_is_taken(const char *name)
{
	static const char *const ends[] = {".yaml", ".yml", ".csv"};
	size_t len = strlen(name);

	if (name[0] == '.' || name[0] == '~')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len > end && strcasecmp(name + len - end, ends[i]) == 0)
			return true;
	}
	return false;
}

unsigned spool_count(const char *folder)
{
	struct dirent **entries;
	unsigned found = 0;
	int count = folder[0] != '\0' ? scandir(folder, &entries, NULL, NULL) : -1;

	for (int i = 0; i < count; i++) {
		found += spool_is_taken(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}
