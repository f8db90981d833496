/*
 * The arithmetic of a comparison: two sums, exact, and whether the operator holds
 * between them. Where the values come from is the caller's: one report, or the city's
 * sums.
 */
#ifndef DUBAN_MODEL_RULE_COMPARE_H
#define DUBAN_MODEL_RULE_COMPARE_H

#include <stdbool.h>

#include "model/plan.h"

struct rule_sums {
	struct quantity left, right; /* the sums */
	bool holds;
};

/* The unit that a term is measured in. */
const struct unit *rule_term_unit(const struct plan_term *term);

/*
 * Compare by @rule; @values are those of the terms without their coefficients, left
 * side first.
 *
 *   E_RANGE   a sum is too large, or is no decimal in any unit of its terms
 *   E_SYNTAX  money with area: plan_read() refuses such a rule
 */
int rule_compare(const struct plan_rule *rule, const struct quantity *values,
                 struct rule_sums *ret_sums);

/* "≤"; static. */
const char *rule_operator_sign(enum rule_operator op);
/* What holds of b and a when @op holds of a and b. */
enum rule_operator rule_operator_flipped(enum rule_operator op);

#endif
