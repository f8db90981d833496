/*
 * What a report says of itself: that it takes the place of another, that nothing changed,
 * that nothing happened.
 *
 *	supersedes, change_reason --> against what stands of the period
 *	kind, figures             --> against the period before, or against 0
 *
 * "本期无变化" and "零报告" are promises that somebody signs without typing a figure; a
 * figure that does not keep the promise is the reporter's to mend, by an ordinary report.
 */
#include "model/judging.h"

#include <string.h>

#include "base/err.h"

static bool is_given(const char *text);
static void judge_supersedes(struct judging *judging);
static void judge_unchanged(struct judging *judging);
static void judge_unchanged_figure(struct judging *judging, const struct figure *figure);
static void judge_repeated(struct judging *judging);
static const struct figure *withdrawn_before(const struct judging *judging,
                                             const struct plan_indicator *indicator);
static bool judge_withdrawn(struct judging *judging,
                            const struct plan_indicator *indicator);
static struct quantity value_before(const struct judging *judging,
                                    const struct plan_indicator *indicator,
                                    const struct figure *before);
static void judge_left_out(struct judging *judging);
static void judge_zero(struct judging *judging);

void judge_change(struct judging *judging, enum timeliness timeliness)
{
	const struct report *report = judging->report;
	bool changes = is_given(report->supersedes);

	if (changes)
		judge_supersedes(judging);
	if ((!changes && timeliness != AFTER_LOCK) ||
	    (is_given(report->change_reason) && !text_is_blank(report->change_reason)))
		return;
	judging_form(judging, FORM_WHY_CHANGED,
	             (struct finding){
			     .field = "change_reason",
			     .found = "未填写",
			     .allowed = "必填",
			     .text = judging_say(judging, "%s没有写明原因。",
	                                         changes ? "更正（重报）" : "补报"),
		     });
}

static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void judge_supersedes(struct judging *judging)
{
	const char *found = judging->report->supersedes;
	const char *current = judging->history->terms.current;

	if (is_given(current) && strcmp(found, current) == 0)
		return;
	judging_form(judging, FORM_SUPERSEDES,
	             (struct finding){
			     .field = "supersedes",
			     .found = found,
			     .allowed = is_given(current) ? current : "不填",
			     .text = is_given(current)
	                                     ? judging_say(judging,
	                                                   "本期最新一份报表的回执编号"
	                                                   "是%s，不是%s。",
	                                                   current, found)
	                                     : judging_say(judging,
	                                                   "本期还没有已收妥的报表，不能"
	                                                   "替换%s。",
	                                                   found),
		     });
}

void judge_kind(struct judging *judging)
{
	if (judging->section == NULL)
		return;
	if (judging->report->kind != REPORT_NO_CHANGE)
		judge_repeated(judging);
	if (judging->report->kind == REPORT_NO_CHANGE)
		judge_unchanged(judging);
	else if (judging->report->kind == REPORT_ZERO)
		judge_zero(judging);
}

static void judge_unchanged(struct judging *judging)
{
	const struct report *report = judging->report;

	if (judging->history->count == 0) {
		judging_form(judging, FORM_UNCHANGED,
		             (struct finding){
				     .field = "kind",
				     .found = "本期无变化",
				     .allowed = "月报",
				     .text = judging_say(
					     judging, "此前没有已收妥的报表，无从比较。"),
			     });
		return;
	}
	for (size_t i = 0; i < report->figure_count; i++)
		judge_unchanged_figure(judging, &report->figures[i]);
	judge_left_out(judging);
}

static void judge_unchanged_figure(struct judging *judging, const struct figure *figure)
{
	const struct plan_indicator *indicator =
		plan_find_indicator(judging->section, figure->indicator);
	const struct figure *before;
	char was[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX];
	struct quantity value;
	int order;

	if (indicator == NULL || figure->value.unit == NULL)
		return; /* said already */
	before = figures_find(judging->history->reports[0].figures,
	                      judging->history->reports[0].figure_count, indicator);
	if (before == NULL && judge_withdrawn(judging, indicator))
		return;
	value = value_before(judging, indicator, before);
	if (quantity_compare(&figure->value, &value, &order) == 0 && order == 0 &&
	    (before != NULL || figure->value.digits == 0))
		return;
	quantity_print(&value, was);
	quantity_print(&figure->value, is);
	judging_form(judging, FORM_UNCHANGED,
	             (struct finding){
			     .field = judging_path(judging, figure->indicator),
			     .found = is,
			     .allowed = before != NULL ? was : "不填",
			     .text = judging_say(judging, "%s＝%s，上期%s%s。",
	                                         judging_quote(judging, indicator->name),
	                                         is, before != NULL ? "为" : "没有填报",
	                                         before != NULL ? was : ""),
		     });
}

/* The same amount that was found to be untrue asks for a word on why it is true now. */
static void judge_repeated(struct judging *judging)
{
	const struct report *report = judging->report;

	for (size_t i = 0; i < report->figure_count && judging->history->count > 0; i++) {
		const struct figure *figure = &report->figures[i];
		const struct plan_indicator *indicator =
			plan_find_indicator(judging->section, figure->indicator);
		const struct figure *untrue = withdrawn_before(judging, indicator);
		char is[QUANTITY_TEXT_MAX], period[PERIOD_TEXT_MAX];
		int order;

		if (untrue == NULL || figure->value.unit == NULL ||
		    quantity_compare(&figure->value, &untrue->value, &order) < 0 ||
		    order != 0)
			continue;
		quantity_print(&figure->value, is);
		period_print_zh(&judging->history->reports[0].period, period);
		judging_form(judging, FORM_WITHDRAWN,
		             (struct finding){
				     .field = judging_path(judging, figure->indicator),
				     .found = is,
				     .allowed = "核实后的数，或填写说明",
				     .answered = !text_is_blank(figure->reason),
				     .text = judging_say(
					     judging,
					     "%s＝%s，与%s填报、经复核不实的数相同。",
					     judging_quote(judging, indicator->name), is,
					     period),
			     });
	}
}

/* What the last report gave and does not stand. */
static const struct figure *withdrawn_before(const struct judging *judging,
                                             const struct plan_indicator *indicator)
{
	if (indicator == NULL)
		return NULL;
	return figures_find(judging->history->reports[0].withdrawn,
	                    judging->history->reports[0].withdrawn_count, indicator);
}

/* Where the last figure did not stand, nobody can say that nothing changed. */
static bool judge_withdrawn(struct judging *judging,
                            const struct plan_indicator *indicator)
{
	const struct figure *figure = withdrawn_before(judging, indicator);
	char was[QUANTITY_TEXT_MAX];

	if (figure == NULL)
		return false;
	quantity_print(&figure->value, was);
	judging_form(judging, FORM_UNCHANGED,
	             (struct finding){
			     .field = judging_path(judging, indicator->id),
			     .found = was,
			     .allowed = "按月报填报核实后的数",
			     .text = judging_say(judging, "%s上期填报的%s经复核不实。",
	                                         judging_quote(judging, indicator->name),
	                                         was),
		     });
	return true;
}

/* A yearly series begins again from nothing: in January, no change is 0. */
static struct quantity value_before(const struct judging *judging,
                                    const struct plan_indicator *indicator,
                                    const struct figure *before)
{
	bool restarted = indicator->yearly && judging->has_period &&
	                 judging->history->reports[0].period.year != judging->period.year;

	if (before == NULL || restarted)
		return (struct quantity){.unit = indicator->unit};
	return before->value;
}

/* What the last report gave must be given again: silence is not "no change". */
static void judge_left_out(struct judging *judging)
{
	const struct figure *figures = judging->history->reports[0].figures;

	for (size_t i = 0; i < judging->history->reports[0].figure_count; i++) {
		const struct plan_indicator *indicator =
			plan_find_indicator(judging->section, figures[i].indicator);
		char was[QUANTITY_TEXT_MAX];

		if (indicator == NULL || /* the plan no longer asks for it */
		    figures_find(judging->report->figures, judging->report->figure_count,
		                 indicator) != NULL)
			continue;
		quantity_print(&figures[i].value, was);
		judging_form(judging, FORM_UNCHANGED,
		             (struct finding){
				     .field = judging_path(judging, figures[i].indicator),
				     .found = "未填报",
				     .allowed = was,
				     .text = judging_say(judging, "%s未填报，上期为%s。",
		                                         judging_quote(judging,
		                                                       indicator->name),
		                                         was),
			     });
	}
}

/* Nothing was done yet: what counts up is 0. Levels (how much is planned, how many there
 * are) may be anything. */
static void judge_zero(struct judging *judging)
{
	const struct report *report = judging->report;

	for (size_t i = 0; i < report->figure_count; i++) {
		const struct figure *figure = &report->figures[i];
		const struct plan_indicator *indicator =
			plan_find_indicator(judging->section, figure->indicator);
		char is[QUANTITY_TEXT_MAX];

		if (figure->value.digits == 0 || figure->value.unit == NULL ||
		    indicator == NULL || indicator->kind == INDICATOR_LEVEL ||
		    indicator->kind == INDICATOR_FALLING)
			continue;
		quantity_print(&figure->value, is);
		judging_form(judging, FORM_ZERO,
		             (struct finding){
				     .field = judging_path(judging, figure->indicator),
				     .found = is,
				     .allowed = "0",
				     .text = judging_say(
					     judging, "%s＝%s。",
					     judging_quote(judging, indicator->name), is),
			     });
	}
}
