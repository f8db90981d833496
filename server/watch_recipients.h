/* Whom streams are open for, found by path; and who was heard of since the last note. */
#ifndef DUBAN_SERVER_WATCH_RECIPIENTS_H
#define DUBAN_SERVER_WATCH_RECIPIENTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/list.h"
#include "server/watch.h"

#define RECIPIENT_BUCKETS 4096 /* a power of two */

struct recipient {
	char path[WATCH_RECIPIENT_MAX];
	struct list watchers; /* the streams */
	unsigned count;       /* of them */
	struct list bucket;   /* private */
	struct list link;     /* in recipients.all */
};

struct recipients {
	struct list buckets[RECIPIENT_BUCKETS];
	struct list all;
};

void recipients_init(struct recipients *recipients);
/* NULL: there is none. */
struct recipient *recipients_find(const struct recipients *recipients, const char *path);
/* Made when there is none. NULL: no memory. */
struct recipient *recipients_need(struct recipients *recipients, const char *path);
/* Forget those without a stream. */
void recipients_drop_idle(struct recipients *recipients);
/* The codes of all districts among them, in @arena. E_NOMEM. */
int recipients_districts(const struct recipients *recipients, struct arena *arena,
                         const char *const **ret_codes, size_t *ret_count);

#endif
