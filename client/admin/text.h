/* Values of the contract as words for people, and as fixed English keys for programs. */
#ifndef DUBAN_CLIENT_ADMIN_TEXT_H
#define DUBAN_CLIENT_ADMIN_TEXT_H

#include <duban/v1/alerts.pb-c.h>
#include <duban/v1/board.pb-c.h>
#include <duban/v1/common.pb-c.h>
#include <duban/v1/problems.pb-c.h>
#include <duban/v1/report.pb-c.h>
#include <duban/v1/reviews.pb-c.h>
#include <stdbool.h>
#include <stdint.h>

struct admin;
struct quantity;

/* Offices here keep one clock: China Standard Time. */
#define TEXT_UTC_OFFSET 480

/* "2022-10-08 17:30"; "" for 0. With --json ISO 8601: "2022-10-08T17:30:00+08:00". */
const char *text_instant(struct admin *admin, int64_t ms);
/* What --known-at says: an instant, or a day, which means its end; NULL: 0, now.
 * ADMIN_USAGE, and the user was told, when it is neither. */
int text_known_at(const char *text, int64_t *ret_ms);
/* "约27.28万户"; "" for NULL. */
const char *text_quantity(struct admin *admin, const Duban__V1__Quantity *quantity);
/* The same, with --json "272800" alone: its unit is a column of its own. */
const char *text_value(struct admin *admin, const struct quantity *quantity);
const char *text_number(struct admin *admin, uint64_t number);
const char *text_flag(bool flag); /* for a TABLE_FLAG; static */
const char *text_bytes(struct admin *admin, const ProtobufCBinaryData *data); /* hex */

/* Static; with --json the English word. */
const char *text_light(const struct admin *admin, Duban__V1__Light light);
/* "" when nothing is waited for. */
const char *text_wait(const struct admin *admin, Duban__V1__FigureWait wait);
const char *text_city_state(const struct admin *admin, Duban__V1__CityState state);
const char *text_timeliness(const struct admin *admin, Duban__V1__Timeliness timeliness);
const char *text_report_kind(const struct admin *admin, Duban__V1__ReportKind kind);
const char *text_review_step(const struct admin *admin, Duban__V1__ReviewStep step);
/* FigureStanding has the same numbers. */
const char *text_standing(const struct admin *admin, Duban__V1__Standing standing);
const char *text_alert_kind(const struct admin *admin, Duban__V1__AlertKind kind);
/* "stream", "email", "webhook"; "waiting", "sent", "failed". */
const char *text_channel(const struct admin *admin, const char *channel);
const char *text_delivery(const struct admin *admin, const char *state);
/* The same kind by its key, of @len bytes, as StepClock names it; or the text itself. */
const char *text_alert_key(const struct admin *admin, const char *key, size_t len);
const char *text_problem_kind(const struct admin *admin, Duban__V1__ProblemKind kind);
const char *text_problem_state(const struct admin *admin, Duban__V1__ProblemState state);
const char *text_problem_act(const struct admin *admin, Duban__V1__ProblemAct act);
const char *text_severity(const struct admin *admin, Duban__V1__Severity severity);

#endif
