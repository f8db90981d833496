/* What the files of the store share. For store*.c only. */
#ifndef DUBAN_SERVER_STORE_INTERNAL_H
#define DUBAN_SERVER_STORE_INTERNAL_H

#include <uv.h>

#include "server/store.h"
#include "server/work.h"

#define SERIAL_BLOCK     1000                /* as the sequence receipt_serial counts */
#define NOTIFY_PAUSE     100                 /* ms, at least, between two notifications */
#define GROUP_BYTES_MAX  (8u * 1024 * 1024)  /* of envelopes, in one commit */
#define GROUP_MEMORY_MAX (96u * 1024 * 1024) /* everything made for one commit */

/* Receipt serials that this server owns: those in use, and a block beyond them. */
struct serials {
	uint64_t next, end, spare, spare_end;
	bool fetching;
	int failed; /* why the last fetch did not work, or 0 */
	uint64_t fetched;
	struct pg_batch batch;
};

struct store {
	unsigned magic;
#define STORE_MAGIC 0x83f4a6b1U
	struct store_options options;
	struct list queue; /* struct store_put: not in a commit yet */
	size_t queued, in_commits;
	unsigned commits; /* under way */
	struct serials serials;
	struct notifier {
		bool wanted, sending;
		uv_timer_t pause; /* between two notifications */
		struct pg_batch batch;
	} notifier;
	uv_prepare_t prepare; /* before the loop sleeps, groups are made */
	uv_idle_t idle;       /* runs while there may be one to make */
	unsigned handles;
};

/* Receipt numbers (store_serial.c). */
uint64_t serials_left(const struct serials *serials);
uint64_t serials_take(struct serials *serials); /* there must be one left */
/* Numbers that turned out to be taken: forget what is left of them. */
void serials_drop(struct serials *serials);
/* Fetch a block when it is time to. */
void serials_refill(struct store *store);

/* Reports were stored: tell every server, soon, once for many (store_notify.c). */
void notifier_init(struct store *store);
void notifier_want(struct store *store);

/* One group of reports that become durable together. */
struct group {
	unsigned magic;
#define GROUP_MAGIC 0x5e2d70c9U
	struct store *store;
	struct work_job job;
	struct arena arena;
	struct store_put **members; /* sorted; NULL once answered */
	enum group_outcome { GROUP_OPEN, GROUP_STORED, GROUP_NOT_STORED } * outcomes;
	struct bytes *receipts; /* sealed, one a member */
	struct store_earlier {
		bool found, same_report;
		const char *number;
		struct bytes receipt, content_hash;
	} * earlier; /* what stands in the way of a member */
	size_t count;
	size_t from, to; /* the members that the present batch is about */
	int status;      /* of sealing */
	bool out_of_memory;
	struct pg_batch batch;
};

/* Make a group of what waits, if it may be (store_report.c). */
void store_make_groups(struct store *store);

/* Projects (store_project_figure.c): put the figures of the members' projects beside what
 * group_insert_batch() made; and ask for what is known of a unit's projects, as two
 * statements more of @history's batch. @before: the last day of the report's period, in
 * the history's arena. */
void group_project_figures(struct group *group);
void store_history_projects(struct store_history *history, const char *before);

/* The batches of a group (store_report_sql.c). Each fills in group->batch for the members
 * from..to; results go into outcomes and earlier. */
void group_insert_batch(struct group *group);
void group_lookup_batch(struct group *group);

#endif
