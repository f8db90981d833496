/* A list that the centre gives page by page, as one table that says whether it is whole.
 */
#ifndef DUBAN_CLIENT_ADMIN_PAGES_H
#define DUBAN_CLIENT_ADMIN_PAGES_H

#include <duban/v1/common.pb-c.h>
#include <stdbool.h>

struct admin;
struct table;

#define PAGES_SIZE 500 /* rows of one page */

struct pages {
	const char *method;        /* "Reports/ListReports" */
	ProtobufCMessage *request; /* borrowed, as all below */
	Duban__V1__Page *page;     /* the one that @request points to; filled in here */
	const ProtobufCMessageDescriptor *answer_type; /* has a field "next_page" */
	/* Put the rows of one answer into @table. */
	void (*add)(struct admin *admin, struct table *table,
	            const ProtobufCMessage *answer);
	bool all; /* every page, not the first alone */
};

/*
 * Ask for the pages and add their rows to @table. Gives an admin_exit; on ADMIN_OK
 * @ret_complete says whether nothing is left at the centre.
 */
int pages_read(struct admin *admin, const struct pages *pages, struct table *table,
               bool *ret_complete);

/*
 * The same, then print @table and, for people, whether it is complete; with --json an
 * array that is not complete is noted on standard error. Destroys @table.
 */
int pages_print(struct admin *admin, const struct pages *pages, struct table *table);

#endif
