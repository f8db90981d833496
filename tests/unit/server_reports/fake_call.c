/* A fake of rpc/call.h for handlers: everything it says is copied, nothing is sent. */
#include "fake_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"

static const char *uris[2];
static char found[2048];

void fake_call_init(struct rpc_call *call, const char *path, const char *uri,
                    void *service)
{
	memset(call, 0, sizeof(*call));
	arena_init(&call->arena, 16 << 20);
	uris[0] = uri;
	call->peer = (struct rpc_peer){.address = "127.0.0.1:1", .uris = uris};
	call->method = (struct rpc_method){.path = path, .service = service};
}

void fake_call_finish(struct rpc_call *call)
{
	arena_finish(&call->arena);
}

struct arena *rpc_call_arena(struct rpc_call *call)
{
	return &call->arena;
}

const struct rpc_peer *rpc_call_peer(const struct rpc_call *call)
{
	return &call->peer;
}

const struct rpc_method *rpc_call_method(const struct rpc_call *call)
{
	return &call->method;
}

void *rpc_call_service(const struct rpc_call *call)
{
	return call->method.service;
}

void rpc_call_set_data(struct rpc_call *call, void *data)
{
	call->data = data;
}

void *rpc_call_data(const struct rpc_call *call)
{
	return call->data;
}

bool rpc_call_is_cancelled(const struct rpc_call *call)
{
	return call->cancelled;
}

void rpc_call_finish(struct rpc_call *call, const struct rpc_status *status)
{
	call->finished++;
	call->code = status->code;
	(void)snprintf(call->message, sizeof(call->message), "%s",
	               status->message != NULL ? status->message : "");
	assert_true(status->details.len <= sizeof(call->details));
	call->details_len = status->details.len;
	if (status->details.len > 0)
		memcpy(call->details, status->details.data, status->details.len);
}

void rpc_call_reply(struct rpc_call *call, struct bytes message)
{
	call->finished++;
	call->code = RPC_OK;
	assert_true(message.len <= sizeof(call->reply));
	call->reply_len = message.len;
	if (message.len > 0)
		memcpy(call->reply, message.data, message.len);
}

/* The detail of this type, unpacked, or NULL. */
static ProtobufCMessage *detail(const struct rpc_call *call,
                                const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = NULL;
	Google__Rpc__Status *status;

	status = google__rpc__status__unpack(NULL, call->details_len, call->details);
	assert_non_null(status);
	assert_int_equal(status->code, call->code);
	assert_string_equal(status->message, call->message);
	for (size_t i = 0; i < status->n_details; i++) {
		const Google__Protobuf__Any *any = status->details[i];

		if (strcmp(strrchr(any->type_url, '/') + 1, type->name) == 0)
			message = protobuf_c_message_unpack(type, NULL, any->value.len,
			                                    any->value.data);
	}
	google__rpc__status__free_unpacked(status, NULL);
	return message;
}

const char *fake_call_reason(const struct rpc_call *call)
{
	ProtobufCMessage *message = detail(call, &google__rpc__error_info__descriptor);

	found[0] = '\0';
	if (message == NULL)
		return found;
	(void)snprintf(found, sizeof(found), "%s",
	               ((Google__Rpc__ErrorInfo *)message)->reason);
	protobuf_c_message_free_unpacked(message, NULL);
	return found;
}

const char *fake_call_violation(const struct rpc_call *call, const char *field)
{
	ProtobufCMessage *message = detail(call, &google__rpc__bad_request__descriptor);
	const Google__Rpc__BadRequest *bad = (const Google__Rpc__BadRequest *)message;
	bool seen = false;

	for (size_t i = 0; bad != NULL && i < bad->n_field_violations && !seen; i++) {
		seen = field[0] == '\0' ||
		       strcmp(bad->field_violations[i]->field, field) == 0;
		if (seen)
			(void)snprintf(found, sizeof(found), "%s",
			               bad->field_violations[i]->description);
	}
	if (message != NULL)
		protobuf_c_message_free_unpacked(message, NULL);
	return seen ? found : NULL;
}
