/*
 * What a command prints: a table for people, aligned for Chinese, or with --json an
 * array of objects with fixed English keys.
 */
#ifndef DUBAN_CLIENT_ADMIN_TABLE_H
#define DUBAN_CLIENT_ADMIN_TABLE_H

#include <stddef.h>

struct admin;
struct json_t;
struct table;

struct table_column {
	const char *key;   /* in JSON; NULL: for people only */
	const char *title; /* N_(); NULL: for programs only */
	enum {
		TABLE_LEFT,  /* text */
		TABLE_RIGHT, /* text; quantities, which are strings in JSON too */
		TABLE_COUNT, /* digits; an integer in JSON, null when empty */
		TABLE_FLAG,  /* text_flag(); 是, nothing or other words for people; a
		                boolean */
	} kind;
};

#define TABLE_COLUMNS_MAX 64

/* Borrows @columns. NULL when memory ran out: the others accept it, and say so. */
struct table *table_create(struct admin *admin, const struct table_column *columns,
                           size_t count);
/*
 * Write what is added from now on into the file @path as CSV instead of printing it:
 * UTF-8 with a byte order mark, which spreadsheets ask for, a first row with the titles,
 * cells as people see them. NULL changes nothing. Gives an admin_exit.
 */
int table_save_csv(struct table *table, const char *path);
/* One text a column, copied; NULL is an empty cell. */
void table_cells(struct table *table, const char *const *cells, size_t count);
#define table_row(table, ...)                                    \
	table_cells((table), (const char *const[]){__VA_ARGS__}, \
	            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
/* Rows until now; 0 for NULL. */
size_t table_count(const struct table *table);
/* The array of objects, with --json; gives it and destroys @table. NULL: no memory. */
struct json_t *table_take_json(struct table *table);
/* For ways out without printing. Accepts NULL. */
void table_destroy(struct table *table);
/* Print and destroy. Gives an admin_exit; an empty table prints that it is. */
int table_print(struct table *table);

#endif
