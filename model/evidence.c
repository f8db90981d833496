/*
 * From what was reported and found to what counts:
 *
 *	reported --> withdrawn? the newest earlier one that stands, or none
 *	         --> checker?    no more than the checker has seen
 *	         --> acceptance? no more than was accepted
 *
 * Nothing can fail but memory. Amounts that cannot be compared (a unit of another kind,
 * which no plan lets in) count as they were seen.
 */
#include "model/evidence.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/judging.h"
#include "model/period.h"

static void take_opening(const struct plan_target *target, const struct plan_unit *unit,
                         struct counted *counted);
static void count_share(const struct plan_target *target, const struct evidence *evidence,
                        struct counted *counted);
static bool share_of(const struct plan_indicator *indicator, const struct quantity *part,
                     const struct quantity *whole, struct quantity *ret);
static void count_figure(const struct plan_target *target,
                         const struct plan_indicator *indicator,
                         const struct evidence *evidence, struct counted *ret);
static void stand(const struct figure *figure, struct counted *counted);
static const struct figure_check *find_check(const struct evidence *evidence,
                                             const char *indicator);
static void hold_to(struct counted *counted, const struct plan_indicator *indicator,
                    const struct quantity *limit, enum figure_wait wait);
static bool keep_standing(const struct evidence *evidence, const struct figure *figure,
                          struct figure *ret);
static const char *explain_wait(struct arena *arena, const struct counted *counted,
                                const char *reported);
static const char *explain_withdrawn(struct arena *arena, const struct counted *counted,
                                     const char *reported);

const char *figure_wait_word(enum figure_wait wait)
{
	static const char *const words[] = {"", "待核验", "待验收"};

	return (size_t)wait < ARRAY_LEN(words) ? words[wait] : "";
}

const char *figure_standing_word(enum figure_standing standing)
{
	static const char *const words[] = {"", "自报", "处室审核", "现场核查",
	                                    "复核不实"};

	return (size_t)standing < ARRAY_LEN(words) ? words[standing] : "";
}

void evidence_count(const struct plan_target *target, const struct plan_unit *unit,
                    const struct evidence *evidence, struct counted *ret_counted)
{
	struct counted counted;

	if (target->indicator->kind == INDICATOR_SHARE)
		count_share(target, evidence, &counted);
	else
		count_figure(target, target->indicator, evidence, &counted);
	counted.whole = counted.done;
	take_opening(target, unit, &counted);
	*ret_counted = counted;
}

/* What the unit had when its reports began. */
static void take_opening(const struct plan_target *target, const struct plan_unit *unit,
                         struct counted *counted)
{
	const struct plan_opening *opening = plan_uncounted(target, unit);

	if (opening == NULL || !counted->has_done)
		return;
	counted->has_done =
		quantity_subtract(&counted->done, &opening->value, &counted->done) == 0;
	if (counted->done.digits < 0)
		counted->done.digits = 0; /* a rule asks why it fell; nothing was done */
}

static void count_share(const struct plan_target *target, const struct evidence *evidence,
                        struct counted *counted)
{
	const struct plan_indicator *share = target->indicator;
	struct counted part, whole;

	count_figure(target, share->numerator, evidence, &part);
	count_figure(target, share->denominator, evidence, &whole);
	*counted = part;
	counted->has_done = part.has_done && whole.has_done &&
	                    share_of(share, &part.done, &whole.done, &counted->done);
	counted->has_reported =
		part.has_reported && whole.has_reported &&
		share_of(share, &part.reported, &whole.reported, &counted->reported);
}

static bool share_of(const struct plan_indicator *indicator, const struct quantity *part,
                     const struct quantity *whole, struct quantity *ret)
{
	int64_t tenths;

	if (quantity_share(part, whole, &tenths) < 0)
		return false;
	*ret = (struct quantity){.digits = tenths,
	                         .scale = 1,
	                         .unit = indicator->unit,
	                         .hedge = HEDGE_NONE};
	return true;
}

static void count_figure(const struct plan_target *target,
                         const struct plan_indicator *indicator,
                         const struct evidence *evidence, struct counted *ret)
{
	const struct figure *figure =
		figures_find(evidence->figures, evidence->figure_count, indicator);
	struct counted counted = {.check = NULL};

	if (figure != NULL) {
		counted.check = find_check(evidence, indicator->id);
		counted.standing = evidence->passed ? FIGURE_CHECKED : FIGURE_REPORTED;
		stand(figure, &counted);
		if (indicator->checker != NULL)
			hold_to(&counted, indicator,
			        counted.check != NULL ? &counted.check->seen : NULL,
			        WAIT_CHECK);
		if (target->acceptance != NULL && target->indicator == indicator)
			hold_to(&counted, indicator,
			        counted.check != NULL ? &counted.check->accepted : NULL,
			        WAIT_ACCEPTANCE);
	}
	*ret = counted;
}

static const struct figure_check *find_check(const struct evidence *evidence,
                                             const char *indicator)
{
	for (size_t i = 0; i < evidence->check_count; i++) {
		if (strcmp(evidence->checks[i].indicator, indicator) == 0)
			return &evidence->checks[i];
	}
	return NULL;
}

static void stand(const struct figure *figure, struct counted *counted)
{
	const struct figure_check *check = counted->check;

	counted->has_reported = counted->has_done = true;
	counted->reported = counted->done = figure->value;
	if (check == NULL || check->standing == 0)
		return;
	counted->standing = check->standing;
	if (check->standing != FIGURE_WITHDRAWN)
		return;
	counted->has_done = check->earlier.unit != NULL;
	counted->done = check->earlier;
}

/* No more than @limit counts; without one, nothing has been seen yet. */
static void hold_to(struct counted *counted, const struct plan_indicator *indicator,
                    const struct quantity *limit, enum figure_wait wait)
{
	struct quantity none = {.unit = indicator->unit, .hedge = HEDGE_NONE};
	int order;

	if (!counted->has_done)
		return;
	if (limit == NULL || limit->unit == NULL)
		limit = &none;
	if (quantity_compare(limit, &counted->done, &order) == 0 && order >= 0)
		return;
	counted->done = *limit;
	counted->wait = wait;
}

bool evidence_differs(const struct counted *counted)
{
	return counted->has_reported &&
	       (counted->wait != WAIT_NONE || counted->standing == FIGURE_WITHDRAWN);
}

bool evidence_value(const struct plan_target *target, const struct plan_unit *unit,
                    const struct plan_indicator *indicator,
                    const struct evidence *evidence, struct quantity *ret_value)
{
	struct counted counted;

	if (indicator == target->indicator)
		evidence_count(target, unit, evidence, &counted);
	else
		count_figure(target, indicator, evidence, &counted);
	if (counted.has_done)
		*ret_value = counted.done;
	return counted.has_done;
}

int evidence_figures(struct arena *arena, const struct evidence *evidence,
                     const struct figure **ret_figures, size_t *ret_count)
{
	struct figure *figures;
	size_t count = 0;

	if (evidence->check_count == 0) {
		*ret_figures = evidence->figures;
		*ret_count = evidence->figure_count;
		return 0;
	}
	figures = arena_new_array(arena, evidence->figure_count, struct figure);
	if (figures == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < evidence->figure_count; i++)
		count += keep_standing(evidence, &evidence->figures[i], &figures[count]);
	*ret_figures = figures;
	*ret_count = count;
	return 0;
}

static bool keep_standing(const struct evidence *evidence, const struct figure *figure,
                          struct figure *ret)
{
	struct counted counted = {.check = find_check(evidence, figure->indicator)};

	stand(figure, &counted);
	*ret = *figure;
	ret->value = counted.done;
	return counted.has_done;
}

const char *evidence_explain(struct arena *arena, const struct counted *counted)
{
	char reported[QUANTITY_TEXT_MAX];

	if (!counted->has_reported)
		return "";
	quantity_print(&counted->reported, reported);
	if (counted->standing == FIGURE_WITHDRAWN)
		return explain_withdrawn(arena, counted, reported);
	return explain_wait(arena, counted, reported);
}

static const char *explain_wait(struct arena *arena, const struct counted *counted,
                                const char *reported)
{
	char done[QUANTITY_TEXT_MAX];

	if (counted->wait == WAIT_NONE || !counted->has_done)
		return "";
	quantity_print(&counted->whole, done);
	return arena_printf(arena, "；填报%s，%s，已%s%s", reported,
	                    figure_wait_word(counted->wait),
	                    counted->wait == WAIT_CHECK ? "核验" : "验收", done);
}

static const char *explain_withdrawn(struct arena *arena, const struct counted *counted,
                                     const char *reported)
{
	const char *when = counted->check->earlier_period;
	char done[QUANTITY_TEXT_MAX], period[PERIOD_TEXT_MAX];
	struct period earlier;

	if (!counted->has_done)
		return arena_printf(arena, "；填报%s，复核不实，不计", reported);
	quantity_print(&counted->whole, done);
	if (when == NULL || period_parse(when, &earlier) < 0)
		return arena_printf(arena, "；填报%s，复核不实，按%s计", reported, done);
	period_print_zh(&earlier, period);
	return arena_printf(arena, "；填报%s，复核不实，按%s的%s计", reported, period,
	                    done);
}
