/*
 * duban lists responsibilities: who answers for what. For each section its lead
 * department, the bureau's leader in charge, the units that have a task, and who
 * supports; for each of them the persons who act today, by their roles.
 *
 * An empty seat is a row, because it is what somebody must fill.
 */
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/lists.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

enum state { SEATED, STANDING_IN, VACANT, STATES };

/* clang-format off */
static const struct lists_state states[STATES] = {
	[SEATED]      = {N_("在岗"), "seated"},
	[STANDING_IN] = {N_("代理"), "standing_in"},
	[VACANT]      = {N_("空缺"), "vacant"},
};
/* clang-format on */

static const char *const role_keys[ROLES] = {
	[ROLE_CONTACT] = "contact",   [ROLE_FILLS] = "fills",
	[ROLE_REVIEWS] = "reviews",   [ROLE_APPROVES] = "approves",
	[ROLE_LEADS_UNIT] = "leads",  [ROLE_HANDLES] = "handles",
	[ROLE_HEAD] = "head",         [ROLE_DEPUTY] = "deputy",
	[ROLE_DIRECTOR] = "director",
};

/* Whose rows are being written. */
struct writing {
	struct lists *lists;
	struct table *table;
	int only; /* a state; -1: all */
	const struct plan_section *section;
	const char *part, *part_key; /* "牵头单位", "lead" */
	const char *targets;
};

static void add_section(struct writing *writing);
static void add_departments(struct writing *writing);
static void add_supporting(struct writing *writing, const struct plan_party *parties,
                           size_t count, const char *targets);
static void add_units(struct writing *writing);
static void add_party(struct writing *writing, const struct plan_unit *unit,
                      const struct plan_department *department);
static void add_seat(struct writing *writing, const struct plan_seat *seat);
static const char *all_targets(struct lists *lists, const struct plan_section *section,
                               const struct plan_unit *unit);

int lists_people(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"section", N_("板块"), TABLE_LEFT},
		{"section_name", N_("工作板块"), TABLE_LEFT},
		{"part", N_("责任分工"), TABLE_LEFT},
		{"party", NULL, TABLE_LEFT},
		{"party_name", N_("责任主体"), TABLE_LEFT},
		{"targets", N_("责任目标"), TABLE_LEFT},
		{"role", N_("职责"), TABLE_LEFT},
		{"person", N_("姓名"), TABLE_LEFT},
		{"state", N_("状态"), TABLE_LEFT},
		{"telephone", N_("电话"), TABLE_LEFT},
		{"email", N_("电子邮件"), TABLE_LEFT},
		{"sample", N_("示例数据"), TABLE_FLAG},
	};
	struct lists lists;
	struct writing writing = {.lists = &lists};
	int code = lists_start(admin, &lists);

	(void)args;
	if (code == ADMIN_OK)
		code = lists_read_state(&lists, states, STATES, &writing.only);
	if (code != ADMIN_OK)
		return code;
	writing.table = table_create(admin, columns, ARRAY_LEN(columns));
	code = lists_begin(admin, writing.table, lists.csv);
	for (size_t s = 0; code == ADMIN_OK && s < lists.plan->section_count; s++) {
		writing.section = &lists.plan->sections[s];
		if (lists_shows(&lists, writing.section, NULL))
			add_section(&writing);
	}
	return lists_end(admin, writing.table, code, table_count(writing.table));
}

static void add_section(struct writing *writing)
{
	const struct plan_section *section = writing->section;

	if (writing->lists->unit == NULL)
		add_departments(writing);
	add_units(writing);
	add_supporting(writing, section->supporting, section->supporting_count,
	               all_targets(writing->lists, section, NULL));
	for (size_t t = 0; t < section->target_count; t++)
		if (lists_shows(writing->lists, section, section->targets[t].id))
			add_supporting(writing, section->targets[t].supporting,
			               section->targets[t].supporting_count,
			               section->targets[t].id);
}

static void add_departments(struct writing *writing)
{
	const struct plan *plan = writing->lists->plan;
	const struct plan_section *section = writing->section;
	struct plan_seat deputy = {.department = plan->office,
	                           .role = ROLE_DEPUTY,
	                           .section = section};

	writing->targets = all_targets(writing->lists, section, NULL);
	writing->part = _("分管局领导");
	writing->part_key = "deputy";
	if (plan->office != NULL)
		add_seat(writing, &deputy);
	writing->part = _("牵头单位");
	writing->part_key = "lead";
	if (section->lead != NULL)
		add_party(writing, NULL, section->lead);
}

static void add_supporting(struct writing *writing, const struct plan_party *parties,
                           size_t count, const char *targets)
{
	const struct plan_unit *only = writing->lists->unit;

	writing->part = _("配合单位");
	writing->part_key = "supporting";
	writing->targets = targets;
	for (size_t i = 0; i < count; i++)
		if (only == NULL || parties[i].unit == only)
			add_party(writing, parties[i].unit, parties[i].department);
}

static void add_units(struct writing *writing)
{
	struct lists *lists = writing->lists;

	writing->part = _("责任单位");
	writing->part_key = "responsible";
	for (size_t i = 0; i < lists->plan->unit_count; i++) {
		const struct plan_unit *unit = &lists->plan->units[i];

		if (lists->unit != NULL && lists->unit != unit)
			continue;
		writing->targets = all_targets(lists, writing->section, unit);
		if (writing->targets != NULL && writing->targets[0] != '\0')
			add_party(writing, unit, NULL);
	}
}

/* The seats that every party has. */
static void add_party(struct writing *writing, const struct plan_unit *unit,
                      const struct plan_department *department)
{
	static const enum plan_role unit_roles[] = {ROLE_APPROVES, ROLE_REVIEWS,
	                                            ROLE_FILLS};
	static const enum plan_role office_roles[] = {ROLE_HEAD, ROLE_CONTACT};
	const enum plan_role *roles = unit != NULL ? unit_roles : office_roles;
	size_t count = unit != NULL ? ARRAY_LEN(unit_roles) : ARRAY_LEN(office_roles);

	for (size_t i = 0; i < count; i++)
		add_seat(writing, &(struct plan_seat){.unit = unit,
		                                      .department = department,
		                                      .role = roles[i],
		                                      .section = writing->section});
}

static void add_seat(struct writing *writing, const struct plan_seat *seat)
{
	struct admin *admin = writing->lists->admin;
	const struct plan_person *person =
		plan_person_on(writing->lists->plan, seat, writing->lists->today);
	enum state state = person == NULL      ? VACANT
	                   : person->stands_in ? STANDING_IN
	                                       : SEATED;

	if (writing->only >= 0 && (enum state)writing->only != state)
		return;
	table_row(writing->table, writing->section->id, writing->section->name,
	          admin->json ? writing->part_key : writing->part,
	          seat->unit != NULL ? seat->unit->code : seat->department->id,
	          seat->unit != NULL ? seat->unit->name : seat->department->name,
	          writing->targets,
	          admin->json ? role_keys[seat->role] : plan_role_name(seat->role),
	          person != NULL ? person->name : "",
	          admin->json ? states[state].key : _(states[state].zh),
	          person != NULL ? person->phone : "",
	          person != NULL ? person->email : "",
	          text_flag(person != NULL && person->sample));
}

/* Ids of the section's targets that are asked for: all, or those in which @unit has a
 * part. */
static const char *all_targets(struct lists *lists, const struct plan_section *section,
                               const struct plan_unit *unit)
{
	const char *text = "";

	for (size_t t = 0; t < section->target_count && text != NULL; t++) {
		const struct plan_target *target = &section->targets[t];

		if (!lists_shows(lists, section, target->id) ||
		    (unit != NULL && !plan_is_responsible(target, unit, lists->today)))
			continue;
		text = arena_printf(&lists->admin->arena, "%s%s%s", text,
		                    text[0] != '\0' ? "、" : "", target->id);
	}
	return text;
}
