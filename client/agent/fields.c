/* The keys of a report file. */
#include "client/agent/fields.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"
#include "base/spelling.h"
#include "base/text.h"

#define WIDE_SPACE "\xe3\x80\x80" /* U+3000 */

/* clang-format off */
const struct field_name field_names[FIELDS] = {
	[FIELD_PLAN]           = {N_("方案"),           "plan",           NULL},
	[FIELD_UNIT]           = {N_("填报单位"),       "unit",           "单位"},
	[FIELD_SECTION]        = {N_("板块"),           "section",        "工作板块"},
	[FIELD_PERIOD]         = {N_("报告期"),         "period",         "期间"},
	[FIELD_FIGURES]        = {N_("指标"),           "figures",        "指标数据"},
	[FIELD_PROGRESS]       = {N_("工作进展"),       "progress",       NULL},
	[FIELD_PROBLEMS]       = {N_("存在问题"),       "problems",       NULL},
	[FIELD_NEXT_STEPS]     = {N_("下一步安排"),     "next_steps",     NULL},
	[FIELD_CITY_TO_SETTLE] = {N_("需市级协调事项"), "city_to_settle", "需协调事项"},
	[FIELD_FILLED_BY]      = {N_("填报人"),         "filled_by",      NULL},
	[FIELD_REVIEWED_BY]    = {N_("审核人"),         "reviewed_by",    NULL},
	[FIELD_APPROVED_BY]    = {N_("负责人"),         "approved_by",    "单位负责人"},
	[FIELD_KIND]           = {N_("种类"),           "kind",           "报表种类"},
	[FIELD_SUPERSEDES]     = {N_("替换回执"),       "supersedes",     NULL},
	[FIELD_CHANGE_REASON]  = {N_("原因"),           "change_reason",  "更正原因"},
	[FIELD_PROJECTS]       = {N_("项目"),           "projects",       "项目数据"},
};

const struct field_name figure_field_names[FIGURE_FIELDS] = {
	[FIGURE_NAME]   = {"指标", "indicator", "指标名称"},
	[FIGURE_VALUE]  = {"数值", "value",     "累计"},
	[FIGURE_UNIT]   = {"单位", "unit",      "计量单位"},
	[FIGURE_REASON] = {"说明", "reason",    NULL},
	[FIGURE_PROJECT] = {"项目", "project",  "项目编号"},
};

const struct field_name person_field_names[PERSON_FIELDS] = {
	[PERSON_NAME]      = {"姓名",     "name",      NULL},
	[PERSON_POST]      = {"职务",     "post",      NULL},
	[PERSON_TELEPHONE] = {"电话",     "telephone", "联系电话"},
	[PERSON_AT]        = {"审签时间", "at",        "时间"},
};
/* clang-format on */

const char *kind_word(enum report_kind kind)
{
	static const char *const words[] = {[REPORT_ORDINARY] = N_("月报"),
	                                    [REPORT_NO_CHANGE] = N_("本期无变化"),
	                                    [REPORT_ZERO] = N_("零报告")};

	return words[kind];
}

const char *kind_key(enum report_kind kind)
{
	static const char *const keys[] = {[REPORT_ORDINARY] = "ordinary",
	                                   [REPORT_NO_CHANGE] = "no_change",
	                                   [REPORT_ZERO] = "zero"};

	return keys[kind];
}

static size_t space(const char *text)
{
	if (*text == ' ' || *text == '\t')
		return 1;
	return strncmp(text, WIDE_SPACE, 3) == 0 ? 3 : 0;
}

/* Where the text without its spaces begins, and how long it is. */
static const char *core(const char *text, size_t *ret_len)
{
	size_t len;

	while (space(text) > 0)
		text += space(text);
	len = strlen(text);
	for (;;) {
		if (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
			len--;
		else if (len >= 3 && memcmp(text + len - 3, WIDE_SPACE, 3) == 0)
			len -= 3;
		else
			break;
	}
	*ret_len = len;
	return text;
}

static bool same(const char *name, const char *text, size_t len)
{
	return name != NULL && strlen(name) == len && memcmp(name, text, len) == 0;
}

int field_find(const struct field_name *names, size_t count, const char *name)
{
	size_t len;
	const char *text = core(name, &len);

	for (size_t i = 0; i < count; i++)
		if (same(names[i].zh, text, len) || same(names[i].en, text, len) ||
		    same(names[i].also, text, len))
			return (int)i;
	return -1;
}

const char *field_nearest(const struct field_name *names, size_t count, const char *name)
{
	const char *known[2 * FIELDS + 1];
	size_t used = 0;

	CHECK(count <= FIELDS);
	for (size_t i = 0; i < count; i++) {
		known[used++] = names[i].zh;
		known[used++] = names[i].en;
	}
	known[used] = NULL;
	return spelling_nearest(name, known);
}

const char *field_trim(struct arena *arena, const char *text)
{
	size_t len;
	const char *start = core(text, &len);

	return start[len] == '\0' ? start : arena_strndup(arena, start, len);
}

const char *field_inside(struct arena *arena, const char *name)
{
	char *copy = arena_strdup(arena, name);

	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if (strncmp(at, "“", 3) == 0)
			memcpy(at, "‘", 3);
		else if (strncmp(at, "”", 3) == 0)
			memcpy(at, "’", 3);
	return copy;
}
