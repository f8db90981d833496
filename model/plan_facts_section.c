/* What a plan says in one section, as facts: indicators, baselines, targets, rules. */
#include <stdio.h>
#include <string.h>

#include "model/plan_facts.h"

#define NUMERAL_SIZE 16
#define TERM_SIZE    256
#define SIDE_SIZE    2048

static void numeral(size_t number, char *out);
static void list_indicator(struct plan_facts *facts, const char *prefix,
                           const struct plan_indicator *indicator);
static void list_baseline(struct plan_facts *facts, const char *prefix,
                          const struct plan_baseline *baseline);
static void list_opening(struct plan_facts *facts, const char *prefix,
                         const struct plan_opening *opening);
static void list_target(struct plan_facts *facts, const struct plan *plan,
                        const char *prefix, const struct plan_target *target);
static void list_parties(struct plan_facts *facts, const struct plan_party *parties,
                         size_t count);
static void list_measure(struct plan_facts *facts, const struct plan_target *target);
static void list_allocations(struct plan_facts *facts, const struct plan *plan,
                             const struct plan_target *target);
static void list_curve(struct plan_facts *facts, const struct plan_target *target);
static void list_adjustments(struct plan_facts *facts, const struct plan_target *target);
static void part_field(struct plan_facts *facts, const char *name,
                       const struct plan_allocation *part);
static void list_readings(struct plan_facts *facts, const struct plan_target *target);
static void list_rule(struct plan_facts *facts, const char *prefix,
                      const struct plan_section *section, size_t index);
static void list_rule_item(struct plan_facts *facts, const char *prefix,
                           const struct plan_rule *rule, bool again);
static void list_rule_kind(struct plan_facts *facts, const struct plan_rule *rule);
static void print_side(const struct plan_term *terms, size_t count, char *out);
static void department_field(struct plan_facts *facts, const char *name,
                             const struct plan_department *department, bool sample);
static const char *yes(bool is, const char *word);
static void date_field(struct plan_facts *facts, const char *name, day date, bool sample);
static void value_field(struct plan_facts *facts, const char *name,
                        const struct quantity *value, const char *mark);

void plan_facts_section(struct plan_facts *facts, const struct plan *plan,
                        const struct plan_section *section)
{
	char prefix[NUMERAL_SIZE];

	numeral(section->index + 1, prefix);
	plan_facts_item(facts, section->name, "%s", prefix);
	plan_facts_field(facts, "name", "%s", section->name);
	plan_facts_field(facts, "heading", "%s", section->heading);
	plan_facts_field(facts, "lead", "%s", section->lead->name);
	for (size_t i = 0; i < plan->unit_count; i++) {
		if (!section->asked[i])
			continue;
		plan_facts_item(facts, plan->units[i].name, "%s asked[%s]", prefix,
		                plan->units[i].name);
	}
	facts->item = prefix;
	list_parties(facts, section->supporting, section->supporting_count);
	for (size_t i = 0; i < section->indicator_count; i++)
		list_indicator(facts, prefix, &section->indicators[i]);
	for (size_t i = 0; i < section->baseline_count; i++)
		list_baseline(facts, prefix, &section->baselines[i]);
	for (size_t i = 0; i < section->opening_count; i++)
		list_opening(facts, prefix, &section->openings[i]);
	for (size_t i = 0; i < section->target_count; i++)
		list_target(facts, plan, prefix, &section->targets[i]);
	for (size_t i = 0; i < section->rule_count; i++)
		list_rule(facts, prefix, section, i);
}

/* 一, 十, 十二, 二十, 二十三: a document numbers its sections so. */
static void numeral(size_t number, char *out)
{
	static const char *const digits[] = {"",   "一", "二", "三", "四",
	                                     "五", "六", "七", "八", "九"};
	size_t tens = number / 10 % 10;

	(void)snprintf(out, NUMERAL_SIZE, "%s%s%s", tens > 1 ? digits[tens] : "",
	               tens > 0 ? "十" : "", digits[number % 10]);
}

static void list_indicator(struct plan_facts *facts, const char *prefix,
                           const struct plan_indicator *indicator)
{
	static const char *const kinds[] = {"cumulative", "level", "falling", "share",
	                                    "milestone"};

	plan_facts_item(facts, indicator->name, "%s indicators[%s]", prefix,
	                indicator->id);
	plan_facts_field(facts, "name", "%s", indicator->name);
	plan_facts_field(facts, "unit", "%s", indicator->unit->name);
	plan_facts_field(facts, "kind", "%s%s", kinds[indicator->kind],
	                 yes(indicator->yearly, "（按年）"));
	plan_facts_field(facts, "required", "%s", yes(indicator->required, "必报"));
	plan_facts_field(facts, "internal", "%s", yes(indicator->internal, "内部"));
	plan_facts_field(facts, "decimals", "%u", indicator->decimals);
	plan_facts_field(facts, "source", "%s", indicator->source);
	plan_facts_field(facts, "measure", "%s", indicator->measure);
	department_field(facts, "checker", indicator->checker, indicator->checker_sample);
	if (indicator->kind == INDICATOR_SHARE)
		plan_facts_field(facts, "share", "%s / %s", indicator->numerator->id,
		                 indicator->denominator->id);
}

static void department_field(struct plan_facts *facts, const char *name,
                             const struct plan_department *department, bool sample)
{
	plan_facts_field(facts, name, "%s%s", department != NULL ? department->name : "",
	                 yes(sample, "（示例数据）"));
}

static const char *yes(bool is, const char *word)
{
	return is ? word : "";
}

static void list_baseline(struct plan_facts *facts, const char *prefix,
                          const struct plan_baseline *baseline)
{
	plan_facts_item(facts, baseline->name, "%s baselines[%s]", prefix,
	                baseline->name);
	value_field(facts, "value", &baseline->value, "");
	plan_facts_field(facts, "span", "%s", baseline->span);
	plan_facts_field(facts, "clause", "%s", baseline->clause->id);
	plan_facts_field(facts, "indicator", "%s",
	                 baseline->indicator != NULL ? baseline->indicator->id : "");
	plan_facts_field(facts, "remark", "%s", baseline->remark);
}

static void list_opening(struct plan_facts *facts, const char *prefix,
                         const struct plan_opening *opening)
{
	plan_facts_item(facts, "", "%s openings[%s %s]", prefix, opening->indicator->id,
	                opening->unit->name);
	value_field(facts, "value", &opening->value,
	            yes(opening->sample, "（示例数据）"));
	date_field(facts, "on", opening->on, false);
	plan_facts_field(facts, "by", "%s",
	                 opening->confirmed_by[0] != '\0' ? opening->confirmed_by
	                                                  : "未确认");
	date_field(facts, "confirmed", opening->confirmed_on, false);
}

static void value_field(struct plan_facts *facts, const char *name,
                        const struct quantity *value, const char *mark)
{
	char text[QUANTITY_TEXT_MAX];

	quantity_print(value, text);
	plan_facts_field(facts, name, "%s%s", text, mark);
}

static void list_target(struct plan_facts *facts, const struct plan *plan,
                        const char *prefix, const struct plan_target *target)
{
	plan_facts_item(facts, target->name, "%s targets[%s]", prefix, target->id);
	plan_facts_field(facts, "name", "%s", target->name);
	list_measure(facts, target);
	plan_facts_field(facts, "clause", "%s", target->clause->id);
	plan_facts_field(facts, "binding", "%s", target->binding ? "约束性" : "力争性");
	date_field(facts, "start", target->start, false);
	date_field(facts, "deadline", target->deadline, target->deadline_sample);
	department_field(facts, "acceptance", target->acceptance,
	                 target->acceptance_sample);
	list_curve(facts, target);
	plan_facts_field(facts, "split_note", "%s",
	                 target->split_note != NULL ? target->split_note : "");
	list_allocations(facts, plan, target);
	list_adjustments(facts, target);
	list_parties(facts, target->supporting, target->supporting_count);
	list_readings(facts, target);
}

static void list_parties(struct plan_facts *facts, const struct plan_party *parties,
                         size_t count)
{
	const char *outer = facts->item;

	for (size_t i = 0; i < count; i++) {
		const char *name = parties[i].unit != NULL ? parties[i].unit->name
		                                           : parties[i].department->name;

		plan_facts_item(facts, name, "%s supporting[%s]", outer, name);
	}
	facts->item = outer;
}

static void list_measure(struct plan_facts *facts, const struct plan_target *target)
{
	const char *mark = yes(target->measure_sample, "（示例数据）");

	plan_facts_field(facts, "indicator", "%s%s",
	                 target->indicator != NULL ? target->indicator->id : "", mark);
	if (target->value.digits != 0)
		value_field(facts, "value", &target->value, mark);
	if (!target->is_share)
		return;
	plan_facts_field(facts, "share", "%lld.%lld%%",
	                 (long long)target->share_tenths / 10,
	                 (long long)target->share_tenths % 10);
	value_field(facts, "base", &target->base, "");
}

static void date_field(struct plan_facts *facts, const char *name, day date, bool sample)
{
	char text[DAY_TEXT_MAX] = "";

	if (date != DAY_NONE)
		day_print(date, text);
	plan_facts_field(facts, name, "%s%s", text, yes(sample, "（示例数据）"));
}

static void list_curve(struct plan_facts *facts, const struct plan_target *target)
{
	static const char *const curves[] = {"", "line", "table", "milestones"};

	plan_facts_field(facts, "curve", "%s%s", curves[target->curve],
	                 yes(target->curve_sample, "（示例数据）"));
	for (size_t i = 0; i < target->point_count; i++) {
		const struct plan_point *point = &target->points[i];
		char date[DAY_TEXT_MAX];
		char name[sizeof("curve[]") + DAY_TEXT_MAX];

		day_print(point->day, date);
		(void)snprintf(name, sizeof(name), "curve[%s]", date);
		plan_facts_field(facts, name, "%lld.%lld%%",
		                 (long long)point->tenths / 10,
		                 (long long)point->tenths % 10);
	}
}

static void list_allocations(struct plan_facts *facts, const struct plan *plan,
                             const struct plan_target *target)
{
	const char *outer = facts->item;

	for (size_t i = 0; target->allocations != NULL && i < plan->unit_count; i++) {
		const struct plan_allocation *allocation = &target->allocations[i];
		const char *mark = yes(allocation->sample, "（示例数据）");

		plan_facts_item(facts, "", "%s.allocations[%s]", outer,
		                allocation->unit->name);
		if (allocation->no_task)
			plan_facts_field(facts, "value", "无任务%s", mark);
		else
			value_field(facts, "value", &allocation->value, mark);
		date_field(facts, "deadline", allocation->deadline, false);
	}
	facts->item = outer;
}

static void list_adjustments(struct plan_facts *facts, const struct plan_target *target)
{
	const char *outer = facts->item;

	for (size_t i = 0; i < target->adjustment_count; i++) {
		const struct plan_adjustment *adjustment = &target->adjustments[i];
		const struct plan_unit *unit = adjustment->after.unit;
		char date[DAY_TEXT_MAX];

		day_print(adjustment->from, date);
		plan_facts_item(facts, adjustment->basis, "%s.changes[%s %s]", outer,
		                date, unit != NULL ? unit->name : "全市");
		plan_facts_field(facts, "basis", "%s%s", adjustment->basis,
		                 yes(adjustment->after.sample, "（示例数据）"));
		plan_facts_field(facts, "why", "%s", adjustment->why);
		part_field(facts, "before", &adjustment->before);
		part_field(facts, "after", &adjustment->after);
		date_field(facts, "deadline", adjustment->after.deadline, false);
	}
	facts->item = outer;
}

static void part_field(struct plan_facts *facts, const char *name,
                       const struct plan_allocation *part)
{
	if (part->no_task)
		plan_facts_field(facts, name, "无任务");
	else
		value_field(facts, name, &part->value, "");
}

static void list_readings(struct plan_facts *facts, const struct plan_target *target)
{
	const char *outer = facts->item;

	for (size_t i = 0; i < target->reading_count; i++) {
		const struct plan_reading *reading = &target->readings[i];

		plan_facts_item(facts, "", "%s.readings[%s]", outer, reading->word);
		plan_facts_field(facts, "strict", "%s", reading->strict);
		plan_facts_field(facts, "loose", "%s", reading->loose);
		plan_facts_field(facts, "chosen", "%s", reading->chosen);
		plan_facts_field(facts, "by", "%s", reading->chosen_by);
		plan_facts_field(facts, "on", "%s", reading->chosen_on);
		plan_facts_field(facts, "why", "%s", reading->why);
	}
	facts->item = outer;
}

static void list_rule(struct plan_facts *facts, const char *prefix,
                      const struct plan_section *section, size_t index)
{
	static const char *const severities[] = {"", "refusal", "reason", "notice"};
	const struct plan_rule *rule = &section->rules[index];
	bool again = index > 0 && rule->kind == RULE_COMPARE &&
	             strcmp(section->rules[index - 1].id, rule->id) == 0;

	list_rule_item(facts, prefix, rule, again);
	plan_facts_field(facts, "severity", "%s", severities[rule->severity]);
	list_rule_kind(facts, rule);
	plan_facts_field(facts, "text", "%s", rule->text);
	plan_facts_field(facts, "causes", "%s", rule->causes);
	plan_facts_field(facts, "basis", "%s", rule->basis);
}

/* Each struct has a path of its own: by what it is about, or the half of a chain. */
static void list_rule_item(struct plan_facts *facts, const char *prefix,
                           const struct plan_rule *rule, bool again)
{
	const char *about = again ? "2" : "";

	if (rule->indicator != NULL)
		about = rule->indicator->id;
	else if (rule->target != NULL)
		about = rule->target->id;
	plan_facts_item(facts, rule->text, "%s rules[%s%s%s]", prefix, rule->id,
	                about[0] != '\0' ? " " : "", about);
}

static void list_rule_kind(struct plan_facts *facts, const struct plan_rule *rule)
{
	static const char *const kinds[] = {"check",        "never_falls", "never_rises",
	                                    "jump",         "stall",       "behind",
	                                    "hockey_stick", "no_change"};
	static const char *const operators[] = {"<=", "<", ">=", ">", "="};
	static const char *const missing[] = {"", "skip_all", "zero"};
	char left[SIDE_SIZE], right[SIDE_SIZE];

	if (rule->kind != RULE_COMPARE) {
		plan_facts_field(facts, "kind", "%s", kinds[rule->kind]);
		plan_facts_field(facts, "factor", "%lld.%lld",
		                 (long long)rule->factor / 10,
		                 (long long)rule->factor % 10);
		plan_facts_field(facts, "periods", "%lld", (long long)rule->periods);
		return;
	}
	print_side(rule->left, rule->left_count, left);
	print_side(rule->right, rule->right_count, right);
	plan_facts_field(facts, "check", "%s %s %s", left, operators[rule->op], right);
	plan_facts_field(facts, "missing", "%s", missing[rule->missing]);
	plan_facts_field(facts, "scope", "%s", rule->scope == SCOPE_CITY ? "city" : "");
}

static void print_side(const struct plan_term *terms, size_t count, char *out)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct plan_term *term = &terms[i];
		bool minus = term->coefficient < 0;
		long long factor = minus ? -term->coefficient : term->coefficient;
		char what[TERM_SIZE], times[24] = "";

		if (factor != 1)
			(void)snprintf(times, sizeof(times), "%lld ", factor);
		if (term->indicator != NULL)
			(void)snprintf(what, sizeof(what), "%s%s", times,
			               term->indicator->id);
		else if (term->target != NULL)
			(void)snprintf(what, sizeof(what), "%starget:%s", times,
			               term->target->id);
		else
			quantity_print(&term->constant, what);
		len += (size_t)snprintf(out + len, SIDE_SIZE - len, "%s%s%s",
		                        minus   ? "- "
		                        : i > 0 ? "+ "
		                                : "",
		                        what, i + 1 < count ? " " : "");
		if (len >= SIDE_SIZE)
			return;
	}
}
