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
#include "model/plan.h"
#include "model/report.h"
#include "model/wire.h"

#define TIME_MAX     INT64_C(253402300799999) /* the last millisecond of 9999 */
#define VERSION_MAX  INT32_MAX                /* what the database holds */
#define ASK_SUPPORT  "请升级或检查报送程序后重新报送。"
#define FIELD_MAX    (PLAN_ID_MAX * 4)
#define FOUND_ID_MAX 64 /* bytes of somebody's wrong id that are shown again */

/* What is allowed in a text. */
struct text_rule {
	size_t max; /* characters */
	bool lines; /* line breaks and tabs */
};

static void check_change(struct findings *findings, const Duban__V1__Report *message);
static void check_ids(struct findings *findings, const Duban__V1__Report *message);
static void check_id(struct findings *findings, const char *field, const char *id);
static bool is_id(const char *id);
static void check_figures(struct findings *findings, const Duban__V1__Report *message);
static void check_figure(struct findings *findings, const char *name,
                         const Duban__V1__Figure *figure);
static void check_project_figures(struct findings *findings,
                                  const Duban__V1__Report *message);
static void check_value(struct findings *findings, const char *field,
                        const Duban__V1__Quantity *value);
static void check_texts(struct findings *findings, const Duban__V1__Texts *texts);
static void check_person(struct findings *findings, const char *role,
                         const Duban__V1__Person *person);
static void check_text(struct findings *findings, const char *field, const char *text,
                       struct text_rule rule);
static bool has_control(const char *text, bool lines);
static void check_time(struct findings *findings, const char *field, int64_t at);
static void refuse(struct findings *findings, const char *rule, const char *field,
                   const char *found, const char *allowed, const char *text);
static const char *print(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void report_form_too_large(struct findings *findings, size_t len)
{
	refuse(findings, "D-01", "", print(findings, "%zu字节", len),
	       print(findings, "≤%d字节", REPORT_BYTES_MAX),
	       "报送内容超过大小上限。请精简文字后重新报送。");
}

void report_form_fault(struct findings *findings, const struct wire_fault *fault)
{
	const char *found = wire_wrong_text(fault->wrong);

	switch (fault->wrong) {
	case WIRE_NOT_UTF8:
	case WIRE_HOLDS_NUL:
		refuse(findings, "D-03", fault->path, found, "UTF-8",
		       "文字不是有效的UTF-8编码。请检查数据来源的文字编码后重新报送。");
		return;
	case WIRE_UNKNOWN_FIELD:
	case WIRE_UNKNOWN_VALUE:
		refuse(findings, "D-04", fault->path, found, REPORT_PAYLOAD_TYPE,
		       "报送内容含有本系统不认识的字段或取值。" ASK_SUPPORT);
		return;
	case WIRE_NOT_CANONICAL:
		refuse(findings, "D-05", fault->path, found, REPORT_PAYLOAD_TYPE,
		       "报送内容的编码不是规范形式。" ASK_SUPPORT);
		return;
	default:
		refuse(findings, "D-02", fault->path, found, REPORT_PAYLOAD_TYPE,
		       "报送内容损坏或不完整，无法读取。" ASK_SUPPORT);
	}
}

bool report_form_check(struct findings *findings, const Duban__V1__Report *message)
{
	size_t before = findings->refusals;

	if (message->report_id.len != REPORT_ID_SIZE)
		refuse(findings, "D-06", "report_id",
		       print(findings, "%zu字节", message->report_id.len),
		       print(findings, "%d字节", REPORT_ID_SIZE),
		       "报告标识长度不对。" ASK_SUPPORT);
	check_ids(findings, message);
	check_figures(findings, message);
	check_project_figures(findings, message);
	if (message->texts != NULL)
		check_texts(findings, message->texts);
	check_person(findings, "filled_by", message->filled_by);
	check_person(findings, "reviewed_by", message->reviewed_by);
	check_person(findings, "approved_by", message->approved_by);
	check_change(findings, message);
	check_time(findings, "made_at", message->made_at);
	check_time(findings, "wall_made_at", message->wall_made_at);
	return findings->refusals == before;
}

/* Whether a reason must be given is for judging to say. */
static void check_change(struct findings *findings, const Duban__V1__Report *message)
{
	struct text_rule reason = {.max = REPORT_REASON_MAX, .lines = true};

	if (message->supersedes[0] != '\0')
		check_id(findings, "supersedes", message->supersedes);
	check_text(findings, "change_reason", message->change_reason, reason);
}

static void check_ids(struct findings *findings, const Duban__V1__Report *message)
{
	check_id(findings, "plan", message->plan);
	check_id(findings, "unit", message->unit);
	check_id(findings, "section", message->section);
	check_id(findings, "period", message->period);
	if (message->plan_version > VERSION_MAX)
		refuse(findings, "D-08", "plan_version",
		       print(findings, "%" PRIu32, message->plan_version),
		       print(findings, "≤%d", VERSION_MAX),
		       "方案版本号超出范围。" ASK_SUPPORT);
}

static void check_id(struct findings *findings, const char *field, const char *id)
{
	if (id[0] == '\0')
		refuse(findings, "D-07", field, "空", "必填", "必填项为空，请补填。");
	else if (!is_id(id))
		refuse(findings, "D-08", field,
		       print(findings, "%.*s",
		             (int)utf8_cut(bytes_of_str(id), FOUND_ID_MAX), id),
		       print(findings, "半角字母、数字和 . _ -，最多%d个", PLAN_ID_MAX),
		       "编号的写法不对。请使用方案中的编号。");
}

static bool is_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(id);

	return len >= 1 && len <= PLAN_ID_MAX && strspn(id, allowed) == len;
}

static void check_figures(struct findings *findings, const Duban__V1__Report *message)
{
	const char *before = NULL;

	if (message->n_figures > REPORT_FIGURES_MAX) {
		refuse(findings, "D-12", "figures",
		       print(findings, "%zu项", message->n_figures),
		       print(findings, "≤%d项", REPORT_FIGURES_MAX),
		       "指标数据过多，请只报送本板块的指标。");
		return;
	}
	for (size_t i = 0; i < message->n_figures; i++) {
		const Duban__V1__Figure *figure = message->figures[i];
		const char *name =
			is_id(figure->indicator)
				? print(findings, "figures[%s]", figure->indicator)
				: print(findings, "figures[%zu]", i);

		if (before != NULL && strcmp(before, figure->indicator) >= 0)
			refuse(findings, "D-13", name, figure->indicator,
			       "按指标编号升序，每项一次",
			       "指标重复，或没有按编号排序。" ASK_SUPPORT);
		before = figure->indicator;
		check_figure(findings, name, figure);
	}
}

static void check_figure(struct findings *findings, const char *name,
                         const Duban__V1__Figure *figure)
{
	struct text_rule reason = {.max = REPORT_REASON_MAX, .lines = true};

	check_id(findings, print(findings, "%s.indicator", name), figure->indicator);
	if (figure->value == NULL)
		refuse(findings, "D-14", print(findings, "%s.value", name), "空", "必填",
		       "指标没有填数值，请补填。");
	else
		check_value(findings, name, figure->value);
	check_text(findings, print(findings, "%s.reason", name), figure->reason, reason);
}

/* As figures, each of a project. */
static void check_project_figures(struct findings *findings,
                                  const Duban__V1__Report *message)
{
	struct project_figure before = {.project = NULL};

	if (message->n_project_figures > REPORT_PROJECTS_MAX) {
		refuse(findings, "D-12", "project_figures",
		       print(findings, "%zu项", message->n_project_figures),
		       print(findings, "≤%d项", REPORT_PROJECTS_MAX),
		       "项目数据过多，请只报送本板块在建项目的主要指标。");
		return;
	}
	for (size_t i = 0; i < message->n_project_figures; i++) {
		const Duban__V1__ProjectFigure *row = message->project_figures[i];
		const struct project_figure figure = {.project = row->project,
		                                      .indicator = row->indicator};
		const char *name = is_id(row->project) && is_id(row->indicator)
		                           ? print(findings, "project_figures[%s/%s]",
		                                   row->project, row->indicator)
		                           : print(findings, "project_figures[%zu]", i);
		Duban__V1__Figure value = DUBAN__V1__FIGURE__INIT;

		if (before.project != NULL && project_figure_order(&before, &figure) >= 0)
			refuse(findings, "D-13", name, row->indicator,
			       "按项目编号、指标编号升序，每项一次",
			       "项目数据重复，或没有按编号排序。" ASK_SUPPORT);
		before = figure;
		check_id(findings, print(findings, "%s.project", name), row->project);
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
		refuse(findings, "D-15", print(findings, "%s.value", name),
		       print(findings, "%" PRId64 "（小数%" PRIu32 "位）", value->digits,
		             value->scale),
		       print(findings, "最多%d位数字，其中小数最多%d位",
		             QUANTITY_DIGITS_MAX, QUANTITY_SCALE_MAX),
		       "数值超出范围，请核对。");
	else if (r == E_NOT_FOUND)
		refuse(findings, "D-16", print(findings, "%s.value.unit", name),
		       print(findings, "%.*s",
		             (int)utf8_cut(bytes_of_str(value->unit), FOUND_ID_MAX),
		             value->unit),
		       "方案规定的计量单位",
		       "计量单位无法识别，请使用方案规定的计量单位。");
}

static void check_texts(struct findings *findings, const Duban__V1__Texts *texts)
{
	struct text_rule rule = {.max = REPORT_TEXT_MAX, .lines = true};

	check_text(findings, "texts.progress", texts->progress, rule);
	check_text(findings, "texts.problems", texts->problems, rule);
	check_text(findings, "texts.next_steps", texts->next_steps, rule);
	check_text(findings, "texts.city_to_settle", texts->city_to_settle, rule);
}

/* Who must be named is for the plan's rules to say. */
static void check_person(struct findings *findings, const char *role,
                         const Duban__V1__Person *person)
{
	struct text_rule rule = {.max = REPORT_NAME_MAX};

	if (person == NULL)
		return;
	check_text(findings, print(findings, "%s.name", role), person->name, rule);
	check_text(findings, print(findings, "%s.post", role), person->post, rule);
	check_text(findings, print(findings, "%s.telephone", role), person->telephone,
	           rule);
	check_time(findings, print(findings, "%s.at", role), person->at);
}

static void check_text(struct findings *findings, const char *field, const char *text,
                       struct text_rule rule)
{
	size_t length = utf8_length(bytes_of_str(text));

	if (length > rule.max)
		refuse(findings, "D-10", field, print(findings, "%zu字", length),
		       print(findings, "≤%zu字", rule.max), "文字过长，请精简。");
	if (has_control(text, rule.lines))
		refuse(findings, "D-09", field, "控制字符",
		       rule.lines ? "文字、换行和制表符" : "一行文字",
		       "文字中含有控制字符，请删除后重新报送。");
}

static bool has_control(const char *text, bool lines)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != 0x7f)
			continue;
		if (!lines || (c != '\n' && c != '\r' && c != '\t'))
			return true;
	}
	return false;
}

static void check_time(struct findings *findings, const char *field, int64_t at)
{
	if (at < 0 || at > TIME_MAX)
		refuse(findings, "D-11", field, print(findings, "%" PRId64, at),
		       print(findings, "0..%" PRId64, TIME_MAX),
		       "时间超出范围。" ASK_SUPPORT);
}

/* The sentence carries what the row says, for those who see nothing but the sentence. */
static void refuse(struct findings *findings, const char *rule, const char *field,
                   const char *found, const char *allowed, const char *text)
{
	const char *where = field[0] == '\0' ? "" : "字段";

	text = print(findings, "%s（%s%s现为%s，应为%s；规则%s）", text, where, field,
	             found, allowed, rule);
	findings_add(findings, &(struct finding){
				       .rule = rule,
				       .severity = SEVERITY_REFUSAL,
				       .field = field,
				       .found = found,
				       .allowed = allowed,
				       .text = text,
			       });
}

/* Never NULL: a refusal stands even when there is no memory for its words. */
static const char *print(struct findings *findings, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(findings->arena, format, args);
	va_end(args);
	if (text == NULL)
		findings->out_of_memory = true;
	return text != NULL ? text : "";
}
