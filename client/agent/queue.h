/*
 * The queue: every report that this agent made, until and after its receipt.
 *
 *	WAITING --receipt verified--> ACKNOWLEDGED
 *	   '-----refused for good---> REFUSED
 *
 * A report is in the queue before it is sent, and leaves WAITING only in the statement
 * that stores its receipt or its refusal. One that corrects another that waits itself
 * follows it: it is not sent before the other has its outcome, because it must name the
 * other's receipt.
 */
#ifndef DUBAN_CLIENT_AGENT_QUEUE_H
#define DUBAN_CLIENT_AGENT_QUEUE_H

#include "client/agent/accepted.h"
#include "client/agent/store.h"
#include "model/receipt.h"
#include "model/validate.h"

#define QUEUE_WAITING_MAX 1000 /* more is no district's month */
#define QUEUE_DONE_MAX    5000 /* acknowledged or refused; the oldest are forgotten */

enum queue_state { QUEUE_WAITING, QUEUE_ACKNOWLEDGED, QUEUE_REFUSED };
const char *queue_state_name(enum queue_state state); /* "waiting"; static */

struct queue_entry {
	int64_t row;
	uint8_t report_id[REPORT_ID_SIZE];
	uint8_t file_hash[HASH_SIZE];
	const char *source; /* the file's name, for people */
	bool spooled;       /* its file lies in the spool folder until it is filed */
	bool filed;
	const char *plan;
	uint32_t plan_version;
	const char *section, *period;
	struct bytes payload; /* what was signed */
	struct bytes request; /* a serialized SubmitReportRequest */
	int64_t wall_queued_at;
	enum queue_state state;
	bool held;       /* an operator must act first */
	int64_t follows; /* the row that it waits for; 0: none */
	unsigned attempts;
	int64_t wall_next_at;
	const char *error; /* of the last attempt; "" */
	struct bytes receipt;
	const char *number;
	int64_t received_at, due_at;
	enum timeliness timeliness;
	const char *findings; /* JSON: see findings_json.h */
	int64_t wall_done_at;
};

/* Keep a new report. E_LIMIT: QUEUE_WAITING_MAX wait already; else as store_run(). */
int queue_put(struct store *store, const struct queue_entry *entry, int64_t *ret_row);
/* What to send next: in order, the held ones last, none before the one that it follows.
 * E_NOT_FOUND: nothing can be sent. */
int queue_head(struct store *store, struct arena *arena, struct queue_entry *ret_entry);
/* E_NOT_FOUND. */
int queue_get(struct store *store, struct arena *arena, int64_t row,
              struct queue_entry *ret_entry);
/* The newest made from a file of this content. E_NOT_FOUND. */
int queue_find_file(struct store *store, struct arena *arena,
                    const uint8_t hash[HASH_SIZE], struct queue_entry *ret_entry);

/* What became of an attempt. */
int queue_retry(struct store *store, int64_t row, int64_t wall_next_at, bool held,
                const char *error);
int queue_acknowledge(struct store *store, int64_t row, struct bytes receipt,
                      const struct receipt_body *body, const char *findings,
                      int64_t wall_now);
int queue_refuse(struct store *store, int64_t row, const char *error,
                 const char *findings, int64_t wall_now);
/* Signed anew: replace what is sent, and try it at once. */
int queue_replace(struct store *store, int64_t row, struct bytes request);
/* The file of @row was moved out of the spool folder. */
int queue_filed(struct store *store, int64_t row);
/* Forget waits, so that everything is tried now; @held: what an operator had to mend,
 * too.
 */
int queue_hurry(struct store *store, bool held);

/* The newest first, at most @limit. @visit sees each; its strings live in @arena. */
struct queue_query {
	struct arena *arena;
	int state; /* enum queue_state, or -1: all */
	int limit;
	int (*visit)(void *context, const struct queue_entry *entry);
	void *context;
};
int queue_list(struct store *store, const struct queue_query *query);
int64_t queue_count(struct store *store, enum queue_state state);
/* Whether a report of this section and period waits here or stands at the centre. */
bool queue_has(struct store *store, const char *plan, const char *section,
               const char *period);
/* The newest report of this section and period that waits. E_NOT_FOUND. */
int queue_find_waiting(struct store *store, struct arena *arena,
                       const struct place *place, struct queue_entry *ret_entry);
/* The newest of an earlier period of this section that waits. E_NOT_FOUND. */
int queue_find_earlier(struct store *store, struct arena *arena,
                       const struct place *place, struct queue_entry *ret_entry);
/* The report before @row has its outcome: what is sent now names it, and follows nothing
 * any more. */
int queue_complete(struct store *store, int64_t row, struct bytes payload,
                   struct bytes request);

#endif
