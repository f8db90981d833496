/*
 * Lights in the database: whose are to be judged, what was judged, and one of them with
 * everything behind it.
 */
#ifndef DUBAN_SERVER_STORE_LIGHT_H
#define DUBAN_SERVER_STORE_LIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/light.h"
#include "server/pg.h"

struct store;

extern const struct pg_statement store_light_statements[];

/* The last light of a target in an earlier period. */
struct light_before {
	const char *target, *period;
	enum light light; /* LIGHT_GREEN to LIGHT_RED */
};

/* A report, or a period that was locked without one, whose lights are to be judged. */
struct light_due {
	const char *plan, *unit, *section, *period;
	const char *number;    /* "": no report came */
	uint32_t plan_version; /* by this version or a later one */
	unsigned asked;        /* how often: the answer is to this question */
	struct evidence evidence;
	const struct light_before *before; /* at most one a target */
	size_t before_count;
};

/* The next of them; of one unit and section only the earliest period, because later ones
 * depend on its light. */
struct store_lights_due {
	size_t limit;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_lights_due *due, int status);
	struct light_due *items; /* results, in arena */
	size_t count;
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs; so below. */
int store_lights_due(struct store *store, struct store_lights_due *due);

/* A light that was judged, and its bytes. */
struct judged_light {
	const struct light_record *record;
	struct bytes bytes;
};

/*
 * Store lights and take from the queue what they were judged for, in one transaction.
 * Judged twice, or by two servers at once, they are stored once: only an answer to the
 * question as it was last asked counts, and a light like the one that stands is not
 * stored again. A light that changes puts the question to the next period.
 */
struct store_lights {
	int64_t now, wall_now;
	const struct judged_light *lights; /* borrowed until done, like all below */
	size_t light_count;
	const struct light_due *const *judged; /* may have no light at all */
	const uint32_t *versions;              /* by which each was judged */
	size_t judged_count;
	struct arena *arena;
	void (*done)(struct store_lights *lights, int status); /* as above */
	struct pg_batch batch;                                 /* private */
};
int store_lights(struct store *store, struct store_lights *lights);

#define STORE_LIGHT_EARLIER_MAX 24 /* other lights that an explanation lists */

struct light_row {
	int64_t id;
	const char *period, *number;
	enum light light;
	uint32_t plan_version;
	int64_t decided_at;
};

/* One light and the report behind it. */
struct store_light {
	const char *plan, *unit, *section, *target;
	const char *period; /* "": the newest that was judged */
	struct arena *arena;
	/* As above; E_NOT_FOUND: none was judged. */
	void (*done)(struct store_light *light, int status);
	struct bytes record; /* results, in arena */
	int64_t id;
	int64_t decided_at, wall_decided_at, received_at;
	const char *number, *signer, *approved_by; /* number "": no report */
	struct bytes content_hash;
	struct light_row *rows; /* this target's lights, the newest first */
	size_t row_count;
	struct pg_batch batch; /* private */
	int error;
};
int store_light(struct store *store, struct store_light *light);

#define STORE_LIGHTS_OF_MAX 500

struct given_light {
	struct bytes record;
	int64_t decided_at;
};

/* Every light that one report gave, by target, then as they were judged. */
struct store_lights_of {
	const char *number;
	struct arena *arena;
	void (*done)(struct store_lights_of *of,
	             int status);   /* 0 too when there is none */
	struct given_light *lights; /* results, in arena: at most STORE_LIGHTS_OF_MAX */
	size_t count;
	bool more;
	struct pg_batch batch; /* private */
	int error;
};
int store_lights_of(struct store *store, struct store_lights_of *of);

#endif
