/* One report from the centre, taken apart and verified here. */
#ifndef DUBAN_CLIENT_ADMIN_REPORT_OPEN_H
#define DUBAN_CLIENT_ADMIN_REPORT_OPEN_H

#include "model/receipt.h"
#include "model/report.h"
#include "model/seal.h"

struct admin;

/* Lives in the command's arena. */
struct opened_report {
	struct envelope envelope;
	const struct report *report;
	const struct receipt_body *receipt; /* NULL: its signature does not verify */
	int signature, receipt_signature; /* 0, or the error with which it was refused */
};

/* Fetch the report with this receipt's number. Gives an admin_exit; a signature that does
 * not verify is a result, not a failure. */
int report_open(struct admin *admin, const char *number,
                struct opened_report *ret_opened);

/* "有效", or why not; with --json "valid" or the error's name. Static. */
const char *report_verdict(const struct admin *admin, int result);

#endif
