/*
 * duban plan: lint, publish, show and compare.
 *
 * A folder is judged by the same code as at the centre, so that lint says at the desk
 * what apply would say. What is shown is always what the centre has: its files are
 * fetched and read here.
 */
#include "client/admin/plan.h"

#include <duban/v1/plans.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "base/config.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/folder.h"
#include "client/admin/output.h"
#include "client/admin/plan_effects.h"
#include "client/admin/plan_text.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

static struct {
	char *with, *calendar, *section;
	int dry_run, version;
} options;

/* clang-format off */
#define FOLDER_OPTIONS \
	{"with", 'w', POPT_ARG_STRING, &options.with, 0, N_("叠加一个示例数据文件夹，其内容一律标注“示例数据”"), N_("文件夹")}, \
	{"calendar", 0, POPT_ARG_STRING, &options.calendar, 0, N_("工作日历文件夹（默认用方案文件夹旁的 calendar）"), N_("文件夹")}
const struct poptOption plan_folder_options[] = {
	FOLDER_OPTIONS,
	POPT_TABLEEND};
const struct poptOption plan_apply_options[] = {
	FOLDER_OPTIONS,
	{"dry-run", 'n', POPT_ARG_NONE, &options.dry_run, 0, N_("只由中心端检查，并列出发布后的变化，不发布"), NULL},
	POPT_TABLEEND};
const struct poptOption plan_show_options[] = {
	{"section", 0, POPT_ARG_STRING, &options.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"version", 0, POPT_ARG_INT, &options.version, 0, N_("看某一版本（默认看现行版本）"), N_("版本")},
	POPT_TABLEEND};
/* clang-format on */

static void print_warnings(const struct yaml_problems *warnings)
{
	for (const struct yaml_problem *one = warnings->first; one != NULL;
	     one = one->next)
		if (one->place.file == NULL) /* about the plan as a whole */
			(void)fprintf(stderr, _("注意：%s\n"), one->message);
		else
			(void)fprintf(stderr, _("%s:%u:%u: 注意：%s\n"), one->place.file,
			              one->place.line, one->place.column, one->message);
}

static int read_plan(struct admin *admin, const struct folder *folder, bool warn,
                     const struct plan **ret_plan)
{
	struct yaml_problems problems = {0}, warnings = {0};
	int r;

	yaml_problems_init(&problems, &admin->arena);
	yaml_problems_init(&warnings, &admin->arena);
	r = plan_read(&admin->arena, folder->files, folder->count, &problems, &warnings,
	              ret_plan);
	config_print_problems(&problems, stderr);
	if (warn)
		print_warnings(&warnings);
	if (r == 0)
		return ADMIN_OK;
	(void)admin_error(_("方案有 %zu 处错误，不能发布"), problems.count);
	return r == E_SYNTAX ? ADMIN_REFUSED : admin_error("%s", text_err(r));
}

int plan_lint_command(struct admin *admin, const char *const *args)
{
	struct folder folder;
	const struct plan *plan;
	int code = folder_read(admin, args[0], options.with, options.calendar, &folder);

	if (code == ADMIN_OK)
		code = read_plan(admin, &folder, true, &plan);
	if (code == ADMIN_OK)
		return plan_text_summary(admin, plan);
	return code;
}

static int to_messages(struct admin *admin, const struct folder *folder,
                       Duban__V1__ApplyPlanRequest *request)
{
	request->files =
		arena_array(&admin->arena, folder->count, sizeof(Duban__V1__PlanFile *));
	if (request->files == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	for (size_t i = 0; i < folder->count; i++) {
		Duban__V1__PlanFile *file = arena_new(&admin->arena, Duban__V1__PlanFile);

		if (file == NULL)
			return admin_error("%s", text_err(E_NOMEM));
		duban__v1__plan_file__init(file);
		file->name = arena_strdup(&admin->arena, folder->files[i].name);
		file->content.len = folder->files[i].content.len;
		file->content.data = (uint8_t *)(uintptr_t)folder->files[i].content.data;
		request->files[request->n_files++] = file;
	}
	return ADMIN_OK;
}

static int print_applied(struct admin *admin, const Duban__V1__ApplyPlanResponse *answer)
{
	for (size_t i = 0; i < answer->n_warnings; i++)
		(void)fprintf(stderr, _("注意：%s\n"), answer->warnings[i]);
	if (admin->json)
		return output_json(json_pack(
			"{s:s, s:i, s:b, s:b, s:s, s:i, s:o}", "plan", answer->plan,
			"version", (int)answer->version, "changed", (int)answer->changed,
			"dry_run", (int)(options.dry_run != 0), "content_hash",
			text_bytes(admin, &answer->content_hash), "obligations",
			(int)answer->obligations, "effects",
			plan_effects_json(admin, answer->effects)));
	if (options.dry_run != 0)
		printf(_("检查通过，没有发布：%s，共应报 %u 份月报。\n"), answer->plan,
		       answer->obligations);
	else if (answer->changed)
		printf(_("已发布：%s 第 %u 版，共应报 %u 份月报。\n"), answer->plan,
		       answer->version, answer->obligations);
	else
		printf(_("内容与现行版本相同，没有发布新版本：%s 第 %u 版。\n"),
		       answer->plan, answer->version);
	if (answer->effects != NULL)
		return plan_effects_print(admin, answer->effects);
	return ADMIN_OK;
}

int plan_apply_command(struct admin *admin, const char *const *args)
{
	Duban__V1__ApplyPlanRequest request = DUBAN__V1__APPLY_PLAN_REQUEST__INIT;
	ProtobufCMessage *answer;
	struct folder folder;
	int code = folder_read(admin, args[0], options.with, options.calendar, &folder);

	if (code == ADMIN_OK)
		code = to_messages(admin, &folder, &request);
	request.dry_run = options.dry_run;
	if (code == ADMIN_OK)
		code = admin_call(admin, "Plans/ApplyPlan", &request.base,
		                  &duban__v1__apply_plan_response__descriptor, &answer);
	if (code != ADMIN_OK)
		return code;
	return print_applied(admin, (const Duban__V1__ApplyPlanResponse *)answer);
}

/* The centre's files of one version, as a folder. */
static int fetch(struct admin *admin, const char *name, uint32_t version,
                 struct folder *ret_folder, const Duban__V1__GetPlanResponse **ret_answer)
{
	Duban__V1__GetPlanRequest request = DUBAN__V1__GET_PLAN_REQUEST__INIT;
	const Duban__V1__GetPlanResponse *answer;
	ProtobufCMessage *message;
	struct plan_file *files;
	char *plan = arena_strdup(&admin->arena, name != NULL ? name : "");
	int code;

	request.plan = plan;
	request.version = version;
	code = admin_call(admin, "Plans/GetPlan", &request.base,
	                  &duban__v1__get_plan_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__GetPlanResponse *)message;
	files = arena_new_array(&admin->arena, answer->n_files, struct plan_file);
	if (files == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	for (size_t i = 0; i < answer->n_files; i++) {
		const Duban__V1__PlanFile *file = answer->files[i];

		files[i].name = file->name;
		files[i].content = bytes_of(file->content.data, file->content.len);
	}
	*ret_folder = (struct folder){.files = files, .count = answer->n_files};
	*ret_answer = answer;
	return ADMIN_OK;
}

int plan_fetch(struct admin *admin, const char *name, uint32_t version,
               const struct plan **ret_plan)
{
	const Duban__V1__GetPlanResponse *answer;
	struct folder folder;
	int code = fetch(admin, name, version, &folder, &answer);

	return code == ADMIN_OK ? read_plan(admin, &folder, false, ret_plan) : code;
}

int plan_show_command(struct admin *admin, const char *const *args)
{
	const Duban__V1__GetPlanResponse *answer;
	const struct plan *plan;
	struct folder folder;
	int code;

	if (options.version < 0) {
		(void)admin_error(_("--version %d：应为正整数"), options.version);
		return ADMIN_USAGE;
	}
	code = fetch(admin, args[0], (uint32_t)options.version, &folder, &answer);
	if (code == ADMIN_OK)
		code = read_plan(admin, &folder, false, &plan);
	if (code != ADMIN_OK)
		return code;
	if (!admin->json)
		printf(_("第 %u 版，%s 发布\n"), answer->version,
		       text_instant(admin, answer->applied_at));
	if (options.section == NULL)
		return plan_text_summary(admin, plan);
	return plan_text_section(admin, plan, options.section);
}

static int print_changes(struct admin *admin, const struct plan_change *changes)
{
	json_t *list;

	if (!admin->json) {
		if (changes == NULL)
			printf("%s\n", _("两者没有差别。"));
		for (; changes != NULL; changes = changes->next)
			printf("%s\n", changes->text);
		return ADMIN_OK;
	}
	list = json_array();
	for (; changes != NULL; changes = changes->next)
		(void)json_array_append_new(list, json_string(changes->text));
	return output_json(list);
}

int plan_diff_command(struct admin *admin, const char *const *args)
{
	const Duban__V1__GetPlanResponse *answer;
	const struct plan *from, *to;
	struct plan_change *changes;
	struct folder old = {0}, new = {0};
	int r, code = folder_read(admin, args[args[1] != NULL ? 1 : 0], options.with,
	                          options.calendar, &new);

	if (code == ADMIN_OK)
		code = read_plan(admin, &new, false, &to);
	if (code == ADMIN_OK && args[1] != NULL)
		code = folder_read(admin, args[0], options.with, options.calendar, &old);
	else if (code == ADMIN_OK)
		code = fetch(admin, to->id, 0, &old, &answer);
	if (code == ADMIN_OK)
		code = read_plan(admin, &old, false, &from);
	if (code != ADMIN_OK)
		return code;
	r = plan_diff(&admin->arena, from, to, &changes);
	if (r < 0)
		return admin_error("%s", text_err(r));
	return print_changes(admin, changes);
}

int plan_list_command(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"plan", N_("方案"), TABLE_LEFT},
		{"version", N_("版本"), TABLE_COUNT},
		{"current", N_("现行"), TABLE_FLAG},
		{"number", N_("文号"), TABLE_LEFT},
		{"title", N_("标题"), TABLE_LEFT},
		{"applied_at", N_("发布时间"), TABLE_LEFT},
		{"applied_by", N_("发布人"), TABLE_LEFT},
	};
	Duban__V1__ListPlansRequest request = DUBAN__V1__LIST_PLANS_REQUEST__INIT;
	const Duban__V1__ListPlansResponse *answer;
	ProtobufCMessage *message;
	struct table *table;
	int code = admin_call(admin, "Plans/ListPlans", &request.base,
	                      &duban__v1__list_plans_response__descriptor, &message);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__ListPlansResponse *)message;
	table = table_create(admin, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < answer->n_plans; i++) {
		const Duban__V1__PlanRow *row = answer->plans[i];

		table_row(table, row->plan, text_number(admin, row->version),
		          text_flag(row->current), row->number, row->title,
		          text_instant(admin, row->applied_at), row->applied_by);
	}
	return table_print(table);
}
