/*
 * A plan's comparisons: left op right, each a sum of figures and constants.
 *
 *	figures --> all there? --> one unit --> sums --> compare --> finding
 *
 * A rule with a figure that was not given (or was refused for its form) is skipped:
 * required figures say what must be there. Sums are exact or the report is refused;
 * whoever wrote the figures can write them in one unit.
 */
#include "model/judging.h"

#include <string.h>

#include "base/err.h"

struct side {
	const struct plan_term *terms;
	size_t count;
};

/* How the rule's terms can be brought together. */
enum mixture { UNITS_COMPARABLE, UNITS_COUNTED, UNITS_MIXED };

static bool is_given(const struct judging *judging, struct side side);
static enum mixture mixture_of(const struct plan_rule *rule);
static const struct unit *unit_of(const struct plan_term *term);
static int sum(const struct judging *judging, struct side side, enum mixture mixture,
               struct quantity *ret_sum);
static int sum_in(const struct judging *judging, struct side side, enum mixture mixture,
                  const struct unit *unit, struct quantity *ret_sum);
static int value_of(const struct judging *judging, const struct plan_term *term,
                    enum mixture mixture, struct quantity *ret);
static bool holds(enum rule_operator op, int order);
static enum rule_operator flipped(enum rule_operator op);
static void broken(struct judging *judging, const struct plan_rule *rule,
                   const struct quantity *left, const struct quantity *right);
static void not_computable(struct judging *judging, const struct plan_rule *rule);
static const struct plan_indicator *first_indicator(struct side side);
static const char *facts(struct judging *judging, const struct plan_rule *rule);
static const char *reason_of(const struct judging *judging, struct side side);

static struct side left_of(const struct plan_rule *rule)
{
	return (struct side){rule->left, rule->left_count};
}

static struct side right_of(const struct plan_rule *rule)
{
	return (struct side){rule->right, rule->right_count};
}

void judge_compare(struct judging *judging, const struct plan_rule *rule)
{
	enum mixture mixture = mixture_of(rule);
	struct quantity left, right;
	int order;

	if (mixture == UNITS_MIXED || !is_given(judging, left_of(rule)) ||
	    !is_given(judging, right_of(rule)))
		return;
	if (sum(judging, left_of(rule), mixture, &left) < 0 ||
	    sum(judging, right_of(rule), mixture, &right) < 0 ||
	    quantity_compare(&left, &right, &order) < 0)
		not_computable(judging, rule);
	else if (!holds(rule->op, order))
		broken(judging, rule, &left, &right);
}

static bool is_given(const struct judging *judging, struct side side)
{
	for (size_t i = 0; i < side.count; i++) {
		const struct plan_indicator *indicator = side.terms[i].indicator;

		if (indicator != NULL && judging_figure(judging, indicator) == NULL)
			return false;
	}
	return side.count > 0;
}

/*
 * Things counted differently may be compared as numbers (户 <= 1500 * 小区 is how a
 * ratio is written); an area and an amount of money may not, and plan_read() refuses
 * such a rule.
 */
static enum mixture mixture_of(const struct plan_rule *rule)
{
	const struct side sides[] = {left_of(rule), right_of(rule)};
	enum mixture mixture = UNITS_COMPARABLE;
	const struct unit *first = NULL;

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < sides[i].count; j++) {
			const struct unit *unit = unit_of(&sides[i].terms[j]);

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

static const struct unit *unit_of(const struct plan_term *term)
{
	return term->indicator != NULL ? term->indicator->unit : term->constant.unit;
}

/* In the unit of the first term that can express them all: 亩 in 平方公里 may be no
 * decimal, but 平方公里 in 亩 is. */
static int sum(const struct judging *judging, struct side side, enum mixture mixture,
               struct quantity *ret_sum)
{
	int r = E_RANGE;

	for (size_t i = 0; i < side.count && r < 0; i++) {
		struct quantity value;

		r = value_of(judging, &side.terms[i], mixture, &value);
		if (r == 0)
			r = sum_in(judging, side, mixture, value.unit, ret_sum);
	}
	return r;
}

static int sum_in(const struct judging *judging, struct side side, enum mixture mixture,
                  const struct unit *unit, struct quantity *ret_sum)
{
	struct quantity total = {.unit = unit};

	for (size_t i = 0; i < side.count; i++) {
		struct quantity value;
		int r = value_of(judging, &side.terms[i], mixture, &value);

		if (r == 0)
			r = quantity_add(&total, &value, &total);
		if (r < 0)
			return r;
	}
	*ret_sum = total;
	return 0;
}

static int value_of(const struct judging *judging, const struct plan_term *term,
                    enum mixture mixture, struct quantity *ret)
{
	struct quantity value = term->constant;
	int r = 0;

	if (term->indicator != NULL)
		value = judging_figure(judging, term->indicator)->value;
	if (mixture == UNITS_COUNTED) {
		r = quantity_convert(&value, unit_find(value.unit->base), &value);
		value.unit = unit_find("个");
	}
	if (r == 0)
		r = quantity_scale_by(&value, term->coefficient, &value);
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

static enum rule_operator flipped(enum rule_operator op)
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

/* Told of the first figure on the left; with none there, of the first on the right. */
static void broken(struct judging *judging, const struct plan_rule *rule,
                   const struct quantity *left, const struct quantity *right)
{
	static const char *const signs[] = {[OP_LE] = "≤",
	                                    [OP_LT] = "＜",
	                                    [OP_GE] = "≥",
	                                    [OP_GT] = "＞",
	                                    [OP_EQ] = "＝"};
	const struct plan_indicator *about = first_indicator(left_of(rule));
	const char *reason = reason_of(judging, left_of(rule));
	enum rule_operator op = rule->op;
	char found[QUANTITY_TEXT_MAX], limit[QUANTITY_TEXT_MAX];

	if (reason[0] == '\0')
		reason = reason_of(judging, right_of(rule));
	if (about != NULL) {
		quantity_print(left, found);
		quantity_print(right, limit);
	} else {
		about = first_indicator(right_of(rule));
		op = flipped(op);
		quantity_print(right, found);
		quantity_print(left, limit);
	}
	if (about == NULL)
		return; /* two constants: plan_read() has refused that */
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, about->id),
			     .found = found,
			     .allowed = judging_say(judging, "%s%s", signs[op], limit),
			     .text = facts(judging, rule),
		     },
	             reason);
}

static void not_computable(struct judging *judging, const struct plan_rule *rule)
{
	const struct plan_indicator *about = first_indicator(left_of(rule));

	if (about == NULL)
		about = first_indicator(right_of(rule));
	if (about == NULL)
		return;
	judging_form(
		judging, FORM_INEXACT,
		(struct finding){
			.field = judging_path(judging, about->id),
			.found = "数值过大，或单位之间不能精确换算",
			.allowed = about->unit->name,
			.text = judging_say(judging,
	                                    "%s无法按审核关系%s（%s）精确计算，请统一按“%"
	                                    "s”填报并核对数值。",
	                                    facts(judging, rule), rule->id, rule->text,
	                                    about->unit->name),
		});
}

static const struct plan_indicator *first_indicator(struct side side)
{
	for (size_t i = 0; i < side.count; i++) {
		if (side.terms[i].indicator != NULL)
			return side.terms[i].indicator;
	}
	return NULL;
}

/* "“累计完工小区”＝128个，“累计开工小区”＝121个。" */
static const char *facts(struct judging *judging, const struct plan_rule *rule)
{
	const struct side sides[] = {left_of(rule), right_of(rule)};
	const char *text = "";

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < sides[i].count; j++) {
			const struct plan_indicator *indicator =
				sides[i].terms[j].indicator;
			char value[QUANTITY_TEXT_MAX];

			if (indicator == NULL)
				continue;
			quantity_print(&judging_figure(judging, indicator)->value, value);
			text = judging_say(judging, "%s%s%s＝%s", text,
			                   text[0] != '\0' ? "，" : "",
			                   judging_quote(judging, indicator->name),
			                   value);
		}
	}
	return judging_say(judging, "%s。", text);
}

/* Any figure of the rule may carry the reason. */
static const char *reason_of(const struct judging *judging, struct side side)
{
	for (size_t i = 0; i < side.count; i++) {
		const struct plan_indicator *indicator = side.terms[i].indicator;
		const struct figure *figure =
			indicator != NULL ? judging_figure(judging, indicator) : NULL;

		if (figure != NULL && !text_is_blank(figure->reason))
			return figure->reason;
	}
	return "";
}
