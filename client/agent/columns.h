/* A table for people, aligned for Chinese. */
#ifndef DUBAN_CLIENT_AGENT_COLUMNS_H
#define DUBAN_CLIENT_AGENT_COLUMNS_H

#include <stddef.h>

struct columns;

/* @titles: NULL-ended, N_(). Never NULL: no memory shows in columns_print(). */
struct columns *columns_create(const char *const *titles);
/* As many cells as titles, copied; NULL is empty. */
void columns_row(struct columns *columns, const char *const *cells);
/* Print and destroy. Gives an agent_exit. */
int columns_print(struct columns *columns);

#endif
