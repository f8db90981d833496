/* A table for people, aligned for Chinese. */
#ifndef DUBAN_CLIENT_AGENT_COLUMNS_H
#define DUBAN_CLIENT_AGENT_COLUMNS_H

#include <stddef.h>

struct columns;

/* @titles: NULL-ended, N_(). Never NULL: no memory shows in columns_print(). */
struct columns *columns_create(const char *const *titles);
/* Two columns without titles: what, and how it is. */
struct columns *columns_create_pairs(void);
/* As many cells as titles, copied; NULL is empty. */
void columns_row(struct columns *columns, const char *const *cells);
void columns_pair(struct columns *columns, const char *label, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void columns_destroy(struct columns *columns); /* accepts NULL */
/* Print and destroy. Gives an agent_exit. */
int columns_print(struct columns *columns);

#endif
