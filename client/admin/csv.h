/* A list as a file for spreadsheets. */
#ifndef DUBAN_CLIENT_ADMIN_CSV_H
#define DUBAN_CLIENT_ADMIN_CSV_H

struct csv;

/*
 * Begin the file @path (borrowed until the end): UTF-8 with a byte order mark, each cell
 * quoted, rows end with CR LF. What stood there stays until csv_finish(). Gives an
 * admin_exit.
 *
 * A cell that a spreadsheet would take for a formula (=, +, -, @ first, and not a number)
 * gets an apostrophe before it: districts' texts must not be run on the office's machine.
 */
int csv_create(const char *path, struct csv **ret_csv);
void csv_cell(struct csv *csv, const char *text);
void csv_end_row(struct csv *csv);
/* Put the file in its place. Gives an admin_exit; destroy @csv in any case. */
int csv_finish(struct csv *csv);
/* Without csv_finish() nothing is left behind. Accepts NULL. */
void csv_destroy(struct csv *csv);

#endif
