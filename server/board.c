/*
 * GetBoard:
 *
 *	request -> store ~ ~> (pool) judge, message ~ ~> answer
 *	     \-> the plan as it was ~ ~> store ..., when asked for a past time
 *
 * The judging of a large plan takes a while, so it leaves the loop. It works on a version
 * of the plan that is held for it, and on memory of its own.
 *
 * What can go wrong: no such plan, or several and none named, or it was not published
 * then: NOT_FOUND. A time to come: INVALID_ARGUMENT. The database is
 * away, or too much is waiting: UNAVAILABLE, try again.
 */
#include "server/board.h"

#include <stdlib.h>

#include "duban/v1/board.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call.h"
#include "server/board_indicators.h"
#include "server/board_message.h"
#include "server/clock.h"
#include "server/plan_past.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_board.h"
#include "server/work.h"

#define BOARD_MEMORY_MAX (256u * 1024 * 1024)

/* One GetBoard in flight. */
struct board_call {
	unsigned magic;
#define BOARD_CALL_MAGIC 0x9a40d6e3U
	struct server *srv;
	struct rpc_call *call;
	const struct plan_version *version; /* held */
	struct arena arena;
	struct plan_past past;
	struct store_board store;
	struct work_job job;
	int status;              /* of the job */
	const char *field, *why; /* of a refusal; NULL: as the error says */
	struct bytes message;
};

static int begin(struct board_call *board, const Duban__V1__GetBoardRequest *request);
static bool is_past(const struct plan *plan, int64_t at, int64_t now);
static int begin_past(struct board_call *board);
static void on_past(struct plan_past *past, int status);
static int read_facts(struct board_call *board);
static void on_stored(struct store_board *store, int status);
static void on_pool(struct work_job *job);
static void on_judged(struct work_job *job);
static void end(struct board_call *board, int status, const char *why);

void board_get_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	const char *why = NULL;
	ProtobufCMessage *request;
	struct board_call *board = calloc(1, sizeof(*board));
	int r = board != NULL ? 0 : E_NOMEM;

	if (r < 0) {
		refuse(call, r, NULL);
		return;
	}
	board->magic = BOARD_CALL_MAGIC;
	board->srv = srv;
	board->call = call;
	arena_init(&board->arena, BOARD_MEMORY_MAX);
	r = service_read(call, &duban__v1__get_board_request__descriptor, body, &request,
	                 &why);
	if (r == 0)
		r = begin(board, (const Duban__V1__GetBoardRequest *)request);
	if (r < 0)
		end(board, r, why);
}

static int begin(struct board_call *board, const Duban__V1__GetBoardRequest *request)
{
	const struct plan_version *version = plans_get(board->srv->plans, request->plan);
	int64_t now = clock_now(board->srv->clock);

	if (version == NULL) {
		board->field = "plan";
		board->why = "没有这个方案；有多个方案时请写明";
		return E_NOT_FOUND;
	}
	if (request->known_at < 0 || !is_past(version->plan, request->known_at, now)) {
		board->field = "known_at";
		board->why = "只能查看已经过去的时间";
		return E_RANGE;
	}
	board->version = plan_version_ref(version);
	board->store.now = now;
	if (request->known_at != 0 && request->known_at < now)
		board->store.now = request->known_at;
	return version->applied_at <= board->store.now ? read_facts(board)
	                                               : begin_past(board);
}

/* The end of the present day is what is known now. */
static bool is_past(const struct plan *plan, int64_t at, int64_t now)
{
	return instant_day(at, plan->utc_offset) <= instant_day(now, plan->utc_offset);
}

static int begin_past(struct board_call *board)
{
	board->past.srv = board->srv;
	board->past.plan = board->version->plan->id;
	board->past.at = board->store.now;
	board->past.done = on_past;
	return plan_past_find(&board->past);
}

static void on_past(struct plan_past *past, int status)
{
	struct board_call *board = container_of(past, struct board_call, past);

	CHECK_MAGIC(board, BOARD_CALL_MAGIC);
	if (status == 0) {
		plan_version_unref(board->version);
		board->version = past->version;
		status = read_facts(board);
	} else if (status == E_NOT_FOUND) {
		board->field = "known_at";
		board->why = "那时方案还没有发布";
	}
	if (status < 0)
		end(board, status, NULL);
}

static int read_facts(struct board_call *board)
{
	int r = board_indicators(&board->arena, &board->version->plan, 1,
	                         &board->store.indicators, &board->store.indicator_count);

	if (r < 0)
		return r;
	board->store.plan = board->version->plan->id;
	board->store.arena = &board->arena;
	board->store.done = on_stored;
	return store_board(board->srv->store, &board->store);
}

static void on_stored(struct store_board *store, int status)
{
	struct board_call *board = container_of(store, struct board_call, store);

	CHECK_MAGIC(board, BOARD_CALL_MAGIC);
	board->job.run = on_pool;
	board->job.done = on_judged;
	if (status == 0)
		status = work_submit(board->srv->work, &board->job);
	if (status < 0)
		end(board, status, NULL);
}

static void on_pool(struct work_job *job)
{
	struct board_call *call = container_of(job, struct board_call, job);
	struct board *board;

	call->status = board_judge(&call->arena, call->version->plan, &call->store.facts,
	                           &board);
	if (call->status == 0)
		call->status = board_message(&call->arena, board, call->version->version,
		                             &call->message);
}

static void on_judged(struct work_job *job)
{
	struct board_call *board = container_of(job, struct board_call, job);

	CHECK_MAGIC(board, BOARD_CALL_MAGIC);
	end(board, board->status, NULL);
}

/* The only way out. */
static void end(struct board_call *board, int status, const char *why)
{
	if (status < 0)
		refuse_because(board->call, status, board->field,
		               why != NULL ? why : board->why);
	else
		service_reply_bytes(board->call, board->message);
	plan_version_unref(board->version);
	arena_finish(&board->arena);
	board->magic = 0;
	free(board);
}
