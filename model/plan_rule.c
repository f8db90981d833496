/*
 * The rules of a section: what every report is checked by.
 *
 *   check: a + b - 2 c <= 100个          one rule
 *   never_falls: all, or [a, b]          one rule for each indicator
 *
 * Comparisons are read by plan_comparison.c.
 */
#include <string.h>

#include "model/plan_internal.h"

/* A kind of rule other than a comparison: its key, and what it may be about. */
struct rule_form {
	const char *key, *label;
	enum rule_kind kind;
	enum indicator_kind about;
};

static const struct rule_form forms[] = {
	{"never_falls", "只增不减", RULE_NEVER_FALLS, INDICATOR_CUMULATIVE},
	{"never_rises", "只减不增", RULE_NEVER_RISES, INDICATOR_FALLING},
	{"jump", "突增", RULE_JUMP, INDICATOR_CUMULATIVE},
	{"stall", "停滞", RULE_STALL, INDICATOR_CUMULATIVE},
};
#define FORM_COUNT     (sizeof(forms) / sizeof(forms[0]))

#define PERIODS_MIN    2
#define PERIODS_MAX    12
#define FACTOR_DEFAULT 30 /* tenths */

static size_t rooms_for(const struct plan_section *section, struct yaml_node *list);
static void read_rule(struct plan_reader *reader, struct plan_section *section,
                      struct yaml_node *node, struct plan_rule *rules);
static bool read_common(struct plan_reader *reader, const struct plan_section *section,
                        struct yaml_node *node, struct plan_rule *rule);
static void check_id(struct plan_reader *reader, const struct plan_section *section,
                     struct yaml_node *node, const char *id);
static const struct rule_form *find_form(struct plan_reader *reader,
                                         struct yaml_node *node);
static void read_amounts(struct plan_reader *reader, struct yaml_node *node,
                         struct plan_rule *rule);
static void spread(struct plan_reader *reader, struct plan_section *section,
                   const struct yaml_node *what, const struct rule_form *form,
                   const struct plan_rule *common, struct plan_rule *rules);
static void add_one(struct plan_reader *reader, struct plan_section *section,
                    const struct yaml_node *name, const struct rule_form *form,
                    const struct plan_rule *common, struct plan_rule *rules);

void plan_read_rules(struct plan_reader *reader, struct plan_section *section,
                     struct yaml_node *root)
{
	struct yaml_node *list = node_list(reader, root, "rules", PLAN_RULES_MAX, false);
	struct plan_rule *rules;

	if (list == NULL)
		return;
	rules = plan_new_array(reader, rooms_for(section, list), sizeof(*rules));
	if (rules == NULL)
		return;
	section->rules = rules;
	yaml_each(node, list)
	{
		read_rule(reader, section, node, rules);
	}
}

/* At most this many rules come of @list: "all" is one for each indicator. */
static size_t rooms_for(const struct plan_section *section, struct yaml_node *list)
{
	size_t rooms = 0;

	yaml_each(node, list)
	{
		size_t more = 1;

		for (size_t i = 0; i < FORM_COUNT; i++) {
			const struct yaml_node *what = yaml_get(node, forms[i].key);

			if (what != NULL)
				more += what->count + section->indicator_count;
		}
		rooms += more;
	}
	return rooms;
}

static void read_rule(struct plan_reader *reader, struct plan_section *section,
                      struct yaml_node *node, struct plan_rule *rules)
{
	const struct yaml_node *check = yaml_get(node, "check");
	struct plan_rule rule = {.place = node->place};
	const struct rule_form *form;

	if (!read_common(reader, section, node, &rule))
		return;
	form = find_form(reader, node);
	if (form != NULL) {
		rule.kind = form->kind;
		read_amounts(reader, node, &rule);
		spread(reader, section, yaml_get(node, form->key), form, &rule, rules);
	} else if (check != NULL) {
		rule.kind = RULE_COMPARE;
		read_amounts(reader, node, &rule);
		if (plan_read_comparison(reader, section, check, &rule))
			rules[section->rule_count++] = rule;
	}
}

static bool read_common(struct plan_reader *reader, const struct plan_section *section,
                        struct yaml_node *node, struct plan_rule *rule)
{
	static const struct plan_key keys[] = {{"id", "编号"},
	                                       {"severity", "审核等级"},
	                                       {"check", "比较式"},
	                                       {"never_falls", "只增不减"},
	                                       {"never_rises", "只减不增"},
	                                       {"jump", "突增"},
	                                       {"stall", "停滞"},
	                                       {"factor", "倍数"},
	                                       {"periods", "期数"},
	                                       {"text", "说法"},
	                                       {"causes", "可能原因"},
	                                       {"basis", "依据"},
	                                       {NULL, NULL}};
	static const char *const severities[] = {"refusal", "reason", "notice", NULL};

	if (!node_check(reader, node, keys))
		return false;
	rule->id = node_text(reader, node, "id", "R-2-03");
	check_id(reader, section, node, rule->id);
	(void)node_text(reader, node, "severity",
	                "refusal（强制性）、reason（核实性）或 notice（提示）");
	rule->severity = (enum severity)(
		node_choice(reader, node, "severity", severities, 0) + SEVERITY_REFUSAL);
	rule->text = node_text(reader, node, "text", "完工数≤开工数");
	rule->causes = node_text_or(reader, node, "causes", "");
	rule->basis = node_text(reader, node, "basis", "填报说明");
	return true;
}

/* "R-<section>-...": then ids are unique in the whole plan, and say where to look. */
static void check_id(struct plan_reader *reader, const struct plan_section *section,
                     struct yaml_node *node, const char *id)
{
	size_t len = strlen(section->id);

	if (id[0] == '\0')
		return;
	(void)plan_check_new(reader, section->rules, section->rule_count,
	                     sizeof(struct plan_rule), id, node_place(node, "id"));
	if (strncmp(id, "R-", 2) != 0 || strncmp(id + 2, section->id, len) != 0 ||
	    id[2 + len] != '-' || strlen(id) > PLAN_ID_MAX)
		yaml_problem(reader->problems, node_place(node, "id"),
		             "审核关系的编号写的是“%s”：应当写成 R-%s-01 的样子", id,
		             section->id);
}

/* The form of the rule, NULL for a comparison. One of them must be there. */
static const struct rule_form *find_form(struct plan_reader *reader,
                                         struct yaml_node *node)
{
	const struct rule_form *form = NULL;
	size_t count = yaml_get(node, "check") != NULL;

	for (size_t i = 0; i < FORM_COUNT; i++) {
		if (yaml_get(node, forms[i].key) == NULL)
			continue;
		form = &forms[i];
		count++;
	}
	if (count == 1)
		return form;
	yaml_problem(reader->problems, node->place,
	             "每条审核关系要写、也只能写一个：check、never_falls、never_rises、"
	             "jump、stall；这里有%zu个",
	             count);
	return NULL;
}

static void read_amounts(struct plan_reader *reader, struct yaml_node *node,
                         struct plan_rule *rule)
{
	struct yaml_node *factor = yaml_get(node, "factor");
	struct yaml_node *periods = yaml_get(node, "periods");

	if (factor != NULL && rule->kind != RULE_JUMP)
		yaml_problem(reader->problems, factor->key_place,
		             "只有 jump（突增）才写 factor（倍数）");
	if (periods != NULL && rule->kind != RULE_STALL)
		yaml_problem(reader->problems, periods->key_place,
		             "只有 stall（停滞）才写 periods（期数）");
	if (rule->kind == RULE_JUMP) {
		rule->factor = FACTOR_DEFAULT;
		if (factor != NULL && node_tenths(reader, factor, &rule->factor) &&
		    rule->factor <= 10)
			yaml_problem(reader->problems, factor->place,
			             "倍数“%s”太小：应当大于1", factor->text);
	}
	if (rule->kind == RULE_STALL)
		rule->factor = node_integer(reader, node, "periods", PERIODS_MIN,
		                            PERIODS_MAX, 3);
}

/* One rule for each indicator that is named, or for all of the right kind. */
static void spread(struct plan_reader *reader, struct plan_section *section,
                   const struct yaml_node *what, const struct rule_form *form,
                   const struct plan_rule *common, struct plan_rule *rules)
{
	if (what->kind == YAML_SCALAR && strcmp(what->text, "all") == 0) {
		for (size_t i = 0; i < section->indicator_count; i++) {
			if (section->indicators[i].kind != form->about)
				continue;
			rules[section->rule_count] = *common;
			rules[section->rule_count++].indicator = &section->indicators[i];
		}
	} else if (what->kind == YAML_LIST) {
		yaml_each(name, what)
		{
			add_one(reader, section, name, form, common, rules);
		}
	} else {
		add_one(reader, section, what, form, common, rules);
	}
}

static void add_one(struct plan_reader *reader, struct plan_section *section,
                    const struct yaml_node *name, const struct rule_form *form,
                    const struct plan_rule *common, struct plan_rule *rules)
{
	const struct plan_indicator *indicator =
		plan_need_indicator(reader, section, name);

	if (indicator == NULL)
		return;
	if (indicator->kind != form->about)
		yaml_problem(reader->problems, name->place, "%s（%s）只用于%s，“%s”不是",
		             form->key, form->label,
		             form->about == INDICATOR_FALLING
		                     ? "应当降到零的数（falling）"
		                     : "累计数（cumulative）",
		             indicator->name);
	rules[section->rule_count] = *common;
	rules[section->rule_count++].indicator = indicator;
}
