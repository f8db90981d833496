/* From a request, or an answer to one, to those who are told and to the instants of the
 * timetable that follow. Pure. */
#ifndef DUBAN_SERVER_REQUESTS_WORDS_H
#define DUBAN_SERVER_REQUESTS_WORDS_H

#include "base/arena.h"
#include "model/notice.h"
#include "model/plan.h"
#include "server/store_request.h"

struct request_words {
	const struct plan *plan;
	const char *unit, *section, *period;
	struct notice_request request;
	int64_t now;
	int64_t answer_due; /* RECEIVED */
	const char *by;     /* ANSWERED: the department that answers, its id */

	struct told *told; /* results, one */
	bool sample;
};

/* Who must answer is told of a request; the unit is told of the answer. E_NOMEM; E_STATE:
 * the plan no longer has the unit or section. */
int request_words_received(struct arena *arena, struct request_words *words);
int request_words_answered(struct arena *arena, struct request_words *words);

/* Every instant of a period's timetable, for a report that is due at @times->due; the
 * lights speak of @times->cutoff. Those that fired already are left alone by the store.
 * E_NOMEM. */
int request_words_move(struct arena *arena, const struct plan *plan,
                       const struct period_times *times, struct request_moved **ret_moved,
                       size_t *ret_count);

#endif
