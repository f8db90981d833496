/*
 * The judge's part about the city's sums: what the plan asks of them is checked when all
 * have reported a period, and the office is told what does not agree.
 */
#ifndef DUBAN_SERVER_JUDGE_CITY_H
#define DUBAN_SERVER_JUDGE_CITY_H

#include <stdbool.h>

#include "server/store_city.h"

struct server;

/* Fill in the first part; the memory is the caller's until done ran. */
struct judge_city {
	struct server *srv; /* borrowed: store, plans, settings */
	/* Exactly once, later: 0, or why some may still wait: E_BUSY (there are very
	 * many), E_CANCELLED (@closing), E_DOWN, E_UNKNOWN, E_NOMEM, E_INTERNAL. */
	void (*done)(struct judge_city *city, int status);
	bool closing;    /* set from outside: end after what is under way */
	size_t inserted; /* result: alerts of this pass */

	int64_t now; /* private from here */
	size_t next, seen;
	struct arena arena, one; /* of what was read; of one section and period */
	const struct plan_version *version; /* held while figures are read */
	struct store_city_due due;
	struct store_city_figures figures;
	const char **judged, **agreed; /* rules of one section and period */
	struct city_alert *alerts;
	struct store_city put;
};

/* Check everything that waits, as of plan time @now. E_BUSY, E_DOWN, E_NOMEM: done never
 * runs. */
int judge_city_run(struct judge_city *city, int64_t now);

#endif
