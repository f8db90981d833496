/*
 * Refusals, from a code and what is wrong to a gRPC status with details:
 *
 *	refusal -> violations (all) -> as many as fit -> BadRequest --\
 *	        -> reason, error, policy             -> ErrorInfo   --+->
 *google.rpc.Status
 *
 * What can go wrong: the call's memory is used up. Then the call is still refused, with
 * its code and the code's text, without details.
 */
#include "server/refuse.h"

#include <string.h>

#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include "base/err.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "model/finding.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/message.h"
#include "server/service.h"

#define TYPE_PREFIX    "type.googleapis.com/"
#define VIOLATION_COST 16  /* bytes around a violation's two texts, at most */
#define INFO_ROOM      512 /* bytes for everything that is not a violation */
#define FIELD_MAX      200 /* bytes */
#define WHY_MAX        1500

/* Violations as they are collected; those that do not fit are counted. */
struct violations {
	struct arena *arena;
	Google__Rpc__BadRequest__FieldViolation *items;
	size_t count, capacity, room;
	size_t left_out;
	bool failed; /* no memory */
};

static void collect(struct violations *violations, const struct refusal *refusal);
static void add_findings(struct violations *violations, const struct findings *findings);
static void add_problems(struct violations *violations,
                         const struct yaml_problems *problems);
static void add(struct violations *violations, const char *field, const char *why);
static void keep(Google__Rpc__BadRequest__FieldViolation *item, const char *field,
                 const char *why);
static const char *cut(struct arena *arena, const char *text, size_t max);
static const char *problem_field(struct arena *arena, const struct yaml_place *place);
static const char *message_for(struct arena *arena, const struct refusal *refusal,
                               size_t left_out);
static const char *first_sentence(const struct refusal *refusal);
static struct bytes pack_status(struct arena *arena, const struct refusal *refusal,
                                const struct violations *violations, const char *message);
static int pack_any(struct arena *arena, const ProtobufCMessage *message,
                    Google__Protobuf__Any *ret_any);
static int pack_violations(struct arena *arena, const struct violations *violations,
                           Google__Protobuf__Any *ret_any);
static int pack_info(struct arena *arena, const struct refusal *refusal,
                     Google__Protobuf__Any *ret_any);
static const char *reason_of(const struct refusal *refusal);

void refuse(struct rpc_call *call, int err, const struct findings *findings)
{
	refuse_call(call, &(struct refusal){.err = err, .findings = findings});
}

void refuse_because(struct rpc_call *call, int err, const char *field, const char *why)
{
	refuse_call(call, &(struct refusal){.err = err, .field = field, .why = why});
}

void refuse_call(struct rpc_call *call, const struct refusal *refusal)
{
	struct rpc_status status;

	refuse_status(rpc_call_arena(call), refusal, &status);
	service_note(call, refusal->err);
	rpc_call_finish(call, &status);
}

void refuse_status(struct arena *arena, const struct refusal *refusal,
                   struct rpc_status *ret_status)
{
	struct violations violations = {
		.arena = arena,
		.room = REFUSE_DETAILS_MAX - INFO_ROOM - REFUSE_MESSAGE_MAX,
	};

	collect(&violations, refusal);
	*ret_status = (struct rpc_status){
		.code = (enum rpc_code)err_grpc(refusal->err),
		.message = message_for(arena, refusal, violations.left_out),
	};
	if (!violations.failed)
		ret_status->details =
			pack_status(arena, refusal, &violations, ret_status->message);
}

static void collect(struct violations *violations, const struct refusal *refusal)
{
	if (refusal->findings != NULL)
		add_findings(violations, refusal->findings);
	if (refusal->problems != NULL)
		add_problems(violations, refusal->problems);
	if (refusal->field != NULL && refusal->why != NULL)
		add(violations, refusal->field, refusal->why);
}

/* Notices and answered questions refuse nothing and are not listed. */
static void add_findings(struct violations *violations, const struct findings *findings)
{
	size_t listed = 0;

	for (const struct finding *f = findings->first; f != NULL; f = f->next) {
		if (f->severity == SEVERITY_NOTICE || f->answered)
			continue;
		add(violations, f->field, f->text);
		listed++;
	}
	if (findings->refusals > listed)
		violations->left_out += findings->refusals - listed;
}

static void add_problems(struct violations *violations,
                         const struct yaml_problems *problems)
{
	size_t listed = 0;

	for (const struct yaml_problem *p = problems->first; p != NULL; p = p->next) {
		add(violations, problem_field(violations->arena, &p->place), p->message);
		listed++;
	}
	if (problems->count > listed)
		violations->left_out += problems->count - listed;
}

static const char *problem_field(struct arena *arena, const struct yaml_place *place)
{
	if (place->file == NULL)
		return "files";
	if (place->line == 0)
		return place->file;
	return arena_printf(arena, "%s:%u:%u", place->file, place->line, place->column);
}

static void add(struct violations *violations, const char *field, const char *why)
{
	const char *kept_field, *kept_why;
	size_t cost;
	void *grown;

	kept_field = field == NULL ? NULL : cut(violations->arena, field, FIELD_MAX);
	kept_why = why == NULL ? NULL : cut(violations->arena, why, WHY_MAX);
	grown = arena_grow(violations->arena, violations->items, violations->count,
	                   &violations->capacity, sizeof(*violations->items));
	if (kept_field == NULL || kept_why == NULL || grown == NULL) {
		violations->failed = true;
		return;
	}
	violations->items = grown;
	cost = strlen(kept_field) + strlen(kept_why) + VIOLATION_COST;
	if (cost > violations->room) {
		violations->room = 0; /* in order: what follows is left out, too */
		violations->left_out++;
		return;
	}
	violations->room -= cost;
	keep(&violations->items[violations->count++], kept_field, kept_why);
}

static void keep(Google__Rpc__BadRequest__FieldViolation *item, const char *field,
                 const char *why)
{
	google__rpc__bad_request__field_violation__init(item);
	item->field = message_text(field);
	item->description = message_text(why);
}

/* The first @max bytes of @text, at a character's end. NULL without memory. */
static const char *cut(struct arena *arena, const char *text, size_t max)
{
	struct bytes bytes = bytes_of_str(text);

	if (bytes.len <= max)
		return text;
	return arena_strndup(arena, text, utf8_cut(bytes, max));
}

/* The first thing that is wrong, in a line, and how many more were left out. */
static const char *message_for(struct arena *arena, const struct refusal *refusal,
                               size_t left_out)
{
	const char *text = cut(arena, first_sentence(refusal), REFUSE_MESSAGE_MAX);

	if (text != NULL && left_out > 0)
		text = arena_printf(arena, "%s (and %zu more that are not listed)", text,
		                    left_out);
	return text != NULL ? text : err_text(refusal->err);
}

static const char *first_sentence(const struct refusal *refusal)
{
	const char *text = "";

	if (refusal->findings != NULL)
		text = findings_first(refusal->findings);
	if (text[0] == '\0' && refusal->problems != NULL &&
	    refusal->problems->first != NULL)
		text = refusal->problems->first->message;
	if (text[0] == '\0' && refusal->why != NULL)
		text = refusal->why;
	return text[0] != '\0' ? text : err_text(refusal->err);
}

static struct bytes pack_status(struct arena *arena, const struct refusal *refusal,
                                const struct violations *violations, const char *message)
{
	Google__Rpc__Status status = GOOGLE__RPC__STATUS__INIT;
	Google__Protobuf__Any anys[2];
	Google__Protobuf__Any *details[2] = {&anys[0], &anys[1]};
	struct bytes packed;

	if (pack_info(arena, refusal, &anys[0]) < 0)
		return bytes_of(NULL, 0);
	status.n_details = 1;
	if (violations->count > 0) {
		if (pack_violations(arena, violations, &anys[1]) < 0)
			return bytes_of(NULL, 0);
		status.n_details = 2;
	}
	status.code = err_grpc(refusal->err);
	status.message = message_text(message);
	status.details = details;
	if (wire_pack(arena, &status.base, &packed) < 0)
		return bytes_of(NULL, 0);
	return packed;
}

static int pack_violations(struct arena *arena, const struct violations *violations,
                           Google__Protobuf__Any *ret_any)
{
	Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;

	bad.n_field_violations = violations->count;
	bad.field_violations = arena_new_array(arena, violations->count,
	                                       Google__Rpc__BadRequest__FieldViolation *);
	if (bad.field_violations == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < violations->count; i++)
		bad.field_violations[i] = &violations->items[i];
	return pack_any(arena, &bad.base, ret_any);
}

static int pack_info(struct arena *arena, const struct refusal *refusal,
                     Google__Protobuf__Any *ret_any)
{
	static const char *const policies[] = {
		[ERR_GIVE_UP] = "give_up", [ERR_KEEP] = "keep", [ERR_HOLD] = "hold"};
	Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
	Google__Rpc__ErrorInfo__MetadataEntry error, policy;
	Google__Rpc__ErrorInfo__MetadataEntry *entries[] = {&error, &policy};

	google__rpc__error_info__metadata_entry__init(&error);
	google__rpc__error_info__metadata_entry__init(&policy);
	error.key = message_text("error");
	error.value = message_text(err_name(refusal->err));
	policy.key = message_text("policy");
	policy.value = message_text(policies[err_policy(refusal->err)]);
	info.reason = message_text(reason_of(refusal));
	info.domain = message_text(REFUSE_DOMAIN);
	info.n_metadata = 2;
	info.metadata = entries;
	return pack_any(arena, &info.base, ret_any);
}

/* The rule that refused first, or the code's name: "BUSY". */
static const char *reason_of(const struct refusal *refusal)
{
	const struct finding *f =
		refusal->findings != NULL ? refusal->findings->first : NULL;

	for (; f != NULL; f = f->next)
		if (f->severity != SEVERITY_NOTICE && !f->answered && f->rule[0] != '\0')
			return f->rule;
	return err_name(refusal->err) + strlen("E_");
}

static int pack_any(struct arena *arena, const ProtobufCMessage *message,
                    Google__Protobuf__Any *ret_any)
{
	struct bytes value;
	const char *url;
	int r;

	url = arena_printf(arena, TYPE_PREFIX "%s", message->descriptor->name);
	if (url == NULL)
		return E_NOMEM;
	r = wire_pack(arena, message, &value);
	if (r < 0)
		return r;
	google__protobuf__any__init(ret_any);
	ret_any->type_url = message_text(url);
	ret_any->value = message_bytes(value);
	return 0;
}
