/*
 * duban-agent requests: what this unit asked for, and what was answered.
 *
 *	connect ~ ~> List, newest first ~ ~> table
 *
 * Answers live at the centre; without it there is nothing to show, and that is said.
 */
#include <duban/v1/requests.pb-c.h>
#include <jansson.h>
#include <stdio.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/ask_centre.h"
#include "client/agent/columns.h"
#include "client/agent/outcome.h"
#include "client/agent/request.h"
#include "client/asking.h"

#define LIMIT     50
#define LIMIT_MAX 1000
#define WAIT_MS   30000

static struct {
	char *state;
	int limit;
} options = {.limit = LIMIT};

/* clang-format off */
const struct poptOption requests_options[] = {
	{"state", 's', POPT_ARG_STRING, &options.state, 0, N_("只看一种状态：待批（open）、同意（granted）、不同意（refused）、已撤回（withdrawn）"), N_("状态")},
	{"limit", 'n', POPT_ARG_INT, &options.limit, 0, N_("最多列出的条数（默认 50）"), N_("条数")},
	POPT_TABLEEND};
/* clang-format on */

static int fetch(struct sitting *sitting, const Duban__V1__ListResponse **ret_list);
static int print(struct sitting *sitting, const Duban__V1__ListResponse *list);
static const char *content(struct arena *arena, const Duban__V1__RequestRow *row);
static const char *outcome(struct arena *arena, const Duban__V1__RequestRow *row);
static const char *instant_text(struct arena *arena, int64_t at);
static int print_json(const Duban__V1__ListResponse *list);

int requests_run(struct agent *agent, const char *const *args)
{
	const Duban__V1__ListResponse *list;
	struct sitting sitting;
	int code;

	(void)args;
	if (options.limit < 1 || options.limit > LIMIT_MAX ||
	    (options.state != NULL && asking_state_find(options.state) == 0)) {
		(void)agent_error(
			_("--state 应为待批（open）、同意（granted）、不同意（"
		          "refused）或已撤回（withdrawn），--limit 应为 1 至 %d"),
			LIMIT_MAX);
		return AGENT_USAGE;
	}
	code = sitting_open(agent, &sitting);
	if (code != AGENT_OK)
		return code;
	code = sitting_refresh(&sitting, WAIT_MS);
	if (code == AGENT_OK && sitting.refresh_status < 0)
		code = agent_error(
			_("申请和批复存在中心端，现在连不上，无法查看；收到的批"
		          "复可用 duban-agent alerts 查看"));
	if (code == AGENT_OK)
		code = fetch(&sitting, &list);
	if (code == AGENT_OK)
		code = agent->json ? print_json(list) : print(&sitting, list);
	sitting_close(&sitting);
	return code;
}

static int fetch(struct sitting *sitting, const Duban__V1__ListResponse **ret_list)
{
	Duban__V1__ListRequest request = DUBAN__V1__LIST_REQUEST__INIT;
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	ProtobufCMessage *answer;
	int code;

	page.size = (uint32_t)options.limit;
	request.page = &page;
	if (options.state != NULL)
		request.state = (Duban__V1__RequestState)asking_state_find(options.state);
	code = ask_centre(sitting, "Requests/List", &request.base,
	                  &duban__v1__list_response__descriptor, &answer);
	if (code == AGENT_OK)
		*ret_list = (const Duban__V1__ListResponse *)answer;
	return code;
}

static int print(struct sitting *sitting, const Duban__V1__ListResponse *list)
{
	static const char *const titles[] = {N_("申请编号"), N_("事项"), N_("板块"),
	                                     N_("报告期"),   N_("内容"), N_("收到时间"),
	                                     N_("状态"),     N_("批复"), NULL};
	struct arena *arena = &sitting->agent->arena;
	struct columns *columns = columns_create(titles);
	int code;

	for (size_t i = 0; i < list->n_requests; i++) {
		const Duban__V1__RequestRow *row = list->requests[i];

		columns_row(columns,
		            (const char *const[]){row->number,
		                                  asking_kind_word((int)row->kind),
		                                  row->section, row->period,
		                                  content(arena, row),
		                                  instant_text(arena, row->received_at),
		                                  asking_state_word((int)row->state),
		                                  outcome(arena, row)});
	}
	code = columns_print(columns);
	if (code == AGENT_OK && list->next_page[0] != '\0')
		printf(_("还有更早的申请；用 --limit 列出更多。\n"));
	return code;
}

static const char *content(struct arena *arena, const Duban__V1__RequestRow *row)
{
	if (row->asked_until_at != 0)
		return arena_printf(arena, _("至 %s；%s"),
		                    instant_text(arena, row->asked_until_at),
		                    row->reason);
	if (row->subject[0] != '\0')
		return arena_printf(arena, _("对%s；%s"),
		                    asking_subject(arena, row->subject), row->reason);
	return row->reason;
}

/* The answer, or until when there should be one. */
static const char *outcome(struct arena *arena, const Duban__V1__RequestRow *row)
{
	if (row->state == DUBAN__V1__REQUEST_STATE__REQUEST_STATE_OPEN)
		return row->answer_due_at == 0
		               ? ""
		               : arena_printf(arena,
		                              row->overdue ? _("应于 %s 前批复，已超时")
		                                           : _("应于 %s 前批复"),
		                              instant_text(arena, row->answer_due_at));
	if (row->granted_until_at != 0)
		return arena_printf(arena, _("至 %s；%s"),
		                    instant_text(arena, row->granted_until_at),
		                    row->answer);
	return row->answer;
}

static const char *instant_text(struct arena *arena, int64_t at)
{
	char text[INSTANT_TEXT_MAX];

	instant_print(at, OUTCOME_UTC_OFFSET, text);
	return arena_strdup(arena, text);
}

static int print_json(const Duban__V1__ListResponse *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n_requests; i++) {
		const Duban__V1__RequestRow *row = list->requests[i];
		char asked[40], received[40], due[40], answered[40], granted[40];

		outcome_instant(row->asked_until_at, asked);
		outcome_instant(row->received_at, received);
		outcome_instant(row->answer_due_at, due);
		outcome_instant(row->answered_at, answered);
		outcome_instant(row->granted_until_at, granted);
		(void)json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		                  "s:b, s:s, s:s, s:s}",
		                  "number", row->number, "kind",
		                  asking_kind_key((int)row->kind), "state",
		                  asking_state_key((int)row->state), "section",
		                  row->section, "period", row->period, "subject",
		                  row->subject, "asked_until_at", asked, "reason",
		                  row->reason, "received_at", received, "answer_due_at",
		                  due, "overdue", (int)row->overdue, "answered_at",
		                  answered, "granted_until_at", granted, "answer",
		                  row->answer));
	}
	if (array == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	(void)json_dumpf(array, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(array);
	return AGENT_OK;
}
