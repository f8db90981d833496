/*
 * What the lists share: options, filters, where things stand, and the end of each list,
 * which says whether it is whole.
 */
#include "client/admin/lists.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/plan.h"
#include "client/admin/table.h"

static struct {
	char *plan, *unit, *section, *target, *state, *csv;
	int overdue, split;
} options;

/* clang-format off */
#define COMMON \
	{"unit", 'u', POPT_ARG_STRING, &options.unit, 0, N_("只看一个单位，写名称或代码"), N_("单位")}, \
	{"section", 0, POPT_ARG_STRING, &options.section, 0, N_("只看一个板块，如 2"), N_("板块")}, \
	{"target", 0, POPT_ARG_STRING, &options.target, 0, N_("只看一个责任目标的"), N_("目标")}, \
	{"plan", 0, POPT_ARG_STRING, &options.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")}, \
	{"csv", 0, POPT_ARG_STRING, &options.csv, 0, N_("另存为电子表格能打开的 CSV 文件"), N_("文件")}
const struct poptOption lists_targets_options[] = {
	COMMON,
	{"split", 0, POPT_ARG_NONE, &options.split, 0, N_("逐单位列出任务分解，不只是全市"), NULL},
	{"state", 0, POPT_ARG_STRING, &options.state, 0, N_("只看一种状态：进行中、已完成、逾期、未定期限"), N_("状态")},
	{"overdue", 0, POPT_ARG_NONE, &options.overdue, 0, N_("只看逾期的，同 --state 逾期"), NULL},
	POPT_TABLEEND};
const struct poptOption lists_people_options[] = {
	COMMON,
	{"state", 0, POPT_ARG_STRING, &options.state, 0, N_("只看一种状态：在岗、代理、空缺"), N_("状态")},
	POPT_TABLEEND};
const struct poptOption lists_check_options[] = {COMMON, POPT_TABLEEND};
/* clang-format on */

static int resolve(struct lists *lists);
static int unknown(const char *option, const char *given, const char *allowed);
static const char *section_ids(struct admin *admin, const struct plan *plan);
static bool has_target(const struct plan *plan, const char *target);
static size_t section_index(const struct lists *lists,
                            const struct plan_section *section);

int lists_start(struct admin *admin, struct lists *ret)
{
	Duban__V1__GetBoardRequest request = DUBAN__V1__GET_BOARD_REQUEST__INIT;
	ProtobufCMessage *message;
	int code;

	*ret = (struct lists){
		.admin = admin,
		.target = options.target,
		.state = options.state,
		.csv = options.csv,
		.overdue = options.overdue != 0,
		.split = options.split != 0,
	};
	if (options.csv != NULL && admin->json)
		return lists_begin(admin, NULL, options.csv);
	code = plan_fetch(admin, options.plan, 0, &ret->plan);
	if (code == ADMIN_OK)
		code = resolve(ret);
	if (code != ADMIN_OK)
		return code;
	request.plan = arena_strdup(&admin->arena, ret->plan->id);
	if (request.plan == NULL)
		return admin_error(_("内存不足，无法输出"));
	code = admin_call(admin, "Board/GetBoard", &request.base,
	                  &duban__v1__get_board_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	ret->board = (const Duban__V1__GetBoardResponse *)message;
	ret->today = instant_day(ret->board->plan_at, ret->plan->utc_offset);
	return ADMIN_OK;
}

static int resolve(struct lists *lists)
{
	const struct plan *plan = lists->plan;

	if (options.unit != NULL) {
		lists->unit = plan_find_unit(plan, options.unit);
		if (lists->unit == NULL) {
			(void)admin_error(_("方案中没有单位“%s”"), options.unit);
			return ADMIN_USAGE;
		}
	}
	if (options.section != NULL) {
		lists->section = plan_find_section(plan, options.section);
		if (lists->section == NULL)
			return unknown("--section", options.section,
			               section_ids(lists->admin, plan));
	}
	if (options.target != NULL && !has_target(plan, options.target)) {
		(void)admin_error(
			_("--target %s：方案中没有这个目标；用 duban plan show 查看"),
			options.target);
		return ADMIN_USAGE;
	}
	return ADMIN_OK;
}

static int unknown(const char *option, const char *given, const char *allowed)
{
	(void)admin_error(_("%s %s：应为 %s"), option, given,
	                  allowed != NULL ? allowed : "");
	return ADMIN_USAGE;
}

static const char *section_ids(struct admin *admin, const struct plan *plan)
{
	const char *text = "";

	for (size_t i = 0; i < plan->section_count && text != NULL; i++)
		text = arena_printf(&admin->arena, "%s%s%s", text, i > 0 ? "、" : "",
		                    plan->sections[i].id);
	return text;
}

static bool has_target(const struct plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->section_count; i++)
		if (plan_find_target(&plan->sections[i], target) != NULL)
			return true;
	return false;
}

bool lists_shows(const struct lists *lists, const struct plan_section *section,
                 const char *target)
{
	if (lists->section != NULL && lists->section != section)
		return false;
	if (lists->target == NULL)
		return true;
	return target != NULL ? strcmp(lists->target, target) == 0
	                      : plan_find_target(section, lists->target) != NULL;
}

int lists_read_state(const struct lists *lists, const struct lists_state *states,
                     size_t count, int *ret_state)
{
	const char *allowed = "";

	*ret_state = -1;
	if (lists->state == NULL)
		return ADMIN_OK;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(states[i].zh, lists->state) == 0 ||
		    strcmp(states[i].key, lists->state) == 0) {
			*ret_state = (int)i;
			return ADMIN_OK;
		}
		if (allowed != NULL)
			allowed = arena_printf(&lists->admin->arena, "%s%s%s", allowed,
			                       i > 0 ? "、" : "", _(states[i].zh));
	}
	return unknown("--state", lists->state, allowed);
}

const Duban__V1__BoardTarget *lists_city(const struct lists *lists,
                                         const struct plan_target *target)
{
	size_t index = section_index(lists, target->section);
	const Duban__V1__BoardSection *section;

	if (index >= lists->board->n_sections)
		return NULL;
	section = lists->board->sections[index];
	for (size_t i = 0; i < section->n_targets; i++)
		if (strcmp(section->targets[i]->target, target->id) == 0)
			return section->targets[i];
	return NULL;
}

/* Published anew between two calls, plan and board may differ: then there is none. */
static size_t section_index(const struct lists *lists, const struct plan_section *section)
{
	size_t i = 0;

	while (i < lists->board->n_sections &&
	       strcmp(lists->board->sections[i]->section, section->id) != 0)
		i++;
	return i;
}

const Duban__V1__BoardLine *lists_line(const struct lists *lists,
                                       const struct plan_target *target,
                                       const struct plan_unit *unit)
{
	size_t index = section_index(lists, target->section);
	const Duban__V1__BoardSection *section;
	const Duban__V1__BoardCell *cell;

	if (index >= lists->board->n_sections)
		return NULL;
	section = lists->board->sections[index];
	if (unit->index >= section->n_cells || unit->index >= lists->board->n_units ||
	    strcmp(lists->board->units[unit->index]->unit, unit->code) != 0)
		return NULL;
	cell = section->cells[unit->index];
	for (size_t i = 0; i < cell->n_lines; i++)
		if (strcmp(cell->lines[i]->target, target->id) == 0)
			return cell->lines[i];
	return NULL;
}

int lists_begin(struct admin *admin, struct table *table, const char *path)
{
	if (path == NULL || !admin->json)
		return table_save_csv(table, path);
	(void)admin_error(_("--csv 和 --json 只能用一个"));
	return ADMIN_USAGE;
}

int lists_end(struct admin *admin, struct table *table, int code, uint64_t total)
{
	size_t count = table_count(table);
	json_t *rows;

	if (code != ADMIN_OK) {
		table_destroy(table);
		return code;
	}
	if (admin->json) {
		rows = table_take_json(table);
		return output_json(rows == NULL
		                           ? NULL
		                           : json_pack("{s:b, s:I, s:o}", "complete",
		                                       count == total, "total",
		                                       (json_int_t)total, "rows", rows));
	}
	code = table_print(table);
	if (code == ADMIN_OK)
		printf(_("已列 %zu 条，共 %zu 条。\n"), count, (size_t)total);
	return code;
}
