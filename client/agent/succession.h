/*
 * What a report takes the place of: the newest of its period, at the centre or still
 * waiting here; and what it is to be compared with.
 */
#ifndef DUBAN_CLIENT_AGENT_SUCCESSION_H
#define DUBAN_CLIENT_AGENT_SUCCESSION_H

#include "client/agent/accepted.h"
#include "client/agent/queue.h"
#include "client/agent/returned.h"

struct succession {
	bool has_current; /* the newest report at the centre, as far as is known here */
	struct accepted current;
	const struct report *current_report;
	bool is_returned; /* and it waits to be mended */
	struct returned returned;
	bool is_waiting; /* a report of this period has no receipt yet: it comes first */
	struct queue_entry waiting;
	const struct report *waiting_report;
	bool has_before; /* the last one that stands beside it: see accepted_before() */
	struct accepted before;
	const struct report *before_report;
};

/* Look it up; all in @arena. @ret_history (may be NULL): what rules look back at, of the
 * same moment. Not within a transaction. As store_run(). */
int succession_find(struct store *store, struct arena *arena, const struct place *place,
                    struct succession *ret_succession, struct history *ret_history);
/* The report that the new one takes the place of, NULL: it is the first. */
const struct report *succession_base(const struct succession *succession);
/* Whether both state the same: kind, figures, texts and persons; not when they did. */
bool succession_same(const struct report *a, const struct report *b);
/* The same values: equal in amount, whatever their units and scales, and as exact. */
bool succession_same_value(const struct quantity *a, const struct quantity *b);

#endif
