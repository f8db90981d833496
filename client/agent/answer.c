/*
 * A refusal, from a gRPC status:
 *
 *	google.rpc.Status -> BadRequest: a finding for each field
 *	                  -> ErrorInfo: the first rule, and what to do with the report
 */
#include "client/agent/answer.h"

#include <string.h>

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

#include "base/text.h"
#include "base/utf8.h"
#include "client/agent/retry.h"
#include "model/wire.h"

#define PREFIX      "type.googleapis.com/google.rpc."
#define MESSAGE_MAX 2000 /* bytes of a sentence that are kept */

static const char *message_of(struct arena *arena, const struct rpc_status *status);
static const char *read_info(struct arena *arena, struct bytes value,
                             const char **ret_rule);
static void read_violations(struct arena *arena, struct bytes value, const char *rule,
                            struct findings *findings);

void answer_read(struct arena *arena, const struct rpc_status *status,
                 struct answer *ret_answer)
{
	const Google__Rpc__Status *details;
	const char *stated = NULL, *rule = "";
	ProtobufCMessage *message;

	findings_init(&ret_answer->findings, arena);
	ret_answer->message = message_of(arena, status);
	ret_answer->policy = retry_policy(status->code, NULL);
	if (status->details.len == 0 ||
	    wire_unpack(arena, &google__rpc__status__descriptor, status->details,
	                WIRE_LENIENT, &message, NULL) < 0)
		return;
	details = (const Google__Rpc__Status *)message;
	for (size_t i = 0; i < details->n_details; i++) {
		const Google__Protobuf__Any *any = details->details[i];

		if (strcmp(any->type_url, PREFIX "ErrorInfo") == 0)
			stated = read_info(arena,
			                   bytes_of(any->value.data, any->value.len),
			                   &rule);
	}
	for (size_t i = 0; i < details->n_details; i++) {
		const Google__Protobuf__Any *any = details->details[i];

		if (strcmp(any->type_url, PREFIX "BadRequest") == 0)
			read_violations(arena, bytes_of(any->value.data, any->value.len),
			                rule, &ret_answer->findings);
	}
	ret_answer->policy = retry_policy(status->code, stated);
}

/* For an answer without a sentence of the centre: it is away, or between is a proxy. */
static const char *code_text(int code)
{
	switch (code) {
	case RPC_DEADLINE_EXCEEDED:
		return _("中心端没有在规定时间内答复");
	case RPC_UNAVAILABLE:
		return _("中心端目前不能受理");
	case RPC_UNIMPLEMENTED:
		return _("中心端的版本不支持这项操作");
	case RPC_PERMISSION_DENIED:
	case RPC_UNAUTHENTICATED:
		return _("中心端不接受本机的证书");
	default:
		return _("中心端的答复不能使用");
	}
}

static bool is_ascii(const char *text)
{
	while (*text > 0)
		text++;
	return *text == '\0';
}

/* The centre speaks Chinese; what is ASCII was said on the way, to whoever mends it. */
static const char *message_of(struct arena *arena, const struct rpc_status *status)
{
	const char *text = status->message != NULL ? status->message : "";
	const char *copy;
	int len;

	if (!utf8_valid(bytes_of_str(text)))
		text = "";
	if (text[0] == '\0')
		text = rpc_code_name(status->code);
	len = (int)utf8_cut(bytes_of_str(text), MESSAGE_MAX);
	copy = is_ascii(text) ? arena_printf(arena, _("%s（%.*s）"),
	                                     code_text(status->code), len, text)
	                      : arena_strndup(arena, text, (size_t)len);
	return copy != NULL ? copy : rpc_code_name(status->code);
}

static const char *read_info(struct arena *arena, struct bytes value,
                             const char **ret_rule)
{
	const Google__Rpc__ErrorInfo *info;
	ProtobufCMessage *message;

	if (wire_unpack(arena, &google__rpc__error_info__descriptor, value, WIRE_LENIENT,
	                &message, NULL) < 0)
		return NULL;
	info = (const Google__Rpc__ErrorInfo *)message;
	*ret_rule = info->reason;
	for (size_t i = 0; i < info->n_metadata; i++)
		if (strcmp(info->metadata[i]->key, "policy") == 0)
			return info->metadata[i]->value;
	return NULL;
}

/* Only the first violation's rule is known by name; the sentences name the others. */
static void read_violations(struct arena *arena, struct bytes value, const char *rule,
                            struct findings *findings)
{
	const Google__Rpc__BadRequest *bad;
	ProtobufCMessage *message;

	if (wire_unpack(arena, &google__rpc__bad_request__descriptor, value, WIRE_LENIENT,
	                &message, NULL) < 0)
		return;
	bad = (const Google__Rpc__BadRequest *)message;
	for (size_t i = 0; i < bad->n_field_violations && i < FINDINGS_MAX; i++) {
		const struct finding finding = {
			.rule = i == 0 ? rule : "",
			.severity = SEVERITY_REFUSAL,
			.field = bad->field_violations[i]->field,
			.found = "",
			.allowed = "",
			.text = bad->field_violations[i]->description,
		};

		findings_add(findings, &finding);
	}
}
