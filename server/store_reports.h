/* Reading the ledger: one report as it was signed, and lists of them. */
#ifndef DUBAN_SERVER_STORE_REPORTS_H
#define DUBAN_SERVER_STORE_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "server/pg.h"

struct store;

#define STORE_REPORTS_PAGE_MAX 1000

extern const struct pg_statement store_reports_statements[];

/* One report by its receipt's number, or by unit and id. */
struct store_report_get {
	const char *number;     /* or NULL, and then: */
	const char *unit;       /* with a number: "" or who must have sent it */
	struct bytes report_id; /* 16 bytes */
	struct arena *arena;
	/* Exactly once, later: 0 (see found), E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_report_get *get, int status);
	bool found; /* results */
	struct bytes envelope, receipt;
	struct pg_batch batch; /* private */
};
/* E_BUSY, E_DOWN: done never runs. */
int store_report_get(struct store *store, struct store_report_get *get);

/* A place in the list, exclusive: what came last. */
struct store_reports_key {
	int64_t received_at;
	const char *number; /* NULL: from the newest on */
};

struct store_reports_row {
	const char *number, *unit, *section, *period, *approved_by;
	struct bytes report_id;
	int64_t received_at, wall_received_at;
	unsigned timeliness, figures, notices;
	unsigned kind, revision;
	const char *supersedes; /* "": the first */
	int64_t superseded_at;  /* 0: the newest of its period */
	int64_t late_waived_at; /* 0: a late mark, if any, counts */
};

/* Reports, the newest first. "" in a filter: all. */
struct store_reports_list {
	const char *unit, *section, *period;
	bool superseded;  /* those too that another took the place of */
	int64_t known_at; /* as of that plan time; 0: now */
	struct store_reports_key after;
	size_t limit; /* 1 .. STORE_REPORTS_PAGE_MAX */
	struct arena *arena;
	void (*done)(struct store_reports_list *list, int status); /* as above */
	const struct store_reports_row *rows;                      /* results, in arena */
	size_t count;
	bool more;             /* there are reports after these */
	struct pg_batch batch; /* private */
};
int store_reports_list(struct store *store, struct store_reports_list *list);

#endif
