/*
 * Rules that look ahead: a report against the unit's task, its curve and its deadline.
 *
 *	figure, task, curve ------------> behind?
 *	series, task, deadline ---------> does the rest need a pace never seen so far?
 *	figures of report and history --> did anything change, while tasks are unfinished?
 *
 * Figures that these rules speak of are true as a rule: they ask or tell, and plan_read()
 * lets none of them refuse.
 */
#include "model/judging.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/progress.h"
#include "model/series.h"
#include "model/wording.h"

static void judge_behind(struct judging *judging, const struct plan_rule *rule);
static bool done_in(const struct judging *judging, const struct plan_target *target,
                    struct quantity *ret_done);
static const struct plan_indicator *typed_of(const struct plan_indicator *indicator);
static void tell_behind(struct judging *judging, const struct plan_rule *rule,
                        const struct standing *standing, day on);
static void judge_hockey_stick(struct judging *judging, const struct plan_rule *rule);
static bool rest_of(const struct judging *judging, const struct plan_rule *rule,
                    struct rise *ret_rest);
static void tell_hockey_stick(struct judging *judging, const struct plan_rule *rule,
                              const struct series *series, const struct rise *rest,
                              const struct rise *best);
static void judge_no_change(struct judging *judging, const struct plan_rule *rule);
static int64_t count_unchanged(const struct judging *judging);
static bool is_unchanged(const struct judging *judging, size_t newer, size_t older);
static const struct plan_target *first_unfinished(const struct judging *judging);
static const char *any_reason(const struct judging *judging);

void judge_target(struct judging *judging, const struct plan_rule *rule)
{
	switch (rule->kind) {
	case RULE_BEHIND:
		judge_behind(judging, rule);
		break;
	case RULE_HOCKEY_STICK:
		judge_hockey_stick(judging, rule);
		break;
	case RULE_NO_CHANGE:
		judge_no_change(judging, rule);
		break;
	case RULE_COMPARE:
	case RULE_NEVER_FALLS:
	case RULE_NEVER_RISES:
	case RULE_JUMP:
	case RULE_STALL:
		break;
	}
}

/* On the last day that the figures cover, as lights are. */
static void judge_behind(struct judging *judging, const struct plan_rule *rule)
{
	const struct plan_target *target = rule->target;
	const struct plan_allocation *task = judging_task(judging, target);
	struct standing standing;
	struct quantity done;
	day on = judging->on;

	if (task == NULL || !done_in(judging, target, &done))
		return;
	progress_judge(judging->plan, target, &task->value, task->deadline, &done, on,
	               &standing);
	if (standing.has_done && standing.has_expected &&
	    !progress_is_met(target, &task->value, &done) &&
	    -standing.gap_tenths > rule->factor)
		tell_behind(judging, rule, &standing, on);
}

/* Computed only from figures that are fit for it. */
static bool done_in(const struct judging *judging, const struct plan_target *target,
                    struct quantity *ret_done)
{
	const struct plan_indicator *indicator = target->indicator;
	bool is_share = indicator->kind == INDICATOR_SHARE;

	if (judging_figure(judging, typed_of(indicator)) == NULL ||
	    (is_share && judging_figure(judging, indicator->denominator) == NULL))
		return false;
	return progress_done(target, judging->unit, judging->report->figures,
	                     judging->report->figure_count, ret_done);
}

/* Shares are computed: what a reporter can correct, or explain, is the numerator. */
static const struct plan_indicator *typed_of(const struct plan_indicator *indicator)
{
	return indicator->kind == INDICATOR_SHARE ? indicator->numerator : indicator;
}

static void tell_behind(struct judging *judging, const struct plan_rule *rule,
                        const struct standing *standing, day on)
{
	const struct plan_indicator *about = typed_of(rule->target->indicator);
	char done[24], expected[24], gap[24], limit[24], date[DAY_TEXT_MAX];

	tenths_print(standing->done_tenths, done);
	tenths_print(standing->expected_tenths, expected);
	tenths_print(-standing->gap_tenths, gap);
	tenths_print(rule->factor, limit);
	day_print_zh(on, date);
	judging_rule(
		judging, rule,
		(struct finding){
			.field = judging_path(judging, about->id),
			.found = judging_say(judging, "低于序时进度%s个百分点", gap),
			.allowed = judging_say(judging, "≤%s个百分点", limit),
			.text = judging_say(judging,
	                                    "%s截至%s完成%s%%，序时进度%s%%，低于序时进度"
	                                    "%s个百分点。",
	                                    judging_quote(judging, rule->target->name),
	                                    date, done, expected, gap),
		},
		judging_figure(judging, about)->reason);
}

/* What remains, over the periods that remain, against the best pace that was ever seen.
 */
static void judge_hockey_stick(struct judging *judging, const struct plan_rule *rule)
{
	const struct plan_indicator *indicator = rule->target->indicator;
	struct rise rest, best = {.periods = 0};
	struct series series;
	const struct point *oldest;

	if (indicator == NULL || indicator->kind != INDICATOR_CUMULATIVE ||
	    !series_of(judging, indicator, &series) || !rest_of(judging, rule, &rest))
		return;
	oldest = &series.points[series.count - 1];
	if (period_distance(&oldest->period, &judging->period) < rule->periods)
		return; /* too early to say what pace is possible */
	if (!series_best(&series, 0, &best) ||
	    rise_compare(&rest, 10, &best, rule->factor) > 0)
		tell_hockey_stick(judging, rule, &series, &rest, &best);
}

/* False: no task, no date, no time left (then the light is red), or nothing to do. */
static bool rest_of(const struct judging *judging, const struct plan_rule *rule,
                    struct rise *ret_rest)
{
	const struct plan_target *target = rule->target;
	const struct plan_allocation *task = judging_task(judging, target);
	struct quantity done;
	struct rise rest;
	day deadline;

	if (task == NULL)
		return false;
	deadline = plan_deadline_on(target, judging->unit, judging->on);
	if (deadline == DAY_NONE)
		return false;
	rest.until = period_of(judging->period.frequency, deadline);
	rest.periods = period_distance(&judging->period, &rest.until);
	if (rest.periods <= 0 || !done_in(judging, target, &done) ||
	    quantity_subtract(&task->value, &done, &rest.amount) < 0 ||
	    rest.amount.digits <= 0)
		return false;
	*ret_rest = rest;
	return true;
}

static void tell_hockey_stick(struct judging *judging, const struct plan_rule *rule,
                              const struct series *series, const struct rise *rest,
                              const struct rise *best)
{
	char left[QUANTITY_TEXT_MAX], most[QUANTITY_TEXT_MAX], until[PERIOD_TEXT_MAX];
	char when[PERIOD_TEXT_MAX], times[24];
	const char *seen = "此前没有新增";

	quantity_print(&rest->amount, left);
	period_print_zh(&rest->until, until);
	tenths_print(rule->factor, times);
	if (best->periods > 0) {
		quantity_print(&best->amount, most);
		period_print_zh(&best->until, when);
		seen = judging_say(judging, "此前进度最快时%" PRId64 "期新增%s（%s）",
		                   best->periods, most, when);
	}
	judging_rule(judging, rule,
	             (struct finding){
			     .field = judging_path(judging, series->indicator->id),
			     .found = judging_say(judging, "余%s、%" PRId64 "期", left,
	                                          rest->periods),
			     .allowed = judging_say(judging,
	                                            "每期所需≤此前最快进度的%s倍", times),
			     .text = judging_say(
				     judging,
				     "%s尚余%s，到%s还有%" PRId64
				     "期；%s。余下任务每期所需超过此前最快进度的%s倍。",
				     judging_quote(judging, rule->target->name), left,
				     until, rest->periods, seen, times),
		     },
	             series->points[0].figure->reason);
}

/*
 * Reports in a row, this one included, that give the figures of the one before. A month
 * without a report is no report: it neither counts nor ends the row.
 */
static void judge_no_change(struct judging *judging, const struct plan_rule *rule)
{
	int64_t unchanged = count_unchanged(judging);
	const struct plan_target *target = first_unfinished(judging);

	if (unchanged < rule->periods || target == NULL)
		return;
	judging_rule(
		judging, rule,
		(struct finding){
			.field = judging_path(judging, typed_of(target->indicator)->id),
			.found = judging_say(judging, "连续%" PRId64 "期无变化",
	                                     unchanged),
			.allowed = judging_say(judging, "＜%" PRId64 "期", rule->periods),
			.text = judging_say(judging,
	                                    "全部数据连续%" PRId64
	                                    "期与上一期相同，而%s等任务尚未完成。",
	                                    unchanged,
	                                    judging_quote(judging, target->name)),
		},
		any_reason(judging));
}

static int64_t count_unchanged(const struct judging *judging)
{
	int64_t unchanged = 0;

	/* Report 0 is this one; n is history's n - 1. */
	for (size_t older = 1; older <= judging->history->count && older <= HISTORY_MAX;
	     older++) {
		if (!is_unchanged(judging, older - 1, older))
			break;
		unchanged++;
	}
	return unchanged;
}

/* Everything that the newer report says, the older one said; yearly figures only within
 * a year. A report without a figure that both give says nothing. */
static bool is_unchanged(const struct judging *judging, size_t newer, size_t older)
{
	const struct plan_section *section = judging->section;
	const struct history *history = judging->history;
	const struct figure *now = judging->report->figures;
	size_t count = judging->report->figure_count, same = 0;
	const struct period *period = &judging->period;
	const struct period *before = &history->reports[older - 1].period;

	if (newer > 0) {
		now = history->reports[newer - 1].figures;
		count = history->reports[newer - 1].figure_count;
		period = &history->reports[newer - 1].period;
	}
	for (size_t i = 0; i < section->indicator_count; i++) {
		const struct plan_indicator *indicator = &section->indicators[i];
		const struct figure *new = figures_find(now, count, indicator);
		const struct figure *old =
			figures_find(history->reports[older - 1].figures,
		                     history->reports[older - 1].figure_count, indicator);
		int order;

		if (new == NULL || (indicator->yearly && period->year != before->year))
			continue;
		if (old == NULL ||
		    quantity_compare(&new->value, &old->value, &order) < 0 || order != 0)
			return false;
		same++;
	}
	return same > 0;
}

/* NULL: this unit has done all that this section's targets ask of it. */
static const struct plan_target *first_unfinished(const struct judging *judging)
{
	const struct plan_section *section = judging->section;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];
		const struct plan_allocation *task = judging_task(judging, target);
		struct quantity done;

		if (task != NULL && done_in(judging, target, &done) &&
		    !progress_is_met(target, &task->value, &done))
			return target;
	}
	return NULL;
}

/* The rule is about the report as a whole: the one reason of a "no change" answers it,
 * and so does a reason on any figure. */
static const char *any_reason(const struct judging *judging)
{
	const struct report *report = judging->report;
	bool corrects = report->supersedes != NULL && report->supersedes[0] != '\0';

	if (report->kind == REPORT_NO_CHANGE && !corrects &&
	    !text_is_blank(report->change_reason))
		return report->change_reason;
	for (size_t i = 0; i < judging->report->figure_count; i++) {
		if (!text_is_blank(judging->report->figures[i].reason))
			return judging->report->figures[i].reason;
	}
	return "";
}
