/*
 * What can be said of a submitted report without a plan and without the database.
 *
 * Rules D-70 to D-79 are about the envelope: who signed, who sent, and what it names.
 */
#ifndef DUBAN_SERVER_SUBMIT_CHECK_H
#define DUBAN_SERVER_SUBMIT_CHECK_H

#include <stdint.h>

#include "base/arena.h"
#include "model/finding.h"
#include "model/identity.h"
#include "model/receipt.h"
#include "model/report.h"
#include "model/seal.h"

#define SUBMIT_HINT_MAX 256 /* bytes of a key hint, which nobody needs */

/* Verify and read: pure and slow, for a worker thread. */
struct submit_check {
	struct arena *arena;             /* the caller's, borrowed like all below */
	const struct envelope *envelope; /* untrusted */
	const struct trust *trust;
	int64_t wall_at; /* unix seconds */
	struct findings *findings;

	int status; /* results: 0, or an error of seal_verify() or report_decode() */
	struct identity signer;
	const struct report *report; /* also for E_CERTIFICATE and E_REVOKED, when it
	                              * could be read; else NULL */
	uint8_t hash[HASH_SIZE];     /* of the payload */
};
void submit_check_run(struct submit_check *check);

/* 0; E_LIMIT: more than an envelope may hold. */
int submit_check_size(const struct envelope *envelope, struct findings *findings);
/* The caller, the signer and the report are of one unit: 0 or E_DENIED. */
int submit_check_unit(const struct submit_check *check, const struct identity *caller);

/* Findings for what only the handler knows. */
void submit_found_envelope(struct findings *findings);
void submit_found_no_plan(struct findings *findings, const char *plan);
void submit_found_version(struct findings *findings, uint32_t named, uint32_t current);
void submit_found_earlier(struct findings *findings, const char *number);

#endif
