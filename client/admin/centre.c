/* Asking a running centre: its districts, its state, its clock. */
#include "client/admin/centre.h"

#include <duban/v1/administration.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/calendar.h"

static struct {
	char *to;
} step;

/* clang-format off */
const struct poptOption clock_options[] = {
	{"to", 0, POPT_ARG_STRING, &step.to, 0, N_("最多推进到这一时点，如 \"2022-10-08 17:30\""), N_("时点")},
	POPT_TABLEEND};
/* clang-format on */

int districts_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"unit", N_("单位代码"), TABLE_LEFT},
		{"name", N_("单位"), TABLE_LEFT},
		{"department", N_("填报部门"), TABLE_LEFT},
		{"tasks", N_("承担板块数"), TABLE_COUNT},
		{"last_report", N_("最近回执"), TABLE_LEFT},
		{"last_report_at", N_("收到时间"), TABLE_LEFT},
		{"watching", N_("在线"), TABLE_FLAG},
		{"open_alerts", N_("未了结的提醒"), TABLE_COUNT},
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

		table_row(table, district->unit, district->name, district->department,
		          text_number(admin, district->tasks), district->last_report,
		          text_instant(admin, district->last_report_at),
		          text_flag(district->watching),
		          text_number(admin, district->open_alerts));
	}
	return table_print(table);
}

/* "外接，PostgreSQL 15.20" for "external, PostgreSQL 15.20". */
static const char *database_text(struct admin *admin, const char *text)
{
	const char *comma = strchr(text, ',');

	if (comma != NULL && strncmp(text, "embedded", 8) == 0)
		return arena_printf(&admin->arena, _("自带%s"), comma);
	if (comma != NULL && strncmp(text, "external", 8) == 0)
		return arena_printf(&admin->arena, _("外接%s"), comma);
	return text;
}

static void status_rows(struct admin *admin, struct table *table,
                        const Duban__V1__GetStatusResponse *status)
{
	table_row(table, _("程序版本"), status->version);
	table_row(table, _("节点"), status->node);
	table_row(table, _("数据库"), database_text(admin, status->database));
	table_row(table, _("数据库结构版本"), text_number(admin, status->schema));
	table_row(table, _("备用库"),
	          status->standby_confirms ? _("每次提交均经备用库确认")
	                                   : _("没有备用库确认提交"));
	table_row(table, _("运行方式"),
	          status->rehearsal ? _("演练（方案时间逐步推进）") : _("正式"));
	table_row(table, _("方案时间"), text_instant(admin, status->plan_at));
	table_row(table, _("下一个时点"),
	          status->next_instant_at == 0
	                  ? _("（没有了）")
	                  : text_instant(admin, status->next_instant_at));
	table_row(table, _("已收月报"), text_number(admin, status->reports));
	table_row(table, _("已发提醒和预警"), text_number(admin, status->alerts));
	table_row(table, _("待送出的通知"),
	          text_number(admin, status->deliveries_waiting));
	table_row(table, _("在线的填报单位"), text_number(admin, status->watchers));
	table_row(table, _("吊销列表编号"), status->crl_number);
	table_row(table, _("吊销列表有效期至"),
	          text_instant(admin, status->wall_crl_next_update_at));
	table_row(table, _("程序启动时间"), text_instant(admin, status->wall_started_at));
}

static int status_json(struct admin *admin, const Duban__V1__GetStatusResponse *status)
{
	return output_json(json_pack(
		"{s:s, s:s, s:s, s:I, s:b, s:b, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, "
		"s:s}",
		"version", status->version, "node", status->node, "database",
		status->database, "schema", (json_int_t)status->schema,
		"standby_confirms", (int)status->standby_confirms, "rehearsal",
		(int)status->rehearsal, "plan_at", text_instant(admin, status->plan_at),
		"next_instant_at", text_instant(admin, status->next_instant_at),
		"reports", (json_int_t)status->reports, "alerts",
		(json_int_t)status->alerts, "deliveries_waiting",
		(json_int_t)status->deliveries_waiting, "watchers",
		(json_int_t)status->watchers, "crl_number", status->crl_number,
		"wall_crl_next_update_at",
		text_instant(admin, status->wall_crl_next_update_at), "wall_started_at",
		text_instant(admin, status->wall_started_at)));
}

int status_show(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{NULL, N_("项目"), TABLE_LEFT},
		{NULL, N_("内容"), TABLE_LEFT},
	};
	Duban__V1__GetStatusRequest request = DUBAN__V1__GET_STATUS_REQUEST__INIT;
	const Duban__V1__GetStatusResponse *status;
	ProtobufCMessage *message;
	struct table *table;
	int code = admin_call(admin, "Administration/GetStatus", &request.base,
	                      &duban__v1__get_status_response__descriptor, &message);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	status = (const Duban__V1__GetStatusResponse *)message;
	if (admin->json)
		return status_json(admin, status);
	table = table_create(admin, columns, ARRAY_LEN(columns));
	status_rows(admin, table, status);
	return table_print(table);
}

/* "report_overdue 430111 2 2022-09 level 0" and its like, counted by their first word: a
 * due date of nine districts has dozens of them, which --json has one by one. */
static void print_asked(const struct admin *admin,
                        const Duban__V1__StepClockResponse *answer)
{
	for (size_t i = 0; i < answer->n_asked; i++) {
		size_t count = 0, len = strcspn(answer->asked[i], " ");
		bool seen = false;

		for (size_t j = 0; j < answer->n_asked; j++) {
			bool same =
				strncmp(answer->asked[i], answer->asked[j], len) == 0 &&
				strcspn(answer->asked[j], " ") == len;

			seen = seen || (same && j < i);
			count += same;
		}
		if (!seen)
			printf(_("  %s：%zu 项\n"),
			       text_alert_key(admin, answer->asked[i], len), count);
	}
}

static int print_step(struct admin *admin, const Duban__V1__StepClockResponse *answer)
{
	json_t *asked;

	if (!admin->json) {
		printf(_("方案时间 %s\n"), text_instant(admin, answer->plan_at));
		print_asked(admin, answer);
		if (answer->at_end)
			printf("%s\n", _("方案到此为止，以后不再有时点。"));
		return ADMIN_OK;
	}
	asked = json_array();
	for (size_t i = 0; i < answer->n_asked; i++)
		(void)json_array_append_new(asked, json_string(answer->asked[i]));
	return output_json(json_pack("{s:s, s:I, s:b, s:o}", "plan_at",
	                             text_instant(admin, answer->plan_at), "plan_at_ms",
	                             (json_int_t)answer->plan_at, "at_end",
	                             (int)answer->at_end, "asked", asked));
}

int clock_step(struct admin *admin, const char *const *args)
{
	Duban__V1__StepClockRequest request = DUBAN__V1__STEP_CLOCK_REQUEST__INIT;
	ProtobufCMessage *message;
	int code;

	(void)args;
	if (step.to != NULL && instant_parse(step.to, TEXT_UTC_OFFSET, &request.to) < 0) {
		(void)admin_error(_("--to %s：应写作 \"2022-10-08 17:30\" 或 2022-10-08"),
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
		return output_json(json_pack("{s:s, s:i}", "crl_number",
		                             answer->crl_number, "closed",
		                             (int)answer->closed));
	printf(_("已重新读取证书和吊销列表：列表编号 %s，断开了 %u 个不再准入的连接。\n"),
	       answer->crl_number, answer->closed);
	return ADMIN_OK;
}
