/*
 * Learning what the centre holds of this unit beyond what this agent sent: reports that
 * another agent of the unit sent, and returns. One run at a time.
 */
#ifndef DUBAN_CLIENT_AGENT_CATCH_UP_H
#define DUBAN_CLIENT_AGENT_CATCH_UP_H

#include "client/agent/centre.h"
#include "client/agent/store.h"

#define CATCH_UP_PAGE      100
#define CATCH_UP_PAGES_MAX 60 /* of a list; the oldest beyond are not missed */
#define CATCH_UP_LIVES_MAX 200

struct catch_up {
	unsigned magic; /* private, as are the next */
#define CATCH_UP_MAGIC 0xca7c40b5U
	struct centre *centre;
	struct store *store;
	const char *unit;
	struct centre_call call;
	struct arena arena; /* of one run */
	bool busy, again;
	unsigned pages;
	const char *next_page;
	const char **numbers; /* still to be asked for */
	size_t count, capacity, at;
	const char **subjects; /* returns that are open at the centre */
	size_t subject_count, subject_capacity;
	unsigned news, distrusted;
	bool page_news;
	/*
	 * The end of each run, once, later. 0: all is in the store, and @news says how
	 * many reports and returns were new; negative: @why, borrowed.
	 */
	void (*done)(struct catch_up *catch_up, int status, unsigned news,
	             const char *why);
	void *context;
};

void catch_up_init(struct catch_up *catch_up, struct centre *centre, struct store *store,
                   const char *unit);
/* Free what it holds; after centre_close() and the loop's end. */
void catch_up_finish(struct catch_up *catch_up);
/* Start a run; while one is under way, another follows it. E_NOMEM, E_BUSY: done does
 * not run. */
int catch_up_start(struct catch_up *catch_up);

#endif
