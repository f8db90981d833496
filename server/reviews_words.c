/*
 * The words and times of a return:
 *
 *	plan, workdays -> due -> instants: due, then the ladder
 *	fields, reasons -> notice_write(): the unit; from the second time on one step up
 */
#include "server/reviews_words.h"

#include <string.h>

#include "base/err.h"
#include "model/notice.h"

static int find_due(struct return_words *words);
static int put_instants(struct arena *arena, struct return_words *words);
static int put_told(struct arena *arena, struct return_words *words);
static const struct notice_item *items_of(struct arena *arena,
                                          const struct return_words *words);
static const struct plan_step *higher_step(const struct plan *plan, unsigned ordinal);
static const char *recipient_of(struct arena *arena, const struct return_words *words,
                                const struct plan_step *step);

const char *return_field_name(const struct plan_section *section, const char *field)
{
	static const char *const texts[][2] = {{"progress", "工作进展"},
	                                       {"problems", "存在问题"},
	                                       {"next_steps", "下一步安排"},
	                                       {"city_to_settle", "需市级协调事项"},
	                                       {"persons", "签审人员"}};
	const struct plan_indicator *indicator = plan_find_indicator(section, field);

	if (indicator != NULL && strcmp(indicator->id, field) == 0)
		return indicator->name;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(field, texts[i][0]) == 0)
			return texts[i][1];
	return NULL;
}

int return_words_write(struct arena *arena, struct return_words *words)
{
	int r = find_due(words);

	if (r == 0)
		r = put_instants(arena, words);
	if (r == 0)
		r = put_told(arena, words);
	return r;
}

static int find_due(struct return_words *words)
{
	const struct plan *plan = words->plan;
	int workdays = words->workdays > 0 ? words->workdays : plan->review.resubmit;
	day on;

	if (workdays <= 0)
		return E_RANGE;
	on = calendar_add_workdays(&plan->calendar,
	                           instant_day(words->now, plan->utc_offset), workdays,
	                           NULL);
	words->due = instant_of(on, plan->schedule.due_minute, plan->utc_offset);
	return 0;
}

static int put_instants(struct arena *arena, struct return_words *words)
{
	const struct plan *plan = words->plan;
	struct return_instant *instants =
		arena_new_array(arena, plan->step_count + 1, struct return_instant);

	if (instants == NULL)
		return E_NOMEM;
	instants[0] = (struct return_instant){.at = words->due + 1};
	for (size_t i = 0; i < plan->step_count; i++)
		instants[i + 1] = (struct return_instant){
			.level = plan->steps[i].level,
			.at = step_instant(plan, &plan->steps[i], words->due),
		};
	words->instants = instants;
	words->instant_count = plan->step_count + 1;
	return 0;
}

static int put_told(struct arena *arena, struct return_words *words)
{
	const struct plan *plan = words->plan;
	const struct plan_step *steps[] = {NULL, higher_step(plan, words->ordinal)};
	struct told *told = arena_new_array(arena, 2, struct told);
	struct notice_about about = {
		.kind = ALERT_REPORT_RETURNED,
		.unit = plan_find_unit(plan, words->unit),
		.section = words->section,
		.now = words->now,
		.due = words->due,
		.number = words->number,
		.ordinal = words->ordinal,
		.returned_at = words->now,
		.by = plan_find_department(plan, words->by),
		.items = items_of(arena, words),
		.item_count = words->count,
		.remark = words->remark,
	};

	if (told == NULL || about.items == NULL)
		return E_NOMEM;
	if (about.unit == NULL || period_parse(words->period, &about.period) < 0)
		return E_STATE; /* the plan no longer has the unit */
	words->told = told;
	for (size_t i = 0; i < 2; i++) {
		struct notice notice;
		int r;

		if (i > 0 && steps[i] == NULL)
			continue;
		about.step = steps[i];
		about.level = steps[i] != NULL ? steps[i]->level : 0;
		r = notice_write(arena, plan, &about, &notice);
		if (r < 0)
			return r;
		*told = (struct told){
			.level = about.level,
			.recipient = recipient_of(arena, words, steps[i]),
			.title = notice.title,
			.text = notice.text,
		};
		if (told->recipient == NULL)
			return E_NOMEM;
		words->sample = words->sample || notice.sample;
		words->told_count++;
		told++;
	}
	return 0;
}

static const struct notice_item *items_of(struct arena *arena,
                                          const struct return_words *words)
{
	struct notice_item *items =
		arena_new_array(arena, words->count, struct notice_item);

	for (size_t i = 0; items != NULL && i < words->count; i++)
		items[i] = (struct notice_item){
			.name = return_field_name(words->section, words->fields[i]),
			.reason = words->reasons[i],
		};
	return items;
}

/* NULL: nobody, the first time or on a ladder that is too short. */
static const struct plan_step *higher_step(const struct plan *plan, unsigned ordinal)
{
	const struct plan_step *step = NULL;

	for (size_t i = 0; ordinal > 1 && i < plan->step_count; i++) {
		if (plan->steps[i].to == STEP_UNIT)
			continue;
		step = &plan->steps[i];
		ordinal--;
	}
	return step;
}

static const char *recipient_of(struct arena *arena, const struct return_words *words,
                                const struct plan_step *step)
{
	if (step == NULL)
		return arena_printf(arena, "district/%s", words->unit);
	return arena_printf(arena, "department/%s",
	                    step->to == STEP_LEAD ? words->section->lead->id
	                                          : step->department->id);
}
