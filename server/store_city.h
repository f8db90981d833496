/*
 * The city's sums in the database: which are to be checked, the figures of one section
 * and period, and what was found, told to the office once.
 */
#ifndef DUBAN_SERVER_STORE_CITY_H
#define DUBAN_SERVER_STORE_CITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/evidence.h"
#include "server/pg.h"

struct contact;
struct store;

extern const struct pg_statement store_city_statements[];

/* A section's sums of a period, to be checked. */
struct city_due {
	const char *plan, *section, *period;
	unsigned asked; /* how often: the answer is to this question */
	bool complete;  /* all that were asked have reported */
};

struct store_city_due {
	size_t limit;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_city_due *due, int status);
	struct city_due *items; /* results, in arena */
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs; so below. */
int store_city_due(struct store *store, struct store_city_due *due);

/* What one unit reported for the period. */
struct city_report {
	const char *unit;
	struct evidence evidence;
};

struct store_city_figures {
	const struct city_due *due; /* borrowed until done */
	struct arena *arena;
	void (*done)(struct store_city_figures *figures, int status); /* as above */
	struct city_report *reports; /* results, in arena */
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
int store_city_figures(struct store *store, struct store_city_figures *figures);

/* Sums that do not agree: told under the rule that says so. */
struct city_alert {
	const char *rule, *title, *text;
	bool sample;
};

/*
 * Take the question from the queue and tell the office what does not agree, in one
 * transaction; an answer to an older question changes nothing. What agrees relieves the
 * alert about it, and a later period that was checked those about earlier ones. What was
 * told about a period and broke again is open again, and told nobody twice.
 */
struct store_city {
	const struct city_due *due; /* borrowed until done, like all below */
	int64_t now, wall_now, due_at;
	uint32_t plan_version;
	const char *recipient;
	const char *const *judged; /* rules */
	size_t judged_count;
	const char *const *agreed;
	size_t agreed_count;
	const struct city_alert *alerts;
	size_t alert_count;
	const struct contact *contacts;
	size_t contact_count;
	struct arena *arena;
	void (*done)(struct store_city *city, int status); /* as above */
	size_t inserted;                                   /* result */
	struct pg_batch batch;                             /* private */
};
int store_city(struct store *store, struct store_city *city);

#endif
