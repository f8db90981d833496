/*
 * left op right:
 *
 *	values, coefficients --> one unit --> two sums --> order --> holds?
 *
 * Sums are exact or there are none. Things counted differently may be compared as
 * numbers (户 <= 1500 * 小区 is how a density is written); an area and an amount of
 * money may not.
 */
#include "model/rule_compare.h"

#include "base/err.h"

/* One side: terms, and as many values. */
struct side {
	const struct plan_term *terms;
	const struct quantity *values;
	size_t count;
};

/* How the rule's terms can be brought together. */
enum mixture { UNITS_COMPARABLE, UNITS_COUNTED, UNITS_MIXED };

static enum mixture mixture_of(const struct side *sides);
static int sum(const struct side *side, enum mixture mixture, struct quantity *ret_sum);
static int sum_in(const struct side *side, enum mixture mixture, const struct unit *unit,
                  struct quantity *ret_sum);
static int value_of(const struct side *side, size_t index, enum mixture mixture,
                    struct quantity *ret);
static bool holds(enum rule_operator op, int order);

int rule_compare(const struct plan_rule *rule, const struct quantity *values,
                 struct rule_sums *ret_sums)
{
	const struct side sides[] = {{rule->left, values, rule->left_count},
	                             {rule->right, values + rule->left_count,
	                              rule->right_count}};
	enum mixture mixture = mixture_of(sides);
	struct rule_sums sums;
	int order = 0, r;

	if (mixture == UNITS_MIXED)
		return E_SYNTAX;
	r = sum(&sides[0], mixture, &sums.left);
	if (r == 0)
		r = sum(&sides[1], mixture, &sums.right);
	if (r == 0)
		r = quantity_compare(&sums.left, &sums.right, &order);
	if (r < 0)
		return r;
	sums.holds = holds(rule->op, order);
	*ret_sums = sums;
	return 0;
}

static enum mixture mixture_of(const struct side *sides)
{
	enum mixture mixture = UNITS_COMPARABLE;
	const struct unit *first = NULL;

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < sides[i].count; j++) {
			const struct unit *unit = rule_term_unit(&sides[i].terms[j]);

			if (first == NULL)
				first = unit;
			if (unit_comparable(first, unit))
				continue;
			if (first->dimension != DIMENSION_COUNT ||
			    unit->dimension != DIMENSION_COUNT)
				return UNITS_MIXED;
			mixture = UNITS_COUNTED;
		}
	}
	return mixture;
}

const struct unit *rule_term_unit(const struct plan_term *term)
{
	if (term->indicator != NULL)
		return term->indicator->unit;
	return term->target != NULL ? term->target->value.unit : term->constant.unit;
}

/* In the unit of the first term that can express them all: 亩 in 平方公里 may be no
 * decimal, but 平方公里 in 亩 is. */
static int sum(const struct side *side, enum mixture mixture, struct quantity *ret_sum)
{
	int r = E_RANGE;

	for (size_t i = 0; i < side->count && r < 0; i++) {
		struct quantity value;

		r = value_of(side, i, mixture, &value);
		if (r == 0)
			r = sum_in(side, mixture, value.unit, ret_sum);
	}
	return r;
}

static int sum_in(const struct side *side, enum mixture mixture, const struct unit *unit,
                  struct quantity *ret_sum)
{
	struct quantity total = {.unit = unit};

	for (size_t i = 0; i < side->count; i++) {
		struct quantity value;
		int r = value_of(side, i, mixture, &value);

		if (r == 0)
			r = quantity_add(&total, &value, &total);
		if (r < 0)
			return r;
	}
	*ret_sum = total;
	return 0;
}

static int value_of(const struct side *side, size_t index, enum mixture mixture,
                    struct quantity *ret)
{
	struct quantity value = side->values[index];
	int r = 0;

	if (mixture == UNITS_COUNTED) {
		r = quantity_convert(&value, unit_find(value.unit->base), &value);
		value.unit = unit_find("个");
	}
	if (r == 0)
		r = quantity_scale_by(&value, side->terms[index].coefficient, &value);
	if (r == 0)
		*ret = value;
	return r;
}

static bool holds(enum rule_operator op, int order)
{
	switch (op) {
	case OP_LE:
		return order <= 0;
	case OP_LT:
		return order < 0;
	case OP_GE:
		return order >= 0;
	case OP_GT:
		return order > 0;
	case OP_EQ:
		return order == 0;
	}
	return false;
}

const char *rule_operator_sign(enum rule_operator op)
{
	static const char *const signs[] = {[OP_LE] = "≤",
	                                    [OP_LT] = "＜",
	                                    [OP_GE] = "≥",
	                                    [OP_GT] = "＞",
	                                    [OP_EQ] = "＝"};

	return signs[op];
}

enum rule_operator rule_operator_flipped(enum rule_operator op)
{
	switch (op) {
	case OP_LE:
		return OP_GE;
	case OP_LT:
		return OP_GT;
	case OP_GE:
		return OP_LE;
	case OP_GT:
		return OP_LT;
	case OP_EQ:
		return OP_EQ;
	}
	return op;
}
