/*
 * The spool folder: files that are dropped there are reported.
 *
 *	<spool>/x.yaml --taken--> queue --receipt--> <spool>/accepted/x.yaml, x.yaml.txt
 *	        '--refused here or by the centre---> <spool>/refused/x.yaml, x.yaml.txt
 *
 * A file stays where it was dropped until its outcome is known; the queue remembers it by
 * its content, so that a crash at any point neither loses nor doubles a report.
 */
#ifndef DUBAN_CLIENT_AGENT_SPOOL_H
#define DUBAN_CLIENT_AGENT_SPOOL_H

#include <uv.h>

#include "client/agent/plan_cache.h"
#include "client/agent/queue.h"
#include "client/agent/settings.h"
#include "model/seal.h"

#define SPOOL_FILES_MAX 200   /* looked at in one round; the others wait for the next */
#define SPOOL_RESCAN_MS 30000 /* safety net for what inotify does not tell */
#define SPOOL_SETTLE_MS 2000  /* see spool_file_is_complete() */

struct spool;

struct spool_options {
	uv_loop_t *loop;
	const struct settings *settings;
	struct store *store;
	struct signer *const *signer;   /* where the present one is */
	const struct plan_cached *plan; /* may hold none yet: then files wait */
	/* A report was queued. */
	void (*queued)(void *context, const struct queue_entry *entry);
	/* A file was moved: @outcome is "accepted" or "refused". */
	void (*filed)(void *context, const char *name, const char *outcome);
	/* A report is judged too early or too late: is plan time perhaps another by now?
	 * True: the file is left alone, and spool_scan() will be called. */
	bool (*is_stale)(void *context);
	void (*scanned)(void *context); /* a round is over */
	/* Something failed that an operator must see; @name may be "". */
	void (*failed)(void *context, const char *name, const char *why);
	void *context;
};

/* Make the folders and watch. E_IO with @ret_why (static), E_NOMEM. */
int spool_open(const struct spool_options *options, struct spool **ret_spool,
               const char **ret_why);
/* Look through the folder soon. */
void spool_scan(struct spool *spool);
/* Accepts NULL; the loop must run on until nothing is left in it. */
void spool_close(struct spool *spool);

/* Report files that lie in @folder; 0 for "". */
unsigned spool_count(const char *folder);
/* Whether a name is one that is taken: no dot file, no .tmp, a known extension. */
bool spool_is_taken(const char *name);

#endif
