/* The version of a plan that was in force at a past time. */
#ifndef DUBAN_SERVER_PLAN_PAST_H
#define DUBAN_SERVER_PLAN_PAST_H

#include <stdint.h>

#include "base/arena.h"
#include "server/plan_version.h"
#include "server/store_plan.h"
#include "server/work.h"

struct server;

struct plan_past {
	struct server *srv;
	const char *plan; /* an id; borrowed until done */
	int64_t at;       /* plan time */
	/*
	 * Exactly once, later. 0; E_NOT_FOUND: it was not published yet; E_DOWN,
	 * E_UNKNOWN, E_BUSY, E_NOMEM, E_INTERNAL; E_CORRUPT: a version that this program
	 * does not understand.
	 */
	void (*done)(struct plan_past *past, int status);
	struct plan_version *version; /* result: the caller's reference; else NULL */
	/* Private. */
	struct arena scratch;
	struct store_plan_list list;
	struct store_plan_files files;
	struct work_job job;
	int status;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int plan_past_find(struct plan_past *past);

#endif
