/* A plan as tables. */
#include "client/admin/plan_text.h"

#include "base/check.h"
#include "base/err.h"
#include "client/admin/table.h"

static const char *print_quantity(struct admin *admin, const struct quantity *quantity)
{
	char text[QUANTITY_TEXT_MAX];

	quantity_print(quantity, text);
	return arena_strdup(&admin->arena, text);
}

static const char *print_day(struct admin *admin, day when, bool sample)
{
	char text[DAY_TEXT_MAX];

	if (when == DAY_NONE)
		return _("未定");
	day_print(when, text);
	return arena_printf(&admin->arena, "%s%s", text, sample ? _("（示例）") : "");
}

int plan_text_summary(struct admin *admin, const struct plan *plan)
{
	static const struct table_column columns[] = {
		{"section", N_("板块"), TABLE_LEFT},
		{"section_name", N_("名称"), TABLE_LEFT},
		{"lead", N_("牵头处室"), TABLE_LEFT},
		{"target", N_("责任目标"), TABLE_LEFT},
		{"value", N_("目标值"), TABLE_RIGHT},
		{"deadline", N_("时限"), TABLE_LEFT},
		{"binding", N_("性质"), TABLE_LEFT},
		{"clause", N_("条款"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	if (!admin->json)
		printf("%s  %s%s\n%s\n\n", plan->number, plan->id,
		       plan->sample ? _("  【示例数据】") : "", plan->title);
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = &plan->sections[i];

		for (size_t j = 0; j < section->target_count; j++) {
			const struct plan_target *target = &section->targets[j];

			table_row(table, section->id, section->name, section->lead->name,
			          target->name,
			          target->indicator == NULL
			                  ? ""
			                  : print_quantity(admin, &target->value),
			          print_day(admin, target->deadline,
			                    target->deadline_sample),
			          target->binding ? _("约束性") : _("力争性"),
			          target->clause != NULL ? target->clause->id : "");
		}
	}
	return table_print(table);
}

static int print_indicators(struct admin *admin, const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"indicator", N_("指标"), TABLE_LEFT},
		{"name", N_("名称"), TABLE_LEFT},
		{"unit", N_("单位"), TABLE_LEFT},
		{"required", N_("必填"), TABLE_LEFT},
		{"kind", N_("类型"), TABLE_LEFT},
	};
	static const char *const kinds[] = {N_("累计"), N_("时点"),
	                                    N_("时点（应降至零）"),
	                                    N_("比率（自动计算）"), N_("节点")};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->indicator_count; i++) {
		const struct plan_indicator *one = &section->indicators[i];

		table_row(table, one->id, one->name, one->unit->name,
		          one->required ? _("是") : "", _(kinds[one->kind]));
	}
	return table_print(table);
}

static int print_rules(struct admin *admin, const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"rule", N_("规则"), TABLE_LEFT},
		{"severity", N_("级别"), TABLE_LEFT},
		{"text", N_("审核关系"), TABLE_LEFT},
		{"basis", N_("依据"), TABLE_LEFT},
	};
	static const char *const severities[] = {"", N_("强制性"), N_("核实性"),
	                                         N_("提示")};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->rule_count; i++) {
		const struct plan_rule *rule = &section->rules[i];

		table_row(table, rule->id, _(severities[rule->severity]), rule->text,
		          rule->basis);
	}
	return table_print(table);
}

static int print_allocations(struct admin *admin, const struct plan *plan,
                             const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"target", N_("责任目标"), TABLE_LEFT},
		{"unit", N_("单位"), TABLE_LEFT},
		{"task", N_("任务数"), TABLE_RIGHT},
		{"sample", N_("备注"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];

		for (size_t u = 0; target->allocations != NULL && u < plan->unit_count;
		     u++) {
			const struct plan_allocation *part = &target->allocations[u];

			table_row(table, target->name, part->unit->name,
			          part->no_task ? _("无任务")
			                        : print_quantity(admin, &part->value),
			          part->sample ? _("示例数据") : "");
		}
	}
	return table_print(table);
}

int plan_text_section(struct admin *admin, const struct plan *plan, const char *name)
{
	const struct plan_section *section = plan_find_section(plan, name);
	int code;

	if (section == NULL)
		return admin_error(_("方案中没有板块 %s"), name);
	if (admin->json)
		return print_indicators(admin, section);
	printf("%s、%s（%s）\n\n", section->id, section->name, section->lead->name);
	code = print_indicators(admin, section);
	(void)putchar('\n');
	if (code == ADMIN_OK)
		code = print_rules(admin, section);
	(void)putchar('\n');
	if (code == ADMIN_OK)
		code = print_allocations(admin, plan, section);
	return code;
}
