/*
 * duban requests list, answer: what units ask for, and what the bureau says.
 *
 *	list    filters -> pages -> table, and whether it is complete
 *	answer  --grant or --refuse, text, until -> call -> what follows, in one line
 *
 * What can go wrong: the command line says both or neither, a day that is none; or the
 * centre refuses: not ours to answer, answered already. Whoever typed it is told which.
 */
#include "client/admin/requests.h"

#include <duban/v1/requests.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/pages.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "client/asking.h"
#include "model/calendar.h"

static struct {
	char *unit, *section, *period, *kind, *state, *text, *until;
	int overdue, all, grant, refuse;
} options;

/* clang-format off */
const struct poptOption requests_list_options[] = {
	{"unit", 'u', POPT_ARG_STRING, &options.unit, 0, N_("只看一个单位，写代码，如 430112"), N_("单位")},
	{"section", 0, POPT_ARG_STRING, &options.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"period", 'p', POPT_ARG_STRING, &options.period, 0, N_("只看一个报告期，如 2022-09"), N_("报告期")},
	{"kind", 'k', POPT_ARG_STRING, &options.kind, 0, N_("只看一类：延期（extension）、申辩（contest）、补报（更正）（consent）"), N_("类别")},
	{"state", 0, POPT_ARG_STRING, &options.state, 0, N_("只看一种状态：待批（open）、同意（granted）、不同意（refused）、已撤回（withdrawn）"), N_("状态")},
	{"overdue", 0, POPT_ARG_NONE, &options.overdue, 0, N_("只看超过批复时限还没有批复的"), NULL},
	{"all", 'a', POPT_ARG_NONE, &options.all, 0, N_("列出全部，不止最近一页（500 条）"), NULL},
	POPT_TABLEEND};
const struct poptOption requests_answer_options[] = {
	{"grant", 0, POPT_ARG_NONE, &options.grant, 0, N_("同意"), NULL},
	{"refuse", 0, POPT_ARG_NONE, &options.refuse, 0, N_("不同意，须用 --text 写明理由"), NULL},
	{"text", 't', POPT_ARG_STRING, &options.text, 0, N_("批复意见"), N_("文字")},
	{"until", 0, POPT_ARG_STRING, &options.until, 0, N_("同意延期、补报（更正）到哪一天，如 2022-08-10；不写则按申请的日期"), N_("日期")},
	POPT_TABLEEND};
/* clang-format on */

static int fill_filters(Duban__V1__ListRequest *request);
static void add_rows(struct admin *admin, struct table *table,
                     const ProtobufCMessage *message);
static const char *ask_text(struct admin *admin, const Duban__V1__RequestRow *row);
static const char *answer_text(struct admin *admin, const Duban__V1__RequestRow *row);
static int check_answer(void);
static int print_answer(struct admin *admin, const char *number,
                        const Duban__V1__AnswerResponse *answer);

int requests_list(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"number", N_("申请编号"), TABLE_LEFT},
		{"kind", N_("事项"), TABLE_LEFT},
		{"state", N_("状态"), TABLE_LEFT},
		{"unit", N_("单位"), TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"period", N_("报告期"), TABLE_LEFT},
		{"subject", NULL, TABLE_LEFT},
		{"asked_until_at", NULL, TABLE_LEFT},
		{"reason", NULL, TABLE_LEFT},
		{NULL, N_("申请内容和理由"), TABLE_LEFT},
		{"approved_by", N_("负责人"), TABLE_LEFT},
		{"received_at", N_("收到时间"), TABLE_LEFT},
		{"answer_due_at", N_("批复时限"), TABLE_LEFT},
		{"overdue", N_("批复超时"), TABLE_FLAG},
		{"answered_at", N_("批复时间"), TABLE_LEFT},
		{"answered_by", NULL, TABLE_LEFT},
		{"granted_until_at", NULL, TABLE_LEFT},
		{"answer", NULL, TABLE_LEFT},
		{NULL, N_("批复意见"), TABLE_LEFT},
	};
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	Duban__V1__ListRequest request = DUBAN__V1__LIST_REQUEST__INIT;
	const struct pages pages = {
		.method = "Requests/List",
		.request = &request.base,
		.page = &page,
		.answer_type = &duban__v1__list_response__descriptor,
		.add = add_rows,
		.all = options.all != 0,
	};
	int code = fill_filters(&request);

	(void)args;
	if (code != ADMIN_OK)
		return code;
	request.page = &page;
	return pages_print(admin, &pages,
	                   table_create(admin, columns, ARRAY_LEN(columns)));
}

static int fill_filters(Duban__V1__ListRequest *request)
{
	request->unit = options.unit != NULL ? options.unit : request->unit;
	request->section = options.section != NULL ? options.section : request->section;
	request->period = options.period != NULL ? options.period : request->period;
	request->overdue_only = options.overdue;
	if (options.kind != NULL)
		request->kind = (Duban__V1__RequestKind)asking_kind_find(options.kind);
	if (options.kind != NULL && request->kind == 0) {
		(void)admin_error(_("--kind %s：应为延期（extension）、申辩（contest）或"
		                    "补报（更正）（consent）"),
		                  options.kind);
		return ADMIN_USAGE;
	}
	if (options.state != NULL)
		request->state =
			(Duban__V1__RequestState)asking_state_find(options.state);
	if (options.state != NULL && request->state == 0) {
		(void)admin_error(
			_("--state %s：应为待批（open）、同意（granted）、不同意"
		          "（refused）或已撤回（withdrawn）"),
			options.state);
		return ADMIN_USAGE;
	}
	return ADMIN_OK;
}

static void add_rows(struct admin *admin, struct table *table,
                     const ProtobufCMessage *message)
{
	const Duban__V1__ListResponse *answer = (const Duban__V1__ListResponse *)message;

	for (size_t i = 0; i < answer->n_requests; i++) {
		const Duban__V1__RequestRow *row = answer->requests[i];
		int kind = (int)row->kind, state = (int)row->state;

		table_row(table, row->number,
		          admin->json ? asking_kind_key(kind) : asking_kind_word(kind),
		          admin->json ? asking_state_key(state)
		                      : asking_state_word(state),
		          row->unit, row->section, row->period, row->subject,
		          text_instant(admin, row->asked_until_at), row->reason,
		          ask_text(admin, row), row->approved_by,
		          text_instant(admin, row->received_at),
		          text_instant(admin, row->answer_due_at),
		          text_flag(row->overdue), text_instant(admin, row->answered_at),
		          row->answered_by, text_instant(admin, row->granted_until_at),
		          row->answer, answer_text(admin, row));
	}
}

/* "至 2022-08-10 17:30；理由", "对迟报（回执…）；理由". */
static const char *ask_text(struct admin *admin, const Duban__V1__RequestRow *row)
{
	if (row->asked_until_at != 0)
		return arena_printf(&admin->arena, _("至 %s；%s"),
		                    text_instant(admin, row->asked_until_at),
		                    row->reason);
	if (row->subject[0] != '\0')
		return arena_printf(&admin->arena, _("对%s；%s"),
		                    asking_subject(&admin->arena, row->subject),
		                    row->reason);
	return row->reason;
}

static const char *answer_text(struct admin *admin, const Duban__V1__RequestRow *row)
{
	if (row->granted_until_at == 0)
		return row->answer;
	return arena_printf(&admin->arena, _("至 %s；%s"),
	                    text_instant(admin, row->granted_until_at), row->answer);
}

int requests_answer(struct admin *admin, const char *const *args)
{
	Duban__V1__AnswerRequest request = DUBAN__V1__ANSWER_REQUEST__INIT;
	ProtobufCMessage *message;
	int code = check_answer();

	if (code != ADMIN_OK)
		return code;
	request.number = arena_strdup(&admin->arena, args[0]);
	if (request.number == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	request.granted = options.grant;
	request.text = options.text != NULL ? options.text : request.text;
	request.until = options.until != NULL ? options.until : request.until;
	code = admin_call(admin, "Requests/Answer", &request.base,
	                  &duban__v1__answer_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	return print_answer(admin, args[0], (const Duban__V1__AnswerResponse *)message);
}

static int check_answer(void)
{
	day on;

	if (options.grant == options.refuse) {
		(void)admin_error(_("请写明 --grant（同意）或 --refuse（不同意），"
		                    "两者选一"));
		return ADMIN_USAGE;
	}
	if (options.refuse != 0 && (options.text == NULL || options.text[0] == '\0')) {
		(void)admin_error(_("不同意的，请用 --text 写明理由"));
		return ADMIN_USAGE;
	}
	if (options.refuse != 0 && options.until != NULL) {
		(void)admin_error(_("不同意的，不写 --until"));
		return ADMIN_USAGE;
	}
	if (options.until != NULL && day_parse(options.until, &on) < 0) {
		(void)admin_error(_("--until %s：应为日期，如 2022-08-10"),
		                  options.until);
		return ADMIN_USAGE;
	}
	return ADMIN_OK;
}

static int print_answer(struct admin *admin, const char *number,
                        const Duban__V1__AnswerResponse *answer)
{
	const char *at = text_instant(admin, answer->answered_at);
	const char *until = text_instant(admin, answer->until_at);

	if (admin->json)
		return output_json(json_pack("{s:s, s:b, s:s, s:s}", "number", number,
		                             "granted", options.grant, "answered_at", at,
		                             "until_at", until));
	if (options.grant == 0)
		printf(_("%s：不同意（%s），已告知申请单位\n"), number, at);
	else if (answer->until_at == 0)
		printf(_("%s：同意（%s），已告知申请单位\n"), number, at);
	else
		printf(_("%s：同意，至 %s（%s），已告知申请单位\n"), number, until, at);
	return ADMIN_OK;
}
