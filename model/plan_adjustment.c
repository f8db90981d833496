/*
 * 任务调整: what a bureau changes of a target's parts, or of its whole, after they were
 * given.
 *
 *	allocations, value --> change --> change --> ... --> what holds today
 *
 * There is one truth: the first figures and every change in turn. "before" repeats what
 * held until then, so that a change which was written for another figure is told; parts
 * and whole are added up again on every day on which something changes.
 */
#include <string.h>

#include "model/plan_internal.h"

static const char city_word[] = "全市";

static bool read_adjustment(struct plan_reader *reader, const struct plan_target *target,
                            struct yaml_node *node, struct plan_adjustment *adjustment);
static bool read_head(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_node *node, struct plan_adjustment *adjustment);
static bool find_part(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_node *node, struct plan_adjustment *adjustment);
static bool read_side(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_node *node, const char *key,
                      struct plan_allocation *ret_side);
static bool follows(struct plan_reader *reader, const struct plan_target *target,
                    struct yaml_node *node, struct plan_adjustment *adjustment);
static bool is_same(const struct plan_allocation *a, const struct plan_allocation *b);
static const char *print_part(const struct plan_allocation *part, char *out);
static void check_days(struct plan_reader *reader, const struct plan_target *target);
static void check_sum(struct plan_reader *reader, const struct plan_target *target,
                      const struct plan_adjustment *last);
static void check_deadlines(struct plan_reader *reader, const struct plan_target *target,
                            const struct plan_adjustment *last);

void plan_read_adjustments(struct plan_reader *reader, struct plan_target *target,
                           struct yaml_node *list)
{
	struct plan_adjustment *items;

	if (target->allocations == NULL) {
		yaml_problem(reader->problems, list->place,
		             "目标“%s”还没有分解任务（allocations），没有可以调整的",
		             target->name);
		return;
	}
	for (size_t i = 0; i < reader->plan->unit_count; i++)
		if (target->allocations[i].unit == NULL)
			return; /* a part is missing, and told */
	items = plan_new_array(reader, list->count, sizeof(*items));
	if (items == NULL)
		return;
	target->adjustments = items;
	yaml_each(node, list)
	{
		if (read_adjustment(reader, target, node,
		                    &items[target->adjustment_count]))
			target->adjustment_count++;
	}
	if (target->adjustment_count == list->count)
		check_days(reader, target);
}

static bool read_adjustment(struct plan_reader *reader, const struct plan_target *target,
                            struct yaml_node *node, struct plan_adjustment *adjustment)
{
	if (!read_head(reader, target, node, adjustment))
		return false;
	if (!read_side(reader, target, node, "before", &adjustment->before) ||
	    !read_side(reader, target, node, "after", &adjustment->after))
		return false;
	return follows(reader, target, node, adjustment);
}

static bool read_head(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_node *node, struct plan_adjustment *adjustment)
{
	static const struct plan_key keys[] = {
		{"unit", "单位"},      {"from", "起算日"},
		{"basis", "依据文号"}, {"before", "原任务数"},
		{"after", "调整后"},   {"why", "说明"},
		{NULL, NULL}};
	const struct plan_adjustment *last =
		target->adjustment_count > 0
			? &target->adjustments[target->adjustment_count - 1]
			: NULL;

	if (!node_check(reader, node, keys))
		return false;
	adjustment->place = node->place;
	adjustment->basis = node_text(reader, node, "basis", "长人环函〔2023〕3号");
	adjustment->why = node_text_or(reader, node, "why", "");
	(void)node_text(reader, node, "from", "2023-01-01");
	adjustment->from = node_day(reader, node, "from");
	if (adjustment->from == DAY_NONE || adjustment->basis[0] == '\0')
		return false;
	if (last != NULL && adjustment->from < last->from) {
		yaml_problem(reader->problems, node_place(node, "from"),
		             "任务调整按起算日从早到晚写：这一项早于上一项");
		return false;
	}
	return find_part(reader, target, node, adjustment);
}

static bool find_part(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_node *node, struct plan_adjustment *adjustment)
{
	const char *name = node_text(reader, node, "unit", "望城区，全市目标写 全市");
	const struct plan_adjustment *last;
	const struct plan_unit *unit = NULL;

	if (name[0] == '\0')
		return false;
	if (strcmp(name, city_word) != 0) {
		unit = plan_need_unit(reader, name, node_place(node, "unit"));
		if (unit == NULL)
			return false;
	}
	last = plan_adjustment_on(target, unit, adjustment->from);
	if (last != NULL && last->from == adjustment->from) {
		yaml_problem(reader->problems, node_place(node, "unit"),
		             "“%s”同一天调整了两次：合成一项写", name);
		return false;
	}
	adjustment->before = (struct plan_allocation){.unit = unit,
	                                              .deadline = DAY_NONE,
	                                              .sample = reader->sample,
	                                              .value.unit = target->value.unit};
	adjustment->after = adjustment->before;
	return true;
}

static bool read_side(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_node *node, const char *key,
                      struct plan_allocation *ret_side)
{
	struct yaml_node *side = yaml_get(node, key);

	if (side == NULL) {
		node_missing(reader, node, key, "130个");
		return false;
	}
	/* Against the whole's date once all changes of the day are known. */
	return plan_read_part(reader, target, side, INT32_MAX, ret_side);
}

/* "before" is what held; a date that is not written stays as it was. */
static bool follows(struct plan_reader *reader, const struct plan_target *target,
                    struct yaml_node *node, struct plan_adjustment *adjustment)
{
	const struct plan_unit *unit = adjustment->after.unit;
	struct plan_allocation held = {.value = plan_value_on(target, adjustment->from)};
	day deadline = plan_deadline_on(target, unit, adjustment->from);
	char found[QUANTITY_TEXT_MAX], was[QUANTITY_TEXT_MAX], date[DAY_TEXT_MAX];
	const char *name = unit != NULL ? unit->name : city_word;

	held.deadline = unit != NULL ? DAY_NONE : deadline;
	if (unit != NULL)
		held = *plan_part_on(target, unit, adjustment->from);
	if (!is_same(&adjustment->before, &held)) {
		yaml_problem(reader->problems, node_place(node, "before"),
		             "“%s”在调整以前的任务数是%s，这里写的是%s：应当一致", name,
		             print_part(&held, was),
		             print_part(&adjustment->before, found));
		return false;
	}
	if (adjustment->before.deadline != DAY_NONE &&
	    adjustment->before.deadline != deadline) {
		day_print(deadline, date);
		yaml_problem(reader->problems, node_place(node, "before"),
		             "“%s”在调整以前的期限是%s，与这里写的不一致", name,
		             deadline != DAY_NONE ? date : "未定");
		return false;
	}
	adjustment->before.deadline = deadline;
	if (adjustment->after.deadline == DAY_NONE)
		adjustment->after.deadline = held.deadline;
	if (is_same(&adjustment->after, &held) &&
	    adjustment->after.deadline == held.deadline) {
		yaml_problem(reader->problems, node_place(node, "after"),
		             "“%s”的任务数和期限前后相同：没有调整", name);
		return false;
	}
	return true;
}

static bool is_same(const struct plan_allocation *a, const struct plan_allocation *b)
{
	int order;

	if (a->no_task || b->no_task)
		return a->no_task == b->no_task;
	return quantity_compare(&a->value, &b->value, &order) == 0 && order == 0;
}

static const char *print_part(const struct plan_allocation *part, char *out)
{
	if (part->no_task)
		return "“无任务”";
	quantity_print(&part->value, out);
	return out;
}

/* Once a day, when its last change is known. */
static void check_days(struct plan_reader *reader, const struct plan_target *target)
{
	for (size_t i = 0; i < target->adjustment_count; i++) {
		const struct plan_adjustment *last = &target->adjustments[i];

		if (i + 1 < target->adjustment_count && last[1].from == last->from)
			continue;
		check_sum(reader, target, last);
		check_deadlines(reader, target, last);
	}
}

static void check_sum(struct plan_reader *reader, const struct plan_target *target,
                      const struct plan_adjustment *last)
{
	struct quantity whole = plan_value_on(target, last->from);
	struct quantity sum = {.unit = target->value.unit};
	char found[QUANTITY_TEXT_MAX], wanted[QUANTITY_TEXT_MAX], date[DAY_TEXT_MAX];
	int order = 0;

	for (size_t i = 0; i < reader->plan->unit_count; i++) {
		const struct plan_unit *unit = &reader->plan->units[i];
		const struct plan_allocation *part =
			plan_part_on(target, unit, last->from);

		if (!part->no_task && quantity_add(&sum, &part->value, &sum) < 0)
			return; /* told where the parts were read */
	}
	if (target->split_note != NULL || quantity_compare(&sum, &whole, &order) < 0 ||
	    order == 0)
		return;
	quantity_print(&sum, found);
	quantity_print(&whole, wanted);
	day_print(last->from, date);
	yaml_problem(
		reader->problems, last->place,
		"调整后自%s起各单位任务数合计%s，全市目标是%s：应当相等；全市目标也调整的"
		"另写一项 unit: 全市，确实不等的用 split_note 说明原因",
		date, found, wanted);
}

static void check_deadlines(struct plan_reader *reader, const struct plan_target *target,
                            const struct plan_adjustment *last)
{
	day limit = plan_deadline_on(target, NULL, last->from);
	char date[DAY_TEXT_MAX];

	for (size_t i = 0; i < reader->plan->unit_count; i++) {
		const struct plan_unit *unit = &reader->plan->units[i];
		const struct plan_allocation *part =
			plan_part_on(target, unit, last->from);

		if (part->no_task || part->deadline == DAY_NONE ||
		    (limit != DAY_NONE && part->deadline <= limit))
			continue;
		day_print(last->from, date);
		yaml_problem(
			reader->problems, last->place,
			"调整后自%s起“%s”的期限晚于全市的期限：全市期限也调整的另写一项 "
			"unit: 全市",
			date, unit->name);
	}
}
