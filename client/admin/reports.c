/*
 * duban reports: what was received, and one report whole (report_open.c verifies it).
 */
#include "client/admin/reports.h"

#include <duban/v1/reports.pb-c.h>
#include <jansson.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/pages.h"
#include "client/admin/plan.h"
#include "client/admin/report_open.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "client/timeliness.h"
#include "model/increase.h"

static struct {
	char *unit, *section, *period, *known_at;
	int all, superseded;
} filter;

/* clang-format off */
const struct poptOption reports_options[] = {
	{"unit", 'u', POPT_ARG_STRING, &filter.unit, 0, N_("只看一个单位，如 430111"), N_("代码")},
	{"section", 0, POPT_ARG_STRING, &filter.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"period", 'p', POPT_ARG_STRING, &filter.period, 0, N_("只看一个报告期，如 2022-09"), N_("报告期")},
	{"superseded", 0, POPT_ARG_NONE, &filter.superseded, 0, N_("连同已被更正的一起列出"), NULL},
	{"known-at", 0, POPT_ARG_STRING, &filter.known_at, 0, N_("按某一时点当时所知的列出，如 2022-10-08 或 \"2022-10-08 17:30\""), N_("时间")},
	{"all", 'a', POPT_ARG_NONE, &filter.all, 0, N_("列出全部，不止最近一页（500 条）"), NULL},
	POPT_TABLEEND};
/* clang-format on */

static int print_report(struct admin *admin, const struct opened_report *opened);
static const char *increase_text(struct admin *admin, const struct increase *increase,
                                 const struct plan_indicator *indicator);
static int print_json(struct admin *admin, const struct opened_report *opened);

static void add_rows(struct admin *admin, struct table *table,
                     const ProtobufCMessage *message)
{
	const Duban__V1__ListReportsResponse *answer =
		(const Duban__V1__ListReportsResponse *)message;

	for (size_t i = 0; i < answer->n_reports; i++) {
		const Duban__V1__ReportRow *row = answer->reports[i];

		table_row(table, row->number, row->unit, row->section, row->period,
		          text_instant(admin, row->received_at),
		          text_timeliness(admin, row->timeliness),
		          admin->json || row->late_waived_at == 0
		                  ? text_timeliness(admin, row->timeliness)
		                  : _("迟报（不计）"),
		          text_instant(admin, row->late_waived_at),
		          text_report_kind(admin, row->kind),
		          text_number(admin, row->revision),
		          text_number(admin, row->figures),
		          text_number(admin, row->notices), row->approved_by,
		          text_instant(admin, row->superseded_at));
	}
}

int reports_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"number", N_("回执编号"), TABLE_LEFT},
		{"unit", N_("单位"), TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"period", N_("报告期"), TABLE_LEFT},
		{"received_at", N_("收到时间"), TABLE_LEFT},
		{"timeliness", NULL, TABLE_LEFT},
		{NULL, N_("时效"), TABLE_LEFT},
		{"late_waived_at", NULL, TABLE_LEFT},
		{"kind", N_("类别"), TABLE_LEFT},
		{"revision", N_("第几次"), TABLE_COUNT},
		{"figures", N_("数据项数"), TABLE_COUNT},
		{"notices", N_("提示数"), TABLE_COUNT},
		{"approved_by", N_("负责人"), TABLE_LEFT},
		{"superseded_at", N_("被更正时间"), TABLE_LEFT},
	};
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	Duban__V1__ListReportsRequest request = DUBAN__V1__LIST_REPORTS_REQUEST__INIT;
	const struct pages pages = {
		.method = "Reports/ListReports",
		.request = &request.base,
		.page = &page,
		.answer_type = &duban__v1__list_reports_response__descriptor,
		.add = add_rows,
		.all = filter.all != 0,
	};

	(void)args;
	request.page = &page;
	request.unit = filter.unit != NULL ? filter.unit : request.unit;
	request.section = filter.section != NULL ? filter.section : request.section;
	request.period = filter.period != NULL ? filter.period : request.period;
	request.superseded = filter.superseded;
	if (text_known_at(filter.known_at, &request.known_at) != ADMIN_OK)
		return ADMIN_USAGE;
	return pages_print(admin, &pages,
	                   table_create(admin, columns, ARRAY_LEN(columns)));
}

int reports_show(struct admin *admin, const char *const *args)
{
	struct opened_report opened;
	int code = report_open(admin, args[0], &opened);

	if (code != ADMIN_OK)
		return code;
	return admin->json ? print_json(admin, &opened) : print_report(admin, &opened);
}

static const char *figure_text(struct admin *admin, const struct figure *figure)
{
	char text[QUANTITY_TEXT_MAX];

	quantity_print(&figure->value, text);
	return arena_strdup(&admin->arena, text);
}

static void print_person(const char *role, const struct person *person)
{
	printf(_("%s：%s  %s  %s\n"), role, person->name, person->post,
	       person->telephone);
}

static int print_figures(struct admin *admin, const struct report *report,
                         const struct plan_section *section,
                         const struct increase *increase)
{
	static const struct table_column columns[] = {
		{"indicator", N_("指标"), TABLE_LEFT},
		{"value", N_("数值"), TABLE_RIGHT},
		{"increase", N_("本期新增"), TABLE_RIGHT},
		{"reason", N_("说明"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < report->figure_count; i++) {
		const struct figure *figure = &report->figures[i];
		const struct plan_indicator *indicator =
			section == NULL ? NULL
					: plan_find_indicator(section, figure->indicator);

		table_row(table, indicator != NULL ? indicator->name : figure->indicator,
		          figure_text(admin, figure),
		          increase_text(admin, increase, indicator), figure->reason);
	}
	return table_print(table);
}

static int print_project_figures(struct admin *admin, const struct report *report,
                                 const struct plan_section *section)
{
	static const struct table_column columns[] = {
		{"project", N_("项目编号"), TABLE_LEFT},
		{"indicator", N_("指标"), TABLE_LEFT},
		{"value", N_("数值"), TABLE_RIGHT},
		{"reason", N_("说明"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < report->project_figure_count; i++) {
		const struct project_figure *figure = &report->project_figures[i];
		const struct plan_indicator *indicator =
			section != NULL ? plan_find_indicator(section, figure->indicator)
					: NULL;

		table_row(table, figure->project,
		          indicator != NULL ? indicator->name : figure->indicator,
		          text_value(admin, &figure->value), figure->reason);
	}
	printf("\n%s\n", _("其中各项目"));
	return table_print(table);
}

/* Computed; "" where nothing is known from which it rose. */
static const char *increase_text(struct admin *admin, const struct increase *increase,
                                 const struct plan_indicator *indicator)
{
	char text[QUANTITY_TEXT_MAX];
	struct quantity rise;

	if (increase->section == NULL || increase->unit == NULL || indicator == NULL ||
	    !increase_of(increase, indicator, &rise))
		return "";
	if (admin->json)
		quantity_print_number(&rise, text);
	else
		quantity_print(&rise, text);
	return arena_strdup(&admin->arena, text);
}

/* This report and the one of the period just before, if there is one. */
static int find_increase(struct admin *admin, const struct report *report,
                         struct increase *ret_increase)
{
	Duban__V1__ListReportsRequest request = DUBAN__V1__LIST_REPORTS_REQUEST__INIT;
	const Duban__V1__ListReportsResponse *found;
	struct increase increase = {.figures = report->figures,
	                            .figure_count = report->figure_count};
	char period[PERIOD_TEXT_MAX] = "";
	struct opened_report opened;
	ProtobufCMessage *message;
	struct period before;
	int code = plan_fetch(admin, report->plan, report->plan_version, &increase.plan);

	if (code != ADMIN_OK)
		return code;
	increase.section = plan_find_section(increase.plan, report->section);
	increase.unit = plan_find_unit(increase.plan, report->unit);
	*ret_increase = increase;
	if (period_parse(report->period, &ret_increase->period) < 0)
		return ADMIN_OK;
	before = period_before(&ret_increase->period);
	period_print(&before, period);
	request.unit = arena_strdup(&admin->arena, report->unit);
	request.section = arena_strdup(&admin->arena, report->section);
	request.period = period;
	if (request.unit == NULL || request.section == NULL)
		return admin_error(_("内存不足，无法输出"));
	code = admin_call(admin, "Reports/ListReports", &request.base,
	                  &duban__v1__list_reports_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	found = (const Duban__V1__ListReportsResponse *)message;
	if (found->n_reports == 0)
		return ADMIN_OK;
	code = report_open(admin, found->reports[0]->number, &opened);
	if (code != ADMIN_OK)
		return code;
	ret_increase->before = opened.report->figures;
	ret_increase->before_count = opened.report->figure_count;
	return ADMIN_OK;
}

static int print_report(struct admin *admin, const struct opened_report *opened)
{
	const struct report *report = opened->report;
	const struct plan_section *section;
	const struct plan_unit *unit;
	struct increase increase;
	int code = find_increase(admin, report, &increase);

	if (code != ADMIN_OK)
		return code;
	section = increase.section;
	unit = increase.unit;
	if (opened->receipt != NULL) {
		printf(_("回执 %s    收到 %s    时限 %s    %s\n"),
		       opened->receipt->number,
		       text_instant(admin, opened->receipt->received_at),
		       text_instant(admin, opened->receipt->due_at),
		       timeliness_word(opened->receipt->timeliness));
	}
	printf(_("方案 %s 第 %u 版    单位 %s    板块 %s    报告期 %s\n"), report->plan,
	       report->plan_version, unit != NULL ? unit->name : report->unit,
	       section != NULL ? section->name : report->section, report->period);
	printf(_("填报签名（%s）：%s    回执签名：%s\n\n"),
	       algorithm_name(opened->envelope.algorithm),
	       report_verdict(admin, opened->signature),
	       report_verdict(admin, opened->receipt_signature));
	code = print_figures(admin, report, section, &increase);
	if (code == ADMIN_OK && report->project_figure_count > 0)
		code = print_project_figures(admin, report, section);
	printf(_("\n工作进展：%s\n存在问题：%s\n下一步安排：%s\n需市级协调事项：%s\n\n"),
	       report->texts.progress, report->texts.problems, report->texts.next_steps,
	       report->texts.city_to_settle);
	print_person(_("填报人"), &report->filled_by);
	print_person(_("审核人"), &report->reviewed_by);
	print_person(_("负责人"), &report->approved_by);
	for (const struct finding *one =
	             opened->receipt != NULL ? opened->receipt->findings : NULL;
	     one != NULL; one = one->next)
		printf(_("审核提示 %s：%s\n"), one->rule, one->text);
	return code;
}

static json_t *person_json(const struct person *person)
{
	return json_pack("{s:s, s:s, s:s}", "name", person->name, "post", person->post,
	                 "telephone", person->telephone);
}

static json_t *figures_json(struct admin *admin, const struct report *report,
                            const struct increase *increase)
{
	json_t *figures = json_array();

	for (size_t i = 0; i < report->figure_count; i++) {
		const struct figure *figure = &report->figures[i];
		const struct plan_indicator *indicator =
			increase->section == NULL
				? NULL
				: plan_find_indicator(increase->section,
		                                      figure->indicator);
		char number[QUANTITY_TEXT_MAX];

		quantity_print_number(&figure->value, number);
		(void)json_array_append_new(
			figures, json_pack("{s:s, s:s, s:s, s:s, s:s}", "indicator",
		                           figure->indicator, "value", number, "unit",
		                           figure->value.unit->name, "increase",
		                           increase_text(admin, increase, indicator),
		                           "reason", figure->reason));
	}
	return figures;
}

static json_t *project_figures_json(const struct report *report)
{
	json_t *figures = json_array();

	for (size_t i = 0; i < report->project_figure_count; i++) {
		const struct project_figure *figure = &report->project_figures[i];
		char number[QUANTITY_TEXT_MAX];

		quantity_print_number(&figure->value, number);
		(void)json_array_append_new(
			figures,
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "project", figure->project,
		                  "indicator", figure->indicator, "value", number, "unit",
		                  figure->value.unit->name, "reason", figure->reason));
	}
	return figures;
}

/* What the receipt says; null when its signature does not verify. */
static json_t *receipt_json(struct admin *admin, const struct receipt_body *receipt)
{
	json_t *findings = json_array();

	if (receipt == NULL) {
		json_decref(findings);
		return json_null();
	}
	for (const struct finding *one = receipt->findings; one != NULL; one = one->next)
		(void)json_array_append_new(
			findings, json_pack("{s:s, s:s, s:s}", "rule", one->rule, "field",
		                            one->field, "text", one->text));
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "number", receipt->number,
	                 "received_at", text_instant(admin, receipt->received_at),
	                 "due_at", text_instant(admin, receipt->due_at), "timeliness",
	                 timeliness_key(receipt->timeliness), "findings", findings);
}

static int print_json(struct admin *admin, const struct opened_report *opened)
{
	const struct report *report = opened->report;
	struct increase increase;
	int code = find_increase(admin, report, &increase);

	if (code != ADMIN_OK)
		return code;
	return output_json(json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, "
		"s:s, s:o, s:o, s:o}",
		"plan", report->plan, "plan_version", (int)report->plan_version, "unit",
		report->unit, "section", report->section, "period", report->period,
		"algorithm", algorithm_name(opened->envelope.algorithm), "signature",
		report_verdict(admin, opened->signature), "receipt_signature",
		report_verdict(admin, opened->receipt_signature), "receipt",
		receipt_json(admin, opened->receipt), "figures",
		figures_json(admin, report, &increase), "project_figures",
		project_figures_json(report), "progress", report->texts.progress,
		"problems", report->texts.problems, "next_steps",
		report->texts.next_steps, "city_to_settle", report->texts.city_to_settle,
		"filled_by", person_json(&report->filled_by), "reviewed_by",
		person_json(&report->reviewed_by), "approved_by",
		person_json(&report->approved_by)));
}
