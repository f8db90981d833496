/*
 * Rules that look back: a cumulative figure that falls, one that should fall and
 * rises, a jump, a stall.
 *
 *	report + history --> a series of points, the newest first --> rule --> finding
 */
#include "model/judging.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/progress.h"
#include "model/series.h"
#include "model/wording.h"

static void judge_direction(struct judging *judging, const struct plan_rule *rule,
                            const struct series *series);
static bool is_unconfirmed(const struct series *series, size_t at);
static const char *point_name(struct judging *judging, const struct series *series,
                              size_t at);
static void judge_jump(struct judging *judging, const struct plan_rule *rule,
                       const struct series *series);
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
	case RULE_BEHIND:
	case RULE_HOCKEY_STICK:
	case RULE_NO_CHANGE:
		break;
	}
}

static void judge_direction(struct judging *judging, const struct plan_rule *rule,
                            const struct series *series)
{
	const struct figure *now = series->points[0].figure;
	const struct figure *before = series->points[1].figure;
	bool falls = rule->kind == RULE_NEVER_FALLS;
	char was[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX];
	int order;

	if (series->count < 2 || series_restarts(series, 1, 0) ||
	    (rule->severity == SEVERITY_REFUSAL && is_unconfirmed(series, 1)) ||
	    quantity_compare(&now->value, &before->value, &order) < 0 ||
	    (falls ? order >= 0 : order <= 0))
		return;
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
	                                         point_name(judging, series, 1), was,
	                                         falls ? "降" : "升", is),
		     },
	             now->reason);
}

/* What nobody has confirmed may be what is wrong: nothing is refused for it. */
static bool is_unconfirmed(const struct series *series, size_t at)
{
	return at == series->count - 1 && series->opening != NULL &&
	       series->opening->confirmed_by[0] == '\0';
}

/* "2022年8月", or what was there before there were reports. */
static const char *point_name(struct judging *judging, const struct series *series,
                              size_t at)
{
	char period[PERIOD_TEXT_MAX];
	const char *text;

	if (at != series->count - 1 || series->opening == NULL) {
		period_print_zh(&series->points[at].period, period);
		return judging_say(judging, "%s", period);
	}
	text = wording_opening(judging->findings->arena, series->opening);
	if (text != NULL)
		return text;
	judging->findings->out_of_memory = true;
	return "";
}

/* This period's pace against the best pace before, times the rule's factor. */
static void judge_jump(struct judging *judging, const struct plan_rule *rule,
                       const struct series *series)
{
	struct rise rise, best;

	if (!series_rise(series, 0, &rise) || !series_best(series, 1, &best))
		return;
	if (rise_compare(&rise, 10, &best, rule->factor) > 0)
		tell_jump(judging, rule, series, &rise, &best);
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

	for (size_t i = 1; i < series->count && !series_restarts(series, i, 0); i++) {
		int order;

		if (quantity_compare(&now->value, &series->points[i].figure->value,
		                     &order) < 0 ||
		    (falling ? order < 0 : order > 0))
			break;
		stalled = period_distance(&series->points[i].period,
		                          &series->points[0].period);
	}
	if (stalled == 0 || stalled < rule->periods || is_finished(judging, series) ||
	    has_no_task(judging, series->indicator))
		return;
	quantity_print(&now->value, value);
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, series->indicator->id),
			     .found = value,
			     .allowed = judging_say(judging, "%" PRId64 "%s内有%s",
	                                            rule->periods,
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
	bool falling = series->indicator->kind == INDICATOR_FALLING;
	bool measured = false;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];
		const struct plan_allocation *part =
			plan_part_on(target, judging->unit, judging->on);
		struct quantity task = plan_value_on(target, judging->on), done;

		if (target->indicator != series->indicator ||
		    (part != NULL && part->no_task))
			continue;
		if (part != NULL)
			task = part->value;
		measured = true;
		if (!progress_done(target, judging->unit, judging->report->figures,
		                   judging->report->figure_count, &done) ||
		    !progress_is_met(target, &task, &done))
			return false;
	}
	return measured || (falling && series->points[0].figure->value.digits <= 0);
}

/* The figure belongs to targets, and this unit has no part in any of them. */
static bool has_no_task(const struct judging *judging,
                        const struct plan_indicator *indicator)
{
	const struct plan_section *section = judging->section;
	bool found = false;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];
		const struct plan_allocation *part =
			plan_part_on(target, judging->unit, judging->on);

		if (target->indicator != indicator)
			continue;
		if (part == NULL || !part->no_task)
			return false;
		found = true;
	}
	return found;
}
