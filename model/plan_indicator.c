/* The indicators of a section: what a district reports, and what the centre computes. */
#include <string.h>

#include "model/plan_internal.h"

static void read_indicator(struct plan_reader *reader, struct plan_section *section,
                           struct yaml_node *node, struct plan_indicator *indicator);
static const struct unit *read_unit(struct plan_reader *reader, struct yaml_node *node);
static void read_share(struct plan_reader *reader, const struct plan_section *section,
                       struct yaml_node *node, struct plan_indicator *indicator);
static void check_name(struct plan_reader *reader, const struct plan_section *section,
                       struct yaml_node *node, const struct plan_indicator *indicator);

void plan_read_indicators(struct plan_reader *reader, struct plan_section *section,
                          struct yaml_node *root)
{
	struct yaml_node *list =
		node_list(reader, root, "indicators", PLAN_INDICATORS_MAX, true);
	struct plan_indicator *items;
	size_t i = 0;

	if (list == NULL)
		return;
	items = plan_new_array(reader, list->count, sizeof(*items));
	if (items == NULL)
		return;
	reader->parts[section->index].indicators = items;
	section->indicators = items;
	yaml_each(node, list)
	{
		read_indicator(reader, section, node, &items[section->indicator_count]);
		section->indicator_count++;
	}
	/* A share may stand above what it is computed from. */
	yaml_each(node, list)
	{
		read_share(reader, section, node, &items[i++]);
	}
}

static void read_indicator(struct plan_reader *reader, struct plan_section *section,
                           struct yaml_node *node, struct plan_indicator *indicator)
{
	static const struct plan_key keys[] = {
		{"id", "编号"},          {"name", "名称"},
		{"unit", "单位"},        {"kind", "类型"},
		{"yearly", "按年累计"},  {"required", "必报"},
		{"internal", "内部"},    {"decimals", "小数位"},
		{"source", "来源"},      {"measure", "计量口径"},
		{"numerator", "分子"},   {"denominator", "分母"},
		{"checker", "核验处室"}, {NULL, NULL}};
	static const char *const kinds[] = {"cumulative", "level",     "falling",
	                                    "share",      "milestone", NULL};
	static const char *const sources[] = {"notice", "customary", NULL};

	indicator->id = indicator->name = indicator->measure = "";
	indicator->source = sources[1];
	indicator->unit = unit_find("个");
	indicator->place = node->place;
	if (!node_check(reader, node, keys))
		return;
	indicator->id = node_id(reader, node, "id", "communities_started");
	indicator->name = node_text(reader, node, "name", "累计开工小区");
	check_name(reader, section, node, indicator);
	indicator->unit = read_unit(reader, node);
	(void)node_text(reader, node, "kind", "cumulative");
	indicator->kind = (enum indicator_kind)node_choice(reader, node, "kind", kinds,
	                                                   INDICATOR_CUMULATIVE);
	indicator->yearly = node_bool(reader, node, "yearly", false);
	indicator->required = node_bool(reader, node, "required", false);
	indicator->internal = node_bool(reader, node, "internal", false);
	indicator->decimals = (unsigned)node_integer(reader, node, "decimals", 0,
	                                             QUANTITY_SCALE_MAX, 0);
	indicator->source = sources[node_choice(reader, node, "source", sources, 1)];
	indicator->measure = node_text_or(reader, node, "measure", "");
	plan_read_checker(reader, node, indicator);
	if (indicator->kind == INDICATOR_SHARE && indicator->required)
		yaml_problem(reader->problems, node_place(node, "required"),
		             "比率（share）由市级计算，区县不填，不能设为必报");
	if (indicator->yearly && indicator->kind != INDICATOR_CUMULATIVE)
		yaml_problem(reader->problems, node_place(node, "yearly"),
		             "只有累计数（cumulative）可以按年累计");
}

/* A level goes up and down: "as far as it was seen" means nothing for it. */
void plan_read_checker(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_indicator *indicator)
{
	if (yaml_get(node, "checker") == NULL)
		return;
	indicator->checker = plan_need_department(reader, node, "checker");
	indicator->checker_sample = reader->sample;
	if (indicator->kind != INDICATOR_CUMULATIVE &&
	    indicator->kind != INDICATOR_MILESTONE)
		yaml_problem(reader->problems, node_place(node, "checker"),
		             "只有累计数（cumulative）和节点（milestone）可以写核验处室"
		             "（checker）");
}

/* Reports may name an indicator by its name, too. */
static void check_name(struct plan_reader *reader, const struct plan_section *section,
                       struct yaml_node *node, const struct plan_indicator *indicator)
{
	const struct plan_indicator *other =
		plan_find_indicator(section, indicator->name);

	(void)plan_check_new(reader, section->indicators, section->indicator_count,
	                     sizeof(*indicator), indicator->id, node_place(node, "id"));
	if (other != NULL && indicator->name[0] != '\0')
		yaml_problem(reader->problems, node_place(node, "name"),
		             "指标名称“%s”用了两次", indicator->name);
}

static const struct unit *read_unit(struct plan_reader *reader, struct yaml_node *node)
{
	const char *name = node_text(reader, node, "unit", "个");
	const struct unit *unit = unit_find(name);

	if (unit != NULL)
		return unit;
	if (name[0] != '\0')
		yaml_problem(reader->problems, node_place(node, "unit"),
		             "单位“%s”不认识：可用的单位见方案编写手册，如 个、户、万户、"
		             "栋、亿元、万元、平方公里、万平方米、亩、公里、处、项、%%",
		             name);
	return unit_find("个");
}

static void read_share(struct plan_reader *reader, const struct plan_section *section,
                       struct yaml_node *node, struct plan_indicator *indicator)
{
	struct yaml_node *above = yaml_get(node, "numerator");
	struct yaml_node *below = yaml_get(node, "denominator");

	if (indicator->kind != INDICATOR_SHARE) {
		if (above != NULL || below != NULL)
			yaml_problem(reader->problems,
			             (above != NULL ? above : below)->key_place,
			             "只有比率（kind: share）才写分子和分母");
		return;
	}
	if (above == NULL || below == NULL) {
		yaml_problem(reader->problems, node->place,
		             "比率“%s”要写 numerator（分子）和 denominator（分母）",
		             indicator->name);
		return;
	}
	indicator->numerator = plan_need_indicator(reader, section, above);
	indicator->denominator = plan_need_indicator(reader, section, below);
	if (indicator->unit->dimension != DIMENSION_SHARE)
		yaml_problem(reader->problems, node_place(node, "unit"),
		             "比率的单位是“%s”：应当是 %%", indicator->unit->name);
	if (indicator->numerator == NULL || indicator->denominator == NULL)
		return;
	if (indicator->numerator->kind == INDICATOR_SHARE ||
	    indicator->denominator->kind == INDICATOR_SHARE)
		yaml_problem(reader->problems, node->place, "比率不能再作分子或分母");
	else if (!unit_comparable(indicator->numerator->unit,
	                          indicator->denominator->unit) ||
	         strcmp(indicator->numerator->measure, indicator->denominator->measure) !=
	                 0)
		yaml_problem(reader->problems, node->place,
		             "分子“%s”（%s）和分母“%s”（%s）不是同一种量，不能相除",
		             indicator->numerator->name, indicator->numerator->unit->name,
		             indicator->denominator->name,
		             indicator->denominator->unit->name);
}

const struct plan_indicator *plan_need_indicator(struct plan_reader *reader,
                                                 const struct plan_section *section,
                                                 const struct yaml_node *node)
{
	const char *id = node->kind == YAML_SCALAR ? node->text : "";

	for (size_t i = 0; i < section->indicator_count; i++)
		if (id[0] != '\0' && strcmp(section->indicators[i].id, id) == 0)
			return &section->indicators[i];
	yaml_problem(reader->problems, node->place,
	             "这个板块没有编号为“%s”的指标：先写进 indicators", id);
	return NULL;
}
