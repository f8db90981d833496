/*
 * A rule about the city's sums:
 *
 *	units' figures --> a sum for each term --> rule_compare --> state --> sentences
 *
 * Units that the section does not ask are in no sum. A figure that a unit did not give
 * is what the rule says of missing ones: wait for it, or count it as zero. A target's
 * term is the target's whole.
 *
 * What can go wrong: sums that cannot be exact (told as such, for whoever wrote the
 * figures in odd units), and memory.
 */
#include "model/city.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/judging.h"
#include "model/rule_compare.h"
#include "model/wording.h"

struct counting {
	struct arena *arena;
	const struct plan *plan;
	const struct city_unit *units;
	day on;
	struct city_check *check;
	struct quantity values[2 * PLAN_TERMS_MAX]; /* left side first */
	size_t given;                               /* figures that were there */
};

static void count_units(struct counting *counting);
static bool gave_all(const struct counting *counting, size_t unit);
static int sum_terms(struct counting *counting);
static int sum_term(struct counting *counting, const struct plan_term *term,
                    struct quantity *ret_sum);
static enum city_state state_of(struct counting *counting);
static bool must_wait(const struct counting *counting);
static const struct plan_term *term_at(const struct plan_rule *rule, size_t index);
static const char *say(struct counting *counting);
static const char *say_facts(struct counting *counting);
static const char *say_fact(struct counting *counting, size_t index);
static const char *say_waiting(struct counting *counting);
static const char *say_difference(struct counting *counting);

int city_judge(struct arena *arena, const struct plan *plan,
               const struct plan_section *section, const struct plan_rule *rule,
               const struct city_figures *figures, struct city_check *ret_check)
{
	struct city_check check = {.section = section, .rule = rule};
	struct counting counting = {.arena = arena,
	                            .plan = plan,
	                            .units = figures->units,
	                            .on = figures->on,
	                            .check = &check};

	CHECK(rule->left_count <= PLAN_TERMS_MAX && rule->right_count <= PLAN_TERMS_MAX);
	count_units(&counting);
	check.state = sum_terms(&counting) == 0 ? state_of(&counting) : CITY_INEXACT;
	check.text = say(&counting);
	if (check.text == NULL)
		return E_NOMEM;
	*ret_check = check;
	return 0;
}

static void count_units(struct counting *counting)
{
	for (size_t i = 0; i < counting->plan->unit_count; i++) {
		if (!counting->check->section->asked[i])
			continue;
		counting->check->units++;
		counting->check->complete += gave_all(counting, i);
	}
}

static bool gave_all(const struct counting *counting, size_t unit)
{
	const struct plan_rule *rule = counting->check->rule;
	const struct city_unit *from = &counting->units[unit];

	for (size_t i = 0; i < rule->left_count + rule->right_count; i++) {
		const struct plan_term *term = term_at(rule, i);

		if (term->indicator != NULL &&
		    figures_find(from->figures, from->figure_count, term->indicator) ==
		            NULL)
			return false;
	}
	return true;
}

static const struct plan_term *term_at(const struct plan_rule *rule, size_t index)
{
	return index < rule->left_count ? &rule->left[index]
	                                : &rule->right[index - rule->left_count];
}

static int sum_terms(struct counting *counting)
{
	const struct plan_rule *rule = counting->check->rule;
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->left_count + rule->right_count; i++)
		r = sum_term(counting, term_at(rule, i), &counting->values[i]);
	return r;
}

static int sum_term(struct counting *counting, const struct plan_term *term,
                    struct quantity *ret_sum)
{
	struct quantity sum = term->constant;

	if (term->target != NULL)
		sum = plan_value_on(term->target, counting->on);
	if (term->indicator != NULL)
		sum = (struct quantity){.unit = term->indicator->unit};
	for (size_t i = 0; term->indicator != NULL && i < counting->plan->unit_count;
	     i++) {
		const struct city_unit *from = &counting->units[i];
		const struct figure *figure =
			figures_find(from->figures, from->figure_count, term->indicator);
		int r;

		if (figure == NULL || !counting->check->section->asked[i])
			continue;
		counting->given++;
		r = quantity_add(&sum, &figure->value, &sum);
		if (r < 0)
			return r;
	}
	*ret_sum = sum;
	return 0;
}

static enum city_state state_of(struct counting *counting)
{
	struct city_check *check = counting->check;
	struct rule_sums sums;

	if (must_wait(counting))
		return CITY_INCOMPLETE;
	if (rule_compare(check->rule, counting->values, &sums) < 0)
		return CITY_INEXACT;
	check->left = sums.left;
	check->right = sums.right;
	return sums.holds ? CITY_HOLDS : CITY_BROKEN;
}

static bool must_wait(const struct counting *counting)
{
	const struct city_check *check = counting->check;

	switch (check->rule->missing) {
	case MISSING_SKIP_ANY:
		return check->complete < check->units || check->units == 0;
	case MISSING_SKIP_ALL:
		return counting->given == 0;
	case MISSING_ZERO:
		return false;
	}
	return false;
}

static const char *say(struct counting *counting)
{
	const struct plan_rule *rule = counting->check->rule;
	bool broken = counting->check->state == CITY_BROKEN;
	const char *facts = say_facts(counting), *state = "";

	if (counting->check->state == CITY_INCOMPLETE)
		state = say_waiting(counting);
	else if (counting->check->state == CITY_INEXACT)
		state = "数值过大，或单位之间不能精确换算，无法核对。";
	else if (broken)
		state = say_difference(counting);
	if (facts == NULL || state == NULL)
		return NULL;
	return arena_printf(counting->arena, "%s审核关系：%s（%s %s，依据%s）。%s%s%s%s",
	                    facts, rule->text, wording_severity(rule->severity), rule->id,
	                    rule->basis, state,
	                    broken && rule->causes[0] != '\0' ? "可能原因：" : "",
	                    broken ? rule->causes : "",
	                    broken && rule->causes[0] != '\0' ? "。" : "");
}

/* "全市“任务生活圈”合计＝243个。" */
static const char *say_facts(struct counting *counting)
{
	const struct plan_rule *rule = counting->check->rule;
	const char *text = "全市";

	for (size_t i = 0; text != NULL && i < rule->left_count + rule->right_count;
	     i++) {
		const char *fact = say_fact(counting, i);

		if (fact == NULL)
			return NULL;
		if (fact[0] != '\0')
			text = arena_printf(counting->arena, "%s%s%s", text,
			                    strcmp(text, "全市") != 0 ? "，" : "", fact);
	}
	return text != NULL ? arena_printf(counting->arena, "%s。", text) : NULL;
}

/* "": a constant. */
static const char *say_fact(struct counting *counting, size_t index)
{
	const struct plan_term *term = term_at(counting->check->rule, index);
	char value[QUANTITY_TEXT_MAX];
	const char *name;

	if (term->indicator == NULL && term->target == NULL)
		return "";
	name = wording_quoted(counting->arena, term->indicator != NULL
	                                               ? term->indicator->name
	                                               : term->target->name);
	if (name == NULL)
		return NULL;
	if (counting->values[index].unit == NULL)
		return arena_printf(counting->arena, "%s合计未知", name);
	quantity_print(&counting->values[index], value);
	if (term->indicator == NULL)
		return arena_printf(counting->arena, "%s的目标＝%s", name, value);
	return arena_printf(counting->arena, "%s%s＝%s", name,
	                    counting->check->state == CITY_INCOMPLETE ? "目前合计"
	                                                              : "合计",
	                    value);
}

static const char *say_waiting(struct counting *counting)
{
	return arena_printf(counting->arena, "%zu家单位中%zu家已报齐，报齐后核对。",
	                    counting->check->units, counting->check->complete);
}

static const char *say_difference(struct counting *counting)
{
	const struct city_check *check = counting->check;
	struct quantity difference;
	char text[QUANTITY_TEXT_MAX];
	int order;

	if (quantity_compare(&check->left, &check->right, &order) < 0 ||
	    (order < 0 ? quantity_subtract(&check->right, &check->left, &difference)
	               : quantity_subtract(&check->left, &check->right, &difference)) < 0)
		return "";
	quantity_print(&difference, text);
	return arena_printf(counting->arena, "相差%s。", text);
}

const char *city_word(enum city_state state)
{
	switch (state) {
	case CITY_HOLDS:
		return "相符";
	case CITY_BROKEN:
		return "不符";
	case CITY_INCOMPLETE:
		return "未齐";
	case CITY_INEXACT:
		return "无法核对";
	}
	return "无法核对";
}
