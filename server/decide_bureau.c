/*
 * The bureau's own slowness:
 *
 *	row -> does it still wait? -> who at this level? -> notice
 *	                           '-> when is the next level?
 *
 * What can go wrong: nothing but memory. A row about something that the plan no longer
 * has leads to nothing.
 */
#include "server/decide_bureau.h"

#include "base/err.h"

static bool describe(const struct plan *plan, const struct due_row *row, int64_t now,
                     struct notice_about *about);
static bool find_reader(const struct plan *plan, const struct due_row *row,
                        struct notice_about *about);
static const struct plan_step *find_leader(const struct plan *plan, unsigned number);
static const struct plan_step *next_step(const struct plan *plan,
                                         const struct due_row *row);
static const struct plan_step *first_above_unit(const struct plan *plan);

int decide_bureau(struct arena *arena, const struct plan *plan, const struct due_row *row,
                  int64_t now, struct decision *decision)
{
	struct wanted_alert *alert = arena_new(arena, struct wanted_alert);
	const struct plan_step *next = next_step(plan, row);
	struct notice_about about;
	struct notice notice;
	int r;

	if (alert == NULL)
		return E_NOMEM;
	if (!row->stands || !describe(plan, row, now, &about))
		return 0;
	if (next != NULL)
		decision->again_at = step_instant(plan, next, row->due_at);
	if (!find_reader(plan, row, &about))
		return 0; /* nobody at this level: the next one is told in its time */
	r = notice_write(arena, plan, &about, &notice);
	if (r < 0)
		return r;
	*alert = (struct wanted_alert){
		.id = row->id,
		.recipient = arena_printf(arena, "department/%s",
	                                  about.to != NULL ? about.to->id
	                                                   : about.step->department->id),
		.target = "",
		.title = notice.title,
		.text = notice.text,
		.sample = notice.sample,
	};
	if (alert->recipient == NULL)
		return E_NOMEM;
	decision->first = alert;
	return 0;
}

/* False: the plan no longer has the unit or the section. */
static bool describe(const struct plan *plan, const struct due_row *row, int64_t now,
                     struct notice_about *about)
{
	*about = (struct notice_about){
		.kind = row->kind,
		.level = row->level,
		.unit = plan_find_unit(plan, row->unit),
		.now = now,
		.due = row->due_at,
		.number = row->subject,
		.review = row->level < 3 ? 1 : 2,
		.since_at = row->since_at,
	};
	about->request = (struct notice_request){
		.kind = row->request_kind,
		.number = row->subject,
		.subject = row->contested,
		.received_at = row->since_at,
	};
	if (about->unit == NULL)
		return false;
	if (row->section[0] == '\0') /* a contested score */
		return row->kind == ALERT_REQUEST_RECEIVED;
	about->section = plan_find_section(plan, row->section);
	return about->section != NULL && period_parse(row->period, &about->period) == 0;
}

/* False: nobody is at this level. */
static bool find_reader(const struct plan *plan, const struct due_row *row,
                        struct notice_about *about)
{
	bool review = row->kind == ALERT_REVIEW_OVERDUE;

	if (review && row->level == 1)
		about->to = about->section->lead;
	else if ((review && row->level <= 3) || row->level == 1)
		about->to = plan->office;
	else
		about->step = find_leader(plan, review ? 1 : row->level - 1);
	return about->to != NULL || about->step != NULL;
}

/* The @number-th step, from 1, that goes to a leader; NULL: there are fewer. */
static const struct plan_step *find_leader(const struct plan *plan, unsigned number)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->to == STEP_DEPARTMENT && step->role != NULL &&
		    step->role[0] != '\0' && --number == 0)
			return step;
	}
	return NULL;
}

/* By which step's time the next level is told; NULL: this is the last. */
static const struct plan_step *next_step(const struct plan *plan,
                                         const struct due_row *row)
{
	if (row->kind == ALERT_REQUEST_RECEIVED)
		return find_leader(plan, row->level);
	if (row->level == 1)
		return first_above_unit(plan);
	return row->level == 3 ? find_leader(plan, 1) : NULL;
}

static const struct plan_step *first_above_unit(const struct plan *plan)
{
	for (size_t i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].to != STEP_UNIT)
			return &plan->steps[i];
	}
	return NULL;
}
