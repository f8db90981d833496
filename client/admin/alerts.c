/* duban alerts list: what was asked of whom, when, and whether it was done. */
#include "client/admin/alerts.h"

#include <duban/v1/alerts.pb-c.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/pages.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

static struct {
	char *unit, *section;
	int open, all;
} filter;

/* clang-format off */
const struct poptOption alerts_options[] = {
	{"unit", 'u', POPT_ARG_STRING, &filter.unit, 0, N_("只看一个单位，如 430111"), N_("代码")},
	{"section", 0, POPT_ARG_STRING, &filter.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"open", 0, POPT_ARG_NONE, &filter.open, 0, N_("只看尚未了结的"), NULL},
	{"all", 'a', POPT_ARG_NONE, &filter.all, 0, N_("列出全部，不止最近一页（500 条）"), NULL},
	POPT_TABLEEND};
/* clang-format on */

/* "邮件 已送出，机器人 待送出"; with --json "email sent, webhook waiting" */
static const char *deliveries(struct admin *admin, const Duban__V1__Alert *alert)
{
	char *text = NULL;

	for (size_t i = 0; i < alert->n_deliveries; i++) {
		const Duban__V1__Delivery *one = alert->deliveries[i];

		text = arena_printf(&admin->arena, "%s%s%s %s", text == NULL ? "" : text,
		                    text == NULL ? "" : (admin->json ? ", " : _("，")),
		                    text_channel(admin, one->channel),
		                    text_delivery(admin, one->state));
	}
	return text;
}

static void add_rows(struct admin *admin, struct table *table,
                     const ProtobufCMessage *message)
{
	const Duban__V1__ListAlertsResponse *answer =
		(const Duban__V1__ListAlertsResponse *)message;

	for (size_t i = 0; i < answer->n_alerts; i++) {
		const Duban__V1__Alert *alert = answer->alerts[i];

		table_row(table, text_number(admin, alert->cursor),
		          text_instant(admin, alert->decided_at),
		          text_alert_kind(admin, alert->kind),
		          text_number(admin, alert->level), alert->recipient,
		          alert->title, text_instant(admin, alert->cleared_at),
		          deliveries(admin, alert));
	}
}

int alerts_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"cursor", N_("序号"), TABLE_COUNT},
		{"decided_at", N_("发出时间"), TABLE_LEFT},
		{"kind", N_("类别"), TABLE_LEFT},
		{"level", N_("提级层次"), TABLE_COUNT},
		{"recipient", N_("发给"), TABLE_LEFT},
		{"title", N_("标题"), TABLE_LEFT},
		{"cleared_at", N_("了结时间"), TABLE_LEFT},
		{"deliveries", N_("送达情况"), TABLE_LEFT},
	};
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	Duban__V1__ListAlertsRequest request = DUBAN__V1__LIST_ALERTS_REQUEST__INIT;
	const struct pages pages = {
		.method = "Alerts/ListAlerts",
		.request = &request.base,
		.page = &page,
		.answer_type = &duban__v1__list_alerts_response__descriptor,
		.add = add_rows,
		.all = filter.all != 0,
	};

	(void)args;
	request.page = &page;
	request.unit = filter.unit != NULL ? filter.unit : request.unit;
	request.section = filter.section != NULL ? filter.section : request.section;
	request.open_only = filter.open;
	return pages_print(admin, &pages,
	                   table_create(admin, columns, ARRAY_LEN(columns)));
}
