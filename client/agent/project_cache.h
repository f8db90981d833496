/*
 * The unit's projects as the centre's register has them, kept for when the line is down;
 * and what they last reported, from the unit's own reports.
 */
#ifndef DUBAN_CLIENT_AGENT_PROJECT_CACHE_H
#define DUBAN_CLIENT_AGENT_PROJECT_CACHE_H

#include "client/agent/store.h"
#include "model/validate.h"

#define PROJECT_CACHE_PAGE 100 /* projects that are asked for at once */

/* Keep one page: a serialized ListProjectsResponse. With the last page, what is not in
 * the pages of this @run is forgotten. E_SYNTAX: not such an answer; as store_run(). */
int project_cache_put(struct store *store, const char *plan, int64_t run,
                      struct bytes answer, bool last);
/* Those of a section ("": of all), ascending by id, into @history. As store_run(). */
int project_cache_load(struct store *store, struct arena *arena, const char *plan,
                       const char *section, struct history *history);

/* What projects last reported, from reports that are added the newest first. */
struct project_lasts {
	struct project_last *items;
	size_t count, capacity;
};
/* E_NOMEM. Borrows @report. */
int project_lasts_add(struct arena *arena, struct project_lasts *lasts,
                      const struct report *report, const struct period *period);
/* Of each project and indicator the newest, in the order that judging needs. */
void project_lasts_finish(struct project_lasts *lasts, struct history *history);

#endif
