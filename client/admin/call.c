/*
 * One call to the centre.
 *
 *	settings -> TLS -> channel -> request ~ ~> done -> unpack, or print the refusal
 *
 * The loop lives as long as the call. What can go wrong: files that cannot be read (the
 * user mends the configuration), a centre that is down (exit 4, try again), a refusal
 * (exit 3, with every field).
 */
#include "client/admin/call.h"

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/why.h"
#include "model/identity.h"
#include "model/wire.h"
#include "rpc/channel.h"

#define RECEIVE_MAX \
	(128u * 1024 * 1024) /* a plan with all its files, a board of thousands */
#define BAD_REQUEST "type.googleapis.com/google.rpc.BadRequest"

struct exchange {
	struct rpc_request request; /* first: done casts back through container_of */
	struct admin *admin;
	struct rpc_channel *channel;
	struct bytes answer;
	struct rpc_status status;
	const char *why; /* the channel's last trouble */
	bool answered;
};

static int open_channel(struct exchange *exchange, uv_loop_t *loop,
                        struct rpc_tls **ret_tls);
static void on_message(struct rpc_request *request, struct bytes message);
static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers);
static int judge(struct exchange *exchange);
static void print_violations(struct admin *admin, struct bytes details);

/* A server is only believed when its certificate is a node's. */
static int admit_node(void *context, const struct rpc_peer *peer)
{
	struct identity identity;

	(void)context;
	if (identity_from_uris(peer->uris, &identity) < 0 ||
	    identity.kind != IDENTITY_NODE || identity.role != ROLE_NONE)
		return E_CERTIFICATE;
	return 0;
}

static void on_state(void *context, enum rpc_channel_state state, const char *why)
{
	struct exchange *exchange = context;

	if (state == RPC_BACKING_OFF && why != NULL)
		exchange->why = arena_strdup(&exchange->admin->arena, why);
}

int admin_call(struct admin *admin, const char *method, const ProtobufCMessage *request,
               const ProtobufCMessageDescriptor *answer_type,
               ProtobufCMessage **ret_answer)
{
	struct exchange exchange = {.admin = admin};
	AUTO(rpc_tls_destroyp) struct rpc_tls *tls = NULL;
	struct bytes body;
	const char *why;
	uv_loop_t loop;
	int r, code = admin_settings_load(admin);

	if (code != ADMIN_OK)
		return code;
	exchange.request = (struct rpc_request){
		.path = arena_printf(&admin->arena, "/duban.v1.%s", method),
		.timeout = admin->settings.timeout,
		.message = on_message,
		.done = on_done,
	};
	r = exchange.request.path == NULL ? E_NOMEM
	                                  : wire_pack(&admin->arena, request, &body);
	if (r < 0)
		return admin_error("%s", text_err(r));
	if (uv_loop_init(&loop) < 0)
		return admin_error("%s", text_err(E_NOMEM));
	code = open_channel(&exchange, &loop, &tls);
	if (code == ADMIN_OK) {
		r = rpc_request_unary(exchange.channel, &exchange.request, body);
		if (r < 0) {
			rpc_channel_close(exchange.channel, NULL, NULL);
			code = admin_error("%s", text_err(r));
		}
		(void)uv_run(&loop, UV_RUN_DEFAULT);
	}
	(void)uv_loop_close(&loop);
	if (code == ADMIN_OK)
		code = judge(&exchange);
	if (code != ADMIN_OK)
		return code;
	r = wire_unpack(&admin->arena, answer_type, exchange.answer, WIRE_LENIENT,
	                ret_answer, &why);
	return r == 0 ? ADMIN_OK : admin_error(_("中心端的答复无法读取：%s"), why);
}

static int open_channel(struct exchange *exchange, uv_loop_t *loop,
                        struct rpc_tls **ret_tls)
{
	const struct admin_settings *settings = &exchange->admin->settings;
	const struct rpc_tls_options tls = {
		.peer_rule = RPC_PEER_REQUIRED,
		.certificate_file = settings->certificate,
		.key_file = settings->key,
		.ca_file = settings->ca,
		.admit = admit_node,
	};
	const char *const addresses[] = {settings->address, NULL};
	struct rpc_channel_options options = {
		.addresses = addresses,
		.server_name = settings->server_name,
		.receive_message_max = RECEIVE_MAX,
		.on_state = on_state,
		.context = exchange,
	};
	const char *why = "";
	int r = rpc_tls_create(&tls, ret_tls, &why);

	if (r < 0)
		return admin_error(_("证书或私钥不可用：%s"),
		                   why_text(&exchange->admin->arena, why));
	options.tls = *ret_tls;
	r = rpc_channel_create(loop, &options, &exchange->channel);
	if (r < 0)
		return admin_error(_("地址 %s：%s"), settings->address, text_err(r));
	return ADMIN_OK;
}

static void on_message(struct rpc_request *request, struct bytes message)
{
	struct exchange *exchange = container_of(request, struct exchange, request);

	exchange->answer = arena_copy(&exchange->admin->arena, message);
	exchange->answered = exchange->answer.data != NULL;
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	struct exchange *exchange = container_of(request, struct exchange, request);
	struct arena *arena = &exchange->admin->arena;

	(void)trailers;
	exchange->status.code = status->code;
	exchange->status.message =
		arena_strdup(arena, status->message != NULL ? status->message : "");
	exchange->status.details = arena_copy(arena, status->details);
	rpc_channel_close(exchange->channel, NULL, NULL);
}

static const char *code_text(enum rpc_code code)
{
	switch (code) {
	case RPC_NOT_FOUND:
		return _("中心端没有找到");
	case RPC_ALREADY_EXISTS:
		return _("中心端已有内容不同的同一份");
	case RPC_PERMISSION_DENIED:
	case RPC_UNAUTHENTICATED:
		return _("中心端不允许这个身份这样做");
	case RPC_FAILED_PRECONDITION:
	case RPC_OUT_OF_RANGE:
		return _("目前不能这样做");
	case RPC_UNIMPLEMENTED:
		return _("中心端不提供这项功能");
	default:
		return _("中心端未能办理");
	}
}

static int judge(struct exchange *exchange)
{
	const struct rpc_status *status = &exchange->status;

	switch (status->code) {
	case RPC_OK:
		return exchange->answered ? ADMIN_OK
		                          : admin_error(_("中心端没有给出答复"));
	case RPC_UNAVAILABLE:
	case RPC_DEADLINE_EXCEEDED:
		(void)admin_error(
			_("连不上中心端 %s，或中心端暂时不能办理，请稍后重试（%s）"),
			exchange->admin->settings.address,
			why_text(&exchange->admin->arena, exchange->why != NULL
		                                                  ? exchange->why
		                                                  : status->message));
		return ADMIN_DOWN;
	case RPC_INVALID_ARGUMENT:
		(void)admin_error(_("中心端没有接受：%s"), status->message);
		print_violations(exchange->admin, status->details);
		return ADMIN_REFUSED;
	default:
		(void)admin_error(_("%s：%s（%s）"), code_text(status->code),
		                  status->message, rpc_code_name(status->code));
		print_violations(exchange->admin, status->details);
		return ADMIN_FAILED;
	}
}

static void print_violations(struct admin *admin, struct bytes details)
{
	ProtobufCMessage *message;
	const Google__Rpc__Status *status;

	if (details.len == 0 ||
	    wire_unpack(&admin->arena, &google__rpc__status__descriptor, details,
	                WIRE_LENIENT, &message, NULL) < 0)
		return;
	status = (const Google__Rpc__Status *)message;
	for (size_t i = 0; i < status->n_details; i++) {
		const Google__Protobuf__Any *any = status->details[i];
		const Google__Rpc__BadRequest *bad;

		if (strcmp(any->type_url, BAD_REQUEST) != 0 ||
		    wire_unpack(&admin->arena, &google__rpc__bad_request__descriptor,
		                bytes_of(any->value.data, any->value.len), WIRE_LENIENT,
		                &message, NULL) < 0)
			continue;
		bad = (const Google__Rpc__BadRequest *)message;
		for (size_t j = 0; j < bad->n_field_violations; j++)
			(void)fprintf(stderr, "  %s: %s\n",
			              bad->field_violations[j]->field,
			              bad->field_violations[j]->description);
	}
}
