/*
 * The program around its parts: loop, signals, credentials, and the end.
 *
 *   SIGTERM, SIGINT: stop (again: hurry)     SIGHUP: read credentials again
 */
#include "server/duband.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/log.h"
#include "server/credentials.h"

#define HOUR 3600000 /* ms */

static int create(const struct settings *settings, struct duband **ret);
static void raise_file_limit(void);
static void watch_signals(struct duband *duband);
static void on_stop_signal(uv_signal_t *signal, int number);
static void on_hang_up(uv_signal_t *signal, int number);
static void start_timers(struct duband *duband);
static void on_hour(uv_timer_t *timer);
static void on_watchdog(uv_timer_t *timer);
static void destroy(struct duband *duband);

int duband_run(const struct settings *settings)
{
	struct duband *duband = NULL;
	int status;

	raise_file_limit();
	if (create(settings, &duband) < 0)
		return 1;
	watch_signals(duband);
	start_timers(duband);
	log_event(LOG_INFO, "starting", log_str("version", DUBAN_VERSION),
	          log_str("node", duband->srv.node));
	credentials_warn(duband->credentials);
	duband_start(duband);
	(void)uv_run(&duband->loop, UV_RUN_DEFAULT);
	status = duband->exit_status;
	log_event(LOG_INFO, "stopped", log_int("status", status));
	destroy(duband);
	return status;
}

static int create(const struct settings *settings, struct duband **ret)
{
	AUTO(freep) struct duband *duband = calloc(1, sizeof(*duband));
	char why[CREDENTIALS_WHY_MAX] = "out of memory";
	int r = duband != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = credentials_create(settings, &duband->credentials, why);
	if (r < 0) {
		log_event(LOG_ERROR, "cannot_start", log_str("what", "credentials"),
		          log_str("why", why));
		return r;
	}
	duband->magic = DUBAND_MAGIC;
	duband->settings = settings;
	CHECK(uv_loop_init(&duband->loop) == 0);
	r = work_create(&duband->loop, (size_t)settings->limits.jobs_waiting,
	                &duband->srv.work);
	CHECK(r == 0);
	duband->srv.settings = settings;
	duband->srv.trust = credentials_trust(duband->credentials);
	duband->srv.node = credentials_node(duband->credentials)->uri;
	duband->srv.wall_started_at = wall_now();
	*ret = TAKE(duband);
	return 0;
}

/* Each agent holds a connection open. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void watch_signals(struct duband *duband)
{
	uv_signal_t *const handles[] = {&duband->terminate, &duband->interrupt,
	                                &duband->hang_up};
	const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
		CHECK(uv_signal_init(&duband->loop, handles[i]) == 0);
		handles[i]->data = duband;
		CHECK(uv_signal_start(handles[i],
		                      numbers[i] == SIGHUP ? on_hang_up : on_stop_signal,
		                      numbers[i]) == 0);
	}
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
	(void)number;
	duband_stop(signal->data);
}

static void on_hang_up(uv_signal_t *signal, int number)
{
	struct duband *duband = signal->data;
	const char *why = "";
	unsigned closed = 0;
	int r;

	(void)number;
	if (duband->state >= DUBAND_DRAINING)
		return;
	r = credentials_reload(&duband->srv, &closed, &why);
	if (r < 0)
		log_event(LOG_ERROR, "credentials_kept", log_str("why", why));
}

static void start_timers(struct duband *duband)
{
	uint64_t watchdog = 0; /* µs */

	CHECK(uv_timer_init(&duband->loop, &duband->retry) == 0);
	CHECK(uv_timer_init(&duband->loop, &duband->hourly) == 0);
	CHECK(uv_timer_init(&duband->loop, &duband->watchdog) == 0);
	duband->retry.data = duband->hourly.data = duband->watchdog.data = duband;
	(void)uv_timer_start(&duband->hourly, on_hour, HOUR, HOUR);
	if (sd_watchdog_enabled(0, &watchdog) > 0)
		(void)uv_timer_start(&duband->watchdog, on_watchdog, 0, watchdog / 2000);
}

static void on_hour(uv_timer_t *timer)
{
	struct duband *duband = timer->data;

	credentials_warn(duband->credentials);
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	(void)sd_notify(0, "WATCHDOG=1");
}

/* A handle that is still open here is a bug of ours. */
static void destroy(struct duband *duband)
{
	CHECK(uv_loop_close(&duband->loop) == 0);
	work_destroy(duband->srv.work);
	trust_unref(duband->srv.trust);
	credentials_destroy(duband->credentials);
	duband->magic = 0;
	free(duband);
}
