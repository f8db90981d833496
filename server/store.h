/*
 * The only door to PostgreSQL: what handlers may ask of it, noun by noun.
 *
 * Each noun has a file (store_report.c, store_plan.c, store_alert.c, ...) that holds its
 * SQL as a table of statements and turns rows into the model's structs. Handlers see
 * neither SQL nor libpq.
 *
 * Every operation follows the callback law (0: done runs once, later; negative: never)
 * and embeds its own memory: the struct is the caller's until done ran.
 */
#ifndef DUBAN_SERVER_STORE_H
#define DUBAN_SERVER_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/list.h"
#include "model/receipt.h"
#include "model/report.h"
#include "model/validate.h"
#include "server/pg.h"

struct work;
struct store;

#define STORE_REPORT_CHANNEL "duban_report" /* notified after reports were committed */

struct store_options {
	struct pg *pg;
	struct work *work;             /* where receipts are signed */
	const struct signer *receipts; /* borrowed: the receipt signer */
	size_t queue_max;              /* reports that wait for a commit */
	size_t group_max;     /* reports in one commit, at most RECEIPT_BATCH_MAX */
	unsigned commits_max; /* group commits under way at once */
};

/* E_NOMEM. Copies @options; what they point at is borrowed until destroyed. */
int store_create(const struct store_options *options, struct store **ret_store);
/* Nothing may be under way. The loop must run once more, to free it. Accepts NULL. */
void store_destroy(struct store *store);
struct pg *store_pg(struct store *store);
/* The database is reachable: reserve receipt numbers before the first report comes. */
void store_wake(struct store *store);
/* Reports that wait for a commit or are in one. */
size_t store_under_way(const struct store *store);
/* For pg_open(), beside those of the other nouns. */
extern const struct pg_statement store_report_statements[];
extern const struct pg_statement store_history_statements[];
extern const struct pg_statement store_serial_statements[];
extern const struct pg_statement store_notify_statements[];

/* One judged report on its way into the ledger. */
struct store_put {
	/* The caller's: */
	const struct report *report; /* borrowed until done, like all below */
	const struct verdict *verdict;
	const struct findings *findings; /* notices and answered questions */
	struct bytes envelope;           /* serialized duban.v1.Envelope, as it came */
	struct bytes payload_hash;       /* SHA-256 of the signed payload */
	const char *plan, *calendar;
	uint32_t plan_version;
	const char *signer, *crl_number;
	int64_t received_at, wall_received_at;
	int64_t review_at; /* when the bureau should have looked at it; 0: no time is set
	                    */
	/*
	 * Exactly once, later:
	 *   0         committed; @receipt holds the serialized duban.v1.Receipt. Also
	 * when the same report was stored before: then it is that first receipt. E_EXISTS
	 * this id with other content, or the period has such a revision already:
	 *             @earlier names its receipt number
	 *   E_UNKNOWN, E_DOWN, E_BUSY, E_NOMEM, E_INTERNAL
	 */
	void (*done)(struct store_put *put, int status);
	void *context;
	struct arena *arena; /* for results; dies no earlier than done */

	struct bytes receipt; /* results */
	const char *earlier;
	bool duplicate; /* the first receipt was given again */

	struct list link; /* private */
	struct receipt_body body;
	char number[RECEIPT_NUMBER_MAX];
};

/*
 * Store one report, at most once per id, and once per unit, section, period and
 * revision. What it supersedes is marked so, and what was returned is answered, in the
 * same transaction.
 *
 * Reports that arrive while the last commit runs are committed together; a lone one is
 * not delayed. When a group fails, its members are tried again one by one, so that one
 * poisoned report never fails its neighbours.
 *
 *   E_BUSY  the queue is full      E_DOWN  there is no connection
 */
int store_put(struct store *store, struct store_put *put);

/* Look for a receipt before judging: a report that was acknowledged before is answered
 * with its first receipt whatever the time is now. */
struct store_find {
	const char *unit;
	const uint8_t *report_id;
	struct arena *arena;
	/* 0 (see found), E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_find *find, int status);
	void *context;
	bool found;
	struct bytes receipt, content_hash;
	struct pg_batch batch; /* private */
};
int store_find(struct store *store, struct store_find *find);

/* Everything that judging a report needs from the past, in one round trip: earlier
 * figures, and the terms of its own period. */
struct store_history {
	const char *plan, *unit, *section;
	const char *before_period; /* the report's own */
	bool projects;             /* the unit's projects and their figures, too */
	struct arena *arena;
	void (*done)(struct store_history *history, int status);
	void *context;
	struct history *history; /* result, in arena */
	struct pg_batch batch;   /* private */
	int error;
};
/* done as above; E_CORRUPT: what is stored cannot be read. E_SYNTAX, at once: the
 * period. */
int store_history(struct store *store, struct store_history *history);

#endif
