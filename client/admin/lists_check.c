/*
 * duban lists check: where the four lists do not meet.
 *
 *	targets  <-> projects          a task without a project; figures that do not sum
 *	projects <-> responsibilities  a project that nobody answers for; an empty seat
 *	projects, problems <-> dates   past the planned finish, past due
 *
 * Each finding is a row that says what to do about it. Exit code 3 when there is one, so
 * that a script or a timer can ask every morning.
 */
#include <duban/v1/problems.pb-c.h>
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/lists.h"
#include "client/admin/pages.h"
#include "client/admin/project_fields.h"
#include "client/admin/projects.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/wire.h"
#include "model/wording.h"

struct checking {
	struct lists lists;
	struct project_rows rows; /* by unit, in the plan's order */
	size_t *first; /* for each unit of the plan, and one more: its first row */
	struct table *table;
};

/* What a finding is about, in words for people and as a key. */
struct kind {
	const char *zh, *key;
};
/* clang-format off */
static const struct kind
	no_project     = {N_("目标没有项目"), "target_without_project"},
	no_person      = {N_("项目没有责任人"), "project_without_person"},
	past_finish    = {N_("项目逾期"), "project_overdue"},
	problem_due    = {N_("问题逾期"), "problem_overdue"},
	other_sum      = {N_("项目数不相符"), "project_sum_differs"},
	empty_seat     = {N_("没有责任人"), "nobody_responsible"};
/* clang-format on */

static int find_first(struct checking *checking);
static void check_targets(struct checking *checking);
static void check_target(struct checking *checking, const struct plan_target *target,
                         const struct plan_unit *unit);
static bool has_project(const struct checking *checking, const struct plan_target *target,
                        const struct plan_unit *unit);
static void check_sum(struct checking *checking, const struct plan_target *target,
                      const struct plan_unit *unit);
static bool add_up(const struct checking *checking, const struct plan_target *target,
                   const struct plan_unit *unit, struct quantity *ret_sum);
static void check_projects(struct checking *checking);
static void check_project(struct checking *checking, const Duban__V1__ProjectRow *row);
static int check_problems(struct checking *checking);
static void check_problem(struct checking *checking, const Duban__V1__Problem *problem);
static void check_seats(struct checking *checking);
static void check_seat(struct checking *checking, const struct plan_seat *seat,
                       const char *id, const char *name);
static bool is_asked(const struct checking *checking, const struct plan_unit *unit);
static bool leads(const struct checking *checking,
                  const struct plan_department *department);
static void add(struct checking *checking, const struct kind *kind,
                const char *const *about, const char *text);
static const char *say(struct checking *checking, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static const char *quoted(struct checking *checking, const char *name);
static int finish(struct checking *checking, int code);

int lists_check(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"kind", N_("问题"), TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"target", N_("目标编号"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"project", N_("项目编号"), TABLE_LEFT},
		{"text", N_("情况和办法"), TABLE_LEFT},
	};
	Duban__V1__ListProjectsRequest request = DUBAN__V1__LIST_PROJECTS_REQUEST__INIT;
	struct checking checking = {.table = NULL};
	int code = lists_start(admin, &checking.lists);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	request.plan = arena_strdup(&admin->arena, checking.lists.plan->id);
	if (checking.lists.unit != NULL)
		request.unit = arena_strdup(&admin->arena, checking.lists.unit->code);
	if (request.plan == NULL || request.unit == NULL)
		return admin_error(_("内存不足，无法输出"));
	code = projects_fetch(admin, &request, &checking.rows);
	if (code == ADMIN_OK)
		code = find_first(&checking);
	if (code != ADMIN_OK)
		return code;
	checking.table = table_create(admin, columns, ARRAY_LEN(columns));
	code = lists_begin(admin, checking.table, checking.lists.csv);
	if (code == ADMIN_OK) {
		check_targets(&checking);
		check_projects(&checking);
		check_seats(&checking);
		code = check_problems(&checking);
	}
	return finish(&checking, code);
}

/* Rows of units that the plan has no more come last, and belong to none. */
static int find_first(struct checking *checking)
{
	const struct plan *plan = checking->lists.plan;
	size_t at = 0;

	checking->first = arena_new_array(&checking->lists.admin->arena,
	                                  plan->unit_count + 1, size_t);
	if (checking->first == NULL)
		return admin_error(_("内存不足，无法输出"));
	for (size_t u = 0; u < plan->unit_count; u++) {
		checking->first[u] = at;
		while (at < checking->rows.count &&
		       strcmp(checking->rows.rows[at]->project->unit,
		              plan->units[u].code) == 0)
			at++;
	}
	checking->first[plan->unit_count] = at;
	return ADMIN_OK;
}

static void check_targets(struct checking *checking)
{
	const struct lists *lists = &checking->lists;

	for (size_t s = 0; s < lists->plan->section_count; s++)
		for (size_t t = 0; t < lists->plan->sections[s].target_count; t++) {
			const struct plan_target *target =
				&lists->plan->sections[s].targets[t];

			if (!lists_shows(lists, target->section, target->id))
				continue;
			for (size_t u = 0; u < lists->plan->unit_count; u++)
				if (lists->unit == NULL ||
				    lists->unit == &lists->plan->units[u])
					check_target(checking, target,
					             &lists->plan->units[u]);
		}
}

static void check_target(struct checking *checking, const struct plan_target *target,
                         const struct plan_unit *unit)
{
	const struct plan_allocation *part =
		plan_part_on(target, unit, checking->lists.today);
	const char *about[] = {target->section->id, target->id, unit->code, unit->name,
	                       ""};

	if (!plan_is_responsible(target, unit, checking->lists.today))
		return;
	if (target->indicator != NULL && part != NULL && part->value.digits == 0)
		return; /* a task of nothing needs no project */
	if (has_project(checking, target, unit))
		check_sum(checking, target, unit);
	else
		add(checking, &no_project, about,
		    say(checking,
		        _("%s还没有登记项目，请登记（duban projects put %s 编号 "
		          "--section %s --target %s --name 名称）"),
		        quoted(checking, target->name), unit->code, target->section->id,
		        target->id));
}

static bool has_project(const struct checking *checking, const struct plan_target *target,
                        const struct plan_unit *unit)
{
	for (size_t i = checking->first[unit->index];
	     i < checking->first[unit->index + 1]; i++) {
		struct project project =
			project_of_message(checking->rows.rows[i]->project);

		if (strcmp(project.section, target->section->id) == 0 &&
		    project.state != PROJECT_CANCELLED &&
		    project_has_target(&project, target->id))
			return true;
	}
	return false;
}

/* What the unit last reported against what its projects last reported of the same. */
static void check_sum(struct checking *checking, const struct plan_target *target,
                      const struct plan_unit *unit)
{
	const Duban__V1__BoardLine *line = lists_line(&checking->lists, target, unit);
	const char *about[] = {target->section->id, target->id, unit->code, unit->name,
	                       ""};
	char is[QUANTITY_TEXT_MAX], parts[QUANTITY_TEXT_MAX];
	struct quantity sum, done;
	int order;

	if (line == NULL || line->done == NULL || target->indicator == NULL ||
	    wire_quantity_read(line->done, &done) < 0 ||
	    !add_up(checking, target, unit, &sum) ||
	    (quantity_compare(&sum, &done, &order) == 0 && order == 0))
		return;
	quantity_print(&done, is);
	quantity_print(&sum, parts);
	add(checking, &other_sum, about,
	    say(checking,
	        _("%s单位数%s，各项目数合计%s，请核对，下次报送时补齐项目数或更正"),
	        quoted(checking, target->indicator->name), is, parts));
}

/* False when no project has ever reported this, or it does not add up exactly. */
static bool add_up(const struct checking *checking, const struct plan_target *target,
                   const struct plan_unit *unit, struct quantity *ret_sum)
{
	struct quantity sum = {.unit = target->indicator->unit}, value;
	bool found = false;

	for (size_t i = checking->first[unit->index];
	     i < checking->first[unit->index + 1]; i++) {
		const Duban__V1__ProjectRow *row = checking->rows.rows[i];

		if (strcmp(row->project->section, target->section->id) != 0 ||
		    row->project->state ==
		            DUBAN__V1__PROJECT_STATE__PROJECT_STATE_CANCELLED)
			continue;
		for (size_t a = 0; a < row->n_amounts; a++) {
			if (strcmp(row->amounts[a]->indicator, target->indicator->id) !=
			    0)
				continue;
			if (row->amounts[a]->value == NULL ||
			    wire_quantity_read(row->amounts[a]->value, &value) < 0 ||
			    quantity_add(&sum, &value, &sum) < 0)
				return false;
			found = true;
		}
	}
	*ret_sum = sum;
	return found;
}

static void check_projects(struct checking *checking)
{
	for (size_t i = 0; i < checking->rows.count; i++) {
		const Duban__V1__ProjectRow *row = checking->rows.rows[i];
		const struct plan_section *section =
			plan_find_section(checking->lists.plan, row->project->section);
		bool shown =
			section != NULL && lists_shows(&checking->lists, section, NULL);
		struct project project = project_of_message(row->project);

		if (shown && (checking->lists.target == NULL ||
		              project_has_target(&project, checking->lists.target)))
			check_project(checking, row);
	}
}

static void check_project(struct checking *checking, const Duban__V1__ProjectRow *row)
{
	struct project project = project_of_message(row->project);
	const struct plan_unit *unit = plan_find_unit(checking->lists.plan, project.unit);
	const char *about[] = {project.section, "", project.unit,
	                       unit != NULL ? unit->name : project.unit, project.id};

	if (project_is_open(&project) && project.person[0] == '\0')
		add(checking, &no_person, about,
		    say(checking,
		        _("%s没有责任人，请补登（duban projects put %s %s --person "
		          "姓名）"),
		        quoted(checking, project.name), project.unit, project.id));
	if (row->overdue)
		add(checking, &past_finish, about,
		    say(checking,
		        _("%s计划%s完工，现为%"
		          "s；请核实，完工的改状态，未完工的调整日期并写明"
		          "原因"),
		        quoted(checking, project.name), row->project->finish,
		        project_state_name(project.state)));
}

static int check_problems(struct checking *checking)
{
	const struct lists *lists = &checking->lists;
	Duban__V1__ListProblemsRequest request = DUBAN__V1__LIST_PROBLEMS_REQUEST__INIT;
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	struct arena *arena = &lists->admin->arena;
	const Duban__V1__ListProblemsResponse *answer;
	ProtobufCMessage *message;

	page.size = PAGES_SIZE;
	request.page = &page;
	request.overdue = true;
	request.plan = arena_strdup(arena, lists->plan->id);
	if (lists->unit != NULL)
		request.unit = arena_strdup(arena, lists->unit->code);
	if (lists->section != NULL)
		request.section = arena_strdup(arena, lists->section->id);
	if (lists->target != NULL)
		request.target = arena_strdup(arena, lists->target);
	if (request.plan == NULL || request.unit == NULL || request.section == NULL ||
	    request.target == NULL)
		return admin_error(_("内存不足，无法输出"));
	do {
		int code =
			admin_call(lists->admin, "Problems/ListProblems", &request.base,
		                   &duban__v1__list_problems_response__descriptor,
		                   &message);

		if (code != ADMIN_OK)
			return code;
		answer = (const Duban__V1__ListProblemsResponse *)message;
		for (size_t i = 0; i < answer->n_problems; i++)
			check_problem(checking, answer->problems[i]);
		page.token = answer->next_page;
	} while (page.token[0] != '\0');
	return ADMIN_OK;
}

static void check_problem(struct checking *checking, const Duban__V1__Problem *problem)
{
	const struct plan_unit *unit =
		plan_find_unit(checking->lists.plan, problem->unit);
	const char *about[] = {problem->section, problem->target, problem->unit,
	                       unit != NULL ? unit->name : problem->unit,
	                       problem->project};

	add(checking, &problem_due, about,
	    say(checking,
	        _("%s（%s）应于%s前整改，责任人%s；请报进展，整改到位的申请销号（duban "
	          "problems "
	          "ask %s）"),
	        quoted(checking, problem->title), problem->number, problem->due,
	        problem->owner, problem->number));
}

/* Who approves for each unit, and the head of each leading department. */
static void check_seats(struct checking *checking)
{
	const struct plan *plan = checking->lists.plan;

	for (size_t i = 0; i < plan->unit_count; i++)
		if (is_asked(checking, &plan->units[i]))
			check_seat(checking,
			           &(struct plan_seat){.unit = &plan->units[i],
			                               .role = ROLE_APPROVES,
			                               .section =
			                                       checking->lists.section},
			           plan->units[i].code, plan->units[i].name);
	for (size_t i = 0; i < plan->department_count && checking->lists.unit == NULL;
	     i++)
		if (leads(checking, &plan->departments[i]))
			check_seat(
				checking,
				&(struct plan_seat){.department = &plan->departments[i],
			                            .role = ROLE_HEAD,
			                            .section = checking->lists.section},
				plan->departments[i].id, plan->departments[i].name);
}

static void check_seat(struct checking *checking, const struct plan_seat *seat,
                       const char *id, const char *name)
{
	const char *about[] = {seat->section != NULL ? seat->section->id : "", "", id,
	                       name, ""};

	if (plan_person_on(checking->lists.plan, seat, checking->lists.today) == NULL)
		add(checking, &empty_seat, about,
		    say(checking,
		        _("%s今天没有%s，请在方案的 people.yaml "
		          "中补上（或写明代理人）后重新发布"),
		        name, plan_role_name(seat->role)));
}

/* For a section that is looked at. */
static bool is_asked(const struct checking *checking, const struct plan_unit *unit)
{
	const struct lists *lists = &checking->lists;

	if (lists->unit != NULL && lists->unit != unit)
		return false;
	for (size_t s = 0; s < lists->plan->section_count; s++)
		if (lists->plan->sections[s].asked[unit->index] &&
		    lists_shows(lists, &lists->plan->sections[s], NULL))
			return true;
	return false;
}

static bool leads(const struct checking *checking,
                  const struct plan_department *department)
{
	const struct lists *lists = &checking->lists;

	for (size_t s = 0; s < lists->plan->section_count; s++)
		if (lists->plan->sections[s].lead == department &&
		    lists_shows(lists, &lists->plan->sections[s], NULL))
			return true;
	return false;
}

/* @about: section, target, unit, its name, project. */
static void add(struct checking *checking, const struct kind *kind,
                const char *const *about, const char *text)
{
	table_row(checking->table, checking->lists.admin->json ? kind->key : _(kind->zh),
	          about[0], about[1], about[2], about[3], about[4], text);
}

static const char *say(struct checking *checking, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(&checking->lists.admin->arena, format, args);
	va_end(args);
	return text != NULL ? text : "";
}

static const char *quoted(struct checking *checking, const char *name)
{
	const char *text = wording_quoted(&checking->lists.admin->arena, name);

	return text != NULL ? text : "";
}

static int finish(struct checking *checking, int code)
{
	struct admin *admin = checking->lists.admin;
	size_t count = table_count(checking->table);

	if (code != ADMIN_OK || count > 0 || admin->json || checking->lists.csv != NULL) {
		code = lists_end(admin, checking->table, code, count);
		return code == ADMIN_OK && count > 0 ? ADMIN_REFUSED : code;
	}
	table_destroy(checking->table);
	printf("%s\n", _("四张清单核对无误。"));
	return ADMIN_OK;
}
