/* Alerts that this agent received, and how far it has read. */
#ifndef DUBAN_CLIENT_AGENT_INBOX_H
#define DUBAN_CLIENT_AGENT_INBOX_H

#include <duban/v1/alerts.pb-c.h>

#include "client/agent/store.h"

#define INBOX_MAX 10000 /* the oldest are forgotten */

struct inbox_alert {
	uint64_t cursor;
	int kind; /* as in the contract */
	unsigned level;
	const char *section, *period, *target;
	int64_t decided_at, due_at, cleared_at;
	const char *title, *text;
	bool sample;
	int64_t wall_at; /* when it came */
};

/* The cursor up to which everything is kept here; 0: nothing yet. */
uint64_t inbox_cursor(struct store *store);
/* Keep @alert and its cursor, together. @ret_is_new: false when it was here already. */
int inbox_put(struct store *store, const Duban__V1__Alert *alert, int64_t wall_now,
              bool *ret_is_new);
/* The newest first, at most @limit; @visit sees each, its strings live in @arena. */
struct inbox_query {
	struct arena *arena;
	int limit;
	bool open_only;
	int (*visit)(void *context, const struct inbox_alert *alert);
	void *context;
};
int inbox_list(struct store *store, const struct inbox_query *query);
/* "report_due_soon" and so on; static. */
const char *inbox_kind_key(int kind);
const char *inbox_kind_word(int kind);

#endif
