/* How a list of reports goes on: a key as a token that callers need not understand. Pure.
 */
#ifndef DUBAN_SERVER_REPORTS_TOKEN_H
#define DUBAN_SERVER_REPORTS_TOKEN_H

#include "server/store_reports.h"

/* The token after @row, in @arena; NULL without memory. */
const char *token_write(struct arena *arena, const struct store_reports_row *row);
/* "" is the beginning. E_SYNTAX: not one of ours; E_NOMEM. */
int token_read(struct arena *arena, const char *token, struct store_reports_key *ret_key);

#endif
