/*
 * Receipts, from bodies to signed answers and back:
 *
 *	bodies -> leaves -> tree -> root -> one signature
 *	                      \-> a path each -> Receipt messages
 *
 *	Receipt -> body, path -> root -> signature -> about this report? -> body
 *
 * What can go wrong: making them, only memory and the key; reading one, everything that
 * a broken or false centre could send, each with its own error. The agent then keeps its
 * report.
 */
#include "model/receipt.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "duban/v1/report.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/merkle.h"
#include "model/wire.h"
#include "model/wire_convert.h"

static int write_findings(struct arena *arena, const struct finding *findings,
                          Duban__V1__ReceiptBody *message);
static bool is_acceptable(const Duban__V1__ReceiptBody *message);
static int read_findings(struct arena *arena, const Duban__V1__ReceiptBody *message,
                         const struct finding **ret_findings);
static int build_tree(struct arena *arena, const struct bytes *bodies, size_t count,
                      struct merkle_tree *ret_tree);
static int sign_root(struct arena *arena, const struct signer *signer,
                     const uint8_t *root, Duban__V1__Receipt *message);
static int follow_path(const Duban__V1__Receipt *message, uint8_t out[HASH_SIZE]);
static int check_signature(const struct trust *trust, const Duban__V1__Receipt *message,
                           const uint8_t root[HASH_SIZE], int64_t wall_time);

static_assert(ON_TIME == (int)DUBAN__V1__TIMELINESS__TIMELINESS_ON_TIME, "same numbers");
static_assert(LATE == (int)DUBAN__V1__TIMELINESS__TIMELINESS_LATE, "same numbers");
static_assert(1u << RECEIPT_PATH_MAX == RECEIPT_BATCH_MAX, "a path fits");

/* The serial is what makes it unique: the others are cut when they are too long. */
void receipt_number(const char *period, const char *unit, const char *section,
                    uint64_t serial, char *out)
{
	(void)snprintf(out, RECEIPT_NUMBER_MAX, "%.8s-%.16s-%s%.14s-%04llu", period, unit,
	               strlen(section) < 2 ? "0" : "", section,
	               (unsigned long long)serial);
}

int receipt_body_encode(struct arena *arena, const struct receipt_body *body,
                        struct bytes *ret_bytes)
{
	Duban__V1__ReceiptBody message;
	int r;

	duban__v1__receipt_body__init(&message);
	message.number = wire_string(body->number);
	message.plan = wire_string(body->plan);
	message.plan_version = body->plan_version;
	message.unit = wire_string(body->unit);
	message.section = wire_string(body->section);
	message.period = wire_string(body->period);
	message.report_id = wire_binary(bytes_of(body->report_id, REPORT_ID_SIZE));
	message.content_hash = wire_binary(bytes_of(body->content_hash, HASH_SIZE));
	message.received_at = body->received_at;
	message.wall_received_at = body->wall_received_at;
	message.due_at = body->due_at;
	message.timeliness = (Duban__V1__Timeliness)body->timeliness;
	message.calendar = wire_string(body->calendar);
	message.rules = wire_string(body->rules != NULL ? body->rules : "");
	message.signer = wire_string(body->signer);
	message.crl_number = wire_string(body->crl_number);
	message.revision = body->revision;
	message.supersedes =
		wire_string(body->supersedes != NULL ? body->supersedes : "");
	r = write_findings(arena, body->findings, &message);
	if (r != 0)
		return r;
	return wire_pack(arena, &message.base, ret_bytes);
}

static int write_findings(struct arena *arena, const struct finding *findings,
                          Duban__V1__ReceiptBody *message)
{
	size_t count = 0;
	int r;

	for (const struct finding *f = findings; f != NULL; f = f->next)
		count++;
	message->findings = arena_new_array(arena, count, Duban__V1__Finding *);
	if (message->findings == NULL)
		return E_NOMEM;
	for (const struct finding *f = findings; f != NULL; f = f->next) {
		r = wire_finding_write(arena, f, &message->findings[message->n_findings]);
		if (r != 0)
			return r;
		message->n_findings++;
	}
	return 0;
}

int receipt_body_decode(struct arena *arena, struct bytes bytes,
                        const struct receipt_body **ret_body)
{
	struct receipt_body *body = arena_new(arena, struct receipt_body);
	const Duban__V1__ReceiptBody *message;
	ProtobufCMessage *base;
	int r;

	if (body == NULL)
		return E_NOMEM;
	r = wire_unpack(arena, &duban__v1__receipt_body__descriptor, bytes, WIRE_STRICT,
	                &base, NULL);
	if (r != 0)
		return r;
	message = (const Duban__V1__ReceiptBody *)base;
	if (!is_acceptable(message))
		return E_SYNTAX;
	body->number = message->number;
	body->plan = message->plan;
	body->plan_version = message->plan_version;
	body->unit = message->unit;
	body->section = message->section;
	body->period = message->period;
	memcpy(body->report_id, message->report_id.data, REPORT_ID_SIZE);
	memcpy(body->content_hash, message->content_hash.data, HASH_SIZE);
	body->received_at = message->received_at;
	body->wall_received_at = message->wall_received_at;
	body->due_at = message->due_at;
	body->timeliness = (enum timeliness)message->timeliness;
	body->calendar = message->calendar;
	body->rules = message->rules;
	body->signer = message->signer;
	body->crl_number = message->crl_number;
	body->revision = message->revision;
	body->supersedes = message->supersedes;
	r = read_findings(arena, message, &body->findings);
	if (r != 0)
		return r;
	*ret_body = body;
	return 0;
}

static bool is_acceptable(const Duban__V1__ReceiptBody *message)
{
	size_t number = strlen(message->number);

	return number > 0 && number < RECEIPT_NUMBER_MAX &&
	       message->report_id.len == REPORT_ID_SIZE &&
	       message->content_hash.len == HASH_SIZE &&
	       message->n_findings <= FINDINGS_MAX &&
	       message->timeliness != DUBAN__V1__TIMELINESS__TIMELINESS_UNSPECIFIED;
}

static int read_findings(struct arena *arena, const Duban__V1__ReceiptBody *message,
                         const struct finding **ret_findings)
{
	struct finding *list =
		arena_new_array(arena, message->n_findings, struct finding);

	if (list == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < message->n_findings; i++) {
		const Duban__V1__Finding *from = message->findings[i];

		if (from->severity == DUBAN__V1__SEVERITY__SEVERITY_UNSPECIFIED)
			return E_SYNTAX;
		list[i] = (struct finding){
			.rule = from->rule,
			.severity = (enum severity)from->severity,
			.field = from->field,
			.found = from->found,
			.allowed = from->allowed,
			.text = from->text,
			/* The centre took the report, so its questions were answered. */
			.answered =
				from->severity == DUBAN__V1__SEVERITY__SEVERITY_REASON,
			.next = i + 1 < message->n_findings ? &list[i + 1] : NULL,
		};
	}
	*ret_findings = message->n_findings > 0 ? list : NULL;
	return 0;
}

int receipts_seal(struct arena *arena, const struct signer *signer,
                  const struct bytes *bodies, size_t count, struct bytes *ret_receipts)
{
	Duban__V1__Receipt message;
	struct merkle_tree tree;
	int r;

	duban__v1__receipt__init(&message);
	r = build_tree(arena, bodies, count, &tree);
	if (r == 0)
		r = sign_root(arena, signer, merkle_tree_root(&tree), &message);
	if (r != 0)
		return r;
	message.tree_size = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		ProtobufCBinaryData path[RECEIPT_PATH_MAX];
		const uint8_t *hashes[RECEIPT_PATH_MAX];

		message.body = wire_binary(bodies[i]);
		message.leaf_index = (uint32_t)i;
		message.path = path;
		message.n_path = merkle_tree_path(&tree, i, hashes);
		for (size_t j = 0; j < message.n_path; j++)
			path[j] = wire_binary(bytes_of(hashes[j], HASH_SIZE));
		r = wire_pack(arena, &message.base, &ret_receipts[i]);
		if (r != 0)
			return r;
	}
	return 0;
}

static int build_tree(struct arena *arena, const struct bytes *bodies, size_t count,
                      struct merkle_tree *ret_tree)
{
	uint8_t(*leaves)[HASH_SIZE] = arena_array(arena, count, HASH_SIZE);

	if (leaves == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++)
		merkle_leaf(bodies[i], leaves[i]);
	return merkle_tree_build(arena, (const uint8_t(*)[HASH_SIZE])leaves, count,
	                         ret_tree);
}

static int sign_root(struct arena *arena, const struct signer *signer,
                     const uint8_t *root, Duban__V1__Receipt *message)
{
	struct envelope envelope;
	int r = signer_sign(signer, arena, RECEIPT_ROOT_TYPE, bytes_of(root, HASH_SIZE),
	                    &envelope);

	if (r == 0)
		r = wire_certificates_write(arena, &envelope, &message->certificates);
	if (r != 0)
		return r;
	message->n_certificates = envelope.certificate_count;
	message->algorithm = (Duban__V1__Algorithm)envelope.algorithm;
	message->signature = wire_binary(envelope.signature);
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): each of the seven says what to compare */
int receipt_verify(struct arena *arena, const struct trust *trust, struct bytes receipt,
                   const uint8_t report_id[REPORT_ID_SIZE], struct bytes payload,
                   int64_t wall_time, const struct receipt_body **ret_body)
{
	uint8_t root[HASH_SIZE], content_hash[HASH_SIZE];
	const struct receipt_body *body;
	const Duban__V1__Receipt *message;
	ProtobufCMessage *base;
	int r = wire_unpack(arena, &duban__v1__receipt__descriptor, receipt, WIRE_LENIENT,
	                    &base, NULL);

	if (r != 0)
		return r;
	message = (const Duban__V1__Receipt *)base;
	r = follow_path(message, root);
	if (r == 0)
		r = check_signature(trust, message, root, wall_time);
	if (r == 0)
		r = receipt_body_decode(arena,
		                        bytes_of(message->body.data, message->body.len),
		                        &body);
	if (r != 0)
		return r;
	sha256(payload, content_hash);
	if (memcmp(body->report_id, report_id, REPORT_ID_SIZE) != 0 ||
	    memcmp(body->content_hash, content_hash, HASH_SIZE) != 0)
		return E_REFUSED;
	*ret_body = body;
	return 0;
}

static int follow_path(const Duban__V1__Receipt *message, uint8_t out[HASH_SIZE])
{
	uint8_t path[RECEIPT_PATH_MAX][HASH_SIZE], leaf[HASH_SIZE];
	int r;

	if (message->n_path > RECEIPT_PATH_MAX)
		return E_SYNTAX;
	for (size_t i = 0; i < message->n_path; i++) {
		if (message->path[i].len != HASH_SIZE)
			return E_SYNTAX;
		memcpy(path[i], message->path[i].data, HASH_SIZE);
	}
	merkle_leaf(bytes_of(message->body.data, message->body.len), leaf);
	r = merkle_follow(leaf, message->leaf_index, message->tree_size,
	                  (const uint8_t(*)[HASH_SIZE])path, message->n_path, out);
	return r == 0 ? 0 : E_SYNTAX;
}

/* Only a centre's receipt signer may promise anything. */
static int check_signature(const struct trust *trust, const Duban__V1__Receipt *message,
                           const uint8_t root[HASH_SIZE], int64_t wall_time)
{
	struct envelope envelope = {
		.payload_type = RECEIPT_ROOT_TYPE,
		.payload = bytes_of(root, HASH_SIZE),
		.algorithm = (enum algorithm)message->algorithm,
		.signature = bytes_of(message->signature.data, message->signature.len),
	};
	struct identity signer;
	int r = wire_certificates_read(message->certificates, message->n_certificates,
	                               &envelope);

	if (r == 0)
		r = seal_verify(trust, &envelope, RECEIPT_ROOT_TYPE, wall_time, &signer);
	if (r != 0)
		return r;
	return signer.kind == IDENTITY_NODE ? 0 : E_CERTIFICATE;
}
