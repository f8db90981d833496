/*
 * The comparison of a rule, from text to terms:
 *
 *   "a + b - 2 c <= 100个"  ->  words  ->  left terms, operator, right terms
 *   "a <= b <= c"           ->  b >= a, and b <= c: what is in the middle is told of
 *
 * Words are separated by spaces, because an id may hold a minus. All terms must
 * measure the same thing, so 户 are not compared with 个, nor floor area with site
 * area. Only a stated density relates counts of two things: "20 communities" are so
 * many 户. "target:t" is the unit's task in a target.
 */
#include <stdlib.h>
#include <string.h>

#include "model/plan_internal.h"
#include "model/rule_compare.h"

#define WORD_MAX        128
#define COEFFICIENT_MAX 1000000
#define SIDES_MAX       (PLAN_CHAIN_MAX + 1)

struct side {
	struct plan_term terms[PLAN_TERMS_MAX];
	size_t count;
};

struct comparison {
	struct plan_reader *reader;
	const struct plan_section *section;
	const struct yaml_node *node;
	const char *rest;
	char word[WORD_MAX];
	struct side sides[SIDES_MAX]; /* the last one is being read */
	enum rule_operator ops[SIDES_MAX];
	size_t side_count;
	bool has_factor; /* a coefficient other than one stands somewhere */
};

static bool read_sides(struct comparison *comparison);
static bool read_side(struct comparison *comparison, struct side *side);
static bool read_term(struct comparison *comparison, int sign, struct side *side);
static bool read_name(struct comparison *comparison, struct plan_term *term);
static bool read_target(struct comparison *comparison, const char *id,
                        struct plan_term *term);
static bool next_word(struct comparison *comparison);
static bool find_operator(const char *word, enum rule_operator *ret_op);
static bool check_chain(struct comparison *comparison);
static bool is_upwards(enum rule_operator op);
static bool note(struct comparison *comparison, const char *what);
static bool check_terms(struct comparison *comparison);
static const struct plan_term *first_known(const struct comparison *comparison);
static bool check_term(struct comparison *comparison, const struct plan_term *first,
                       const struct plan_term *term);
static const char *measure_of(const struct plan_term *term);
static const char *name_of(const struct plan_term *term);
static void add_rule(struct comparison *comparison, struct plan_section *section,
                     struct plan_rule rule, const struct side *left,
                     const struct side *right, struct plan_rule *rules);

void plan_read_comparison(struct plan_reader *reader, struct plan_section *section,
                          const struct yaml_node *node, const struct plan_rule *common,
                          struct plan_rule *rules)
{
	struct comparison comparison = {
		.reader = reader, .section = section, .node = node, .rest = node->text};
	const struct side *sides = comparison.sides;
	struct plan_rule rule = *common;

	if (node->kind != YAML_SCALAR) {
		comparison.rest = "";
		(void)note(&comparison, "应当是一行文字");
		return;
	}
	if (!read_sides(&comparison) || !check_terms(&comparison))
		return;
	rule.op = comparison.ops[0];
	if (comparison.side_count == 2) {
		add_rule(&comparison, section, rule, &sides[0], &sides[1], rules);
		return;
	}
	rule.op = rule_operator_flipped(rule.op);
	add_rule(&comparison, section, rule, &sides[1], &sides[0], rules);
	rule.op = comparison.ops[1];
	add_rule(&comparison, section, rule, &sides[1], &sides[2], rules);
}

/* Sides with operators between them; the word that ends a side is one, or the end. */
static bool read_sides(struct comparison *comparison)
{
	for (;;) {
		if (!read_side(comparison, &comparison->sides[comparison->side_count]))
			return false;
		comparison->side_count++;
		if (comparison->word[0] == '\0')
			break;
		if (comparison->side_count == SIDES_MAX)
			return note(comparison,
			            "比较符太多，最多两个，如 10个 <= a <= 20个");
		(void)find_operator(comparison->word,
		                    &comparison->ops[comparison->side_count - 1]);
	}
	if (comparison->side_count == 1)
		return note(comparison, "缺少比较符，可用 <= < >= > =");
	return comparison->side_count == 2 || check_chain(comparison);
}

/* Terms with signs between them, up to an operator or the end. */
static bool read_side(struct comparison *comparison, struct side *side)
{
	enum rule_operator op;
	int sign = 1;

	if (!next_word(comparison))
		return false;
	if (strcmp(comparison->word, "-") == 0) {
		sign = -1;
		if (!next_word(comparison))
			return false;
	}
	for (;;) {
		if (!read_term(comparison, sign, side) || !next_word(comparison))
			return false;
		if (comparison->word[0] == '\0' || find_operator(comparison->word, &op))
			return true;
		if (strcmp(comparison->word, "+") != 0 &&
		    strcmp(comparison->word, "-") != 0)
			return note(comparison,
			            "指标之间应当用 + 或 - 连接，各部分用空格隔开");
		sign = comparison->word[0] == '-' ? -1 : 1;
		if (!next_word(comparison))
			return false;
	}
}

/* "c", "2 c" or "100个". */
static bool read_term(struct comparison *comparison, int sign, struct side *side)
{
	const char *word = comparison->word;
	size_t digits = strspn(word, "0123456789");
	struct plan_term term = {.coefficient = sign};
	struct yaml_node constant = {.kind = YAML_SCALAR,
	                             .place = comparison->node->place,
	                             .text = word};

	if (side->count >= PLAN_TERMS_MAX)
		return note(comparison, "项数过多，每边最多12项");
	if (digits > 0 && word[digits] == '\0') {
		long factor = digits > 7 ? 0 : strtol(word, NULL, 10);

		if (factor < 1 || factor > COEFFICIENT_MAX)
			return note(comparison, "系数应当是1至1000000的整数");
		term.coefficient = sign * factor;
		comparison->has_factor = comparison->has_factor || factor > 1;
		if (!next_word(comparison))
			return false;
		if (comparison->word[0] == '\0')
			return note(comparison, "最后的常数没有单位，应当写成 100个");
		if (!read_name(comparison, &term))
			return false;
	} else if (digits > 0) {
		if (!plan_value_read(comparison->reader, &constant, &term.constant))
			return false;
	} else if (!read_name(comparison, &term)) {
		return false;
	}
	side->terms[side->count++] = term;
	return true;
}

static bool read_name(struct comparison *comparison, struct plan_term *term)
{
	static const char target[] = "target:";
	const struct plan_section *section = comparison->section;

	if (strncmp(comparison->word, target, strlen(target)) == 0)
		return read_target(comparison, comparison->word + strlen(target), term);
	for (size_t i = 0; i < section->indicator_count; i++)
		if (comparison->word[0] != '\0' &&
		    strcmp(section->indicators[i].id, comparison->word) == 0)
			term->indicator = &section->indicators[i];
	if (term->indicator == NULL && comparison->word[0] == '\0')
		return note(comparison, "不完整，应当写成 communities_finished <= "
		                        "communities_started 的样子");
	if (term->indicator == NULL)
		yaml_problem(comparison->reader->problems, comparison->node->place,
		             "“%s”里的“%s”不是这个板块的指标编号（各部分用空格隔开）",
		             comparison->node->text, comparison->word);
	else if (term->indicator->kind == INDICATOR_SHARE)
		return note(comparison, "用了比率：区县不填比率，请改用分子和分母");
	return term->indicator != NULL;
}

/* A task is known by what measures it: the document must say that, because this file
 * stands before the tasks. */
static bool read_target(struct comparison *comparison, const char *id,
                        struct plan_term *term)
{
	const struct plan_target *target = plan_find_target(comparison->section, id);

	if (target == NULL)
		yaml_problem(comparison->reader->problems, comparison->node->place,
		             "“%s”里的“%s”不是这个板块的目标编号", comparison->node->text,
		             id);
	else if (target->indicator == NULL || target->value.unit == NULL)
		yaml_problem(comparison->reader->problems, comparison->node->place,
		             "目标“%s”还没有指标和数值，不能用在比较式里", target->name);
	else if (target->indicator->kind == INDICATOR_SHARE)
		return note(comparison, "用了比率：区县不填比率，请改用分子和分母");
	else
		term->target = target;
	return term->target != NULL;
}

/* The next word up to a space; "" at the end. */
static bool next_word(struct comparison *comparison)
{
	size_t len;

	comparison->rest += strspn(comparison->rest, " ");
	len = strcspn(comparison->rest, " ");
	if (len >= sizeof(comparison->word))
		return note(comparison, "各部分之间用空格隔开，每部分最多127个字节");
	memcpy(comparison->word, comparison->rest, len);
	comparison->word[len] = '\0';
	comparison->rest += len;
	return true;
}

static bool find_operator(const char *word, enum rule_operator *ret_op)
{
	static const struct {
		const char *word;
		enum rule_operator op;
	} operators[] = {{"<=", OP_LE}, {"≤", OP_LE}, {"<", OP_LT}, {">=", OP_GE},
	                 {"≥", OP_GE},  {">", OP_GT}, {"=", OP_EQ}};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strcmp(operators[i].word, word) != 0)
			continue;
		*ret_op = operators[i].op;
		return true;
	}
	return false;
}

/* "10 <= a <= 20" says what lies between; "10 <= a >= 20" is a slip. */
static bool check_chain(struct comparison *comparison)
{
	const enum rule_operator *ops = comparison->ops;

	if (ops[0] != OP_EQ && ops[1] != OP_EQ &&
	    is_upwards(ops[0]) == is_upwards(ops[1]))
		return true;
	return note(comparison, "两个比较符应当同向，如 10个 <= a <= 20个");
}

static bool is_upwards(enum rule_operator op)
{
	return op == OP_LE || op == OP_LT;
}

static bool note(struct comparison *comparison, const char *what)
{
	yaml_problem(comparison->reader->problems, comparison->node->place,
	             "比较式“%s”%s",
	             comparison->node->kind == YAML_SCALAR ? comparison->node->text : "",
	             what);
	return false;
}

static bool check_terms(struct comparison *comparison)
{
	const struct plan_term *first = first_known(comparison);
	bool right = true;

	if (first == NULL)
		return note(comparison, "里没有指标");
	for (size_t i = 0; i < comparison->side_count; i++) {
		const struct side *side = &comparison->sides[i];

		for (size_t j = 0; j < side->count; j++)
			right = check_term(comparison, first, &side->terms[j]) && right;
	}
	return right;
}

static const struct plan_term *first_known(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->side_count; i++) {
		const struct side *side = &comparison->sides[i];

		for (size_t j = 0; j < side->count; j++) {
			if (side->terms[j].indicator != NULL)
				return &side->terms[j];
		}
	}
	return NULL;
}

static bool check_term(struct comparison *comparison, const struct plan_term *first,
                       const struct plan_term *term)
{
	const struct unit *left = rule_term_unit(first), *right = rule_term_unit(term);
	const char *a = measure_of(first), *b = measure_of(term);
	bool is_density = comparison->has_factor && left->dimension == DIMENSION_COUNT &&
	                  right->dimension == DIMENSION_COUNT;

	if (!unit_comparable(left, right) && !is_density) {
		yaml_problem(comparison->reader->problems, comparison->node->place,
		             "“%s”里“%s”和“%s”不是同一种量，不能比较",
		             comparison->node->text, left->name, right->name);
		return false;
	}
	if (b == NULL || strcmp(a, b) == 0)
		return true;
	yaml_problem(comparison->reader->problems, comparison->node->place,
	             "“%s”和“%s”口径不同（%s，%s），不能比较", name_of(first),
	             name_of(term), a[0] != '\0' ? a : "未注明",
	             b[0] != '\0' ? b : "未注明");
	return false;
}

/* NULL: a constant measures whatever it is compared with. */
static const char *measure_of(const struct plan_term *term)
{
	if (term->indicator != NULL)
		return term->indicator->measure;
	return term->target != NULL ? term->target->indicator->measure : NULL;
}

static const char *name_of(const struct plan_term *term)
{
	return term->indicator != NULL ? term->indicator->name : term->target->name;
}

static void add_rule(struct comparison *comparison, struct plan_section *section,
                     struct plan_rule rule, const struct side *left,
                     const struct side *right, struct plan_rule *rules)
{
	size_t count = left->count + right->count;
	struct plan_term *terms =
		plan_new_array(comparison->reader, count, sizeof(*terms));

	if (terms == NULL)
		return;
	memcpy(terms, left->terms, left->count * sizeof(*terms));
	memcpy(terms + left->count, right->terms, right->count * sizeof(*terms));
	rule.left = terms;
	rule.left_count = left->count;
	rule.right = terms + left->count;
	rule.right_count = right->count;
	rules[section->rule_count++] = rule;
}
