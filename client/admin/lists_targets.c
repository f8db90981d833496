/*
 * duban lists targets: every target of the plan with its words, its figures and where it
 * stands; for the city, or unit by unit.
 *
 * A target without a date or without a measure is listed like the others, and says so: a
 * list that leaves it out would not be the plan.
 */
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/lists.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/wire.h"

enum state { ONGOING, MET, OVERDUE, UNDATED, STATES };

/* clang-format off */
static const struct lists_state states[STATES] = {
	[ONGOING] = {N_("进行中"), "ongoing"},
	[MET]     = {N_("已完成"), "met"},
	[OVERDUE] = {N_("逾期"), "overdue"},
	[UNDATED] = {N_("未定期限"), "undated"},
};
/* clang-format on */

/* One row, of the city or of a unit. */
struct standing {
	const char *done_percent, *expected_percent, *gap;
	const Duban__V1__Quantity *done;
	const struct quantity *task; /* NULL: nothing measures it */
	Duban__V1__Light light;
	day deadline;
	bool sample;
};

static void add_target(struct lists *lists, struct table *table,
                       const struct plan_target *target, int only);
static void add_unit(struct lists *lists, struct table *table,
                     const struct plan_target *target, const struct plan_unit *unit,
                     int only);
static void add_row(struct lists *lists, struct table *table,
                    const struct plan_target *target, const struct plan_unit *unit,
                    const struct standing *standing, int only);
static enum state state_of(const struct lists *lists, const struct standing *standing);
static const char *binding_text(const struct admin *admin,
                                const struct plan_target *target);
static const char *supporting(struct lists *lists, const struct plan_target *target);
static const char *day_text(struct admin *admin, day when);

int lists_targets(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"section", N_("板块"), TABLE_LEFT},
		{"section_name", N_("工作板块"), TABLE_LEFT},
		{"target", N_("目标编号"), TABLE_LEFT},
		{"name", N_("责任目标"), TABLE_LEFT},
		{"clause", N_("条款"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"task", N_("任务数"), TABLE_RIGHT},
		{"binding", N_("性质"), TABLE_FLAG},
		{"lead", N_("牵头处室"), TABLE_LEFT},
		{"supporting", N_("配合单位"), TABLE_LEFT},
		{"start", N_("起算日"), TABLE_LEFT},
		{"deadline", N_("期限"), TABLE_LEFT},
		{"state", N_("状态"), TABLE_LEFT},
		{"light", N_("亮灯"), TABLE_LEFT},
		{"done", N_("累计完成"), TABLE_RIGHT},
		{"done_percent", N_("完成率%"), TABLE_RIGHT},
		{"expected_percent", N_("序时进度%"), TABLE_RIGHT},
		{"gap", N_("相差百分点"), TABLE_RIGHT},
		{"sample", N_("示例数据"), TABLE_FLAG},
	};
	struct lists lists;
	struct table *table;
	int only, code = lists_start(admin, &lists);

	(void)args;
	if (code == ADMIN_OK)
		code = lists_read_state(&lists, states, STATES, &only);
	if (code != ADMIN_OK)
		return code;
	if (lists.overdue)
		only = OVERDUE;
	table = table_create(admin, columns, ARRAY_LEN(columns));
	code = lists_begin(admin, table, lists.csv);
	for (size_t s = 0; code == ADMIN_OK && s < lists.plan->section_count; s++)
		for (size_t t = 0; t < lists.plan->sections[s].target_count; t++)
			add_target(&lists, table, &lists.plan->sections[s].targets[t],
			           only);
	return lists_end(admin, table, code, table_count(table));
}

static void add_target(struct lists *lists, struct table *table,
                       const struct plan_target *target, int only)
{
	const Duban__V1__BoardTarget *city = lists_city(lists, target);
	struct quantity task = plan_value_on(target, lists->today);
	struct standing standing = {
		.done_percent = "",
		.expected_percent = "",
		.gap = "",
		.task = target->indicator != NULL ? &task : NULL,
		.light = DUBAN__V1__LIGHT__LIGHT_NONE,
		.deadline = plan_deadline_on(target, NULL, lists->today),
		.sample = target->measure_sample || target->deadline_sample,
	};

	if (!lists_shows(lists, target->section, target->id))
		return;
	if (city != NULL) {
		standing.done_percent = city->done_percent;
		standing.expected_percent = city->expected_percent;
		standing.gap = city->gap;
		standing.done = city->done;
		standing.light = city->light;
	}
	if (lists->unit == NULL)
		add_row(lists, table, target, NULL, &standing, only);
	for (size_t i = 0; i < lists->plan->unit_count; i++)
		if (lists->unit == &lists->plan->units[i] ||
		    (lists->unit == NULL && lists->split))
			add_unit(lists, table, target, &lists->plan->units[i], only);
}

/* Who has no part in it has no row. */
static void add_unit(struct lists *lists, struct table *table,
                     const struct plan_target *target, const struct plan_unit *unit,
                     int only)
{
	const Duban__V1__BoardLine *line = lists_line(lists, target, unit);
	const struct plan_allocation *part = plan_part_on(target, unit, lists->today);
	struct standing standing = {
		.done_percent = "",
		.expected_percent = "",
		.gap = "",
		.task = part != NULL && target->indicator != NULL ? &part->value : NULL,
		.light = DUBAN__V1__LIGHT__LIGHT_NONE,
		.deadline = plan_deadline_on(target, unit, lists->today),
		.sample = (part != NULL && part->sample) || target->deadline_sample,
	};

	if (!plan_is_responsible(target, unit, lists->today))
		return;
	if (line != NULL) {
		standing.done_percent = line->done_percent;
		standing.expected_percent = line->expected_percent;
		standing.gap = line->gap;
		standing.done = line->done;
		standing.light = line->light;
	}
	add_row(lists, table, target, unit, &standing, only);
}

static void add_row(struct lists *lists, struct table *table,
                    const struct plan_target *target, const struct plan_unit *unit,
                    const struct standing *standing, int only)
{
	struct admin *admin = lists->admin;
	const struct plan_section *section = target->section;
	enum state state = state_of(lists, standing);

	if (only >= 0 && (enum state)only != state)
		return;
	table_row(table, section->id, section->name, target->id, target->name,
	          target->clause != NULL ? target->clause->id : "",
	          unit != NULL ? unit->code : "",
	          unit != NULL ? unit->name : (admin->json ? "" : _("全市")),
	          standing->task != NULL ? text_value(admin, standing->task) : "",
	          binding_text(admin, target),
	          section->lead != NULL ? section->lead->name : "",
	          supporting(lists, target), day_text(admin, target->start),
	          day_text(admin, standing->deadline),
	          admin->json ? states[state].key : _(states[state].zh),
	          text_light(admin, standing->light),
	          text_quantity(admin, standing->done), standing->done_percent,
	          standing->expected_percent, standing->gap, text_flag(standing->sample));
}

/* By what was reported; what nobody measures is never met by itself. */
static enum state state_of(const struct lists *lists, const struct standing *standing)
{
	struct quantity done;
	int order;

	if (standing->task != NULL && standing->done != NULL &&
	    standing->task->digits != 0 &&
	    wire_quantity_read(standing->done, &done) == 0 &&
	    quantity_compare(&done, standing->task, &order) == 0 && order >= 0)
		return MET;
	if (standing->deadline == DAY_NONE)
		return UNDATED;
	return standing->deadline < lists->today ? OVERDUE : ONGOING;
}

static const char *binding_text(const struct admin *admin,
                                const struct plan_target *target)
{
	if (admin->json)
		return text_flag(target->binding);
	return target->binding ? _("约束性") : _("力争性");
}

static const char *supporting(struct lists *lists, const struct plan_target *target)
{
	const struct plan_section *section = target->section;
	size_t count = section->supporting_count + target->supporting_count;
	const char *text = "";

	for (size_t i = 0; i < count && text != NULL; i++) {
		const struct plan_party *party =
			i < section->supporting_count
				? &section->supporting[i]
				: &target->supporting[i - section->supporting_count];

		text = arena_printf(&lists->admin->arena, "%s%s%s", text,
		                    i > 0 ? "、" : "",
		                    party->unit != NULL ? party->unit->name
		                                        : party->department->name);
	}
	return text;
}

static const char *day_text(struct admin *admin, day when)
{
	char text[DAY_TEXT_MAX];

	if (when == DAY_NONE)
		return admin->json ? "" : _("未定");
	day_print(when, text);
	return arena_strdup(&admin->arena, text);
}
