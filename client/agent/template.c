/*
 * duban-agent template SECTION [PERIOD]: a YAML file with every indicator of the section,
 * its unit and kind, filled in
 *
 *	nothing stands for the period     with the last report's figures, each line saying
 *	                                  so: sending one unchanged is somebody's decision
 *	a report stands                   as it stands, with its receipt's number, to be
 *	                                  corrected
 *	it was returned                   likewise, with the reason beside each field
 *
 * Below them the unit's projects that are under way, with what each last reported.
 */
#include "client/agent/template.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/about.h"
#include "client/agent/fields.h"
#include "client/agent/project_cache.h"
#include "client/agent/returns.h"
#include "client/agent/sitting.h"
#include "client/agent/succession.h"
#include "model/wording.h"

#define WAIT_MS 30000

struct form {
	struct sitting *sitting;
	struct about about;
	struct succession found;
	const struct report *from; /* whose figures are filled in; NULL: none */
	bool corrects;             /* that one is of this period */
	struct history projects;   /* nothing else in it is filled in */
	struct arena *arena;
};

static int be_fresh(struct sitting *sitting);
static int find_figures(struct form *form);
static void print_head(const struct form *form);
static void print_change(const struct form *form);
static void print_figures(const struct form *form);
static void print_figure(const struct form *form, const struct plan_indicator *indicator);
static void print_opening(const struct form *form,
                          const struct plan_indicator *indicator);
static void print_value(const struct quantity *value, const char *reason);
static void print_projects(const struct form *form);
static bool is_shown(const struct form *form, const struct project *project,
                     const struct plan_indicator *indicator);
static void print_project_figure(const struct form *form, const struct project *project,
                                 const struct plan_indicator *indicator);
static void print_rest(const struct form *form);
static void print_quoted(const char *text);
static void print_asked(const struct form *form, const char *field);

int template_run(struct agent *agent, const char *const *args)
{
	struct sitting sitting;
	struct form form = {.sitting = &sitting, .arena = &agent->arena};
	int code = sitting_open(agent, &sitting);

	if (code != AGENT_OK)
		return code;
	code = be_fresh(&sitting);
	if (code == AGENT_OK)
		code = about_read(sitting.plan.plan, agent->settings.unit,
		                  store_plan_now(sitting.store, agent_wall_now()), args,
		                  &form.about);
	if (code == AGENT_OK)
		code = find_figures(&form);
	if (code == AGENT_OK) {
		print_head(&form);
		print_figures(&form);
		print_projects(&form);
		print_rest(&form);
	}
	sitting_close(&sitting);
	return code;
}

/* Without a plan nothing can be printed; and when no service runs, what others of the
 * unit sent is asked for. An unreachable centre is no reason not to begin. */
static int be_fresh(struct sitting *sitting)
{
	int code = AGENT_OK;

	if (sitting_lock(sitting)) {
		code = sitting_refresh(sitting, WAIT_MS);
		if (code == AGENT_OK)
			sitting_catch_up(sitting, WAIT_MS);
	}
	return sitting_need_plan(sitting, WAIT_MS);
}

static int find_figures(struct form *form)
{
	const struct place place = {.plan = form->sitting->plan.plan->id,
	                            .section = form->about.section->id,
	                            .period = form->about.text};
	struct store *store = form->sitting->store;
	struct accepted last;
	int r = succession_find(store, form->arena, &place, &form->found, NULL);

	if (r < 0)
		return agent_error("%s", r == E_CORRUPT ? text_err(r) : store_why(store));
	form->from = succession_base(&form->found);
	form->corrects = form->from != NULL;
	if (form->from == NULL && accepted_last(store, form->arena, &place, &last) == 0 &&
	    accepted_read(form->arena, last.payload, &form->from) < 0)
		form->from = NULL;
	if (project_cache_load(store, form->arena, place.plan, place.section,
	                       &form->projects) < 0)
		return agent_error("%s", store_why(store));
	return AGENT_OK;
}

static void print_head(const struct form *form)
{
	const struct sitting *sitting = form->sitting;
	const struct plan *plan = sitting->plan.plan;
	const struct plan_unit *unit =
		plan_find_unit(plan, sitting->agent->settings.unit);
	struct period_times times;
	char text[WORDING_MAX];

	period_times(plan, &form->about.period, &times);
	wording_instant(plan, times.due, text);
	printf(_("# 进展情况月报：%s %s\n"), unit != NULL ? unit->name : "",
	       form->about.section->name);
	printf(_("# 报送时限：%s。填好后运行 duban-agent submit 文件名\n"), text);
	printf(_("# 数值可连同单位填写，如 128个；没有的指标留空，必填的没有则填0\n\n"));
	if (form->corrects)
		print_change(form);
	printf("%s: %s\n", field_names[FIELD_PLAN].zh, plan->id);
	if (unit != NULL)
		printf("%s: %s\n", field_names[FIELD_UNIT].zh, unit->name);
	printf("%s: \"%s\"\n", field_names[FIELD_SECTION].zh, form->about.section->id);
	printf("%s: \"%s\"\n\n", field_names[FIELD_PERIOD].zh, form->about.text);
}

/* What this file is to take the place of, and why that is so. */
static void print_change(const struct form *form)
{
	const struct plan *plan = form->sitting->plan.plan;
	const struct succession *found = &form->found;
	char due[WORDING_MAX], left[RETURNS_LEFT_MAX];

	if (found->is_returned) {
		wording_instant(plan, found->returned.due_at, due);
		returns_left(plan, store_plan_now(form->sitting->store, agent_wall_now()),
		             found->returned.due_at, left);
		printf(_("# 本表已被%s退回（第%u次），请于%s前重报（%s）\n"),
		       returns_by(form->arena, plan, found->returned.by),
		       found->returned.ordinal, due, left);
		printf(_("# 退回意见写在各项旁边，标有“退回”；其余数据不必重填\n"));
		if (found->returned.remark[0] != '\0')
			printf(_("# 附言：%s\n"), found->returned.remark);
	} else if (!found->is_waiting) {
		printf(_("# 本期已有收妥的报表，以下是其内容；改正后报送即为更正\n"));
	} else {
		printf(_("# "
		         "本期的上一份还在待发，以下是其内容；改正后报送，待其收妥后更正"
		         "\n"));
	}
	if (found->has_current && !found->is_waiting)
		printf("%s: %s\n", field_names[FIELD_SUPERSEDES].zh,
		       found->current.number);
	printf(_("%s:   # 为什么修改，必填，经负责人审签\n\n"),
	       field_names[FIELD_CHANGE_REASON].zh);
}

static void print_figures(const struct form *form)
{
	const struct plan_section *section = form->about.section;

	printf("%s:\n", field_names[FIELD_FIGURES].zh);
	for (size_t i = 0; i < section->indicator_count; i++)
		if (section->indicators[i].kind != INDICATOR_SHARE)
			print_figure(form, &section->indicators[i]);
}

/* Quoted as a YAML key: names have quotation marks of their own, but never ASCII's. */
static void print_figure(const struct form *form, const struct plan_indicator *indicator)
{
	static const char *const kinds[] = {[INDICATOR_CUMULATIVE] = N_("累计数"),
	                                    [INDICATOR_LEVEL] = N_("时点数"),
	                                    [INDICATOR_FALLING] = N_("应逐步减为零"),
	                                    [INDICATOR_SHARE] = "",
	                                    [INDICATOR_MILESTONE] = N_("节点数")};
	const struct figure *figure =
		form->from != NULL ? report_figure(form->from, indicator->id) : NULL;

	print_asked(form, indicator->id);
	printf("  \"%s\": ", indicator->name);
	if (figure != NULL)
		print_value(&figure->value, form->corrects ? figure->reason : "");
	printf("  # %s，%s%s%s", indicator->unit->name, _(kinds[indicator->kind]),
	       indicator->yearly ? _("，本年") : "",
	       indicator->required ? _("，必填") : "");
	if (figure != NULL && !form->corrects)
		printf(_("；沿用 %s 的数，请核对"), form->from->period);
	if (figure == NULL)
		print_opening(form, indicator);
	(void)putchar('\n');
}

static void print_value(const struct quantity *value, const char *reason)
{
	char text[QUANTITY_TEXT_MAX];

	quantity_print(value, text);
	if (reason[0] == '\0') {
		printf("%s", text);
		return;
	}
	printf("{%s: %s, %s: ", figure_field_names[FIGURE_VALUE].zh, text,
	       figure_field_names[FIGURE_REASON].zh);
	print_quoted(reason);
	(void)putchar('}');
}

static void print_projects(const struct form *form)
{
	const struct plan_section *section = form->about.section;
	bool begun = false;

	for (size_t i = 0; i < form->projects.project_count; i++) {
		const struct project *project = &form->projects.projects[i];
		bool named = false;

		for (size_t k = 0; k < section->indicator_count; k++) {
			if (!is_shown(form, project, &section->indicators[k]))
				continue;
			if (!begun)
				printf(_("\n%s:  # "
				         "选填；一项指标填了，各在建项目都要填，合计"
				         "等于本单位数\n"),
				       field_names[FIELD_PROJECTS].zh);
			if (!named)
				printf("  \"%s\":  # %s\n", project->id, project->name);
			begun = named = true;
			print_project_figure(form, project, &section->indicators[k]);
		}
	}
}

/* By the targets that it is under, and by what it reported before. */
static bool is_shown(const struct form *form, const struct project *project,
                     const struct plan_indicator *indicator)
{
	const struct plan_section *section = form->about.section;
	bool reported =
		form->from != NULL &&
		report_project_figure(form->from, project->id, indicator->id) != NULL;

	if (project->state != PROJECT_UNDERWAY)
		return reported && form->corrects;
	for (size_t i = 0; i < section->target_count && !reported; i++)
		reported = section->targets[i].indicator == indicator &&
		           project_has_target(project, section->targets[i].id);
	return reported && indicator->kind != INDICATOR_SHARE;
}

static void print_project_figure(const struct form *form, const struct project *project,
                                 const struct plan_indicator *indicator)
{
	const struct project_figure *figure =
		form->from != NULL
			? report_project_figure(form->from, project->id, indicator->id)
			: NULL;

	printf("    \"%s\": ", indicator->name);
	if (figure != NULL)
		print_value(&figure->value, form->corrects ? figure->reason : "");
	printf("  # %s", indicator->unit->name);
	if (figure != NULL && !form->corrects)
		printf(_("；沿用 %s 的数，请核对"), form->from->period);
	(void)putchar('\n');
}

/* What was there before the first report, which it is compared with. */
static void print_opening(const struct form *form, const struct plan_indicator *indicator)
{
	const struct sitting *sitting = form->sitting;
	const struct plan_opening *opening = plan_find_opening(
		form->about.section, indicator,
		plan_find_unit(sitting->plan.plan, sitting->agent->settings.unit));
	char value[QUANTITY_TEXT_MAX], date[DAY_TEXT_MAX];

	if (opening == NULL)
		return;
	quantity_print(&opening->value, value);
	day_print(opening->on, date);
	printf(opening->confirmed_by[0] != '\0' ? _("；期初数 %s（截至 %s）")
	                                        : _("；期初数 %s（截至 %s，未确认）"),
	       value, date);
}

static void print_person(int field, const struct person *person)
{
	printf("%s: {%s: ", field_names[field].zh, person_field_names[PERSON_NAME].zh);
	if (person == NULL) {
		printf(", %s: , %s: }\n", person_field_names[PERSON_POST].zh,
		       person_field_names[PERSON_TELEPHONE].zh);
		return;
	}
	print_quoted(person->name);
	printf(", %s: ", person_field_names[PERSON_POST].zh);
	print_quoted(person->post);
	printf(", %s: ", person_field_names[PERSON_TELEPHONE].zh);
	print_quoted(person->telephone);
	printf("}\n");
}

static void print_rest(const struct form *form)
{
	const struct report *from = form->corrects ? form->from : NULL;
	const char *const texts[] = {
		from != NULL ? from->texts.progress : NULL,
		from != NULL ? from->texts.problems : NULL,
		from != NULL ? from->texts.next_steps : NULL,
		from != NULL ? from->texts.city_to_settle : NULL,
	};
	const struct person *const persons[] = {
		from != NULL ? &from->filled_by : NULL,
		from != NULL ? &from->reviewed_by : NULL,
		from != NULL ? &from->approved_by : NULL,
	};

	(void)putchar('\n');
	for (int i = 0; i < 4; i++) {
		int field = FIELD_PROGRESS + i;

		print_asked(form, field_names[field].en);
		printf("%s:", field_names[field].zh);
		if (texts[i] != NULL) {
			(void)putchar(' ');
			print_quoted(texts[i]);
		} else if (field != FIELD_PROGRESS) {
			printf(" %s", _("无"));
		}
		(void)putchar('\n');
	}
	(void)putchar('\n');
	print_asked(form, "persons");
	for (int i = 0; i < 3; i++)
		print_person(FIELD_FILLED_BY + i, persons[i]);
}

/* As YAML reads it back, whatever stands in it. */
static void print_quoted(const char *text)
{
	(void)putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			printf("\\n");
		else if (*text == '\t')
			printf("\\t");
		else if (*text == '\r')
			printf("\\r");
		else if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else
			(void)putchar(*text);
	}
	(void)putchar('"');
}

/* The bureau's reason stands above its line, as a comment of as many lines. */
static void print_asked(const struct form *form, const char *field)
{
	const char *reason = form->found.is_returned && form->corrects
	                             ? returned_reason(&form->found.returned, field)
	                             : NULL;
	const char *indent =
		plan_find_indicator(form->about.section, field) != NULL ? "  " : "";

	if (reason == NULL)
		return;
	printf(_("%s# 退回："), indent);
	for (; *reason != '\0'; reason++)
		if (*reason == '\n')
			printf("\n%s# ", indent);
		else
			(void)putchar(*reason);
	(void)putchar('\n');
}
