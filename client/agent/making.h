/*
 * Making a report: from a file's bytes to a judged and signed one.
 *
 * Judged by the same code as at the centre, so that a district reads the same sentences
 * before and after sending. Where a report of the period stands already, this one takes
 * its place: what it names, and what it is compared with, is looked up here.
 */
#ifndef DUBAN_CLIENT_AGENT_MAKING_H
#define DUBAN_CLIENT_AGENT_MAKING_H

#include "base/yaml.h"
#include "client/agent/queue.h"
#include "client/agent/succession.h"
#include "model/seal.h"
#include "model/validate.h"

struct plan_cached;

struct making {
	/* Filled in by the caller. */
	struct arena *arena;
	struct store *store;
	const struct plan_cached *plan;
	const char *unit;
	const char *name; /* of the file */
	struct bytes content;
	const char *reason; /* of the change, given beside the file; NULL: none */
	int64_t wall_now;
	/* What was found. */
	struct yaml_problems problems; /* of the file; places */
	struct findings findings;      /* of the report */
	struct verdict verdict;
	struct report report; /* when the file could be read */
	bool has_report;
	struct succession succession;
	bool locked; /* acceptable but for the lock: the centre knows of consents */
	struct queue_entry entry; /* after making_seal() */
};

/*
 * Read and judge.
 *
 *   0  acceptable; findings may hold notices
 *   E_EXISTS  it states what the report states whose place it would take
 *   E_SYNTAX, E_LIMIT, E_UNSUPPORTED  problems says what is wrong with the file
 *   E_REFUSED, E_NOT_FOUND, E_DENIED, E_STATE  findings says what is wrong with the
 *   report
 *   E_NOMEM, E_IO, E_BUSY, E_CORRUPT
 */
int making_judge(struct making *making);
/* The same for @making->report, filled in without a file; @making->content is empty. */
int making_judge_made(struct making *making);
/* Whether a code of these is nobody's mistake but memory's or the store's. */
bool making_failed(int r);
/* After that: sign, and fill in @entry. E_NOMEM, E_INTERNAL, E_IO (no randomness). */
int making_seal(struct making *making, const struct signer *signer, bool spooled);
/*
 * What is held may have been signed with a key that was not the right one: sign it anew
 * and try it at once. The report stays what it was, byte for byte. Errors as store_run()
 * and making_seal(); what was done by then stays.
 */
int making_sign_again(struct store *store, const struct signer *signer);
/*
 * @entry followed another, which has its outcome now: name its receipt, or nothing when
 * it was refused; sign, and write down. @ret_entry is what is sent then, in @arena.
 * Errors as store_run() and making_seal(); E_CORRUPT: what waits does not read.
 */
int making_complete(struct arena *arena, struct store *store, const struct signer *signer,
                    const struct queue_entry *entry, struct queue_entry *ret_entry);

#endif
