/* Asking a running centre: its districts, its state, its clock. */
#include "client/admin/centre.h"

#include <duban/v1/administration.pb-c.h>
#include <jansson.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/calendar.h"

static struct {
	char *to;
} step;

/* clang-format off */
const struct poptOption clock_options[] = {
	{"to", 0, POPT_ARG_STRING, &step.to, 0, N_("不超过这一时点，如 \"2022-10-08 17:30\""), N_("时点")},
	POPT_TABLEEND};
/* clang-format on */

int districts_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"unit", N_("代码"), TABLE_LEFT},
		{"name", N_("单位"), TABLE_LEFT},
		{"department", N_("填报部门"), TABLE_LEFT},
		{"tasks", N_("承担板块"), TABLE_RIGHT},
		{"last_report", N_("最近回执"), TABLE_LEFT},
		{"last_report_at", N_("收到时间"), TABLE_LEFT},
		{"watching", N_("在线"), TABLE_LEFT},
		{"open_alerts", N_("未了提醒"), TABLE_RIGHT},
	};
	Duban__V1__ListDistrictsRequest request = DUBAN__V1__LIST_DISTRICTS_REQUEST__INIT;
	const Duban__V1__ListDistrictsResponse *answer;
	ProtobufCMessage *message;
	struct table *table;
	int code = admin_call(admin, "Administration/ListDistricts", &request.base,
	                      &duban__v1__list_districts_response__descriptor, &message);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__ListDistrictsResponse *)message;
	table = table_create(admin, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < answer->n_districts; i++) {
		const Duban__V1__District *district = answer->districts[i];
		const char *watching = admin->json
		                               ? (district->watching ? "true" : "false")
		                               : (district->watching ? _("是") : _("否"));

		table_row(table, district->unit, district->name, district->department,
		          text_number(admin, district->tasks), district->last_report,
		          text_instant(admin, district->last_report_at), watching,
		          text_number(admin, district->open_alerts));
	}
	return table_print(table);
}

static void status_rows(struct admin *admin, struct table *table,
                        const Duban__V1__GetStatusResponse *status)
{
	const char *confirms =
		status->standby_confirms ? _("有备库确认") : _("无备库确认");

	table_row(table, "version", _("程序版本"), status->version);
	table_row(table, "node", _("节点"), status->node);
	table_row(table, "schema", _("数据库结构"), text_number(admin, status->schema));
	table_row(table, "database", _("数据库"), status->database);
	table_row(table, "standby_confirms", _("提交确认"), confirms);
	table_row(table, "plan_at", _("方案时间"), text_instant(admin, status->plan_at));
	table_row(table, "rehearsal", _("运行方式"),
	          status->rehearsal ? _("演练（方案时间逐步推进）") : _("正式"));
	table_row(table, "next_instant_at", _("下一时点"),
	          text_instant(admin, status->next_instant_at));
	table_row(table, "reports", _("已存月报"), text_number(admin, status->reports));
	table_row(table, "alerts", _("提醒与预警"), text_number(admin, status->alerts));
	table_row(table, "deliveries_waiting", _("待送出通知"),
	          text_number(admin, status->deliveries_waiting));
	table_row(table, "watchers", _("在线接收"), text_number(admin, status->watchers));
	table_row(table, "crl_number", _("吊销列表编号"), status->crl_number);
	table_row(table, "wall_crl_next_update_at", _("吊销列表应更新于"),
	          text_instant(admin, status->wall_crl_next_update_at));
	table_row(table, "wall_started_at", _("启动于"),
	          text_instant(admin, status->wall_started_at));
}

int status_show(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"key", N_("项目"), TABLE_LEFT},
		{"name", N_("名称"), TABLE_LEFT},
		{"value", N_("内容"), TABLE_LEFT},
	};
	Duban__V1__GetStatusRequest request = DUBAN__V1__GET_STATUS_REQUEST__INIT;
	ProtobufCMessage *message;
	struct table *table;
	int code = admin_call(admin, "Administration/GetStatus", &request.base,
	                      &duban__v1__get_status_response__descriptor, &message);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	table = table_create(admin, columns, ARRAY_LEN(columns));
	status_rows(admin, table, (const Duban__V1__GetStatusResponse *)message);
	return table_print(table);
}

static int print_step(struct admin *admin, const Duban__V1__StepClockResponse *answer)
{
	json_t *asked, *object;
	int failed;

	if (!admin->json) {
		printf(_("方案时间 %s\n"), text_instant(admin, answer->plan_at));
		for (size_t i = 0; i < answer->n_asked; i++)
			printf("  %s\n", answer->asked[i]);
		if (answer->at_end)
			printf("%s\n", _("此后方案不再有时点"));
		return ADMIN_OK;
	}
	asked = json_array();
	for (size_t i = 0; i < answer->n_asked; i++)
		(void)json_array_append_new(asked, json_string(answer->asked[i]));
	object = json_pack("{s:s, s:I, s:b, s:o}", "plan_at",
	                   text_instant(admin, answer->plan_at), "plan_at_ms",
	                   (json_int_t)answer->plan_at, "at_end", (int)answer->at_end,
	                   "asked", asked);
	failed = object == NULL || json_dumpf(object, stdout, JSON_INDENT(2)) != 0;
	(void)putchar('\n');
	json_decref(object);
	return failed ? admin_error(_("内存不足，无法输出")) : ADMIN_OK;
}

int clock_step(struct admin *admin, const char *const *args)
{
	Duban__V1__StepClockRequest request = DUBAN__V1__STEP_CLOCK_REQUEST__INIT;
	ProtobufCMessage *message;
	int code;

	(void)args;
	if (step.to != NULL && instant_parse(step.to, TEXT_UTC_OFFSET, &request.to) < 0) {
		(void)admin_error(_("--to %s：应写作 2022-10-08 17:30 或 2022-10-08"),
		                  step.to);
		return ADMIN_USAGE;
	}
	code = admin_call(admin, "Administration/StepClock", &request.base,
	                  &duban__v1__step_clock_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	return print_step(admin, (const Duban__V1__StepClockResponse *)message);
}

int reload_credentials(struct admin *admin, const char *const *args)
{
	Duban__V1__ReloadCredentialsRequest request =
		DUBAN__V1__RELOAD_CREDENTIALS_REQUEST__INIT;
	const Duban__V1__ReloadCredentialsResponse *answer;
	ProtobufCMessage *message;
	int code =
		admin_call(admin, "Administration/ReloadCredentials", &request.base,
	                   &duban__v1__reload_credentials_response__descriptor, &message);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__ReloadCredentialsResponse *)message;
	if (admin->json)
		printf("{\"crl_number\": \"%s\", \"closed\": %u}\n", answer->crl_number,
		       answer->closed);
	else
		printf(_("已重新读取；吊销列表编号 %s，断开 %u 个连接\n"),
		       answer->crl_number, answer->closed);
	return ADMIN_OK;
}
