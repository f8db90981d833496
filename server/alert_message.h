/* Stored alerts as the contract's messages. Pure. */
#ifndef DUBAN_SERVER_ALERT_MESSAGE_H
#define DUBAN_SERVER_ALERT_MESSAGE_H

#include "duban/v1/alerts.pb-c.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "server/store_alert.h"

/* @row as a message in @arena, borrowing its texts; NULL: no memory. */
Duban__V1__Alert *alert_message(struct arena *arena, const struct alert_row *row);

/* What a stream sends, packed; .data is NULL when there was no memory. */
struct bytes alert_event(struct arena *arena, const struct alert_row *row);
struct bytes alert_clock_event(struct arena *arena, int64_t plan_at, bool rehearsal);
struct bytes alert_plan_event(struct arena *arena, const char *plan, uint32_t version);

#endif
