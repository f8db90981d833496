/*
 * What a plan says apart from its sections, as facts: the document, its clauses,
 * units and offices, schedule, ladder, lights and calendar.
 */
#include "model/plan_facts.h"

#include <string.h>

#include "base/err.h"
#include "model/calendar_internal.h"

static void list_document(struct plan_facts *facts, const struct plan *plan);
static void list_units(struct plan_facts *facts, const struct plan *plan);
static void list_people(struct plan_facts *facts, const struct plan *plan);
static const char *date_text(struct plan_facts *facts, day date);
static void list_schedule(struct plan_facts *facts, const struct plan_schedule *schedule);
static void list_steps(struct plan_facts *facts, const struct plan *plan);
static void list_scoring(struct plan_facts *facts, const struct plan_scoring *scoring);
static void list_points(struct plan_facts *facts, const char *const *names,
                        const int64_t *points, size_t count);
static void list_calendar(struct plan_facts *facts, const struct calendar *calendar);
static void add(struct plan_facts *facts, const char *path, const char *text, bool item);

int plan_facts_list(struct arena *arena, const struct plan *plan,
                    struct plan_facts *ret_facts)
{
	struct plan_facts facts = {.arena = arena, .item = ""};

	list_document(&facts, plan);
	list_units(&facts, plan);
	list_people(&facts, plan);
	list_schedule(&facts, &plan->schedule);
	list_steps(&facts, plan);
	list_scoring(&facts, &plan->scoring);
	list_calendar(&facts, &plan->calendar);
	for (size_t i = 0; i < plan->section_count; i++)
		plan_facts_section(&facts, plan, &plan->sections[i]);
	if (facts.out_of_memory)
		return E_NOMEM;
	*ret_facts = facts;
	return 0;
}

static void list_document(struct plan_facts *facts, const struct plan *plan)
{
	plan_facts_field(facts, "id", "%s", plan->id);
	plan_facts_field(facts, "number", "%s", plan->number);
	plan_facts_field(facts, "title", "%s", plan->title);
	plan_facts_field(facts, "issuer", "%s", plan->issuer);
	plan_facts_field(facts, "issued", "%s", plan->issued);
	plan_facts_field(facts, "note", "%s", plan->note);
	plan_facts_field(facts, "utc_offset", "%d分钟", plan->utc_offset);
	plan_facts_field(facts, "office", "%s", plan->office->id);
	for (size_t i = 0; i < plan->department_count; i++) {
		const struct plan_department *department = &plan->departments[i];

		plan_facts_item(facts, department->name, "departments[%s]",
		                department->id);
		plan_facts_field(facts, "name", "%s", department->name);
	}
	for (size_t i = 0; i < plan->clause_count; i++) {
		plan_facts_item(facts, plan->clauses[i].wording, "clauses[%s]",
		                plan->clauses[i].id);
		plan_facts_field(facts, "wording", "%s", plan->clauses[i].wording);
	}
}

static void list_units(struct plan_facts *facts, const struct plan *plan)
{
	for (size_t i = 0; i < plan->unit_count; i++) {
		const struct plan_unit *unit = &plan->units[i];

		plan_facts_item(facts, unit->name, "units[%s]", unit->code);
		plan_facts_field(facts, "name", "%s", unit->name);
		plan_facts_field(facts, "department", "%s", unit->department);
		for (const char *const *alias = unit->aliases; *alias != NULL; alias++) {
			const char *outer = facts->item;

			plan_facts_item(facts, *alias, "%s.aliases[%s]", outer, *alias);
			facts->item = outer;
		}
		for (size_t k = 0; k < unit->former_count; k++)
			plan_facts_field(facts, "former", "%s %s %s止",
			                 unit->former[k].code, unit->former[k].name,
			                 unit->former[k].until);
	}
}

static void list_people(struct plan_facts *facts, const struct plan *plan)
{
	for (size_t i = 0; i < plan->people_count; i++) {
		const struct plan_person *person = &plan->people[i];

		plan_facts_item(facts, person->sample ? "示例数据" : "",
		                "people[%s %s %s]",
		                person->unit != NULL ? person->unit->name
		                                     : person->department->name,
		                plan_role_name(person->role), person->name);
		plan_facts_field(facts, "post", "%s岗", person->stands_in ? "B" : "A");
		plan_facts_field(facts, "phone", "%s", person->phone);
		plan_facts_field(facts, "email", "%s", person->email);
		plan_facts_field(facts, "identity", "%s", person->identity);
		plan_facts_field(facts, "from", "%s", date_text(facts, person->from));
		plan_facts_field(facts, "to", "%s", date_text(facts, person->to));
		for (size_t k = 0; k < person->away_count; k++)
			plan_facts_field(facts, date_text(facts, person->away[k].from),
			                 "不在岗至%s",
			                 date_text(facts, person->away[k].to));
	}
}

/* "" when there is none, or no memory, which is remembered. */
static const char *date_text(struct plan_facts *facts, day date)
{
	char text[DAY_TEXT_MAX] = "";
	const char *copy;

	if (date != DAY_NONE)
		day_print(date, text);
	copy = arena_strdup(facts->arena, text);
	if (copy != NULL)
		return copy;
	facts->out_of_memory = true;
	return "";
}

static void list_schedule(struct plan_facts *facts, const struct plan_schedule *schedule)
{
	static const char *const frequencies[] = {"monthly", "quarterly", "yearly"};

	facts->item = "schedule";
	plan_facts_field(facts, "first", "%s", schedule->first_period);
	plan_facts_field(facts, "last", "%s", schedule->last_period);
	plan_facts_field(facts, "frequency", "%s", frequencies[schedule->frequency]);
	plan_facts_field(facts, "cutoff", "%d", schedule->cutoff_day);
	if (schedule->due_workdays > 0)
		plan_facts_field(facts, "due", "数据截止后%d个工作日%02u:%02u",
		                 schedule->due_workdays, schedule->due_minute / 60,
		                 schedule->due_minute % 60);
	else
		plan_facts_field(facts, "due", "%s%d日%02u:%02u%s",
		                 schedule->due_same_month ? "当月" : "次月",
		                 schedule->due_day, schedule->due_minute / 60,
		                 schedule->due_minute % 60,
		                 schedule->due_roll < 0 ? "提前" : "顺延");
	plan_facts_field(facts, "remind", "提前%d个工作日%02u:%02u",
	                 schedule->remind_workdays, schedule->remind_minute / 60,
	                 schedule->remind_minute % 60);
	plan_facts_field(facts, "lock", "%d个工作日", schedule->lock_workdays);
	plan_facts_field(facts, "sample", "%s", schedule->sample ? "示例数据" : "");
}

static void list_steps(struct plan_facts *facts, const struct plan *plan)
{
	static const char *const to[] = {"unit", "lead", "department"};
	const struct plan_lights *lights = &plan->lights;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		plan_facts_item(facts, step->role, "ladder[%u]", step->level);
		plan_facts_field(facts, "time", "%d个工作日%02u:%02u", step->workdays,
		                 step->minute / 60, step->minute % 60);
		plan_facts_field(facts, "to", "%s%s%s", to[step->to],
		                 step->department != NULL ? " " : "",
		                 step->department != NULL ? step->department->id : "");
		plan_facts_field(facts, "role", "%s", step->role);
		plan_facts_field(facts, "sample", "%s", step->sample ? "示例数据" : "");
	}
	if (plan->hours.given) {
		facts->item = "hours";
		plan_facts_field(facts, "time", "%02u:%02u至%02u:%02u%s",
		                 plan->hours.from / 60, plan->hours.from % 60,
		                 plan->hours.to / 60, plan->hours.to % 60,
		                 plan->hours.sample ? "（示例数据）" : "");
	}
	facts->item = "lights";
	plan_facts_field(facts, "yellow", "%lld.%lld",
	                 (long long)lights->yellow_tenths / 10,
	                 (long long)lights->yellow_tenths % 10);
	plan_facts_field(facts, "red", "%lld.%lld", (long long)lights->red_tenths / 10,
	                 (long long)lights->red_tenths % 10);
	plan_facts_field(facts, "memory", "%s", lights->memory ? "记忆" : "");
	plan_facts_field(facts, "sample", "%s", lights->sample ? "示例数据" : "");
	if (!plan->review.given)
		return;
	facts->item = "review";
	plan_facts_field(facts, "content", "%d", plan->review.content);
	plan_facts_field(facts, "totals", "%d", plan->review.totals);
	plan_facts_field(facts, "answer", "%d", plan->review.answer);
	plan_facts_field(facts, "resubmit", "%d", plan->review.resubmit);
	plan_facts_field(facts, "contest", "%d", plan->review.contest);
	plan_facts_field(facts, "sample", "%s", plan->review.sample ? "示例数据" : "");
}

static void list_scoring(struct plan_facts *facts, const struct plan_scoring *scoring)
{
	static const char *const schemes[] = {"", "points", "eionet", "deduction"};
	static const char *const parts[] = {"completion", "timeliness", "quality",
	                                    "reports"};
	static const char *const worth[] = {"binding", "striven"};
	static const char *const times[] = {"on_time", "late", "missing"};
	static const char *const grades[] = {"clean", "explained", "corrected", "mended",
	                                     "unmended"};

	if (scoring->scheme == SCORING_NONE)
		return;
	facts->item = "scoring";
	plan_facts_field(facts, "scheme", "%s", schemes[scoring->scheme]);
	for (size_t i = 0; i < SCORE_PARTS; i++)
		plan_facts_field(facts, parts[i], "%d%%", scoring->weights[i]);
	list_points(facts, worth, (const int64_t[]){scoring->binding, scoring->striven},
	            2);
	list_points(facts, times, scoring->times, SCORE_TIMES);
	list_points(facts, grades, scoring->grades, SCORE_GRADES);
	list_points(facts, (const char *const[]){"start"}, &scoring->start, 1);
	plan_facts_field(facts, "by", "%s", scoring->by_light ? "light" : "progress");
	plan_facts_field(facts, "yellow", "%lld.%lld%%",
	                 (long long)scoring->yellow_tenths / 10,
	                 (long long)scoring->yellow_tenths % 10);
	plan_facts_field(facts, "red", "%lld.%lld%%", (long long)scoring->red_tenths / 10,
	                 (long long)scoring->red_tenths % 10);
	plan_facts_field(facts, "explained_is", "%s",
	                 scoring->explained_is_basic ? "basic" : "all");
	plan_facts_field(facts, "extension", "%s",
	                 scoring->extension_counts ? "extended" : "original");
	plan_facts_field(facts, "outage", "%d分钟以上，顺延%d小时",
	                 scoring->outage_minutes, scoring->outage_hours);
	plan_facts_field(facts, "notice", "%d个工作日", scoring->notice_workdays);
	plan_facts_field(facts, "sample", "%s", scoring->sample ? "示例数据" : "");
}

static void list_points(struct plan_facts *facts, const char *const *names,
                        const int64_t *points, size_t count)
{
	for (size_t i = 0; i < count; i++)
		plan_facts_field(facts, names[i], "%lld.%02lld分",
		                 (long long)points[i] / 100, (long long)points[i] % 100);
}

/* What is not the week's own course, as "2022-10-08上班". */
static void list_calendar(struct plan_facts *facts, const struct calendar *calendar)
{
	static const char *const words[] = {
		[CALENDAR_REST] = "休息", [CALENDAR_WORK] = "上班"};

	facts->item = "calendar";
	plan_facts_field(facts, "version", "%s", calendar->version);
	for (size_t i = 0; i < calendar->count; i++) {
		const struct calendar_year *year = &calendar->years[i];

		for (int j = 0; j < CALENDAR_DAYS_MAX; j++) {
			uint8_t mark = year->marks[j];
			char date[DAY_TEXT_MAX];

			if (mark == 0)
				continue;
			day_print(day_of(year->year, 1, 1) + j, date);
			plan_facts_field(facts, date, "%s",
			                 mark & CALENDAR_AVOIDED ? "避开" : words[mark]);
		}
	}
	facts->item = "";
}

const char *plan_facts_item(struct plan_facts *facts, const char *text,
                            const char *format, ...)
{
	va_list args;
	const char *path;

	va_start(args, format);
	path = arena_vprintf(facts->arena, format, args);
	va_end(args);
	add(facts, path, text, true);
	facts->item = path == NULL ? "" : path;
	return facts->item;
}

void plan_facts_field(struct plan_facts *facts, const char *name, const char *format, ...)
{
	va_list args;
	const char *text, *path;

	va_start(args, format);
	text = arena_vprintf(facts->arena, format, args);
	va_end(args);
	path = arena_printf(facts->arena, "%s%s%s", facts->item,
	                    facts->item[0] != '\0' ? "." : "", name);
	add(facts, path, text, false);
}

static void add(struct plan_facts *facts, const char *path, const char *text, bool item)
{
	struct plan_fact *items = arena_grow(facts->arena, facts->items, facts->count,
	                                     &facts->capacity, sizeof(*items));

	if (items == NULL || path == NULL || text == NULL) {
		facts->out_of_memory = true;
		return;
	}
	facts->items = items;
	items[facts->count] =
		(struct plan_fact){.path = path, .text = text, .item = item};
	facts->count++;
}
