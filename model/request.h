/*
 * What a unit asks of the bureau, as data: what an agent signs and a centre reads from
 * signed bytes.
 *
 *	extension  延期        more time, asked before the report is due
 *	contest    申辩        against a late mark, a return or a score
 *	consent    补报、更正  to report or correct after the lock
 *
 * Bytes are read strictly (see wire.h); what is here has valid UTF-8 and texts within
 * bounds, but has not been compared with any plan (see request_judge.h).
 */
#ifndef DUBAN_MODEL_REQUEST_H
#define DUBAN_MODEL_REQUEST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "model/finding.h"
#include "model/report.h"

#define REQUEST_ID_SIZE      16
#define REQUEST_BYTES_MAX    (16 * 1024) /* the signed payload */
#define REQUEST_REASON_MAX   1000        /* characters; of an answer too */
#define REQUEST_NUMBER_MAX   64          /* "SQ-430112-0007", with NUL */
#define REQUEST_PAYLOAD_TYPE "application/vnd.duban.request.v1+protobuf"

enum request_kind {
	REQUEST_EXTENSION = 1,
	REQUEST_CONTEST,
	REQUEST_CONSENT,
};

/* What is contested; for other kinds CONTEST_NONE. */
enum contest {
	CONTEST_NONE,
	CONTEST_LATE,   /* "late:NUMBER" of a receipt */
	CONTEST_RETURN, /* "return:NUMBER" of a receipt */
	CONTEST_SCORE,  /* "score:PERIOD" */
};

struct request {
	uint8_t id[REQUEST_ID_SIZE];
	enum request_kind kind;
	const char *plan, *unit;
	const char *section; /* "" for a score */
	const char *period;
	const char *subject; /* "" unless contested */
	const char *until;   /* "2022-08-10", or "" */
	const char *reason;
	struct person filled_by, approved_by;
	int64_t made_at, wall_made_at;
};

/* What @subject contests; @ret_about is what follows the colon, in @subject. A text that
 * contests nothing gives CONTEST_NONE, and "". */
enum contest request_contest(const char *subject, const char **ret_about);

/* The bytes to be signed. E_NOMEM; E_LIMIT over REQUEST_BYTES_MAX. */
int request_encode(struct arena *arena, const struct request *request,
                   struct bytes *ret_bytes);

/*
 * Read signed bytes strictly. What is wrong is added to @findings as refusals with rules
 * "D-01"... (form.h) and "S-01" to "S-06", and the field's path.
 *
 *   E_SYNTAX  not a canonical Request; E_REFUSED: readable, but a field is not
 *             acceptable; E_LIMIT, E_NOMEM
 */
int request_decode(struct arena *arena, struct bytes bytes, struct findings *findings,
                   const struct request **ret_request);

#endif
