/*
 * Several alerts as one message: a subject that says how many and what, and a list in
 * which what they have in common is said once. Pure.
 */
#ifndef DUBAN_MODEL_NOTICE_DIGEST_H
#define DUBAN_MODEL_NOTICE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/notice.h"

#define DIGEST_ITEMS_MAX 40   /* said in full; of more, only their number */
#define DIGEST_SIZE_MIN  2048 /* bytes */

/* One alert, with the names that the plan gives today. Texts are never NULL. */
struct digest_item {
	enum alert_kind kind;
	const char *unit, *section; /* names as printed */
	size_t section_number;      /* from 1; 0: the plan no longer has it */
	const char *lead;           /* who leads the section, or "" */
	const char *period;         /* "2022-09", or "" */
	const char *title, *text;   /* as notice_write() wrote them */
	bool sample;
};

struct digest {
	const char *subject, *text;
};

/*
 * The words for @count >= 1 alerts, in their order. One keeps its own title and text.
 * Subject and text of more have at most @size_max bytes together (DIGEST_SIZE_MIN at
 * least; a subject beyond 1 KiB is not counted): when they do not fit in full, each is
 * one line, and those that have no line are counted, with a word on where they are.
 * Results live in @arena or are borrowed from @items. E_NOMEM.
 */
int notice_digest(struct arena *arena, const struct digest_item *items, size_t count,
                  size_t size_max, struct digest *ret_digest);

#endif
