/*
 * The server's end of the leak count.
 *
 *	/leak/Unary	one message, echoed
 *	/leak/Down	one message, echoed LEAK_MESSAGES times
 *	/leak/Up	many messages, the last one echoed
 *	/leak/Both	many messages, each echoed
 */
#include "base/err.h"
#include "leak.h"

static void on_unary(struct rpc_call *call, struct bytes message);
static void on_down(struct rpc_call *call, struct bytes message);
static void on_up(struct rpc_call *call, struct bytes message);
static void on_up_ended(struct rpc_call *call);
static void on_both(struct rpc_call *call, struct bytes message);
static void on_ended(struct rpc_call *call);
static void on_cancelled(struct rpc_call *call);

static const struct rpc_handler unary = {
	.message = on_unary,
	.cancelled = on_cancelled,
};
static const struct rpc_handler down = {
	.message = on_down,
	.cancelled = on_cancelled,
};
static const struct rpc_handler up = {
	.message = on_up,
	.half_closed = on_up_ended,
	.cancelled = on_cancelled,
};
static const struct rpc_handler both = {
	.message = on_both,
	.half_closed = on_ended,
	.cancelled = on_cancelled,
};

const struct rpc_method leak_service[] = {
	{"/leak/Unary", RPC_UNARY, &unary, NULL},
	{"/leak/Down", RPC_SERVER_STREAMING, &down, NULL},
	{"/leak/Up", RPC_CLIENT_STREAMING, &up, NULL},
	{"/leak/Both", RPC_BIDIRECTIONAL, &both, NULL},
	{NULL, RPC_UNARY, NULL, NULL},
};

static void on_unary(struct rpc_call *call, struct bytes message)
{
	rpc_call_reply(call, message);
}

static void on_down(struct rpc_call *call, struct bytes message)
{
	for (int i = 0; i < LEAK_MESSAGES; i++)
		(void)rpc_call_send(call, message);
	on_ended(call);
}

static void on_up(struct rpc_call *call, struct bytes message)
{
	struct bytes *last = arena_new(rpc_call_arena(call), struct bytes);

	if (last != NULL)
		*last = arena_copy(rpc_call_arena(call), message);
	rpc_call_set_data(call, last);
}

static void on_up_ended(struct rpc_call *call)
{
	const struct bytes *last = rpc_call_data(call);

	rpc_call_reply(call, last == NULL ? bytes_of(NULL, 0) : *last);
}

static void on_both(struct rpc_call *call, struct bytes message)
{
	(void)rpc_call_send(call, message);
}

static void on_ended(struct rpc_call *call)
{
	struct rpc_status ok = {.code = RPC_OK};

	rpc_call_finish(call, &ok);
}

static void on_cancelled(struct rpc_call *call)
{
	rpc_call_refuse(call, RPC_CANCELLED, "");
}
