/*
 * The sender:
 *
 *	        kick                 SubmitReport             answer
 *	IDLE ---------> head of queue -----------> IN FLIGHT ---------> verify, write down
 *	  ^                                                                     |
 *	  '---- timer, when the next may be tried <-----------------------------'
 *
 * What can go wrong, and who has to act:
 *
 *  - Unreachable, busy, outcome unknown: kept, tried again with back-off. Sending twice
 *    is safe: the centre answers with the first receipt.
 *  - Refused for good: out of the queue with its findings; the district corrects.
 *  - Certificate, key or version: held; an operator mends it, and it goes on rarely.
 *  - A receipt that does not verify or is about another report: not believed; held.
 *  - The store cannot be written (disk full): the receipt is asked for again later.
 *  - A correction of a report that waits itself: not sent before that one's outcome is
 *    known; then it names its receipt and is signed.
 */
#include "client/agent/sender.h"

#include <stdlib.h>

#include "duban/v1/reports.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/answer.h"
#include "client/agent/findings_json.h"
#include "client/agent/making.h"
#include "client/agent/retry.h"
#include "client/why.h"
#include "model/wire.h"

#define MEMORY_MAX (16u * 1024 * 1024) /* for one report and its answer */

struct sender {
	unsigned magic;
#define SENDER_MAGIC 0x5e4d3a17U
	struct sender_options options;
	uv_timer_t timer;
	struct centre_call call;
	bool in_flight, closing, timer_closed;
	unsigned store_failures;
	struct arena arena; /* of the report in flight */
	struct queue_entry entry;
};

static int complete(struct sender *sender);
static void on_timer(uv_timer_t *timer);
static void on_answer(struct centre_call *call, const struct rpc_status *status);
static int take_receipt(struct sender *sender, struct bytes answer);
static int write_receipt(struct sender *sender, struct bytes receipt,
                         const struct receipt_body *body);
static int take_refusal(struct sender *sender, const struct rpc_status *status);
static int keep(struct sender *sender, bool held, const char *error);
static void store_failed(struct sender *sender);
static void wait_until(struct sender *sender, int64_t wall_at);
static void on_timer_closed(uv_handle_t *handle);
static void release(struct sender *sender);

int sender_create(const struct sender_options *options, struct sender **ret_sender)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return E_NOMEM;
	sender->magic = SENDER_MAGIC;
	sender->options = *options;
	(void)uv_timer_init(options->loop, &sender->timer);
	sender->timer.data = sender;
	arena_init(&sender->arena, MEMORY_MAX);
	*ret_sender = sender;
	return 0;
}

bool sender_is_busy(const struct sender *sender)
{
	return sender->in_flight;
}

void sender_kick(struct sender *sender)
{
	int64_t now = agent_wall_now();
	int r;

	CHECK_MAGIC(sender, SENDER_MAGIC);
	if (sender->in_flight || sender->closing)
		return;
	arena_finish(&sender->arena);
	r = queue_head(sender->options.store, &sender->arena, &sender->entry);
	if (r == E_NOT_FOUND)
		return;
	if (r < 0) {
		store_failed(sender);
		return;
	}
	if (sender->entry.follows != 0 && complete(sender) < 0) {
		store_failed(sender);
		return;
	}
	if (sender->entry.wall_next_at > now) {
		wait_until(sender, sender->entry.wall_next_at);
		return;
	}
	sender->call.done = on_answer;
	r = centre_call(sender->options.centre, &sender->call, "Reports/SubmitReport",
	                sender->entry.request, CENTRE_ANSWER_MAX);
	sender->in_flight = r == 0;
	if (r < 0)
		wait_until(sender, now + sender->options.settings->retry_first);
}

/* The one before it has its outcome: now this one can name its receipt. */
static int complete(struct sender *sender)
{
	struct queue_entry entry;
	int r = making_complete(&sender->arena, sender->options.store,
	                        *sender->options.signer, &sender->entry, &entry);

	if (r == 0)
		sender->entry = entry;
	return r;
}

/* A clock that was set back must not make a report wait for longer than any back-off. */
static void wait_until(struct sender *sender, int64_t wall_at)
{
	int64_t most = (int64_t)sender->options.settings->retry_max * RETRY_HELD_FACTOR;
	int64_t left = wall_at - agent_wall_now();

	if (left > most) {
		left = most;
		(void)queue_hurry(sender->options.store, false);
	}
	(void)uv_timer_start(&sender->timer, on_timer, (uint64_t)(left > 0 ? left : 0),
	                     0);
}

static void on_timer(uv_timer_t *timer)
{
	sender_kick(timer->data);
}

static void on_answer(struct centre_call *call, const struct rpc_status *status)
{
	struct sender *sender = container_of(call, struct sender, call);
	int r;

	CHECK_MAGIC(sender, SENDER_MAGIC);
	sender->in_flight = false;
	if (sender->closing) { /* it stays in the queue as it was */
		release(sender);
		return;
	}
	r = status->code == RPC_OK ? take_receipt(sender, call->answer)
	                           : take_refusal(sender, status);
	if (r == 0)
		r = queue_get(sender->options.store, &sender->arena, sender->entry.row,
		              &sender->entry);
	if (r < 0) {
		store_failed(sender);
		return;
	}
	sender->store_failures = 0;
	if (sender->options.tried != NULL)
		sender->options.tried(sender->options.context, &sender->entry);
	if (!sender->closing)
		(void)uv_timer_start(&sender->timer, on_timer, 0, 0);
}

static int take_receipt(struct sender *sender, struct bytes answer)
{
	const Duban__V1__SubmitReportResponse *response;
	const struct receipt_body *body;
	const char *why = NULL;
	ProtobufCMessage *message;
	struct bytes receipt;
	int r = wire_unpack(&sender->arena,
	                    &duban__v1__submit_report_response__descriptor, answer,
	                    WIRE_LENIENT, &message, &why);

	response = r == 0 ? (const Duban__V1__SubmitReportResponse *)message : NULL;
	if (r == 0 && response->receipt == NULL)
		r = E_SYNTAX;
	if (r == 0)
		r = wire_pack(&sender->arena, &response->receipt->base, &receipt);
	if (r == 0)
		r = receipt_verify(&sender->arena, centre_trust(sender->options.centre),
		                   receipt, sender->entry.report_id,
		                   sender->entry.payload, agent_wall_now() / 1000, &body);
	switch (r) {
	case 0:
		return write_receipt(sender, receipt, body);
	case E_NOMEM:
		return keep(sender, false, text_err(r));
	case E_REFUSED:
		return keep(sender, true,
		            _("回执不是这份报表的，不予采信；请报告中心端"));
	default:
		return keep(
			sender, true,
			arena_printf(&sender->arena,
		                     _("回执未通过验证（%s），不予采信；请核对 CA 证书"
		                       "，并报告中心端"),
		                     text_err(r)));
	}
}

static int write_receipt(struct sender *sender, struct bytes receipt,
                         const struct receipt_body *body)
{
	const char *findings = findings_dump(&sender->arena, body->findings);

	if (findings == NULL)
		return E_NOMEM;
	return queue_acknowledge(sender->options.store, sender->entry.row, receipt, body,
	                         findings, agent_wall_now());
}

static int take_refusal(struct sender *sender, const struct rpc_status *status)
{
	const char *why = centre_why(sender->options.centre);
	const char *findings;
	struct answer answer;

	answer_read(&sender->arena, status, &answer);
	if (status->code == RPC_UNAVAILABLE && why[0] != '\0')
		answer.message = arena_printf(&sender->arena, _("无法连接中心端：%s"),
		                              why_text(&sender->arena, why));
	if (answer.policy != ERR_GIVE_UP)
		return keep(sender, answer.policy == ERR_HOLD, answer.message);
	findings = findings_dump(&sender->arena, answer.findings.first);
	if (findings == NULL)
		return E_NOMEM;
	return queue_refuse(sender->options.store, sender->entry.row, answer.message,
	                    findings, agent_wall_now());
}

static int keep(struct sender *sender, bool held, const char *error)
{
	const struct retry_bounds bounds = {.first =
	                                            sender->options.settings->retry_first,
	                                    .max = sender->options.settings->retry_max};
	uint32_t chance = agent_chance();
	int64_t delay;

	delay = held ? retry_held_delay(&bounds, chance)
	             : retry_delay(&bounds, sender->entry.attempts + 1, chance);
	return queue_retry(sender->options.store, sender->entry.row,
	                   agent_wall_now() + delay, held, error != NULL ? error : "");
}

static void store_failed(struct sender *sender)
{
	const struct retry_bounds bounds = {.first =
	                                            sender->options.settings->retry_first,
	                                    .max = sender->options.settings->retry_max};

	if (sender->options.failed != NULL)
		sender->options.failed(sender->options.context,
		                       store_why(sender->options.store));
	sender->store_failures++;
	if (!sender->closing)
		wait_until(sender,
		           agent_wall_now() +
		                   retry_delay(&bounds, sender->store_failures, 0));
}

void sender_close(struct sender *sender)
{
	if (sender == NULL || sender->closing)
		return;
	CHECK_MAGIC(sender, SENDER_MAGIC);
	sender->closing = true;
	if (sender->in_flight)
		centre_call_cancel(&sender->call);
	uv_close((uv_handle_t *)&sender->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct sender *sender = handle->data;

	CHECK_MAGIC(sender, SENDER_MAGIC);
	sender->timer_closed = true;
	release(sender);
}

/* When neither the timer nor the call in flight will come back. */
static void release(struct sender *sender)
{
	if (!sender->timer_closed || sender->in_flight)
		return;
	arena_finish(&sender->arena);
	sender->magic = 0;
	free(sender);
}
