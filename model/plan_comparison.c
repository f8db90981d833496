/*
 * The comparison of a rule, from text to terms:
 *
 *   "a + b - 2 c <= 100个"  ->  words  ->  left terms, operator, right terms
 *
 * Words are separated by spaces, because an id may hold a minus. All terms must
 * measure the same thing, so 户 are not compared with 个, nor floor area with site
 * area. Only a stated density relates counts of two things: "20 communities" are so
 * many 户.
 */
#include <stdlib.h>
#include <string.h>

#include "model/plan_internal.h"

#define WORD_MAX        128
#define COEFFICIENT_MAX 1000000

struct comparison {
	struct plan_reader *reader;
	const struct plan_section *section;
	const struct yaml_node *node;
	const char *rest;
	char word[WORD_MAX];
	struct plan_term terms[PLAN_TERMS_MAX];
	size_t count;
	bool has_factor; /* a coefficient other than one stands somewhere */
};

static bool read_side(struct comparison *comparison, bool left);
static bool read_term(struct comparison *comparison, int sign);
static bool read_name(struct comparison *comparison, struct plan_term *term);
static bool next_word(struct comparison *comparison);
static bool find_operator(const char *word, enum rule_operator *ret_op);
static bool take_side(struct comparison *comparison, const struct plan_term **ret_terms,
                      size_t *ret_count);
static bool note(struct comparison *comparison, const char *what);
static bool check_terms(struct comparison *comparison, const struct plan_rule *rule);
static const struct plan_term *first_indicator(const struct plan_term *terms,
                                               size_t count);
static bool check_term(struct comparison *comparison, const struct plan_term *first,
                       const struct plan_term *term);
static const struct unit *unit_of(const struct plan_term *term);

bool plan_read_comparison(struct plan_reader *reader, const struct plan_section *section,
                          const struct yaml_node *node, struct plan_rule *rule)
{
	struct comparison comparison = {
		.reader = reader, .section = section, .node = node, .rest = node->text};

	if (node->kind != YAML_SCALAR) {
		comparison.rest = "";
		return note(&comparison, "应当是一行文字");
	}
	if (!read_side(&comparison, true))
		return false;
	/* The word that ended the left side is the operator. */
	if (!find_operator(comparison.word, &rule->op))
		return note(&comparison, "缺少比较符，可用 <= < >= > =");
	if (!take_side(&comparison, &rule->left, &rule->left_count) ||
	    !read_side(&comparison, false) ||
	    !take_side(&comparison, &rule->right, &rule->right_count))
		return false;
	return check_terms(&comparison, rule);
}

/* Terms with signs between them, up to an operator (on the left) or the end. */
static bool read_side(struct comparison *comparison, bool left)
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
		if (!read_term(comparison, sign) || !next_word(comparison))
			return false;
		if (comparison->word[0] == '\0' ||
		    (left && find_operator(comparison->word, &op)))
			return true;
		if (find_operator(comparison->word, &op))
			return note(comparison, "有两个比较符，只能有一个");
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
static bool read_term(struct comparison *comparison, int sign)
{
	const char *word = comparison->word;
	size_t digits = strspn(word, "0123456789");
	struct plan_term term = {.coefficient = sign};
	struct yaml_node constant = {.kind = YAML_SCALAR,
	                             .place = comparison->node->place,
	                             .text = word};

	if (comparison->count >= PLAN_TERMS_MAX)
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
	comparison->terms[comparison->count++] = term;
	return true;
}

static bool read_name(struct comparison *comparison, struct plan_term *term)
{
	const struct plan_section *section = comparison->section;

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

static bool take_side(struct comparison *comparison, const struct plan_term **ret_terms,
                      size_t *ret_count)
{
	size_t count = comparison->count;
	struct plan_term *terms =
		plan_new_array(comparison->reader, count, sizeof(*terms));

	if (terms == NULL)
		return false;
	memcpy(terms, comparison->terms, count * sizeof(*terms));
	comparison->count = 0;
	*ret_terms = terms;
	*ret_count = count;
	return true;
}

static bool note(struct comparison *comparison, const char *what)
{
	yaml_problem(comparison->reader->problems, comparison->node->place,
	             "比较式“%s”%s",
	             comparison->node->kind == YAML_SCALAR ? comparison->node->text : "",
	             what);
	return false;
}

static bool check_terms(struct comparison *comparison, const struct plan_rule *rule)
{
	const struct plan_term *first = first_indicator(rule->left, rule->left_count);
	bool right = true;

	if (first == NULL)
		first = first_indicator(rule->right, rule->right_count);
	if (first == NULL)
		return note(comparison, "里没有指标");
	for (size_t i = 0; i < rule->left_count; i++)
		right = check_term(comparison, first, &rule->left[i]) && right;
	for (size_t i = 0; i < rule->right_count; i++)
		right = check_term(comparison, first, &rule->right[i]) && right;
	return right;
}

static const struct plan_term *first_indicator(const struct plan_term *terms,
                                               size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (terms[i].indicator != NULL)
			return &terms[i];
	return NULL;
}

static bool check_term(struct comparison *comparison, const struct plan_term *first,
                       const struct plan_term *term)
{
	const struct plan_indicator *a = first->indicator, *b = term->indicator;
	const struct unit *left = unit_of(first), *right = unit_of(term);
	bool is_density = comparison->has_factor && left->dimension == DIMENSION_COUNT &&
	                  right->dimension == DIMENSION_COUNT;

	if (!unit_comparable(left, right) && !is_density) {
		yaml_problem(comparison->reader->problems, comparison->node->place,
		             "“%s”里“%s”和“%s”不是同一种量，不能比较",
		             comparison->node->text, left->name, right->name);
		return false;
	}
	if (b == NULL || strcmp(a->measure, b->measure) == 0)
		return true;
	yaml_problem(comparison->reader->problems, comparison->node->place,
	             "“%s”和“%s”口径不同（%s，%s），不能比较", a->name, b->name,
	             a->measure[0] != '\0' ? a->measure : "未注明",
	             b->measure[0] != '\0' ? b->measure : "未注明");
	return false;
}

static const struct unit *unit_of(const struct plan_term *term)
{
	return term->indicator != NULL ? term->indicator->unit : term->constant.unit;
}
