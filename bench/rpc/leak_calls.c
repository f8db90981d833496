/*
 * The callers' end of the leak count: a crowd, each of which makes one call after
 *another.
 *
 *	run -> next -> request ... on_message* ... on_done -> next ... -> done
 *
 * What each call is comes from a table that is walked in turn. Two of its rows are
 * cancelled: one at once, so that the server often never sees it, and one in its middle.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "leak.h"

#define CALLERS      64
#define MESSAGE_SIZE 300
#define TIMEOUT      60000 /* ms */

struct sort {
	const char *path;
	enum rpc_kind kind;
	bool cancelled_at_once, cancelled_midway;
};

struct caller {
	struct rpc_request request;
	struct leak_callers *callers;
	const struct sort *sort;
};

struct leak_callers {
	struct rpc_channel *channel;
	uint64_t left, made, cancelled;
	unsigned busy;
	void (*done)(void *context);
	void *context;
	uint8_t message[MESSAGE_SIZE];
	struct caller callers[CALLERS];
};

static void next(struct caller *caller);
static void feed(struct caller *caller);
static void on_message(struct rpc_request *request, struct bytes message);
static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers);

static const struct sort sorts[] = {
	{"/leak/Unary", RPC_UNARY, false, false},
	{"/leak/Down", RPC_SERVER_STREAMING, false, false},
	{"/leak/Up", RPC_CLIENT_STREAMING, false, false},
	{"/leak/Both", RPC_BIDIRECTIONAL, false, false},
	{"/leak/Unary", RPC_UNARY, false, false},
	{"/leak/Unary", RPC_UNARY, true, false},
	{"/leak/Down", RPC_SERVER_STREAMING, false, false},
	{"/leak/Both", RPC_BIDIRECTIONAL, false, true},
	{"/leak/Unary", RPC_UNARY, false, false},
};

struct leak_callers *leak_callers_create(struct rpc_channel *channel)
{
	struct leak_callers *callers = calloc(1, sizeof(*callers));

	if (callers == NULL)
		return NULL;
	callers->channel = channel;
	for (size_t i = 0; i < ARRAY_LEN(callers->callers); i++)
		callers->callers[i].callers = callers;
	return callers;
}

void leak_callers_destroy(struct leak_callers *callers)
{
	free(callers);
}

uint64_t leak_callers_cancelled(const struct leak_callers *callers)
{
	return callers->cancelled;
}

void leak_callers_run(struct leak_callers *callers, uint64_t count,
                      void (*done)(void *context), void *context)
{
	callers->left = count;
	callers->done = done;
	callers->context = context;
	for (size_t i = 0; i < ARRAY_LEN(callers->callers); i++)
		next(&callers->callers[i]);
}

static void next(struct caller *caller)
{
	struct leak_callers *callers = caller->callers;
	struct rpc_request *request = &caller->request;
	struct bytes message = bytes_of(callers->message, MESSAGE_SIZE);
	bool is_one;
	int r;

	if (callers->left == 0)
		return;
	callers->left--;
	callers->busy++;
	caller->sort = &sorts[callers->made++ % ARRAY_LEN(sorts)];
	*request = (struct rpc_request){
		.path = caller->sort->path,
		.kind = caller->sort->kind,
		.timeout = TIMEOUT,
		.wait_for_ready = true,
		.message = on_message,
		.done = on_done,
	};
	is_one = request->kind == RPC_UNARY || request->kind == RPC_SERVER_STREAMING;
	r = is_one ? rpc_request_unary(callers->channel, request, message)
	           : rpc_request_start(callers->channel, request);
	CHECK(r == 0);
	if (!is_one)
		feed(caller);
	if (caller->sort->cancelled_at_once)
		rpc_request_cancel(request);
}

static void feed(struct caller *caller)
{
	struct bytes message = bytes_of(caller->callers->message, MESSAGE_SIZE);

	for (int i = 0; i < LEAK_MESSAGES; i++)
		CHECK(rpc_request_send(&caller->request, message) == 0);
	if (!caller->sort->cancelled_midway)
		rpc_request_half_close(&caller->request);
}

static void on_message(struct rpc_request *request, struct bytes message)
{
	struct caller *caller = container_of(request, struct caller, request);

	CHECK(message.len == MESSAGE_SIZE);
	if (caller->sort->cancelled_midway)
		rpc_request_cancel(request);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	struct caller *caller = container_of(request, struct caller, request);
	struct leak_callers *callers = caller->callers;
	bool cancelled =
		caller->sort->cancelled_at_once || caller->sort->cancelled_midway;

	(void)trailers;
	if (status->code != (cancelled ? RPC_CANCELLED : RPC_OK)) {
		(void)fprintf(stderr, "%s: %s %s\n", request->path,
		              rpc_code_name(status->code),
		              status->message == NULL ? "" : status->message);
		exit(1);
	}
	callers->cancelled += cancelled;
	callers->busy--;
	next(caller);
	if (callers->busy == 0)
		callers->done(callers->context);
}
