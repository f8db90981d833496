/*
 * What a unit should know when it reports, and nobody's mistake: opening figures that
 * nobody confirmed, and a task that is another from this period on.
 */
#include "model/judging.h"
#include "model/wording.h"

static void judge_openings(struct judging *judging);
static void judge_adjusted(struct judging *judging, const struct plan_target *target);
static day covered_before(const struct judging *judging);

void judge_known(struct judging *judging)
{
	judge_openings(judging);
	for (size_t i = 0; i < judging->section->target_count; i++)
		judge_adjusted(judging, &judging->section->targets[i]);
}

/* With the first report only: later ones are compared with reports. */
static void judge_openings(struct judging *judging)
{
	const struct plan_section *section = judging->section;
	const struct plan_opening *first = NULL;
	size_t count = 0;

	for (size_t i = 0; judging->history->count == 0 && i < section->opening_count;
	     i++) {
		const struct plan_opening *opening = &section->openings[i];

		if (opening->unit != judging->unit || opening->confirmed_by[0] != '\0')
			continue;
		if (count++ == 0)
			first = opening;
	}
	if (count == 0)
		return;
	judging_form(
		judging, FORM_OPENING,
		(struct finding){
			.field = judging_path(judging, first->indicator->id),
			.found = judging_say(judging, "%zu项未确认", count),
			.allowed = "确认后写入方案",
			.text = judging_say(
				judging,
				"%s等%"
				"zu项指标的期初数尚未确认，请核对后告知工作组办公室。",
				judging_quote(judging, first->indicator->name), count),
		});
}

/* In the period in which it begins to count. */
static void judge_adjusted(struct judging *judging, const struct plan_target *target)
{
	const struct plan_adjustment *adjustment =
		plan_adjustment_on(target, judging->unit, judging->on);
	const char *adjusted;
	char now[QUANTITY_TEXT_MAX] = "无任务";

	if (adjustment == NULL || target->indicator == NULL ||
	    adjustment->from <= covered_before(judging))
		return;
	adjusted = wording_adjusted(judging->findings->arena, target, judging->unit,
	                            judging->on);
	if (adjusted == NULL) {
		judging->findings->out_of_memory = true;
		return;
	}
	if (!adjustment->after.no_task)
		quantity_print(&adjustment->after.value, now);
	judging_form(judging, FORM_ADJUSTED,
	             (struct finding){
			     .field = judging_path(judging, target->indicator->id),
			     .found = judging_say(judging, "任务数%s", now),
			     .allowed = "按调整后的任务数",
			     .text = judging_say(judging, "%s的%s。",
	                                         judging_quote(judging, target->name),
	                                         adjusted),
		     });
}

/* The last day that figures of the period before covered. */
static day covered_before(const struct judging *judging)
{
	const struct plan *plan = judging->plan;
	struct period before = period_of(judging->period.frequency,
	                                 period_first_day(&judging->period) - 1);
	struct period_times times;

	period_times(plan, &before, &times);
	return instant_day(times.cutoff, plan->utc_offset);
}
