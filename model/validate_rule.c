/*
 * A plan's comparisons over one report:
 *
 *	terms --> values: figures, the unit's tasks, constants --> rule_compare -->
 *finding
 *
 * A figure that was refused for its form is left out and the rule with it, so that one
 * mistake gives one finding. One that was not given is the rule's own affair: it is
 * skipped, or counts as zero. Sums are exact or the report is refused; whoever wrote the
 * figures can write them in one unit.
 */
#include "model/judging.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/rule_compare.h"

struct side {
	const struct plan_term *terms;
	size_t count;
};

static bool take_values(struct judging *judging, const struct plan_rule *rule,
                        struct quantity *values);
static bool take_value(struct judging *judging, const struct plan_term *term,
                       bool may_miss, struct quantity *ret_value, size_t *given);
static bool is_spoilt(const struct judging *judging,
                      const struct plan_indicator *indicator);
static size_t count_figures(struct side side);
static void broken(struct judging *judging, const struct plan_rule *rule,
                   const struct rule_sums *sums);
static void not_computable(struct judging *judging, const struct plan_rule *rule);
static const struct plan_indicator *first_indicator(struct side side);
static const char *facts(struct judging *judging, const struct plan_rule *rule);
static const char *fact(struct judging *judging, const struct plan_term *term);
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
	struct quantity values[2 * PLAN_TERMS_MAX];
	struct rule_sums sums;
	int r;

	CHECK(rule->left_count <= PLAN_TERMS_MAX && rule->right_count <= PLAN_TERMS_MAX);
	if (rule->left_count == 0 || rule->right_count == 0 ||
	    !take_values(judging, rule, values))
		return;
	r = rule_compare(rule, values, &sums);
	if (r == E_RANGE)
		not_computable(judging, rule);
	else if (r == 0 && !sums.holds)
		broken(judging, rule, &sums);
}

/* False: the rule says nothing of this report. */
static bool take_values(struct judging *judging, const struct plan_rule *rule,
                        struct quantity *values)
{
	const struct side sides[] = {left_of(rule), right_of(rule)};
	bool may_miss = rule->missing != MISSING_SKIP_ANY;
	size_t given = 0;

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < sides[i].count; j++) {
			if (!take_value(judging, &sides[i].terms[j], may_miss, values++,
			                &given))
				return false;
		}
	}
	return rule->missing != MISSING_SKIP_ALL || given > 0 ||
	       count_figures(sides[0]) + count_figures(sides[1]) == 0;
}

static bool take_value(struct judging *judging, const struct plan_term *term,
                       bool may_miss, struct quantity *ret_value, size_t *given)
{
	const struct plan_allocation *task;
	const struct figure *figure;

	if (term->target != NULL) {
		task = judging_task(judging, term->target);
		if (task != NULL)
			*ret_value = task->value;
		return task != NULL;
	}
	*ret_value = term->constant;
	if (term->indicator == NULL)
		return true;
	figure = judging_figure(judging, term->indicator);
	*ret_value = (struct quantity){.unit = term->indicator->unit};
	if (figure == NULL)
		return may_miss && !is_spoilt(judging, term->indicator);
	*ret_value = figure->value;
	(*given)++;
	return true;
}

/* Given, but not fit to be computed with: D-.. has told so. */
static bool is_spoilt(const struct judging *judging,
                      const struct plan_indicator *indicator)
{
	const struct report *report = judging->report;

	for (size_t i = 0; i < report->figure_count; i++) {
		if (strcmp(report->figures[i].indicator, indicator->id) == 0)
			return true;
	}
	return false;
}

static size_t count_figures(struct side side)
{
	size_t count = 0;

	for (size_t i = 0; i < side.count; i++)
		count += side.terms[i].indicator != NULL;
	return count;
}

/* Told of the first figure on the left; with none there, of the first on the right. */
static void broken(struct judging *judging, const struct plan_rule *rule,
                   const struct rule_sums *sums)
{
	const struct plan_indicator *about = first_indicator(left_of(rule));
	const char *reason = reason_of(judging, left_of(rule));
	enum rule_operator op = rule->op;
	char found[QUANTITY_TEXT_MAX], limit[QUANTITY_TEXT_MAX];

	if (reason[0] == '\0')
		reason = reason_of(judging, right_of(rule));
	if (about != NULL) {
		quantity_print(&sums->left, found);
		quantity_print(&sums->right, limit);
	} else {
		about = first_indicator(right_of(rule));
		op = rule_operator_flipped(op);
		quantity_print(&sums->right, found);
		quantity_print(&sums->left, limit);
	}
	if (about == NULL)
		return; /* two constants: plan_read() has refused that */
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, about->id),
			     .found = found,
			     .allowed = judging_say(judging, "%s%s",
	                                            rule_operator_sign(op), limit),
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
			const char *next = fact(judging, &sides[i].terms[j]);

			if (next != NULL)
				text = judging_say(judging, "%s%s%s", text,
				                   text[0] != '\0' ? "，" : "", next);
		}
	}
	return judging_say(judging, "%s。", text);
}

/* NULL: a constant, which the rule's own words name. */
static const char *fact(struct judging *judging, const struct plan_term *term)
{
	char value[QUANTITY_TEXT_MAX];
	const struct figure *figure;

	if (term->target != NULL) {
		quantity_print(&judging_task(judging, term->target)->value, value);
		return judging_say(judging, "%s的任务数＝%s",
		                   judging_quote(judging, term->target->name), value);
	}
	if (term->indicator == NULL)
		return NULL;
	figure = judging_figure(judging, term->indicator);
	if (figure == NULL)
		return judging_say(judging, "%s未填报（按0计）",
		                   judging_quote(judging, term->indicator->name));
	quantity_print(&figure->value, value);
	return judging_say(judging, "%s＝%s",
	                   judging_quote(judging, term->indicator->name), value);
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
