/* duban-agent queue. Works beside a running service. */
#include "client/agent/list.h"

#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/columns.h"
#include "client/agent/findings_json.h"
#include "client/agent/outcome.h"
#include "client/agent/plan_cache.h"
#include "client/agent/queue.h"
#include "client/agent/succession.h"
#include "client/timeliness.h"

#define LIMIT     50
#define LIMIT_MAX (QUEUE_WAITING_MAX + QUEUE_DONE_MAX + 1)

static struct {
	char *state;
	int limit;
} options = {.limit = LIMIT};

/* clang-format off */
const struct poptOption list_options[] = {
	{"state", 's', POPT_ARG_STRING, &options.state, 0, N_("只看一种：waiting（待发）、acknowledged（已收妥）或 refused（未通过）"), N_("状态")},
	{"limit", 'n', POPT_ARG_INT, &options.limit, 0, N_("最多列出的份数（默认 50）"), N_("份数")},
	POPT_TABLEEND};
/* clang-format on */

struct listing {
	struct arena *arena;
	struct store *store;
	const struct plan *plan; /* NULL: none yet; ids stand for names */
	struct columns *columns;
	json_t *array;
};

static int parse_state(int *ret_state);
static int add_row(void *context, const struct queue_entry *entry);
static int print(struct store *store, struct queue_query *query, struct listing *listing);

int list_run(struct agent *agent, const char *const *args)
{
	static const char *const titles[] = {N_("状态"),     N_("报告期"),
	                                     N_("板块"),     N_("报表文件"),
	                                     N_("回执编号"), N_("收到时间"),
	                                     N_("是否按时"), N_("发送次数"),
	                                     N_("情况"),     NULL};
	AUTO(store_closep) struct store *store = NULL;
	AUTO(plan_cached_finish) struct plan_cached plan;
	struct listing listing = {.arena = &agent->arena};
	struct queue_query query = {.arena = &agent->arena,
	                            .visit = add_row,
	                            .context = &listing};
	const char *why;

	(void)args;
	plan_cached_init(&plan);
	if (parse_state(&query.state) < 0 || options.limit < 1) {
		(void)agent_error(
			_("--state 应为 waiting、acknowledged 或 refused，--limit "
		          "应为正数"));
		return AGENT_USAGE;
	}
	query.limit = options.limit < LIMIT_MAX ? options.limit : LIMIT_MAX;
	if (store_open(agent->settings.state_dir, &store, &why) < 0)
		return agent_error(_("%s：%s"), agent->settings.state_dir, why);
	(void)plan_cache_load(store, agent->settings.plan, &plan);
	listing.plan = plan.plan;
	listing.store = store;
	if (agent->json)
		listing.array = json_array();
	else
		listing.columns = columns_create(titles);
	if (queue_list(store, &query) < 0)
		(void)agent_error("%s", store_why(store));
	if (listing.array == NULL)
		return print(store, &query, &listing);
	(void)json_dumpf(listing.array, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(listing.array);
	return AGENT_OK;
}

static int print_held(void *context, const struct queue_entry *entry)
{
	char next[INSTANT_TEXT_MAX];

	(void)context;
	if (!entry->held)
		return 0;
	instant_print(entry->wall_next_at, OUTCOME_UTC_OFFSET, next);
	printf(_("\n%s（%s）须先由管理员处理\n原因：%s\n"), entry->source, entry->period,
	       entry->error);
	printf("%s\n", outcome_advice(entry));
	printf(_("服务运行时，%s 再自动试一次。\n"), next);
	return 0;
}

/* Below the table: what is held, why, and what to do about it. */
static int print(struct store *store, struct queue_query *query, struct listing *listing)
{
	int code = columns_print(listing->columns);

	query->visit = print_held;
	if (code == AGENT_OK && queue_list(store, query) < 0)
		code = agent_error("%s", store_why(store));
	return code;
}

static int parse_state(int *ret_state)
{
	*ret_state = -1;
	if (options.state == NULL)
		return 0;
	for (int state = QUEUE_WAITING; state <= QUEUE_REFUSED; state++)
		if (strcmp(options.state, queue_state_name((enum queue_state)state)) ==
		    0) {
			*ret_state = state;
			return 0;
		}
	return E_SYNTAX;
}

/* "2 老旧小区和危旧房改造" */
static const char *section_text(const struct listing *listing, const char *id)
{
	const struct plan_section *section =
		listing->plan != NULL ? plan_find_section(listing->plan, id) : NULL;

	return section != NULL ? arena_printf(listing->arena, "%s %s", id, section->name)
	                       : id;
}

/* What became of a report after its receipt: the number that took its place, "" for none;
 * and whether it was returned and waits to be mended. */
static const char *find_later(const struct listing *listing,
                              const struct queue_entry *entry, bool *ret_returned)
{
	const struct place place = {.plan = entry->plan,
	                            .section = entry->section,
	                            .period = entry->period};
	AUTO(arena_finishp) struct arena arena;
	struct succession found;

	*ret_returned = false;
	arena_init(&arena, AGENT_MEMORY_MAX);
	if (entry->state != QUEUE_ACKNOWLEDGED ||
	    succession_find(listing->store, &arena, &place, &found, NULL) < 0 ||
	    !found.has_current)
		return "";
	if (strcmp(found.current.number, entry->number) != 0)
		return arena_strdup(listing->arena, found.current.number);
	*ret_returned = found.is_returned;
	return "";
}

static const char *later_text(const struct listing *listing,
                              const struct queue_entry *entry)
{
	bool returned;
	const char *by = find_later(listing, entry, &returned);

	if (by != NULL && by[0] != '\0')
		return arena_printf(listing->arena, _("已由 %s 更正"), by);
	return returned ? _("已退回，待重报") : "";
}

static int add_object(const struct listing *listing, const struct queue_entry *entry)
{
	json_t *object = outcome_json(entry);
	bool returned;
	const char *by = find_later(listing, entry, &returned);

	if (object == NULL || by == NULL)
		return E_NOMEM;
	(void)json_object_set_new(object, "superseded_by", json_string(by));
	(void)json_object_set_new(object, "returned", json_boolean(returned));
	return json_array_append_new(listing->array, object) == 0 ? 0 : E_NOMEM;
}

/* Of a refusal the first sentence; `submit` and the .txt file have said all of it. */
static const char *reason_text(const struct listing *listing,
                               const struct queue_entry *entry)
{
	const char *text, *end;
	json_t *findings;

	if (entry->held)
		return _("见下");
	if (entry->state == QUEUE_ACKNOWLEDGED)
		return later_text(listing, entry);
	if (entry->state != QUEUE_REFUSED)
		return entry->follows != 0 ? _("待上一份收妥后发出") : entry->error;
	findings = findings_load(entry->findings);
	text = json_string_value(json_object_get(json_array_get(findings, 0), "text"));
	text = arena_strdup(listing->arena, text != NULL ? text : entry->error);
	json_decref(findings);
	end = text != NULL ? strstr(text, "。") : NULL;
	return end != NULL ? arena_strndup(listing->arena, text, (size_t)(end - text))
	                   : text;
}

static int add_row(void *context, const struct queue_entry *entry)
{
	static const char *const words[] = {N_("待发"), N_("已收妥"), N_("未通过")};
	struct listing *listing = context;
	char received[INSTANT_TEXT_MAX] = "", attempts[16];

	if (listing->array != NULL)
		return add_object(listing, entry);
	if (entry->received_at != 0)
		instant_print(entry->received_at, OUTCOME_UTC_OFFSET, received);
	(void)snprintf(attempts, sizeof(attempts), "%u", entry->attempts);
	columns_row(listing->columns,
	            (const char *const[]){
			    entry->held ? _("须处理") : _(words[entry->state]),
			    entry->period, section_text(listing, entry->section),
			    entry->source, entry->number, received,
			    entry->state != QUEUE_ACKNOWLEDGED
				    ? ""
				    : timeliness_word(entry->timeliness),
			    attempts, reason_text(listing, entry)});
	return 0;
}
