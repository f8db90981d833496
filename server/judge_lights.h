/*
 * The judge's part about lights: every report that was stored, and every period that was
 * locked without one, is judged once, and the light is stored with what it was judged by.
 */
#ifndef DUBAN_SERVER_JUDGE_LIGHTS_H
#define DUBAN_SERVER_JUDGE_LIGHTS_H

#include <stdbool.h>

#include "server/store_light.h"

struct server;

/* Fill in the first part; the memory is the caller's until done ran. */
struct judge_lights {
	struct server *srv; /* borrowed: store, plans */
	/*
	 * Exactly once, later: 0, or why lights may still wait:
	 *   E_BUSY      a plan's version is not in memory yet, or there are very many
	 *   E_CANCELLED @closing      E_DOWN, E_UNKNOWN, E_NOMEM, E_INTERNAL
	 */
	void (*done)(struct judge_lights *lights, int status);
	bool closing; /* set from outside: end after what is under way */

	unsigned groups; /* private from here */
	int64_t now;
	struct arena arena;
	struct store_lights_due due;
	struct store_lights put;
	struct judged_light *lights;
	size_t light_count, light_capacity;
	const struct light_due **judged;
	uint32_t *versions;
	size_t judged_count;
};

/* Judge everything that waits, as of plan time @now. E_BUSY, E_DOWN, E_NOMEM: done never
 * runs. */
int judge_lights_run(struct judge_lights *lights, int64_t now);

#endif
