/*
 * The figures of projects: each by itself, then their sum against the unit's figure.
 *
 *	rows --> in the register? same measure? --> not below what it was
 *	sum of an indicator = rows + what finished projects last reported --> unit's
 *figure
 *
 * Nobody must report by project. Who does so for an indicator gives the unit's whole:
 *when every project under way has a row, another sum is a contradiction and refused. When
 *some have none, what is missing may be theirs: the reporter says why. More than the
 *unit's figure can never be.
 *
 * Projects that are finished or closed need no row any more: what they last reported
 *counts on. What has not begun or was cancelled counts only when it has a row.
 */
#include "model/judging.h"

#include <string.h>

#include "base/err.h"

#define NAMES_SHOWN 3 /* of projects without a row */

/* An indicator while its projects are added up. */
struct adding {
	struct judging *judging;
	const struct plan_indicator *indicator;
	struct quantity sum;
	size_t rows, missing; /* missing: under way, without a row */
	const char *names;    /* of the first that are missing */
	bool inexact;
};

static void judge_row(struct judging *judging, const struct project_figure *row);
static bool is_same_measure(const struct plan_indicator *indicator,
                            const struct quantity *value);
static void judge_fall(struct judging *judging, const struct plan_indicator *indicator,
                       const struct project_figure *row);
static void judge_promise(struct judging *judging, const struct plan_indicator *indicator,
                          const struct project_figure *row);
static const struct project_last *find_last(const struct judging *judging,
                                            const struct plan_indicator *indicator,
                                            const char *project);
static void judge_sum(struct judging *judging, const struct plan_indicator *indicator);
static void add_rows(struct adding *adding);
static void add_project(struct adding *adding, const struct project *project);
static void add(struct adding *adding, const struct quantity *value);
static bool counts_for(const struct judging *judging,
                       const struct plan_indicator *indicator,
                       const struct project *project);
static void compare(struct adding *adding);
static void tell(struct adding *adding, enum form form, const struct figure *whole);
static const struct project *find_project(const struct judging *judging, const char *id);
static const char *row_path(struct judging *judging, const struct project_figure *row);

void judge_projects(struct judging *judging)
{
	const struct report *report = judging->report;
	const struct plan_section *section = judging->section;

	if (section == NULL || report->project_figure_count == 0)
		return;
	for (size_t i = 0; i < report->project_figure_count; i++)
		judge_row(judging, &report->project_figures[i]);
	for (size_t i = 0; i < section->indicator_count; i++)
		if (section->indicators[i].kind != INDICATOR_SHARE)
			judge_sum(judging, &section->indicators[i]);
}

static void judge_row(struct judging *judging, const struct project_figure *row)
{
	const struct plan_indicator *indicator =
		plan_find_indicator(judging->section, row->indicator);
	struct finding draft = {.field = row_path(judging, row)};
	char found[QUANTITY_TEXT_MAX];

	if (judging->history->projects_known &&
	    find_project(judging, row->project) == NULL) {
		draft.found = row->project;
		draft.allowed = "项目清单中的编号";
		draft.text = judging_say(judging, "本单位在该板块没有编号为“%s”的项目。",
		                         row->project);
		judging_form(judging, FORM_PROJECT, draft);
	}
	if (indicator == NULL || strcmp(indicator->id, row->indicator) != 0 ||
	    indicator->kind == INDICATOR_SHARE) {
		draft.found = row->indicator;
		draft.allowed = "该板块填报的指标";
		draft.text =
			judging_say(judging, "项目“%s”的指标“%s”不是该板块填报的指标。",
		                    row->project, row->indicator);
		judging_form(judging, FORM_PROJECT_UNIT, draft);
		return;
	}
	if (!is_same_measure(indicator, &row->value)) {
		if (row->value.unit != NULL)
			quantity_print(&row->value, found);
		draft.found = row->value.unit != NULL ? found : "单位不明";
		draft.allowed = judging_say(judging, "≥0，至多%u位小数（%s）",
		                            indicator->decimals, indicator->unit->name);
		draft.text =
			judging_say(judging, "项目“%s”的%s＝%s，应为%s。", row->project,
		                    judging_quote(judging, indicator->name), draft.found,
		                    draft.allowed);
		judging_form(judging, FORM_PROJECT_UNIT, draft);
		return;
	}
	judge_fall(judging, indicator, row);
	judge_promise(judging, indicator, row);
}

/* What the unit's own figure must be, too. */
static bool is_same_measure(const struct plan_indicator *indicator,
                            const struct quantity *value)
{
	struct quantity own;

	if (value->unit == NULL || quantity_check(value->digits, value->scale) < 0 ||
	    value->digits < 0 || !unit_comparable(value->unit, indicator->unit) ||
	    quantity_convert(value, indicator->unit, &own) < 0)
		return false;
	while (own.scale > indicator->decimals && own.digits % 10 == 0) {
		own.digits /= 10;
		own.scale--;
	}
	return own.scale <= indicator->decimals;
}

static void judge_fall(struct judging *judging, const struct plan_indicator *indicator,
                       const struct project_figure *row)
{
	const struct project_last *last = find_last(judging, indicator, row->project);
	char was[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX], period[PERIOD_TEXT_MAX];
	struct finding draft = {.field = row_path(judging, row),
	                        .answered = !text_is_blank(row->reason)};
	int order;

	if (last == NULL || indicator->kind == INDICATOR_LEVEL ||
	    indicator->kind == INDICATOR_FALLING ||
	    quantity_compare(&row->value, &last->figure.value, &order) < 0 || order >= 0)
		return;
	quantity_print(&last->figure.value, was);
	quantity_print(&row->value, is);
	period_print_zh(&last->period, period);
	draft.found = is;
	draft.allowed = judging_say(judging, "≥%s，或填写说明", was);
	draft.text =
		judging_say(judging, "项目“%s”的%s由%s的%s降为%s。", row->project,
	                    judging_quote(judging, indicator->name), period, was, is);
	judging_form(judging, FORM_PROJECT_FALL, draft);
}

/* "本期无变化" and "零报告" hold for projects as well. */
static void judge_promise(struct judging *judging, const struct plan_indicator *indicator,
                          const struct project_figure *row)
{
	const struct project_last *last = find_last(judging, indicator, row->project);
	enum report_kind kind = judging->report->kind;
	struct quantity promised = {.unit = indicator->unit};
	char was[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX];
	int order;

	if (kind == REPORT_ORDINARY ||
	    (kind == REPORT_ZERO && (indicator->kind == INDICATOR_LEVEL ||
	                             indicator->kind == INDICATOR_FALLING)))
		return;
	if (kind == REPORT_NO_CHANGE && last != NULL)
		promised = last->figure.value;
	if (quantity_compare(&row->value, &promised, &order) == 0 && order == 0)
		return;
	quantity_print(&promised, was);
	quantity_print(&row->value, is);
	judging_form(
		judging, kind == REPORT_ZERO ? FORM_ZERO : FORM_UNCHANGED,
		(struct finding){
			.field = row_path(judging, row),
			.found = is,
			.allowed = was,
			.text = judging_say(judging, "项目“%s”的%s＝%s。", row->project,
	                                    judging_quote(judging, indicator->name), is),
		});
}

/* A yearly series begins again from nothing each January. */
static const struct project_last *find_last(const struct judging *judging,
                                            const struct plan_indicator *indicator,
                                            const char *project)
{
	const struct history *history = judging->history;
	const struct project_figure sought = {.project = project,
	                                      .indicator = indicator->id};
	size_t low = 0, high = history->last_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct project_last *last = &history->lasts[middle];
		int order = project_figure_order(&last->figure, &sought);

		if (order < 0) {
			low = middle + 1;
		} else if (order > 0) {
			high = middle;
		} else {
			bool restarted = indicator->yearly && judging->has_period &&
			                 last->period.year != judging->period.year;

			return restarted ? NULL : last;
		}
	}
	return NULL;
}

static void judge_sum(struct judging *judging, const struct plan_indicator *indicator)
{
	struct adding adding = {
		.judging = judging,
		.indicator = indicator,
		.sum = {.unit = indicator->unit},
		.names = "",
	};
	const struct history *history = judging->history;

	add_rows(&adding);
	if (adding.rows == 0)
		return;
	for (size_t i = 0; i < history->project_count; i++)
		add_project(&adding, &history->projects[i]);
	compare(&adding);
}

static void add_rows(struct adding *adding)
{
	const struct report *report = adding->judging->report;

	for (size_t i = 0; i < report->project_figure_count; i++) {
		const struct project_figure *row = &report->project_figures[i];

		if (strcmp(row->indicator, adding->indicator->id) != 0)
			continue;
		adding->rows++;
		if (is_same_measure(adding->indicator, &row->value))
			add(adding, &row->value);
		else
			adding->inexact = true; /* said already */
	}
}

static void add_project(struct adding *adding, const struct project *project)
{
	struct judging *judging = adding->judging;
	const struct project_last *last;

	if (report_project_figure(judging->report, project->id, adding->indicator->id) !=
	    NULL)
		return;
	if (project->state == PROJECT_UNDERWAY &&
	    counts_for(judging, adding->indicator, project)) {
		if (adding->missing++ < NAMES_SHOWN)
			adding->names = judging_say(judging, "%s%s%s", adding->names,
			                            adding->names[0] != '\0' ? "、" : "",
			                            project->name);
	}
	if (project->state != PROJECT_FINISHED && project->state != PROJECT_CLOSED)
		return;
	last = find_last(judging, adding->indicator, project->id);
	if (last != NULL)
		add(adding, &last->figure.value);
}

static void add(struct adding *adding, const struct quantity *value)
{
	if (quantity_add(&adding->sum, value, &adding->sum) < 0)
		adding->inexact = true;
}

/* Is a figure of this indicator to be expected of it? By the targets that the indicator
 * measures; when it measures none, of every project of the section. */
static bool counts_for(const struct judging *judging,
                       const struct plan_indicator *indicator,
                       const struct project *project)
{
	const struct plan_section *section = judging->section;
	bool measures = false;

	for (size_t i = 0; i < section->target_count; i++) {
		if (section->targets[i].indicator != indicator)
			continue;
		if (project_has_target(project, section->targets[i].id))
			return true;
		measures = true;
	}
	return !measures;
}

static void compare(struct adding *adding)
{
	const struct figure *whole = judging_figure(adding->judging, adding->indicator);
	int order;

	if (adding->inexact)
		return;
	if (whole == NULL) {
		tell(adding, FORM_PROJECT_SUM, NULL);
		return;
	}
	if (quantity_compare(&adding->sum, &whole->value, &order) < 0 || order == 0)
		return;
	if (order > 0 ||
	    (adding->missing == 0 && adding->judging->history->projects_known))
		tell(adding, FORM_PROJECT_SUM, whole);
	else if (adding->missing > 0)
		tell(adding, FORM_PROJECT_PART, whole);
}

static void tell(struct adding *adding, enum form form, const struct figure *whole)
{
	struct judging *judging = adding->judging;
	char sum[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX] = "未填报";
	const char *name = judging_quote(judging, adding->indicator->name);
	struct finding draft = {
		.field = judging_path(judging, adding->indicator->id),
		.answered = form == FORM_PROJECT_PART && !text_is_blank(whole->reason),
	};

	quantity_print(&adding->sum, sum);
	if (whole != NULL)
		quantity_print(&whole->value, is);
	draft.found = is;
	draft.allowed = judging_say(judging, "%s%s", sum,
	                            form == FORM_PROJECT_PART ? "，或填写说明" : "");
	draft.text = judging_say(judging, "%s%s%s，各项目合计%s。", name,
	                         whole != NULL ? "＝" : "", is, sum);
	if (adding->missing > 0)
		draft.text = judging_say(judging, "%s%zu个在建项目没有填这项指标：%s%s。",
		                         draft.text, adding->missing, adding->names,
		                         adding->missing > NAMES_SHOWN ? "等" : "");
	judging_form(judging, form, draft);
}

static const struct project *find_project(const struct judging *judging, const char *id)
{
	size_t low = 0, high = judging->history->project_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct project *project = &judging->history->projects[middle];
		int order = strcmp(project->id, id);

		if (order == 0)
			return project;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const char *row_path(struct judging *judging, const struct project_figure *row)
{
	return judging_say(judging, "project_figures[%s/%s].value", row->project,
	                   row->indicator);
}
