/* What became of a report, in words for people and as JSON for programs. */
#ifndef DUBAN_CLIENT_AGENT_OUTCOME_H
#define DUBAN_CLIENT_AGENT_OUTCOME_H

#include <jansson.h>
#include <stdio.h>

#include "client/agent/making.h"
#include "client/agent/queue.h"

/* Who and what to name; @plan may be NULL, then ids stand for names. */
struct outcome_names {
	const struct plan *plan;
	const char *unit;
};

/* The receipt, the refusal, or that it waits, as an office writes it. */
void outcome_write(FILE *out, const struct outcome_names *names,
                   const struct queue_entry *entry);
/* What to do about a report that waits. Static. */
const char *outcome_advice(const struct queue_entry *entry);
/* A report that was refused here, before it was queued. */
void outcome_write_refused(FILE *out, const struct outcome_names *names,
                           const struct making *making);
/* A report that states what stands already: nothing was sent. */
void outcome_write_same(FILE *out, const struct making *making);
/* A file that was acknowledged as @number before, whose place @by took since. */
void outcome_write_replaced(FILE *out, const char *name, const char *number,
                            const char *by);
/* Notices and answered questions of a report that is acceptable. */
void outcome_write_notices(FILE *out, const struct findings *findings);
/* Objects of the caller; NULL without memory. */
json_t *outcome_json(const struct queue_entry *entry);
json_t *outcome_json_refused(const struct making *making);
/* "2022-10-08T17:30:00+08:00"; "" for 0. @out takes 40 bytes. */
void outcome_instant(int64_t at, char *out);

#define OUTCOME_WHEN_MAX 96
/* "2022年10月8日（星期六，调休上班）17:30", in the user's language. @plan may be NULL. */
void outcome_when(const struct plan *plan, int64_t at, char *out);

#define OUTCOME_UTC_OFFSET 480 /* offices here keep one clock */

#endif
