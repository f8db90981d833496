/* Alerts as a letter to somebody: subject and text, with the names that the plan gives.
 */
#ifndef DUBAN_SERVER_LETTER_H
#define DUBAN_SERVER_LETTER_H

#include <stddef.h>

#include "base/arena.h"
#include "server/store_alert.h"

struct plans;

struct letter {
	const char *subject, *text;
	const struct alert_row *alerts; /* borrowed */
	size_t count;                   /* >= 1 */
};

/*
 * Write one letter about all @alerts; see notice_digest() for @size_max. What the plan no
 * longer has is called by its id; @plans may be NULL. Results live in @arena and borrow
 * from @alerts. E_NOMEM.
 */
int letter_write(struct arena *arena, const struct plans *plans,
                 const struct alert_row *alerts, size_t count, size_t size_max,
                 struct letter *ret_letter);

#endif
