/*
 * Rules of form that every signed statement shares:
 *
 *	D-01  larger than allowed                  D-08  an id of other characters
 *	D-02  not such a message                   D-09  a control character
 *	D-03  not UTF-8, or with NUL               D-10  a text that is too long
 *	D-04  unknown field or enum value          D-11  a time outside 1970..9999
 *	D-05  not in canonical form
 *	D-07  what must be there is empty
 *
 * D-01 to D-05 are faults of the sending program and say so; the others can be a
 * person's, and say what to write instead.
 */
#include "model/form.h"

#include <inttypes.h>
#include <string.h>

#include "duban/v1/report.pb-c.h"

#include "base/utf8.h"
#include "model/plan.h"
#include "model/report.h"
#include "model/wire_walk.h"

#define TIME_MAX INT64_C(253402300799999) /* the last millisecond of 9999 */

static bool has_control(const char *text, bool lines);

void form_too_large(struct findings *findings, size_t len, size_t max)
{
	form_refuse(findings, "D-01", "", form_say(findings, "%zu字节", len),
	            form_say(findings, "≤%zu字节", max),
	            "报送内容超过大小上限。请精简文字后重新报送。");
}

void form_fault(struct findings *findings, const struct wire_fault *fault,
                const char *payload_type)
{
	const char *found = wire_wrong_text(fault->wrong);

	switch (fault->wrong) {
	case WIRE_NOT_UTF8:
	case WIRE_HOLDS_NUL:
		form_refuse(
			findings, "D-03", fault->path, found, "UTF-8",
			"文字不是有效的UTF-8编码。请检查数据来源的文字编码后重新报送。");
		return;
	case WIRE_UNKNOWN_FIELD:
	case WIRE_UNKNOWN_VALUE:
		form_refuse(findings, "D-04", fault->path, found, payload_type,
		            "报送内容含有本系统不认识的字段或取值。" FORM_ASK_SUPPORT);
		return;
	case WIRE_NOT_CANONICAL:
		form_refuse(findings, "D-05", fault->path, found, payload_type,
		            "报送内容的编码不是规范形式。" FORM_ASK_SUPPORT);
		return;
	default:
		form_refuse(findings, "D-02", fault->path, found, payload_type,
		            "报送内容损坏或不完整，无法读取。" FORM_ASK_SUPPORT);
	}
}

void form_id(struct findings *findings, const char *field, const char *id)
{
	if (id[0] == '\0')
		form_refuse(findings, "D-07", field, "空", "必填",
		            "必填项为空，请补填。");
	else if (!form_is_id(id))
		form_refuse(findings, "D-08", field,
		            form_say(findings, "%.*s",
		                     (int)utf8_cut(bytes_of_str(id), FORM_FOUND_MAX), id),
		            form_say(findings, "半角字母、数字和 . _ -，最多%d个",
		                     PLAN_ID_MAX),
		            "编号的写法不对。请使用方案中的编号。");
}

bool form_is_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(id);

	return len >= 1 && len <= PLAN_ID_MAX && strspn(id, allowed) == len;
}

/* Who must be named is for the plan's rules to say. */
void form_person(struct findings *findings, const char *role,
                 const Duban__V1__Person *person)
{
	struct form_text rule = {.max = REPORT_NAME_MAX};

	if (person == NULL)
		return;
	form_text(findings, form_say(findings, "%s.name", role), person->name, rule);
	form_text(findings, form_say(findings, "%s.post", role), person->post, rule);
	form_text(findings, form_say(findings, "%s.telephone", role), person->telephone,
	          rule);
	form_time(findings, form_say(findings, "%s.at", role), person->at);
}

void form_text(struct findings *findings, const char *field, const char *text,
               struct form_text rule)
{
	size_t length = utf8_length(bytes_of_str(text));

	if (length > rule.max)
		form_refuse(findings, "D-10", field, form_say(findings, "%zu字", length),
		            form_say(findings, "≤%zu字", rule.max), "文字过长，请精简。");
	if (has_control(text, rule.lines))
		form_refuse(findings, "D-09", field, "控制字符",
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

void form_time(struct findings *findings, const char *field, int64_t at)
{
	if (at < 0 || at > TIME_MAX)
		form_refuse(findings, "D-11", field, form_say(findings, "%" PRId64, at),
		            form_say(findings, "0..%" PRId64, TIME_MAX),
		            "时间超出范围。" FORM_ASK_SUPPORT);
}

/* The sentence carries what the row says, for those who see nothing but the sentence. */
void form_refuse(struct findings *findings, const char *rule, const char *field,
                 const char *found, const char *allowed, const char *text)
{
	const char *where = field[0] == '\0' ? "" : "字段";
	const char *should = allowed[0] == '\0' ? "" : "，应为";

	text = form_say(findings, "%s（%s%s现为%s%s%s；规则%s）", text, where, field,
	                found, should, allowed, rule);
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
const char *form_say(struct findings *findings, const char *format, ...)
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
