/*
 * The openings of tasks/<id>.yaml (期初数): for an indicator, what each unit had reached
 * on a day, and who confirmed it.
 *
 *	- indicator: communities_started
 *	  on: 2022-06-30
 *	  units:
 *	    望城区: {value: 38个, by: 张三, confirmed: 2022-07-20}
 *	    芙蓉区: 80个
 */
#include <stdlib.h>
#include <string.h>

#include "model/period.h"
#include "model/plan_internal.h"

static const struct plan_opening *begin(struct plan_reader *reader,
                                        struct plan_section *section,
                                        struct yaml_node *node,
                                        struct plan_opening *common);
static int by_place(const void *a, const void *b);
static void check_once(struct plan_reader *reader, const struct plan_opening *openings,
                       size_t count);
static bool may_open(struct plan_reader *reader, const struct plan_indicator *indicator,
                     struct yaml_place place);
static void check_day(struct plan_reader *reader, const struct yaml_node *node, day on);
static bool read_unit(struct plan_reader *reader, const struct plan_section *section,
                      struct yaml_node *node, struct plan_opening *opening);
static bool read_confirmed(struct plan_reader *reader, struct yaml_node *node,
                           struct plan_opening *opening);
static bool read_value(struct plan_reader *reader, const struct yaml_node *node,
                       struct plan_opening *opening);

void plan_read_openings(struct plan_reader *reader, struct plan_section *section,
                        struct yaml_node *list)
{
	struct plan_opening *openings =
		plan_new_array(reader, list->count * reader->plan->unit_count,
	                       sizeof(*openings));

	if (openings == NULL)
		return;
	section->openings = openings;
	yaml_each(node, list)
	{
		struct plan_opening common;
		size_t first = section->opening_count;

		if (begin(reader, section, node, &common) == NULL)
			continue;
		yaml_each(item, yaml_get(node, "units"))
		{
			struct plan_opening *opening = &openings[section->opening_count];

			/* There is room for each unit once; what is more is there twice.
			 */
			*opening = common;
			if (section->opening_count - first < reader->plan->unit_count &&
			    read_unit(reader, section, item, opening))
				section->opening_count++;
		}
	}
	qsort(openings, section->opening_count, sizeof(*openings), by_place);
	check_once(reader, openings, section->opening_count);
}

/* What all units of one item share; NULL when it was noted. */
static const struct plan_opening *begin(struct plan_reader *reader,
                                        struct plan_section *section,
                                        struct yaml_node *node,
                                        struct plan_opening *common)
{
	static const struct plan_key keys[] = {{"indicator", "指标"},
	                                       {"on", "截止日"},
	                                       {"units", "各单位"},
	                                       {NULL, NULL}};
	struct yaml_node *indicator = yaml_get(node, "indicator");
	struct yaml_node *units = yaml_get(node, "units");

	*common = (struct plan_opening){.confirmed_by = "",
	                                .confirmed_on = DAY_NONE,
	                                .sample = reader->sample};
	if (!node_check(reader, node, keys))
		return NULL;
	if (indicator == NULL)
		node_missing(reader, node, "indicator", "communities_started");
	else
		common->indicator = plan_need_indicator(reader, section, indicator);
	(void)node_text(reader, node, "on", "2022-06-30");
	common->on = node_day(reader, node, "on");
	if (units == NULL)
		node_missing(reader, node, "units", "{望城区: 38个}");
	else if (units->kind != YAML_MAP)
		yaml_problem(reader->problems, units->place,
		             "“units”应当每行写“单位: 期初数”，例如 望城区: 38个");
	if (common->on == DAY_NONE || units == NULL || units->kind != YAML_MAP ||
	    !may_open(reader, common->indicator, node_place(node, "indicator")))
		return NULL;
	check_day(reader, yaml_get(node, "on"), common->on);
	return common;
}

static bool may_open(struct plan_reader *reader, const struct plan_indicator *indicator,
                     struct yaml_place place)
{
	if (indicator == NULL)
		return false;
	if (indicator->kind != INDICATOR_SHARE && indicator->kind != INDICATOR_MILESTONE)
		return true;
	yaml_problem(reader->problems, place, "只有累计数和时点数有期初数，“%s”是%s",
	             indicator->name,
	             indicator->kind == INDICATOR_SHARE ? "比率" : "节点数");
	return false;
}

/* The first report is compared with it, so it lies before what that covers. */
static void check_day(struct plan_reader *reader, const struct yaml_node *node, day on)
{
	struct period first;

	if (period_parse(reader->plan->schedule.first_period, &first) == 0 &&
	    on >= period_first_day(&first))
		yaml_problem(reader->problems, node->place,
		             "期初数的截止日应当在首期%s开始以前",
		             reader->plan->schedule.first_period);
}

static bool read_unit(struct plan_reader *reader, const struct plan_section *section,
                      struct yaml_node *node, struct plan_opening *opening)
{
	const struct plan_unit *unit = plan_need_unit(reader, node->key, node->key_place);

	opening->unit = unit;
	opening->place = node->key_place;
	if (unit == NULL)
		return false;
	if (section->asked != NULL && !section->asked[unit->index]) {
		yaml_problem(reader->problems, node->key_place,
		             "“%s”不填报这个板块（见 asked），没有期初数", unit->name);
		return false;
	}
	return node->kind == YAML_SCALAR ? read_value(reader, node, opening)
	                                 : read_confirmed(reader, node, opening);
}

static bool read_confirmed(struct plan_reader *reader, struct yaml_node *node,
                           struct plan_opening *opening)
{
	static const struct plan_key keys[] = {{"value", "期初数"},
	                                       {"by", "由谁确认"},
	                                       {"confirmed", "何时确认"},
	                                       {NULL, NULL}};
	struct yaml_node *value = yaml_get(node, "value");

	if (!node_check(reader, node, keys))
		return false;
	if (value == NULL) {
		node_missing(reader, node, "value", "38个");
		return false;
	}
	if (yaml_get(node, "by") != NULL || yaml_get(node, "confirmed") != NULL) {
		opening->confirmed_by = node_text(reader, node, "by", "张三");
		(void)node_text(reader, node, "confirmed", "2022-07-20");
		opening->confirmed_on = node_day(reader, node, "confirmed");
		if (opening->confirmed_on != DAY_NONE &&
		    opening->confirmed_on < opening->on)
			yaml_problem(reader->problems, node_place(node, "confirmed"),
			             "确认的日期早于期初数的截止日");
	}
	return read_value(reader, value, opening);
}

static bool read_value(struct plan_reader *reader, const struct yaml_node *node,
                       struct plan_opening *opening)
{
	const struct plan_indicator *indicator = opening->indicator;

	if (!plan_value_read(reader, node, &opening->value))
		return false;
	if (!unit_comparable(opening->value.unit, indicator->unit)) {
		yaml_problem(reader->problems, node->place,
		             "期初数的单位是“%s”，指标“%s”的单位是“%s”：可用 %s",
		             opening->value.unit->name, indicator->name,
		             indicator->unit->name, unit_alternatives(indicator->unit));
		return false;
	}
	if (opening->value.digits < 0)
		yaml_problem(reader->problems, node->place, "期初数不能小于零");
	return true;
}

/* As plan_find_opening() expects them; those that are there twice in the file's order. */
static int by_place(const void *a, const void *b)
{
	const struct plan_opening *left = a, *right = b;
	int order = plan_compare_openings(left, right);

	if (order == 0)
		order = left->place.line < right->place.line ? -1 : 1;
	return order;
}

static void check_once(struct plan_reader *reader, const struct plan_opening *openings,
                       size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (plan_compare_openings(&openings[i - 1], &openings[i]) == 0)
			yaml_problem(reader->problems, openings[i].place,
			             "“%s”的“%s”期初数写了两次", openings[i].unit->name,
			             openings[i].indicator->name);
}
