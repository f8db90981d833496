/*
 * Of every target its indicator, of a share its two parts; and of every rule about the
 * city, those that it adds up.
 */
#include "server/board_indicators.h"

#include "base/err.h"

static size_t count_indicators(const struct plan *plan);
static void list_targets(const struct plan_section *section, const char **indicators,
                         size_t *count);
static void list_rules(const struct plan_section *section, const char **indicators,
                       size_t *count);
static void list_terms(const struct plan_term *terms, size_t term_count,
                       const char **indicators, size_t *count);

int board_indicators(struct arena *arena, const struct plan *const *plans,
                     size_t plan_count, const char *const **ret_indicators,
                     size_t *ret_count)
{
	size_t room = 0, count = 0;
	const char **indicators;

	for (size_t i = 0; i < plan_count; i++)
		room += count_indicators(plans[i]);
	indicators = arena_new_array(arena, room, const char *);
	if (indicators == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < plan_count; i++)
		for (size_t k = 0; k < plans[i]->section_count; k++) {
			list_targets(&plans[i]->sections[k], indicators, &count);
			list_rules(&plans[i]->sections[k], indicators, &count);
		}
	*ret_indicators = indicators;
	*ret_count = count;
	return 0;
}

static size_t count_indicators(const struct plan *plan)
{
	size_t count = 0;

	for (size_t s = 0; s < plan->section_count; s++) {
		const struct plan_section *section = &plan->sections[s];

		count += 2 * section->target_count;
		for (size_t i = 0; i < section->rule_count; i++)
			count += section->rules[i].left_count +
			         section->rules[i].right_count;
	}
	return count;
}

static void list_targets(const struct plan_section *section, const char **indicators,
                         size_t *count)
{
	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_indicator *indicator = section->targets[i].indicator;

		if (indicator == NULL)
			continue;
		if (indicator->kind != INDICATOR_SHARE) {
			indicators[(*count)++] = indicator->id;
			continue;
		}
		indicators[(*count)++] = indicator->numerator->id;
		indicators[(*count)++] = indicator->denominator->id;
	}
}

static void list_rules(const struct plan_section *section, const char **indicators,
                       size_t *count)
{
	for (size_t i = 0; i < section->rule_count; i++) {
		const struct plan_rule *rule = &section->rules[i];

		if (rule->scope != SCOPE_CITY)
			continue;
		list_terms(rule->left, rule->left_count, indicators, count);
		list_terms(rule->right, rule->right_count, indicators, count);
	}
}

static void list_terms(const struct plan_term *terms, size_t term_count,
                       const char **indicators, size_t *count)
{
	for (size_t i = 0; i < term_count; i++) {
		if (terms[i].indicator != NULL)
			indicators[(*count)++] = terms[i].indicator->id;
	}
}
