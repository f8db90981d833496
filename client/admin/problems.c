/*
 * duban problems list, show; duban lists problems:
 *
 *	filters -> every page -> table, CSV or JSON, and whether it is complete
 *	number  -> the problem, and everything that was done with it
 */
#include "client/admin/problems.h"

#include <duban/v1/problems.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/lists.h"
#include "client/admin/output.h"
#include "client/admin/pages.h"
#include "client/admin/plan.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "client/problem_words.h"
#include "model/plan.h"

static struct {
	char *plan, *unit, *section, *target, *project, *state, *kind, *at, *csv;
	int overdue;
} filter;

/* What the rows of one list have in common. */
static struct {
	const struct plan *plan;
	uint64_t total;
} listed;

/* clang-format off */
const struct poptOption problems_options[] = {
	{"unit", 'u', POPT_ARG_STRING, &filter.unit, 0, N_("只看一个单位，写名称或代码"), N_("单位")},
	{"section", 0, POPT_ARG_STRING, &filter.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"target", 0, POPT_ARG_STRING, &filter.target, 0, N_("只看一个责任目标的"), N_("目标")},
	{"project", 0, POPT_ARG_STRING, &filter.project, 0, N_("只看一个项目的"), N_("项目编号")},
	{"state", 0, POPT_ARG_STRING, &filter.state, 0, N_("只看一种状态：整改中、已申请销号、已销号"), N_("状态")},
	{"kind", 0, POPT_ARG_STRING, &filter.kind, 0, N_("只看一类：限期整改、持续整改"), N_("类别")},
	{"overdue", 0, POPT_ARG_NONE, &filter.overdue, 0, N_("只看超过整改期限尚未申请销号的"), NULL},
	{"at", 0, POPT_ARG_STRING, &filter.at, 0, N_("按那一天终了时所知，如 2022-09-30"), N_("日期")},
	{"plan", 0, POPT_ARG_STRING, &filter.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")},
	{"csv", 0, POPT_ARG_STRING, &filter.csv, 0, N_("另存为电子表格能打开的 CSV 文件"), N_("文件")},
	POPT_TABLEEND};
/* clang-format on */

static int fill_request(struct admin *admin, const struct plan *plan,
                        Duban__V1__ListProblemsRequest *request);
static int fill_words(struct admin *admin, Duban__V1__ListProblemsRequest *request);
static void add_rows(struct admin *admin, struct table *table,
                     const ProtobufCMessage *message);
static void print_problem(struct admin *admin, const Duban__V1__Problem *problem);
static int print_events(struct admin *admin, const Duban__V1__GetProblemResponse *answer);
static int print_json(struct admin *admin, const Duban__V1__GetProblemResponse *answer);
static json_t *events_json(struct admin *admin,
                           const Duban__V1__GetProblemResponse *answer);

int problems_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"number", N_("编号"), TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"target", N_("责任目标"), TABLE_LEFT},
		{"project", N_("所属项目"), TABLE_LEFT},
		{"title", N_("问题"), TABLE_LEFT},
		{"kind", N_("类别"), TABLE_LEFT},
		{"found", N_("发现日期"), TABLE_LEFT},
		{"owner", N_("责任人"), TABLE_LEFT},
		{"telephone", N_("电话"), TABLE_LEFT},
		{"measure", N_("整改措施"), TABLE_LEFT},
		{"due", N_("整改期限"), TABLE_LEFT},
		{"state", N_("状态"), TABLE_LEFT},
		{"overdue", N_("逾期"), TABLE_FLAG},
		{"sent_back", N_("退办次数"), TABLE_COUNT},
		{"last_act", N_("最近办理"), TABLE_LEFT},
		{"last_at", N_("办理时间"), TABLE_LEFT},
		{"last_text", N_("办理内容"), TABLE_LEFT},
	};
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	Duban__V1__ListProblemsRequest request = DUBAN__V1__LIST_PROBLEMS_REQUEST__INIT;
	const struct pages pages = {
		.method = "Problems/ListProblems",
		.request = &request.base,
		.page = &page,
		.answer_type = &duban__v1__list_problems_response__descriptor,
		.add = add_rows,
		.all = true,
	};
	struct table *table;
	bool complete;
	int code = plan_fetch(admin, filter.plan, 0, &listed.plan);

	(void)args;
	if (code == ADMIN_OK)
		code = fill_request(admin, listed.plan, &request);
	if (code != ADMIN_OK)
		return code;
	request.page = &page;
	table = table_create(admin, columns, ARRAY_LEN(columns));
	code = lists_begin(admin, table, filter.csv);
	if (code == ADMIN_OK)
		code = pages_read(admin, &pages, table, &complete);
	return lists_end(admin, table, code, listed.total);
}

static int fill_request(struct admin *admin, const struct plan *plan,
                        Duban__V1__ListProblemsRequest *request)
{
	const struct plan_unit *unit;
	day at;

	request->plan = arena_strdup(&admin->arena, plan->id);
	request->section = filter.section != NULL ? filter.section : request->section;
	request->target = filter.target != NULL ? filter.target : request->target;
	request->project = filter.project != NULL ? filter.project : request->project;
	request->overdue = filter.overdue;
	if (filter.unit != NULL) {
		unit = plan_find_unit(plan, filter.unit);
		if (unit == NULL) {
			(void)admin_error(_("方案中没有单位“%s”"), filter.unit);
			return ADMIN_USAGE;
		}
		request->unit = arena_strdup(&admin->arena, unit->code);
	}
	if (filter.at != NULL) {
		if (day_parse(filter.at, &at) < 0) {
			(void)admin_error(_("--at %s：应为日期，如 2022-09-30"),
			                  filter.at);
			return ADMIN_USAGE;
		}
		request->known_at = instant_of(at + 1, 0, plan->utc_offset) - 1;
	}
	if (request->plan == NULL || request->unit == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	return fill_words(admin, request);
}

static int fill_words(struct admin *admin, Duban__V1__ListProblemsRequest *request)
{
	Duban__V1__ProblemState *state =
		arena_new(&admin->arena, Duban__V1__ProblemState);

	if (state == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	if (filter.state != NULL) {
		*state = (Duban__V1__ProblemState)problem_state_find(filter.state);
		if (*state == 0) {
			(void)admin_error(_("--state %s：应为整改中（open）、已申请销号"
			                    "（asked）或已销号（closed）"),
			                  filter.state);
			return ADMIN_USAGE;
		}
		request->states = state;
		request->n_states = 1;
	}
	if (filter.kind != NULL) {
		request->kind = (Duban__V1__ProblemKind)problem_kind_find(filter.kind);
		if (request->kind == 0) {
			(void)admin_error(_("--kind %s：应为限期整改（limited）或持续整改"
			                    "（ongoing）"),
			                  filter.kind);
			return ADMIN_USAGE;
		}
	}
	return ADMIN_OK;
}

static void add_rows(struct admin *admin, struct table *table,
                     const ProtobufCMessage *message)
{
	const Duban__V1__ListProblemsResponse *answer =
		(const Duban__V1__ListProblemsResponse *)message;

	listed.total = answer->total;
	for (size_t i = 0; i < answer->n_problems; i++) {
		const Duban__V1__Problem *row = answer->problems[i];
		const struct plan_unit *unit = plan_find_unit(listed.plan, row->unit);

		table_row(table, row->number, unit != NULL ? unit->name : row->unit,
		          row->unit, row->section, row->target, row->project, row->title,
		          text_problem_kind(admin, row->kind), row->found, row->owner,
		          row->telephone, row->measure, row->due,
		          text_problem_state(admin, row->state), text_flag(row->overdue),
		          text_number(admin, row->sent_back),
		          text_problem_act(admin, row->last_act),
		          text_instant(admin, row->last_at), row->last_text);
	}
}

int problems_show(struct admin *admin, const char *const *args)
{
	Duban__V1__GetProblemRequest request = DUBAN__V1__GET_PROBLEM_REQUEST__INIT;
	const Duban__V1__GetProblemResponse *answer;
	ProtobufCMessage *message;
	int code;

	request.number = arena_strdup(&admin->arena, args[0]);
	if (request.number == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	code = admin_call(admin, "Problems/GetProblem", &request.base,
	                  &duban__v1__get_problem_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__GetProblemResponse *)message;
	if (answer->problem == NULL)
		return admin_error(_("中心端给出的问题无法读取"));
	if (admin->json)
		return print_json(admin, answer);
	print_problem(admin, answer->problem);
	return print_events(admin, answer);
}

static void print_problem(struct admin *admin, const Duban__V1__Problem *problem)
{
	printf(_("%s  %s    %s\n单位 %s    板块 %s"), problem->number, problem->title,
	       text_problem_state(admin, problem->state), problem->unit,
	       problem->section);
	if (problem->target[0] != '\0')
		printf(_("    责任目标 %s"), problem->target);
	if (problem->project[0] != '\0')
		printf(_("    项目 %s"), problem->project);
	printf(_("\n%s    发现 %s    整改期限 %s%s\n责任人：%s  %s\n整改措施：%s\n"),
	       text_problem_kind(admin, problem->kind), problem->found,
	       problem->due[0] != '\0' ? problem->due : _("未定"),
	       problem->overdue ? _("（已逾期）") : "", problem->owner,
	       problem->telephone, problem->measure);
	printf(_("登记：%s，%s\n\n"), text_instant(admin, problem->registered_at),
	       problem->registered_by);
}

static int print_events(struct admin *admin, const Duban__V1__GetProblemResponse *answer)
{
	static const struct table_column columns[] = {
		{"at", N_("时间"), TABLE_LEFT},      {"act", N_("办理"), TABLE_LEFT},
		{"by", N_("由谁"), TABLE_LEFT},      {"text", N_("内容"), TABLE_LEFT},
		{"owner", N_("责任人"), TABLE_LEFT}, {"due", N_("整改期限"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < answer->n_events; i++) {
		const Duban__V1__ProblemEvent *event = answer->events[i];

		table_row(table, text_instant(admin, event->at),
		          text_problem_act(admin, event->act), event->by, event->text,
		          event->owner, event->due);
	}
	return table_print(table);
}

static int print_json(struct admin *admin, const Duban__V1__GetProblemResponse *answer)
{
	const Duban__V1__Problem *problem = answer->problem;

	return output_json(json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		"s:s, s:b, s:i, s:o}",
		"number", problem->number, "plan", problem->plan, "unit", problem->unit,
		"section", problem->section, "target", problem->target, "project",
		problem->project, "kind", text_problem_kind(admin, problem->kind),
		"title", problem->title, "found", problem->found, "registered_at",
		text_instant(admin, problem->registered_at), "registered_by",
		problem->registered_by, "state",
		text_problem_state(admin, problem->state), "owner", problem->owner,
		"measure", problem->measure, "due", problem->due, "overdue",
		(int)problem->overdue, "sent_back", (int)problem->sent_back, "events",
		events_json(admin, answer)));
}

static json_t *events_json(struct admin *admin,
                           const Duban__V1__GetProblemResponse *answer)
{
	json_t *events = json_array();

	for (size_t i = 0; i < answer->n_events; i++) {
		const Duban__V1__ProblemEvent *event = answer->events[i];

		(void)json_array_append_new(
			events,
			json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		                  "s:s}",
		                  "ordinal", (int)event->ordinal, "act",
		                  text_problem_act(admin, event->act), "at",
		                  text_instant(admin, event->at), "wall_at",
		                  text_instant(admin, event->wall_at), "by", event->by,
		                  "text", event->text, "state",
		                  text_problem_state(admin, event->state), "owner",
		                  event->owner, "telephone", event->telephone, "measure",
		                  event->measure, "due", event->due));
	}
	return events;
}
