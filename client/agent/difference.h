/*
 * What a new report changes, field by field: against the one that it takes the place of,
 * which may have been returned, and beside the last one that stands.
 */
#ifndef DUBAN_CLIENT_AGENT_DIFFERENCE_H
#define DUBAN_CLIENT_AGENT_DIFFERENCE_H

#include <jansson.h>

#include "client/agent/succession.h"

/* One line. All texts in the arena, "" when there is nothing to say. */
struct change {
	const char *field; /* an indicator's id, "progress", "filled_by", "kind" ... */
	const char *name;  /* for people */
	const char *was, *is;
	const char *by;     /* how much more or less: "+7个" */
	const char *before; /* in the last report that stands */
	const char *asked;  /* why the bureau returned it */
	bool changed;       /* false: returned, and not touched */
};

struct difference {
	struct change *changes;
	size_t count;
	size_t untouched; /* returned fields that did not change */
};

/*
 * Compare @report with what it takes the place of; of @plan names are taken. Without a
 * predecessor there are no changes. E_NOMEM.
 */
int difference_find(struct arena *arena, const struct plan *plan,
                    const struct succession *succession, const struct report *report,
                    struct difference *ret_difference);
/* For people, to standard output: what it replaces and why, then a table. */
void difference_print(struct arena *arena, const struct plan *plan,
                      const struct succession *succession, const struct report *report,
                      const struct difference *difference);
/* {"supersedes": ..., "returned": ..., "last_accepted": ..., "changes": [...]}; the
 * caller's; NULL without memory. */
json_t *difference_json(const struct succession *succession, const struct report *report,
                        const struct difference *difference);

#endif
