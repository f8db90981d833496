/* Parameters that every statement needs that tells somebody. For store_*.c only. */
#ifndef DUBAN_SERVER_STORE_TOLD_H
#define DUBAN_SERVER_STORE_TOLD_H

#include <stddef.h>

#include "base/arena.h"
#include "server/pg.h"

struct contact;

/* Somebody to be told at once. */
struct told {
	unsigned level;
	const char *recipient; /* "district/430112" */
	const char *title, *text;
};

/* Four arrays: levels, recipients, titles, texts. E_NOMEM. */
int told_put(struct arena *arena, const struct told *told, size_t count,
             struct pg_param *params);
/* Three arrays: recipients, channels, addresses. E_NOMEM. */
int told_put_contacts(struct arena *arena, const struct contact *contacts, size_t count,
                      struct pg_param *params);

#endif
