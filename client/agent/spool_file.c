/*
 * One file of the spool folder:
 *
 *	read -> known by its content?
 *	          no, or refused and filed before -> judge -> sign -> queue
 *	          waiting                         -> leave it
 *	          acknowledged, refused           -> write .txt, move, note that it is
 *filed
 *
 * What can go wrong, and who has to act: a file that is no report is filed as refused
 * with the reasons beside it, for the reporter; a full disk or queue leaves the file
 * where it is, for the operator.
 */
#include "client/agent/spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/making.h"
#include "client/agent/outcome.h"
#include "client/agent/report_file.h"
#include "client/agent/sitting.h"

#define PATH_SIZE 4096
#define TRIES_MAX                                                             \
	1000 /* names "x-2.yaml", "x-3.yaml" ... when x.yaml was filed before \
	      */

/* A file while it is handled. */
struct handling {
	const struct spool_options *options;
	const char *name;
	struct arena arena;
	struct making making;
	struct queue_entry entry; /* what is known of its content; row 0: nothing */
	bool same;                /* as what stands: nothing to send */
	const char *replaced_by;  /* it stood once; this number took its place */
};

static int handle(struct handling *handling);
static int take(struct handling *handling);
static int file_same(struct handling *handling);
static int file_known(struct handling *handling);
static int file(struct handling *handling, const char *outcome);
static int find_target(const struct handling *handling, const char *outcome,
                       char *target);
static int write_text(const struct handling *handling, const char *target);
static int failed(const struct handling *handling, int err, const char *why);

bool spool_file_is_complete(const char *path, bool *ret_later)
{
	AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat about;
	int64_t changed;

	if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		return false;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
		return true;
	}
	if (errno == EAGAIN) /* somebody writes; closing it will tell us */
		return false;
	changed = (int64_t)about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1000000;
	if (agent_wall_now() - changed >= SPOOL_SETTLE_MS)
		return true;
	*ret_later = true;
	return false;
}

int spool_file_handle(const struct spool_options *options, const char *name)
{
	struct handling handling = {.options = options, .name = name};
	int r;

	arena_init(&handling.arena, AGENT_MEMORY_MAX);
	r = handle(&handling);
	arena_finish(&handling.arena);
	return r;
}

static int handle(struct handling *handling)
{
	const struct spool_options *options = handling->options;
	struct making *making = &handling->making;
	const char *path = arena_printf(&handling->arena, "%s/%s",
	                                options->settings->spool_dir, handling->name);
	int r;

	*making = (struct making){
		.arena = &handling->arena,
		.store = options->store,
		.plan = options->plan,
		.unit = options->settings->unit,
		.name = handling->name,
		.wall_now = agent_wall_now(),
	};
	r = path == NULL ? E_NOMEM
	                 : sitting_read_file(&handling->arena, path, REPORT_FILE_MAX,
	                                     &making->content);
	if (r < 0 && r != E_LIMIT)
		return failed(handling, r, r == E_IO ? text_errno(errno) : text_err(r));
	sha256(making->content, making->entry.file_hash);
	r = queue_find_file(options->store, &handling->arena, making->entry.file_hash,
	                    &handling->entry);
	if (r < 0 && r != E_NOT_FOUND)
		return failed(handling, r, store_why(options->store));
	if (r == E_NOT_FOUND || (handling->entry.state == QUEUE_REFUSED &&
	                         (handling->entry.filed || !handling->entry.spooled)))
		return options->plan->plan != NULL ? take(handling) : 0;
	switch (handling->entry.state) {
	case QUEUE_ACKNOWLEDGED:
		return file_known(handling);
	case QUEUE_REFUSED:
		return file(handling, "refused");
	default:
		return 0;
	}
}

static int take(struct handling *handling)
{
	const struct spool_options *options = handling->options;
	struct making *making = &handling->making;
	int64_t row;
	int r = making_judge(making);

	handling->entry = (struct queue_entry){.row = 0};
	if (r == E_NOMEM || r == E_IO || r == E_BUSY || r == E_CORRUPT)
		return failed(handling, r,
		              r == E_NOMEM ? text_err(r) : store_why(options->store));
	if (r == E_EXISTS)
		return file_same(handling);
	if (r == E_STATE && options->is_stale(options->context))
		return 0;
	if (r < 0)
		return file(handling, "refused");
	r = making_seal(making, *options->signer, true);
	if (r < 0)
		return failed(handling, r, text_err(r));
	r = queue_put(options->store, &making->entry, &row);
	if (r < 0)
		return failed(handling, r,
		              r == E_LIMIT ? _("待发队列已满")
		                           : store_why(options->store));
	making->entry.row = row;
	options->queued(options->context, &making->entry);
	return 0;
}

/* It states what stands already. What it repeats may wait still: then it is filed with
 * that one's outcome, later. */
static int file_same(struct handling *handling)
{
	const struct succession *succession = &handling->making.succession;

	if (succession->is_waiting)
		return 0;
	handling->same = true;
	return file(handling, succession->is_returned ? "refused" : "accepted");
}

/* A file that comes back after it was filed must not seem to stand when something took
 * its place, or when it was returned. */
static int file_known(struct handling *handling)
{
	const struct queue_entry *entry = &handling->entry;
	const struct place place = {.plan = entry->plan,
	                            .section = entry->section,
	                            .period = entry->period};
	struct accepted newest;
	bool again = entry->filed || !entry->spooled;

	if (!again || accepted_newest(handling->options->store, &handling->arena, &place,
	                              &newest) < 0)
		return file(handling, "accepted");
	if (strcmp(newest.number, entry->number) == 0)
		return file(handling, "accepted");
	handling->replaced_by = newest.number;
	return file(handling, "refused");
}

static int file(struct handling *handling, const char *outcome)
{
	const struct spool_options *options = handling->options;
	char target[PATH_SIZE];
	const char *path = arena_printf(&handling->arena, "%s/%s",
	                                options->settings->spool_dir, handling->name);
	int r = path == NULL ? E_NOMEM : find_target(handling, outcome, target);

	if (r == 0)
		r = write_text(handling, target);
	if (r < 0)
		return failed(handling, r, r == E_IO ? text_errno(errno) : text_err(r));
	if (rename(path, target) != 0)
		return failed(handling, E_IO, text_errno(errno));
	if (handling->entry.row != 0 &&
	    queue_filed(options->store, handling->entry.row) < 0)
		return failed(handling, E_IO, store_why(options->store));
	options->filed(options->context, handling->name, outcome);
	return 0;
}

/* A name that is not taken in the folder of the outcome. */
static int find_target(const struct handling *handling, const char *outcome, char *target)
{
	const char *dot = strrchr(handling->name, '.');
	int stem = (int)(dot - handling->name);
	int len =
		snprintf(target, PATH_SIZE, "%s/%s/%s",
	                 handling->options->settings->spool_dir, outcome, handling->name);

	for (int i = 2; len > 0 && len < PATH_SIZE - 8 && i <= TRIES_MAX; i++) {
		if (access(target, F_OK) != 0)
			return 0;
		len = snprintf(target, PATH_SIZE, "%s/%s/%.*s-%d%s",
		               handling->options->settings->spool_dir, outcome, stem,
		               handling->name, i, dot);
	}
	return E_LIMIT;
}

/* The receipt or the findings, beside the file. A crash before the move writes it again.
 */
static int write_text(const struct handling *handling, const char *target)
{
	const struct outcome_names names = {.plan = handling->options->plan->plan,
	                                    .unit = handling->options->settings->unit};
	AUTO(fclosep) FILE *out = NULL;
	char path[PATH_SIZE + 8];

	(void)snprintf(path, sizeof(path), "%s.txt", target);
	out = fopen(path, "we");
	if (out == NULL)
		return E_IO;
	if (handling->same)
		outcome_write_same(out, &handling->making);
	else if (handling->replaced_by != NULL)
		outcome_write_replaced(out, handling->name, handling->entry.number,
		                       handling->replaced_by);
	else if (handling->entry.row != 0)
		outcome_write(out, &names, &handling->entry);
	else
		outcome_write_refused(out, &names, &handling->making);
	return fflush(out) == 0 && ferror(out) == 0 ? 0 : E_IO;
}

static int failed(const struct handling *handling, int err, const char *why)
{
	handling->options->failed(handling->options->context, handling->name, why);
	return err;
}
