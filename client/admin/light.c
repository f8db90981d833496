/*
 * duban light explain UNIT TARGET:
 *
 *	the sentence
 *	what it was judged by: task, done, curve, thresholds, the light before
 *	the clause, its wording, and how its hedging words are read
 *	the report and who signed it
 *	the other lights of this target
 */
#include "client/admin/light.h"

#include <duban/v1/board.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

static struct {
	char *plan, *section, *period;
} options;

/* clang-format off */
const struct poptOption light_options[] = {
	{"period", 'p', POPT_ARG_STRING, &options.period, 0, N_("哪一期，如 2022-09；不写是最近一次亮灯"), N_("报告期")},
	{"section", 0, POPT_ARG_STRING, &options.section, 0, N_("目标所在板块，几个板块有同名目标时写明"), N_("板块")},
	{"plan", 0, POPT_ARG_STRING, &options.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")},
	POPT_TABLEEND};
/* clang-format on */

static void print_light(struct admin *admin,
                        const Duban__V1__ExplainLightResponse *light);
static void print_inputs(struct admin *admin, const Duban__V1__LightRecord *record);
static void print_counted(struct admin *admin, const Duban__V1__LightRecord *record);
static void print_clause(const Duban__V1__ExplainLightResponse *light);
static void print_reading(const Duban__V1__LightReading *reading);
static void print_report(struct admin *admin,
                         const Duban__V1__ExplainLightResponse *light);
static int print_earlier(struct admin *admin,
                         const Duban__V1__ExplainLightResponse *light);
static int print_json(struct admin *admin, const Duban__V1__ExplainLightResponse *light);
static json_t *record_json(struct admin *admin, const Duban__V1__LightRecord *record);
static json_t *counted_json(struct admin *admin, const Duban__V1__LightRecord *record);
static json_t *readings_json(const Duban__V1__ExplainLightResponse *light);
static json_t *report_json(struct admin *admin, const Duban__V1__LightReport *report);
static json_t *earlier_json(struct admin *admin,
                            const Duban__V1__ExplainLightResponse *light);

int light_explain(struct admin *admin, const char *const *args)
{
	Duban__V1__ExplainLightRequest request = DUBAN__V1__EXPLAIN_LIGHT_REQUEST__INIT;
	const Duban__V1__ExplainLightResponse *light;
	ProtobufCMessage *message;
	int code;

	request.unit = arena_strdup(&admin->arena, args[0]);
	request.target = arena_strdup(&admin->arena, args[1]);
	if (request.unit == NULL || request.target == NULL)
		return admin_error(_("内存不足，无法输出"));
	request.plan = options.plan != NULL ? options.plan : request.plan;
	request.section = options.section != NULL ? options.section : request.section;
	request.period = options.period != NULL ? options.period : request.period;
	code = admin_call(admin, "Board/ExplainLight", &request.base,
	                  &duban__v1__explain_light_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	light = (const Duban__V1__ExplainLightResponse *)message;
	if (light->record == NULL)
		return admin_error(_("中心端给出的亮灯记录无法读取"));
	if (admin->json)
		return print_json(admin, light);
	print_light(admin, light);
	print_inputs(admin, light->record);
	print_clause(light);
	print_report(admin, light);
	return print_earlier(admin, light);
}

static void print_light(struct admin *admin, const Duban__V1__ExplainLightResponse *light)
{
	const Duban__V1__LightRecord *record = light->record;

	printf(_("%s（%s）  %s %s  %s\n"), light->unit_name, record->unit,
	       record->section, light->target_name, record->period);
	printf(_("%s：%s%s\n\n"), text_light(admin, record->light), record->sentence,
	       record->sample ? _("【示例数据】") : "");
}

static void print_inputs(struct admin *admin, const Duban__V1__LightRecord *record)
{
	printf(_("任务 %s，期限 %s；累计完成 %s（指标 %s，数据截至 %s）\n"),
	       text_quantity(admin, record->task),
	       record->deadline[0] != '\0' ? record->deadline : _("未定"),
	       record->done != NULL ? text_quantity(admin, record->done) : _("未报"),
	       record->indicator, record->day);
	if (record->adjusted[0] != '\0')
		printf(_("任务调整：%s\n"), record->adjusted);
	if (record->opening[0] != '\0')
		printf(_("说明：%s\n"), record->opening);
	printf(_("完成率 %s%%，序时进度 %s%%，相差 %s 个百分点\n"),
	       record->done_percent[0] != '\0' ? record->done_percent : "—",
	       record->expected_percent[0] != '\0' ? record->expected_percent : "—",
	       record->gap[0] != '\0' ? record->gap : "—");
	printf(_("标准：低于序时进度超过 %s 个百分点为黄灯，超过 %s "
	         "个百分点或者逾期为红灯"
	         "%s\n"),
	       record->yellow, record->red,
	       record->memory ? _("；红灯赶上的当期为黄灯") : "");
	print_counted(admin, record);
	if (record->before_period[0] != '\0')
		printf(_("此前的灯：%s %s；单看本期：%s\n"), record->before_period,
		       text_light(admin, record->before),
		       text_light(admin, record->judged));
}

/* What the bureau found about the figure, and what therefore counts. */
static void print_counted(struct admin *admin, const Duban__V1__LightRecord *record)
{
	const Duban__V1__FigureCheck *check = record->check;

	if (record->reported != NULL)
		printf(_("填报 %s，%s，计 %s\n"), text_quantity(admin, record->reported),
		       record->wait != 0
		               ? text_wait(admin, record->wait)
		               : text_standing(admin,
		                               (Duban__V1__Standing)record->standing),
		       record->done != NULL ? text_quantity(admin, record->done)
		                            : _("无"));
	if (check == NULL)
		return;
	if (check->by[0] != '\0')
		printf(_("%s：%s，%s：%s\n"),
		       text_standing(admin, (Duban__V1__Standing)record->standing),
		       check->by, text_instant(admin, check->at), check->remark);
	if (check->earlier_period[0] != '\0')
		printf(_("按 %s 报告期的数计\n"), check->earlier_period);
	if (check->document[0] != '\0')
		printf(_("验收：%s，%s，%s\n"), check->document, check->accepted_on,
		       check->accepted_by);
}

static void print_clause(const Duban__V1__ExplainLightResponse *light)
{
	const Duban__V1__LightRecord *record = light->record;

	printf(_("\n依据：%s\n%s\n"), record->clause, light->clause_wording);
	if (light->current_version != record->plan_version)
		printf(_("（原文和措辞理解取自现行第 %u 版，判定时为第 %u 版）\n"),
		       light->current_version, record->plan_version);
	for (size_t i = 0; i < light->n_readings; i++)
		print_reading(light->readings[i]);
}

static void print_reading(const Duban__V1__LightReading *reading)
{
	if (reading->chosen[0] == '\0')
		printf(_("“%s”：怎样理解尚未选定\n"), reading->word);
	else
		printf(_("“%s”：%s——%s（%s，%s，%s）\n"), reading->word,
		       strcmp(reading->chosen, "strict") == 0 ? _("从严") : _("从宽"),
		       reading->meaning, reading->by, reading->on, reading->why);
}

static void print_report(struct admin *admin,
                         const Duban__V1__ExplainLightResponse *light)
{
	const Duban__V1__LightReport *report = light->report;

	if (report != NULL)
		printf(_("\n所据月报：%s，%s 收到，%s\n负责人：%s    签名：%s\n"
		         "内容摘要（SHA-256）：%s\n"),
		       report->number, text_instant(admin, report->received_at),
		       text_standing(admin, (Duban__V1__Standing)light->record->standing),
		       report->approved_by, report->signer,
		       text_bytes(admin, &report->content_hash));
	else
		printf("\n%s\n", _("所据月报：到封表时没有收到"));
	printf(_("判定：%s，按方案第 %u 版、日历 %s\n\n"),
	       text_instant(admin, light->decided_at), light->record->plan_version,
	       light->record->calendar);
}

static int print_earlier(struct admin *admin,
                         const Duban__V1__ExplainLightResponse *light)
{
	static const struct table_column columns[] = {
		{"period", N_("报告期"), TABLE_LEFT},
		{"light", N_("亮灯"), TABLE_LEFT},
		{"number", N_("所据月报"), TABLE_LEFT},
		{"plan_version", N_("方案版本"), TABLE_COUNT},
		{"decided_at", N_("判定时间"), TABLE_LEFT},
	};
	struct table *table;

	if (light->n_earlier == 0)
		return ADMIN_OK;
	printf("%s\n", _("该目标的其他各次亮灯"));
	table = table_create(admin, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < light->n_earlier; i++) {
		const Duban__V1__LightEarlier *row = light->earlier[i];

		table_row(table, row->period, text_light(admin, row->light), row->number,
		          text_number(admin, row->plan_version),
		          text_instant(admin, row->decided_at));
	}
	return table_print(table);
}

static int print_json(struct admin *admin, const Duban__V1__ExplainLightResponse *light)
{
	return output_json(json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:i, s:o, s:o}",
	                             "record", record_json(admin, light->record),
	                             "decided_at", text_instant(admin, light->decided_at),
	                             "unit_name", light->unit_name, "target_name",
	                             light->target_name, "clause_wording",
	                             light->clause_wording, "readings",
	                             readings_json(light), "rule", light->rule,
	                             "current_version", (int)light->current_version,
	                             "report", report_json(admin, light->report),
	                             "earlier", earlier_json(admin, light)));
}

static json_t *record_json(struct admin *admin, const Duban__V1__LightRecord *record)
{
	json_t *object =
		json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	                  "plan", record->plan, "plan_version", (int)record->plan_version,
	                  "calendar", record->calendar, "unit", record->unit, "section",
	                  record->section, "target", record->target, "period",
	                  record->period, "day", record->day, "number", record->number,
	                  "indicator", record->indicator, "deadline", record->deadline,
	                  "curve", record->curve);
	json_t *outcome =
		json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:b, "
	                  "s:s, s:s, s:s}",
	                  "done_percent", record->done_percent, "expected_percent",
	                  record->expected_percent, "gap", record->gap, "overdue",
	                  (int)record->overdue, "yellow", record->yellow, "red",
	                  record->red, "memory", (int)record->memory, "before_period",
	                  record->before_period, "judged",
	                  text_light(admin, record->judged), "light",
	                  text_light(admin, record->light), "clause", record->clause,
	                  "sample", (int)record->sample, "sentence", record->sentence,
	                  "adjusted", record->adjusted, "opening", record->opening);

	if (object != NULL && outcome != NULL)
		(void)json_object_update(object, outcome);
	json_decref(outcome);
	(void)json_object_set_new(object, "task",
	                          json_string(record->task != NULL
	                                              ? text_quantity(admin, record->task)
	                                              : ""));
	(void)json_object_set_new(
		object, "done",
		record->done != NULL ? json_string(text_quantity(admin, record->done))
				     : json_null());
	(void)json_object_update_new(object, counted_json(admin, record));
	return object;
}

static json_t *counted_json(struct admin *admin, const Duban__V1__LightRecord *record)
{
	const Duban__V1__FigureCheck *check = record->check;
	json_t *found = json_null();

	if (check != NULL)
		found = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "by", check->by,
		                  "at", text_instant(admin, check->at), "remark",
		                  check->remark, "earlier_period", check->earlier_period,
		                  "accepted_on", check->accepted_on, "document",
		                  check->document, "accepted_by", check->accepted_by);
	return json_pack("{s:s, s:s, s:o, s:o}", "standing",
	                 text_standing(admin, (Duban__V1__Standing)record->standing),
	                 "wait", text_wait(admin, record->wait), "reported",
	                 record->reported != NULL
	                         ? json_string(text_quantity(admin, record->reported))
	                         : json_null(),
	                 "check", found);
}

static json_t *readings_json(const Duban__V1__ExplainLightResponse *light)
{
	json_t *readings = json_array();

	for (size_t i = 0; i < light->n_readings; i++) {
		const Duban__V1__LightReading *one = light->readings[i];

		(void)json_array_append_new(
			readings,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "word", one->word,
		                  "chosen", one->chosen, "meaning", one->meaning, "by",
		                  one->by, "on", one->on, "why", one->why));
	}
	return readings;
}

static json_t *report_json(struct admin *admin, const Duban__V1__LightReport *report)
{
	if (report == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "number", report->number,
	                 "received_at", text_instant(admin, report->received_at),
	                 "signer", report->signer, "approved_by", report->approved_by,
	                 "content_hash", text_bytes(admin, &report->content_hash));
}

static json_t *earlier_json(struct admin *admin,
                            const Duban__V1__ExplainLightResponse *light)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < light->n_earlier; i++) {
		const Duban__V1__LightEarlier *row = light->earlier[i];

		(void)json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:s, s:i, s:s}", "period", row->period,
		                  "light", text_light(admin, row->light), "number",
		                  row->number, "plan_version", (int)row->plan_version,
		                  "decided_at", text_instant(admin, row->decided_at)));
	}
	return rows;
}
