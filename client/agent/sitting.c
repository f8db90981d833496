/*
 * A command's sitting:
 *
 *	store, plan -> lock? -> connect, refresh ~ ~> ... -> close all, loop empty
 *
 * Who holds the lock sends; whoever does not puts its report into the queue and waits
 * for the other to write the outcome down. The lock is the kernel's: a killed process
 * leaves nothing behind.
 */
#include "client/agent/sitting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/why.h"

static void on_refreshed(struct refresh *refresh, int status, bool changed,
                         const char *why);
static bool is_refreshed(void *context);
static void on_caught_up(struct catch_up *catch_up, int status, unsigned news,
                         const char *why);
static bool is_caught_up(void *context);

int sitting_open(struct agent *agent, struct sitting *sitting)
{
	const char *why;
	int r;

	*sitting = (struct sitting){.agent = agent, .lock = -1};
	r = store_open(agent->settings.state_dir, &sitting->store, &why);
	if (r < 0)
		return agent_error(_("%s：%s"), agent->settings.state_dir, why);
	plan_cached_init(&sitting->plan);
	r = plan_cache_load(sitting->store, agent->settings.plan, &sitting->plan);
	if (r < 0 && r != E_NOT_FOUND)
		(void)agent_error(_("已存的方案不可用，将重新获取：%s"), text_err(r));
	CHECK(uv_loop_init(&sitting->loop) == 0);
	(void)uv_timer_init(&sitting->loop, &sitting->tick);
	(void)uv_timer_init(&sitting->loop, &sitting->deadline);
	sitting->deadline.data = sitting;
	return AGENT_OK;
}

void sitting_close(struct sitting *sitting)
{
	sender_close(sitting->sender);
	centre_close(sitting->centre);
	uv_close((uv_handle_t *)&sitting->tick, NULL);
	uv_close((uv_handle_t *)&sitting->deadline, NULL);
	(void)uv_run(&sitting->loop, UV_RUN_DEFAULT);
	CHECK(uv_loop_close(&sitting->loop) == 0);
	refresh_finish(&sitting->refresh);
	catch_up_finish(&sitting->catch_up);
	plan_cached_finish(&sitting->plan);
	store_close(sitting->store);
	if (sitting->lock >= 0)
		(void)close(sitting->lock);
}

int sitting_take_lock(const char *folder)
{
	char path[4096];
	int fd, r, len = snprintf(path, sizeof(path), "%s/" SITTING_LOCK, folder);

	if (len < 0 || (size_t)len >= sizeof(path))
		return E_IO;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return E_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	r = errno == EWOULDBLOCK ? E_BUSY : E_IO;
	(void)close(fd);
	return r;
}

bool sitting_lock(struct sitting *sitting)
{
	if (sitting->lock < 0)
		sitting->lock = sitting_take_lock(store_folder(sitting->store));
	return sitting->lock >= 0;
}

static int connect_centre(struct sitting *sitting)
{
	const struct centre_options options = {.settings = &sitting->agent->settings};
	const char *why;
	int r = centre_open(&sitting->loop, &options, &sitting->centre, &why);

	if (r < 0)
		return agent_error(_("无法准备与中心端的连接：%s"),
		                   why_text(&sitting->agent->arena, why));
	refresh_init(&sitting->refresh, sitting->centre, sitting->store,
	             sitting->agent->settings.plan);
	sitting->refresh.done = on_refreshed;
	sitting->refresh.context = sitting;
	catch_up_init(&sitting->catch_up, sitting->centre, sitting->store,
	              sitting->agent->settings.unit);
	sitting->catch_up.done = on_caught_up;
	sitting->catch_up.context = sitting;
	return AGENT_OK;
}

int sitting_refresh(struct sitting *sitting, int64_t wait_ms)
{
	int code = sitting->centre == NULL ? connect_centre(sitting) : AGENT_OK;

	if (code != AGENT_OK)
		return code;
	sitting->refreshed = false;
	sitting->refresh_status = refresh_start(&sitting->refresh);
	if (sitting->refresh_status < 0)
		return AGENT_OK;
	sitting->refresh_status = E_TIMEOUT;
	sitting_run(sitting, is_refreshed, sitting, wait_ms);
	return AGENT_OK;
}

static void on_refreshed(struct refresh *refresh, int status, bool changed,
                         const char *why)
{
	struct sitting *sitting = refresh->context;
	int r;

	sitting->refreshed = true;
	sitting->refresh_status = status;
	if (status < 0) {
		const char *link = centre_why(sitting->centre);

		why = why_text(&sitting->agent->arena, link[0] != '\0' ? link : why);
		(void)agent_error(
			sitting->plan.plan != NULL
				? _("未能从中心端更新方案和时间：%s。沿用本机已存的")
				: _("未能从中心端取得方案和时间：%s"),
			why);
		return;
	}
	if (!changed && sitting->plan.plan != NULL)
		return;
	r = plan_cache_load(sitting->store, sitting->agent->settings.plan,
	                    &sitting->plan);
	if (r < 0)
		(void)agent_error(_("方案不可用：%s"), text_err(r));
}

static bool is_refreshed(void *context)
{
	const struct sitting *sitting = context;

	return sitting->refreshed;
}

void sitting_catch_up(struct sitting *sitting, int64_t wait_ms)
{
	if (sitting->centre == NULL || sitting->refresh_status < 0) {
		sitting->catch_up_status = E_DOWN;
		return;
	}
	sitting->caught_up = false;
	sitting->catch_up_status = catch_up_start(&sitting->catch_up);
	if (sitting->catch_up_status < 0)
		return;
	sitting->catch_up_status = E_TIMEOUT;
	sitting_run(sitting, is_caught_up, sitting, wait_ms);
}

static void on_caught_up(struct catch_up *catch_up, int status, unsigned news,
                         const char *why)
{
	struct sitting *sitting = catch_up->context;

	(void)news;
	(void)why;
	sitting->caught_up = true;
	sitting->catch_up_status = status;
}

static bool is_caught_up(void *context)
{
	const struct sitting *sitting = context;

	return sitting->caught_up;
}

int sitting_need_plan(struct sitting *sitting, int64_t wait_ms)
{
	int code;

	if (sitting->plan.plan != NULL)
		return AGENT_OK;
	code = sitting_refresh(sitting, wait_ms);
	if (code != AGENT_OK)
		return code;
	if (sitting->plan.plan == NULL)
		return agent_error(
			_("本机还没有方案，无法按方案审核；请在连通中心端后重试"));
	return AGENT_OK;
}

static void on_tick(uv_timer_t *timer)
{
	(void)timer; /* wakes the loop, so that the condition is looked at */
}

static void on_deadline(uv_timer_t *timer)
{
	struct sitting *sitting = timer->data;

	sitting->expired = true;
}

void sitting_run(struct sitting *sitting, bool (*is_over)(void *context), void *context,
                 int64_t wait_ms)
{
	sitting->expired = false;
	uv_update_time(&sitting->loop);
	(void)uv_timer_start(&sitting->deadline, on_deadline, (uint64_t)wait_ms, 0);
	(void)uv_timer_start(&sitting->tick, on_tick, SITTING_TICK_MS, SITTING_TICK_MS);
	while (!is_over(context) && !sitting->expired)
		(void)uv_run(&sitting->loop, UV_RUN_ONCE);
	(void)uv_timer_stop(&sitting->deadline);
	(void)uv_timer_stop(&sitting->tick);
}

/* A new time on a file that the service watches; without it the service looks itself,
 * a little later. */
void sitting_touch_wake(const char *folder)
{
	AUTO(closep) int fd = -1;
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/" SITTING_WAKE, folder);

	if (len < 0 || (size_t)len >= sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)futimens(fd, NULL);
}

int sitting_read_file(struct arena *arena, const char *path, size_t max,
                      struct bytes *ret_content)
{
	AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	uint8_t *data;
	size_t len = 0;

	if (fd < 0 || fstat(fd, &about) != 0)
		return E_IO;
	if (!S_ISREG(about.st_mode)) {
		errno = EISDIR;
		return E_IO;
	}
	data = arena_alloc(arena, max + 1);
	if (data == NULL)
		return E_NOMEM;
	for (;;) {
		ssize_t got = read(fd, data + len, max + 1 - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return E_IO;
		len += (size_t)got;
		if (got == 0 || len > max)
			break;
	}
	*ret_content = bytes_of(data, len);
	return len > max ? E_LIMIT : 0;
}
