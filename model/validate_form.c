/*
 * Rules of form: is each figure one that this section asks for, in a unit and with
 * digits that fit? Are all there that must be, and the texts, and the three names?
 *
 * A figure that fails here is left out of the plan's rules, so that one mistake gives
 * one finding.
 */
#include "model/judging.h"

#include <string.h>

#include "base/spelling.h"

static void judge_figure(struct judging *judging, size_t index);
static const struct plan_indicator *indicator_of(const struct plan_section *section,
                                                 const char *id);
static void unknown_indicator(struct judging *judging, const char *id);
static const char *nearest_indicator(struct judging *judging, const char *id);
static bool given_before(const struct report *report, size_t index);
static void judge_value(struct judging *judging, const struct plan_indicator *indicator,
                        const struct quantity *value);
static void wrong_dimension(struct judging *judging,
                            const struct plan_indicator *indicator,
                            const struct quantity *value);
static void judge_decimals(struct judging *judging,
                           const struct plan_indicator *indicator,
                           const struct quantity *value);
static void judge_missing(struct judging *judging);

void judge_figures(struct judging *judging)
{
	if (judging->section == NULL)
		return;
	for (size_t i = 0; i < judging->report->figure_count; i++)
		judge_figure(judging, i);
	judge_missing(judging);
}

static void judge_figure(struct judging *judging, size_t index)
{
	const struct figure *figure = &judging->report->figures[index];
	const struct plan_indicator *indicator =
		indicator_of(judging->section, figure->indicator);
	struct finding draft = {.field = judging_path(judging, figure->indicator)};
	const char *name;

	if (indicator == NULL) {
		unknown_indicator(judging, figure->indicator);
		return;
	}
	name = judging_quote(judging, indicator->name);
	if (given_before(judging->report, index)) {
		draft.found = "重复填报";
		draft.allowed = "填1次";
		draft.text = judging_say(judging, "%s填报了不止一次。", name);
		judging_form(judging, FORM_TWICE, draft);
		return;
	}
	if (indicator->kind == INDICATOR_SHARE) {
		draft.found = "已填报";
		draft.allowed = "不填报";
		draft.text =
			judging_say(judging, "%s由市级根据填报数计算，请删去。", name);
		judging_form(judging, FORM_COMPUTED, draft);
		return;
	}
	judge_value(judging, indicator, &figure->value);
}

/* By id alone: names are for people and are translated before a report is signed. */
static const struct plan_indicator *indicator_of(const struct plan_section *section,
                                                 const char *id)
{
	for (size_t i = 0; i < section->indicator_count; i++) {
		if (strcmp(section->indicators[i].id, id) == 0)
			return &section->indicators[i];
	}
	return NULL;
}

/* Of another section, misspelt, or simply not there. */
static void unknown_indicator(struct judging *judging, const char *id)
{
	const struct plan *plan = judging->plan;
	struct finding draft = {
		.field = judging_say(judging, "figures[%s].indicator", id),
		.found = id,
	};
	const struct plan_section *other = NULL;
	const char *near = nearest_indicator(judging, id);

	for (size_t i = 0; i < plan->section_count && other == NULL; i++) {
		if (indicator_of(&plan->sections[i], id) != NULL)
			other = &plan->sections[i];
	}
	draft.allowed = judging_say(judging, "“%s”板块的指标", judging->section->name);
	if (other != NULL)
		draft.text =
			judging_say(judging, "指标%s属于“%s”板块，不在“%s”板块填报。",
		                    judging_quote(judging, indicator_of(other, id)->name),
		                    other->name, judging->section->name);
	else
		draft.text =
			judging_say(judging, "“%s”板块没有指标“%s”%s%s%s。",
		                    judging->section->name, id,
		                    near != NULL ? "，是否为“" : "",
		                    near != NULL ? near : "", near != NULL ? "”" : "");
	judging_form(judging, FORM_INDICATOR, draft);
}

static const char *nearest_indicator(struct judging *judging, const char *id)
{
	const struct plan_section *section = judging->section;
	const char **known = arena_new_array(judging->findings->arena,
	                                     section->indicator_count + 1, const char *);

	if (known == NULL) {
		judging->findings->out_of_memory = true;
		return NULL;
	}
	for (size_t i = 0; i < section->indicator_count; i++)
		known[i] = section->indicators[i].id;
	return spelling_nearest(id, known);
}

static bool given_before(const struct report *report, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (strcmp(report->figures[i].indicator,
		           report->figures[index].indicator) == 0)
			return true;
	}
	return false;
}

static void judge_value(struct judging *judging, const struct plan_indicator *indicator,
                        const struct quantity *value)
{
	struct finding draft = {.field = judging_path(judging, indicator->id)};
	const char *name = judging_quote(judging, indicator->name);
	char found[QUANTITY_TEXT_MAX];

	if (value->unit == NULL) {
		draft.found = "单位不明";
		draft.allowed = unit_alternatives(indicator->unit);
		draft.text = judging_say(judging, "%s的计量单位无法识别，请按“%s”填报。",
		                         name, indicator->unit->name);
		judging_form(judging, FORM_UNKNOWN_UNIT, draft);
		return;
	}
	quantity_print(value, found);
	draft.found = found;
	if (quantity_check(value->digits, value->scale) < 0) {
		draft.allowed = "18位数字、6位小数以内";
		draft.text = judging_say(judging, "%s＝%s，位数过多。", name, found);
		judging_form(judging, FORM_DIGITS, draft);
		return;
	}
	if (value->digits < 0) {
		draft.allowed = "≥0";
		draft.text = judging_say(judging, "%s＝%s。", name, found);
		judging_form(judging, FORM_NEGATIVE, draft);
	}
	if (value->hedge != HEDGE_NONE) {
		draft.allowed = "准确数";
		draft.text = judging_say(judging, "%s填报为%s。", name, found);
		judging_form(judging, FORM_HEDGED, draft);
	}
	if (!unit_comparable(value->unit, indicator->unit))
		wrong_dimension(judging, indicator, value);
	else
		judge_decimals(judging, indicator, value);
}

static void wrong_dimension(struct judging *judging,
                            const struct plan_indicator *indicator,
                            const struct quantity *value)
{
	const char *allowed = unit_alternatives(indicator->unit);
	char found[QUANTITY_TEXT_MAX];

	quantity_print(value, found);
	judging_form(judging, FORM_DIMENSION,
	             (struct finding){
			     .field = judging_path(judging, indicator->id),
			     .found = found,
			     .allowed = allowed,
			     .text = judging_say(judging,
	                                         "%s＝%s，计量单位填为“%s”，应填“%s”。",
	                                         judging_quote(judging, indicator->name),
	                                         found, value->unit->name, allowed),
		     });
}

/* Decimals count in the indicator's own unit, and zeros at the end are none: 1.20 万户
 * are 12000 户. */
static void judge_decimals(struct judging *judging,
                           const struct plan_indicator *indicator,
                           const struct quantity *value)
{
	struct finding draft = {.field = judging_path(judging, indicator->id)};
	struct quantity own;
	char found[QUANTITY_TEXT_MAX];
	int r = quantity_convert(value, indicator->unit, &own);

	while (r == 0 && own.scale > indicator->decimals && own.digits % 10 == 0) {
		own.digits /= 10;
		own.scale--;
	}
	if (r == 0 && own.scale <= indicator->decimals)
		return;
	quantity_print(value, found);
	draft.found = found;
	draft.allowed =
		indicator->decimals == 0
			? judging_say(judging, "整数（%s）", indicator->unit->name)
			: judging_say(judging, "至多%u位小数（%s）", indicator->decimals,
	                              indicator->unit->name);
	draft.text = judging_say(judging, "%s＝%s，按“%s”计应为%s。",
	                         judging_quote(judging, indicator->name), found,
	                         indicator->unit->name, draft.allowed);
	judging_form(judging, FORM_DECIMALS, draft);
}

static void judge_missing(struct judging *judging)
{
	const struct plan_section *section = judging->section;
	const struct report *report = judging->report;

	for (size_t i = 0; i < section->indicator_count; i++) {
		const struct plan_indicator *indicator = &section->indicators[i];
		bool given = !indicator->required || indicator->kind == INDICATOR_SHARE;

		for (size_t j = 0; j < report->figure_count && !given; j++)
			given = strcmp(report->figures[j].indicator, indicator->id) == 0;
		if (given)
			continue;
		judging_form(judging, FORM_REQUIRED,
		             (struct finding){
				     .field = judging_path(judging, indicator->id),
				     .found = "未填报",
				     .allowed = judging_say(judging, "必填（%s）",
		                                            indicator->unit->name),
				     .text = judging_say(judging, "%s未填报。",
		                                         judging_quote(judging,
		                                                       indicator->name)),
			     });
	}
}

void judge_texts(struct judging *judging)
{
	const struct report *report = judging->report;
	const struct {
		enum form form;
		const char *field, *name, *given;
	} rows[] = {
		{FORM_PROGRESS, "texts.progress", "工作进展", report->texts.progress},
		{FORM_TEXT, "texts.problems", "存在问题", report->texts.problems},
		{FORM_TEXT, "texts.next_steps", "下一步安排", report->texts.next_steps},
		{FORM_TEXT, "texts.city_to_settle", "需市级协调事项",
	         report->texts.city_to_settle},
		{FORM_PERSON, "filled_by.name", "填报人", report->filled_by.name},
		{FORM_PERSON, "reviewed_by.name", "审核人", report->reviewed_by.name},
		{FORM_PERSON, "approved_by.name", "负责人", report->approved_by.name},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!text_is_blank(rows[i].given))
			continue;
		judging_form(judging, rows[i].form,
		             (struct finding){
				     .field = rows[i].field,
				     .found = "未填写",
				     .allowed = rows[i].form == FORM_TEXT ? "内容，或“无”"
		                                                          : "必填",
				     .text = judging_say(judging, "“%s”未填写。",
		                                         rows[i].name),
			     });
	}
}
