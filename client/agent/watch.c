/*
 * The alert stream:
 *
 *	cursor from the store -> WatchAlerts ~ ~> event: alert + cursor kept together
 *	          ^                                      clock, plan change
 *	          '---- timer with back-off <---- end
 *
 * What can go wrong, and who has to act: the line breaks, or the centre restarts (opened
 * again, nothing is missed); the store cannot be written (the stream is ended without
 * moving the cursor, so that the alert comes again when there is room).
 */
#include "client/agent/watch.h"

#include <stdlib.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/inbox.h"
#include "client/agent/retry.h"
#include "model/wire.h"

#define EVENT_MEMORY_MAX (4u * 1024 * 1024)

struct watch {
	unsigned magic;
#define WATCH_MAGIC 0x3a7c4001U
	struct watch_options options;
	struct rpc_request request;
	uv_timer_t timer;
	unsigned failures; /* in a row, without an event between */
	bool open, closing, timer_closed;
};

static void start(struct watch *watch);
static void on_event(struct rpc_request *request, struct bytes message);
static int take_event(struct watch *watch, const Duban__V1__WatchAlertsResponse *event);
static int take_alert(struct watch *watch, const Duban__V1__Alert *alert);
static void on_ended(struct rpc_request *request, const struct rpc_status *status,
                     const struct rpc_metadata *trailers);
static void start_later(struct watch *watch);
static void on_timer(uv_timer_t *timer);
static void on_timer_closed(uv_handle_t *handle);
static void release(struct watch *watch);

int watch_create(const struct watch_options *options, struct watch **ret_watch)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return E_NOMEM;
	watch->magic = WATCH_MAGIC;
	watch->options = *options;
	(void)uv_timer_init(options->loop, &watch->timer);
	watch->timer.data = watch;
	(void)uv_timer_start(&watch->timer, on_timer, 0, 0);
	*ret_watch = watch;
	return 0;
}

static void on_timer(uv_timer_t *timer)
{
	start(timer->data);
}

static void start(struct watch *watch)
{
	Duban__V1__WatchAlertsRequest request = DUBAN__V1__WATCH_ALERTS_REQUEST__INIT;
	AUTO(arena_finishp) struct arena arena;
	struct bytes body;
	int r;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	arena_init(&arena, 64u * 1024);
	request.after = inbox_cursor(watch->options.store);
	watch->request = (struct rpc_request){
		.path = "/duban.v1.Alerts/WatchAlerts",
		.kind = RPC_SERVER_STREAMING,
		.wait_for_ready = true,
		.message = on_event,
		.done = on_ended,
	};
	r = wire_pack(&arena, &request.base, &body);
	if (r == 0)
		r = rpc_request_unary(centre_channel(watch->options.centre),
		                      &watch->request, body);
	watch->open = r == 0;
	if (r < 0) {
		watch->options.ended(watch->options.context, err_text(r));
		start_later(watch);
	}
}

static void on_event(struct rpc_request *request, struct bytes message)
{
	struct watch *watch = container_of(request, struct watch, request);
	AUTO(arena_finishp) struct arena arena;
	ProtobufCMessage *event;
	int r;

	CHECK_MAGIC(watch, WATCH_MAGIC);
	arena_init(&arena, EVENT_MEMORY_MAX);
	if (watch->closing)
		return;
	r = wire_unpack(&arena, &duban__v1__watch_alerts_response__descriptor, message,
	                WIRE_LENIENT, &event, NULL);
	if (r == 0)
		r = take_event(watch, (const Duban__V1__WatchAlertsResponse *)event);
	if (r < 0)
		rpc_request_cancel(request);
	else
		watch->failures = 0;
}

static int take_event(struct watch *watch, const Duban__V1__WatchAlertsResponse *event)
{
	const struct watch_options *options = &watch->options;
	int r;

	switch (event->event_case) {
	case DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_ALERT:
		return take_alert(watch, event->alert);
	case DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_CLOCK:
		r = store_set_plan_time(options->store, event->clock->plan_at,
		                        event->clock->rehearsal, agent_wall_now());
		if (r == 0)
			options->clock(options->context, event->clock->plan_at,
			               event->clock->rehearsal);
		return r;
	case DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_PLAN_CHANGE:
		options->plan_changed(options->context);
		return 0;
	default:
		return 0; /* an event of a newer centre */
	}
}

static int take_alert(struct watch *watch, const Duban__V1__Alert *alert)
{
	bool is_new;
	int r = inbox_put(watch->options.store, alert, agent_wall_now(), &is_new);

	if (r == 0 && is_new)
		watch->options.alert(watch->options.context, alert);
	return r;
}

static void on_ended(struct rpc_request *request, const struct rpc_status *status,
                     const struct rpc_metadata *trailers)
{
	struct watch *watch = container_of(request, struct watch, request);
	const char *why = status->message != NULL && status->message[0] != '\0'
	                          ? status->message
	                          : rpc_code_name(status->code);

	(void)trailers;
	CHECK_MAGIC(watch, WATCH_MAGIC);
	watch->open = false;
	if (watch->closing) {
		release(watch);
		return;
	}
	watch->options.ended(watch->options.context, why);
	start_later(watch);
}

static void start_later(struct watch *watch)
{
	const struct retry_bounds bounds = {.first = watch->options.settings->retry_first,
	                                    .max = watch->options.settings->retry_max};

	watch->failures++;
	(void)uv_timer_start(
		&watch->timer, on_timer,
		(uint64_t)retry_delay(&bounds, watch->failures, agent_chance()), 0);
}

void watch_close(struct watch *watch)
{
	if (watch == NULL || watch->closing)
		return;
	CHECK_MAGIC(watch, WATCH_MAGIC);
	watch->closing = true;
	if (watch->open)
		rpc_request_cancel(&watch->request);
	uv_close((uv_handle_t *)&watch->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct watch *watch = handle->data;

	watch->timer_closed = true;
	release(watch);
}

static void release(struct watch *watch)
{
	if (!watch->timer_closed || watch->open)
		return;
	watch->magic = 0;
	free(watch);
}
