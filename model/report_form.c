/*
 * Rules of form: what makes a report unreadable or out of bounds under any plan.
 *
 *	D-01  larger than REPORT_BYTES_MAX         D-09  a control character
 *	D-02  not a Report message                 D-10  a text that is too long
 *	D-03  not UTF-8, or with NUL               D-11  a time outside 1970..9999
 *	D-04  unknown field or enum value          D-12  too many figures
 *	D-05  not in canonical form                D-13  figures not ascending, each once
 *	D-06  report id not of 16 bytes            D-14  a figure without a value
 *	D-07  a name that must be there is empty   D-15  digits or scale out of range
 *	D-08  an id of other characters            D-16  unknown unit
 *
 * D-01 to D-06 and D-13 are faults of the sending program and say so; the others can be
 * a person's, and say what to write instead.
 */
#include "model/report_form.h"

#include <inttypes.h>
#include <string.h>

#include "duban/v1/report.pb-c.h"

#include "base/err.h"
#include "base/utf8.h"
#include "model/form.h"
#include "model/plan.h"
#include "model/report.h"
#include "model/wire.h"

#define VERSION_MAX INT32_MAX /* what the database holds */

static void check_change(struct findings *findings, const Duban__V1__Report *message);
static void check_ids(struct findings *findings, const Duban__V1__Report *message);
static void check_figures(struct findings *findings, const Duban__V1__Report *message);
static void check_figure(struct findings *findings, const char *name,
                         const Duban__V1__Figure *figure);
static void check_project_figures(struct findings *findings,
                                  const Duban__V1__Report *message);
static void check_value(struct findings *findings, const char *field,
                        const Duban__V1__Quantity *value);
static void check_texts(struct findings *findings, const Duban__V1__Texts *texts);

bool report_form_check(struct findings *findings, const Duban__V1__Report *message)
{
	size_t before = findings->refusals;

	if (message->report_id.len != REPORT_ID_SIZE)
		form_refuse(findings, "D-06", "report_id",
		            form_say(findings, "%zu字节", message->report_id.len),
		            form_say(findings, "%d字节", REPORT_ID_SIZE),
		            "报告标识长度不对。" FORM_ASK_SUPPORT);
	check_ids(findings, message);
	check_figures(findings, message);
	check_project_figures(findings, message);
	if (message->texts != NULL)
		check_texts(findings, message->texts);
	form_person(findings, "filled_by", message->filled_by);
	form_person(findings, "reviewed_by", message->reviewed_by);
	form_person(findings, "approved_by", message->approved_by);
	check_change(findings, message);
	form_time(findings, "made_at", message->made_at);
	form_time(findings, "wall_made_at", message->wall_made_at);
	return findings->refusals == before;
}

/* Whether a reason must be given is for judging to say. */
static void check_change(struct findings *findings, const Duban__V1__Report *message)
{
	struct form_text reason = {.max = REPORT_REASON_MAX, .lines = true};

	if (message->supersedes[0] != '\0')
		form_id(findings, "supersedes", message->supersedes);
	form_text(findings, "change_reason", message->change_reason, reason);
}

static void check_ids(struct findings *findings, const Duban__V1__Report *message)
{
	form_id(findings, "plan", message->plan);
	form_id(findings, "unit", message->unit);
	form_id(findings, "section", message->section);
	form_id(findings, "period", message->period);
	if (message->plan_version > VERSION_MAX)
		form_refuse(findings, "D-08", "plan_version",
		            form_say(findings, "%" PRIu32, message->plan_version),
		            form_say(findings, "≤%d", VERSION_MAX),
		            "方案版本号超出范围。" FORM_ASK_SUPPORT);
}

static void check_figures(struct findings *findings, const Duban__V1__Report *message)
{
	const char *before = NULL;

	if (message->n_figures > REPORT_FIGURES_MAX) {
		form_refuse(findings, "D-12", "figures",
		            form_say(findings, "%zu项", message->n_figures),
		            form_say(findings, "≤%d项", REPORT_FIGURES_MAX),
		            "指标数据过多，请只报送本板块的指标。");
		return;
	}
	for (size_t i = 0; i < message->n_figures; i++) {
		const Duban__V1__Figure *figure = message->figures[i];
		const char *name =
			form_is_id(figure->indicator)
				? form_say(findings, "figures[%s]", figure->indicator)
				: form_say(findings, "figures[%zu]", i);

		if (before != NULL && strcmp(before, figure->indicator) >= 0)
			form_refuse(findings, "D-13", name, figure->indicator,
			            "按指标编号升序，每项一次",
			            "指标重复，或没有按编号排序。" FORM_ASK_SUPPORT);
		before = figure->indicator;
		check_figure(findings, name, figure);
	}
}

static void check_figure(struct findings *findings, const char *name,
                         const Duban__V1__Figure *figure)
{
	struct form_text reason = {.max = REPORT_REASON_MAX, .lines = true};

	form_id(findings, form_say(findings, "%s.indicator", name), figure->indicator);
	if (figure->value == NULL)
		form_refuse(findings, "D-14", form_say(findings, "%s.value", name), "空",
		            "必填", "指标没有填数值，请补填。");
	else
		check_value(findings, name, figure->value);
	form_text(findings, form_say(findings, "%s.reason", name), figure->reason,
	          reason);
}

/* As figures, each of a project. */
static void check_project_figures(struct findings *findings,
                                  const Duban__V1__Report *message)
{
	struct project_figure before = {.project = NULL};

	if (message->n_project_figures > REPORT_PROJECTS_MAX) {
		form_refuse(findings, "D-12", "project_figures",
		            form_say(findings, "%zu项", message->n_project_figures),
		            form_say(findings, "≤%d项", REPORT_PROJECTS_MAX),
		            "项目数据过多，请只报送本板块在建项目的主要指标。");
		return;
	}
	for (size_t i = 0; i < message->n_project_figures; i++) {
		const Duban__V1__ProjectFigure *row = message->project_figures[i];
		const struct project_figure figure = {.project = row->project,
		                                      .indicator = row->indicator};
		const char *name =
			form_is_id(row->project) && form_is_id(row->indicator)
				? form_say(findings, "project_figures[%s/%s]",
		                           row->project, row->indicator)
				: form_say(findings, "project_figures[%zu]", i);
		Duban__V1__Figure value = DUBAN__V1__FIGURE__INIT;

		if (before.project != NULL && project_figure_order(&before, &figure) >= 0)
			form_refuse(findings, "D-13", name, row->indicator,
			            "按项目编号、指标编号升序，每项一次",
			            "项目数据重复，或没有按编号排序。" FORM_ASK_SUPPORT);
		before = figure;
		form_id(findings, form_say(findings, "%s.project", name), row->project);
		value.indicator = row->indicator;
		value.value = row->value;
		value.reason = row->reason;
		check_figure(findings, name, &value);
	}
}

static void check_value(struct findings *findings, const char *name,
                        const Duban__V1__Quantity *value)
{
	struct quantity quantity;
	int r = wire_quantity_read(value, &quantity);

	if (r == E_RANGE)
		form_refuse(findings, "D-15", form_say(findings, "%s.value", name),
		            form_say(findings, "%" PRId64 "（小数%" PRIu32 "位）",
		                     value->digits, value->scale),
		            form_say(findings, "最多%d位数字，其中小数最多%d位",
		                     QUANTITY_DIGITS_MAX, QUANTITY_SCALE_MAX),
		            "数值超出范围，请核对。");
	else if (r == E_NOT_FOUND)
		form_refuse(findings, "D-16", form_say(findings, "%s.value.unit", name),
		            form_say(findings, "%.*s",
		                     (int)utf8_cut(bytes_of_str(value->unit),
		                                   FORM_FOUND_MAX),
		                     value->unit),
		            "方案规定的计量单位",
		            "计量单位无法识别，请使用方案规定的计量单位。");
}

static void check_texts(struct findings *findings, const Duban__V1__Texts *texts)
{
	struct form_text rule = {.max = REPORT_TEXT_MAX, .lines = true};

	form_text(findings, "texts.progress", texts->progress, rule);
	form_text(findings, "texts.problems", texts->problems, rule);
	form_text(findings, "texts.next_steps", texts->next_steps, rule);
	form_text(findings, "texts.city_to_settle", texts->city_to_settle, rule);
}
