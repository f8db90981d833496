/* The register of projects in the database: versions are added, none is changed. */
#ifndef DUBAN_SERVER_STORE_PROJECT_H
#define DUBAN_SERVER_STORE_PROJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/project.h"
#include "model/quantity.h"
#include "server/pg.h"

struct store;

#define STORE_PROJECTS_PUT_MAX   200
#define STORE_PROJECTS_PAGE_MAX  1000
#define STORE_PROJECTS_UNCOUNTED ULONG_MAX

extern const struct pg_statement store_project_statements[];
extern const struct pg_statement store_project_figure_statements[];

/* The newest versions of projects that somebody is about to change. */
struct store_project_facts {
	const char *plan;
	const struct project *projects; /* unit and id are asked about */
	size_t count;                   /* 1 .. STORE_PROJECTS_PUT_MAX */
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_CORRUPT, E_INTERNAL */
	void (*done)(struct store_project_facts *facts, int status);
	const struct project **newest; /* result: one each, NULL when there is none */
	size_t *unit_totals; /* result: how many projects its unit has already */
	int error;           /* private from here */
	struct pg_batch batch;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. So for all below. */
int store_project_facts(struct store *store, struct store_project_facts *facts);

struct store_project_put {
	const char *plan;
	const struct project *projects; /* with the versions that they will have */
	size_t count;
	int64_t now, wall_now;
	const char *by; /* URI */
	struct arena *arena;
	/* As above; E_EXISTS: somebody else was quicker, nothing was stored. */
	void (*done)(struct store_project_put *put, int status);
	struct pg_batch batch; /* private */
};
int store_project_put(struct store *store, struct store_project_put *put);

/* A place in the list. */
struct store_project_key {
	const char *unit, *section, *id; /* NULL: before the first */
	uint32_t version;
};

struct store_project_row {
	struct project project;
	int64_t put_at, wall_put_at;
	const char *put_by;
};

struct store_project_list {
	const char *plan;
	const char *unit, *section, *target, *id; /* "": all */
	const int64_t *states;
	size_t state_count; /* 0: all */
	day overdue_before; /* only the open ones with a finish before; DAY_NONE: all */
	int64_t known_at;   /* 0: now */
	bool history;
	/* How units and sections are ordered. */
	const char *const *units, *const *sections;
	size_t unit_count, section_count;
	struct store_project_key after;
	size_t limit; /* 1 .. STORE_PROJECTS_PAGE_MAX */
	struct arena *arena;
	void (*done)(struct store_project_list *list, int status);
	const struct store_project_row *rows; /* results, in arena */
	size_t count;
	/* STORE_PROJECTS_UNCOUNTED: is filled in; else somebody counted them before. */
	unsigned long total;
	bool more;
	int error; /* private from here */
	struct pg_batch batch;
};
int store_project_list(struct store *store, struct store_project_list *list);

struct store_project_amount {
	size_t project; /* place in the list that was asked about */
	const char *indicator, *period, *number;
	struct quantity value;
};

/* The newest figure of each indicator of each project, as known at a time. */
struct store_project_amounts {
	const char *plan;
	const struct store_project_row *rows;
	size_t row_count; /* 1 .. STORE_PROJECTS_PAGE_MAX */
	int64_t known_at; /* 0: now */
	struct arena *arena;
	void (*done)(struct store_project_amounts *amounts, int status);
	const struct store_project_amount *amounts; /* results, by project */
	size_t count;
	int error; /* private from here */
	struct pg_batch batch;
};
int store_project_amounts(struct store *store, struct store_project_amounts *amounts);

#endif
