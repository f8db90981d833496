/*
 * StepClock: a rehearsal's time, from one instant to the next.
 *
 *	.-> judge what is due now ~ ~> step, one transaction ~ ~> follow it ~ ~>
 *	|         unfinished  |
 *	'---------------------'       judge the new instant ~ ~> deliver ~ ~> answer
 *
 * The answer says that everything that the new instant asks has been decided, and that
 * what went out by e-mail or webhook has been tried once, unless a rate limit or a
 * channel that is out of order holds it back.
 *
 * What can go wrong, and who has to act:
 *
 *  - Not a rehearsal, or the caller takes another time for the present: refused, nothing
 *    moved. The caller reads the status and decides again.
 *  - The database goes away in the middle: UNAVAILABLE. The clock may have moved; the
 *    caller names `from` and finds out.
 *  - The caller hangs up: the step goes on to its end; the answer is dropped.
 */
#include "server/administration.h"

#include "duban/v1/administration.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/judge.h"
#include "server/message.h"
#include "server/presence.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_clock.h"
#include "server/watch.h"

#define STEP_TRIES_MAX 20 /* judgements of the present before it is given up */

/* One StepClock in flight. Lives in the call's arena. */
struct step {
	unsigned magic;
#define STEP_MAGIC 0x3d9c7be4U
	struct server *srv;
	struct rpc_call *call;
	struct judge_wait judged;
	struct store_clock_step clock;
	struct clock_wait followed;
	struct deliver_wait delivered;
	unsigned tries;
};

static void on_present_judged(struct judge_wait *wait, int status);
static void on_stepped(struct store_clock_step *clock, int status);
static void follow(struct step *step);
static void on_followed(struct clock_wait *wait, int status);
static void on_new_judged(struct judge_wait *wait, int status);
static void on_delivered(struct deliver_wait *wait, int status);
static void answer(struct step *step);
static void refuse_step(struct step *step, int err, const char *why);

void administration_step_handle(struct server *srv, struct rpc_call *call,
                                struct bytes body)
{
	struct step *step = arena_new(rpc_call_arena(call), struct step);
	const char *why = NULL;
	ProtobufCMessage *request;
	int r = step != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__step_clock_request__descriptor, body,
		                 &request, &why);
	if (r == 0 && !clock_is_rehearsal(srv->clock)) {
		r = E_STATE;
		why = "这不是演练：方案时间就是实际时间，不能拨动";
	}
	if (r < 0) {
		refuse_because(call, r, NULL, why);
		return;
	}
	step->magic = STEP_MAGIC;
	step->srv = srv;
	step->call = call;
	step->clock.from = ((Duban__V1__StepClockRequest *)request)->from;
	step->clock.to = ((Duban__V1__StepClockRequest *)request)->to;
	step->clock.arena = rpc_call_arena(call);
	step->clock.done = on_stepped;
	step->judged.done = on_present_judged;
	step->delivered.done = on_delivered;
	judge_settle(srv->judge, &step->judged);
}

static void on_present_judged(struct judge_wait *wait, int status)
{
	struct step *step = container_of(wait, struct step, judged);

	CHECK_MAGIC(step, STEP_MAGIC);
	step->clock.span = presence_span(step->srv->presence);
	if (status == 0)
		status = store_clock_step(step->srv->store, &step->clock);
	if (status < 0)
		refuse_step(step, status, NULL);
}

static void on_stepped(struct store_clock_step *clock, int status)
{
	struct step *step = container_of(clock, struct step, clock);

	CHECK_MAGIC(step, STEP_MAGIC);
	if (status < 0) {
		refuse_step(step, status, NULL);
		return;
	}
	switch (clock->outcome) {
	case CLOCK_STEPPED:
	case CLOCK_AT_END:
		follow(step);
		return;
	case CLOCK_UNFINISHED:
		if (step->tries++ < STEP_TRIES_MAX)
			judge_settle(step->srv->judge, &step->judged);
		else
			refuse_step(step, E_BUSY, "当前时刻仍有未判定的事项，请稍后再试");
		return;
	case CLOCK_NOT_FROM:
		refuse_step(step, E_STATE, "方案时间已不是 from 所写的时刻");
		return;
	case CLOCK_TO_IS_PAST:
		step->magic = 0;
		service_note(step->call, E_RANGE);
		rpc_call_refuse(step->call, RPC_OUT_OF_RANGE, "to 早于当前方案时间");
		return;
	}
}

/* Ours first, without waiting for the notification. */
static void follow(struct step *step)
{
	step->followed.done = on_followed;
	clock_refresh(step->srv->clock, &step->followed);
}

static void on_followed(struct clock_wait *wait, int status)
{
	struct step *step = container_of(wait, struct step, followed);

	CHECK_MAGIC(step, STEP_MAGIC);
	if (status < 0) {
		refuse_step(step, status, NULL);
		return;
	}
	step->judged.done = on_new_judged;
	judge_settle(step->srv->judge, &step->judged);
}

static void on_new_judged(struct judge_wait *wait, int status)
{
	struct step *step = container_of(wait, struct step, judged);

	CHECK_MAGIC(step, STEP_MAGIC);
	if (status < 0)
		refuse_step(step, status, NULL);
	else
		deliver_settle(step->srv->deliver, &step->delivered);
}

static void on_delivered(struct deliver_wait *wait, int status)
{
	struct step *step = container_of(wait, struct step, delivered);

	CHECK_MAGIC(step, STEP_MAGIC);
	if (status < 0)
		refuse_step(step, status, NULL);
	else
		answer(step);
}

static void answer(struct step *step)
{
	const struct store_clock_step *clock = &step->clock;
	Duban__V1__StepClockResponse response = DUBAN__V1__STEP_CLOCK_RESPONSE__INIT;

	response.plan_at = clock->plan_at;
	response.at_end = clock->at_end;
	response.asked =
		arena_new_array(rpc_call_arena(step->call), clock->asked_count, char *);
	if (response.asked == NULL) {
		refuse_step(step, E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < clock->asked_count; i++)
		response.asked[i] = message_text(clock->asked[i]);
	response.n_asked = clock->asked_count;
	log_event(LOG_INFO, "step", log_int("plan_at", clock->plan_at),
	          log_int("asked", (int64_t)clock->asked_count));
	step->magic = 0;
	service_reply(step->call, &response.base);
}

static void refuse_step(struct step *step, int err, const char *why)
{
	step->magic = 0;
	refuse_because(step->call, err, NULL, why);
}
