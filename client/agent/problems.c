/*
 * duban-agent problems [show|add|note|ask|change ...]:
 *
 *	words -> one call to the centre -> table, one problem, or what is now
 *
 * Problems are not queued as reports are: who registers one is told at once that it
 * stands, or that it does not.
 */
#include "client/agent/problems.h"

#include <duban/v1/problems.pb-c.h>
#include <jansson.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "client/agent/asking.h"
#include "client/agent/columns.h"
#include "client/agent/outcome.h"
#include "client/problem_words.h"
#include "model/calendar.h"

#define PAGE_SIZE       500
#define REQUEST_ID_SIZE 16

static struct {
	char *owner, *telephone, *measure, *found, *due, *kind, *target, *project, *state;
	int overdue;
} given;

/* clang-format off */
const struct poptOption problems_options[] = {
	{"overdue", 0, POPT_ARG_NONE, &given.overdue, 0, N_("只列超过整改期限尚未申请销号的"), NULL},
	{"state", 0, POPT_ARG_STRING, &given.state, 0, N_("只看一种状态：整改中、已申请销号、已销号"), N_("状态")},
	{"owner", 0, POPT_ARG_STRING, &given.owner, 0, N_("责任人"), N_("姓名")},
	{"telephone", 0, POPT_ARG_STRING, &given.telephone, 0, N_("责任人的电话"), N_("电话")},
	{"measure", 0, POPT_ARG_STRING, &given.measure, 0, N_("整改措施"), N_("文字")},
	{"found", 0, POPT_ARG_STRING, &given.found, 0, N_("发现日期，如 2022-09-05"), N_("日期")},
	{"due", 0, POPT_ARG_STRING, &given.due, 0, N_("整改期限，如 2022-09-30"), N_("日期")},
	{"kind", 0, POPT_ARG_STRING, &given.kind, 0, N_("类别：限期整改（不写就是它）、持续整改"), N_("类别")},
	{"target", 0, POPT_ARG_STRING, &given.target, 0, N_("影响哪个责任目标，可以不写"), N_("目标")},
	{"project", 0, POPT_ARG_STRING, &given.project, 0, N_("影响哪个项目，可以不写"), N_("项目编号")},
	POPT_TABLEEND};
/* clang-format on */

static int list(struct agent *agent, const char *const *args);
static int list_page(struct agent *agent, Duban__V1__ListProblemsRequest *request,
                     struct columns *columns, json_t *rows, uint64_t *ret_total);
static json_t *problem_json(const Duban__V1__Problem *problem);
static int show(struct agent *agent, const char *const *args);
static int print_problem(struct agent *agent, const Duban__V1__GetProblemResponse *whole);
static int add(struct agent *agent, const char *const *args);
static bool is_day(const char *option, const char *text);
static int note(struct agent *agent, const char *const *args);
static int ask(struct agent *agent, const char *const *args);
static int change(struct agent *agent, const char *const *args);
static int act(struct agent *agent, const char *const *args, Duban__V1__ProblemAct what);
static int print_json(json_t *value);
static char *or_empty(char *text);

static const struct verb {
	const char *name;
	int args; /* after it */
	int (*run)(struct agent *agent, const char *const *args);
} verbs[] = {
	{"list", 0, list}, {"show", 1, show}, {"add", 2, add},
	{"note", 2, note}, {"ask", 2, ask},   {"change", 2, change},
};

int problems_run(struct agent *agent, const char *const *args)
{
	int count = 0;

	if (args[0] == NULL)
		return list(agent, args);
	while (args[count + 1] != NULL)
		count++;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, args[0]) != 0)
			continue;
		if (count == verbs[i].args)
			return verbs[i].run(agent, args + 1);
		(void)agent_error(_("problems %s 后面应有 %d 个参数，给出了 %d 个"),
		                  args[0], verbs[i].args, count);
		return AGENT_USAGE;
	}
	(void)agent_error(_("problems %s：应为 list、show、add、note、ask 或 change"),
	                  args[0]);
	return AGENT_USAGE;
}

static int list(struct agent *agent, const char *const *args)
{
	static const char *const titles[] = {N_("编号"),     N_("板块"),     N_("问题"),
	                                     N_("责任人"),   N_("整改期限"), N_("状态"),
	                                     N_("退办次数"), N_("办理内容"), NULL};
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	Duban__V1__ListProblemsRequest request = DUBAN__V1__LIST_PROBLEMS_REQUEST__INIT;
	Duban__V1__ProblemState state = 0;
	struct columns *columns = agent->json ? NULL : columns_create(titles);
	json_t *rows = agent->json ? json_array() : NULL;
	uint64_t total = 0;
	int code = AGENT_OK;

	(void)args;
	if (given.state != NULL) {
		state = (Duban__V1__ProblemState)problem_state_find(given.state);
		request.states = &state;
		request.n_states = 1;
	}
	if (given.state != NULL && state == 0) {
		(void)agent_error(
			_("--state %s：应为整改中（open）、已申请销号（asked）或已销"
		          "号（closed）"),
			given.state);
		code = AGENT_USAGE;
	}
	request.plan = agent->settings.plan[0] != '\0'
	                       ? arena_strdup(&agent->arena, agent->settings.plan)
	                       : request.plan;
	request.overdue = given.overdue;
	request.page = &page;
	page.size = PAGE_SIZE;
	if (request.plan == NULL)
		code = agent_error("%s", text_err(E_NOMEM));
	do {
		if (code == AGENT_OK)
			code = list_page(agent, &request, columns, rows, &total);
	} while (code == AGENT_OK && page.token[0] != '\0');
	if (code != AGENT_OK) {
		columns_destroy(columns);
		json_decref(rows);
		return code;
	}
	if (agent->json)
		return print_json(json_pack("{s:b, s:I, s:o}", "complete", 1, "total",
		                            (json_int_t)total, "rows", rows));
	code = columns_print(columns);
	printf(_("共 %zu 条，已列全。\n"), (size_t)total);
	return code;
}

static int list_page(struct agent *agent, Duban__V1__ListProblemsRequest *request,
                     struct columns *columns, json_t *rows, uint64_t *ret_total)
{
	const Duban__V1__ListProblemsResponse *answer;
	ProtobufCMessage *message = NULL;
	int code = asking_call(agent, "Problems/ListProblems", &request->base,
	                       &duban__v1__list_problems_response__descriptor, &message);

	if (code != AGENT_OK || message == NULL)
		return code;
	answer = (const Duban__V1__ListProblemsResponse *)message;
	for (size_t i = 0; i < answer->n_problems; i++) {
		const Duban__V1__Problem *one = answer->problems[i];
		const char *state = problem_state_word((int)one->state, false);
		char back[16];

		if (rows != NULL) {
			(void)json_array_append_new(rows, problem_json(one));
			continue;
		}
		(void)snprintf(back, sizeof(back), "%u", one->sent_back);
		columns_row(columns,
		            (const char *const[]){one->number, one->section, one->title,
		                                  one->owner, one->due,
		                                  one->overdue ? _("已逾期") : state,
		                                  back, one->last_text});
	}
	request->page->token = answer->next_page;
	*ret_total = answer->total;
	return AGENT_OK;
}

static json_t *problem_json(const Duban__V1__Problem *problem)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
	                 "s:b, s:i, s:s}",
	                 "number", problem->number, "section", problem->section, "target",
	                 problem->target, "project", problem->project, "kind",
	                 problem_kind_word((int)problem->kind, true), "title",
	                 problem->title, "found", problem->found, "owner", problem->owner,
	                 "telephone", problem->telephone, "measure", problem->measure,
	                 "due", problem->due, "state",
	                 problem_state_word((int)problem->state, true), "overdue",
	                 (int)problem->overdue, "sent_back", (int)problem->sent_back,
	                 "last_text", problem->last_text);
}

static int show(struct agent *agent, const char *const *args)
{
	Duban__V1__GetProblemRequest request = DUBAN__V1__GET_PROBLEM_REQUEST__INIT;
	const Duban__V1__GetProblemResponse *whole;
	ProtobufCMessage *message = NULL;
	json_t *events;
	int code;

	request.number = arena_strdup(&agent->arena, args[0]);
	if (request.number == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	code = asking_call(agent, "Problems/GetProblem", &request.base,
	                   &duban__v1__get_problem_response__descriptor, &message);
	if (code != AGENT_OK || message == NULL)
		return code;
	whole = (const Duban__V1__GetProblemResponse *)message;
	if (whole->problem == NULL)
		return agent_error(_("中心端给出的问题无法读取"));
	if (!agent->json)
		return print_problem(agent, whole);
	events = json_array();
	for (size_t i = 0; i < whole->n_events; i++) {
		const Duban__V1__ProblemEvent *event = whole->events[i];
		char at[OUTCOME_WHEN_MAX];

		outcome_instant(event->at, at);
		(void)json_array_append_new(
			events,
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "act",
		                  problem_act_word((int)event->act, true), "at", at, "by",
		                  event->by, "text", event->text, "due", event->due));
	}
	return print_json(json_pack("{s:o, s:o}", "problem", problem_json(whole->problem),
	                            "events", events));
}

static int print_problem(struct agent *agent, const Duban__V1__GetProblemResponse *whole)
{
	static const char *const titles[] = {N_("时间"), N_("办理"),     N_("由谁"),
	                                     N_("内容"), N_("整改期限"), NULL};
	const Duban__V1__Problem *problem = whole->problem;
	struct columns *columns = columns_create(titles);

	(void)agent;
	printf(_("%s  %s    %s\n"), problem->number, problem->title,
	       problem->overdue ? _("已逾期")
	                        : problem_state_word((int)problem->state, false));
	printf(_("%s    发现 %s    整改期限 %s\n责任人：%s  %s\n整改措施：%s\n\n"),
	       problem_kind_word((int)problem->kind, false), problem->found,
	       problem->due[0] != '\0' ? problem->due : _("未定"), problem->owner,
	       problem->telephone, problem->measure);
	for (size_t i = 0; i < whole->n_events; i++) {
		const Duban__V1__ProblemEvent *event = whole->events[i];
		char at[INSTANT_TEXT_MAX];

		instant_print(event->at, OUTCOME_UTC_OFFSET, at);
		columns_row(columns, (const char *const[]){
					     at, problem_act_word((int)event->act, false),
					     event->by, event->text, event->due});
	}
	return columns_print(columns);
}

static int add(struct agent *agent, const char *const *args)
{
	Duban__V1__AddProblemRequest request = DUBAN__V1__ADD_PROBLEM_REQUEST__INIT;
	const Duban__V1__AddProblemResponse *answer;
	uint8_t id[REQUEST_ID_SIZE];
	ProtobufCMessage *message = NULL;
	int code;

	if (given.owner == NULL || given.measure == NULL || given.found == NULL) {
		(void)agent_error(_("请写明 --owner 责任人、--measure 整改措施、--found "
		                    "发现日期；限期整改的还有 --due 整改期限"));
		return AGENT_USAGE;
	}
	request.kind = (Duban__V1__ProblemKind)problem_kind_find(
		given.kind != NULL ? given.kind : "limited");
	if (request.kind == 0) {
		(void)agent_error(
			_("--kind %s：应为限期整改（limited）或持续整改（ongoing）"),
			given.kind);
		return AGENT_USAGE;
	}
	if (!is_day("--found", given.found) || !is_day("--due", given.due))
		return AGENT_USAGE;
	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return agent_error("%s", text_err(E_IO));
	request.request_id.data = id;
	request.request_id.len = sizeof(id);
	request.plan = arena_strdup(&agent->arena, agent->settings.plan);
	request.unit = arena_strdup(&agent->arena, agent->settings.unit);
	request.section = arena_strdup(&agent->arena, args[0]);
	request.title = arena_strdup(&agent->arena, args[1]);
	if (request.plan == NULL || request.unit == NULL || request.section == NULL ||
	    request.title == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	request.found = given.found;
	request.owner = given.owner;
	request.measure = given.measure;
	request.due = or_empty(given.due);
	request.target = or_empty(given.target);
	request.project = or_empty(given.project);
	request.telephone = or_empty(given.telephone);
	code = asking_call(agent, "Problems/AddProblem", &request.base,
	                   &duban__v1__add_problem_response__descriptor, &message);
	if (code != AGENT_OK || message == NULL)
		return code;
	answer = (const Duban__V1__AddProblemResponse *)message;
	if (agent->json)
		return print_json(json_pack("{s:s}", "number", answer->number));
	printf(_("已登记：%s\n"), answer->number);
	return AGENT_OK;
}

static bool is_day(const char *option, const char *text)
{
	day read;

	if (text == NULL || day_parse(text, &read) == 0)
		return true;
	(void)agent_error(_("%s %s：应为日期，如 2022-09-30"), option, text);
	return false;
}

static int note(struct agent *agent, const char *const *args)
{
	return act(agent, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_NOTED);
}

static int ask(struct agent *agent, const char *const *args)
{
	return act(agent, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_ASKED);
}

static int change(struct agent *agent, const char *const *args)
{
	if (given.owner == NULL && given.telephone == NULL && given.measure == NULL) {
		(void)agent_error(_("请写明调整什么：--owner、--telephone 或 --measure；"
		                    "整改期限请报牵头处室调整"));
		return AGENT_USAGE;
	}
	return act(agent, args, DUBAN__V1__PROBLEM_ACT__PROBLEM_ACT_CHANGED);
}

static int act(struct agent *agent, const char *const *args, Duban__V1__ProblemAct what)
{
	Duban__V1__ActOnProblemRequest request = DUBAN__V1__ACT_ON_PROBLEM_REQUEST__INIT;
	const Duban__V1__ActOnProblemResponse *answer;
	ProtobufCMessage *message = NULL;
	int code;

	request.number = arena_strdup(&agent->arena, args[0]);
	request.text = arena_strdup(&agent->arena, args[1]);
	if (request.number == NULL || request.text == NULL)
		return agent_error("%s", text_err(E_NOMEM));
	request.act = what;
	request.owner = or_empty(given.owner);
	request.telephone = or_empty(given.telephone);
	request.measure = or_empty(given.measure);
	request.due = or_empty(given.due);
	code = asking_call(agent, "Problems/ActOnProblem", &request.base,
	                   &duban__v1__act_on_problem_response__descriptor, &message);
	if (code != AGENT_OK || message == NULL)
		return code;
	answer = (const Duban__V1__ActOnProblemResponse *)message;
	if (agent->json)
		return print_json(
			json_pack("{s:s, s:s, s:s}", "number", args[0], "act",
		                  problem_act_word((int)what, true), "state",
		                  problem_state_word((int)answer->state, true)));
	printf(_("%s：%s已记录，现为“%s”\n"), args[0], problem_act_word((int)what, false),
	       problem_state_word((int)answer->state, false));
	return AGENT_OK;
}

static int print_json(json_t *value)
{
	bool failed = value == NULL || json_dumpf(value, stdout, JSON_INDENT(2)) != 0;

	if (!failed)
		(void)putchar('\n');
	json_decref(value);
	return failed ? agent_error("%s", text_err(E_NOMEM)) : AGENT_OK;
}

static char *or_empty(char *text)
{
	static char empty[] = "";

	return text != NULL ? text : empty;
}
