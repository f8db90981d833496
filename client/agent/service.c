/*
 * The service:
 *
 *	spool --> queue <-- submit (other processes; they touch the wake file)
 *	            |
 *	         sender ~ ~> centre ~ ~> watch --> inbox, plan time, plan
 *
 *	open: store, signer, lock, centre -> parts -> READY; SIGTERM: close all, loop
 *empty
 *
 * What can go wrong, and who has to act:
 *
 *  - Another service runs on this state folder: refused at the start.
 *  - The centre is away, for days: nothing to do; everything waits and goes on.
 *  - Disk full: said with each attempt; nothing that was dropped or queued is lost.
 */
#include "client/agent/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "client/agent/making.h"
#include "client/agent/outcome.h"
#include "client/agent/signing.h"
#include "client/agent/sitting.h"
#include "client/why.h"

static int open_state(struct service *service);
static int open_signer(struct service *service);
static void start_handles(struct service *service);
static int wait_for_lock(struct service *service);
static void start_wake(struct service *service);
static int open_parts(struct service *service);
static void on_refreshed(struct refresh *refresh, int status, bool changed,
                         const char *why);
static void on_link(void *context, enum rpc_channel_state state, const char *why);
static void on_clock(void *context, int64_t plan_at, bool rehearsal);
static void on_plan_changed(void *context);
static void on_poll(uv_timer_t *timer);
static void on_wake(uv_fs_event_t *wake, const char *name, int events, int status);
static void on_remind(uv_timer_t *timer);
static void on_others(uv_timer_t *timer);
static void on_stop(uv_signal_t *handle, int number);
static void sign_again(struct service *service);
static void on_reload(uv_signal_t *handle, int number);

int service_open(struct agent *agent, struct service *service)
{
	int code;

	*service = (struct service){.magic = SERVICE_MAGIC, .agent = agent, .lock = -1};
	plan_cached_init(&service->plan);
	code = open_state(service);
	if (code == AGENT_OK)
		code = open_signer(service);
	if (code != AGENT_OK)
		return code;
	CHECK(uv_loop_init(&service->loop) == 0);
	service->loop.data = service;
	start_handles(service);
	code = wait_for_lock(service);
	if (code == AGENT_OK && !service->stopping)
		code = open_parts(service);
	return code;
}

static int open_state(struct service *service)
{
	const struct settings *settings = &service->agent->settings;
	const char *why;
	int r = store_open(settings->state_dir, &service->store, &why);

	if (r < 0)
		return agent_error(_("%s：%s"), settings->state_dir, why);
	r = plan_cache_load(service->store, settings->plan, &service->plan);
	if (r < 0 && r != E_NOT_FOUND)
		log_event(LOG_WARN, "plan_unusable", log_str("why", err_text(r)));
	return AGENT_OK;
}

static int open_signer(struct service *service)
{
	struct signer *signer;
	int code = signing_open(service->agent, &signer);

	if (code != AGENT_OK)
		return code;
	signer_close(service->signer);
	service->signer = signer;
	return AGENT_OK;
}

static void start_handles(struct service *service)
{
	uv_loop_t *loop = &service->loop;

	(void)uv_signal_init(loop, &service->terminate);
	(void)uv_signal_init(loop, &service->interrupt);
	(void)uv_signal_init(loop, &service->hangup);
	(void)uv_fs_event_init(loop, &service->wake);
	(void)uv_timer_init(loop, &service->poll);
	(void)uv_timer_init(loop, &service->remind);
	(void)uv_timer_init(loop, &service->others);
	service->has_handles = true;
	(void)uv_signal_start(&service->terminate, on_stop, SIGTERM);
	(void)uv_signal_start(&service->interrupt, on_stop, SIGINT);
	(void)uv_signal_start(&service->hangup, on_reload, SIGHUP);
}

static void on_lock_timer(uv_timer_t *timer)
{
	(void)timer; /* wakes the loop */
}

/* A command may be sending just now; another service will not go away. */
static int wait_for_lock(struct service *service)
{
	const char *folder = store_folder(service->store);
	uint64_t end = uv_now(&service->loop) + SERVICE_LOCK_MS;

	(void)uv_timer_start(&service->poll, on_lock_timer, SITTING_TICK_MS,
	                     SITTING_TICK_MS);
	service->lock = sitting_take_lock(folder);
	while (service->lock == E_BUSY && !service->stopping &&
	       uv_now(&service->loop) < end) {
		(void)uv_run(&service->loop, UV_RUN_ONCE);
		service->lock = sitting_take_lock(folder);
	}
	(void)uv_timer_stop(&service->poll);
	if (service->lock >= 0 || service->stopping)
		return AGENT_OK;
	if (service->lock == E_BUSY)
		return agent_error(_("%s：另一个 duban-agent 正在使用，不能同时运行两个"),
		                   folder);
	return agent_error(_("%s：无法加锁：%s"), folder, text_errno(errno));
}

/* In a rehearsal time jumps, and a file may be dropped before we hear of it. */
static bool is_time_stale(void *context)
{
	struct service *service = context;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	if (store_get(service->store, "rehearsal", 0) == 0)
		return false;
	return !service->is_time_fresh && refresh_start(&service->refresh) == 0;
}

static void on_scanned(void *context)
{
	struct service *service = context;

	service->is_time_fresh = false;
}

static int open_spool(struct service *service)
{
	const struct settings *settings = &service->agent->settings;
	const struct spool_options options = {
		.loop = &service->loop,
		.settings = settings,
		.store = service->store,
		.signer = &service->signer,
		.plan = &service->plan,
		.queued = service_on_queued,
		.filed = service_on_filed,
		.is_stale = is_time_stale,
		.scanned = on_scanned,
		.failed = service_on_spool_failed,
		.context = service,
	};
	const char *why = "";

	if (settings->spool_dir[0] == '\0')
		return AGENT_OK;
	if (spool_open(&options, &service->spool, &why) < 0)
		return agent_error(_("%s：%s"), settings->spool_dir, why);
	return AGENT_OK;
}

static int open_centre(struct service *service)
{
	const struct centre_options options = {.settings = &service->agent->settings,
	                                       .on_state = on_link,
	                                       .context = service};
	const char *why;

	if (centre_open(&service->loop, &options, &service->centre, &why) < 0)
		return agent_error(_("无法准备与中心端的连接：%s"),
		                   why_text(&service->agent->arena, why));
	refresh_init(&service->refresh, service->centre, service->store,
	             service->agent->settings.plan);
	service->refresh.done = on_refreshed;
	service->refresh.context = service;
	catch_up_init(&service->catch_up, service->centre, service->store,
	              service->agent->settings.unit);
	service->catch_up.done = service_on_caught_up;
	service->catch_up.context = service;
	return AGENT_OK;
}

/* Without it the poll timer finds what others queued, only later. */
static void start_wake(struct service *service)
{
	const char *folder = store_folder(service->store);
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/" SITTING_WAKE, folder);

	sitting_touch_wake(folder);
	if (len > 0 && (size_t)len < sizeof(path))
		(void)uv_fs_event_start(&service->wake, on_wake, path, 0);
}

static int open_parts(struct service *service)
{
	const struct settings *settings = &service->agent->settings;
	struct sender_options sending = {.loop = &service->loop,
	                                 .store = service->store,
	                                 .settings = settings,
	                                 .signer = &service->signer,
	                                 .tried = service_on_tried,
	                                 .failed = service_on_store_failed,
	                                 .context = service};
	struct watch_options watching = {.loop = &service->loop,
	                                 .store = service->store,
	                                 .settings = settings,
	                                 .alert = service_on_alert,
	                                 .clock = on_clock,
	                                 .plan_changed = on_plan_changed,
	                                 .ended = service_on_stream_ended,
	                                 .context = service};
	int code = open_centre(service);

	if (code != AGENT_OK)
		return code;
	sending.centre = watching.centre = service->centre;
	if (sender_create(&sending, &service->sender) < 0 ||
	    watch_create(&watching, &service->watch) < 0)
		return agent_error("%s", text_err(E_NOMEM));
	code = open_spool(service);
	if (code != AGENT_OK)
		return code;
	start_wake(service);
	(void)uv_timer_start(&service->poll, on_poll, SERVICE_POLL_MS, SERVICE_POLL_MS);
	(void)uv_timer_start(&service->remind, on_remind, 0, SERVICE_REMIND_MS);
	(void)uv_timer_start(&service->others, on_others, SERVICE_CATCH_UP_MS,
	                     SERVICE_CATCH_UP_MS);
	sign_again(service); /* a restart may be what an operator did about it */
	sender_kick(service->sender);
	return AGENT_OK;
}

void service_run(struct service *service)
{
	const struct settings *settings = &service->agent->settings;

	if (service->stopping)
		return;
	log_event(LOG_INFO, "ready", log_str("unit", settings->unit),
	          log_str("version", DUBAN_VERSION),
	          log_str("state", settings->state_dir),
	          log_str("spool",
	                  settings->spool_dir[0] != '\0' ? settings->spool_dir : NULL),
	          log_int("plan_version", service->plan.version),
	          log_int("waiting", queue_count(service->store, QUEUE_WAITING)));
	(void)sd_notify(0, "READY=1");
	while (!service->stopping)
		(void)uv_run(&service->loop, UV_RUN_ONCE);
}

static void on_link(void *context, enum rpc_channel_state state, const char *why)
{
	struct service *service = context;

	service_on_state(context, state, why);
	if (state != RPC_READY || service->stopping)
		return;
	/* What waited for the line need not wait for its turn. */
	(void)queue_hurry(service->store, false);
	if (service->sender != NULL)
		sender_kick(service->sender);
	(void)refresh_start(&service->refresh);
}

static void on_refreshed(struct refresh *refresh, int status, bool changed,
                         const char *why)
{
	struct service *service = refresh->context;
	int r;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	if (service->stopping)
		return;
	if (status < 0) {
		log_event(LOG_WARN, "refresh_failed", log_str("why", why));
		return;
	}
	if (changed || service->plan.plan == NULL) {
		r = plan_cache_load(service->store, service->agent->settings.plan,
		                    &service->plan);
		log_event(r < 0 ? LOG_ERROR : LOG_INFO, "plan",
		          log_str("plan", r == 0 ? service->plan.plan->id : NULL),
		          log_int("version", service->plan.version),
		          log_str("error", r < 0 ? err_text(r) : NULL));
	}
	service->is_time_fresh = true;
	(void)catch_up_start(&service->catch_up);
	if (service->spool != NULL)
		spool_scan(service->spool);
	service_remind(service);
}

static void on_clock(void *context, int64_t plan_at, bool rehearsal)
{
	struct service *service = context;
	char text[INSTANT_TEXT_MAX];

	CHECK_MAGIC(service, SERVICE_MAGIC);
	instant_print(plan_at, OUTCOME_UTC_OFFSET, text);
	log_event(LOG_INFO, "plan_time", log_str("at", text),
	          log_str("rehearsal", rehearsal ? "true" : "false"));
	service_remind(service);
	if (service->spool != NULL)
		spool_scan(service->spool);
}

static void on_plan_changed(void *context)
{
	struct service *service = context;

	CHECK_MAGIC(service, SERVICE_MAGIC);
	(void)refresh_start(&service->refresh);
}

static void on_poll(uv_timer_t *timer)
{
	struct service *service = timer->loop->data;

	sender_kick(service->sender);
}

static void on_wake(uv_fs_event_t *wake, const char *name, int events, int status)
{
	struct service *service = wake->loop->data;

	(void)name;
	(void)events;
	(void)status;
	sender_kick(service->sender);
}

static void on_others(uv_timer_t *timer)
{
	struct service *service = timer->loop->data;

	if (centre_state(service->centre) == RPC_READY)
		(void)catch_up_start(&service->catch_up);
}

static void on_remind(uv_timer_t *timer)
{
	struct service *service = timer->loop->data;

	service_remind(service);
	/* Whatever became of the news that there is one. */
	if (service->plan.plan == NULL)
		(void)refresh_start(&service->refresh);
}

static void on_stop(uv_signal_t *handle, int number)
{
	struct service *service = handle->loop->data;

	log_event(LOG_INFO, "stopping", log_int("signal", number));
	(void)sd_notify(0, "STOPPING=1");
	service->stopping = true;
}

static void sign_again(struct service *service)
{
	int r = making_sign_again(service->store, service->signer);

	if (r < 0)
		log_event(LOG_ERROR, "sign_again_failed", log_str("error", err_text(r)));
}

/* Certificates and revocation list anew; what was held for them is tried at once. */
static void on_reload(uv_signal_t *handle, int number)
{
	struct service *service = handle->loop->data;
	const char *why = "";
	int r;

	(void)number;
	if (service->centre == NULL)
		return;
	r = centre_reload(service->centre, &why);
	if (r == 0 && open_signer(service) != AGENT_OK) {
		r = E_CERTIFICATE;
		why = "signer";
	}
	log_event(r < 0 ? LOG_ERROR : LOG_INFO, "reload",
	          log_str("error", r < 0 ? why : NULL));
	if (r < 0)
		return;
	sign_again(service);
	sender_kick(service->sender);
	rpc_channel_connect(centre_channel(service->centre));
}

void service_close(struct service *service)
{
	service->stopping = true;
	spool_close(service->spool);
	watch_close(service->watch);
	sender_close(service->sender);
	centre_close(service->centre);
	if (service->has_handles) {
		uv_close((uv_handle_t *)&service->terminate, NULL);
		uv_close((uv_handle_t *)&service->interrupt, NULL);
		uv_close((uv_handle_t *)&service->hangup, NULL);
		uv_close((uv_handle_t *)&service->wake, NULL);
		uv_close((uv_handle_t *)&service->poll, NULL);
		uv_close((uv_handle_t *)&service->remind, NULL);
		uv_close((uv_handle_t *)&service->others, NULL);
		(void)uv_run(&service->loop, UV_RUN_DEFAULT);
		CHECK(uv_loop_close(&service->loop) == 0);
		log_event(LOG_INFO, "stopped");
	}
	refresh_finish(&service->refresh);
	catch_up_finish(&service->catch_up);
	plan_cached_finish(&service->plan);
	signer_close(service->signer);
	store_close(service->store);
	if (service->lock >= 0)
		(void)close(service->lock);
}
