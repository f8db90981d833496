/* Plans in the database: versions, their files, and what they ask for. */
#ifndef DUBAN_SERVER_STORE_PLAN_H
#define DUBAN_SERVER_STORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/plan.h"
#include "server/pg.h"

struct effect_date;
struct plan_effects;
struct store;
struct timetable;

#define STORE_PLAN_CHANNEL  "duban_plan" /* notified when a version was committed */
#define STORE_PLAN_LIST_MAX 2000         /* versions in a list */

extern const struct pg_statement store_plan_statements[];

/* One version, as a row. Texts live in the operation's arena. */
struct store_plan_row {
	const char *plan, *number, *title, *applied_by;
	uint32_t version;
	bool current;
	struct bytes content_hash;
	int64_t applied_at;
};

/* Versions, the newest first. */
struct store_plan_list {
	bool current_only;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_plan_list *list, int status);
	const struct store_plan_row *rows; /* results */
	size_t count;
	struct pg_batch batch; /* private */
};
/* E_BUSY, E_DOWN: done never runs. */
int store_plan_list(struct store *store, struct store_plan_list *list);

/* The files of one version. */
struct store_plan_files {
	const char *plan;
	uint32_t version;
	struct arena *arena;
	/* As above; 0 with count 0: there is no such version. */
	void (*done)(struct store_plan_files *files, int status);
	const struct plan_file *files; /* results, in the order of their names */
	size_t count;
	struct bytes content_hash;
	int64_t applied_at;
	struct pg_batch batch; /* private */
};
int store_plan_files(struct store *store, struct store_plan_files *files);

/*
 * Publish a version: everything in one transaction, or nothing.
 *
 * What was due already, done already or is answered by a report stays as it is; what an
 * earlier version asked for in the future and this one does not is taken back.
 */
struct store_plan_apply {
	const struct plan *plan; /* borrowed until done, like all below */
	uint32_t version;        /* the one after the newest */
	const struct plan_file *files;
	size_t file_count;
	const struct timetable *timetable;
	const struct plan_effects *effects; /* dates that it moves; NULL: none */
	int64_t applied_at, wall_applied_at;
	const char *applied_by; /* the caller's URI */
	struct arena *arena;
	/* 0, E_EXISTS: somebody else applied this version first; E_UNKNOWN, E_DOWN,
	 * E_NOMEM, E_REFUSED (a constraint of the schema), E_INTERNAL */
	void (*done)(struct store_plan_apply *apply, int status);
	struct pg_batch batch; /* private */
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_plan_apply(struct store *store, struct store_plan_apply *apply);

/* The dates that a version moved. */
struct store_plan_moved {
	const char *plan;
	uint32_t version; /* 0: the newest that moved any; then also a result, 0: none */
	struct arena *arena;
	/* 0, E_NOT_FOUND: there is no such version; E_UNKNOWN, E_DOWN, E_NOMEM,
	 * E_INTERNAL */
	void (*done)(struct store_plan_moved *moved, int status);
	const struct effect_date *dates; /* results, in arena, by due time */
	size_t count;
	int64_t applied_at;
	const char *calendar_from, *calendar_to;
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_plan_moved(struct store *store, struct store_plan_moved *moved);

#endif
