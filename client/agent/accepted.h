/*
 * The reports of this unit that the centre holds, whichever of its agents sent them.
 *
 * Rules look back at them, corrections take their place. All revisions are kept; of a
 * period the newest counts.
 */
#ifndef DUBAN_CLIENT_AGENT_ACCEPTED_H
#define DUBAN_CLIENT_AGENT_ACCEPTED_H

#include "client/agent/store.h"
#include "model/receipt.h"
#include "model/validate.h"

#define ACCEPTED_MAX 5000 /* the oldest are forgotten */

/* What a report is about. */
struct place {
	const char *plan, *section, *period;
};

struct accepted {
	const char *number; /* the receipt's */
	const char *plan, *section, *period;
	uint32_t revision; /* 1 .. */
	int64_t received_at;
	struct bytes payload; /* what was signed */
};

/* Keep what a verified receipt is about; known already: nothing changes. As
 * store_run(). */
int accepted_put(struct store *store, const struct receipt_body *body,
                 struct bytes payload);
int accepted_forget_old(struct store *store);
bool accepted_has(struct store *store, const char *number);
/* The newest revision of a period. E_NOT_FOUND; else as store_run(). */
int accepted_newest(struct store *store, struct arena *arena, const struct place *place,
                    struct accepted *ret_accepted);
/* The newest revision of the newest period before. E_NOT_FOUND. */
int accepted_last(struct store *store, struct arena *arena, const struct place *place,
                  struct accepted *ret_accepted);
/* By its number. E_NOT_FOUND. */
int accepted_get(struct store *store, struct arena *arena, const char *number,
                 struct accepted *ret_accepted);
/*
 * What stands beside @number for comparison: the newest report of its section that is
 * older than it, by period and revision, and was not returned. E_NOT_FOUND.
 */
int accepted_before(struct store *store, struct arena *arena,
                    const struct accepted *accepted, struct accepted *ret_before);
/*
 * What judging needs of the past: earlier periods, each by its newest revision, and what
 * stands of this one. A report of ours that does not read is left out.
 */
int accepted_history(struct store *store, struct arena *arena, const struct place *place,
                     struct history *ret_history);
/* The report in @payload; E_CORRUPT: it does not read; E_NOMEM. */
int accepted_read(struct arena *arena, struct bytes payload,
                  const struct report **ret_report);

#endif
