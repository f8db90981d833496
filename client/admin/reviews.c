/*
 * duban reports pass, return, check, waiting: what the bureau does with a report.
 *
 *	arguments -> (names of fields -> ids, by the report's own plan) -> call -> what
 *was done, until when, in one line
 *
 * What can go wrong: the command line says too little (what is missing is named), or the
 * centre refuses: another department's section, a report that has moved on. Whoever typed
 * it is told which.
 */
#include "client/admin/reviews.h"

#include <duban/v1/reviews.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/pages.h"
#include "client/admin/plan.h"
#include "client/admin/report_open.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "model/quantity.h"
#include "model/wire.h"

static struct {
	char *remark, *section, *accepted, *on, *document;
	char **fields; /* popt's, NULL-ended; NULL: none */
	int workdays, seen, withdrawn, all;
} options;

/* clang-format off */
#define REMARK_OPTION(help) \
	{"remark", 'r', POPT_ARG_STRING, &options.remark, 0, help, N_("文字")}
const struct poptOption reviews_pass_options[] = {
	REMARK_OPTION(N_("审核意见，可以不写")),
	POPT_TABLEEND};
const struct poptOption reviews_return_options[] = {
	{"field", 'f', POPT_ARG_ARGV, &options.fields, 0, N_("哪一项、为什么要改，如 \"communities_finished=与台账不符\"；项目可写指标编号或名称，也可写工作进展、存在问题、下一步安排、需市级协调事项、签审人员；可以写多个"), N_("项目=原因")},
	{"workdays", 0, POPT_ARG_INT, &options.workdays, 0, N_("限几个工作日内重报，1～60；不写则按方案规定"), N_("天数")},
	REMARK_OPTION(N_("对整份月报的意见，可以不写")),
	POPT_TABLEEND};
const struct poptOption reviews_check_options[] = {
	{"seen", 0, POPT_ARG_NONE, &options.seen, 0, N_("现场核查，数据属实"), NULL},
	{"withdrawn", 0, POPT_ARG_NONE, &options.withdrawn, 0, N_("复核不实，该数据不再计入"), NULL},
	{"accepted", 0, POPT_ARG_STRING, &options.accepted, 0, N_("通过验收：累计验收多少，如 2个；与 --on、--document 同时写"), N_("数量")},
	{"on", 0, POPT_ARG_STRING, &options.on, 0, N_("验收日期，如 2022-09-28"), N_("日期")},
	{"document", 0, POPT_ARG_STRING, &options.document, 0, N_("验收文件的文号或名称"), N_("文号")},
	REMARK_OPTION(N_("看到了什么，必须写明")),
	POPT_TABLEEND};
const struct poptOption reviews_waiting_options[] = {
	{"section", 0, POPT_ARG_STRING, &options.section, 0, N_("只看一个板块，如 2"), N_("板块")},
	{"all", 'a', POPT_ARG_NONE, &options.all, 0, N_("列出全部，不止最近一页（500 条）"), NULL},
	POPT_TABLEEND};
/* clang-format on */

static int read_fields(struct admin *admin, const char *number,
                       Duban__V1__ReturnReportRequest *request);
static int pass_one(struct admin *admin, const char *number, json_t *passed);
static int read_acceptance(struct admin *admin, Duban__V1__CheckFigureRequest *request);
static int read_field(struct admin *admin, const char *text,
                      Duban__V1__ReturnedField **ret_field);
static bool is_id(const char *text);
static int resolve(struct admin *admin, const char *number,
                   Duban__V1__ReturnReportRequest *request);
static const char *find_id(const struct plan_section *section, const char *name);
static void add_waiting(struct admin *admin, struct table *table,
                        const ProtobufCMessage *message);

/* All that are named: one that is refused does not keep the others from passing. */
int reviews_pass(struct admin *admin, const char *const *args)
{
	json_t *passed = json_array();
	int worst = ADMIN_OK;

	for (size_t i = 0; args[i] != NULL; i++) {
		int code = pass_one(admin, args[i], passed);

		worst = worst != ADMIN_OK ? worst : code;
	}
	if (!admin->json || json_array_size(passed) == 0) {
		json_decref(passed);
		return worst;
	}
	if (args[1] == NULL) { /* one answer, as it always was */
		json_t *only = json_incref(json_array_get(passed, 0));

		json_decref(passed);
		passed = only;
	}
	return output_json(passed) == ADMIN_OK ? worst : ADMIN_FAILED;
}

/* Says so, or with --json adds it to @passed. */
static int pass_one(struct admin *admin, const char *number, json_t *passed)
{
	Duban__V1__PassReportRequest request = DUBAN__V1__PASS_REPORT_REQUEST__INIT;
	const Duban__V1__PassReportResponse *answer;
	ProtobufCMessage *message;
	int code;

	request.number = arena_strdup(&admin->arena, number);
	request.remark = options.remark != NULL ? options.remark : request.remark;
	if (request.number == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	code = admin_call(admin, "Reviews/PassReport", &request.base,
	                  &duban__v1__pass_report_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__PassReportResponse *)message;
	if (admin->json)
		(void)json_array_append_new(
			passed,
			json_pack("{s:s, s:s, s:s}", "number", number, "step",
		                  text_review_step(admin, answer->step), "passed_at",
		                  text_instant(admin, answer->passed_at)));
	else
		printf(_("%s：%s通过（%s）\n"), number,
		       text_review_step(admin, answer->step),
		       text_instant(admin, answer->passed_at));
	return ADMIN_OK;
}

int reviews_return(struct admin *admin, const char *const *args)
{
	Duban__V1__ReturnReportRequest request = DUBAN__V1__RETURN_REPORT_REQUEST__INIT;
	const Duban__V1__ReturnReportResponse *answer;
	ProtobufCMessage *message;
	int code;

	if (options.workdays < 0 || options.workdays > 60) {
		(void)admin_error(_("--workdays %d：应为 1～60 个工作日"),
		                  options.workdays);
		return ADMIN_USAGE;
	}
	request.number = arena_strdup(&admin->arena, args[0]);
	request.remark = options.remark != NULL ? options.remark : request.remark;
	request.workdays = (uint32_t)options.workdays;
	code = read_fields(admin, args[0], &request);
	if (code == ADMIN_OK && request.number == NULL)
		code = admin_error("%s", text_err(E_NOMEM));
	if (code == ADMIN_OK)
		code = admin_call(admin, "Reviews/ReturnReport", &request.base,
		                  &duban__v1__return_report_response__descriptor,
		                  &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__ReturnReportResponse *)message;
	if (admin->json)
		return output_json(json_pack("{s:s, s:s, s:i, s:s}", "number", args[0],
		                             "step",
		                             text_review_step(admin, answer->step),
		                             "ordinal", (int)answer->ordinal, "due_at",
		                             text_instant(admin, answer->due_at)));
	printf(_("%s：%s退回，第 %u 次；请单位于 %s 前重报\n"), args[0],
	       text_review_step(admin, answer->step), answer->ordinal,
	       text_instant(admin, answer->due_at));
	return ADMIN_OK;
}

/* Every --field; those that are named in words get their ids. */
static int read_fields(struct admin *admin, const char *number,
                       Duban__V1__ReturnReportRequest *request)
{
	size_t count = 0;
	bool words = false;

	while (options.fields != NULL && options.fields[count] != NULL)
		count++;
	if (count == 0) {
		(void)admin_error(_("请用 --field 项目=原因 至少写明一项需要修改的内容"));
		return ADMIN_USAGE;
	}
	request->fields =
		arena_new_array(&admin->arena, count, Duban__V1__ReturnedField *);
	if (request->fields == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	for (size_t i = 0; i < count; i++) {
		int code = read_field(admin, options.fields[i], &request->fields[i]);

		if (code != ADMIN_OK)
			return code;
		words = words || !is_id(request->fields[i]->field);
	}
	request->n_fields = count;
	return words ? resolve(admin, number, request) : ADMIN_OK;
}

static int read_field(struct admin *admin, const char *text,
                      Duban__V1__ReturnedField **ret_field)
{
	Duban__V1__ReturnedField *field =
		arena_new(&admin->arena, Duban__V1__ReturnedField);
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0') {
		(void)admin_error(_("--field %s：应写作 项目=原因，如 "
		                    "communities_finished=与台账不符"),
		                  text);
		return ADMIN_USAGE;
	}
	if (field == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	duban__v1__returned_field__init(field);
	field->field = arena_strndup(&admin->arena, text, (size_t)(equals - text));
	field->reason = arena_strdup(&admin->arena, equals + 1);
	if (field->field == NULL || field->reason == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	*ret_field = field;
	return ADMIN_OK;
}

static bool is_id(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static int resolve(struct admin *admin, const char *number,
                   Duban__V1__ReturnReportRequest *request)
{
	const struct plan_section *section;
	struct opened_report opened;
	const struct plan *plan;
	int code = report_open(admin, number, &opened);

	if (code == ADMIN_OK)
		code = plan_fetch(admin, opened.report->plan, 0, &plan);
	if (code != ADMIN_OK)
		return code;
	section = plan_find_section(plan, opened.report->section);
	if (section == NULL)
		return admin_error(_("方案中没有板块 %s"), opened.report->section);
	for (size_t i = 0; i < request->n_fields; i++) {
		const char *id = find_id(section, request->fields[i]->field);

		if (id == NULL) {
			(void)admin_error(
				_("--field "
			          "%s：该板块没有这个指标；可用的见 duban plan show "
			          "--section %s"),
				request->fields[i]->field, section->id);
			return ADMIN_USAGE;
		}
		request->fields[i]->field = arena_strdup(&admin->arena, id);
		if (request->fields[i]->field == NULL)
			return admin_error("%s", text_err(E_NOMEM));
	}
	return ADMIN_OK;
}

/* These names are the form's, in whatever language the command speaks. */
static const char *find_id(const struct plan_section *section, const char *name)
{
	static const char *const texts[][2] = {{"progress", "工作进展"},
	                                       {"problems", "存在问题"},
	                                       {"next_steps", "下一步安排"},
	                                       {"city_to_settle", "需市级协调事项"},
	                                       {"persons", "签审人员"}};
	const struct plan_indicator *indicator = plan_find_indicator(section, name);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(name, texts[i][0]) == 0 || strcmp(name, texts[i][1]) == 0)
			return texts[i][0];
	return indicator != NULL ? indicator->id : NULL;
}

int reviews_check(struct admin *admin, const char *const *args)
{
	Duban__V1__CheckFigureRequest request = DUBAN__V1__CHECK_FIGURE_REQUEST__INIT;
	const Duban__V1__CheckFigureResponse *answer;
	ProtobufCMessage *message;
	int code;

	if (options.accepted != NULL)
		options.seen = 1; /* who accepts has looked */
	if (options.seen == options.withdrawn) {
		(void)admin_error(_("请写明 --seen（现场核查属实）或 "
		                    "--withdrawn（复核不实），两者取一"));
		return ADMIN_USAGE;
	}
	if (options.remark == NULL || options.remark[0] == '\0') {
		(void)admin_error(_("请用 --remark 写明看到了什么"));
		return ADMIN_USAGE;
	}
	request.number = arena_strdup(&admin->arena, args[0]);
	request.indicator = arena_strdup(&admin->arena, args[1]);
	request.remark = options.remark;
	request.standing = options.seen != 0 ? DUBAN__V1__STANDING__STANDING_SEEN
	                                     : DUBAN__V1__STANDING__STANDING_WITHDRAWN;
	if (request.number == NULL || request.indicator == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	code = read_acceptance(admin, &request);
	if (code != ADMIN_OK)
		return code;
	code = admin_call(admin, "Reviews/CheckFigure", &request.base,
	                  &duban__v1__check_figure_response__descriptor, &message);
	if (code != ADMIN_OK)
		return code;
	answer = (const Duban__V1__CheckFigureResponse *)message;
	if (admin->json)
		return output_json(json_pack(
			"{s:s, s:s, s:s, s:s, s:s}", "number", args[0], "indicator",
			args[1], "standing", text_standing(admin, request.standing),
			"accepted", text_quantity(admin, request.accepted), "checked_at",
			text_instant(admin, answer->checked_at)));
	printf(_("%s 的 %s：已记为“%s”（%s）\n"), args[0], args[1],
	       options.accepted != NULL
	               ? arena_printf(&admin->arena, _("累计验收 %s"), options.accepted)
	               : text_standing(admin, request.standing),
	       text_instant(admin, answer->checked_at));
	return ADMIN_OK;
}

/* How much, when and by which document: all three or none. */
static int read_acceptance(struct admin *admin, Duban__V1__CheckFigureRequest *request)
{
	const char *text = options.accepted, *why;
	size_t digits = text != NULL ? strspn(text, "0123456789.") : 0;
	struct quantity accepted;

	if (text == NULL && options.on == NULL && options.document == NULL)
		return ADMIN_OK;
	if (text == NULL || options.on == NULL || options.document == NULL) {
		(void)admin_error(_("验收要同时写明 --accepted、--on 和 --document"));
		return ADMIN_USAGE;
	}
	if (unit_find(text + digits) == NULL ||
	    quantity_parse(arena_printf(&admin->arena, "%.*s", (int)digits, text),
	                   unit_find(text + digits), &accepted, &why) < 0) {
		(void)admin_error(_("--accepted 应当是数和单位，如 2个；写的是 %s"),
		                  text);
		return ADMIN_USAGE;
	}
	request->accepted_on = options.on;
	request->document = options.document;
	if (wire_quantity_write(&admin->arena, &accepted, &request->accepted) < 0)
		return admin_error("%s", text_err(E_NOMEM));
	return ADMIN_OK;
}

int reviews_waiting(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"number", N_("回执编号"), TABLE_LEFT},
		{"unit", N_("单位"), TABLE_LEFT},
		{"section", N_("板块"), TABLE_LEFT},
		{"period", N_("报告期"), TABLE_LEFT},
		{"step", N_("待办步骤"), TABLE_LEFT},
		{"by", N_("等谁办"), TABLE_LEFT},
		{"since_at", N_("起始时间"), TABLE_LEFT},
		{"workdays", N_("已等工作日"), TABLE_COUNT},
		{"due_at", N_("应办时限"), TABLE_LEFT},
		{"overdue", N_("超时"), TABLE_FLAG},
	};
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	Duban__V1__ListWaitingRequest request = DUBAN__V1__LIST_WAITING_REQUEST__INIT;
	const struct pages pages = {
		.method = "Reviews/ListWaiting",
		.request = &request.base,
		.page = &page,
		.answer_type = &duban__v1__list_waiting_response__descriptor,
		.add = add_waiting,
		.all = options.all != 0,
	};

	(void)args;
	request.page = &page;
	request.section = options.section != NULL ? options.section : request.section;
	return pages_print(admin, &pages,
	                   table_create(admin, columns, ARRAY_LEN(columns)));
}

static void add_waiting(struct admin *admin, struct table *table,
                        const ProtobufCMessage *message)
{
	const Duban__V1__ListWaitingResponse *answer =
		(const Duban__V1__ListWaitingResponse *)message;

	for (size_t i = 0; i < answer->n_reports; i++) {
		const Duban__V1__WaitingReport *row = answer->reports[i];

		table_row(table, row->number, row->unit, row->section, row->period,
		          text_review_step(admin, row->step),
		          admin->json ? row->by : row->by_name,
		          text_instant(admin, row->since_at),
		          text_number(admin, row->workdays),
		          text_instant(admin, row->due_at), text_flag(row->overdue));
	}
}
