/*
 * What the bureau does with a stored report, in the database: pass, return, check; who
 * waits; and the life of a report.
 */
#ifndef DUBAN_SERVER_STORE_REVIEW_H
#define DUBAN_SERVER_STORE_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/evidence.h"
#include "model/notice.h"
#include "server/pg.h"
#include "server/store_told.h"

struct contact;
struct store;

#define STORE_WAITING_PAGE_MAX 1000

extern const struct pg_statement store_review_statements[];
extern const struct pg_statement store_life_statements[];

enum review_step { REVIEW_CONTENT = 1, REVIEW_TOTALS };

/* How a report stands, before anybody acts on it. */
struct store_review_facts {
	const char *number;
	const char *indicator; /* "": none is asked about */
	struct arena *arena;
	/* Exactly once, later: 0 (see found), E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_review_facts *facts, int status);
	bool found; /* results */
	const char *plan, *unit, *section, *period;
	bool superseded, returned, has_figure;
	struct quantity figure; /* has_figure: as it was reported */
	bool passed[3];         /* by step */
	unsigned returns;       /* of its unit, section and period until now */
	struct pg_batch batch;  /* private */
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. So for all below. */
int store_review_facts(struct store *store, struct store_review_facts *facts);

/* Who acts, when, in what words. */
struct review_act {
	const char *number;
	enum review_step step;
	int64_t now, wall_now;
	const char *by; /* URI */
	const char *remark;
};

struct store_pass {
	struct review_act act;
	uint32_t plan_version;
	int64_t totals_at; /* of a content step: when the totals should be checked; or 0
	                    */
	struct arena *arena;
	/* As above; E_STATE: superseded, returned, or (totals) not checked yet. */
	void (*done)(struct store_pass *pass, int status);
	int64_t passed_at;     /* result: now, or when it was passed before */
	struct pg_batch batch; /* private */
};
int store_pass(struct store *store, struct store_pass *pass);

/* When it is looked at again whether a return was answered. */
struct return_instant {
	unsigned level;
	int64_t at;
};

struct store_return {
	struct review_act act;
	const char *plan;
	uint32_t plan_version;
	unsigned ordinal;
	int64_t due;
	const char *const *fields, *const *reasons; /* as they were given */
	size_t field_count;
	const struct told *told;
	size_t told_count;
	bool sample;
	const struct return_instant *instants;
	size_t instant_count;
	const struct contact *contacts;
	size_t contact_count;
	struct arena *arena;
	/* As above; E_STATE: superseded or returned meanwhile. */
	void (*done)(struct store_return *back, int status);
	bool stored; /* private from here */
	struct pg_batch batch;
};
int store_return(struct store *store, struct store_return *back);

struct store_check {
	struct review_act act; /* without a step */
	const char *indicator;
	enum figure_standing standing; /* FIGURE_SEEN, FIGURE_WITHDRAWN */
	bool as_checker;               /* by the indicator's checker */
	struct quantity accepted;      /* of an acceptance; else no unit, "" and "" */
	const char *accepted_on, *document;
	uint32_t plan_version;
	/* FIGURE_WITHDRAWN: the unit is told; else NULL and NULL. */
	const char *title, *text;
	bool sample;
	const struct contact *contacts;
	size_t contact_count;
	struct arena *arena;
	/* As above; E_STATE: superseded meanwhile. */
	void (*done)(struct store_check *check, int status);
	bool stored; /* private from here */
	struct pg_batch batch;
};
int store_check(struct store *store, struct store_check *check);

struct waiting_row {
	const char *number, *plan, *unit, *section, *period;
	enum review_step step;
	int64_t since;
};

/* Reports that wait for a step, the oldest first. */
struct store_waiting {
	/* Of these sections; the steps that a caller may do there. */
	const char *const *plans, *const *sections;
	const int64_t *steps; /* 1, 2, or 3 for both */
	size_t section_count;
	int64_t after_since; /* a place in the list, exclusive */
	const char *after_number;
	size_t limit; /* 1 .. STORE_WAITING_PAGE_MAX */
	struct arena *arena;
	void (*done)(struct store_waiting *waiting, int status);
	const struct waiting_row *rows; /* results, in arena */
	size_t count;
	bool more;
	struct pg_batch batch; /* private */
};
int store_waiting(struct store *store, struct store_waiting *waiting);

/* One thing that happened. What does not apply is "" or 0. */
struct life_event {
	const char *kind, *number, *by, *text, *indicator, *subject;
	int64_t at, wall_at, due_at;
	unsigned revision, step, report_kind, standing, request_kind;
	bool granted;
	const char *const *fields, *const *reasons;
	size_t field_count;
};

struct store_life {
	const char *number; /* of any of its reports */
	const char *unit;   /* "": whoever's; else not found unless it is theirs */
	struct arena *arena;
	void (*done)(struct store_life *life, int status);
	bool found; /* results */
	const char *plan, *owner, *section, *period;
	int64_t due_at, extended_due_at, lock_at;
	struct life_event *events;
	size_t count;
	struct pg_batch batch; /* private */
};
int store_life(struct store *store, struct store_life *life);

#endif
