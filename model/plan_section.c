/*
 * sections/<id>.yaml: one area of work, from its heading to its rules.
 *
 *   head -> clauses -> indicators -> baselines -> targets -> rules
 *
 * The order matters: what comes later refers to what came before.
 */
#include <string.h>

#include "model/plan_internal.h"

static void read_head(struct plan_reader *reader, struct plan_section *section,
                      struct yaml_node *root);
static void read_asked(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *root);
static void read_baselines(struct plan_reader *reader, struct plan_section *section,
                           struct yaml_node *root);
static void read_baseline(struct plan_reader *reader, const struct plan_section *section,
                          struct yaml_node *node, struct plan_baseline *baseline);
static bool read_clause(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_clause *clause);

void plan_read_section(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"id", "编号"},
	                                       {"name", "简称"},
	                                       {"heading", "原文标题"},
	                                       {"lead", "牵头处室"},
	                                       {"asked", "填报单位"},
	                                       {"clauses", "条款原文"},
	                                       {"supporting", "配合单位"},
	                                       {"indicators", "指标"},
	                                       {"baselines", "底数"},
	                                       {"targets", "责任目标"},
	                                       {"rules", "审核关系"},
	                                       {NULL, NULL}};

	if (!node_check(reader, root, keys))
		return;
	read_head(reader, section, root);
	read_asked(reader, section, root);
	plan_read_parties(reader, root, &section->supporting, &section->supporting_count);
	plan_read_clauses(reader, root);
	plan_read_indicators(reader, section, root);
	read_baselines(reader, section, root);
	plan_read_targets(reader, section, root);
	plan_read_rules(reader, section, root);
}

static void read_head(struct plan_reader *reader, struct plan_section *section,
                      struct yaml_node *root)
{
	const char *id = node_id(reader, root, "id", section->id);

	if (id[0] != '\0' && strcmp(id, section->id) != 0)
		yaml_problem(reader->problems, node_place(root, "id"),
		             "编号是“%s”，与文件名不符：这个文件应当写 id: %s", id,
		             section->id);
	section->name = node_text(reader, root, "name", "老旧小区和危旧房改造");
	section->heading = node_text(reader, root, "heading",
	                             "（二）全面推进城镇老旧小区和危旧房屋改造");
	section->lead = plan_need_department(reader, root, "lead");
}

/* "all", or the list of the units that report this section. */
static void read_asked(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *root)
{
	struct yaml_node *node = yaml_get(root, "asked");
	size_t count = reader->plan->unit_count;
	bool *asked = plan_new_array(reader, count, sizeof(*asked));
	bool all = node != NULL && node->kind == YAML_SCALAR &&
	           strcmp(node->text, "all") == 0;

	section->asked = asked;
	if (asked == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		asked[i] = all;
	if (node == NULL)
		node_missing(reader, root, "asked", "all（全部单位），或单位名称的列表");
	else if (node->kind != YAML_LIST && !all)
		yaml_problem(reader->problems, node->place,
		             "“asked”应当是 all（全部单位），或单位名称的列表");
	if (node == NULL || node->kind != YAML_LIST)
		return;
	yaml_each(item, node)
	{
		const char *name = item->kind == YAML_SCALAR ? item->text : "";
		const struct plan_unit *unit = plan_need_unit(reader, name, item->place);

		if (unit != NULL && asked[unit->index])
			yaml_problem(reader->problems, item->place, "“%s”写了两次", name);
		if (unit != NULL)
			asked[unit->index] = true;
	}
}

void plan_read_clauses(struct plan_reader *reader, struct yaml_node *root)
{
	struct plan *plan = reader->plan;

	/* There is room: plan_read() counted the clauses of all files. */
	yaml_each(node, node_list(reader, root, "clauses", PLAN_CLAUSES_MAX, false))
	{
		if (read_clause(reader, node, &reader->clauses[plan->clause_count]))
			plan->clause_count++;
	}
}

static bool read_clause(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_clause *clause)
{
	static const struct plan_key keys[] = {{"id", "条款号"},
	                                       {"wording", "原文"},
	                                       {NULL, NULL}};

	if (!node_check(reader, node, keys))
		return false;
	clause->id = node_text(reader, node, "id", "四、（二）2");
	clause->wording = node_text(reader, node, "wording", "原文一字不改");
	clause->place = node->place;
	return plan_check_new(reader, reader->clauses, reader->plan->clause_count,
	                      sizeof(*clause), clause->id, node_place(node, "id"));
}

const struct plan_clause *plan_need_clause(struct plan_reader *reader,
                                           struct yaml_node *map)
{
	const char *id = node_text(reader, map, "clause", "四、（二）2");

	for (size_t i = 0; i < reader->plan->clause_count; i++)
		if (strcmp(reader->clauses[i].id, id) == 0)
			return &reader->clauses[i];
	if (id[0] != '\0')
		yaml_problem(reader->problems, node_place(map, "clause"),
		             "没有条款“%s”：先把原文写进 clauses", id);
	return NULL;
}

static void read_baselines(struct plan_reader *reader, struct plan_section *section,
                           struct yaml_node *root)
{
	struct yaml_node *list =
		node_list(reader, root, "baselines", PLAN_BASELINES_MAX, false);
	struct plan_baseline *baselines;

	if (list == NULL)
		return;
	baselines = plan_new_array(reader, list->count, sizeof(*baselines));
	if (baselines == NULL)
		return;
	section->baselines = baselines;
	yaml_each(node, list)
	{
		struct plan_baseline *baseline = &baselines[section->baseline_count];

		read_baseline(reader, section, node, baseline);
		(void)plan_check_new(reader, baselines, section->baseline_count,
		                     sizeof(*baseline), baseline->name, node->place);
		section->baseline_count++;
	}
}

static void read_baseline(struct plan_reader *reader, const struct plan_section *section,
                          struct yaml_node *node, struct plan_baseline *baseline)
{
	static const struct plan_key keys[] = {
		{"name", "名称"},     {"value", "数值"},     {"span", "起止时间"},
		{"clause", "条款号"}, {"indicator", "指标"}, {"remark", "备注"},
		{NULL, NULL}};
	struct yaml_node *value = yaml_get(node, "value");
	struct yaml_node *indicator = yaml_get(node, "indicator");

	baseline->value.unit = unit_find("个");
	baseline->name = baseline->span = baseline->remark = "";
	if (!node_check(reader, node, keys))
		return;
	baseline->name = node_text(reader, node, "name", "已开工小区");
	baseline->span = node_text(reader, node, "span", "2019年以来；截止时点未载明");
	baseline->remark = node_text_or(reader, node, "remark", "");
	baseline->clause = plan_need_clause(reader, node);
	if (value == NULL)
		node_missing(reader, node, "value", "1270个");
	else
		(void)plan_value_read(reader, value, &baseline->value);
	if (indicator == NULL)
		return;
	baseline->indicator = plan_need_indicator(reader, section, indicator);
	if (baseline->indicator != NULL &&
	    !unit_comparable(baseline->value.unit, baseline->indicator->unit))
		yaml_problem(reader->problems, node_place(node, "value"),
		             "底数的单位是“%s”，指标“%s”的单位是“%s”：可用 %s",
		             baseline->value.unit->name, baseline->indicator->name,
		             baseline->indicator->unit->name,
		             unit_alternatives(baseline->indicator->unit));
}
