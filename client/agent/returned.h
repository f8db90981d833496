/* Reports of this unit that the bureau returned: what is to be mended, and by when. */
#ifndef DUBAN_CLIENT_AGENT_RETURNED_H
#define DUBAN_CLIENT_AGENT_RETURNED_H

#include "client/agent/store.h"

#define RETURNED_FIELDS_MAX 100 /* as in the contract */

struct returned_field {
	const char *field; /* an indicator's id, or "progress" and the like */
	const char *reason;
};

struct returned {
	const char *number; /* of the report that was returned */
	const char *plan, *section, *period;
	unsigned revision; /* the report's */
	unsigned ordinal;  /* which return of its section and period it is: 1 .. */
	unsigned step;     /* 1 content, 2 totals */
	const char *by;    /* path of who returned it */
	const char *remark;
	int64_t returned_at, due_at;
	const struct returned_field *fields;
	size_t field_count;
	bool withdrawn; /* the bureau took it back */
	/* Read only. The report that answered it, "" while none did; and whether it still
	 * waits for one. */
	const char *answered_by;
	bool open;
};

/* Keep, or replace what is known of it. As store_run(). */
int returned_put(struct store *store, const struct returned *returned);
/* E_NOT_FOUND; else as store_run(). */
int returned_get(struct store *store, struct arena *arena, const char *number,
                 struct returned *ret_returned);
/* Those that wait first, by their due time; then the others, the newest first. @visit's
 * strings live in @arena. */
struct returned_query {
	struct arena *arena;
	bool open_only;
	int (*visit)(void *context, const struct returned *returned);
	void *context;
};
int returned_list(struct store *store, const struct returned_query *query);
/* The reason of a field, NULL when it was not returned. Borrowed. */
const char *returned_reason(const struct returned *returned, const char *field);

#endif
