/*
 * A call that is waited for:
 *
 *	request -> call ~ ~> answer unpacked, or a refusal printed
 *
 * What can go wrong: the centre is away (try again later), or says no (its sentences say
 * what is possible instead).
 */
#include "client/agent/ask_centre.h"

#include <stdio.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/answer.h"
#include "client/why.h"
#include "model/wire.h"

struct asking {
	unsigned magic;
#define ASKING_MAGIC 0x3c5a11d9U
	struct centre_call call;
	struct agent *agent;
	const ProtobufCMessageDescriptor *type;
	ProtobufCMessage *answer;
	bool over;
	int code;
};

static void on_done(struct centre_call *call, const struct rpc_status *status);
static int say_refused(struct arena *arena, const struct rpc_status *status);
static bool is_over(void *context);

int ask_centre(struct sitting *sitting, const char *method,
               const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
               ProtobufCMessage **ret_answer)
{
	struct asking asking = {
		.magic = ASKING_MAGIC,
		.agent = sitting->agent,
		.type = type,
		.code = AGENT_FAILED,
		.call.done = on_done,
	};
	struct bytes body;
	int r = wire_pack(&sitting->agent->arena, request, &body);

	if (r == 0)
		r = centre_call(sitting->centre, &asking.call, method, body,
		                CENTRE_ANSWER_MAX);
	if (r < 0)
		return agent_error("%s", text_err(r));
	/* The call has a timeout of its own; then it is over. */
	while (!asking.over)
		sitting_run(sitting, is_over, &asking,
		            sitting->agent->settings.call_timeout + 1000);
	if (asking.code == AGENT_OK)
		*ret_answer = asking.answer;
	return asking.code;
}

static void on_done(struct centre_call *call, const struct rpc_status *status)
{
	struct asking *asking = container_of(call, struct asking, call);
	struct arena *arena = &asking->agent->arena;
	struct bytes answer;

	CHECK_MAGIC(asking, ASKING_MAGIC);
	asking->over = true;
	if (status->code != RPC_OK) {
		asking->code = say_refused(arena, status);
		return;
	}
	answer = arena_copy(arena, call->answer);
	if (answer.data == NULL || wire_unpack(arena, asking->type, answer, WIRE_LENIENT,
	                                       &asking->answer, NULL) < 0)
		(void)agent_error(_("中心端的答复不能使用"));
	else
		asking->code = AGENT_OK;
}

static int say_refused(struct arena *arena, const struct rpc_status *status)
{
	struct answer answer;

	answer_read(arena, status, &answer);
	if (answer.findings.first == NULL)
		(void)agent_error("%s", answer.message);
	for (const struct finding *finding = answer.findings.first; finding != NULL;
	     finding = finding->next)
		(void)agent_error("%s", finding->text);
	return answer.policy == ERR_KEEP ? AGENT_FAILED : AGENT_REFUSED;
}

static bool is_over(void *context)
{
	const struct asking *asking = context;

	return asking->over;
}
