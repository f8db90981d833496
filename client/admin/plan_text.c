/* A plan as tables, or as JSON. */
#include "client/admin/plan_text.h"

#include <jansson.h>

#include "base/check.h"
#include "client/admin/output.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/score.h"

/* What a section is shown as. */
struct section_tables {
	struct table *indicators, *rules, *allocations, *adjustments, *openings;
};

static int print_formula(struct admin *admin, const struct plan *plan);
static int print_titled(const char *title, struct table *table);
static struct table *list_indicators(struct admin *admin,
                                     const struct plan_section *section);
static const struct plan_department *
find_acceptance(const struct plan_section *section,
                const struct plan_indicator *indicator);
static const char *department_text(const struct admin *admin,
                                   const struct plan_department *department);
static struct table *list_rules(struct admin *admin, const struct plan_section *section);
static struct table *list_allocations(struct admin *admin, const struct plan *plan,
                                      const struct plan_section *section);
static struct table *list_adjustments(struct admin *admin,
                                      const struct plan_section *section);
static bool has_adjustments(const struct plan_section *section);
static struct table *list_openings(struct admin *admin,
                                   const struct plan_section *section);
static const char *part_text(struct admin *admin, const struct plan_allocation *part);
static int print_section_json(const struct plan_section *section,
                              const struct section_tables *tables);

/* For people a date that is not known is said, and one from the sample is marked. */
static const char *print_day(struct admin *admin, day when, bool sample)
{
	char text[DAY_TEXT_MAX];

	if (when == DAY_NONE)
		return admin->json ? "" : _("未定");
	day_print(when, text);
	return arena_printf(&admin->arena, "%s%s", text,
	                    sample && !admin->json ? _("（示例）") : "");
}

static const char *print_binding(const struct admin *admin, bool binding)
{
	if (admin->json)
		return text_flag(binding);
	return binding ? _("约束性") : _("力争性");
}

static void add_target(struct admin *admin, struct table *table,
                       const struct plan_target *target)
{
	const struct plan_section *section = target->section;
	bool measured = target->indicator != NULL;

	table_row(table, section->id, section->name, section->lead->name, target->id,
	          target->name, measured ? text_value(admin, &target->value) : "",
	          measured ? target->value.unit->name : "",
	          print_day(admin, target->deadline, target->deadline_sample),
	          print_binding(admin, target->binding),
	          target->clause != NULL ? target->clause->id : "",
	          text_flag(target->deadline_sample || target->measure_sample));
}

int plan_text_summary(struct admin *admin, const struct plan *plan)
{
	static const struct table_column columns[] = {
		{"section", N_("板块"), TABLE_LEFT},
		{"section_name", N_("名称"), TABLE_LEFT},
		{"lead", N_("牵头处室"), TABLE_LEFT},
		{"target", NULL, TABLE_LEFT},
		{"name", N_("责任目标"), TABLE_LEFT},
		{"value", N_("目标值"), TABLE_RIGHT},
		{"unit", NULL, TABLE_LEFT},
		{"deadline", N_("时限"), TABLE_LEFT},
		{"binding", N_("性质"), TABLE_FLAG},
		{"clause", N_("条款"), TABLE_LEFT},
		{"sample", NULL, TABLE_FLAG},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));
	int code;

	if (!admin->json)
		printf("%s  %s%s\n%s\n\n", plan->number, plan->id,
		       plan->sample ? _("  【示例数据】") : "", plan->title);
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].target_count; j++)
			add_target(admin, table, &plan->sections[i].targets[j]);
	code = table_print(table);
	return code == ADMIN_OK && !admin->json ? print_formula(admin, plan) : code;
}

/* How units are assessed, as it will stand beside every table of scores. */
static int print_formula(struct admin *admin, const struct plan *plan)
{
	const char *formula = score_formula(&admin->arena, plan);

	if (formula == NULL)
		return admin_error(_("内存不足，无法输出"));
	if (formula[0] != '\0')
		printf(_("\n考核评分办法\n%s\n"), formula);
	return ADMIN_OK;
}

int plan_text_section(struct admin *admin, const struct plan *plan, const char *name)
{
	const struct plan_section *section = plan_find_section(plan, name);
	struct section_tables tables;
	int code;

	if (section == NULL)
		return admin_error(_("方案中没有板块 %s"), name);
	tables.indicators = list_indicators(admin, section);
	tables.rules = list_rules(admin, section);
	tables.allocations = list_allocations(admin, plan, section);
	tables.adjustments = list_adjustments(admin, section);
	tables.openings = list_openings(admin, section);
	if (admin->json)
		return print_section_json(section, &tables);
	printf(_("板块 %s  %s    牵头处室：%s\n"), section->id, section->name,
	       section->lead->name);
	code = print_titled(_("一、填报指标"), tables.indicators);
	if (print_titled(_("二、审核关系"), tables.rules) != ADMIN_OK ||
	    print_titled(_("三、任务分解"), tables.allocations) != ADMIN_OK)
		code = ADMIN_FAILED;
	if (!has_adjustments(section))
		table_destroy(tables.adjustments);
	else if (print_titled(_("四、任务调整"), tables.adjustments) != ADMIN_OK)
		code = ADMIN_FAILED;
	if (section->opening_count == 0)
		table_destroy(tables.openings);
	else if (print_titled(_("五、期初数"), tables.openings) != ADMIN_OK)
		code = ADMIN_FAILED;
	return code;
}

static int print_titled(const char *title, struct table *table)
{
	printf("\n%s\n", title);
	return table_print(table);
}

static struct table *list_indicators(struct admin *admin,
                                     const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"indicator", N_("指标"), TABLE_LEFT},
		{"name", N_("名称"), TABLE_LEFT},
		{"unit", N_("计量单位"), TABLE_LEFT},
		{"required", N_("必填"), TABLE_FLAG},
		{"kind", N_("类型"), TABLE_LEFT},
		{"checker", N_("核验处室"), TABLE_LEFT},
		{"acceptance", N_("验收处室"), TABLE_LEFT},
	};
	static const char *const kinds[] = {N_("累计数"), N_("时点数"),
	                                    N_("时点数（应降至零）"),
	                                    N_("比率（自动计算）"), N_("关键节点")};
	static const char *const keys[] = {"cumulative", "level", "falling", "share",
	                                   "milestone"};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->indicator_count; i++) {
		const struct plan_indicator *one = &section->indicators[i];

		table_row(table, one->id, one->name, one->unit->name,
		          text_flag(one->required),
		          admin->json ? keys[one->kind] : _(kinds[one->kind]),
		          department_text(admin, one->checker),
		          department_text(admin, find_acceptance(section, one)));
	}
	return table;
}

/* By whom a target wants this accepted; NULL: none does. */
static const struct plan_department *
find_acceptance(const struct plan_section *section,
                const struct plan_indicator *indicator)
{
	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];

		if (target->indicator == indicator && target->acceptance != NULL)
			return target->acceptance;
	}
	return NULL;
}

static const char *department_text(const struct admin *admin,
                                   const struct plan_department *department)
{
	if (department == NULL)
		return "";
	return admin->json ? department->id : department->name;
}

static struct table *list_rules(struct admin *admin, const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"rule", N_("规则"), TABLE_LEFT},
		{"severity", N_("级别"), TABLE_LEFT},
		{"text", N_("内容"), TABLE_LEFT},
		{"basis", N_("依据"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->rule_count; i++) {
		const struct plan_rule *rule = &section->rules[i];

		table_row(table, rule->id,
		          text_severity(admin, (Duban__V1__Severity)rule->severity),
		          rule->text, rule->basis);
	}
	return table;
}

static struct table *list_allocations(struct admin *admin, const struct plan *plan,
                                      const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"target", NULL, TABLE_LEFT},   {"name", N_("责任目标"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},     {"unit_name", N_("责任单位"), TABLE_LEFT},
		{"no_task", NULL, TABLE_FLAG},  {"task", N_("任务数"), TABLE_RIGHT},
		{"measure", NULL, TABLE_LEFT},  {"sample", NULL, TABLE_FLAG},
		{NULL, N_("备注"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];
		size_t units = target->allocations != NULL ? plan->unit_count : 0;

		for (size_t u = 0; u < units; u++) {
			const struct plan_allocation *part = &target->allocations[u];
			const char *none = admin->json ? "" : _("无任务");

			table_row(table, target->id, target->name, part->unit->code,
			          part->unit->name, text_flag(part->no_task),
			          part->no_task ? none : text_value(admin, &part->value),
			          part->no_task ? "" : part->value.unit->name,
			          text_flag(part->sample),
			          part->sample ? _("示例数据") : "");
		}
	}
	return table;
}

static struct table *list_adjustments(struct admin *admin,
                                      const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"target", NULL, TABLE_LEFT},
		{"name", N_("责任目标"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("责任单位"), TABLE_LEFT},
		{"from", N_("起算日"), TABLE_LEFT},
		{"before", N_("原任务数"), TABLE_RIGHT},
		{"after", N_("调整后"), TABLE_RIGHT},
		{"deadline", N_("时限"), TABLE_LEFT},
		{"basis", N_("依据"), TABLE_LEFT},
		{"why", N_("说明"), TABLE_LEFT},
		{"sample", NULL, TABLE_FLAG},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];

		for (size_t k = 0; k < target->adjustment_count; k++) {
			const struct plan_adjustment *one = &target->adjustments[k];
			const struct plan_unit *unit = one->after.unit;
			day deadline = plan_deadline_on(target, unit, one->from);

			table_row(table, target->id, target->name,
			          unit != NULL ? unit->code : "",
			          unit != NULL ? unit->name : _("全市"),
			          print_day(admin, one->from, false),
			          part_text(admin, &one->before),
			          part_text(admin, &one->after),
			          print_day(admin, deadline, false), one->basis, one->why,
			          text_flag(one->after.sample));
		}
	}
	return table;
}

static struct table *list_openings(struct admin *admin,
                                   const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"indicator", NULL, TABLE_LEFT},
		{"name", N_("指标"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"value", N_("期初数"), TABLE_RIGHT},
		{"measure", NULL, TABLE_LEFT},
		{"on", N_("截至"), TABLE_LEFT},
		{"confirmed_by", N_("由谁确认"), TABLE_LEFT},
		{"confirmed_on", N_("何时确认"), TABLE_LEFT},
		{"sample", NULL, TABLE_FLAG},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));
	const char *nobody = admin->json ? "" : _("未确认");

	for (size_t i = 0; i < section->opening_count; i++) {
		const struct plan_opening *one = &section->openings[i];
		bool confirmed = one->confirmed_by[0] != '\0';

		table_row(table, one->indicator->id, one->indicator->name,
		          one->unit->code, one->unit->name,
		          text_value(admin, &one->value), one->value.unit->name,
		          print_day(admin, one->on, false),
		          confirmed ? one->confirmed_by : nobody,
		          confirmed ? print_day(admin, one->confirmed_on, false) : "",
		          text_flag(one->sample));
	}
	return table;
}

static bool has_adjustments(const struct plan_section *section)
{
	for (size_t i = 0; i < section->target_count; i++)
		if (section->targets[i].adjustment_count > 0)
			return true;
	return false;
}

/* "130个", "无任务". */
static const char *part_text(struct admin *admin, const struct plan_allocation *part)
{
	char text[QUANTITY_TEXT_MAX];

	if (part->no_task)
		return admin->json ? "" : _("无任务");
	quantity_print(&part->value, text);
	return arena_strdup(&admin->arena, text);
}

static int print_section_json(const struct plan_section *section,
                              const struct section_tables *tables)
{
	return output_json(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}",
	                             "section", section->id, "name", section->name,
	                             "lead", section->lead->name, "indicators",
	                             table_take_json(tables->indicators), "rules",
	                             table_take_json(tables->rules), "allocations",
	                             table_take_json(tables->allocations), "adjustments",
	                             table_take_json(tables->adjustments), "openings",
	                             table_take_json(tables->openings)));
}
