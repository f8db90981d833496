/*
 * Rules that look back: a cumulative figure that falls, one that should fall and
 * rises, a jump, a stall.
 *
 *	report + history --> a series of points, the newest first --> rule --> finding
 *
 * The history may have gaps: months that were missed, figures that were not given. A
 * rise over a gap is spread over its periods. Yearly figures begin again from nothing
 * each January, so that no rule ever looks across a New Year but to count from it.
 */
#include "model/judging.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"

struct point {
	struct period period;
	const struct figure *figure;
};

struct series {
	const struct plan_indicator *indicator;
	struct point points[HISTORY_MAX + 1]; /* [0] is this report's */
	size_t count;
};

/* How much a figure rose up to a point, and over how many periods. */
struct rise {
	struct quantity amount;
	int64_t periods;
	struct period until;
};

static bool series_of(const struct judging *judging,
                      const struct plan_indicator *indicator, struct series *ret_series);
static int64_t periods_between(const struct period *older, const struct period *newer);
static bool restarts_between(const struct series *series, size_t older, size_t newer);
static void judge_direction(struct judging *judging, const struct plan_rule *rule,
                            const struct series *series);
static void judge_jump(struct judging *judging, const struct plan_rule *rule,
                       const struct series *series);
static bool rise_at(const struct series *series, size_t at, struct rise *ret_rise);
static bool best_before(const struct series *series, struct rise *ret_best);
static int compare_pace(const struct rise *a, int64_t a_factor, const struct rise *b,
                        int64_t b_factor);
static void tell_jump(struct judging *judging, const struct plan_rule *rule,
                      const struct series *series, const struct rise *rise,
                      const struct rise *best);
static void judge_stall(struct judging *judging, const struct plan_rule *rule,
                        const struct series *series);
static bool is_finished(const struct judging *judging, const struct series *series);
static bool has_no_task(const struct judging *judging,
                        const struct plan_indicator *indicator);

void judge_history(struct judging *judging, const struct plan_rule *rule)
{
	struct series series;

	if (rule->indicator == NULL || !series_of(judging, rule->indicator, &series))
		return;
	switch (rule->kind) {
	case RULE_NEVER_FALLS:
	case RULE_NEVER_RISES:
		judge_direction(judging, rule, &series);
		break;
	case RULE_JUMP:
		judge_jump(judging, rule, &series);
		break;
	case RULE_STALL:
		judge_stall(judging, rule, &series);
		break;
	case RULE_COMPARE:
		break;
	}
}

/* False when this report does not give the figure. */
static bool series_of(const struct judging *judging,
                      const struct plan_indicator *indicator, struct series *ret_series)
{
	const struct history *history = judging->history;
	const struct period *last = &judging->period;

	*ret_series = (struct series){
		.indicator = indicator,
		.points[0] = {judging->period, judging_figure(judging, indicator)},
		.count = 1,
	};
	for (size_t i = 0; i < history->count && i < HISTORY_MAX; i++) {
		const struct period *period = &history->reports[i].period;
		const struct figure *figure =
			figures_find(history->reports[i].figures,
		                     history->reports[i].figure_count, indicator);

		if (figure == NULL || period->frequency != last->frequency ||
		    period_compare(period, last) >= 0)
			continue;
		ret_series->points[ret_series->count++] = (struct point){*period, figure};
		last = period;
	}
	return ret_series->points[0].figure != NULL;
}

static int64_t periods_between(const struct period *older, const struct period *newer)
{
	static const int64_t a_year[] = {[MONTHLY] = 12, [QUARTERLY] = 4, [YEARLY] = 1};

	return (newer->year - older->year) * a_year[newer->frequency] +
	       (int64_t)newer->number - (int64_t)older->number;
}

static bool restarts_between(const struct series *series, size_t older, size_t newer)
{
	return series->indicator->yearly &&
	       series->points[older].period.year != series->points[newer].period.year;
}

static void judge_direction(struct judging *judging, const struct plan_rule *rule,
                            const struct series *series)
{
	const struct figure *now = series->points[0].figure;
	const struct figure *before = series->points[1].figure;
	bool falls = rule->kind == RULE_NEVER_FALLS;
	char period[PERIOD_TEXT_MAX], was[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX];
	int order;

	if (series->count < 2 || restarts_between(series, 1, 0) ||
	    quantity_compare(&now->value, &before->value, &order) < 0 ||
	    (falls ? order >= 0 : order <= 0))
		return;
	period_print_zh(&series->points[1].period, period);
	quantity_print(&before->value, was);
	quantity_print(&now->value, is);
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, series->indicator->id),
			     .found = is,
			     .allowed = judging_say(
				     judging, "%s%s%s", falls ? "≥" : "≤", was,
				     rule->severity == SEVERITY_REASON ? "，或填写说明"
								       : ""),
			     .text = judging_say(judging, "%s由%s的%s%s为%s。",
	                                         judging_quote(judging,
	                                                       series->indicator->name),
	                                         period, was, falls ? "降" : "升", is),
		     },
	             now->reason);
}

/* This period's pace against the best pace before, times the rule's factor. */
static void judge_jump(struct judging *judging, const struct plan_rule *rule,
                       const struct series *series)
{
	struct rise rise, best;

	if (!rise_at(series, 0, &rise) || !best_before(series, &best))
		return;
	if (compare_pace(&rise, 10, &best, rule->factor) > 0)
		tell_jump(judging, rule, series, &rise, &best);
}

/* False when nothing is known from which it rose. */
static bool rise_at(const struct series *series, size_t at, struct rise *ret_rise)
{
	const struct point *now = &series->points[at], *before = now + 1;
	struct rise rise = {.until = now->period};

	if (at + 1 < series->count && !restarts_between(series, at + 1, at)) {
		rise.periods = periods_between(&before->period, &now->period);
		if (quantity_subtract(&now->figure->value, &before->figure->value,
		                      &rise.amount) < 0)
			return false;
	} else if (series->indicator->yearly) { /* from nothing at New Year */
		rise.periods = now->period.number;
		rise.amount = now->figure->value;
	} else {
		return false;
	}
	*ret_rise = rise;
	return true;
}

static bool best_before(const struct series *series, struct rise *ret_best)
{
	bool found = false;

	for (size_t i = 1; i < series->count; i++) {
		struct rise rise;

		if (!rise_at(series, i, &rise) || rise.amount.digits <= 0)
			continue;
		if (!found || compare_pace(&rise, 1, ret_best, 1) > 0)
			*ret_best = rise;
		found = true;
	}
	return found;
}

/*
 * a / its periods * a_factor against the same of b. What overflows is larger than any
 * figure that people report: it counts as more, and somebody is asked.
 */
static int compare_pace(const struct rise *a, int64_t a_factor, const struct rise *b,
                        int64_t b_factor)
{
	struct quantity left, right;
	int order;

	if (quantity_scale_by(&a->amount, a_factor * b->periods, &left) < 0 ||
	    quantity_scale_by(&b->amount, b_factor * a->periods, &right) < 0 ||
	    quantity_compare(&left, &right, &order) < 0)
		return 1;
	return order;
}

static void tell_jump(struct judging *judging, const struct plan_rule *rule,
                      const struct series *series, const struct rise *rise,
                      const struct rise *best)
{
	char amount[QUANTITY_TEXT_MAX], most[QUANTITY_TEXT_MAX], when[PERIOD_TEXT_MAX];
	char times[24], over[48] = "", most_over[48] = "";

	quantity_print(&rise->amount, amount);
	quantity_print(&best->amount, most);
	period_print_zh(&best->until, when);
	if (rise->periods > 1)
		(void)snprintf(over, sizeof(over), "（%" PRId64 "期合计）",
		               rise->periods);
	if (best->periods > 1)
		(void)snprintf(most_over, sizeof(most_over), "，%" PRId64 "期合计",
		               best->periods);
	(void)snprintf(times, sizeof(times),
	               rule->factor % 10 == 0 ? "%" PRId64 : "%" PRId64 ".%" PRId64,
	               rule->factor / 10, rule->factor % 10);
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, series->indicator->id),
			     .found = judging_say(judging, "新增%s%s", amount, over),
			     .allowed = judging_say(judging, "每期新增≤此前最高%s的%s倍",
	                                            most, times),
			     .text = judging_say(
				     judging,
				     "%s本期新增%s%s，此前最高一期新增%s（%s%s）。",
				     judging_quote(judging, series->indicator->name),
				     amount, over, most, when, most_over),
		     },
	             series->points[0].figure->reason);
}

/* From this report back to the last one with another value. */
static void judge_stall(struct judging *judging, const struct plan_rule *rule,
                        const struct series *series)
{
	static const char *const names[] = {
		[MONTHLY] = "个月", [QUARTERLY] = "个季度", [YEARLY] = "年"};
	bool falling = series->indicator->kind == INDICATOR_FALLING;
	const struct figure *now = series->points[0].figure;
	char value[QUANTITY_TEXT_MAX];
	int64_t stalled = 0;

	for (size_t i = 1; i < series->count && !restarts_between(series, i, 0); i++) {
		int order;

		if (quantity_compare(&now->value, &series->points[i].figure->value,
		                     &order) < 0 ||
		    (falling ? order < 0 : order > 0))
			break;
		stalled = periods_between(&series->points[i].period,
		                          &series->points[0].period);
	}
	if (stalled == 0 || stalled < rule->factor || is_finished(judging, series) ||
	    has_no_task(judging, series->indicator))
		return;
	quantity_print(&now->value, value);
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, series->indicator->id),
			     .found = value,
			     .allowed = judging_say(judging, "%" PRId64 "%s内有%s",
	                                            rule->factor,
	                                            names[judging->period.frequency],
	                                            falling ? "下降" : "新增"),
			     .text = judging_say(
				     judging, "%s＝%s，连续%" PRId64 "%s没有%s。",
				     judging_quote(judging, series->indicator->name),
				     value, stalled, names[judging->period.frequency],
				     falling ? "下降" : "新增"),
		     },
	             now->reason);
}

/* A unit that has done its part may stand still. */
static bool is_finished(const struct judging *judging, const struct series *series)
{
	const struct plan_section *section = judging->section;
	const struct quantity *now = &series->points[0].figure->value;
	bool falling = series->indicator->kind == INDICATOR_FALLING;
	bool measured = false;
	int order;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];
		const struct quantity *task = &target->value;

		if (target->indicator != series->indicator)
			continue;
		if (target->allocations != NULL &&
		    target->allocations[judging->unit->index].no_task)
			continue;
		if (target->allocations != NULL)
			task = &target->allocations[judging->unit->index].value;
		measured = true;
		if (quantity_compare(now, task, &order) < 0 ||
		    (falling ? order > 0 : order < 0))
			return false;
	}
	return measured || (falling && now->digits <= 0);
}

/* The figure belongs to targets, and this unit has no part in any of them. */
static bool has_no_task(const struct judging *judging,
                        const struct plan_indicator *indicator)
{
	const struct plan_section *section = judging->section;
	bool found = false;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];

		if (target->indicator != indicator)
			continue;
		if (target->allocations == NULL ||
		    !target->allocations[judging->unit->index].no_task)
			return false;
		found = true;
	}
	return found;
}
