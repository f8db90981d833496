/*
 * duban-agent template SECTION PERIOD: a YAML file with every indicator of the section,
 * its unit and kind, filled in with the values of the last report that was accepted; each
 * such line says so, because sending a figure again unchanged is somebody's decision.
 */
#include "client/agent/template.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/fields.h"
#include "client/agent/sitting.h"
#include "model/period.h"
#include "model/wording.h"

#define WAIT_MS 30000

static const struct plan_section *find_section(const struct plan *plan, const char *name);
static void print_head(const struct sitting *sitting, const struct plan_section *section,
                       const struct period *period);
static void print_figures(const struct plan_section *section,
                          const struct plan_unit *unit, const struct history *history);
static void print_figure(const struct plan_indicator *indicator,
                         const struct history *history,
                         const struct plan_opening *opening);
static void print_rest(void);

int template_run(struct agent *agent, const char *const *args)
{
	struct sitting sitting;
	const struct plan_section *section;
	struct report about = {.period = args[1]};
	struct history history;
	struct period period;
	int code = sitting_open(agent, &sitting);

	if (code != AGENT_OK)
		return code;
	code = sitting_need_plan(&sitting, WAIT_MS);
	section = code == AGENT_OK ? find_section(sitting.plan.plan, args[0]) : NULL;
	if (code == AGENT_OK && section == NULL) {
		(void)agent_error(_("方案中没有板块“%s”"), args[0]);
		code = AGENT_USAGE;
	}
	if (code == AGENT_OK && (period_parse(args[1], &period) < 0 ||
	                         period_in_plan(sitting.plan.plan, &period) < 0)) {
		(void)agent_error(_("“%s”不是方案的报告期（如 2022-09）"), args[1]);
		code = AGENT_USAGE;
	}
	if (code == AGENT_OK) {
		about.plan = sitting.plan.plan->id;
		about.section = section->id;
		if (queue_history(sitting.store, &agent->arena, &about, &history) < 0)
			history.count = 0;
		print_head(&sitting, section, &period);
		print_figures(section,
		              plan_find_unit(sitting.plan.plan, agent->settings.unit),
		              &history);
		print_rest();
	}
	sitting_close(&sitting);
	return code;
}

static const struct plan_section *find_section(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->section_count; i++)
		if (strcmp(plan->sections[i].id, name) == 0 ||
		    strcmp(plan->sections[i].name, name) == 0)
			return &plan->sections[i];
	return NULL;
}

static void print_head(const struct sitting *sitting, const struct plan_section *section,
                       const struct period *period)
{
	const struct plan *plan = sitting->plan.plan;
	const struct plan_unit *unit =
		plan_find_unit(plan, sitting->agent->settings.unit);
	struct period_times times;
	char text[WORDING_MAX];

	period_times(plan, period, &times);
	wording_instant(plan, times.due, text);
	printf(_("# 进展情况月报：%s %s\n"), unit != NULL ? unit->name : "",
	       section->name);
	printf(_("# 报送时限：%s。填好后运行 duban-agent submit 文件名\n"), text);
	printf(_("# 数值可连同单位填写，如 128个；没有的指标留空，必填的没有则填0\n\n"));
	period_print(period, text);
	printf("%s: %s\n", field_names[FIELD_PLAN].zh, plan->id);
	if (unit != NULL)
		printf("%s: %s\n", field_names[FIELD_UNIT].zh, unit->name);
	printf("%s: \"%s\"\n", field_names[FIELD_SECTION].zh, section->id);
	printf("%s: \"%s\"\n\n", field_names[FIELD_PERIOD].zh, text);
}

static void print_figures(const struct plan_section *section,
                          const struct plan_unit *unit, const struct history *history)
{
	printf("%s:\n", field_names[FIELD_FIGURES].zh);
	for (size_t i = 0; i < section->indicator_count; i++) {
		const struct plan_indicator *indicator = &section->indicators[i];

		if (indicator->kind != INDICATOR_SHARE)
			print_figure(indicator, history,
			             plan_find_opening(section, indicator, unit));
	}
}

/* Quoted as a YAML key: names have quotation marks of their own, but never ASCII's. */
static void print_figure(const struct plan_indicator *indicator,
                         const struct history *history,
                         const struct plan_opening *opening)
{
	static const char *const kinds[] = {[INDICATOR_CUMULATIVE] = N_("累计数"),
	                                    [INDICATOR_LEVEL] = N_("时点数"),
	                                    [INDICATOR_FALLING] = N_("应逐步减为零"),
	                                    [INDICATOR_SHARE] = "",
	                                    [INDICATOR_MILESTONE] = N_("节点数")};
	char before[QUANTITY_TEXT_MAX] = "", period[PERIOD_TEXT_MAX] = "";
	char opened[QUANTITY_TEXT_MAX], date[DAY_TEXT_MAX];

	for (size_t i = 0; i < history->count && before[0] == '\0'; i++)
		for (size_t j = 0; j < history->reports[i].figure_count; j++) {
			const struct figure *figure = &history->reports[i].figures[j];

			if (strcmp(figure->indicator, indicator->id) != 0)
				continue;
			quantity_print(&figure->value, before);
			period_print(&history->reports[i].period, period);
		}
	printf("  \"%s\": %s  # %s，%s%s%s", indicator->name, before,
	       indicator->unit->name, _(kinds[indicator->kind]),
	       indicator->yearly ? _("，本年") : "",
	       indicator->required ? _("，必填") : "");
	if (before[0] != '\0') {
		printf(_("；沿用 %s 的数，请核对"), period);
	} else if (opening != NULL) {
		quantity_print(&opening->value, opened);
		day_print(opening->on, date);
		printf(opening->confirmed_by[0] != '\0'
		               ? _("；期初数 %s（截至 %s）")
		               : _("；期初数 %s（截至 %s，未确认）"),
		       opened, date);
	}
	(void)putchar('\n');
}

static void print_rest(void)
{
	printf("\n%s:\n%s: %s\n%s: %s\n%s: %s\n\n", field_names[FIELD_PROGRESS].zh,
	       field_names[FIELD_PROBLEMS].zh, _("无"), field_names[FIELD_NEXT_STEPS].zh,
	       _("无"), field_names[FIELD_CITY_TO_SETTLE].zh, _("无"));
	for (int field = FIELD_FILLED_BY; field <= FIELD_APPROVED_BY; field++)
		printf("%s: {%s: , %s: , %s: }\n", field_names[field].zh,
		       person_field_names[PERSON_NAME].zh,
		       person_field_names[PERSON_POST].zh,
		       person_field_names[PERSON_TELEPHONE].zh);
}
