/*
 * What a row of the timetable leads to:
 *
 *	                  .-- report kinds: is it in? ---------.
 *	row + facts ------|                                    |--> recipients --> notice
 *	                  '-- lights: figures --> standing ----'
 *
 * What can go wrong: nothing but memory. A row about something that the plan no longer
 * has leads to no alert; the plan that removed it removed the question.
 */
#include "server/decide.h"

#include <string.h>

#include "base/err.h"
#include "model/light.h"
#include "server/decide_bureau.h"
#include "server/lights.h"

struct subject {
	struct arena *arena;
	const struct plan *plan;
	const struct due_row *row;
	struct notice_about about;
	struct wanted_alert **tail;
};

static int decide_report(struct subject *subject);
static int decide_return(struct subject *subject);
static int decide_problem(struct subject *subject);
static int decide_lights(struct subject *subject, struct decision *decision);
static int decide_target(struct subject *subject, const struct plan_target *target);
static bool is_wanted(enum alert_kind kind, const struct standing *standing);
static int tell(struct subject *subject);
static int tell_step(struct subject *subject, const struct plan_step *step);
static int tell_one(struct subject *subject, const char *path, const char *name,
                    const struct plan_step *step);
static const struct plan_step *find_step(const struct plan *plan, unsigned level);
static const struct plan_step *find_lead_step(const struct plan *plan);
static bool judge(const struct plan *plan, const struct plan_unit *unit,
                  const struct plan_target *target, const struct newest_report *newest,
                  struct notice_about *about);

int decide_row(struct arena *arena, const struct plan *plan, const struct due_row *row,
               int64_t now, struct decision *ret_decision)
{
	struct decision decision = {.outcome = OUTCOME_DONE};
	struct subject subject = {.arena = arena, .plan = plan, .row = row};
	int r;

	subject.tail = &decision.first;
	subject.about.kind = row->kind;
	subject.about.unit = plan_find_unit(plan, row->unit);
	subject.about.section = plan_find_section(plan, row->section);
	subject.about.now = now;
	subject.about.due = row->due_at;
	subject.about.extended = row->extended;
	subject.about.moved_from = row->moved_from;
	subject.about.moved_by_calendar = row->moved_by_calendar;
	subject.about.lock = row->extended ? row->lock_at : 0;
	if (row->kind == ALERT_REVIEW_OVERDUE || row->kind == ALERT_REQUEST_RECEIVED)
		r = decide_bureau(arena, plan, row, now, &decision);
	else if (subject.about.unit == NULL || subject.about.section == NULL)
		r = 0;
	else if (row->kind == ALERT_REPORT_DUE_SOON || row->kind == ALERT_REPORT_OVERDUE)
		r = decide_report(&subject);
	else if (row->kind == ALERT_RETURN_UNANSWERED)
		r = decide_return(&subject);
	else if (row->kind == ALERT_PROBLEM_OVERDUE)
		r = decide_problem(&subject);
	else
		r = decide_lights(&subject, &decision);
	if (r < 0)
		return r;
	*ret_decision = decision;
	return 0;
}

static int decide_report(struct subject *subject)
{
	const struct due_row *row = subject->row;

	if (row->reported || !row->asked)
		return 0;
	if (row->kind == ALERT_REPORT_DUE_SOON && subject->about.now >= row->due_at)
		return 0; /* nobody was there to remind; the overdue row speaks now */
	if (period_parse(row->period, &subject->about.period) < 0)
		return 0;
	return tell(subject);
}

static int decide_return(struct subject *subject)
{
	const struct due_row *row = subject->row;

	if (!row->stands || period_parse(row->period, &subject->about.period) < 0)
		return 0;
	subject->about.number = row->subject;
	subject->about.returned_at = row->since_at;
	subject->about.ordinal = row->ordinal;
	return tell(subject);
}

static int decide_problem(struct subject *subject)
{
	const struct due_row *row = subject->row;
	day due = instant_day(row->due_at, subject->plan->utc_offset);

	if (!row->stands)
		return 0;
	subject->about.period = lights_period(subject->plan, due);
	subject->about.number = row->subject;
	subject->about.title = row->title;
	subject->about.owner = row->owner;
	return tell(subject);
}

static int decide_lights(struct subject *subject, struct decision *decision)
{
	const struct due_row *row = subject->row;
	const struct plan_section *section = subject->about.section;

	/* A late report is still a report: wait for it as long as it can come. */
	if (row->asked && !row->reported && row->period[0] != '\0' &&
	    subject->about.now < row->lock_at) {
		decision->outcome = OUTCOME_POSTPONED;
		return 0;
	}
	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];
		int r;

		if (row->target[0] != '\0' && strcmp(row->target, target->id) != 0)
			continue;
		r = decide_target(subject, target);
		if (r < 0)
			return r;
	}
	return 0;
}

static int decide_target(struct subject *subject, const struct plan_target *target)
{
	struct notice_about *about = &subject->about;

	if (!judge(subject->plan, about->unit, target, &subject->row->newest, about) ||
	    !is_wanted(subject->row->kind, &about->standing))
		return 0;
	if (subject->row->kind == ALERT_BEHIND && !subject->row->reported)
		return 0; /* without this period's figures nobody knows; it is missing */
	about->target = target;
	return tell(subject);
}

static bool is_wanted(enum alert_kind kind, const struct standing *standing)
{
	if (kind == ALERT_TARGET_OVERDUE)
		return standing->overdue;
	return standing->light == LIGHT_YELLOW || standing->light == LIGHT_RED;
}

/*
 * Where @unit stands in @target by its newest report; false when it has no part in it.
 * Without any report the day is that of the due date, and nothing is done.
 */
static bool judge(const struct plan *plan, const struct plan_unit *unit,
                  const struct plan_target *target, const struct newest_report *newest,
                  struct notice_about *about)
{
	const struct plan_allocation *allocation;
	struct counted counted;
	day on;

	if (period_parse(newest->period, &about->period) == 0) {
		on = lights_day(plan, &about->period);
	} else {
		on = instant_day(about->due, plan->utc_offset);
		about->period = lights_period(plan, on);
	}
	allocation = plan_task_on(target, unit, on);
	if (allocation == NULL)
		return false;
	evidence_count(target, unit, &newest->evidence, &counted);
	about->task = allocation->value;
	about->done = counted.has_done ? counted.done
	                               : (struct quantity){.unit = allocation->value.unit,
	                                                   .hedge = HEDGE_NONE};
	progress_judge(plan, target, &allocation->value, allocation->deadline,
	               counted.has_done ? &counted.done : NULL, on, &about->standing);
	return true;
}

/* To everybody whom this row tells. */
static int tell(struct subject *subject)
{
	const struct due_row *row = subject->row;
	const struct plan_step *step = find_step(subject->plan, row->level);
	const struct plan_unit *unit = subject->about.unit;
	int r;

	if (row->level > 0)
		return step != NULL ? tell_step(subject, step) : 0;
	r = tell_one(subject, "district", unit->code, NULL);
	if (r == 0 && row->kind == ALERT_BEHIND && subject->about.section->lead != NULL)
		r = tell_one(subject, "department", subject->about.section->lead->id,
		             find_lead_step(subject->plan));
	return r;
}

static int tell_step(struct subject *subject, const struct plan_step *step)
{
	const struct plan_department *lead = subject->about.section->lead;

	switch (step->to) {
	case STEP_UNIT:
		return tell_one(subject, "district", subject->about.unit->code, step);
	case STEP_LEAD:
		return lead != NULL ? tell_one(subject, "department", lead->id, step) : 0;
	case STEP_DEPARTMENT:
		return tell_one(subject, "department", step->department->id, step);
	}
	return 0;
}

static int tell_one(struct subject *subject, const char *path, const char *name,
                    const struct plan_step *step)
{
	struct wanted_alert *alert = arena_new(subject->arena, struct wanted_alert);
	const struct plan_target *target = subject->about.target;
	struct notice notice;
	int r;

	if (alert == NULL)
		return E_NOMEM;
	subject->about.step = step;
	subject->about.level = step != NULL ? step->level : 0;
	r = notice_write(subject->arena, subject->plan, &subject->about, &notice);
	if (r < 0)
		return r;
	*alert = (struct wanted_alert){
		.id = subject->row->id,
		.recipient = arena_printf(subject->arena, "%s/%s", path, name),
		.target = target != NULL ? target->id : "",
		.title = notice.title,
		.text = notice.text,
		.sample = notice.sample,
	};
	if (alert->recipient == NULL)
		return E_NOMEM;
	*subject->tail = alert;
	subject->tail = &alert->next;
	return 0;
}

static const struct plan_step *find_step(const struct plan *plan, unsigned level)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].level == level)
			return &plan->steps[i];
	}
	return NULL;
}

static const struct plan_step *find_lead_step(const struct plan *plan)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].to == STEP_LEAD)
			return &plan->steps[i];
	}
	return NULL;
}

bool decide_is_cleared(const struct plan *plan, const struct open_alert *alert)
{
	const struct plan_unit *unit = plan_find_unit(plan, alert->unit);
	const struct plan_section *section = plan_find_section(plan, alert->section);
	const struct plan_target *target =
		section != NULL ? plan_find_target(section, alert->target) : NULL;
	struct notice_about about = {.kind = alert->kind};

	if (unit == NULL || target == NULL ||
	    !judge(plan, unit, target, &alert->newest, &about))
		return true;
	if (about.standing.light == LIGHT_NOT_REPORTED)
		return false;
	return !is_wanted(alert->kind, &about.standing);
}
