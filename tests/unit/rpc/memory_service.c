/*
 * What the server of a memory world does: echoes, fails with details, counts more than
 * fits at once, adds up, answers in a chat; and counts the calls that it saw begin and
 * end.
 */
#include "memory_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/server.h"
#include "rpc/status_details.h"

static char huge[MEMORY_SERVICE_TEXT + 1];

static struct memory_service *service_of(struct test_typed *service)
{
	return container_of(service, struct memory_service, typed);
}

static void on_begun(struct test_typed *service, struct rpc_call *call)
{
	(void)call;
	service_of(service)->begun++;
}

static void on_closed(struct test_typed *service, struct rpc_call *call)
{
	(void)call;
	service_of(service)->closed++;
}

static void refuse(struct rpc_call *call, int err)
{
	rpc_call_refuse(call, (enum rpc_code)err_grpc(err), err_text(err));
}

static void serve_fail(struct rpc_call *call)
{
	struct rpc_detail detail = {"test.Detail", bytes_of_str("because")};
	struct rpc_status status = {.code = RPC_FAILED_PRECONDITION,
	                            .message = "第一 100%"};
	int r = rpc_status_set_details(rpc_call_arena(call), &status, &detail, 1);

	if (r < 0)
		refuse(call, r);
	else
		rpc_call_finish(call, &status);
}

static void serve_echo(struct test_typed *service, struct rpc_call *call,
                       const Test__Node *request)
{
	const struct bytes *word = rpc_metadata_find(rpc_call_metadata(call), "x-word");
	int r;

	(void)service;
	if (strcmp(request->text, "fail") == 0) {
		serve_fail(call);
		return;
	}
	assert_non_null(word);
	r = rpc_call_add_header(call, "x-head-bin", bytes_of("\0\1\2", 3));
	if (r == 0)
		r = rpc_call_add_trailer(call, "x-tail", *word);
	if (r == 0)
		r = rpc_call_compress(call);
	if (r < 0)
		refuse(call, r);
	else
		test_typed_echo_reply(call, request);
}

static void serve_count(struct test_typed *service, struct rpc_call *call,
                        const Test__Node *request)
{
	struct rpc_status ok = {.code = RPC_OK};
	int r = 0;

	(void)service;
	for (size_t i = 0; i < request->n_numbers && (r == 0 || r == E_BUSY); i++) {
		Test__Node reply = TEST__NODE__INIT;

		reply.text = huge;
		reply.n_numbers = 1;
		reply.numbers = &request->numbers[i];
		r = test_typed_count_send(call, &reply);
	}
	if (r < 0 && r != E_BUSY)
		refuse(call, r);
	else
		rpc_call_finish(call, &ok);
}

static void serve_collect(struct test_typed *service, struct rpc_call *call,
                          const Test__Node *request)
{
	(void)call;
	for (size_t i = 0; i < request->n_numbers; i++)
		service_of(service)->sum += request->numbers[i];
}

static void serve_collected(struct test_typed *service, struct rpc_call *call)
{
	Test__Node reply = TEST__NODE__INIT;
	int32_t sum = service_of(service)->sum;

	reply.n_numbers = 1;
	reply.numbers = &sum;
	test_typed_collect_reply(call, &reply);
}

static void serve_chat(struct test_typed *service, struct rpc_call *call,
                       const Test__Node *request)
{
	int r = test_typed_chat_send(call, request);

	(void)service;
	if (r < 0 && r != E_BUSY)
		refuse(call, r);
}

static void serve_chat_end(struct test_typed *service, struct rpc_call *call)
{
	struct rpc_status ok = {.code = RPC_OK};

	(void)service;
	rpc_call_finish(call, &ok);
}

static const struct test_typed_handlers handlers = {
	.echo = {.begun = on_begun, .message = serve_echo, .closed = on_closed},
	.count = {.begun = on_begun, .message = serve_count, .closed = on_closed},
	.collect = {.begun = on_begun,
                    .message = serve_collect,
                    .half_closed = serve_collected,
                    .closed = on_closed},
	.chat = {.begun = on_begun,
                 .message = serve_chat,
                 .half_closed = serve_chat_end,
                 .closed = on_closed},
};

void memory_service_init(struct memory_service *service)
{
	memset(huge, 'y', MEMORY_SERVICE_TEXT);
	test_typed_init(&service->typed, &handlers, NULL);
}
