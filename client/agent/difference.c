/*
 * Comparing a report with the one that it replaces:
 *
 *	kind -> figures, in the section's order -> projects' -> texts -> persons
 *	     each: same, and not asked for? left out : a line
 *
 * A figure counts as changed when its amount did; 23500户 for 2.35万户 is none.
 */
#include "client/agent/difference.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "client/agent/agent.h"
#include "client/agent/columns.h"
#include "client/agent/fields.h"
#include "client/agent/outcome.h"

#define SHOWN_MAX 60 /* bytes of a text in a cell: 20 characters */

struct comparing {
	struct arena *arena;
	const struct succession *succession;
	const struct report *was, *is, *before; /* before: NULL, none */
	struct difference *difference;
	size_t capacity;
	bool no_memory;
};

static void compare_kind(struct comparing *comparing);
static void compare_figures(struct comparing *comparing,
                            const struct plan_section *section);
static void compare_figure(struct comparing *comparing,
                           const struct plan_indicator *indicator);
static void compare_projects(struct comparing *comparing,
                             const struct plan_section *section);
static void compare_texts(struct comparing *comparing);
static void compare_persons(struct comparing *comparing);
static const char *asked_for(const struct comparing *comparing, const char *field);
static void add(struct comparing *comparing, struct change change);
static const char *value_text(struct comparing *comparing, const struct figure *figure);
static const char *more_or_less(struct comparing *comparing, const struct figure *was,
                                const struct figure *is);
static const char *say(struct comparing *comparing, const char *text);

int difference_find(struct arena *arena, const struct plan *plan,
                    const struct succession *succession, const struct report *report,
                    struct difference *ret_difference)
{
	struct difference difference = {.count = 0};
	struct comparing comparing = {
		.arena = arena,
		.succession = succession,
		.was = succession_base(succession),
		.is = report,
		.before = succession->has_before ? succession->before_report : NULL,
		.difference = &difference,
	};
	const struct plan_section *section = plan_find_section(plan, report->section);

	if (comparing.was != NULL && section != NULL) {
		compare_kind(&comparing);
		compare_figures(&comparing, section);
		compare_projects(&comparing, section);
		compare_texts(&comparing);
		compare_persons(&comparing);
	}
	if (comparing.no_memory)
		return E_NOMEM;
	*ret_difference = difference;
	return 0;
}

static void compare_kind(struct comparing *comparing)
{
	add(comparing, (struct change){
			       .field = "kind",
			       .name = _(field_names[FIELD_KIND].zh),
			       .was = kind_word(comparing->was->kind),
			       .is = kind_word(comparing->is->kind),
			       .changed = comparing->was->kind != comparing->is->kind,
		       });
}

static void compare_figures(struct comparing *comparing,
                            const struct plan_section *section)
{
	for (size_t i = 0; i < section->indicator_count; i++)
		if (section->indicators[i].kind != INDICATOR_SHARE)
			compare_figure(comparing, &section->indicators[i]);
}

static void compare_figure(struct comparing *comparing,
                           const struct plan_indicator *indicator)
{
	const struct figure *was = report_figure(comparing->was, indicator->id);
	const struct figure *is = report_figure(comparing->is, indicator->id);
	const char *why_was = was != NULL ? was->reason : "";
	const char *why_is = is != NULL ? is->reason : "";

	add(comparing,
	    (struct change){
		    .field = indicator->id,
		    .name = indicator->name,
		    .was = value_text(comparing, was),
		    .is = value_text(comparing, is),
		    .by = more_or_less(comparing, was, is),
		    .before = comparing->before != NULL
	                              ? value_text(comparing,
	                                           report_figure(comparing->before,
	                                                         indicator->id))
	                              : "",
		    .changed = (was == NULL) != (is == NULL) ||
	                       (was != NULL &&
	                        !succession_same_value(&was->value, &is->value)),
	    });
	if (strcmp(why_was, why_is) != 0)
		add(comparing,
		    (struct change){
			    .field = arena_printf(comparing->arena, "%s.reason",
		                                  indicator->id),
			    .name = arena_printf(comparing->arena, _("%s的说明"),
		                                 indicator->name),
			    .was = why_was,
			    .is = why_is,
			    .changed = true,
		    });
}

static void compare_project(struct comparing *comparing,
                            const struct plan_section *section,
                            const struct project_figure *was,
                            const struct project_figure *is,
                            const struct project_figure *either)
{
	const struct project_figure *last =
		comparing->before != NULL
			? report_project_figure(comparing->before, either->project,
	                                        either->indicator)
			: NULL;
	const struct plan_indicator *indicator =
		plan_find_indicator(section, either->indicator);
	struct figure figures[3] = {{.indicator = NULL}};

	if (was != NULL)
		figures[0].value = was->value;
	if (is != NULL)
		figures[1].value = is->value;
	if (last != NULL)
		figures[2].value = last->value;
	add(comparing,
	    (struct change){
		    .field = arena_printf(comparing->arena, "%s.%s", either->project,
	                                  either->indicator),
		    .name = arena_printf(
			    comparing->arena, _("项目 %s：%s"), either->project,
			    indicator != NULL ? indicator->name : either->indicator),
		    .was = value_text(comparing, was != NULL ? &figures[0] : NULL),
		    .is = value_text(comparing, is != NULL ? &figures[1] : NULL),
		    .by = more_or_less(comparing, was != NULL ? &figures[0] : NULL,
	                               is != NULL ? &figures[1] : NULL),
		    .before = value_text(comparing, last != NULL ? &figures[2] : NULL),
		    .changed = was == NULL || is == NULL ||
	                       !succession_same_value(&was->value, &is->value),
	    });
}

/* Both lists are in order: what stands in one only was added or left out. */
static void compare_projects(struct comparing *comparing,
                             const struct plan_section *section)
{
	const struct report *was = comparing->was, *is = comparing->is;
	size_t i = 0, j = 0;

	while (i < was->project_figure_count && j < is->project_figure_count) {
		const struct project_figure *one = &was->project_figures[i];
		const struct project_figure *other = &is->project_figures[j];
		int order = project_figure_order(one, other);

		compare_project(comparing, section, order <= 0 ? one : NULL,
		                order >= 0 ? other : NULL, order <= 0 ? one : other);
		i += order <= 0;
		j += order >= 0;
	}
	for (; i < was->project_figure_count; i++)
		compare_project(comparing, section, &was->project_figures[i], NULL,
		                &was->project_figures[i]);
	for (; j < is->project_figure_count; j++)
		compare_project(comparing, section, NULL, &is->project_figures[j],
		                &is->project_figures[j]);
}

static void compare_texts(struct comparing *comparing)
{
	const struct report *was = comparing->was, *is = comparing->is;
	const struct report *before = comparing->before;
	const struct {
		int field;
		const char *was, *is, *before;
	} texts[] = {
		{FIELD_PROGRESS, was->texts.progress, is->texts.progress,
	         before != NULL ? before->texts.progress : ""},
		{FIELD_PROBLEMS, was->texts.problems, is->texts.problems,
	         before != NULL ? before->texts.problems : ""},
		{FIELD_NEXT_STEPS, was->texts.next_steps, is->texts.next_steps,
	         before != NULL ? before->texts.next_steps : ""},
		{FIELD_CITY_TO_SETTLE, was->texts.city_to_settle,
	         is->texts.city_to_settle,
	         before != NULL ? before->texts.city_to_settle : ""},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add(comparing, (struct change){
				       .field = field_names[texts[i].field].en,
				       .name = _(field_names[texts[i].field].zh),
				       .was = texts[i].was,
				       .is = texts[i].is,
				       .before = texts[i].before,
				       .changed = strcmp(texts[i].was, texts[i].is) != 0,
			       });
}

static const char *person_text(struct comparing *comparing, const struct person *person)
{
	const char *text =
		say(comparing,
	            arena_printf(comparing->arena, "%s%s%s%s%s", person->name,
	                         person->post[0] != '\0' ? " " : "", person->post,
	                         person->telephone[0] != '\0' ? " " : "",
	                         person->telephone));

	return text;
}

/* "persons" is one field to those who return, three to those who fill in. */
static void compare_persons(struct comparing *comparing)
{
	const struct person *was[] = {&comparing->was->filled_by,
	                              &comparing->was->reviewed_by,
	                              &comparing->was->approved_by};
	const struct person *is[] = {&comparing->is->filled_by,
	                             &comparing->is->reviewed_by,
	                             &comparing->is->approved_by};
	size_t changed = 0;

	for (int i = 0; i < 3; i++) {
		const char *one = person_text(comparing, was[i]);
		const char *other = person_text(comparing, is[i]);

		if (strcmp(one, other) == 0)
			continue;
		add(comparing, (struct change){
				       .field = field_names[FIELD_FILLED_BY + i].en,
				       .name = _(field_names[FIELD_FILLED_BY + i].zh),
				       .was = one,
				       .is = other,
				       .asked = asked_for(comparing, "persons"),
				       .changed = true,
			       });
		changed++;
	}
	if (changed == 0)
		add(comparing, (struct change){
				       .field = "persons",
				       .name = _("填报人、审核人、负责人"),
				       .was = "",
				       .is = "",
				       .asked = asked_for(comparing, "persons"),
			       });
}

static const char *asked_for(const struct comparing *comparing, const char *field)
{
	const struct succession *succession = comparing->succession;
	const char *reason = succession->is_returned
	                             ? returned_reason(&succession->returned, field)
	                             : NULL;

	return reason != NULL ? reason : "";
}

static void add(struct comparing *comparing, struct change change)
{
	struct difference *difference = comparing->difference;
	struct change *larger;

	if (change.field == NULL || change.name == NULL) {
		comparing->no_memory = true;
		return;
	}
	if (change.asked == NULL)
		change.asked = asked_for(comparing, change.field);
	if (!change.changed && change.asked[0] == '\0')
		return;
	larger = arena_grow(comparing->arena, difference->changes, difference->count,
	                    &comparing->capacity, sizeof(*larger));
	if (larger == NULL) {
		comparing->no_memory = true;
		return;
	}
	change.by = change.by != NULL ? change.by : "";
	change.before = change.before != NULL ? change.before : "";
	difference->changes = larger;
	difference->changes[difference->count++] = change;
	difference->untouched += !change.changed;
}

static const char *value_text(struct comparing *comparing, const struct figure *figure)
{
	char text[QUANTITY_TEXT_MAX];

	if (figure == NULL)
		return "";
	quantity_print(&figure->value, text);
	return say(comparing, arena_strdup(comparing->arena, text));
}

/* In the unit of what stands now. What cannot be said exactly is not said. */
static const char *more_or_less(struct comparing *comparing, const struct figure *was,
                                const struct figure *is)
{
	char text[QUANTITY_TEXT_MAX];
	struct quantity more;

	if (was == NULL || is == NULL ||
	    quantity_subtract(&is->value, &was->value, &more) < 0 || more.digits == 0)
		return "";
	more.hedge = HEDGE_NONE;
	quantity_print(&more, text);
	return say(comparing, arena_printf(comparing->arena, "%s%s",
	                                   more.digits > 0 ? "+" : "", text));
}

static const char *say(struct comparing *comparing, const char *text)
{
	comparing->no_memory |= text == NULL;
	return text != NULL ? text : "";
}

/* One line of at most SHOWN_MAX bytes: the whole stands in the file. */
static const char *cell(struct arena *arena, const char *text)
{
	size_t len = utf8_cut(bytes_of_str(text), SHOWN_MAX);
	char *copy = arena_printf(arena, "%.*s%s", (int)len, text,
	                          text[len] != '\0' ? "……" : "");

	for (char *at = copy; at != NULL && *at != '\0'; at++)
		if (*at == '\n' || *at == '\r' || *at == '\t')
			*at = ' ';
	return copy;
}

static void print_head(const struct plan *plan, const struct succession *succession,
                       const struct report *report)
{
	char when[OUTCOME_WHEN_MAX];

	if (succession->is_waiting) {
		printf(_("与待发的上一份（%"
		         "s）相比，有下列变化；待其收妥后作为更正报送\n"),
		       succession->waiting.source);
	} else {
		outcome_when(plan, succession->current.received_at, when);
		printf(succession->is_returned
		               ? _("重报：替换被退回的报表（回执 %s，%s收到）\n")
		               : _("更正：替换已收妥的报表（回执 %s，%s收到）\n"),
		       succession->current.number, when);
	}
	if (report->change_reason != NULL && report->change_reason[0] != '\0')
		printf(_("原因：%s\n"), report->change_reason);
}

void difference_print(struct arena *arena, const struct plan *plan,
                      const struct succession *succession, const struct report *report,
                      const struct difference *difference)
{
	const char *titles[] = {_("项目"), _("原报"), _("本次"), _("增减"),
	                        NULL,      NULL,      NULL};
	struct columns *columns;
	size_t count = 4;

	print_head(plan, succession, report);
	if (succession->has_before)
		titles[count++] = arena_printf(arena, _("上次收妥（%s）"),
		                               succession->before.period);
	if (succession->is_returned)
		titles[count++] = _("退回意见");
	columns = columns_create(titles);
	for (size_t i = 0; i < difference->count; i++) {
		const struct change *change = &difference->changes[i];
		const char *cells[6] = {change->name, cell(arena, change->was),
		                        cell(arena, change->is),
		                        change->changed ? change->by : _("未改动")};

		count = 4;
		if (succession->has_before)
			cells[count++] = cell(arena, change->before);
		if (succession->is_returned)
			cells[count] = cell(arena, change->asked);
		columns_row(columns, cells);
	}
	(void)columns_print(columns);
	if (difference->untouched > 0)
		printf(_("注意：有 %zu 项退回意见所指的内容没有改动，请核对\n"),
		       difference->untouched);
	(void)putchar('\n');
}

json_t *difference_json(const struct succession *succession, const struct report *report,
                        const struct difference *difference)
{
	json_t *array = json_array();

	for (size_t i = 0; i < difference->count; i++) {
		const struct change *change = &difference->changes[i];

		(void)json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "field",
		                  change->field, "name", change->name, "was", change->was,
		                  "is", change->is, "by", change->by, "last_accepted",
		                  change->before, "return_reason", change->asked,
		                  "changed", (int)change->changed));
	}
	return json_pack("{s:s, s:b, s:b, s:s, s:s, s:o}", "supersedes",
	                 succession->has_current && !succession->is_waiting
	                         ? succession->current.number
	                         : "",
	                 "waits_for_receipt", (int)succession->is_waiting, "returned",
	                 (int)succession->is_returned, "last_accepted",
	                 succession->has_before ? succession->before.number : "",
	                 "change_reason",
	                 report->change_reason != NULL ? report->change_reason : "",
	                 "changes", array);
}
