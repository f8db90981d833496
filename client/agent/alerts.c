/* duban-agent alerts. Reads what the service received; works while it runs. */
#include "client/agent/alerts.h"

#include "base/auto.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/columns.h"
#include "client/agent/inbox.h"
#include "client/agent/outcome.h"

#define LIMIT 50

static struct {
	int limit, full;
} options = {.limit = LIMIT};

/* clang-format off */
const struct poptOption alerts_options[] = {
	{"limit", 'n', POPT_ARG_INT, &options.limit, 0, N_("最多列出的条数（默认 50）"), N_("条数")},
	{"full", 'f', POPT_ARG_NONE, &options.full, 0, N_("逐条显示全文"), NULL},
	POPT_TABLEEND};
/* clang-format on */

struct listing {
	struct columns *columns;
	json_t *array;
};

static int add_row(void *context, const struct inbox_alert *alert);
static json_t *alert_json(const struct inbox_alert *alert);

int alerts_run(struct agent *agent, const char *const *args)
{
	static const char *const titles[] = {N_("序号"), N_("时间"), N_("类别"),
	                                     N_("级"),   N_("标题"), NULL};
	AUTO(store_closep) struct store *store = NULL;
	struct listing listing = {.columns = NULL};
	const struct inbox_query query = {.arena = &agent->arena,
	                                  .limit = options.limit < INBOX_MAX
	                                                   ? options.limit
	                                                   : INBOX_MAX,
	                                  .visit = add_row,
	                                  .context = &listing};
	const char *why;

	(void)args;
	if (options.limit < 1) {
		(void)agent_error(_("--limit 应为正数"));
		return AGENT_USAGE;
	}
	if (store_open(agent->settings.state_dir, &store, &why) < 0)
		return agent_error(_("%s：%s"), agent->settings.state_dir, why);
	if (agent->json)
		listing.array = json_array();
	else if (options.full == 0)
		listing.columns = columns_create(titles);
	if (inbox_list(store, &query) < 0)
		(void)agent_error("%s", store_why(store));
	if (listing.columns != NULL)
		return columns_print(listing.columns);
	if (listing.array != NULL) {
		(void)json_dumpf(listing.array, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(listing.array);
	return AGENT_OK;
}

static int add_row(void *context, const struct inbox_alert *alert)
{
	struct listing *listing = context;
	char cursor[24], level[12], at[INSTANT_TEXT_MAX];

	if (listing->array != NULL)
		return json_array_append_new(listing->array, alert_json(alert)) == 0
		               ? 0
		               : E_NOMEM;
	instant_print(alert->decided_at, OUTCOME_UTC_OFFSET, at);
	if (listing->columns == NULL) {
		printf("%s  %s\n%s\n\n", at, alert->title, alert->text);
		return 0;
	}
	(void)snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)alert->cursor);
	(void)snprintf(level, sizeof(level), "%u", alert->level);
	columns_row(listing->columns,
	            (const char *const[]){cursor, at, inbox_kind_word(alert->kind), level,
	                                  alert->title});
	return 0;
}

static json_t *alert_json(const struct inbox_alert *alert)
{
	char decided[40], due[40], cleared[40];

	outcome_instant(alert->decided_at, decided);
	outcome_instant(alert->due_at, due);
	outcome_instant(alert->cleared_at, cleared);
	return json_pack("{s:I, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}",
	                 "cursor", (json_int_t)alert->cursor, "kind",
	                 inbox_kind_key(alert->kind), "level", (int)alert->level,
	                 "section", alert->section, "period", alert->period, "target",
	                 alert->target, "decided_at", decided, "due_at", due,
	                 "cleared_at", cleared, "title", alert->title, "text",
	                 alert->text, "sample", (int)alert->sample);
}
