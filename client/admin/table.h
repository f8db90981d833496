/*
 * What a command prints: a table for people, aligned for Chinese, or with --json an
 * array of objects with fixed English keys.
 */
#ifndef DUBAN_CLIENT_ADMIN_TABLE_H
#define DUBAN_CLIENT_ADMIN_TABLE_H

#include <stddef.h>

struct admin;
struct table;

struct table_column {
	const char *key;   /* in JSON */
	const char *title; /* N_() */
	enum { TABLE_LEFT, TABLE_RIGHT } align;
};

#define TABLE_COLUMNS_MAX 64

/* Borrows @columns. Never NULL: out of memory shows in table_print(). */
struct table *table_create(struct admin *admin, const struct table_column *columns,
                           size_t count);
/* One text a column, copied; NULL is an empty cell. */
void table_cells(struct table *table, const char *const *cells, size_t count);
#define table_row(table, ...)                                    \
	table_cells((table), (const char *const[]){__VA_ARGS__}, \
	            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
/* For ways out without printing. Accepts NULL. */
void table_destroy(struct table *table);
/* Print and destroy. Gives an admin_exit; an empty table prints its titles only. */
int table_print(struct table *table);

#endif
