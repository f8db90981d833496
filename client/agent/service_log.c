/*
 * What the service tells: one line an event, to its log; and what must be remembered of
 * it, to the store. No names of persons, no figures.
 */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "client/agent/granted.h"
#include "client/agent/inbox.h"
#include "client/agent/remind.h"
#include "client/agent/service.h"
#include "client/timeliness.h"

static bool has_report(void *context, const struct plan_section *section,
                       const struct period *period);
static void adjust(void *context, const struct plan_section *section,
                   const struct period *period, struct period_times *times);
static void remind_once(void *context, const struct remind_item *item);

void service_on_tried(void *context, const struct queue_entry *entry)
{
	struct service *service = context;
	bool kept = entry->state == QUEUE_WAITING;
	const char *what = queue_state_name(entry->state);
	char next[24];

	CHECK_MAGIC(service, SERVICE_MAGIC);
	if (kept)
		what = entry->held ? "held" : "kept";
	(void)snprintf(next, sizeof(next), "%llds",
	               (long long)(entry->wall_next_at - agent_wall_now()) / 1000);
	log_event(entry->state == QUEUE_ACKNOWLEDGED ? LOG_INFO : LOG_WARN, "report",
	          log_str("state", what), log_str("section", entry->section),
	          log_str("period", entry->period), log_str("file", entry->source),
	          log_hex("report_id", bytes_of(entry->report_id, REPORT_ID_SIZE)),
	          log_str("number", entry->number[0] != '\0' ? entry->number : NULL),
	          log_str("timeliness", entry->state != QUEUE_ACKNOWLEDGED
	                                        ? NULL
	                                        : timeliness_key(entry->timeliness)),
	          log_int("attempts", entry->attempts),
	          log_str("next", kept ? next : NULL),
	          log_str("error", entry->error[0] != '\0' ? entry->error : NULL));
	/* Another of the unit may have been first: then it is here at the next try. */
	if (entry->state == QUEUE_REFUSED)
		(void)catch_up_start(&service->catch_up);
	if (!kept && service->spool != NULL)
		spool_scan(service->spool);
}

void service_on_store_failed(void *context, const char *why)
{
	(void)context;
	log_event(LOG_ERROR, "store_failed", log_str("why", why),
	          log_str("action",
	                  "make room or mend the state folder; nothing is lost"));
}

void service_on_state(void *context, enum rpc_channel_state state, const char *why)
{
	static const char *const names[] = {[RPC_IDLE] = "idle",
	                                    [RPC_CONNECTING] = "connecting",
	                                    [RPC_READY] = "ready",
	                                    [RPC_BACKING_OFF] = "backing_off"};
	struct service *service = context;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	log_event(state == RPC_BACKING_OFF ? LOG_WARN
	          : state == RPC_READY     ? LOG_INFO
	                                   : LOG_DEBUG,
	          "link", log_str("state", names[state]),
	          log_str("why", why[0] != '\0' ? why : NULL));
	if (store_begin(service->store) < 0)
		return;
	if (store_set_text(service->store, "link", names[state]) < 0 ||
	    store_set_text(service->store, "link_why", why) < 0 ||
	    store_set(service->store, "link_wall_at", agent_wall_now()) < 0) {
		store_rollback(service->store);
		return;
	}
	(void)store_commit(service->store);
}

void service_on_alert(void *context, const Duban__V1__Alert *alert)
{
	struct service *service = context;
	/* A return; or an answer, which may have taken one back. */
	bool is_news = alert->kind == DUBAN__V1__ALERT_KIND__ALERT_KIND_REPORT_RETURNED ||
	               alert->kind == DUBAN__V1__ALERT_KIND__ALERT_KIND_REQUEST_ANSWERED;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	log_event(LOG_WARN, "alert", log_int("cursor", (int64_t)alert->cursor),
	          log_str("kind", inbox_kind_key((int)alert->kind)),
	          log_int("level", alert->level), log_str("section", alert->section),
	          log_str("period", alert->period[0] != '\0' ? alert->period : NULL),
	          log_str("target", alert->target[0] != '\0' ? alert->target : NULL),
	          log_str("title", alert->title));
	if (is_news) /* what is to be mended and why, or no more */
		(void)catch_up_start(&service->catch_up);
}

void service_on_caught_up(struct catch_up *catch_up, int status, unsigned news,
                          const char *why)
{
	struct service *service = catch_up->context;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	if (status < 0 && !service->stopping)
		log_event(LOG_INFO, "catch_up_failed", log_str("why", why));
	else if (news > 0)
		log_event(LOG_INFO, "caught_up", log_int("news", news));
}

void service_on_stream_ended(void *context, const char *why)
{
	struct service *service = context;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	log_event(LOG_INFO, "alerts_ended", log_str("why", why));
}

void service_on_queued(void *context, const struct queue_entry *entry)
{
	struct service *service = context;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	log_event(LOG_INFO, "queued", log_str("section", entry->section),
	          log_str("period", entry->period), log_str("file", entry->source),
	          log_hex("report_id", bytes_of(entry->report_id, REPORT_ID_SIZE)));
	sender_kick(service->sender);
}

void service_on_filed(void *context, const char *name, const char *outcome)
{
	(void)context;
	log_event(strcmp(outcome, "accepted") == 0 ? LOG_INFO : LOG_WARN, "filed",
	          log_str("file", name), log_str("outcome", outcome));
}

void service_on_spool_failed(void *context, const char *name, const char *why)
{
	(void)context;
	log_event(LOG_ERROR, "spool_failed", log_str("file", name), log_str("why", why));
}

void service_remind(struct service *service)
{
	const struct remind_query query = {
		.plan = service->plan.plan,
		.unit = service->agent->settings.unit,
		.now = store_plan_now(service->store, agent_wall_now()),
		.has = has_report,
		.visit = remind_once,
		.adjust = adjust,
		.context = service,
	};

	if (service->plan.plan != NULL)
		remind_find(&query);
}

static bool has_report(void *context, const struct plan_section *section,
                       const struct period *period)
{
	struct service *service = context;
	char text[PERIOD_TEXT_MAX];

	period_print(period, text);
	return queue_has(service->store, service->plan.plan->id, section->id, text);
}

static void adjust(void *context, const struct plan_section *section,
                   const struct period *period, struct period_times *times)
{
	struct service *service = context;

	granted_times(service->store, service->plan.plan, section, period, times);
}

/* Written down before it is said, so that a restart does not say it again. */
static void remind_once(void *context, const struct remind_item *item)
{
	struct service *service = context;
	char period[PERIOD_TEXT_MAX], due[INSTANT_TEXT_MAX];
	int r;

	period_print(&item->period, period);
	r = store_run(service->store,
	              SQL("INSERT OR IGNORE INTO reminder (plan, section, period, stage, "
	                  "plan_at) VALUES (?1, ?2, ?3, ?4, ?5)",
	                  sql_text(service->plan.plan->id), sql_text(item->section->id),
	                  sql_text(period), sql_int(item->stage),
	                  sql_int(store_plan_now(service->store, agent_wall_now()))),
	              NULL, NULL);
	if (r < 0) {
		service_on_store_failed(service, store_why(service->store));
		return;
	}
	if (store_changed(service->store) == 0)
		return;
	instant_print(item->times.due, service->plan.plan->utc_offset, due);
	log_event(LOG_WARN, "owed", log_str("section", item->section->id),
	          log_str("name", item->section->name), log_str("period", period),
	          log_str("stage", remind_stage_name(item->stage)), log_str("due", due));
}
