/* duban-agent status, read from the store. */
#include "client/agent/status.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/columns.h"
#include "client/agent/inbox.h"
#include "client/agent/outcome.h"
#include "client/agent/owed.h"
#include "client/agent/plan_cache.h"
#include "client/agent/queue.h"
#include "client/agent/returns.h"
#include "client/agent/sitting.h"
#include "client/agent/spool.h"
#include "client/why.h"

struct standing {
	bool running; /* a service, or a command that sends */
	const char *link, *link_why;
	int64_t link_at;
	int64_t plan_at;
	bool rehearsal;
	struct plan_cached plan;
	int64_t waiting, acknowledged, refused, held;
	unsigned spooled;
	const char *last_receipt;
	int64_t last_receipt_at;
	uint64_t cursor;
};

static void look(struct agent *agent, struct store *store, struct standing *standing);
static bool is_running(const char *folder);
static struct owed owed_of(struct agent *agent, struct store *store,
                           const struct standing *standing);
static int print(struct agent *agent, struct store *store,
                 const struct standing *standing);
static int print_json(struct agent *agent, struct store *store,
                      const struct standing *standing);

int status_run(struct agent *agent, const char *const *args)
{
	AUTO(store_closep) struct store *store = NULL;
	struct standing standing = {0};
	const char *why;
	int code;

	(void)args;
	if (store_open(agent->settings.state_dir, &store, &why) < 0)
		return agent_error(_("%s：%s"), agent->settings.state_dir, why);
	plan_cached_init(&standing.plan);
	look(agent, store, &standing);
	code = agent->json ? print_json(agent, store, &standing)
	                   : print(agent, store, &standing);
	plan_cached_finish(&standing.plan);
	return code;
}

static struct owed owed_of(struct agent *agent, struct store *store,
                           const struct standing *standing)
{
	return (struct owed){.agent = agent,
	                     .store = store,
	                     .plan = standing->plan.plan,
	                     .now = standing->plan_at};
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
	(void)plan_cache_load(store, agent->settings.plan, &standing->plan);
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

static void add_link(struct columns *columns, struct agent *agent,
                     const struct standing *standing)
{
	const char *label = _("中心端"), *why = standing->link_why;

	if (!standing->running)
		columns_pair(columns, label, "%s", _("不明（服务未运行）"));
	else if (strcmp(standing->link, "ready") == 0)
		columns_pair(columns, label, "%s", _("已连通"));
	else if (why[0] != '\0')
		columns_pair(columns, label, _("未连通：%s。正在自动重试"),
		             why_text(&agent->arena, why));
	else if (strcmp(standing->link, "connecting") == 0)
		columns_pair(columns, label, "%s", _("正在连接"));
	else
		columns_pair(columns, label, "%s", _("未连通，有事时再连接"));
}

static void add_plan(struct columns *columns, const struct standing *standing)
{
	const struct plan *plan = standing->plan.plan;
	char text[OUTCOME_WHEN_MAX];

	if (plan == NULL)
		columns_pair(columns, _("方案"), "%s", _("还没有；连通中心端后自动获取"));
	else
		columns_pair(columns, _("方案"), _("%s，第 %u 版"), plan->number,
		             standing->plan.version);
	if (!standing->rehearsal)
		return;
	outcome_when(plan, standing->plan_at, text);
	columns_pair(columns, _("演练时间"), "%s", text);
}

static void add_reports(struct columns *columns, const struct settings *settings,
                        const struct standing *standing)
{
	if (standing->held > 0)
		columns_pair(columns, _("待发报表"),
		             _("%lld 份，其中 %lld 份须先由管理员处理"
		               "（原因见 duban-agent list）"),
		             (long long)standing->waiting, (long long)standing->held);
	else
		columns_pair(columns, _("待发报表"), _("%lld 份"),
		             (long long)standing->waiting);
	columns_pair(columns, _("已收妥报表"), _("%lld 份"),
	             (long long)standing->acknowledged);
	columns_pair(columns, _("未通过报表"), _("%lld 份"),
	             (long long)standing->refused);
	if (settings->spool_dir[0] != '\0')
		columns_pair(columns, _("报送文件夹"), _("%s，%u 个文件尚未处理完"),
		             settings->spool_dir, standing->spooled);
}

struct open_returns {
	unsigned count;
	int64_t due_at; /* of the first */
	struct arena *arena;
	const struct standing *standing;
	json_t *array; /* or NULL */
};

static int see_return(void *context, const struct returned *returned)
{
	struct open_returns *open = context;

	if (open->count++ == 0)
		open->due_at = returned->due_at;
	if (open->array != NULL)
		(void)json_array_append_new(
			open->array, returns_json(open->arena, open->standing->plan.plan,
		                                  open->standing->plan_at, returned));
	return 0;
}

/* The soonest due is the first. */
static void find_returns(struct store *store, struct open_returns *open)
{
	const struct returned_query query = {.arena = open->arena,
	                                     .open_only = true,
	                                     .visit = see_return,
	                                     .context = open};

	(void)returned_list(store, &query);
}

static void add_returns(struct columns *columns, struct agent *agent, struct store *store,
                        const struct standing *standing)
{
	struct open_returns open = {.arena = &agent->arena, .standing = standing};
	char due[OUTCOME_WHEN_MAX], left[RETURNS_LEFT_MAX];

	find_returns(store, &open);
	if (open.count == 0)
		return;
	outcome_when(standing->plan.plan, open.due_at, due);
	returns_left(standing->plan.plan, standing->plan_at, open.due_at, left);
	columns_pair(columns, _("被退回报表"),
	             _("%u 份待重报，最近的时限 %s（%s）；见 duban-agent returns"),
	             open.count, due, left);
}

/* 无任务: asked for nothing, and told so. */
static void add_no_task(struct columns *columns, struct agent *agent,
                        const struct standing *standing)
{
	const struct plan *plan = standing->plan.plan;
	const struct plan_unit *unit =
		plan != NULL ? plan_find_unit(plan, agent->settings.unit) : NULL;
	const char *text = "";

	for (size_t i = 0; unit != NULL && i < plan->section_count; i++)
		if (!plan->sections[i].asked[unit->index])
			text = arena_printf(&agent->arena, "%s%s%s %s", text,
			                    text[0] != '\0' ? "、" : "",
			                    plan->sections[i].id, plan->sections[i].name);
	if (text != NULL && text[0] != '\0')
		columns_pair(columns, _("无任务板块"), _("%s（不需要报送）"), text);
}

static int add_alert(void *context, const struct inbox_alert *alert)
{
	char at[INSTANT_TEXT_MAX];

	instant_print(alert->decided_at, OUTCOME_UTC_OFFSET, at);
	columns_pair(context, _("最近提醒"), "%s %s", at, alert->title);
	return 0;
}

static void add_latest(struct columns *columns, struct agent *agent, struct store *store,
                       const struct standing *standing)
{
	const struct inbox_query query = {.arena = &agent->arena,
	                                  .limit = 1,
	                                  .visit = add_alert,
	                                  .context = columns};
	char at[INSTANT_TEXT_MAX] = "";

	if (standing->last_receipt_at != 0)
		instant_print(standing->last_receipt_at, OUTCOME_UTC_OFFSET, at);
	columns_pair(columns, _("最近回执"), "%s %s",
	             standing->last_receipt[0] != '\0' ? standing->last_receipt
	                                               : _("（无）"),
	             at);
	(void)inbox_list(store, &query);
}

static int print(struct agent *agent, struct store *store,
                 const struct standing *standing)
{
	const char *code = agent->settings.unit;
	const struct plan_unit *unit = standing->plan.plan != NULL
	                                       ? plan_find_unit(standing->plan.plan, code)
	                                       : NULL;
	const struct owed owed = owed_of(agent, store, standing);
	struct columns *columns = columns_create_pairs();
	int result;

	columns_pair(columns, _("填报单位"), "%s %s", code,
	             unit != NULL ? unit->name : "");
	columns_pair(columns, _("服务"), "%s",
	             standing->running ? _("运行中")
	                               : _("未运行：不会自动重发，也收不到提醒。"
	                                   "请管理员启动服务 duban-agent"));
	add_link(columns, agent, standing);
	add_plan(columns, standing);
	add_no_task(columns, agent, standing);
	add_reports(columns, &agent->settings, standing);
	add_returns(columns, agent, store, standing);
	add_latest(columns, agent, store, standing);
	result = columns_print(columns);
	if (result == AGENT_OK && owed.plan != NULL)
		result = owed_print(&owed);
	return result;
}

static int print_json(struct agent *agent, struct store *store,
                      const struct standing *standing)
{
	const struct owed owed = owed_of(agent, store, standing);
	struct open_returns returns = {.arena = &agent->arena,
	                               .standing = standing,
	                               .array = json_array()};
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
		(json_int_t)standing->plan.version, "waiting",
		(json_int_t)standing->waiting, "held", (json_int_t)standing->held,
		"acknowledged", (json_int_t)standing->acknowledged, "refused",
		(json_int_t)standing->refused, "spooled", (int)standing->spooled,
		"last_receipt", standing->last_receipt, "last_receipt_at", receipt_at,
		"alert_cursor", (json_int_t)standing->cursor);
	if (object == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	if (owed.plan != NULL)
		owed_add_json(&owed, object);
	find_returns(store, &returns);
	(void)json_object_set_new(object, "returns", returns.array);
	(void)json_dumpf(object, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(object);
	return AGENT_OK;
}
