/*
 * Allocations: each unit's part in a target, typed one by one and added up, or shared out
 * by their bases.
 *
 *	望城区: 120个 ------------------------> parts --> do they add up to the whole?
 *	by_base: 望城区: 30个, the whole -----> parts that do
 */
#include <stdlib.h>
#include <string.h>

#include "model/plan_internal.h"

#define SHARED_MAX 1000000000 /* the largest number that is shared out, or its base */

/* What a unit's exact part has more than its whole number, and which unit's. */
struct remainder {
	int64_t size;
	size_t unit;
};

static const char no_task_word[] = "无任务";

static void read_amount(struct plan_reader *reader, const struct plan_target *target,
                        const struct yaml_node *value, struct plan_allocation *part);
static bool is_complete(struct plan_reader *reader, const struct yaml_node *node,
                        const struct plan_allocation *allocations);
static void share_out(struct plan_reader *reader, const struct plan_target *target,
                      const struct yaml_node *node, struct plan_allocation *bases);
static bool may_share(struct plan_reader *reader, const struct plan_target *target,
                      const struct yaml_node *node, const struct plan_allocation *bases,
                      struct quantity *ret_total);
static bool is_countable(const struct quantity *value);
static int by_remainder(const void *a, const void *b);
static void check_sum(struct plan_reader *reader, const struct plan_target *target,
                      const struct yaml_node *node,
                      const struct plan_allocation *allocations);
static bool sum_of(const struct plan_allocation *allocations, size_t count,
                   const struct unit *unit, struct quantity *ret_sum);

void plan_read_allocations(struct plan_reader *reader, struct plan_target *target,
                           struct yaml_node *node)
{
	struct plan *plan = reader->plan;
	struct yaml_node *bases = yaml_get(node, "by_base");
	struct yaml_node *parts = bases != NULL ? bases : node;
	struct plan_allocation *allocations;

	if (bases != NULL && node->count > 1)
		yaml_problem(reader->problems, node->place,
		             "写了 by_base（按基数分摊），就不再单写各单位的任务数");
	if (target->indicator == NULL || parts->kind != YAML_MAP) {
		yaml_problem(reader->problems, parts->place,
		             target->indicator == NULL
		                     ? "目标还没有指标和数值，不能分解任务"
		                     : "“allocations”应当每行写“单位: 任务数”，例如 "
		                       "望城区: 120个");
		return;
	}
	allocations = plan_new_array(reader, plan->unit_count, sizeof(*allocations));
	if (allocations == NULL)
		return;
	yaml_each(item, parts)
	{
		const struct plan_unit *unit =
			plan_need_unit(reader, item->key, item->key_place);

		if (unit == NULL)
			continue;
		if (allocations[unit->index].unit != NULL)
			yaml_problem(reader->problems, item->key_place, "“%s”写了两次",
			             unit->name);
		allocations[unit->index] =
			(struct plan_allocation){.unit = unit,
		                                 .deadline = DAY_NONE,
		                                 .sample = reader->sample,
		                                 .value = {.unit = target->value.unit}};
		(void)plan_read_part(reader, target, item, target->deadline,
		                     &allocations[unit->index]);
	}
	if (is_complete(reader, parts, allocations)) {
		if (bases != NULL)
			share_out(reader, target, bases, allocations);
		else
			check_sum(reader, target, node, allocations);
	}
	target->allocations = allocations;
}

bool plan_read_part(struct plan_reader *reader, const struct plan_target *target,
                    struct yaml_node *node, day latest, struct plan_allocation *part)
{
	static const struct plan_key keys[] = {{"value", "任务数"},
	                                       {"deadline", "期限"},
	                                       {NULL, NULL}};
	size_t before = reader->problems->count;
	struct yaml_node *value = node;

	if (node->kind != YAML_SCALAR) {
		if (!node_check(reader, node, keys))
			return false;
		value = yaml_get(node, "value");
		if (value == NULL) {
			node_missing(reader, node, "value", "300个");
			return false;
		}
		part->deadline = node_day(reader, node, "deadline");
		if (part->deadline != DAY_NONE && part->unit != NULL &&
		    (latest == DAY_NONE || part->deadline > latest))
			yaml_problem(reader->problems, node_place(node, "deadline"),
			             "单位的期限不能晚于目标的期限");
	}
	read_amount(reader, target, value, part);
	return reader->problems->count == before;
}

static void read_amount(struct plan_reader *reader, const struct plan_target *target,
                        const struct yaml_node *value, struct plan_allocation *part)
{
	const struct plan_unit *unit = part->unit;
	const char *name = unit != NULL ? unit->name : "全市";

	if (unit != NULL && value->kind == YAML_SCALAR &&
	    strcmp(value->text, no_task_word) == 0) {
		part->no_task = true;
		return;
	}
	if (!plan_value_read(reader, value, &part->value))
		return;
	/* Against the indicator: what is wrong with the target is told there, once. */
	if (!unit_comparable(part->value.unit, target->indicator->unit))
		yaml_problem(reader->problems, value->place,
		             "“%s”的任务数单位是“%s”，指标的单位是“%s”：可用 %s", name,
		             part->value.unit->name, target->indicator->unit->name,
		             unit_alternatives(target->indicator->unit));
	if (part->value.digits <= 0)
		yaml_problem(reader->problems, value->place, "“%s”的任务数应当大于零%s",
		             name, unit != NULL ? "：没有任务的写“无任务”" : "");
	if (unit != NULL && target->section->asked != NULL &&
	    !target->section->asked[unit->index])
		yaml_problem(reader->problems, value->place,
		             "“%s”不填报这个板块（见 asked），只能写“无任务”", name);
}

static bool is_complete(struct plan_reader *reader, const struct yaml_node *node,
                        const struct plan_allocation *allocations)
{
	bool complete = true;

	for (size_t i = 0; i < reader->plan->unit_count; i++) {
		if (allocations[i].unit != NULL)
			continue;
		yaml_problem(reader->problems, node->key_place,
		             "任务分解缺“%s”：没有任务的也要写“无任务”",
		             reader->plan->units[i].name);
		complete = false;
	}
	return complete;
}

static void check_sum(struct plan_reader *reader, const struct plan_target *target,
                      const struct yaml_node *node,
                      const struct plan_allocation *allocations)
{
	char found[QUANTITY_TEXT_MAX], wanted[QUANTITY_TEXT_MAX];
	struct quantity sum;
	int order = 0;

	if (target->split_note != NULL ||
	    !sum_of(allocations, reader->plan->unit_count, target->value.unit, &sum) ||
	    quantity_compare(&sum, &target->value, &order) < 0 || order == 0)
		return;
	quantity_print(&sum, found);
	quantity_print(&target->value, wanted);
	yaml_problem(reader->problems, node->key_place,
	             "各单位任务数合计%s，目标是%s：应当相等，确实不等的用 split_note "
	             "说明原因",
	             found, wanted);
}

static bool sum_of(const struct plan_allocation *allocations, size_t count,
                   const struct unit *unit, struct quantity *ret_sum)
{
	struct quantity sum = {.unit = unit};

	for (size_t i = 0; i < count; i++)
		if (quantity_add(&sum, &allocations[i].value, &sum) < 0)
			return false;
	*ret_sum = sum;
	return true;
}

/*
 * The city's number was rounded once; its parts are whole numbers in proportion to the
 * bases, those with the largest remainders rounded up, the earlier unit first. What comes
 * to nothing is no task.
 */
static void share_out(struct plan_reader *reader, const struct plan_target *target,
                      const struct yaml_node *node, struct plan_allocation *bases)
{
	size_t count = reader->plan->unit_count;
	struct remainder *remainders = plan_new_array(reader, count, sizeof(*remainders));
	struct quantity total;
	int64_t left = target->value.digits;

	if (remainders == NULL || !may_share(reader, target, node, bases, &total))
		return;
	for (size_t i = 0; i < count; i++) {
		int64_t product = bases[i].value.digits * target->value.digits;

		bases[i].value = target->value;
		bases[i].value.hedge = HEDGE_NONE;
		bases[i].value.digits = product / total.digits;
		left -= bases[i].value.digits;
		remainders[i] = (struct remainder){product % total.digits, i};
	}
	qsort(remainders, count, sizeof(*remainders), by_remainder);
	for (size_t i = 0; i < (size_t)left; i++)
		bases[remainders[i].unit].value.digits++;
	for (size_t i = 0; i < count; i++)
		bases[i].no_task = bases[i].value.digits == 0;
}

/* Whole numbers of one unit that add up, and are small enough to be multiplied. */
static bool may_share(struct plan_reader *reader, const struct plan_target *target,
                      const struct yaml_node *node, const struct plan_allocation *bases,
                      struct quantity *ret_total)
{
	char found[QUANTITY_TEXT_MAX], wanted[QUANTITY_TEXT_MAX];
	size_t count = reader->plan->unit_count;
	bool fits = is_countable(&target->value);
	int order = 0;

	for (size_t i = 0; fits && i < count; i++)
		fits = bases[i].no_task || (is_countable(&bases[i].value) &&
		                            bases[i].value.unit == target->value.unit);
	if (!fits || !sum_of(bases, count, target->value.unit, ret_total) ||
	    ret_total->digits <= 0) {
		yaml_problem(reader->problems, node->key_place,
		             "按基数分摊的，目标和各单位的基数都应当是整数，单位都是“%s”",
		             target->value.unit->name);
		return false;
	}
	if (!target->is_share || quantity_compare(ret_total, &target->base, &order) < 0 ||
	    order == 0)
		return true;
	quantity_print(ret_total, found);
	quantity_print(&target->base, wanted);
	yaml_problem(reader->problems, node->key_place,
	             "各单位基数合计%s，目标的基数（base）是%s：应当相等", found, wanted);
	return false;
}

static bool is_countable(const struct quantity *value)
{
	return value->scale == 0 && value->digits >= 0 && value->digits <= SHARED_MAX;
}

/* The largest first; of equal ones the unit that the plan lists earlier. */
static int by_remainder(const void *a, const void *b)
{
	const struct remainder *left = a, *right = b;

	if (left->size != right->size)
		return left->size > right->size ? -1 : 1;
	return left->unit < right->unit ? -1 : 1;
}
