/*
 * What an assessment needs to know, as of one plan time: reports asked for and received,
 * returns, corrections, lights, and when the centre was there. And scores as they were
 * published.
 */
#ifndef DUBAN_SERVER_STORE_SCORE_H
#define DUBAN_SERVER_STORE_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/score.h"
#include "server/pg.h"

struct store;

#define STORE_SCORE_ROWS_MAX 2000000 /* of one kind; more is refused */

extern const struct pg_statement store_score_statements[];
extern const struct pg_statement store_score_published_statements[];

/* Rows are ordered by unit's code, section, period, all by their bytes. Texts live in the
 * arena; what does not apply is "" or 0. */
struct score_row {
	const char *unit, *section, *period;
};

struct score_asked_row {
	struct score_row key;
	int64_t due, lock, extended_due, extended_lock, earlier_due, asked_at;
	uint32_t moved_by, asked_by;
	const char *number;
	int64_t received_at, waived_at;
	unsigned explained;
};

struct score_return_row {
	struct score_row key;
	struct score_return back;
};

struct score_change_row {
	struct score_row key;
	struct score_change change;
};

/* The newest light of a target within the periods. */
struct score_light_row {
	struct score_row key;
	const char *target, *number;
	struct bytes record; /* a serialized duban.v1.LightRecord */
};

struct store_score_facts {
	const char *plan;
	const char *const *periods; /* of the plan's schedule */
	size_t period_count;
	int64_t known_at;
	int64_t since;  /* spans of presence from then on, and the one before */
	bool explained; /* count figures that state a reason: costs a look at each report
	                 */
	struct arena *arena;
	/* Exactly once, later: 0, E_LIMIT (too many rows), E_UNKNOWN, E_DOWN, E_NOMEM,
	 * E_INTERNAL */
	void (*done)(struct store_score_facts *facts, int status);
	struct score_asked_row *asked; /* results, in arena */
	size_t asked_count;
	struct score_return_row *returns;
	size_t return_count;
	struct score_change_row *changes;
	size_t change_count;
	struct score_light_row *lights;
	size_t light_count;
	struct score_span *spans;
	size_t span_count;
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. So for all below. */
int store_score_facts(struct store *store, struct store_score_facts *facts);

/* A unit's score on its way to being published. */
struct score_to_publish {
	const char *unit;
	bool has_rate;
	int64_t rate_tenths;
	unsigned rank;
	struct bytes record;
};

/* Publish the scores of a range, all at once; what was published before stays. */
struct store_score_publish {
	const char *plan, *period;
	uint32_t plan_version;
	int64_t known_at, now, wall_now;
	const char *by; /* URI */
	const struct score_to_publish *scores;
	size_t count;
	struct arena *arena;
	void (*done)(struct store_score_publish *publish, int status); /* as above */
	uint32_t ordinal;      /* result: 1 for the first publication of this range */
	struct pg_batch batch; /* private */
};
int store_score_publish(struct store *store, struct store_score_publish *publish);

struct score_published_row {
	const char *unit;
	unsigned rank;
	struct bytes record;
};

/* The scores of one publication. */
struct store_score_published {
	const char *plan, *period;
	uint32_t ordinal; /* 0: the newest; then which it is */
	struct arena *arena;
	/* As above; E_NOT_FOUND: nothing of this range was published. */
	void (*done)(struct store_score_published *published, int status);
	uint32_t plan_version; /* results, in arena */
	int64_t published_at, known_at;
	const char *by;
	struct score_published_row *rows;
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
int store_score_published(struct store *store, struct store_score_published *published);

#endif
