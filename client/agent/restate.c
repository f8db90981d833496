/*
 * A report without a typed figure:
 *
 *	last report --> 无变化: its figures; what restarts each year is 0 in a new year
 *	            --> 零报告: what counts up is 0, levels are those of the last report
 *	plan        --> only what it still asks for
 */
#include "client/agent/restate.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static int make_figures(const struct restate *restate, struct report *report);
static int make_projects(const struct restate *restate, struct report *report);
static bool make_figure(const struct restate *restate,
                        const struct plan_indicator *indicator, struct figure *figure);
static int by_indicator(const void *a, const void *b);
static void make_texts(const struct restate *restate, struct report *report);
static struct person make_person(const struct restate *restate, int which,
                                 const struct person *last);
static const char *answer_to(const struct restate *restate, const struct finding *finding,
                             const char *indicator);

int restate_make(const struct restate *restate, struct report *ret_report)
{
	const struct report *last = restate->last;
	char *period = arena_alloc(restate->arena, PERIOD_TEXT_MAX);
	struct report report = {
		.plan = restate->plan->id,
		.plan_version = restate->plan_version,
		.unit = restate->unit,
		.section = restate->section->id,
		.period = period,
		.made_at = restate->plan_now,
		.wall_made_at = restate->wall_now,
		.kind = restate->kind,
		.supersedes = "",
		.change_reason = restate->reason != NULL ? restate->reason : "",
		.filled_by =
			make_person(restate, 0, last != NULL ? &last->filled_by : NULL),
		.reviewed_by =
			make_person(restate, 1, last != NULL ? &last->reviewed_by : NULL),
		.approved_by =
			make_person(restate, 2, last != NULL ? &last->approved_by : NULL),
	};

	if (last == NULL && restate->kind == REPORT_NO_CHANGE)
		return E_NOT_FOUND;
	if (period == NULL || make_figures(restate, &report) < 0 ||
	    make_projects(restate, &report) < 0)
		return E_NOMEM;
	period_print(&restate->period, period);
	make_texts(restate, &report);
	*ret_report = report;
	return 0;
}

static int make_figures(const struct restate *restate, struct report *report)
{
	const struct plan_section *section = restate->section;
	struct figure *figures =
		arena_new_array(restate->arena, section->indicator_count + 1,
	                        struct figure);
	size_t count = 0;

	if (figures == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < section->indicator_count; i++)
		if (make_figure(restate, &section->indicators[i], &figures[count]))
			count++;
	qsort(figures, count, sizeof(*figures), by_indicator);
	report->figures = figures;
	report->figure_count = count;
	return 0;
}

static bool counts_up(const struct plan_indicator *indicator)
{
	return indicator->kind == INDICATOR_CUMULATIVE ||
	       indicator->kind == INDICATOR_MILESTONE;
}

/* What was @before, as it stands now. */
static struct quantity value_now(const struct restate *restate,
                                 const struct plan_indicator *indicator,
                                 const struct quantity *before)
{
	struct period period;
	bool restarts = indicator->yearly &&
	                period_parse(restate->last->period, &period) == 0 &&
	                period.year != restate->period.year;

	if (restarts || (restate->kind == REPORT_ZERO && counts_up(indicator)))
		return (struct quantity){.unit = indicator->unit};
	return *before;
}

/* False: nothing is said of it. */
static bool make_figure(const struct restate *restate,
                        const struct plan_indicator *indicator, struct figure *figure)
{
	const struct report *last = restate->last;
	const struct figure *before =
		last != NULL ? report_figure(last, indicator->id) : NULL;

	if (indicator->kind == INDICATOR_SHARE)
		return false;
	*figure = (struct figure){.indicator = indicator->id,
	                          .value = {.unit = indicator->unit},
	                          .reason = ""};
	if (before == NULL)
		return restate->kind == REPORT_ZERO && indicator->required &&
		       counts_up(indicator);
	figure->value = value_now(restate, indicator, &before->value);
	return true;
}

/* Those of single projects likewise; what the plan no longer asks for is left out. */
static int make_projects(const struct restate *restate, struct report *report)
{
	const struct report *last = restate->last;
	size_t count = last != NULL ? last->project_figure_count : 0;
	struct project_figure *figures =
		arena_new_array(restate->arena, count + 1, struct project_figure);

	if (figures == NULL)
		return E_NOMEM;
	report->project_figures = figures;
	for (size_t i = 0; i < count; i++) {
		struct project_figure figure = last->project_figures[i];
		const struct plan_indicator *indicator =
			plan_find_indicator(restate->section, figure.indicator);

		if (indicator == NULL)
			continue;
		figure.value = value_now(restate, indicator, &figure.value);
		figure.reason = "";
		figures[report->project_figure_count++] = figure;
	}
	return 0;
}

static int by_indicator(const void *a, const void *b)
{
	return strcmp(((const struct figure *)a)->indicator,
	              ((const struct figure *)b)->indicator);
}

/* What stood in the way stands in the way still; what was done last month was not done
 * again. */
static void make_texts(const struct restate *restate, struct report *report)
{
	const struct report *last = restate->last;

	report->texts.progress =
		restate->kind == REPORT_ZERO ? "零报告。" : "本期无变化。";
	report->texts.problems = last != NULL ? last->texts.problems : "无";
	report->texts.next_steps = last != NULL ? last->texts.next_steps : "无";
	report->texts.city_to_settle = last != NULL ? last->texts.city_to_settle : "无";
}

/* Whoever it is signs off now, not when the last report was made. */
static struct person make_person(const struct restate *restate, int which,
                                 const struct person *last)
{
	struct person person = restate->persons[which];

	if (person.name == NULL || person.name[0] == '\0')
		person = last != NULL ? *last : (struct person){.name = NULL};
	person.name = person.name != NULL ? person.name : "";
	person.post = person.post != NULL ? person.post : "";
	person.telephone = person.telephone != NULL ? person.telephone : "";
	person.at = restate->plan_now;
	return person;
}

/* "figures[communities_finished].value" is about communities_finished. */
static bool is_about(const struct finding *finding, const char *indicator)
{
	static const char start[] = "figures[";
	const size_t len = sizeof(start) - 1;

	return strncmp(finding->field, start, len) == 0 &&
	       strncmp(finding->field + len, indicator, strlen(indicator)) == 0 &&
	       finding->field[len + strlen(indicator)] == ']';
}

bool restate_answer(const struct restate *restate, const struct findings *findings,
                    struct report *report)
{
	struct figure *figures =
		arena_new_array(restate->arena, report->figure_count + 1, struct figure);
	bool answered = false;

	if (figures == NULL)
		return false;
	for (size_t i = 0; i < report->figure_count; i++) {
		figures[i] = report->figures[i];
		for (const struct finding *f = findings->first; f != NULL; f = f->next) {
			const char *answer;

			if (f->severity != SEVERITY_REASON || f->answered ||
			    !is_about(f, figures[i].indicator))
				continue;
			answer = answer_to(restate, f, figures[i].indicator);
			if (answer == NULL)
				return false; /* it would hide what nobody answered */
			figures[i].reason = answer;
			answered = true;
		}
	}
	report->figures = figures;
	return answered;
}

/* NULL: nobody has answered it. */
static const char *answer_to(const struct restate *restate, const struct finding *finding,
                             const char *indicator)
{
	const struct figure *before =
		restate->last != NULL ? report_figure(restate->last, indicator) : NULL;
	const struct plan_section *section = restate->section;
	bool standing = false;

	for (size_t i = 0; i < section->rule_count; i++)
		if (strcmp(section->rules[i].id, finding->rule) == 0)
			standing = section->rules[i].kind == RULE_COMPARE;
	if (standing && before != NULL && before->reason != NULL &&
	    before->reason[0] != '\0')
		return before->reason;
	return restate->reason != NULL && restate->reason[0] != '\0' ? restate->reason
	                                                             : NULL;
}
