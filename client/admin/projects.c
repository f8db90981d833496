/*
 * duban projects list, put:
 *
 *	list  filters -> pages -> table
 *	put   what is there -> the fields that were given -> judged here -> sent
 *
 * Judging here is a courtesy: the centre judges again, by the same code.
 */
#include "client/admin/projects.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/lists.h"
#include "client/admin/plan.h"
#include "client/admin/project_fields.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

#define PAGE_SIZE 1000
#define SEND_MAX  200 /* as PutProjects takes */

static struct {
	char *plan, *unit, *section, *target, *state, *at, *id, *csv;
	int overdue, history;
} filter;
static struct {
	char *plan;
	char *fields[PROJECT_FIELDS];
} entry;

/* clang-format off */
const struct poptOption projects_options[] = {
	{"unit", 'u', POPT_ARG_STRING, &filter.unit, 0, N_("只看一个单位，写名称或代码"), N_("单位")},
	{"section", 0, POPT_ARG_STRING, &filter.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"target", 0, POPT_ARG_STRING, &filter.target, 0, N_("只看一个责任目标的"), N_("目标")},
	{"state", 0, POPT_ARG_STRING, &filter.state, 0, N_("只看一种状态：未开工、在建、完工、销号、取消"), N_("状态")},
	{"overdue", 0, POPT_ARG_NONE, &filter.overdue, 0, N_("只看超过计划完工日期尚未完工的"), NULL},
	{"id", 0, POPT_ARG_STRING, &filter.id, 0, N_("只看一个编号的项目"), N_("编号")},
	{"at", 0, POPT_ARG_STRING, &filter.at, 0, N_("按那一天终了时所知，如 2022-09-30"), N_("日期")},
	{"history", 0, POPT_ARG_NONE, &filter.history, 0, N_("列出每一次登记，不止最新一次"), NULL},
	{"plan", 0, POPT_ARG_STRING, &filter.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")},
	{"csv", 0, POPT_ARG_STRING, &filter.csv, 0, N_("另存为电子表格能打开的 CSV 文件"), N_("文件")},
	POPT_TABLEEND};
const struct poptOption projects_put_options[] = {
	{"section", 0, POPT_ARG_STRING, &entry.fields[PROJECT_SECTION], 0, N_("所属板块，登记后不能改"), N_("板块")},
	{"target", 0, POPT_ARG_STRING, &entry.fields[PROJECT_TARGETS], 0, N_("所属责任目标，几个的用逗号隔开"), N_("目标")},
	{"name", 0, POPT_ARG_STRING, &entry.fields[PROJECT_NAME], 0, N_("项目名称"), N_("名称")},
	{"kind", 0, POPT_ARG_STRING, &entry.fields[PROJECT_KIND], 0, N_("项目类型"), N_("类型")},
	{"person", 0, POPT_ARG_STRING, &entry.fields[PROJECT_PERSON], 0, N_("项目责任人"), N_("姓名")},
	{"telephone", 0, POPT_ARG_STRING, &entry.fields[PROJECT_TELEPHONE], 0, N_("责任人的电话"), N_("电话")},
	{"start", 0, POPT_ARG_STRING, &entry.fields[PROJECT_START], 0, N_("计划开工日期，如 2022-09-01"), N_("日期")},
	{"finish", 0, POPT_ARG_STRING, &entry.fields[PROJECT_FINISH], 0, N_("计划完工日期"), N_("日期")},
	{"state", 0, POPT_ARG_STRING, &entry.fields[PROJECT_STATE], 0, N_("状态：未开工、在建（新项目不写就是它）、完工、销号、取消"), N_("状态")},
	{"reason", 0, POPT_ARG_STRING, &entry.fields[PROJECT_REASON], 0, N_("原因或依据；销号、取消和退回前一状态时必写"), N_("原因")},
	{"plan", 0, POPT_ARG_STRING, &entry.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")},
	POPT_TABLEEND};
/* clang-format on */

static int fill_request(struct admin *admin, const struct plan *plan,
                        Duban__V1__ListProjectsRequest *request);
static int fill_state(struct admin *admin, const struct plan *plan,
                      Duban__V1__ListProjectsRequest *request);
static int keep(struct admin *admin, const Duban__V1__ListProjectsResponse *answer,
                struct project_rows *rows);
static void add_row(struct admin *admin, struct table *table, const struct plan *plan,
                    const Duban__V1__ProjectRow *row);
static int find_newest(struct admin *admin, const struct plan *plan, const char *unit,
                       const char *id, struct project *ret_project);
static int send_some(struct admin *admin, const struct plan *plan,
                     const struct project *projects, size_t count, uint32_t *ret_changed);

int projects_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"id", N_("编号"), TABLE_LEFT},
		{"name", N_("项目名称"), TABLE_LEFT},
		{"kind", N_("项目类型"), TABLE_LEFT},
		{"targets", N_("责任目标"), TABLE_LEFT},
		{"person", N_("责任人"), TABLE_LEFT},
		{"telephone", N_("电话"), TABLE_LEFT},
		{"start", N_("计划开工"), TABLE_LEFT},
		{"finish", N_("计划完工"), TABLE_LEFT},
		{"state", N_("状态"), TABLE_LEFT},
		{"overdue", N_("逾期"), TABLE_FLAG},
		{"reason", N_("原因"), TABLE_LEFT},
		{"version", N_("版本"), TABLE_COUNT},
		{"put_at", N_("登记时间"), TABLE_LEFT},
		{"put_by", NULL, TABLE_LEFT},
	};
	Duban__V1__ListProjectsRequest request = DUBAN__V1__LIST_PROJECTS_REQUEST__INIT;
	struct project_rows rows;
	const struct plan *plan;
	struct table *table;
	int code = plan_fetch(admin, filter.plan, 0, &plan);

	(void)args;
	if (code == ADMIN_OK)
		code = fill_request(admin, plan, &request);
	if (code == ADMIN_OK)
		code = projects_fetch(admin, &request, &rows);
	if (code != ADMIN_OK)
		return code;
	table = table_create(admin, columns, ARRAY_LEN(columns));
	code = lists_begin(admin, table, filter.csv);
	for (size_t i = 0; code == ADMIN_OK && i < rows.count; i++)
		add_row(admin, table, plan, rows.rows[i]);
	return lists_end(admin, table, code, rows.total);
}

static int fill_request(struct admin *admin, const struct plan *plan,
                        Duban__V1__ListProjectsRequest *request)
{
	const struct plan_unit *unit;
	day at;

	request->plan = arena_strdup(&admin->arena, plan->id);
	request->section = filter.section != NULL ? filter.section : request->section;
	request->target = filter.target != NULL ? filter.target : request->target;
	request->id = filter.id != NULL ? filter.id : request->id;
	request->overdue = filter.overdue;
	request->history = filter.history;
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
	return fill_state(admin, plan, request);
}

static int fill_state(struct admin *admin, const struct plan *plan,
                      Duban__V1__ListProjectsRequest *request)
{
	struct project project = project_empty();
	const char *why = "";

	if (filter.state == NULL)
		return ADMIN_OK;
	if (project_set(&admin->arena, plan, &project, PROJECT_STATE, filter.state,
	                &why) < 0) {
		(void)admin_error("%s", why);
		return ADMIN_USAGE;
	}
	request->states = arena_new(&admin->arena, Duban__V1__ProjectState);
	if (request->states == NULL)
		return admin_error(_("内存不足，无法输出"));
	request->states[0] = (Duban__V1__ProjectState)project.state;
	request->n_states = 1;
	return ADMIN_OK;
}

int projects_fetch(struct admin *admin, Duban__V1__ListProjectsRequest *request,
                   struct project_rows *ret_rows)
{
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	struct project_rows rows = {.rows = NULL};
	const Duban__V1__ListProjectsResponse *answer;
	ProtobufCMessage *message;

	page.size = PAGE_SIZE;
	request->page = &page;
	do {
		int code = admin_call(admin, "Projects/ListProjects", &request->base,
		                      &duban__v1__list_projects_response__descriptor,
		                      &message);

		if (code != ADMIN_OK)
			return code;
		answer = (const Duban__V1__ListProjectsResponse *)message;
		code = keep(admin, answer, &rows);
		if (code != ADMIN_OK)
			return code;
		page.token = answer->next_page;
	} while (page.token[0] != '\0');
	request->page = NULL;
	*ret_rows = rows;
	return ADMIN_OK;
}

static int keep(struct admin *admin, const Duban__V1__ListProjectsResponse *answer,
                struct project_rows *rows)
{
	Duban__V1__ProjectRow **more =
		arena_new_array(&admin->arena, rows->count + answer->n_projects,
	                        Duban__V1__ProjectRow *);

	if (more == NULL)
		return admin_error(_("内存不足，无法输出"));
	for (size_t i = 0; i < rows->count; i++)
		more[i] = rows->rows[i];
	rows->rows = more;
	for (size_t i = 0; i < answer->n_projects; i++)
		if (answer->projects[i]->project != NULL)
			more[rows->count++] = answer->projects[i];
	rows->total = answer->total;
	return ADMIN_OK;
}

static void add_row(struct admin *admin, struct table *table, const struct plan *plan,
                    const Duban__V1__ProjectRow *row)
{
	static const char *const keys[PROJECT_STATES] = {"",         "planned",
	                                                 "underway", "finished",
	                                                 "closed",   "cancelled"};
	const Duban__V1__Project *project = row->project;
	const struct plan_unit *unit = plan_find_unit(plan, project->unit);
	size_t state = (size_t)project->state < PROJECT_STATES ? project->state : 0;
	const char *targets = "";

	for (size_t i = 0; i < project->n_targets && targets != NULL; i++)
		targets = arena_printf(&admin->arena, "%s%s%s", targets,
		                       i > 0 ? "、" : "", project->targets[i]);
	table_row(table, unit != NULL ? unit->name : project->unit, project->unit,
	          project->section, project->id, project->name, project->kind, targets,
	          project->person, project->telephone, project->start, project->finish,
	          admin->json ? keys[state]
	                      : project_state_name((enum project_state)state),
	          text_flag(row->overdue), project->reason,
	          text_number(admin, project->version), text_instant(admin, row->put_at),
	          row->put_by);
}

int projects_put(struct admin *admin, const char *const *args)
{
	const struct plan *plan;
	const struct plan_unit *unit;
	struct project project;
	const char *why = "";
	int code = plan_fetch(admin, entry.plan, 0, &plan);

	if (code != ADMIN_OK)
		return code;
	unit = plan_find_unit(plan, args[0]);
	if (unit == NULL) {
		(void)admin_error(_("方案中没有单位“%s”"), args[0]);
		return ADMIN_USAGE;
	}
	code = find_newest(admin, plan, unit->code, args[1], &project);
	if (code != ADMIN_OK)
		return code;
	for (int field = 0; field < PROJECT_FIELDS; field++)
		if (entry.fields[field] != NULL &&
		    project_set(&admin->arena, plan, &project, (enum project_field)field,
		                entry.fields[field], &why) < 0) {
			(void)admin_error("%s", why);
			return ADMIN_USAGE;
		}
	return projects_send(admin, plan, &project, 1);
}

/* What is there now; an empty one with this id when there is none. */
static int find_newest(struct admin *admin, const struct plan *plan, const char *unit,
                       const char *id, struct project *ret_project)
{
	Duban__V1__ListProjectsRequest request = DUBAN__V1__LIST_PROJECTS_REQUEST__INIT;
	struct project_rows rows;
	int code;

	request.plan = arena_strdup(&admin->arena, plan->id);
	request.unit = arena_strdup(&admin->arena, unit);
	request.id = arena_strdup(&admin->arena, id);
	if (request.plan == NULL || request.unit == NULL || request.id == NULL)
		return admin_error(_("内存不足，无法输出"));
	code = projects_fetch(admin, &request, &rows);
	if (code != ADMIN_OK)
		return code;
	*ret_project = project_empty();
	ret_project->unit = unit;
	ret_project->id = request.id;
	if (rows.count > 0 && id[0] != '\0')
		*ret_project = project_of_message(rows.rows[0]->project);
	return ADMIN_OK;
}

int projects_send(struct admin *admin, const struct plan *plan,
                  const struct project *projects, size_t count)
{
	uint32_t changed = 0;

	for (size_t at = 0; at < count; at += SEND_MAX) {
		size_t some = count - at < SEND_MAX ? count - at : SEND_MAX;
		uint32_t more = 0;
		int code = send_some(admin, plan, projects + at, some, &more);

		if (code != ADMIN_OK) {
			if (at > 0)
				(void)admin_error(
					_("前 %zu 个项目已登记，其余未登记；改正后可"
				          "整份重新导入"),
					at);
			return code;
		}
		changed += more;
	}
	if (admin->json)
		printf("{\"projects\": %zu, \"changed\": %u}\n", count, changed);
	else
		printf(_("%zu 个项目：%u 个有新内容，已登记；其余与已登记的相同\n"),
		       count, changed);
	return ADMIN_OK;
}

static int send_some(struct admin *admin, const struct plan *plan,
                     const struct project *projects, size_t count, uint32_t *ret_changed)
{
	Duban__V1__PutProjectsRequest request = DUBAN__V1__PUT_PROJECTS_REQUEST__INIT;
	ProtobufCMessage *message;
	int code;

	request.plan = arena_strdup(&admin->arena, plan->id);
	request.projects = arena_new_array(&admin->arena, count, Duban__V1__Project *);
	if (request.plan == NULL || request.projects == NULL)
		return admin_error(_("内存不足，无法输出"));
	for (size_t i = 0; i < count; i++) {
		request.projects[i] = project_to_message(&admin->arena, &projects[i]);
		if (request.projects[i] == NULL)
			return admin_error(_("内存不足，无法输出"));
	}
	request.n_projects = count;
	code = admin_call(admin, "Projects/PutProjects", &request.base,
	                  &duban__v1__put_projects_response__descriptor, &message);
	if (code == ADMIN_OK)
		*ret_changed = ((const Duban__V1__PutProjectsResponse *)message)->changed;
	return code;
}
