/*
 * What the judge asks of the database: which rows of the timetable are due, with the
 * facts that decide them; and what was decided, written once.
 */
#ifndef DUBAN_SERVER_STORE_JUDGE_H
#define DUBAN_SERVER_STORE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/decide.h"
#include "server/pg.h"

struct contact;
struct store;

#define STORE_ALERT_CHANNEL "duban_alert" /* notified when alerts were committed */

extern const struct pg_statement store_judge_statements[];

/* The first rows that are due and not done, in the order (at, id). What is asked of many
 * units at once becomes rows first, until there are @limit of them. */
struct store_due {
	int64_t now; /* plan time */
	size_t limit;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_due *due, int status);
	struct due_row *rows; /* results, in arena */
	size_t count;
	int64_t next_at;       /* of the first row after @now; 0: none */
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_due(struct store *store, struct store_due *due);

/* A row that was judged, and the report that it was judged by. */
struct judged_row {
	const struct due_row *row;
	enum outcome outcome;
	int64_t again_at; /* 0: the row is done, or postponed; else it climbs a level */
};

/*
 * Write what was decided: alerts, their deliveries and the rows that are done, in one
 * transaction under one advisory lock.
 *
 * Every condition is looked at again inside: a report that came in meanwhile takes back
 * the alert about it, and a row whose figures are no longer the newest stays undone, to
 * be judged again. Written twice, or by two servers at once, it is stored once.
 */
struct store_decide {
	int64_t now, wall_now;
	const struct judged_row *judged; /* borrowed until done, like all below */
	size_t judged_count;
	const struct wanted_alert *const *wanted;
	size_t wanted_count;
	const struct contact *contacts; /* who is told by which channel */
	size_t contact_count;
	struct arena *arena;
	/* As above. E_UNKNOWN: judge again; what was written shows then. */
	void (*done)(struct store_decide *decide, int status);
	size_t inserted, settled; /* results: alerts, and rows that will not come again */
	struct pg_batch batch;    /* private */
};
int store_decide(struct store *store, struct store_decide *decide);

/* Mark alerts about reports as cleared whose report is in. */
struct store_clear_reports {
	void (*done)(struct store_clear_reports *clear, int status);
	struct pg_batch batch; /* private */
};
int store_clear_reports(struct store *store, struct store_clear_reports *clear);

/* Alerts about lights that are open and whose unit reported, or had a figure checked, at
 * @since or later. */
struct store_open_alerts {
	int64_t after; /* cursor */
	int64_t since; /* plan time */
	size_t limit;
	struct arena *arena;
	void (*done)(struct store_open_alerts *open, int status);
	struct open_alert *alerts; /* results, in arena, by cursor */
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
int store_open_alerts(struct store *store, struct store_open_alerts *open);

/* Mark these as cleared, at the time at which the report that did it was received. */
struct store_clear {
	const int64_t *cursors;
	const char *const *numbers; /* of that report */
	size_t count;
	struct arena *arena;
	void (*done)(struct store_clear *clear, int status);
	struct pg_batch batch; /* private */
};
int store_clear(struct store *store, struct store_clear *clear);

#endif
