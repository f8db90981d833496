/* duban-agent status, read from the store. */
#include "client/agent/status.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/inbox.h"
#include "client/agent/outcome.h"
#include "client/agent/plan_cache.h"
#include "client/agent/queue.h"
#include "client/agent/sitting.h"
#include "client/agent/spool.h"

struct standing {
	bool running; /* a service, or a command that sends */
	const char *link, *link_why;
	int64_t link_at;
	int64_t plan_at;
	bool rehearsal;
	uint32_t plan_version;
	int64_t waiting, acknowledged, refused, held;
	unsigned spooled;
	const char *last_receipt;
	int64_t last_receipt_at;
	uint64_t cursor;
};

static void look(struct agent *agent, struct store *store, struct standing *standing);
static bool is_running(const char *folder);
static void print(const struct agent *agent, const struct standing *standing);
static void print_json(const struct agent *agent, const struct standing *standing);

int status_run(struct agent *agent, const char *const *args)
{
	AUTO(store_closep) struct store *store = NULL;
	struct standing standing = {0};
	const char *why;

	(void)args;
	if (store_open(agent->settings.state_dir, &store, &why) < 0)
		return agent_error("%s：%s", agent->settings.state_dir, why);
	look(agent, store, &standing);
	if (agent->json)
		print_json(agent, &standing);
	else
		print(agent, &standing);
	return AGENT_OK;
}

static int count_held(void *context, sqlite3_stmt *statement)
{
	*(int64_t *)context = sqlite3_column_int64(statement, 0);
	return 0;
}

static void look(struct agent *agent, struct store *store, struct standing *standing)
{
	standing->running = is_running(store_folder(store));
	standing->link = store_get_text(store, &agent->arena, "link");
	standing->link_why = store_get_text(store, &agent->arena, "link_why");
	standing->link_at = store_get(store, "link_wall_at", 0);
	standing->plan_at = store_plan_now(store, agent_wall_now());
	standing->rehearsal = store_get(store, "rehearsal", 0) != 0;
	standing->plan_version = plan_cache_version(store, agent->settings.plan);
	standing->waiting = queue_count(store, QUEUE_WAITING);
	standing->acknowledged = queue_count(store, QUEUE_ACKNOWLEDGED);
	standing->refused = queue_count(store, QUEUE_REFUSED);
	(void)store_run(store,
	                SQL("SELECT count(*) FROM report WHERE state = 0 AND held = 1"),
	                count_held, &standing->held);
	standing->spooled = spool_count(agent->settings.spool_dir);
	standing->last_receipt = store_get_text(store, &agent->arena, "last_receipt");
	standing->last_receipt_at = store_get(store, "last_receipt_at", 0);
	standing->cursor = inbox_cursor(store);
	if (!standing->running)
		standing->link = "not_running";
}

static bool is_running(const char *folder)
{
	int fd = sitting_take_lock(folder);

	if (fd >= 0)
		(void)close(fd);
	return fd == E_BUSY;
}

static const char *link_word(const char *link)
{
	static const struct {
		const char *key, *word;
	} words[] = {{"ready", N_("已连通")},
	             {"connecting", N_("正在连接")},
	             {"backing_off", N_("未连通，稍后重试")},
	             {"idle", N_("空闲")}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].key, link) == 0)
			return _(words[i].word);
	return _("无");
}

static void print(const struct agent *agent, const struct standing *standing)
{
	char text[INSTANT_TEXT_MAX];

	instant_print(standing->plan_at, OUTCOME_UTC_OFFSET, text);
	printf(_("填报单位：%s\n"), agent->settings.unit);
	printf(_("服务：%s\n"), standing->running ? _("运行中") : _("未运行"));
	printf(_("连接：%s%s%s\n"), link_word(standing->link),
	       standing->link_why[0] != '\0' ? "，" : "", standing->link_why);
	printf(_("方案时间：%s%s\n"), text, standing->rehearsal ? _("（演练）") : "");
	printf(_("方案版本：%u\n"), standing->plan_version);
	printf(_("待发：%lld（其中需管理员处理 %lld）　已收妥：%lld　未通过：%lld\n"),
	       (long long)standing->waiting, (long long)standing->held,
	       (long long)standing->acknowledged, (long long)standing->refused);
	printf(_("报送文件夹中的文件：%u\n"), standing->spooled);
	text[0] = '\0';
	if (standing->last_receipt_at != 0)
		instant_print(standing->last_receipt_at, OUTCOME_UTC_OFFSET, text);
	printf(_("最近回执：%s %s\n"),
	       standing->last_receipt[0] != '\0' ? standing->last_receipt : _("（无）"),
	       text);
	printf(_("已收提醒至：%llu\n"), (unsigned long long)standing->cursor);
}

static void print_json(const struct agent *agent, const struct standing *standing)
{
	char plan_at[40], receipt_at[40];
	json_t *object;

	outcome_instant(standing->plan_at, plan_at);
	outcome_instant(standing->last_receipt_at, receipt_at);
	object = json_pack(
		"{s:s, s:b, s:s, s:s, s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:i, s:s, "
		"s:s, s:I}",
		"unit", agent->settings.unit, "running", (int)standing->running, "link",
		standing->link, "link_why", standing->link_why, "plan_time", plan_at,
		"plan_time_ms", (json_int_t)standing->plan_at, "rehearsal",
		(int)standing->rehearsal, "plan_version",
		(json_int_t)standing->plan_version, "waiting",
		(json_int_t)standing->waiting, "held", (json_int_t)standing->held,
		"acknowledged", (json_int_t)standing->acknowledged, "refused",
		(json_int_t)standing->refused, "spooled", (int)standing->spooled,
		"last_receipt", standing->last_receipt, "last_receipt_at", receipt_at,
		"alert_cursor", (json_int_t)standing->cursor);
	(void)json_dumpf(object, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(object);
}
