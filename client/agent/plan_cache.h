/* The plan that reports are made by: fetched once a version, kept in the store. */
#ifndef DUBAN_CLIENT_AGENT_PLAN_CACHE_H
#define DUBAN_CLIENT_AGENT_PLAN_CACHE_H

#include "client/agent/store.h"
#include "model/plan.h"

/* A plan in memory of its own. */
struct plan_cached {
	struct arena arena;
	const struct plan *plan; /* NULL: none */
	uint32_t version;
};

void plan_cached_init(struct plan_cached *cached);
void plan_cached_finish(struct plan_cached *cached);

/*
 * Read the newest plan of the store (@id: "" for any) into @cached, in place of what is
 * there. E_NOT_FOUND: none was fetched yet; E_CORRUPT: it does not read; as store_run().
 */
int plan_cache_load(struct store *store, const char *id, struct plan_cached *cached);
/*
 * Check that @answer, a serialized GetPlanResponse, is a plan that this program accepts,
 * and keep it. @ret_why: a sentence, in @arena.
 *
 *   E_SYNTAX  it is not; the one that is kept stays in force    as store_run()
 */
int plan_cache_put(struct store *store, struct arena *arena, struct bytes answer,
                   int64_t wall_now, const char **ret_why);
/* The version that is kept of @id ("" for any), 0: none. */
uint32_t plan_cache_version(struct store *store, const char *id);

#endif
