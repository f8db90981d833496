/* The register of problems in the database: events are added, nothing is changed. */
#ifndef DUBAN_SERVER_STORE_PROBLEM_H
#define DUBAN_SERVER_STORE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/notice.h"
#include "model/problem.h"
#include "server/pg.h"
#include "server/store_told.h"

struct store;

#define STORE_PROBLEMS_UNIT_MAX 5000 /* of one unit in one plan */
#define STORE_PROBLEMS_PAGE_MAX 1000
#define STORE_PROBLEM_EVENTS    1000 /* at most, of one problem */

extern const struct pg_statement store_problem_statements[];

/* A problem as it stood at the time that was asked about. */
struct problem_row {
	const char *number, *plan, *registered_by;
	struct problem problem; /* with the terms of that time */
	int64_t id, registered_at;
	enum problem_state state;
	enum problem_act last_act;
	int64_t last_at;
	const char *last_text, *asked_by; /* asked_by "": nobody yet */
	unsigned ordinal, sent_back;      /* events until then; times sent back */
};

/* When it is looked at whether a problem is overdue. */
struct problem_instant {
	unsigned level;
	int64_t at;
};

/* Until when, and what follows. */
struct problem_due {
	int64_t due_at;
	const struct problem_instant *instants;
	size_t count; /* 0: nothing is to be watched anew */
};

struct store_problem_add {
	const char *plan;
	uint32_t plan_version;
	const struct problem *problem;
	struct bytes request_id; /* 16 bytes */
	int year;                /* for the number */
	int64_t now, wall_now;
	const char *by; /* URI */
	struct problem_due due;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL; E_LIMIT: the
	 * unit has as many as it may have; E_NOT_FOUND: it has no such project in this
	 * section. */
	void (*done)(struct store_problem_add *add, int status);
	const char *number; /* results, in arena */
	bool again;
	struct pg_batch batch; /* private */
	bool has_project;
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. So for all below. */
int store_problem_add(struct store *store, struct store_problem_add *add);

struct problem_event {
	unsigned ordinal;
	enum problem_act act;
	int64_t at, wall_at;
	const char *by, *text;
	enum problem_state state; /* afterwards, as the terms */
	struct problem_terms terms;
};

/* One problem as it stands, and everything that was done. */
struct store_problem {
	const char *number;
	const char *unit; /* "": whoever's; else not found unless it is theirs */
	struct arena *arena;
	/* As above; E_NOT_FOUND, E_CORRUPT. */
	void (*done)(struct store_problem *problem, int status);
	struct problem_row row; /* results, in arena */
	struct problem_event *events;
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
int store_problem(struct store *store, struct store_problem *problem);

/* Add one event. */
struct store_problem_act {
	const char *number;
	const struct problem_event *event; /* its ordinal: the one that comes next */
	uint32_t plan_version;
	struct problem_due due;
	/* Who is told at once, and with which kind of alert. */
	enum alert_kind kind;
	const struct told *told;
	size_t told_count; /* 0 or 1 */
	const struct contact *contacts;
	size_t contact_count;
	struct arena *arena;
	/* As above; E_STATE: somebody else was quicker. */
	void (*done)(struct store_problem_act *act, int status);
	bool stored; /* private from here */
	struct pg_batch batch;
};
int store_problem_act(struct store *store, struct store_problem_act *act);

struct store_problem_list {
	const char *plan;
	const char *unit, *section, *target, *project; /* "": all */
	const int64_t *states;
	size_t state_count; /* 0: all */
	int64_t kind;       /* 0: all */
	day overdue_before; /* only the open ones due before; DAY_NONE: all */
	int64_t known_at;   /* 0: now */
	/* How units and sections are ordered. */
	const char *const *units, *const *sections;
	size_t unit_count, section_count;
	/* A place in the list, exclusive; after_unit NULL: before the first. */
	const char *after_unit, *after_section;
	int64_t after_id;
	size_t limit; /* 1 .. STORE_PROBLEMS_PAGE_MAX */
	struct arena *arena;
	void (*done)(struct store_problem_list *list, int status); /* as above */
	struct problem_row *rows;                                  /* results, in arena */
	size_t count;
	uint64_t total;
	bool more;
	int error; /* private from here */
	struct pg_batch batch;
};
int store_problem_list(struct store *store, struct store_problem_list *list);

#endif
