/* Stored alerts as messages, and the three events of a stream. */
#include "server/alert_message.h"

#include "model/wire.h"
#include "server/message.h"

static int fill_deliveries(struct arena *arena, const struct alert_row *row,
                           Duban__V1__Alert *message);
static struct bytes pack(struct arena *arena,
                         const Duban__V1__WatchAlertsResponse *event);

Duban__V1__Alert *alert_message(struct arena *arena, const struct alert_row *row)
{
	Duban__V1__Alert *message = arena_new(arena, Duban__V1__Alert);

	if (message == NULL)
		return NULL;
	duban__v1__alert__init(message);
	message->cursor = (uint64_t)row->cursor;
	message->kind = (Duban__V1__AlertKind)row->kind;
	message->level = row->level;
	message->recipient = message_text(row->recipient);
	message->plan = message_text(row->plan);
	message->unit = message_text(row->unit);
	message->section = message_text(row->section);
	message->period = message_text(row->period);
	message->target = message_text(row->target);
	message->subject = message_text(row->subject);
	message->decided_at = row->decided_at;
	message->due_at = row->due_at;
	message->cleared_at = row->cleared_at;
	message->title = message_text(row->title);
	message->text = message_text(row->text);
	message->sample = row->sample;
	return fill_deliveries(arena, row, message) == 0 ? message : NULL;
}

static int fill_deliveries(struct arena *arena, const struct alert_row *row,
                           Duban__V1__Alert *message)
{
	message->deliveries =
		arena_new_array(arena, row->delivery_count, Duban__V1__Delivery *);
	if (message->deliveries == NULL)
		return -1;
	for (size_t i = 0; i < row->delivery_count; i++) {
		const struct delivery_row *from = &row->deliveries[i];
		Duban__V1__Delivery *to = arena_new(arena, Duban__V1__Delivery);

		if (to == NULL)
			return -1;
		duban__v1__delivery__init(to);
		to->channel = message_text(from->channel);
		to->address = message_text(from->address);
		to->state = message_text(from->state);
		to->error = message_text(from->error);
		to->attempts = from->attempts;
		to->wall_at = from->wall_at;
		message->deliveries[message->n_deliveries++] = to;
	}
	return 0;
}

struct bytes alert_event(struct arena *arena, const struct alert_row *row)
{
	Duban__V1__WatchAlertsResponse event = DUBAN__V1__WATCH_ALERTS_RESPONSE__INIT;

	event.event_case = DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_ALERT;
	event.alert = alert_message(arena, row);
	return event.alert != NULL ? pack(arena, &event) : bytes_of(NULL, 0);
}

struct bytes alert_clock_event(struct arena *arena, int64_t plan_at, bool rehearsal)
{
	Duban__V1__WatchAlertsResponse event = DUBAN__V1__WATCH_ALERTS_RESPONSE__INIT;
	Duban__V1__Clock clock = DUBAN__V1__CLOCK__INIT;

	clock.plan_at = plan_at;
	clock.rehearsal = rehearsal;
	event.event_case = DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_CLOCK;
	event.clock = &clock;
	return pack(arena, &event);
}

struct bytes alert_plan_event(struct arena *arena, const char *plan, uint32_t version)
{
	Duban__V1__WatchAlertsResponse event = DUBAN__V1__WATCH_ALERTS_RESPONSE__INIT;
	Duban__V1__PlanChange change = DUBAN__V1__PLAN_CHANGE__INIT;

	change.plan = message_text(plan);
	change.version = version;
	event.event_case = DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_PLAN_CHANGE;
	event.plan_change = &change;
	return pack(arena, &event);
}

static struct bytes pack(struct arena *arena, const Duban__V1__WatchAlertsResponse *event)
{
	struct bytes packed = {.data = NULL, .len = 0};

	if (wire_pack(arena, &event->base, &packed) < 0)
		return bytes_of(NULL, 0);
	return packed;
}
