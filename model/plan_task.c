/*
 * tasks/<id>.yaml: what the bureau, or the sample overlay, adds to the targets of a
 * section: what measures them, dates, curves, each unit's part, and how hedging
 * words are read.
 *
 * What the document gives is never changed here: that is a problem, not a choice.
 */
#include <string.h>

#include "model/plan_internal.h"

static void read_indicator(struct plan_reader *reader, const struct plan_section *section,
                           struct yaml_node *node);
static struct plan_target *find_target(struct plan_reader *reader,
                                       const struct plan_section *section,
                                       struct yaml_node *node);
static void read_task(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_target *target);
static void read_measure(struct plan_reader *reader, struct yaml_node *node,
                         struct plan_target *target);
static void read_dates(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target);
static bool is_free(struct plan_reader *reader, struct yaml_node *map, const char *key,
                    bool given);
static bool read_point(struct plan_reader *reader, struct yaml_node *node,
                       const struct plan_point *before, struct plan_point *point);
static void check_points(struct plan_reader *reader, const struct plan_target *target,
                         const struct yaml_node *node);

void plan_read_tasks(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"section", "板块编号"},
	                                       {"indicators", "指标"},
	                                       {"targets", "责任目标"},
	                                       {"openings", "期初数"},
	                                       {NULL, NULL}};
	const struct plan_section *section;
	struct yaml_node *openings;
	const char *id;

	if (!node_check(reader, root, keys))
		return;
	id = node_text(reader, root, "section", "2");
	section = plan_find_section(reader->plan, id);
	if (section == NULL) {
		yaml_problem(reader->problems, node_place(root, "section"),
		             "没有编号为“%s”的板块", id);
		return;
	}
	if (reader->parts[section->index].broken)
		return;
	yaml_each(node, node_list(reader, root, "indicators", PLAN_INDICATORS_MAX, false))
	{
		read_indicator(reader, section, node);
	}
	yaml_each(node, node_list(reader, root, "targets", PLAN_TARGETS_MAX, true))
	{
		struct plan_target *target = find_target(reader, section, node);

		if (target != NULL)
			read_task(reader, node, target);
	}
	openings = node_list(reader, root, "openings", PLAN_OPENINGS_MAX, false);
	if (openings != NULL &&
	    is_free(reader, root, "openings", section->opening_count > 0))
		plan_read_openings(reader, &reader->sections[section->index], openings);
}

/* Who checks it, where the document does not say. */
static void read_indicator(struct plan_reader *reader, const struct plan_section *section,
                           struct yaml_node *node)
{
	static const struct plan_key keys[] = {{"id", "指标编号"},
	                                       {"checker", "核验处室"},
	                                       {NULL, NULL}};
	const struct plan_indicator *indicator;
	struct yaml_node *id;

	if (!node_check(reader, node, keys))
		return;
	(void)node_text(reader, node, "id", "milestones_passed");
	(void)node_text(reader, node, "checker", "mingcheng");
	id = yaml_get(node, "id");
	if (id == NULL || yaml_get(node, "checker") == NULL)
		return;
	indicator = plan_need_indicator(reader, section, id);
	if (indicator != NULL &&
	    is_free(reader, node, "checker", indicator->checker != NULL))
		plan_read_checker(reader, node,
		                  &reader->parts[section->index]
		                           .indicators[indicator - section->indicators]);
}

static struct plan_target *find_target(struct plan_reader *reader,
                                       const struct plan_section *section,
                                       struct yaml_node *node)
{
	static const struct plan_key keys[] = {{"id", "目标编号"},
	                                       {"indicator", "指标"},
	                                       {"value", "数值"},
	                                       {"start", "起算日"},
	                                       {"deadline", "期限"},
	                                       {"curve", "序时进度"},
	                                       {"allocations", "任务分解"},
	                                       {"split_note", "分解说明"},
	                                       {"supporting", "配合单位"},
	                                       {"changes", "任务调整"},
	                                       {"acceptance", "验收处室"},
	                                       {"readings", "措辞理解"},
	                                       {NULL, NULL}};
	struct plan_target *targets = reader->parts[section->index].targets;
	const char *id;

	if (!node_check(reader, node, keys))
		return NULL;
	id = node_text(reader, node, "id", "communities");
	for (size_t i = 0; i < section->target_count; i++)
		if (id[0] != '\0' && strcmp(targets[i].id, id) == 0)
			return &targets[i];
	if (id[0] != '\0')
		yaml_problem(reader->problems, node_place(node, "id"),
		             "板块%s没有编号为“%s”的目标", section->id, id);
	return NULL;
}

static void read_task(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_target *target)
{
	struct yaml_node *curve = yaml_get(node, "curve");
	struct yaml_node *allocations = yaml_get(node, "allocations");
	struct yaml_node *choices =
		node_list(reader, node, "readings", PLAN_READINGS_MAX, false);
	struct yaml_node *changes =
		node_list(reader, node, "changes", PLAN_ADJUSTMENTS_MAX, false);

	read_measure(reader, node, target);
	read_dates(reader, node, target);
	if (yaml_get(node, "supporting") != NULL &&
	    is_free(reader, node, "supporting", target->supporting_count > 0))
		plan_read_parties(reader, node, &target->supporting,
		                  &target->supporting_count);
	if (yaml_get(node, "acceptance") != NULL &&
	    is_free(reader, node, "acceptance", target->acceptance != NULL))
		plan_read_acceptance(reader, node, target);
	if (curve != NULL && is_free(reader, node, "curve", target->curve != CURVE_NONE))
		plan_read_curve(reader, target, curve);
	if (yaml_get(node, "split_note") != NULL &&
	    is_free(reader, node, "split_note", target->split_note != NULL))
		target->split_note = node_text(reader, node, "split_note", "各单位……");
	if (allocations != NULL &&
	    is_free(reader, node, "allocations", target->allocations != NULL))
		plan_read_allocations(reader, target, allocations);
	if (changes != NULL &&
	    is_free(reader, node, "changes", target->adjustments != NULL))
		plan_read_adjustments(reader, target, changes);
	if (choices != NULL)
		plan_read_choices(reader, target, choices);
}

/* What measures a target that the document states without a figure. */
static void read_measure(struct plan_reader *reader, struct yaml_node *node,
                         struct plan_target *target)
{
	struct yaml_node *indicator = yaml_get(node, "indicator");
	struct yaml_node *value = yaml_get(node, "value");
	bool free = true;

	if (indicator == NULL && value == NULL)
		return;
	if (indicator != NULL)
		free = is_free(reader, node, "indicator", target->indicator != NULL);
	if (value != NULL)
		free = is_free(reader, node, "value", target->value.digits != 0) && free;
	if (!free)
		return;
	if (indicator != NULL)
		target->indicator =
			plan_need_indicator(reader, target->section, indicator);
	if (value != NULL)
		(void)plan_value_read(reader, value, &target->value);
	target->measure_sample = reader->sample;
	plan_check_measure(reader, target, value != NULL ? value->place : node->place);
}

static void read_dates(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target)
{
	if (yaml_get(node, "start") != NULL &&
	    is_free(reader, node, "start", target->start != DAY_NONE))
		target->start = node_day(reader, node, "start");
	if (yaml_get(node, "deadline") != NULL &&
	    is_free(reader, node, "deadline", target->deadline != DAY_NONE)) {
		target->deadline = node_day(reader, node, "deadline");
		target->deadline_sample = reader->sample;
	}
	plan_check_dates(reader, target, node_place(node, "start"));
}

static bool is_free(struct plan_reader *reader, struct yaml_node *map, const char *key,
                    bool given)
{
	if (given)
		yaml_problem(reader->problems, yaml_get(map, key)->key_place,
		             "“%s”前面已经给出，不能在这里改：%s只能补充没有载明的", key,
		             reader->sample ? "示例补充" : "tasks 文件");
	return !given;
}

void plan_read_curve(struct plan_reader *reader, struct plan_target *target,
                     struct yaml_node *node)
{
	static const struct plan_key keys[] = {{"milestones", "节点"}, {NULL, NULL}};
	bool line = node->kind == YAML_SCALAR && strcmp(node->text, "line") == 0;
	struct yaml_place place = node->place;
	enum curve_kind kind = CURVE_TABLE;
	struct plan_point *points;

	target->curve_sample = reader->sample;
	if (target->deadline == DAY_NONE || (line && target->start == DAY_NONE)) {
		yaml_problem(reader->problems, node->place,
		             "目标“%s”没有%s，定不了序时进度", target->name,
		             target->deadline == DAY_NONE ? "期限（deadline）"
		                                          : "起算日（start）");
		return;
	}
	if (line) {
		target->curve = CURVE_LINE;
		return;
	}
	if (node->kind == YAML_MAP && node_check(reader, node, keys)) {
		kind = CURVE_STEPS;
		node = yaml_get(node, "milestones");
	}
	if (node == NULL || node->kind != YAML_LIST || node->count == 0 ||
	    node->count > PLAN_POINTS_MAX) {
		yaml_problem(
			reader->problems, place,
			"“curve”应当是 line（直线），或最多%d个 {day: 日期, percent: "
			"百分数} 的列表；按节点的把列表写在 milestones 下",
			PLAN_POINTS_MAX);
		return;
	}
	points = plan_new_array(reader, node->count, sizeof(*points));
	if (points == NULL)
		return;
	target->points = points;
	yaml_each(item, node)
	{
		size_t i = target->point_count;

		if (read_point(reader, item, i > 0 ? &points[i - 1] : NULL, &points[i]))
			target->point_count++;
	}
	target->curve = kind;
	if (target->point_count == node->count)
		check_points(reader, target, node);
}

static bool read_point(struct plan_reader *reader, struct yaml_node *node,
                       const struct plan_point *before, struct plan_point *point)
{
	static const struct plan_key keys[] = {{"day", "日期"},
	                                       {"percent", "应完成百分数"},
	                                       {NULL, NULL}};
	struct yaml_node *percent = yaml_get(node, "percent");

	if (!node_check(reader, node, keys))
		return false;
	(void)node_text(reader, node, "day", "2022-09-30");
	point->day = node_day(reader, node, "day");
	if (percent == NULL)
		node_missing(reader, node, "percent", "33.1");
	if (point->day == DAY_NONE || percent == NULL ||
	    !node_tenths(reader, percent, &point->tenths))
		return false;
	if (before != NULL &&
	    (point->day <= before->day || point->tenths < before->tenths))
		yaml_problem(reader->problems, node->place,
		             "序时进度应当一天比一天晚、百分数不减少：这一项不合");
	return true;
}

static void check_points(struct plan_reader *reader, const struct plan_target *target,
                         const struct yaml_node *node)
{
	const struct plan_point *last = &target->points[target->point_count - 1];
	const struct yaml_node *item = node->first;

	while (item->next != NULL)
		item = item->next;
	if (last->tenths != 1000 || last->day > target->deadline)
		yaml_problem(reader->problems, item->place,
		             "序时进度的最后一项应当在期限当日或以前达到 100.0");
	if (target->start != DAY_NONE && target->points[0].day < target->start)
		yaml_problem(reader->problems, node->first->place,
		             "序时进度的第一项早于起算日");
}
