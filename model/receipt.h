/*
 * Receipts: what the centre promises, under one signature for a whole commit.
 *
 * The bodies of one group commit are the leaves of a Merkle tree (RFC 9162, section
 * 2.1.1: leaf hash SHA-256(0x00 || body), node hash SHA-256(0x01 || left || right));
 * the root is signed once, and each receipt carries its path.
 */
#ifndef DUBAN_MODEL_RECEIPT_H
#define DUBAN_MODEL_RECEIPT_H

#include "model/finding.h"
#include "model/report.h"
#include "model/seal.h"
#include "model/validate.h"

#define RECEIPT_ROOT_TYPE  "application/vnd.duban.receipt-root.v1"
#define RECEIPT_NUMBER_MAX 64
#define RECEIPT_BATCH_MAX  1024
#define RECEIPT_PATH_MAX   10 /* log2 of the above */
#define HASH_SIZE          32

struct receipt_body {
	const char *number; /* "2022-09-430112-03-0007": period, unit, section, serial */
	const char *plan;
	uint32_t plan_version;
	const char *unit, *section, *period;
	uint8_t report_id[REPORT_ID_SIZE];
	uint8_t content_hash[HASH_SIZE];
	int64_t received_at, wall_received_at, due_at;
	enum timeliness timeliness;
	const struct finding *findings; /* a list */
	const char *calendar;           /* its version */
	const char *rules; /* VALIDATE_RULES of the centre; NULL or "": not told */
	const char *signer;
	const char *crl_number;
	uint32_t revision;      /* 1: the first of its unit, section and period */
	const char *supersedes; /* the number of the one before; NULL or "": none */
};

void sha256(struct bytes bytes, uint8_t out[HASH_SIZE]);
/* Serial 7 of section "3" and so on; at most RECEIPT_NUMBER_MAX. */
void receipt_number(const char *period, const char *unit, const char *section,
                    uint64_t serial, char *out);
int receipt_body_encode(struct arena *arena, const struct receipt_body *body,
                        struct bytes *ret_bytes);
int receipt_body_decode(struct arena *arena, struct bytes bytes,
                        const struct receipt_body **ret_body);

/* Root and paths of 1..RECEIPT_BATCH_MAX leaves. @hashes holds the leaf hashes and is
 * left alone; @ret_path takes RECEIPT_PATH_MAX hashes, @ret_len says how many. */
void merkle_leaf(struct bytes body, uint8_t out[HASH_SIZE]);
void merkle_root(const uint8_t (*hashes)[HASH_SIZE], size_t count,
                 uint8_t out[HASH_SIZE]);
void merkle_path(const uint8_t (*hashes)[HASH_SIZE], size_t count, size_t index,
                 uint8_t (*ret_path)[HASH_SIZE], size_t *ret_len);
/* The root that a leaf and its path lead to. E_RANGE: index, size and length disagree. */
int merkle_follow(const uint8_t leaf[HASH_SIZE], size_t index, size_t count,
                  const uint8_t (*path)[HASH_SIZE], size_t len, uint8_t out[HASH_SIZE]);

/*
 * Make the serialized duban.v1.Receipt of each of @count bodies: one tree, one
 * signature. @ret_receipts takes @count results, in @arena. Thread-safe.
 */
int receipts_seal(struct arena *arena, const struct signer *signer,
                  const struct bytes *bodies, size_t count, struct bytes *ret_receipts);

/*
 * Check a serialized Receipt: signature by a /node/N/signer/M certificate under @trust
 * at @wall_time, path, and that it is about this report (id and content hash).
 *
 *   E_SYNTAX, E_SIGNATURE, E_CERTIFICATE, E_REVOKED; E_REFUSED: about another report
 */
int receipt_verify(struct arena *arena, const struct trust *trust, struct bytes receipt,
                   const uint8_t report_id[REPORT_ID_SIZE], struct bytes payload,
                   int64_t wall_time, const struct receipt_body **ret_body);

#endif
