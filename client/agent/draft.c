/*
 * A draft: the section is found by id or name, indicators by id or name, values with or
 * without their unit. What is wrong is noted at its line; all is looked at, so that a
 * reporter corrects once.
 */
#include "client/agent/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/spelling.h"
#include "base/utf8.h"
#include "client/agent/agent.h"

struct drafting {
	struct arena *arena;
	const struct draft_about *about;
	const struct report_file *file;
	struct yaml_problems *problems;
	const struct plan_section *section;
	bool no_memory;
};

static void check_plan(struct drafting *drafting);
static const char *need(struct drafting *drafting, const struct file_text *text,
                        const char *name);
static const struct plan_section *find_section(struct drafting *drafting);
static void make_figures(struct drafting *drafting, struct report *report);
static void make_figure(struct drafting *drafting, const struct file_figure *from,
                        struct figure *figures, size_t *count);
static bool read_value(struct drafting *drafting, const struct file_figure *from,
                       const struct plan_indicator *indicator,
                       struct quantity *ret_value);
static bool is_of_project(const struct file_figure *from);
static void make_projects(struct drafting *drafting, struct report *report);
static void make_project(struct drafting *drafting, const struct file_figure *from,
                         struct project_figure *figures, size_t *count);
static const char *find_project(struct drafting *drafting, const struct file_text *name);
static int by_project(const void *a, const void *b);
static const struct plan_indicator *find_indicator(struct drafting *drafting,
                                                   const struct file_text *name);
static int by_indicator(const void *a, const void *b);
static void make_person(struct drafting *drafting, const struct file_person *from,
                        struct person *person);
static enum report_kind find_kind(struct drafting *drafting);
static const char *trimmed_of(struct drafting *drafting, const struct file_text *text);
static const char *text_of(const struct file_text *text);
static const char *inside(struct drafting *drafting, const char *name);

int draft_make(struct arena *arena, const struct draft_about *about,
               const struct report_file *file, struct yaml_problems *problems,
               struct report *ret_report)
{
	struct drafting drafting = {
		.arena = arena, .about = about, .file = file, .problems = problems};
	struct report report = {
		.plan = about->plan->id,
		.plan_version = about->plan_version,
		.unit = about->unit,
		.made_at = about->plan_now,
		.wall_made_at = about->wall_now,
		.texts = {.progress = text_of(&file->texts[0]),
	                  .problems = text_of(&file->texts[1]),
	                  .next_steps = text_of(&file->texts[2]),
	                  .city_to_settle = text_of(&file->texts[3])},
	};

	check_plan(&drafting);
	drafting.section = find_section(&drafting);
	report.section = drafting.section != NULL ? drafting.section->id : "";
	report.period = need(&drafting, &file->period, field_names[FIELD_PERIOD].zh);
	report.kind = find_kind(&drafting);
	report.supersedes = trimmed_of(&drafting, &file->supersedes);
	report.change_reason = trimmed_of(&drafting, &file->change_reason);
	make_figures(&drafting, &report);
	make_projects(&drafting, &report);
	make_person(&drafting, &file->persons[0], &report.filled_by);
	make_person(&drafting, &file->persons[1], &report.reviewed_by);
	make_person(&drafting, &file->persons[2], &report.approved_by);
	if (drafting.no_memory)
		return E_NOMEM;
	if (problems->count > 0)
		return E_SYNTAX;
	*ret_report = report;
	return 0;
}

/* Both may be left out; when they are there, the file was meant for somebody. */
static void check_plan(struct drafting *drafting)
{
	const struct report_file *file = drafting->file;
	const struct plan *plan = drafting->about->plan;
	const struct plan_unit *unit;

	if (file->plan.text != NULL && strcmp(file->plan.text, plan->id) != 0 &&
	    strcmp(file->plan.text, plan->number) != 0)
		yaml_problem(drafting->problems, file->plan.place,
		             _("方案“%s”不是现行方案“%s”（%s）"), file->plan.text,
		             plan->id, plan->number);
	if (file->unit.text == NULL)
		return;
	unit = plan_find_unit(plan, file->unit.text);
	if (unit == NULL || strcmp(unit->code, drafting->about->unit) != 0)
		yaml_problem(drafting->problems, file->unit.place,
		             _("填报单位“%s”不是本机所属单位 %s"), file->unit.text,
		             drafting->about->unit);
}

static const char *trimmed_of(struct drafting *drafting, const struct file_text *text)
{
	const char *trimmed =
		text->text != NULL ? field_trim(drafting->arena, text->text) : "";

	if (trimmed == NULL)
		drafting->no_memory = true;
	return trimmed != NULL ? trimmed : "";
}

static enum report_kind find_kind(struct drafting *drafting)
{
	const struct file_text *text = &drafting->file->kind;
	const char *word = trimmed_of(drafting, text);

	if (word[0] == '\0')
		return REPORT_ORDINARY;
	for (int kind = REPORT_ORDINARY; kind <= REPORT_ZERO; kind++)
		if (strcmp(word, kind_word((enum report_kind)kind)) == 0 ||
		    strcmp(word, kind_key((enum report_kind)kind)) == 0)
			return (enum report_kind)kind;
	yaml_problem(drafting->problems, text->place,
	             _("种类“%s”不认识，应为月报、本期无变化或零报告"), word);
	return REPORT_ORDINARY;
}

static const char *need(struct drafting *drafting, const struct file_text *text,
                        const char *name)
{
	const char *trimmed = trimmed_of(drafting, text);

	if (!drafting->no_memory && trimmed[0] == '\0')
		yaml_problem(drafting->problems,
		             text->text != NULL
		                     ? text->place
		                     : (struct yaml_place){.file = drafting->file->name},
		             _("没有填写“%s”"), name);
	return trimmed;
}

static const struct plan_section *find_section(struct drafting *drafting)
{
	const struct plan *plan = drafting->about->plan;
	const char *name =
		need(drafting, &drafting->file->section, field_names[FIELD_SECTION].zh);
	const struct plan_section *section = plan_find_section(plan, name);
	const char *allowed = "";

	for (size_t i = 0; i < plan->section_count && section == NULL; i++)
		if (strcmp(plan->sections[i].name, name) == 0 ||
		    strcmp(plan->sections[i].heading, name) == 0)
			section = &plan->sections[i];
	if (section != NULL || name[0] == '\0')
		return section;
	for (size_t i = 0; i < plan->section_count && allowed != NULL; i++)
		allowed = arena_printf(drafting->arena, "%s%s%s %s", allowed,
		                       i > 0 ? "、" : "", plan->sections[i].id,
		                       plan->sections[i].name);
	yaml_problem(drafting->problems, drafting->file->section.place,
	             _("方案中没有板块“%s”，现有：%s"), name,
	             allowed != NULL ? allowed : "");
	return NULL;
}

static void make_figures(struct drafting *drafting, struct report *report)
{
	const struct report_file *file = drafting->file;
	struct figure *figures =
		arena_new_array(drafting->arena, file->figure_count + 1, struct figure);
	size_t count = 0;

	if (figures == NULL) {
		drafting->no_memory = true;
		return;
	}
	for (size_t i = 0; i < file->figure_count && drafting->section != NULL; i++)
		if (!is_of_project(&file->figures[i]))
			make_figure(drafting, &file->figures[i], figures, &count);
	qsort(figures, count, sizeof(*figures), by_indicator);
	report->figures = figures;
	report->figure_count = count;
}

static void make_figure(struct drafting *drafting, const struct file_figure *from,
                        struct figure *figures, size_t *count)
{
	const struct file_text *fields = from->fields;
	const struct plan_indicator *indicator =
		find_indicator(drafting, &fields[FIGURE_NAME]);
	struct figure figure = {.reason = text_of(&fields[FIGURE_REASON])};

	if (indicator == NULL || !read_value(drafting, from, indicator, &figure.value))
		return;
	figure.indicator = indicator->id;
	for (size_t i = 0; i < *count; i++)
		if (strcmp(figures[i].indicator, indicator->id) == 0) {
			yaml_problem(drafting->problems, fields[FIGURE_NAME].place,
			             _("“%s”填报了不止一次"),
			             inside(drafting, indicator->name));
			return;
		}
	figures[(*count)++] = figure;
}

/* False when there is none, or it does not read, which is noted. */
static bool read_value(struct drafting *drafting, const struct file_figure *from,
                       const struct plan_indicator *indicator, struct quantity *ret_value)
{
	const struct file_text *fields = from->fields;
	const char *why;
	int r;

	if (fields[FIGURE_VALUE].text == NULL || fields[FIGURE_VALUE].text[0] == '\0') {
		if (text_of(&fields[FIGURE_REASON])[0] != '\0')
			yaml_problem(drafting->problems, fields[FIGURE_REASON].place,
			             _("“%s”有说明而没有数值"),
			             inside(drafting, indicator->name));
		return false;
	}
	r = draft_value(drafting->arena, fields[FIGURE_VALUE].text,
	                fields[FIGURE_UNIT].text, indicator->unit, ret_value, &why);
	if (r == E_NOMEM)
		drafting->no_memory = true;
	else if (r < 0)
		yaml_problem(drafting->problems, fields[FIGURE_VALUE].place,
		             _("“%s”＝“%s”，%s"), inside(drafting, indicator->name),
		             fields[FIGURE_VALUE].text, why);
	return r == 0;
}

static bool is_of_project(const struct file_figure *from)
{
	const char *text = text_of(&from->fields[FIGURE_PROJECT]);

	return text[strspn(text, " \t")] != '\0';
}

static void make_projects(struct drafting *drafting, struct report *report)
{
	const struct report_file *file = drafting->file;
	struct project_figure *figures =
		arena_new_array(drafting->arena, file->figure_count + 1,
	                        struct project_figure);
	size_t count = 0;

	if (figures == NULL) {
		drafting->no_memory = true;
		return;
	}
	for (size_t i = 0; i < file->figure_count && drafting->section != NULL; i++)
		if (is_of_project(&file->figures[i]))
			make_project(drafting, &file->figures[i], figures, &count);
	qsort(figures, count, sizeof(*figures), by_project);
	report->project_figures = figures;
	report->project_figure_count = count;
}

static void make_project(struct drafting *drafting, const struct file_figure *from,
                         struct project_figure *figures, size_t *count)
{
	const struct file_text *fields = from->fields;
	const struct plan_indicator *indicator =
		find_indicator(drafting, &fields[FIGURE_NAME]);
	struct project_figure figure = {
		.project = find_project(drafting, &fields[FIGURE_PROJECT]),
		.reason = text_of(&fields[FIGURE_REASON]),
	};

	if (indicator == NULL || !read_value(drafting, from, indicator, &figure.value))
		return;
	figure.indicator = indicator->id;
	for (size_t i = 0; i < *count; i++)
		if (by_project(&figures[i], &figure) == 0) {
			yaml_problem(drafting->problems, fields[FIGURE_NAME].place,
			             _("项目“%s”的“%s”填报了不止一次"), figure.project,
			             inside(drafting, indicator->name));
			return;
		}
	figures[(*count)++] = figure;
}

/* By id or name; what is not known is left for judging to refuse. */
static const char *find_project(struct drafting *drafting, const struct file_text *name)
{
	const struct draft_about *about = drafting->about;
	const char *text = trimmed_of(drafting, name);

	for (size_t i = 0; i < about->project_count; i++)
		if (strcmp(about->projects[i].section, drafting->section->id) == 0 &&
		    (strcmp(about->projects[i].id, text) == 0 ||
		     strcmp(about->projects[i].name, text) == 0))
			return about->projects[i].id;
	return text;
}

static int by_project(const void *a, const void *b)
{
	return project_figure_order(a, b);
}

static const struct plan_indicator *find_indicator(struct drafting *drafting,
                                                   const struct file_text *name)
{
	const struct plan_section *section = drafting->section;
	const char *text = field_trim(drafting->arena, text_of(name));
	const char **known =
		arena_new_array(drafting->arena, 2 * section->indicator_count + 1,
	                        const char *);
	const struct plan_indicator *found;
	const char *near;

	if (text == NULL || known == NULL) {
		drafting->no_memory = true;
		return NULL;
	}
	found = plan_find_indicator(section, text);
	if (found != NULL)
		return found;
	for (size_t i = 0; i < section->indicator_count; i++) {
		known[2 * i] = section->indicators[i].name;
		known[2 * i + 1] = section->indicators[i].id;
	}
	near = spelling_nearest(text, known);
	if (near != NULL)
		yaml_problem(drafting->problems, name->place,
		             _("“%s”板块没有指标“%s”，是否为“%s”"), section->name,
		             inside(drafting, text), inside(drafting, near));
	else
		yaml_problem(drafting->problems, name->place, _("“%s”板块没有指标“%s”"),
		             section->name, inside(drafting, text));
	return NULL;
}

static int by_indicator(const void *a, const void *b)
{
	return strcmp(((const struct figure *)a)->indicator,
	              ((const struct figure *)b)->indicator);
}

/* Who did not write down when he signed did so when the report was made. */
static void make_person(struct drafting *drafting, const struct file_person *from,
                        struct person *person)
{
	const struct file_text *at = &from->fields[PERSON_AT];

	*person = (struct person){
		.name = text_of(&from->fields[PERSON_NAME]),
		.post = text_of(&from->fields[PERSON_POST]),
		.telephone = text_of(&from->fields[PERSON_TELEPHONE]),
		.at = drafting->about->plan_now,
	};
	if (at->text != NULL && at->text[0] != '\0' &&
	    instant_parse(at->text, drafting->about->plan->utc_offset, &person->at) < 0)
		yaml_problem(drafting->problems, at->place,
		             _("审签时间“%s”应写为“2022-10-08 16:00”"), at->text);
	else if (person->at > drafting->about->plan_now)
		yaml_problem(drafting->problems, at->place, _("审签时间“%s”晚于现在"),
		             at->text);
}

static const char *text_of(const struct file_text *text)
{
	return text->text != NULL ? text->text : "";
}

static const char *inside(struct drafting *drafting, const char *name)
{
	const char *text = field_inside(drafting->arena, name);

	return text != NULL ? text : "";
}

/* The largest end of @text that is the name of a unit. */
static const struct unit *split_unit(const char *text, size_t *ret_number_len)
{
	struct bytes rest = bytes_of_str(text);

	while (rest.len > 0) {
		uint32_t character;
		size_t len = utf8_first(rest, &character);
		const struct unit *unit = unit_find((const char *)rest.data);

		*ret_number_len = (size_t)((const char *)rest.data - text);
		if (unit != NULL && *ret_number_len > 0)
			return unit;
		rest = bytes_of(rest.data + (len > 0 ? len : 1),
		                rest.len - (len > 0 ? len : 1));
	}
	*ret_number_len = strlen(text);
	return NULL;
}

static bool take_hedge(const char **text, size_t *len, enum hedge *hedge)
{
	if (*len > strlen("约") && strncmp(*text, "约", strlen("约")) == 0) {
		*text += strlen("约");
		*len -= strlen("约");
		*hedge = HEDGE_ABOUT;
		return true;
	}
	if (*len > strlen("多") &&
	    memcmp(*text + *len - strlen("多"), "多", strlen("多")) == 0) {
		*len -= strlen("多");
		*hedge = HEDGE_MORE_THAN;
		return true;
	}
	return false;
}

int draft_value(struct arena *arena, const char *text, const char *unit,
                const struct unit *usual, struct quantity *ret_value,
                const char **ret_why)
{
	const char *trimmed = field_trim(arena, text), *apart = NULL, *number;
	const struct unit *inside, *given = usual;
	enum hedge hedge = HEDGE_NONE;
	size_t len;
	int r;

	if (trimmed == NULL)
		return E_NOMEM;
	inside = split_unit(trimmed, &len);
	if (unit != NULL)
		apart = field_trim(arena, unit);
	if (apart != NULL && apart[0] != '\0') {
		given = unit_find(apart);
		if (given == NULL) {
			*ret_why = arena_printf(arena, _("计量单位“%s”不认识，应为%s"),
			                        apart, unit_alternatives(usual));
			return *ret_why != NULL ? E_SYNTAX : E_NOMEM;
		}
		if (inside != NULL && inside != given) {
			*ret_why = _("数值里的单位与“单位”栏不一致");
			return E_SYNTAX;
		}
	} else if (inside != NULL) {
		given = inside;
	}
	while (len > 0 && inside != NULL && trimmed[len - 1] == ' ')
		len--;
	(void)take_hedge(&trimmed, &len, &hedge);
	number = arena_strndup(arena, trimmed, len);
	if (number == NULL)
		return E_NOMEM;
	r = quantity_parse(number, given, ret_value, ret_why);
	if (r == 0)
		ret_value->hedge = hedge;
	return r;
}
