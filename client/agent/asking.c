/*
 * One call of a command that keeps nothing:
 *
 *	keys -> connection -> request ~ ~> answer, or the refusal, printed
 *
 * What can go wrong: no keys (the operator), no centre (try again: nothing was kept
 * here), a refusal (who typed it mends what is named).
 */
#include "client/agent/asking.h"

#include <string.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/answer.h"
#include "client/agent/centre.h"
#include "client/why.h"
#include "model/wire.h"

struct asking {
	struct centre_call call;
	struct agent *agent;
	struct centre *centre;
	struct bytes answer; /* in the command's arena */
	int code;
};

static int ask(struct asking *asking, uv_loop_t *loop, const char *method,
               struct bytes body);
static void on_done(struct centre_call *call, const struct rpc_status *status);
static int refused(struct asking *asking, const struct rpc_status *status);

int asking_call(struct agent *agent, const char *method, const ProtobufCMessage *request,
                const ProtobufCMessageDescriptor *answer_type,
                ProtobufCMessage **ret_answer)
{
	struct asking asking = {.agent = agent, .code = AGENT_FAILED};
	struct bytes body;
	const char *why;
	uv_loop_t loop;
	int code;

	if (wire_pack(&agent->arena, request, &body) < 0 || uv_loop_init(&loop) < 0)
		return agent_error("%s", text_err(E_NOMEM));
	code = ask(&asking, &loop, method, body);
	CHECK(uv_loop_close(&loop) == 0);
	if (code != AGENT_OK)
		return code;
	if (wire_unpack(&agent->arena, answer_type, asking.answer, WIRE_LENIENT,
	                ret_answer, &why) < 0)
		return agent_error(_("中心端的答复无法读取：%s"), why);
	return AGENT_OK;
}

static int ask(struct asking *asking, uv_loop_t *loop, const char *method,
               struct bytes body)
{
	const struct centre_options options = {.settings = &asking->agent->settings};
	const char *why = "";
	int r = centre_open(loop, &options, &asking->centre, &why);

	if (r < 0) {
		asking->code = agent_error(_("无法准备与中心端的连接：%s"),
		                           why_text(&asking->agent->arena, why));
	} else {
		asking->call.done = on_done;
		r = centre_call(asking->centre, &asking->call, method, body,
		                CENTRE_ANSWER_MAX);
		if (r < 0) {
			asking->code = agent_error("%s", text_err(r));
			centre_close(asking->centre);
		}
	}
	(void)uv_run(loop, UV_RUN_DEFAULT);
	return asking->code;
}

static void on_done(struct centre_call *call, const struct rpc_status *status)
{
	struct asking *asking = container_of(call, struct asking, call);

	if (status->code == RPC_OK) {
		asking->answer = arena_copy(&asking->agent->arena, call->answer);
		asking->code = asking->answer.data != NULL || call->answer.len == 0
		                       ? AGENT_OK
		                       : agent_error("%s", text_err(E_NOMEM));
	} else {
		asking->code = refused(asking, status);
	}
	centre_close(asking->centre);
}

static int refused(struct asking *asking, const struct rpc_status *status)
{
	struct arena *arena = &asking->agent->arena;
	const char *why = centre_why(asking->centre);
	struct answer answer;

	if (status->code == RPC_UNAVAILABLE || status->code == RPC_DEADLINE_EXCEEDED)
		return agent_error(_("连不上中心端，或中心端暂时不能办理（%"
		                     "s）；没有办成，请稍后重试"),
		                   why_text(arena,
		                            why[0] != '\0' ? why : status->message));
	answer_read(arena, status, &answer);
	(void)agent_error(_("中心端没有接受：%s"), answer.message);
	for (const struct finding *one = answer.findings.first; one != NULL;
	     one = one->next)
		(void)fprintf(stderr, "  %s: %s\n", one->field, one->text);
	return AGENT_REFUSED;
}
