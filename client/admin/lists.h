/* duban lists: the plan as four lists; and what each of them ends with. */
#ifndef DUBAN_CLIENT_ADMIN_LISTS_H
#define DUBAN_CLIENT_ADMIN_LISTS_H

#include <stdint.h>

struct admin;
struct table;

/* Begin: with @path (which may be NULL) the list becomes a CSV file. ADMIN_USAGE together
 * with --json. */
int lists_begin(struct admin *admin, struct table *table, const char *path);
/*
 * Print and destroy a list that holds @total rows in all: with --json {"complete": ...,
 * "total": ..., "rows": [...]}, for people the table and how many of how many it is.
 * @code is passed on when it is not ADMIN_OK. Gives an admin_exit.
 */
int lists_end(struct admin *admin, struct table *table, int code, uint64_t total);

#endif
