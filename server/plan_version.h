/* One version of a plan in memory, counted. It never changes once it was read. */
#ifndef DUBAN_SERVER_PLAN_VERSION_H
#define DUBAN_SERVER_PLAN_VERSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/plan.h"

struct plan_version {
	const struct plan *plan;
	uint32_t version;
	int64_t applied_at;
};

/* NULL: no memory. One reference, the caller's; it has no plan yet. */
struct plan_version *plan_version_create(uint32_t version, int64_t applied_at);
/*
 * Its plan from its files. May run on a worker thread. Only what was linted before is
 * stored: a problem now means that this program knows less than the one that stored it.
 *
 *   E_NOMEM
 *   E_CORRUPT  the files are no plan, or not that of @id
 */
int plan_version_read(struct plan_version *version, const char *id,
                      const struct plan_file *files, size_t count, struct arena *scratch);

/* On the loop's thread. */
const struct plan_version *plan_version_ref(const struct plan_version *version);
void plan_version_unref(const struct plan_version *version); /* accepts NULL */

#endif
