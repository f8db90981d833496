/* Reading alerts: for streams, by cursor, and for lists, the newest first. */
#ifndef DUBAN_SERVER_STORE_ALERT_H
#define DUBAN_SERVER_STORE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/notice.h"
#include "server/pg.h"
#include "server/store_sql.h"

struct store;

#define STORE_ALERTS_PAGE_MAX 1000

extern const struct pg_statement store_alert_statements[];

/* How an alert went out by one channel; see proto. */
struct delivery_row {
	const char *channel, *address, *state, *error;
	uint32_t attempts;
	int64_t wall_at; /* 0: no attempt ended yet */
};

/* One alert as it is stored. Texts live in the operation's arena. */
struct alert_row {
	int64_t cursor;
	enum alert_kind kind;
	unsigned level;
	const char *recipient, *plan, *unit, *section, *period, *target, *subject;
	int64_t decided_at, due_at, cleared_at; /* cleared_at 0: still open */
	const char *title, *text;
	bool sample;
	size_t asker;                    /* store_alerts_missed: whose row this is */
	struct delivery_row *deliveries; /* lists only */
	size_t delivery_count;
};

/* What store_alert_row() reads: the first columns of a SELECT from alert a. */
#define STORE_ALERT_COLUMNS                                                             \
	"a.cursor, a.kind, a.level, a.recipient, a.plan, a.unit, a.section, a.period, " \
	"a.target, a.title, a.body, a.subject, a.sample, " SQL_MS(                      \
		"a.decided_at") ", " SQL_MS("a.due_at")
#define STORE_ALERT_COLUMN_COUNT 15

/* Copies the texts into @arena. false: no memory. What is not of those columns is 0. */
bool store_alert_row(struct arena *arena, const struct pg_result *result, size_t row,
                     struct alert_row *ret);

/* Rows, as every operation below gives them. */
struct alert_rows {
	struct alert_row *items; /* in the operation's arena */
	size_t count;
	int error; /* private */
};

/* Alerts that were decided after a cursor, in order. */
struct store_alerts_fresh {
	int64_t after; /* negative: none, only tell the newest cursor */
	size_t limit;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_alerts_fresh *fresh, int status);
	struct alert_rows rows; /* results */
	int64_t newest;
	struct pg_batch batch; /* private */
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. So for all here. */
int store_alerts_fresh(struct store *store, struct store_alerts_fresh *fresh);

/* What each of several recipients has after its own cursor, in one query. */
struct store_alerts_missed {
	const char *const *recipients; /* borrowed until done */
	const int64_t *afters;
	size_t count;
	size_t limit; /* rows for each */
	struct arena *arena;
	void (*done)(struct store_alerts_missed *missed, int status);
	struct alert_rows rows; /* results, by asker and cursor */
	struct pg_batch batch;  /* private */
};
int store_alerts_missed(struct store *store, struct store_alerts_missed *missed);

/* Alerts, the newest first, with their deliveries. */
struct store_alerts_list {
	int64_t before;             /* cursor, exclusive; 0: from the newest on */
	const char *unit, *section; /* "": all */
	bool open_only;
	bool sees_all; /* else: addressed to @recipient, or of one of its sections */
	const char *recipient;
	const char *const *plans, *const *sections; /* in pairs */
	size_t section_count;
	size_t limit; /* 1 .. STORE_ALERTS_PAGE_MAX */
	struct arena *arena;
	void (*done)(struct store_alerts_list *list, int status);
	struct alert_rows rows; /* results; one more than @limit: there are more */
	struct pg_batch batch;  /* private */
};
int store_alerts_list(struct store *store, struct store_alerts_list *list);

/* Note that these units were heard of at @wall_now. */
struct store_seen {
	const char *const *units; /* borrowed until done */
	size_t count;
	int64_t wall_now;
	struct arena *arena;
	void (*done)(struct store_seen *seen, int status);
	struct pg_batch batch; /* private */
};
int store_seen(struct store *store, struct store_seen *seen);

#endif
