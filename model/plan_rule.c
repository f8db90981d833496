/*
 * The rules of a section: what every report is checked by.
 *
 *   check: a + b - 2 c <= 100个          one rule; a <= b <= c gives two
 *   never_falls: all, or [a, b]          one rule for each indicator
 *   behind: all, or [t, u]               one rule for each target
 *   no_change: all                       one rule, about the report as a whole
 *
 * Comparisons are read by plan_comparison.c.
 */
#include <string.h>

#include "model/plan_internal.h"

enum about { ABOUT_CUMULATIVE, ABOUT_FALLING, ABOUT_TARGETS, ABOUT_REPORT };

/* Numbers that some kinds of rules take, as bits. */
enum { TAKES_FACTOR = 1, TAKES_PERIODS = 2, TAKES_POINTS = 4 };

/* A kind of rule other than a comparison: its key, and what it may be about. */
struct rule_form {
	const char *key, *label;
	enum rule_kind kind;
	enum about about;
	unsigned takes;
	bool may_refuse; /* else what it finds can be true, and is never refused */
};

/* clang-format off */
static const struct rule_form forms[] = {
	{"never_falls",  "只增不减", RULE_NEVER_FALLS,  ABOUT_CUMULATIVE, 0,                            true},
	{"never_rises",  "只减不增", RULE_NEVER_RISES,  ABOUT_FALLING,    0,                            true},
	{"jump",         "突增",     RULE_JUMP,         ABOUT_CUMULATIVE, TAKES_FACTOR,                 false},
	{"stall",        "停滞",     RULE_STALL,        ABOUT_CUMULATIVE, TAKES_PERIODS,                false},
	{"behind",       "滞后",     RULE_BEHIND,       ABOUT_TARGETS,    TAKES_POINTS,                 false},
	{"hockey_stick", "前松后紧", RULE_HOCKEY_STICK, ABOUT_TARGETS,    TAKES_FACTOR | TAKES_PERIODS, false},
	{"no_change",    "无变化",   RULE_NO_CHANGE,    ABOUT_REPORT,     TAKES_PERIODS,                false},
};
/* clang-format on */
#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))
#define FORM_KEYS                                                                     \
	"check、never_falls、never_rises、jump、stall、behind、hockey_stick、" \
	"no_change"

#define PERIODS_MIN     2
#define PERIODS_MAX     12
#define PERIODS_DEFAULT 3
#define FACTOR_DEFAULT  30 /* tenths */
#define POINTS_MAX      1000

static size_t rooms_for(const struct plan_section *section, struct yaml_node *list);
static void read_rule(struct plan_reader *reader, struct plan_section *section,
                      struct yaml_node *node, struct plan_rule *rules);
static bool read_common(struct plan_reader *reader, const struct plan_section *section,
                        struct yaml_node *node, struct plan_rule *rule);
static void check_id(struct plan_reader *reader, const struct plan_section *section,
                     struct yaml_node *node, const char *id);
static const struct rule_form *find_form(struct plan_reader *reader,
                                         struct yaml_node *node);
static void read_check(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *node, const struct plan_rule *common,
                       struct plan_rule *rules);
static void check_check_only(struct plan_reader *reader, struct yaml_node *node);
static void check_severity(struct plan_reader *reader, struct yaml_node *node,
                           const struct rule_form *form, const struct plan_rule *rule);
static void read_amounts(struct plan_reader *reader, struct yaml_node *node,
                         const struct rule_form *form, struct plan_rule *rule);
static bool amount(struct plan_reader *reader, struct yaml_node *node,
                   const struct rule_form *form, unsigned which,
                   struct yaml_node **ret_amount);
static const char *forms_that_take(struct plan_reader *reader, unsigned which);
static void spread(struct plan_reader *reader, struct plan_section *section,
                   const struct yaml_node *what, const struct rule_form *form,
                   const struct plan_rule *common, struct plan_rule *rules);
static void spread_all(struct plan_section *section, const struct rule_form *form,
                       const struct plan_rule *common, struct plan_rule *rules);
static bool is_about(const struct rule_form *form,
                     const struct plan_indicator *indicator);
static void add_one(struct plan_reader *reader, struct plan_section *section,
                    const struct yaml_node *name, const struct rule_form *form,
                    const struct plan_rule *common, struct plan_rule *rules);
static void add_indicator(struct plan_reader *reader, struct plan_section *section,
                          const struct yaml_node *name, const struct rule_form *form,
                          const struct plan_rule *common, struct plan_rule *rules);
static void add_target(struct plan_reader *reader, struct plan_section *section,
                       const struct yaml_node *name, const struct plan_rule *common,
                       struct plan_rule *rules);

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

/* At most this many rules come of @list: "all" is one for each indicator or target. */
static size_t rooms_for(const struct plan_section *section, struct yaml_node *list)
{
	size_t rooms = 0;

	yaml_each(node, list)
	{
		size_t more = PLAN_CHAIN_MAX;

		for (size_t i = 0; i < FORM_COUNT; i++) {
			const struct yaml_node *what = yaml_get(node, forms[i].key);

			if (what != NULL)
				more += what->count + section->indicator_count +
				        section->target_count;
		}
		rooms += more;
	}
	return rooms;
}

static void read_rule(struct plan_reader *reader, struct plan_section *section,
                      struct yaml_node *node, struct plan_rule *rules)
{
	struct plan_rule rule = {.place = node->place};
	const struct rule_form *form;

	if (!read_common(reader, section, node, &rule))
		return;
	form = find_form(reader, node);
	check_check_only(reader, node);
	check_severity(reader, node, form, &rule);
	read_amounts(reader, node, form, &rule);
	if (form != NULL) {
		rule.kind = form->kind;
		spread(reader, section, yaml_get(node, form->key), form, &rule, rules);
	} else if (yaml_get(node, "check") != NULL) {
		read_check(reader, section, node, &rule, rules);
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
	                                       {"behind", "滞后"},
	                                       {"hockey_stick", "前松后紧"},
	                                       {"no_change", "无变化"},
	                                       {"factor", "倍数"},
	                                       {"periods", "期数"},
	                                       {"points", "百分点"},
	                                       {"missing", "缺报时"},
	                                       {"scope", "范围"},
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
	             "每条审核关系要写、也只能写一个：" FORM_KEYS "；这里有%zu个", count);
	return NULL;
}

static void check_check_only(struct plan_reader *reader, struct yaml_node *node)
{
	static const char *const keys[] = {"missing", "scope"};

	for (size_t i = 0; i < 2 && yaml_get(node, "check") == NULL; i++) {
		const struct yaml_node *given = yaml_get(node, keys[i]);

		if (given != NULL)
			yaml_problem(reader->problems, given->key_place,
			             "只有 check（比较式）才写 %s", keys[i]);
	}
}

/* What a rule asks about can be true: only contradictions are refused. */
static void check_severity(struct plan_reader *reader, struct yaml_node *node,
                           const struct rule_form *form, const struct plan_rule *rule)
{
	if (form == NULL || form->may_refuse || rule->severity != SEVERITY_REFUSAL)
		return;
	yaml_problem(reader->problems, node_place(node, "severity"),
	             "%s（%s）查出的可能属实，不能拒收：只能写 reason 或 notice",
	             form->key, form->label);
}

static void read_amounts(struct plan_reader *reader, struct yaml_node *node,
                         const struct rule_form *form, struct plan_rule *rule)
{
	struct yaml_node *factor, *periods, *points;

	if (amount(reader, node, form, TAKES_FACTOR, &factor)) {
		rule->factor = FACTOR_DEFAULT;
		if (factor != NULL && node_tenths(reader, factor, &rule->factor) &&
		    rule->factor <= 10)
			yaml_problem(reader->problems, factor->place,
			             "倍数“%s”太小：应当大于1", factor->text);
	}
	if (amount(reader, node, form, TAKES_PERIODS, &periods))
		rule->periods = node_integer(reader, node, "periods", PERIODS_MIN,
		                             PERIODS_MAX, PERIODS_DEFAULT);
	if (!amount(reader, node, form, TAKES_POINTS, &points))
		return;
	if (points == NULL)
		node_missing(reader, node, "points", "10.0");
	else if (node_tenths(reader, points, &rule->factor) &&
	         (rule->factor < 0 || rule->factor > POINTS_MAX))
		yaml_problem(reader->problems, points->place,
		             "“%s”不能用：应当是0至100的百分点", points->text);
}

/* Does this kind take the number? Noted when it stands there and the kind does not. */
static bool amount(struct plan_reader *reader, struct yaml_node *node,
                   const struct rule_form *form, unsigned which,
                   struct yaml_node **ret_amount)
{
	static const char *const keys[][2] = {[TAKES_FACTOR] = {"factor", "倍数"},
	                                      [TAKES_PERIODS] = {"periods", "期数"},
	                                      [TAKES_POINTS] = {"points", "百分点"}};
	bool takes = form != NULL && (form->takes & which) != 0;

	*ret_amount = yaml_get(node, keys[which][0]);
	if (!takes && *ret_amount != NULL)
		yaml_problem(reader->problems, (*ret_amount)->key_place,
		             "只有 %s才写 %s（%s）", forms_that_take(reader, which),
		             keys[which][0], keys[which][1]);
	return takes;
}

/* "jump（突增）、hockey_stick（前松后紧）". */
static const char *forms_that_take(struct plan_reader *reader, unsigned which)
{
	const char *text = "";

	for (size_t i = 0; i < FORM_COUNT && text != NULL; i++) {
		if ((forms[i].takes & which) != 0)
			text = arena_printf(reader->arena, "%s%s%s（%s）", text,
			                    text[0] != '\0' ? "、" : "", forms[i].key,
			                    forms[i].label);
	}
	if (text == NULL)
		reader->out_of_memory = true;
	return text != NULL ? text : "";
}

static void read_check(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *node, const struct plan_rule *common,
                       struct plan_rule *rules)
{
	static const char *const missing[] = {"skip_any", "skip_all", "zero", NULL};
	static const char *const scopes[] = {"unit", "city", NULL};
	struct plan_rule rule = *common;

	rule.kind = RULE_COMPARE;
	rule.missing = (enum rule_missing)node_choice(reader, node, "missing", missing,
	                                              MISSING_SKIP_ANY);
	rule.scope =
		(enum rule_scope)node_choice(reader, node, "scope", scopes, SCOPE_UNIT);
	if (rule.scope == SCOPE_CITY && rule.severity != SEVERITY_NOTICE)
		yaml_problem(reader->problems, node_place(node, "severity"),
		             "全市核对（scope: city）不退任何单位的报表，"
		             "severity 只能写 notice");
	plan_read_comparison(reader, section, yaml_get(node, "check"), &rule, rules);
}

/* One rule for each indicator or target that is named, or for all of the right kind. */
static void spread(struct plan_reader *reader, struct plan_section *section,
                   const struct yaml_node *what, const struct rule_form *form,
                   const struct plan_rule *common, struct plan_rule *rules)
{
	bool all = what->kind == YAML_SCALAR && strcmp(what->text, "all") == 0;

	if (form->about == ABOUT_REPORT) {
		if (!all)
			yaml_problem(reader->problems, what->place,
			             "%s（%s）针对整张报表，只能写 all", form->key,
			             form->label);
		rules[section->rule_count++] = *common;
	} else if (all) {
		spread_all(section, form, common, rules);
	} else if (what->kind == YAML_LIST) {
		yaml_each(name, what)
		{
			add_one(reader, section, name, form, common, rules);
		}
	} else {
		add_one(reader, section, what, form, common, rules);
	}
}

static void spread_all(struct plan_section *section, const struct rule_form *form,
                       const struct plan_rule *common, struct plan_rule *rules)
{
	for (size_t i = 0; i < section->indicator_count; i++) {
		if (!is_about(form, &section->indicators[i]))
			continue;
		rules[section->rule_count] = *common;
		rules[section->rule_count++].indicator = &section->indicators[i];
	}
	for (size_t i = 0; form->about == ABOUT_TARGETS && i < section->target_count;
	     i++) {
		rules[section->rule_count] = *common;
		rules[section->rule_count++].target = &section->targets[i];
	}
}

static bool is_about(const struct rule_form *form, const struct plan_indicator *indicator)
{
	if (form->about == ABOUT_FALLING)
		return indicator->kind == INDICATOR_FALLING;
	return form->about == ABOUT_CUMULATIVE && indicator->kind == INDICATOR_CUMULATIVE;
}

static void add_one(struct plan_reader *reader, struct plan_section *section,
                    const struct yaml_node *name, const struct rule_form *form,
                    const struct plan_rule *common, struct plan_rule *rules)
{
	if (form->about == ABOUT_TARGETS)
		add_target(reader, section, name, common, rules);
	else
		add_indicator(reader, section, name, form, common, rules);
}

static void add_indicator(struct plan_reader *reader, struct plan_section *section,
                          const struct yaml_node *name, const struct rule_form *form,
                          const struct plan_rule *common, struct plan_rule *rules)
{
	const struct plan_indicator *indicator =
		plan_need_indicator(reader, section, name);

	if (indicator == NULL)
		return;
	if (!is_about(form, indicator))
		yaml_problem(reader->problems, name->place, "%s（%s）只用于%s，“%s”不是",
		             form->key, form->label,
		             form->about == ABOUT_FALLING ? "应当降到零的数（falling）"
		                                          : "累计数（cumulative）",
		             indicator->name);
	rules[section->rule_count] = *common;
	rules[section->rule_count++].indicator = indicator;
}

static void add_target(struct plan_reader *reader, struct plan_section *section,
                       const struct yaml_node *name, const struct plan_rule *common,
                       struct plan_rule *rules)
{
	const struct plan_target *target =
		name->kind == YAML_SCALAR ? plan_find_target(section, name->text) : NULL;

	if (target == NULL) {
		yaml_problem(reader->problems, name->place,
		             "没有编号为“%s”的目标：应当是 all，或这个板块目标编号的列表",
		             name->kind == YAML_SCALAR ? name->text : "");
		return;
	}
	rules[section->rule_count] = *common;
	rules[section->rule_count++].target = target;
}
